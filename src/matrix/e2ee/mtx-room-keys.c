/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The room keys one command reads with (specification, § m.megolm.v1.aes-sha2).
 */
#include "mtx-room-keys.h"

#include "mtx-error.h"
#include "mtx-room-key-merge.h"

typedef struct
{
  MtxInboundSessionRow *row;
  MtxMegolmInbound     *session; /* opened when first used */
  GHashTable           *uses;    /* index → MtxReplayRow */
} Entry;

struct _MtxRoomKeys
{
  MtxSecretBytes *master_key;
  GHashTable     *entries; /* "room session" → Entry */
  GHashTable     *counts;  /* user → how many keys there are from them */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->row, mtx_inbound_session_row_unref);
  g_clear_object (&entry->session);
  g_clear_pointer (&entry->uses, g_hash_table_unref);
  g_free (entry);
}

static char *
make_key (const char *room_id,
          const char *session_id)
{
  return g_strconcat (room_id, " ", session_id, NULL);
}

static Entry *
find_entry (MtxRoomKeys *self,
            const char  *room_id,
            const char  *session_id)
{
  g_autofree char *key = make_key (room_id, session_id);

  return g_hash_table_lookup (self->entries, key);
}

static Entry *
add_entry (MtxRoomKeys          *self,
           MtxInboundSessionRow *row)
{
  Entry *entry = find_entry (self, row->room_id, row->session_id);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->uses = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)mtx_replay_row_unref);
      g_hash_table_insert (self->entries, make_key (row->room_id, row->session_id), entry);
    }

  g_clear_pointer (&entry->row, mtx_inbound_session_row_unref);
  g_clear_object (&entry->session);
  entry->row = mtx_inbound_session_row_ref (row);

  return entry;
}

/**
 * mtx_room_keys_new:
 * @master_key: opens and makes the seals
 *
 * Returns: (transfer full): an empty set
 */
MtxRoomKeys *
mtx_room_keys_new (MtxSecretBytes *master_key)
{
  MtxRoomKeys *self;

  g_return_val_if_fail (master_key != NULL, NULL);

  self = g_new0 (MtxRoomKeys, 1);
  self->master_key = mtx_secret_bytes_ref (master_key);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return self;
}

/**
 * mtx_room_keys_free:
 * @self: (transfer full): a set
 *
 * Frees the set.
 */
void
mtx_room_keys_free (MtxRoomKeys *self)
{
  g_clear_pointer (&self->master_key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_free (self);
}

/**
 * mtx_room_keys_add_rows:
 * @self: a set
 * @inbound_rows: (element-type MtxInboundSessionRow): stored room keys
 * @replay_rows: (element-type MtxReplayRow): positions of these keys that an event has used
 *
 * Adds what is stored. What arrived in this command already stays.
 */
void
mtx_room_keys_add_rows (MtxRoomKeys *self,
                        GPtrArray   *inbound_rows,
                        GPtrArray   *replay_rows)
{
  g_return_if_fail (self != NULL);

  for (guint i = 0; i < inbound_rows->len; i++)
    {
      MtxInboundSessionRow *row = g_ptr_array_index (inbound_rows, i);

      if (find_entry (self, row->room_id, row->session_id) == NULL)
        add_entry (self, row);
    }

  for (guint i = 0; i < replay_rows->len; i++)
    {
      MtxReplayRow *row = g_ptr_array_index (replay_rows, i);
      Entry        *entry = find_entry (self, row->room_id, row->session_id);

      if (entry != NULL && !g_hash_table_contains (entry->uses, &row->message_index))
        g_hash_table_insert (entry->uses, &row->message_index, mtx_replay_row_ref (row));
    }
}

/**
 * mtx_room_keys_set_count:
 * @self: a set
 * @sender_user: a user whose keys will be received
 * @n_stored: how many are stored from them
 *
 * Says how much of %MTX_ROOM_KEYS_MAX_PER_SENDER is used up.
 */
void
mtx_room_keys_set_count (MtxRoomKeys *self,
                         const char  *sender_user,
                         gint64       n_stored)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (sender_user != NULL);

  g_hash_table_replace (self->counts,
                        g_strdup (sender_user),
                        GUINT_TO_POINTER ((guint)CLAMP (n_stored, 0, MTX_ROOM_KEYS_MAX_PER_SENDER)));
}

/**
 * mtx_room_keys_find:
 * @self: a set
 * @room_id: a room
 * @session_id: a Megolm session
 *
 * Returns: (transfer none) (nullable): what is known of the room key
 */
const MtxInboundSessionRow *
mtx_room_keys_find (MtxRoomKeys *self,
                    const char  *room_id,
                    const char  *session_id)
{
  Entry *entry;

  g_return_val_if_fail (self != NULL, NULL);

  entry = find_entry (self, room_id, session_id);

  return entry != NULL ? entry->row : NULL;
}

static MtxMegolmInbound *
open_session (MtxRoomKeys *self,
              Entry       *entry,
              GError     **error)
{
  if (entry->session == NULL)
    entry->session = mtx_megolm_inbound_new_from_pickle (entry->row->sealed,
                                                         self->master_key,
                                                         entry->row->room_id,
                                                         entry->row->session_id,
                                                         error);

  return entry->session;
}

/* Anybody may send us keys, so nobody may fill the store with them (threat 46). */
static gboolean
count_new (MtxRoomKeys *self,
           const char  *sender_user,
           GError     **error)
{
  guint n_keys = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, sender_user));

  if (n_keys >= MTX_ROOM_KEYS_MAX_PER_SENDER)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The sender has sent too many room keys");
      return FALSE;
    }
  g_hash_table_replace (self->counts, g_strdup (sender_user), GUINT_TO_POINTER (n_keys + 1));

  return TRUE;
}

static gboolean
put_key (MtxRoomKeys                *self,
         const MtxInboundSessionRow *claim,
         MtxMegolmInbound           *session,
         MtxChangeSet               *changes,
         GError                    **error)
{
  g_autoptr (MtxInboundSessionRow) row = NULL;
  g_autoptr (GBytes)               sealed = NULL;
  MtxInboundSessionRow             complete = *claim;
  Entry                           *entry;

  sealed = mtx_megolm_inbound_to_pickle (session, self->master_key, claim->room_id, error);
  if (sealed == NULL)
    return FALSE;

  complete.sealed = sealed;
  complete.first_known_index = mtx_megolm_inbound_get_first_known_index (session);
  mtx_room_key_store_put_inbound (changes, &complete);

  row = mtx_inbound_session_row_new (&complete);
  entry = add_entry (self, row);
  entry->session = g_object_ref (session);

  return TRUE;
}

/**
 * mtx_room_keys_receive:
 * @self: a set, with the stored key of the same session added if there is one
 * @claim: where the key comes from; its sealed key and indexes are not read
 * @untrusted_session_key: the key, in export format if @claim is imported, else in sharing format
 * @changes: where to write
 * @error: return location for an error
 *
 * Takes a room key: its own signature, if it has one, and its id are checked (threat 40), and with a second key for
 * the same session it is merged; see mtx_room_key_merge().
 *
 * Returns: %TRUE if the key is in the set now, also if a better one was there already
 */
gboolean
mtx_room_keys_receive (MtxRoomKeys                *self,
                       const MtxInboundSessionRow *claim,
                       const char                 *untrusted_session_key,
                       MtxChangeSet               *changes,
                       GError                    **error)
{
  g_autoptr (MtxMegolmInbound) session = NULL;
  g_autoptr (MtxMegolmInbound) known = NULL;
  MtxInboundSessionRow         complete = *claim;
  MtxRoomKeyMerge              merge;
  Entry                       *entry;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (untrusted_session_key != NULL, FALSE);

  if (claim->imported)
    session = mtx_megolm_inbound_new_from_export (untrusted_session_key, claim->session_id, error);
  else
    session = mtx_megolm_inbound_new (untrusted_session_key, claim->session_id, error);
  if (session == NULL)
    return FALSE;

  entry = find_entry (self, claim->room_id, claim->session_id);
  if (entry == NULL && claim->sender_user != NULL && !count_new (self, claim->sender_user, error))
    return FALSE;

  /* What cannot be opened any more is lost, and the new key is all there is. */
  if (entry != NULL && open_session (self, entry, NULL) != NULL)
    known = g_object_ref (entry->session);
  if (known == NULL)
    {
      complete.authentic_index = claim->imported ? 0 : mtx_megolm_inbound_get_first_known_index (session);
      return put_key (self, &complete, session, changes, error);
    }

  if (!mtx_room_key_merge (entry->row, known, claim, session, &merge, error))
    return FALSE;

  if (merge.is_news)
    {
      /* The entry's row goes when it is replaced, and the merged one borrows from it. */
      g_autoptr (MtxInboundSessionRow) before = mtx_inbound_session_row_ref (entry->row);

      return put_key (self, &merge.row, merge.session, changes, error);
    }

  return TRUE;
}

/**
 * mtx_room_keys_decrypt:
 * @self: a set
 * @room_id: the room the event is in
 * @session_id: the session the event names
 * @untrusted_ciphertext: the event's ciphertext
 * @message_index: (out): the position in the ratchet that was used
 * @error: return location for an error
 *
 * Decrypts with a room key of exactly this room (threat 43).
 *
 * Returns: (transfer full) (nullable): the plaintext, which is untrusted again, or %NULL with
 *   %MTX_ERROR_MISSING_KEY if there is no such key or it begins later, or another error
 */
GBytes *
mtx_room_keys_decrypt (MtxRoomKeys *self,
                       const char  *room_id,
                       const char  *session_id,
                       const char  *untrusted_ciphertext,
                       guint32     *message_index,
                       GError     **error)
{
  Entry            *entry;
  MtxMegolmInbound *session;

  g_return_val_if_fail (self != NULL, NULL);

  entry = find_entry (self, room_id, session_id);
  if (entry == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_MISSING_KEY, "The room key is not here");
      return NULL;
    }

  session = open_session (self, entry, error);
  if (session == NULL)
    return NULL;

  return mtx_megolm_inbound_decrypt (session, untrusted_ciphertext, message_index, error);
}

/**
 * mtx_room_keys_find_index:
 * @self: a set
 * @room_id: the room of an event that was read
 * @session_id: the session it was read with
 * @event_id: the event
 * @message_index: (out): the position it used
 *
 * Returns: %TRUE if the position is known
 */
gboolean
mtx_room_keys_find_index (MtxRoomKeys *self,
                          const char  *room_id,
                          const char  *session_id,
                          const char  *event_id,
                          guint32     *message_index)
{
  Entry         *entry;
  GHashTableIter iter;
  gpointer       use;

  g_return_val_if_fail (self != NULL, FALSE);

  entry = find_entry (self, room_id, session_id);
  if (entry == NULL)
    return FALSE;

  g_hash_table_iter_init (&iter, entry->uses);
  while (g_hash_table_iter_next (&iter, NULL, &use))
    {
      const MtxReplayRow *row = use;

      if (g_str_equal (row->event_id, event_id))
        {
          *message_index = (guint32)row->message_index;
          return TRUE;
        }
    }

  return FALSE;
}

/**
 * mtx_room_keys_note_index:
 * @self: a set
 * @use: which event used which position
 * @changes: where to write
 *
 * Remembers that an event used a position. Another event that uses it as well is a replay: only the first
 * is believed, for ever (threat 59).
 *
 * Returns: %FALSE if another event used the position before
 */
gboolean
mtx_room_keys_note_index (MtxRoomKeys        *self,
                          const MtxReplayRow *use,
                          MtxChangeSet       *changes)
{
  Entry              *entry;
  const MtxReplayRow *known;
  MtxReplayRow       *row;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (use != NULL, FALSE);

  entry = find_entry (self, use->room_id, use->session_id);
  g_return_val_if_fail (entry != NULL, FALSE);

  known = g_hash_table_lookup (entry->uses, &use->message_index);
  if (known != NULL)
    return g_str_equal (known->event_id, use->event_id) && known->origin_server_ts == use->origin_server_ts;

  mtx_room_key_store_put_replay (changes, use);
  row = mtx_replay_row_new (use);
  g_hash_table_insert (entry->uses, &row->message_index, row);

  return TRUE;
}
