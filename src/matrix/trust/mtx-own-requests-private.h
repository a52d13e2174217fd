/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What asking and answering share.
 */
#pragma once

#include "mtx-crypto-engine-private.h"
#include "mtx-key-backup.h"
#include "mtx-own-answers.h"
#include "mtx-own-requests.h"
#include "mtx-room-key-sharing.h"
#include "mtx-turns.h"

G_BEGIN_DECLS

#define MTX_SECRET_REQUEST   "m.secret.request"
#define MTX_ROOM_KEY_REQUEST "m.room_key_request"
#define MTX_SECRET_BACKUP    "m.megolm_backup.v1"

struct _MtxOwnRequests
{
  GObject parent_instance;

  /* owned */
  MtxCryptoEngine   *engine;
  MtxDeviceList     *devices;
  MtxRoomKeySharing *sharing;
  MtxKeyBackup      *backup;
  MtxTurns           asking;
  MtxTurns           answering;
  GPtrArray         *pending; /* of a wish of another device that was not granted yet */

  /* state */
  gboolean is_due;     /* something may have to be asked for */
  gboolean is_closed;
  guint    n_open;     /* questions nobody answered yet, as far as is known */
  guint    n_answered; /* within the period that began … */
  gint64   answered_since_us;
};

/* -answer: what other devices want. */
GPtrArray *_mtx_own_requests_new_pending (void);
void       _mtx_own_requests_hear        (MtxOwnRequests   *self,
                                          MtxDeviceMessage *message);
void       _mtx_own_requests_look_again  (MtxOwnRequests   *self);
DexFuture *_mtx_own_requests_answer      (MtxOwnRequests   *self);

G_END_DECLS
