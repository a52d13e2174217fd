/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The error domain of the Matrix library. A code is the decision a caller has to take, not the cause;
 * the cause is in the message (for logs, never with secrets) and, for a server's refusal, in its errcode.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

/**
 * MtxError:
 * @MTX_ERROR_FAILED: nothing better is known; give up and tell the user
 * @MTX_ERROR_RETRY_LATER: network trouble, 5xx or 429; the same request may succeed after a wait
 * @MTX_ERROR_LOG_IN_AGAIN: the token is dead and the session gone (`M_UNKNOWN_TOKEN`)
 * @MTX_ERROR_SOFT_LOGOUT: the token is dead but the device lives (`soft_logout`); log in with the same device id
 * @MTX_ERROR_NEED_AUTH: 401 with user-interactive authentication stages
 * @MTX_ERROR_REFUSED: the server understood and said no; repeating is useless
 * @MTX_ERROR_NOT_FOUND: the thing asked for does not exist
 * @MTX_ERROR_UNSUPPORTED: the server does not know this endpoint or feature; use the fallback
 * @MTX_ERROR_USER_IN_USE: the chosen user name exists
 * @MTX_ERROR_TOO_LARGE: a limit of ours or of the server's was exceeded
 * @MTX_ERROR_BAD_REPLY: the peer's bytes cannot be understood
 * @MTX_ERROR_INVALID: the caller's or the user's input cannot be used
 * @MTX_ERROR_UNTRUSTED: a signature, certificate, key or MAC does not hold
 * @MTX_ERROR_MISSING_KEY: a key needed to read something is not here (yet)
 * @MTX_ERROR_NOT_ENCRYPTED: refusing to act because the room would not be encrypted
 * @MTX_ERROR_LOCKED: a secret exists but is locked; unlock and retry
 * @MTX_ERROR_ABSENT: there is no place for secrets on this system
 * @MTX_ERROR_WRONG_SECRET: a secret does not open what it should open
 * @MTX_ERROR_DAMAGED: stored data cannot be read; nothing was changed
 * @MTX_ERROR_BUSY: another process holds the resource
 * @MTX_ERROR_FULL: no space left on the device
 * @MTX_ERROR_CLOSED: the object was closed meanwhile
 * @MTX_ERROR_NEED_DECISION: somebody's identity changed or is missing; the same works once a person has decided
 */
typedef enum
{
  MTX_ERROR_FAILED,
  MTX_ERROR_RETRY_LATER,
  MTX_ERROR_LOG_IN_AGAIN,
  MTX_ERROR_SOFT_LOGOUT,
  MTX_ERROR_NEED_AUTH,
  MTX_ERROR_REFUSED,
  MTX_ERROR_NOT_FOUND,
  MTX_ERROR_UNSUPPORTED,
  MTX_ERROR_USER_IN_USE,
  MTX_ERROR_TOO_LARGE,
  MTX_ERROR_BAD_REPLY,
  MTX_ERROR_INVALID,
  MTX_ERROR_UNTRUSTED,
  MTX_ERROR_MISSING_KEY,
  MTX_ERROR_NOT_ENCRYPTED,
  MTX_ERROR_LOCKED,
  MTX_ERROR_ABSENT,
  MTX_ERROR_WRONG_SECRET,
  MTX_ERROR_DAMAGED,
  MTX_ERROR_BUSY,
  MTX_ERROR_FULL,
  MTX_ERROR_CLOSED,
  MTX_ERROR_NEED_DECISION,
} MtxError;

#define MTX_ERROR (mtx_error_quark ())

GQuark      mtx_error_quark              (void);
GError     *mtx_error_new_from_server    (guint         status,
                                          const char   *untrusted_errcode,
                                          gboolean      soft_logout,
                                          gint64        retry_after_ms);
const char *mtx_error_get_errcode        (const GError *error);
gint64      mtx_error_get_retry_after_ms (const GError *error);
gboolean    mtx_error_is_temporary       (const GError *error);

G_END_DECLS
