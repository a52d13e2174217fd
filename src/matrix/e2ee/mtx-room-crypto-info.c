/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What encryption needs to know of a room, as one value taken at one moment.
 */
#include "mtx-room-crypto-info.h"

struct _MtxRoomCryptoInfo
{
  char             *room_id;
  char             *algorithm;
  MtxMegolmRotation rotation;
  GStrv             members;
  GStrv             invited;
  gboolean          shares_history;
  gboolean          is_for_verification;
};

G_DEFINE_BOXED_TYPE (MtxRoomCryptoInfo, mtx_room_crypto_info, mtx_room_crypto_info_ref, mtx_room_crypto_info_unref)

/**
 * mtx_room_crypto_info_new:
 * @room_id: the room
 * @algorithm: the sticky algorithm of the room's first `m.room.encryption`
 * @rotation: when its room keys are used up, already within bounds
 * @members: (array zero-terminated=1): users who may read what is sent now: joined ones, and invited ones
 *   unless the history is visible to joined members only (M26)
 * @invited: (nullable) (array zero-terminated=1): those of @members who have not joined yet: servers do not
 *   announce changes of their devices
 * @history_visibility: (nullable): the room's `m.room.history_visibility`; %NULL counts as `shared`
 *
 * Takes a picture of a room for one encryption.
 *
 * Returns: (transfer full): the value
 */
MtxRoomCryptoInfo *
mtx_room_crypto_info_new (const char              *room_id,
                          const char              *algorithm,
                          const MtxMegolmRotation *rotation,
                          const char *const       *members,
                          const char *const       *invited,
                          const char              *history_visibility)
{
  MtxRoomCryptoInfo *self;

  g_return_val_if_fail (room_id != NULL, NULL);
  g_return_val_if_fail (algorithm != NULL, NULL);
  g_return_val_if_fail (rotation != NULL, NULL);
  g_return_val_if_fail (members != NULL, NULL);

  self = g_atomic_rc_box_new0 (MtxRoomCryptoInfo);
  self->room_id = g_strdup (room_id);
  self->algorithm = g_strdup (algorithm);
  self->rotation = *rotation;
  self->members = g_strdupv ((char **)members);
  self->invited = g_strdupv ((char **)invited);
  self->shares_history = history_visibility == NULL || g_str_equal (history_visibility, "shared")
                         || g_str_equal (history_visibility, "world_readable");

  return self;
}

/**
 * mtx_room_crypto_info_dup_for_verification:
 * @self: a value
 *
 * The same room, for a step of a verification: it may also go to an identity that nobody has accepted yet, which is
 * what is to be verified.
 *
 * Returns: (transfer full): another value
 */
MtxRoomCryptoInfo *
mtx_room_crypto_info_dup_for_verification (const MtxRoomCryptoInfo *self)
{
  MtxRoomCryptoInfo *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_atomic_rc_box_new0 (MtxRoomCryptoInfo);
  copy->room_id = g_strdup (self->room_id);
  copy->algorithm = g_strdup (self->algorithm);
  copy->rotation = self->rotation;
  copy->members = g_strdupv (self->members);
  copy->invited = g_strdupv (self->invited);
  copy->shares_history = self->shares_history;
  copy->is_for_verification = TRUE;

  return copy;
}

/**
 * mtx_room_crypto_info_ref:
 * @self: a value
 *
 * Returns: (transfer full): @self
 */
MtxRoomCryptoInfo *
mtx_room_crypto_info_ref (MtxRoomCryptoInfo *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_room_crypto_info_clear (gpointer data)
{
  MtxRoomCryptoInfo *self = data;

  g_clear_pointer (&self->room_id, g_free);
  g_clear_pointer (&self->algorithm, g_free);
  g_clear_pointer (&self->members, g_strfreev);
  g_clear_pointer (&self->invited, g_strfreev);
}

/**
 * mtx_room_crypto_info_unref:
 * @self: (transfer full): a value
 *
 * Lets go of the value.
 */
void
mtx_room_crypto_info_unref (MtxRoomCryptoInfo *self)
{
  g_atomic_rc_box_release_full (self, mtx_room_crypto_info_clear);
}

/**
 * mtx_room_crypto_info_get_room_id:
 * @self: a value
 *
 * Returns: the room
 */
const char *
mtx_room_crypto_info_get_room_id (const MtxRoomCryptoInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->room_id;
}

/**
 * mtx_room_crypto_info_get_algorithm:
 * @self: a value
 *
 * Returns: the room's encryption algorithm
 */
const char *
mtx_room_crypto_info_get_algorithm (const MtxRoomCryptoInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->algorithm;
}

/**
 * mtx_room_crypto_info_get_rotation:
 * @self: a value
 *
 * Returns: (transfer none): when a room key of this room is used up
 */
const MtxMegolmRotation *
mtx_room_crypto_info_get_rotation (const MtxRoomCryptoInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->rotation;
}

/**
 * mtx_room_crypto_info_get_members:
 * @self: a value
 *
 * Returns: (transfer none) (array zero-terminated=1): who may read
 */
const char *const *
mtx_room_crypto_info_get_members (const MtxRoomCryptoInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char *const *)self->members;
}

/**
 * mtx_room_crypto_info_get_invited:
 * @self: a value
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): who of them has not joined yet
 */
const char *const *
mtx_room_crypto_info_get_invited (const MtxRoomCryptoInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char *const *)self->invited;
}

/**
 * mtx_room_crypto_info_shares_history:
 * @self: a value
 *
 * Whether people invited later may be given what is sent now: the `shared_history` of a room key (S4).
 *
 * Returns: %TRUE if the history is visible to later members
 */
gboolean
mtx_room_crypto_info_shares_history (const MtxRoomCryptoInfo *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->shares_history;
}

/**
 * mtx_room_crypto_info_is_for_verification:
 * @self: a value
 *
 * Returns: %TRUE if what is sent is a step of a verification, and no word of a person
 */
gboolean
mtx_room_crypto_info_is_for_verification (const MtxRoomCryptoInfo *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_for_verification;
}
