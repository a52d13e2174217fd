/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One answer of `/keys/query`, judged: which devices and identities may be stored, whose lists are known
 * now, and what the server shows of ourselves. Pure and slow (signatures): run it in a thread.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-device-store.h"
#include "mtx-e2ee-types.h"

G_BEGIN_DECLS

/* The engine's flags in MtxDeviceRow.trust. */
typedef enum
{
  MTX_DEVICE_UNSIGNED,
  MTX_DEVICE_SIGNED,   /* by its owner's self-signing key */
} MtxDeviceTrust;

/* How something of ours looks in the server's answer. */
typedef enum
{
  MTX_SHOWN_NOT,
  MTX_SHOWN_AS_OURS,
  MTX_SHOWN_AS_OTHER,
} MtxShown;

/* What we know about ourselves before we ask. */
typedef struct
{
  const char *user_id;
  const char *device_id;
  const char *curve25519;
  const char *ed25519;
  const char *master_key;
  const char *self_signing_key;
  const char *user_signing_key; /* or NULL: nobody's signature counts as ours */
} MtxOwnIds;

typedef struct _MtxKeysReply MtxKeysReply;

struct _MtxKeysReply
{
  MtxChangeSet *changes;           /* devices and identities to be stored */
  GPtrArray    *answered;          /* of char*: users whose list is known now */
  GPtrArray    *failed;            /* of char*: users whose server did not answer */
  GPtrArray    *changed;           /* of char*: users with a device or identity that was not so before */
  MtxShown      own_device;        /* meaningful if our own user was answered */
  MtxShown      own_identity;
  gboolean      own_device_signed; /* our device carries our self-signing key's signature */
  gboolean      own_identity_signed; /* our master key carries our device's signature */
  guint         refused;           /* devices and identities that did not pass */
};

#define MTX_TYPE_KEYS_REPLY (mtx_keys_reply_get_type ())

GType         mtx_keys_reply_get_type (void);
MtxKeysReply *mtx_keys_reply_new      (JsonObject          *untrusted,
                                       const char * const  *asked,
                                       GPtrArray           *known_devices,
                                       GPtrArray           *known_identities,
                                       const MtxOwnIds     *own,
                                       gint64               now_ms);
MtxKeysReply *mtx_keys_reply_ref      (MtxKeysReply        *self);
void          mtx_keys_reply_unref    (MtxKeysReply        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxKeysReply, mtx_keys_reply_unref)

G_END_DECLS
