/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When the next message needs another room key, and when it does not (M24).
 */
#include "encryption-fixture.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-fiber.h"
#include "mtx-room-key-store.h"
#include "mtx-room-store.h"

/* Alice and Bob, both bootstrapped; Alice has said the first word. */
static void
begin (Scene *scene)
{
  g_autoptr (MtxSyncResponse) sync = NULL;
  g_autofree char            *event_id = NULL;

  scene_init (scene);
  mtx_crypto_client_bootstrap (scene->bob);
  sync = mtx_crypto_client_sync (scene->alice);
  event_id = say (scene, "the first word");
}

static void
set_info (Scene             *scene,
          const char *const *members,
          const char        *visibility)
{
  MtxMegolmRotation rotation;

  mtx_megolm_rotation_init (&rotation, NULL);
  g_clear_pointer (&scene->info, mtx_room_crypto_info_unref);
  scene->info = mtx_room_crypto_info_new (scene->room_id, MTX_ALGORITHM_MEGOLM, &rotation, members, NULL, visibility);
}

static void
sync_alice (Scene *scene)
{
  g_autoptr (MtxSyncResponse) sync = mtx_crypto_client_sync (scene->alice);
}

/* The room key of the last message. */
static char *
last_session (Scene *scene)
{
  g_autoptr (GPtrArray) events = mtx_fake_homeserver_get_events (scene->server, scene->room_id, "m.room.encrypted");
  JsonObject           *last = g_ptr_array_index (events, events->len - 1);

  return g_strdup (mtx_json_get_string (mtx_json_get_object (last, "content"), "session_id"));
}

/* Whether the next message is written with another key than the last one. */
static gboolean
rotates (Scene *scene)
{
  g_autofree char *before = last_session (scene);
  g_autofree char *event_id = say (scene, "the next word");
  g_autofree char *after = last_session (scene);

  return !g_str_equal (before, after);
}

static DexFuture *
test_needless (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (JsonObject)      profile = json_object_new ();
  g_autoptr (MtxCryptoClient) tablet = NULL;
  g_autoptr (MtxCryptoClient) carol = NULL;
  const char                 *members[4] = { NULL };

  begin (&scene);
  g_assert_false (rotates (&scene));
  mtx_crypto_client_restart (scene.alice);
  g_assert_false (rotates (&scene));

  /* A display name. */
  json_object_set_string_member (profile, "membership", "join");
  json_object_set_string_member (profile, "displayname", "Bobby");
  g_free (mtx_fake_homeserver_send_event (scene.server, scene.room_id, scene.bob->user_id, "m.room.member", scene.bob->user_id, profile));
  sync_alice (&scene);
  g_assert_false (rotates (&scene));

  /* Another device of Bob's, which nobody signed. */
  tablet = mtx_crypto_client_new (scene.server, "bob", "BOBTABLET");
  dex_await (mtx_encryption_bootstrap (tablet->encryption), NULL);
  sync_alice (&scene);
  g_assert_false (rotates (&scene));

  /* Somebody who comes. */
  carol = mtx_crypto_client_new (scene.server, "carol", "CAROLDEVICE");
  mtx_crypto_client_bootstrap (carol);
  mtx_fake_homeserver_set_member (scene.server, scene.room_id, carol->user_id, "join");
  sync_alice (&scene);
  members[0] = scene.alice->user_id;
  members[1] = scene.bob->user_id;
  members[2] = carol->user_id;
  set_info (&scene, members, "shared");
  g_assert_false (rotates (&scene));

  return NULL;
}

static DexFuture *
test_leaver (gpointer data)
{
  static const char *const memberships[] = { "leave", "ban" };

  for (guint i = 0; i < G_N_ELEMENTS (memberships); i++)
    {
      g_auto (Scene)              scene = { 0 };
      g_autofree char            *event_id = NULL;
      g_autoptr (MtxSyncResponse) at_bob = NULL;
      const char                 *members[2] = { NULL };

      begin (&scene);
      mtx_fake_homeserver_set_member (scene.server, scene.room_id, scene.bob->user_id, memberships[i]);
      sync_alice (&scene);
      members[0] = scene.alice->user_id;
      set_info (&scene, members, "shared");
      g_assert_true (rotates (&scene));
      g_assert_false (rotates (&scene));

      /* Bob is back: he reads from then on, and the key stays. */
      mtx_fake_homeserver_set_member (scene.server, scene.room_id, scene.bob->user_id, "join");
      sync_alice (&scene);
      g_clear_pointer (&scene.info, mtx_room_crypto_info_unref);
      scene.info = mtx_crypto_client_make_info (scene.room_id, (const char *[]){ scene.alice->user_id, scene.bob->user_id, NULL });
      event_id = say (&scene, "welcome back");
      at_bob = mtx_crypto_client_sync (scene.bob);
      assert_reads (at_bob, event_id, "welcome back");
    }

  return NULL;
}

/* Nothing but the list of readers tells it: the sync that would have told was limited, or came in another run. */
static DexFuture *
test_not_a_reader (gpointer data)
{
  g_auto (Scene) scene = { 0 };
  const char    *members[2] = { NULL };

  begin (&scene);
  members[0] = scene.alice->user_id;
  set_info (&scene, members, "shared");
  mtx_crypto_client_restart (scene.alice);
  g_assert_true (rotates (&scene));
  g_assert_false (rotates (&scene));

  return NULL;
}

/* Out and in again between two syncs: the list of members is the same as before. */
static DexFuture *
test_back_again (gpointer data)
{
  for (guint state_after = 0; state_after < 2; state_after++)
    {
      g_auto (Scene) scene = { 0 };

      begin (&scene);
      mtx_fake_homeserver_set_state_after (scene.server, state_after != 0);
      mtx_fake_homeserver_set_member (scene.server, scene.room_id, scene.bob->user_id, "leave");
      mtx_fake_homeserver_set_member (scene.server, scene.room_id, scene.bob->user_id, "join");
      sync_alice (&scene);
      g_assert_true (rotates (&scene));
      g_assert_false (rotates (&scene));
    }

  return NULL;
}

static void
make_limited (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  Scene      *scene = data;
  JsonObject *room = mtx_json_get_object (mtx_json_get_object (mtx_json_get_object (answer->body, "rooms"), "join"), scene->room_id);

  if (room != NULL)
    json_object_set_boolean_member (mtx_json_get_object (room, "timeline"), "limited", TRUE);
}

/* Who is invited now was perhaps in the room before, and out of it in between. */
static DexFuture *
test_limited (gpointer data)
{
  for (guint limited = 0; limited < 2; limited++)
    {
      g_auto (Scene) scene = { 0 };

      begin (&scene);
      if (limited)
        mtx_fake_homeserver_rewrite (scene.server, "GET", "*/sync", make_limited, &scene, NULL);
      mtx_fake_homeserver_set_member (scene.server, scene.room_id, scene.bob->user_id, "invite");
      sync_alice (&scene);
      g_assert_cmpint (rotates (&scene), ==, limited != 0);
      g_assert_false (rotates (&scene));
    }

  return NULL;
}

/* The network takes its time, and somebody leaves meanwhile: the room is looked at again before anything is said. */
static DexFuture *
test_leaves_while_sending (gpointer data)
{
  g_auto (Scene)           scene = { 0 };
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;
  const char              *members[2] = { NULL };
  MtxMemberRow             member = { 0 };

  begin (&scene);
  member = (MtxMemberRow){ .room_id = scene.room_id, .user_id = scene.bob->user_id, .membership = "leave" };
  mtx_room_store_put_member (changes, &member);
  dex_await (mtx_db_commit (scene.alice->db, changes), &error);
  g_assert_no_error (error);
  say_fails (&scene, MTX_ERROR_RETRY_LATER);

  members[0] = scene.alice->user_id;
  set_info (&scene, members, "shared");
  g_assert_true (rotates (&scene));
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);

  return NULL;
}

/* Between the key's being made ready and the message: the key is gone, and another is not made in passing. */
static void
leave_during_claim (const MtxFakeRequest *request,
                    MtxFakeAnswer        *answer,
                    gpointer              data)
{
  Scene                   *scene = data;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  MtxMemberRow             member = { .room_id = scene->room_id, .user_id = scene->bob->user_id, .membership = "ban" };

  mtx_room_store_put_member (changes, &member);
  mtx_room_key_store_delete_outbound (changes, scene->room_id);
  mtx_fiber_fire (mtx_db_commit (scene->alice->db, changes), "Bob leaves");
}

static DexFuture *
test_leaves_while_sharing (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) events = NULL;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  mtx_fake_homeserver_rewrite (scene.server, "POST", CLAIM, leave_during_claim, &scene, NULL);
  say_fails (&scene, MTX_ERROR_RETRY_LATER);
  say_fails (&scene, MTX_ERROR_RETRY_LATER);
  g_assert_cmpuint (count (&scene, KEYS), ==, 0);

  return NULL;
}

static DexFuture *
test_deleted_device (gpointer data)
{
  g_auto (Scene) scene = { 0 };

  begin (&scene);
  mtx_fake_homeserver_remove_device (scene.server, scene.bob->user_id, "BOBDEVICE");
  sync_alice (&scene);
  g_assert_true (rotates (&scene));
  g_assert_false (rotates (&scene));

  return NULL;
}

static void
strip_owner_signature (const MtxFakeRequest *request,
                       MtxFakeAnswer        *answer,
                       gpointer              data)
{
  Scene      *scene = data;
  JsonObject *device = mtx_json_get_object (mtx_json_get_object (answer->body, "device_keys"), scene->bob->user_id);
  JsonObject *signatures = mtx_json_get_object (mtx_json_get_object (device, "BOBDEVICE"), "signatures");
  JsonObject *by_bob = mtx_json_get_object (signatures, scene->bob->user_id);

  if (by_bob != NULL)
    {
      g_autoptr (GList) names = json_object_get_members (by_bob);

      for (GList *name = names; name != NULL; name = name->next)
        if (!g_str_equal (name->data, "ed25519:BOBDEVICE"))
          json_object_remove_member (by_bob, name->data);
    }
}

static void
mark_changed (Scene *scene)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  const char *const        users[] = { scene->bob->user_id, NULL };

  mtx_tracked_users_mark_changed (_mtx_crypto_engine_get_tracked (scene->alice->engine), users, changes);
}

/* A device that had the key and is excluded now (H10); told so once, it is no reason any more. */
static DexFuture *
test_excluded_device (gpointer data)
{
  g_auto (Scene)     scene = { 0 };
  g_autoptr (GError) error = NULL;

  begin (&scene);
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, strip_owner_signature, &scene, NULL);
  mark_changed (&scene);
  g_assert_true (rotates (&scene));
  g_assert_false (rotates (&scene));
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);
  dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (&scene, WITHHELD), ==, 1);

  return NULL;
}

/* What later members may see changes: in both directions, and not between settings that mean the same. */
static DexFuture *
test_visibility (gpointer data)
{
  static const struct
  {
    const char *visibility;
    gboolean    rotates;
    gboolean    shares;
  } steps[] = {
    { "world_readable", FALSE, TRUE },
    { "joined", TRUE, FALSE },
    { "invited", FALSE, FALSE },
    { "shared", TRUE, TRUE },
    { "something else", TRUE, FALSE },
  };
  g_auto (Scene) scene = { 0 };
  const char    *members[3] = { NULL };

  begin (&scene);
  members[0] = scene.alice->user_id;
  members[1] = scene.bob->user_id;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      MtxRoomKeyId                id = { .room_id = scene.room_id };
      g_autofree char            *session_id = NULL;
      g_autoptr (MtxSyncResponse) at_bob = NULL;
      g_autoptr (GPtrArray)       keys = NULL;
      g_autoptr (GError)          error = NULL;

      set_info (&scene, members, steps[i].visibility);
      g_assert_cmpint (rotates (&scene), ==, steps[i].rotates);
      session_id = last_session (&scene);
      id.session_id = session_id;
      at_bob = mtx_crypto_client_sync (scene.bob);
      keys = dex_await_boxed (mtx_room_key_store_load_inbound (scene.bob->db, &id, 1), &error);
      g_assert_no_error (error);
      g_assert_cmpuint (keys->len, ==, 1);
      g_assert_cmpint (((MtxInboundSessionRow *)keys->pdata[0])->shared_history, ==, steps[i].shares);
    }

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/room-key-rotation/needless", test_needless);
  mtx_test_add_fiber ("/room-key-rotation/leaver", test_leaver);
  mtx_test_add_fiber ("/room-key-rotation/threat-048-not-a-reader", test_not_a_reader);
  mtx_test_add_fiber ("/room-key-rotation/back-again", test_back_again);
  mtx_test_add_fiber ("/room-key-rotation/threat-048-limited", test_limited);
  mtx_test_add_fiber ("/room-key-rotation/threat-056-leaves-while-sending", test_leaves_while_sending);
  mtx_test_add_fiber ("/room-key-rotation/threat-056-leaves-while-sharing", test_leaves_while_sharing);
  mtx_test_add_fiber ("/room-key-rotation/deleted-device", test_deleted_device);
  mtx_test_add_fiber ("/room-key-rotation/excluded-device", test_excluded_device);
  mtx_test_add_fiber ("/room-key-rotation/threat-053-visibility", test_visibility);

  return g_test_run ();
}
