/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One answer of `/keys/query`, judged (specification, § POST /keys/query; M18). The server is not believed:
 * it may leave things out, but it cannot make a device or an identity that its owner did not sign.
 */
#include "mtx-keys-reply.h"

#include "mtx-device-keys.h"
#include "mtx-id.h"
#include "mtx-identity-keys.h"
#include "mtx-json.h"
#include "mtx-signed-json.h"

G_DEFINE_BOXED_TYPE (MtxKeysReply, mtx_keys_reply, mtx_keys_reply_ref, mtx_keys_reply_unref)

/* What the functions below work on for one answer. */
typedef struct
{
  JsonObject      *untrusted;
  GPtrArray       *known_devices;
  GPtrArray       *known_identities;
  const MtxOwnIds *own;
  gint64           now_ms;
  MtxKeysReply    *reply;
} Judge;

static const MtxDeviceRow *
find_device (Judge      *judge,
             const char *user_id,
             const char *device_id)
{
  for (guint i = 0; i < judge->known_devices->len; i++)
    {
      const MtxDeviceRow *row = g_ptr_array_index (judge->known_devices, i);

      if (g_str_equal (row->user_id, user_id) && g_str_equal (row->device_id, device_id))
        return row;
    }

  return NULL;
}

static const MtxIdentityRow *
find_identity (Judge      *judge,
               const char *user_id)
{
  for (guint i = 0; i < judge->known_identities->len; i++)
    {
      const MtxIdentityRow *row = g_ptr_array_index (judge->known_identities, i);

      if (g_str_equal (row->user_id, user_id))
        return row;
    }

  return NULL;
}

static void
note_changed (Judge      *judge,
              const char *user_id)
{
  if (!g_ptr_array_find_with_equal_func (judge->reply->changed, user_id, g_str_equal, NULL))
    g_ptr_array_add (judge->reply->changed, g_strdup (user_id));
}

static JsonObject *
lookup_cross_signing (Judge      *judge,
                      const char *section,
                      const char *user_id)
{
  JsonObject *keys = mtx_json_get_object (judge->untrusted, section);

  return keys != NULL ? mtx_json_get_object (keys, user_id) : NULL;
}

static MtxIdentityKeys *
read_identity (Judge      *judge,
               const char *user_id)
{
  JsonObject                 *master = lookup_cross_signing (judge, "master_keys", user_id);
  g_autoptr (MtxIdentityKeys) identity = NULL;
  g_autoptr (GError)          error = NULL;

  if (master == NULL)
    return NULL;

  identity = mtx_identity_keys_new (user_id,
                                    master,
                                    lookup_cross_signing (judge, "self_signing_keys", user_id),
                                    lookup_cross_signing (judge, "user_signing_keys", user_id),
                                    &error);
  if (identity == NULL)
    {
      g_debug ("An identity was refused: %s", error->message);
      judge->reply->refused++;
    }

  return g_steal_pointer (&identity);
}

/* On a new machine our own signature says whom we verified on an earlier one: nobody else can make it. */
static gboolean
is_verified_by_us (Judge      *judge,
                   const char *user_id)
{
  const MtxOwnIds *own = judge->own;
  JsonObject      *master = lookup_cross_signing (judge, "master_keys", user_id);
  g_autofree char *key_id = NULL;

  if (own->user_signing_key == NULL || g_str_equal (user_id, own->user_id))
    return FALSE;

  key_id = g_strconcat ("ed25519:", own->user_signing_key, NULL);

  return mtx_signed_json_verify (master, own->user_id, key_id, own->user_signing_key, NULL);
}

/* The first identity seen is pinned. A later one is kept beside the pin and marked as a change, never
 * silently accepted (M37). Our own is never taken from the server: we made it. */
static void
store_identity (Judge           *judge,
                const char      *user_id,
                MtxIdentityKeys *identity)
{
  const MtxIdentityRow *known = find_identity (judge, user_id);
  const char           *master = mtx_identity_keys_get_key (identity, MTX_CROSS_SIGNING_MASTER);
  MtxIdentityRow        row = {
           .user_id = user_id,
           .master_json = mtx_identity_keys_get_text (identity, MTX_CROSS_SIGNING_MASTER),
           .self_signing_json = mtx_identity_keys_get_text (identity, MTX_CROSS_SIGNING_SELF_SIGNING),
           .user_signing_json = mtx_identity_keys_get_text (identity, MTX_CROSS_SIGNING_USER_SIGNING),
           .pinned_master_key = known != NULL ? known->pinned_master_key : master,
           .verified = known != NULL ? known->verified : is_verified_by_us (judge, user_id),
           .first_seen_at = known != NULL ? known->first_seen_at : judge->now_ms,
  };

  row.changed = !g_str_equal (row.pinned_master_key, master);

  if (known != NULL && g_str_equal (known->master_json, row.master_json)
      && g_str_equal (known->self_signing_json, row.self_signing_json)
      && g_strcmp0 (known->user_signing_json, row.user_signing_json) == 0)
    return;

  mtx_device_store_put_identity (judge->reply->changes, &row);
  note_changed (judge, user_id);
}

static void
note_own_identity (Judge           *judge,
                   MtxIdentityKeys *identity)
{
  const MtxOwnIds *own = judge->own;
  JsonObject      *master = lookup_cross_signing (judge, "master_keys", own->user_id);
  g_autofree char *key_id = g_strconcat ("ed25519:", own->device_id, NULL);

  if (identity == NULL
      || !g_str_equal (mtx_identity_keys_get_key (identity, MTX_CROSS_SIGNING_MASTER), own->master_key)
      || !g_str_equal (mtx_identity_keys_get_key (identity, MTX_CROSS_SIGNING_SELF_SIGNING), own->self_signing_key))
    {
      judge->reply->own_identity = master != NULL ? MTX_SHOWN_AS_OTHER : MTX_SHOWN_NOT;
      return;
    }

  judge->reply->own_identity = MTX_SHOWN_AS_OURS;
  judge->reply->own_identity_signed = mtx_signed_json_verify (master, own->user_id, key_id, own->ed25519, NULL);
}

/* The identity to judge the user's devices by: the one shown now, else the one known from before. */
static MtxIdentityKeys *
judge_identity (Judge      *judge,
                const char *user_id)
{
  g_autoptr (MtxIdentityKeys) identity = read_identity (judge, user_id);
  const MtxIdentityRow       *known;

  if (g_str_equal (user_id, judge->own->user_id))
    {
      note_own_identity (judge, identity);
      if (judge->reply->own_identity == MTX_SHOWN_AS_OTHER)
        return NULL;
    }

  if (identity != NULL)
    {
      store_identity (judge, user_id, identity);
      return g_steal_pointer (&identity);
    }

  known = find_identity (judge, user_id);

  return known != NULL ? mtx_identity_keys_new_from_row (known, NULL) : NULL;
}

static void
note_own_device (Judge         *judge,
                 MtxDeviceKeys *keys,
                 gboolean       is_signed)
{
  gboolean is_ours = keys != NULL
                     && g_str_equal (mtx_device_keys_get_curve25519 (keys), judge->own->curve25519)
                     && g_str_equal (mtx_device_keys_get_ed25519 (keys), judge->own->ed25519);

  judge->reply->own_device = is_ours ? MTX_SHOWN_AS_OURS : MTX_SHOWN_AS_OTHER;
  judge->reply->own_device_signed = is_ours && is_signed;
}

/* Returns the reason a device is refused, or NULL. A device that changed its keys is refused and the old
 * one kept: a device never changes its keys (threats 3, 4). */
static const char *
find_objection (MtxDeviceKeys      *keys,
                MtxIdentityKeys    *identity,
                const MtxDeviceRow *known)
{
  if (identity != NULL
      && (mtx_identity_keys_has_key (identity, mtx_device_keys_get_device_id (keys))
          || mtx_identity_keys_has_key (identity, mtx_device_keys_get_ed25519 (keys))))
    return "its id or key is a cross-signing key";

  if (known != NULL && !g_str_equal (known->ed25519, mtx_device_keys_get_ed25519 (keys)))
    return "its Ed25519 key changed";

  if (known != NULL && !g_str_equal (known->curve25519, mtx_device_keys_get_curve25519 (keys)))
    return "its Curve25519 key changed";

  return NULL;
}

static void
judge_device (Judge           *judge,
              const char      *user_id,
              const char      *device_id,
              JsonObject      *untrusted,
              MtxIdentityKeys *identity)
{
  const MtxDeviceRow *known = find_device (judge, user_id, device_id);
  gboolean            is_own = g_str_equal (user_id, judge->own->user_id)
                    && g_str_equal (device_id, judge->own->device_id);
  g_autoptr (MtxDeviceKeys) keys = NULL;
  g_autoptr (GError)        error = NULL;
  const char               *objection = NULL;
  gboolean                  is_signed;

  keys = mtx_device_keys_new (untrusted, user_id, device_id, &error);
  is_signed = keys != NULL && identity != NULL
              && mtx_device_keys_is_signed_by (keys, mtx_identity_keys_get_key (identity, MTX_CROSS_SIGNING_SELF_SIGNING));

  if (is_own)
    {
      note_own_device (judge, keys, is_signed);
      if (judge->reply->own_device != MTX_SHOWN_AS_OURS)
        objection = "it stands under our own device's id";
    }

  if (keys == NULL)
    objection = error->message;
  else if (objection == NULL)
    objection = find_objection (keys, identity, known);

  if (objection != NULL)
    {
      g_debug ("A device was refused: %s", objection);
      judge->reply->refused++;
      return;
    }

  if (known != NULL && !known->deleted && g_str_equal (known->keys_json, mtx_device_keys_get_text (keys))
      && known->trust == (is_signed ? MTX_DEVICE_SIGNED : MTX_DEVICE_UNSIGNED))
    return;

  mtx_device_store_put_device (judge->reply->changes,
                               &(MtxDeviceRow){
                                   .user_id = user_id,
                                   .device_id = device_id,
                                   .curve25519 = mtx_device_keys_get_curve25519 (keys),
                                   .ed25519 = mtx_device_keys_get_ed25519 (keys),
                                   .keys_json = mtx_device_keys_get_text (keys),
                                   .trust = is_signed ? MTX_DEVICE_SIGNED : MTX_DEVICE_UNSIGNED,
                                   .no_olm_sent = known != NULL && known->no_olm_sent,
                                   .first_seen_at = known != NULL ? known->first_seen_at : judge->now_ms,
                               });
  note_changed (judge, user_id);
}

/* What is not in the list any more is marked, never forgotten: its keys must not come back as others. */
static void
mark_deleted (Judge      *judge,
              const char *user_id,
              JsonObject *devices)
{
  for (guint i = 0; i < judge->known_devices->len; i++)
    {
      const MtxDeviceRow *known = g_ptr_array_index (judge->known_devices, i);
      MtxDeviceRow        row;

      if (known->deleted || !g_str_equal (known->user_id, user_id)
          || (devices != NULL && json_object_has_member (devices, known->device_id)))
        continue;

      row = *known;
      row.deleted = TRUE;
      mtx_device_store_put_device (judge->reply->changes, &row);
      note_changed (judge, user_id);
    }
}

static void
judge_user (Judge      *judge,
            const char *user_id,
            JsonObject *devices)
{
  g_autoptr (MtxIdentityKeys) identity = judge_identity (judge, user_id);

  if (devices != NULL)
    {
      JsonObjectIter iter;
      const char    *device_id;
      JsonNode      *node;

      json_object_iter_init (&iter, devices);
      while (json_object_iter_next (&iter, &device_id, &node))
        {
          if (JSON_NODE_HOLDS_OBJECT (node))
            judge_device (judge, user_id, device_id, json_node_get_object (node), identity);
          else
            judge->reply->refused++;
        }
    }

  mark_deleted (judge, user_id, devices);
}

static gboolean
server_failed (Judge      *judge,
               const char *user_id)
{
  JsonObject           *failures = mtx_json_get_object (judge->untrusted, "failures");
  g_autoptr (MtxUserId) id = mtx_user_id_new (user_id, NULL);

  return failures != NULL && id != NULL && json_object_has_member (failures, mtx_user_id_get_server (id));
}

/**
 * mtx_keys_reply_new:
 * @untrusted: the body of the answer
 * @asked: (array zero-terminated=1): the users asked for; whoever else is in the answer is ignored (threat 6)
 * @known_devices: (element-type MtxDeviceRow): what is stored of these users' devices
 * @known_identities: (element-type MtxIdentityRow): what is stored of these users' identities
 * @own: ourselves
 * @now_ms: the time
 *
 * Judges an answer. A user whose server failed keeps what is known (M17); one who is simply absent has no
 * devices.
 *
 * Returns: (transfer full): what follows from the answer
 */
MtxKeysReply *
mtx_keys_reply_new (JsonObject        *untrusted,
                    const char *const *asked,
                    GPtrArray         *known_devices,
                    GPtrArray         *known_identities,
                    const MtxOwnIds   *own,
                    gint64             now_ms)
{
  g_autoptr (MtxKeysReply) self = NULL;
  JsonObject              *all_devices;
  Judge                    judge;

  g_return_val_if_fail (untrusted != NULL, NULL);
  g_return_val_if_fail (asked != NULL, NULL);
  g_return_val_if_fail (own != NULL, NULL);

  self = g_atomic_rc_box_new0 (MtxKeysReply);
  self->changes = mtx_change_set_new ();
  self->answered = g_ptr_array_new_with_free_func (g_free);
  self->failed = g_ptr_array_new_with_free_func (g_free);
  self->changed = g_ptr_array_new_with_free_func (g_free);

  judge = (Judge){
    .untrusted = untrusted,
    .known_devices = known_devices,
    .known_identities = known_identities,
    .own = own,
    .now_ms = now_ms,
    .reply = self,
  };

  all_devices = mtx_json_get_object (untrusted, "device_keys");
  for (guint i = 0; asked[i] != NULL; i++)
    {
      JsonObject *devices = all_devices != NULL ? mtx_json_get_object (all_devices, asked[i]) : NULL;

      if (devices == NULL && server_failed (&judge, asked[i]))
        {
          g_ptr_array_add (self->failed, g_strdup (asked[i]));
          continue;
        }

      judge_user (&judge, asked[i], devices);
      g_ptr_array_add (self->answered, g_strdup (asked[i]));
    }

  return g_steal_pointer (&self);
}

/**
 * mtx_keys_reply_ref:
 * @self: a value
 *
 * Returns: (transfer full): @self
 */
MtxKeysReply *
mtx_keys_reply_ref (MtxKeysReply *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_keys_reply_clear (gpointer data)
{
  MtxKeysReply *self = data;

  g_clear_pointer (&self->changes, mtx_change_set_unref);
  g_clear_pointer (&self->answered, g_ptr_array_unref);
  g_clear_pointer (&self->failed, g_ptr_array_unref);
  g_clear_pointer (&self->changed, g_ptr_array_unref);
}

/**
 * mtx_keys_reply_unref:
 * @self: (transfer full): a value
 *
 * Lets go of the value.
 */
void
mtx_keys_reply_unref (MtxKeysReply *self)
{
  g_atomic_rc_box_release_full (self, mtx_keys_reply_clear);
}
