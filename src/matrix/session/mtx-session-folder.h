/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The folder of one account on disk: is there a store, was one begun, or is there nothing?
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

/**
 * MtxSessionFolder:
 * @MTX_SESSION_FOLDER_EMPTY: there is nothing
 * @MTX_SESSION_FOLDER_BEGUN: secrets may have been made, but no store yet
 * @MTX_SESSION_FOLDER_STORE: there is, or was, a store
 */
typedef enum
{
  MTX_SESSION_FOLDER_EMPTY,
  MTX_SESSION_FOLDER_BEGUN,
  MTX_SESSION_FOLDER_STORE,
} MtxSessionFolder;

char      *mtx_session_folder_dup_store_path (const char *folder);
DexFuture *mtx_session_folder_inspect        (const char *folder);
DexFuture *mtx_session_folder_begin          (const char *folder);
DexFuture *mtx_session_folder_settle         (const char *folder);
DexFuture *mtx_session_folder_abandon        (const char *folder);
DexFuture *mtx_session_folder_clear          (const char *folder);

G_END_DECLS
