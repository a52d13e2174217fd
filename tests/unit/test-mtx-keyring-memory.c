/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The promises of a keyring, on the one whose state can be chosen.
 */
#include "mtx-keyring-memory.h"

#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-secret-bytes.h"

static MtxSecretBytes *
make_secret (const char *text)
{
  return mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
}

static void
assert_loads (MtxKeyring *keyring,
              const char *provider,
              const char *item,
              const char *text)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) loaded = dex_await_boxed (mtx_keyring_load (keyring, provider, item), &error);

  g_assert_no_error (error);
  g_assert_cmpmem (mtx_secret_bytes_get (loaded, NULL), mtx_secret_bytes_get_size (loaded), text, strlen (text));
}

static void
assert_rejects (DexFuture *future,
                MtxError   code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (future, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

static void
assert_resolves (DexFuture *future)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dex_await (future, &error));
  g_assert_no_error (error);
}

static DexFuture *
test_items (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autoptr (MtxSecretBytes) one = make_secret ("one");
  g_autoptr (MtxSecretBytes) two = make_secret ("two");

  assert_rejects (mtx_keyring_load (keyring, "p", "store-key"), MTX_ERROR_NOT_FOUND);
  assert_resolves (mtx_keyring_create (keyring, "p", "store-key", "Key", one));
  assert_rejects (mtx_keyring_load (keyring, "p", "account"), MTX_ERROR_NOT_FOUND);
  assert_rejects (mtx_keyring_load (keyring, "q", "store-key"), MTX_ERROR_NOT_FOUND);
  assert_loads (keyring, "p", "store-key", "one");

  assert_rejects (mtx_keyring_create (keyring, "p", "store-key", "Key", two), MTX_ERROR_REFUSED);
  assert_loads (keyring, "p", "store-key", "one");
  assert_resolves (mtx_keyring_replace (keyring, "p", "store-key", "Another key", two));
  assert_loads (keyring, "p", "store-key", "two");
  g_assert_cmpstr (mtx_keyring_memory_get_label (MTX_KEYRING_MEMORY (keyring), "p", "store-key"), ==, "Another key");
  assert_resolves (mtx_keyring_replace (keyring, "p", "account", "Account", one));
  assert_loads (keyring, "p", "account", "one");

  assert_resolves (mtx_keyring_forget (keyring, "p", "store-key"));
  assert_resolves (mtx_keyring_forget (keyring, "p", "store-key"));
  assert_rejects (mtx_keyring_load (keyring, "p", "store-key"), MTX_ERROR_NOT_FOUND);
  assert_loads (keyring, "p", "account", "one");

  return NULL;
}

static void
assert_all_refuse (MtxKeyring     *keyring,
                   MtxSecretBytes *secret,
                   MtxError        code)
{
  assert_rejects (mtx_keyring_load (keyring, "p", "store-key"), code);
  assert_rejects (mtx_keyring_load (keyring, "p", "nothing"), code);
  assert_rejects (mtx_keyring_create (keyring, "p", "new", "Key", secret), code);
  assert_rejects (mtx_keyring_replace (keyring, "p", "store-key", "Key", secret), code);
  assert_rejects (mtx_keyring_forget (keyring, "p", "store-key"), code);
  assert_rejects (mtx_keyring_list_providers (keyring), code);
}

static DexFuture *
test_threat_103_states (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  MtxKeyringMemory          *memory = MTX_KEYRING_MEMORY (keyring);
  g_autoptr (MtxSecretBytes) one = make_secret ("one");
  g_autoptr (MtxSecretBytes) two = make_secret ("two");

  assert_resolves (mtx_keyring_create (keyring, "p", "store-key", "Key", one));

  mtx_keyring_memory_set_state (memory, MTX_KEYRING_MEMORY_LOCKED);
  assert_all_refuse (keyring, two, MTX_ERROR_LOCKED);
  mtx_keyring_memory_dismiss_prompt (memory);
  assert_rejects (mtx_keyring_unlock (keyring), MTX_ERROR_LOCKED);
  assert_all_refuse (keyring, two, MTX_ERROR_LOCKED);
  assert_resolves (mtx_keyring_unlock (keyring));
  assert_loads (keyring, "p", "store-key", "one");
  assert_resolves (mtx_keyring_unlock (keyring));

  mtx_keyring_memory_set_state (memory, MTX_KEYRING_MEMORY_ABSENT);
  assert_all_refuse (keyring, two, MTX_ERROR_ABSENT);
  assert_rejects (mtx_keyring_unlock (keyring), MTX_ERROR_ABSENT);

  mtx_keyring_memory_set_state (memory, MTX_KEYRING_MEMORY_WRONG_SECRET);
  assert_all_refuse (keyring, two, MTX_ERROR_WRONG_SECRET);
  assert_rejects (mtx_keyring_unlock (keyring), MTX_ERROR_WRONG_SECRET);

  mtx_keyring_memory_set_state (memory, MTX_KEYRING_MEMORY_AVAILABLE);
  assert_loads (keyring, "p", "store-key", "one");
  assert_rejects (mtx_keyring_load (keyring, "p", "new"), MTX_ERROR_NOT_FOUND);

  return NULL;
}

static DexFuture *
test_threat_103_damaged (gpointer data)
{
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autoptr (MtxSecretBytes) one = make_secret ("one");

  assert_resolves (mtx_keyring_create (keyring, "p", "store-key", "Key", one));
  mtx_keyring_memory_damage (MTX_KEYRING_MEMORY (keyring), "p", "store-key");
  assert_rejects (mtx_keyring_load (keyring, "p", "store-key"), MTX_ERROR_DAMAGED);
  assert_rejects (mtx_keyring_create (keyring, "p", "store-key", "Key", one), MTX_ERROR_REFUSED);
  assert_rejects (mtx_keyring_replace (keyring, "p", "store-key", "Key", one), MTX_ERROR_DAMAGED);
  assert_resolves (mtx_keyring_forget (keyring, "p", "store-key"));
  assert_resolves (mtx_keyring_create (keyring, "p", "store-key", "Key", one));

  return NULL;
}

static DexFuture *
test_list_providers (gpointer data)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxKeyring)     keyring = mtx_keyring_memory_new ();
  g_autoptr (MtxSecretBytes) one = make_secret ("one");
  g_auto (GStrv)             none = dex_await_boxed (mtx_keyring_list_providers (keyring), &error);
  g_auto (GStrv)             some = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (none), ==, 0);

  assert_resolves (mtx_keyring_create (keyring, "q", "store-key", "Key", one));
  assert_resolves (mtx_keyring_create (keyring, "p", "store-key", "Key", one));
  assert_resolves (mtx_keyring_create (keyring, "q", "account", "Key", one));
  some = dex_await_boxed (mtx_keyring_list_providers (keyring), &error);
  g_assert_no_error (error);
  g_assert_cmpstrv (some, ((const char *const[]){ "p", "q", NULL }));

  g_assert_finalize_object (g_steal_pointer (&keyring));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/secret/keyring-memory/items", test_items);
  mtx_test_add_fiber ("/secret/keyring-memory/threat-103-states", test_threat_103_states);
  mtx_test_add_fiber ("/secret/keyring-memory/threat-103-damaged", test_threat_103_damaged);
  mtx_test_add_fiber ("/secret/keyring-memory/list-providers", test_list_providers);

  return g_test_run ();
}
