/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an item of ours looks like: the attributes it is found by and the form of its content.
 */
#pragma once

#include <libsecret/secret.h>

#include "mtx-types.h"

G_BEGIN_DECLS

const SecretSchema *mtx_secret_schema_get           (void);
GHashTable         *mtx_secret_schema_find_all      (void);
GHashTable         *mtx_secret_schema_find_item     (const char      *provider,
                                                     const char      *item);
char              **mtx_secret_schema_dup_providers (GPtrArray       *items);
SecretValue        *mtx_secret_schema_write         (MtxSecretBytes  *secret);
MtxSecretBytes     *mtx_secret_schema_read          (SecretValue     *untrusted,
                                                     GError         **error);

G_END_DECLS
