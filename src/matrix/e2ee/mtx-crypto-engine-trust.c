/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Other people's identities: what a changed one forbids, what a person decides about it, and our signature on one
 * that was verified (specification, § Recommended client behaviour; M37). Commands, so that nothing is encrypted
 * between a change being stored and being asked for.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-identity-judge.h"
#include "mtx-identity-keys.h"
#include "mtx-json.h"

/**
 * _mtx_crypto_engine_load_own_keys:
 * @self: an engine
 * @error: return location for an error
 *
 * Reads how the server last showed us. For commands.
 *
 * Returns: the stored state; %MTX_OWN_KEYS_UNPUBLISHED, with @error set, if it could not be read
 */
MtxOwnKeys
_mtx_crypto_engine_load_own_keys (MtxCryptoEngine *self,
                                  GError         **error)
{
  g_autoptr (GError) failure = NULL;
  gint64             own_keys;

  own_keys = dex_await_int64 (mtx_crypto_store_load_mark (mtx_crypto_engine_get_db (self),
                                                          MTX_CRYPTO_MARK_OWN_KEYS),
                              &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return MTX_OWN_KEYS_UNPUBLISHED;
    }

  return (MtxOwnKeys)CLAMP (own_keys, MTX_OWN_KEYS_UNPUBLISHED, MTX_OWN_KEYS_IDENTITY_REPLACED);
}

static gboolean
has_identity (GPtrArray  *identities,
              const char *user_id)
{
  for (guint i = 0; i < identities->len; i++)
    {
      if (g_str_equal (((const MtxIdentityRow *)g_ptr_array_index (identities, i))->user_id, user_id))
        return TRUE;
    }

  return FALSE;
}

/* Those with devices that nobody vouches for, as they have no identity to do it. */
static GStrv
find_unidentified (GPtrArray  *devices,
                   GPtrArray  *identities,
                   const char *own_user_id)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char              *last = own_user_id;

  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (device->deleted || g_str_equal (device->user_id, own_user_id) || g_str_equal (device->user_id, last)
          || has_identity (identities, device->user_id))
        continue;

      last = device->user_id; /* the devices of one user stand together */
      g_strv_builder_add (builder, last);
    }

  return g_strv_builder_end (builder);
}

static gboolean
check_changes (MtxCryptoEngine *self,
               GPtrArray       *identities,
               GError         **error)
{
  for (guint i = 0; i < identities->len; i++)
    {
      const MtxIdentityRow *row = g_ptr_array_index (identities, i);

      if (!g_str_equal (row->user_id, mtx_crypto_engine_get_user_id (self))
          && mtx_identity_state_blocks (mtx_identity_judge (row, MTX_OWN_KEYS_GOOD, NULL)))
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NEED_DECISION, "An identity changed");
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
is_no_identity_allowed (MtxCryptoEngine *self,
                        GError         **error)
{
  g_autoptr (GError) failure = NULL;
  gint64             is_allowed;

  is_allowed = dex_await_int64 (mtx_crypto_store_load_mark (mtx_crypto_engine_get_db (self),
                                                            MTX_CRYPTO_MARK_NO_IDENTITY_ALLOWED),
                                &failure);
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  else if (!is_allowed)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NEED_DECISION, "Somebody has no identity");

  return is_allowed != 0;
}

/**
 * _mtx_crypto_engine_check_members:
 * @self: an engine
 * @info: a room, with those who may read
 * @exempt: (out) (optional) (transfer full): those of them whose devices need no signature, by decision
 * @error: return location for an error
 *
 * Whether anything may be sent to these people: nobody's identity changed without being acknowledged (M37), and
 * everybody has one or it was decided that they need none (threat 16). Who has no device yet holds nobody up. For
 * commands: what the answer is good for has to happen in the same one.
 *
 * A changed identity can be verified again, so the steps of a verification go out to it (threat 17): they carry
 * nothing that a person wrote, and the key they are read with opens nothing that was said before.
 *
 * Returns: %FALSE with %MTX_ERROR_NEED_DECISION if not, or the store's error
 */
gboolean
_mtx_crypto_engine_check_members (MtxCryptoEngine   *self,
                                  MtxRoomCryptoInfo *info,
                                  GStrv             *exempt,
                                  GError           **error)
{
  MtxDb                *db = mtx_crypto_engine_get_db (self);
  const char *const    *members = mtx_room_crypto_info_get_members (info);
  g_autoptr (GPtrArray) identities = NULL;
  g_autoptr (GPtrArray) devices = NULL;
  g_auto (GStrv)        unidentified = NULL;

  identities = dex_await_boxed (mtx_device_store_load_identities (db, members), error);
  if (identities == NULL
      || (!mtx_room_crypto_info_is_for_verification (info) && !check_changes (self, identities, error)))
    return FALSE;
  devices = dex_await_boxed (mtx_device_store_load_devices (db, members), error);
  if (devices == NULL)
    return FALSE;

  unidentified = find_unidentified (devices, identities, mtx_crypto_engine_get_user_id (self));
  if (unidentified[0] != NULL && !is_no_identity_allowed (self, error))
    return FALSE;

  if (exempt != NULL)
    *exempt = g_steal_pointer (&unidentified);

  return TRUE;
}

typedef struct
{
  MtxDecision decision;
  char       *user_id;
  char       *master_key; /* NULL where none was on screen */
} Decide;

static void
decide_free (gpointer memory)
{
  Decide *decide = memory;

  g_clear_pointer (&decide->user_id, g_free);
  g_clear_pointer (&decide->master_key, g_free);
  g_free (decide);
}

static MtxIdentityRow *
load_identity (MtxCryptoEngine *self,
               const char      *user_id,
               GError         **error)
{
  const char           *users[] = { user_id, NULL };
  g_autoptr (GPtrArray) rows = NULL;

  rows = dex_await_boxed (mtx_device_store_load_identities (mtx_crypto_engine_get_db (self), users), error);
  if (rows == NULL)
    return NULL;
  if (rows->len == 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "The person has no identity");
      return NULL;
    }

  return mtx_identity_row_ref (g_ptr_array_index (rows, 0));
}

/* Whether the decision fits what is stored now, which may be something else than what was on screen. */
static gboolean
is_decidable (const Decide    *decide,
              MtxIdentityState state,
              const char      *shown,
              MtxOwnKeys       own_keys,
              GError         **error)
{
  if (g_strcmp0 (shown, decide->master_key) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The identity changed once more");
      return FALSE;
    }

  switch (decide->decision)
    {
    case MTX_DECISION_ACKNOWLEDGE:
      /* What was verified once is not waved through. */
      if (state != MTX_IDENTITY_VIOLATED)
        return TRUE;
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A verified identity changed");
      return FALSE;

    case MTX_DECISION_WITHDRAW:
      if (state == MTX_IDENTITY_VIOLATED)
        return TRUE;
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "No verification stands in the way");
      return FALSE;

    case MTX_DECISION_VERIFY:
    default:
      if (own_keys == MTX_OWN_KEYS_GOOD)
        return TRUE;
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Our own identity is not good");
      return FALSE;
    }
}

static DexFuture *
decide_command (MtxCryptoEngine *self,
                gpointer         data)
{
  const Decide              *decide = data;
  g_autoptr (MtxIdentityRow) stored = NULL;
  g_autoptr (MtxChangeSet)   changes = mtx_change_set_new ();
  g_autofree char           *shown = NULL;
  g_autoptr (GError)         error = NULL;
  MtxIdentityState           state;
  MtxIdentityRow             row;
  MtxOwnKeys                 own_keys;

  own_keys = _mtx_crypto_engine_load_own_keys (self, &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  stored = load_identity (self, decide->user_id, &error);
  if (stored == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  state = mtx_identity_judge (stored, own_keys, &shown);
  if (!is_decidable (decide, state, shown, own_keys, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  row = *stored;
  row.pinned_master_key = shown;
  row.changed = FALSE;
  row.verified = decide->decision == MTX_DECISION_VERIFY || (state != MTX_IDENTITY_VIOLATED && stored->verified);
  mtx_device_store_put_identity (changes, &row);
  if (!_mtx_crypto_engine_commit (self, changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  _mtx_crypto_engine_note_changed (self, decide->user_id);

  return dex_future_new_true ();
}

/**
 * _mtx_crypto_engine_decide:
 * @self: an engine
 * @decision: what was decided
 * @user_id: about whose identity
 * @master_key: the public master key that was on screen
 *
 * Keeps a person's decision about an identity.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once it is stored; rejects with %MTX_ERROR_UNTRUSTED if
 *   the identity is another one by now, if a verified one is only acknowledged, or if one is to be verified while our
 *   own is not good (threat 19); with %MTX_ERROR_INVALID if there is no verification to withdraw
 */
DexFuture *
_mtx_crypto_engine_decide (MtxCryptoEngine *self,
                           MtxDecision      decision,
                           const char      *user_id,
                           const char      *master_key)
{
  Decide *data = g_new0 (Decide, 1);

  data->decision = decision;
  data->user_id = g_strdup (user_id);
  data->master_key = g_strdup (master_key);

  return _mtx_crypto_engine_command (self, decide_command, data, decide_free);
}

typedef struct
{
  MtxRatchets *ratchets;
  JsonObject  *master; /* gets our signature */
} SignJob;

static DexFuture *
sign_job (gpointer data)
{
  SignJob           *job = data;
  g_autoptr (GError) error = NULL;

  if (!mtx_cross_signing_keys_sign_json (job->ratchets->keys,
                                         MTX_CROSS_SIGNING_USER_SIGNING,
                                         job->master,
                                         job->ratchets->user_id,
                                         &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static JsonObject *
sign_master (MtxCryptoEngine      *self,
             const MtxIdentityRow *row,
             const char           *master_key,
             GError              **error)
{
  const MtxJsonLimits    limits = { .max_bytes = 64 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autoptr (JsonObject) master = mtx_json_parse_object (row->master_json, -1, &limits, error);
  JsonObject            *body;
  JsonObject            *of_user;
  SignJob                job = { .ratchets = _mtx_crypto_engine_get_ratchets (self), .master = master };

  if (master == NULL)
    return NULL;

  /* Only what is new: signatures of others are theirs to publish. */
  json_object_remove_member (master, "signatures");
  if (!_mtx_crypto_engine_work (self, sign_job, &job, error))
    return NULL;

  of_user = json_object_new ();
  json_object_set_object_member (of_user, master_key, g_steal_pointer (&master));
  body = json_object_new ();
  json_object_set_object_member (body, row->user_id, of_user);

  return body;
}

static DexFuture *
sign_command (MtxCryptoEngine *self,
              gpointer         data)
{
  const char                *user_id = data;
  g_autoptr (MtxIdentityRow) row = NULL;
  g_autofree char           *master_key = NULL;
  g_autoptr (GError)         error = NULL;
  JsonObject                *body;
  MtxOwnKeys                 own_keys;

  own_keys = _mtx_crypto_engine_load_own_keys (self, &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  row = load_identity (self, user_id, &error);
  if (row == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (mtx_identity_judge (row, own_keys, &master_key) != MTX_IDENTITY_VERIFIED)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_UNTRUSTED, "Only a verified identity is signed");

  body = sign_master (self, row, master_key, &error);
  if (body == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, body);
}

/**
 * _mtx_crypto_engine_sign_identity:
 * @self: an engine
 * @user_id: somebody whose identity was verified
 *
 * Signs the identity with our user-signing key. Our keys never sign while the server shows another identity for us
 * (threat 18).
 *
 * Returns: (transfer full): a future that resolves to a boxed #JsonObject, the body of
 *   `POST /keys/signatures/upload`; rejects with %MTX_ERROR_UNTRUSTED if the identity is not verified
 */
DexFuture *
_mtx_crypto_engine_sign_identity (MtxCryptoEngine *self,
                                  const char      *user_id)
{
  return _mtx_crypto_engine_command (self, sign_command, g_strdup (user_id), g_free);
}
