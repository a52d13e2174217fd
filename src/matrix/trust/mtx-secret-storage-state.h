/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How it stands with the account's secret storage, as one state.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * MtxSecretStorageState:
 * @MTX_SECRET_STORAGE_UNKNOWN: the server was not asked yet, or did not answer
 * @MTX_SECRET_STORAGE_MISSING: the account has none, or none that was finished
 * @MTX_SECRET_STORAGE_FOREIGN: there is one that our key does not open; somebody else made it, and it is left alone
 * @MTX_SECRET_STORAGE_OPEN: our key opens it
 */
typedef enum
{
  MTX_SECRET_STORAGE_UNKNOWN,
  MTX_SECRET_STORAGE_MISSING,
  MTX_SECRET_STORAGE_FOREIGN,
  MTX_SECRET_STORAGE_OPEN,
} MtxSecretStorageState;

#define MTX_TYPE_SECRET_STORAGE_STATE (mtx_secret_storage_state_get_type ())

GType mtx_secret_storage_state_get_type (void);

G_END_DECLS
