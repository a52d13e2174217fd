/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Key material: immutable, counted, kept out of swap and core files where the system allows, compared in
 * constant time, and overwritten when the last holder lets go.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_SECRET_BYTES (mtx_secret_bytes_get_type ())

GType           mtx_secret_bytes_get_type (void);
MtxSecretBytes *mtx_secret_bytes_new      (const guint8   *bytes,
                                           gsize           length);
MtxSecretBytes *mtx_secret_bytes_new_take (guint8         *bytes,
                                           gsize           length);
MtxSecretBytes *mtx_secret_bytes_random   (gsize           length,
                                           GError        **error);
MtxSecretBytes *mtx_secret_bytes_ref      (MtxSecretBytes *self);
void            mtx_secret_bytes_unref    (MtxSecretBytes *self);
const guint8   *mtx_secret_bytes_get      (MtxSecretBytes *self,
                                           gsize          *length);
gsize           mtx_secret_bytes_get_size (MtxSecretBytes *self);
gboolean        mtx_secret_bytes_equal    (MtxSecretBytes *self,
                                           MtxSecretBytes *other);
void            mtx_secret_wipe           (gpointer        memory,
                                           gsize           length);
void            mtx_secret_string_free    (char           *secret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxSecretBytes, mtx_secret_bytes_unref)

G_END_DECLS
