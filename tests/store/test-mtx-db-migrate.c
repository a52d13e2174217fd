/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scripts are applied once, in order, whole or not at all.
 */
#include "mtx-db-migrate.h"

#include <glib/gstdio.h>

#include "mtx-error.h"
#include "mtx-session-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

static MtxSql *
open_new (char **path)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autoptr (GError)         error = NULL;
  g_autofree char           *folder = mtx_test_tmp_dir ();
  MtxSql                    *sql = _mtx_sql_new ();

  *path = g_build_filename (folder, "store.db", NULL);
  g_assert_true (g_file_set_contents (*path, "", 0, NULL));
  _mtx_sql_open (sql, *path, key, &error);
  g_assert_no_error (error);

  return sql;
}

static gint64
get_integer (MtxSql     *sql,
             const char *query)
{
  g_autoptr (GError) error = NULL;
  MtxValue           value = MTX_INTEGER (0);

  _mtx_sql_select_value (sql, query, NULL, 0, &value, &error);
  g_assert_no_error (error);
  g_assert_cmpint (value.kind, ==, MTX_VALUE_INTEGER);

  return value.integer;
}

static void
assert_refused (MtxSql            *sql,
                const char *const *scripts,
                int                code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mtx_db_migrate (sql, scripts, &error));
  g_assert_error (error, MTX_ERROR, code);
}

static void
migrate (MtxSql            *sql,
         const char *const *scripts)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mtx_db_migrate (sql, scripts, &error));
  g_assert_no_error (error);
}

static void
test_steps (void)
{
  static const char *const one[] = { "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1);", NULL };
  static const char *const two[] = { one[0], "ALTER TABLE t ADD COLUMN m INTEGER; UPDATE t SET m = n + 1;", NULL };
  static const char *const three[] = { two[0], two[1], "INSERT INTO t VALUES (10, 20);", NULL };

  g_autofree char   *path = NULL;
  g_autoptr (MtxSql) sql = open_new (&path);

  migrate (sql, one);
  g_assert_cmpint (get_integer (sql, "PRAGMA user_version"), ==, 1);
  migrate (sql, one);
  migrate (sql, three);
  migrate (sql, three);
  g_assert_cmpint (get_integer (sql, "PRAGMA user_version"), ==, 3);
  g_assert_cmpint (get_integer (sql, "SELECT sum (m) FROM t"), ==, 22);
  g_assert_cmpint (get_integer (sql, "SELECT count (*) FROM t"), ==, 2);
}

static void
test_half_way (void)
{
  static const char *const broken[] = {
    "CREATE TABLE t (n INTEGER);",
    "INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (1);",
    "INSERT INTO t VALUES (100);",
    NULL,
  };
  static const char *const mended[] = { broken[0], "INSERT INTO t VALUES (10);", broken[2], NULL };

  g_autofree char   *path = NULL;
  g_autoptr (MtxSql) sql = open_new (&path);

  assert_refused (sql, broken, MTX_ERROR_FAILED);
  g_assert_cmpint (get_integer (sql, "PRAGMA user_version"), ==, 1);
  g_assert_cmpint (get_integer (sql, "SELECT count (*) FROM t"), ==, 0);

  migrate (sql, mended);
  g_assert_cmpint (get_integer (sql, "SELECT sum (n) FROM t"), ==, 110);
}

static void
test_newer (void)
{
  static const char *const two[] = { "CREATE TABLE t (n INTEGER);", "INSERT INTO t VALUES (1);", NULL };
  static const char *const one[] = { two[0], NULL };

  g_autofree char   *path = NULL;
  g_autoptr (MtxSql) sql = open_new (&path);

  migrate (sql, two);
  assert_refused (sql, one, MTX_ERROR_UNSUPPORTED);
  g_assert_cmpint (get_integer (sql, "PRAGMA user_version"), ==, 2);
  g_assert_cmpint (get_integer (sql, "SELECT count (*) FROM t"), ==, 1);
}

/* The same, as the user of an older program sees it. */
static DexFuture *
test_open_newer (gpointer data)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autoptr (GError)         error = NULL;
  g_autofree char           *path = store_fixture_path ();
  MtxDb                     *db = store_fixture_open (path);
  g_autoptr (MtxSql)         sql = NULL;
  gint64                     version = 0;

  store_fixture_close (db);
  sql = _mtx_sql_new ();
  _mtx_sql_open (sql, path, key, &error);
  g_assert_no_error (error);
  version = get_integer (sql, "PRAGMA user_version");
  g_assert_cmpint (version, >, 1);
  g_assert_true (_mtx_sql_run_script (sql, "PRAGMA user_version = 1000", &error));
  g_assert_true (_mtx_sql_close (sql, &error));

  store_fixture_reject (mtx_db_open (path, key), MTX_ERROR_UNSUPPORTED);

  /* It was closed properly, so a program that knows the schema can have it. */
  _mtx_sql_open (sql, path, key, &error);
  g_assert_no_error (error);
  g_assert_cmpint (get_integer (sql, "PRAGMA user_version"), ==, 1000);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/store/db-migrate/steps", test_steps);
  g_test_add_func ("/store/db-migrate/half-way", test_half_way);
  g_test_add_func ("/store/db-migrate/newer", test_newer);
  mtx_test_add_fiber ("/store/db-migrate/open-newer", test_open_newer);

  return g_test_run ();
}
