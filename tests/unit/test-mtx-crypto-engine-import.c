/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Copies of room keys that ended the process: each is tried again alone, once, and then left out, and everything else
 * of the same backup goes on (guard rule G22).
 */
#include <string.h>

#include "mtx-crypto-peer.h"
#include "mtx-megolm-outbound.h"
#include "mtx-received-key.h"
#include "mtx-room-key-store.h"
#include "mtx-senders.h"
#include "mtx-test.h"
#include "mtx-to-device-store.h"

#define BOB    "@bob:example.org"
#define N_KEYS 3

/* The keys of a backup, and under which name an attempt to take one is kept. */
typedef struct
{
  GPtrArray *keys;
  char      *hashes[N_KEYS];
} Backup;

static void
backup_init (Backup *backup)
{
  backup->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_received_key_free);
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_autoptr (GError)            error = NULL;
      g_autoptr (MtxMegolmOutbound) outbound = mtx_megolm_outbound_new (1, &error);
      g_autoptr (MtxMegolmInbound)  inbound = NULL;
      g_autoptr (GChecksum)         checksum = g_checksum_new (G_CHECKSUM_SHA256);
      const char                   *id = mtx_megolm_outbound_get_id (outbound);
      char                         *shared = mtx_megolm_outbound_dup_session_key (outbound, &error);
      char                         *exported = NULL;

      g_assert_no_error (error);
      inbound = mtx_megolm_inbound_new (shared, id, &error);
      g_assert_no_error (error);
      exported = mtx_megolm_inbound_export_at (inbound, 0, &error);
      g_assert_no_error (error);
      g_ptr_array_add (backup->keys,
                       mtx_received_key_new (&(MtxInboundSessionRow){
                                                 .room_id = MTX_CRYPTO_PEER_ROOM,
                                                 .session_id = id,
                                                 .sender_key = "F4uCNNlcbRvc7CfBz95ZGWBvY1ALniG1J8+6rhVoKS0",
                                                 .origin = MTX_ROOM_KEY_IMPORTED,
                                                 .imported = TRUE,
                                             },
                                             exported));
      g_checksum_update (checksum, (const guchar *)MTX_CRYPTO_PEER_ROOM, sizeof MTX_CRYPTO_PEER_ROOM);
      g_checksum_update (checksum, (const guchar *)id, strlen (id) + 1);
      g_checksum_update (checksum, (const guchar *)exported, strlen (exported));
      backup->hashes[i] = g_strdup (g_checksum_get_string (checksum));
      mtx_secret_string_free (shared);
      mtx_secret_string_free (exported);
    }
}

static void
backup_clear (Backup *backup)
{
  g_clear_pointer (&backup->keys, g_ptr_array_unref);
  for (guint i = 0; i < N_KEYS; i++)
    g_clear_pointer (&backup->hashes[i], g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Backup, backup_clear)

/* As if the process had ended while it took this key. */
static void
put_attempt (MtxCryptoPeer *peer,
             const char    *hash)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  mtx_to_device_store_begin_attempt (changes, hash, 1);
  dex_await (mtx_db_commit (peer->db, changes), &error);
  g_assert_no_error (error);
}

static gint64
import (MtxCryptoPeer *peer,
        Backup        *backup)
{
  g_autoptr (GError) error = NULL;
  gint64             n_taken = dex_await_int64 (_mtx_crypto_engine_import_room_keys (peer->engine, backup->keys), &error);

  g_assert_no_error (error);
  return n_taken;
}

static gboolean
has_key (MtxCryptoPeer *peer,
         Backup        *backup,
         guint          index)
{
  const MtxReceivedKey *key = g_ptr_array_index (backup->keys, index);
  MtxRoomKeyId          id = { .room_id = key->claim->room_id, .session_id = key->claim->session_id };
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_room_key_store_load_inbound (peer->db, &id, 1), &error);

  g_assert_no_error (error);
  return rows->len == 1;
}

static DexFuture *
test_attempts (gpointer data)
{
  g_autoptr (MtxCryptoPeer) bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");
  g_auto (Backup)           backup = { 0 };

  backup_init (&backup);
  put_attempt (bob, backup.hashes[1]);
  put_attempt (bob, backup.hashes[1]);
  put_attempt (bob, backup.hashes[2]);
  g_assert_cmpint (import (bob, &backup), ==, 2);
  g_assert_true (has_key (bob, &backup, 0));
  g_assert_false (has_key (bob, &backup, 1));
  g_assert_true (has_key (bob, &backup, 2));

  return NULL;
}

/* What was completed counts from the beginning again. */
static DexFuture *
test_completed (gpointer data)
{
  g_autoptr (MtxCryptoPeer) bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");
  g_auto (Backup)           backup = { 0 };

  backup_init (&backup);
  for (guint i = 0; i < 3; i++)
    {
      put_attempt (bob, backup.hashes[0]);
      g_assert_cmpint (import (bob, &backup), ==, N_KEYS);
    }
  g_assert_true (has_key (bob, &backup, 0));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/crypto-engine-import/threat-106-g22-attempts", test_attempts);
  mtx_test_add_fiber ("/crypto-engine-import/threat-106-g22-completed", test_completed);

  return g_test_run ();
}
