/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an account may be made, as the provider says.
 */
#include "mtx-account-hints.h"

G_DEFINE_BOXED_TYPE (MtxAccountHints, mtx_account_hints, mtx_account_hints_copy, mtx_account_hints_free)

/**
 * mtx_account_hints_new:
 * @server_name: (nullable): the name of a server, to be asked where its homeserver is
 * @homeserver_url: (nullable): the address of the homeserver; then nobody needs to be asked
 * @registration_token: (nullable): what lets people in
 *
 * Makes hints. At least one of the first two is needed to make an account.
 *
 * Returns: (transfer full): hints
 */
MtxAccountHints *
mtx_account_hints_new (const char *server_name,
                       const char *homeserver_url,
                       const char *registration_token)
{
  MtxAccountHints *self = g_new0 (MtxAccountHints, 1);

  self->server_name = g_strdup (server_name);
  self->homeserver_url = g_strdup (homeserver_url);
  self->registration_token = g_strdup (registration_token);

  return self;
}

/**
 * mtx_account_hints_copy:
 * @self: hints
 *
 * Returns: (transfer full): the same again
 */
MtxAccountHints *
mtx_account_hints_copy (const MtxAccountHints *self)
{
  return mtx_account_hints_new (self->server_name, self->homeserver_url, self->registration_token);
}

/**
 * mtx_account_hints_free:
 * @self: (transfer full): hints
 *
 * Frees them.
 */
void
mtx_account_hints_free (MtxAccountHints *self)
{
  g_free (self->server_name);
  g_free (self->homeserver_url);
  g_free (self->registration_token);
  g_free (self);
}
