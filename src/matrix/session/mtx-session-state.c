/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The states of a session as a GObject type.
 */
#include "mtx-session-state.h"

/* One state a line. */
/* clang-format off */
G_DEFINE_ENUM_TYPE (MtxSessionState, mtx_session_state,
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_CLOSED, "closed"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_OPENING, "opening"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_KEYRING_LOCKED, "keyring-locked"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_KEYRING_ABSENT, "keyring-absent"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_WRONG_SECRET, "wrong-secret"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_DAMAGED, "damaged"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_BUSY, "busy"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_CACHED, "cached"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_REGISTERING, "registering"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_RESTORING, "restoring"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_BOOTSTRAPPING, "bootstrapping"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_READY, "ready"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_SOFT_LOGGED_OUT, "soft-logged-out"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_LOGGED_OUT, "logged-out"),
                    G_DEFINE_ENUM_VALUE (MTX_SESSION_FAILED, "failed"))
/* clang-format on */
