/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libsecret's asynchronous calls as futures; each rejects with an error of MTX_ERROR. None of them asks
 * the user: see mtx-secret-prompt.h.
 */
#pragma once

#include <libsecret/secret.h>

#include "mtx-types.h"

G_BEGIN_DECLS

GError    *mtx_secret_error_translate       (GError             *error);

DexFuture *mtx_secret_service_connect       (void);
DexFuture *mtx_secret_service_find          (SecretService      *service,
                                             const SecretSchema *schema,
                                             GHashTable         *attributes);
DexFuture *mtx_secret_collection_get        (SecretService      *service);
DexFuture *mtx_secret_item_add              (SecretCollection   *collection,
                                             const SecretSchema *schema,
                                             GHashTable         *attributes,
                                             const char         *label,
                                             SecretValue        *value);
DexFuture *mtx_secret_item_change_value     (SecretItem         *item,
                                             SecretValue        *value);
DexFuture *mtx_secret_item_change_label     (SecretItem         *item,
                                             const char         *label);
DexFuture *mtx_secret_item_remove           (SecretItem         *item);

DexFuture *mtx_secret_file_find             (GHashTable         *attributes);
DexFuture *mtx_secret_file_put              (const SecretSchema *schema,
                                             GHashTable         *attributes,
                                             const char         *label,
                                             SecretValue        *value);
DexFuture *mtx_secret_file_remove           (const SecretSchema *schema,
                                             GHashTable         *attributes);

DexFuture *mtx_secret_retrievable_read      (SecretRetrievable  *retrievable);

G_END_DECLS
