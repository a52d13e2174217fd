/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Several sessions with one device: which one reads, which one writes, and what a replay does.
 */
#include "mtx-error.h"
#include "mtx-olm-peer.h"
#include "mtx-test.h"

/* Alice and Bob, each with an account and the sessions with the other. */
typedef struct
{
  MtxOlmAccount *alice;
  MtxOlmAccount *bob;
  MtxOlmPeer    *bob_at_alice;
  MtxOlmPeer    *alice_at_bob;
} Scene;

typedef struct
{
  char             *body;
  MtxOlmMessageType type;
} Message;

static void
message_clear (Message *message)
{
  g_clear_pointer (&message->body, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Message, message_clear)

static void
scene_init (Scene *scene)
{
  scene->alice = mtx_olm_account_new (NULL);
  scene->bob = mtx_olm_account_new (NULL);
  g_assert_true (mtx_olm_account_generate_one_time_keys (scene->bob, 20, NULL));
  scene->bob_at_alice = mtx_olm_peer_new (mtx_olm_account_get_curve25519 (scene->bob));
  scene->alice_at_bob = mtx_olm_peer_new (mtx_olm_account_get_curve25519 (scene->alice));
}

static void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->bob_at_alice, mtx_olm_peer_free);
  g_clear_pointer (&scene->alice_at_bob, mtx_olm_peer_free);
  g_clear_object (&scene->alice);
  g_clear_object (&scene->bob);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static char *
pick_key (GHashTable *keys,
          guint       index)
{
  g_autoptr (GList) values = g_hash_table_get_values (keys);

  return g_strdup (g_list_nth_data (values, index));
}

/* Alice begins a session with Bob's key of that number, and writes with it. */
static Message
begin (Scene      *scene,
       guint       key_index,
       gint64      now_ms,
       const char *text)
{
  g_autoptr (GHashTable)    keys = mtx_olm_account_dup_one_time_keys (scene->bob, NULL);
  g_autofree char          *key = pick_key (keys, key_index);
  g_autoptr (MtxOlmSession) session = NULL;
  g_autoptr (GError)        error = NULL;
  Message                   message = { 0 };

  session = mtx_olm_account_create_outbound (scene->alice, mtx_olm_account_get_curve25519 (scene->bob), key, &error);
  g_assert_no_error (error);
  mtx_olm_peer_add_outbound (scene->bob_at_alice, session, now_ms);
  message.body = mtx_olm_peer_encrypt (scene->bob_at_alice, text, &message.type, &error);
  g_assert_no_error (error);

  return message;
}

static void
assert_reads (MtxOlmPeer    *peer,
              MtxOlmAccount *account,
              const Message *message,
              gint64         now_ms,
              const char    *text)
{
  g_autoptr (GBytes) plaintext = NULL;
  g_autoptr (GError) error = NULL;
  gboolean           account_changed;

  plaintext = mtx_olm_peer_decrypt (peer, account, message->type, message->body, now_ms, &account_changed, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (plaintext, NULL), g_bytes_get_size (plaintext), text, strlen (text));
}

static void
assert_refuses (MtxOlmPeer    *peer,
                MtxOlmAccount *account,
                gint64         type,
                const char    *body)
{
  g_autoptr (GBytes) plaintext = NULL;
  g_autoptr (GError) error = NULL;
  gboolean           account_changed;

  plaintext = mtx_olm_peer_decrypt (peer, account, type, body, 1, &account_changed, &error);
  g_assert_null (plaintext);
  g_assert_nonnull (error);
  g_assert_false (account_changed);
}

static guint
count_saved (MtxOlmPeer *peer)
{
  static const guint8        zero[32] = { 0 };
  g_autoptr (MtxSecretBytes) key = mtx_secret_bytes_new (zero, sizeof zero);
  g_autoptr (MtxChangeSet)   changes = mtx_change_set_new ();
  g_autoptr (GError)         error = NULL;

  g_assert_true (mtx_olm_peer_save (peer, key, changes, &error));
  g_assert_no_error (error);

  return mtx_change_set_is_empty (changes) ? 0 : 1;
}

static void
test_conversation (void)
{
  g_auto (Scene)     scene = { 0 };
  g_auto (Message)   hello = { 0 };
  g_auto (Message)   answer = { 0 };
  g_auto (Message)   more = { 0 };
  g_autoptr (GError) error = NULL;

  scene_init (&scene);
  hello = begin (&scene, 0, 1, "hello");
  g_assert_cmpint (hello.type, ==, MTX_OLM_MESSAGE_PRE_KEY);
  assert_reads (scene.alice_at_bob, scene.bob, &hello, 2, "hello");
  answer.body = mtx_olm_peer_encrypt (scene.alice_at_bob, "answer", &answer.type, &error);
  g_assert_cmpint (answer.type, ==, MTX_OLM_MESSAGE_NORMAL);
  assert_reads (scene.bob_at_alice, scene.alice, &answer, 3, "answer");
  more.body = mtx_olm_peer_encrypt (scene.bob_at_alice, "more", &more.type, &error);
  assert_reads (scene.alice_at_bob, scene.bob, &more, 4, "more");
}

static void
test_replay (void)
{
  g_auto (Scene)     scene = { 0 };
  g_auto (Message)   hello = { 0 };
  g_auto (Message)   second = { 0 };
  g_auto (Message)   answer = { 0 };
  g_autoptr (GError) error = NULL;

  scene_init (&scene);
  hello = begin (&scene, 0, 1, "hello");
  second.body = mtx_olm_peer_encrypt (scene.bob_at_alice, "second", &second.type, &error);
  assert_reads (scene.alice_at_bob, scene.bob, &hello, 2, "hello");
  assert_refuses (scene.alice_at_bob, scene.bob, hello.type, hello.body);

  /* It did not begin a second session, and the first goes on. */
  assert_reads (scene.alice_at_bob, scene.bob, &second, 3, "second");
  answer.body = mtx_olm_peer_encrypt (scene.alice_at_bob, "answer", &answer.type, &error);
  assert_reads (scene.bob_at_alice, scene.alice, &answer, 4, "answer");
  assert_refuses (scene.bob_at_alice, scene.alice, answer.type, answer.body);
}

/* A key that began one session begins no other; a fallback key does. */
static void
test_key_twice (void)
{
  g_auto (Scene)            scene = { 0 };
  g_auto (Message)          first = { 0 };
  g_auto (Message)          again = { 0 };
  g_auto (Message)          fallback_first = { 0 };
  g_auto (Message)          fallback_again = { 0 };
  g_autoptr (GHashTable)    fallback = NULL;
  g_autoptr (MtxOlmSession) one = NULL;
  g_autoptr (MtxOlmSession) two = NULL;
  g_autofree char          *key = NULL;
  const char               *bob_key = NULL;

  scene_init (&scene);
  first = begin (&scene, 0, 1, "first");
  again = begin (&scene, 0, 2, "again");
  assert_reads (scene.alice_at_bob, scene.bob, &first, 3, "first");
  assert_refuses (scene.alice_at_bob, scene.bob, again.type, again.body);

  g_assert_true (mtx_olm_account_generate_fallback_key (scene.bob, NULL));
  fallback = mtx_olm_account_dup_fallback_key (scene.bob, NULL);
  key = pick_key (fallback, 0);
  bob_key = mtx_olm_account_get_curve25519 (scene.bob);
  one = mtx_olm_account_create_outbound (scene.alice, bob_key, key, NULL);
  mtx_olm_peer_add_outbound (scene.bob_at_alice, one, 10);
  fallback_first.body = mtx_olm_peer_encrypt (scene.bob_at_alice, "one", &fallback_first.type, NULL);
  two = mtx_olm_account_create_outbound (scene.alice, bob_key, key, NULL);
  mtx_olm_peer_add_outbound (scene.bob_at_alice, two, 11);
  fallback_again.body = mtx_olm_peer_encrypt (scene.bob_at_alice, "two", &fallback_again.type, NULL);
  assert_reads (scene.alice_at_bob, scene.bob, &fallback_first, 12, "one");
  assert_reads (scene.alice_at_bob, scene.bob, &fallback_again, 13, "two");

  /* The key is good for any number of sessions, but each message for one. */
  assert_refuses (scene.alice_at_bob, scene.bob, fallback_first.type, fallback_first.body);
}

static void
test_malformed (void)
{
  g_auto (Scene)   scene = { 0 };
  g_auto (Message) hello = { 0 };
  g_autofree char *damaged = NULL;

  scene_init (&scene);
  hello = begin (&scene, 0, 1, "hello");

  assert_refuses (scene.alice_at_bob, scene.bob, 2, hello.body);
  assert_refuses (scene.alice_at_bob, scene.bob, -1, hello.body);
  assert_refuses (scene.alice_at_bob, scene.bob, G_MAXINT64, hello.body);
  assert_refuses (scene.alice_at_bob, scene.bob, MTX_OLM_MESSAGE_NORMAL, hello.body);
  assert_refuses (scene.alice_at_bob, scene.bob, MTX_OLM_MESSAGE_PRE_KEY, "");
  assert_refuses (scene.alice_at_bob, scene.bob, MTX_OLM_MESSAGE_PRE_KEY, "AAAA");

  /* It names a good key, but its end is wrong: the key must survive. */
  damaged = g_strdup (hello.body);
  damaged[strlen (damaged) - 3] = damaged[strlen (damaged) - 3] == 'A' ? 'B' : 'A';
  assert_refuses (scene.alice_at_bob, scene.bob, MTX_OLM_MESSAGE_PRE_KEY, damaged);
  g_assert_cmpuint (count_saved (scene.alice_at_bob), ==, 0);
  assert_reads (scene.alice_at_bob, scene.bob, &hello, 2, "hello");
}

/* The session that received last writes; one that was just begun counts from then. */
static void
test_choice (void)
{
  g_auto (Scene)     scene = { 0 };
  g_auto (Message)   first = { 0 };
  g_auto (Message)   second = { 0 };
  g_auto (Message)   from_first = { 0 };
  g_auto (Message)   choice = { 0 };
  g_autoptr (GError) error = NULL;

  scene_init (&scene);
  first = begin (&scene, 0, 1, "first");
  assert_reads (scene.alice_at_bob, scene.bob, &first, 2, "first");
  from_first.body = mtx_olm_peer_encrypt (scene.alice_at_bob, "over the first", &from_first.type, &error);

  second = begin (&scene, 1, 10, "second");

  /* Alice hears over the first session after she began the second: she goes on with the first, for which Bob
   * needs no pre-key message. */
  assert_reads (scene.bob_at_alice, scene.alice, &from_first, 11, "over the first");
  choice.body = mtx_olm_peer_encrypt (scene.bob_at_alice, "choice", &choice.type, &error);
  g_assert_cmpint (choice.type, ==, MTX_OLM_MESSAGE_NORMAL);
  assert_reads (scene.alice_at_bob, scene.bob, &choice, 12, "choice");

  /* The second is not forgotten. */
  assert_reads (scene.alice_at_bob, scene.bob, &second, 13, "second");
}

/* However many sessions are begun with us, few are kept, and the newest still read. */
static void
test_many (void)
{
  g_auto (Scene)   scene = { 0 };
  g_auto (Message) last = { 0 };
  g_auto (Message) late = { 0 };

  scene_init (&scene);
  for (guint i = 0; i < 2 * MTX_OLM_PEER_MAX_SESSIONS; i++)
    {
      message_clear (&last);
      last = begin (&scene, 0, 10 + i, "hello");
      assert_reads (scene.alice_at_bob, scene.bob, &last, 10 + i, "hello");
      g_assert_cmpuint (count_saved (scene.alice_at_bob), ==, 1);
    }

  late.body = mtx_olm_peer_encrypt (scene.bob_at_alice, "late", &late.type, NULL);
  assert_reads (scene.alice_at_bob, scene.bob, &late, 1000, "late");
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/olm-peer/conversation", test_conversation);
  g_test_add_func ("/olm-peer/threat-028-replay", test_replay);
  g_test_add_func ("/olm-peer/threat-029-key-twice", test_key_twice);
  g_test_add_func ("/olm-peer/threat-027-threat-030-malformed", test_malformed);
  g_test_add_func ("/olm-peer/choice", test_choice);
  g_test_add_func ("/olm-peer/many", test_many);

  return g_test_run ();
}
