/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A second key for a session: how far back it reads and what it proves are merged each for itself (threats 41, 42;
 * the cases of matrix-sdk-crypto's test_merge_received_group_session).
 */
#include "mtx-error.h"
#include "mtx-megolm-outbound.h"
#include "mtx-room-key-merge.h"
#include "mtx-secret-bytes.h"
#include "mtx-senders.h"
#include "mtx-test.h"

#define CURVE "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo"

/* One ratchet, as three people may have it: from the start, from the fourth message and from the sixth. */
typedef struct
{
  MtxMegolmInbound *at_0;
  MtxMegolmInbound *at_3;
  MtxMegolmInbound *at_5;
} Ratchet;

static MtxMegolmInbound *
copy_key (MtxMegolmOutbound *session,
          guint              n_messages)
{
  MtxMegolmInbound *copy = NULL;
  char             *key = NULL;

  for (guint i = 0; i < n_messages; i++)
    {
      g_autofree char *ciphertext = mtx_megolm_outbound_encrypt (session, (const guint8 *)"x", 1, NULL);

      g_assert_nonnull (ciphertext);
    }
  key = mtx_megolm_outbound_dup_session_key (session, NULL);
  copy = mtx_megolm_inbound_new (key, mtx_megolm_outbound_get_id (session), NULL);
  mtx_secret_string_free (key);
  g_assert_nonnull (copy);

  return copy;
}

static void
ratchet_init (Ratchet *self)
{
  g_autoptr (MtxMegolmOutbound) session = mtx_megolm_outbound_new (1, NULL);

  self->at_0 = copy_key (session, 0);
  self->at_3 = copy_key (session, 3);
  self->at_5 = copy_key (session, 2);
}

static void
ratchet_clear (Ratchet *self)
{
  g_clear_object (&self->at_0);
  g_clear_object (&self->at_3);
  g_clear_object (&self->at_5);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ratchet, ratchet_clear)

static MtxInboundSessionRow
received (gint64 origin,
          gint64 authentic_index)
{
  return (MtxInboundSessionRow){
    .room_id = "!room:example.org",
    .session_id = "session",
    .sender_key = CURVE,
    .claimed_ed25519 = "ed25519",
    .sender_user = "@bob:example.org",
    .sender_device = "DEVICE",
    .origin = origin,
    .authentic_index = authentic_index,
    .shared_history = TRUE,
  };
}

static MtxInboundSessionRow
imported (void)
{
  MtxInboundSessionRow row = received (MTX_ROOM_KEY_IMPORTED, 0);

  row.imported = TRUE;
  row.sender_user = NULL;
  row.sender_device = NULL;

  return row;
}

static MtxRoomKeyMerge
merge (const MtxInboundSessionRow *known_row,
       MtxMegolmInbound           *known,
       const MtxInboundSessionRow *claim,
       MtxMegolmInbound           *session)
{
  MtxRoomKeyMerge    result = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (mtx_room_key_merge (known_row, known, claim, session, &result, &error));
  g_assert_no_error (error);

  return result;
}

/* Better ratchet, equal and better trust; worse ratchet, equal and worse trust. */
static void
test_clear_cases (void)
{
  g_auto (Ratchet)     ratchet = { 0 };
  MtxInboundSessionRow known = { 0 };
  MtxInboundSessionRow claim = { 0 };
  MtxRoomKeyMerge      result = { 0 };

  ratchet_init (&ratchet);
  known = received (MTX_ROOM_KEY_KNOWN_DEVICE, 3);

  claim = received (MTX_ROOM_KEY_KNOWN_DEVICE, 0);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_0);
  g_assert_true (result.is_news);
  g_assert_true (result.session == ratchet.at_0);
  g_assert_cmpint (result.row.authentic_index, ==, 0);

  claim = received (MTX_ROOM_KEY_OWNER_SIGNED, 0);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_3);
  g_assert_true (result.is_news);
  g_assert_cmpint (result.row.origin, ==, MTX_ROOM_KEY_OWNER_SIGNED);
  g_assert_cmpint (result.row.authentic_index, ==, 3);

  claim = received (MTX_ROOM_KEY_KNOWN_DEVICE, 0);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_5);
  g_assert_false (result.is_news);
  g_assert_true (result.session == ratchet.at_3);

  claim = received (MTX_ROOM_KEY_UNKNOWN_DEVICE, 0);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_3);
  g_assert_false (result.is_news);
  g_assert_cmpint (result.row.origin, ==, MTX_ROOM_KEY_KNOWN_DEVICE);
}

/* Worse ratchet, better trust: the ratchet stays and the trust is taken. */
static void
test_worse_but_trusted (void)
{
  g_auto (Ratchet)     ratchet = { 0 };
  MtxInboundSessionRow known = { 0 };
  MtxInboundSessionRow claim = { 0 };
  MtxRoomKeyMerge      result = { 0 };

  ratchet_init (&ratchet);
  known = received (MTX_ROOM_KEY_UNKNOWN_DEVICE, 0);
  claim = received (MTX_ROOM_KEY_OWNER_SIGNED, 0);
  result = merge (&known, ratchet.at_0, &claim, ratchet.at_3);
  g_assert_true (result.session == ratchet.at_0);
  g_assert_cmpint (result.row.origin, ==, MTX_ROOM_KEY_OWNER_SIGNED);
  g_assert_cmpint (result.row.authentic_index, ==, 0);
}

/* A copy reads further back, but what it adds proves no sender; the trust of the rest stays. */
static void
test_copy_after_key (void)
{
  g_auto (Ratchet)     ratchet = { 0 };
  MtxInboundSessionRow known = { 0 };
  MtxInboundSessionRow claim = imported ();
  MtxRoomKeyMerge      result = { 0 };

  ratchet_init (&ratchet);
  known = received (MTX_ROOM_KEY_OWNER_SIGNED, 3);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_0);
  g_assert_true (result.is_news);
  g_assert_true (result.session == ratchet.at_0);
  g_assert_false (result.row.imported);
  g_assert_cmpstr (result.row.sender_user, ==, "@bob:example.org");
  g_assert_cmpint (result.row.origin, ==, MTX_ROOM_KEY_OWNER_SIGNED);
  g_assert_cmpint (result.row.authentic_index, ==, 3);

  result = merge (&known, ratchet.at_3, &claim, ratchet.at_3);
  g_assert_false (result.is_news);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_5);
  g_assert_false (result.is_news);

  /* Nor does it open the key to people who come later. */
  known.shared_history = FALSE;
  claim.shared_history = TRUE;
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_0);
  g_assert_false (result.row.shared_history);

  claim.sender_key = "another";
  g_assert_false (mtx_room_key_merge (&known, ratchet.at_3, &claim, ratchet.at_0, &result, NULL));
}

/* The key itself comes after a copy of it, from a later message on. */
static void
test_key_after_copy (void)
{
  g_auto (Ratchet)     ratchet = { 0 };
  MtxInboundSessionRow known = imported ();
  MtxInboundSessionRow claim = { 0 };
  MtxRoomKeyMerge      result = { 0 };

  ratchet_init (&ratchet);
  claim = received (MTX_ROOM_KEY_KNOWN_DEVICE, 0);
  result = merge (&known, ratchet.at_0, &claim, ratchet.at_3);
  g_assert_true (result.session == ratchet.at_0);
  g_assert_false (result.row.imported);
  g_assert_cmpstr (result.row.sender_user, ==, "@bob:example.org");
  g_assert_cmpint (result.row.authentic_index, ==, 3);

  /* And again from an earlier one. */
  known = result.row;
  result = merge (&known, ratchet.at_0, &claim, ratchet.at_0);
  g_assert_cmpint (result.row.authentic_index, ==, 0);
}

static void
test_refused (void)
{
  g_auto (Ratchet)     ratchet = { 0 };
  g_auto (Ratchet)     other = { 0 };
  MtxInboundSessionRow known = { 0 };
  MtxInboundSessionRow claim = { 0 };
  MtxRoomKeyMerge      result = { 0 };
  g_autoptr (GError)   error = NULL;

  ratchet_init (&ratchet);
  ratchet_init (&other);
  known = received (MTX_ROOM_KEY_KNOWN_DEVICE, 3);
  claim = received (MTX_ROOM_KEY_OWN, 0);
  g_assert_false (mtx_room_key_merge (&known, ratchet.at_3, &claim, other.at_0, &result, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);

  claim.sender_user = "@eve:example.org";
  g_assert_false (mtx_room_key_merge (&known, ratchet.at_3, &claim, ratchet.at_0, &result, NULL));
  claim = received (MTX_ROOM_KEY_OWN, 0);
  claim.claimed_ed25519 = "another";
  g_assert_false (mtx_room_key_merge (&known, ratchet.at_3, &claim, ratchet.at_0, &result, NULL));
}

/* A copy that reads further back, but names another device as its maker: no copy of ours. */
static void
test_copy_of_another_sender (void)
{
  g_auto (Ratchet)     ratchet = { 0 };
  MtxInboundSessionRow known = received (MTX_ROOM_KEY_KNOWN_DEVICE, 3);
  MtxInboundSessionRow claim = imported ();
  MtxRoomKeyMerge      result = { 0 };
  g_autoptr (GError)   error = NULL;

  ratchet_init (&ratchet);
  g_assert_true (mtx_room_key_merge (&known, ratchet.at_3, &claim, ratchet.at_0, &result, &error));
  g_assert_no_error (error);
  claim.sender_key = "another";
  g_assert_false (mtx_room_key_merge (&known, ratchet.at_3, &claim, ratchet.at_0, &result, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
}

/* What the backup has stays marked, what is better than that does not. */
static void
test_backed_up (void)
{
  g_auto (Ratchet)     ratchet = { 0 };
  MtxInboundSessionRow known = { 0 };
  MtxInboundSessionRow claim = { 0 };
  MtxRoomKeyMerge      result = { 0 };

  ratchet_init (&ratchet);
  known = received (MTX_ROOM_KEY_KNOWN_DEVICE, 3);
  known.backed_up = TRUE;
  claim = received (MTX_ROOM_KEY_OWNER_SIGNED, 0);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_0);
  g_assert_false (result.row.backed_up);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_5);
  g_assert_true (result.row.backed_up);

  /* The same in the backup: it need not go up again. A worse one there is no reason to stop ours. */
  known.backed_up = FALSE;
  claim = imported ();
  claim.backed_up = TRUE;
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_3);
  g_assert_true (result.row.backed_up);
  g_assert_true (result.is_news);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_5);
  g_assert_false (result.row.backed_up);
  result = merge (&known, ratchet.at_3, &claim, ratchet.at_0);
  g_assert_true (result.row.backed_up);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/room-key-merge/threat-041-clear-cases", test_clear_cases);
  g_test_add_func ("/room-key-merge/threat-041-worse-but-trusted", test_worse_but_trusted);
  g_test_add_func ("/room-key-merge/threat-041-refused", test_refused);
  g_test_add_func ("/room-key-merge/threat-042-copy-after-key", test_copy_after_key);
  g_test_add_func ("/room-key-merge/threat-042-key-after-copy", test_key_after_copy);
  g_test_add_func ("/room-key-merge/threat-042-copy-of-another-sender", test_copy_of_another_sender);
  g_test_add_func ("/room-key-merge/backed-up", test_backed_up);

  return g_test_run ();
}
