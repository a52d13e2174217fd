/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A value bound to a parameter of an SQL statement.
 */
#include "mtx-value-private.h"

#include "mtx-sqlite-autocleanups.h"

/*
 * _mtx_value_copy:
 * @self: a value
 *
 * Returns: the same value, owning what it points to; release it with _mtx_value_clear()
 */
MtxValue
_mtx_value_copy (const MtxValue *self)
{
  MtxValue copy = *self;

  switch (self->kind)
    {
    case MTX_VALUE_TEXT:
      copy.text = g_strdup (self->text);
      break;

    case MTX_VALUE_BLOB:
      copy.blob = self->blob != NULL ? g_bytes_ref (self->blob) : NULL;
      break;

    case MTX_VALUE_SECRET:
      copy.secret = self->secret != NULL ? mtx_secret_bytes_ref (self->secret) : NULL;
      break;

    case MTX_VALUE_INTEGER:
    default:
      break;
    }

  return copy;
}

/*
 * _mtx_value_clear:
 * @self: a value made by _mtx_value_copy()
 *
 * Frees what the value owns.
 */
void
_mtx_value_clear (MtxValue *self)
{
  switch (self->kind)
    {
    case MTX_VALUE_TEXT:
      g_free ((char *)self->text);
      break;

    case MTX_VALUE_BLOB:
      g_bytes_unref (self->blob);
      break;

    case MTX_VALUE_SECRET:
      g_clear_pointer (&self->secret, mtx_secret_bytes_unref);
      break;

    case MTX_VALUE_INTEGER:
    default:
      break;
    }

  *self = MTX_INTEGER (0);
}

static int
bind_bytes (struct sqlite3_stmt *statement,
            int                  parameter,
            gconstpointer        bytes,
            gsize                length)
{
  /* An empty blob is not NULL. */
  return sqlite3_bind_blob64 (statement, parameter, length > 0 ? bytes : "", length, SQLITE_STATIC);
}

/*
 * _mtx_value_bind:
 * @self: a value that stays until the statement is reset
 * @statement: a statement
 * @parameter: number of the parameter, from 1
 *
 * Returns: SQLite's result
 */
int
_mtx_value_bind (const MtxValue      *self,
                 struct sqlite3_stmt *statement,
                 int                  parameter)
{
  gconstpointer bytes = NULL;
  gsize         length = 0;

  switch (self->kind)
    {
    case MTX_VALUE_INTEGER:
      return sqlite3_bind_int64 (statement, parameter, self->integer);

    case MTX_VALUE_TEXT:
      if (self->text == NULL)
        break;
      return sqlite3_bind_text64 (statement, parameter, self->text, strlen (self->text), SQLITE_STATIC, SQLITE_UTF8);

    case MTX_VALUE_BLOB:
      if (self->blob == NULL)
        break;
      bytes = g_bytes_get_data (self->blob, &length);
      return bind_bytes (statement, parameter, bytes, length);

    case MTX_VALUE_SECRET:
      if (self->secret == NULL)
        break;
      bytes = mtx_secret_bytes_get (self->secret, &length);
      return bind_bytes (statement, parameter, bytes, length);

    default:
      break;
    }

  return sqlite3_bind_null (statement, parameter);
}
