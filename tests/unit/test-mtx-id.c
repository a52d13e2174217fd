/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The grammar of identifiers (provider.md, section 7).
 */
#include "mtx-id.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-error.h"

#define HASH_43 "0dFkSmlPNSmIcMB0qkXDWcG1ZrVmSn9mSfaBiDIkPFY"

static gboolean
is_user (const char *text)
{
  g_autoptr (MtxUserId) id = mtx_user_id_new (text, NULL);

  return id != NULL;
}

static gboolean
is_room (const char *text)
{
  g_autoptr (MtxRoomId) id = mtx_room_id_new (text, NULL);

  return id != NULL;
}

static gboolean
is_alias (const char *text)
{
  g_autoptr (MtxRoomAlias) id = mtx_room_alias_new (text, NULL);

  return id != NULL;
}

static gboolean
is_event (const char *text)
{
  g_autoptr (MtxEventId) id = mtx_event_id_new (text, NULL);

  return id != NULL;
}

static gboolean
is_device (const char *text)
{
  g_autoptr (MtxDeviceId) id = mtx_device_id_new (text, NULL);

  return id != NULL;
}

static void
assert_each (gboolean (*check) (const char *),
             const char *const *texts,
             gboolean           expected)
{
  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_test_message ("%s", texts[i]);
      g_assert_cmpint (check (texts[i]), ==, expected);
    }
}

static void
test_server_name (void)
{
  static const char *const good[] = {
    "example.org", "EXAMPLE.org", "localhost", "a", "1", "xn--bcher-kva.example",
    "example.org:8448", "example.org:1", "example.org:65535", "192.0.2.1", "192.0.2.1:80", "[::1]",
    "[2001:db8::1]:8448", "[::ffff:192.0.2.1]", "a-b.c--d", "1.2.3", "1.2.3.4.5", "1.2.3.4a", NULL
  };
  static const char *const bad[] = {
    "", ".", "example..org", ".example.org", "example.org.", "-a.org", "a-.org", "exa mple.org",
    "exa_mple.org", "example.org:", "example.org:0", "example.org:65536", "example.org:99999",
    "example.org:100000", "example.org:8448x", "example.org:+80", "example.org: 80",
    "example.org:80:80", "1.2.3.999", "1.2.3.256:80", "01.2.3.4.", "192.0.2.01", "[]", "[::1",
    "::1", "[::1]x", "[::1]:", "[::1]:0", "[:::1]", "[example.org]", "[fe80::1%eth0]",
    "b\xC3\xBC"
    "cher.example",
    "ex\xEF\xBC\x8E"
    "org",
    "a/b", "a@b", "a?b", "a#b",
    "example.org\n", NULL
  };
  g_autofree char *label_63 = g_strnfill (63, 'a');
  g_autofree char *label_64 = g_strnfill (64, 'a');
  g_autofree char *longest = g_strdup_printf ("%s.%s.%s.%.38s", label_63, label_63, label_63, label_63);
  g_autofree char *too_long = g_strconcat (longest, "a", NULL);

  assert_each (mtx_server_name_is_valid, good, TRUE);
  assert_each (mtx_server_name_is_valid, bad, FALSE);
  g_assert_false (mtx_server_name_is_valid (NULL));
  g_assert_true (mtx_server_name_is_valid (label_63));
  g_assert_false (mtx_server_name_is_valid (label_64));
  g_assert_cmpuint (strlen (longest), ==, MTX_SERVER_NAME_MAX_BYTES);
  g_assert_true (mtx_server_name_is_valid (longest));
  g_assert_false (mtx_server_name_is_valid (too_long));
}

static void
test_user_id (void)
{
  static const char *const good[] = {
    "@support:example.org", "@a:b", "@a.b_c=d/e+f-0:example.org:8448",
    "@support:[2001:db8::1]:8448", "@Support:example.org", "@a!b~{}:example.org", NULL
  };
  static const char *const bad[] = {
    "", "@", "@support", "@support:", "@:example.org", ":", "support:example.org",
    "support@example.org", "#support:example.org", "!support:example.org", "@support:exa mple.org",
    "@sup port:example.org", "@support:example..org", "@support:example.org:99999",
    "@support:1.2.3.999", " @support:example.org", "@support:example.org ",
    "@support:example.org\n", "@sup\tport:example.org", "@\xD1\x95upport:example.org",
    "@\xE2\x80\xAE:example.org", "@sup\x7Fport:a", "@a:b:c:d", "@support:example.org/path",
    "@\xFF:example.org", "@support@example.org", NULL
  };
  g_autofree char *name = g_strnfill (MTX_ID_MAX_BYTES - strlen ("@:example.org"), 'a');
  g_autofree char *longest = g_strdup_printf ("@%s:example.org", name);
  g_autofree char *too_long = g_strdup_printf ("@a%s:example.org", name);

  assert_each (is_user, good, TRUE);
  assert_each (is_user, bad, FALSE);
  g_assert_false (is_user (NULL));
  g_assert_cmpuint (strlen (longest), ==, MTX_ID_MAX_BYTES);
  g_assert_true (is_user (longest));
  g_assert_false (is_user (too_long));
}

static void
test_user_id_parts (void)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (MtxUserId) plain = mtx_user_id_new ("@support+1:example.org:8448", &error);
  g_autoptr (MtxUserId) old = mtx_user_id_new ("@Support:[::1]:80", &error);
  g_autoptr (MtxUserId) none = NULL;
  g_autofree char      *localpart = mtx_user_id_dup_localpart (plain);
  g_autofree char      *old_localpart = mtx_user_id_dup_localpart (old);

  g_assert_no_error (error);
  g_assert_cmpstr (mtx_user_id_get (plain), ==, "@support+1:example.org:8448");
  g_assert_cmpstr (mtx_user_id_get_server (plain), ==, "example.org:8448");
  g_assert_cmpstr (localpart, ==, "support+1");
  g_assert_false (mtx_user_id_is_historical (plain));
  g_assert_cmpstr (mtx_user_id_get_server (old), ==, "[::1]:80");
  g_assert_cmpstr (old_localpart, ==, "Support");
  g_assert_true (mtx_user_id_is_historical (old));

  none = mtx_user_id_new ("@nobody", &error);
  g_assert_null (none);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  g_assert_null (strstr (error->message, "nobody"));
}

static void
test_room_id (void)
{
  static const char *const good[] = {
    "!AbCdEf123456:example.org", "!a:b", "!" HASH_43, "!" HASH_43 ":example.org",
    "!\xC3\xA9t\xC3\xA9:example.org", "!a/b%c'd\"e:example.org", NULL
  };
  static const char *const bad[] = {
    "", "!", "!AbCdEf:", "!AbCdEf123456", "!:example.org", "#a:example.org", "!" HASH_43 "A",
    "!0dFkSmlPNSmIcMB0qkXDWcG1ZrVmSn9mSfaBiDIkPF", "!0dFkSmlPNSmIcMB0qkXDWcG1ZrVmSn9mSfaBiDIkPF+",
    "!0dFkSmlPNSmIcMB0qkXDWcG1ZrVmSn9mSfaBiDIkPF=", "!" HASH_43 ":", "!a b:example.org",
    "!a\n:example.org", "!a\xE2\x80\x8B:example.org", "!" HASH_43 "\n", HASH_43, NULL
  };

  assert_each (is_room, good, TRUE);
  assert_each (is_room, bad, FALSE);
}

static void
test_room_alias (void)
{
  static const char *const good[] = {
    "#news:example.org", "#a:b:80", "#actualit\xC3\xA9s:example.org",
    "#\xE6\x96\xB0\xE8\x81\x9E:example.org", "##:example.org", NULL
  };
  static const char *const bad[] = {
    "", "#", "#news", "#:example.org", "news:example.org", "@news:example.org",
    "#ne ws:example.org", "#ne\xC2\xA0ws:example.org", "#ne\xE3\x80\x80ws:example.org",
    "#actualite\xCC\x81s:example.org", "#ne\xE2\x80\x8Bws:example.org",
    "#\xE2\x80\xAEnews:example.org", "#ne\xC2\x85ws:example.org", "#n\x01:example.org", "#n\xE2\x80\xA8:example.org", "#n\xEE\x80\x80:example.org",
    "#n\xE2\x80\xA9:example.org",
    "#ne\xEF\xBB\xBFws:example.org", "#n\xC3:example.org", "#news:exa mple.org", NULL
  };

  assert_each (is_alias, good, TRUE);
  assert_each (is_alias, bad, FALSE);
}

static void
test_event_id (void)
{
  static const char *const good[] = {
    "$event:example.org", "$" HASH_43, "$a", "$Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg",
    "$acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk", NULL
  };
  static const char *const bad[] = { "", "$", "event", "!event:example.org", "$a b", "$a\n", "$\x7F", "$\xC3", NULL };
  g_autofree char         *tail = g_strnfill (MTX_ID_MAX_BYTES - 1, 'x');
  g_autofree char         *longest = g_strconcat ("$", tail, NULL);
  g_autofree char         *too_long = g_strconcat ("$x", tail, NULL);

  assert_each (is_event, good, TRUE);
  assert_each (is_event, bad, FALSE);
  g_assert_true (is_event (longest));
  g_assert_false (is_event (too_long));
}

static void
test_device_id (void)
{
  static const char *const good[] = { "ABCDEFGHIJ", "a", "dehydrated device 1", "\xE2\x98\x8E", "+/=:@$!#", NULL };
  static const char *const bad[] = { "", "A\nB", "A\tB", "\x01", "\x7F", "A\xC2\x80", "\xC3", NULL };
  g_autofree char         *longest = g_strnfill (MTX_ID_MAX_BYTES, 'x');
  g_autofree char         *too_long = g_strnfill (MTX_ID_MAX_BYTES + 1, 'x');

  assert_each (is_device, good, TRUE);
  assert_each (is_device, bad, FALSE);
  g_assert_true (is_device (longest));
  g_assert_false (is_device (too_long));
}

static void
test_values (void)
{
  g_autoptr (MtxRoomId)  id = mtx_room_id_new ("!" HASH_43, NULL);
  g_autoptr (MtxRoomId)  same = mtx_room_id_new ("!" HASH_43, NULL);
  g_autoptr (MtxRoomId)  other = mtx_room_id_new ("!" HASH_43 ":example.org", NULL);
  g_autoptr (MtxRoomId)  shared = mtx_room_id_ref (id);
  g_autoptr (GHashTable) table = g_hash_table_new (mtx_room_id_hash, mtx_room_id_equal);
  g_auto (GValue)        value = G_VALUE_INIT;

  g_assert_true (shared == id);
  g_assert_true (mtx_room_id_equal (id, same));
  g_assert_false (mtx_room_id_equal (id, other));
  g_assert_cmpuint (mtx_room_id_hash (id), ==, mtx_room_id_hash (same));
  g_hash_table_add (table, id);
  g_assert_true (g_hash_table_contains (table, same));
  g_assert_false (g_hash_table_contains (table, other));

  g_value_init (&value, MTX_TYPE_ROOM_ID);
  g_value_set_boxed (&value, id);
  g_assert_true (g_value_get_boxed (&value) == id);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/base/id/server-name", test_server_name);
  g_test_add_func ("/base/id/user-id", test_user_id);
  g_test_add_func ("/base/id/user-id-parts", test_user_id_parts);
  g_test_add_func ("/base/id/room-id", test_room_id);
  g_test_add_func ("/base/id/room-alias", test_room_alias);
  g_test_add_func ("/base/id/event-id", test_event_id);
  g_test_add_func ("/base/id/device-id", test_device_id);
  g_test_add_func ("/base/id/values", test_values);

  return g_test_run ();
}
