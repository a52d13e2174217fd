/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Identifiers: what is accepted is kept as it was and can be taken apart.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-id.h"

static void
check_common (const char *text,
              const char *kept)
{
  g_assert_cmpstr (kept, ==, text);
  g_assert_cmpuint (strlen (kept), <=, MTX_ID_MAX_BYTES);
  g_assert_true (g_utf8_validate (kept, -1, NULL));
  for (const char *p = kept; *p != '\0'; p++)
    g_assert_false (g_ascii_iscntrl (*p));
}

static void
check_user_id (MtxUserId *id)
{
  const char      *server = mtx_user_id_get_server (id);
  g_autofree char *localpart = mtx_user_id_dup_localpart (id);
  g_autofree char *whole = g_strdup_printf ("@%s:%s", localpart, server);

  g_assert_cmpstr (whole, ==, mtx_user_id_get (id));
  g_assert_true (mtx_server_name_is_valid (server));
  g_assert_true (g_str_is_ascii (whole));
  if (!mtx_user_id_is_historical (id))
    for (const char *p = localpart; *p != '\0'; p++)
      g_assert_false (g_ascii_isupper (*p));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char         *text = g_strndup ((const char *)data, size);
  g_autoptr (MtxUserId)    user = mtx_user_id_new (text, NULL);
  g_autoptr (MtxRoomId)    room = mtx_room_id_new (text, NULL);
  g_autoptr (MtxRoomAlias) alias = mtx_room_alias_new (text, NULL);
  g_autoptr (MtxEventId)   event = mtx_event_id_new (text, NULL);
  g_autoptr (MtxDeviceId)  device = mtx_device_id_new (text, NULL);

  if (mtx_server_name_is_valid (text))
    {
      g_autofree char      *room_text = g_strconcat ("!room:", text, NULL);
      g_autoptr (MtxRoomId) on_server = mtx_room_id_new (room_text, NULL);

      g_assert_cmpuint (strlen (text), <=, MTX_SERVER_NAME_MAX_BYTES);
      g_assert_true (g_str_is_ascii (text));
      g_assert_nonnull (on_server);
    }
  if (user != NULL)
    {
      check_common (text, mtx_user_id_get (user));
      check_user_id (user);
    }
  if (room != NULL)
    check_common (text, mtx_room_id_get (room));
  if (alias != NULL)
    check_common (text, mtx_room_alias_get (alias));
  if (event != NULL)
    check_common (text, mtx_event_id_get (event));
  if (device != NULL)
    check_common (text, mtx_device_id_get (device));

  /* The sigil tells the kinds apart. */
  g_assert_cmpint ((user != NULL) + (room != NULL) + (alias != NULL) + (event != NULL), <=, 1);

  return 0;
}
