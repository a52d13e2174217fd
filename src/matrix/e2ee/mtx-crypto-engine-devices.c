/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own other devices: our signature on one that was verified (specification, § Cross-signing).
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-device-keys.h"
#include "mtx-error.h"
#include "mtx-json.h"

typedef struct
{
  char *device_id;
  char *ed25519;
} SignCommand;

static void
sign_command_free (gpointer memory)
{
  SignCommand *command = memory;

  g_clear_pointer (&command->device_id, g_free);
  g_clear_pointer (&command->ed25519, g_free);
  g_free (command);
}

typedef struct
{
  MtxRatchets *ratchets;
  JsonObject  *keys; /* gets our signature */
} SignJob;

static DexFuture *
sign_job (gpointer data)
{
  SignJob           *job = data;
  g_autoptr (GError) error = NULL;

  if (!mtx_cross_signing_keys_sign_json (job->ratchets->keys,
                                         MTX_CROSS_SIGNING_SELF_SIGNING,
                                         job->keys,
                                         job->ratchets->user_id,
                                         &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static MtxDeviceRow *
load_device (MtxCryptoEngine   *self,
             const SignCommand *command,
             GError           **error)
{
  const char           *users[] = { mtx_crypto_engine_get_user_id (self), NULL };
  g_autoptr (GPtrArray) rows = NULL;

  rows = dex_await_boxed (mtx_device_store_load_devices (mtx_crypto_engine_get_db (self), users), error);
  if (rows == NULL)
    return NULL;

  for (guint i = 0; i < rows->len; i++)
    {
      MtxDeviceRow *row = g_ptr_array_index (rows, i);

      if (!row->deleted && g_str_equal (row->device_id, command->device_id) && g_str_equal (row->ed25519, command->ed25519))
        return mtx_device_row_ref (row);
    }

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The device is not what was verified");

  return NULL;
}

static JsonObject *
wrap_signature (const MtxDeviceRow *row,
                JsonObject         *keys)
{
  JsonObject *body = json_object_new ();
  JsonObject *of_user = json_object_new ();

  json_object_set_object_member (of_user, row->device_id, json_object_ref (keys));
  json_object_set_object_member (body, row->user_id, of_user);

  return body;
}

static DexFuture *
sign_command (MtxCryptoEngine *self,
              gpointer         data)
{
  const MtxJsonLimits      limits = { .max_bytes = 64 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  SignCommand             *command = data;
  g_autoptr (MtxDeviceRow) stored = NULL;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (JsonObject)   keys = NULL;
  g_autofree char         *text = NULL;
  g_autoptr (GError)       error = NULL;
  SignJob                  job = { .ratchets = _mtx_crypto_engine_get_ratchets (self) };
  MtxDeviceRow             row;

  /* Our keys never sign while the server shows another identity for us (threat 18). */
  if (_mtx_crypto_engine_load_own_keys (self, &error) != MTX_OWN_KEYS_GOOD)
    return error != NULL ? dex_future_new_for_error (g_steal_pointer (&error))
                         : dex_future_new_reject (MTX_ERROR, MTX_ERROR_UNTRUSTED, "Our own identity is not good");
  stored = load_device (self, command, &error);
  if (stored == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  keys = mtx_json_parse_object (stored->keys_json, -1, &limits, &error);
  if (keys == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  job.keys = keys;
  if (!_mtx_crypto_engine_work (self, sign_job, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  text = mtx_json_to_string (keys);
  row = *stored;
  row.keys_json = text;
  row.trust = MTX_DEVICE_SIGNED;
  mtx_device_store_put_device (changes, &row);
  if (!_mtx_crypto_engine_commit (self, changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  _mtx_crypto_engine_note_changed (self, row.user_id);

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, wrap_signature (stored, keys));
}

/**
 * _mtx_crypto_engine_sign_device:
 * @self: an engine
 * @device_id: another device of ours
 * @ed25519: its key, as it was verified
 *
 * Signs a device with our self-signing key. For this device it counts at once; for everybody else once the server has
 * it, and until then its next answer takes it back.
 *
 * Returns: (transfer full): a future that resolves to a boxed #JsonObject, the body of
 *   `POST /keys/signatures/upload`; rejects with %MTX_ERROR_UNTRUSTED if there is no such device, or our own identity
 *   is not good
 */
DexFuture *
_mtx_crypto_engine_sign_device (MtxCryptoEngine *self,
                                const char      *device_id,
                                const char      *ed25519)
{
  SignCommand *command = g_new0 (SignCommand, 1);

  command->device_id = g_strdup (device_id);
  command->ed25519 = g_strdup (ed25519);

  return _mtx_crypto_engine_command (self, sign_command, command, sign_command_free);
}
