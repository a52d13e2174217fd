/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What becomes of a second key for a session that is known (threats 41, 42).
 *
 * How far back a key reads and how much it proves are two things, and each is taken from the key that has more
 * of it. Where the one that proves the sender does not reach, the messages prove none: the row remembers from
 * which index on they do.
 */
#include "mtx-room-key-merge.h"

#include "mtx-error.h"

static gboolean
is_same_sender (const MtxInboundSessionRow *a,
                const MtxInboundSessionRow *b)
{
  return g_strcmp0 (a->sender_key, b->sender_key) == 0 && g_strcmp0 (a->sender_user, b->sender_user) == 0
         && g_strcmp0 (a->claimed_ed25519, b->claimed_ed25519) == 0;
}

/* Who sent it, as the more trustworthy of the two says. */
static gboolean
merge_sender (const MtxInboundSessionRow *known_row,
              const MtxInboundSessionRow *claim,
              gint64                      claim_index,
              MtxInboundSessionRow       *row,
              GError                    **error)
{
  *row = *known_row;

  if (known_row->imported && !claim->imported)
    {
      *row = *claim;
      row->authentic_index = claim_index;
      return TRUE;
    }

  /* A copy says nothing about the sender that we do not know better; but if it names another one, it is not a
   * copy of ours. */
  if (claim->imported)
    {
      if (g_strcmp0 (known_row->sender_key, claim->sender_key) != 0)
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The copy of a room key names another sender");
          return FALSE;
        }
      row->shared_history = known_row->shared_history && (claim->shared_history || !known_row->imported);
      return TRUE;
    }

  if (!is_same_sender (known_row, claim))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The room key came from somebody else before");
      return FALSE;
    }
  row->authentic_index = MIN (known_row->authentic_index, claim_index);
  if (claim->origin > known_row->origin)
    {
      row->origin = claim->origin;
      row->sender_device = claim->sender_device;
    }

  return TRUE;
}

/**
 * mtx_room_key_merge:
 * @known_row: what is stored of a session
 * @known: its key
 * @claim: what is said of the other key; its seal and indexes are not read
 * @session: the other key
 * @merge: (out caller-allocates): what it shall be from now on
 * @error: return location for an error
 *
 * Decides about a second key for a session. It must be of the same ratchet; a key that came over Olm must be from
 * the same sender.
 *
 * Returns: %FALSE with %MTX_ERROR_UNTRUSTED if everything stays because the other key is refused
 */
gboolean
mtx_room_key_merge (const MtxInboundSessionRow *known_row,
                    MtxMegolmInbound           *known,
                    const MtxInboundSessionRow *claim,
                    MtxMegolmInbound           *session,
                    MtxRoomKeyMerge            *merge,
                    GError                    **error)
{
  MtxMegolmOrder order;
  gboolean       is_same_key;

  g_return_val_if_fail (known_row != NULL && claim != NULL && merge != NULL, FALSE);

  if (!mtx_megolm_inbound_compare (session, known, &order, error))
    return FALSE;
  if (order == MTX_MEGOLM_UNCONNECTED)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The room key belongs to another ratchet");
      return FALSE;
    }
  if (!merge_sender (known_row, claim, mtx_megolm_inbound_get_first_known_index (session), &merge->row, error))
    return FALSE;

  is_same_key = order != MTX_MEGOLM_BETTER;
  merge->session = is_same_key ? known : session;
  if (is_same_key)
    merge->row.backed_up = known_row->backed_up || (claim->backed_up && order == MTX_MEGOLM_EQUAL);
  else
    merge->row.backed_up = claim->backed_up;

  merge->is_news = !is_same_key || merge->row.backed_up != known_row->backed_up
                   || merge->row.imported != known_row->imported || merge->row.origin != known_row->origin
                   || merge->row.authentic_index != known_row->authentic_index
                   || merge->row.shared_history != known_row->shared_history;

  return TRUE;
}
