/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long the main loop stands still while a sync brings ten thousand messages of an open conversation, once
 * in clear and once encrypted. A timer that should fire every millisecond tells. The last lines are for the
 * table of benchmarks; the screen notices more than 16 ms.
 */
#include <string.h>
#include <time.h>

#include "mtx-fake-agent.h"
#include "mtx-json.h"
#include "mtx-test-account.h"
#include "mtx-test.h"

#define N_EVENTS 10000
#define OTHER    "@agent:" MTX_FAKE_SERVER_NAME

typedef struct
{
  gint64 last;
  gint64 worst; /* as the screen sees it, other programs included */
  gint64 last_cpu;
  gint64 worst_cpu; /* of that, what this thread did */
} Stall;

typedef struct
{
  char    *body;
  gboolean sent;
} Flood;

static gint64
thread_time (void)
{
  struct timespec spent;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &spent);

  return (gint64)spent.tv_sec * G_USEC_PER_SEC + spent.tv_nsec / 1000;
}

static gboolean
on_tick (gpointer data)
{
  Stall *stall = data;
  gint64 now = g_get_monotonic_time ();
  gint64 cpu = thread_time ();

  if (stall->last > 0)
    {
      stall->worst = MAX (stall->worst, now - stall->last);
      stall->worst_cpu = MAX (stall->worst_cpu, cpu - stall->last_cpu);
    }
  stall->last = now;
  stall->last_cpu = cpu;

  return G_SOURCE_CONTINUE;
}

static gboolean
answer_flood (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  Flood *flood = data;

  if (flood->sent || flood->body == NULL)
    return FALSE;

  flood->sent = TRUE;
  g_clear_pointer (&answer->bytes, g_bytes_unref);
  answer->status = 200;
  answer->bytes = g_bytes_new_static (flood->body, strlen (flood->body));
  g_set_str (&answer->content_type, "application/json");

  return TRUE;
}

static char *
make_flood (const char   *room_id,
            MtxFakeAgent *agent)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "{\"next_batch\":\"s9999999_9999999\",\"rooms\":{\"join\":{\"%s\":{\"timeline\":{\"events\":[", room_id);
  for (guint i = 0; i < N_EVENTS; i++)
    {
      g_autofree char       *body = g_strdup_printf ("message number %u of a long conversation with the support of a wallet", i);
      g_autofree char       *content = NULL;
      g_autoptr (JsonObject) encrypted = agent != NULL ? mtx_fake_agent_encrypt_text (agent, room_id, body) : NULL;

      content = encrypted != NULL ? mtx_json_to_string (encrypted)
                                  : g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"%s\"}", body);
      g_string_append_printf (text, "%s{\"event_id\":\"$flood%u\",\"sender\":\"" OTHER "\",\"origin_server_ts\":%u,\"type\":\"%s\",\"content\":%s}",
                              i > 0 ? "," : "", i, 1000 + i, encrypted != NULL ? "m.room.encrypted" : "m.room.message", content);
    }
  g_string_append (text, "]}}}}}");

  return g_string_free_and_steal (text);
}

static gboolean
shows_last (gpointer data)
{
  guint            n_items = g_list_model_get_n_items (data);
  g_autofree char *expected = g_strdup_printf ("message number %u ", N_EVENTS - 1);

  const char *body = n_items > 0 ? mtx_timeline_item_get_body (mtx_test_item (data, n_items - 1)) : NULL;

  return body != NULL && g_str_has_prefix (body, expected);
}

static void
measure (gboolean    is_encrypted,
         const char *name)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (MtxFakeAgent)      agent = mtx_fake_agent_new (server, "agent", "AGENT");
  g_autofree char              *room_id = mtx_fake_homeserver_create_room (server, OTHER, NULL, FALSE);
  g_autoptr (JsonObject)        megolm = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxOutbox)         outbox = mtx_outbox_new (account->db, "chat");
  g_autoptr (MtxTimeline)       timeline = mtx_timeline_new (account->db, outbox);
  Stall                         stall = { 0 };
  Flood                         flood = { 0 };
  gint64                        began = 0;
  guint                         tick = 0;

  mtx_fake_homeserver_set_member (server, room_id, account->user_id, "join");
  if (is_encrypted)
    g_free (mtx_fake_homeserver_send_event (server, room_id, OTHER, "m.room.encryption", "", megolm));
  mtx_fake_homeserver_override (server, "GET", "*/sync", answer_flood, &flood, NULL);
  mtx_sync_loop_start (account->loop);
  dex_await (mtx_sync_loop_when_synced (account->loop), &error);
  g_assert_no_error (error);
  dex_await (mtx_timeline_bind (timeline, mtx_test_account_wait_room (account, room_id), account->http, account->encryption), &error);
  g_assert_no_error (error);
  if (is_encrypted)
    mtx_fake_agent_share_room_key (agent, room_id, account->user_id, account->client->device_id);

  flood.body = make_flood (room_id, is_encrypted ? agent : NULL);
  mtx_test_say (server, room_id, OTHER, "ends the long poll");
  tick = g_timeout_add_full (G_PRIORITY_HIGH, 1, on_tick, &stall, NULL);
  began = g_get_monotonic_time ();
  dex_await (mtx_test_wait_until (shows_last, timeline, 60000), &error);
  g_assert_no_error (error);
  dex_await (dex_timeout_new_msec (200), NULL); /* what is let go of afterwards counts as well */
  g_source_remove (tick);

  g_print ("%u %s messages in one sync: %.1f s, worst stall of the main loop %.1f ms (target 16), of which its own work %.1f ms\n",
           N_EVENTS, name, (double)(g_get_monotonic_time () - began) / G_USEC_PER_SEC, (double)stall.worst / 1000.0,
           (double)stall.worst_cpu / 1000.0);
  dex_await (mtx_sync_loop_stop (account->loop), NULL);
  g_free (flood.body);
}

static DexFuture *
bench (gpointer data)
{
  measure (FALSE, "plain");
  measure (TRUE, "encrypted");

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/bench/sync", bench);

  return g_test_run ();
}
