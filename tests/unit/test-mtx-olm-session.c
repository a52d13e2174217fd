/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Olm between two accounts: beginning, speaking both ways, and what somebody in between can try.
 */
#include "mtx-olm-account.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-secret-bytes.h"

typedef struct
{
  MtxOlmAccount *alice;
  MtxOlmAccount *bob;
  MtxOlmSession *from_alice;
} Pair;

static char *
take_one_time_key (MtxOlmAccount *account)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (GHashTable) keys = NULL;
  GHashTableIter         iter;
  gpointer               key;

  g_assert_true (mtx_olm_account_generate_one_time_keys (account, 1, &error));
  g_assert_no_error (error);
  keys = mtx_olm_account_dup_one_time_keys (account, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (keys), ==, 1);
  g_hash_table_iter_init (&iter, keys);
  g_assert_true (g_hash_table_iter_next (&iter, NULL, &key));
  g_assert_true (mtx_olm_account_mark_published (account, &error));
  g_assert_no_error (error);

  return g_strdup (key);
}

static void
pair_init (Pair *pair)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *one_time_key = NULL;

  pair->alice = mtx_olm_account_new (&error);
  g_assert_no_error (error);
  pair->bob = mtx_olm_account_new (&error);
  g_assert_no_error (error);
  one_time_key = take_one_time_key (pair->bob);
  pair->from_alice = mtx_olm_account_create_outbound (pair->alice, mtx_olm_account_get_curve25519 (pair->bob),
                                                      one_time_key, &error);
  g_assert_no_error (error);
}

static void
pair_clear (Pair *pair)
{
  g_clear_object (&pair->from_alice);
  g_clear_object (&pair->alice);
  g_clear_object (&pair->bob);
}

static char *
encrypt (MtxOlmSession    *session,
         const char       *text,
         MtxOlmMessageType expected_type)
{
  g_autoptr (GError) error = NULL;
  MtxOlmMessageType  type;
  char              *body = mtx_olm_session_encrypt (session, (const guint8 *)text, strlen (text), &type, &error);

  g_assert_no_error (error);
  g_assert_cmpint (type, ==, expected_type);
  return body;
}

static void
assert_decrypts (MtxOlmSession *session,
                 gint64         type,
                 const char    *body,
                 const char    *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) plaintext = mtx_olm_session_decrypt (session, type, body, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (plaintext, NULL), g_bytes_get_size (plaintext), expected, strlen (expected));
}

static void
assert_refuses (MtxOlmSession *session,
                gint64         type,
                const char    *body,
                MtxError       code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mtx_olm_session_decrypt (session, type, body, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

static MtxOlmSession *
accept_from_alice (Pair       *pair,
                   const char *body,
                   const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) plaintext = NULL;
  MtxOlmSession     *session;

  session = mtx_olm_account_create_inbound (pair->bob, mtx_olm_account_get_curve25519 (pair->alice), body,
                                            &plaintext, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (plaintext, NULL), g_bytes_get_size (plaintext), expected, strlen (expected));

  return session;
}

static void
assert_not_accepted (Pair       *pair,
                     const char *body,
                     MtxError    code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) plaintext = NULL;

  g_assert_null (mtx_olm_account_create_inbound (pair->bob, mtx_olm_account_get_curve25519 (pair->alice), body,
                                                 &plaintext, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
  g_assert_null (plaintext);
}

/* The same text with one bit of one byte changed, in canonical base64. */
static char *
flip (const char *body,
      gssize      position)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = mtx_base64_decode (body, MTX_BASE64_UNPADDED, &error);
  g_autofree guint8 *changed = NULL;
  gsize              length;

  g_assert_no_error (error);
  length = g_bytes_get_size (bytes);
  changed = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
  changed[position >= 0 ? (gsize)position : length - (gsize)-position] ^= 1;

  return mtx_base64_encode (changed, length, MTX_BASE64_UNPADDED);
}

static void
test_conversation (void)
{
  Pair                      pair;
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *first = NULL;
  g_autofree char          *second = NULL;
  g_autofree char          *answer = NULL;
  g_autofree char          *third = NULL;

  pair_init (&pair);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  second = encrypt (pair.from_alice, "second", MTX_OLM_MESSAGE_PRE_KEY);

  from_bob = accept_from_alice (&pair, first, "first");
  g_assert_cmpstr (mtx_olm_session_get_id (from_bob), ==, mtx_olm_session_get_id (pair.from_alice));
  g_assert_cmpstr (mtx_olm_session_get_their_curve25519 (from_bob), ==, mtx_olm_account_get_curve25519 (pair.alice));
  g_assert_true (mtx_olm_session_matches (from_bob, second));
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_PRE_KEY, second, "second");

  answer = encrypt (from_bob, "answer", MTX_OLM_MESSAGE_NORMAL);
  assert_decrypts (pair.from_alice, MTX_OLM_MESSAGE_NORMAL, answer, "answer");
  third = encrypt (pair.from_alice, "", MTX_OLM_MESSAGE_NORMAL);
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, third, "");
  pair_clear (&pair);
}

static void
test_pickle (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxSecretBytes) other_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxOlmSession)  from_bob = NULL;
  g_autoptr (MtxOlmSession)  restored = NULL;
  g_autoptr (GBytes)         sealed = NULL;
  g_autofree char           *first = NULL;
  g_autofree char           *second = NULL;
  const char                *alice_key;
  const char                *id;
  Pair                       pair;

  pair_init (&pair);
  alice_key = mtx_olm_account_get_curve25519 (pair.alice);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  second = encrypt (pair.from_alice, "second", MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, first, "first");
  id = mtx_olm_session_get_id (from_bob);

  sealed = mtx_olm_session_to_pickle (from_bob, master_key, &error);
  g_assert_no_error (error);
  restored = mtx_olm_session_new_from_pickle (sealed, master_key, alice_key, id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_olm_session_get_id (restored), ==, id);
  assert_decrypts (restored, MTX_OLM_MESSAGE_PRE_KEY, second, "second");

  /* Another key, another device, another session. */
  g_assert_null (mtx_olm_session_new_from_pickle (sealed, other_key, alice_key, id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (mtx_olm_session_new_from_pickle (sealed, master_key, mtx_olm_account_get_curve25519 (pair.bob), id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (mtx_olm_session_new_from_pickle (sealed, master_key, alice_key, alice_key, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  pair_clear (&pair);
}

/* Envelope and message name different senders. */
static void
test_threat_026_other_sender_key (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) mallory = mtx_olm_account_new (&error);
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autoptr (GBytes)        plaintext = NULL;
  g_autofree char          *body = NULL;
  Pair                      pair;

  pair_init (&pair);
  body = encrypt (pair.from_alice, "hello", MTX_OLM_MESSAGE_PRE_KEY);
  g_assert_null (mtx_olm_account_create_inbound (pair.bob, mtx_olm_account_get_curve25519 (mallory), body,
                                                 &plaintext, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);

  /* Nothing is used up. */
  from_bob = accept_from_alice (&pair, body, "hello");
  pair_clear (&pair);
}

static void
test_threat_027_unknown_one_time_key (void)
{
  g_autofree char   *body = NULL;
  Pair               pair;
  Pair               other;

  pair_init (&pair);
  pair_init (&other);
  body = encrypt (other.from_alice, "hello", MTX_OLM_MESSAGE_PRE_KEY);

  /* Bob and Alice of one pair never met the keys of the other. */
  assert_not_accepted (&pair, body, MTX_ERROR_UNTRUSTED);
  g_clear_object (&pair.alice);
  pair.alice = g_object_ref (other.alice);
  assert_not_accepted (&pair, body, MTX_ERROR_MISSING_KEY);

  pair_clear (&pair);
  pair_clear (&other);
}

static void
test_threat_027_bad_message_keeps_the_key (void)
{
  static const gssize       positions[] = { -1, -8, -9, -24 };
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *body = NULL;
  Pair                      pair;

  pair_init (&pair);
  body = encrypt (pair.from_alice, "hello", MTX_OLM_MESSAGE_PRE_KEY);
  for (gsize i = 0; i < G_N_ELEMENTS (positions); i++)
    {
      g_autofree char *changed = flip (body, positions[i]);

      assert_not_accepted (&pair, changed, MTX_ERROR_UNTRUSTED);
    }

  from_bob = accept_from_alice (&pair, body, "hello");
  pair_clear (&pair);
}

static void
test_threat_028_replay (void)
{
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *first = NULL;
  g_autofree char          *answer = NULL;
  g_autofree char          *normal = NULL;
  Pair                      pair;

  pair_init (&pair);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, first, "first");

  /* It still matches, so nobody begins a second session, and it does not decrypt again. */
  g_assert_true (mtx_olm_session_matches (from_bob, first));
  assert_refuses (from_bob, MTX_OLM_MESSAGE_PRE_KEY, first, MTX_ERROR_UNTRUSTED);
  assert_not_accepted (&pair, first, MTX_ERROR_MISSING_KEY);

  answer = encrypt (from_bob, "answer", MTX_OLM_MESSAGE_NORMAL);
  assert_decrypts (pair.from_alice, MTX_OLM_MESSAGE_NORMAL, answer, "answer");
  assert_refuses (pair.from_alice, MTX_OLM_MESSAGE_NORMAL, answer, MTX_ERROR_UNTRUSTED);
  normal = encrypt (pair.from_alice, "on", MTX_OLM_MESSAGE_NORMAL);
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, normal, "on");
  pair_clear (&pair);
}

static void
test_threat_029_one_time_key_only_once (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) alice = mtx_olm_account_new (&error);
  g_autoptr (MtxOlmAccount) bob = mtx_olm_account_new (&error);
  g_autofree char          *one_time_key = take_one_time_key (bob);
  g_autoptr (GHashTable)    fallback = NULL;
  const char               *fallback_key;
  GHashTableIter            iter;
  gpointer                  value;

  g_assert_true (mtx_olm_account_generate_fallback_key (bob, &error));
  fallback = mtx_olm_account_dup_fallback_key (bob, &error);
  g_assert_no_error (error);
  g_hash_table_iter_init (&iter, fallback);
  g_assert_true (g_hash_table_iter_next (&iter, NULL, &value));
  fallback_key = value;

  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (MtxOlmSession) by_one_time = NULL;
      g_autoptr (MtxOlmSession) by_fallback = NULL;
      g_autoptr (MtxOlmSession) accepted = NULL;
      g_autoptr (MtxOlmSession) accepted_fallback = NULL;
      g_autoptr (GBytes)        plaintext = NULL;
      g_autoptr (GBytes)        plaintext_fallback = NULL;
      g_autofree char          *body = NULL;
      g_autofree char          *body_fallback = NULL;

      by_one_time = mtx_olm_account_create_outbound (alice, mtx_olm_account_get_curve25519 (bob), one_time_key, &error);
      by_fallback = mtx_olm_account_create_outbound (alice, mtx_olm_account_get_curve25519 (bob), fallback_key, &error);
      g_assert_no_error (error);
      body = encrypt (by_one_time, "one time", MTX_OLM_MESSAGE_PRE_KEY);
      body_fallback = encrypt (by_fallback, "again", MTX_OLM_MESSAGE_PRE_KEY);

      accepted = mtx_olm_account_create_inbound (bob, mtx_olm_account_get_curve25519 (alice), body, &plaintext, &error);
      if (round == 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, MTX_ERROR, MTX_ERROR_MISSING_KEY);
      g_clear_error (&error);

      accepted_fallback = mtx_olm_account_create_inbound (bob, mtx_olm_account_get_curve25519 (alice), body_fallback,
                                                          &plaintext_fallback, &error);
      g_assert_no_error (error);
      g_assert_nonnull (accepted_fallback);
    }
}

static void
test_threat_030_rubbish_is_cheap (void)
{
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *first = NULL;
  g_autofree char          *second = NULL;
  g_autofree char          *huge = g_strnfill (1024 * 1024, 'A');
  Pair                      pair;

  pair_init (&pair);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  second = encrypt (pair.from_alice, "second", MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, first, "first");

  for (guint type = MTX_OLM_MESSAGE_PRE_KEY; type <= MTX_OLM_MESSAGE_NORMAL; type++)
    {
      assert_refuses (from_bob, type, huge, MTX_ERROR_TOO_LARGE);
      assert_refuses (from_bob, type, "", MTX_ERROR_BAD_REPLY);
      assert_refuses (from_bob, type, NULL, MTX_ERROR_BAD_REPLY);
      assert_refuses (from_bob, type, "AwoA====", MTX_ERROR_BAD_REPLY);
    }
  assert_refuses (from_bob, 2, second, MTX_ERROR_BAD_REPLY);
  assert_refuses (from_bob, -1, second, MTX_ERROR_BAD_REPLY);
  assert_refuses (from_bob, G_GINT64_CONSTANT (1) << 32, second, MTX_ERROR_BAD_REPLY);
  assert_refuses (from_bob, MTX_OLM_MESSAGE_NORMAL, second, MTX_ERROR_BAD_REPLY);
  assert_not_accepted (&pair, huge, MTX_ERROR_TOO_LARGE);
  assert_not_accepted (&pair, "", MTX_ERROR_BAD_REPLY);
  g_assert_false (mtx_olm_session_matches (from_bob, huge));
  g_assert_false (mtx_olm_session_matches (from_bob, NULL));

  /* All of that left the session as it was. */
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_PRE_KEY, second, "second");
  pair_clear (&pair);
}

/* The library keeps 40 keys of messages it has not seen and jumps over 2000 at most. */
static void
test_threat_031_gaps (void)
{
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *first = NULL;
  g_autofree char          *answer = NULL;
  g_autofree char          *beyond = NULL;
  g_autoptr (GPtrArray)     bodies = g_ptr_array_new_with_free_func (g_free);
  Pair                      pair;

  pair_init (&pair);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, first, "first");
  answer = encrypt (from_bob, "answer", MTX_OLM_MESSAGE_NORMAL);
  assert_decrypts (pair.from_alice, MTX_OLM_MESSAGE_NORMAL, answer, "answer");

  for (guint i = 0; i < 50; i++)
    g_ptr_array_add (bodies, encrypt (pair.from_alice, "on", MTX_OLM_MESSAGE_NORMAL));

  /* The last first: 49 are skipped, of which the 40 latest stay readable. */
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, g_ptr_array_index (bodies, 49), "on");
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, g_ptr_array_index (bodies, 48), "on");
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, g_ptr_array_index (bodies, 9), "on");
  assert_refuses (from_bob, MTX_OLM_MESSAGE_NORMAL, g_ptr_array_index (bodies, 8), MTX_ERROR_UNTRUSTED);
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, g_ptr_array_index (bodies, 10), "on");

  for (guint i = 0; i < 2001; i++)
    {
      g_autofree char *lost = encrypt (pair.from_alice, "lost", MTX_OLM_MESSAGE_NORMAL);

      if (i == 1999)
        g_ptr_array_add (bodies, g_steal_pointer (&lost));
    }
  beyond = encrypt (pair.from_alice, "beyond", MTX_OLM_MESSAGE_NORMAL);
  assert_refuses (from_bob, MTX_OLM_MESSAGE_NORMAL, beyond, MTX_ERROR_UNTRUSTED);
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, g_ptr_array_index (bodies, 50), "lost");
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, beyond, "beyond");
  pair_clear (&pair);
}

/* Turning the ratchet often enough drops the oldest receiver chain, cleanly. */
static void
test_threat_031_receiver_chains (void)
{
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *first = NULL;
  g_autofree char          *late = NULL;
  Pair                      pair;

  pair_init (&pair);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  late = encrypt (pair.from_alice, "late", MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, first, "first");

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *answer = encrypt (from_bob, "answer", MTX_OLM_MESSAGE_NORMAL);
      g_autofree char *next = NULL;

      assert_decrypts (pair.from_alice, MTX_OLM_MESSAGE_NORMAL, answer, "answer");
      next = encrypt (pair.from_alice, "next", MTX_OLM_MESSAGE_NORMAL);
      assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, next, "next");
    }
  assert_refuses (from_bob, MTX_OLM_MESSAGE_PRE_KEY, late, MTX_ERROR_UNTRUSTED);
  g_free (g_steal_pointer (&late));
  late = encrypt (pair.from_alice, "still here", MTX_OLM_MESSAGE_NORMAL);
  assert_decrypts (from_bob, MTX_OLM_MESSAGE_NORMAL, late, "still here");
  pair_clear (&pair);
}

/* A pre-key message of another session between the same two devices. */
static void
test_other_session_of_the_same_device (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autoptr (MtxOlmSession) second_session = NULL;
  g_autofree char          *one_time_key = NULL;
  g_autofree char          *first = NULL;
  g_autofree char          *other = NULL;
  Pair                      pair;

  pair_init (&pair);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, first, "first");
  one_time_key = take_one_time_key (pair.bob);
  second_session = mtx_olm_account_create_outbound (pair.alice, mtx_olm_account_get_curve25519 (pair.bob),
                                                    one_time_key, &error);
  g_assert_no_error (error);
  other = encrypt (second_session, "other", MTX_OLM_MESSAGE_PRE_KEY);

  g_assert_false (mtx_olm_session_matches (from_bob, other));
  assert_refuses (from_bob, MTX_OLM_MESSAGE_PRE_KEY, other, MTX_ERROR_UNTRUSTED);
  pair_clear (&pair);
}

/* The MAC covers only what is inside, so whoever carries a pre-key message can write other keys around it. */
static void
test_threat_026_other_keys_around_a_message (void)
{
  static const gssize       positions[] = { 3, 34, 37, 68 };
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *first = NULL;
  g_autofree char          *second = NULL;
  Pair                      pair;

  pair_init (&pair);
  first = encrypt (pair.from_alice, "first", MTX_OLM_MESSAGE_PRE_KEY);
  second = encrypt (pair.from_alice, "second", MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, first, "first");
  for (gsize i = 0; i < G_N_ELEMENTS (positions); i++)
    {
      g_autofree char *changed = flip (second, positions[i]);

      g_assert_false (mtx_olm_session_matches (from_bob, changed));
      assert_refuses (from_bob, MTX_OLM_MESSAGE_PRE_KEY, changed, MTX_ERROR_UNTRUSTED);
    }

  assert_decrypts (from_bob, MTX_OLM_MESSAGE_PRE_KEY, second, "second");
  pair_clear (&pair);
}

static void
test_limits_of_encryption (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmSession) from_bob = NULL;
  g_autofree char          *longest = g_strnfill (48000, 'x');
  g_autofree char          *too_long = g_strnfill (48001, 'x');
  g_autofree char          *body = NULL;
  MtxOlmMessageType         type;
  Pair                      pair;

  pair_init (&pair);
  g_assert_null (mtx_olm_session_encrypt (pair.from_alice, (const guint8 *)too_long, 48001, &type, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);
  body = encrypt (pair.from_alice, longest, MTX_OLM_MESSAGE_PRE_KEY);
  from_bob = accept_from_alice (&pair, body, longest);
  pair_clear (&pair);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/olm-session/conversation", test_conversation);
  g_test_add_func ("/olm-session/pickle", test_pickle);
  g_test_add_func ("/olm-session/threat-026-other-sender-key", test_threat_026_other_sender_key);
  g_test_add_func ("/olm-session/threat-026-other-keys-around-a-message", test_threat_026_other_keys_around_a_message);
  g_test_add_func ("/olm-session/threat-027-unknown-one-time-key", test_threat_027_unknown_one_time_key);
  g_test_add_func ("/olm-session/threat-027-bad-message-keeps-the-key", test_threat_027_bad_message_keeps_the_key);
  g_test_add_func ("/olm-session/threat-028-replay", test_threat_028_replay);
  g_test_add_func ("/olm-session/threat-029-one-time-key-only-once", test_threat_029_one_time_key_only_once);
  g_test_add_func ("/olm-session/threat-030-rubbish-is-cheap", test_threat_030_rubbish_is_cheap);
  g_test_add_func ("/olm-session/threat-031-gaps", test_threat_031_gaps);
  g_test_add_func ("/olm-session/threat-031-receiver-chains", test_threat_031_receiver_chains);
  g_test_add_func ("/olm-session/other-session-of-the-same-device", test_other_session_of_the_same_device);
  g_test_add_func ("/olm-session/limits-of-encryption", test_limits_of_encryption);

  return g_test_run ();
}
