/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The interface of a keyring: what callers may rely on, whatever lies behind it.
 */
#include "mtx-keyring.h"

G_DEFINE_INTERFACE (MtxKeyring, mtx_keyring, G_TYPE_OBJECT)

static void
mtx_keyring_default_init (MtxKeyringInterface *iface)
{
}

/**
 * mtx_keyring_load:
 * @self: a keyring
 * @provider: the opaque id under which a provider's items are kept
 * @item: which one, such as "store-key" or "security-key"
 *
 * Reads a secret. Never asks the user.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Mtx.SecretBytes], or rejects with
 *   %MTX_ERROR_NOT_FOUND if there is no such item, %MTX_ERROR_LOCKED, %MTX_ERROR_ABSENT,
 *   %MTX_ERROR_WRONG_SECRET if the keyring was made with another password, %MTX_ERROR_DAMAGED if the
 *   item's content is not what this program wrote, or %MTX_ERROR_FAILED
 */
DexFuture *
mtx_keyring_load (MtxKeyring *self,
                  const char *provider,
                  const char *item)
{
  g_return_val_if_fail (MTX_IS_KEYRING (self), NULL);
  g_return_val_if_fail (provider != NULL && *provider != '\0', NULL);
  g_return_val_if_fail (item != NULL && *item != '\0', NULL);

  return MTX_KEYRING_GET_IFACE (self)->load (self, provider, item);
}

/**
 * mtx_keyring_create:
 * @self: a keyring
 * @provider: the opaque id under which a provider's items are kept
 * @item: which one
 * @label: what a person sees in a keyring manager, already translated
 * @secret: what to keep, at least one byte
 *
 * Keeps a secret that was never kept before. Once the future resolves, the secret was read back and is
 * the same. Never asks the user.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_REFUSED if there
 *   is such an item, or with the errors of [method@Mtx.Keyring.load] except %MTX_ERROR_NOT_FOUND if that
 *   cannot be known. %MTX_ERROR_LOCKED also means that the system has no keyring yet, and that unlocking
 *   will make one.
 */
DexFuture *
mtx_keyring_create (MtxKeyring     *self,
                    const char     *provider,
                    const char     *item,
                    const char     *label,
                    MtxSecretBytes *secret)
{
  g_return_val_if_fail (MTX_IS_KEYRING (self), NULL);
  g_return_val_if_fail (provider != NULL && *provider != '\0', NULL);
  g_return_val_if_fail (item != NULL && *item != '\0', NULL);
  g_return_val_if_fail (label != NULL && *label != '\0', NULL);
  g_return_val_if_fail (secret != NULL, NULL);

  return MTX_KEYRING_GET_IFACE (self)->create (self, provider, item, label, secret);
}

/**
 * mtx_keyring_replace:
 * @self: a keyring
 * @provider: the opaque id under which a provider's items are kept
 * @item: which one
 * @label: what a person sees in a keyring manager, already translated
 * @secret: what to keep, at least one byte
 *
 * Keeps a secret in place of the one that is there, if there is one and it can be read.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with the errors of
 *   [method@Mtx.Keyring.load] except %MTX_ERROR_NOT_FOUND; then nothing changed
 */
DexFuture *
mtx_keyring_replace (MtxKeyring     *self,
                     const char     *provider,
                     const char     *item,
                     const char     *label,
                     MtxSecretBytes *secret)
{
  g_return_val_if_fail (MTX_IS_KEYRING (self), NULL);
  g_return_val_if_fail (provider != NULL && *provider != '\0', NULL);
  g_return_val_if_fail (item != NULL && *item != '\0', NULL);
  g_return_val_if_fail (label != NULL && *label != '\0', NULL);
  g_return_val_if_fail (secret != NULL, NULL);

  return MTX_KEYRING_GET_IFACE (self)->replace (self, provider, item, label, secret);
}

/**
 * mtx_keyring_forget:
 * @self: a keyring
 * @provider: the opaque id under which a provider's items are kept
 * @item: which one
 *
 * Deletes an item because the user wants it gone; a damaged one too. What is not there counts as
 * forgotten, so that a farewell can be repeated.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_LOCKED,
 *   %MTX_ERROR_ABSENT, %MTX_ERROR_WRONG_SECRET or %MTX_ERROR_FAILED
 */
DexFuture *
mtx_keyring_forget (MtxKeyring *self,
                    const char *provider,
                    const char *item)
{
  g_return_val_if_fail (MTX_IS_KEYRING (self), NULL);
  g_return_val_if_fail (provider != NULL && *provider != '\0', NULL);
  g_return_val_if_fail (item != NULL && *item != '\0', NULL);

  return MTX_KEYRING_GET_IFACE (self)->forget (self, provider, item);
}

/**
 * mtx_keyring_unlock:
 * @self: a keyring
 *
 * Asks the user, through the system's own dialog, to unlock the keyring, or to make one if there is none.
 * Asks nothing if it is open.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once everything of ours can be read, or
 *   rejects with %MTX_ERROR_LOCKED if the user declined, %MTX_ERROR_ABSENT, %MTX_ERROR_WRONG_SECRET or
 *   %MTX_ERROR_FAILED
 */
DexFuture *
mtx_keyring_unlock (MtxKeyring *self)
{
  g_return_val_if_fail (MTX_IS_KEYRING (self), NULL);

  return MTX_KEYRING_GET_IFACE (self)->unlock (self);
}

/**
 * mtx_keyring_list_providers:
 * @self: a keyring
 *
 * Finds out for which providers there are items, so that a lost store is noticed and not begun anew.
 *
 * Returns: (transfer full): a future that resolves to a `GStrv` of provider ids, sorted, each once; or
 *   rejects with %MTX_ERROR_LOCKED, %MTX_ERROR_ABSENT, %MTX_ERROR_WRONG_SECRET, %MTX_ERROR_DAMAGED or
 *   %MTX_ERROR_FAILED
 */
DexFuture *
mtx_keyring_list_providers (MtxKeyring *self)
{
  g_return_val_if_fail (MTX_IS_KEYRING (self), NULL);

  return MTX_KEYRING_GET_IFACE (self)->list_providers (self);
}
