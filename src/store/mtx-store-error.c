/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The results of SQLite and of the file system as decisions. Only SQLite's general words for a result are
 * passed on: its detailed messages may quote SQL and names.
 */
#include "mtx-store-error.h"

#include <errno.h>

#include "mtx-error.h"
#include "mtx-sqlite-autocleanups.h"

/* A quota and a file size limit are a full disk to the user, but plain input/output errors to SQLite. */
static gboolean
is_full_errno (int system_errno)
{
  return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG;
}

static gboolean
is_full (sqlite3 *connection,
         int      result)
{
  if ((result & 0xff) == SQLITE_FULL)
    return TRUE;

  if ((result & 0xff) != SQLITE_IOERR || connection == NULL)
    return FALSE;

  return is_full_errno (sqlite3_system_errno (connection));
}

static MtxError
decide (sqlite3 *connection,
        int      result)
{
  if (is_full (connection, result))
    return MTX_ERROR_FULL;

  switch (result & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return MTX_ERROR_BUSY;

    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return MTX_ERROR_DAMAGED;

    case SQLITE_IOERR:
      return result == SQLITE_IOERR_CORRUPTFS || result == SQLITE_IOERR_SHORT_READ || result == SQLITE_IOERR_DATA
                 ? MTX_ERROR_DAMAGED
                 : MTX_ERROR_FAILED;

    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return MTX_ERROR_INVALID;

    case SQLITE_TOOBIG:
      return MTX_ERROR_TOO_LARGE;

    default:
      return MTX_ERROR_FAILED;
    }
}

/**
 * mtx_store_error_set:
 * @error: (out) (optional): where to put the error
 * @connection: (nullable): the connection the result came from
 * @result: a result of SQLite other than success, extended or not
 *
 * Sets @error to what the caller has to do about @result: %MTX_ERROR_FULL, %MTX_ERROR_BUSY,
 * %MTX_ERROR_DAMAGED, %MTX_ERROR_INVALID (a constraint refused the values), %MTX_ERROR_TOO_LARGE or
 * %MTX_ERROR_FAILED. Whether an unreadable database is damaged or only opened with another key is
 * decided by mtx_db_open(), which knows more.
 *
 * Returns: %FALSE, so that a failing function can return it
 */
gboolean
mtx_store_error_set (GError        **error,
                     struct sqlite3 *connection,
                     int             result)
{
  g_set_error (error, MTX_ERROR, decide (connection, result),
               "Database: %s (%d)", sqlite3_errstr (result), result);

  return FALSE;
}

/**
 * mtx_store_error_set_errno:
 * @error: (out) (optional): where to put the error
 * @what: what could not be done, for the log; without a path
 * @system_errno: why
 *
 * Sets @error to %MTX_ERROR_FULL or %MTX_ERROR_FAILED.
 *
 * Returns: %FALSE, so that a failing function can return it
 */
gboolean
mtx_store_error_set_errno (GError    **error,
                           const char *what,
                           int         system_errno)
{
  g_set_error (error, MTX_ERROR, is_full_errno (system_errno) ? MTX_ERROR_FULL : MTX_ERROR_FAILED,
               "%s: %s", what, g_strerror (system_errno));

  return FALSE;
}
