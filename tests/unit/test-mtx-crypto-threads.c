/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who calls the library: this program stands between the guard and libolm (the linker's --wrap) while two people
 * talk, and sees one thread for each of them, never the main one.
 */
#include <string.h>

#include "mtx-crypto-peer.h"
#include "mtx-test.h"

#define ALICE "@alice:example.org"
#define BOB   "@bob:example.org"

static GMutex      lock;
static GHashTable *threads; /* of GThread, those that called the library */
static guint       n_calls;

static void
note_thread (void)
{
  g_mutex_lock (&lock);
  n_calls++;
  g_hash_table_add (threads, g_thread_self ());
  g_mutex_unlock (&lock);
}

/* Each has the parameters of the library's function, which pass through as they are. */
#define WRAP(name)                                                             \
  size_t __real_##name (gpointer a, gpointer b, gsize c, gpointer d, gsize e); \
  size_t __wrap_##name (gpointer a, gpointer b, gsize c, gpointer d, gsize e); \
                                                                               \
  size_t __wrap_##name (gpointer a, gpointer b, gsize c, gpointer d, gsize e)  \
  {                                                                            \
    note_thread ();                                                            \
    return __real_##name (a, b, c, d, e);                                      \
  }

size_t __real_olm_group_decrypt (gpointer session, gpointer message, gsize length, gpointer plaintext, gsize max, guint32 *index);
size_t __wrap_olm_group_decrypt (gpointer session, gpointer message, gsize length, gpointer plaintext, gsize max, guint32 *index);

size_t
__wrap_olm_group_decrypt (gpointer session, gpointer message, gsize length, gpointer plaintext, gsize max, guint32 *index)
{
  note_thread ();
  return __real_olm_group_decrypt (session, message, length, plaintext, max, index);
}

WRAP (olm_account_sign)
WRAP (olm_group_encrypt)
WRAP (olm_pickle_account)
WRAP (olm_pickle_session)
WRAP (olm_unpickle_account)
WRAP (olm_unpickle_session)

static void
talk (MtxCryptoPeer *from,
      MtxCryptoPeer *to,
      const char    *text,
      const char    *event_id)
{
  g_autoptr (JsonObject)      to_device = NULL;
  g_autoptr (JsonObject)      event = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;

  mtx_crypto_peer_begin (from, to);
  mtx_crypto_peer_share (from, to);
  to_device = mtx_crypto_peer_take_to_device (from, to);
  event = mtx_crypto_peer_say (from, text, event_id);
  response = mtx_crypto_peer_sync_one (to, to_device, event);
  g_assert_cmpstr (mtx_event_get_body (mtx_crypto_peer_get_event (response, 0)), ==, text);
}

static DexFuture *
test_one_thread (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = NULL;
  g_autoptr (MtxCryptoPeer) bob = NULL;

  threads = g_hash_table_new (NULL, NULL);
  alice = mtx_crypto_peer_new (ALICE, "ALICEDEVICE");
  g_assert_cmpuint (g_hash_table_size (threads), ==, 1);
  bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");
  g_assert_cmpuint (g_hash_table_size (threads), ==, 2);

  mtx_crypto_peer_meet (alice, bob);
  mtx_crypto_peer_meet (bob, alice);
  talk (alice, bob, "hello", "$1");
  talk (bob, alice, "and you", "$2");

  g_assert_cmpuint (n_calls, >, 10);
  g_assert_cmpuint (g_hash_table_size (threads), ==, 2);
  g_assert_false (g_hash_table_contains (threads, g_thread_self ()));
  g_clear_pointer (&threads, g_hash_table_unref);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/crypto-threads/threat-106-g15-one-thread", test_one_thread);

  return g_test_run ();
}
