/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room key on its way to us, and the JSON of room keys in backups, exports and bundles.
 */
#include "mtx-received-key.h"

#include "mtx-base64.h"
#include "mtx-crypto-engine.h"
#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-public-key.h"
#include "mtx-secret-bytes.h"
#include "mtx-senders.h"

/**
 * mtx_received_key_new:
 * @claim: where the key comes from
 * @untrusted_session_key: the key
 *
 * Returns: (transfer full): the two together
 */
MtxReceivedKey *
mtx_received_key_new (const MtxInboundSessionRow *claim,
                      const char                 *untrusted_session_key)
{
  MtxReceivedKey *self;

  g_return_val_if_fail (claim != NULL && untrusted_session_key != NULL, NULL);

  self = g_new0 (MtxReceivedKey, 1);
  self->claim = mtx_inbound_session_row_new (claim);
  self->untrusted_session_key = g_strdup (untrusted_session_key);

  return self;
}

/**
 * mtx_received_key_free:
 * @self: (transfer full): a key
 *
 * Frees it and overwrites the key.
 */
void
mtx_received_key_free (MtxReceivedKey *self)
{
  g_clear_pointer (&self->claim, mtx_inbound_session_row_unref);
  g_clear_pointer (&self->untrusted_session_key, mtx_secret_string_free);
  g_free (self);
}

/**
 * mtx_room_key_read_shared:
 * @untrusted: what carries a room key
 *
 * Whether people who come later may read with the key. Absent, or of another type than boolean, means no
 * (threat 84).
 *
 * Returns: %TRUE if they may
 */
gboolean
mtx_room_key_read_shared (JsonObject *untrusted)
{
  /* The specification's name; what Element's SDK writes instead; what it wrote before. */
  static const char *const names[] = { "shared_history", "m.shared_history", "org.matrix.msc3061.shared_history" };
  gboolean                 shared_history = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (mtx_json_get_boolean (untrusted, names[i], &shared_history))
        break;
    }

  return shared_history;
}

/* A member that says where the key belongs must say what its place says (threat 80). */
static const char *
read_place (JsonObject *untrusted,
            const char *name,
            const char *expected)
{
  const char *text = mtx_json_get_string (untrusted, name);

  if (text == NULL)
    return json_object_has_member (untrusted, name) ? NULL : expected;

  return expected == NULL || g_str_equal (text, expected) ? text : NULL;
}

/**
 * mtx_received_key_new_from_json:
 * @untrusted: an entry of a backup, an export or a bundle
 * @room_id: (nullable): the room it must be of, or %NULL if only the entry says so
 * @session_id: (nullable): the session it must be of, or %NULL
 * @error: return location for an error
 *
 * Reads a room key that proves nothing about its sender. The key itself is not looked at yet.
 *
 * Returns: (transfer full) (nullable): the key, or %NULL with %MTX_ERROR_BAD_REPLY
 */
MtxReceivedKey *
mtx_received_key_new_from_json (JsonObject *untrusted,
                                const char *room_id,
                                const char *session_id,
                                GError    **error)
{
  const char           *room = read_place (untrusted, "room_id", room_id);
  const char           *session = read_place (untrusted, "session_id", session_id);
  const char           *session_key = mtx_json_get_string (untrusted, "session_key");
  const char           *sender_key = mtx_json_get_string (untrusted, "sender_key");
  JsonObject           *claimed_keys = mtx_json_get_object (untrusted, "sender_claimed_keys");
  const char           *claimed = claimed_keys != NULL ? mtx_json_get_string (claimed_keys, "ed25519") : NULL;
  g_autoptr (MtxRoomId) checked = room != NULL ? mtx_room_id_new (room, NULL) : NULL;

  if (checked == NULL || session == NULL || strlen (session) > MTX_ID_MAX_BYTES || session_key == NULL
      || sender_key == NULL || !mtx_curve25519_key_check (sender_key, NULL)
      || (claimed != NULL && !mtx_ed25519_key_check (claimed, NULL))
      || g_strcmp0 (mtx_json_get_string (untrusted, "algorithm"), MTX_ALGORITHM_MEGOLM) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "A copy of a room key is malformed");
      return NULL;
    }

  return mtx_received_key_new (&(MtxInboundSessionRow){
                                   .room_id = room,
                                   .session_id = session,
                                   .sender_key = sender_key,
                                   .claimed_ed25519 = claimed,
                                   .origin = MTX_ROOM_KEY_IMPORTED,
                                   .imported = TRUE,
                                   .shared_history = mtx_room_key_read_shared (untrusted),
                               },
                               session_key);
}

/**
 * mtx_room_key_build_json:
 * @row: what is stored of a room key
 * @session: the key
 * @form: where it goes
 * @error: return location for an error
 *
 * Writes a room key from its first index on. The object holds the key itself: it is to be encrypted and freed.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %MTX_ERROR_FAILED
 */
JsonObject *
mtx_room_key_build_json (const MtxInboundSessionRow *row,
                         MtxMegolmInbound           *session,
                         MtxRoomKeyForm              form,
                         GError                    **error)
{
  JsonObject *object;
  JsonObject *claimed_keys;
  char       *session_key;

  g_return_val_if_fail (row != NULL, NULL);

  session_key = mtx_megolm_inbound_export_at (session, mtx_megolm_inbound_get_first_known_index (session), error);
  if (session_key == NULL)
    return NULL;

  object = json_object_new ();
  json_object_set_string_member (object, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (object, "sender_key", row->sender_key);
  json_object_set_string_member (object, "session_key", session_key);
  mtx_secret_string_free (session_key);

  claimed_keys = json_object_new ();
  if (row->claimed_ed25519 != NULL)
    json_object_set_string_member (claimed_keys, "ed25519", row->claimed_ed25519);
  json_object_set_object_member (object, "sender_claimed_keys", claimed_keys);

  json_object_set_array_member (object, "forwarding_curve25519_key_chain", json_array_new ());
  json_object_set_boolean_member (object, "shared_history", row->shared_history);
  json_object_set_boolean_member (object, "org.matrix.msc3061.shared_history", row->shared_history);
  if (form == MTX_ROOM_KEY_FOR_EXPORT)
    {
      json_object_set_string_member (object, "room_id", row->room_id);
      json_object_set_string_member (object, "session_id", row->session_id);
    }

  return object;
}
