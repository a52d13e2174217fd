/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names and enumerations of rooms: all that the screens need to know of the protocol's nouns.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxEvent         MtxEvent;
typedef struct _MtxOutbox        MtxOutbox;
typedef struct _MtxPowerLevels   MtxPowerLevels;
typedef struct _MtxPublicRoom    MtxPublicRoom;
typedef struct _MtxRoom          MtxRoom;
typedef struct _MtxRoomList      MtxRoomList;
typedef struct _MtxTimeline      MtxTimeline;
typedef struct _MtxTimelineItem  MtxTimelineItem;

/* Of other folders; named here so that these headers need none of theirs. */
typedef struct _MtxDb            MtxDb;
typedef struct _MtxEncryption    MtxEncryption;
typedef struct _MtxHttp          MtxHttp;

/**
 * MtxEventKind:
 * @MTX_EVENT_KIND_UNKNOWN: a type or shape we do not know; stays visible as such
 * @MTX_EVENT_KIND_TEXT: `m.text`
 * @MTX_EVENT_KIND_NOTICE: `m.notice`
 * @MTX_EVENT_KIND_EMOTE: `m.emote`
 * @MTX_EVENT_KIND_MEDIA: picture, file, audio, video or sticker
 * @MTX_EVENT_KIND_MEMBER: `m.room.member`
 * @MTX_EVENT_KIND_STATE: any other state event
 * @MTX_EVENT_KIND_ENCRYPTED: `m.room.encrypted`, not (yet) decrypted
 * @MTX_EVENT_KIND_REDACTION: `m.room.redaction`
 * @MTX_EVENT_KIND_REDACTED: an event whose content was removed
 * @MTX_EVENT_KIND_REACTION: `m.reaction`
 * @MTX_EVENT_KIND_VERIFICATION: a step of a verification (`m.key.verification.…`)
 */
typedef enum
{
  MTX_EVENT_KIND_UNKNOWN,
  MTX_EVENT_KIND_TEXT,
  MTX_EVENT_KIND_NOTICE,
  MTX_EVENT_KIND_EMOTE,
  MTX_EVENT_KIND_MEDIA,
  MTX_EVENT_KIND_MEMBER,
  MTX_EVENT_KIND_STATE,
  MTX_EVENT_KIND_ENCRYPTED,
  MTX_EVENT_KIND_REDACTION,
  MTX_EVENT_KIND_REDACTED,
  MTX_EVENT_KIND_REACTION,
  MTX_EVENT_KIND_VERIFICATION,
} MtxEventKind;

/**
 * MtxDecryption:
 * @MTX_DECRYPTION_CLEAR: the event was never encrypted
 * @MTX_DECRYPTION_DECRYPTED: it was, and could be read
 * @MTX_DECRYPTION_MISSING_KEY: its room key has not arrived; it may still
 * @MTX_DECRYPTION_WITHHELD: the sender says why it gives us no key
 * @MTX_DECRYPTION_REFUSED: it could be read but must not be believed (replayed, other room, other sender)
 * @MTX_DECRYPTION_FAILED: damaged, or of an algorithm we do not know
 *
 * The numbers are stored.
 */
typedef enum
{
  MTX_DECRYPTION_CLEAR       = 0,
  MTX_DECRYPTION_DECRYPTED   = 1,
  MTX_DECRYPTION_MISSING_KEY = 2,
  MTX_DECRYPTION_WITHHELD    = 3,
  MTX_DECRYPTION_REFUSED     = 4,
  MTX_DECRYPTION_FAILED      = 5,
} MtxDecryption;

/**
 * MtxShield:
 * @MTX_SHIELD_NONE: nothing to warn about
 * @MTX_SHIELD_UNSIGNED_DEVICE: sent from a device its owner did not sign
 * @MTX_SHIELD_UNKNOWN_DEVICE: sent from a device we do not know (deleted, or never seen)
 * @MTX_SHIELD_NOT_AUTHENTIC: the room key proves no sender (backup, import, forward)
 * @MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM: a message that was not encrypted in a room that is (M38)
 * @MTX_SHIELD_CHANGED_IDENTITY: sent by an identity that nobody accepted yet as the sender's (M37)
 *
 * The numbers are stored.
 */
typedef enum
{
  MTX_SHIELD_NONE                        = 0,
  MTX_SHIELD_UNSIGNED_DEVICE             = 1,
  MTX_SHIELD_UNKNOWN_DEVICE              = 2,
  MTX_SHIELD_NOT_AUTHENTIC               = 3,
  MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM = 4,
  MTX_SHIELD_CHANGED_IDENTITY            = 5,
} MtxShield;

/**
 * MtxMembership:
 * A member's, or our own, standing in a room.
 */
typedef enum
{
  MTX_MEMBERSHIP_NONE,
  MTX_MEMBERSHIP_INVITE,
  MTX_MEMBERSHIP_JOIN,
  MTX_MEMBERSHIP_KNOCK,
  MTX_MEMBERSHIP_LEAVE,
  MTX_MEMBERSHIP_BAN,
} MtxMembership;

/**
 * MtxItemKind:
 * @MTX_ITEM_KIND_MESSAGE: text to show in a bubble
 * @MTX_ITEM_KIND_NOTICE: something that happened; see the notice type
 * @MTX_ITEM_KIND_UNDECRYPTABLE: a message we cannot read (yet); see the reason
 * @MTX_ITEM_KIND_UNSUPPORTED: a message of a kind this version cannot show; the body is its fallback text
 * @MTX_ITEM_KIND_DELETED: a message its sender, or a moderator, removed
 */
typedef enum
{
  MTX_ITEM_KIND_MESSAGE,
  MTX_ITEM_KIND_NOTICE,
  MTX_ITEM_KIND_UNDECRYPTABLE,
  MTX_ITEM_KIND_UNSUPPORTED,
  MTX_ITEM_KIND_DELETED,
} MtxItemKind;

/**
 * MtxNoticeType:
 * What happened; the item's "subject" is the user id it happened to.
 */
typedef enum
{
  MTX_NOTICE_TYPE_NONE,
  MTX_NOTICE_TYPE_JOINED,
  MTX_NOTICE_TYPE_INVITED,
  MTX_NOTICE_TYPE_LEFT,
  MTX_NOTICE_TYPE_DECLINED,
  MTX_NOTICE_TYPE_REMOVED,
  MTX_NOTICE_TYPE_BANNED,
  MTX_NOTICE_TYPE_ENCRYPTED,
} MtxNoticeType;

/**
 * MtxSendState:
 * @MTX_SEND_STATE_NONE: not ours
 * @MTX_SEND_STATE_QUEUED: kept on disk, waiting for its turn, the network or the room
 * @MTX_SEND_STATE_SENDING: on its way
 * @MTX_SEND_STATE_SENT: the server gave it an event id
 * @MTX_SEND_STATE_READ: somebody else's read marker is at or after it
 * @MTX_SEND_STATE_FAILED: refused; stays until retried or deleted
 */
typedef enum
{
  MTX_SEND_STATE_NONE,
  MTX_SEND_STATE_QUEUED,
  MTX_SEND_STATE_SENDING,
  MTX_SEND_STATE_SENT,
  MTX_SEND_STATE_READ,
  MTX_SEND_STATE_FAILED,
} MtxSendState;

/**
 * MtxConnection:
 * @MTX_CONNECTION_CONNECTING: not known yet; show nothing
 * @MTX_CONNECTION_ONLINE: the server answers
 * @MTX_CONNECTION_OFFLINE: this computer has no network
 * @MTX_CONNECTION_UNREACHABLE: there is a network, but the server does not answer
 */
typedef enum
{
  MTX_CONNECTION_CONNECTING,
  MTX_CONNECTION_ONLINE,
  MTX_CONNECTION_OFFLINE,
  MTX_CONNECTION_UNREACHABLE,
} MtxConnection;

#define MTX_TYPE_DECRYPTION  (mtx_decryption_get_type ())
#define MTX_TYPE_SHIELD      (mtx_shield_get_type ())
#define MTX_TYPE_MEMBERSHIP  (mtx_membership_get_type ())
#define MTX_TYPE_ITEM_KIND   (mtx_item_kind_get_type ())
#define MTX_TYPE_NOTICE_TYPE (mtx_notice_type_get_type ())
#define MTX_TYPE_SEND_STATE  (mtx_send_state_get_type ())
#define MTX_TYPE_CONNECTION  (mtx_connection_get_type ())

GType         mtx_decryption_get_type    (void);
GType         mtx_shield_get_type        (void);
GType         mtx_membership_get_type    (void);
GType         mtx_item_kind_get_type     (void);
GType         mtx_notice_type_get_type   (void);
GType         mtx_send_state_get_type    (void);
GType         mtx_connection_get_type    (void);
MtxMembership mtx_membership_from_string (const char    *untrusted);
const char   *mtx_membership_to_string   (MtxMembership  membership);

G_END_DECLS
