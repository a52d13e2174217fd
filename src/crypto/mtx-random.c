/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random bytes from the kernel, all of them or an error; never fewer.
 */
#include "mtx-random.h"

#include "mtx-error.h"
#include "mtx-secret-bytes.h"

#include <errno.h>
#include <sys/random.h>

/**
 * mtx_random_fill:
 * @bytes: (out caller-allocates) (array length=length): what to fill
 * @length: how many bytes
 * @error: (out) (optional): where to put an error
 *
 * Fills @bytes from getrandom(2). A signal may cut one read short, so it reads on until all are there; on
 * failure nothing usable is left in @bytes (guard rule G19).
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_random_fill (guint8  *bytes,
                 gsize    length,
                 GError **error)
{
  gsize done = 0;

  g_return_val_if_fail (bytes != NULL || length == 0, FALSE);

  while (done < length)
    {
      gssize got = getrandom (bytes + done, length - done, 0);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          int saved = errno;

          mtx_secret_wipe (bytes, length);
          g_set_error (error, MTX_ERROR, MTX_ERROR_FAILED, "No random bytes: %s", g_strerror (saved));
          return FALSE;
        }
      done += (gsize)got;
    }

  return TRUE;
}

/**
 * mtx_random_dup_token:
 * @error: return location for an error
 *
 * Draws 128 random bits as text, for a transaction id: 32 lower-case hexadecimal digits.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL with an error
 */
char *
mtx_random_dup_token (GError **error)
{
  guint8   bytes[16];
  GString *token = NULL;

  if (!mtx_random_fill (bytes, sizeof bytes, error))
    return NULL;

  token = g_string_sized_new (2 * sizeof bytes);
  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (token, "%02x", bytes[i]);

  return g_string_free_and_steal (token);
}
