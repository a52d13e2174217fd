/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an identity that stands in the way does to a conversation: messages wait on disk, over a restart too, and go out
 * in their order once a person has decided.
 */
#include "mtx-error.h"
#include "sup-identity.h"
#include "sup-test-user.h"

#define SEND "*/send/m.room.encrypted/*"

typedef struct
{
  SupTestUser     *user;
  MtxIdentityState state;
} WantedIdentity;

static SupIdentity *
get_identity (SupTestUser *user)
{
  return sup_conversation_get_identity (sup_client_get_conversation (user->client));
}

static gboolean
has_identity (gpointer data)
{
  const WantedIdentity *wanted = data;

  return sup_identity_get_state (get_identity (wanted->user)) == wanted->state;
}

static void
wait_identity (SupTestUser     *user,
               MtxIdentityState state)
{
  WantedIdentity wanted = { user, state };

  sup_test_wait (has_identity, &wanted);
}

/* The messages of the conversation and what became of each, as "one(sent) two(queued)". */
static char *
dup_states (SupTestUser *user)
{
  GListModel *timeline = sup_conversation_get_timeline (sup_client_get_conversation (user->client));
  GString    *states = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (timeline); i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (timeline, i);

      if (mtx_timeline_item_get_outgoing (item) && mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_MESSAGE)
        g_string_append_printf (states, "%s%s(%s)", states->len > 0 ? " " : "", mtx_timeline_item_get_body (item),
                                mtx_timeline_item_get_send_state (item) == MTX_SEND_STATE_QUEUED ? "queued" : "other");
    }

  return g_string_free_and_steal (states);
}

static gboolean
are_two_queued (gpointer data)
{
  g_autofree char *states = dup_states (data);

  return g_str_has_suffix (states, "two(queued) three(queued)");
}

static guint
count_sent (SupTestUser *user)
{
  return mtx_fake_homeserver_count_requests (user->server, "PUT", SEND);
}

static gboolean
get_blocking (SupTestUser *user)
{
  g_autoptr (SupIdentity) blocking = NULL;

  g_object_get (sup_client_get_conversation (user->client), "blocking", &blocking, NULL);

  return blocking != NULL;
}

/* Support makes a new identity, which is what a server that replaces it looks like. */
static DexFuture *
test_changed (gpointer data)
{
  SupTestUser             *user = sup_test_user_new ();
  g_autoptr (MtxFakeAgent) other = NULL;
  g_autofree char         *before = NULL;
  g_autoptr (GError)       error = NULL;
  guint                    n_sent;

  sup_test_user_add_agent (user);
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  wait_identity (user, MTX_IDENTITY_PINNED);
  g_assert_false (get_blocking (user));

  other = mtx_fake_agent_new (user->server, "support", "OTHER");
  wait_identity (user, MTX_IDENTITY_CHANGED);
  g_assert_true (get_blocking (user));
  n_sent = count_sent (user);
  sup_test_user_say (user, "two");
  sup_test_user_say (user, "three");
  sup_test_wait (are_two_queued, user);

  sup_test_user_relaunch (user);
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  sup_test_user_wait_connection (user, TRUE);
  wait_identity (user, MTX_IDENTITY_CHANGED);
  sup_test_wait (are_two_queued, user);
  g_object_get (get_identity (user), "previous-fingerprint", &before, NULL);
  g_assert_nonnull (before);
  g_assert_cmpuint (count_sent (user), ==, n_sent);

  /* There was no verification to give up. */
  g_assert_false (dex_await (sup_identity_withdraw (get_identity (user)), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  g_clear_error (&error);

  dex_await (sup_identity_acknowledge (get_identity (user)), &error);
  g_assert_no_error (error);
  sup_test_user_wait_sent (user, "one two three");
  wait_identity (user, MTX_IDENTITY_PINNED);
  g_assert_false (get_blocking (user));
  g_clear_object (&other);
  sup_test_user_free (user);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/sup-identity/threat-017-waits", test_changed);

  return g_test_run ();
}
