/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Brings a database to the current schema by numbered scripts.
 */
#include "mtx-db-migrate.h"

#include "mtx-error.h"
#include "mtx-store-resources.h"

#define SCHEMA_PATH "/mtx/store/schema/"

/* In order; a script that was released is never changed again. */
static const char *const script_names[] = {
  "0001-initial.sql",
  "0002-sharing.sql",
  "0003-key-backup.sql",
  "0004-edits.sql",
  "0005-own-requests.sql",
  "0006-room-key-bundle.sql",
};

static gboolean
get_version (MtxSql  *sql,
             gint64  *version,
             GError **error)
{
  MtxValue value = MTX_INTEGER (0);

  if (!_mtx_sql_select_value (sql, "PRAGMA user_version", NULL, 0, &value, error))
    return FALSE;

  *version = value.integer;

  return TRUE;
}

static gboolean
apply_script (MtxSql     *sql,
              const char *script,
              guint       version,
              GError    **error)
{
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %u", version);

  if (_mtx_sql_begin (sql, error)
      && _mtx_sql_run_script (sql, script, error)
      && _mtx_sql_run_script (sql, set_version, error)
      && _mtx_sql_commit (sql, error))
    return TRUE;

  _mtx_sql_rollback (sql);

  return FALSE;
}

/**
 * mtx_db_migrate:
 * @sql: a connection without an open transaction
 * @scripts: (array zero-terminated=1): all scripts there are, the first makes version 1
 * @error: return location
 *
 * Applies the scripts the database has not seen, each in a transaction together with its number, so
 * that after a crash the next attempt goes on where this one stopped.
 *
 * Returns: whether the database has the newest schema; %MTX_ERROR_UNSUPPORTED if it was written by a newer
 *   program, in which case nothing is changed
 */
gboolean
mtx_db_migrate (MtxSql            *sql,
                const char *const *scripts,
                GError           **error)
{
  guint  n_scripts = g_strv_length ((char **)scripts);
  gint64 version = 0;

  g_return_val_if_fail (sql != NULL, FALSE);
  g_return_val_if_fail (scripts != NULL, FALSE);

  if (!get_version (sql, &version, error))
    return FALSE;

  if (version < 0 || version > n_scripts)
    {
      g_set_error (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED,
                   "The database has schema %" G_GINT64_FORMAT ", this program knows up to %u", version, n_scripts);
      return FALSE;
    }

  for (guint i = version; i < n_scripts; i++)
    if (!apply_script (sql, scripts[i], i + 1, error))
      return FALSE;

  return TRUE;
}

/**
 * mtx_db_migrate_to_current:
 * @sql: a connection without an open transaction
 * @error: return location
 *
 * Brings the database to the schema this program uses, as mtx_db_migrate() does.
 *
 * Returns: whether the database has that schema
 */
gboolean
mtx_db_migrate_to_current (MtxSql  *sql,
                           GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  g_autoptr (GPtrArray) scripts = g_ptr_array_new ();

  g_return_val_if_fail (sql != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (script_names); i++)
    {
      g_autofree char *path = g_strconcat (SCHEMA_PATH, script_names[i], NULL);
      GBytes          *text = g_resource_lookup_data (mtx_store_get_resource (), path,
                                                      G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

      /* The bundle is part of the program; GResource ends each text with a NUL that it does not count. */
      g_assert (text != NULL);
      g_ptr_array_add (texts, text);
      g_ptr_array_add (scripts, (gpointer)g_bytes_get_data (text, NULL));
    }
  g_ptr_array_add (scripts, NULL);

  return mtx_db_migrate (sql, (const char *const *)scripts->pdata, error);
}
