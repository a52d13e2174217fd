/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Posts stay sorted whatever the order they come in, and nothing else is taken for one.
 */
#include "mtx-event-private.h"
#include "mtx-public-window.h"
#include "mtx-test.h"

static MtxEvent *
make_event (const char *event_id,
            const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  JsonObject          *event = json_node_get_object (node);
  g_autoptr (GError)   error = NULL;
  MtxEvent            *result;

  json_object_set_string_member (event, "event_id", event_id);
  json_object_set_string_member (event, "sender", "@a:b.example");
  json_object_set_int_member (event, "origin_server_ts", 1);
  result = mtx_event_new_from_json (event, "!r:b.example", &error);
  g_assert_no_error (error);

  return result;
}

static MtxEvent *
make_post (const char *event_id)
{
  return make_event (event_id, "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\"}}");
}

static void
test_order (void)
{
  g_autoptr (MtxPublicWindow) window = mtx_public_window_new ();
  const gint64                positions[] = { 5, 1, 9, G_MAXINT64 - 1, 3, -7, 4 };
  const char                 *expected[] = { "$9223372036854775806", "$9", "$5", "$4", "$3", "$1", "$-7" };

  for (gsize i = 0; i < G_N_ELEMENTS (positions); i++)
    {
      g_autofree char     *id = g_strdup_printf ("$%" G_GINT64_FORMAT, positions[i]);
      g_autoptr (MtxEvent) event = make_post (id);

      g_assert_true (mtx_public_window_add (window, positions[i], event));
      g_assert_false (mtx_public_window_add (window, positions[i], event));
    }

  g_assert_cmpuint (mtx_public_window_get_n (window), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (mtx_event_get_event_id (mtx_public_window_get (window, i)), ==, expected[i]);

  g_assert_true (mtx_public_window_remove (window, "$5"));
  g_assert_false (mtx_public_window_remove (window, "$5"));
  g_assert_cmpstr (mtx_event_get_event_id (mtx_public_window_get (window, 2)), ==, "$4");

  mtx_public_window_clear (window);
  g_assert_cmpuint (mtx_public_window_get_n (window), ==, 0);
}

static void
test_posts_only (void)
{
  const struct
  {
    const char *json;
    gboolean    post;
  } cases[] = {
    { "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\"}}", TRUE },
    { "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.notice\",\"body\":\"x\"}}", TRUE },
    { "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.emote\",\"body\":\"x\"}}", TRUE },
    { "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\",\"m.relates_to\":"
      "{\"m.in_reply_to\":{\"event_id\":\"$y\"}}}}",
      TRUE },
    { "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\",\"m.relates_to\":"
      "{\"rel_type\":\"m.replace\",\"event_id\":\"$y\"}}}",
      FALSE },
    { "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.image\",\"body\":\"x\"}}", FALSE },
    { "{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\"}}", FALSE },
    { "{\"type\":\"m.room.message\",\"content\":{}}", FALSE },
    { "{\"type\":\"m.room.message\",\"state_key\":\"\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\"}}", FALSE },
    { "{\"type\":\"m.room.message\",\"unsigned\":{\"redacted_because\":{}},\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\"}}",
      FALSE },
    { "{\"type\":\"m.room.topic\",\"state_key\":\"\",\"content\":{\"topic\":\"x\"}}", FALSE },
    { "{\"type\":\"m.reaction\",\"content\":{\"body\":\"x\"}}", FALSE },
    { "{\"type\":\"org.example.other\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\"}}", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxPublicWindow) window = mtx_public_window_new ();
      g_autoptr (MtxEvent)        event = make_event ("$x", cases[i].json);

      g_test_message ("%s", cases[i].json);
      g_assert_cmpint (mtx_public_window_add (window, 1, event), ==, cases[i].post);
      g_assert_cmpuint (mtx_public_window_get_n (window), ==, cases[i].post ? 1 : 0);
    }
}

static MtxEvent *
make_edit (const char *event_id,
           const char *target,
           const char *body)
{
  g_autofree char *json = g_strdup_printf ("{\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"* %s\","
                                           "\"m.new_content\":{\"msgtype\":\"m.text\",\"body\":\"%s\"},"
                                           "\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"%s\"}}}",
                                           body, body, target);

  return make_event (event_id, json);
}

/* The newest edit counts, in whichever order all of them come, until it is taken back. */
static void
test_edits (void)
{
  g_autoptr (MtxPublicWindow) window = mtx_public_window_new ();
  g_autoptr (MtxEvent)        post = make_post ("$post");
  g_autoptr (MtxEvent)        last = make_edit ("$last", "$post", "last");
  g_autoptr (MtxEvent)        first = make_edit ("$first", "$post", "first");
  g_autoptr (MtxEvent)        other = make_edit ("$other", "$elsewhere", "other");

  g_assert_false (mtx_public_window_add (window, 9, last));
  g_assert_true (mtx_public_window_add (window, 1, post));
  g_assert_cmpstr (mtx_event_get_body (mtx_public_window_get (window, 0)), ==, "last");
  mtx_public_window_add (window, 5, first);
  g_assert_false (mtx_public_window_add (window, 7, other));
  g_assert_cmpuint (mtx_public_window_get_n (window), ==, 1);
  g_assert_cmpstr (mtx_event_get_body (mtx_public_window_get (window, 0)), ==, "last");
  g_assert_cmpstr (mtx_event_get_event_id (mtx_public_window_get (window, 0)), ==, "$post");

  g_assert_true (mtx_public_window_remove (window, "$last"));
  g_assert_cmpstr (mtx_event_get_body (mtx_public_window_get (window, 0)), ==, "first");
  g_assert_true (mtx_public_window_remove (window, "$first"));
  g_assert_cmpstr (mtx_event_get_body (mtx_public_window_get (window, 0)), ==, "x");
  g_assert_true (mtx_public_window_remove (window, "$post"));
  g_assert_cmpuint (mtx_public_window_get_n (window), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/public-window/order", test_order);
  g_test_add_func ("/public-window/posts-only", test_posts_only);
  g_test_add_func ("/public-window/edits", test_edits);

  return g_test_run ();
}
