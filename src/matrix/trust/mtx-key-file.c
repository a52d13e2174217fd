/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All room keys in a file that a passphrase protects (specification, § Key exports).
 *
 * What is slow – the passphrase, the file, the parsing – happens in threads; the keys themselves pass the engine in
 * portions, so that messages are not kept waiting by a large store.
 */
#include "mtx-key-file.h"

#include <glib/gstdio.h>
#include <string.h>

#include "mtx-crypto-engine-private.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-json-cursor.h"
#include "mtx-key-export.h"
#include "mtx-random.h"
#include "mtx-received-key.h"
#include "mtx-room-key-store.h"
#include "mtx-secret-bytes.h"

#define PORTION_KEYS 100

static const MtxJsonLimits entry_limits = {
  .max_bytes = 64 * 1024,
  .max_depth = 8,
  .reject_duplicates = TRUE,
};

/* What both directions carry from thread to thread; used by one at a time. */
typedef struct
{
  MtxCryptoEngine   *engine;
  char              *path;
  MtxSecretBytes    *passphrase;
  MtxKeyFileProgress progress;
  gpointer           data;
  guint              done;
  guint              total;

  /* out */
  GPtrArray *entries; /* texts of room keys; secret */

  /* in */
  MtxSecretBytes *plaintext;
  MtxJsonCursor   cursor;
  GPtrArray      *keys; /* of MtxReceivedKey: the portion */
} KeyFile;

static void
key_file_clear (gpointer memory)
{
  KeyFile *file = memory;

  g_clear_object (&file->engine);
  g_clear_pointer (&file->path, g_free);
  g_clear_pointer (&file->passphrase, mtx_secret_bytes_unref);
  g_clear_pointer (&file->entries, g_ptr_array_unref);
  g_clear_pointer (&file->plaintext, mtx_secret_bytes_unref);
  g_clear_pointer (&file->keys, g_ptr_array_unref);
}

static KeyFile *
key_file_ref (KeyFile *file)
{
  return g_atomic_rc_box_acquire (file);
}

static void
key_file_unref (gpointer file)
{
  g_atomic_rc_box_release_full (file, key_file_clear);
}

static KeyFile *
key_file_new (MtxCryptoEngine   *engine,
              const char        *path,
              MtxSecretBytes    *passphrase,
              MtxKeyFileProgress progress,
              gpointer           data)
{
  KeyFile *file = g_atomic_rc_box_new0 (KeyFile);

  file->engine = g_object_ref (engine);
  file->path = g_strdup (path);
  file->passphrase = mtx_secret_bytes_ref (passphrase);
  file->progress = progress;
  file->data = data;

  return file;
}

/* On the main thread. */
static void
tell (KeyFile *file,
      guint    done)
{
  file->done = done;
  file->total = MAX (file->total, done);
  if (file->progress != NULL)
    file->progress (file->done, file->total, file->data);
}

static gboolean
run (KeyFile      *file,
     const char   *static_name,
     MtxThreadFunc func,
     GError      **error)
{
  return dex_await (mtx_thread_run (static_name, func, key_file_ref (file), key_file_unref), error);
}

/* Returns: the passphrase as text, to be freed as a secret. */
static char *
dup_passphrase (KeyFile *file)
{
  gsize         length;
  const guint8 *bytes = mtx_secret_bytes_get (file->passphrase, &length);

  return g_strndup ((const char *)bytes, length);
}

/* The entries as one JSON array. Its memory is overwritten when it is let go. */
static MtxSecretBytes *
join_entries (GPtrArray *entries)
{
  gsize   length = 2;
  guint8 *text;
  guint8 *end;

  for (guint i = 0; i < entries->len; i++)
    length += strlen (g_ptr_array_index (entries, i)) + 1;

  text = g_malloc (length);
  end = text;
  *end++ = '[';
  for (guint i = 0; i < entries->len; i++)
    {
      const char *entry = g_ptr_array_index (entries, i);

      if (i > 0)
        *end++ = ',';
      memcpy (end, entry, strlen (entry));
      end += strlen (entry);
    }
  *end++ = ']';

  return mtx_secret_bytes_new_take (text, (gsize)(end - text));
}

/* A new file takes the old one's place only when it is whole, and nobody else may read it, whoever could read the
 * old one. */
static gboolean
replace_file (const char *path,
              const char *text,
              GError    **error)
{
  g_autofree char   *token = mtx_random_dup_token (error);
  g_autofree char   *fresh = NULL;
  g_autoptr (GError) failure = NULL;

  if (token == NULL)
    return FALSE;

  fresh = g_strconcat (path, ".", token, NULL);
  if (!g_file_set_contents_full (fresh, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &failure))
    {
      g_set_error (error, MTX_ERROR,
                   g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? MTX_ERROR_FULL : MTX_ERROR_FAILED,
                   "The file could not be written: %s", failure->message);
      return FALSE;
    }
  if (g_rename (fresh, path) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_FAILED, "The file could not take its place");
      g_unlink (fresh);
      return FALSE;
    }

  return TRUE;
}

static DexFuture *
write_thread (gpointer data)
{
  KeyFile                   *file = data;
  g_autoptr (MtxSecretBytes) plaintext = join_entries (file->entries);
  g_autofree char           *text = NULL;
  char                      *passphrase = dup_passphrase (file);
  g_autoptr (GError)         error = NULL;
  const guint8              *bytes;
  gsize                      length;

  bytes = mtx_secret_bytes_get (plaintext, &length);
  text = mtx_key_export_encrypt (passphrase, MTX_KEY_EXPORT_ROUNDS, bytes, length, &error);
  mtx_secret_string_free (passphrase);
  if (text == NULL || !replace_file (file->path, text, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static gboolean
count_keys (KeyFile *file,
            GError **error)
{
  g_autoptr (GError) failure = NULL;
  gint64             total;

  total = dex_await_int64 (mtx_room_key_store_count_all (mtx_crypto_engine_get_db (file->engine)), &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  file->total = (guint)CLAMP (total, 0, G_MAXINT);

  return TRUE;
}

static gboolean
collect_entries (KeyFile *file,
                 GError **error)
{
  g_autofree char *room_id = g_strdup ("");
  g_autofree char *session_id = g_strdup ("");

  file->entries = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_secret_string_free);
  for (;;)
    {
      g_autoptr (MtxRoomKeyPage) page = NULL;

      page = dex_await_boxed (_mtx_crypto_engine_export_page (file->engine, room_id, session_id, PORTION_KEYS), error);
      if (page == NULL)
        return FALSE;
      if (page->room_id == NULL)
        return TRUE;

      for (guint i = 0; i < page->entries->len; i++)
        g_ptr_array_add (file->entries, g_steal_pointer (&g_ptr_array_index (page->entries, i)));
      g_set_str (&room_id, page->room_id);
      g_set_str (&session_id, page->session_id);
      tell (file, file->entries->len);
    }
}

static DexFuture *
export_fiber (gpointer data)
{
  KeyFile           *file = data;
  g_autoptr (GError) error = NULL;

  if (!count_keys (file, &error) || !collect_entries (file, &error)
      || !run (file, "key-file-write", write_thread, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_for_int64 (file->entries->len);
}

static gboolean
load_text (KeyFile *file,
           char   **text,
           gsize   *length,
           GError **error)
{
  g_autoptr (GError) failure = NULL;
  GStatBuf           status;

  if (g_stat (file->path, &status) == 0 && status.st_size > MTX_KEY_EXPORT_MAX_FILE_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The file is too large for room keys");
      return FALSE;
    }
  if (!g_file_get_contents (file->path, text, length, &failure))
    {
      g_set_error (error, MTX_ERROR,
                   g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? MTX_ERROR_NOT_FOUND : MTX_ERROR_FAILED,
                   "The file could not be read: %s", failure->message);
      return FALSE;
    }

  return TRUE;
}

/* How many entries there are, and whether it is a list to its end; nothing of a broken one is taken. */
static gboolean
count_entries (KeyFile *file,
               GError **error)
{
  MtxJsonCursor      cursor = file->cursor;
  MtxJsonStep        step;
  g_autoptr (GError) failure = NULL;

  while ((step = mtx_json_cursor_next_element (&cursor, &failure)) == MTX_JSON_STEP_VALUE)
    {
      if (!mtx_json_cursor_skip (&cursor, &failure))
        break;
      file->total++;
    }
  if (failure != NULL)
    g_set_error (error, MTX_ERROR, MTX_ERROR_INVALID, "The file holds no list of room keys: %s", failure->message);

  return failure == NULL;
}

static DexFuture *
read_thread (gpointer data)
{
  KeyFile           *file = data;
  g_autofree char   *text = NULL;
  char              *passphrase = NULL;
  g_autoptr (GError) error = NULL;
  const guint8      *bytes;
  gsize              length;

  if (!load_text (file, &text, &length, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  passphrase = dup_passphrase (file);
  file->plaintext = mtx_key_export_decrypt (passphrase, MTX_KEY_EXPORT_MAX_ROUNDS, text, length, &error);
  mtx_secret_string_free (passphrase);
  if (file->plaintext == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  bytes = mtx_secret_bytes_get (file->plaintext, &length);
  mtx_json_cursor_init (&file->cursor, (const char *)bytes, length);
  if (!mtx_json_cursor_enter_array (&file->cursor))
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_INVALID, "The file holds no list of room keys");
  if (!count_entries (file, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
portion_thread (gpointer data)
{
  KeyFile *file = data;

  g_clear_pointer (&file->keys, g_ptr_array_unref);
  file->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_received_key_free);
  for (guint i = 0; i < PORTION_KEYS; i++)
    {
      g_autoptr (JsonObject) entry = NULL;
      g_autoptr (GError)     error = NULL;
      MtxReceivedKey        *key;

      if (mtx_json_cursor_next_element (&file->cursor, &error) != MTX_JSON_STEP_VALUE)
        break;
      entry = mtx_json_cursor_read_object (&file->cursor, &entry_limits, &error);
      key = entry != NULL ? mtx_received_key_new_from_json (entry, NULL, NULL, &error) : NULL;
      if (key != NULL)
        g_ptr_array_add (file->keys, key);
      else
        g_debug ("An entry of a file of room keys was refused: %s", error->message);
    }

  return dex_future_new_true ();
}

static DexFuture *
import_fiber (gpointer data)
{
  KeyFile           *file = data;
  g_autoptr (GError) error = NULL;
  gint64             n_taken = 0;

  if (!run (file, "key-file-read", read_thread, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint seen = 0; seen < file->total; seen += PORTION_KEYS)
    {
      if (!run (file, "key-file-parse", portion_thread, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
      if (file->keys->len > 0)
        n_taken += dex_await_int64 (_mtx_crypto_engine_import_room_keys (file->engine, file->keys), &error);
      if (error != NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));
      tell (file, MIN (seen + PORTION_KEYS, file->total));
    }

  return dex_future_new_for_int64 (n_taken);
}

/**
 * mtx_key_file_export:
 * @engine: whose room keys
 * @path: absolute path of the file, which is replaced if there is one
 * @passphrase: what the person chose, not empty
 * @progress: (nullable): told now and then how far it is
 * @data: passed to @progress, until the future settles
 *
 * Writes all room keys to a file that only its owner may read and only the passphrase opens. Nothing is there
 * until all of it is.
 *
 * Returns: (transfer full): a future that resolves to the number of room keys, a gint64; rejects with
 *   %MTX_ERROR_INVALID if the passphrase is empty, %MTX_ERROR_FULL or %MTX_ERROR_FAILED if the file cannot be written
 */
DexFuture *
mtx_key_file_export (MtxCryptoEngine   *engine,
                     const char        *path,
                     MtxSecretBytes    *passphrase,
                     MtxKeyFileProgress progress,
                     gpointer           data)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (path != NULL && passphrase != NULL, NULL);

  return mtx_fiber_spawn ("key-file-export", export_fiber, key_file_new (engine, path, passphrase, progress, data),
                          key_file_unref);
}

/**
 * mtx_key_file_import:
 * @engine: whose room keys
 * @path: absolute path of the file
 * @passphrase: what the person typed
 * @progress: (nullable): told now and then how far it is
 * @data: passed to @progress, until the future settles
 *
 * Takes the room keys of a file. They prove no sender: messages read with them say so (threat 82), and never take the
 * place of keys that do (threat 42). Entries that are no room keys are passed over.
 *
 * Returns: (transfer full): a future that resolves to the number of good room keys, a gint64; rejects with
 *   %MTX_ERROR_WRONG_SECRET if the passphrase is another or the file was changed, %MTX_ERROR_INVALID if it is no such
 *   file or a part of one, %MTX_ERROR_TOO_LARGE, %MTX_ERROR_NOT_FOUND, or another #MtxError
 */
DexFuture *
mtx_key_file_import (MtxCryptoEngine   *engine,
                     const char        *path,
                     MtxSecretBytes    *passphrase,
                     MtxKeyFileProgress progress,
                     gpointer           data)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (path != NULL && passphrase != NULL, NULL);

  return mtx_fiber_spawn ("key-file-import", import_fiber, key_file_new (engine, path, passphrase, progress, data),
                          key_file_unref);
}
