/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person with the app, as far as it has no screen.
 */
#include "sup-test-user.h"

#include <string.h>

#include "mtx-fake-clock.h"
#include "mtx-fiber.h"
#include "mtx-room.h"
#include "sup-conversation-private.h"
#include "sup-provider-file.h"
#include "sup-provider-input.h"

/* Looks that find nothing new before time is moved on: what can happen without it happens first. */
#define LOOKS_PER_TICK 5

typedef struct
{
  MtxTestCondition condition;
  gpointer         data;
  guint            looks;
} Look;

static gboolean
look (gpointer data)
{
  Look *self = data;

  if (self->condition (self->data))
    return TRUE;

  if (++self->looks % LOOKS_PER_TICK == 0 && mtx_fake_clock_count () > 0)
    mtx_fake_clock_advance (mtx_fake_clock_next ());

  return FALSE;
}

/**
 * sup_test_wait:
 * @condition: what has to become true
 * @data: (nullable): passed to @condition
 *
 * Waits, and lets time pass while it does: every pause ends when nothing else happens.
 */
void
sup_test_wait (MtxTestCondition condition,
               gpointer         data)
{
  Look self = { condition, data, 0 };

  mtx_test_wait (look, &self);
}

/**
 * sup_test_provider_new:
 * @server_url: where its homeserver answers
 * @support_id: (nullable): whom to write to
 * @feed_room: (nullable): where it announces
 *
 * Reads a provider from a file's text, as the app does.
 *
 * Returns: (transfer full): the provider
 */
SupProvider *
sup_test_provider_new (const char *server_url,
                       const char *support_id,
                       const char *feed_room)
{
  g_autofree char             *chat = support_id != NULL
                                          ? g_strdup_printf ("\"customChatSupport\":true,\"customChatSupportName\":\"%s\",", support_id)
                                          : g_strdup ("");
  g_autofree char             *feed = feed_room != NULL
                                          ? g_strdup_printf ("\"customNotification\":true,\"customNotificationRoom\":\"%s\",", feed_room)
                                          : g_strdup ("");
  g_autofree char             *text = g_strdup_printf ("{\"version\":\"1.21\",\"generalOptions\":{\"companyName\":\"Example Wallets\"},"
                                                                   "\"helpCenterOptions\":{%s%s\"isChat\":true,\"displayChatSupport\":%s,"
                                                                   "\"displayNotification\":%s},"
                                                                   "\"io.github.wallet_support\":{\"version\":1,\"serverName\":\"%s\",\"homeserverUrl\":\"%s\"}}",
                                                       chat, feed, support_id != NULL ? "true" : "false", feed_room != NULL ? "true" : "false",
                                                       MTX_FAKE_SERVER_NAME, server_url);
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_file_read (text, -1, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (sup_provider_input_get_kind (input), ==, SUP_PROVIDER_INPUT_PROVIDER);

  return sup_provider_ref (sup_provider_input_get_provider (input));
}

/**
 * sup_test_user_new_with:
 * @keyring: (transfer full): the person's keyring
 * @data_dir: the person's data folder
 * @server_url: where the provider's homeserver answers
 *
 * Makes somebody whose things exist.
 *
 * Returns: (transfer full): the person
 */
SupTestUser *
sup_test_user_new_with (MtxKeyring *keyring,
                        const char *data_dir,
                        const char *server_url)
{
  SupTestUser *self = g_new0 (SupTestUser, 1);

  self->keyring = keyring;
  self->data_dir = g_strdup (data_dir);
  self->provider = sup_test_provider_new (server_url, SUP_TEST_SUPPORT, NULL);
  mtx_fake_clock_install ();

  return self;
}

/**
 * sup_test_user_new:
 *
 * Makes a homeserver, and somebody who has never started the app.
 *
 * Returns: (transfer full): the person
 */
SupTestUser *
sup_test_user_new (void)
{
  MtxFakeHomeserver *server = mtx_fake_homeserver_new ();
  g_autofree char   *data_dir = mtx_test_tmp_dir ();
  SupTestUser       *self = sup_test_user_new_with (mtx_keyring_memory_new (), data_dir,
                                                    mtx_fake_homeserver_get_base_url (server));

  self->server = server;

  return self;
}

/**
 * sup_test_user_add_agent:
 * @self: a person
 *
 * Gives support a device with keys.
 */
void
sup_test_user_add_agent (SupTestUser *self)
{
  g_assert_null (self->agent);
  self->agent = mtx_fake_agent_new (self->server, "support", "AGENT");
}

/**
 * sup_test_user_free:
 * @self: (transfer full): a person
 *
 * Quits the app if it runs, and ends the homeserver.
 */
void
sup_test_user_free (SupTestUser *self)
{
  if (self->list != NULL)
    sup_test_user_quit (self);
  mtx_fake_clock_uninstall ();

  g_clear_object (&self->agent);
  if (self->server != NULL)
    g_assert_finalize_object (self->server);
  g_assert_finalize_object (self->keyring);
  sup_provider_unref (self->provider);
  g_free (self->data_dir);
  g_free (self);
}

/**
 * sup_test_user_launch:
 * @self: a person whose app is not running
 *
 * Starts the app and lets it find what is stored.
 */
void
sup_test_user_launch (SupTestUser *self)
{
  g_assert_null (self->list);

  self->list = sup_client_list_new (self->keyring, self->data_dir);
  mtx_test_await (sup_client_list_load (self->list));
  self->client = g_list_model_get_item (G_LIST_MODEL (self->list), 0);
}

/**
 * sup_test_user_start:
 * @self: a person
 *
 * Presses Start on the provider's page, after launching the app if need be.
 */
void
sup_test_user_start (SupTestUser *self)
{
  if (self->list == NULL)
    sup_test_user_launch (self);
  g_clear_object (&self->client);
  self->client = sup_client_list_add (self->list, self->provider);
  /* The states tell how it ends. */
  mtx_fiber_fire (sup_client_open (self->client), "Starting");
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* Fibers that have just ended let go of their objects in their own time; nobody else may hold any. */
static void
assert_finalized (gpointer object)
{
  gpointer weak = object;

  g_object_add_weak_pointer (object, &weak);
  g_object_unref (object);
  sup_test_wait (is_gone, &weak);
}

/**
 * sup_test_user_quit:
 * @self: a person whose app runs
 *
 * Quits in an orderly way, at once, whatever the server does. Nothing may be left.
 */
void
sup_test_user_quit (SupTestUser *self)
{
  gint64           before = g_get_monotonic_time ();
  SupConversation *conversation = NULL;
  SupFeed         *feed = NULL;

  if (self->client != NULL)
    {
      g_set_object (&conversation, sup_client_get_conversation (self->client));
      g_set_object (&feed, sup_client_get_feed (self->client));
    }

  mtx_test_await (sup_client_list_close (self->list));
  g_assert_cmpint (g_get_monotonic_time () - before, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (mtx_fake_clock_count (), ==, 0);

  if (conversation != NULL)
    assert_finalized (conversation);
  if (feed != NULL)
    assert_finalized (feed);
  if (self->client != NULL)
    g_assert_cmpint (sup_client_get_state (self->client), ==, SUP_CLIENT_CLOSED);
  if (self->client != NULL && g_list_model_get_n_items (G_LIST_MODEL (self->list)) == 0)
    assert_finalized (g_steal_pointer (&self->client));
  assert_finalized (g_steal_pointer (&self->list));
  if (self->client != NULL)
    assert_finalized (g_steal_pointer (&self->client));
}

/**
 * sup_test_user_relaunch:
 * @self: a person whose app runs
 *
 * Quits and starts again.
 */
void
sup_test_user_relaunch (SupTestUser *self)
{
  sup_test_user_quit (self);
  sup_test_user_launch (self);
  g_assert_nonnull (self->client);
}

/* A property of an object and the value waited for. */
typedef struct
{
  SupTestUser *user;
  int          value;
} Wanted;

static gboolean
has_state (gpointer data)
{
  Wanted *wanted = data;

  return (int)sup_client_get_state (wanted->user->client) == wanted->value;
}

static gboolean
is_online (gpointer data)
{
  Wanted       *wanted = data;
  SupConnection connection = sup_client_get_connection (wanted->user->client);

  if (wanted->value)
    return connection == SUP_CONNECTION_ONLINE;

  return connection == SUP_CONNECTION_UNREACHABLE || connection == SUP_CONNECTION_OFFLINE;
}

static gboolean
has_conversation (gpointer data)
{
  SupTestUser *self = data;

  return sup_client_get_conversation (self->client) != NULL;
}

static gboolean
has_conversation_state (gpointer data)
{
  Wanted *wanted = data;

  return (int)sup_conversation_get_state (sup_client_get_conversation (wanted->user->client)) == wanted->value;
}

static gboolean
has_encryption (gpointer data)
{
  Wanted *wanted = data;

  return (int)sup_conversation_get_encryption (sup_client_get_conversation (wanted->user->client)) == wanted->value;
}

static gboolean
has_unread (gpointer data)
{
  Wanted *wanted = data;

  return (int)sup_conversation_get_unread_count (sup_client_get_conversation (wanted->user->client)) == wanted->value;
}

/**
 * sup_test_user_wait_state:
 * @self: a person whose app has a client
 * @state: its future state
 *
 * Waits for it.
 */
void
sup_test_user_wait_state (SupTestUser   *self,
                          SupClientState state)
{
  Wanted wanted = { self, (int)state };

  sup_test_wait (has_state, &wanted);
}

/**
 * sup_test_user_wait_connection:
 * @self: a person whose app has a client
 * @online: whether the server shall be reached, or known to be out of reach
 *
 * Waits for it.
 */
void
sup_test_user_wait_connection (SupTestUser *self,
                               gboolean     online)
{
  Wanted wanted = { self, online };

  sup_test_wait (is_online, &wanted);
}

/**
 * sup_test_user_wait_conversation:
 * @self: a person whose app has a client
 * @state: the future state of its conversation
 *
 * Waits for it.
 */
void
sup_test_user_wait_conversation (SupTestUser         *self,
                                 SupConversationState state)
{
  Wanted wanted = { self, (int)state };

  sup_test_user_get_conversation (self);
  sup_test_wait (has_conversation_state, &wanted);
}

/**
 * sup_test_user_wait_encryption:
 * @self: a person whose app has a client
 * @encryption: what shall be known of the conversation's encryption
 *
 * Waits for it.
 */
void
sup_test_user_wait_encryption (SupTestUser  *self,
                               SupEncryption encryption)
{
  Wanted wanted = { self, (int)encryption };

  sup_test_user_get_conversation (self);
  sup_test_wait (has_encryption, &wanted);
}

/**
 * sup_test_user_wait_unread:
 * @self: a person whose app has a client
 * @unread: how many messages shall be unread
 *
 * Waits for it.
 */
void
sup_test_user_wait_unread (SupTestUser *self,
                           guint        unread)
{
  Wanted wanted = { self, (int)unread };

  sup_test_user_get_conversation (self);
  sup_test_wait (has_unread, &wanted);
}

/**
 * sup_test_user_get_conversation:
 * @self: a person whose app has a client
 *
 * Waits until there is one.
 *
 * Returns: (transfer none): the conversation
 */
SupConversation *
sup_test_user_get_conversation (SupTestUser *self)
{
  sup_test_wait (has_conversation, self);

  return sup_client_get_conversation (self->client);
}

static GListModel *
get_timeline (SupTestUser *self)
{
  return sup_conversation_get_timeline (sup_client_get_conversation (self->client));
}

static gboolean
has_room (gpointer data)
{
  return ((SupConversation *)data)->room != NULL;
}

/**
 * sup_test_user_get_room_id:
 * @self: a person whose app has a client
 *
 * Waits until there is a room.
 *
 * Returns: (transfer none): its id
 */
const char *
sup_test_user_get_room_id (SupTestUser *self)
{
  SupConversation *conversation = sup_test_user_get_conversation (self);

  sup_test_wait (has_room, conversation);

  return mtx_room_get_id (conversation->room);
}

/**
 * sup_test_user_say:
 * @self: a person whose app has a client
 * @body: a message
 *
 * Writes it and waits until it is safely kept.
 */
void
sup_test_user_say (SupTestUser *self,
                   const char  *body)
{
  mtx_test_await (sup_conversation_send_text (sup_test_user_get_conversation (self), body));
}

static gboolean
is_sent (MtxTimelineItem *item)
{
  MtxSendState state = mtx_timeline_item_get_send_state (item);

  return state == MTX_SEND_STATE_SENT || state == MTX_SEND_STATE_READ;
}

/**
 * sup_test_user_dup_bodies:
 * @self: a person whose app has a client
 *
 * Returns: (transfer full): all messages in the conversation, oldest first; those of ours that the server does not
 *   have in brackets, those nobody can read as a question mark
 */
char *
sup_test_user_dup_bodies (SupTestUser *self)
{
  GListModel *items = get_timeline (self);
  GString    *bodies = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (items, i);
      const char                 *body = mtx_timeline_item_get_body (item);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_NOTICE)
        continue;
      if (bodies->len > 0)
        g_string_append_c (bodies, ' ');
      if (mtx_timeline_item_get_outgoing (item) && !is_sent (item))
        g_string_append_printf (bodies, "[%s]", body);
      else
        g_string_append (bodies, mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_MESSAGE ? body : "?");
    }

  return g_string_free_and_steal (bodies);
}

typedef struct
{
  SupTestUser *user;
  const char  *bodies;
} Bodies;

static gboolean
has_bodies (gpointer data)
{
  Bodies          *wanted = data;
  g_autofree char *bodies = sup_test_user_dup_bodies (wanted->user);

  return g_str_equal (bodies, wanted->bodies);
}

/* What the server has are our messages, each once, in the order in which they are shown. */
static void
assert_same_as_server (SupTestUser *self)
{
  const char           *room_id = sup_test_user_get_room_id (self);
  GListModel           *items = get_timeline (self);
  g_autoptr (GPtrArray) events = mtx_fake_homeserver_get_events (self->server, room_id, "m.room.encrypted");
  guint                 n_events = 0;

  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (items, i);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_NOTICE)
        continue;
      g_assert_cmpuint (n_events, <, events->len);
      g_assert_cmpstr (mtx_timeline_item_get_event_id (item), ==,
                       json_object_get_string_member (g_ptr_array_index (events, n_events), "event_id"));
      n_events++;
    }

  g_assert_cmpuint (n_events, ==, events->len);
}

/**
 * sup_test_user_wait_sent:
 * @self: a person whose app has a client
 * @bodies: all messages, as of sup_test_user_dup_bodies()
 *
 * Waits until the conversation is this. A server in this process has the same.
 */
void
sup_test_user_wait_sent (SupTestUser *self,
                         const char  *bodies)
{
  Bodies wanted = { self, bodies };

  sup_test_user_get_conversation (self);
  sup_test_wait (has_bodies, &wanted);
  if (self->server != NULL)
    assert_same_as_server (self);
}

/**
 * sup_test_user_reply:
 * @self: a person in a conversation
 * @body: what support says
 *
 * Lets support say something that the person can read.
 */
void
sup_test_user_reply (SupTestUser *self,
                     const char  *body)
{
  const char            *room_id = sup_test_user_get_room_id (self);
  const MtxFakeRequest  *request = mtx_fake_homeserver_get_request (self->server, "POST", "*/keys/upload", 0);
  g_autoptr (JsonObject) content = NULL;

  mtx_fake_agent_share_room_key (self->agent, room_id, request->user_id, request->device_id);
  content = mtx_fake_agent_encrypt_text (self->agent, room_id, body);
  g_free (mtx_fake_homeserver_send_event (self->server, room_id, mtx_fake_agent_get_user_id (self->agent),
                                          "m.room.encrypted", NULL, content));
}
