/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bundles of room keys that were offered to us, and the invitations that make them wanted (protocol.md, S5).
 */
#include "mtx-room-key-bundle-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

/* An offer counts for a day after the invitation was accepted; one without an invitation is kept for a week, as it may
 * come before the invitation does. Anybody may offer, so only the newest are kept. */
#define WINDOW_MS "86400000"
#define KEPT_MS   "604800000"
#define MAX_KEPT  "100"

static const MtxColumn mtx_room_key_bundle_row_columns[] = {
  MTX_COLUMN (MtxRoomKeyBundleRow, TEXT, room_id),
  MTX_COLUMN (MtxRoomKeyBundleRow, TEXT, sender),
  MTX_COLUMN (MtxRoomKeyBundleRow, TEXT, curve25519),
  MTX_COLUMN (MtxRoomKeyBundleRow, TEXT, ed25519),
  MTX_COLUMN (MtxRoomKeyBundleRow, TEXT, file),
  MTX_COLUMN (MtxRoomKeyBundleRow, INTEGER, received_at),
};

MTX_DEFINE_ROW (MtxRoomKeyBundleRow, mtx_room_key_bundle_row, "room_key_bundle", "room_id, sender")

/**
 * mtx_room_key_bundle_store_put_invited:
 * @changes: where the write is added
 * @room_id: a room we are not in
 * @inviter: who invited us
 *
 * Puts an invitation that nobody has answered yet.
 */
void
mtx_room_key_bundle_store_put_invited (MtxChangeSet *changes,
                                       const char   *room_id,
                                       const char   *inviter)
{
  g_return_if_fail (room_id != NULL && inviter != NULL);

  _mtx_change_set_add (changes,
                       "INSERT INTO room_invite (room_id, inviter, accepted_at) VALUES (?1, ?2, 0)"
                       " ON CONFLICT (room_id) DO UPDATE SET inviter = ?2, accepted_at = 0",
                       MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (inviter)));
}

/**
 * mtx_room_key_bundle_store_put_accepted:
 * @changes: where the write is added
 * @room_id: a room we are in
 * @now: the time
 *
 * Puts that we followed the invitation, if there was one.
 */
void
mtx_room_key_bundle_store_put_accepted (MtxChangeSet *changes,
                                        const char   *room_id,
                                        gint64        now)
{
  g_return_if_fail (room_id != NULL);

  _mtx_change_set_add (changes, "UPDATE room_invite SET accepted_at = ?2 WHERE room_id = ?1 AND accepted_at = 0",
                       MTX_VALUES (MTX_TEXT (room_id), MTX_INTEGER (now)));
}

/**
 * mtx_room_key_bundle_store_forget_room:
 * @changes: where the write is added
 * @room_id: a room
 *
 * Forgets invitation and offers: we left, or have taken an offer. What is offered afterwards is not wanted.
 */
void
mtx_room_key_bundle_store_forget_room (MtxChangeSet *changes,
                                       const char   *room_id)
{
  g_return_if_fail (room_id != NULL);

  _mtx_change_set_add (changes, "DELETE FROM room_invite WHERE room_id = ?1", MTX_VALUES (MTX_TEXT (room_id)));
  _mtx_change_set_add (changes, "DELETE FROM room_key_bundle WHERE room_id = ?1", MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_room_key_bundle_store_put:
 * @changes: where the write is added
 * @row: an offer
 *
 * Puts an offer over the one that the same person made before, and lets go of old ones.
 */
void
mtx_room_key_bundle_store_put (MtxChangeSet              *changes,
                               const MtxRoomKeyBundleRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_room_key_bundle_row_type, row);
  _mtx_change_set_add (changes,
                       "DELETE FROM room_key_bundle WHERE received_at < ?1 - " KEPT_MS
                       " OR (room_id, sender) NOT IN (SELECT room_id, sender FROM room_key_bundle"
                       " ORDER BY received_at DESC LIMIT " MAX_KEPT ")",
                       MTX_VALUES (MTX_INTEGER (row->received_at)));
}

/**
 * mtx_room_key_bundle_store_delete:
 * @changes: where the write is added
 * @room_id: a room
 * @sender: who made the offer
 *
 * Forgets one offer.
 */
void
mtx_room_key_bundle_store_delete (MtxChangeSet *changes,
                                  const char   *room_id,
                                  const char   *sender)
{
  g_return_if_fail (room_id != NULL && sender != NULL);

  _mtx_change_set_add (changes, "DELETE FROM room_key_bundle WHERE room_id = ?1 AND sender = ?2",
                       MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (sender)));
}

/**
 * mtx_room_key_bundle_store_load_due:
 * @db: a database
 * @now: the time
 *
 * Loads the offers of those whose invitation we accepted, within a day of that.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxRoomKeyBundleRow
 */
DexFuture *
mtx_room_key_bundle_store_load_due (MtxDb *db,
                                    gint64 now)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_room_key_bundle_row_type,
                            "WHERE EXISTS (SELECT 1 FROM room_invite WHERE room_invite.room_id = room_key_bundle.room_id"
                            " AND room_invite.inviter = room_key_bundle.sender AND room_invite.accepted_at > 0"
                            " AND ?1 BETWEEN room_invite.accepted_at AND room_invite.accepted_at + " WINDOW_MS ")",
                            MTX_VALUES (MTX_INTEGER (now)));
}
