/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The states of a session. There are no others and no flags beside them.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * MtxSessionState:
 * @MTX_SESSION_CLOSED: nothing is open; the start and the end
 * @MTX_SESSION_OPENING: asking the keyring and opening the store
 * @MTX_SESSION_KEYRING_LOCKED: the secrets are there but locked; unlock and open again
 * @MTX_SESSION_KEYRING_ABSENT: this system has no place for secrets
 * @MTX_SESSION_WRONG_SECRET: there is a store but no secret that opens it; nothing was changed
 * @MTX_SESSION_DAMAGED: the secrets or the store cannot be read or do not belong together; nothing was changed
 * @MTX_SESSION_BUSY: another process has the store open
 * @MTX_SESSION_CACHED: the store is open and its models are filled; no network was needed
 * @MTX_SESSION_REGISTERING: an account is being made, or found again
 * @MTX_SESSION_RESTORING: an account is being brought back; nothing of it can be shown yet
 * @MTX_SESSION_BOOTSTRAPPING: the keys are being published
 * @MTX_SESSION_READY: rooms may be made and messages sent; connected or not
 * @MTX_SESSION_SOFT_LOGGED_OUT: the token died, the device lives; logging in again with the same device
 * @MTX_SESSION_LOGGED_OUT: the server ended the session for good; what is stored can still be read
 * @MTX_SESSION_FAILED: opening was given up; the error property says why, open again to retry
 */
typedef enum
{
  MTX_SESSION_CLOSED,
  MTX_SESSION_OPENING,
  MTX_SESSION_KEYRING_LOCKED,
  MTX_SESSION_KEYRING_ABSENT,
  MTX_SESSION_WRONG_SECRET,
  MTX_SESSION_DAMAGED,
  MTX_SESSION_BUSY,
  MTX_SESSION_CACHED,
  MTX_SESSION_REGISTERING,
  MTX_SESSION_RESTORING,
  MTX_SESSION_BOOTSTRAPPING,
  MTX_SESSION_READY,
  MTX_SESSION_SOFT_LOGGED_OUT,
  MTX_SESSION_LOGGED_OUT,
  MTX_SESSION_FAILED,
} MtxSessionState;

#define MTX_TYPE_SESSION_STATE (mtx_session_state_get_type ())

GType mtx_session_state_get_type (void);

G_END_DECLS
