/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What other devices of our account send because we asked: room keys and secrets, judged by who sends them and
 * whether that device was asked for just this (threats 37, 38, 39, 73). Belongs to the crypto worker thread.
 */
#pragma once

#include "mtx-device-store.h"
#include "mtx-keys-reply.h"
#include "mtx-own-request-store.h"
#include "mtx-ratchets.h"
#include "mtx-received-key.h"
#include "mtx-secret-bytes.h"

G_BEGIN_DECLS

/* A secret that was asked for, from a device that was asked. Whether it is the right one is not looked at yet. */
typedef struct _MtxReceivedSecret MtxReceivedSecret;

struct _MtxReceivedSecret
{
  char           *request_id;
  char           *name;
  MtxSecretBytes *untrusted_secret; /* the text, as it came */
};

#define MTX_TYPE_RECEIVED_SECRET (mtx_received_secret_get_type ())

GType              mtx_received_secret_get_type  (void);
MtxReceivedSecret *mtx_received_secret_ref       (MtxReceivedSecret   *self);
void               mtx_received_secret_unref     (MtxReceivedSecret   *self);

gboolean           mtx_own_device_is_verified    (const MtxDeviceRow  *device,
                                                  const char          *user_id,
                                                  const char          *self_signing_key);
MtxReceivedKey    *mtx_own_answers_read_room_key (GPtrArray           *requests,
                                                  MtxRatchets         *ratchets,
                                                  const MtxDeviceRow  *device,
                                                  JsonObject          *untrusted,
                                                  GError             **error);
MtxReceivedSecret *mtx_own_answers_read_secret   (GPtrArray           *requests,
                                                  MtxRatchets         *ratchets,
                                                  const MtxDeviceRow  *device,
                                                  JsonObject          *untrusted,
                                                  GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxReceivedSecret, mtx_received_secret_unref)

G_END_DECLS
