/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What protects an account, and why one could not be brought back, in the user's words.
 */
#pragma once

#include "sup-restore-error.h"
#include "sup-security.h"

G_BEGIN_DECLS

const char *sup_security_words_storage        (MtxSecretStorageState  state);
const char *sup_security_words_backup         (MtxKeyBackupState      state);
const char *sup_security_words_own_title      (SupOwnIdentity         identity);
const char *sup_security_words_own_meaning    (SupOwnIdentity         identity);
const char *sup_security_words_restore_error  (SupRestoreError        error);

G_END_DECLS
