/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From Start to the first message accepted, with a message that was typed at once, on a server that takes
 * 100 ms for every answer: how long, and how many requests had to wait for another's answer.
 */
#include <stdlib.h>
#include <string.h>

#include "bench-client.h"
#include "bench-report.h"
#include "mtx-fake-agent.h"
#include "mtx-keyring-memory.h"
#include "mtx-test.h"

#define LATENCY_MS         100
#define N_ROUNDS           5
#define TIMER_SLACK_US     5000 /* a timer may be this early, compared with our own sum */
#define TARGET_ROUND_TRIPS 8

typedef struct
{
  char                 *what; /* method and the end of the path */
  gint64                arrived_us;
  gint64                answered_us; /* G_MAXINT64: not yet */
  const MtxFakeRequest *request;
} Exchange;

static void
exchange_free (gpointer data)
{
  Exchange *exchange = data;

  g_free (exchange->what);
  g_free (exchange);
}

/* What a request is about: segments that hold a name or an id become a star. */
static char *
describe (const MtxFakeRequest *request)
{
  const char         *from = g_strstr_len (request->path, -1, "/v3/");
  g_auto (GStrv)      segments = g_strsplit (from != NULL ? from + strlen ("/v3/") : request->path, "/", -1);
  g_autoptr (GString) what = g_string_new (request->method);

  for (guint i = 0; segments[i] != NULL; i++)
    g_string_append_printf (what, "%s%s", i == 0 ? " " : "/", strpbrk (segments[i], "%0123456789") != NULL ? "*" : segments[i]);

  return g_string_free_and_steal (g_steal_pointer (&what));
}

static gboolean
note_arrival (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->what = describe (request);
  exchange->arrived_us = g_get_monotonic_time ();
  exchange->answered_us = G_MAXINT64;
  exchange->request = request;
  g_ptr_array_add (data, exchange);

  return FALSE;
}

/* The server has its answer now; the network still takes its time. */
static void
note_answer (const MtxFakeRequest *request,
             MtxFakeAnswer        *answer,
             gpointer              data)
{
  GPtrArray *exchanges = data;

  for (guint i = 0; i < exchanges->len; i++)
    {
      Exchange *exchange = g_ptr_array_index (exchanges, i);

      if (exchange->request == request)
        exchange->answered_us = g_get_monotonic_time () + LATENCY_MS * 1000;
    }
}

/* The request whose answer came last before @exchange was sent, and so held it up; or NULL. */
static Exchange *
find_cause (GPtrArray *exchanges,
            Exchange  *exchange)
{
  Exchange *cause = NULL;

  for (guint i = 0; i < exchanges->len; i++)
    {
      Exchange *other = g_ptr_array_index (exchanges, i);

      if (other->answered_us - TIMER_SLACK_US <= exchange->arrived_us && other != exchange && (cause == NULL || other->answered_us > cause->answered_us))
        cause = other;
    }

  return cause;
}

static Exchange *
find_send (GPtrArray *exchanges)
{
  for (guint i = 0; i < exchanges->len; i++)
    {
      Exchange *exchange = g_ptr_array_index (exchanges, i);

      if (g_pattern_match_simple ("PUT rooms/*/send/m.room.encrypted/*", exchange->what))
        return exchange;
    }

  g_error ("No message was sent");
}

typedef struct
{
  guint  round_trips;
  guint  requests;
  double milliseconds;
  char  *chain; /* what waited for what */
} Start;

/* Backwards from the message: each request had to wait for the one before it. */
static void
follow_chain (GPtrArray *exchanges,
              Start     *start)
{
  g_autoptr (GString) chain = g_string_new (NULL);

  for (Exchange *step = find_send (exchanges); step != NULL; step = find_cause (exchanges, step))
    {
      g_string_prepend (chain, start->round_trips++ > 0 ? " → " : "");
      g_string_prepend (chain, step->what);
    }
  start->requests = exchanges->len;
  start->chain = g_string_free_and_steal (g_steal_pointer (&chain));
}

static Start
run_once (void)
{
  g_autoptr (GPtrArray)         exchanges = g_ptr_array_new_with_free_func (exchange_free);
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxFakeAgent)      agent = mtx_fake_agent_new (server, "support", "AGENT");
  g_autofree char              *data_dir = mtx_test_tmp_dir ();
  g_autoptr (MtxKeyring)        keyring = mtx_keyring_memory_new ();
  g_autoptr (SupClientList)     clients = sup_client_list_new (keyring, data_dir);
  g_autoptr (GError)            error = NULL;
  SupClient                    *client = NULL;
  Start                         start = { 0 };
  gint64                        began;

  mtx_fake_homeserver_set_latency (server, LATENCY_MS);
  mtx_fake_homeserver_override (server, NULL, "*", note_arrival, exchanges, NULL);
  mtx_fake_homeserver_rewrite (server, NULL, "*", note_answer, exchanges, NULL);

  began = g_get_monotonic_time ();
  client = bench_client_start (clients, mtx_fake_homeserver_get_base_url (server), mtx_fake_agent_get_user_id (agent));
  bench_client_send (client, "Good day");
  bench_client_await_sent (client);
  start.milliseconds = (double)(g_get_monotonic_time () - began) / 1000.0;
  follow_chain (exchanges, &start);

  dex_await (sup_client_list_close (clients), &error);
  g_assert_no_error (error);

  return start;
}

static int
compare_starts (gconstpointer a,
                gconstpointer b)
{
  double one = ((const Start *)a)->milliseconds;
  double other = ((const Start *)b)->milliseconds;

  return (one > other) - (one < other);
}

static DexFuture *
bench_first_message (gpointer data)
{
  Start  starts[N_ROUNDS];
  Start *best = &starts[0];

  for (guint i = 0; i < N_ROUNDS; i++)
    starts[i] = run_once ();

  /* Other programs only add to it: an answer that was read late looks as if more had been waited for. */
  qsort (starts, N_ROUNDS, sizeof (Start), compare_starts);

  bench_report (&(BenchResult){
      .measure = "Sequential round trips from Start to the first message accepted",
      .unit = "",
      .ours = best->round_trips,
      .rule = BENCH_VALUE_AT_MOST,
      .target = TARGET_ROUND_TRIPS,
  });
  bench_report (&(BenchResult){
      .measure = "Time of it at 100 ms latency",
      .unit = "ms",
      .ours = best->milliseconds,
      .rule = BENCH_VALUE_AT_MOST,
  });
  bench_note ("The round trips: %s. %u requests were sent in all.", best->chain, best->requests);

  for (guint i = 0; i < N_ROUNDS; i++)
    g_free (starts[i].chain);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/bench/first-message", bench_first_message);

  return g_test_run ();
}
