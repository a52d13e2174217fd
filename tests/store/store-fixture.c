/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the store's tests share.
 */
#include "store-fixture.h"

#include <string.h>

#include "mtx-error.h"
#include "mtx-test.h"

/**
 * store_fixture_key:
 * @fill: the value of each byte
 *
 * Returns: (transfer full): a key of the right length
 */
MtxSecretBytes *
store_fixture_key (guint8 fill)
{
  guint8 bytes[MTX_DB_KEY_BYTES];

  memset (bytes, fill, sizeof bytes);

  return mtx_secret_bytes_new (bytes, sizeof bytes);
}

/**
 * store_fixture_path:
 *
 * Returns: (transfer full): where a database may be made, in a folder of its own that does not exist yet
 */
char *
store_fixture_path (void)
{
  g_autofree char *folder = mtx_test_tmp_dir ();

  return g_build_filename (folder, "account", "store.db", NULL);
}

/**
 * store_fixture_open:
 * @path: (nullable): a path, or %NULL for a new one
 *
 * Returns: (transfer full): the database at @path, opened with the key of 1s
 */
MtxDb *
store_fixture_open (const char *path)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autoptr (GError)         error = NULL;
  g_autofree char           *new_path = path == NULL ? store_fixture_path () : NULL;
  MtxDb                     *db = dex_await_object (mtx_db_open (path != NULL ? path : new_path, key), &error);

  g_assert_no_error (error);
  g_assert_true (MTX_IS_DB (db));

  return db;
}

/**
 * store_fixture_close:
 * @db: (transfer full): a database
 *
 * Closes and lets go.
 */
void
store_fixture_close (MtxDb *db)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_db_close (db), &error);
  g_assert_no_error (error);
  g_assert_finalize_object (db);
}

/**
 * store_fixture_commit:
 * @db: a database
 * @changes: (transfer full): what to commit
 *
 * Commits, which has to succeed.
 */
void
store_fixture_commit (MtxDb        *db,
                      MtxChangeSet *changes)
{
  g_autoptr (GError) error = NULL;
  DexFuture         *committed = mtx_db_commit (db, changes);

  /* The job holds the change set; that ours is gone must not matter. */
  mtx_change_set_unref (changes);
  dex_await (committed, &error);
  g_assert_no_error (error);
}

/**
 * store_fixture_rows:
 * @future: (transfer full): a future of rows
 *
 * Returns: (transfer full): the rows
 */
GPtrArray *
store_fixture_rows (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  GPtrArray         *rows = dex_await_boxed (future, &error);

  g_assert_no_error (error);
  g_assert_nonnull (rows);

  return rows;
}

/**
 * store_fixture_row:
 * @future: (transfer full): a future of a boxed value
 *
 * Returns: (transfer full): the value
 */
gpointer
store_fixture_row (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  gpointer           row = dex_await_boxed (future, &error);

  g_assert_no_error (error);
  g_assert_nonnull (row);

  return row;
}

/**
 * store_fixture_string:
 * @future: (transfer full): a future of a string
 *
 * Returns: (transfer full): the string
 */
char *
store_fixture_string (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  char              *string = dex_await_string (future, &error);

  g_assert_no_error (error);

  return string;
}

/**
 * store_fixture_int64:
 * @future: (transfer full): a future of a gint64
 *
 * Returns: the number
 */
gint64
store_fixture_int64 (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  gint64             number = dex_await_int64 (future, &error);

  g_assert_no_error (error);

  return number;
}

/**
 * store_fixture_reject:
 * @future: (transfer full): a future that must reject
 * @code: with this #MtxError
 */
void
store_fixture_reject (DexFuture *future,
                      int        code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (future, &error));
  g_assert_error (error, MTX_ERROR, code);
}

/**
 * store_fixture_holds:
 * @path: a file
 * @text: what to look for
 *
 * Returns: whether the bytes of @text appear anywhere in the file; %FALSE if there is no file
 */
gboolean
store_fixture_holds (const char *path,
                     const char *text)
{
  g_autofree char *bytes = NULL;
  gsize            length = 0;

  return g_file_get_contents (path, &bytes, &length, NULL) && memmem (bytes, length, text, strlen (text)) != NULL;
}
