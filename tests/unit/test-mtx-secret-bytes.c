/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Key material.
 */
#include "mtx-secret-bytes.h"

#include <string.h>

#include "kit/mtx-test.h"

static void
test_values (void)
{
  const guint8               bytes[] = { 1, 0, 255, 7 };
  g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_new (bytes, sizeof bytes);
  g_autoptr (MtxSecretBytes) taken = mtx_secret_bytes_new_take (g_memdup2 (bytes, sizeof bytes), sizeof bytes);
  g_autoptr (MtxSecretBytes) empty = mtx_secret_bytes_new (NULL, 0);
  gsize                      length = 0;

  g_assert_cmpmem (mtx_secret_bytes_get (secret, &length), length, bytes, sizeof bytes);
  g_assert_cmpuint (mtx_secret_bytes_get_size (secret), ==, sizeof bytes);
  g_assert_true (mtx_secret_bytes_equal (secret, taken));
  g_assert_nonnull (mtx_secret_bytes_get (empty, &length));
  g_assert_cmpuint (length, ==, 0);
  g_assert_false (mtx_secret_bytes_equal (secret, empty));
}

static void
test_threat_105_equal (void)
{
  guint8                     bytes[64] = { 0 };
  g_autoptr (MtxSecretBytes) zero = mtx_secret_bytes_new (bytes, sizeof bytes);
  g_autoptr (MtxSecretBytes) shorter = mtx_secret_bytes_new (bytes, sizeof bytes - 1);
  g_autoptr (MtxSecretBytes) same = mtx_secret_bytes_new (bytes, sizeof bytes);

  g_assert_true (mtx_secret_bytes_equal (zero, zero));
  g_assert_true (mtx_secret_bytes_equal (zero, same));
  g_assert_false (mtx_secret_bytes_equal (zero, shorter));
  for (gsize bit = 0; bit < sizeof bytes * 8; bit++)
    {
      g_autoptr (MtxSecretBytes) flipped = NULL;

      bytes[bit / 8] ^= (guint8)(1 << bit % 8);
      flipped = mtx_secret_bytes_new (bytes, sizeof bytes);
      g_assert_false (mtx_secret_bytes_equal (zero, flipped));
      bytes[bit / 8] ^= (guint8)(1 << bit % 8);
    }
}

static void
test_boxed (void)
{
  g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_new ((const guint8 *)"abc", 3);
  g_auto (GValue)            value = G_VALUE_INIT;
  MtxSecretBytes            *inside = NULL;

  g_value_init (&value, MTX_TYPE_SECRET_BYTES);
  g_value_set_boxed (&value, secret);
  inside = g_value_get_boxed (&value);

  /* Shared, not copied: there is one place to wipe. */
  g_assert_true (inside == secret);
}

static void
test_random (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) one = mtx_secret_bytes_random (32, &error);
  g_autoptr (MtxSecretBytes) other = mtx_secret_bytes_random (32, &error);
  g_autoptr (MtxSecretBytes) none = mtx_secret_bytes_random (0, &error);
  g_autoptr (MtxSecretBytes) large = mtx_secret_bytes_random (1 << 20, &error);
  const guint8              *bytes = mtx_secret_bytes_get (large, NULL);
  guint                      seen[256] = { 0 };

  g_assert_no_error (error);
  g_assert_false (mtx_secret_bytes_equal (one, other));
  g_assert_cmpuint (mtx_secret_bytes_get_size (none), ==, 0);

  /* Filled to the end: the last 4 KiB hold many values. */
  for (gsize i = (1 << 20) - 4096; i < 1 << 20; i++)
    seen[bytes[i]]++;
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    g_assert_cmpuint (seen[i], <, 64);
}

static void
test_wipe (void)
{
  char  text[] = "correct horse";
  char *heap = g_strdup ("battery staple");

  mtx_secret_wipe (text, sizeof text);
  for (gsize i = 0; i < sizeof text; i++)
    g_assert_cmpint (text[i], ==, 0);
  mtx_secret_wipe (NULL, 0);
  mtx_secret_string_free (heap);
  mtx_secret_string_free (NULL);
}

/* The kernel says of each mapping whether it goes into core files. */
static void
test_threat_105_not_dumped (void)
{
  g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_new ((const guint8 *)"abc", 3);
  g_autofree char           *maps = NULL;
  g_auto (GStrv)             lines = NULL;
  gsize                      address = (gsize)mtx_secret_bytes_get (secret, NULL);
  gboolean                   is_ours = FALSE;
  gboolean                   found = FALSE;

  if (!g_file_get_contents ("/proc/self/smaps", &maps, NULL, NULL))
    {
      g_test_skip ("No smaps here");
      return;
    }
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char   *dash = NULL;
      guint64 first = g_ascii_strtoull (lines[i], &dash, 16);

      if (dash != lines[i] && *dash == '-')
        is_ours = first <= address && address < g_ascii_strtoull (dash + 1, NULL, 16);
      else if (is_ours && g_str_has_prefix (lines[i], "VmFlags:"))
        {
          found = TRUE;
          g_assert_nonnull (strstr (lines[i], " dd"));
        }
    }
  g_assert_true (found);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/base/secret-bytes/values", test_values);
  g_test_add_func ("/base/secret-bytes/threat-105-equal", test_threat_105_equal);
  g_test_add_func ("/base/secret-bytes/threat-105-not-dumped", test_threat_105_not_dumped);
  g_test_add_func ("/base/secret-bytes/boxed", test_boxed);
  g_test_add_func ("/base/secret-bytes/random", test_random);
  g_test_add_func ("/base/secret-bytes/wipe", test_wipe);

  return g_test_run ();
}
