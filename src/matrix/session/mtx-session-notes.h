/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Short texts that the layers above keep in the account's encrypted store, each under a name fixed here.
 */
#pragma once

#include "mtx-session.h"

G_BEGIN_DECLS

/**
 * MtxSessionNote:
 * @MTX_SESSION_NOTE_PROVIDER: the provider record the account was made for
 * @MTX_SESSION_NOTE_CHAT_READ: event id of the newest message the person has seen
 * @MTX_SESSION_NOTE_CHAT_TOLD: event id of the newest message support knows that the person has seen
 * @MTX_SESSION_NOTE_FEED_ROOM: room id the announcements alias led to
 * @MTX_SESSION_NOTE_FEED_READ: time, in milliseconds, of the newest announcement the person has seen
 * @MTX_SESSION_NOTE_KEY_SAVED: whether the person keeps the security key somewhere else
 */
typedef enum
{
  MTX_SESSION_NOTE_PROVIDER,
  MTX_SESSION_NOTE_CHAT_READ,
  MTX_SESSION_NOTE_CHAT_TOLD,
  MTX_SESSION_NOTE_FEED_ROOM,
  MTX_SESSION_NOTE_FEED_READ,
  MTX_SESSION_NOTE_KEY_SAVED,
} MtxSessionNote;

DexFuture *mtx_session_load_note (MtxSession     *self,
                                  MtxSessionNote  note);
DexFuture *mtx_session_save_note (MtxSession     *self,
                                  MtxSessionNote  note,
                                  const char     *text);

G_END_DECLS
