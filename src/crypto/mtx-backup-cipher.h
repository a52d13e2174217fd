/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One room key of the server's key backup, closed with the backup's public key and opened with its private
 * one (specification, § Server-side key backups, m.megolm_backup.v1.curve25519-aes-sha2).
 *
 * Nothing in here proves who wrote a payload: everybody knows the public key, and the algorithm's MAC covers
 * nothing. What comes out is as untrusted as what went in. Plain functions of values, for any thread.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_BACKUP_ALGORITHM           "m.megolm_backup.v1.curve25519-aes-sha2"
#define MTX_BACKUP_KEY_BYTES           32
#define MTX_BACKUP_MAX_PLAINTEXT_BYTES 16384 /* an honest room key takes about one thousand */

/**
 * MtxBackupPayload:
 * @ephemeral: the public key drawn for this one payload
 * @ciphertext: the ciphertext
 * @mac: the MAC, which authenticates nothing
 *
 * The three members of `session_data`, each in unpadded base64.
 */
struct _MtxBackupPayload
{
  char *ephemeral;
  char *ciphertext;
  char *mac;
};

void              mtx_backup_payload_free (MtxBackupPayload  *self);
char             *mtx_backup_public_key   (MtxSecretBytes    *private_key,
                                           GError           **error);
MtxBackupPayload *mtx_backup_encrypt      (const char        *public_key,
                                           const guint8      *plaintext,
                                           gsize              length,
                                           GError           **error);
MtxSecretBytes   *mtx_backup_decrypt      (MtxSecretBytes    *private_key,
                                           const char        *untrusted_ephemeral,
                                           const char        *untrusted_ciphertext,
                                           const char        *untrusted_mac,
                                           GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxBackupPayload, mtx_backup_payload_free)

G_END_DECLS
