/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a client makes its security.
 */
#pragma once

#include "mtx-session.h"
#include "sup-security.h"

G_BEGIN_DECLS

SupSecurity *_sup_security_new  (MtxSession  *session);
DexFuture   *_sup_security_load (SupSecurity *self);

G_END_DECLS
