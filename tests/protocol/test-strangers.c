/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server that lets somebody into the conversation: it is seen, it is told, and whoever cannot show that their device
 * is theirs reads nothing (threat 47).
 */
#include <string.h>

#include "mtx-json.h"
#include "sup-identity.h"
#include "sup-test-user.h"

#define EVE    "@eve:" MTX_FAKE_SERVER_NAME
#define SECRET "The word is pomegranate"

static GListModel *
dup_others (SupTestUser *user)
{
  GListModel *others = NULL;

  g_object_get (sup_client_get_conversation (user->client), "others", &others, NULL);
  return others;
}

static gboolean
has_other (gpointer data)
{
  g_autoptr (GListModel) others = dup_others (data);

  return g_list_model_get_n_items (others) == 1;
}

static gboolean
has_no_other (gpointer data)
{
  g_autoptr (GListModel) others = dup_others (data);

  return g_list_model_get_n_items (others) == 0;
}

/* Whether the conversation says that Eve came. */
static gboolean
is_told (gpointer data)
{
  GListModel *timeline = sup_conversation_get_timeline (sup_client_get_conversation (((SupTestUser *)data)->client));

  for (guint i = 0; i < g_list_model_get_n_items (timeline); i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (timeline, i);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_NOTICE
          && g_strcmp0 (mtx_timeline_item_get_sender (item), EVE) == 0)
        return TRUE;
    }

  return FALSE;
}

/* Every Olm message anybody was sent, by user. */
static guint
count_messages_to (SupTestUser *user,
                   const char  *user_id)
{
  guint n_requests = mtx_fake_homeserver_count_requests (user->server, "PUT", "*/sendToDevice/m.room.encrypted/*");
  guint n_messages = 0;

  for (guint i = 0; i < n_requests; i++)
    {
      const MtxFakeRequest *request = mtx_fake_homeserver_get_request (user->server, "PUT", "*/sendToDevice/m.room.encrypted/*", i);
      JsonObject           *of_user = mtx_json_get_object (mtx_json_get_object (request->body, "messages"), user_id);

      if (of_user != NULL)
        n_messages += json_object_get_size (of_user);
    }

  return n_messages;
}

static DexFuture *
test_injected (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autoptr (GListModel)  others = NULL;
  g_autoptr (SupIdentity) eve = NULL;
  const char             *room_id = NULL;

  sup_test_user_add_agent (user);
  g_free (mtx_fake_homeserver_add_user (user->server, "eve", "EVEDEVICE"));
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  room_id = sup_test_user_get_room_id (user);
  mtx_fake_homeserver_set_member (user->server, room_id, SUP_TEST_SUPPORT, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  g_assert_true (has_no_other (user));

  mtx_fake_homeserver_set_member (user->server, room_id, EVE, "join");
  sup_test_wait (has_other, user);
  sup_test_wait (is_told, user);
  others = dup_others (user);
  eve = g_list_model_get_item (others, 0);
  g_assert_cmpstr (sup_identity_get_user_id (eve), ==, EVE);

  /* Support reads on; Eve has a device that nobody vouches for, and gets no key. */
  sup_test_user_say (user, SECRET);
  sup_test_user_wait_sent (user, "one " SECRET);
  g_assert_cmpuint (count_messages_to (user, SUP_TEST_SUPPORT), >, 0);
  g_assert_cmpuint (count_messages_to (user, EVE), ==, 0);

  /* It is still said after a restart, and taken back when it is over. */
  sup_test_user_relaunch (user);
  sup_test_user_get_conversation (user);
  sup_test_wait (has_other, user);
  mtx_fake_homeserver_set_member (user->server, room_id, EVE, "leave");
  sup_test_wait (has_no_other, user);
  sup_test_user_quit (user);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/strangers/threat-047-injected", test_injected);

  return g_test_run ();
}
