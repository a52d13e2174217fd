/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key on paper: published keys, every way to mistype one, and the password that follows from it.
 */
#include "mtx-recovery-key.h"

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"

/* matrix-rust-sdk, backups/keys/decryption.rs; matrix-js-sdk, recovery-key.spec.ts. */
static const struct
{
  const char *text;
  const char *hex;
} vectors[] = {
  { "EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d",
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a" },
  { "EsTp RvZT njck 8Yrh RAtw XLS8 4Nr2 r9S9 LGAW DaEx VAPB vLRK",
    "9fbd46bb345171c6f6022c9a25d5681ba54eec6a6c4953f3adc0b96e9d91ada3" },
};

static void
assert_decodes (const char *text,
                const char *hex)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = mtx_recovery_key_decode (text, &error);

  g_assert_no_error (error);
  mtx_test_assert_hex (mtx_secret_bytes_get (key, NULL), mtx_secret_bytes_get_size (key), hex);
}

static void
assert_refused (const char         *text,
                MtxRecoveryKeyError code)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", text);
  g_assert_null (mtx_recovery_key_decode (text, &error));
  g_assert_error (error, MTX_RECOVERY_KEY_ERROR, (int)code);
}

static void
test_published (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (MtxSecretBytes) key = mtx_test_hex_secret (vectors[i].hex);
      char                      *text = mtx_recovery_key_encode (key);

      g_assert_cmpstr (text, ==, vectors[i].text);
      assert_decodes (vectors[i].text, vectors[i].hex);
      mtx_secret_string_free (text);
    }
}

static void
test_threat_075_white_space (void)
{
  assert_decodes ("EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4d", vectors[0].hex);
  assert_decodes ("  EsTcLW2KPGiFwKEA3As5g5c4\tBXwk qeeJ\r\nZJV8Q9fugUMNUE4 d \n", vectors[0].hex);
}

static void
test_threat_075_distinct_errors (void)
{
  /* Published */
  assert_refused ("EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4e", MTX_RECOVERY_KEY_ERROR_PARITY);
  assert_refused ("EsTpRvZTnjck8YrhRAtwXLS84Nr2r9S9LGAWDaExVAPBvLRk", MTX_RECOVERY_KEY_ERROR_PARITY);
  assert_refused ("AATpRvZTnjck8YrhRAtwXLS84Nr2r9S9LGAWDaExVAPBvLRk", MTX_RECOVERY_KEY_ERROR_PREFIX);
  assert_refused ("AATpRvZTnjck8YrhRAtwXLS84Nr2r9S9", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("AATpRvZTnjck8YrhRAtwXLS84Nr0OIl", MTX_RECOVERY_KEY_ERROR_ALPHABET);

  /* Ours */
  assert_refused ("", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused (" \n", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("1", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4dd", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("1EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4d", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("11111111111111111111111111111111111", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("111111111111111111111111111111111111111111111111", MTX_RECOVERY_KEY_ERROR_PREFIX);
  assert_refused ("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", MTX_RECOVERY_KEY_ERROR_PREFIX);
  /* The first published key and one bit above it: 48 digits hold a little more than 35 bytes. */
  assert_refused ("gQzUWUdXmkcKvLnuuU5ALmgqdkZ2tZqYr6Jju8JzDNaCWwQ9", MTX_RECOVERY_KEY_ERROR_PREFIX);
  assert_refused ("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", MTX_RECOVERY_KEY_ERROR_LENGTH);
  assert_refused ("EsTc-LW2K-PGiF-wKEA-3As5-g5c4-BXwk-qeeJ-ZJV8-Q9fu-gUMN-UE4d", MTX_RECOVERY_KEY_ERROR_ALPHABET);
  assert_refused ("EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4\xc3\xa4", MTX_RECOVERY_KEY_ERROR_ALPHABET);
}

/* Of all texts of one key that differ in one character none is another key. */
static void
test_threat_075_one_character (void)
{
  static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  guint             n_accepted = 0;

  for (gsize i = 0; i < 48; i++)
    for (gsize digit = 0; digit < strlen (digits); digit++)
      {
        g_autofree char           *text = g_strdup ("EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4d");
        g_autoptr (MtxSecretBytes) key = NULL;

        if (text[i] == digits[digit])
          continue;
        text[i] = digits[digit];
        key = mtx_recovery_key_decode (text, NULL);
        n_accepted += key != NULL ? 1 : 0;
      }
  /* One byte of parity lets one in 256 pass by chance. */
  g_assert_cmpuint (n_accepted, <, 48 * 57 / 100);
}

static void
test_there_and_back (void)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GError)         error = NULL;
      g_autoptr (MtxSecretBytes) key = mtx_secret_bytes_random (MTX_RECOVERY_KEY_BYTES, &error);
      g_autoptr (MtxSecretBytes) again = NULL;
      char                      *text = mtx_recovery_key_encode (key);

      g_assert_cmpuint (strlen (text), ==, 59);
      /* The two bytes before the key leave room for EsSzy to EsUK2. */
      g_assert_true (g_str_has_prefix (text, "Es"));
      again = mtx_recovery_key_decode (text, &error);
      g_assert_no_error (error);
      g_assert_true (mtx_secret_bytes_equal (key, again));
      mtx_secret_string_free (text);
    }
}

/* The value was computed with another implementation of HKDF. If it changes, nobody can restore an account. */
static void
test_password (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = mtx_test_hex_secret (vectors[0].hex);
  g_autoptr (MtxSecretBytes) other_key = mtx_test_hex_secret (vectors[1].hex);
  char                      *password = mtx_recovery_key_derive_password (key, &error);
  char                      *other_password = mtx_recovery_key_derive_password (other_key, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (password, ==, "hQkbmcF_iZeYzvtoAMlUbHstn3waw4COmBLrSvwBS3o");
  g_assert_cmpstr (other_password, !=, password);
  mtx_secret_string_free (password);
  mtx_secret_string_free (other_password);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/recovery-key/published", test_published);
  g_test_add_func ("/recovery-key/there-and-back", test_there_and_back);
  g_test_add_func ("/recovery-key/threat-075-white-space", test_threat_075_white_space);
  g_test_add_func ("/recovery-key/threat-075-distinct-errors", test_threat_075_distinct_errors);
  g_test_add_func ("/recovery-key/threat-075-one-character", test_threat_075_one_character);
  g_test_add_func ("/recovery-key/password", test_password);

  return g_test_run ();
}
