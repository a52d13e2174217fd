/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The record is one setting of the encrypted store, committed before the server hears of us, so that a
 * request whose answer was lost can be repeated with the same names.
 */
#include "mtx-session-record.h"

#include <string.h>

#include "mtx-change-set.h"
#include "mtx-credentials.h"
#include "mtx-db.h"
#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-session-store.h"

G_DEFINE_BOXED_TYPE (MtxSessionRecord, mtx_session_record, mtx_session_record_copy, mtx_session_record_free)

/**
 * mtx_session_record_draw:
 * @server_name: (nullable): the name of the server, if its address is not known
 * @homeserver_url: (nullable): the address of the homeserver
 * @registration_token: (nullable): what lets people in
 * @error: %MTX_ERROR_FAILED if there is no randomness
 *
 * Draws a name and a device for a new account.
 *
 * Returns: (transfer full) (nullable): a record that is not saved yet
 */
MtxSessionRecord *
mtx_session_record_draw (const char *server_name,
                         const char *homeserver_url,
                         const char *registration_token,
                         GError    **error)
{
  g_autofree char  *username = mtx_credentials_draw_username (error);
  g_autofree char  *device_id = username != NULL ? mtx_credentials_draw_device_id (error) : NULL;
  MtxSessionRecord *self = NULL;

  if (device_id == NULL)
    return NULL;

  self = g_new0 (MtxSessionRecord, 1);
  self->username = g_steal_pointer (&username);
  self->device_id = g_steal_pointer (&device_id);
  self->server_name = g_strdup (server_name);
  self->homeserver_url = g_strdup (homeserver_url);
  self->registration_token = g_strdup (registration_token);

  return self;
}

/**
 * mtx_session_record_draw_restore:
 * @hints: a restore form
 * @error: %MTX_ERROR_INVALID, or %MTX_ERROR_FAILED if there is no randomness
 *
 * Draws a device for an account that comes back: a device is never used twice.
 *
 * Returns: (transfer full) (nullable): a record that is not saved yet
 */
MtxSessionRecord *
mtx_session_record_draw_restore (const MtxAccountHints *hints,
                                 GError               **error)
{
  g_autoptr (MtxUserId) user_id = mtx_user_id_new (hints->user_id, error);
  g_autofree char      *device_id = user_id != NULL ? mtx_credentials_draw_device_id (error) : NULL;
  MtxSessionRecord     *self;

  if (device_id == NULL)
    return NULL;

  self = g_new0 (MtxSessionRecord, 1);
  self->username = mtx_user_id_dup_localpart (user_id);
  self->device_id = g_steal_pointer (&device_id);
  self->server_name = g_strdup (hints->server_name);
  self->homeserver_url = g_strdup (hints->homeserver_url);
  self->user_id = g_strdup (hints->user_id);
  self->provider = g_strdup (hints->provider);

  return self;
}

/**
 * mtx_session_record_copy:
 * @self: a record
 *
 * Returns: (transfer full): the same again
 */
MtxSessionRecord *
mtx_session_record_copy (MtxSessionRecord *self)
{
  MtxSessionRecord *copy = g_new0 (MtxSessionRecord, 1);

  copy->username = g_strdup (self->username);
  copy->device_id = g_strdup (self->device_id);
  copy->server_name = g_strdup (self->server_name);
  copy->homeserver_url = g_strdup (self->homeserver_url);
  copy->registration_token = g_strdup (self->registration_token);
  copy->user_id = g_strdup (self->user_id);
  copy->provider = g_strdup (self->provider);

  return copy;
}

/**
 * mtx_session_record_free:
 * @self: (transfer full): a record
 *
 * Frees it.
 */
void
mtx_session_record_free (MtxSessionRecord *self)
{
  g_free (self->username);
  g_free (self->device_id);
  g_free (self->server_name);
  g_free (self->homeserver_url);
  g_free (self->registration_token);
  g_free (self->user_id);
  g_free (self->provider);
  g_free (self);
}

static DexFuture *
read_record (DexFuture *loaded,
             gpointer   data)
{
  const GValue                *value = dex_future_get_value (loaded, NULL);
  const char                  *text = g_value_get_string (value);
  const MtxJsonLimits          limits = { .max_bytes = 512 * 1024, .max_depth = 2 };
  g_autoptr (JsonObject)       object = mtx_json_parse_object (text, (gssize)strlen (text), &limits, NULL);
  g_autoptr (MtxSessionRecord) self = g_new0 (MtxSessionRecord, 1);

  if (object != NULL)
    {
      self->username = g_strdup (mtx_json_get_string (object, "username"));
      self->device_id = g_strdup (mtx_json_get_string (object, "device_id"));
      self->server_name = g_strdup (mtx_json_get_string (object, "server_name"));
      self->homeserver_url = g_strdup (mtx_json_get_string (object, "homeserver_url"));
      self->registration_token = g_strdup (mtx_json_get_string (object, "registration_token"));
      self->user_id = g_strdup (mtx_json_get_string (object, "user_id"));
      self->provider = g_strdup (mtx_json_get_string (object, "provider"));
    }
  if (self->username == NULL || self->device_id == NULL)
    return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_DAMAGED, "The record of the registration cannot be read"));

  return dex_future_new_take_boxed (MTX_TYPE_SESSION_RECORD, g_steal_pointer (&self));
}

/**
 * mtx_session_record_load:
 * @db: the account's store
 *
 * Returns: (transfer full): a future that resolves to a #MtxSessionRecord, or rejects with %MTX_ERROR_NOT_FOUND or
 *   %MTX_ERROR_DAMAGED
 */
DexFuture *
mtx_session_record_load (MtxDb *db)
{
  return dex_future_then (mtx_session_store_load_setting (db, MTX_SETTING_REGISTRATION), read_record, NULL, NULL);
}

static void
put_string (JsonObject *object,
            const char *name,
            const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
}

/**
 * mtx_session_record_save:
 * @self: a record
 * @db: the account's store
 *
 * Keeps the record.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once it is on disk, or rejects as mtx_db_commit () does
 */
DexFuture *
mtx_session_record_save (MtxSessionRecord *self,
                         MtxDb            *db)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (JsonObject)   object = json_object_new ();
  g_autofree char         *text = NULL;

  put_string (object, "username", self->username);
  put_string (object, "device_id", self->device_id);
  put_string (object, "server_name", self->server_name);
  put_string (object, "homeserver_url", self->homeserver_url);
  put_string (object, "registration_token", self->registration_token);
  put_string (object, "user_id", self->user_id);
  put_string (object, "provider", self->provider);
  text = mtx_json_to_string (object);
  mtx_session_store_put_setting (changes, MTX_SETTING_REGISTRATION, text);

  return mtx_db_commit (db, changes);
}
