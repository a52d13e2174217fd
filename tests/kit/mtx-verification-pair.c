/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two sides of a verification.
 */
#include "mtx-verification-pair.h"

#include "mtx-json.h"

typedef struct
{
  char       *type;
  JsonObject *content;
} Sent;

static void
sent_free (gpointer data)
{
  Sent *sent = data;

  g_free (sent->type);
  json_object_unref (sent->content);
  g_free (sent);
}

static void
send_cb (MtxVerification *verification,
         const char      *type,
         JsonObject      *content,
         gpointer         data)
{
  MtxVerificationSide *side = data;
  Sent                *sent = g_new0 (Sent, 1);

  sent->type = g_strdup (type);
  sent->content = json_object_ref (content);
  g_queue_push_tail (&side->sent, sent);
}

static void
agreed_cb (MtxVerification *verification,
           gpointer         data)
{
  MtxVerificationSide *side = data;

  side->agreed = TRUE;
}

const MtxVerificationHost mtx_pair_host = { send_cb, agreed_cb };

/**
 * mtx_pair_make_alice:
 *
 * Returns: (transfer full): her side
 */
MtxVerificationParty *
mtx_pair_make_alice (void)
{
  return mtx_verification_party_new ("@alice:example.org", "ALICE", MTX_PAIR_ALICE_KEY, MTX_PAIR_ALICE_MASTER);
}

/**
 * mtx_pair_make_bob:
 *
 * Returns: (transfer full): his side
 */
MtxVerificationParty *
mtx_pair_make_bob (void)
{
  return mtx_verification_party_new ("@bob:example.org", "BOB", MTX_PAIR_BOB_KEY, MTX_PAIR_BOB_MASTER);
}

/**
 * mtx_pair_init:
 * @pair: (out caller-allocates): a pair
 *
 * Lets Alice ask Bob.
 */
void
mtx_pair_init (MtxVerificationPair *pair)
{
  *pair = (MtxVerificationPair){ .alice.sent = G_QUEUE_INIT, .bob.sent = G_QUEUE_INIT };
  pair->alice.verification = _mtx_verification_new (MTX_PAIR_TRANSACTION, NULL, mtx_pair_make_alice (), mtx_pair_make_bob (), TRUE, 0, &mtx_pair_host, &pair->alice);
  pair->bob.verification = _mtx_verification_new (MTX_PAIR_TRANSACTION, NULL, mtx_pair_make_bob (), mtx_pair_make_alice (), FALSE, 0, &mtx_pair_host, &pair->bob);
}

/**
 * mtx_pair_side_clear:
 * @side: a side
 *
 * Frees what it sent, and its verification, which nobody else may hold.
 */
void
mtx_pair_side_clear (MtxVerificationSide *side)
{
  g_queue_clear_full (&side->sent, sent_free);
  g_assert_finalize_object (side->verification);
}

/**
 * mtx_pair_clear:
 * @pair: a pair
 *
 * Frees both sides.
 */
void
mtx_pair_clear (MtxVerificationPair *pair)
{
  mtx_pair_side_clear (&pair->alice);
  mtx_pair_side_clear (&pair->bob);
}

/**
 * mtx_pair_next_type:
 * @side: a side
 *
 * Returns: (nullable): type of the event it wants to send next
 */
const char *
mtx_pair_next_type (MtxVerificationSide *side)
{
  const Sent *sent = g_queue_peek_head (&side->sent);

  return sent != NULL ? sent->type : NULL;
}

/**
 * mtx_pair_next_content:
 * @side: a side with something to send
 *
 * Returns: (transfer none): the content; a test may change it
 */
JsonObject *
mtx_pair_next_content (MtxVerificationSide *side)
{
  const Sent *sent = g_queue_peek_head (&side->sent);

  return sent->content;
}

/**
 * mtx_pair_skip:
 * @side: a side with something to send
 *
 * Loses its next event on the way.
 */
void
mtx_pair_skip (MtxVerificationSide *side)
{
  sent_free (g_queue_pop_head (&side->sent));
}

/**
 * mtx_pair_deliver:
 * @from: who sends
 * @to: who receives
 * @type: what the next event must be
 *
 * Brings the next event over.
 */
void
mtx_pair_deliver (MtxVerificationSide *from,
                  MtxVerificationSide *to,
                  const char          *type)
{
  g_assert_cmpstr (mtx_pair_next_type (from), ==, type);
  _mtx_verification_receive (to->verification, type, mtx_pair_next_content (from));
  mtx_pair_skip (from);
}

/**
 * mtx_pair_parse:
 * @text: an object
 *
 * Returns: (transfer full): @text, parsed
 */
JsonObject *
mtx_pair_parse (const char *text)
{
  MtxJsonLimits limits = { .max_bytes = 65536 };

  return mtx_json_parse_object (text, -1, &limits, NULL);
}

/**
 * mtx_pair_receive_text:
 * @to: who receives
 * @type: type of an event
 * @text: its content
 *
 * Brings an event that nobody sent.
 */
void
mtx_pair_receive_text (MtxVerificationSide *to,
                       const char          *type,
                       const char          *text)
{
  g_autoptr (JsonObject) content = mtx_pair_parse (text);

  g_assert_nonnull (content);
  _mtx_verification_receive (to->verification, type, content);
}

/**
 * mtx_pair_assert_cancelled:
 * @side: a side
 * @code: why
 *
 * Asserts that this side cancelled, told so once, and says nothing else.
 */
void
mtx_pair_assert_cancelled (MtxVerificationSide *side,
                           const char          *code)
{
  g_assert_cmpint (mtx_verification_get_state (side->verification), ==, MTX_VERIFICATION_CANCELLED);
  g_assert_cmpstr (mtx_verification_get_cancel_code (side->verification), ==, code);
  g_assert_true (mtx_verification_is_cancelled_by_us (side->verification));
  while (g_strcmp0 (mtx_pair_next_type (side), MTX_VERIFICATION_CANCEL_EVENT) != 0)
    mtx_pair_skip (side);
  g_assert_cmpstr (mtx_json_get_string (mtx_pair_next_content (side), "code"), ==, code);
  g_assert_cmpstr (mtx_json_get_string (mtx_pair_next_content (side), "transaction_id"), ==, MTX_PAIR_TRANSACTION);
  g_assert_cmpuint (g_queue_get_length (&side->sent), ==, 1);
}

/**
 * mtx_pair_go_to_start:
 * @pair: a new pair
 *
 * Lets Bob accept and start; his start is on its way.
 */
void
mtx_pair_go_to_start (MtxVerificationPair *pair)
{
  mtx_verification_accept (pair->bob.verification);
  _mtx_verification_send_start (pair->bob.verification);
  mtx_pair_deliver (&pair->bob, &pair->alice, MTX_VERIFICATION_READY_EVENT);
  g_assert_cmpint (mtx_verification_get_state (pair->alice.verification), ==, MTX_VERIFICATION_READY);
}

/**
 * mtx_pair_go_to_keys:
 * @pair: a new pair
 *
 * Goes on until Bob's key is on its way.
 */
void
mtx_pair_go_to_keys (MtxVerificationPair *pair)
{
  mtx_pair_go_to_start (pair);
  mtx_pair_deliver (&pair->bob, &pair->alice, MTX_VERIFICATION_START_EVENT);
  mtx_pair_deliver (&pair->alice, &pair->bob, MTX_VERIFICATION_ACCEPT_EVENT);
}

/**
 * mtx_pair_go_to_comparing:
 * @pair: a new pair
 *
 * Goes on until both have something to compare.
 */
void
mtx_pair_go_to_comparing (MtxVerificationPair *pair)
{
  mtx_pair_go_to_keys (pair);
  mtx_pair_deliver (&pair->bob, &pair->alice, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_deliver (&pair->alice, &pair->bob, MTX_VERIFICATION_KEY_EVENT);
}

/**
 * mtx_pair_shows_the_same:
 * @pair: a pair that compares
 *
 * Returns: whether the emoji are the same; the numbers are so too, or neither is
 */
gboolean
mtx_pair_shows_the_same (MtxVerificationPair *pair)
{
  guint    alice[MTX_VERIFICATION_N_EMOJI];
  guint    bob[MTX_VERIFICATION_N_EMOJI];
  guint    alice_numbers[MTX_VERIFICATION_N_DECIMALS];
  guint    bob_numbers[MTX_VERIFICATION_N_DECIMALS];
  gboolean same_emoji;
  gboolean same_numbers;

  g_assert_true (mtx_verification_get_emoji (pair->alice.verification, alice));
  g_assert_true (mtx_verification_get_emoji (pair->bob.verification, bob));
  g_assert_true (mtx_verification_get_decimals (pair->alice.verification, alice_numbers));
  g_assert_true (mtx_verification_get_decimals (pair->bob.verification, bob_numbers));
  same_emoji = memcmp (alice, bob, sizeof alice) == 0;
  same_numbers = memcmp (alice_numbers, bob_numbers, sizeof alice_numbers) == 0;
  g_assert_cmpint (same_emoji, ==, same_numbers);

  return same_emoji;
}

/**
 * mtx_pair_confirm_both:
 * @pair: a pair that compares
 *
 * Confirms on both sides, to the end (RUST test_full_flow_hkdf_hmac_sha_v2).
 */
void
mtx_pair_confirm_both (MtxVerificationPair *pair)
{
  g_assert_true (mtx_pair_shows_the_same (pair));

  mtx_verification_confirm (pair->alice.verification);
  mtx_pair_deliver (&pair->alice, &pair->bob, MTX_VERIFICATION_MAC_EVENT);
  g_assert_false (pair->bob.agreed);
  mtx_verification_confirm (pair->bob.verification);
  g_assert_true (pair->bob.agreed);
  g_assert_false (pair->alice.agreed);
  mtx_pair_deliver (&pair->bob, &pair->alice, MTX_VERIFICATION_MAC_EVENT);
  g_assert_true (pair->alice.agreed);

  _mtx_verification_finish (pair->bob.verification);
  mtx_pair_deliver (&pair->bob, &pair->alice, MTX_VERIFICATION_DONE_EVENT);
  g_assert_cmpint (mtx_verification_get_state (pair->alice.verification), ==, MTX_VERIFICATION_CONFIRMED);
  _mtx_verification_finish (pair->alice.verification);
  mtx_pair_deliver (&pair->alice, &pair->bob, MTX_VERIFICATION_DONE_EVENT);

  g_assert_cmpint (mtx_verification_get_state (pair->alice.verification), ==, MTX_VERIFICATION_DONE);
  g_assert_cmpint (mtx_verification_get_state (pair->bob.verification), ==, MTX_VERIFICATION_DONE);
  g_assert_true (g_queue_is_empty (&pair->alice.sent));
  g_assert_true (g_queue_is_empty (&pair->bob.sent));
}

/**
 * mtx_pair_skip_all:
 * @side: a side
 *
 * Loses everything it wants to send.
 */
void
mtx_pair_skip_all (MtxVerificationSide *side)
{
  g_queue_clear_full (&side->sent, sent_free);
}
