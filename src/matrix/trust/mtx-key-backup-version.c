/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which backup the server has, whether it is ours (threats 79, 81), and what to do about it.
 *
 * Everything that goes up is encrypted with the public key that derives from our private one, so what the server
 * says about the backup can make us stop, but never makes us encrypt for somebody else.
 */
#include "mtx-key-backup-private.h"

#include "mtx-backup-cipher.h"
#include "mtx-device-store.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-key-backup-store.h"
#include "mtx-secret-bytes.h"
#include "mtx-signed-json.h"

static MtxReply *
send_request (MtxKeyBackup *self,
              MtxRequest   *request,
              GError      **error)
{
  return dex_await_boxed (mtx_http_send (self->http, request), error);
}

/* The stable setting counts; the older one, of the opposite sense, if there is no stable one. */
void
_mtx_key_backup_take_preference (MtxKeyBackup *self,
                                 JsonObject   *stable,
                                 JsonObject   *unstable)
{
  gboolean is_enabled = TRUE;
  gboolean is_disabled = FALSE;

  if (stable != NULL && mtx_json_get_boolean (stable, "enabled", &is_enabled))
    {
      self->preference = PREFERENCE_STABLE;
      self->is_disabled = !is_enabled;
    }
  else if (self->preference != PREFERENCE_STABLE && unstable != NULL
           && mtx_json_get_boolean (unstable, "disabled", &is_disabled))
    {
      self->preference = PREFERENCE_UNSTABLE;
      self->is_disabled = is_disabled;
    }
}

static gboolean
load_account_data (MtxKeyBackup *self,
                   const char   *type,
                   JsonObject  **content,
                   GError      **error)
{
  g_autoptr (MtxRequest) request = NULL;
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     failure = NULL;

  request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA, mtx_crypto_engine_get_user_id (self->engine), type, NULL);
  reply = send_request (self, request, &failure);
  if (reply == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  *content = reply != NULL ? json_object_ref (mtx_reply_get_body (reply)) : NULL;

  return TRUE;
}

static gboolean
load_preference (MtxKeyBackup *self,
                 GError      **error)
{
  g_autoptr (JsonObject) stable = NULL;
  g_autoptr (JsonObject) unstable = NULL;

  if (self->preference != PREFERENCE_UNKNOWN)
    return TRUE;

  if (!load_account_data (self, MTX_KEY_PREFERENCE_TYPE, &stable, error)
      || !load_account_data (self, MTX_KEY_PREFERENCE_UNSTABLE_TYPE, &unstable, error))
    return FALSE;
  _mtx_key_backup_take_preference (self, stable, unstable);
  if (self->preference == PREFERENCE_UNKNOWN)
    self->preference = PREFERENCE_NONE;

  return TRUE;
}

/* That there is a backup is what the person wants, unless somebody said otherwise; other clients ask for it here. */
static gboolean
store_preference (MtxKeyBackup *self,
                  GError      **error)
{
  g_autoptr (MtxRequest) request = NULL;
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (JsonObject) content = json_object_new ();

  if (self->preference == PREFERENCE_STABLE && !self->is_disabled)
    return TRUE;

  json_object_set_boolean_member (content, "enabled", TRUE);
  request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA_PUT, mtx_crypto_engine_get_user_id (self->engine), MTX_KEY_PREFERENCE_TYPE, NULL);
  mtx_request_set_body (request, content);
  reply = send_request (self, request, error);
  if (reply == NULL)
    return FALSE;
  self->preference = PREFERENCE_STABLE;
  self->is_disabled = FALSE;

  return TRUE;
}

/* Signed by a key of ours, by the id that names it (threat 12). */
static gboolean
is_signed_by (MtxKeyBackup *self,
              JsonObject   *untrusted_auth_data,
              const char   *id,
              const char   *ed25519)
{
  g_autofree char *key_id = g_strconcat ("ed25519:", id, NULL);

  return mtx_signed_json_verify (untrusted_auth_data, mtx_crypto_engine_get_user_id (self->engine), key_id, ed25519, NULL);
}

/* By our identity, by this device, or by another device that our identity signed. */
static gboolean
is_signed_by_us (MtxKeyBackup *self,
                 JsonObject   *untrusted_auth_data,
                 gboolean     *is_signed,
                 GError      **error)
{
  const char           *master_key = mtx_crypto_engine_get_master_key (self->engine);
  const char           *own[] = { mtx_crypto_engine_get_user_id (self->engine), NULL };
  g_autoptr (GPtrArray) devices = NULL;

  *is_signed = is_signed_by (self, untrusted_auth_data, master_key, master_key)
               || is_signed_by (self, untrusted_auth_data, mtx_crypto_engine_get_device_id (self->engine),
                                mtx_crypto_engine_get_ed25519 (self->engine));
  if (*is_signed)
    return TRUE;

  devices = dex_await_boxed (mtx_device_store_load_devices (mtx_crypto_engine_get_db (self->engine), own), error);
  if (devices == NULL)
    return FALSE;
  for (guint i = 0; i < devices->len && !*is_signed; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (!device->deleted && device->trust == MTX_DEVICE_SIGNED)
        *is_signed = is_signed_by (self, untrusted_auth_data, device->device_id, device->ed25519);
    }

  return TRUE;
}

/* From here on this is our backup. If it is another than before, nothing of ours is in it yet. */
static gboolean
adopt (MtxKeyBackup *self,
       const char   *version,
       GError      **error)
{
  g_autoptr (MtxKeyBackupRow) row = NULL;
  g_autoptr (GError)          failure = NULL;
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();

  row = dex_await_boxed (mtx_key_backup_store_load (mtx_crypto_engine_get_db (self->engine)), &failure);
  if (row == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (row == NULL || !g_str_equal (row->version, version))
    {
      mtx_key_backup_store_put_version (changes, version);
      mtx_key_backup_store_forget_uploads (changes);
      if (!dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), error))
        return FALSE;
    }

  g_set_str (&self->version, version);
  _mtx_key_backup_set_state (self, MTX_KEY_BACKUP_READY);
  _mtx_key_backup_wake_upload (self);
  _mtx_key_backup_load_wanted (self);
  if (row != NULL && row->restoring)
    mtx_fiber_fire (mtx_key_backup_restore (self), "Going on with the restore of room keys");

  return TRUE;
}

static char *
load_public_key (MtxKeyBackup *self,
                 GError      **error)
{
  g_autoptr (MtxSecretBytes) key = dex_await_boxed (_mtx_crypto_engine_load_backup_key (self->engine), error);

  return key != NULL ? mtx_backup_public_key (key, error) : NULL;
}

static gboolean
make_version (MtxKeyBackup *self,
              GError      **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_BACKUP_VERSION_NEW, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (JsonObject) auth_data = json_object_new ();
  g_autoptr (JsonObject) signed_data = NULL;
  g_autoptr (JsonObject) body = json_object_new ();
  g_autofree char       *public_key = load_public_key (self, error);
  const char            *version;

  if (public_key == NULL)
    return FALSE;
  json_object_set_string_member (auth_data, "public_key", public_key);
  signed_data = dex_await_boxed (_mtx_crypto_engine_sign_backup (self->engine, auth_data), error);
  if (signed_data == NULL)
    return FALSE;

  json_object_set_string_member (body, "algorithm", MTX_BACKUP_ALGORITHM);
  json_object_set_object_member (body, "auth_data", g_steal_pointer (&signed_data));
  mtx_request_set_body (request, body);
  reply = send_request (self, request, error);
  if (reply == NULL)
    return FALSE;
  version = mtx_json_get_string (mtx_reply_get_body (reply), "version");
  if (version == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server made a backup without a version");
      return FALSE;
    }

  return store_preference (self, error) && adopt (self, version, error);
}

/* The server has none. The first one is made; one that we had was taken away, and that is not for us to undo. */
static gboolean
take_none (MtxKeyBackup *self,
           GError      **error)
{
  g_autoptr (MtxKeyBackupRow) row = NULL;
  g_autoptr (GError)          failure = NULL;

  row = dex_await_boxed (mtx_key_backup_store_load (mtx_crypto_engine_get_db (self->engine)), &failure);
  if (row != NULL)
    {
      _mtx_key_backup_set_state (self, MTX_KEY_BACKUP_OFF);
      return TRUE;
    }
  if (!g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return make_version (self, error);
}

/* Tells which version the server has. Resolves to FALSE without an error if it has none. */
static gboolean
ask_version (MtxKeyBackup *self,
             char        **version,
             JsonObject  **untrusted_auth_data,
             GError      **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_BACKUP_VERSION, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     failure = NULL;
  JsonObject            *body;
  JsonObject            *auth_data;

  reply = send_request (self, request, &failure);
  if (reply == NULL)
    {
      if (!g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  body = mtx_reply_get_body (reply);
  auth_data = mtx_json_get_object (body, "auth_data");
  *version = g_strdup (mtx_json_get_string (body, "version"));
  /* Of an algorithm we do not know we can only say that it is not ours. */
  if (auth_data != NULL && g_strcmp0 (mtx_json_get_string (body, "algorithm"), MTX_BACKUP_ALGORITHM) == 0)
    *untrusted_auth_data = json_object_ref (auth_data);
  else
    *untrusted_auth_data = json_object_new ();
  if (*version == NULL)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server has a backup without a version");

  return *version != NULL;
}

/* Ours is the one our private key fits; whoever signed another one decides only what is said of it (threats 79, 81). */
static gboolean
judge (MtxKeyBackup *self,
       const char   *version,
       JsonObject   *untrusted_auth_data,
       GError      **error)
{
  g_autofree char *public_key = load_public_key (self, error);
  gboolean         is_signed;

  if (public_key == NULL)
    return FALSE;
  if (g_strcmp0 (mtx_json_get_string (untrusted_auth_data, "public_key"), public_key) == 0)
    return adopt (self, version, error);

  if (!is_signed_by_us (self, untrusted_auth_data, &is_signed, error))
    return FALSE;
  _mtx_key_backup_set_state (self, is_signed ? MTX_KEY_BACKUP_WRONG_KEY : MTX_KEY_BACKUP_UNTRUSTED);

  return TRUE;
}

static gboolean
look (MtxKeyBackup *self,
      GError      **error)
{
  g_autofree char       *version = NULL;
  g_autoptr (JsonObject) untrusted_auth_data = NULL;
  g_autoptr (GError)     failure = NULL;

  if (!load_preference (self, error))
    return FALSE;
  if (self->is_disabled)
    {
      _mtx_key_backup_set_state (self, MTX_KEY_BACKUP_DISABLED);
      return TRUE;
    }

  if (ask_version (self, &version, &untrusted_auth_data, &failure))
    return judge (self, version, untrusted_auth_data, error);
  if (failure == NULL)
    return take_none (self, error);
  if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_UNSUPPORTED))
    {
      _mtx_key_backup_set_state (self, MTX_KEY_BACKUP_UNSUPPORTED);
      return TRUE;
    }

  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/* Nothing is known of the backup any more. */
void
_mtx_key_backup_forget (MtxKeyBackup *self)
{
  g_clear_pointer (&self->version, g_free);
  _mtx_key_backup_set_state (self, MTX_KEY_BACKUP_UNKNOWN);
}

static DexFuture *
settle (MtxKeyBackup *self,
        gboolean      is_done,
        GError       *error)
{
  if (is_done)
    {
      mtx_backoff_reset (&self->asking);
      return dex_future_new_true ();
    }

  self->ask_at = g_get_monotonic_time () + mtx_backoff_next (&self->asking, error) * 1000;

  return dex_future_new_for_error (error);
}

/* The body of mtx_key_backup_set_up (); @data is the backup. */
DexFuture *
_mtx_key_backup_set_up_fiber (gpointer data)
{
  MtxKeyBackup *self = data;
  GError       *error = NULL;
  gboolean      is_done;

  if (self->is_closed)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The backup was closed");
  if (self->state == MTX_KEY_BACKUP_READY || self->state == MTX_KEY_BACKUP_UNSUPPORTED)
    return dex_future_new_true ();

  _mtx_key_backup_forget (self);
  is_done = look (self, &error);

  return settle (self, is_done, error);
}

/* The body of mtx_key_backup_replace (); @data is the backup. */
DexFuture *
_mtx_key_backup_replace_fiber (gpointer data)
{
  MtxKeyBackup *self = data;
  GError       *error = NULL;
  gboolean      is_done;

  _mtx_key_backup_forget (self);
  is_done = make_version (self, &error);

  return settle (self, is_done, error);
}

/* The body of mtx_key_backup_connect (). */
DexFuture *
_mtx_key_backup_connect_fiber (gpointer data)
{
  MtxKeyBackupConnect   *connect = data;
  MtxKeyBackup          *self = connect->self;
  g_autofree char       *version = NULL;
  g_autofree char       *public_key = NULL;
  g_autoptr (JsonObject) untrusted_auth_data = NULL;
  g_autoptr (GError)     error = NULL;

  public_key = mtx_backup_public_key (connect->untrusted_private_key, &error);
  if (public_key == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (!ask_version (self, &version, &untrusted_auth_data, &error))
    {
      if (error == NULL)
        g_set_error_literal (&error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "The server has no backup");
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  if (g_strcmp0 (mtx_json_get_string (untrusted_auth_data, "public_key"), public_key) != 0)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_WRONG_SECRET, "The key does not open this backup");

  /* Kept before anything goes up that only this key opens. */
  if (!dex_await (_mtx_crypto_engine_put_backup_key (self->engine, connect->untrusted_private_key), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  _mtx_key_backup_forget (self);
  if (!load_preference (self, &error)
      || !adopt (self, version, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (self->is_disabled)
    _mtx_key_backup_set_state (self, MTX_KEY_BACKUP_DISABLED);

  return dex_future_new_true ();
}
