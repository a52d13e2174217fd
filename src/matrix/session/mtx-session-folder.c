/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A mark in the folder says that the first set-up is under way. With it, secrets without a store are a
 * set-up that was interrupted; without it they are a store that was lost, which must not be begun anew.
 */
#include "mtx-session-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "mtx-error.h"
#include "mtx-fiber.h"

#define STORE_NAME  "store.db"
#define KEY_ID_NAME "store.db.key-id"
#define MARK_NAME   "set-up"

static DexFuture *
reject_errno (const char *doing)
{
  int      number = errno;
  MtxError decision = number == ENOSPC || number == EDQUOT ? MTX_ERROR_FULL : MTX_ERROR_FAILED;

  return dex_future_new_for_error (g_error_new (MTX_ERROR, decision, "%s: %s", doing, g_strerror (number)));
}

static gboolean
has_content (const char *folder,
             const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf         status = { 0 };

  return g_stat (path, &status) == 0 && status.st_size > 0;
}

static DexFuture *
inspect (gpointer data)
{
  const char      *folder = data;
  g_autofree char *mark = g_build_filename (folder, MARK_NAME, NULL);

  if (has_content (folder, STORE_NAME) || has_content (folder, KEY_ID_NAME))
    return dex_future_new_for_int (MTX_SESSION_FOLDER_STORE);

  return dex_future_new_for_int (g_file_test (mark, G_FILE_TEST_EXISTS) ? MTX_SESSION_FOLDER_BEGUN : MTX_SESSION_FOLDER_EMPTY);
}

static gboolean
sync_folder (const char *folder)
{
  g_autofd int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  return fd >= 0 && fsync (fd) == 0;
}

static DexFuture *
begin (gpointer data)
{
  const char      *folder = data;
  g_autofree char *mark = g_build_filename (folder, MARK_NAME, NULL);
  g_autofd int     fd = -1;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return reject_errno ("Cannot make the account's folder");
  fd = open (mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 || !sync_folder (folder))
    return reject_errno ("Cannot write to the account's folder");

  return dex_future_new_true ();
}

static DexFuture *
settle (gpointer data)
{
  g_autofree char *mark = g_build_filename (data, MARK_NAME, NULL);

  if (g_unlink (mark) != 0 && errno != ENOENT)
    return reject_errno ("Cannot write to the account's folder");

  return dex_future_new_true ();
}

static DexFuture *
abandon (gpointer data)
{
  DexFuture *settled = settle (data);

  /* Only an empty folder goes. */
  g_rmdir (data);

  return settled;
}

static DexFuture *
clear (gpointer data)
{
  static const char *const names[] = { KEY_ID_NAME, STORE_NAME, STORE_NAME "-wal", STORE_NAME "-shm",
                                       STORE_NAME "-journal", STORE_NAME ".lock" };

  /* The key's mark first: alone it would say that a store was lost. */
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (data, names[i], NULL);

      if (g_unlink (path) != 0 && errno != ENOENT)
        return reject_errno ("Cannot delete from the account's folder");
    }

  return abandon (data);
}

/**
 * mtx_session_folder_dup_store_path:
 * @folder: the account's folder
 *
 * Returns: (transfer full): where its database is
 */
char *
mtx_session_folder_dup_store_path (const char *folder)
{
  return g_build_filename (folder, STORE_NAME, NULL);
}

/**
 * mtx_session_folder_inspect:
 * @folder: the account's folder; need not exist
 *
 * Looks, and changes nothing.
 *
 * Returns: (transfer full): a future that resolves to an int, an #MtxSessionFolder
 */
DexFuture *
mtx_session_folder_inspect (const char *folder)
{
  return mtx_thread_run ("[folder-inspect]", inspect, g_strdup (folder), g_free);
}

/**
 * mtx_session_folder_begin:
 * @folder: the account's folder
 *
 * Makes the folder, for this user only, with the mark of a first set-up in it, safely on disk.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_FULL or %MTX_ERROR_FAILED
 */
DexFuture *
mtx_session_folder_begin (const char *folder)
{
  return mtx_thread_run ("[folder-begin]", begin, g_strdup (folder), g_free);
}

/**
 * mtx_session_folder_settle:
 * @folder: the account's folder
 *
 * Removes the mark: the store is there and knows what was drawn.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_FAILED
 */
DexFuture *
mtx_session_folder_settle (const char *folder)
{
  return mtx_thread_run ("[folder-settle]", settle, g_strdup (folder), g_free);
}

/**
 * mtx_session_folder_abandon:
 * @folder: the account's folder
 *
 * Undoes mtx_session_folder_begin (): no secret was made, so nothing shall be left.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_FAILED
 */
DexFuture *
mtx_session_folder_abandon (const char *folder)
{
  return mtx_thread_run ("[folder-abandon]", abandon, g_strdup (folder), g_free);
}

/**
 * mtx_session_folder_clear:
 * @folder: the account's folder, whose store is closed
 *
 * Deletes a store in which there never was an account, because one could not be brought back.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_FAILED
 */
DexFuture *
mtx_session_folder_clear (const char *folder)
{
  return mtx_thread_run ("[folder-clear]", clear, g_strdup (folder), g_free);
}
