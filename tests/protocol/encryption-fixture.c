/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two people and a room.
 */
#include "encryption-fixture.h"

#include "mtx-identities.h"

/* Alice, logged in. She has published nothing yet, and knows nobody. */
void
scene_init_alone (Scene *scene)
{
  scene->server = mtx_fake_homeserver_new ();
  scene->alice = mtx_crypto_client_new (scene->server, "alice", "ALICEDEVICE");
}

/* Alice, bootstrapped, in a room with Bob, who is logged in and has published nothing yet. */
void
scene_init (Scene *scene)
{
  const char *members[3] = { NULL };

  scene_init_alone (scene);
  scene->bob = mtx_crypto_client_new (scene->server, "bob", "BOBDEVICE");
  mtx_crypto_client_bootstrap (scene->alice);

  scene->room_id = mtx_fake_homeserver_create_room (scene->server, scene->alice->user_id, NULL, FALSE);
  mtx_fake_homeserver_set_member (scene->server, scene->room_id, scene->bob->user_id, "join");
  members[0] = scene->alice->user_id;
  members[1] = scene->bob->user_id;
  scene->info = mtx_crypto_client_make_info (scene->room_id, members);
}

/* Closes everything. */
void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->info, mtx_room_crypto_info_unref);
  g_clear_pointer (&scene->room_id, g_free);
  g_clear_pointer (&scene->alice, mtx_crypto_client_free);
  g_clear_pointer (&scene->bob, mtx_crypto_client_free);
  g_clear_object (&scene->server);
}

/* How many requests of any method matched @pattern. */
guint
count (Scene      *scene,
       const char *pattern)
{
  return mtx_fake_homeserver_count_requests (scene->server, NULL, pattern);
}

/* Alice says something; returns the event's id. */
char *
say (Scene      *scene,
     const char *text)
{
  g_autoptr (GError) error = NULL;
  char              *event_id = mtx_crypto_client_say (scene->alice, scene->info, text, &error);

  g_assert_no_error (error);

  return event_id;
}

/* Alice wants to say something and cannot. */
void
say_fails (Scene *scene,
           int    code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *event_id = mtx_crypto_client_say (scene->alice, scene->info, "never", &error);

  g_assert_null (event_id);
  g_assert_error (error, MTX_ERROR, code);
}

/* The event came, and says @body to who can read it. */
void
assert_reads (MtxSyncResponse *response,
              const char      *event_id,
              const char      *body)
{
  MtxEvent *event = mtx_crypto_client_find (response, event_id);

  g_assert_nonnull (event);
  g_assert_cmpint (mtx_event_get_decryption (event), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpstr (mtx_event_get_body (event), ==, body);
}

/* The event came, and there is @reason why it cannot be read. */
void
assert_cannot_read (MtxSyncResponse *response,
                    const char      *event_id,
                    MtxDecryption    reason)
{
  MtxEvent *event = mtx_crypto_client_find (response, event_id);

  g_assert_nonnull (event);
  g_assert_cmpint (mtx_event_get_decryption (event), ==, reason);
}

/* What Alice believes of Bob's devices. */
void
assert_devices (Scene *scene,
                guint  n_signed,
                guint  n_unsigned)
{
  g_autoptr (MtxIdentityInfo) info = NULL;
  g_autoptr (GError)          error = NULL;

  info = dex_await_boxed (mtx_identities_lookup (mtx_encryption_get_identities (scene->alice->encryption), scene->bob->user_id), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_identity_info_get_signed_devices (info), ==, n_signed);
  g_assert_cmpuint (mtx_identity_info_get_unsigned_devices (info), ==, n_unsigned);
}
