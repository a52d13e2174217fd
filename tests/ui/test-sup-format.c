/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every value has words, and the words keep the promises: "Sent" is never said of what was not sent.
 */
#include <glib.h>

#include "sup-format.h"

static GDateTime *
at (int year,
    int month,
    int day,
    int hour)
{
  return g_date_time_new_utc (year, month, day, hour, 5, 0);
}

static void
test_day (void)
{
  struct
  {
    int         year;
    int         month;
    int         day;
    const char *words;
  } table[] = {
    { 2026, 11, 20, "Today" },
    { 2026, 11, 19, "Yesterday" },
    { 2026, 11, 16, "Monday" },
    { 2026, 11, 13, "13 November" },
    { 2025, 12, 31, "31 December 2025" },
    { 2026, 11, 21, "21 November" },
  };
  g_autoptr (GDateTime) now = at (2026, 11, 20, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GDateTime) time = at (table[i].year, table[i].month, table[i].day, 23);
      g_autofree char      *words = sup_format_day (time, now);

      g_assert_cmpstr (words, ==, table[i].words);
    }
}

static void
test_no_time (void)
{
  g_autoptr (GDateTime) now = at (2026, 11, 20, 12);
  g_autofree char      *day = sup_format_day (NULL, now);
  g_autofree char      *time = sup_format_time (NULL);
  g_autofree char      *date = sup_format_date_time (NULL);

  g_assert_cmpstr (day, ==, "");
  g_assert_cmpstr (time, ==, "");
  g_assert_cmpstr (date, ==, "");
}

static void
test_send_states (void)
{
  const struct
  {
    MtxSendState state;
    const char  *words;
  } table[] = {
    { MTX_SEND_STATE_NONE, "" },
    { MTX_SEND_STATE_QUEUED, "Waiting to be sent" },
    { MTX_SEND_STATE_SENDING, "Sending…" },
    { MTX_SEND_STATE_SENT, "Sent" },
    { MTX_SEND_STATE_READ, "Read by support" },
    { MTX_SEND_STATE_FAILED, "Not sent" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *words = sup_format_send_state (table[i].state);

      g_assert_cmpstr (words, ==, table[i].words);
    }
}

static void
test_bodies (void)
{
  g_autofree char *message = sup_format_body (MTX_ITEM_KIND_MESSAGE, "<b>Hi</b> & %s", MTX_DECRYPTION_DECRYPTED, NULL, FALSE);
  g_autofree char *waiting = sup_format_body (MTX_ITEM_KIND_UNDECRYPTABLE, NULL, MTX_DECRYPTION_MISSING_KEY, NULL, FALSE);
  g_autofree char *unverified = sup_format_body (MTX_ITEM_KIND_UNDECRYPTABLE, NULL, MTX_DECRYPTION_WITHHELD, "m.unverified", FALSE);
  g_autofree char *withheld = sup_format_body (MTX_ITEM_KIND_UNDECRYPTABLE, NULL, MTX_DECRYPTION_WITHHELD, "m.blacklisted", FALSE);
  g_autofree char *unsupported = sup_format_body (MTX_ITEM_KIND_UNSUPPORTED, "photo.png", MTX_DECRYPTION_DECRYPTED, NULL, FALSE);

  g_assert_cmpstr (message, ==, "<b>Hi</b> & %s");
  g_assert_nonnull (strstr (waiting, "by itself"));
  g_assert_nonnull (strstr (unverified, "verified devices"));
  g_assert_cmpstr (withheld, !=, unverified);
  g_assert_nonnull (strstr (unsupported, "photo.png"));
}

/* Every code says something of its own, and an unknown one nothing that was made up. */
static void
test_withheld (void)
{
  static const char *const codes[] = { "m.unverified", "m.blacklisted", "m.unauthorised", "m.unavailable", "m.no_olm", "m.other" };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autofree char *words = sup_format_body (MTX_ITEM_KIND_UNDECRYPTABLE, NULL, MTX_DECRYPTION_WITHHELD, codes[i], FALSE);

      for (guint j = 0; j < i; j++)
        {
          g_autofree char *others = sup_format_body (MTX_ITEM_KIND_UNDECRYPTABLE, NULL, MTX_DECRYPTION_WITHHELD, codes[j], FALSE);

          g_assert_cmpstr (words, !=, others);
        }
    }
}

/* A key that is long overdue is not promised any more. */
static void
test_late (void)
{
  g_autofree char *soon = sup_format_body (MTX_ITEM_KIND_UNDECRYPTABLE, NULL, MTX_DECRYPTION_MISSING_KEY, NULL, FALSE);
  g_autofree char *late = sup_format_body (MTX_ITEM_KIND_UNDECRYPTABLE, NULL, MTX_DECRYPTION_MISSING_KEY, NULL, TRUE);

  g_assert_nonnull (strstr (soon, "will appear"));
  g_assert_null (strstr (late, "will appear"));
  g_assert_nonnull (strstr (late, "import"));
}

static void
test_notices (void)
{
  g_autofree char *joined = sup_format_notice (MTX_NOTICE_TYPE_JOINED, "@support:example.org", FALSE);
  g_autofree char *own = sup_format_notice (MTX_NOTICE_TYPE_JOINED, "@me:example.org", TRUE);
  g_autofree char *nothing = sup_format_notice (MTX_NOTICE_TYPE_NONE, NULL, FALSE);

  /* The full id, never a name that could be made to look like support. */
  g_assert_cmpstr (joined, ==, "@support:example.org joined");
  g_assert_null (strstr (own, "@me"));
  g_assert_cmpstr (nothing, ==, "");
}

static void
test_encryption (void)
{
  g_autofree char *on = sup_format_encryption (SUP_ENCRYPTION_ON);

  g_assert_cmpstr (on, ==, "End-to-end encrypted");

  /* Only the one state may promise it. */
  for (SupEncryption state = SUP_ENCRYPTION_PENDING; state <= SUP_ENCRYPTION_UNREADABLE; state++)
    {
      g_autofree char *words = sup_format_encryption (state);
      g_autofree char *meaning = sup_format_encryption_meaning (state);

      g_assert_cmpstr (meaning, !=, "");
      if (state != SUP_ENCRYPTION_ON)
        g_assert_cmpstr (words, !=, on);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/format/day", test_day);
  g_test_add_func ("/ui/format/no-time", test_no_time);
  g_test_add_func ("/ui/format/send-states", test_send_states);
  g_test_add_func ("/ui/format/bodies", test_bodies);
  g_test_add_func ("/ui/format/withheld", test_withheld);
  g_test_add_func ("/ui/format/late", test_late);
  g_test_add_func ("/ui/format/notices", test_notices);
  g_test_add_func ("/ui/format/encryption", test_encryption);

  return g_test_run ();
}
