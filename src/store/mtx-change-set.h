/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes of several stores, collected first and committed as one transaction by mtx_db_commit(): all of
 * them, in the order they were added, or none. Built on one thread; never changed once committed.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_CHANGE_SET (mtx_change_set_get_type ())

GType         mtx_change_set_get_type (void);
MtxChangeSet *mtx_change_set_new      (void);
MtxChangeSet *mtx_change_set_ref      (MtxChangeSet *self);
void          mtx_change_set_unref    (MtxChangeSet *self);
gboolean      mtx_change_set_is_empty (MtxChangeSet *self);
void          mtx_change_set_merge    (MtxChangeSet *self,
                                       MtxChangeSet *other);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxChangeSet, mtx_change_set_unref)

G_END_DECLS
