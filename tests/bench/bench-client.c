/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Starts with a provider and waits for what a person would see.
 */
#include "bench-client.h"

#include <string.h>

#include "mtx-fiber.h"
#include "mtx-test.h"
#include "sup-conversation.h"
#include "sup-provider-file.h"

#define TIMEOUT_MS 50000

/* A provider with a support chat and no announcements, as from a file. */
static SupProvider *
make_provider (const char *homeserver_url,
               const char *support_id)
{
  g_autoptr (SupProviderInput) input = NULL;
  g_autoptr (GError)           error = NULL;
  g_autofree char             *json = NULL;

  json = g_strdup_printf ("{\"generalOptions\":{\"companyName\":\"Example Wallets\"},"
                          "\"helpCenterOptions\":{\"displayChatSupport\":true,\"customChatSupport\":true,\"customChatSupportName\":\"%s\","
                          "\"displayNotification\":false},"
                          "\"io.github.wallet_support\":{\"version\":1,\"homeserverUrl\":\"%s\"}}",
                          support_id, homeserver_url);
  input = sup_provider_file_read (json, (gssize)strlen (json), SUP_PROVIDER_ORIGIN_FILE, "bench", &error);
  if (input == NULL || sup_provider_input_get_kind (input) != SUP_PROVIDER_INPUT_PROVIDER)
    g_error ("The provider cannot be used: %s", error != NULL ? error->message : "it is no record");

  return sup_provider_ref (sup_provider_input_get_provider (input));
}

static void
await_condition (MtxTestCondition condition,
                 gpointer         data,
                 const char      *what)
{
  g_autoptr (GError) error = NULL;

  if (!dex_await (mtx_test_wait_until (condition, data, TIMEOUT_MS), &error))
    g_error ("Waited in vain for %s: %s", what, error->message);
}

static gboolean
has_chat (gpointer data)
{
  return sup_client_get_conversation (data) != NULL;
}

/**
 * bench_client_start:
 * @clients: the list the client is added to
 * @homeserver_url: where accounts are made
 * @support_id: who answers
 *
 * Does what the Start button does, and waits until a person could write: the account is still being made.
 *
 * Returns: (transfer none): the client
 */
SupClient *
bench_client_start (SupClientList *clients,
                    const char    *homeserver_url,
                    const char    *support_id)
{
  g_autoptr (SupProvider) provider = make_provider (homeserver_url, support_id);
  SupClient              *client = sup_client_list_add (clients, provider);

  mtx_fiber_fire (sup_client_open (client), "Opening the client");
  await_condition (has_chat, client, "the chat");

  return client;
}

/**
 * bench_client_send:
 * @client: a client with a chat
 * @body: a text
 *
 * Does what the Send button does, and waits until the message is on disk.
 */
void
bench_client_send (SupClient  *client,
                   const char *body)
{
  g_autoptr (GError) error = NULL;

  if (!dex_await (sup_conversation_send_text (sup_client_get_conversation (client), body), &error))
    g_error ("The message was not kept: %s", error->message);
}

static MtxTimelineItem *
dup_last_item (SupClient *client)
{
  GListModel *timeline = sup_conversation_get_timeline (sup_client_get_conversation (client));
  guint       n_items = g_list_model_get_n_items (timeline);

  return n_items > 0 ? g_list_model_get_item (timeline, n_items - 1) : NULL;
}

static gboolean
is_sent (gpointer data)
{
  g_autoptr (MtxTimelineItem) item = dup_last_item (data);

  return item != NULL && mtx_timeline_item_get_send_state (item) == MTX_SEND_STATE_SENT;
}

/**
 * bench_client_await_sent:
 * @client: a client with a message of ours as its last
 *
 * Waits until the server has accepted that message.
 */
void
bench_client_await_sent (SupClient *client)
{
  await_condition (is_sent, client, "the message to be accepted");
}

typedef struct
{
  SupClient  *client;
  const char *prefix;
} LastBody;

static gboolean
has_last_body (gpointer data)
{
  LastBody                   *wanted = data;
  g_autoptr (MtxTimelineItem) item = dup_last_item (wanted->client);
  const char                 *body = item != NULL ? mtx_timeline_item_get_body (item) : NULL;

  return body != NULL && g_str_has_prefix (body, wanted->prefix);
}

/**
 * bench_client_await_last_body:
 * @client: a client with a chat
 * @prefix: how the newest message shall begin
 *
 * Waits until that message can be read.
 */
void
bench_client_await_last_body (SupClient  *client,
                              const char *prefix)
{
  LastBody wanted = { .client = client, .prefix = prefix };

  await_condition (has_last_body, &wanted, "the newest message");
}
