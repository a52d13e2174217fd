/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of a post is its title, and that nothing of it is lost.
 */
#include <glib.h>

#include "sup-feed-item.h"

static void
assert_split (const char *body,
              const char *title,
              const char *text)
{
  g_autoptr (SupFeedItem) item = sup_feed_item_new ("$event", body, 0);

  g_assert_cmpstr (sup_feed_item_get_title (item), ==, title);
  g_assert_cmpstr (sup_feed_item_get_text (item), ==, text);
}

static void
test_split (void)
{
  g_autofree char *long_line = g_strnfill (121, 'x');
  g_autofree char *long_body = g_strconcat (long_line, "\nmore", NULL);

  assert_split ("One line only", NULL, "One line only");
  assert_split ("Maintenance\n\nOn Sunday.", "Maintenance", "On Sunday.");
  assert_split ("## Maintenance\nOn Sunday.", "Maintenance", "On Sunday.");
  assert_split ("\n  Maintenance \n On Sunday.\n", "Maintenance", "On Sunday.");
  assert_split (long_body, NULL, long_body);
  assert_split ("", NULL, "");
}

static void
test_date (void)
{
  g_autoptr (SupFeedItem) item = sup_feed_item_new ("$event", "text", G_GINT64_CONSTANT (1763640000123));
  g_autoptr (SupFeedItem) absurd = sup_feed_item_new ("$event", "text", G_MAXINT64);

  g_assert_cmpint (g_date_time_to_unix (sup_feed_item_get_date (item)), ==, 1763640000);
  g_assert_cmpint (sup_feed_item_get_timestamp_ms (item), ==, G_GINT64_CONSTANT (1763640000123));

  /* A server may name a time that no calendar has. */
  g_assert_null (sup_feed_item_get_date (absurd));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/support/feed-item/split", test_split);
  g_test_add_func ("/support/feed-item/date", test_date);

  return g_test_run ();
}
