/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only caller of libolm (threats.md, section 6): strict form first, private copies in, sized buffers out,
 * wiped after. This file has the account and what all kinds of object share; the ratchets are in
 * mtx-olm-guard-session.c and mtx-olm-guard-megolm.c.
 *
 * libolm writes into its input buffers, trusts the shape of what it parses and reports failure through a
 * return value that is easily taken for a length. Each function here is one call made safe.
 */
#include "mtx-olm-guard-private.h"

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-olm-error.h"
#include "mtx-public-key.h"
#include "mtx-random.h"

/* What the library is given beyond what it asked for. */
#define SLACK_BYTES 64

/* An account with all its one-time keys is below 10 000 characters. */
#define MAX_ACCOUNT_PICKLE 16384

static const MtxJsonLimits library_json = {
  .max_bytes = 16384,
  .max_depth = 3,
  .reject_duplicates = TRUE,
};

/* ---- shared by the guard's files ---- */

/* Memory for an output of @length bytes. */
MtxGuardScratch *
_mtx_guard_scratch_new (gsize length)
{
  MtxGuardScratch *self = g_malloc0 (sizeof *self + length + SLACK_BYTES);

  self->length = length;
  return self;
}

/* A private copy of an input, since the library may write into it. */
MtxGuardScratch *
_mtx_guard_scratch_new_copy (gconstpointer bytes,
                             gsize         length)
{
  MtxGuardScratch *self = _mtx_guard_scratch_new (length);

  if (length > 0)
    memcpy (self->bytes, bytes, length);
  return self;
}

/* Randomness for one call (guard rule G19). */
MtxGuardScratch *
_mtx_guard_scratch_new_random (gsize    length,
                               GError **error)
{
  g_autoptr (MtxGuardScratch) self = _mtx_guard_scratch_new (length);

  if (!mtx_random_fill (self->bytes, length, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
_mtx_guard_scratch_free (MtxGuardScratch *self)
{
  mtx_secret_wipe (self, sizeof *self + self->length + SLACK_BYTES);
  g_free (self);
}

/* The first @length bytes as text; a secret one is freed with mtx_secret_string_free (). */
char *
_mtx_guard_scratch_dup_text (MtxGuardScratch *self,
                             gsize            length)
{
  return g_strndup ((const char *)self->bytes, length);
}

/* Takes @self and hands out its first @length bytes, which are wiped with their last reference. */
GBytes *
_mtx_guard_scratch_to_bytes (MtxGuardScratch *self,
                             gsize            length)
{
  return g_bytes_new_with_free_func (self->bytes, length, (GDestroyNotify)_mtx_guard_scratch_free, self);
}

/* Every return value comes through here before anything else looks at it. */
gboolean
_mtx_guard_check (gsize       result,
                  gsize       reported,
                  const char *what,
                  const char *word,
                  GError    **error)
{
  if (result == olm_error ())
    {
      mtx_olm_set_error (error, what, word);
      return FALSE;
    }
  if (result > reported)
    {
      mtx_olm_set_error (error, what, "more output than announced");
      return FALSE;
    }

  return TRUE;
}

/* Whatever is wrong with a pickle, the object in it is lost. */
gboolean
_mtx_guard_check_unpickled (gsize       result,
                            const char *word,
                            GError    **error)
{
  if (result == olm_error ())
    {
      g_set_error (error, MTX_ERROR, MTX_ERROR_DAMAGED, "Unpickle: %s", word);
      return FALSE;
    }

  return TRUE;
}

gboolean
_mtx_guard_check_plaintext (gsize    length,
                            GError **error)
{
  if (length > MTX_GUARD_MAX_PLAINTEXT_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The text is too long for one event");
      return FALSE;
    }

  return TRUE;
}

/* Size first, then strict base64 (guard rules G14 and G1). */
GBytes *
_mtx_guard_decode_body (const char *untrusted_body,
                        GError    **error)
{
  if (untrusted_body != NULL
      && strnlen (untrusted_body, MTX_GUARD_MAX_BODY_BYTES + 1) > MTX_GUARD_MAX_BODY_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The ciphertext is too long for one event");
      return NULL;
    }

  return mtx_base64_decode (untrusted_body, MTX_BASE64_UNPADDED, error);
}

MtxSecretBytes *
_mtx_guard_pickle_join (MtxGuardScratch *key,
                        MtxGuardScratch *text,
                        gsize            text_length)
{
  guint8 *joined = g_malloc (key->length + text_length);

  memcpy (joined, key->bytes, key->length);
  memcpy (joined + key->length, text->bytes, text_length);

  return mtx_secret_bytes_new_take (joined, key->length + text_length);
}

gboolean
_mtx_guard_pickle_split (MtxSecretBytes   *pickle,
                         gsize             max_text_length,
                         MtxGuardScratch **key,
                         MtxGuardScratch **text,
                         GError          **error)
{
  gsize         length;
  const guint8 *bytes = mtx_secret_bytes_get (pickle, &length);

  if (length <= MTX_GUARD_PICKLE_KEY_BYTES || length - MTX_GUARD_PICKLE_KEY_BYTES > max_text_length)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "A pickle has an impossible length");
      return FALSE;
    }
  *key = _mtx_guard_scratch_new_copy (bytes, MTX_GUARD_PICKLE_KEY_BYTES);
  *text = _mtx_guard_scratch_new_copy (bytes + MTX_GUARD_PICKLE_KEY_BYTES, length - MTX_GUARD_PICKLE_KEY_BYTES);

  return TRUE;
}

/* ---- account ---- */

/**
 * mtx_guard_account_free:
 * @self: (transfer full): an account
 *
 * Clears, overwrites and frees an account.
 */
/**
 * mtx_guard_account_pickle:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Writes the whole state, for mtx_pickle_seal() only.
 *
 * Returns: (transfer full) (nullable): the state, or %NULL with %MTX_ERROR_FAILED
 */
/**
 * mtx_guard_account_unpickle:
 * @pickle: what mtx_guard_account_pickle() returned, authenticated by mtx_pickle_open() if it was stored
 * @error: (out) (optional): where to put an error
 *
 * Makes an account from its state.
 *
 * Returns: (transfer full) (nullable): the account, or %NULL with %MTX_ERROR_DAMAGED
 */
MTX_GUARD_DEFINE_PICKLING (MtxGuardAccount, account, account, MAX_ACCOUNT_PICKLE)

MTX_GUARD_DEFINE_STEP (MtxGuardAccount, account)

static gboolean
check_account (MtxGuardAccount *self,
               gsize            result,
               gsize            reported,
               const char      *what,
               GError         **error)
{
  return _mtx_guard_check (result, reported, what, olm_account_last_error (self->olm), error);
}

static JsonObject *
parse_library_json (MtxGuardScratch *text,
                    gsize            length,
                    GError         **error)
{
  return mtx_json_parse_object ((const char *)text->bytes, (gssize)length, &library_json, error);
}

/**
 * mtx_guard_account_new:
 * @error: (out) (optional): where to put an error
 *
 * Makes a new identity.
 *
 * Returns: (transfer full) (nullable): the account, or %NULL with %MTX_ERROR_FAILED
 */
MtxGuardAccount *
mtx_guard_account_new (GError **error)
{
  g_autoptr (MtxGuardAccount) self = mtx_guard_account_alloc ();
  g_autoptr (MtxGuardScratch) random = NULL;
  gsize                       result;

  random = _mtx_guard_scratch_new_random (olm_create_account_random_length (self->olm), error);
  if (random == NULL)
    return NULL;

  result = olm_create_account (self->olm, random->bytes, random->length);
  if (!check_account (self, result, G_MAXSIZE, "Create account", error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_guard_account_identity:
 * @self: an account
 * @curve25519: (out) (transfer full): the key sessions are made with
 * @ed25519: (out) (transfer full): the key signatures are made with
 * @error: (out) (optional): where to put an error
 *
 * Reads the public identity keys.
 *
 * Returns: %TRUE, or %FALSE with an error
 */
gboolean
mtx_guard_account_identity (MtxGuardAccount *self,
                            char           **curve25519,
                            char           **ed25519,
                            GError         **error)
{
  gsize                       reported = olm_account_identity_keys_length (self->olm);
  g_autoptr (MtxGuardScratch) text = _mtx_guard_scratch_new (reported);
  g_autoptr (JsonObject)      keys = NULL;
  const char                 *curve25519_text;
  const char                 *ed25519_text;
  gsize                       written;

  written = olm_account_identity_keys (self->olm, text->bytes, reported);
  if (!check_account (self, written, reported, "Identity keys", error))
    return FALSE;

  keys = parse_library_json (text, written, error);
  if (keys == NULL)
    return FALSE;
  curve25519_text = mtx_json_get_string (keys, "curve25519");
  ed25519_text = mtx_json_get_string (keys, "ed25519");
  if (!mtx_curve25519_key_check (curve25519_text, error) || !mtx_ed25519_key_check (ed25519_text, error))
    return FALSE;

  *curve25519 = g_strdup (curve25519_text);
  *ed25519 = g_strdup (ed25519_text);
  return TRUE;
}

/**
 * mtx_guard_account_sign:
 * @self: an account
 * @message: (array length=length): what to sign
 * @length: bytes in @message
 * @error: (out) (optional): where to put an error
 *
 * Signs with the identity's Ed25519 key.
 *
 * Returns: (transfer full) (nullable): the signature in unpadded base64, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_guard_account_sign (MtxGuardAccount *self,
                        const guint8    *message,
                        gsize            length,
                        GError         **error)
{
  gsize                       reported = olm_account_signature_length (self->olm);
  g_autoptr (MtxGuardScratch) input = _mtx_guard_scratch_new_copy (message, length);
  g_autoptr (MtxGuardScratch) signature = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_account_sign (self->olm, input->bytes, input->length, signature->bytes, reported);

  if (!check_account (self, written, reported, "Sign", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (signature, written);
}

/**
 * mtx_guard_account_max_one_time_keys:
 * @self: an account
 *
 * Returns: how many one-time keys an account can hold
 */
guint
mtx_guard_account_max_one_time_keys (MtxGuardAccount *self)
{
  return (guint)olm_account_max_number_of_one_time_keys (self->olm);
}

/**
 * mtx_guard_account_generate_one_time_keys:
 * @self: an account
 * @count: how many, at most mtx_guard_account_max_one_time_keys()
 * @error: (out) (optional): where to put an error
 *
 * Adds unpublished one-time keys; the oldest go if there are too many.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and @self unchanged
 */
gboolean
mtx_guard_account_generate_one_time_keys (MtxGuardAccount *self,
                                          guint            count,
                                          GError         **error)
{
  g_autoptr (MtxGuardAccount) changed = begin_account (self, error);
  g_autoptr (MtxGuardScratch) random = NULL;
  gsize                       result;

  if (changed == NULL)
    return FALSE;
  random = _mtx_guard_scratch_new_random (olm_account_generate_one_time_keys_random_length (changed->olm, count), error);
  if (random == NULL)
    return FALSE;
  result = olm_account_generate_one_time_keys (changed->olm, count, random->bytes, random->length);
  if (!check_account (changed, result, G_MAXSIZE, "Generate one-time keys", error))
    return FALSE;

  commit_account (self, changed);
  return TRUE;
}

/* {"curve25519":{"<id>":"<key>", …}} → table of id to key, each key checked. */
static GHashTable *
read_keys (MtxGuardScratch *text,
           gsize            length,
           GError         **error)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (JsonObject) root = parse_library_json (text, length, error);
  g_autoptr (GList)      ids = NULL;
  JsonObject            *keys;

  if (root == NULL)
    return NULL;
  keys = mtx_json_get_object (root, "curve25519");
  if (keys != NULL)
    ids = json_object_get_members (keys);

  for (GList *iter = ids; iter != NULL; iter = iter->next)
    {
      const char *key = mtx_json_get_string (keys, iter->data);

      if (!mtx_curve25519_key_check (key, error))
        return NULL;
      g_hash_table_insert (table, g_strdup (iter->data), g_strdup (key));
    }

  return g_steal_pointer (&table);
}

/**
 * mtx_guard_account_one_time_keys:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Reads the public one-time keys that were not marked as published.
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): key id → Curve25519 key, or %NULL with an error
 */
GHashTable *
mtx_guard_account_one_time_keys (MtxGuardAccount *self,
                                 GError         **error)
{
  gsize                       reported = olm_account_one_time_keys_length (self->olm);
  g_autoptr (MtxGuardScratch) text = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_account_one_time_keys (self->olm, text->bytes, reported);

  if (!check_account (self, written, reported, "One-time keys", error))
    return NULL;

  return read_keys (text, written, error);
}

/**
 * mtx_guard_account_generate_fallback_key:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Makes a new fallback key; the one before stays usable, the one before that is gone.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and @self unchanged
 */
gboolean
mtx_guard_account_generate_fallback_key (MtxGuardAccount *self,
                                         GError         **error)
{
  g_autoptr (MtxGuardAccount) changed = begin_account (self, error);
  g_autoptr (MtxGuardScratch) random = NULL;
  gsize                       result;

  if (changed == NULL)
    return FALSE;
  random = _mtx_guard_scratch_new_random (olm_account_generate_fallback_key_random_length (changed->olm), error);
  if (random == NULL)
    return FALSE;
  result = olm_account_generate_fallback_key (changed->olm, random->bytes, random->length);
  if (!check_account (changed, result, G_MAXSIZE, "Generate fallback key", error))
    return FALSE;

  commit_account (self, changed);
  return TRUE;
}

/**
 * mtx_guard_account_fallback_key:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Reads the public fallback key if it was not marked as published.
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): key id → Curve25519 key, with one entry or
 *   none, or %NULL with an error
 */
GHashTable *
mtx_guard_account_fallback_key (MtxGuardAccount *self,
                                GError         **error)
{
  gsize                       reported = olm_account_unpublished_fallback_key_length (self->olm);
  g_autoptr (MtxGuardScratch) text = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_account_unpublished_fallback_key (self->olm, text->bytes, reported);

  if (!check_account (self, written, reported, "Fallback key", error))
    return NULL;

  return read_keys (text, written, error);
}

/**
 * mtx_guard_account_forget_fallback_key:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Forgets the fallback key before the current one.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and @self unchanged
 */
gboolean
mtx_guard_account_forget_fallback_key (MtxGuardAccount *self,
                                       GError         **error)
{
  g_autoptr (MtxGuardAccount) changed = begin_account (self, error);

  if (changed == NULL)
    return FALSE;
  olm_account_forget_old_fallback_key (changed->olm);

  commit_account (self, changed);
  return TRUE;
}

/**
 * mtx_guard_account_mark_published:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Marks all one-time keys and the fallback key as published.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and @self unchanged
 */
gboolean
mtx_guard_account_mark_published (MtxGuardAccount *self,
                                  GError         **error)
{
  g_autoptr (MtxGuardAccount) changed = begin_account (self, error);
  gsize                       result;

  if (changed == NULL)
    return FALSE;
  result = olm_account_mark_keys_as_published (changed->olm);
  if (!check_account (changed, result, G_MAXSIZE, "Mark keys as published", error))
    return FALSE;

  commit_account (self, changed);
  return TRUE;
}

/**
 * mtx_guard_account_remove_one_time_key:
 * @self: an account
 * @used_by: the inbound session that began with the key
 * @error: (out) (optional): where to put an error
 *
 * Removes the one-time key a session has used up. A fallback key stays.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_MISSING_KEY and @self unchanged
 */
gboolean
mtx_guard_account_remove_one_time_key (MtxGuardAccount *self,
                                       MtxGuardSession *used_by,
                                       GError         **error)
{
  g_autoptr (MtxGuardAccount) changed = begin_account (self, error);
  gsize                       result;

  if (changed == NULL)
    return FALSE;
  result = olm_remove_one_time_keys (changed->olm, used_by->olm);
  if (!check_account (changed, result, G_MAXSIZE, "Remove one-time key", error))
    return FALSE;

  commit_account (self, changed);
  return TRUE;
}
