/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The open connection with its prepared statements.
 */
#include "mtx-sql-private.h"

#include <glib/gstdio.h>

#include "mtx-error.h"
#include "mtx-sqlite-autocleanups.h"
#include "mtx-store-error.h"

#define KEY_SPEC_BYTES (2 + 2 * MTX_SQL_KEY_BYTES + 1)

/* The count is what reads the first page, and fails there with a wrong key: nothing is written before it. */
static const char set_up[] = "PRAGMA cipher_log_level = NONE;"
                             "PRAGMA locking_mode = EXCLUSIVE;"
                             "PRAGMA trusted_schema = OFF;"
                             "SELECT count (*) FROM sqlite_schema;"
                             "PRAGMA journal_mode = WAL;"
                             "PRAGMA synchronous = FULL;"
                             "PRAGMA foreign_keys = ON;"
                             "PRAGMA secure_delete = ON;"
                             "PRAGMA cell_size_check = ON;"
                             "PRAGMA temp_store = MEMORY;";

struct _MtxSql
{
  /* owned */
  sqlite3    *connection; /* NULL unless open */
  GHashTable *statements; /* the text's address → sqlite3_stmt */
  int         lock_fd;    /* goes after the connection; -1: none */
};

static void
free_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

static void
mtx_sql_clear (gpointer data)
{
  MtxSql *self = data;

  _mtx_sql_abandon (self);
  g_clear_pointer (&self->statements, g_hash_table_unref);
}

/*
 * _mtx_sql_new:
 *
 * Returns: (transfer full): a connection that is not open
 */
MtxSql *
_mtx_sql_new (void)
{
  MtxSql *self = g_atomic_rc_box_new0 (MtxSql);

  self->statements = g_hash_table_new_full (NULL, NULL, NULL, free_statement);
  self->lock_fd = -1;

  return self;
}

MtxSql *
_mtx_sql_ref (MtxSql *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
_mtx_sql_unref (MtxSql *self)
{
  g_atomic_rc_box_release_full (self, mtx_sql_clear);
}

/* A statement is compiled once and kept. Its text is a literal or interned, so its address names it. */
static sqlite3_stmt *
get_statement (MtxSql     *self,
               const char *static_sql,
               GError    **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, static_sql);
  int           result = SQLITE_OK;

  if (statement != NULL)
    return statement;

  result = sqlite3_prepare_v3 (self->connection, static_sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (result != SQLITE_OK)
    {
      mtx_store_error_set (error, self->connection, result);
      return NULL;
    }

  g_hash_table_insert (self->statements, (gpointer)static_sql, statement);

  return statement;
}

static sqlite3_stmt *
bind_statement (MtxSql         *self,
                const char     *static_sql,
                const MtxValue *values,
                guint           n_values,
                GError        **error)
{
  sqlite3_stmt *statement = NULL;

  if (self->connection == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_CLOSED, "The database was closed");
      return NULL;
    }

  statement = get_statement (self, static_sql, error);
  if (statement == NULL)
    return NULL;

  g_assert (sqlite3_bind_parameter_count (statement) == (int)n_values);

  for (guint i = 0; i < n_values; i++)
    {
      int result = _mtx_value_bind (&values[i], statement, i + 1);

      if (result != SQLITE_OK)
        {
          mtx_store_error_set (error, self->connection, result);
          sqlite3_clear_bindings (statement);
          return NULL;
        }
    }

  return statement;
}

/* The values bound are borrowed, so none may stay bound. */
static gboolean
finish_statement (MtxSql       *self,
                  sqlite3_stmt *statement,
                  int           result,
                  GError      **error)
{
  if (result != SQLITE_DONE && result != SQLITE_ROW)
    mtx_store_error_set (error, self->connection, result);

  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);

  return result == SQLITE_DONE || result == SQLITE_ROW;
}

/*
 * _mtx_sql_run:
 * @self: a connection
 * @static_sql: one statement, a literal or interned
 * @values: (array length=n_values): its parameters
 * @n_values: their number
 *
 * Runs a statement to its end; rows it gives are dropped.
 *
 * Returns: whether it succeeded
 */
gboolean
_mtx_sql_run (MtxSql         *self,
              const char     *static_sql,
              const MtxValue *values,
              guint           n_values,
              GError        **error)
{
  sqlite3_stmt *statement = bind_statement (self, static_sql, values, n_values, error);
  int           result = SQLITE_ROW;

  if (statement == NULL)
    return FALSE;

  while (result == SQLITE_ROW)
    result = sqlite3_step (statement);

  return finish_statement (self, statement, result, error);
}

/*
 * _mtx_sql_run_script:
 * @self: a connection
 * @script: any number of statements without parameters
 *
 * Runs a script of ours, which is not kept compiled.
 *
 * Returns: whether it succeeded
 */
gboolean
_mtx_sql_run_script (MtxSql     *self,
                     const char *script,
                     GError    **error)
{
  int result = sqlite3_exec (self->connection, script, NULL, NULL, NULL);

  return result == SQLITE_OK || mtx_store_error_set (error, self->connection, result);
}

/*
 * _mtx_sql_select_rows:
 * @self: a connection
 * @type: the type of the rows
 * @static_sql: a query for exactly the columns of @type
 * @values: (array length=n_values): its parameters
 * @n_values: their number
 *
 * Returns: (transfer full) (nullable): all rows, in the query's order
 */
GPtrArray *
_mtx_sql_select_rows (MtxSql         *self,
                      MtxRowType     *type,
                      const char     *static_sql,
                      const MtxValue *values,
                      guint           n_values,
                      GError        **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (type->unref);
  sqlite3_stmt         *statement = bind_statement (self, static_sql, values, n_values, error);
  int                   result = SQLITE_ROW;

  if (statement == NULL)
    return NULL;

  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (rows, _mtx_row_read (type, statement));

  if (!finish_statement (self, statement, result, error))
    return NULL;

  return g_steal_pointer (&rows);
}

static MtxValue
read_value (sqlite3_stmt *statement)
{
  MtxValue      value = MTX_TEXT (NULL);
  gconstpointer bytes = NULL;

  switch (sqlite3_column_type (statement, 0))
    {
    case SQLITE_INTEGER:
      return MTX_INTEGER (sqlite3_column_int64 (statement, 0));

    case SQLITE_BLOB:
      bytes = sqlite3_column_blob (statement, 0);
      value = MTX_BLOB (NULL);
      value.blob = g_bytes_new (bytes, sqlite3_column_bytes (statement, 0));
      return value;

    default:
      value.text = g_strdup ((const char *)sqlite3_column_text (statement, 0));
      return value;
    }
}

/*
 * _mtx_sql_select_value:
 * @self: a connection
 * @static_sql: a query for one column and at most one row
 * @values: (array length=n_values): its parameters
 * @n_values: their number
 * @value: (out): the value, to be released with _mtx_value_clear()
 *
 * Returns: whether there is a value; %MTX_ERROR_NOT_FOUND if there is no row
 */
gboolean
_mtx_sql_select_value (MtxSql         *self,
                       const char     *static_sql,
                       const MtxValue *values,
                       guint           n_values,
                       MtxValue       *value,
                       GError        **error)
{
  sqlite3_stmt *statement = bind_statement (self, static_sql, values, n_values, error);
  int           result = SQLITE_OK;

  if (statement == NULL)
    return FALSE;

  result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    *value = read_value (statement);
  else if (result == SQLITE_DONE)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no such record");

  return finish_statement (self, statement, result, error) && result == SQLITE_ROW;
}

/*
 * _mtx_sql_begin:
 * @self: a connection
 *
 * Opens a transaction.
 */
gboolean
_mtx_sql_begin (MtxSql  *self,
                GError **error)
{
  return _mtx_sql_run (self, "BEGIN IMMEDIATE", NULL, 0, error);
}

/*
 * _mtx_sql_commit:
 * @self: a connection
 *
 * Commits the open transaction. When it returns %TRUE the changes are on the disk. When it fails the
 * transaction may still be open and has to be rolled back.
 */
gboolean
_mtx_sql_commit (MtxSql  *self,
                 GError **error)
{
  return _mtx_sql_run (self, "COMMIT", NULL, 0, error);
}

/*
 * _mtx_sql_rollback:
 * @self: a connection
 *
 * Undoes the open transaction, if SQLite has not done so on its own after an error.
 */
void
_mtx_sql_rollback (MtxSql *self)
{
  g_autoptr (GError) error = NULL;

  if (self->connection != NULL && !sqlite3_get_autocommit (self->connection))
    if (!_mtx_sql_run (self, "ROLLBACK", NULL, 0, &error))
      g_info ("Cannot roll back: %s", error->message);
}

/* A raw key in SQLCipher's notation, x'…': no passphrase derivation, the salt comes from the file. */
static int
set_key (sqlite3        *connection,
         MtxSecretBytes *key)
{
  static const char digits[] = "0123456789abcdef";
  gsize             length = 0;
  const guint8     *bytes = mtx_secret_bytes_get (key, &length);
  char              spec[KEY_SPEC_BYTES];
  int               result = SQLITE_OK;

  g_assert (length == MTX_SQL_KEY_BYTES);

  spec[0] = 'x';
  spec[1] = '\'';
  for (gsize i = 0; i < length; i++)
    {
      spec[2 + 2 * i] = digits[bytes[i] >> 4];
      spec[3 + 2 * i] = digits[bytes[i] & 15];
    }
  spec[KEY_SPEC_BYTES - 1] = '\'';

  result = sqlite3_key (connection, spec, KEY_SPEC_BYTES);
  mtx_secret_wipe (spec, sizeof spec);

  return result;
}

/* Plain SQLite ignores unknown pragmas, so a program linked wrongly would write plain text. */
static gboolean
check_cipher (MtxSql  *self,
              GError **error)
{
  MtxValue version = MTX_TEXT (NULL);

  if (!_mtx_sql_select_value (self, "PRAGMA cipher_version", NULL, 0, &version, NULL)
      || version.kind != MTX_VALUE_TEXT
      || version.text == NULL
      || *version.text == '\0')
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED, "This SQLite cannot encrypt");
      _mtx_value_clear (&version);
      return FALSE;
    }

  _mtx_value_clear (&version);

  return TRUE;
}

/*
 * _mtx_sql_take_lock:
 * @self: a connection that is not open
 * @lock_fd: a descriptor
 *
 * Lets the connection close @lock_fd when it was closed itself.
 */
void
_mtx_sql_take_lock (MtxSql *self,
                    int     lock_fd)
{
  g_assert (self->lock_fd < 0);

  self->lock_fd = lock_fd;
}

/*
 * _mtx_sql_open:
 * @self: a connection that is not open
 * @path: an existing file: a database, or empty to make a new one
 * @key: its key
 *
 * Opens a connection, sets it up and reads the first page. WAL with full synchronisation: a commit that
 * returned survives kill -9 and loss of power. The exclusive mode keeps the WAL's index in memory. What
 * the WAL holds is moved only by _mtx_sql_close(), so that a failed attempt to open changes no file.
 * SQLCipher wipes its own copies of the key; wiping all of SQLite's memory would cost far more than it gives.
 *
 * Returns: whether it is open; %MTX_ERROR_DAMAGED if the file is not a database under this key, or another
 *   error of mtx_store_error_set()
 */
gboolean
_mtx_sql_open (MtxSql         *self,
               const char     *path,
               MtxSecretBytes *key,
               GError        **error)
{
  int result = sqlite3_open_v2 (path, &self->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

  if (result == SQLITE_OK)
    {
      sqlite3_extended_result_codes (self->connection, 1);
      sqlite3_db_config (self->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
      result = set_key (self->connection, key);
    }
  if (result != SQLITE_OK)
    return mtx_store_error_set (error, self->connection, result);

  return check_cipher (self, error)
         && _mtx_sql_run_script (self, set_up, error);
}

/*
 * _mtx_sql_abandon:
 * @self: a connection, perhaps half open
 *
 * Closes and lets go of the lock, and touches no file.
 */
void
_mtx_sql_abandon (MtxSql *self)
{
  g_hash_table_remove_all (self->statements);
  g_clear_pointer (&self->connection, sqlite3_close_v2);
  g_clear_fd (&self->lock_fd, NULL);
}

/*
 * _mtx_sql_close:
 * @self: a connection
 *
 * Moves what the WAL holds into the database, closes, and lets go of the lock. The connection is closed
 * even if that fails: the next one to open it finds the WAL.
 *
 * Returns: whether everything is in the database
 */
gboolean
_mtx_sql_close (MtxSql  *self,
                GError **error)
{
  int result = SQLITE_OK;

  if (self->connection != NULL)
    {
      g_hash_table_remove_all (self->statements);
      result = sqlite3_wal_checkpoint_v2 (self->connection, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
      if (result != SQLITE_OK)
        mtx_store_error_set (error, self->connection, result);
    }
  _mtx_sql_abandon (self);

  return result == SQLITE_OK;
}
