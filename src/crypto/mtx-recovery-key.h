/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key as a person writes it down (specification, appendices § Cryptographic key
 * representation), and the account password that follows from it.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_RECOVERY_KEY_BYTES 32

/**
 * MtxRecoveryKeyError:
 * What is wrong with a typed security key, so that the person can be told what to look at.
 */
typedef enum
{
  MTX_RECOVERY_KEY_ERROR_ALPHABET, /* a character that no security key contains */
  MTX_RECOVERY_KEY_ERROR_LENGTH,   /* too short or too long */
  MTX_RECOVERY_KEY_ERROR_PREFIX,   /* not a Matrix security key at all */
  MTX_RECOVERY_KEY_ERROR_PARITY,   /* mistyped somewhere */
} MtxRecoveryKeyError;

#define MTX_RECOVERY_KEY_ERROR (mtx_recovery_key_error_quark ())

GQuark          mtx_recovery_key_error_quark     (void);
char           *mtx_recovery_key_encode          (MtxSecretBytes  *key);
MtxSecretBytes *mtx_recovery_key_decode          (const char      *untrusted,
                                                  GError         **error);
char           *mtx_recovery_key_derive_password (MtxSecretBytes  *key,
                                                  GError         **error);

G_END_DECLS
