/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The room keys of the time before we came (threat 83).
 *
 * The store gives out only offers of whoever invited us to a room we went into less than a day ago. What is left to
 * see here is that the owner of the device signed it, and the file: its hash, its size, and that every key in it is of
 * that room. The keys prove no sender; messages read with them say so.
 */
#include "mtx-room-key-bundles.h"

#include "mtx-attachment-cipher.h"
#include "mtx-backoff.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-device-store.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-media.h"
#include "mtx-room-key-bundle.h"
#include "mtx-room-key-bundle-store.h"
#include "mtx-secret-bytes.h"

#define MAX_FILE_BYTES (16 * 1024 * 1024)
#define PORTION_KEYS   100
#define FIRST_WAIT_MS  1000
#define LAST_WAIT_MS   (60 * 60 * 1000)

struct _MtxRoomKeyBundles
{
  GObject parent_instance;

  /* owned */
  MtxMedia        *media;
  MtxCryptoEngine *engine;

  /* state */
  MtxBackoff backoff;
  gint64     take_at; /* monotonic, µs: not before */
};

G_DEFINE_FINAL_TYPE (MtxRoomKeyBundles, mtx_room_key_bundles, G_TYPE_OBJECT)

static const MtxJsonLimits file_limits = { .max_bytes = 16 * 1024, .max_depth = 8 };

typedef struct
{
  MtxRoomKeyBundleRow *row;
  GBytes              *ciphertext;
} OpenJob;

static void
open_job_free (gpointer memory)
{
  OpenJob *job = memory;

  g_clear_pointer (&job->row, mtx_room_key_bundle_row_unref);
  g_clear_pointer (&job->ciphertext, g_bytes_unref);
  g_free (job);
}

/* Nothing of the plaintext is looked at before the hash of the ciphertext was right (threat 86). */
static MtxSecretBytes *
decrypt (OpenJob *job,
         GError **error)
{
  g_autoptr (JsonObject)          file = mtx_json_parse_object (job->row->file, -1, &file_limits, error);
  g_autoptr (MtxAttachmentCipher) cipher = file != NULL ? mtx_attachment_cipher_new_decrypt (file, error) : NULL;
  g_autoptr (MtxSecretBytes)      plaintext = NULL;
  const guint8                   *input;
  guint8                         *output;
  gsize                           length;

  if (cipher == NULL)
    return NULL;

  input = g_bytes_get_data (job->ciphertext, &length);
  output = g_malloc (MAX (length, 1));
  if (!mtx_attachment_cipher_update (cipher, input, length, output, error))
    {
      mtx_secret_wipe (output, length);
      g_free (output);
      return NULL;
    }
  plaintext = mtx_secret_bytes_new_take (output, length);

  return mtx_attachment_cipher_finish_decrypt (cipher, error) ? g_steal_pointer (&plaintext) : NULL;
}

/* Resolves to an array of MtxReceivedKey. */
static DexFuture *
open_job (gpointer data)
{
  OpenJob                   *job = data;
  g_autoptr (MtxSecretBytes) plaintext = NULL;
  g_autoptr (GPtrArray)      keys = NULL;
  g_autoptr (GError)         error = NULL;
  const guint8              *text;
  gsize                      length;

  plaintext = decrypt (job, &error);
  if (plaintext == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  text = mtx_secret_bytes_get (plaintext, &length);
  keys = mtx_room_key_bundle_read ((const char *)text, length, job->row->room_id, &error);
  if (keys == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&keys));
}

static GPtrArray *
fetch (MtxRoomKeyBundles   *self,
       MtxRoomKeyBundleRow *row,
       GError             **error)
{
  g_autoptr (JsonObject) file = mtx_json_parse_object (row->file, -1, &file_limits, error);
  const char            *uri = file != NULL ? mtx_json_get_string (file, "url") : NULL;
  g_autoptr (GBytes)     ciphertext = NULL;
  OpenJob               *job;

  if (file == NULL)
    return NULL;
  if (uri == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "The bundle of room keys has no address");
      return NULL;
    }
  ciphertext = dex_await_boxed (mtx_media_download (self->media, uri, MAX_FILE_BYTES), error);
  if (ciphertext == NULL)
    return NULL;

  job = g_new0 (OpenJob, 1);
  job->row = mtx_room_key_bundle_row_ref (row);
  job->ciphertext = g_steal_pointer (&ciphertext);

  return dex_await_boxed (mtx_thread_run ("bundle-open", open_job, job, open_job_free), error);
}

static gboolean
import (MtxRoomKeyBundles *self,
        GPtrArray         *keys,
        GError           **error)
{
  for (guint first = 0; first < keys->len; first += PORTION_KEYS)
    {
      g_autoptr (GPtrArray) portion = g_ptr_array_new ();

      for (guint i = first; i < MIN (first + PORTION_KEYS, keys->len); i++)
        g_ptr_array_add (portion, g_ptr_array_index (keys, i));
      if (!dex_await (_mtx_crypto_engine_import_room_keys (self->engine, portion), error))
        return FALSE;
    }

  return TRUE;
}

/* One offer is enough for one invitation; a bad one does not stand in the way of a better one. */
static gboolean
settle (MtxRoomKeyBundles   *self,
        MtxRoomKeyBundleRow *row,
        gboolean             is_taken,
        GError             **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  if (is_taken)
    mtx_room_key_bundle_store_forget_room (changes, row->room_id);
  else
    mtx_room_key_bundle_store_delete (changes, row->room_id, row->sender);

  return dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), error);
}

/* An offer counts only from a device its owner signed. Until the owner's devices are known it waits. */
static gboolean
judge (MtxRoomKeyBundles         *self,
       const MtxRoomKeyBundleRow *row,
       gboolean                  *is_known,
       gboolean                  *is_signed,
       GError                   **error)
{
  const char           *users[] = { row->sender, NULL };
  g_autoptr (GPtrArray) devices = NULL;

  devices = dex_await_boxed (mtx_device_store_load_devices (mtx_crypto_engine_get_db (self->engine), users), error);
  if (devices == NULL)
    return FALSE;

  *is_known = FALSE;
  *is_signed = FALSE;
  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (!g_str_equal (device->curve25519, row->curve25519) || !g_str_equal (device->ed25519, row->ed25519))
        continue;
      *is_known = TRUE;
      *is_signed |= device->trust == MTX_DEVICE_SIGNED;
    }

  return TRUE;
}

static gboolean
take_one (MtxRoomKeyBundles   *self,
          MtxRoomKeyBundleRow *row,
          GError             **error)
{
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GError)    failure = NULL;
  gboolean              is_known;
  gboolean              is_signed;

  if (!judge (self, row, &is_known, &is_signed, error))
    return FALSE;
  if (!is_known)
    return TRUE;
  if (!is_signed)
    return settle (self, row, FALSE, error);

  keys = fetch (self, row, &failure);
  if (keys != NULL)
    return import (self, keys, error) && settle (self, row, TRUE, error);

  if (mtx_error_is_temporary (failure) || g_error_matches (failure, MTX_ERROR, MTX_ERROR_CLOSED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  g_debug ("A bundle of room keys was refused: %s", failure->message);

  return settle (self, row, FALSE, error);
}

static DexFuture *
take_fiber (gpointer data)
{
  MtxRoomKeyBundles    *self = data;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError)    error = NULL;

  if (g_get_monotonic_time () < self->take_at)
    return dex_future_new_true ();

  rows = dex_await_boxed (mtx_room_key_bundle_store_load_due (mtx_crypto_engine_get_db (self->engine),
                                                              g_get_real_time () / 1000),
                          &error);
  for (guint i = 0; rows != NULL && error == NULL && i < rows->len; i++)
    take_one (self, g_ptr_array_index (rows, i), &error);

  if (error != NULL)
    {
      self->take_at = g_get_monotonic_time () + mtx_backoff_next (&self->backoff, error) * 1000;
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  mtx_backoff_reset (&self->backoff);

  return dex_future_new_true ();
}

static void
mtx_room_key_bundles_finalize (GObject *object)
{
  MtxRoomKeyBundles *self = MTX_ROOM_KEY_BUNDLES (object);

  g_clear_object (&self->media);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (mtx_room_key_bundles_parent_class)->finalize (object);
}

static void
mtx_room_key_bundles_class_init (MtxRoomKeyBundlesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_room_key_bundles_finalize;
}

static void
mtx_room_key_bundles_init (MtxRoomKeyBundles *self)
{
  mtx_backoff_init (&self->backoff, FIRST_WAIT_MS, LAST_WAIT_MS);
}

/**
 * mtx_room_key_bundles_new:
 * @http: the connection
 * @engine: takes the keys
 *
 * Returns: (transfer full): the object
 */
MtxRoomKeyBundles *
mtx_room_key_bundles_new (MtxHttp         *http,
                          MtxCryptoEngine *engine)
{
  MtxRoomKeyBundles *self;

  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);

  self = g_object_new (MTX_TYPE_ROOM_KEY_BUNDLES, NULL);
  self->media = mtx_media_new (http);
  self->engine = g_object_ref (engine);

  return self;
}

/**
 * mtx_room_key_bundles_take:
 * @self: the object
 *
 * Takes the offers that are due. To be called after each sync; what fails for the moment is tried again later.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects if the server or the store does not answer
 */
DexFuture *
mtx_room_key_bundles_take (MtxRoomKeyBundles *self)
{
  g_return_val_if_fail (MTX_IS_ROOM_KEY_BUNDLES (self), NULL);

  return mtx_fiber_spawn ("room-key-bundles", take_fiber, g_object_ref (self), g_object_unref);
}
