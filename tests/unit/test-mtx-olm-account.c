/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The account: its keys, what is published when, what a failure must not change, and which keys of others it
 * takes.
 */
#include "mtx-olm-account.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-public-key.h"
#include "mtx-secret-bytes.h"

static MtxOlmAccount *
new_account (void)
{
  g_autoptr (GError) error = NULL;
  MtxOlmAccount     *account = mtx_olm_account_new (&error);

  g_assert_no_error (error);
  return account;
}

static GHashTable *
get_one_time_keys (MtxOlmAccount *account)
{
  g_autoptr (GError) error = NULL;
  GHashTable        *keys = mtx_olm_account_dup_one_time_keys (account, &error);

  g_assert_no_error (error);
  return keys;
}

static GHashTable *
get_fallback_key (MtxOlmAccount *account)
{
  g_autoptr (GError) error = NULL;
  GHashTable        *keys = mtx_olm_account_dup_fallback_key (account, &error);

  g_assert_no_error (error);
  return keys;
}

static void
assert_same (GHashTable *one,
             GHashTable *other)
{
  GHashTableIter iter;
  gpointer       id;
  gpointer       key;

  g_assert_cmpuint (g_hash_table_size (one), ==, g_hash_table_size (other));
  g_hash_table_iter_init (&iter, one);
  while (g_hash_table_iter_next (&iter, &id, &key))
    g_assert_cmpstr (g_hash_table_lookup (other, id), ==, key);
}

static void
test_identity (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) one = new_account ();
  g_autoptr (MtxOlmAccount) other = new_account ();
  g_autofree char          *signature = NULL;

  g_assert_true (mtx_curve25519_key_check (mtx_olm_account_get_curve25519 (one), &error));
  g_assert_true (mtx_ed25519_key_check (mtx_olm_account_get_ed25519 (one), &error));
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_olm_account_get_curve25519 (one), !=, mtx_olm_account_get_curve25519 (other));
  g_assert_cmpstr (mtx_olm_account_get_ed25519 (one), !=, mtx_olm_account_get_ed25519 (other));

  signature = mtx_olm_account_sign (one, (const guint8 *)"text", 4, &error);
  g_assert_no_error (error);
  g_assert_true (mtx_ed25519_verify (mtx_olm_account_get_ed25519 (one), (const guint8 *)"text", 4, signature, &error));
  g_assert_no_error (error);
  g_assert_false (mtx_ed25519_verify (mtx_olm_account_get_ed25519 (one), (const guint8 *)"test", 4, signature, NULL));
  g_assert_false (mtx_ed25519_verify (mtx_olm_account_get_ed25519 (other), (const guint8 *)"text", 4, signature, NULL));
}

static void
test_one_time_keys (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = new_account ();
  g_autoptr (GHashTable)    none = get_one_time_keys (account);
  g_autoptr (GHashTable)    first = NULL;
  g_autoptr (GHashTable)    again = NULL;
  g_autoptr (GHashTable)    published = NULL;
  g_autoptr (GHashTable)    second = NULL;
  GHashTableIter            iter;
  gpointer                  id;
  gpointer                  key;

  g_assert_cmpuint (mtx_olm_account_get_max_one_time_keys (account), ==, 100);
  g_assert_cmpuint (g_hash_table_size (none), ==, 0);

  g_assert_true (mtx_olm_account_generate_one_time_keys (account, 50, &error));
  g_assert_no_error (error);
  first = get_one_time_keys (account);
  g_assert_cmpuint (g_hash_table_size (first), ==, 50);
  g_hash_table_iter_init (&iter, first);
  while (g_hash_table_iter_next (&iter, &id, &key))
    g_assert_true (mtx_curve25519_key_check (key, NULL));

  /* The same until they are published. */
  again = get_one_time_keys (account);
  assert_same (first, again);
  g_assert_true (mtx_olm_account_mark_published (account, &error));
  published = get_one_time_keys (account);
  g_assert_cmpuint (g_hash_table_size (published), ==, 0);

  /* No id comes twice. */
  g_assert_true (mtx_olm_account_generate_one_time_keys (account, 100, &error));
  g_assert_no_error (error);
  second = get_one_time_keys (account);
  g_assert_cmpuint (g_hash_table_size (second), ==, 100);
  g_hash_table_iter_init (&iter, first);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_assert_false (g_hash_table_contains (second, id));
}

static void
test_fallback_key (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = new_account ();
  g_autoptr (GHashTable)    none = get_fallback_key (account);
  g_autoptr (GHashTable)    first = NULL;
  g_autoptr (GHashTable)    published = NULL;
  g_autoptr (GHashTable)    second = NULL;
  g_autoptr (GHashTable)    one_time = NULL;
  GHashTableIter            iter;
  gpointer                  id;

  g_assert_cmpuint (g_hash_table_size (none), ==, 0);
  g_assert_true (mtx_olm_account_generate_fallback_key (account, &error));
  g_assert_no_error (error);
  first = get_fallback_key (account);
  g_assert_cmpuint (g_hash_table_size (first), ==, 1);
  one_time = get_one_time_keys (account);
  g_assert_cmpuint (g_hash_table_size (one_time), ==, 0);

  g_assert_true (mtx_olm_account_mark_published (account, &error));
  published = get_fallback_key (account);
  g_assert_cmpuint (g_hash_table_size (published), ==, 0);

  g_assert_true (mtx_olm_account_generate_fallback_key (account, &error));
  second = get_fallback_key (account);
  g_assert_cmpuint (g_hash_table_size (second), ==, 1);
  g_hash_table_iter_init (&iter, first);
  g_assert_true (g_hash_table_iter_next (&iter, &id, NULL));
  g_assert_false (g_hash_table_contains (second, id));
}

/* A message that began with a fallback key; TRUE if the account can still read it. */
static gboolean
accepts_fallback (MtxOlmAccount *account,
                  GHashTable    *fallback)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) other = new_account ();
  g_autoptr (MtxOlmSession) outbound = NULL;
  g_autoptr (MtxOlmSession) inbound = NULL;
  g_autoptr (GBytes)        plaintext = NULL;
  g_autofree char          *body = NULL;
  MtxOlmMessageType         type;
  GHashTableIter            iter;
  gpointer                  key;

  g_hash_table_iter_init (&iter, fallback);
  g_assert_true (g_hash_table_iter_next (&iter, NULL, &key));
  outbound = mtx_olm_account_create_outbound (other, mtx_olm_account_get_curve25519 (account), key, &error);
  g_assert_no_error (error);
  body = mtx_olm_session_encrypt (outbound, (const guint8 *)"hello", 5, &type, &error);
  g_assert_no_error (error);
  inbound = mtx_olm_account_create_inbound (account, mtx_olm_account_get_curve25519 (other), body, &plaintext, &error);
  if (inbound == NULL)
    g_assert_error (error, MTX_ERROR, MTX_ERROR_MISSING_KEY);

  return inbound != NULL;
}

static void
test_threat_029_old_fallback_keys (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = new_account ();
  g_autoptr (GHashTable)    first = NULL;
  g_autoptr (GHashTable)    second = NULL;

  g_assert_true (mtx_olm_account_generate_fallback_key (account, &error));
  first = get_fallback_key (account);
  g_assert_true (mtx_olm_account_generate_fallback_key (account, &error));
  second = get_fallback_key (account);

  g_assert_true (accepts_fallback (account, first));
  g_assert_true (accepts_fallback (account, first));
  g_assert_true (accepts_fallback (account, second));

  g_assert_true (mtx_olm_account_forget_old_fallback_key (account, &error));
  g_assert_no_error (error);
  g_assert_false (accepts_fallback (account, first));
  g_assert_true (accepts_fallback (account, second));
}

static void
test_pickle (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxSecretBytes) other_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxOlmAccount)  account = new_account ();
  g_autoptr (MtxOlmAccount)  restored = NULL;
  g_autoptr (GBytes)         sealed = NULL;
  g_autoptr (GHashTable)     keys = NULL;
  g_autoptr (GHashTable)     fallback = NULL;
  g_autoptr (GHashTable)     keys_again = NULL;
  g_autoptr (GHashTable)     fallback_again = NULL;

  g_assert_true (mtx_olm_account_generate_one_time_keys (account, 100, &error));
  g_assert_true (mtx_olm_account_generate_fallback_key (account, &error));
  g_assert_true (mtx_olm_account_generate_fallback_key (account, &error));
  keys = get_one_time_keys (account);
  fallback = get_fallback_key (account);

  sealed = mtx_olm_account_to_pickle (account, master_key, "@alice:id DEVICE", &error);
  g_assert_no_error (error);
  g_assert_null (g_strstr_len (g_bytes_get_data (sealed, NULL), (gssize)g_bytes_get_size (sealed),
                               mtx_olm_account_get_ed25519 (account)));
  restored = mtx_olm_account_new_from_pickle (sealed, master_key, "@alice:id DEVICE", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_olm_account_get_curve25519 (restored), ==, mtx_olm_account_get_curve25519 (account));
  g_assert_cmpstr (mtx_olm_account_get_ed25519 (restored), ==, mtx_olm_account_get_ed25519 (account));
  keys_again = get_one_time_keys (restored);
  fallback_again = get_fallback_key (restored);
  assert_same (keys, keys_again);
  assert_same (fallback, fallback_again);

  g_assert_null (mtx_olm_account_new_from_pickle (sealed, other_key, "@alice:id DEVICE", &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (mtx_olm_account_new_from_pickle (sealed, master_key, "@alice:id OTHER", &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
}

static void
test_threat_023_keys_of_others (void)
{
  static const struct
  {
    const char *key;
    MtxError    code;
  } wrong[] = {
    { NULL, MTX_ERROR_BAD_REPLY },
    { "", MTX_ERROR_BAD_REPLY },
    { "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNJ", MTX_ERROR_BAD_REPLY },
    { "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI=", MTX_ERROR_BAD_REPLY },
    { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", MTX_ERROR_UNTRUSTED },
    { "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA", MTX_ERROR_UNTRUSTED },
    { "7v///////////////////////////////////////38", MTX_ERROR_UNTRUSTED },
    { "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA", MTX_ERROR_UNTRUSTED },
  };
  static const char         good[] = "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI";
  g_autoptr (MtxOlmAccount) account = new_account ();
  g_autoptr (MtxOlmSession) session = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) plaintext = NULL;

      g_assert_null (mtx_olm_account_create_outbound (account, wrong[i].key, good, &error));
      g_assert_error (error, MTX_ERROR, (int)wrong[i].code);
      g_clear_error (&error);
      g_assert_null (mtx_olm_account_create_outbound (account, good, wrong[i].key, &error));
      g_assert_error (error, MTX_ERROR, (int)wrong[i].code);
      g_clear_error (&error);
      g_assert_null (mtx_olm_account_create_inbound (account, wrong[i].key, "AwoA", &plaintext, &error));
      g_assert_error (error, MTX_ERROR, (int)wrong[i].code);
    }

  session = mtx_olm_account_create_outbound (account, good, good, NULL);
  g_assert_nonnull (session);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/olm-account/identity", test_identity);
  g_test_add_func ("/olm-account/one-time-keys", test_one_time_keys);
  g_test_add_func ("/olm-account/fallback-key", test_fallback_key);
  g_test_add_func ("/olm-account/pickle", test_pickle);
  g_test_add_func ("/olm-account/threat-023-keys-of-others", test_threat_023_keys_of_others);
  g_test_add_func ("/olm-account/threat-029-old-fallback-keys", test_threat_029_old_fallback_keys);

  return g_test_run ();
}
