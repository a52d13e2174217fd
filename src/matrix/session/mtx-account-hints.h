/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an account may be made, as the provider says.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

struct _MtxAccountHints
{
  char *server_name;
  char *homeserver_url;
  char *registration_token;
};

#define MTX_TYPE_ACCOUNT_HINTS (mtx_account_hints_get_type ())

GType            mtx_account_hints_get_type (void);
MtxAccountHints *mtx_account_hints_new      (const char            *server_name,
                                             const char            *homeserver_url,
                                             const char            *registration_token);
MtxAccountHints *mtx_account_hints_copy     (const MtxAccountHints *self);
void             mtx_account_hints_free     (MtxAccountHints       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxAccountHints, mtx_account_hints_free)

G_END_DECLS
