/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The filter goes along with each request instead of being uploaded once: it saves a round trip at the start,
 * and there is no id of it that a server could forget.
 */
#include "mtx-sync-filter.h"

/**
 * mtx_sync_filter_dup_json:
 *
 * The filter of our syncs (specification, § Filtering): members only as far as their messages need them (M6),
 * twenty events per room, no presence, no typing; of the account's data only what we read.
 *
 * Returns: (transfer full): JSON for the `filter` parameter
 */
char *
mtx_sync_filter_dup_json (void)
{
  return g_strdup ("{\"presence\":{\"not_types\":[\"*\"]},"
                   "\"account_data\":{\"types\":[\"m.direct\",\"m.key_backup\",\"m.org.matrix.custom.backup_disabled\"]},"
                   "\"room\":{\"timeline\":{\"limit\":20,\"lazy_load_members\":true},"
                   "\"state\":{\"lazy_load_members\":true},"
                   "\"ephemeral\":{\"types\":[\"m.receipt\"]},"
                   "\"account_data\":{\"not_types\":[\"*\"]}}}");
}
