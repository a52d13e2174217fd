/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All Olm sessions with one other device (specification, § m.olm.v1.curve25519-aes-sha2; M35).
 */
#include "mtx-olm-peer.h"

#include "mtx-error.h"

typedef struct
{
  MtxOlmSession *session;
  gint64         created_at;
  gint64         last_received_at;
  gboolean       is_stored;
  gboolean       is_changed;
} Entry;

struct _MtxOlmPeer
{
  char      *sender_key;
  GPtrArray *entries;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_object (&entry->session);
  g_free (entry);
}

/* A session nobody wrote to yet counts from its creation (specification, same section). */
static gint64
entry_get_rank (const Entry *entry)
{
  return MAX (entry->last_received_at, entry->created_at);
}

static int
compare_newest_first (gconstpointer a,
                      gconstpointer b)
{
  gint64 rank_a = entry_get_rank (*(Entry *const *)a);
  gint64 rank_b = entry_get_rank (*(Entry *const *)b);

  return rank_a < rank_b ? 1 : rank_a > rank_b ? -1
                                               : 0;
}

/**
 * mtx_olm_peer_new:
 * @sender_key: the other device's Curve25519 key
 *
 * Makes a peer without sessions.
 *
 * Returns: (transfer full): the peer
 */
MtxOlmPeer *
mtx_olm_peer_new (const char *sender_key)
{
  MtxOlmPeer *self;

  g_return_val_if_fail (sender_key != NULL, NULL);

  self = g_new0 (MtxOlmPeer, 1);
  self->sender_key = g_strdup (sender_key);
  self->entries = g_ptr_array_new_with_free_func (entry_free);

  return self;
}

/**
 * mtx_olm_peer_free:
 * @self: (transfer full): a peer
 *
 * Frees the peer and its sessions.
 */
void
mtx_olm_peer_free (MtxOlmPeer *self)
{
  g_clear_pointer (&self->sender_key, g_free);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_free (self);
}

static Entry *
add_entry (MtxOlmPeer    *self,
           MtxOlmSession *session,
           gint64         created_at,
           gint64         last_received_at)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->session = g_object_ref (session);
  entry->created_at = created_at;
  entry->last_received_at = last_received_at;
  g_ptr_array_add (self->entries, entry);
  g_ptr_array_sort (self->entries, compare_newest_first);

  return entry;
}

/**
 * mtx_olm_peer_add_row:
 * @self: a peer
 * @row: a stored session with this peer
 * @master_key: opens the seal
 *
 * Adds a stored session. One that cannot be opened is lost: it is left out, and the peer will be written
 * to with another (guard rule G18).
 */
void
mtx_olm_peer_add_row (MtxOlmPeer             *self,
                      const MtxOlmSessionRow *row,
                      MtxSecretBytes         *master_key)
{
  g_autoptr (MtxOlmSession) session = NULL;
  g_autoptr (GError)        error = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (row != NULL);

  session = mtx_olm_session_new_from_pickle (row->sealed, master_key, row->sender_key, row->session_id, &error);
  if (session == NULL)
    {
      g_info ("A stored Olm session is lost: %s", error->message);
      return;
    }

  add_entry (self, session, row->created_at, row->last_received_at)->is_stored = TRUE;
}

/**
 * mtx_olm_peer_add_outbound:
 * @self: a peer
 * @session: (transfer none): a session we began
 * @now_ms: the time
 *
 * Adds a new session. It is saved by mtx_olm_peer_save().
 */
void
mtx_olm_peer_add_outbound (MtxOlmPeer    *self,
                           MtxOlmSession *session,
                           gint64         now_ms)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (session != NULL);

  add_entry (self, session, now_ms, 0)->is_changed = TRUE;
}

/**
 * mtx_olm_peer_has_session:
 * @self: a peer
 *
 * Returns: %TRUE if a message can be encrypted for this device
 */
gboolean
mtx_olm_peer_has_session (MtxOlmPeer *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->entries->len > 0;
}

/* The order of two messages of the same millisecond counts as well. */
static void
note_received (MtxOlmPeer *self,
               Entry      *entry,
               gint64      now_ms)
{
  Entry *newest = g_ptr_array_index (self->entries, 0);
  gint64 received_at = now_ms;

  if (newest != entry)
    received_at = MAX (received_at, entry_get_rank (newest) + 1);

  entry->last_received_at = MAX (received_at, entry->last_received_at);
  entry->is_changed = TRUE;
  g_ptr_array_sort (self->entries, compare_newest_first);
}

static GBytes *
decrypt_with_known (MtxOlmPeer *self,
                    gint64      untrusted_type,
                    const char *untrusted_body,
                    gint64      now_ms,
                    gboolean   *is_decided,
                    GError    **error)
{
  *is_decided = FALSE;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry             *entry = g_ptr_array_index (self->entries, i);
      g_autoptr (GBytes) plaintext = NULL;
      g_autoptr (GError) failure = NULL;
      gboolean           is_its_own = untrusted_type == MTX_OLM_MESSAGE_PRE_KEY
                            && mtx_olm_session_matches (entry->session, untrusted_body);

      if (untrusted_type == MTX_OLM_MESSAGE_PRE_KEY && !is_its_own)
        continue;

      plaintext = mtx_olm_session_decrypt (entry->session, untrusted_type, untrusted_body, &failure);
      if (plaintext != NULL)
        {
          *is_decided = TRUE;
          note_received (self, entry, now_ms);
          return g_steal_pointer (&plaintext);
        }

      /* This session was begun with that very pre-key, so no other can read it: the message is a replay or
       * damaged, and must not begin a second session (threat 28). */
      if (is_its_own)
        {
          *is_decided = TRUE;
          g_set_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Not a new message of a known session: %s", failure->message);
          return NULL;
        }
    }

  return NULL;
}

/**
 * mtx_olm_peer_decrypt:
 * @self: a peer
 * @account: (transfer none): ours, for a pre-key message that begins a session
 * @untrusted_type: message type of the wire
 * @untrusted_body: message body of the wire
 * @now_ms: the time
 * @account_changed: (out): whether a one-time key was used up, so that the account must be saved as well
 * @error: return location for an error
 *
 * Decrypts with the session the message belongs to. Existing sessions are tried first; only a pre-key
 * message none of them knows begins a new one. A failure changes nothing.
 *
 * Returns: (transfer full) (nullable): the plaintext, which is untrusted again; %NULL with %MTX_ERROR_MISSING_KEY if
 *   nothing we have reads the message, or with another error
 */
GBytes *
mtx_olm_peer_decrypt (MtxOlmPeer    *self,
                      MtxOlmAccount *account,
                      gint64         untrusted_type,
                      const char    *untrusted_body,
                      gint64         now_ms,
                      gboolean      *account_changed,
                      GError       **error)
{
  g_autoptr (MtxOlmSession) session = NULL;
  g_autoptr (GBytes)        plaintext = NULL;
  gboolean                  is_decided;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (account_changed != NULL, NULL);

  *account_changed = FALSE;

  if (untrusted_type != MTX_OLM_MESSAGE_PRE_KEY && untrusted_type != MTX_OLM_MESSAGE_NORMAL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Not an Olm message type");
      return NULL;
    }

  plaintext = decrypt_with_known (self, untrusted_type, untrusted_body, now_ms, &is_decided, error);
  if (is_decided)
    return g_steal_pointer (&plaintext);

  if (untrusted_type != MTX_OLM_MESSAGE_PRE_KEY)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_MISSING_KEY, "No Olm session reads the message");
      return NULL;
    }

  session = mtx_olm_account_create_inbound (account, self->sender_key, untrusted_body, &plaintext, error);
  if (session == NULL)
    return NULL;

  *account_changed = TRUE;
  note_received (self, add_entry (self, session, now_ms, 0), now_ms);

  return g_steal_pointer (&plaintext);
}

/**
 * mtx_olm_peer_encrypt:
 * @self: a peer with a session
 * @plaintext: what to encrypt
 * @type: (out): type of the message
 * @error: return location for an error
 *
 * Encrypts with the session that received last. The message must not leave before the session is saved and
 * committed.
 *
 * Returns: (transfer full) (nullable): the message body, or %NULL with an error
 */
char *
mtx_olm_peer_encrypt (MtxOlmPeer        *self,
                      const char        *plaintext,
                      MtxOlmMessageType *type,
                      GError           **error)
{
  Entry *entry;
  char  *body;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (self->entries->len > 0, NULL);
  g_return_val_if_fail (plaintext != NULL, NULL);

  entry = g_ptr_array_index (self->entries, 0);
  body = mtx_olm_session_encrypt (entry->session, (const guint8 *)plaintext, strlen (plaintext), type, error);
  if (body != NULL)
    entry->is_changed = TRUE;

  return body;
}

/**
 * mtx_olm_peer_save:
 * @self: a peer
 * @master_key: makes the seals
 * @changes: where to write
 * @error: return location for an error
 *
 * Writes every session that changed, and deletes the oldest beyond %MTX_OLM_PEER_MAX_SESSIONS.
 *
 * Returns: %TRUE if everything was written
 */
gboolean
mtx_olm_peer_save (MtxOlmPeer     *self,
                   MtxSecretBytes *master_key,
                   MtxChangeSet   *changes,
                   GError        **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (changes != NULL, FALSE);

  while (self->entries->len > MTX_OLM_PEER_MAX_SESSIONS)
    {
      Entry *oldest = g_ptr_array_index (self->entries, self->entries->len - 1);

      if (oldest->is_stored)
        mtx_crypto_store_delete_olm_session (changes, self->sender_key, mtx_olm_session_get_id (oldest->session));
      g_ptr_array_remove_index (self->entries, self->entries->len - 1);
    }

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry             *entry = g_ptr_array_index (self->entries, i);
      g_autoptr (GBytes) sealed = NULL;

      if (!entry->is_changed)
        continue;

      sealed = mtx_olm_session_to_pickle (entry->session, master_key, error);
      if (sealed == NULL)
        return FALSE;

      mtx_crypto_store_put_olm_session (changes,
                                        &(MtxOlmSessionRow){
                                            .sender_key = self->sender_key,
                                            .session_id = mtx_olm_session_get_id (entry->session),
                                            .sealed = sealed,
                                            .created_at = entry->created_at,
                                            .last_received_at = entry->last_received_at,
                                        });
      entry->is_stored = TRUE;
      entry->is_changed = FALSE;
    }

  return TRUE;
}
