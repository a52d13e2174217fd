/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One description of a row – its table, key and columns – from which it is selected, put, read and
 * freed, so that no column list is written twice.
 */
#pragma once

#include "mtx-store-types.h"
#include "mtx-value-private.h"

G_BEGIN_DECLS

struct sqlite3_stmt;

typedef enum
{
  MTX_COLUMN_TEXT,    /* const char * */
  MTX_COLUMN_BLOB,    /* GBytes * */
  MTX_COLUMN_SECRET,  /* MtxSecretBytes * */
  MTX_COLUMN_INTEGER, /* gint64 */
  MTX_COLUMN_SMALL,   /* an enum or a gboolean */
  MTX_COLUMN_SERIAL,  /* gint64 that the database gives; never written */
} MtxColumnKind;

typedef struct
{
  const char    *name;
  MtxColumnKind  kind;
  gsize          offset;
  const char    *when_put_again; /* SQL of the new value when the row exists; NULL: the one put */
} MtxColumn;

typedef struct
{
  gsize            size;
  const char      *table;
  const char      *key; /* comma and blank between columns, as in SQL */
  const MtxColumn *columns;
  guint            n_columns;
  GType            (*get_type) (void);
  GDestroyNotify   unref;

  /* state: SQL made once from the above; not to be set */
  const char      *select;
  const char      *insert;
  const char      *upsert;
} MtxRowType;

#define MTX_COLUMN(Type, kind, field) { #field, MTX_COLUMN_##kind, G_STRUCT_OFFSET (Type, field), NULL }
#define MTX_COLUMN_KEEPS(Type, kind, field, sql) { #field, MTX_COLUMN_##kind, G_STRUCT_OFFSET (Type, field), sql }

#define MTX_DEFINE_ROW(Type, prefix, table_name, key_columns)                                      \
  static MtxRowType prefix##_type = {                                                              \
    .size = sizeof (Type),                                                                         \
    .table = table_name,                                                                           \
    .key = key_columns,                                                                            \
    .columns = prefix##_columns,                                                                   \
    .n_columns = G_N_ELEMENTS (prefix##_columns),                                                  \
    .get_type = prefix##_get_type,                                                                 \
    .unref = (GDestroyNotify) prefix##_unref,                                                      \
  };                                                                                               \
  static void prefix##_clear (gpointer row) { _mtx_row_clear (&prefix##_type, row); }              \
  Type *prefix##_new (const Type *fields) { return _mtx_row_new (&prefix##_type, fields); }        \
  Type *prefix##_ref (Type *self) { return g_atomic_rc_box_acquire (self); }                       \
  void prefix##_unref (Type *self) { g_atomic_rc_box_release_full (self, prefix##_clear); }        \
  G_DEFINE_BOXED_TYPE (Type, prefix, prefix##_ref, prefix##_unref)

gpointer    _mtx_row_new             (const MtxRowType    *type,
                                      gconstpointer        fields);
void        _mtx_row_clear           (const MtxRowType    *type,
                                      gpointer             row);
gpointer    _mtx_row_read            (const MtxRowType    *type,
                                      struct sqlite3_stmt *statement);
void        _mtx_row_to_values       (const MtxRowType    *type,
                                      gconstpointer        row,
                                      MtxValue            *values);
const char *_mtx_row_type_get_select (MtxRowType          *type);
const char *_mtx_row_type_get_insert (MtxRowType          *type);
const char *_mtx_row_type_get_upsert (MtxRowType          *type);

G_END_DECLS
