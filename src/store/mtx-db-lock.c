/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The files beside a database. The lock belongs to an open file, so the kernel drops it however the
 * process ends; the lock file itself means nothing and stays.
 */
#include "mtx-db-lock-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "mtx-error.h"
#include "mtx-store-error.h"

#define KEY_MARK_FORMAT "1 "

/*
 * _mtx_db_lock_acquire:
 * @db_path: path of a database whose folder exists
 *
 * Locks the database for this process, and within it for one holder, until the descriptor is closed.
 *
 * Returns: a descriptor, or -1 with %MTX_ERROR_BUSY if somebody else holds the lock, %MTX_ERROR_FULL or
 *   %MTX_ERROR_FAILED
 */
int
_mtx_db_lock_acquire (const char *db_path,
                      GError    **error)
{
  g_autofree char *path = g_strconcat (db_path, ".lock", NULL);
  g_autofd int     fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct flock     whole_file = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  if (fd < 0)
    {
      mtx_store_error_set_errno (error, "Cannot open the lock file", errno);
      return -1;
    }

  if (fcntl (fd, F_OFD_SETLK, &whole_file) != 0)
    {
      if (errno == EAGAIN || errno == EACCES)
        g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BUSY, "Somebody else has the database open");
      else
        mtx_store_error_set_errno (error, "Cannot lock the database", errno);
      return -1;
    }

  return g_steal_fd (&fd);
}

/* The key is random and long, so its hash gives nothing away. The words after the key fill a whole block
 * of the hash, so that the checksum's buffer does not keep the key. */
static char *
make_key_mark (MtxSecretBytes *key)
{
  static const char purpose[] = "Wallet Support: this hash tells whether a database key belongs to the database "
                                "beside this file; it does not open it.";

  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize                 length = 0;
  const guint8         *bytes = mtx_secret_bytes_get (key, &length);

  g_checksum_update (checksum, bytes, length);
  g_checksum_update (checksum, (const guchar *)purpose, sizeof purpose);

  return g_strconcat (KEY_MARK_FORMAT, g_checksum_get_string (checksum), "\n", NULL);
}

static char *
key_mark_path (const char *db_path)
{
  return g_strconcat (db_path, ".key-id", NULL);
}

/*
 * _mtx_db_key_compare:
 * @db_path: path of a database
 * @key: a key
 *
 * Returns: whether @key is the one the database was made with. Anything but %MTX_DB_KEY_UNKNOWN also says
 *   that there was a complete database here once
 */
MtxDbKeyMatch
_mtx_db_key_compare (const char     *db_path,
                     MtxSecretBytes *key)
{
  g_autofree char *path = key_mark_path (db_path);
  g_autofree char *expected = make_key_mark (key);
  g_autofree char *mark = NULL;
  gsize            length = 0;

  if (!g_file_get_contents (path, &mark, &length, NULL)
      || length != strlen (expected)
      || !g_str_has_prefix (mark, KEY_MARK_FORMAT))
    return MTX_DB_KEY_UNKNOWN;

  return memcmp (mark, expected, length) == 0 ? MTX_DB_KEY_MATCHES : MTX_DB_KEY_DIFFERS;
}

/*
 * _mtx_db_key_mark:
 * @db_path: path of a database that was just opened with @key
 * @key: its key
 *
 * Notes which key opens the database, so that an unreadable one can later be told from a wrong key.
 *
 * Returns: whether the note is on the disk
 */
gboolean
_mtx_db_key_mark (const char     *db_path,
                  MtxSecretBytes *key,
                  GError        **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char   *path = key_mark_path (db_path);
  g_autofree char   *mark = make_key_mark (key);

  if (g_file_set_contents_full (path, mark, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                0600, &local_error))
    return TRUE;

  g_set_error (error, MTX_ERROR,
               g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? MTX_ERROR_FULL : MTX_ERROR_FAILED,
               "Cannot note which key opens the database");

  return FALSE;
}
