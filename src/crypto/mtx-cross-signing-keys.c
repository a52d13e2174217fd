/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The three private keys that say which devices and people belong together: master, self-signing and
 * user-signing (specification, § Cross-signing).
 */
#include "mtx-cross-signing-keys.h"

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-openssl-autocleanups.h"
#include "mtx-openssl-error.h"
#include "mtx-pickle-seal.h"
#include "mtx-secret-bytes.h"
#include "mtx-signed-json.h"

typedef struct
{
  MtxSecretBytes *seed;
  char           *public_key;
} Key;

struct _MtxCrossSigningKeys
{
  GObject parent_instance;

  /* owned, by MtxCrossSigningRole */
  Key keys[MTX_CROSS_SIGNING_N_ROLES];
};

G_DEFINE_FINAL_TYPE (MtxCrossSigningKeys, mtx_cross_signing_keys, G_TYPE_OBJECT)

/* There is one set of keys in each place, so its place says it all. */
#define PICKLE_ID "cross-signing"

static void
mtx_cross_signing_keys_finalize (GObject *object)
{
  MtxCrossSigningKeys *self = MTX_CROSS_SIGNING_KEYS (object);

  for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
    {
      g_clear_pointer (&self->keys[i].seed, mtx_secret_bytes_unref);
      g_clear_pointer (&self->keys[i].public_key, g_free);
    }

  G_OBJECT_CLASS (mtx_cross_signing_keys_parent_class)->finalize (object);
}

static void
mtx_cross_signing_keys_class_init (MtxCrossSigningKeysClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_cross_signing_keys_finalize;
}

static void
mtx_cross_signing_keys_init (MtxCrossSigningKeys *self)
{
}

static EVP_PKEY *
load_seed (MtxSecretBytes *seed,
           GError        **error)
{
  gsize         length;
  const guint8 *bytes = mtx_secret_bytes_get (seed, &length);
  EVP_PKEY     *key = EVP_PKEY_new_raw_private_key (EVP_PKEY_ED25519, NULL, bytes, length);

  if (key == NULL)
    mtx_openssl_set_error (error, "Ed25519 key");

  return key;
}

static char *
derive_public_key (MtxSecretBytes *seed,
                   GError        **error)
{
  g_autoptr (EVP_PKEY) key = load_seed (seed, error);
  guint8               bytes[MTX_ED25519_KEY_BYTES];
  gsize                length = sizeof bytes;

  if (key == NULL)
    return NULL;
  if (EVP_PKEY_get_raw_public_key (key, bytes, &length) != 1 || length != sizeof bytes)
    {
      mtx_openssl_set_error (error, "Ed25519 key");
      return NULL;
    }

  return mtx_base64_encode (bytes, sizeof bytes, MTX_BASE64_UNPADDED);
}

/* A MtxSignFunc; the signer is the seed. */
static char *
sign_with_seed (gpointer      signer,
                const guint8 *message,
                gsize         length,
                GError      **error)
{
  g_autoptr (EVP_PKEY)   key = load_seed (signer, error);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  guint8                 signature[MTX_ED25519_SIGNATURE_BYTES];
  gsize                  signature_length = sizeof signature;

  if (key == NULL)
    return NULL;
  if (context == NULL
      || EVP_DigestSignInit (context, NULL, NULL, NULL, key) != 1
      || EVP_DigestSign (context, signature, &signature_length, message, length) != 1
      || signature_length != sizeof signature)
    {
      mtx_openssl_set_error (error, "Ed25519 signature");
      return NULL;
    }

  return mtx_base64_encode (signature, sizeof signature, MTX_BASE64_UNPADDED);
}

/**
 * mtx_cross_signing_keys_new:
 * @error: (out) (optional): where to put an error
 *
 * Draws three new keys. Store them before anything of them leaves the machine.
 *
 * Returns: (transfer full) (nullable): the keys, or %NULL with %MTX_ERROR_FAILED
 */
MtxCrossSigningKeys *
mtx_cross_signing_keys_new (GError **error)
{
  g_autoptr (MtxSecretBytes) master = NULL;
  g_autoptr (MtxSecretBytes) self_signing = NULL;
  g_autoptr (MtxSecretBytes) user_signing = NULL;

  master = mtx_secret_bytes_random (MTX_ED25519_SEED_BYTES, error);
  if (master == NULL)
    return NULL;
  self_signing = mtx_secret_bytes_random (MTX_ED25519_SEED_BYTES, error);
  if (self_signing == NULL)
    return NULL;
  user_signing = mtx_secret_bytes_random (MTX_ED25519_SEED_BYTES, error);
  if (user_signing == NULL)
    return NULL;

  return mtx_cross_signing_keys_new_from_seeds (master, self_signing, user_signing, error);
}

/**
 * mtx_cross_signing_keys_new_from_seeds:
 * @master: 32 bytes
 * @self_signing: 32 bytes
 * @user_signing: 32 bytes
 * @error: (out) (optional): where to put an error
 *
 * Makes the keys from their seeds. One key in two roles is refused: a signature would count for both. Compare
 * the public keys with the published ones before using them.
 *
 * Returns: (transfer full) (nullable): the keys, or %NULL with %MTX_ERROR_INVALID if a seed has another length
 *   or two are the same, or %MTX_ERROR_FAILED
 */
MtxCrossSigningKeys *
mtx_cross_signing_keys_new_from_seeds (MtxSecretBytes *master,
                                       MtxSecretBytes *self_signing,
                                       MtxSecretBytes *user_signing,
                                       GError        **error)
{
  g_autoptr (MtxCrossSigningKeys) self = NULL;
  MtxSecretBytes                 *seeds[MTX_CROSS_SIGNING_N_ROLES] = { master, self_signing, user_signing };

  g_return_val_if_fail (master != NULL && self_signing != NULL && user_signing != NULL, NULL);

  for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
    if (mtx_secret_bytes_get_size (seeds[i]) != MTX_ED25519_SEED_BYTES
        || mtx_secret_bytes_equal (seeds[i], seeds[(i + 1) % MTX_CROSS_SIGNING_N_ROLES]))
      {
        g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "These seeds cannot be cross-signing keys");
        return NULL;
      }

  self = g_object_new (MTX_TYPE_CROSS_SIGNING_KEYS, NULL);
  for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
    {
      self->keys[i].seed = mtx_secret_bytes_ref (seeds[i]);
      self->keys[i].public_key = derive_public_key (seeds[i], error);
      if (self->keys[i].public_key == NULL)
        return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * mtx_cross_signing_keys_new_published:
 * @seeds: (array fixed-size=3): 32 bytes each, by #MtxCrossSigningRole, from secret storage or another device
 * @published: (array fixed-size=3): the public keys of the account, verified, by #MtxCrossSigningRole
 * @error: (out) (optional): where to put an error
 *
 * Makes the keys from seeds somebody else kept, if they are the ones the account's public keys belong to.
 * One wrong seed refuses all three.
 *
 * Returns: (transfer full) (nullable): the keys, or %NULL with %MTX_ERROR_INVALID if the seeds cannot be
 *   cross-signing keys, %MTX_ERROR_UNTRUSTED if they are not these, or %MTX_ERROR_FAILED
 */
MtxCrossSigningKeys *
mtx_cross_signing_keys_new_published (MtxSecretBytes *const seeds[MTX_CROSS_SIGNING_N_ROLES],
                                      const char *const     published[MTX_CROSS_SIGNING_N_ROLES],
                                      GError              **error)
{
  g_autoptr (MtxCrossSigningKeys) self = NULL;

  self = mtx_cross_signing_keys_new_from_seeds (seeds[MTX_CROSS_SIGNING_MASTER], seeds[MTX_CROSS_SIGNING_SELF_SIGNING],
                                                seeds[MTX_CROSS_SIGNING_USER_SIGNING], error);
  for (guint i = 0; self != NULL && i < MTX_CROSS_SIGNING_N_ROLES; i++)
    if (g_strcmp0 (self->keys[i].public_key, published[i]) != 0)
      {
        g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A private key is not that of the published key");
        return NULL;
      }

  return g_steal_pointer (&self);
}

/**
 * mtx_cross_signing_keys_new_from_pickle:
 * @untrusted_sealed: what mtx_cross_signing_keys_to_pickle() returned
 * @master_key: 32 bytes from the keyring (not the master cross-signing key)
 * @place: the same name as when they were sealed
 * @error: (out) (optional): where to put an error
 *
 * Restores the keys.
 *
 * Returns: (transfer full) (nullable): the keys, or %NULL with %MTX_ERROR_DAMAGED
 */
MtxCrossSigningKeys *
mtx_cross_signing_keys_new_from_pickle (GBytes         *untrusted_sealed,
                                        MtxSecretBytes *master_key,
                                        const char     *place,
                                        GError        **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  g_autoptr (MtxSecretBytes) master = NULL;
  g_autoptr (MtxSecretBytes) self_signing = NULL;
  g_autoptr (MtxSecretBytes) user_signing = NULL;
  const guint8              *bytes;
  gsize                      length;

  pickle = mtx_pickle_open (MTX_PICKLE_CROSS_SIGNING, place, PICKLE_ID, master_key, untrusted_sealed, error);
  if (pickle == NULL)
    return NULL;

  bytes = mtx_secret_bytes_get (pickle, &length);
  if (length != MTX_CROSS_SIGNING_N_ROLES * MTX_ED25519_SEED_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "A pickle has an impossible length");
      return NULL;
    }
  master = mtx_secret_bytes_new (bytes, MTX_ED25519_SEED_BYTES);
  self_signing = mtx_secret_bytes_new (bytes + MTX_ED25519_SEED_BYTES, MTX_ED25519_SEED_BYTES);
  user_signing = mtx_secret_bytes_new (bytes + 2 * MTX_ED25519_SEED_BYTES, MTX_ED25519_SEED_BYTES);

  return mtx_cross_signing_keys_new_from_seeds (master, self_signing, user_signing, error);
}

/**
 * mtx_cross_signing_keys_to_pickle:
 * @self: the keys
 * @master_key: 32 bytes from the keyring (not the master cross-signing key)
 * @place: whom the keys belong to, for instance the user id
 * @error: (out) (optional): where to put an error
 *
 * Seals the three seeds for the store.
 *
 * Returns: (transfer full) (nullable): the sealed pickle, or %NULL with %MTX_ERROR_FAILED
 */
GBytes *
mtx_cross_signing_keys_to_pickle (MtxCrossSigningKeys *self,
                                  MtxSecretBytes      *master_key,
                                  const char          *place,
                                  GError             **error)
{
  guint8  seeds[MTX_CROSS_SIGNING_N_ROLES * MTX_ED25519_SEED_BYTES];
  GBytes *sealed;

  g_return_val_if_fail (MTX_IS_CROSS_SIGNING_KEYS (self), NULL);

  for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
    memcpy (seeds + i * MTX_ED25519_SEED_BYTES, mtx_secret_bytes_get (self->keys[i].seed, NULL), MTX_ED25519_SEED_BYTES);

  sealed = mtx_pickle_seal (MTX_PICKLE_CROSS_SIGNING, place, PICKLE_ID, master_key, seeds, sizeof seeds, error);
  mtx_secret_wipe (seeds, sizeof seeds);

  return sealed;
}

/**
 * mtx_cross_signing_role_get_usage:
 * @role: a role
 *
 * Returns: the one word in the `usage` of a key with this role
 */
const char *
mtx_cross_signing_role_get_usage (MtxCrossSigningRole role)
{
  switch (role)
    {
    case MTX_CROSS_SIGNING_MASTER:
      return "master";
    case MTX_CROSS_SIGNING_SELF_SIGNING:
      return "self_signing";
    case MTX_CROSS_SIGNING_USER_SIGNING:
      return "user_signing";
    default:
      g_return_val_if_reached (NULL);
    }
}

/**
 * mtx_cross_signing_keys_get_seed:
 * @self: the keys
 * @role: which of them
 *
 * Returns: (transfer none): the private part, for secret storage
 */
MtxSecretBytes *
mtx_cross_signing_keys_get_seed (MtxCrossSigningKeys *self,
                                 MtxCrossSigningRole  role)
{
  g_return_val_if_fail (MTX_IS_CROSS_SIGNING_KEYS (self), NULL);
  g_return_val_if_fail (role < MTX_CROSS_SIGNING_N_ROLES, NULL);

  return self->keys[role].seed;
}

/**
 * mtx_cross_signing_keys_get_public:
 * @self: the keys
 * @role: which of them
 *
 * Returns: the public part in unpadded base64, which is also the second half of its key id
 */
const char *
mtx_cross_signing_keys_get_public (MtxCrossSigningKeys *self,
                                   MtxCrossSigningRole  role)
{
  g_return_val_if_fail (MTX_IS_CROSS_SIGNING_KEYS (self), NULL);
  g_return_val_if_fail (role < MTX_CROSS_SIGNING_N_ROLES, NULL);

  return self->keys[role].public_key;
}

/**
 * mtx_cross_signing_keys_build:
 * @self: the keys
 * @role: which of them
 * @user_id: whose keys they are
 * @error: (out) (optional): where to put an error
 *
 * Builds the key object for `/keys/device_signing/upload`. Self-signing and user-signing key are signed by
 * the master key; the master key carries no signature yet, the device's comes later.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %MTX_ERROR_FAILED
 */
JsonObject *
mtx_cross_signing_keys_build (MtxCrossSigningKeys *self,
                              MtxCrossSigningRole  role,
                              const char          *user_id,
                              GError             **error)
{
  g_autoptr (JsonObject) object = NULL;
  g_autofree char       *key_id = NULL;
  const char            *public_key;
  JsonArray             *usage;
  JsonObject            *keys;

  g_return_val_if_fail (MTX_IS_CROSS_SIGNING_KEYS (self), NULL);
  g_return_val_if_fail (role < MTX_CROSS_SIGNING_N_ROLES, NULL);
  g_return_val_if_fail (user_id != NULL, NULL);

  public_key = self->keys[role].public_key;
  key_id = g_strconcat ("ed25519:", public_key, NULL);

  object = json_object_new ();
  json_object_set_string_member (object, "user_id", user_id);
  usage = json_array_new ();
  json_array_add_string_element (usage, mtx_cross_signing_role_get_usage (role));
  json_object_set_array_member (object, "usage", usage);
  keys = json_object_new ();
  json_object_set_string_member (keys, key_id, public_key);
  json_object_set_object_member (object, "keys", keys);

  if (role != MTX_CROSS_SIGNING_MASTER
      && !mtx_cross_signing_keys_sign_json (self, MTX_CROSS_SIGNING_MASTER, object, user_id, error))
    return NULL;

  return g_steal_pointer (&object);
}

/**
 * mtx_cross_signing_keys_sign_json:
 * @self: the keys
 * @role: which of them signs
 * @object: what to sign; gets the signature, keeps those it has
 * @user_id: whose keys they are
 * @error: (out) (optional): where to put an error
 *
 * Signs an object: device keys of our own with the self-signing key, other people's master keys with the
 * user-signing key, a backup's `auth_data` with the master key.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_INVALID if @object has no canonical form, or %MTX_ERROR_FAILED
 */
gboolean
mtx_cross_signing_keys_sign_json (MtxCrossSigningKeys *self,
                                  MtxCrossSigningRole  role,
                                  JsonObject          *object,
                                  const char          *user_id,
                                  GError             **error)
{
  g_autofree char *key_id = NULL;

  g_return_val_if_fail (MTX_IS_CROSS_SIGNING_KEYS (self), FALSE);
  g_return_val_if_fail (role < MTX_CROSS_SIGNING_N_ROLES, FALSE);

  key_id = g_strconcat ("ed25519:", self->keys[role].public_key, NULL);
  return mtx_signed_json_sign (object, user_id, key_id, sign_with_seed, self->keys[role].seed, error);
}
