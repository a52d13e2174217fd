/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How it stands with the account's secret storage, as one state.
 */
#include "mtx-secret-storage-state.h"

/* clang-format off */
G_DEFINE_ENUM_TYPE (MtxSecretStorageState, mtx_secret_storage_state,
                    G_DEFINE_ENUM_VALUE (MTX_SECRET_STORAGE_UNKNOWN, "unknown"),
                    G_DEFINE_ENUM_VALUE (MTX_SECRET_STORAGE_MISSING, "missing"),
                    G_DEFINE_ENUM_VALUE (MTX_SECRET_STORAGE_FOREIGN, "foreign"),
                    G_DEFINE_ENUM_VALUE (MTX_SECRET_STORAGE_OPEN, "open"))
/* clang-format on */
