/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How it stands with the copy of our room keys on the server, as one state.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * MtxKeyBackupState:
 * @MTX_KEY_BACKUP_UNKNOWN: the server has not been asked yet, or did not answer
 * @MTX_KEY_BACKUP_OFF: the server has no backup any more; somebody took it away, and none is made silently
 * @MTX_KEY_BACKUP_DISABLED: the person switched it off, perhaps in another client
 * @MTX_KEY_BACKUP_READY: ours: what is here goes up, what is there can be read
 * @MTX_KEY_BACKUP_WRONG_KEY: our identity or a verified device of ours signed it, but our private key is another's
 * @MTX_KEY_BACKUP_UNTRUSTED: nobody we trust signed it and the key is not ours (threat 79)
 * @MTX_KEY_BACKUP_UNSUPPORTED: the server knows no backups
 *
 * Room keys go up in %MTX_KEY_BACKUP_READY only.
 */
typedef enum
{
  MTX_KEY_BACKUP_UNKNOWN,
  MTX_KEY_BACKUP_OFF,
  MTX_KEY_BACKUP_DISABLED,
  MTX_KEY_BACKUP_READY,
  MTX_KEY_BACKUP_WRONG_KEY,
  MTX_KEY_BACKUP_UNTRUSTED,
  MTX_KEY_BACKUP_UNSUPPORTED,
} MtxKeyBackupState;

#define MTX_TYPE_KEY_BACKUP_STATE (mtx_key_backup_state_get_type ())

GType mtx_key_backup_state_get_type (void);

G_END_DECLS
