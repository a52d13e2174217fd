/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The secrets of an account in every state of keyring and folder: nothing is made over what exists, and
 * nothing is made where something cannot be read (threats.md 103).
 */
#include "mtx-session-secrets.h"

#include <string.h>

#include <glib/gstdio.h>

#include "mtx-error.h"
#include "mtx-keyring-memory.h"
#include "mtx-secret-bytes.h"
#include "mtx-session-folder.h"
#include "mtx-test.h"

#define PROVIDER "0123456789abcdef"

static MtxSecretBytes *
open_secrets (MtxKeyring *keyring,
              const char *folder,
              gboolean    may_create,
              GError    **error)
{
  return dex_await_boxed (mtx_session_secrets_open (keyring, PROVIDER, "Example", folder, may_create ? MTX_SECRETS_CREATE : MTX_SECRETS_OPEN), error);
}

static char *
new_folder (void)
{
  g_autofree char *parent = mtx_test_tmp_dir ();

  return g_build_filename (parent, PROVIDER, NULL);
}

static guint
count_items (MtxKeyring *keyring)
{
  g_autoptr (MtxSecretBytes) store_key = dex_await_boxed (mtx_keyring_load (keyring, PROVIDER, "store-key"), NULL);
  g_autoptr (MtxSecretBytes) security_key = dex_await_boxed (mtx_keyring_load (keyring, PROVIDER, "security-key"), NULL);

  return (store_key != NULL ? 1 : 0) + (security_key != NULL ? 1 : 0);
}

static void
pretend_store (const char *folder)
{
  g_autofree char   *path = mtx_session_folder_dup_store_path (folder);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (path, "a database", -1, &error);
  g_assert_no_error (error);
}

static DexFuture *
test_new (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autofree char           *folder = new_folder ();
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) first = open_secrets (keyring, folder, TRUE, &error);
  g_autoptr (MtxSecretBytes) again = NULL;
  g_autoptr (MtxSecretBytes) later = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (mtx_secret_bytes_get_size (first), ==, 32);
  g_assert_cmpuint (count_items (keyring), ==, 2);

  /* Interrupted before the store was made: the same secrets serve. */
  again = open_secrets (keyring, folder, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (mtx_secret_bytes_equal (first, again));

  pretend_store (folder);
  dex_await (mtx_session_folder_settle (folder), &error);
  g_assert_no_error (error);
  later = open_secrets (keyring, folder, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (mtx_secret_bytes_equal (first, later));

  return NULL;
}

static DexFuture *
test_restore_only (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autofree char           *folder = new_folder ();
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = open_secrets (keyring, folder, FALSE, &error);

  g_assert_null (key);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
  g_assert_cmpuint (count_items (keyring), ==, 0);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));

  return NULL;
}

static DexFuture *
test_threat_103_unreadable (gpointer data)
{
  const struct
  {
    MtxKeyringMemoryState state;
    MtxError              code;
  } cases[] = {
    { MTX_KEYRING_MEMORY_LOCKED, MTX_ERROR_LOCKED },
    { MTX_KEYRING_MEMORY_ABSENT, MTX_ERROR_ABSENT },
    { MTX_KEYRING_MEMORY_WRONG_SECRET, MTX_ERROR_WRONG_SECRET },
  };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
      g_autofree char           *folder = new_folder ();
      g_autoptr (GError)         error = NULL;
      g_autoptr (MtxSecretBytes) key = NULL;
      gboolean                   has_store = i % 2 == 1;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (has_store)
        pretend_store (folder);
      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (keyring), cases[i / 2].state);
      key = open_secrets (keyring, folder, TRUE, &error);
      g_assert_null (key);
      g_assert_error (error, MTX_ERROR, (int)cases[i / 2].code);
      g_assert_true (g_file_test (folder, G_FILE_TEST_EXISTS) == has_store);

      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (keyring), MTX_KEYRING_MEMORY_AVAILABLE);
      g_assert_cmpuint (count_items (keyring), ==, 0);
    }

  return NULL;
}

static DexFuture *
test_threat_103_store_without_key (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autofree char           *folder = new_folder ();
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = NULL;

  pretend_store (folder);
  key = open_secrets (keyring, folder, TRUE, &error);
  g_assert_null (key);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET);
  g_assert_cmpuint (count_items (keyring), ==, 0);

  return NULL;
}

static DexFuture *
test_threat_103_key_without_store (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autofree char           *folder = new_folder ();
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) made = open_secrets (keyring, folder, TRUE, &error);
  g_autoptr (MtxSecretBytes) key = NULL;

  g_assert_no_error (error);

  /* The folder is lost: what the secrets belonged to must not be begun anew. */
  dex_await (mtx_session_folder_settle (folder), &error);
  g_assert_no_error (error);
  g_rmdir (folder);
  key = open_secrets (keyring, folder, TRUE, &error);
  g_assert_null (key);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_assert_cmpuint (count_items (keyring), ==, 2);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));

  return NULL;
}

static DexFuture *
test_damaged_item (gpointer data)
{
  const char *items[] = { "store-key", "security-key" };

  for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
      g_autofree char           *folder = new_folder ();
      g_autoptr (GError)         error = NULL;
      g_autoptr (MtxSecretBytes) made = open_secrets (keyring, folder, TRUE, &error);
      g_autoptr (MtxSecretBytes) key = NULL;

      g_assert_no_error (error);
      mtx_keyring_memory_damage (MTX_KEYRING_MEMORY (keyring), PROVIDER, items[i]);
      key = open_secrets (keyring, folder, TRUE, &error);
      g_assert_null (key);
      g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
    }

  return NULL;
}

static DexFuture *
test_derived (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autofree char           *folder = new_folder ();
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) store_key = open_secrets (keyring, folder, TRUE, &error);
  g_autoptr (MtxSecretBytes) database = mtx_session_secrets_derive_database (store_key, &error);
  g_autoptr (MtxSecretBytes) database_again = mtx_session_secrets_derive_database (store_key, &error);
  g_autoptr (MtxSecretBytes) pickles = mtx_session_secrets_derive_pickles (store_key, &error);
  g_autoptr (MtxSecretBytes) security_key = dex_await_boxed (mtx_keyring_load (keyring, PROVIDER, "security-key"), &error);
  g_autoptr (MtxSecretBytes) password = dex_await_boxed (mtx_session_secrets_load_password (keyring, PROVIDER), &error);

  g_assert_no_error (error);
  g_assert_true (mtx_secret_bytes_equal (database, database_again));
  g_assert_false (mtx_secret_bytes_equal (database, pickles));
  g_assert_false (mtx_secret_bytes_equal (database, store_key));
  g_assert_false (mtx_secret_bytes_equal (store_key, security_key));
  g_assert_cmpuint (mtx_secret_bytes_get_size (password), ==, 43);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/session-secrets/new", test_new);
  mtx_test_add_fiber ("/session-secrets/restore-only", test_restore_only);
  mtx_test_add_fiber ("/session-secrets/threat-103-unreadable", test_threat_103_unreadable);
  mtx_test_add_fiber ("/session-secrets/threat-103-store-without-key", test_threat_103_store_without_key);
  mtx_test_add_fiber ("/session-secrets/threat-103-key-without-store", test_threat_103_key_without_store);
  mtx_test_add_fiber ("/session-secrets/damaged-item", test_damaged_item);
  mtx_test_add_fiber ("/session-secrets/derived", test_derived);

  return g_test_run ();
}
