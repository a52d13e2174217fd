/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Groups and days of the conversation, on timelines made by hand. Needs no display.
 */
#include <glib.h>

#include "sup-chat-entry.h"
#include "sup-chat-model.h"

#define NOON_MS   G_GINT64_CONSTANT (1763640000000)
#define MINUTE_MS (60 * 1000)
#define DAY_MS    (24 * 60 * MINUTE_MS)

static void
append_text (GListStore *timeline,
             gint64      timestamp_ms)
{
  g_autoptr (MtxTimelineItem) item = mtx_timeline_item_new_for_text ("t", "@me:example.org", "Hello", timestamp_ms);

  g_list_store_append (timeline, item);
}

static void
assert_place (SupChatModel *model,
              guint         position,
              gboolean      starts,
              gboolean      ends)
{
  g_autoptr (SupChatEntry) entry = g_list_model_get_item (G_LIST_MODEL (model), position);
  gboolean                 starts_group;
  gboolean                 ends_group;

  g_object_get (entry, "starts-group", &starts_group, "ends-group", &ends_group, NULL);
  g_assert_cmpint (starts_group, ==, starts);
  g_assert_cmpint (ends_group, ==, ends);
}

static void
test_groups (void)
{
  g_autoptr (GListStore)   timeline = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);
  g_autoptr (SupChatModel) model = sup_chat_model_new (G_LIST_MODEL (timeline));

  append_text (timeline, NOON_MS);
  assert_place (model, 0, TRUE, TRUE);

  /* A neighbour arrives: the group stays open for it. */
  append_text (timeline, NOON_MS + MINUTE_MS);
  assert_place (model, 0, TRUE, FALSE);
  assert_place (model, 1, FALSE, TRUE);

  /* Too late to belong. */
  append_text (timeline, NOON_MS + 20 * MINUTE_MS);
  assert_place (model, 1, FALSE, TRUE);
  assert_place (model, 2, TRUE, TRUE);

  /* The one in the middle goes: nothing joins across the gap. */
  g_list_store_remove (timeline, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 2);
  assert_place (model, 0, TRUE, TRUE);
  assert_place (model, 1, TRUE, TRUE);
}

static void
test_days (void)
{
  g_autoptr (GListStore)   timeline = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);
  g_autoptr (SupChatModel) model = sup_chat_model_new (G_LIST_MODEL (timeline));
  guint                    start;
  guint                    end;

  append_text (timeline, NOON_MS);
  append_text (timeline, NOON_MS + MINUTE_MS);
  append_text (timeline, NOON_MS + DAY_MS);

  gtk_section_model_get_section (GTK_SECTION_MODEL (model), 1, &start, &end);
  g_assert_cmpuint (start, ==, 0);
  g_assert_cmpuint (end, ==, 2);

  gtk_section_model_get_section (GTK_SECTION_MODEL (model), 2, &start, &end);
  g_assert_cmpuint (start, ==, 2);
  g_assert_cmpuint (end, ==, 3);

  gtk_section_model_get_section (GTK_SECTION_MODEL (model), 3, &start, &end);
  g_assert_cmpuint (start, ==, 3);
  g_assert_cmpuint (end, ==, G_MAXUINT);
}

static void
count_notify (guint *count)
{
  (*count)++;
}

static void
test_replace (void)
{
  g_autoptr (GListStore)   first = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);
  g_autoptr (GListStore)   second = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);
  g_autoptr (SupChatModel) model = sup_chat_model_new (G_LIST_MODEL (first));
  guint                    notified = 0;

  append_text (first, NOON_MS);
  append_text (first, NOON_MS);
  append_text (second, NOON_MS);
  g_signal_connect_swapped (model, "notify::n-items", G_CALLBACK (count_notify), &notified);

  g_object_set (model, "timeline", second, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 1);
  g_assert_cmpuint (notified, ==, 1);

  /* The old timeline is not listened to any more. */
  append_text (first, NOON_MS);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 1);

  g_object_set (model, "timeline", NULL, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/chat-model/groups", test_groups);
  g_test_add_func ("/ui/chat-model/days", test_days);
  g_test_add_func ("/ui/chat-model/replace", test_replace);

  return g_test_run ();
}
