/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Key material in pages of its own: a page that is locked, left out of core files or released never
 * holds anything else.
 */
#include "mtx-secret-bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "mtx-error.h"

struct _MtxSecretBytes
{
  gatomicrefcount ref_count;
  gsize           length;
  gsize           mapped; /* whole pages, at least one */
  guint8         *bytes;
};

G_DEFINE_BOXED_TYPE (MtxSecretBytes, mtx_secret_bytes, mtx_secret_bytes_ref, mtx_secret_bytes_unref)

static MtxSecretBytes *
allocate (gsize length)
{
  MtxSecretBytes *self = g_new0 (MtxSecretBytes, 1);
  gsize           page = (gsize)sysconf (_SC_PAGESIZE);

  g_atomic_ref_count_init (&self->ref_count);
  self->length = length;
  self->mapped = (MAX (length, 1) + page - 1) / page * page;
  self->bytes = mmap (NULL, self->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (self->bytes == MAP_FAILED)
    g_error ("Out of memory for %" G_GSIZE_FORMAT " secret bytes", length);

  /* Best effort: a small limit on locked memory must not make keys unusable. */
  (void)mlock (self->bytes, self->mapped);
  (void)madvise (self->bytes, self->mapped, MADV_DONTDUMP);

  return self;
}

/**
 * mtx_secret_bytes_new:
 * @bytes: (array length=length) (nullable): what to keep; %NULL if @length is 0
 * @length: number of bytes
 *
 * Copies key material. The caller still has to wipe its own copy.
 *
 * Returns: (transfer full): the secret
 */
MtxSecretBytes *
mtx_secret_bytes_new (const guint8 *bytes,
                      gsize         length)
{
  MtxSecretBytes *self = NULL;

  g_return_val_if_fail (bytes != NULL || length == 0, NULL);

  self = allocate (length);
  if (length > 0)
    memcpy (self->bytes, bytes, length);

  return self;
}

/**
 * mtx_secret_bytes_new_take:
 * @bytes: (array length=length) (nullable) (transfer full): memory from g_malloc()
 * @length: number of bytes
 *
 * Like [ctor@Mtx.SecretBytes.new], but wipes and frees @bytes.
 *
 * Returns: (transfer full): the secret
 */
MtxSecretBytes *
mtx_secret_bytes_new_take (guint8 *bytes,
                           gsize   length)
{
  MtxSecretBytes *self = mtx_secret_bytes_new (bytes, length);

  if (bytes != NULL)
    mtx_secret_wipe (bytes, length);
  g_free (bytes);

  return self;
}

/**
 * mtx_secret_bytes_random:
 * @length: number of bytes
 * @error: return location for an error
 *
 * Draws key material from the system's random source.
 *
 * Returns: (transfer full) (nullable): @length random bytes, never fewer; or %NULL with
 *   %MTX_ERROR_FAILED if the system has none to give
 */
MtxSecretBytes *
mtx_secret_bytes_random (gsize    length,
                         GError **error)
{
  g_autoptr (MtxSecretBytes) self = allocate (length);
  gsize                      filled = 0;

  while (filled < length)
    {
      gssize got = getrandom (self->bytes + filled, length - filled, 0);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_FAILED, "The system gave no random bytes");
          return NULL;
        }
      filled += (gsize)got;
    }

  return g_steal_pointer (&self);
}

/**
 * mtx_secret_bytes_ref:
 * @self: a secret
 *
 * Shares the secret. Any thread.
 *
 * Returns: (transfer full): @self
 */
MtxSecretBytes *
mtx_secret_bytes_ref (MtxSecretBytes *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * mtx_secret_bytes_unref:
 * @self: (transfer full): a secret
 *
 * Lets go; the last holder overwrites the bytes. Any thread.
 */
void
mtx_secret_bytes_unref (MtxSecretBytes *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  mtx_secret_wipe (self->bytes, self->length);
  munmap (self->bytes, self->mapped);
  g_free (self);
}

/**
 * mtx_secret_bytes_get:
 * @self: a secret
 * @length: (out) (optional): return location for the number of bytes
 *
 * Gets the bytes. There is no terminating zero.
 *
 * Returns: (transfer none) (array length=length): the bytes, never %NULL
 */
const guint8 *
mtx_secret_bytes_get (MtxSecretBytes *self,
                      gsize          *length)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (length != NULL)
    *length = self->length;

  return self->bytes;
}

/**
 * mtx_secret_bytes_get_size:
 * @self: a secret
 *
 * Gets the number of bytes, which is no secret.
 *
 * Returns: the number of bytes
 */
gsize
mtx_secret_bytes_get_size (MtxSecretBytes *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->length;
}

/**
 * mtx_secret_bytes_equal:
 * @self: a secret
 * @other: a secret
 *
 * Compares in a time that depends on the lengths only.
 *
 * Returns: whether both hold the same bytes
 */
gboolean
mtx_secret_bytes_equal (MtxSecretBytes *self,
                        MtxSecretBytes *other)
{
  volatile guint8 difference = 0;

  g_return_val_if_fail (self != NULL && other != NULL, FALSE);

  if (self->length != other->length)
    return FALSE;

  for (gsize i = 0; i < self->length; i++)
    difference |= self->bytes[i] ^ other->bytes[i];

  return difference == 0;
}

/**
 * mtx_secret_wipe:
 * @memory: what to overwrite
 * @length: number of bytes
 *
 * Overwrites memory in a way the compiler does not leave out.
 */
void
mtx_secret_wipe (gpointer memory,
                 gsize    length)
{
  if (length > 0)
    explicit_bzero (memory, length);
}

/**
 * mtx_secret_string_free:
 * @secret: (nullable) (transfer full): text from g_malloc()
 *
 * Overwrites the text and frees it.
 */
void
mtx_secret_string_free (char *secret)
{
  if (secret == NULL)
    return;

  mtx_secret_wipe (secret, strlen (secret));
  g_free (secret);
}
