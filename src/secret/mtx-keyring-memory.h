/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A keyring that is gone with the process, and whose state tests choose.
 */
#pragma once

#include "mtx-keyring.h"

G_BEGIN_DECLS

/**
 * MtxKeyringMemoryState:
 * @MTX_KEYRING_MEMORY_AVAILABLE: everything can be read
 * @MTX_KEYRING_MEMORY_LOCKED: unlocking makes it available
 * @MTX_KEYRING_MEMORY_ABSENT: there is no place for secrets
 * @MTX_KEYRING_MEMORY_WRONG_SECRET: the keyring was made with another password
 */
typedef enum
{
  MTX_KEYRING_MEMORY_AVAILABLE,
  MTX_KEYRING_MEMORY_LOCKED,
  MTX_KEYRING_MEMORY_ABSENT,
  MTX_KEYRING_MEMORY_WRONG_SECRET,
} MtxKeyringMemoryState;

#define MTX_TYPE_KEYRING_MEMORY (mtx_keyring_memory_get_type ())

G_DECLARE_FINAL_TYPE (MtxKeyringMemory, mtx_keyring_memory, MTX, KEYRING_MEMORY, GObject)

MtxKeyring *mtx_keyring_memory_new            (void);
void        mtx_keyring_memory_set_state      (MtxKeyringMemory      *self,
                                               MtxKeyringMemoryState  state);
void        mtx_keyring_memory_dismiss_prompt (MtxKeyringMemory      *self);
void        mtx_keyring_memory_damage         (MtxKeyringMemory      *self,
                                               const char            *provider,
                                               const char            *item);
const char *mtx_keyring_memory_get_label      (MtxKeyringMemory      *self,
                                               const char            *provider,
                                               const char            *item);

G_END_DECLS
