/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whoever looks at the models may build widgets when they change, so none of them tells a change from within a
 * fiber: from the first start to the last message everything the screens look at is listened to.
 */
#include "mtx-fiber.h"
#include "sup-feed-item.h"
#include "sup-test-user.h"

#define NEWS "news"

/* Told so often, by type. */
static GHashTable *told;

static void watch (gpointer object);

static void
note (gpointer object)
{
  gpointer name = (gpointer)G_OBJECT_TYPE_NAME (object);

  if (mtx_fiber_is_running ())
    g_error ("%s tells a change from within a fiber", (char *)name);
  g_hash_table_insert (told, name, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (told, name)) + 1));
}

static void
watch_items (GListModel *list,
             guint       position,
             guint       count)
{
  for (guint i = position; i < position + count; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (list, i);

      watch (item);
    }
}

static void
on_items_changed (GListModel *list,
                  guint       position,
                  guint       removed,
                  guint       added)
{
  note (list);
  watch_items (list, position, added);
}

/* What a property leads to is looked at as well. */
static void
watch_property (GObject    *object,
                GParamSpec *pspec)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (!G_IS_PARAM_SPEC_OBJECT (pspec))
    return;
  g_object_get_property (object, pspec->name, &value);
  if (g_value_get_object (&value) != NULL)
    watch (g_value_get_object (&value));
}

static void
on_notify (GObject    *object,
           GParamSpec *pspec)
{
  note (object);
  watch_property (object, pspec);
}

static void
watch (gpointer object)
{
  g_autofree GParamSpec **pspecs = NULL;
  guint                   n_pspecs = 0;

  if (g_signal_handler_find (object, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, (gpointer)on_notify, NULL) != 0)
    return;

  g_signal_connect (object, "notify", G_CALLBACK (on_notify), NULL);
  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    watch_property (object, pspecs[i]);

  if (G_IS_LIST_MODEL (object))
    {
      g_signal_connect (object, "items-changed", G_CALLBACK (on_items_changed), NULL);
      watch_items (object, 0, g_list_model_get_n_items (object));
    }
}

static void
assert_told (const char *type)
{
  if (g_hash_table_lookup (told, type) == NULL)
    g_error ("Nothing was heard of %s", type);
}

static gboolean
has_news (gpointer data)
{
  SupTestUser *user = data;

  return g_list_model_get_n_items (G_LIST_MODEL (sup_client_get_feed (user->client))) > 0;
}

static void
announce (SupTestUser *user,
          const char  *room_id,
          const char  *body)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", body);
  g_free (mtx_fake_homeserver_send_event (user->server, room_id, SUP_TEST_SUPPORT, "m.room.message", NULL, content));
}

static DexFuture *
test_outside_of_fibers (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autofree char        *news = NULL;

  sup_test_user_add_agent (user);
  news = mtx_fake_homeserver_create_room (user->server, SUP_TEST_SUPPORT, NEWS, TRUE);
  g_clear_pointer (&user->provider, sup_provider_unref);
  user->provider = sup_test_provider_new (mtx_fake_homeserver_get_base_url (user->server), SUP_TEST_SUPPORT,
                                          "#" NEWS ":" MTX_FAKE_SERVER_NAME);
  announce (user, news, "one");

  sup_test_user_launch (user);
  sup_test_user_start (user); /* as a screen would, but this body is a fiber: the list is listened to later */
  watch (user->client);
  sup_test_user_say (user, "Hello");
  sup_test_user_wait_sent (user, "Hello");
  sup_test_user_reply (user, "Hi");
  sup_test_user_wait_sent (user, "Hello Hi");
  sup_test_wait (has_news, user);
  sup_test_user_quit (user);
  user->list = sup_client_list_new (user->keyring, user->data_dir);
  watch (user->list);
  mtx_test_await (sup_client_list_load (user->list));
  user->client = g_list_model_get_item (G_LIST_MODEL (user->list), 0);
  sup_test_user_wait_sent (user, "Hello Hi");
  sup_test_user_say (user, "Bye");
  sup_test_user_wait_sent (user, "Hello Hi Bye");
  sup_test_wait (has_news, user);

  assert_told ("SupClientList");
  assert_told ("SupClient");
  assert_told ("SupConversation");
  assert_told ("SupFeed");
  assert_told ("MtxOutsideList");
  assert_told ("MtxTimelineItem");

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  int code = 0;

  mtx_test_init (&argc, &argv);
  told = g_hash_table_new (g_str_hash, g_str_equal);

  mtx_test_add_fiber ("/sup-models/outside-of-fibers", test_outside_of_fibers);

  code = g_test_run ();
  g_hash_table_unref (told);

  return code;
}
