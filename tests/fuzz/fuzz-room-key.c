/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The JSON of a room key out of a backup, an export or a bundle: what is read proves nothing, is of a possible
 * room, and is written again as it was.
 */
#include "mtx-fuzz.h"

#include "mtx-json.h"
#include "mtx-public-key.h"
#include "mtx-received-key.h"
#include "mtx-senders.h"

#define ROOM "!room:id"

static const MtxJsonLimits limits = { .max_bytes = 65536, .max_depth = 8, .reject_duplicates = TRUE };

static void
check_key (MtxReceivedKey *key)
{
  const MtxInboundSessionRow  *claim = key->claim;
  g_autoptr (MtxMegolmInbound) session = NULL;

  g_assert_true (claim->imported);
  g_assert_cmpint (claim->origin, ==, MTX_ROOM_KEY_IMPORTED);
  g_assert_null (claim->sender_user);
  g_assert_null (claim->sender_device);
  g_assert_true (g_str_has_prefix (claim->room_id, "!"));
  g_assert_true (mtx_curve25519_key_check (claim->sender_key, NULL));
  if (claim->claimed_ed25519 != NULL)
    g_assert_true (mtx_ed25519_key_check (claim->claimed_ed25519, NULL));

  session = mtx_megolm_inbound_new_from_export (key->untrusted_session_key, claim->session_id, NULL);
  if (session != NULL)
    {
      g_autoptr (JsonObject)     again = mtx_room_key_build_json (claim, session, MTX_ROOM_KEY_FOR_EXPORT, NULL);
      g_autoptr (MtxReceivedKey) back = mtx_received_key_new_from_json (again, claim->room_id, claim->session_id, NULL);

      g_assert_nonnull (back);
      g_assert_cmpstr (back->untrusted_session_key, ==, key->untrusted_session_key);
      g_assert_cmpstr (back->claim->sender_key, ==, claim->sender_key);
      g_assert_cmpstr (back->claim->claimed_ed25519, ==, claim->claimed_ed25519);
      g_assert_cmpint (back->claim->shared_history, ==, claim->shared_history);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (JsonObject)     object = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (MtxReceivedKey) anywhere = NULL;
  g_autoptr (MtxReceivedKey) in_room = NULL;
  g_autoptr (GError)         error = NULL;

  if (object == NULL)
    return 0;

  anywhere = mtx_received_key_new_from_json (object, NULL, NULL, &error);
  g_assert_true ((anywhere != NULL) == (error == NULL));
  if (anywhere != NULL)
    check_key (anywhere);

  in_room = mtx_received_key_new_from_json (object, ROOM, NULL, NULL);
  if (in_room != NULL)
    {
      g_assert_cmpstr (in_room->claim->room_id, ==, ROOM);
      check_key (in_room);
    }

  return 0;
}
