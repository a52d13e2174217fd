/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An account for tests.
 */
#include "mtx-test-account.h"

#include <string.h>

#include "mtx-change-set.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"
#include "mtx-session-store.h"
#include "mtx-test.h"
#include "mtx-tokens.h"
#include "mtx-verifications.h"

#define DEVICE_ID "DEVICE"

/**
 * mtx_test_log_in:
 * @server: a server
 * @localpart: a new user's name
 * @device_id: its device
 *
 * Returns: (transfer full): somebody's connection
 */
MtxHttp *
mtx_test_log_in (MtxFakeHomeserver *server,
                 const char        *localpart,
                 const char        *device_id)
{
  g_autofree char           *token = mtx_fake_homeserver_add_user (server, localpart, device_id);
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) access = mtx_secret_bytes_new ((const guint8 *)token, strlen (token));
  g_autoptr (MtxTokens)      tokens = mtx_tokens_new (access, NULL);
  MtxHttp                   *http = mtx_http_new (mtx_fake_homeserver_get_base_url (server), &error);

  g_assert_no_error (error);
  mtx_http_set_tokens (http, tokens);

  return http;
}

static void
open_account (MtxTestAccount *self)
{
  g_autoptr (GError) error = NULL;

  self->server = self->client->server;
  self->user_id = self->client->user_id;
  self->db = self->client->db;
  self->http = self->client->http;
  self->encryption = self->client->encryption;
  self->rooms = mtx_room_list_new (self->db, self->http, self->user_id);
  dex_await (mtx_room_list_load (self->rooms), &error);
  g_assert_no_error (error);
  mtx_verifications_set_rooms (mtx_encryption_get_verifications (self->encryption), self->rooms);
  self->loop = mtx_sync_loop_new (self->http, self->db, self->client->engine, self->encryption, self->rooms);
}

static void
close_account (MtxTestAccount *self)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_sync_loop_stop (self->loop), &error);
  g_assert_no_error (error);
  g_clear_object (&self->loop);
  g_clear_object (&self->rooms);
}

static MtxTestAccount *
adopt_client (MtxCryptoClient *client)
{
  MtxTestAccount          *self = g_new0 (MtxTestAccount, 1);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  self->client = client;
  mtx_crypto_client_bootstrap (client);
  open_account (self);

  mtx_session_store_put (changes, &(MtxSessionRow){ .user_id = self->user_id, .device_id = client->device_id });
  dex_await (mtx_db_commit (self->db, changes), &error);
  g_assert_no_error (error);

  return self;
}

/**
 * mtx_test_account_new:
 * @server: a server
 * @localpart: a new user's name
 *
 * Returns: (transfer full): an account whose device is published; its loop does not run
 */
MtxTestAccount *
mtx_test_account_new (MtxFakeHomeserver *server,
                      const char        *localpart)
{
  return adopt_client (mtx_crypto_client_new (server, localpart, DEVICE_ID));
}

/**
 * mtx_test_account_new_sibling:
 * @first: an account
 * @device_id: a device it does not have yet
 *
 * Returns: (transfer full): the same account on another device, with the same identity, which signed it; its loop does
 *   not run
 */
MtxTestAccount *
mtx_test_account_new_sibling (MtxTestAccount *first,
                              const char     *device_id)
{
  g_autofree char *localpart = g_strndup (first->user_id + 1, strcspn (first->user_id + 1, ":"));
  MtxCryptoClient *client = mtx_crypto_client_new (first->server, localpart, device_id);

  mtx_crypto_client_adopt (client, first->client);

  return adopt_client (client);
}

/**
 * mtx_test_account_restart:
 * @self: an account
 *
 * Forgets everything that is not on disk. The loop does not run then.
 */
void
mtx_test_account_restart (MtxTestAccount *self)
{
  close_account (self);
  mtx_crypto_client_restart (self->client);
  open_account (self);
}

/**
 * mtx_test_account_free:
 * @self: (transfer full): an account
 *
 * Stops, closes and frees everything.
 */
void
mtx_test_account_free (MtxTestAccount *self)
{
  close_account (self);
  mtx_crypto_client_free (self->client);
  g_free (self);
}

typedef struct
{
  MtxTestAccount *account;
  const char     *room_id;
} Wanted;

static gboolean
has_room (gpointer data)
{
  Wanted *wanted = data;

  return mtx_room_list_lookup (wanted->account->rooms, wanted->room_id) != NULL;
}

/**
 * mtx_test_account_wait_room:
 * @self: an open account whose loop runs
 * @room_id: a room
 *
 * Returns: (transfer none): the room, once the account knows it
 */
MtxRoom *
mtx_test_account_wait_room (MtxTestAccount *self,
                            const char     *room_id)
{
  Wanted wanted = { self, room_id };

  mtx_test_wait (has_room, &wanted);

  return mtx_room_list_lookup (self->rooms, room_id);
}

/**
 * mtx_test_json:
 * @text: an object
 *
 * Returns: (transfer full): @text, parsed
 */
JsonObject *
mtx_test_json (const char *text)
{
  MtxJsonLimits      limits = { .max_bytes = 16 * 1024 * 1024 };
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_json_parse_object (text, -1, &limits, &error);

  g_assert_no_error (error);

  return object;
}

/**
 * mtx_test_item:
 * @model: a list of timeline items
 * @position: which
 *
 * Returns: (transfer none): the item, which the model holds
 */
MtxTimelineItem *
mtx_test_item (gpointer model,
               guint    position)
{
  g_autoptr (MtxTimelineItem) item = g_list_model_get_item (model, position);

  g_assert_nonnull (item);

  return item;
}

/**
 * mtx_test_bodies:
 * @model: a list of timeline items
 *
 * Returns: (transfer full): what its messages say, in order, with bars between; notices are left out
 */
char *
mtx_test_bodies (gpointer model)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      MtxTimelineItem *item = mtx_test_item (model, i);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_NOTICE)
        continue;
      if (text->len > 0)
        g_string_append_c (text, '|');
      g_string_append (text, mtx_timeline_item_get_body (item) != NULL ? mtx_timeline_item_get_body (item) : "-");
    }

  return g_string_free_and_steal (text);
}

/**
 * mtx_test_say:
 * @server: a server
 * @room_id: a room on it
 * @sender: somebody in the room
 * @body: what to say, unencrypted
 *
 * Says something.
 */
void
mtx_test_say (MtxFakeHomeserver *server,
              const char        *room_id,
              const char        *sender,
              const char        *body)
{
  g_autoptr (JsonObject) content = json_object_new ();
  g_autofree char       *event_id = NULL;

  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", body);
  event_id = mtx_fake_homeserver_send_event (server, room_id, sender, "m.room.message", NULL, content);
}
