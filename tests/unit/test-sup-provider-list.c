/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Provider files that a distributor installed.
 */
#include "mtx-test.h"
#include "sup-provider-file.h"
#include "sup-provider-list.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
dup_folder (const char *root,
            const char *data_dir)
{
  return g_build_filename (root, data_dir, "wallet-support", "providers", NULL);
}

static void
write_file (const char *root,
            const char *data_dir,
            const char *name,
            const char *content)
{
  g_autofree char   *folder = dup_folder (root, data_dir);
  g_autofree char   *path = g_build_filename (folder, name, NULL);
  g_autofree char   *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (g_mkdir_with_parents (parent, 0700));
  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
}

static void
write_provider (const char *root,
                const char *data_dir,
                const char *name,
                const char *user)
{
  g_autofree char *content = g_strdup_printf ("{\"customChatSupportName\":\"%s\"}", user);

  write_file (root, data_dir, name, content);
}

static GPtrArray *
read_list (const char *root)
{
  g_autofree char *first = g_build_filename (root, "first", NULL);
  g_autofree char *second = g_build_filename (root, "second", NULL);
  g_autofree char *absent = g_build_filename (root, "absent", NULL);
  const char      *dirs[] = { first, absent, second, NULL };

  return sup_provider_list_read (dirs);
}

static void
assert_row (GPtrArray  *list,
            guint       index,
            const char *key,
            const char *name)
{
  SupProvider *provider = g_ptr_array_index (list, index);

  g_assert_cmpint (sup_provider_get_origin (provider), ==, SUP_PROVIDER_ORIGIN_DISTRIBUTOR);
  g_assert_cmpstr (sup_provider_get_key (provider), ==, key);
  g_assert_cmpstr (sup_provider_get_display_name (provider), ==, name);
}

static void
test_order (void)
{
  g_autofree char      *root = mtx_test_tmp_dir ();
  g_autoptr (GPtrArray) list = NULL;

  write_provider (root, "second", "b.json", "@b:second.example");
  write_provider (root, "second", "a.json", "@a:second.example");
  write_provider (root, "first", "b.json", "@b:first.example");
  write_provider (root, "first", "sub/c.json", "@c:first.example");
  write_provider (root, "first", "sub/deeper/d.json", "@d:first.example");
  write_provider (root, "first", ".hidden.json", "@h:first.example");
  write_provider (root, "first", "readme.txt", "@r:first.example");

  list = read_list (root);
  g_assert_cmpuint (list->len, ==, 3);
  assert_row (list, 0, "distributor:a.json", "second.example");
  assert_row (list, 1, "distributor:b.json", "first.example");
  assert_row (list, 2, "distributor:sub/c.json", "first.example");
}

static void
test_skipped (void)
{
  g_autofree char      *root = mtx_test_tmp_dir ();
  g_autofree char      *large = g_strnfill (SUP_PROVIDER_FILE_MAX_BYTES + 1, ' ');
  g_autofree char      *folder = dup_folder (root, "first");
  g_autofree char      *outside = g_build_filename (root, "outside.json", NULL);
  g_autofree char      *leading_out = g_build_filename (folder, "leading-out.json", NULL);
  g_autofree char      *inside = g_build_filename (folder, "inside.json", NULL);
  g_autofree char      *dangling = g_build_filename (folder, "dangling.json", NULL);
  g_autofree char      *pipe = g_build_filename (folder, "pipe.json", NULL);
  g_autofree char      *folder_json = g_build_filename (folder, "sub", "folder.json", NULL);
  g_autoptr (GPtrArray) list = NULL;

  write_provider (root, "first", "good.json", "@good:example.org");
  write_file (root, "first", "bad.json", "{");
  write_file (root, "first", "large.json", large);
  write_file (root, "first", "pointer.json", "{\"login\":\"a\",\"password\":\"b\",\"wallet-provider\":\"https://w.example\"}");
  g_assert_true (g_file_set_contents (outside, "{\"customChatSupportName\":\"@out:example.org\"}", -1, NULL));
  g_assert_no_errno (symlink (outside, leading_out));
  g_assert_no_errno (symlink ("good.json", inside));
  g_assert_no_errno (symlink ("nowhere.json", dangling));
  g_assert_no_errno (mkfifo (pipe, 0600));
  g_assert_no_errno (g_mkdir_with_parents (folder_json, 0700));

  list = read_list (root);
  g_assert_cmpuint (list->len, ==, 2);
  assert_row (list, 0, "distributor:good.json", "example.org");
  assert_row (list, 1, "distributor:inside.json", "example.org");
}

static void
test_limit (void)
{
  g_autofree char      *root = mtx_test_tmp_dir ();
  g_autoptr (GPtrArray) list = NULL;

  for (guint i = 0; i < SUP_PROVIDER_LIST_MAX_FILES + 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("%03u.json", i);

      write_provider (root, "first", name, "@a:example.org");
    }

  list = read_list (root);
  g_assert_cmpuint (list->len, ==, SUP_PROVIDER_LIST_MAX_FILES);
  assert_row (list, SUP_PROVIDER_LIST_MAX_FILES - 1, "distributor:031.json", "example.org");
}

static DexFuture *
test_load (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) list = dex_await_boxed (sup_provider_list_load (), &error);

  g_assert_no_error (error);
  g_assert_nonnull (list);
  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/list/order", test_order);
  g_test_add_func ("/provider/list/skipped", test_skipped);
  g_test_add_func ("/provider/list/limit", test_limit);
  mtx_test_add_fiber ("/provider/list/load", test_load);

  return g_test_run ();
}
