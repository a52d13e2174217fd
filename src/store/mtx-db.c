/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One encrypted database: one connection on one thread; a job is one transaction, its result a future.
 */
#include "mtx-db-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "mtx-change-set-private.h"
#include "mtx-db-lock-private.h"
#include "mtx-db-migrate.h"
#include "mtx-error.h"
#include "mtx-store-error.h"
#include "mtx-worker.h"

G_STATIC_ASSERT (MTX_DB_KEY_BYTES == MTX_SQL_KEY_BYTES);

struct _MtxDb
{
  GObject parent_instance;

  /* owned */
  MtxWorker *worker;
  MtxSql    *sql;    /* used only by the worker's jobs, which hold it as well */
  DexFuture *closed; /* NULL until closing */
};

G_DEFINE_FINAL_TYPE (MtxDb, mtx_db, G_TYPE_OBJECT)

static DexFuture *
close_job (gpointer data)
{
  GError *error = NULL;

  if (!_mtx_sql_close (data, &error))
    return dex_future_new_for_error (error);

  return dex_future_new_true ();
}

static void
mtx_db_dispose (GObject *object)
{
  MtxDb *self = MTX_DB (object);

  if (self->closed == NULL)
    mtx_fiber_fire (mtx_db_close (self), "closing the database");

  G_OBJECT_CLASS (mtx_db_parent_class)->dispose (object);
}

static void
mtx_db_finalize (GObject *object)
{
  MtxDb *self = MTX_DB (object);

  g_clear_object (&self->worker);
  g_clear_pointer (&self->sql, _mtx_sql_unref);
  dex_clear (&self->closed);

  G_OBJECT_CLASS (mtx_db_parent_class)->finalize (object);
}

static void
mtx_db_class_init (MtxDbClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mtx_db_dispose;
  object_class->finalize = mtx_db_finalize;
}

static void
mtx_db_init (MtxDb *self)
{
  self->worker = mtx_worker_new ("mtx-db");
  self->sql = _mtx_sql_new ();
}

typedef struct
{
  MtxSql         *sql;
  char           *path;
  MtxSecretBytes *key;
} OpenJob;

static void
open_job_free (OpenJob *self)
{
  _mtx_sql_unref (self->sql);
  g_free (self->path);
  mtx_secret_bytes_unref (self->key);
  g_free (self);
}

/* An empty file is how a new database begins. Where there was a database before, it must not begin anew. */
static gboolean
make_file_if_new (const char   *path,
                  MtxDbKeyMatch match,
                  GError      **error)
{
  GStatBuf     status = { 0 };
  g_autofd int fd = -1;

  if (g_stat (path, &status) == 0 && status.st_size > 0)
    return TRUE;

  if (match != MTX_DB_KEY_UNKNOWN)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "The database is gone, though there was one");
      return FALSE;
    }

  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  return fd >= 0 || mtx_store_error_set_errno (error, "Cannot make the database", errno);
}

static gboolean
open_locked (OpenJob *job,
             GError **error)
{
  MtxDbKeyMatch      match = _mtx_db_key_compare (job->path, job->key);
  g_autoptr (GError) local_error = NULL;

  if (!make_file_if_new (job->path, match, error))
    return FALSE;

  if (!_mtx_sql_open (job->sql, job->path, job->key, &local_error))
    {
      /* The first page looks the same when it is damaged and when the key is wrong. */
      if (g_error_matches (local_error, MTX_ERROR, MTX_ERROR_DAMAGED) && match != MTX_DB_KEY_MATCHES)
        g_set_error_literal (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET, "The key does not open the database");
      else
        g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  return mtx_db_migrate_to_current (job->sql, error)
         && (match == MTX_DB_KEY_MATCHES || _mtx_db_key_mark (job->path, job->key, error));
}

static DexFuture *
open_job (gpointer data)
{
  OpenJob         *job = data;
  g_autofree char *folder = g_path_get_dirname (job->path);
  GError          *error = NULL;
  int              lock_fd = -1;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      mtx_store_error_set_errno (&error, "Cannot make the database's folder", errno);
      return dex_future_new_for_error (error);
    }

  lock_fd = _mtx_db_lock_acquire (job->path, &error);
  if (lock_fd < 0)
    return dex_future_new_for_error (error);

  _mtx_sql_take_lock (job->sql, lock_fd);
  if (!open_locked (job, &error))
    {
      _mtx_sql_abandon (job->sql);
      return dex_future_new_for_error (error);
    }

  return dex_future_new_true ();
}

static DexFuture *
return_database (DexFuture *opened,
                 gpointer   data)
{
  return dex_future_new_for_object (data);
}

/**
 * mtx_db_open:
 * @path: absolute path of the database; "….lock" and "….key-id" appear beside it
 * @key: its key, %MTX_DB_KEY_BYTES random bytes
 *
 * Opens the database, or makes a new one if there never was one, and brings it to the current schema.
 * Folders that are missing are made for this user only. Whatever goes wrong, nothing is deleted and nothing
 * is made over what exists.
 *
 * Returns: (transfer full): a future that resolves to a #MtxDb, or rejects with
 *   %MTX_ERROR_BUSY (another process, or another #MtxDb, holds it), %MTX_ERROR_WRONG_SECRET,
 *   %MTX_ERROR_DAMAGED, %MTX_ERROR_UNSUPPORTED (written by a newer program), %MTX_ERROR_FULL,
 *   %MTX_ERROR_INVALID (the key has another length) or %MTX_ERROR_FAILED
 */
DexFuture *
mtx_db_open (const char     *path,
             MtxSecretBytes *key)
{
  g_autoptr (MtxDb) self = NULL;
  OpenJob          *job = NULL;
  DexFuture        *opened = NULL;

  g_return_val_if_fail (path != NULL && g_path_is_absolute (path), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  if (mtx_secret_bytes_get_size (key) != MTX_DB_KEY_BYTES)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_INVALID, "A database key has %d bytes", MTX_DB_KEY_BYTES);

  self = g_object_new (MTX_TYPE_DB, NULL);

  job = g_new0 (OpenJob, 1);
  job->sql = _mtx_sql_ref (self->sql);
  job->path = g_strdup (path);
  job->key = mtx_secret_bytes_ref (key);
  opened = mtx_worker_run (self->worker, open_job, job, (GDestroyNotify)open_job_free);

  return dex_future_then (opened, return_database, g_object_ref (self), g_object_unref);
}

typedef struct
{
  MtxSql        *sql;
  MtxDbFunc      func;
  gpointer       data;
  GDestroyNotify destroy;
} DbJob;

static void
db_job_free (DbJob *self)
{
  if (self->destroy != NULL)
    self->destroy (self->data);
  _mtx_sql_unref (self->sql);
  g_free (self);
}

static DexFuture *
run_job (gpointer data)
{
  DbJob                *job = data;
  g_autoptr (DexFuture) result = NULL;
  GError               *error = NULL;

  if (!_mtx_sql_begin (job->sql, &error))
    return dex_future_new_for_error (error);

  result = job->func (job->sql, job->data, &error);
  if (result != NULL && _mtx_sql_commit (job->sql, &error))
    return g_steal_pointer (&result);

  _mtx_sql_rollback (job->sql);

  return dex_future_new_for_error (error);
}

/*
 * _mtx_db_run:
 * @self: a database
 * @func: the job
 * @data: (nullable): passed to @func
 * @destroy: (nullable): frees @data; may run in the database's thread
 *
 * Queues a job behind those already queued; it is one transaction.
 *
 * Returns: (transfer full): a future that settles as the future of @func does, or rejects with the error
 *   of @func, of the commit, or %MTX_ERROR_CLOSED
 */
DexFuture *
_mtx_db_run (MtxDb         *self,
             MtxDbFunc      func,
             gpointer       data,
             GDestroyNotify destroy)
{
  DbJob *job = g_new0 (DbJob, 1);

  job->sql = _mtx_sql_ref (self->sql);
  job->func = func;
  job->data = data;
  job->destroy = destroy;

  return mtx_worker_run (self->worker, run_job, job, (GDestroyNotify)db_job_free);
}

static DexFuture *
commit_func (MtxSql  *sql,
             gpointer data,
             GError **error)
{
  return _mtx_change_set_apply (data, sql, error) ? dex_future_new_true () : NULL;
}

/**
 * mtx_db_commit:
 * @self: a database
 * @changes: a change set, which can no longer be added to
 *
 * Writes all changes in one transaction, behind the jobs already queued. When the future resolves they are
 * on the disk and survive kill -9 and loss of power; when it rejects none was made. Dropping the future does
 * not take the commit back.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_FULL,
 *   %MTX_ERROR_DAMAGED, %MTX_ERROR_INVALID (a constraint of the schema does not hold), %MTX_ERROR_CLOSED or
 *   %MTX_ERROR_FAILED
 */
DexFuture *
mtx_db_commit (MtxDb        *self,
               MtxChangeSet *changes)
{
  g_return_val_if_fail (MTX_IS_DB (self), NULL);
  g_return_val_if_fail (changes != NULL, NULL);

  _mtx_change_set_freeze (changes);

  return _mtx_db_run (self, commit_func, mtx_change_set_ref (changes), (GDestroyNotify)mtx_change_set_unref);
}

/**
 * mtx_db_close:
 * @self: a database
 *
 * Lets all jobs already queued finish, moves the write-ahead log into the database, closes it and lets
 * another process have it. What comes later is rejected with %MTX_ERROR_CLOSED. Closing twice is harmless.
 *
 * Returns: (transfer full): a future that resolves once everything is closed, or rejects if the log could
 *   not be moved (nothing is lost: the next mtx_db_open() reads it)
 */
DexFuture *
mtx_db_close (MtxDb *self)
{
  g_return_val_if_fail (MTX_IS_DB (self), NULL);

  if (self->closed == NULL)
    {
      DexFuture *sql_closed = mtx_worker_run (self->worker, close_job,
                                              _mtx_sql_ref (self->sql), (GDestroyNotify)_mtx_sql_unref);
      DexFuture *worker_closed = mtx_worker_close (self->worker);

      self->closed = dex_future_all (sql_closed, worker_closed, NULL);
    }

  return dex_ref (self->closed);
}
