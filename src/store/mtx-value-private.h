/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A value bound to a parameter of an SQL statement. This is the only way data gets into SQL: no statement
 * is ever composed with a value in it.
 */
#pragma once

#include "mtx-secret-bytes.h"

G_BEGIN_DECLS

struct sqlite3_stmt;

typedef enum
{
  MTX_VALUE_INTEGER,
  MTX_VALUE_TEXT,
  MTX_VALUE_BLOB,
  MTX_VALUE_SECRET,
} MtxValueKind;

typedef struct
{
  MtxValueKind kind;
  union
  {
    gint64          integer;
    const char     *text;   /* NULL is SQL's NULL, and so below */
    GBytes         *blob;
    MtxSecretBytes *secret;
  };
} MtxValue;

#define MTX_INTEGER(value) ((MtxValue) { .kind = MTX_VALUE_INTEGER, .integer = (value) })
#define MTX_TEXT(value)    ((MtxValue) { .kind = MTX_VALUE_TEXT, .text = (value) })
#define MTX_BLOB(value)    ((MtxValue) { .kind = MTX_VALUE_BLOB, .blob = (value) })
#define MTX_SECRET(value)  ((MtxValue) { .kind = MTX_VALUE_SECRET, .secret = (value) })

/* Two arguments: the values, borrowed, and their number. */
#define MTX_VALUES(...) ((const MtxValue[]) { __VA_ARGS__ }), G_N_ELEMENTS (((const MtxValue[]) { __VA_ARGS__ }))

MtxValue _mtx_value_copy  (const MtxValue      *self);
void     _mtx_value_clear (MtxValue            *self);
int      _mtx_value_bind  (const MtxValue      *self,
                           struct sqlite3_stmt *statement,
                           int                  parameter);

G_END_DECLS
