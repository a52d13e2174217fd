/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The guard from below: this program stands between it and libolm, the kernel's randomness and the wiping of
 * memory (the linker's --wrap), sees what it hands down and answers as a broken library would.
 */
#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-megolm-inbound.h"
#include "mtx-megolm-outbound.h"
#include "mtx-olm-account.h"
#include "mtx-secret-bytes.h"

/* ---- what the linker puts in between ---- */

typedef enum
{
  RANDOM_GOOD,
  RANDOM_ONE_BYTE, /* interrupted, then one byte at a time */
  RANDOM_NONE,
  RANDOM_BROKEN,
} Random;

static Random        random_mode;
static guint         random_calls;
static gconstpointer wiped_at;
static gsize         wiped_length;
static gconstpointer callers_text;
static gboolean      library_fails_late;
static gsize         library_overstates;
static gboolean      library_asked;

ssize_t __real_getrandom (void        *bytes,
                          size_t       length,
                          unsigned int flags);
ssize_t __wrap_getrandom (void        *bytes,
                          size_t       length,
                          unsigned int flags);
void    __real_mtx_secret_wipe (gpointer memory,
                                gsize    length);
void    __wrap_mtx_secret_wipe (gpointer memory,
                                gsize    length);
size_t  __real_olm_account_sign (gpointer      account,
                                 gconstpointer message,
                                 size_t        message_length,
                                 gpointer      signature,
                                 size_t        signature_length);
size_t  __wrap_olm_account_sign (gpointer      account,
                                 gconstpointer message,
                                 size_t        message_length,
                                 gpointer      signature,
                                 size_t        signature_length);
size_t  __real_olm_account_generate_one_time_keys (gpointer account,
                                                   size_t   count,
                                                   gpointer bytes,
                                                   size_t   length);
size_t  __wrap_olm_account_generate_one_time_keys (gpointer account,
                                                   size_t   count,
                                                   gpointer bytes,
                                                   size_t   length);
size_t  __real_olm_group_decrypt (gpointer session,
                                  guint8  *message,
                                  size_t   message_length,
                                  guint8  *plaintext,
                                  size_t   plaintext_length,
                                  guint32 *index);
size_t  __wrap_olm_group_decrypt (gpointer session,
                                  guint8  *message,
                                  size_t   message_length,
                                  guint8  *plaintext,
                                  size_t   plaintext_length,
                                  guint32 *index);
size_t  __real_olm_group_encrypt (gpointer      session,
                                  const guint8 *plaintext,
                                  size_t        plaintext_length,
                                  guint8       *message,
                                  size_t        message_length);
size_t  __wrap_olm_group_encrypt (gpointer      session,
                                  const guint8 *plaintext,
                                  size_t        plaintext_length,
                                  guint8       *message,
                                  size_t        message_length);

#define LIBRARY_ERROR ((size_t)-1)

ssize_t
__wrap_getrandom (void        *bytes,
                  size_t       length,
                  unsigned int flags)
{
  random_calls++;
  switch (random_mode)
    {
    case RANDOM_ONE_BYTE:
      if (random_calls % 2 == 1)
        {
          errno = EINTR;
          return -1;
        }
      return __real_getrandom (bytes, MIN (length, 1), flags);
    case RANDOM_NONE:
      return 0;
    case RANDOM_BROKEN:
      errno = ENOSYS;
      return -1;
    case RANDOM_GOOD:
    default:
      return __real_getrandom (bytes, length, flags);
    }
}

void
__wrap_mtx_secret_wipe (gpointer memory,
                        gsize    length)
{
  /* The region that holds @wiped_at, if there is one, was wiped as a whole. */
  if (wiped_at != NULL && (guint8 *)memory <= (guint8 *)wiped_at && (guint8 *)memory + length > (guint8 *)wiped_at)
    wiped_length = length - (gsize)((guint8 *)wiped_at - (guint8 *)memory);
  __real_mtx_secret_wipe (memory, length);
}

size_t
__wrap_olm_account_sign (gpointer      account,
                         gconstpointer message,
                         size_t        message_length,
                         gpointer      signature,
                         size_t        signature_length)
{
  g_assert_true (message != callers_text);
  return __real_olm_account_sign (account, message, message_length, signature, signature_length) + library_overstates;
}

size_t
__wrap_olm_account_generate_one_time_keys (gpointer account,
                                           size_t   count,
                                           gpointer bytes,
                                           size_t   length)
{
  size_t result = __real_olm_account_generate_one_time_keys (account, count, bytes, length);

  return library_fails_late ? LIBRARY_ERROR : result;
}

size_t
__wrap_olm_group_decrypt (gpointer session,
                          guint8  *message,
                          size_t   message_length,
                          guint8  *plaintext,
                          size_t   plaintext_length,
                          guint32 *index)
{
  library_asked = TRUE;
  g_assert_true (message != callers_text);
  for (size_t i = 0; i < plaintext_length; i++)
    g_assert_cmpuint (plaintext[i], ==, 0);
  return __real_olm_group_decrypt (session, message, message_length, plaintext, plaintext_length, index) + library_overstates;
}

size_t
__wrap_olm_group_encrypt (gpointer      session,
                          const guint8 *plaintext,
                          size_t        plaintext_length,
                          guint8       *message,
                          size_t        message_length)
{
  size_t result;

  g_assert_true (plaintext != callers_text);
  result = __real_olm_group_encrypt (session, plaintext, plaintext_length, message, message_length);
  return library_fails_late ? LIBRARY_ERROR : result;
}

/* ---- the tests ---- */

typedef struct
{
  MtxMegolmOutbound *outbound;
  MtxMegolmInbound  *inbound;
  char              *message;
} Room;

static void
room_init (Room *room)
{
  g_autoptr (GError) error = NULL;
  char              *key;

  room->outbound = mtx_megolm_outbound_new (0, &error);
  g_assert_no_error (error);
  key = mtx_megolm_outbound_dup_session_key (room->outbound, &error);
  room->inbound = mtx_megolm_inbound_new (key, mtx_megolm_outbound_get_id (room->outbound), &error);
  g_assert_no_error (error);
  room->message = mtx_megolm_outbound_encrypt (room->outbound, (const guint8 *)"hello", 5, &error);
  g_assert_no_error (error);
  mtx_secret_string_free (key);
}

static void
room_clear (Room *room)
{
  g_clear_object (&room->outbound);
  g_clear_object (&room->inbound);
  g_clear_pointer (&room->message, g_free);
}

static GBytes *
decrypt (Room    *room,
         GError **error)
{
  guint32 index;

  return mtx_megolm_inbound_decrypt (room->inbound, room->message, &index, error);
}

/* What is not the one text of its bytes never comes as far as the library. */
static void
test_threat_106_g01_strict_base64 (void)
{
  static const char *const spoiled[] = { "%s=", "%s\n", " %s", "%s\xc3\xa4"
                                                               "AA",
                                         "-%s", "_%s", "%s.", "%sA" };
  Room                     room;

  room_init (&room);
  library_asked = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (spoiled); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv)     parts = g_strsplit (spoiled[i], "%s", 2);
      g_autofree char   *text = g_strconcat (parts[0], room.message, parts[1], NULL);
      guint32            index;

      g_assert_null (mtx_megolm_inbound_decrypt (room.inbound, text, &index, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
    }
  g_assert_false (library_asked);

  g_bytes_unref (decrypt (&room, NULL));
  g_assert_true (library_asked);
  room_clear (&room);
}

static void
test_threat_106_g11_private_copies (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = mtx_olm_account_new (&error);
  g_autoptr (GBytes)        plaintext = NULL;
  g_autofree char          *signature = NULL;
  g_autofree char          *before = NULL;
  g_autofree char          *encrypted = NULL;
  Room                      room;

  room_init (&room);
  before = g_strdup (room.message);
  callers_text = room.message;
  plaintext = decrypt (&room, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (room.message, ==, before);

  callers_text = before;
  signature = mtx_olm_account_sign (account, (const guint8 *)before, strlen (before), &error);
  encrypted = mtx_megolm_outbound_encrypt (room.outbound, (const guint8 *)before, strlen (before), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (room.message, ==, before);
  callers_text = NULL;
  room_clear (&room);
}

/* The library says it wrote more than it had room for. */
static void
test_threat_106_g12_overstated_length (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = mtx_olm_account_new (&error);
  g_autoptr (GBytes)        plaintext = NULL;
  g_autofree char          *signature = NULL;
  Room                      room;

  room_init (&room);
  library_overstates = 1;
  g_assert_null (mtx_olm_account_sign (account, (const guint8 *)"x", 1, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);
  library_overstates = 100000;
  g_assert_null (decrypt (&room, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);

  library_overstates = 0;
  signature = mtx_olm_account_sign (account, (const guint8 *)"x", 1, &error);
  plaintext = decrypt (&room, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (signature), ==, 86);
  room_clear (&room);
}

/* The library has changed its object when it reports an error; ours has not changed. */
static void
test_threat_106_g13_late_failure (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = mtx_olm_account_new (&error);
  g_autoptr (GHashTable)    keys = NULL;
  g_autofree char          *message = NULL;
  Room                      room;

  room_init (&room);
  library_fails_late = TRUE;
  g_assert_false (mtx_olm_account_generate_one_time_keys (account, 5, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_null (mtx_megolm_outbound_encrypt (room.outbound, (const guint8 *)"x", 1, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);
  library_fails_late = FALSE;

  keys = mtx_olm_account_dup_one_time_keys (account, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (keys), ==, 0);
  g_assert_cmpuint (mtx_megolm_outbound_get_message_index (room.outbound), ==, 1);
  message = mtx_megolm_outbound_encrypt (room.outbound, (const guint8 *)"x", 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_megolm_outbound_get_message_index (room.outbound), ==, 2);
  room_clear (&room);
}

static void
test_threat_106_g14_sizes (void)
{
  g_autofree char *largest = g_strnfill (65536, 'A');
  g_autofree char *too_large = g_strnfill (65537, 'A');
  Room             room;

  room_init (&room);
  library_asked = FALSE;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      guint32            index;

      g_assert_null (mtx_megolm_inbound_decrypt (room.inbound, i == 0 ? largest : too_large, &index, &error));
      if (i == 0)
        g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
      else
        g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);
    }
  g_assert_false (library_asked);
  room_clear (&room);
}

static void
test_threat_106_g19_short_reads (void)
{
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxOlmAccount)     account = NULL;
  g_autoptr (MtxMegolmOutbound) outbound = NULL;

  random_mode = RANDOM_ONE_BYTE;
  random_calls = 0;
  account = mtx_olm_account_new (&error);
  g_assert_no_error (error);
  g_assert_cmpuint (random_calls, >=, 2 * 64);
  g_assert_true (mtx_olm_account_generate_one_time_keys (account, 2, &error));
  outbound = mtx_megolm_outbound_new (0, &error);
  g_assert_no_error (error);
  random_mode = RANDOM_GOOD;
}

static void
test_threat_106_g19_no_randomness (void)
{
  static const char             good[] = "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI";
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxOlmAccount)     account = mtx_olm_account_new (&error);
  g_autoptr (MtxOlmSession)     session = mtx_olm_account_create_outbound (account, good, good, &error);
  g_autoptr (MtxMegolmOutbound) outbound = mtx_megolm_outbound_new (0, &error);
  g_autoptr (GHashTable)        keys = NULL;

  g_assert_no_error (error);
  for (Random mode = RANDOM_NONE; mode <= RANDOM_BROKEN; mode++)
    {
      MtxOlmMessageType type;

      random_mode = mode;
      g_assert_null (mtx_olm_account_new (&error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
      g_clear_error (&error);
      g_assert_null (mtx_megolm_outbound_new (0, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
      g_clear_error (&error);
      g_assert_false (mtx_olm_account_generate_one_time_keys (account, 1, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
      g_clear_error (&error);
      g_assert_false (mtx_olm_account_generate_fallback_key (account, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
      g_clear_error (&error);
      g_assert_null (mtx_olm_account_create_outbound (account, good, good, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
      g_clear_error (&error);
      g_assert_null (mtx_olm_session_encrypt (session, (const guint8 *)"x", 1, &type, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
      g_clear_error (&error);
      random_mode = RANDOM_GOOD;
    }

  keys = mtx_olm_account_dup_one_time_keys (account, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (keys), ==, 0);
}

static void
test_threat_105_plaintext_is_wiped (void)
{
  g_autoptr (GError) error = NULL;
  GBytes            *plaintext;
  Room               room;

  room_init (&room);
  plaintext = decrypt (&room, &error);
  g_assert_no_error (error);
  wiped_at = g_bytes_get_data (plaintext, NULL);
  wiped_length = 0;
  g_bytes_unref (plaintext);
  wiped_at = NULL;
  g_assert_cmpuint (wiped_length, >=, 5);
  room_clear (&room);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/olm-guard/threat-106-g01-strict-base64", test_threat_106_g01_strict_base64);
  g_test_add_func ("/olm-guard/threat-106-g11-private-copies", test_threat_106_g11_private_copies);
  g_test_add_func ("/olm-guard/threat-106-g12-overstated-length", test_threat_106_g12_overstated_length);
  g_test_add_func ("/olm-guard/threat-106-g13-late-failure", test_threat_106_g13_late_failure);
  g_test_add_func ("/olm-guard/threat-106-g14-sizes", test_threat_106_g14_sizes);
  g_test_add_func ("/olm-guard/threat-106-g19-short-reads", test_threat_106_g19_short_reads);
  g_test_add_func ("/olm-guard/threat-106-g19-no-randomness", test_threat_106_g19_no_randomness);
  g_test_add_func ("/olm-guard/threat-105-threat-106-g20-plaintext-is-wiped", test_threat_105_plaintext_is_wiped);

  return g_test_run ();
}
