/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A body of `application/x-www-form-urlencoded`, wiped when it is freed: what OAuth's endpoints take.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

#define MTX_FORM_CONTENT_TYPE "application/x-www-form-urlencoded"

typedef struct _MtxForm MtxForm;

MtxForm *mtx_form_new        (void);
void     mtx_form_free       (MtxForm         *self);
void     mtx_form_add        (MtxForm         *self,
                              const char      *name,
                              const char      *value);
void     mtx_form_add_secret (MtxForm         *self,
                              const char      *name,
                              MtxSecretBytes  *value);
GBytes  *mtx_form_dup_bytes  (MtxForm         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxForm, mtx_form_free)

G_END_DECLS
