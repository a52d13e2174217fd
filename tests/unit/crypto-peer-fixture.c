/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two engines.
 */
#include "crypto-peer-fixture.h"

/* Alice, who knows nobody. */
MtxCryptoPeer *
make_alice (void)
{
  return mtx_crypto_peer_new (ALICE, "ALICEDEVICE");
}

/* Bob, who knows Alice as she knows him. */
MtxCryptoPeer *
make_bob (MtxCryptoPeer *alice)
{
  MtxCryptoPeer *bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");

  mtx_crypto_peer_meet (alice, bob);

  return bob;
}

/* What an event says, and how far it is to be believed. */
void
assert_event (MtxEvent   *event,
              const char *body,
              MtxShield   shield)
{
  g_assert_cmpint (mtx_event_get_decryption (event), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (mtx_event_get_kind (event), ==, MTX_EVENT_KIND_TEXT);
  g_assert_cmpstr (mtx_event_get_body (event), ==, body);
  g_assert_cmpint (mtx_event_get_shield (event), ==, shield);
}

/* @peer gets @to_device (nullable), then @event, and reads it. */
void
assert_reads (MtxCryptoPeer *peer,
              JsonObject    *to_device,
              JsonObject    *event,
              const char    *body)
{
  g_autoptr (MtxSyncResponse) response = mtx_crypto_peer_sync_one (peer, to_device, event);

  assert_event (mtx_crypto_peer_get_event (response, 0), body, MTX_SHIELD_NONE);
}

/* @peer gets @to_device (nullable), then @event, and there is @reason why it cannot be read. */
void
assert_cannot_read (MtxCryptoPeer *peer,
                    JsonObject    *to_device,
                    JsonObject    *event,
                    MtxDecryption  reason)
{
  g_autoptr (MtxSyncResponse) response = mtx_crypto_peer_sync_one (peer, to_device, event);

  g_assert_cmpint (mtx_event_get_decryption (mtx_crypto_peer_get_event (response, 0)), ==, reason);
}

/* Alice gives Bob her key, as it is now. */
JsonObject *
share (MtxCryptoPeer *alice,
       MtxCryptoPeer *bob)
{
  g_assert_cmpuint (mtx_crypto_peer_begin (alice, bob), ==, 1);
  g_assert_cmpuint (mtx_crypto_peer_share (alice, bob), ==, 0);

  return mtx_crypto_peer_take_to_device (alice, bob);
}
