/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealed pickles: each opens in its own place only, and only whole (guard rules G17 and G18).
 */
#include "mtx-pickle-seal.h"

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-megolm-outbound.h"

static const char pickle[] = "the state of a ratchet";

static GBytes *
seal (MtxPickleType   type,
      const char     *place,
      const char     *id,
      MtxSecretBytes *master_key)
{
  g_autoptr (GError) error = NULL;
  GBytes            *sealed = mtx_pickle_seal (type, place, id, master_key, (const guint8 *)pickle, strlen (pickle), &error);

  g_assert_no_error (error);
  return sealed;
}

static void
assert_damaged (MtxPickleType   type,
                const char     *place,
                const char     *id,
                MtxSecretBytes *master_key,
                GBytes         *sealed)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mtx_pickle_open (type, place, id, master_key, sealed, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
}

static void
test_threat_106_g17_accepts (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (GBytes)         sealed = seal (MTX_PICKLE_OLM_SESSION, "place", "id", master_key);
  g_autoptr (GBytes)         again = seal (MTX_PICKLE_OLM_SESSION, "place", "id", master_key);
  g_autoptr (MtxSecretBytes) opened = NULL;

  opened = mtx_pickle_open (MTX_PICKLE_OLM_SESSION, "place", "id", master_key, sealed, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (mtx_secret_bytes_get (opened, NULL), mtx_secret_bytes_get_size (opened), pickle, strlen (pickle));
  g_assert_false (g_bytes_equal (sealed, again));
  g_assert_null (g_strstr_len (g_bytes_get_data (sealed, NULL), (gssize)g_bytes_get_size (sealed), "ratchet"));
}

/* Another kind, place, object or key; also where the texts differ only in where one ends. */
static void
test_threat_106_g17_refuses_another_place (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxSecretBytes) other_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (GBytes)         sealed = seal (MTX_PICKLE_MEGOLM_INBOUND, "!room", "id", master_key);

  assert_damaged (MTX_PICKLE_MEGOLM_OUTBOUND, "!room", "id", master_key, sealed);
  assert_damaged (MTX_PICKLE_MEGOLM_INBOUND, "!other", "id", master_key, sealed);
  assert_damaged (MTX_PICKLE_MEGOLM_INBOUND, "!room", "other", master_key, sealed);
  assert_damaged (MTX_PICKLE_MEGOLM_INBOUND, "!roomi", "d", master_key, sealed);
  assert_damaged (MTX_PICKLE_MEGOLM_INBOUND, "!roo", "mid", master_key, sealed);
  assert_damaged (MTX_PICKLE_MEGOLM_INBOUND, "", "!roomid", master_key, sealed);
  assert_damaged (MTX_PICKLE_MEGOLM_INBOUND, "!room", "id", other_key, sealed);
}

static void
test_threat_106_g17_refuses_changes (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (GBytes)         sealed = seal (MTX_PICKLE_OLM_ACCOUNT, "place", "id", master_key);
  gsize                      length = g_bytes_get_size (sealed);

  for (gsize i = 0; i < length; i++)
    {
      g_autofree guint8 *bytes = g_memdup2 (mtx_test_bytes (sealed), length);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (sealed, 0, i);

      bytes[i] ^= 0x80;
      changed = g_bytes_new (bytes, length);
      assert_damaged (MTX_PICKLE_OLM_ACCOUNT, "place", "id", master_key, changed);
      assert_damaged (MTX_PICKLE_OLM_ACCOUNT, "place", "id", master_key, cut);
    }
}

/* What is sealed but is no pickle is damage as well, whoever sealed it. */
static void
test_threat_106_g18_lost_objects (void)
{
  static const gsize         lengths[] = { 0, 7, 8, 40, 41, 400, 100000 };
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree guint8 *rubbish = g_malloc (lengths[i] + 1);
      g_autoptr (GBytes) sealed = NULL;

      memset (rubbish, 'A', lengths[i]);
      sealed = mtx_pickle_seal (MTX_PICKLE_MEGOLM_OUTBOUND, "!room", "id", master_key, rubbish, lengths[i], &error);
      g_assert_no_error (error);
      g_assert_null (mtx_megolm_outbound_new_from_pickle (sealed, master_key, "!room", "id", &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
      g_clear_error (&error);
    }
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/pickle-seal/threat-106-g17-accepts", test_threat_106_g17_accepts);
  g_test_add_func ("/pickle-seal/threat-106-g17-refuses-another-place", test_threat_106_g17_refuses_another_place);
  g_test_add_func ("/pickle-seal/threat-106-g17-refuses-changes", test_threat_106_g17_refuses_changes);
  g_test_add_func ("/pickle-seal/threat-106-g18-lost-objects", test_threat_106_g18_lost_objects);

  return g_test_run ();
}
