/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Comparing emoji: the commitment of matrix-rust-sdk, the agreement of RFC 7748 under the guard, and what
 * somebody in the middle can try. The linker puts this program between the guard and the kernel's
 * randomness, so that the keys drawn are those of the vectors.
 */
#include "mtx-sas.h"

#include <string.h>
#include <sys/types.h>

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-cipher.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-kdf.h"

#define TRANSACTION "bYxBsirjUJO9osar6ST4i2M2NjrYLA7l"

/* RFC 7748, 6.1. */
static const char alice_private[] = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
static const char alice_public[] = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
static const char bob_private[] = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
static const char bob_public[] = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
static const char shared_secret[] = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

static const char *next_private;

ssize_t __real_getrandom (void        *bytes,
                          size_t       length,
                          unsigned int flags);
ssize_t __wrap_getrandom (void        *bytes,
                          size_t       length,
                          unsigned int flags);

ssize_t
__wrap_getrandom (void        *bytes,
                  size_t       length,
                  unsigned int flags)
{
  g_autoptr (GBytes) private_key = NULL;

  if (next_private == NULL)
    return __real_getrandom (bytes, length, flags);

  private_key = mtx_test_hex (next_private);
  g_assert_cmpuint (length, ==, g_bytes_get_size (private_key));
  memcpy (bytes, mtx_test_bytes (private_key), length);
  return (ssize_t)length;
}

static MtxSas *
new_sas (const char *private_key)
{
  g_autoptr (GError) error = NULL;
  MtxSas            *sas;

  next_private = private_key;
  sas = mtx_sas_new (&error);
  next_private = NULL;
  g_assert_no_error (error);

  return sas;
}

typedef struct
{
  MtxSas     *alice;
  MtxSas     *bob;
  MtxSasParty alice_party;
  MtxSasParty bob_party;
} Pair;

static void
pair_init (Pair       *pair,
           const char *alice,
           const char *bob)
{
  g_autoptr (GError) error = NULL;

  pair->alice = new_sas (alice);
  pair->bob = new_sas (bob);
  pair->alice_party = (MtxSasParty){ "@alice:example.org", "ALICEDEVICE", mtx_sas_get_public_key (pair->alice) };
  pair->bob_party = (MtxSasParty){ "@bob:example.com", "BOBDEVICE", mtx_sas_get_public_key (pair->bob) };

  g_assert_true (mtx_sas_set_their_key (pair->alice, pair->bob_party.public_key, &error));
  g_assert_true (mtx_sas_set_their_key (pair->bob, pair->alice_party.public_key, &error));
  g_assert_no_error (error);
}

static void
pair_clear (Pair *pair)
{
  g_clear_object (&pair->alice);
  g_clear_object (&pair->bob);
}

static void
derive (MtxSas            *sas,
        const MtxSasParty *starter,
        const MtxSasParty *accepter,
        const char        *transaction_id,
        guint8             bytes[MTX_SAS_BYTES])
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mtx_sas_derive_bytes (sas, starter, accepter, transaction_id, bytes, &error));
  g_assert_no_error (error);
}

static gboolean
same_bytes (const guint8 one[MTX_SAS_BYTES],
            const guint8 other[MTX_SAS_BYTES])
{
  return memcmp (one, other, MTX_SAS_BYTES) == 0;
}

static char *
calculate (MtxSas            *sas,
           const char        *input,
           const MtxSasParty *sender,
           const MtxSasParty *receiver,
           const char        *key_id)
{
  g_autoptr (GError) error = NULL;
  char              *mac = mtx_sas_calculate_mac (sas, input, sender, receiver, TRANSACTION, key_id, &error);

  g_assert_no_error (error);
  return mac;
}

static JsonObject *
parse (const char *json)
{
  static const MtxJsonLimits limits = { .max_bytes = 4096, .max_depth = 8, .reject_duplicates = TRUE };
  g_autoptr (GError)         error = NULL;
  JsonObject                *object = mtx_json_parse_object (json, -1, &limits, &error);

  g_assert_no_error (error);
  return object;
}

/* The specification says what to do with the shared secret; here it is done by other means than the guard's. */
static void
test_agreement (void)
{
  static const char          info[] = "MATRIX_KEY_VERIFICATION_SAS"
                                      "|@alice:example.org|ALICEDEVICE|hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo"
                                      "|@bob:example.com|BOBDEVICE|3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08"
                                      "|" TRANSACTION;
  static const char          mac_info[] = "MATRIX_KEY_VERIFICATION_MAC@alice:example.orgALICEDEVICE"
                                          "@bob:example.comBOBDEVICE" TRANSACTION "ed25519:ALICEDEVICE";
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) shared = mtx_test_hex_secret (shared_secret);
  g_autoptr (MtxSecretBytes) expected = NULL;
  g_autoptr (MtxSecretBytes) mac_key = NULL;
  g_autofree char           *mac = NULL;
  g_autofree char           *expected_mac = NULL;
  g_autoptr (GBytes)         public_bytes = NULL;
  guint8                     bytes[MTX_SAS_BYTES];
  guint8                     mac_bytes[32];
  Pair                       pair;

  pair_init (&pair, alice_private, bob_private);
  public_bytes = mtx_base64_decode (pair.alice_party.public_key, MTX_BASE64_UNPADDED, &error);
  mtx_test_assert_hex (mtx_test_bytes (public_bytes), g_bytes_get_size (public_bytes), alice_public);
  g_bytes_unref (public_bytes);
  public_bytes = mtx_base64_decode (pair.bob_party.public_key, MTX_BASE64_UNPADDED, &error);
  mtx_test_assert_hex (mtx_test_bytes (public_bytes), g_bytes_get_size (public_bytes), bob_public);

  derive (pair.alice, &pair.alice_party, &pair.bob_party, TRANSACTION, bytes);
  expected = mtx_hkdf_sha256 (shared, NULL, 0, (const guint8 *)info, strlen (info), MTX_SAS_BYTES, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bytes, sizeof bytes, mtx_secret_bytes_get (expected, NULL), MTX_SAS_BYTES);

  mac = calculate (pair.alice, "the key", &pair.alice_party, &pair.bob_party, "ed25519:ALICEDEVICE");
  mac_key = mtx_hkdf_sha256 (shared, NULL, 0, (const guint8 *)mac_info, strlen (mac_info), 32, &error);
  g_assert_no_error (error);
  g_assert_true (mtx_hmac_sha256 (mtx_secret_bytes_get (mac_key, NULL), 32, (const guint8 *)"the key", 7, mac_bytes, &error));
  expected_mac = mtx_base64_encode (mac_bytes, sizeof mac_bytes, MTX_BASE64_UNPADDED);
  g_assert_cmpstr (mac, ==, expected_mac);

  pair_clear (&pair);
}

/* Both people see the same, whoever of them started. */
static void
test_threat_069_both_see_the_same (void)
{
  Pair   pair;
  guint8 alice[MTX_SAS_BYTES];
  guint8 bob[MTX_SAS_BYTES];
  guint8 swapped[MTX_SAS_BYTES];

  pair_init (&pair, NULL, NULL);
  derive (pair.alice, &pair.alice_party, &pair.bob_party, TRANSACTION, alice);
  derive (pair.bob, &pair.alice_party, &pair.bob_party, TRANSACTION, bob);
  g_assert_true (same_bytes (alice, bob));

  derive (pair.alice, &pair.bob_party, &pair.alice_party, TRANSACTION, swapped);
  derive (pair.bob, &pair.bob_party, &pair.alice_party, TRANSACTION, bob);
  g_assert_true (same_bytes (swapped, bob));
  g_assert_false (same_bytes (alice, bob));

  pair_clear (&pair);
}

static void
test_threat_069_bound_to_everything (void)
{
  Pair        pair;
  guint8      honest[MTX_SAS_BYTES];
  guint8      bytes[MTX_SAS_BYTES];
  MtxSasParty alice;
  MtxSasParty bob;

  pair_init (&pair, alice_private, bob_private);
  derive (pair.alice, &pair.alice_party, &pair.bob_party, TRANSACTION, honest);

  for (guint i = 0; i < 7; i++)
    {
      alice = pair.alice_party;
      bob = pair.bob_party;
      switch (i)
        {
        case 0:
          alice.user_id = "@alicf:example.org";
          break;
        case 1:
          alice.device_id = "ALICEDEVICF";
          break;
        case 2:
          alice.public_key = bob.public_key;
          break;
        case 3:
          bob.user_id = "@boc:example.com";
          break;
        case 4:
          bob.device_id = "BOBDEVICF";
          break;
        case 5:
          bob.public_key = alice.public_key;
          break;
        default:
          break;
        }
      derive (pair.alice, &alice, &bob, i == 6 ? TRANSACTION "x" : TRANSACTION, bytes);
      g_assert_false (same_bytes (honest, bytes));
    }

  pair_clear (&pair);
}

/* Somebody in the middle agrees with each side on a secret of his own. */
static void
test_threat_069_replaced_key (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MtxSas) alice = new_sas (NULL);
  g_autoptr (MtxSas) bob = new_sas (NULL);
  g_autoptr (MtxSas) middle = new_sas (NULL);
  const char        *middle_key = mtx_sas_get_public_key (middle);
  MtxSasParty        alice_party = { "@alice:example.org", "A", mtx_sas_get_public_key (alice) };
  MtxSasParty        bob_party = { "@bob:example.com", "B", mtx_sas_get_public_key (bob) };
  MtxSasParty        false_alice = { "@alice:example.org", "A", middle_key };
  MtxSasParty        false_bob = { "@bob:example.com", "B", middle_key };
  guint8             seen_by_alice[MTX_SAS_BYTES];
  guint8             seen_by_bob[MTX_SAS_BYTES];

  g_assert_true (mtx_sas_set_their_key (alice, middle_key, &error));
  g_assert_true (mtx_sas_set_their_key (bob, middle_key, &error));
  derive (alice, &alice_party, &false_bob, TRANSACTION, seen_by_alice);
  derive (bob, &false_alice, &bob_party, TRANSACTION, seen_by_bob);
  g_assert_false (same_bytes (seen_by_alice, seen_by_bob));
}

static void
test_threat_069_refused_keys (void)
{
  static const guint8 weak[][32] = {
    { 0 },
    { 1 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
      0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
    { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
  };
  static const char *const wrong[] = { NULL, "", "AAAA", "not base64!", "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK09" };
  g_autoptr (GError)       error = NULL;
  g_autoptr (MtxSas)       sas = new_sas (NULL);
  g_autoptr (MtxSas)       other = new_sas (NULL);
  g_autoptr (MtxSas)       third = new_sas (NULL);
  g_autofree char         *padded = g_strconcat (mtx_sas_get_public_key (other), "=", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (weak); i++)
    {
      g_autofree char *key = mtx_base64_encode (weak[i], sizeof weak[i], MTX_BASE64_UNPADDED);

      g_assert_false (mtx_sas_set_their_key (sas, key, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
      g_clear_error (&error);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (mtx_sas_set_their_key (sas, wrong[i], &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
      g_clear_error (&error);
    }
  g_assert_false (mtx_sas_set_their_key (sas, padded, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_clear_error (&error);

  /* A mirror, and a second thought. */
  g_assert_false (mtx_sas_set_their_key (sas, mtx_sas_get_public_key (sas), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_clear_error (&error);
  g_assert_true (mtx_sas_set_their_key (sas, mtx_sas_get_public_key (other), &error));
  g_assert_no_error (error);
  g_assert_false (mtx_sas_set_their_key (sas, mtx_sas_get_public_key (third), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
}

/* Nothing is shown or vouched for before there is an agreement. */
static void
test_no_agreement_yet (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MtxSas) sas = new_sas (NULL);
  MtxSasParty        party = { "@alice:example.org", "A", mtx_sas_get_public_key (sas) };
  guint8             bytes[MTX_SAS_BYTES];

  g_assert_false (mtx_sas_derive_bytes (sas, &party, &party, TRANSACTION, bytes, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_null (mtx_sas_calculate_mac (sas, "key", &party, &party, TRANSACTION, "KEY_IDS", &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
}

static void
test_threat_106_g16_macs (void)
{
  static const char  input[] = "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08";
  g_autoptr (GError) error = NULL;
  g_autofree char   *mac = NULL;
  g_autofree char   *cut = NULL;
  g_autofree char   *padded = NULL;
  g_autofree char   *zeroes = g_strnfill (43, 'A');
  MtxSasParty        alice;
  Pair               pair;

  pair_init (&pair, NULL, NULL);
  mac = calculate (pair.alice, input, &pair.alice_party, &pair.bob_party, "ed25519:A");
  g_assert_true (mtx_sas_verify_mac (pair.bob, input, &pair.alice_party, &pair.bob_party, TRANSACTION, "ed25519:A", mac, &error));
  g_assert_no_error (error);

#define ASSERT_REFUSED(input, sender, receiver, transaction, key_id, mac, code)                              \
  g_assert_false (mtx_sas_verify_mac (pair.bob, input, sender, receiver, transaction, key_id, mac, &error)); \
  g_assert_error (error, MTX_ERROR, code);                                                                   \
  g_clear_error (&error)

  alice = pair.alice_party;
  alice.device_id = "ANOTHER";
  ASSERT_REFUSED ("4p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08", &pair.alice_party, &pair.bob_party, TRANSACTION,
                  "ed25519:A", mac, MTX_ERROR_UNTRUSTED);
  ASSERT_REFUSED (input, &alice, &pair.bob_party, TRANSACTION, "ed25519:A", mac, MTX_ERROR_UNTRUSTED);
  ASSERT_REFUSED (input, &pair.bob_party, &pair.alice_party, TRANSACTION, "ed25519:A", mac, MTX_ERROR_UNTRUSTED);
  ASSERT_REFUSED (input, &pair.alice_party, &pair.bob_party, "other", "ed25519:A", mac, MTX_ERROR_UNTRUSTED);
  ASSERT_REFUSED (input, &pair.alice_party, &pair.bob_party, TRANSACTION, "ed25519:B", mac, MTX_ERROR_UNTRUSTED);
  ASSERT_REFUSED (input, &pair.alice_party, &pair.bob_party, TRANSACTION, "ed25519:A", zeroes, MTX_ERROR_UNTRUSTED);

  cut = g_strndup (mac, 42);
  padded = g_strconcat (mac, "=", NULL);
  ASSERT_REFUSED (input, &pair.alice_party, &pair.bob_party, TRANSACTION, "ed25519:A", NULL, MTX_ERROR_BAD_REPLY);
  ASSERT_REFUSED (input, &pair.alice_party, &pair.bob_party, TRANSACTION, "ed25519:A", cut, MTX_ERROR_BAD_REPLY);
  ASSERT_REFUSED (input, &pair.alice_party, &pair.bob_party, TRANSACTION, "ed25519:A", padded, MTX_ERROR_BAD_REPLY);
#undef ASSERT_REFUSED

  pair_clear (&pair);
}

/* libolm has three ways to write a MAC. Those of `hmac-sha256` and `hkdf-hmac-sha256` start with the same bytes
 * and write other text, or derive another key; ours is only the third. */
static void
test_threat_070_only_v2 (void)
{
  static const char          info[] = "MATRIX_KEY_VERIFICATION_MAC@alice:example.orgALICEDEVICE"
                                      "@bob:example.comBOBDEVICE" TRANSACTION "KEY_IDS";
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) shared = mtx_test_hex_secret (shared_secret);
  g_autoptr (MtxSecretBytes) long_key = mtx_hkdf_sha256 (shared, NULL, 0, (const guint8 *)info, strlen (info), 256, &error);
  g_autofree char           *old = NULL;
  guint8                     mac[32];
  Pair                       pair;

  g_assert_cmpstr (MTX_SAS_MAC, ==, "hkdf-hmac-sha256.v2");
  pair_init (&pair, alice_private, bob_private);

  /* `hmac-sha256` is a MAC under 256 bytes of key material. */
  g_assert_true (mtx_hmac_sha256 (mtx_secret_bytes_get (long_key, NULL), 256, (const guint8 *)"a,b", 3, mac, &error));
  old = mtx_base64_encode (mac, sizeof mac, MTX_BASE64_UNPADDED);
  g_assert_false (mtx_sas_verify_mac (pair.bob, "a,b", &pair.alice_party, &pair.bob_party, TRANSACTION, "KEY_IDS", old, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);

  pair_clear (&pair);
}

/* commitment_calculation of matrix-rust-sdk; the members stand in another order than they are hashed in. */
static void
test_threat_067_published_commitment (void)
{
  static const char      key[] = "Q/NmNFEUS1fS+YeEmiZkjjblKTitrKOAk7cPEumcMlg";
  static const char      expected[] = "CCQmB4JCdB0FW21FdAnHj/Hu8+W9+Nb0vgwPEnZZQ4g";
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) start = parse ("{\"short_authentication_string\":[\"decimal\",\"emoji\"],"
                                        "\"message_authentication_codes\":[\"hkdf-hmac-sha256\",\"hmac-sha256\"],"
                                        "\"hashes\":[\"sha256\"],\"method\":\"m.sas.v1\","
                                        "\"key_agreement_protocols\":[\"curve25519-hkdf-sha256\",\"curve25519\"],"
                                        "\"transaction_id\":\"" TRANSACTION "\",\"from_device\":\"XOWLHHFSWM\"}");
  g_autofree char       *commitment = mtx_sas_commitment (key, start, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (commitment, ==, expected);
  g_assert_true (mtx_sas_check_commitment (expected, key, start, &error));
  g_assert_no_error (error);
}

static void
test_threat_067_mismatch (void)
{
  static const char      key[] = "Q/NmNFEUS1fS+YeEmiZkjjblKTitrKOAk7cPEumcMlg";
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) start = parse ("{\"method\":\"m.sas.v1\",\"from_device\":\"XOWLHHFSWM\"}");
  g_autoptr (JsonObject) other = parse ("{\"method\":\"m.sas.v1\",\"from_device\":\"XOWLHHFSWN\"}");
  g_autoptr (JsonObject) more = parse ("{\"method\":\"m.sas.v1\",\"from_device\":\"XOWLHHFSWM\",\"x\":1}");
  g_autofree char       *commitment = mtx_sas_commitment (key, start, &error);
  g_autofree char       *padded = g_strconcat (commitment, "=", NULL);

  g_assert_true (mtx_sas_check_commitment (commitment, key, start, &error));
  g_assert_no_error (error);
  g_assert_false (mtx_sas_check_commitment (commitment, "R/NmNFEUS1fS+YeEmiZkjjblKTitrKOAk7cPEumcMlg", start, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_clear_error (&error);
  g_assert_false (mtx_sas_check_commitment (commitment, key, other, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_clear_error (&error);
  g_assert_false (mtx_sas_check_commitment (commitment, key, more, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_clear_error (&error);
  g_assert_false (mtx_sas_check_commitment (NULL, key, start, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_clear_error (&error);
  g_assert_false (mtx_sas_check_commitment (padded, key, start, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
}

/* Bits are counted by hand here: 42 are 000001 000010 … for emoji, 39 are three times 13 for decimals. */
static void
test_spread (void)
{
  static const struct
  {
    guint8 bytes[MTX_SAS_BYTES];
    guint  emoji[MTX_SAS_N_EMOJI];
    guint  decimals[MTX_SAS_N_DECIMALS];
  } vectors[] = {
    { { 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0, 0 }, { 1000, 1000, 1000 } },
    { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, { 63, 63, 63, 63, 63, 63, 63 }, { 9191, 9191, 9191 } },
    { { 0x04, 0x20, 0xc4, 0x14, 0x61, 0xc0 }, { 1, 2, 3, 4, 5, 6, 7 }, { 1132, 1784, 3608 } },
    /* The last six bits belong to no emoji, the last of the fifth byte to no decimal. */
    { { 0, 0, 0, 0, 0x01, 0x3f }, { 0, 0, 0, 0, 0, 0, 4 }, { 1000, 1000, 1000 } },
    { { 0x80, 0x04, 0x00, 0x20, 0x02, 0x40 }, { 32, 0, 16, 0, 8, 0, 9 }, { 5096, 5096, 1001 + 4096 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      guint emoji[MTX_SAS_N_EMOJI];
      guint decimals[MTX_SAS_N_DECIMALS];

      mtx_sas_get_emoji (vectors[i].bytes, emoji);
      mtx_sas_get_decimals (vectors[i].bytes, decimals);
      g_assert_cmpmem (emoji, sizeof emoji, vectors[i].emoji, sizeof emoji);
      for (guint j = 0; j < MTX_SAS_N_DECIMALS; j++)
        g_assert_cmpuint (decimals[j], ==, vectors[i].decimals[j]);
    }
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/sas/threat-069-threat-070-agreement", test_agreement);
  g_test_add_func ("/sas/no-agreement-yet", test_no_agreement_yet);
  g_test_add_func ("/sas/spread", test_spread);
  g_test_add_func ("/sas/threat-067-published-commitment", test_threat_067_published_commitment);
  g_test_add_func ("/sas/threat-067-mismatch", test_threat_067_mismatch);
  g_test_add_func ("/sas/threat-069-both-see-the-same", test_threat_069_both_see_the_same);
  g_test_add_func ("/sas/threat-069-bound-to-everything", test_threat_069_bound_to_everything);
  g_test_add_func ("/sas/threat-069-refused-keys", test_threat_069_refused_keys);
  g_test_add_func ("/sas/threat-069-replaced-key", test_threat_069_replaced_key);
  g_test_add_func ("/sas/threat-070-only-v2", test_threat_070_only_v2);
  g_test_add_func ("/sas/threat-106-g16-macs", test_threat_106_g16_macs);

  return g_test_run ();
}
