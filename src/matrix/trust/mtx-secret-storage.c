/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The account's encrypted secrets on the server. Nothing is kept here but the key: what is there is asked for when
 * it is needed, and asked for again before anything is written, so that an interrupted set-up finds what it did
 * and another client's work is never written over.
 */
#include "mtx-secret-storage.h"

#include <string.h>

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-key-description.h"
#include "mtx-secret-bytes.h"

#define TYPE_DEFAULT_KEY "m.secret_storage.default_key"
#define TYPE_KEY_PREFIX  "m.secret_storage.key."

/* Clients make one key, or another when the first was lost. */
#define MAX_CANDIDATES 8

struct _MtxSecretStorage
{
  GObject parent_instance;

  /* owned */
  MtxHttp        *http;
  char           *user_id;
  MtxSecretBytes *key; /* with its id: NULL until it was found, or prepared */
  char           *key_id;

  /* state */
  MtxSecretStorageState state;
};

enum
{
  PROP_STATE = 1,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (MtxSecretStorage, mtx_secret_storage, G_TYPE_OBJECT)

static void
set_state (MtxSecretStorage     *self,
           MtxSecretStorageState state)
{
  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
take_key (MtxSecretStorage *self,
          MtxSecretBytes   *key,
          const char       *key_id)
{
  g_clear_pointer (&self->key, mtx_secret_bytes_unref);
  self->key = mtx_secret_bytes_ref (key);
  g_set_str (&self->key_id, key_id);
}

/* In a fiber. TRUE with NULL if there is nothing of this type. Account data cannot be deleted, only emptied. */
static gboolean
fetch (MtxSecretStorage *self,
       const char       *type,
       JsonObject      **untrusted,
       GError          **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA, self->user_id, type, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     failure = NULL;

  *untrusted = NULL;
  reply = dex_await_boxed (mtx_http_send (self->http, request), &failure);
  if (reply == NULL)
    {
      if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (json_object_get_size (mtx_reply_get_body (reply)) > 0)
    *untrusted = json_object_ref (mtx_reply_get_body (reply));

  return TRUE;
}

/* In a fiber. */
static gboolean
put (MtxSecretStorage *self,
     const char       *type,
     JsonObject       *content,
     GError          **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA_PUT, self->user_id, type, NULL);
  g_autoptr (MtxReply)   reply = NULL;

  mtx_request_set_body (request, content);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);

  return reply != NULL;
}

/* In a fiber. */
static gboolean
fetch_description (MtxSecretStorage *self,
                   const char       *key_id,
                   JsonObject      **untrusted,
                   GError          **error)
{
  g_autofree char *type = g_strconcat (TYPE_KEY_PREFIX, key_id, NULL);

  return fetch (self, type, untrusted, error);
}

/* NULL without an error if the secret is not there for this key. */
static char *
decrypt (const char     *name,
         JsonObject     *untrusted,
         MtxSecretBytes *key,
         const char     *key_id,
         GError        **error)
{
  JsonObject *encrypted = untrusted != NULL ? mtx_json_get_object (untrusted, "encrypted") : NULL;
  JsonObject *sealed = encrypted != NULL ? mtx_json_get_object (encrypted, key_id) : NULL;

  if (sealed == NULL)
    return NULL;

  return mtx_secret_storage_decrypt (key, name, mtx_json_get_string (sealed, "iv"),
                                     mtx_json_get_string (sealed, "ciphertext"),
                                     mtx_json_get_string (sealed, "mac"), error);
}

/* In a fiber. Which keys there might be: the default one first; then those with which somebody closed the master
 * key, as account data cannot be listed. @untrusted_master is a secret to try a key on. */
static GPtrArray *
find_candidates (MtxSecretStorage *self,
                 JsonObject      **untrusted_master,
                 GError          **error)
{
  g_autoptr (GPtrArray)  ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (JsonObject) untrusted_default = NULL;
  g_autoptr (GList)      names = NULL;
  JsonObject            *encrypted;
  const char            *default_id;

  if (!fetch (self, TYPE_DEFAULT_KEY, &untrusted_default, error)
      || !fetch (self, MTX_SECRET_MASTER, untrusted_master, error))
    return NULL;

  default_id = untrusted_default != NULL ? mtx_json_get_string (untrusted_default, "key") : NULL;
  if (default_id != NULL && *default_id != '\0')
    g_ptr_array_add (ids, g_strdup (default_id));

  encrypted = *untrusted_master != NULL ? mtx_json_get_object (*untrusted_master, "encrypted") : NULL;
  names = encrypted != NULL ? json_object_get_members (encrypted) : NULL;
  for (GList *name = names; name != NULL && ids->len < MAX_CANDIDATES; name = name->next)
    if (g_strcmp0 (name->data, default_id) != 0 && *(const char *)name->data != '\0')
      g_ptr_array_add (ids, g_strdup (name->data));

  return g_steal_pointer (&ids);
}

/* Whether @key is the one called @key_id. Where the description does not tell, a secret does (threat 76). */
static gboolean
fits (const char     *key_id,
      JsonObject     *untrusted_description,
      JsonObject     *untrusted_master,
      MtxSecretBytes *key,
      GError        **error)
{
  MtxSecretStorageCheck check = MTX_SECRET_STORAGE_WRONG;
  char                 *secret;

  if (!mtx_key_description_check (untrusted_description, key, &check, error))
    return FALSE;
  if (check == MTX_SECRET_STORAGE_CHECKED)
    return TRUE;

  if (check == MTX_SECRET_STORAGE_UNCHECKED)
    {
      secret = decrypt (MTX_SECRET_MASTER, untrusted_master, key, key_id, NULL);
      if (secret != NULL)
        {
          mtx_secret_string_free (secret);
          return TRUE;
        }
    }
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET, "This is another key");

  return FALSE;
}

typedef struct
{
  MtxSecretStorage *self;
  MtxSecretBytes   *secret; /* a key, a passphrase or a text */
  char             *name;
  gboolean          is_passphrase;
} Task;

static void
task_free (gpointer data)
{
  Task *task = data;

  g_object_unref (task->self);
  g_clear_pointer (&task->secret, mtx_secret_bytes_unref);
  g_free (task->name);
  g_free (task);
}

static Task *
task_new (MtxSecretStorage *self,
          MtxSecretBytes   *secret,
          const char       *name)
{
  Task *task = g_new0 (Task, 1);

  task->self = g_object_ref (self);
  task->secret = secret != NULL ? mtx_secret_bytes_ref (secret) : NULL;
  task->name = g_strdup (name);

  return task;
}

/* In a fiber. The key that is called @key_id, if it is the person's. */
static MtxSecretBytes *
try_candidate (Task       *task,
               const char *key_id,
               JsonObject *untrusted_description,
               JsonObject *untrusted_master,
               GError    **error)
{
  g_autoptr (MtxSecretBytes) key = NULL;

  if (untrusted_description == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "A key of secret storage has no description");
      return NULL;
    }

  if (task->is_passphrase)
    key = dex_await_boxed (mtx_key_description_derive (untrusted_description, task->secret), error);
  else
    key = mtx_secret_bytes_ref (task->secret);
  if (key == NULL || !fits (key_id, untrusted_description, untrusted_master, key, error))
    return NULL;

  return g_steal_pointer (&key);
}

/* In a fiber. Finds the key and takes it. */
static gboolean
find_key (Task    *task,
          GError **error)
{
  g_autoptr (JsonObject) untrusted_master = NULL;
  g_autoptr (GPtrArray)  ids = find_candidates (task->self, &untrusted_master, error);
  g_autoptr (GError)     reason = NULL;

  if (ids == NULL)
    return FALSE;
  if (ids->len == 0)
    {
      set_state (task->self, MTX_SECRET_STORAGE_MISSING);
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "The account has no secret storage");
      return FALSE;
    }

  for (guint i = 0; i < ids->len; i++)
    {
      const char                *key_id = g_ptr_array_index (ids, i);
      g_autoptr (JsonObject)     untrusted_description = NULL;
      g_autoptr (MtxSecretBytes) key = NULL;
      g_autoptr (GError)         failure = NULL;

      if (!fetch_description (task->self, key_id, &untrusted_description, error))
        return FALSE;
      key = try_candidate (task, key_id, untrusted_description, untrusted_master, &failure);
      if (key != NULL)
        {
          take_key (task->self, key, key_id);
          return TRUE;
        }
      if (failure->domain != MTX_ERROR)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      /* Described badly, or another key: the next may be the one. */
      if (reason == NULL)
        reason = g_steal_pointer (&failure);
    }

  set_state (task->self, MTX_SECRET_STORAGE_FOREIGN);
  /* What the server said of the first key is for the log; to the person the key or passphrase is wrong. */
  g_set_error (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET, "No key of secret storage fits: %s", reason->message);

  return FALSE;
}

static DexFuture *
open_fiber (gpointer data)
{
  Task              *task = data;
  g_autoptr (GError) error = NULL;

  if (!find_key (task, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  set_state (task->self, MTX_SECRET_STORAGE_OPEN);

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, mtx_secret_bytes_ref (task->self->key));
}

/* In a fiber. Describes our key, unless an earlier try did. What stands there under our id and does not fit is
 * not ours to change. */
static gboolean
describe (Task    *task,
          GError **error)
{
  g_autofree char       *key_id = mtx_key_description_derive_id (task->secret, error);
  g_autofree char       *type = NULL;
  g_autoptr (JsonObject) untrusted = NULL;
  g_autoptr (JsonObject) description = NULL;

  if (key_id == NULL)
    return FALSE;
  type = g_strconcat (TYPE_KEY_PREFIX, key_id, NULL);
  if (!fetch (task->self, type, &untrusted, error))
    return FALSE;

  if (untrusted != NULL)
    {
      if (!fits (key_id, untrusted, NULL, task->secret, error))
        return FALSE;
    }
  else
    {
      description = mtx_key_description_new (task->secret, error);
      if (description == NULL || !put (task->self, type, description, error))
        return FALSE;
    }
  take_key (task->self, task->secret, key_id);

  return TRUE;
}

static DexFuture *
prepare_fiber (gpointer data)
{
  Task              *task = data;
  g_autoptr (GError) error = NULL;

  if (find_key (task, &error))
    return dex_future_new_true ();
  if (!g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_for_error (g_steal_pointer (&error));

  g_clear_error (&error);
  if (!describe (task, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
finish_fiber (gpointer data)
{
  Task                  *task = data;
  MtxSecretStorage      *self = task->self;
  g_autoptr (JsonObject) untrusted = NULL;
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (GError)     error = NULL;

  if (!fetch (self, TYPE_DEFAULT_KEY, &untrusted, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (untrusted == NULL)
    {
      content = json_object_new ();
      json_object_set_string_member (content, "key", self->key_id);
      if (!put (self, TYPE_DEFAULT_KEY, content, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
  set_state (self, MTX_SECRET_STORAGE_OPEN);

  return dex_future_new_true ();
}

static DexFuture *
load_fiber (gpointer data)
{
  Task                  *task = data;
  MtxSecretStorage      *self = task->self;
  g_autoptr (JsonObject) untrusted = NULL;
  g_autoptr (GError)     error = NULL;
  MtxSecretBytes        *secret;
  char                  *text;

  if (!fetch (self, task->name, &untrusted, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  text = decrypt (task->name, untrusted, self->key, self->key_id, &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (text == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no such secret");

  secret = mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
  mtx_secret_string_free (text);

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, secret);
}

static JsonObject *
seal (MtxSecretStorage *self,
      const char       *name,
      const char       *text,
      GError          **error)
{
  g_autoptr (MtxSealedSecret) sealed = mtx_secret_storage_encrypt (self->key, name, text, error);
  JsonObject                 *object;

  if (sealed == NULL)
    return NULL;

  object = json_object_new ();
  json_object_set_string_member (object, "iv", sealed->iv);
  json_object_set_string_member (object, "ciphertext", sealed->ciphertext);
  json_object_set_string_member (object, "mac", sealed->mac);

  return object;
}

/* Adds our copy beside those for other keys. If ours said something else, theirs are as old: they go. */
static JsonObject *
merge (MtxSecretStorage *self,
       JsonObject       *untrusted,
       JsonObject       *sealed,
       gboolean          is_change)
{
  JsonObject       *content = json_object_new ();
  JsonObject       *encrypted = json_object_new ();
  JsonObject       *theirs = untrusted != NULL ? mtx_json_get_object (untrusted, "encrypted") : NULL;
  g_autoptr (GList) names = theirs != NULL && !is_change ? json_object_get_members (theirs) : NULL;

  for (GList *name = names; name != NULL; name = name->next)
    json_object_set_member (encrypted, name->data, json_object_dup_member (theirs, name->data));
  json_object_set_object_member (encrypted, self->key_id, sealed);
  json_object_set_object_member (content, "encrypted", encrypted);

  return content;
}

/* In a fiber. */
static gboolean
store_text (MtxSecretStorage *self,
            const char       *name,
            const char       *text,
            GError          **error)
{
  g_autoptr (JsonObject) untrusted = NULL;
  g_autoptr (JsonObject) content = NULL;
  JsonObject            *sealed;
  char                  *stored;
  gboolean               is_same;
  gboolean               is_change;

  if (!fetch (self, name, &untrusted, error))
    return FALSE;

  /* Without an error: what does not open is replaced by what does. */
  stored = decrypt (name, untrusted, self->key, self->key_id, NULL);
  is_same = stored != NULL && g_str_equal (stored, text);
  is_change = stored != NULL && !is_same;
  g_clear_pointer (&stored, mtx_secret_string_free);
  if (is_same)
    return TRUE;

  sealed = seal (self, name, text, error);
  if (sealed == NULL)
    return FALSE;
  content = merge (self, untrusted, sealed, is_change);

  return put (self, name, content, error);
}

static DexFuture *
store_fiber (gpointer data)
{
  Task              *task = data;
  gsize              length = 0;
  const guint8      *bytes = mtx_secret_bytes_get (task->secret, &length);
  char              *text = g_strndup ((const char *)bytes, length);
  g_autoptr (GError) error = NULL;
  gboolean           is_stored = store_text (task->self, task->name, text, &error);

  mtx_secret_string_free (text);

  return is_stored ? dex_future_new_true () : dex_future_new_for_error (g_steal_pointer (&error));
}

static void
mtx_secret_storage_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  MtxSecretStorage *self = MTX_SECRET_STORAGE (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int)self->state);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_secret_storage_finalize (GObject *object)
{
  MtxSecretStorage *self = MTX_SECRET_STORAGE (object);

  g_clear_object (&self->http);
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->key_id, g_free);

  G_OBJECT_CLASS (mtx_secret_storage_parent_class)->finalize (object);
}

static void
mtx_secret_storage_class_init (MtxSecretStorageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = mtx_secret_storage_get_property;
  object_class->finalize = mtx_secret_storage_finalize;

  /**
   * MtxSecretStorage:state:
   *
   * What is known of the account's secret storage.
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, MTX_TYPE_SECRET_STORAGE_STATE, MTX_SECRET_STORAGE_UNKNOWN,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mtx_secret_storage_init (MtxSecretStorage *self)
{
}

/**
 * mtx_secret_storage_new:
 * @http: the connection, with a token
 * @user_id: our user
 *
 * Returns: (transfer full): the account's secret storage, not opened
 */
MtxSecretStorage *
mtx_secret_storage_new (MtxHttp    *http,
                        const char *user_id)
{
  MtxSecretStorage *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);

  self = g_object_new (MTX_TYPE_SECRET_STORAGE, NULL);
  self->http = g_object_ref (http);
  self->user_id = g_strdup (user_id);

  return self;
}

/**
 * mtx_secret_storage_get_state:
 * @self: a secret storage
 *
 * Returns: what is known of it
 */
MtxSecretStorageState
mtx_secret_storage_get_state (MtxSecretStorage *self)
{
  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (self), MTX_SECRET_STORAGE_UNKNOWN);

  return self->state;
}

/**
 * mtx_secret_storage_open:
 * @self: a secret storage
 * @key: 32 bytes, the security key
 *
 * Opens what is there, whoever made it: the default key, or the one among several that fits. Changes nothing.
 *
 * Returns: (transfer full): a future that resolves to the key (#MtxSecretBytes); rejects with %MTX_ERROR_NOT_FOUND if
 *   the account has no secret storage, %MTX_ERROR_WRONG_SECRET if the key opens none of it
 */
DexFuture *
mtx_secret_storage_open (MtxSecretStorage *self,
                         MtxSecretBytes   *key)
{
  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return mtx_fiber_spawn ("[storage-open]", open_fiber, task_new (self, key, NULL), task_free);
}

/**
 * mtx_secret_storage_open_with_passphrase:
 * @self: a secret storage
 * @passphrase: text, as the person typed it
 *
 * As mtx_secret_storage_open(), with the key that follows from a passphrase as other clients let people choose.
 *
 * Returns: (transfer full): a future that resolves to the key (#MtxSecretBytes), which from now on does without the
 *   passphrase; rejects as mtx_secret_storage_open() does
 */
DexFuture *
mtx_secret_storage_open_with_passphrase (MtxSecretStorage *self,
                                         MtxSecretBytes   *passphrase)
{
  Task *task;

  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (self), NULL);
  g_return_val_if_fail (passphrase != NULL, NULL);

  task = task_new (self, passphrase, NULL);
  task->is_passphrase = TRUE;

  return mtx_fiber_spawn ("[storage-open]", open_fiber, task, task_free);
}

/**
 * mtx_secret_storage_prepare:
 * @self: a secret storage
 * @key: 32 bytes, the security key
 *
 * The first half of setting up: secrets can be stored afterwards. It takes what is there if the key opens it, and
 * describes the key if there is nothing; what belongs to another key is left alone. May be repeated.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_WRONG_SECRET if somebody else
 *   made a secret storage
 */
DexFuture *
mtx_secret_storage_prepare (MtxSecretStorage *self,
                            MtxSecretBytes   *key)
{
  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return mtx_fiber_spawn ("[storage-prepare]", prepare_fiber, task_new (self, key, NULL), task_free);
}

/**
 * mtx_secret_storage_finish:
 * @self: a secret storage that was prepared
 *
 * The second half of setting up, after everything was stored: our key becomes the default one, unless there is
 * one. So whoever finds a default key finds everything. May be repeated.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_secret_storage_finish (MtxSecretStorage *self)
{
  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (self), NULL);
  g_return_val_if_fail (self->key != NULL, NULL);

  return mtx_fiber_spawn ("[storage-finish]", finish_fiber, task_new (self, NULL, NULL), task_free);
}

/**
 * mtx_secret_storage_load:
 * @self: a secret storage that was opened or prepared
 * @name: which secret
 *
 * Reads a secret. It was written by somebody who knows the key, and proves nothing else (threat 74).
 *
 * Returns: (transfer full): a future that resolves to #MtxSecretBytes, a text; rejects with %MTX_ERROR_NOT_FOUND, or
 *   %MTX_ERROR_UNTRUSTED or %MTX_ERROR_BAD_REPLY if it was changed
 */
DexFuture *
mtx_secret_storage_load (MtxSecretStorage *self,
                         const char       *name)
{
  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (self), NULL);
  g_return_val_if_fail (self->key != NULL && name != NULL, NULL);

  return mtx_fiber_spawn ("[storage-load]", load_fiber, task_new (self, NULL, name), task_free);
}

/**
 * mtx_secret_storage_store:
 * @self: a secret storage that was opened or prepared
 * @name: which secret
 * @text: UTF-8 text
 *
 * Keeps a secret. If it is there already, nothing is written. Copies for other keys stay, unless ours said
 * something else before: then theirs are as old and go.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once the server has it; rejects with %MTX_ERROR_TOO_LARGE
 *   if it is too long
 */
DexFuture *
mtx_secret_storage_store (MtxSecretStorage *self,
                          const char       *name,
                          MtxSecretBytes   *text)
{
  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (self), NULL);
  g_return_val_if_fail (self->key != NULL && name != NULL && text != NULL, NULL);

  return mtx_fiber_spawn ("[storage-store]", store_fiber, task_new (self, text, name), task_free);
}
