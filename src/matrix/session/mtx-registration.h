/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An anonymous account from a name and password that were drawn, and kept, before (protocol.md § 10.1).
 * Asking twice with the same credentials gives the same account.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

/**
 * MtxTermsPolicy:
 * One document the server wants accepted before it makes an account.
 */
typedef struct
{
  char *name; /* untrusted text for the person */
  char *url;  /* https address, checked */
} MtxTermsPolicy;

/* Shows @policies (element-type MtxTermsPolicy) to the person; resolves to TRUE when they were accepted. */
typedef DexFuture *(*MtxTermsFunc) (GPtrArray *policies,
                                    gpointer   data);

#define MTX_TYPE_CREDENTIALS (mtx_credentials_get_type ())

typedef struct _MtxCredentials MtxCredentials;

/* What we decided before asking; all of it is kept before the first request. */
struct _MtxCredentials
{
  char           *username;  /* localpart, 128 random bits, lower case */
  char           *device_id;
  MtxSecretBytes *password;  /* derived from the security key */
};

#define MTX_TYPE_ACCOUNT (mtx_account_get_type ())

typedef struct _MtxAccount MtxAccount;

/* What the server gave. */
struct _MtxAccount
{
  char      *user_id;
  char      *device_id;
  MtxTokens *tokens;
};

GType           mtx_credentials_get_type (void);
MtxCredentials *mtx_credentials_new      (const char      *username,
                                          const char      *device_id,
                                          MtxSecretBytes  *password);
MtxCredentials *mtx_credentials_copy     (MtxCredentials  *self);
void            mtx_credentials_free     (MtxCredentials  *self);
char           *mtx_credentials_draw_username  (GError   **error);
char           *mtx_credentials_draw_device_id (GError   **error);
GType           mtx_account_get_type     (void);
MtxAccount     *mtx_account_copy         (MtxAccount      *self);
void            mtx_account_free         (MtxAccount      *self);

DexFuture      *mtx_registration_run     (MtxHttp         *http,
                                          MtxCredentials  *credentials,
                                          const char      *registration_token,
                                          MtxTermsFunc     terms,
                                          gpointer         data,
                                          GDestroyNotify   destroy);
DexFuture      *mtx_registration_log_in  (MtxHttp         *http,
                                          MtxCredentials  *credentials);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxCredentials, mtx_credentials_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxAccount, mtx_account_free)

G_END_DECLS
