/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person's public cross-signing keys as a value: a master key that signs a self-signing key and, where
 * it is visible, a user-signing key.
 */
#include "mtx-identity-keys.h"

#include "mtx-cross-signing-keys.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-public-key.h"
#include "mtx-signed-json.h"

#define IDENTITY_KEY_MAX_BYTES (64 * 1024)

struct _MtxIdentityKeys
{
  char *keys[MTX_CROSS_SIGNING_N_ROLES];  /* public keys; the user-signing one may be NULL */
  char *texts[MTX_CROSS_SIGNING_N_ROLES]; /* the signed objects, as they are stored */
};

G_DEFINE_BOXED_TYPE (MtxIdentityKeys, mtx_identity_keys, mtx_identity_keys_ref, mtx_identity_keys_unref)

static const MtxJsonLimits stored_limits = {
  .max_bytes = IDENTITY_KEY_MAX_BYTES,
  .max_depth = MTX_JSON_MAX_DEPTH,
  .reject_duplicates = TRUE,
};

/* A key says its role, and no second one: a key in two roles could be used across them (threat 8). */
static gboolean
usage_is (JsonObject         *untrusted,
          MtxCrossSigningRole role)
{
  JsonArray *usage = mtx_json_get_array (untrusted, "usage");

  if (usage == NULL || json_array_get_length (usage) != 1)
    return FALSE;

  return g_strcmp0 (mtx_json_array_string (usage, 0), mtx_cross_signing_role_get_usage (role)) == 0;
}

static const char *
single_key (JsonObject *untrusted)
{
  JsonObject       *keys = mtx_json_get_object (untrusted, "keys");
  g_autoptr (GList) names = NULL;
  const char       *key;

  if (keys == NULL || json_object_get_size (keys) != 1)
    return NULL;

  names = json_object_get_members (keys);
  key = mtx_json_get_string (keys, names->data);
  if (key == NULL || !g_str_has_prefix (names->data, "ed25519:")
      || !g_str_equal ((const char *)names->data + strlen ("ed25519:"), key))
    return NULL;

  return key;
}

static gboolean
read_role (MtxIdentityKeys    *self,
           MtxCrossSigningRole role,
           const char         *user_id,
           JsonObject         *untrusted,
           GError            **error)
{
  const char *key = single_key (untrusted);

  if (key == NULL || !usage_is (untrusted, role)
      || g_strcmp0 (mtx_json_get_string (untrusted, "user_id"), user_id) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A cross-signing key is malformed");
      return FALSE;
    }
  if (!mtx_ed25519_key_check (key, error))
    return FALSE;

  if (role != MTX_CROSS_SIGNING_MASTER)
    {
      const char      *master = self->keys[MTX_CROSS_SIGNING_MASTER];
      g_autofree char *key_id = g_strconcat ("ed25519:", master, NULL);

      if (!mtx_signed_json_verify (untrusted, user_id, key_id, master, error))
        return FALSE;
    }

  for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
    {
      if (g_strcmp0 (self->keys[i], key) == 0)
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "One cross-signing key has two roles");
          return FALSE;
        }
    }

  self->keys[role] = g_strdup (key);
  self->texts[role] = mtx_json_to_string (untrusted);

  return TRUE;
}

/**
 * mtx_identity_keys_new:
 * @user_id: whose identity
 * @untrusted_master: the `master_keys` entry
 * @untrusted_self_signing: (nullable): the `self_signing_keys` entry
 * @untrusted_user_signing: (nullable): the `user_signing_keys` entry, which servers show to its owner only
 * @error: return location for an error
 *
 * Checks an identity: right user and role, one key each, three different keys of full strength, the
 * master key's signature on the others. Without a good self-signing key there is no identity, as nothing
 * could be concluded from it (threats 8, 10, 22, 23).
 *
 * Returns: (transfer full) (nullable): the identity, or %NULL with %MTX_ERROR_UNTRUSTED
 */
MtxIdentityKeys *
mtx_identity_keys_new (const char *user_id,
                       JsonObject *untrusted_master,
                       JsonObject *untrusted_self_signing,
                       JsonObject *untrusted_user_signing,
                       GError    **error)
{
  g_autoptr (MtxIdentityKeys) self = NULL;

  g_return_val_if_fail (user_id != NULL, NULL);
  g_return_val_if_fail (untrusted_master != NULL, NULL);

  self = g_atomic_rc_box_new0 (MtxIdentityKeys);

  if (!read_role (self, MTX_CROSS_SIGNING_MASTER, user_id, untrusted_master, error))
    return NULL;

  if (untrusted_self_signing == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The identity has no self-signing key");
      return NULL;
    }
  if (!read_role (self, MTX_CROSS_SIGNING_SELF_SIGNING, user_id, untrusted_self_signing, error))
    return NULL;

  if (untrusted_user_signing != NULL
      && !read_role (self, MTX_CROSS_SIGNING_USER_SIGNING, user_id, untrusted_user_signing, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_identity_keys_new_from_row:
 * @row: a stored identity
 * @error: return location for an error
 *
 * Reads a stored identity, with all checks again.
 *
 * Returns: (transfer full) (nullable): the identity, or %NULL with an error
 */
MtxIdentityKeys *
mtx_identity_keys_new_from_row (const MtxIdentityRow *row,
                                GError              **error)
{
  g_autoptr (JsonObject) master = NULL;
  g_autoptr (JsonObject) self_signing = NULL;
  g_autoptr (JsonObject) user_signing = NULL;

  g_return_val_if_fail (row != NULL, NULL);

  master = mtx_json_parse_object (row->master_json, -1, &stored_limits, error);
  if (master == NULL)
    return NULL;
  self_signing = mtx_json_parse_object (row->self_signing_json, -1, &stored_limits, error);
  if (self_signing == NULL)
    return NULL;
  if (row->user_signing_json != NULL)
    {
      user_signing = mtx_json_parse_object (row->user_signing_json, -1, &stored_limits, error);
      if (user_signing == NULL)
        return NULL;
    }

  return mtx_identity_keys_new (row->user_id, master, self_signing, user_signing, error);
}

/**
 * mtx_identity_keys_ref:
 * @self: a value
 *
 * Returns: (transfer full): @self
 */
MtxIdentityKeys *
mtx_identity_keys_ref (MtxIdentityKeys *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_identity_keys_clear (gpointer data)
{
  MtxIdentityKeys *self = data;

  for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
    {
      g_clear_pointer (&self->keys[i], g_free);
      g_clear_pointer (&self->texts[i], g_free);
    }
}

/**
 * mtx_identity_keys_unref:
 * @self: (transfer full): a value
 *
 * Lets go of the value.
 */
void
mtx_identity_keys_unref (MtxIdentityKeys *self)
{
  g_atomic_rc_box_release_full (self, mtx_identity_keys_clear);
}

/**
 * mtx_identity_keys_get_key:
 * @self: an identity
 * @role: which of its keys
 *
 * Returns: (nullable): the public key; %NULL for a user-signing key that is not visible
 */
const char *
mtx_identity_keys_get_key (const MtxIdentityKeys *self,
                           MtxCrossSigningRole    role)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (role < MTX_CROSS_SIGNING_N_ROLES, NULL);

  return self->keys[role];
}

/**
 * mtx_identity_keys_get_text:
 * @self: an identity
 * @role: which of its keys
 *
 * Returns: (nullable): the signed object with all its signatures, to be stored
 */
const char *
mtx_identity_keys_get_text (const MtxIdentityKeys *self,
                            MtxCrossSigningRole    role)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (role < MTX_CROSS_SIGNING_N_ROLES, NULL);

  return self->texts[role];
}

/**
 * mtx_identity_keys_has_key:
 * @self: an identity
 * @key: a public key or a device id
 *
 * Whether a text is one of the identity's public keys. No device may be named like one, or have one as
 * its own key, because key ids of both kinds look alike (threat 9).
 *
 * Returns: %TRUE if it is
 */
gboolean
mtx_identity_keys_has_key (const MtxIdentityKeys *self,
                           const char            *key)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
    {
      if (g_strcmp0 (self->keys[i], key) == 0)
        return TRUE;
    }

  return FALSE;
}
