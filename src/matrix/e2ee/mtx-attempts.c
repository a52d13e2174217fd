/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Things from strangers that were begun and not completed, because they ended the process.
 */
#include "mtx-attempts.h"

#include "mtx-to-device-store.h"

/**
 * mtx_attempts_load:
 * @db: a database
 * @hashes: (array zero-terminated=1): what names the things that are about to be begun
 * @error: return location for an error
 *
 * Asks which of them were begun before and not completed. In a fiber.
 *
 * Returns: (transfer full) (nullable): hash → number of attempts, at most %MTX_MAX_ATTEMPTS; or %NULL with an error
 */
GHashTable *
mtx_attempts_load (MtxDb   *db,
                   GStrv    hashes,
                   GError **error)
{
  g_autoptr (GHashTable) attempts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray)  rows = NULL;

  rows = dex_await_boxed (mtx_to_device_store_load_attempts (db, (const char *const *)hashes), error);
  if (rows == NULL)
    return NULL;

  for (guint i = 0; i < rows->len; i++)
    {
      const MtxToDeviceAttemptRow *row = g_ptr_array_index (rows, i);

      g_hash_table_insert (attempts, g_strdup (row->hash), GINT_TO_POINTER ((int)MIN (row->attempts, MTX_MAX_ATTEMPTS)));
    }

  return g_steal_pointer (&attempts);
}
