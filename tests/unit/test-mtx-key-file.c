/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys out to a file and in again, and files that are none.
 */
#include "mtx-key-file.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "mtx-base64.h"
#include "mtx-crypto-peer.h"
#include "mtx-error.h"
#include "mtx-key-export.h"
#include "mtx-room-key-store.h"
#include "mtx-test.h"

/* As fast as any error is on a busy machine; deriving 2³² − 1 rounds takes an hour. */
#define QUICK_US (5 * G_USEC_PER_SEC)

/* matrix-sdk-crypto, file_encryption/key_export.rs: passphrase 1234, one round. */
static const char published[] = "-----BEGIN MEGOLM SESSION DATA-----\n"
                                "Af7mGhlzQ+eGvHu93u0YXd3D/+vYMs3E7gQqOhuCtkvGAAAAASH7pEdWvFyAP1JUisAcpEo\n"
                                "Xke2Q7Kr9hVl/SCc6jXBNeJCZcrUbUV4D/tRQIl3E9L4fOk928YI1J+3z96qiH0uE7hpsCI\n"
                                "CkHKwjPU+0XTzFdIk1X8H7sZ+MD/2Sg/q3y8rtUjz7uEj4GUTnb+9SCOTVmJsRfqgUpM1CU\n"
                                "bDLytHf1JkohY4tWEgpsCc67xdzgodjr12qYrfg/zNm3LGpxlrffJknw4rk5QFTj4kMbqbD\n"
                                "ZZgDTni+HxRTDGge2J620lMOiznvXX+H09Rwruqx5aJvvaaKd86jWRpiO2oSFqHn4u5ONl9\n"
                                "41uzm62Sj0eIm6ZbA9NQs87jQw4LxsejhZVL+NdjIg80zVSBTWhTdo0DTnbFSNP4ReOiz0U\n"
                                "XosOF8A5T8Vdx2nvA0GXltfcHKVKQYh/LJAkNQ7P9UYL4ae/5TtQZkhB1KxCLTRWqADCl53\n"
                                "uBMGpG53EMgY6G6K2DEIOkcv7sdXQF5WpemiSWZqJRWj+cjfs9BpCTbkp/rszWFl2TniWpR\n"
                                "RqIbT2jORlN4rTvdtF0F4z1pqP4qWyR3sLNTkXm9CFRzWADNG0RDZKxbCoo6RPvtaCTfaHo\n"
                                "SwfvzBS6CjfAG+FOugpV48o7+XetaUUPZ6/tZSPhCdeV8eP9q5r0QwWeXFogzoNzWt4HYx9\n"
                                "MdXxzD+f0mtg5gzehrrEEARwI2bCvPpHxlt/Na9oW/GBpkjwR1LSKgg4CtpRyWngPjdEKpZ\n"
                                "GYW19pdjg0qdXNk/eqZsQTsNWVo6A\n"
                                "-----END MEGOLM SESSION DATA-----\n";

static MtxSecretBytes *
secret (const char *text)
{
  return mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
}

static char *
make_path (void)
{
  g_autofree char *folder = mtx_test_tmp_dir ();

  return g_build_filename (folder, "keys.txt", NULL);
}

static void
note_progress (guint    done,
               guint    total,
               gpointer data)
{
  guint *last = data;

  g_assert_cmpuint (done, <=, total);
  g_assert_cmpuint (done, >=, *last);
  *last = done;
}

static gint64
import_file (MtxCryptoPeer *peer,
             const char    *path,
             const char    *passphrase,
             int            code)
{
  g_autoptr (MtxSecretBytes) bytes = secret (passphrase);
  g_autoptr (GError)         error = NULL;
  gint64                     start = g_get_monotonic_time ();
  guint                      last = 0;
  gint64                     n_keys = dex_await_int64 (mtx_key_file_import (peer->engine, path, bytes, note_progress, &last),
                                                       &error);

  if (code >= 0)
    {
      g_assert_error (error, MTX_ERROR, code);
      g_assert_cmpint (g_get_monotonic_time () - start, <, QUICK_US);
    }
  else
    {
      g_assert_no_error (error);
      g_assert_cmpuint (last, >, 0);
    }

  return n_keys;
}

/* Alice writes, with a key of her own. */
static JsonObject *
say (MtxCryptoPeer *alice)
{
  g_autoptr (MtxRoomCryptoInfo) info = mtx_crypto_peer_make_info (100);
  g_autoptr (GError)            error = NULL;

  dex_await (_mtx_crypto_engine_prepare_room (alice->engine, info), &error);
  g_assert_no_error (error);

  return mtx_crypto_peer_say (alice, "hello", "$1");
}

static DexFuture *
test_round_trip (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = mtx_crypto_peer_new ("@alice:example.org", "ALICE");
  g_autoptr (MtxCryptoPeer)   bob = mtx_crypto_peer_new ("@bob:example.org", "BOB");
  g_autoptr (JsonObject)      event = say (alice);
  g_autoptr (MtxSecretBytes)  passphrase = secret ("a sentence nobody guesses");
  g_autoptr (MtxSyncResponse) read = NULL;
  g_autoptr (GError)          error = NULL;
  g_autofree char            *path = make_path ();
  g_autofree char            *text = NULL;
  GStatBuf                    status;
  guint                       last = 0;

  /* Something is there already, for everybody to read. */
  g_assert_true (g_file_set_contents_full (path, "old", -1, G_FILE_SET_CONTENTS_NONE, 0644, &error));

  g_assert_cmpint (dex_await_int64 (mtx_key_file_export (alice->engine, path, passphrase, note_progress, &last), &error), ==, 1);
  g_assert_no_error (error);
  g_assert_cmpuint (last, ==, 1);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_true (g_str_has_prefix (text, "-----BEGIN MEGOLM SESSION DATA-----"));
  g_assert_null (strstr (text, MTX_CRYPTO_PEER_ROOM));

  g_assert_cmpint (import_file (bob, path, "a sentence nobody guesses", -1), ==, 1);
  read = mtx_crypto_peer_sync_one (bob, NULL, event);
  g_assert_cmpint (mtx_event_get_decryption (mtx_crypto_peer_get_event (read, 0)), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (mtx_event_get_shield (mtx_crypto_peer_get_event (read, 0)), ==, MTX_SHIELD_NOT_AUTHENTIC);

  /* Into where it came from: what proves its sender stays what it is. */
  g_assert_cmpint (import_file (alice, path, "a sentence nobody guesses", -1), ==, 1);
  {
    g_autoptr (MtxSyncResponse) own = mtx_crypto_peer_sync_one (alice, NULL, event);

    g_assert_cmpint (mtx_event_get_shield (mtx_crypto_peer_get_event (own, 0)), ==, MTX_SHIELD_NONE);
  }

  return NULL;
}

static void
write_file (const char *path,
            const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* The same file with another number of rounds in it. */
static char *
make_slow (void)
{
  g_autoptr (GString) body = g_string_new (strchr (published, '\n') + 1);
  g_autoptr (GBytes)  bytes = NULL;
  g_autoptr (GError)  error = NULL;
  g_autofree guint8  *frame = NULL;
  g_autofree char    *encoded = NULL;
  gsize               length;

  *strchr (body->str, '-') = '\0';
  g_string_truncate (body, strlen (body->str));
  g_string_replace (body, "\n", "", 0);
  bytes = mtx_base64_decode (body->str, MTX_BASE64_LENIENT, &error);
  g_assert_no_error (error);
  frame = g_memdup2 (g_bytes_get_data (bytes, &length), g_bytes_get_size (bytes));
  memset (frame + 33, 0xff, 4);
  encoded = mtx_base64_encode (frame, length, MTX_BASE64_UNPADDED);

  return g_strdup_printf ("-----BEGIN MEGOLM SESSION DATA-----\n%s\n-----END MEGOLM SESSION DATA-----\n", encoded);
}

static DexFuture *
test_bad_files (gpointer data)
{
  g_autoptr (MtxCryptoPeer) bob = mtx_crypto_peer_new ("@bob:example.org", "BOB");
  g_autofree char          *path = make_path ();
  g_autofree char          *folder = g_path_get_dirname (path);
  g_autofree char          *slow = make_slow ();
  g_autofree char          *cut = g_strndup (published, strlen (published) / 2);
  g_autofree char          *cut_inside = NULL;
  g_autoptr (MtxSecretBytes) passphrase = NULL;
  g_autoptr (GError)        error = NULL;

  import_file (bob, path, "1234", MTX_ERROR_NOT_FOUND);
  import_file (bob, folder, "1234", MTX_ERROR_FAILED);

  write_file (path, published);
  import_file (bob, path, "12345", MTX_ERROR_WRONG_SECRET);
  write_file (path, cut);
  import_file (bob, path, "1234", MTX_ERROR_INVALID);
  cut_inside = g_strconcat (cut, "\n-----END MEGOLM SESSION DATA-----\n", NULL);
  write_file (path, cut_inside);
  passphrase = secret ("1234");
  g_assert_false (dex_await (mtx_key_file_import (bob->engine, path, passphrase, NULL, NULL), &error));
  g_assert_nonnull (error);
  write_file (path, published + 1);
  import_file (bob, path, "1234", MTX_ERROR_INVALID);
  write_file (path, "");
  import_file (bob, path, "1234", MTX_ERROR_INVALID);
  write_file (path, slow);
  import_file (bob, path, "1234", MTX_ERROR_TOO_LARGE);

  write_file (path, published);
  g_assert_cmpint (import_file (bob, path, "1234", -1), ==, 1);
  {
    const MtxRoomKeyId    id = { "!test:localhost", "8sdNGgmLft8osylLK9ij3IotBLyQQufe/KngiW4Dpq0" };
    g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_room_key_store_load_inbound (bob->db, &id, 1), NULL);

    g_assert_cmpuint (rows->len, ==, 1);
    g_assert_true (((MtxInboundSessionRow *)g_ptr_array_index (rows, 0))->imported);
    g_assert_false (((MtxInboundSessionRow *)g_ptr_array_index (rows, 0))->shared_history);
  }

  return NULL;
}

static void
write_encrypted (const char *path,
                 const char *plaintext)
{
  g_autofree char *text = mtx_key_export_encrypt ("1234", 1, (const guint8 *)plaintext, strlen (plaintext), NULL);

  write_file (path, text);
}

/* The passphrase is right and what it opens is no list of room keys, or one with others between them. */
static DexFuture *
test_bad_content (gpointer data)
{
  g_autoptr (MtxCryptoPeer) bob = mtx_crypto_peer_new ("@bob:example.org", "BOB");
  g_autofree char          *path = make_path ();

  write_encrypted (path, "{}");
  import_file (bob, path, "1234", MTX_ERROR_INVALID);
  write_encrypted (path, "[{\"a\":1},{\"b\"");
  import_file (bob, path, "1234", MTX_ERROR_INVALID);
  write_encrypted (path, "[{\"a\":1},7,null,\"x\",[[]],{\"algorithm\":\"m.megolm.v1.aes-sha2\"}]");
  g_assert_cmpint (import_file (bob, path, "1234", -1), ==, 0);

  return NULL;
}

/* What is there stays when the new one cannot be written. */
static DexFuture *
test_cannot_write (gpointer data)
{
  g_autoptr (MtxCryptoPeer)  alice = mtx_crypto_peer_new ("@alice:example.org", "ALICE");
  g_autoptr (JsonObject)     event = say (alice);
  g_autoptr (MtxSecretBytes) passphrase = secret ("1234");
  g_autoptr (MtxSecretBytes) empty = secret ("");
  g_autoptr (GError)         error = NULL;
  g_autofree char           *path = make_path ();
  g_autofree char           *folder = g_path_get_dirname (path);
  g_autofree char           *below = g_build_filename (path, "below", NULL);
  g_autofree char           *text = NULL;

  g_assert_false (dex_await (mtx_key_file_export (alice->engine, folder, passphrase, NULL, NULL), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);
  write_file (path, "old");
  g_assert_false (dex_await (mtx_key_file_export (alice->engine, below, passphrase, NULL, NULL), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (dex_await (mtx_key_file_export (alice->engine, path, empty, NULL, NULL), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "old");

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/key-file/round-trip", test_round_trip);
  mtx_test_add_fiber ("/key-file/threat-082-bad-files", test_bad_files);
  mtx_test_add_fiber ("/key-file/threat-082-bad-content", test_bad_content);
  mtx_test_add_fiber ("/key-file/cannot-write", test_cannot_write);

  return g_test_run ();
}
