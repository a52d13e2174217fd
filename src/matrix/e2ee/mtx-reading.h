/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one command of the engine reads: to-device messages, encrypted events, and what is needed to judge
 * them.
 *
 * A reading goes back and forth between three threads, always waiting for the other: rows are loaded on the
 * database's, ratchets turn on the crypto worker, and the main thread puts the two together. All functions
 * are for commands, on the main thread, and may await.
 */
#pragma once

#include "mtx-crypto-engine-private.h"
#include "mtx-room-keys.h"
#include "mtx-senders.h"
#include "mtx-sync-response.h"
#include "mtx-to-device.h"

G_BEGIN_DECLS

typedef struct _MtxReading MtxReading;

/* Lives in the command's frame, lent to the worker while the command waits. Starts zeroed. */
struct _MtxReading
{
  MtxCryptoEngine *engine;   /* borrowed: the command holds it */
  MtxRatchets     *ratchets; /* borrowed from the engine */
  MtxSenders      *senders;
  MtxRoomKeys     *keys;
  MtxToDevice     *to_device;
  GPtrArray       *slots;   /* of MtxReadingSlot */
  MtxChangeSet    *changes; /* what the command will commit */

  /* for the job that runs next */
  GPtrArray *sessions; /* of MtxOlmSessionRow, borrowed */
  GPtrArray *requests; /* of MtxOwnRequestRow, borrowed; or NULL */
  GPtrArray *events;   /* of MtxToDeviceEvent, borrowed */
  GArray    *ids;      /* of MtxRoomKeyId, borrowed */
  guint      n_imported;
};

void     mtx_reading_init              (MtxReading       *self,
                                        MtxCryptoEngine  *engine);
void     mtx_reading_clear             (MtxReading       *self);
void     mtx_reading_add_timeline      (MtxReading       *self,
                                        GPtrArray        *timeline);
void     mtx_reading_add_stored        (MtxReading       *self,
                                        MtxEvent         *event);
gboolean mtx_reading_load_senders      (MtxReading       *self,
                                        GPtrArray        *to_device,
                                        GError          **error);
gboolean mtx_reading_take_to_device    (MtxReading       *self,
                                        GPtrArray        *events,
                                        GError          **error);
gboolean mtx_reading_add_undecryptable (MtxReading       *self,
                                        const char       *room_id,
                                        const char       *session_id,
                                        GError          **error);
gboolean mtx_reading_add_waiting       (MtxReading       *self,
                                        GError          **error);
gboolean mtx_reading_decrypt           (MtxReading       *self,
                                        GError          **error);
void     mtx_reading_store_withheld    (MtxReading       *self);
void     mtx_reading_finish            (MtxReading       *self,
                                        GPtrArray        *healed);

/* -announce: what the engine only passes on. */
void     _mtx_crypto_engine_announce   (MtxCryptoEngine  *self,
                                        MtxReading       *reading,
                                        MtxSyncResponse  *response);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MtxReading, mtx_reading_clear)

G_END_DECLS
