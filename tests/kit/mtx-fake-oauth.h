/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An authorization server beside a fake homeserver, and the person with a browser who logs in there. It checks what
 * it is told: addresses, PKCE, rotation of refresh tokens.
 */
#pragma once

#include "mtx-fake-homeserver.h"

G_BEGIN_DECLS

/* What the browser brings back instead of what the server gave. */
typedef enum
{
  MTX_FAKE_VISIT_HONEST,
  MTX_FAKE_VISIT_WRONG_STATE_FIRST,
  MTX_FAKE_VISIT_OTHER_ISSUER,
  MTX_FAKE_VISIT_DENIED,
} MtxFakeVisit;

typedef struct
{
  /* borrowed */
  MtxFakeHomeserver *server;
  const char        *localpart; /* who logs in */
  const char        *device_id; /* that the tokens are for, or NULL: the one asked for */

  /* owned */
  GUri       *page;    /* as the browser was sent to it */
  GHashTable *query;   /* of it */
  char       *access;  /* the tokens that are valid now */
  char       *refresh;
  char       *parting; /* the last page */
  DexFuture  *browsing;

  /* state */
  MtxFakeVisit visit;
  guint        grants;
  guint        strangers_refused;
} MtxFakeOAuth;

void mtx_fake_oauth_init         (MtxFakeOAuth      *self,
                                  MtxFakeHomeserver *server,
                                  const char        *localpart);
void mtx_fake_oauth_clear        (MtxFakeOAuth      *self);
void mtx_fake_oauth_open_browser (const char        *url,
                                  gpointer           data);

G_END_DECLS
