/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two sides of a verification that hand each other events, in order or not, as they were or changed on the way.
 */
#include "mtx-verification-private.h"

#include "mtx-error.h"
#include "mtx-fake-clock.h"
#include "mtx-json.h"
#include "mtx-sas-messages.h"
#include "mtx-test.h"
#include "mtx-verification-pair.h"

static DexFuture *
test_full_flow (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_pair_init (&pair);
  mtx_pair_go_to_comparing (&pair);
  mtx_pair_confirm_both (&pair);

  return NULL;
}

/* Whoever asked starts if the other side only accepts, and whoever accepted if the other only asks: sooner or later. */
static DexFuture *
test_starts (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_fake_clock_install ();
  mtx_pair_init (&pair);
  mtx_verification_accept (pair.bob.verification);
  mtx_fake_clock_advance (MTX_VERIFICATION_ACCEPTER_WAIT_MS - 1);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_READY_EVENT);
  g_assert_null (mtx_pair_next_type (&pair.bob));
  mtx_fake_clock_advance (1);
  g_assert_cmpstr (mtx_pair_next_type (&pair.bob), ==, MTX_VERIFICATION_START_EVENT);
  g_assert_null (mtx_pair_next_type (&pair.alice));
  mtx_fake_clock_advance (MTX_VERIFICATION_ASKER_WAIT_MS);
  g_assert_cmpstr (mtx_pair_next_type (&pair.alice), ==, MTX_VERIFICATION_START_EVENT);

  mtx_verification_cancel (pair.alice.verification);
  mtx_verification_cancel (pair.bob.verification);
  mtx_fake_clock_uninstall ();

  return NULL;
}

/* In a room the request's id names the verification, and is part of what is promised. */
static DexFuture *
test_in_room (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { .alice.sent = G_QUEUE_INIT, .bob.sent = G_QUEUE_INIT };
  JsonObject                  *relation;

  pair.alice.verification = _mtx_verification_new ("$request", "!room:example.org", mtx_pair_make_alice (), mtx_pair_make_bob (), TRUE, 0, &mtx_pair_host, &pair.alice);
  pair.bob.verification = _mtx_verification_new ("$request", "!room:example.org", mtx_pair_make_bob (), mtx_pair_make_alice (), FALSE, 0, &mtx_pair_host, &pair.bob);
  mtx_verification_accept (pair.bob.verification);
  relation = mtx_json_get_object (mtx_pair_next_content (&pair.bob), "m.relates_to");
  g_assert_cmpstr (mtx_json_get_string (relation, "event_id"), ==, "$request");
  g_assert_cmpstr (mtx_json_get_string (relation, "rel_type"), ==, "m.reference");
  g_assert_false (json_object_has_member (mtx_pair_next_content (&pair.bob), "transaction_id"));
  _mtx_verification_send_start (pair.bob.verification);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_READY_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_START_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_ACCEPT_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_confirm_both (&pair);

  return NULL;
}

/* Both start at the same time: the smaller user id wins, and it still ends well. */
static DexFuture *
test_two_starts (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_pair_init (&pair);
  mtx_pair_go_to_start (&pair);
  _mtx_verification_send_start (pair.alice.verification);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_START_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_START_EVENT);
  g_assert_null (mtx_pair_next_type (&pair.alice));
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_ACCEPT_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_confirm_both (&pair);

  return NULL;
}

/* Between two devices of one person the smaller device id wins, and the devices are what is vouched for. */
static DexFuture *
test_own_devices (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { .alice.sent = G_QUEUE_INIT, .bob.sent = G_QUEUE_INIT };
  MtxVerificationParty        *first[] = { mtx_verification_party_new ("@a:example.org", "FIRST", MTX_PAIR_ALICE_KEY, MTX_PAIR_ALICE_MASTER),
                                           mtx_verification_party_new ("@a:example.org", "FIRST", MTX_PAIR_ALICE_KEY, MTX_PAIR_ALICE_MASTER) };
  MtxVerificationParty        *second[] = { mtx_verification_party_new ("@a:example.org", "SECOND", MTX_PAIR_BOB_KEY, MTX_PAIR_ALICE_MASTER),
                                            mtx_verification_party_new ("@a:example.org", "SECOND", MTX_PAIR_BOB_KEY, MTX_PAIR_ALICE_MASTER) };

  pair.alice.verification = _mtx_verification_new (MTX_PAIR_TRANSACTION, NULL, second[0], first[0], TRUE, 0, &mtx_pair_host, &pair.alice);
  pair.bob.verification = _mtx_verification_new (MTX_PAIR_TRANSACTION, NULL, first[1], second[1], FALSE, 0, &mtx_pair_host, &pair.bob);
  mtx_pair_go_to_start (&pair);
  _mtx_verification_send_start (pair.alice.verification);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_START_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_START_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_ACCEPT_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_confirm_both (&pair);

  return NULL;
}

static char *
write_mac (MtxVerificationSide *side,
           const char          *device_id,
           const char          *ed25519,
           const char          *master_key)
{
  g_autoptr (MtxVerificationParty) us = mtx_verification_party_new (side->verification->us->user_id, device_id, ed25519, master_key);
  g_autoptr (JsonObject)           content = NULL;
  g_autoptr (GError)               error = NULL;

  content = mtx_sas_messages_build_mac (side->verification->sas, us, side->verification->them, MTX_PAIR_TRANSACTION, &error);
  g_assert_no_error (error);

  return mtx_json_to_string (content);
}

/* Bob sends another MAC event instead of his. */
static void
assert_mac_refused (const char *mac)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_pair_init (&pair);
  mtx_pair_go_to_comparing (&pair);
  mtx_verification_confirm (pair.alice.verification);
  mtx_pair_skip (&pair.alice);
  mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_MAC_EVENT, mac);
  g_assert_false (pair.alice.agreed);
  mtx_pair_assert_cancelled (&pair.alice, MTX_CANCEL_KEY_MISMATCH);
}

/* Bob MACs, with the right secrets, keys that are not those we know of him. */
static void
assert_keys_refused (const char *device_id,
                     const char *ed25519,
                     const char *master_key)
{
  g_auto (MtxVerificationPair) pair = { 0 };
  g_autofree char             *mac = NULL;

  mtx_pair_init (&pair);
  mtx_pair_go_to_comparing (&pair);
  mac = write_mac (&pair.bob, device_id, ed25519, master_key);
  mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_MAC_EVENT, mac);
  mtx_verification_confirm (pair.alice.verification);
  g_assert_false (pair.alice.agreed);
  mtx_pair_assert_cancelled (&pair.alice, MTX_CANCEL_KEY_MISMATCH);
}

static DexFuture *
test_threat_066 (gpointer data)
{
  assert_mac_refused ("{}");
  assert_mac_refused ("{\"mac\":{},\"keys\":\"" MTX_PAIR_ZERO_KEY "\"}");
  assert_mac_refused ("{\"mac\":{\"ed25519:BOB\":7},\"keys\":\"" MTX_PAIR_ZERO_KEY "\"}");
  assert_mac_refused ("{\"mac\":{\"ed25519:BOB\":\"" MTX_PAIR_ZERO_KEY "\"},\"keys\":\"" MTX_PAIR_ZERO_KEY "\"}");
  /* Another device key, or another master key, under the right id or another. */
  assert_keys_refused ("BOB", MTX_PAIR_OTHER_KEY, MTX_PAIR_BOB_MASTER);
  assert_keys_refused ("BOB", MTX_PAIR_BOB_KEY, MTX_PAIR_OTHER_KEY);

  return NULL;
}

/* A device named as the master key, or with the same key: the MAC of one would vouch for the other
 * (CVE-2022-39250). */
static DexFuture *
test_threat_066_confusion (gpointer data)
{
  static const struct
  {
    const char *device_id;
    const char *ed25519;
  } devices[] = { { MTX_PAIR_BOB_MASTER, MTX_PAIR_BOB_MASTER }, { "BOB", MTX_PAIR_BOB_MASTER } };

  for (gsize i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      g_auto (MtxVerificationPair)     pair = { 0 };
      g_autoptr (MtxVerificationParty) them = NULL;
      g_autoptr (JsonObject)           content = NULL;
      g_autofree char                 *mac = NULL;
      MtxVouched                       vouched;
      g_autoptr (GError)               error = NULL;

      mtx_pair_init (&pair);
      mtx_pair_go_to_comparing (&pair);
      them = mtx_verification_party_new ("@bob:example.org", devices[i].device_id, devices[i].ed25519, MTX_PAIR_BOB_MASTER);
      g_set_str (&pair.bob.verification->us->device_id, devices[i].device_id);
      mac = write_mac (&pair.bob, devices[i].device_id, devices[i].ed25519, MTX_PAIR_BOB_MASTER);
      content = mtx_pair_parse (mac);
      g_assert_false (mtx_sas_messages_check_mac (pair.alice.verification->sas, pair.alice.verification->us, them,
                                                  MTX_PAIR_TRANSACTION, content, &vouched, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
      g_assert_cmpint (vouched, ==, MTX_VOUCHED_NOTHING);
    }

  return NULL;
}

/* A key nobody knows is no help, and no harm beside those that are known. */
static DexFuture *
test_threat_066_unknown_id (gpointer data)
{
  g_auto (MtxVerificationPair)     pair = { 0 };
  g_autoptr (MtxVerificationParty) them = mtx_pair_make_bob ();
  g_autofree char                 *mac = NULL;
  MtxVouched                       vouched;
  g_autoptr (JsonObject)           content = NULL;
  g_autoptr (GError)               error = NULL;

  mtx_pair_init (&pair);
  mtx_pair_go_to_comparing (&pair);
  /* We know no master key of Bob's: his MAC of it is one of an unknown id. */
  g_clear_pointer (&them->master_key, g_free);
  mac = write_mac (&pair.bob, "BOB", MTX_PAIR_BOB_KEY, MTX_PAIR_BOB_MASTER);
  content = mtx_pair_parse (mac);
  g_assert_true (mtx_sas_messages_check_mac (pair.alice.verification->sas, pair.alice.verification->us, them, MTX_PAIR_TRANSACTION,
                                             content, &vouched, &error));
  g_assert_cmpint (vouched, ==, MTX_VOUCHED_DEVICE);

  /* A device is not enough between two people. */
  g_clear_pointer (&pair.alice.verification->them->master_key, g_free);
  mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_MAC_EVENT, mac);
  mtx_pair_assert_cancelled (&pair.alice, MTX_CANCEL_KEY_MISMATCH);

  return NULL;
}

/* RUST test_sas_invalid_commitment. The published vector is checked beside the function itself. */
static DexFuture *
test_threat_067 (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_pair_init (&pair);
  mtx_pair_go_to_keys (&pair);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  json_object_set_string_member (mtx_pair_next_content (&pair.alice), "key", MTX_PAIR_OTHER_KEY);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_assert_cancelled (&pair.bob, MTX_CANCEL_MISMATCHED_COMMITMENT);
  g_assert_false (mtx_verification_get_emoji (pair.bob.verification, (guint[MTX_VERIFICATION_N_EMOJI]){ 0 }));

  return NULL;
}

/* The promise covers the start: what was changed in it on the way shows. */
static DexFuture *
test_threat_067_start (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };
  g_autofree char             *text = NULL;
  g_autoptr (JsonObject)       changed = NULL;

  mtx_pair_init (&pair);
  mtx_pair_go_to_start (&pair);
  text = mtx_json_to_string (mtx_pair_next_content (&pair.bob));
  changed = mtx_pair_parse (text);
  json_object_set_string_member (changed, "added", "on the way");
  _mtx_verification_receive (pair.alice.verification, MTX_VERIFICATION_START_EVENT, changed);
  mtx_pair_skip (&pair.bob);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_ACCEPT_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_assert_cancelled (&pair.bob, MTX_CANCEL_MISMATCHED_COMMITMENT);

  return NULL;
}

#define START(members) "{\"from_device\":\"BOB\",\"method\":\"m.sas.v1\"," members "}"
#define GOOD_START                                                                           \
  START ("\"key_agreement_protocols\":[\"curve25519-hkdf-sha256\"],\"hashes\":[\"sha256\"]," \
         "\"message_authentication_codes\":[\"hkdf-hmac-sha256.v2\"],\"short_authentication_string\":[\"emoji\"]")
#define ACCEPT(mac, strings)                                                                                                \
  "{\"key_agreement_protocol\":\"curve25519-hkdf-sha256\",\"hash\":\"sha256\",\"message_authentication_code\":\"" mac "\"," \
  "\"short_authentication_string\":" strings ",\"commitment\":\"" MTX_PAIR_ZERO_KEY "\"}"
#define KEY "{\"key\":\"" MTX_PAIR_OTHER_KEY "\"}"

/* How far the pair has come before Alice gets an event that does not belong there. */
typedef enum
{
  REQUESTED,
  READY,
  STARTED_BY_US,
  ACCEPTED,
  COMPARING,
} Before;

static void
go_to (MtxVerificationPair *pair,
       Before               before)
{
  if (before == REQUESTED)
    return;
  if (before == READY || before == STARTED_BY_US)
    mtx_pair_go_to_start (pair);
  if (before == STARTED_BY_US)
    _mtx_verification_send_start (pair->alice.verification);
  if (before == ACCEPTED)
    {
      mtx_pair_go_to_start (pair);
      mtx_pair_deliver (&pair->bob, &pair->alice, MTX_VERIFICATION_START_EVENT);
    }
  if (before == COMPARING)
    mtx_pair_go_to_comparing (pair);
}

/* RUST test_sas_unknown_method and its siblings. */
static DexFuture *
test_threat_068 (gpointer data)
{
  static const struct
  {
    Before      before;
    const char *type;
    const char *content;
    const char *code;
  } cases[] = {
    { REQUESTED, MTX_VERIFICATION_KEY_EVENT, KEY, MTX_CANCEL_UNEXPECTED_MESSAGE },
    { REQUESTED, MTX_VERIFICATION_START_EVENT, GOOD_START, MTX_CANCEL_UNEXPECTED_MESSAGE },
    { REQUESTED, MTX_VERIFICATION_DONE_EVENT, "{}", MTX_CANCEL_UNEXPECTED_MESSAGE },
    { REQUESTED, MTX_VERIFICATION_READY_EVENT, "{\"methods\":[\"m.sas.v1\"]}", MTX_CANCEL_INVALID_MESSAGE },
    { REQUESTED, MTX_VERIFICATION_READY_EVENT, "{\"from_device\":\"BOB\",\"methods\":[\"m.qr\"]}", MTX_CANCEL_UNKNOWN_METHOD },
    { READY, MTX_VERIFICATION_ACCEPT_EVENT, ACCEPT ("hkdf-hmac-sha256.v2", "[\"emoji\"]"), MTX_CANCEL_UNEXPECTED_MESSAGE },
    { READY, MTX_VERIFICATION_MAC_EVENT, "{}", MTX_CANCEL_UNEXPECTED_MESSAGE },
    { READY, MTX_VERIFICATION_START_EVENT, "{\"from_device\":\"BOB\",\"method\":\"m.own\"}", MTX_CANCEL_UNKNOWN_METHOD },
    { READY, MTX_VERIFICATION_START_EVENT, "{\"from_device\":\"BOB\",\"method\":7}", MTX_CANCEL_INVALID_MESSAGE },
    { READY, "m.key.verification.new", "{}", MTX_CANCEL_UNEXPECTED_MESSAGE },
    { STARTED_BY_US, MTX_VERIFICATION_START_EVENT, "{\"from_device\":\"BOB\",\"method\":\"m.own\"}", MTX_CANCEL_UNEXPECTED_MESSAGE },
    { STARTED_BY_US, MTX_VERIFICATION_ACCEPT_EVENT, ACCEPT ("hkdf-hmac-sha256.v2", "[]"), MTX_CANCEL_UNKNOWN_METHOD },
    { STARTED_BY_US, MTX_VERIFICATION_ACCEPT_EVENT, "{\"method\":\"m.sas.custom\"}", MTX_CANCEL_UNKNOWN_METHOD },
    { STARTED_BY_US, MTX_VERIFICATION_KEY_EVENT, KEY, MTX_CANCEL_UNEXPECTED_MESSAGE },
    { ACCEPTED, MTX_VERIFICATION_START_EVENT, GOOD_START, MTX_CANCEL_UNEXPECTED_MESSAGE },
    { ACCEPTED, MTX_VERIFICATION_KEY_EVENT, "{}", MTX_CANCEL_INVALID_MESSAGE },
    { COMPARING, MTX_VERIFICATION_KEY_EVENT, KEY, MTX_CANCEL_UNEXPECTED_MESSAGE },
    { COMPARING, MTX_VERIFICATION_START_EVENT, GOOD_START, MTX_CANCEL_UNEXPECTED_MESSAGE },
    { COMPARING, MTX_VERIFICATION_DONE_EVENT, "{}", MTX_CANCEL_UNEXPECTED_MESSAGE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (MtxVerificationPair) pair = { 0 };

      mtx_pair_init (&pair);
      go_to (&pair, cases[i].before);
      mtx_pair_receive_text (&pair.alice, cases[i].type, cases[i].content);
      mtx_pair_assert_cancelled (&pair.alice, cases[i].code);

      /* The other side hears of it and says nothing more, nor do we whatever it says. */
      mtx_pair_skip_all (&pair.bob);
      mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_CANCEL_EVENT);
      g_assert_cmpint (mtx_verification_get_state (pair.bob.verification), ==, MTX_VERIFICATION_CANCELLED);
      g_assert_cmpstr (mtx_verification_get_cancel_code (pair.bob.verification), ==, cases[i].code);
      g_assert_false (mtx_verification_is_cancelled_by_us (pair.bob.verification));
      mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_CANCEL_EVENT, "{\"code\":\"m.user\"}");
      mtx_pair_receive_text (&pair.alice, cases[i].type, cases[i].content);
      mtx_verification_cancel (pair.alice.verification);
      g_assert_true (g_queue_is_empty (&pair.alice.sent));
      g_assert_true (g_queue_is_empty (&pair.bob.sent));
    }

  return NULL;
}

/* Another device of theirs has no part in it. */
static DexFuture *
test_threat_068_other_device (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_pair_init (&pair);
  mtx_pair_go_to_start (&pair);
  mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_START_EVENT, "{\"from_device\":\"EVE\",\"method\":\"m.sas.v1\"}");
  mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_READY_EVENT, "{\"from_device\":\"EVE\",\"methods\":[\"m.sas.v1\"]}");
  g_assert_true (g_queue_is_empty (&pair.alice.sent));
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_START_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_ACCEPT_EVENT);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_confirm_both (&pair);

  /* Start after done: nothing. */
  mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_START_EVENT, GOOD_START);
  mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_CANCEL_EVENT, "{\"code\":\"m.user\"}");
  g_assert_cmpint (mtx_verification_get_state (pair.alice.verification), ==, MTX_VERIFICATION_DONE);
  g_assert_true (g_queue_is_empty (&pair.alice.sent));

  return NULL;
}

/* Somebody in between, with keys of their own on both sides: what is shown differs (H3). */
static DexFuture *
test_threat_069 (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };
  g_autoptr (MtxSas)           mallory = NULL;
  g_autoptr (GError)           error = NULL;
  g_autofree char             *commitment = NULL;

  mtx_pair_init (&pair);
  mallory = mtx_sas_new (&error);
  g_assert_no_error (error);
  mtx_pair_go_to_start (&pair);
  commitment = mtx_sas_commitment (mtx_sas_get_public_key (mallory), mtx_pair_next_content (&pair.bob), &error);
  g_assert_no_error (error);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_START_EVENT);
  json_object_set_string_member (mtx_pair_next_content (&pair.alice), "commitment", commitment);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_ACCEPT_EVENT);
  json_object_set_string_member (mtx_pair_next_content (&pair.bob), "key", mtx_sas_get_public_key (mallory));
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  json_object_set_string_member (mtx_pair_next_content (&pair.alice), "key", mtx_sas_get_public_key (mallory));
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
  g_assert_false (mtx_pair_shows_the_same (&pair));

  mtx_verification_mismatch (pair.alice.verification);
  mtx_pair_assert_cancelled (&pair.alice, MTX_CANCEL_MISMATCHED_SAS);
  mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_CANCEL_EVENT);
  g_assert_cmpstr (mtx_verification_get_cancel_code (pair.bob.verification), ==, MTX_CANCEL_MISMATCHED_SAS);

  return NULL;
}

/* Who is who, on which device, and in which verification, is part of what is shown. */
static DexFuture *
test_threat_069_names (gpointer data)
{
  for (guint i = 0; i < 4; i++)
    {
      g_auto (MtxVerificationPair) pair = { 0 };
      MtxVerificationParty        *bob;

      mtx_pair_init (&pair);
      mtx_pair_go_to_keys (&pair);
      mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
      bob = pair.bob.verification->us;
      if (i == 1)
        g_set_str (&bob->user_id, "@eve:example.org");
      if (i == 2)
        g_set_str (&bob->device_id, "EVE");
      if (i == 3)
        g_set_str (&pair.bob.verification->transaction_id, "another");
      mtx_pair_deliver (&pair.alice, &pair.bob, MTX_VERIFICATION_KEY_EVENT);
      g_assert_cmpint (mtx_pair_shows_the_same (&pair), ==, i == 0);
    }

  return NULL;
}

static DexFuture *
test_threat_069_zero_key (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_pair_init (&pair);
  mtx_pair_go_to_keys (&pair);
  json_object_set_string_member (mtx_pair_next_content (&pair.bob), "key", MTX_PAIR_ZERO_KEY);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_KEY_EVENT);
  mtx_pair_assert_cancelled (&pair.alice, MTX_CANCEL_INVALID_MESSAGE);

  return NULL;
}

/* One MAC is offered and taken. */
static DexFuture *
test_threat_070 (gpointer data)
{
  static const char *const starts[] = {
    START ("\"key_agreement_protocols\":[\"curve25519-hkdf-sha256\"],\"hashes\":[\"sha256\"],"
           "\"message_authentication_codes\":[\"hmac-sha256\",\"hkdf-hmac-sha256\"],\"short_authentication_string\":[\"emoji\"]"),
    START ("\"key_agreement_protocols\":[\"curve25519\"],\"hashes\":[\"sha256\"],"
           "\"message_authentication_codes\":[\"hkdf-hmac-sha256.v2\"],\"short_authentication_string\":[\"emoji\"]"),
    START ("\"key_agreement_protocols\":[\"curve25519-hkdf-sha256\"],\"hashes\":[\"sha1\"],"
           "\"message_authentication_codes\":[\"hkdf-hmac-sha256.v2\"],\"short_authentication_string\":[\"emoji\"]"),
    START ("\"key_agreement_protocols\":[\"curve25519-hkdf-sha256\"],\"hashes\":[\"sha256\"],"
           "\"message_authentication_codes\":[\"hkdf-hmac-sha256.v2\"],\"short_authentication_string\":[]"),
    START ("\"key_agreement_protocols\":{},\"hashes\":7"),
  };
  static const char *const accepts[] = {
    ACCEPT ("hkdf-hmac-sha256", "[\"emoji\"]"),
    ACCEPT ("hmac-sha256", "[\"emoji\"]"),
    ACCEPT ("hkdf-hmac-sha256.v2", "[\"smell\"]"),
  };
  g_autoptr (JsonObject) start = mtx_sas_messages_build_start ("ALICE");
  g_autofree char       *text = mtx_json_to_string (start);

  g_assert_nonnull (strstr (text, "[\"hkdf-hmac-sha256.v2\"]"));
  for (gsize i = 0; i < G_N_ELEMENTS (starts) + G_N_ELEMENTS (accepts); i++)
    {
      g_auto (MtxVerificationPair) pair = { 0 };

      mtx_pair_init (&pair);
      go_to (&pair, i < G_N_ELEMENTS (starts) ? READY : STARTED_BY_US);
      if (i < G_N_ELEMENTS (starts))
        mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_START_EVENT, starts[i]);
      else
        mtx_pair_receive_text (&pair.alice, MTX_VERIFICATION_ACCEPT_EVENT, accepts[i - G_N_ELEMENTS (starts)]);
      mtx_pair_assert_cancelled (&pair.alice, MTX_CANCEL_UNKNOWN_METHOD);
    }

  return NULL;
}

/* RUST test_timing_out. Ten minutes from the time of the request, not from when it was read. */
static DexFuture *
test_threat_071 (gpointer data)
{
  MtxVerificationSide old = { .sent = G_QUEUE_INIT };
  MtxVerificationSide young = { .sent = G_QUEUE_INIT };

  mtx_fake_clock_install ();
  old.verification = _mtx_verification_new (MTX_PAIR_TRANSACTION, NULL, mtx_pair_make_bob (), mtx_pair_make_alice (), FALSE,
                                            MTX_VERIFICATION_LIFE_MS - 60000, &mtx_pair_host, &old);
  young.verification = _mtx_verification_new (MTX_PAIR_TRANSACTION, NULL, mtx_pair_make_bob (), mtx_pair_make_alice (), FALSE, -1000, &mtx_pair_host, &young);
  g_assert_true (mtx_verification_get_pressing (old.verification));

  mtx_fake_clock_advance (59999);
  g_assert_cmpint (mtx_verification_get_state (old.verification), ==, MTX_VERIFICATION_REQUESTED_BY_THEM);
  mtx_fake_clock_advance (1);
  mtx_pair_assert_cancelled (&old, MTX_CANCEL_TIMEOUT);
  g_assert_false (mtx_verification_get_pressing (old.verification));

  g_assert_true (mtx_verification_get_pressing (young.verification));
  mtx_fake_clock_advance (MTX_VERIFICATION_PROMPT_MS - 60000);
  g_assert_false (mtx_verification_get_pressing (young.verification));
  g_assert_cmpint (mtx_verification_get_state (young.verification), ==, MTX_VERIFICATION_REQUESTED_BY_THEM);
  mtx_verification_accept (young.verification);
  mtx_fake_clock_advance (MTX_VERIFICATION_LIFE_MS);
  mtx_pair_assert_cancelled (&young, MTX_CANCEL_TIMEOUT);

  mtx_pair_side_clear (&old);
  mtx_pair_side_clear (&young);
  mtx_fake_clock_uninstall ();

  return NULL;
}

/* The other side declines, and we do (H4). */
static DexFuture *
test_declined (gpointer data)
{
  g_auto (MtxVerificationPair) pair = { 0 };

  mtx_pair_init (&pair);
  mtx_verification_cancel (pair.bob.verification);
  mtx_pair_assert_cancelled (&pair.bob, MTX_CANCEL_USER);
  mtx_pair_deliver (&pair.bob, &pair.alice, MTX_VERIFICATION_CANCEL_EVENT);
  g_assert_cmpint (mtx_verification_get_state (pair.alice.verification), ==, MTX_VERIFICATION_CANCELLED);
  g_assert_false (mtx_verification_is_cancelled_by_us (pair.alice.verification));
  g_assert_true (g_queue_is_empty (&pair.alice.sent));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/matrix/verification/full-flow", test_full_flow);
  mtx_test_add_fiber ("/matrix/verification/starts", test_starts);
  mtx_test_add_fiber ("/matrix/verification/in-room", test_in_room);
  mtx_test_add_fiber ("/matrix/verification/two-starts", test_two_starts);
  mtx_test_add_fiber ("/matrix/verification/own-devices", test_own_devices);
  mtx_test_add_fiber ("/matrix/verification/declined", test_declined);
  mtx_test_add_fiber ("/matrix/verification/threat-066-keys-by-value", test_threat_066);
  mtx_test_add_fiber ("/matrix/verification/threat-066-device-named-as-key", test_threat_066_confusion);
  mtx_test_add_fiber ("/matrix/verification/threat-066-unknown-id", test_threat_066_unknown_id);
  mtx_test_add_fiber ("/matrix/verification/threat-067-commitment", test_threat_067);
  mtx_test_add_fiber ("/matrix/verification/threat-067-changed-start", test_threat_067_start);
  mtx_test_add_fiber ("/matrix/verification/threat-068-out-of-order", test_threat_068);
  mtx_test_add_fiber ("/matrix/verification/threat-068-other-device", test_threat_068_other_device);
  mtx_test_add_fiber ("/matrix/verification/threat-069-man-in-the-middle", test_threat_069);
  mtx_test_add_fiber ("/matrix/verification/threat-069-names-count", test_threat_069_names);
  mtx_test_add_fiber ("/matrix/verification/threat-069-zero-key", test_threat_069_zero_key);
  mtx_test_add_fiber ("/matrix/verification/threat-070-one-mac", test_threat_070);
  mtx_test_add_fiber ("/matrix/verification/threat-071-time-out", test_threat_071);

  return g_test_run ();
}
