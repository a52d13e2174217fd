/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Web addresses from strangers: refused unless plainly harmless (provider.md, sections 2 and 4). Read by
 * hand, because providers' links are not valid URIs and a URI library would repair what must be refused.
 */
#pragma once

#include "sup-provider-types.h"

G_BEGIN_DECLS

#define SUP_URL_MAX_BYTES 2048

/**
 * SupUrlFlags:
 * @SUP_URL_DROP_QUERY: drop a query and a fragment instead of refusing them
 * @SUP_URL_ALLOW_LOOPBACK: accept http for a host that is this machine
 */
typedef enum
{
  SUP_URL_DEFAULT = 0,
  SUP_URL_DROP_QUERY = 1 << 0,
  SUP_URL_ALLOW_LOOPBACK = 1 << 1,
} SupUrlFlags;

gboolean  sup_url_is_https    (const char   *untrusted);
char     *sup_url_dup_base    (const char   *untrusted,
                               SupUrlFlags   flags,
                               GError      **error);
char     *sup_url_dup_decoded (const char   *untrusted,
                               gsize         length);

G_END_DECLS
