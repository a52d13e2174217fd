/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bulk decryption of a room's history: raw libolm against the guarded room key, on the same messages in one
 * run. Both sides do what a program has to: copy the text, ask for the size, decrypt. Above 0.9 the guard costs
 * less than a tenth.
 */
#include <olm/olm.h>
#include <time.h>

#include "bench-report.h"
#include "mtx-megolm-inbound.h"
#include "mtx-megolm-outbound.h"
#include "mtx-secret-bytes.h"

#define N_MESSAGES 400
#define N_ROUNDS   5

static const gsize sizes[] = { 300, 1000, 4000 };

static char *
encrypt (MtxMegolmOutbound *outbound,
         gsize              length)
{
  g_autofree char *text = g_strnfill (length, 'x');
  char            *message = mtx_megolm_outbound_encrypt (outbound, (const guint8 *)text, length, NULL);

  g_assert_nonnull (message);
  return message;
}

/* Processor time: what other programs take is in neither side. */
static gint64
read_time_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);

  return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gint64
time_raw (const char *session_key,
          GPtrArray  *messages)
{
  g_autofree guint8      *memory = g_malloc0 (olm_inbound_group_session_size ());
  OlmInboundGroupSession *session = olm_inbound_group_session (memory);
  gint64                  began;
  gint64                  ended;

  g_assert_cmpuint (olm_init_inbound_group_session (session, (const guint8 *)session_key, strlen (session_key)), !=, olm_error ());

  began = read_time_us ();
  for (guint i = 0; i < messages->len; i++)
    {
      const char        *message = g_ptr_array_index (messages, i);
      gsize              length = strlen (message);
      g_autofree guint8 *copy = g_memdup2 (message, length);
      g_autofree guint8 *plaintext = NULL;
      gsize              size = olm_group_decrypt_max_plaintext_length (session, copy, length);
      guint32            index;

      g_assert_cmpuint (size, !=, olm_error ());
      plaintext = g_malloc (size);
      memcpy (copy, message, length);
      g_assert_cmpuint (olm_group_decrypt (session, copy, length, plaintext, size, &index), !=, olm_error ());
      g_assert_cmpuint (index, ==, i);
    }
  ended = read_time_us ();
  olm_clear_inbound_group_session (session);

  return ended - began;
}

static gint64
time_guarded (const char *session_key,
              const char *session_id,
              GPtrArray  *messages)
{
  g_autoptr (MtxMegolmInbound) inbound = mtx_megolm_inbound_new (session_key, session_id, NULL);
  gint64                       began = read_time_us ();

  g_assert_nonnull (inbound);
  for (guint i = 0; i < messages->len; i++)
    {
      guint32            index;
      g_autoptr (GBytes) plaintext = NULL;

      plaintext = mtx_megolm_inbound_decrypt (inbound, g_ptr_array_index (messages, i), &index, NULL);
      g_assert_nonnull (plaintext);
      g_assert_cmpuint (index, ==, i);
    }

  return read_time_us () - began;
}

static double
per_second (gint64 microseconds)
{
  return (double)N_MESSAGES * G_N_ELEMENTS (sizes) * G_USEC_PER_SEC / (double)microseconds;
}

int
main (void)
{
  gint64 raw_total = 0;
  gint64 guarded_total = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (MtxMegolmOutbound) outbound = mtx_megolm_outbound_new (0, NULL);
      g_autoptr (GPtrArray)         messages = g_ptr_array_new_with_free_func (g_free);
      const char                   *session_id = mtx_megolm_outbound_get_id (outbound);
      char                         *session_key = mtx_megolm_outbound_dup_session_key (outbound, NULL);
      gint64                        raw = G_MAXINT64;
      gint64                        guarded = G_MAXINT64;

      for (guint n = 0; n < N_MESSAGES; n++)
        g_ptr_array_add (messages, encrypt (outbound, sizes[i]));

      /* In turn, and the best of each: caches and clocks that others disturb disturb both alike. */
      for (guint round = 0; round < N_ROUNDS; round++)
        {
          raw = MIN (raw, time_raw (session_key, messages));
          guarded = MIN (guarded, time_guarded (session_key, session_id, messages));
        }
      bench_note ("Messages of %" G_GSIZE_FORMAT " bytes: raw %.1f µs, guarded %.1f µs, ratio %.3f.", sizes[i],
                  (double)raw / N_MESSAGES, (double)guarded / N_MESSAGES, (double)raw / (double)guarded);
      raw_total += raw;
      guarded_total += guarded;
      mtx_secret_string_free (session_key);
    }

  bench_report (&(BenchResult){
      .measure = "Bulk Megolm decryption against raw libolm",
      .unit = "messages/s",
      .ours = per_second (guarded_total),
      .reference = per_second (raw_total),
      .rule = BENCH_RATIO_AT_LEAST,
      .target = 0.9,
  });

  return 0;
}
