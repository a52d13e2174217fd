/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How it stands with the copy of our room keys on the server, as one state.
 */
#include "mtx-key-backup-state.h"

/* clang-format off */
G_DEFINE_ENUM_TYPE (MtxKeyBackupState, mtx_key_backup_state,
                    G_DEFINE_ENUM_VALUE (MTX_KEY_BACKUP_UNKNOWN, "unknown"),
                    G_DEFINE_ENUM_VALUE (MTX_KEY_BACKUP_OFF, "off"),
                    G_DEFINE_ENUM_VALUE (MTX_KEY_BACKUP_DISABLED, "disabled"),
                    G_DEFINE_ENUM_VALUE (MTX_KEY_BACKUP_READY, "ready"),
                    G_DEFINE_ENUM_VALUE (MTX_KEY_BACKUP_WRONG_KEY, "wrong-key"),
                    G_DEFINE_ENUM_VALUE (MTX_KEY_BACKUP_UNTRUSTED, "untrusted"),
                    G_DEFINE_ENUM_VALUE (MTX_KEY_BACKUP_UNSUPPORTED, "unsupported"))
/* clang-format on */
