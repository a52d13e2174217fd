/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the provider files of the system's data directories.
 */
#include "sup-provider-list.h"

#include "mtx-fiber.h"
#include "sup-provider-error.h"
#include "sup-provider-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROVIDERS_FOLDER "wallet-support/providers"

typedef struct
{
  char *name; /* relative to the folder, which makes it the same file in whichever data directory */
  char *path; /* resolved, inside the folder */
} Entry;

static void
entry_free (Entry *entry)
{
  g_free (entry->name);
  g_free (entry->path);
  g_free (entry);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  return g_strcmp0 ((*(Entry *const *)a)->name, (*(Entry *const *)b)->name);
}

static gboolean
has_entry (GPtrArray  *entries,
           const char *name)
{
  for (guint i = 0; i < entries->len; i++)
    if (g_str_equal (((Entry *)entries->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* The real place of a file, if it is inside the folder; a link may not lead out of it. */
static char *
resolve_inside (const char *folder,
                const char *path)
{
  g_autofree char *prefix = g_strconcat (folder, "/", NULL);
  char            *resolved = realpath (path, NULL);
  char            *inside = NULL;

  if (resolved != NULL && g_str_has_prefix (resolved, prefix))
    inside = g_strdup (resolved);
  free (resolved);
  return inside;
}

static void
collect_entries (const char *folder,
                 const char *subfolder,
                 GPtrArray  *entries)
{
  g_autofree char *here = g_build_filename (folder, subfolder, NULL);
  g_autoptr (GDir) dir = g_dir_open (here, 0, NULL);
  const char      *base;

  while (dir != NULL && (base = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = subfolder != NULL ? g_build_filename (subfolder, base, NULL) : g_strdup (base);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *resolved = resolve_inside (folder, path);
      Entry           *entry;

      if (base[0] == '.' || resolved == NULL)
        continue;

      if (subfolder == NULL && g_file_test (resolved, G_FILE_TEST_IS_DIR))
        {
          collect_entries (folder, name, entries);
          continue;
        }

      if (!g_str_has_suffix (name, ".json") || has_entry (entries, name))
        continue;

      entry = g_new0 (Entry, 1);
      entry->name = g_steal_pointer (&name);
      entry->path = g_steal_pointer (&resolved);
      g_ptr_array_add (entries, entry);
    }
}

/* At most one byte more than a provider file may have, so that the reader sees it is too large. */
static GBytes *
read_capped (const char *path)
{
  g_autofd int     fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree char *buffer = NULL;
  gsize            length = 0;
  struct stat      info;

  if (fd < 0 || fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    return NULL;

  buffer = g_malloc (SUP_PROVIDER_FILE_MAX_BYTES + 1);
  while (length <= SUP_PROVIDER_FILE_MAX_BYTES)
    {
      ssize_t n = read (fd, buffer + length, SUP_PROVIDER_FILE_MAX_BYTES + 1 - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return NULL;
      if (n == 0)
        break;
      length += (gsize)n;
    }

  return g_bytes_new_take (g_steal_pointer (&buffer), length);
}

static SupProvider *
read_entry (const Entry *entry)
{
  g_autoptr (SupProviderInput) input = NULL;
  g_autoptr (GBytes)           bytes = read_capped (entry->path);
  g_autoptr (GError)           error = NULL;

  if (bytes == NULL)
    {
      g_info ("provider file %s cannot be read", entry->name);
      return NULL;
    }

  input = sup_provider_file_read (g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes),
                                  SUP_PROVIDER_ORIGIN_DISTRIBUTOR, entry->name, &error);
  if (input == NULL)
    {
      g_info ("provider file %s: %s", entry->name, sup_provider_error_get_name ((SupProviderError)error->code));
      return NULL;
    }

  /* A pointer file asks for a fetch, which no row can offer before the user chose it. */
  if (sup_provider_input_get_kind (input) != SUP_PROVIDER_INPUT_PROVIDER)
    {
      g_info ("provider file %s holds no settings itself", entry->name);
      return NULL;
    }
  return sup_provider_ref (sup_provider_input_get_provider (input));
}

/**
 * sup_provider_list_read:
 * @data_dirs: (array zero-terminated=1): data directories, the most important first
 *
 * Reads `wallet-support/providers/` and its direct subfolders in each data directory (provider.md, section
 * 8). The first of equal names wins, even if it cannot be used; at most %SUP_PROVIDER_LIST_MAX_FILES files;
 * what is no provider file is skipped. Blocks: to be called in a thread.
 *
 * Returns: (transfer full) (element-type SupProvider): the providers, sorted by file name
 */
GPtrArray *
sup_provider_list_read (const char *const *data_dirs)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify)entry_free);
  g_autoptr (GPtrArray) providers = g_ptr_array_new_with_free_func ((GDestroyNotify)sup_provider_unref);

  g_return_val_if_fail (data_dirs != NULL, NULL);

  for (guint i = 0; data_dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (data_dirs[i], PROVIDERS_FOLDER, NULL);
      char            *folder = realpath (path, NULL);

      if (folder != NULL)
        collect_entries (folder, NULL, entries);
      free (folder);
    }

  g_ptr_array_sort (entries, compare_entries);
  for (guint i = 0; i < MIN (entries->len, SUP_PROVIDER_LIST_MAX_FILES); i++)
    {
      SupProvider *provider = read_entry (entries->pdata[i]);

      if (provider != NULL)
        g_ptr_array_add (providers, provider);
    }

  return g_steal_pointer (&providers);
}

static DexFuture *
load_in_thread (gpointer data)
{
  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, sup_provider_list_read (g_get_system_data_dirs ()));
}

/**
 * sup_provider_list_load:
 *
 * Reads the providers installed on this system, in a thread.
 *
 * Returns: (transfer full): a future that resolves to a #GPtrArray of #SupProvider, possibly empty; it is
 *   not rejected
 */
DexFuture *
sup_provider_list_load (void)
{
  return mtx_thread_run ("provider-list", load_in_thread, NULL, NULL);
}
