/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The guard's facet for short authentication strings: one agreement, bytes to show, MACs.
 */
#include "mtx-olm-guard-private.h"

#include "mtx-error.h"
#include "mtx-public-key.h"

struct _MtxGuardSas
{
  OlmSAS *olm;
};

/**
 * mtx_guard_sas_free:
 * @self: (transfer full): an agreement
 *
 * Clears, overwrites and frees an agreement.
 */
void
mtx_guard_sas_free (MtxGuardSas *self)
{
  g_clear_pointer (&self->olm, mtx_olm_sas_end);
  g_free (self);
}

static gboolean
check_sas (MtxGuardSas *self,
           gsize        result,
           gsize        reported,
           const char  *what,
           GError     **error)
{
  return _mtx_guard_check (result, reported, what, olm_sas_last_error (self->olm), error);
}

/**
 * mtx_guard_sas_new:
 * @error: (out) (optional): where to put an error
 *
 * Draws a key for one agreement.
 *
 * Returns: (transfer full) (nullable): the agreement, or %NULL with %MTX_ERROR_FAILED
 */
MtxGuardSas *
mtx_guard_sas_new (GError **error)
{
  g_autoptr (MtxGuardSas)     self = g_new0 (MtxGuardSas, 1);
  g_autoptr (MtxGuardScratch) random = NULL;
  gsize                       result;

  self->olm = mtx_olm_sas_alloc ();
  random = _mtx_guard_scratch_new_random (olm_create_sas_random_length (self->olm), error);
  if (random == NULL)
    return NULL;

  result = olm_create_sas (self->olm, random->bytes, random->length);
  if (!check_sas (self, result, G_MAXSIZE, "Make SAS", error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_guard_sas_public_key:
 * @self: an agreement
 * @error: (out) (optional): where to put an error
 *
 * Reads the public half of the key that was drawn.
 *
 * Returns: (transfer full) (nullable): the key in unpadded base64, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_guard_sas_public_key (MtxGuardSas *self,
                          GError     **error)
{
  gsize                       reported = olm_sas_pubkey_length (self->olm);
  g_autoptr (MtxGuardScratch) key = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_sas_get_pubkey (self->olm, key->bytes, reported);

  if (!check_sas (self, written, reported, "SAS key", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (key, strnlen ((const char *)key->bytes, reported));
}

/**
 * mtx_guard_sas_set_their_key:
 * @self: an agreement
 * @untrusted_their_key: (nullable): the other side's public key
 * @error: (out) (optional): where to put an error
 *
 * Agrees with the other side, once (guard rules G1, G2 and G8). libolm itself would take a second key, and any
 * point.
 *
 * Returns: %TRUE, or %FALSE with @self unchanged and %MTX_ERROR_BAD_REPLY for the form, %MTX_ERROR_UNTRUSTED
 *   for the point or a second key, or %MTX_ERROR_FAILED
 */
gboolean
mtx_guard_sas_set_their_key (MtxGuardSas *self,
                             const char  *untrusted_their_key,
                             GError     **error)
{
  g_autoptr (MtxGuardScratch) key = NULL;
  gsize                       result;

  if (!mtx_curve25519_key_check (untrusted_their_key, error))
    return FALSE;
  if (olm_sas_is_their_key_set (self->olm))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A second key for one SAS");
      return FALSE;
    }

  key = _mtx_guard_scratch_new_copy (untrusted_their_key, strlen (untrusted_their_key));
  result = olm_sas_set_their_key (self->olm, key->bytes, key->length);
  return check_sas (self, result, G_MAXSIZE, "SAS agreement", error);
}

/**
 * mtx_guard_sas_generate_bytes:
 * @self: an agreement whose other key is set
 * @info: what the bytes are bound to
 * @bytes: (out caller-allocates) (array length=length): the bytes
 * @length: how many
 * @error: (out) (optional): where to put an error
 *
 * Derives bytes that are the same on both sides, and for nobody else.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_guard_sas_generate_bytes (MtxGuardSas *self,
                              const char  *info,
                              guint8      *bytes,
                              gsize        length,
                              GError     **error)
{
  g_autoptr (MtxGuardScratch) input = _mtx_guard_scratch_new_copy (info, strlen (info));
  g_autoptr (MtxGuardScratch) output = _mtx_guard_scratch_new (length);
  gsize                       result;

  result = olm_sas_generate_bytes (self->olm, input->bytes, input->length, output->bytes, length);
  if (!check_sas (self, result, G_MAXSIZE, "SAS bytes", error))
    return FALSE;
  memcpy (bytes, output->bytes, length);

  return TRUE;
}

/**
 * mtx_guard_sas_calculate_mac:
 * @self: an agreement whose other key is set
 * @input: what is vouched for
 * @info: what the MAC is bound to
 * @error: (out) (optional): where to put an error
 *
 * Calculates a MAC the way `hkdf-hmac-sha256.v2` has it (guard rule G16): the older two have base64 of their
 * own, which nobody else can compute.
 *
 * Returns: (transfer full) (nullable): the MAC in unpadded base64, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_guard_sas_calculate_mac (MtxGuardSas *self,
                             const char  *input,
                             const char  *info,
                             GError     **error)
{
  gsize                       reported = olm_sas_mac_length (self->olm);
  g_autoptr (MtxGuardScratch) text = _mtx_guard_scratch_new_copy (input, strlen (input));
  g_autoptr (MtxGuardScratch) bound = _mtx_guard_scratch_new_copy (info, strlen (info));
  g_autoptr (MtxGuardScratch) mac = _mtx_guard_scratch_new (reported);
  gsize                       result;

  result = olm_sas_calculate_mac_fixed_base64 (self->olm, text->bytes, text->length, bound->bytes, bound->length,
                                               mac->bytes, reported);
  if (!check_sas (self, result, G_MAXSIZE, "SAS MAC", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (mac, strnlen ((const char *)mac->bytes, reported));
}
