/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The file of a room-key bundle: every key that is read is of the room that was shared and proves nothing, and there
 * are never more than can be.
 */
#include "mtx-fuzz.h"

#include "mtx-received-key.h"
#include "mtx-room-key-bundle.h"

#define ROOM "!room:id"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char      *text = g_strndup ((const char *)data, size);
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) keys = mtx_room_key_bundle_read (text, size, ROOM, &error);

  g_assert_true ((keys != NULL) == (error == NULL));
  if (keys == NULL)
    return 0;

  /* None is written in less than a hundred characters. */
  g_assert_cmpuint (keys->len, <=, size / 100);
  for (guint i = 0; i < keys->len; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (keys, i);

      g_assert_cmpstr (key->claim->room_id, ==, ROOM);
      g_assert_true (key->claim->imported);
      g_assert_null (key->claim->sender_user);
    }

  return 0;
}
