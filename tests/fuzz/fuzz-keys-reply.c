/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The answer to `/keys/query`: whatever a server says, nobody is believed that was not asked about, no device
 * without its own signature, and a device that is known keeps its keys.
 */
#include "mtx-fuzz.h"

#include "mtx-json.h"
#include "mtx-keys-reply.h"

#define ALICE "@alice:localhost"
#define BOB   "@bob:xyz"

static const MtxJsonLimits limits = { .max_bytes = 1 << 20, .reject_duplicates = TRUE };

/* Of matrix-js-sdk's test data, which the corpus holds; its private keys are known, but not to the fuzzer. */
static const MtxOwnIds own = {
  .user_id = ALICE,
  .device_id = "test_device",
  .curve25519 = "F4uCNNlcbRvc7CfBz95ZGWBvY1ALniG1J8+6rhVoKS0",
  .ed25519 = "YI/7vbGVLpGdYtuceQR8MSsKB/QjgfMXM1xqnn+0NWU",
  .master_key = "J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY",
  .self_signing_key = "aU2+2CyXQTCuDcmWW0EL2bhJ6PdjFW2LbAsbHqf02AY",
  .user_signing_key = "g5TC/zjQXyZYuDLZv7a41z5fFVrXpYPypG//AFQj8hY",
};

static void
assert_asked (GPtrArray *users)
{
  for (guint i = 0; i < users->len; i++)
    {
      const char *user = g_ptr_array_index (users, i);

      g_assert_true (g_str_equal (user, ALICE) || g_str_equal (user, BOB));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const char *const asked[] = { ALICE, BOB, NULL };
  g_autoptr (JsonObject)   reply = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (GPtrArray)    devices = g_ptr_array_new ();
  g_autoptr (GPtrArray)    identities = g_ptr_array_new ();
  g_autoptr (MtxKeysReply) judged = NULL;

  if (reply == NULL)
    return 0;

  judged = mtx_keys_reply_new (reply, asked, devices, identities, &own, 1);
  assert_asked (judged->answered);
  assert_asked (judged->failed);
  assert_asked (judged->changed);

  /* Without the private keys nobody can make a device of ours look signed that is not the published one. */
  if (judged->own_device == MTX_SHOWN_NOT)
    g_assert_false (judged->own_device_signed);
  if (judged->own_identity != MTX_SHOWN_AS_OURS)
    g_assert_false (judged->own_identity_signed);

  return 0;
}
