/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an account may be made, as the provider says; or which account shall come back, as the person says.
 */
#include "mtx-account-hints.h"

#include "mtx-id.h"
#include "mtx-recovery-key.h"
#include "mtx-secret-bytes.h"

G_DEFINE_QUARK (mtx - restore - form - error - quark, mtx_restore_form_error)
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

/* Says of a key what the layers above, which never see one, tell the person. */
static void
set_key_error (GError      **error,
               const GError *cause)
{
  static const MtxRestoreFormError codes[] = {
    [MTX_RECOVERY_KEY_ERROR_ALPHABET] = MTX_RESTORE_FORM_ERROR_KEY_CHARACTER,
    [MTX_RECOVERY_KEY_ERROR_LENGTH] = MTX_RESTORE_FORM_ERROR_KEY_LENGTH,
    [MTX_RECOVERY_KEY_ERROR_PREFIX] = MTX_RESTORE_FORM_ERROR_KEY_PREFIX,
    [MTX_RECOVERY_KEY_ERROR_PARITY] = MTX_RESTORE_FORM_ERROR_KEY_PARITY,
  };

  g_return_if_fail (cause->domain == MTX_RECOVERY_KEY_ERROR && (gsize)cause->code < G_N_ELEMENTS (codes));

  g_set_error_literal (error, MTX_RESTORE_FORM_ERROR, (int)codes[cause->code], cause->message);
}

/* Only a text that cannot be a security key may be a passphrase, and only where a password makes that possible:
 * what a passphrase opens can be found after logging in only. */
static gboolean
take_secret (MtxAccountHints *self,
             MtxSecretBytes  *secret,
             GError         **error)
{
  gsize         length = 0;
  const guint8 *bytes = mtx_secret_bytes_get (secret, &length);
  char         *text = g_strndup ((const char *)bytes, length);

  g_autoptr (GError) failure = NULL;

  self->security_key = mtx_recovery_key_decode (text, &failure);
  if (self->security_key == NULL && (self->password != NULL || self->in_browser))
    self->passphrase = mtx_secret_bytes_ref (secret);
  else if (failure != NULL)
    set_key_error (error, failure);
  mtx_secret_wipe (text, length);
  g_free (text);

  return self->security_key != NULL || self->passphrase != NULL;
}

/**
 * mtx_account_hints_new_restore:
 * @untrusted_user_id: the account's address, as the person typed it
 * @homeserver_url: (nullable): where its homeserver is, if that is known; else its server is asked
 * @secret: the text of the security key; or the passphrase, of an account that another client made
 * @password: (nullable): the account's password, of an account that another client made
 * @in_browser: %TRUE where people log in on the server's page only (see mtx_session_set_browser_func ())
 * @provider: (nullable): JSON of the provider's record, for an account that has none
 * @error: return location for an error
 *
 * Makes hints that bring an account back.
 *
 * Returns: (transfer full) (nullable): hints, or %NULL with one of #MtxRestoreFormError
 */
MtxAccountHints *
mtx_account_hints_new_restore (const char     *untrusted_user_id,
                               const char     *homeserver_url,
                               MtxSecretBytes *secret,
                               MtxSecretBytes *password,
                               gboolean        in_browser,
                               const char     *provider,
                               GError        **error)
{
  g_autoptr (MtxUserId)       user_id = mtx_user_id_new (untrusted_user_id, NULL);
  g_autoptr (MtxAccountHints) self = NULL;

  g_return_val_if_fail (secret != NULL, NULL);

  if (user_id == NULL)
    {
      g_set_error_literal (error, MTX_RESTORE_FORM_ERROR, MTX_RESTORE_FORM_ERROR_ADDRESS, "Not the address of an account");
      return NULL;
    }

  self = mtx_account_hints_new (NULL, homeserver_url, NULL);
  self->server_name = g_strdup (mtx_user_id_get_server (user_id));
  self->user_id = g_strdup (mtx_user_id_get (user_id));
  self->password = password != NULL ? mtx_secret_bytes_ref (password) : NULL;
  self->in_browser = in_browser;
  self->provider = g_strdup (provider);
  if (!take_secret (self, secret, error))
    return NULL;

  return g_steal_pointer (&self);
}

static MtxSecretBytes *
ref_secret (MtxSecretBytes *secret)
{
  return secret != NULL ? mtx_secret_bytes_ref (secret) : NULL;
}

/**
 * mtx_account_hints_copy:
 * @self: hints
 *
 * Returns: (transfer full): the same again; secrets are shared, not copied
 */
MtxAccountHints *
mtx_account_hints_copy (const MtxAccountHints *self)
{
  MtxAccountHints *copy = mtx_account_hints_new (self->server_name, self->homeserver_url, self->registration_token);

  copy->user_id = g_strdup (self->user_id);
  copy->security_key = ref_secret (self->security_key);
  copy->passphrase = ref_secret (self->passphrase);
  copy->password = ref_secret (self->password);
  copy->in_browser = self->in_browser;
  copy->provider = g_strdup (self->provider);

  return copy;
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
  g_free (self->user_id);
  g_clear_pointer (&self->security_key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->passphrase, mtx_secret_bytes_unref);
  g_clear_pointer (&self->password, mtx_secret_bytes_unref);
  g_free (self->provider);
  g_free (self);
}
