/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the answer to a registration or login.
 */
#include "mtx-account.h"

#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-tokens.h"

G_DEFINE_BOXED_TYPE (MtxAccount, mtx_account, mtx_account_copy, mtx_account_free)

/**
 * mtx_account_new_from_reply:
 * @untrusted_body: the answer; its tokens are overwritten
 * @credentials: what we asked for
 * @error: %MTX_ERROR_BAD_REPLY if the server gave something else
 *
 * Checks that the server made the account and device we asked for: keys and secrets are bound to both.
 *
 * Returns: (transfer full) (nullable): an account
 */
MtxAccount *
mtx_account_new_from_reply (JsonObject     *untrusted_body,
                            MtxCredentials *credentials,
                            GError        **error)
{
  const char           *user_text = mtx_json_get_string (untrusted_body, "user_id");
  const char           *device_id = mtx_json_get_string (untrusted_body, "device_id");
  g_autoptr (MtxUserId) user_id = user_text != NULL ? mtx_user_id_new (user_text, NULL) : NULL;
  g_autofree char      *localpart = user_id != NULL ? mtx_user_id_dup_localpart (user_id) : NULL;
  g_autoptr (MtxTokens) tokens = mtx_tokens_new_from_reply (untrusted_body, error);
  MtxAccount           *self = NULL;

  if (tokens == NULL)
    return NULL;
  if (g_strcmp0 (localpart, credentials->username) != 0 || g_strcmp0 (device_id, credentials->device_id) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server gave another account or device than asked for");
      return NULL;
    }

  self = g_new0 (MtxAccount, 1);
  self->user_id = g_strdup (mtx_user_id_get (user_id));
  self->device_id = g_strdup (device_id);
  self->tokens = g_steal_pointer (&tokens);

  return self;
}

/**
 * mtx_account_copy:
 * @self: an account
 *
 * Returns: (transfer full): the same again; the tokens are shared
 */
MtxAccount *
mtx_account_copy (MtxAccount *self)
{
  MtxAccount *copy = g_new0 (MtxAccount, 1);

  copy->user_id = g_strdup (self->user_id);
  copy->device_id = g_strdup (self->device_id);
  copy->tokens = g_object_ref (self->tokens);

  return copy;
}

/**
 * mtx_account_free:
 * @self: (transfer full): an account
 *
 * Frees it.
 */
void
mtx_account_free (MtxAccount *self)
{
  g_free (self->user_id);
  g_free (self->device_id);
  g_object_unref (self->tokens);
  g_free (self);
}
