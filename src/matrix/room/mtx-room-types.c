/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The enumerations of rooms as types, so that properties and bindings can carry them.
 */
#include "mtx-room-types.h"

G_DEFINE_ENUM_TYPE (MtxDecryption, mtx_decryption, G_DEFINE_ENUM_VALUE (MTX_DECRYPTION_CLEAR, "clear"), G_DEFINE_ENUM_VALUE (MTX_DECRYPTION_DECRYPTED, "decrypted"), G_DEFINE_ENUM_VALUE (MTX_DECRYPTION_MISSING_KEY, "missing-key"), G_DEFINE_ENUM_VALUE (MTX_DECRYPTION_WITHHELD, "withheld"), G_DEFINE_ENUM_VALUE (MTX_DECRYPTION_REFUSED, "refused"), G_DEFINE_ENUM_VALUE (MTX_DECRYPTION_FAILED, "failed"))

G_DEFINE_ENUM_TYPE (MtxShield, mtx_shield, G_DEFINE_ENUM_VALUE (MTX_SHIELD_NONE, "none"), G_DEFINE_ENUM_VALUE (MTX_SHIELD_UNSIGNED_DEVICE, "unsigned-device"), G_DEFINE_ENUM_VALUE (MTX_SHIELD_UNKNOWN_DEVICE, "unknown-device"), G_DEFINE_ENUM_VALUE (MTX_SHIELD_NOT_AUTHENTIC, "not-authentic"), G_DEFINE_ENUM_VALUE (MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM, "plaintext-in-encrypted-room"), G_DEFINE_ENUM_VALUE (MTX_SHIELD_CHANGED_IDENTITY, "changed-identity"))

G_DEFINE_ENUM_TYPE (MtxMembership, mtx_membership, G_DEFINE_ENUM_VALUE (MTX_MEMBERSHIP_NONE, "none"), G_DEFINE_ENUM_VALUE (MTX_MEMBERSHIP_INVITE, "invite"), G_DEFINE_ENUM_VALUE (MTX_MEMBERSHIP_JOIN, "join"), G_DEFINE_ENUM_VALUE (MTX_MEMBERSHIP_KNOCK, "knock"), G_DEFINE_ENUM_VALUE (MTX_MEMBERSHIP_LEAVE, "leave"), G_DEFINE_ENUM_VALUE (MTX_MEMBERSHIP_BAN, "ban"))

G_DEFINE_ENUM_TYPE (MtxItemKind, mtx_item_kind, G_DEFINE_ENUM_VALUE (MTX_ITEM_KIND_MESSAGE, "message"), G_DEFINE_ENUM_VALUE (MTX_ITEM_KIND_NOTICE, "notice"), G_DEFINE_ENUM_VALUE (MTX_ITEM_KIND_UNDECRYPTABLE, "undecryptable"), G_DEFINE_ENUM_VALUE (MTX_ITEM_KIND_UNSUPPORTED, "unsupported"), G_DEFINE_ENUM_VALUE (MTX_ITEM_KIND_DELETED, "deleted"))

G_DEFINE_ENUM_TYPE (MtxNoticeType, mtx_notice_type, G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_NONE, "none"), G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_JOINED, "joined"), G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_INVITED, "invited"), G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_LEFT, "left"), G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_DECLINED, "declined"), G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_REMOVED, "removed"), G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_BANNED, "banned"), G_DEFINE_ENUM_VALUE (MTX_NOTICE_TYPE_ENCRYPTED, "encrypted"))

G_DEFINE_ENUM_TYPE (MtxSendState, mtx_send_state, G_DEFINE_ENUM_VALUE (MTX_SEND_STATE_NONE, "none"), G_DEFINE_ENUM_VALUE (MTX_SEND_STATE_QUEUED, "queued"), G_DEFINE_ENUM_VALUE (MTX_SEND_STATE_SENDING, "sending"), G_DEFINE_ENUM_VALUE (MTX_SEND_STATE_SENT, "sent"), G_DEFINE_ENUM_VALUE (MTX_SEND_STATE_READ, "read"), G_DEFINE_ENUM_VALUE (MTX_SEND_STATE_FAILED, "failed"))

G_DEFINE_ENUM_TYPE (MtxConnection, mtx_connection, G_DEFINE_ENUM_VALUE (MTX_CONNECTION_CONNECTING, "connecting"), G_DEFINE_ENUM_VALUE (MTX_CONNECTION_ONLINE, "online"), G_DEFINE_ENUM_VALUE (MTX_CONNECTION_OFFLINE, "offline"), G_DEFINE_ENUM_VALUE (MTX_CONNECTION_UNREACHABLE, "unreachable"))

/**
 * mtx_membership_from_string:
 * @untrusted: (nullable): the `membership` of an `m.room.member`
 *
 * Reads a membership; what the specification does not name means that somebody is not there.
 *
 * Returns: the membership
 */
MtxMembership
mtx_membership_from_string (const char *untrusted)
{
  g_autoptr (GEnumClass) memberships = g_type_class_ref (MTX_TYPE_MEMBERSHIP);
  GEnumValue            *value = untrusted != NULL ? g_enum_get_value_by_nick (memberships, untrusted) : NULL;

  return value != NULL ? (MtxMembership)value->value : MTX_MEMBERSHIP_NONE;
}

/**
 * mtx_membership_to_string:
 * @membership: a membership
 *
 * Returns: (transfer none): the word for it; "none" for %MTX_MEMBERSHIP_NONE
 */
const char *
mtx_membership_to_string (MtxMembership membership)
{
  g_autoptr (GEnumClass) memberships = g_type_class_ref (MTX_TYPE_MEMBERSHIP);

  return g_enum_get_value (memberships, (int)membership)->value_nick;
}
