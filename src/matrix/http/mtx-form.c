/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes a form. Memory that held part of it is never given back unwiped, so it grows by copies.
 */
#include "mtx-form.h"

#include <string.h>

#include "mtx-secret-bytes.h"

struct _MtxForm
{
  /* owned */
  guint8 *bytes;
  gsize   length;
};

typedef struct
{
  gsize  length;
  guint8 bytes[];
} Wiped;

static void
wiped_free (gpointer data)
{
  Wiped *wiped = data;

  mtx_secret_wipe (wiped->bytes, wiped->length);
  g_free (wiped);
}

static void
append (MtxForm      *self,
        const guint8 *bytes,
        gsize         length)
{
  guint8 *grown = g_malloc (self->length + length);

  if (self->bytes != NULL)
    {
      memcpy (grown, self->bytes, self->length);
      mtx_secret_wipe (self->bytes, self->length);
      g_free (self->bytes);
    }
  memcpy (grown + self->length, bytes, length);
  self->bytes = grown;
  self->length += length;
}

static void
append_encoded (MtxForm      *self,
                const guint8 *bytes,
                gsize         length)
{
  static const char digits[] = "0123456789ABCDEF";
  guint8           *encoded = g_malloc (3 * length + 1);
  gsize             used = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (g_ascii_isalnum (bytes[i]) || strchr ("-._~", bytes[i]) != NULL)
        encoded[used++] = bytes[i];
      else
        {
          encoded[used++] = '%';
          encoded[used++] = (guint8)digits[bytes[i] >> 4];
          encoded[used++] = (guint8)digits[bytes[i] & 15];
        }
    }
  append (self, encoded, used);
  mtx_secret_wipe (encoded, 3 * length + 1);
  g_free (encoded);
}

static void
append_name (MtxForm    *self,
             const char *name)
{
  if (self->length > 0)
    append (self, (const guint8 *)"&", 1);
  append_encoded (self, (const guint8 *)name, strlen (name));
  append (self, (const guint8 *)"=", 1);
}

/**
 * mtx_form_new:
 *
 * Returns: (transfer full): a form without fields
 */
MtxForm *
mtx_form_new (void)
{
  return g_new0 (MtxForm, 1);
}

/**
 * mtx_form_free:
 * @self: (transfer full): a form
 *
 * Wipes and frees it.
 */
void
mtx_form_free (MtxForm *self)
{
  if (self->bytes != NULL)
    mtx_secret_wipe (self->bytes, self->length);
  g_free (self->bytes);
  g_free (self);
}

/**
 * mtx_form_add:
 * @self: a form
 * @name: a field
 * @value: its value
 *
 * Adds a field.
 */
void
mtx_form_add (MtxForm    *self,
              const char *name,
              const char *value)
{
  g_return_if_fail (self != NULL && name != NULL && value != NULL);

  append_name (self, name);
  append_encoded (self, (const guint8 *)value, strlen (value));
}

/**
 * mtx_form_add_secret:
 * @self: a form
 * @name: a field
 * @value: its value
 *
 * Adds a field that nobody may find in memory later.
 */
void
mtx_form_add_secret (MtxForm        *self,
                     const char     *name,
                     MtxSecretBytes *value)
{
  const guint8 *bytes = NULL;
  gsize         length = 0;

  g_return_if_fail (self != NULL && name != NULL && value != NULL);

  bytes = mtx_secret_bytes_get (value, &length);
  append_name (self, name);
  append_encoded (self, bytes, length);
}

/**
 * mtx_form_dup_bytes:
 * @self: a form
 *
 * Returns: (transfer full): the body, wiped when freed
 */
GBytes *
mtx_form_dup_bytes (MtxForm *self)
{
  Wiped *copy = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_malloc (sizeof *copy + self->length);
  copy->length = self->length;
  if (self->length > 0)
    memcpy (copy->bytes, self->bytes, self->length);

  return g_bytes_new_with_free_func (copy->bytes, copy->length, wiped_free, copy);
}
