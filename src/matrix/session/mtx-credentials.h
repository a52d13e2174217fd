/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What we decide about an account before a server hears of it.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

typedef struct _MtxCredentials MtxCredentials;

/* All of it is kept before the first request (protocol.md § 10.1). */
struct _MtxCredentials
{
  char           *username;  /* localpart, 128 random bits */
  char           *device_id;
  MtxSecretBytes *password;  /* derived from the security key */
  gboolean        resumed;   /* a request may have been made before, and its answer lost */
};

#define MTX_TYPE_CREDENTIALS (mtx_credentials_get_type ())

GType           mtx_credentials_get_type       (void);
MtxCredentials *mtx_credentials_new            (const char      *username,
                                                const char      *device_id,
                                                MtxSecretBytes  *password,
                                                gboolean         resumed);
MtxCredentials *mtx_credentials_copy           (MtxCredentials  *self);
void            mtx_credentials_free           (MtxCredentials  *self);
char           *mtx_credentials_draw_username  (GError         **error);
char           *mtx_credentials_draw_device_id (GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxCredentials, mtx_credentials_free)

G_END_DECLS
