/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages that cannot be read, or are doubtful, say why; a key that comes late heals them in place.
 */
#include "mtx-event-edit.h"
#include "mtx-timeline-item.h"
#include "sup-chat-entry.h"
#include "sup-chat-model.h"
#include "sup-format.h"
#include "sup-message-row.h"
#include "sup-stage.h"

#define ROOM    "!room:example.org"
#define SUPPORT "@support:example.org"

static MtxEvent *
make_event (const char *type,
            const char *body,
            gint64      age_s)
{
  g_autoptr (JsonObject) event = json_object_new ();
  JsonObject            *content = json_object_new ();
  g_autoptr (GError)     error = NULL;
  MtxEvent              *made = NULL;

  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", body);
  json_object_set_string_member (event, "type", type);
  json_object_set_string_member (event, "event_id", "$event");
  json_object_set_string_member (event, "sender", SUPPORT);
  json_object_set_int_member (event, "origin_server_ts", g_get_real_time () / 1000 - age_s * 1000);
  json_object_set_object_member (event, "content", content);
  made = mtx_event_new_from_json (event, ROOM, &error);
  g_assert_no_error (error);

  return made;
}

static MtxTimelineItem *
make_unread (MtxDecryption reason,
             const char   *code,
             gint64        age_s)
{
  g_autoptr (MtxEvent) encrypted = make_event ("m.room.encrypted", "", age_s);
  g_autoptr (MtxEvent) unread = mtx_event_new_undecryptable (encrypted, reason, code);

  return mtx_timeline_item_new_for_event (unread, "@me:example.org");
}

static MtxTimelineItem *
make_doubtful (MtxShield shield)
{
  g_autoptr (MtxEvent) plain = make_event ("m.room.message", "Please restart the wallet.", 60);
  g_autoptr (MtxEvent) shielded = mtx_event_new_with_shield (plain, shield);

  return mtx_timeline_item_new_for_event (shielded, "@me:example.org");
}

static void
append (GListStore      *timeline,
        MtxTimelineItem *item)
{
  g_list_store_append (timeline, item);
  g_object_unref (item);
}

static GtkWidget *
make_rows (gpointer data)
{
  g_autoptr (SupChatModel) model = sup_chat_model_new (data);
  GtkWidget               *list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget               *view = adw_toolbar_view_new ();
  GtkWidget               *scroller = gtk_scrolled_window_new ();

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), scroller);
  gtk_widget_set_margin_start (list, 12);
  gtk_widget_set_margin_end (list, 12);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (model)); i++)
    {
      g_autoptr (SupChatEntry) entry = g_list_model_get_item (G_LIST_MODEL (model), i);

      gtk_box_append (GTK_BOX (list), g_object_new (SUP_TYPE_MESSAGE_ROW, "entry", entry, NULL));
    }

  return view;
}

static void
test_pictures (void)
{
  g_autoptr (GListStore) timeline = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);
  g_autoptr (GListStore) doubtful = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);

  append (timeline, make_unread (MTX_DECRYPTION_MISSING_KEY, NULL, 5));
  append (timeline, make_unread (MTX_DECRYPTION_MISSING_KEY, NULL, 5000));
  append (timeline, make_unread (MTX_DECRYPTION_WITHHELD, "m.unverified", 60));
  append (timeline, make_unread (MTX_DECRYPTION_WITHHELD, "m.unauthorised", 60));
  append (timeline, make_unread (MTX_DECRYPTION_REFUSED, NULL, 60));
  append (timeline, make_unread (MTX_DECRYPTION_FAILED, NULL, 60));
  sup_stage_show_page ("rows-unread", make_rows, timeline);

  for (int shield = MTX_SHIELD_NONE; shield <= MTX_SHIELD_CHANGED_IDENTITY; shield++)
    append (doubtful, make_doubtful ((MtxShield)shield));
  sup_stage_show_page ("rows-doubtful", make_rows, doubtful);
}

/* The row becomes the message, in place, when its key arrives; and a warning goes when it is lifted (threat 64, 65). */
static void
test_heals (void)
{
  g_autoptr (GListStore) timeline = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);
  g_autoptr (MtxEvent)   plain = make_event ("m.room.message", "Please restart the wallet.", 60);
  g_autoptr (MtxEvent)   doubtful = mtx_event_new_with_shield (plain, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);
  MtxTimelineItem       *item = make_unread (MTX_DECRYPTION_MISSING_KEY, NULL, 5);
  AdwWindow             *window = sup_stage_open (500, 500);

  append (timeline, item);
  adw_window_set_content (window, make_rows (timeline));
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (window), "The key for this message has not arrived yet. It will appear by itself."));

  mtx_timeline_item_set_event (item, doubtful, "@me:example.org");
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (window), "Please restart the wallet."));
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (window), "Not encrypted"));

  mtx_timeline_item_set_event (item, plain, "@me:example.org");
  sup_stage_settle (window);
  g_assert_null (sup_stage_find (GTK_WIDGET (window), "Not encrypted"));

  gtk_window_destroy (GTK_WINDOW (window));
}

static MtxEvent *
make_edit (void)
{
  g_autoptr (JsonNode) node = json_from_string ("{\"type\":\"m.room.message\",\"event_id\":\"$edit\",\"sender\":\"" SUPPORT "\","
                                                "\"origin_server_ts\":1,\"content\":{\"msgtype\":\"m.text\",\"body\":\"* new\","
                                                "\"m.new_content\":{\"msgtype\":\"m.text\",\"body\":\"Do not restart it.\"},"
                                                "\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"$event\"}}}",
                                                NULL);
  g_autoptr (GError)   error = NULL;
  MtxEvent            *edit = mtx_event_new_from_json (json_node_get_object (node), ROOM, &error);

  g_assert_no_error (error);

  return edit;
}

/* What was edited says so beside its time. */
static void
test_edited (void)
{
  g_autoptr (GListStore) timeline = g_list_store_new (MTX_TYPE_TIMELINE_ITEM);
  g_autoptr (MtxEvent)   plain = make_event ("m.room.message", "Please restart the wallet.", 60);
  g_autoptr (MtxEvent)   edit = make_edit ();
  g_autoptr (MtxEvent)   edited = mtx_event_new_edited (plain, edit);
  MtxTimelineItem       *item = mtx_timeline_item_new_for_event (plain, "@me:example.org");
  g_autofree char       *time = sup_format_time (mtx_timeline_item_get_timestamp (item));
  g_autofree char       *mark = g_strconcat (time, " · Edited", NULL);
  AdwWindow             *window = sup_stage_open (500, 500);

  append (timeline, item);
  adw_window_set_content (window, make_rows (timeline));
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (window), "Please restart the wallet."));
  g_assert_null (sup_stage_find (GTK_WIDGET (window), mark));

  mtx_timeline_item_set_event (item, edited, "@me:example.org");
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (window), "Do not restart it."));
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (window), mark));

  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int   argc,
      char *argv[])
{
  if (!sup_stage_init (&argc, &argv))
    return 77;

  g_test_add_func ("/ui/message-row/pictures", test_pictures);
  g_test_add_func ("/ui/message-row/threat-064-heals", test_heals);
  g_test_add_func ("/ui/message-row/edited", test_edited);

  return g_test_run ();
}
