/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libcrypto's error queue as one GError; the queue is empty afterwards.
 */
#include "mtx-openssl-error.h"

#include "mtx-error.h"

#include <openssl/err.h>

/**
 * mtx_openssl_set_error:
 * @error: (out) (optional): where to put the error
 * @what: what was being done, for the log
 *
 * Reports a failed call of libcrypto as %MTX_ERROR_FAILED, with the first reason in this thread's queue,
 * and empties the queue so that the next failure does not tell this one's story.
 */
void
mtx_openssl_set_error (GError    **error,
                       const char *what)
{
  unsigned long code = ERR_get_error ();
  const char   *reason = code != 0 ? ERR_reason_error_string (code) : NULL;

  g_set_error (error, MTX_ERROR, MTX_ERROR_FAILED, "%s: %s", what, reason != NULL ? reason : "unknown error");
  ERR_clear_error ();
}

/**
 * mtx_openssl_clear:
 *
 * Empties this thread's error queue after a failure that is an answer, such as a signature that does
 * not hold.
 */
void
mtx_openssl_clear (void)
{
  ERR_clear_error ();
}
