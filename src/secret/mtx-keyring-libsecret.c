/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chooses between the two places where libsecret keeps secrets.
 */
#include "mtx-keyring-libsecret.h"

#include "mtx-keyring-file.h"
#include "mtx-keyring-service.h"

/**
 * mtx_keyring_libsecret_new:
 *
 * Makes the keyring that fits where the program runs: in a sandbox the Secret Service is out of reach and
 * libsecret uses a file; elsewhere its environment variable `SECRET_BACKEND` decides. Nothing is asked of
 * the system before the first use.
 *
 * Returns: (transfer full): a keyring
 */
MtxKeyring *
mtx_keyring_libsecret_new (void)
{
  if (mtx_keyring_file_is_sandboxed () || g_strcmp0 (g_getenv ("SECRET_BACKEND"), "file") == 0)
    return mtx_keyring_file_new ();

  return mtx_keyring_service_new ();
}
