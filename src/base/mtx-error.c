/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Turns what a homeserver answered into the decision a caller has to take, from one table.
 */
#include "mtx-error.h"

/* A server may ask us to wait, but not for ever: a day is longer than any honest rate limit. */
#define MAX_RETRY_AFTER_MS (G_GINT64_CONSTANT (24) * 60 * 60 * 1000)
#define MAX_ERRCODE_LENGTH 96

typedef struct
{
  char  *errcode;
  gint64 retry_after_ms;
} MtxErrorPrivate;

static void
mtx_error_private_init (MtxErrorPrivate *priv)
{
  priv->errcode = NULL;
  priv->retry_after_ms = 0;
}

static void
mtx_error_private_copy (const MtxErrorPrivate *src,
                        MtxErrorPrivate       *dest)
{
  dest->errcode = g_strdup (src->errcode);
  dest->retry_after_ms = src->retry_after_ms;
}

static void
mtx_error_private_clear (MtxErrorPrivate *priv)
{
  g_clear_pointer (&priv->errcode, g_free);
}

/* GLib keeps the private part in front of the error, rightly aligned; clang cannot know. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-align"
G_DEFINE_EXTENDED_ERROR (MtxError, mtx_error)
#pragma GCC diagnostic pop

typedef struct
{
  guint       status_first; /* 0: any status */
  guint       status_last;
  const char *errcode; /* NULL: any errcode, or none */
  MtxError    decision;
} ServerRefusal;

/* Specification, client-server API § Standard error response. The first row that matches decides; the
 * errcodes come first because a proxy may change a status but never invents an errcode. */
static const ServerRefusal server_refusals[] = {
  { 0, 0, "M_UNKNOWN_TOKEN", MTX_ERROR_LOG_IN_AGAIN },
  { 0, 0, "M_MISSING_TOKEN", MTX_ERROR_LOG_IN_AGAIN },
  { 0, 0, "M_LIMIT_EXCEEDED", MTX_ERROR_RETRY_LATER },
  { 0, 0, "M_USER_LOCKED", MTX_ERROR_RETRY_LATER },
  { 0, 0, "M_NOT_YET_UPLOADED", MTX_ERROR_RETRY_LATER },
  { 0, 0, "M_UNRECOGNIZED", MTX_ERROR_UNSUPPORTED },
  { 0, 0, "M_UNSUPPORTED_ROOM_VERSION", MTX_ERROR_UNSUPPORTED },
  { 0, 0, "M_INCOMPATIBLE_ROOM_VERSION", MTX_ERROR_UNSUPPORTED },
  { 0, 0, "M_NOT_FOUND", MTX_ERROR_NOT_FOUND },
  { 0, 0, "M_USER_IN_USE", MTX_ERROR_USER_IN_USE },
  { 0, 0, "M_EXCLUSIVE", MTX_ERROR_USER_IN_USE },
  { 0, 0, "M_TOO_LARGE", MTX_ERROR_TOO_LARGE },
  { 0, 0, "M_BAD_JSON", MTX_ERROR_INVALID },
  { 0, 0, "M_NOT_JSON", MTX_ERROR_INVALID },
  { 0, 0, "M_INVALID_PARAM", MTX_ERROR_INVALID },
  { 0, 0, "M_MISSING_PARAM", MTX_ERROR_INVALID },
  { 0, 0, "M_INVALID_USERNAME", MTX_ERROR_INVALID },
  { 0, 0, "M_WEAK_PASSWORD", MTX_ERROR_INVALID },
  { 0, 0, "M_FORBIDDEN", MTX_ERROR_REFUSED },
  { 0, 0, "M_USER_DEACTIVATED", MTX_ERROR_REFUSED },
  { 401, 401, NULL, MTX_ERROR_NEED_AUTH },
  { 404, 404, NULL, MTX_ERROR_NOT_FOUND },
  { 405, 405, NULL, MTX_ERROR_UNSUPPORTED },
  { 408, 408, NULL, MTX_ERROR_RETRY_LATER },
  { 410, 410, NULL, MTX_ERROR_NOT_FOUND },
  { 413, 413, NULL, MTX_ERROR_TOO_LARGE },
  { 425, 425, NULL, MTX_ERROR_RETRY_LATER },
  { 429, 429, NULL, MTX_ERROR_RETRY_LATER },
  { 400, 499, NULL, MTX_ERROR_REFUSED },
  { 501, 501, NULL, MTX_ERROR_UNSUPPORTED },
  { 500, 599, NULL, MTX_ERROR_RETRY_LATER },
};

static MtxError
decide (guint       status,
        const char *errcode)
{
  for (gsize i = 0; i < G_N_ELEMENTS (server_refusals); i++)
    {
      const ServerRefusal *row = &server_refusals[i];

      if (row->status_first != 0 && (status < row->status_first || status > row->status_last))
        continue;
      if (row->errcode == NULL || g_strcmp0 (row->errcode, errcode) == 0)
        return row->decision;
    }

  return MTX_ERROR_BAD_REPLY;
}

/* Errcodes go to logs and comparisons, so only what looks like one is kept. */
static char *
dup_plausible_errcode (const char *untrusted_errcode)
{
  gsize length;

  if (untrusted_errcode == NULL || *untrusted_errcode == '\0')
    return NULL;

  length = strspn (untrusted_errcode,
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
  if (untrusted_errcode[length] != '\0' || length > MAX_ERRCODE_LENGTH)
    return NULL;

  return g_strdup (untrusted_errcode);
}

/**
 * mtx_error_new_from_server:
 * @status: the HTTP status, which is not a success
 * @untrusted_errcode: (nullable): the `errcode` member of the body, or %NULL if there was none
 * @soft_logout: the `soft_logout` member of the body
 * @retry_after_ms: how long the server asked to wait, in milliseconds; 0 or less if it did not say
 *
 * Makes the error for a homeserver's refusal. Waits are capped at one day.
 *
 * See the specification, client-server API § Standard error response and § Soft logout.
 *
 * Returns: (transfer full): an error of %MTX_ERROR
 */
GError *
mtx_error_new_from_server (guint       status,
                           const char *untrusted_errcode,
                           gboolean    soft_logout,
                           gint64      retry_after_ms)
{
  g_autofree char *errcode = dup_plausible_errcode (untrusted_errcode);
  MtxError         decision = decide (status, errcode);
  MtxErrorPrivate *priv;
  GError          *error;

  if (decision == MTX_ERROR_LOG_IN_AGAIN && soft_logout)
    decision = MTX_ERROR_SOFT_LOGOUT;

  error = g_error_new (MTX_ERROR, decision, "The server answered %u %s",
                       status, errcode != NULL ? errcode : "without an error code");
  priv = mtx_error_get_private (error);
  priv->errcode = g_steal_pointer (&errcode);
  priv->retry_after_ms = CLAMP (retry_after_ms, 0, MAX_RETRY_AFTER_MS);

  return error;
}

/**
 * mtx_error_get_errcode:
 * @error: (nullable): any error
 *
 * Gets the errcode with which a homeserver refused.
 *
 * Returns: (nullable) (transfer none): the errcode, or %NULL if @error is not a server's refusal or
 *   the server sent none that looks like one
 */
const char *
mtx_error_get_errcode (const GError *error)
{
  if (error == NULL || error->domain != MTX_ERROR)
    return NULL;

  return mtx_error_get_private (error)->errcode;
}

/**
 * mtx_error_get_retry_after_ms:
 * @error: (nullable): any error
 *
 * Gets how long a homeserver asked to wait before the next try.
 *
 * Returns: milliseconds between 0 and one day; 0 if the server did not say
 */
gint64
mtx_error_get_retry_after_ms (const GError *error)
{
  if (error == NULL || error->domain != MTX_ERROR)
    return 0;

  return mtx_error_get_private (error)->retry_after_ms;
}

/**
 * mtx_error_is_temporary:
 * @error: (nullable): any error
 *
 * Says whether the same request may succeed after a wait.
 *
 * Returns: %TRUE if the decision is %MTX_ERROR_RETRY_LATER
 */
gboolean
mtx_error_is_temporary (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
}
