/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an account may be made, as the provider says; or which account shall come back, as the person says.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

/**
 * MtxRestoreFormError:
 * @MTX_RESTORE_FORM_ERROR_ADDRESS: not the address of an account
 * @MTX_RESTORE_FORM_ERROR_KEY_CHARACTER: a character that no security key has
 * @MTX_RESTORE_FORM_ERROR_KEY_LENGTH: the key is too short or too long
 * @MTX_RESTORE_FORM_ERROR_KEY_PREFIX: something else than a security key
 * @MTX_RESTORE_FORM_ERROR_KEY_PARITY: the key is mistyped somewhere
 *
 * What can be wrong with a restore form before anybody is asked (threat 75).
 */
typedef enum
{
  MTX_RESTORE_FORM_ERROR_ADDRESS,
  MTX_RESTORE_FORM_ERROR_KEY_CHARACTER,
  MTX_RESTORE_FORM_ERROR_KEY_LENGTH,
  MTX_RESTORE_FORM_ERROR_KEY_PREFIX,
  MTX_RESTORE_FORM_ERROR_KEY_PARITY,
} MtxRestoreFormError;

#define MTX_RESTORE_FORM_ERROR (mtx_restore_form_error_quark ())

struct _MtxAccountHints
{
  char           *server_name;
  char           *homeserver_url;
  char           *registration_token;

  /* The restore form; NULL otherwise. */
  char           *user_id;
  MtxSecretBytes *security_key; /* 32 bytes; or NULL: */
  MtxSecretBytes *passphrase;   /* text */
  MtxSecretBytes *password;     /* text; NULL: derived from the security key */
  gboolean        in_browser;   /* no password at all: the person logs in on the server's page */
  char           *provider;     /* the record to keep if the account has none; or NULL */
};

#define MTX_TYPE_ACCOUNT_HINTS (mtx_account_hints_get_type ())

GQuark           mtx_restore_form_error_quark  (void);
GType            mtx_account_hints_get_type    (void);
MtxAccountHints *mtx_account_hints_new         (const char            *server_name,
                                                const char            *homeserver_url,
                                                const char            *registration_token);
MtxAccountHints *mtx_account_hints_new_restore (const char            *untrusted_user_id,
                                                const char            *homeserver_url,
                                                MtxSecretBytes        *secret,
                                                MtxSecretBytes        *password,
                                                gboolean               in_browser,
                                                const char            *provider,
                                                GError               **error);
MtxAccountHints *mtx_account_hints_copy        (const MtxAccountHints *self);
void             mtx_account_hints_free        (MtxAccountHints       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxAccountHints, mtx_account_hints_free)

G_END_DECLS
