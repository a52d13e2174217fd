/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands inside an Olm message, written and checked (specification, § m.olm.v1.curve25519-aes-sha2;
 * M23). Olm itself authenticates only Curve25519 keys; these fields tie them to people and devices.
 */
#pragma once

#include "mtx-device-keys.h"
#include "mtx-e2ee-types.h"

G_BEGIN_DECLS

/* Who the message must be from and for. */
typedef struct
{
  const char *sender;         /* of the to-device event */
  const char *sender_key;     /* of the envelope; the session's identity key */
  const char *sender_ed25519; /* or NULL: the sender's device with that key is not known */
  const char *recipient;      /* us */
  const char *recipient_ed25519;
} MtxOlmParties;

typedef struct _MtxOlmPayload MtxOlmPayload;

struct _MtxOlmPayload
{
  char          *type;
  JsonObject    *untrusted_content;
  char          *claimed_ed25519;
  MtxDeviceKeys *device_keys;       /* or NULL: the sender did not enclose them */
};

MtxOlmPayload *mtx_olm_payload_new   (GBytes               *untrusted_plaintext,
                                      const MtxOlmParties  *parties,
                                      GError              **error);
void           mtx_olm_payload_free  (MtxOlmPayload        *self);
char          *mtx_olm_payload_write (const char           *type,
                                      JsonObject           *content,
                                      const MtxOlmParties  *parties,
                                      JsonObject           *sender_device_keys);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxOlmPayload, mtx_olm_payload_free)

G_END_DECLS
