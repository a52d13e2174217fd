/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is kept about a registration, or the return of an account, until it succeeded: the names we drew and where
 * we ask.
 */
#pragma once

#include "mtx-account-hints.h"

G_BEGIN_DECLS

typedef struct _MtxDb            MtxDb;
typedef struct _MtxSessionRecord MtxSessionRecord;

struct _MtxSessionRecord
{
  char *username;
  char *device_id;
  char *server_name;        /* NULL if there is an address */
  char *homeserver_url;     /* NULL until it was found */
  char *registration_token; /* or NULL */
  char *user_id;            /* the account that shall come back; NULL: a new one shall be made */
  char *provider;           /* with it: the record of the provider, if the person gave one; or NULL */
};

#define MTX_TYPE_SESSION_RECORD (mtx_session_record_get_type ())

GType             mtx_session_record_get_type (void);
MtxSessionRecord *mtx_session_record_draw     (const char        *server_name,
                                               const char        *homeserver_url,
                                               const char        *registration_token,
                                               GError           **error);
MtxSessionRecord *mtx_session_record_draw_restore (const MtxAccountHints *hints,
                                               GError           **error);
MtxSessionRecord *mtx_session_record_copy     (MtxSessionRecord  *self);
void              mtx_session_record_free     (MtxSessionRecord  *self);
DexFuture        *mtx_session_record_load     (MtxDb             *db);
DexFuture        *mtx_session_record_save     (MtxSessionRecord  *self,
                                               MtxDb             *db);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxSessionRecord, mtx_session_record_free)

G_END_DECLS
