/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All of a backup as the server sends it, read one entry at a time.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxBackupReader MtxBackupReader;

MtxBackupReader *mtx_backup_reader_new  (GBytes           *untrusted);
void             mtx_backup_reader_free (MtxBackupReader  *self);
gboolean         mtx_backup_reader_next (MtxBackupReader  *self,
                                         char            **room_id,
                                         char            **session_id,
                                         JsonObject      **untrusted_item,
                                         GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxBackupReader, mtx_backup_reader_free)

G_END_DECLS
