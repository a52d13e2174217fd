/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the two halves of the verifications share: the flows that are known, and who the parties are.
 */
#pragma once

#include "mtx-cross-signing.h"
#include "mtx-device-list.h"
#include "mtx-identities.h"
#include "mtx-room-list.h"
#include "mtx-turns.h"
#include "mtx-verification-private.h"
#include "mtx-verification-sender.h"
#include "mtx-verifications.h"

G_BEGIN_DECLS

/* One verification, and whom we asked as long as nobody answered. */
typedef struct
{
  MtxVerification *verification;
  GStrv            asked; /* of our own devices; NULL in rooms, and if they asked */
} MtxVerificationFlow;

struct _MtxVerifications
{
  GObject parent_instance;

  /* owned */
  MtxHttp               *http;
  MtxCryptoEngine       *engine;
  MtxDeviceList         *devices;
  MtxCrossSigning       *cross_signing;
  MtxIdentities         *identities;
  MtxVerificationSender *sender;
  MtxRoomList           *rooms;    /* NULL until the session has them */
  GPtrArray             *flows;    /* of MtxVerificationFlow, oldest first; some of them over */
  MtxTurns               incoming; /* events and our own requests, one after the other */
  MtxTurns               signing;
  DexPromise            *closed; /* resolved to end all waits */

  /* state */
  guint  n_declined; /* within the period that began … */
  gint64 declined_since_us;
};

MtxVerificationFlow  *_mtx_verifications_find_live   (MtxVerifications  *self,
                                                      const char        *user_id);
MtxVerification      *_mtx_verifications_add         (MtxVerifications  *self,
                                                      MtxVerification   *verification,
                                                      GStrv              asked);
MtxVerificationParty *_mtx_verifications_make_us     (MtxVerifications  *self);
MtxVerificationParty *_mtx_verifications_load_them   (MtxVerifications  *self,
                                                      const char        *user_id,
                                                      const char        *device_id,
                                                      GError           **error);
const MtxVerificationHost *_mtx_verifications_get_host (void);
gboolean              _mtx_verifications_emit_requested (MtxVerifications *self,
                                                         MtxVerification  *verification);

/* -incoming: what arrives. */
void                  _mtx_verifications_listen      (MtxVerifications  *self);

G_END_DECLS
