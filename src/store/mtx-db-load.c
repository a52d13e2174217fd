/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The few shapes of reading: rows, one row, one value.
 */
#include "mtx-db-private.h"

#include "mtx-error.h"

typedef enum
{
  LOAD_ROWS,
  LOAD_ROW,
  LOAD_VALUE,
} LoadShape;

typedef struct
{
  LoadShape     shape;
  MtxRowType   *type; /* of rows */
  MtxResultKind kind; /* of a value */
  const char   *static_sql;
  MtxValue     *values;
  guint         n_values;
} Load;

static void
load_free (Load *self)
{
  for (guint i = 0; i < self->n_values; i++)
    _mtx_value_clear (&self->values[i]);
  g_free (self->values);
  g_free (self);
}

static Load *
load_new (LoadShape       shape,
          const char     *static_sql,
          const MtxValue *values,
          guint           n_values)
{
  Load *self = g_new0 (Load, 1);

  self->shape = shape;
  self->static_sql = static_sql;
  self->values = g_new0 (MtxValue, n_values);
  self->n_values = n_values;
  for (guint i = 0; i < n_values; i++)
    self->values[i] = _mtx_value_copy (&values[i]);

  return self;
}

static DexFuture *
load_rows (MtxSql  *sql,
           Load    *load,
           GError **error)
{
  GPtrArray *rows = _mtx_sql_select_rows (sql, load->type, load->static_sql, load->values, load->n_values, error);

  if (rows == NULL)
    return NULL;

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, rows);
}

static DexFuture *
load_row (MtxSql  *sql,
          Load    *load,
          GError **error)
{
  g_autoptr (GPtrArray) rows = NULL;

  rows = _mtx_sql_select_rows (sql, load->type, load->static_sql, load->values, load->n_values, error);
  if (rows == NULL)
    return NULL;

  if (rows->len == 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no such record");
      return NULL;
    }

  g_assert (rows->len == 1);
  g_ptr_array_set_free_func (rows, NULL);

  return dex_future_new_take_boxed (load->type->get_type (), rows->pdata[0]);
}

static DexFuture *
load_value (MtxSql  *sql,
            Load    *load,
            GError **error)
{
  MtxValue value = MTX_INTEGER (0);

  if (!_mtx_sql_select_value (sql, load->static_sql, load->values, load->n_values, &value, error))
    return NULL;

  switch (load->kind)
    {
    case MTX_RESULT_INTEGER:
      g_assert (value.kind == MTX_VALUE_INTEGER);
      return dex_future_new_for_int64 (value.integer);

    case MTX_RESULT_TEXT:
      g_assert (value.kind == MTX_VALUE_TEXT);
      return dex_future_new_take_string ((char *)value.text);

    case MTX_RESULT_BLOB:
      g_assert (value.kind == MTX_VALUE_BLOB);
      return dex_future_new_take_boxed (G_TYPE_BYTES, value.blob);

    default:
      g_assert_not_reached ();
    }
}

static DexFuture *
load_func (MtxSql  *sql,
           gpointer data,
           GError **error)
{
  Load *load = data;

  switch (load->shape)
    {
    case LOAD_ROWS:
      return load_rows (sql, load, error);

    case LOAD_ROW:
      return load_row (sql, load, error);

    case LOAD_VALUE:
      return load_value (sql, load, error);

    default:
      g_assert_not_reached ();
    }
}

static Load *
load_new_for_type (LoadShape       shape,
                   MtxRowType     *type,
                   const char     *where,
                   const MtxValue *values,
                   guint           n_values)
{
  g_autofree char *sql = g_strconcat (_mtx_row_type_get_select (type), where, NULL);
  Load            *self = load_new (shape, g_intern_string (sql), values, n_values);

  self->type = type;

  return self;
}

/*
 * _mtx_db_load_rows:
 * @self: a database
 * @type: what to load
 * @where: a literal: the rest of the query after SELECT … FROM …
 * @values: (array length=n_values): its parameters
 * @n_values: their number
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of rows
 */
DexFuture *
_mtx_db_load_rows (MtxDb          *self,
                   MtxRowType     *type,
                   const char     *where,
                   const MtxValue *values,
                   guint           n_values)
{
  Load *load = load_new_for_type (LOAD_ROWS, type, where, values, n_values);

  return _mtx_db_run (self, load_func, load, (GDestroyNotify)load_free);
}

/*
 * _mtx_db_load_row:
 * @self: a database
 * @type: what to load
 * @where: a literal: the rest of a query for at most one row after SELECT … FROM …
 * @values: (array length=n_values): its parameters
 * @n_values: their number
 *
 * Returns: (transfer full): a future that resolves to a boxed row, or rejects with %MTX_ERROR_NOT_FOUND
 */
DexFuture *
_mtx_db_load_row (MtxDb          *self,
                  MtxRowType     *type,
                  const char     *where,
                  const MtxValue *values,
                  guint           n_values)
{
  Load *load = load_new_for_type (LOAD_ROW, type, where, values, n_values);

  return _mtx_db_run (self, load_func, load, (GDestroyNotify)load_free);
}

/*
 * _mtx_db_load_value:
 * @self: a database
 * @kind: what the value becomes
 * @static_sql: a literal: a query for one column, never NULL, and at most one row
 * @values: (array length=n_values): its parameters
 * @n_values: their number
 *
 * Returns: (transfer full): a future that resolves to the value, or rejects with %MTX_ERROR_NOT_FOUND
 */
DexFuture *
_mtx_db_load_value (MtxDb          *self,
                    MtxResultKind   kind,
                    const char     *static_sql,
                    const MtxValue *values,
                    guint           n_values)
{
  Load *load = load_new (LOAD_VALUE, static_sql, values, n_values);

  load->kind = kind;

  return _mtx_db_run (self, load_func, load, (GDestroyNotify)load_free);
}

/*
 * _mtx_db_list:
 * @texts: (array zero-terminated=1): any texts
 *
 * Returns: (transfer full): a JSON array, for `IN (SELECT value FROM json_each (?1))`: one statement for
 *   any number of values
 */
char *
_mtx_db_list (const char *const *texts)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray           *array = json_array_new ();

  for (guint i = 0; texts[i] != NULL; i++)
    json_array_add_string_element (array, texts[i]);
  json_node_take_array (node, array);

  return json_to_string (node, FALSE);
}
