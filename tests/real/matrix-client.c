/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our side of a conversation without a window: everything below the screens, told what to do by JSON lines on
 * standard input. {"id": 1, "op": "send", …} → {"id": 1, "result": …} or {"id": 1, "error": "…"}. No secret is ever
 * printed. client.py is the other end; the keyring is libsecret's file, as the environment says.
 *
 *   matrix-client FOLDER
 */
#include <stdio.h>
#include <stdlib.h>

#include <gio/gunixinputstream.h>

#include "mtx-base64.h"
#include "mtx-crypto-engine.h"
#include "mtx-encryption.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-identities.h"
#include "mtx-json.h"
#include "mtx-key-backup.h"
#include "mtx-keyring-file.h"
#include "mtx-outbox.h"
#include "mtx-room-create.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-storage.h"
#include "mtx-session.h"
#include "mtx-sync-loop.h"
#include "mtx-test.h"
#include "mtx-timeline.h"
#include "mtx-verifications.h"

#define WAIT_MS  45000
#define PROVIDER "{}" /* the record of a provider is nothing to those below it */

/* One room that was spoken of. */
typedef struct
{
  MtxRoom     *room;
  MtxOutbox   *outbox;
  MtxTimeline *timeline;
} Chat;

typedef struct
{
  MtxSession      *session;
  GHashTable      *chats;        /* room id → future of a boxed Chat pointer, made once */
  GPtrArray       *open;         /* of Chat */
  MtxVerification *verification; /* the last that was asked for, by either side; or NULL */
} Client;

typedef struct
{
  Client     *client;
  JsonObject *words;
  JsonNode   *result;
} Command;

static void
chat_free (gpointer memory)
{
  Chat *chat = memory;

  g_clear_object (&chat->room);
  g_clear_object (&chat->timeline);
  g_clear_object (&chat->outbox);
  g_free (chat);
}

static void
command_free (gpointer memory)
{
  Command *command = memory;

  g_clear_pointer (&command->words, json_object_unref);
  g_clear_pointer (&command->result, json_node_unref);
  g_free (command);
}

static const char *
word (Command    *command,
      const char *name)
{
  const char *value = mtx_json_get_string (command->words, name);

  if (value == NULL)
    g_error ("No “%s” was said", name);

  return value;
}

static guint
wait_ms (Command *command)
{
  gint64 ms = 0;

  return mtx_json_get_int (command->words, "timeout", &ms) ? (guint)ms : WAIT_MS;
}

static void
return_object (Command    *command,
               JsonObject *object)
{
  command->result = json_node_alloc ();
  json_node_init_object (command->result, object);
}

static void
return_string (Command    *command,
               const char *text)
{
  command->result = json_node_alloc ();
  json_node_init_string (command->result, text);
}

/* What is waited for. */
typedef struct
{
  Command *command;
  Chat    *chat;
} Wanted;

static MtxRoom *
find_room (Command *command)
{
  MtxRoomList *rooms = mtx_session_get_rooms (command->client->session);

  return rooms != NULL ? mtx_room_list_lookup (rooms, word (command, "room")) : NULL;
}

static gboolean
has_room (gpointer data)
{
  return find_room (data) != NULL;
}

static void
wake_outboxes (Client *client)
{
  for (guint i = 0; i < client->open->len; i++)
    mtx_outbox_wake (((Chat *)g_ptr_array_index (client->open, i))->outbox);
}

static DexFuture *
open_chat_fiber (gpointer data)
{
  Command           *command = data;
  MtxSession        *session = command->client->session;
  Chat              *chat = g_new0 (Chat, 1);
  g_autofree char   *name = g_strdup (word (command, "room"));
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (command->client->open, chat);
  chat->room = g_object_ref (find_room (command));
  chat->outbox = mtx_outbox_new (mtx_session_get_db (session), name);
  chat->timeline = mtx_timeline_new (mtx_session_get_db (session), chat->outbox);
  if (!dex_await (mtx_outbox_load (chat->outbox), &error)
      || !dex_await (mtx_timeline_bind (chat->timeline, chat->room, mtx_session_get_http (session), mtx_session_get_encryption (session)), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  mtx_outbox_bind (chat->outbox, chat->room, mtx_session_get_http (session), mtx_session_get_encryption (session));

  return dex_future_new_for_int64 ((gint64)(gsize)chat);
}

/* In a fiber. */
static Chat *
await_chat (Command *command,
            GError **error)
{
  Client    *client = command->client;
  DexFuture *chat = NULL;
  gint64     address = 0;

  if (!dex_await (mtx_test_wait_until (has_room, command, wait_ms (command)), error))
    return NULL;

  chat = g_hash_table_lookup (client->chats, word (command, "room"));
  if (chat == NULL)
    {
      Command *copy = g_new0 (Command, 1);

      copy->client = client;
      copy->words = json_object_ref (command->words);
      chat = mtx_fiber_spawn ("open-chat", open_chat_fiber, copy, command_free);
      g_hash_table_insert (client->chats, g_strdup (word (command, "room")), chat);
    }
  address = dex_await_int64 (dex_ref (chat), error);

  return (Chat *)(gsize)address;
}

static JsonObject *
describe_item (MtxTimelineItem *item)
{
  static const char *const kinds[] = { "message", "notice", "undecryptable", "unsupported", "deleted" };
  static const char *const reasons[] = { NULL, NULL, "missing-key", "withheld", "refused", "failed" };
  static const char *const shields[] = { NULL, "unsigned-device", "unknown-device", "not-authentic", "plaintext" };
  static const char *const states[] = { NULL, "queued", "sending", "sent", "read", "failed" };
  JsonObject              *object = json_object_new ();

  json_object_set_string_member (object, "event_id", mtx_timeline_item_get_event_id (item));
  json_object_set_string_member (object, "sender", mtx_timeline_item_get_sender (item));
  json_object_set_string_member (object, "body", mtx_timeline_item_get_body (item));
  json_object_set_string_member (object, "kind", kinds[mtx_timeline_item_get_kind (item)]);
  json_object_set_string_member (object, "failure", reasons[mtx_timeline_item_get_undecryptable_reason (item)]);
  json_object_set_string_member (object, "withheld", mtx_timeline_item_get_withheld_code (item));
  json_object_set_string_member (object, "shield", shields[mtx_timeline_item_get_shield (item)]);
  json_object_set_string_member (object, "send_state", states[mtx_timeline_item_get_send_state (item)]);
  json_object_set_int_member (object, "error", mtx_timeline_item_get_error (item));

  return object;
}

static void
return_messages (Command *command,
                 Chat    *chat)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chat->timeline)); i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (G_LIST_MODEL (chat->timeline), i);

      if (mtx_timeline_item_get_kind (item) != MTX_ITEM_KIND_NOTICE)
        json_array_add_object_element (array, describe_item (item));
    }

  command->result = json_node_alloc ();
  json_node_take_array (json_node_init_array (command->result, NULL), array);
}

/* Whether every text that was named can be read, without a shield unless one was expected, and none of them still has
 * to be sent. What came from a device that we have to ask for first has a shield until we have. */
static gboolean
has_bodies (gpointer data)
{
  Wanted    *wanted = data;
  JsonArray *bodies = mtx_json_get_array (wanted->command->words, "bodies");
  gboolean   any_shield = FALSE;
  guint      n_found = 0;

  mtx_json_get_boolean (wanted->command->words, "any_shield", &any_shield);

  for (guint i = 0; i < json_array_get_length (bodies); i++)
    {
      gboolean is_here = FALSE;

      for (guint j = 0; !is_here && j < g_list_model_get_n_items (G_LIST_MODEL (wanted->chat->timeline)); j++)
        {
          g_autoptr (MtxTimelineItem) item = g_list_model_get_item (G_LIST_MODEL (wanted->chat->timeline), j);

          is_here = g_strcmp0 (mtx_timeline_item_get_body (item), mtx_json_array_string (bodies, i)) == 0
                    && mtx_timeline_item_get_event_id (item) != NULL
                    && (any_shield || mtx_timeline_item_get_shield (item) == MTX_SHIELD_NONE);
        }
      n_found += is_here ? 1 : 0;
    }

  return n_found == json_array_get_length (bodies);
}

static gboolean
has_count (gpointer data)
{
  Wanted *wanted = data;
  gint64  count = 0;
  gint64  n_messages = 0;

  mtx_json_get_int (wanted->command->words, "count", &count);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (wanted->chat->timeline)); i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (G_LIST_MODEL (wanted->chat->timeline), i);

      if (mtx_timeline_item_get_kind (item) != MTX_ITEM_KIND_NOTICE)
        n_messages++;
    }

  return n_messages >= count;
}

/* Whatever is asked for is shown: the test is the user. */
static gboolean
on_requested (Client          *client,
              MtxVerification *verification)
{
  g_set_object (&client->verification, verification);

  return TRUE;
}

/* The operations. */

/* A new account, or with "restore" and "key_file" one that exists; with "password" one that another client made. */
static MtxAccountHints *
make_hints (Command *command,
            GError **error)
{
  const char                *user_id = mtx_json_get_string (command->words, "restore");
  const char                *typed = mtx_json_get_string (command->words, "password");
  g_autoptr (MtxSecretBytes) password = typed != NULL ? mtx_secret_bytes_new ((const guint8 *)typed, strlen (typed)) : NULL;
  g_autoptr (MtxSecretBytes) key = NULL;
  char                      *text = NULL;
  gsize                      length = 0;
  if (user_id == NULL)
    return mtx_account_hints_new (word (command, "server_name"), word (command, "homeserver"), NULL);
  if (!g_file_get_contents (word (command, "key_file"), &text, &length, error))
    return NULL;
  key = mtx_secret_bytes_new_take ((guint8 *)text, length);
  return mtx_account_hints_new_restore (user_id, mtx_json_get_string (command->words, "homeserver"), key, password, FALSE, PROVIDER, error);
}

static gboolean
operation_open (Command *command,
                GError **error)
{
  Client                     *client = command->client;
  g_autoptr (MtxAccountHints) hints = make_hints (command, error);
  g_autoptr (JsonObject)      result = json_object_new ();

  if (hints == NULL || !dex_await (mtx_session_open (client->session, hints), error))
    return FALSE;
  g_signal_connect_swapped (mtx_session_get_sync_loop (client->session), "notify::connection", G_CALLBACK (wake_outboxes), client);
  g_signal_connect_swapped (mtx_encryption_get_verifications (mtx_session_get_encryption (client->session)), "requested",
                            G_CALLBACK (on_requested), client);
  json_object_set_string_member (result, "user_id", mtx_session_get_user_id (client->session));
  json_object_set_string_member (result, "device_id",
                                 mtx_crypto_engine_get_device_id (mtx_encryption_get_engine (mtx_session_get_encryption (client->session))));
  return_object (command, result);

  return TRUE;
}

static gboolean
operation_synced (Command *command,
                  GError **error)
{
  MtxSyncLoop *loop = mtx_session_get_sync_loop (command->client->session);

  mtx_sync_loop_kick (loop);

  return dex_await (mtx_sync_loop_when_synced (loop), error);
}

/* A direct room with support, as the app makes it. */
static gboolean
operation_create_direct (Command *command,
                         GError **error)
{
  MtxSession         *session = command->client->session;
  g_autoptr (MtxRoom) room = dex_await_object (mtx_room_create_direct (mtx_session_get_http (session),
                                                                       mtx_session_get_db (session),
                                                                       mtx_session_get_rooms (session),
                                                                       word (command, "user")),
                                               error);

  if (room == NULL)
    return FALSE;
  return_string (command, mtx_room_get_id (room));

  return TRUE;
}

/* Any request to the server with our token; for what the app itself never asks. */
static gboolean
operation_http (Command *command,
                GError **error)
{
  g_autofree char       *endpoint = g_strconcat (word (command, "method"), " ", word (command, "path"), NULL);
  g_autoptr (MtxRequest) request = mtx_request_new (endpoint, NULL);
  g_autoptr (MtxReply)   reply = NULL;

  if (mtx_json_get_object (command->words, "body") != NULL)
    mtx_request_set_body (request, mtx_json_get_object (command->words, "body"));
  reply = dex_await_boxed (mtx_http_send (mtx_session_get_http (command->client->session), request), error);
  if (reply == NULL)
    return FALSE;
  if (mtx_reply_get_body (reply) != NULL)
    return_object (command, mtx_reply_get_body (reply));

  return TRUE;
}

typedef struct
{
  Command *command;
  gint64   joined;
  gint64   invited;
  gboolean can_send;
} Members;

static gboolean
has_members (gpointer data)
{
  Members *members = data;
  MtxRoom *room = find_room (members->command);

  return room != NULL && (members->joined < 0 || mtx_room_get_joined_count (room) == members->joined)
         && (members->invited < 0 || mtx_room_get_invited_count (room) == members->invited)
         && (!members->can_send || mtx_room_get_can_send (room));
}

/* Waits until we see the room as it is said to be. */
static gboolean
operation_members (Command *command,
                   GError **error)
{
  Members members = { .command = command, .joined = -1, .invited = -1 };

  mtx_json_get_int (command->words, "joined", &members.joined);
  mtx_json_get_int (command->words, "invited", &members.invited);
  mtx_json_get_boolean (command->words, "can_send", &members.can_send);

  return dex_await (mtx_test_wait_until (has_members, &members, wait_ms (command)), error);
}

static gboolean
operation_queue (Command *command,
                 GError **error)
{
  Chat *chat = await_chat (command, error);

  return chat != NULL && dex_await (mtx_outbox_add_text (chat->outbox, word (command, "body")), error);
}

static gboolean
operation_messages (Command *command,
                    GError **error)
{
  Chat *chat = await_chat (command, error);

  if (chat == NULL)
    return FALSE;
  return_messages (command, chat);

  return TRUE;
}

static gboolean
await_messages (Command         *command,
                MtxTestCondition condition,
                GError         **error)
{
  Wanted wanted = { command, await_chat (command, error) };

  if (wanted.chat == NULL)
    return FALSE;
  if (!dex_await (mtx_test_wait_until (condition, &wanted, wait_ms (command)), error))
    {
      g_autofree char *text = NULL;

      return_messages (command, wanted.chat);
      text = json_to_string (command->result, FALSE);
      g_prefix_error (error, "%s: ", text);
      return FALSE;
    }
  return_messages (command, wanted.chat);

  return TRUE;
}

/* Waits until each of the texts can be read, and is on the server if it is ours; returns all messages. */
static gboolean
operation_expect (Command *command,
                  GError **error)
{
  return await_messages (command, has_bodies, error);
}

/* Waits until there are as many messages, readable or not, and returns all. */
static gboolean
operation_settled (Command *command,
                   GError **error)
{
  return await_messages (command, has_count, error);
}

static gboolean
operation_identity (Command *command,
                    GError **error)
{
  static const char *const    states[] = { "unknown", "none", "pinned", "verified", "changed", "violated" };
  MtxEncryption              *encryption = mtx_session_get_encryption (command->client->session);
  g_autoptr (JsonObject)      result = json_object_new ();
  g_autoptr (MtxIdentityInfo) info = dex_await_boxed (mtx_identities_lookup (mtx_encryption_get_identities (encryption), word (command, "user")), error);

  if (info == NULL)
    return FALSE;
  json_object_set_string_member (result, "state", states[mtx_identity_info_get_state (info)]);
  json_object_set_int_member (result, "signed", mtx_identity_info_get_signed_devices (info));
  json_object_set_int_member (result, "unsigned", mtx_identity_info_get_unsigned_devices (info));
  return_object (command, result);

  return TRUE;
}

/* Asks somebody in a room, or, without a user, our own other devices. */
static gboolean
operation_verify (Command *command,
                  GError **error)
{
  Client           *client = command->client;
  MtxVerifications *verifications = mtx_encryption_get_verifications (mtx_session_get_encryption (client->session));
  MtxVerification  *verification;

  if (mtx_json_get_string (command->words, "user") != NULL)
    verification = dex_await_object (mtx_verifications_ask_user (verifications, find_room (command), word (command, "user")), error);
  else
    verification = dex_await_object (mtx_verifications_ask_own_devices (verifications), error);
  if (verification == NULL)
    return FALSE;

  g_clear_object (&client->verification);
  client->verification = verification;

  return TRUE;
}

static const char *const verification_states[] = {
  "requested-by-us",
  "requested-by-them",
  "ready",
  "started",
  "comparing",
  "confirmed",
  "done",
  "cancelled",
};

static gboolean
has_state (gpointer data)
{
  Command         *command = data;
  MtxVerification *verification = command->client->verification;

  return verification != NULL && g_str_equal (verification_states[mtx_verification_get_state (verification)], word (command, "state"));
}

/* Waits until the verification is so far, and describes it. */
static gboolean
operation_verification (Command *command,
                        GError **error)
{
  g_autoptr (JsonObject) result = json_object_new ();
  JsonArray             *emoji = json_array_new ();
  JsonArray             *decimals = json_array_new ();
  guint                  indices[MTX_VERIFICATION_N_EMOJI];
  guint                  numbers[MTX_VERIFICATION_N_DECIMALS];
  MtxVerification       *verification;

  json_object_set_array_member (result, "emoji", emoji);
  json_object_set_array_member (result, "decimals", decimals);
  if (!dex_await (mtx_test_wait_until (has_state, command, wait_ms (command)), error))
    return FALSE;

  verification = command->client->verification;
  if (mtx_verification_get_emoji (verification, indices) && mtx_verification_get_decimals (verification, numbers))
    {
      for (guint i = 0; i < MTX_VERIFICATION_N_EMOJI; i++)
        json_array_add_int_element (emoji, indices[i]);
      for (guint i = 0; i < MTX_VERIFICATION_N_DECIMALS; i++)
        json_array_add_int_element (decimals, numbers[i]);
    }
  json_object_set_string_member (result, "user_id", mtx_verification_get_user_id (verification));
  json_object_set_string_member (result, "code", mtx_verification_get_cancel_code (verification));
  return_object (command, result);

  return TRUE;
}

/* What the user does with it. */
static gboolean
operation_answer (Command *command,
                  GError **error)
{
  const char *act = word (command, "act");

  if (g_str_equal (act, "accept"))
    mtx_verification_accept (command->client->verification);
  else if (g_str_equal (act, "confirm"))
    mtx_verification_confirm (command->client->verification);
  else if (g_str_equal (act, "mismatch"))
    mtx_verification_mismatch (command->client->verification);
  else
    mtx_verification_cancel (command->client->verification);

  return TRUE;
}

static gboolean
is_protected (gpointer data)
{
  MtxSecretStorage *storage = mtx_session_get_secret_storage (((Command *)data)->client->session);

  return storage != NULL && mtx_secret_storage_get_state (storage) == MTX_SECRET_STORAGE_OPEN;
}

/* Waits until the security key brings the account back, and writes that key into the file that is named. */
static gboolean
operation_keep_key (Command *command,
                    GError **error)
{
  g_autoptr (MtxSecretBytes) key = NULL;
  const char                *text = NULL;
  gsize                      length = 0;

  if (!dex_await (mtx_test_wait_until (is_protected, command, wait_ms (command)), error))
    return FALSE;
  key = dex_await_boxed (mtx_session_load_key_text (command->client->session), error);
  if (key == NULL)
    return FALSE;
  text = (const char *)mtx_secret_bytes_get (key, &length);

  return g_file_set_contents_full (word (command, "file"), text, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* Writes the private key of the backup of room keys into the file that is named. */
static gboolean
operation_keep_backup_key (Command *command,
                           GError **error)
{
  MtxEncryption             *encryption = mtx_session_get_encryption (command->client->session);
  g_autoptr (MtxSecretBytes) key = dex_await_boxed (mtx_key_backup_dup_private_key (mtx_encryption_get_key_backup (encryption)), error);
  char                      *text = NULL;
  gboolean                   is_written;

  if (key == NULL)
    return FALSE;
  text = mtx_base64_encode_secret (key, MTX_BASE64_UNPADDED);
  is_written = g_file_set_contents_full (word (command, "file"), text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
  mtx_secret_string_free (text);

  return is_written;
}

/* Restores everything from the backup; says how much that was. */
static gboolean
operation_restore_backup (Command *command,
                          GError **error)
{
  MtxKeyBackup          *backup = mtx_encryption_get_key_backup (mtx_session_get_encryption (command->client->session));
  g_autoptr (JsonObject) result = json_object_new ();

  json_object_set_int_member (result, "restored", dex_await_int64 (mtx_key_backup_restore (backup), error));
  return_object (command, result);

  return *error == NULL;
}

static gboolean
operation_close (Command *command,
                 GError **error)
{
  Client *client = command->client;

  for (guint i = 0; i < client->open->len; i++)
    {
      if (!dex_await (mtx_outbox_close (((Chat *)g_ptr_array_index (client->open, i))->outbox), error))
        return FALSE;
    }

  return dex_await (mtx_session_close (client->session), error);
}

static const struct
{
  const char *name;
  gboolean (*run) (Command *command, GError **error);
} operations[] = {
  { "open", operation_open },
  { "synced", operation_synced },
  { "create_direct", operation_create_direct },
  { "http", operation_http },
  { "members", operation_members },
  { "queue", operation_queue },
  { "messages", operation_messages },
  { "expect", operation_expect },
  { "settled", operation_settled },
  { "identity", operation_identity },
  { "keep_key", operation_keep_key },
  { "verify", operation_verify },
  { "verification", operation_verification },
  { "answer", operation_answer },
  { "keep_backup_key", operation_keep_backup_key },
  { "restore_backup", operation_restore_backup },
  { "close", operation_close },
};

static void
print_answer (Command      *command,
              const GError *error)
{
  g_autoptr (JsonObject) answer = json_object_new ();
  g_autofree char       *text = NULL;
  gint64                 id = 0;

  mtx_json_get_int (command->words, "id", &id);
  json_object_set_int_member (answer, "id", id);
  if (error != NULL)
    json_object_set_string_member (answer, "error", error->message);
  else if (command->result != NULL)
    json_object_set_member (answer, "result", json_node_ref (command->result));
  else
    json_object_set_null_member (answer, "result");

  text = mtx_json_to_string (answer);
  g_print ("%s\n", text);
  fflush (stdout);
}

static DexFuture *
command_fiber (gpointer data)
{
  Command           *command = data;
  const char        *name = word (command, "op");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      if (g_str_equal (operations[i].name, name))
        {
          operations[i].run (command, &error);
          print_answer (command, error);
          return dex_future_new_true ();
        }
    }
  g_error ("There is no operation “%s”", name);
}

typedef struct
{
  Client    *client;
  GMainLoop *main_loop;
} Reader;

static void
on_line (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  static const MtxJsonLimits limits = { .max_bytes = 1024 * 1024, .max_depth = 32 };
  Reader                    *reader = data;
  g_autofree char           *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);
  Command                   *command = NULL;

  if (line == NULL)
    {
      g_main_loop_quit (reader->main_loop);
      return;
    }

  command = g_new0 (Command, 1);
  command->client = reader->client;
  command->words = mtx_json_parse_object (line, -1, &limits, NULL);
  g_assert_nonnull (command->words);
  /* Not awaited: a command that waits does not hold up the next one. */
  mtx_fiber_fire (mtx_fiber_spawn ("command", command_fiber, command, command_free), "A command");
  g_data_input_stream_read_line_async (G_DATA_INPUT_STREAM (object), G_PRIORITY_DEFAULT, NULL, on_line, reader);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GInputStream)     input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (input);
  g_autoptr (GMainLoop)        main_loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (MtxKeyring)       keyring = NULL;
  Client                       client = { 0 };
  Reader                       reader = { &client, main_loop };

  if (argc != 2)
    return EXIT_FAILURE;

  dex_init ();
  g_log_set_always_fatal (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  keyring = mtx_keyring_file_new ();
  client.session = mtx_session_new (keyring, argv[1], "provider", "Example Wallets");
  client.chats = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, dex_unref);
  client.open = g_ptr_array_new_with_free_func (chat_free);
  g_data_input_stream_read_line_async (lines, G_PRIORITY_DEFAULT, NULL, on_line, &reader);
  g_main_loop_run (main_loop);

  g_clear_object (&client.verification);
  g_ptr_array_unref (client.open);
  g_hash_table_unref (client.chats);
  g_object_unref (client.session);

  return EXIT_SUCCESS;
}
