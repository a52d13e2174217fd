/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Draws the names under which nobody knows us.
 */
#include "mtx-credentials.h"

#include "mtx-random.h"
#include "mtx-secret-bytes.h"

#define USERNAME_BYTES  16
#define DEVICE_ID_BYTES 8

G_DEFINE_BOXED_TYPE (MtxCredentials, mtx_credentials, mtx_credentials_copy, mtx_credentials_free)

/* Letters alone, one for four bits: some servers keep names of digits for guests. */
static char *
draw_letters (gsize    length,
              char     first,
              GError **error)
{
  g_autofree guint8 *bytes = g_malloc (length);
  char              *letters = NULL;

  if (!mtx_random_fill (bytes, length, error))
    return NULL;

  letters = g_malloc0 (2 * length + 1);
  for (gsize i = 0; i < length; i++)
    {
      letters[2 * i] = (char)(first + (bytes[i] >> 4));
      letters[2 * i + 1] = (char)(first + (bytes[i] & 0x0f));
    }

  return letters;
}

/**
 * mtx_credentials_new:
 * @username: the localpart
 * @device_id: the device id we chose
 * @password: printable ASCII
 * @resumed: whether a registration with these may have been tried before
 *
 * Makes credentials.
 *
 * Returns: (transfer full): credentials
 */
MtxCredentials *
mtx_credentials_new (const char     *username,
                     const char     *device_id,
                     MtxSecretBytes *password,
                     gboolean        resumed)
{
  MtxCredentials *self = NULL;

  g_return_val_if_fail (username != NULL && device_id != NULL && password != NULL, NULL);

  self = g_new0 (MtxCredentials, 1);
  self->username = g_strdup (username);
  self->device_id = g_strdup (device_id);
  self->password = mtx_secret_bytes_ref (password);
  self->resumed = resumed;

  return self;
}

/**
 * mtx_credentials_copy:
 * @self: credentials
 *
 * Returns: (transfer full): the same again; the password is shared, not copied
 */
MtxCredentials *
mtx_credentials_copy (MtxCredentials *self)
{
  return mtx_credentials_new (self->username, self->device_id, self->password, self->resumed);
}

/**
 * mtx_credentials_free:
 * @self: (transfer full): credentials
 *
 * Frees them; the last holder of the password wipes it.
 */
void
mtx_credentials_free (MtxCredentials *self)
{
  g_free (self->username);
  g_free (self->device_id);
  mtx_secret_bytes_unref (self->password);
  g_free (self);
}

/**
 * mtx_credentials_draw_username:
 * @error: %MTX_ERROR_FAILED if there is no randomness
 *
 * Draws a localpart of 128 random bits, as 32 lower-case letters.
 *
 * Returns: (transfer full) (nullable): a name nobody has
 */
char *
mtx_credentials_draw_username (GError **error)
{
  return draw_letters (USERNAME_BYTES, 'a', error);
}

/**
 * mtx_credentials_draw_device_id:
 * @error: %MTX_ERROR_FAILED if there is no randomness
 *
 * Draws a device id of 16 upper-case letters.
 *
 * Returns: (transfer full) (nullable): a device id
 */
char *
mtx_credentials_draw_device_id (GError **error)
{
  return draw_letters (DEVICE_ID_BYTES, 'A', error);
}
