/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Short texts that the layers above keep in the account's encrypted store, each under a name fixed here. The
 * layers above never see the store itself.
 */
#include "mtx-change-set.h"
#include "mtx-db.h"
#include "mtx-error.h"
#include "mtx-session-notes.h"
#include "mtx-session-store.h"

static const char *const names[] = {
  [MTX_SESSION_NOTE_PROVIDER] = MTX_SETTING_PROVIDER,
  [MTX_SESSION_NOTE_CHAT_READ] = MTX_SETTING_CHAT_READ_MARKER,
  [MTX_SESSION_NOTE_CHAT_TOLD] = MTX_SETTING_CHAT_TOLD_MARKER,
  [MTX_SESSION_NOTE_FEED_ROOM] = MTX_SETTING_FEED_ROOM,
  [MTX_SESSION_NOTE_FEED_READ] = MTX_SETTING_FEED_READ_MARKER,
  [MTX_SESSION_NOTE_KEY_SAVED] = MTX_SETTING_KEY_SAVED,
};

static DexFuture *
nothing_noted (DexFuture *future,
               gpointer   user_data)
{
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);
  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_take_string (NULL);

  return dex_future_new_for_error (g_steal_pointer (&error));
}

/**
 * mtx_session_load_note:
 * @self: a session whose store is open
 * @note: which text
 *
 * Reads a text that was saved before.
 *
 * Returns: (transfer full): a future that resolves to the text (string), or to an empty future value of %NULL when
 *   there is none; rejects with %MTX_ERROR_CLOSED when the store is not open
 */
DexFuture *
mtx_session_load_note (MtxSession     *self,
                       MtxSessionNote  note)
{
  MtxDb *db;

  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);
  g_return_val_if_fail (note < G_N_ELEMENTS (names), NULL);

  db = mtx_session_get_db (self);
  if (db == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The store is not open");

  return dex_future_catch (mtx_session_store_load_setting (db, names[note]), nothing_noted, NULL, NULL);
}

/**
 * mtx_session_save_note:
 * @self: a session whose store is open
 * @note: which text
 * @text: (nullable): the text, or %NULL to forget it
 *
 * Keeps a text in the encrypted store.
 *
 * Returns: (transfer full): a future that resolves when it is on disk; rejects with %MTX_ERROR_CLOSED when the store
 *   is not open, and with the store's own decisions
 */
DexFuture *
mtx_session_save_note (MtxSession     *self,
                       MtxSessionNote  note,
                       const char     *text)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  MtxDb                   *db;

  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);
  g_return_val_if_fail (note < G_N_ELEMENTS (names), NULL);

  db = mtx_session_get_db (self);
  if (db == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The store is not open");

  mtx_session_store_put_setting (changes, names[note], text);

  return mtx_db_commit (db, changes);
}
