/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Starts the fiber that answers a keyring's caller.
 */
#include "mtx-keyring-request.h"

#include "mtx-fiber.h"
#include "mtx-secret-bytes.h"

static void
request_free (gpointer data)
{
  MtxKeyringRequest *self = data;

  g_clear_object (&self->keyring);
  g_clear_pointer (&self->attributes, g_hash_table_unref);
  g_clear_pointer (&self->label, g_free);
  g_clear_pointer (&self->secret, mtx_secret_bytes_unref);
  g_free (self);
}

/**
 * mtx_keyring_request_spawn:
 * @static_name: a literal that names the fiber in debuggers
 * @func: the body; gets a `MtxKeyringRequest`
 * @keyring: who was asked
 * @attributes: (transfer full): which items
 * @label: (nullable): what a person will see
 * @secret: (nullable): what to keep
 *
 * Runs @func with copies of what the caller gave.
 *
 * Returns: (transfer full): the future of the fiber
 */
DexFuture *
mtx_keyring_request_spawn (const char     *static_name,
                           DexFiberFunc    func,
                           MtxKeyring     *keyring,
                           GHashTable     *attributes,
                           const char     *label,
                           MtxSecretBytes *secret)
{
  MtxKeyringRequest *self = g_new0 (MtxKeyringRequest, 1);

  self->keyring = g_object_ref (keyring);
  self->attributes = attributes;
  self->label = g_strdup (label);
  self->secret = secret != NULL ? mtx_secret_bytes_ref (secret) : NULL;

  return mtx_fiber_spawn (static_name, func, self, request_free);
}
