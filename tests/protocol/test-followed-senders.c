/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Somebody writes to us to whom we never wrote: we ask who it is, and what we think of the message follows at once.
 */
#include "mtx-fake-agent.h"
#include "mtx-test-account.h"
#include "mtx-test.h"

#define QUERY "*/keys/query"

/* A long poll takes thirty seconds; whoever waits for its end is not quick. */
#define QUICK_US (10 * G_USEC_PER_SEC)

typedef struct
{
  MtxFakeHomeserver *server;
  MtxTestAccount    *account;
  MtxFakeAgent      *agent;
  char              *room_id;
  MtxOutbox         *outbox;
  MtxTimeline       *timeline;
} Scene;

static void
scene_clear (Scene *scene)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_sync_loop_stop (scene->account->loop), &error);
  g_assert_no_error (error);
  g_clear_object (&scene->timeline);
  g_clear_object (&scene->outbox);
  g_clear_object (&scene->agent);
  g_clear_pointer (&scene->account, mtx_test_account_free);
  g_clear_object (&scene->server);
  g_clear_pointer (&scene->room_id, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* We are in an encrypted room of somebody with a signed device, read along, and have said nothing. */
static void
scene_init (Scene *scene)
{
  g_autoptr (JsonObject) content = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");
  g_autoptr (GError)     error = NULL;

  scene->server = mtx_fake_homeserver_new ();
  scene->account = mtx_test_account_new (scene->server, "me");
  scene->agent = mtx_fake_agent_new (scene->server, "agent", "AGENT");
  scene->room_id = mtx_fake_homeserver_create_room (scene->server, mtx_fake_agent_get_user_id (scene->agent), NULL, FALSE);
  mtx_fake_homeserver_set_member (scene->server, scene->room_id, scene->account->user_id, "join");
  g_free (mtx_fake_homeserver_send_event (scene->server, scene->room_id, mtx_fake_agent_get_user_id (scene->agent),
                                          "m.room.encryption", "", content));

  mtx_sync_loop_start (scene->account->loop);
  dex_await (mtx_sync_loop_when_synced (scene->account->loop), &error);
  g_assert_no_error (error);
  scene->outbox = mtx_outbox_new (scene->account->db, "chat");
  scene->timeline = mtx_timeline_new (scene->account->db, scene->outbox);
  dex_await (mtx_timeline_bind (scene->timeline, mtx_room_list_lookup (scene->account->rooms, scene->room_id),
                                scene->account->http, scene->account->encryption),
             &error);
  g_assert_no_error (error);
}

static void
agent_says (Scene      *scene,
            const char *body)
{
  g_autoptr (JsonObject) encrypted = NULL;

  mtx_fake_agent_share_room_key (scene->agent, scene->room_id, scene->account->user_id, scene->account->client->device_id);
  encrypted = mtx_fake_agent_encrypt_text (scene->agent, scene->room_id, body);
  g_free (mtx_fake_homeserver_send_event (scene->server, scene->room_id, mtx_fake_agent_get_user_id (scene->agent),
                                          "m.room.encrypted", NULL, encrypted));
}

static MtxTimelineItem *
find_message (Scene *scene)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (scene->timeline)); i++)
    {
      MtxTimelineItem *item = mtx_test_item (scene->timeline, i);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_MESSAGE)
        return item;
    }

  return NULL;
}

static gboolean
has_message (gpointer data)
{
  return find_message (data) != NULL;
}

static gboolean
has_no_shield (gpointer data)
{
  MtxTimelineItem *item = find_message (data);

  return item != NULL && mtx_timeline_item_get_shield (item) == MTX_SHIELD_NONE;
}

/* Threat 65: the warning goes when the device list says that its owner signed the device. */
static DexFuture *
test_followed (gpointer data)
{
  g_auto (Scene) scene = { 0 };
  gint64         began = 0;

  scene_init (&scene);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (scene.server, "POST", QUERY), ==, 0);
  began = g_get_monotonic_time ();
  agent_says (&scene, "May I ask something?");
  mtx_test_wait (has_no_shield, &scene);
  g_assert_cmpint (g_get_monotonic_time () - began, <, QUICK_US);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (scene.server, "POST", QUERY), ==, 1);

  return NULL;
}

/* As long as nobody says who it is the warning stays. */
static DexFuture *
test_no_answer (gpointer data)
{
  g_auto (Scene)     scene = { 0 };
  const MtxFakeFault fault = { .status = 500 };

  scene_init (&scene);
  mtx_fake_homeserver_fault (scene.server, "POST", QUERY, &fault);
  agent_says (&scene, "May I ask something?");
  mtx_test_wait (has_message, &scene);
  g_assert_cmpint (mtx_timeline_item_get_shield (find_message (&scene)), ==, MTX_SHIELD_UNKNOWN_DEVICE);

  mtx_fake_homeserver_clear_faults (scene.server);
  mtx_test_say (scene.server, scene.room_id, mtx_fake_agent_get_user_id (scene.agent), "another reason to ask");
  mtx_test_wait (has_no_shield, &scene);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/followed-senders/threat-065-at-once", test_followed);
  mtx_test_add_fiber ("/followed-senders/no-answer", test_no_answer);

  return g_test_run ();
}
