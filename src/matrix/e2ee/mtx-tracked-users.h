/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose device lists we follow, and which of them are out of date. Each time a list becomes so its
 * generation grows; an answer to a question asked in an earlier generation does not make it fresh (M16).
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-device-store.h"

G_BEGIN_DECLS

typedef struct _MtxTrackedUsers MtxTrackedUsers;

MtxTrackedUsers *mtx_tracked_users_new            (void);
void             mtx_tracked_users_free           (MtxTrackedUsers          *self);
void             mtx_tracked_users_load           (MtxTrackedUsers          *self,
                                                   GPtrArray                *rows);
void             mtx_tracked_users_track          (MtxTrackedUsers          *self,
                                                   const char * const       *user_ids,
                                                   MtxChangeSet             *changes);
void             mtx_tracked_users_mark_changed   (MtxTrackedUsers          *self,
                                                   const char * const       *user_ids,
                                                   MtxChangeSet             *changes);
void             mtx_tracked_users_mark_all       (MtxTrackedUsers          *self,
                                                   MtxChangeSet             *changes);
void             mtx_tracked_users_mark_left      (MtxTrackedUsers          *self,
                                                   const char * const       *user_ids,
                                                   MtxChangeSet             *changes);
gboolean         mtx_tracked_users_is_dirty       (MtxTrackedUsers          *self,
                                                   const char               *user_id);
gint64           mtx_tracked_users_get_generation (MtxTrackedUsers          *self,
                                                   const char               *user_id);
GStrv            mtx_tracked_users_dup_dirty      (MtxTrackedUsers          *self);
void             mtx_tracked_users_mark_fresh     (MtxTrackedUsers          *self,
                                                   const char               *user_id,
                                                   gint64                    asked_generation,
                                                   MtxChangeSet             *changes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxTrackedUsers, mtx_tracked_users_free)

G_END_DECLS
