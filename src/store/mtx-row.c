/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows by description: the SQL that selects and puts them, and the way between a struct and a statement.
 */
#include "mtx-row-private.h"

#include "mtx-sqlite-autocleanups.h"

static char *
column_list (const MtxRowType *type)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < type->n_columns; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", type->columns[i].name);

  return g_string_free_and_steal (list);
}

static GString *
begin_insert (const MtxRowType *type)
{
  g_autofree char *columns = column_list (type);
  GString         *sql = g_string_new (NULL);

  g_string_append_printf (sql, "INSERT INTO %s (%s) VALUES (", type->table, columns);
  for (guint i = 0; i < type->n_columns; i++)
    g_string_append_printf (sql, "%s?%u", i > 0 ? ", " : "", i + 1);
  g_string_append_c (sql, ')');

  return sql;
}

static const char *
make_select (const MtxRowType *type)
{
  g_autofree char *columns = column_list (type);
  g_autofree char *sql = g_strdup_printf ("SELECT %s FROM %s ", columns, type->table);

  return g_intern_string (sql);
}

static const char *
make_insert (const MtxRowType *type)
{
  g_autoptr (GString) sql = begin_insert (type);

  return g_intern_string (sql->str);
}

static const char *
make_upsert (const MtxRowType *type)
{
  g_autoptr (GString) sql = begin_insert (type);
  g_auto (GStrv)      key = g_strsplit (type->key, ", ", -1);
  const char         *separator = " DO UPDATE SET ";

  g_string_append_printf (sql, " ON CONFLICT (%s)", type->key);
  for (guint i = 0; i < type->n_columns; i++)
    {
      const MtxColumn *column = &type->columns[i];

      if (g_strv_contains ((const char *const *)key, column->name))
        continue;

      g_string_append_printf (sql, "%s%s = ", separator, column->name);
      if (column->when_put_again != NULL)
        g_string_append (sql, column->when_put_again);
      else
        g_string_append_printf (sql, "excluded.%s", column->name);
      separator = ", ";
    }

  return g_intern_string (sql->str);
}

/*
 * _mtx_row_type_get_select:
 * @type: a type of row
 *
 * Returns: SELECT of all columns from the table, and a blank, to be completed with WHERE and so on
 */
const char *
_mtx_row_type_get_select (MtxRowType *type)
{
  if (g_once_init_enter_pointer (&type->select))
    g_once_init_leave_pointer (&type->select, make_select (type));

  return type->select;
}

/*
 * _mtx_row_type_get_insert:
 * @type: a type of row
 *
 * Returns: the statement that adds a row and fails if it exists; its parameters are the columns
 */
const char *
_mtx_row_type_get_insert (MtxRowType *type)
{
  if (g_once_init_enter_pointer (&type->insert))
    g_once_init_leave_pointer (&type->insert, make_insert (type));

  return type->insert;
}

/*
 * _mtx_row_type_get_upsert:
 * @type: a type of row
 *
 * Returns: the statement that adds a row or replaces its values; its parameters are the columns
 */
const char *
_mtx_row_type_get_upsert (MtxRowType *type)
{
  if (g_once_init_enter_pointer (&type->upsert))
    g_once_init_leave_pointer (&type->upsert, make_upsert (type));

  return type->upsert;
}

/*
 * _mtx_row_clear:
 * @type: the type of @row
 * @row: a row made by _mtx_row_read()
 *
 * Frees what the row owns, not the row.
 */
void
_mtx_row_clear (const MtxRowType *type,
                gpointer          row)
{
  for (guint i = 0; i < type->n_columns; i++)
    {
      gpointer field = (char *)row + type->columns[i].offset;

      switch (type->columns[i].kind)
        {
        case MTX_COLUMN_TEXT:
          g_clear_pointer ((char **)field, g_free);
          break;

        case MTX_COLUMN_BLOB:
          g_clear_pointer ((GBytes **)field, g_bytes_unref);
          break;

        case MTX_COLUMN_SECRET:
          g_clear_pointer ((MtxSecretBytes **)field, mtx_secret_bytes_unref);
          break;

        case MTX_COLUMN_INTEGER:
        case MTX_COLUMN_SMALL:
        case MTX_COLUMN_SERIAL:
        default:
          break;
        }
    }
}

/*
 * _mtx_row_new:
 * @type: a type of row
 * @fields: a struct of that type, whose pointers stay the caller's
 *
 * Returns: (transfer full): a counted row with the same fields
 */
gpointer
_mtx_row_new (const MtxRowType *type,
              gconstpointer     fields)
{
  char *row = g_atomic_rc_box_alloc0 (type->size);

  for (guint i = 0; i < type->n_columns; i++)
    {
      gconstpointer from = (const char *)fields + type->columns[i].offset;
      gpointer      to = row + type->columns[i].offset;

      switch (type->columns[i].kind)
        {
        case MTX_COLUMN_TEXT:
          *(char **)to = g_strdup (*(char *const *)from);
          break;

        case MTX_COLUMN_BLOB:
          if (*(GBytes *const *)from != NULL)
            *(GBytes **)to = g_bytes_ref (*(GBytes *const *)from);
          break;

        case MTX_COLUMN_SECRET:
          if (*(MtxSecretBytes *const *)from != NULL)
            *(MtxSecretBytes **)to = mtx_secret_bytes_ref (*(MtxSecretBytes *const *)from);
          break;

        case MTX_COLUMN_SMALL:
          *(int *)to = *(const int *)from;
          break;

        case MTX_COLUMN_INTEGER:
        case MTX_COLUMN_SERIAL:
        default:
          *(gint64 *)to = *(const gint64 *)from;
          break;
        }
    }

  return row;
}

/* SQLite converts on demand, and the order of calls matters: the pointer first, then the length. */
static void
read_field (MtxColumnKind kind,
            gpointer      field,
            sqlite3_stmt *statement,
            int           index)
{
  gboolean      null = sqlite3_column_type (statement, index) == SQLITE_NULL;
  gconstpointer bytes = NULL;

  switch (kind)
    {
    case MTX_COLUMN_TEXT:
      *(char **)field = g_strdup ((const char *)sqlite3_column_text (statement, index));
      break;

    case MTX_COLUMN_BLOB:
      bytes = sqlite3_column_blob (statement, index);
      *(GBytes **)field = null ? NULL : g_bytes_new (bytes, sqlite3_column_bytes (statement, index));
      break;

    case MTX_COLUMN_SECRET:
      bytes = sqlite3_column_blob (statement, index);
      *(MtxSecretBytes **)field = null ? NULL : mtx_secret_bytes_new (bytes, sqlite3_column_bytes (statement, index));
      break;

    case MTX_COLUMN_INTEGER:
    case MTX_COLUMN_SERIAL:
      *(gint64 *)field = sqlite3_column_int64 (statement, index);
      break;

    case MTX_COLUMN_SMALL:
      *(int *)field = sqlite3_column_int (statement, index);
      break;

    default:
      g_assert_not_reached ();
    }
}

/*
 * _mtx_row_read:
 * @type: a type of row
 * @statement: a statement that has a row and selects exactly the columns of @type
 *
 * Returns: (transfer full): a counted row
 */
gpointer
_mtx_row_read (const MtxRowType    *type,
               struct sqlite3_stmt *statement)
{
  char *row = g_atomic_rc_box_alloc0 (type->size);

  g_assert ((guint)sqlite3_column_count (statement) == type->n_columns);

  for (guint i = 0; i < type->n_columns; i++)
    read_field (type->columns[i].kind, row + type->columns[i].offset, statement, i);

  return row;
}

/*
 * _mtx_row_to_values:
 * @type: the type of @row
 * @row: a row
 * @values: (out caller-allocates): as many as the type has columns; they borrow from @row
 *
 * Says what to bind to the parameters of the type's insert and upsert.
 */
void
_mtx_row_to_values (const MtxRowType *type,
                    gconstpointer     row,
                    MtxValue         *values)
{
  for (guint i = 0; i < type->n_columns; i++)
    {
      gconstpointer field = (const char *)row + type->columns[i].offset;

      switch (type->columns[i].kind)
        {
        case MTX_COLUMN_TEXT:
          values[i] = MTX_TEXT (*(const char *const *)field);
          break;

        case MTX_COLUMN_BLOB:
          values[i] = MTX_BLOB (*(GBytes *const *)field);
          break;

        case MTX_COLUMN_SECRET:
          values[i] = MTX_SECRET (*(MtxSecretBytes *const *)field);
          break;

        case MTX_COLUMN_INTEGER:
          values[i] = MTX_INTEGER (*(const gint64 *)field);
          break;

        case MTX_COLUMN_SMALL:
          values[i] = MTX_INTEGER (*(const int *)field);
          break;

        case MTX_COLUMN_SERIAL:
          values[i] = MTX_TEXT (NULL);
          break;

        default:
          g_assert_not_reached ();
        }
    }
}
