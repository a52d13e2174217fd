/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list for the screens whose changes take effect outside of fibers.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_OUTSIDE_LIST (mtx_outside_list_get_type ())

G_DECLARE_FINAL_TYPE (MtxOutsideList, mtx_outside_list, MTX, OUTSIDE_LIST, GObject)

MtxOutsideList *mtx_outside_list_new    (GType           item_type);
void            mtx_outside_list_follow (MtxOutsideList *self,
                                         GListModel     *source);
void            mtx_outside_list_splice (MtxOutsideList *self,
                                         guint           position,
                                         guint           n_removed,
                                         GPtrArray      *added);

G_END_DECLS
