/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encrypts and decrypts a file as a stream (specification, § Sending encrypted attachments, version v2).
 * What a decryption puts out is worthless until mtx_attachment_cipher_finish_decrypt() has said yes.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_ATTACHMENT_CIPHER (mtx_attachment_cipher_get_type ())

G_DECLARE_FINAL_TYPE (MtxAttachmentCipher, mtx_attachment_cipher, MTX, ATTACHMENT_CIPHER, GObject)

MtxAttachmentCipher *mtx_attachment_cipher_new_encrypt    (GError               **error);
MtxAttachmentCipher *mtx_attachment_cipher_new_decrypt    (JsonObject            *untrusted_file,
                                                           GError               **error);
gboolean             mtx_attachment_cipher_update         (MtxAttachmentCipher   *self,
                                                           const guint8          *input,
                                                           gsize                  length,
                                                           guint8                *output,
                                                           GError               **error);
JsonObject          *mtx_attachment_cipher_finish_encrypt (MtxAttachmentCipher   *self,
                                                           GError               **error);
gboolean             mtx_attachment_cipher_finish_decrypt (MtxAttachmentCipher   *self,
                                                           GError               **error);

G_END_DECLS
