/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the store's types, and what all its rows have in common.
 *
 * A row is one record of a table, and serves both ways:
 *
 * - Handed to a put function it is a struct on the caller's stack, filled by designated initialisers
 *   with pointers the caller owns. The function copies what it needs before it returns.
 * - Coming out of a load function it is counted, owns all its fields, is never changed, and may be
 *   passed between threads. Lists of rows are a GPtrArray whose elements are unreferenced with it.
 *   The new function makes such a row of a struct's fields.
 *
 * A load function of one record rejects with MTX_ERROR_NOT_FOUND if there is none; a list is empty then.
 * Times are milliseconds since 1970 unless a name says otherwise. Text columns hold UTF-8. The values of
 * enums are stored: new ones go to the end.
 */
#pragma once

#include "mtx-secret-bytes.h"

G_BEGIN_DECLS

typedef struct _MtxChangeSet MtxChangeSet;
typedef struct _MtxDb        MtxDb;

#define MTX_DECLARE_ROW(Type, prefix)            \
  GType  prefix##_get_type (void);               \
  Type  *prefix##_new      (const Type *fields); \
  Type  *prefix##_ref      (Type *self);         \
  void   prefix##_unref    (Type *self);         \
  G_DEFINE_AUTOPTR_CLEANUP_FUNC (Type, prefix##_unref)

G_END_DECLS
