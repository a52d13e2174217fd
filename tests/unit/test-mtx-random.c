/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random bytes: all that were asked for, and no others.
 */
#include "mtx-random.h"

#include <string.h>

#include "kit/mtx-test.h"

/* A read of more than 256 bytes may be cut short by a signal, one of more than 32 MiB always is. */
static void
test_threat_106_g19_in_full (void)
{
  static const gsize lengths[] = { 0, 1, 31, 257, 1024 * 1024, 40 * 1024 * 1024 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GError)  error = NULL;
      g_autofree guint8  *bytes = g_malloc0 (lengths[i] + 8);
      static const guint8 zeroes[64];

      g_assert_true (mtx_random_fill (bytes, lengths[i], &error));
      g_assert_no_error (error);
      g_assert_cmpmem (bytes + lengths[i], 8, zeroes, 8);
      for (gsize at = 0; at + sizeof zeroes <= lengths[i]; at += sizeof zeroes)
        if (memcmp (bytes + at, zeroes, sizeof zeroes) == 0)
          g_error ("64 bytes were left out");
    }
}

static void
test_never_the_same (void)
{
  guint8 one[32];
  guint8 other[32];

  g_assert_true (mtx_random_fill (one, sizeof one, NULL));
  g_assert_true (mtx_random_fill (other, sizeof other, NULL));
  g_assert_cmpint (memcmp (one, other, sizeof one), !=, 0);
}

static void
test_token (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *one = mtx_random_dup_token (&error);
  g_autofree char   *other = mtx_random_dup_token (&error);

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (one), ==, 32);
  g_assert_cmpuint (strspn (one, "0123456789abcdef"), ==, 32);
  g_assert_cmpstr (one, !=, other);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/random/threat-106-g19-in-full", test_threat_106_g19_in_full);
  g_test_add_func ("/random/never-the-same", test_never_the_same);
  g_test_add_func ("/random/token", test_token);

  return g_test_run ();
}
