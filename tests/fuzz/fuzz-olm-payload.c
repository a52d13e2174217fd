/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands inside an Olm message: it is from and for whom the envelope says, with every field, or nothing.
 */
#include "mtx-fuzz.h"

#include "mtx-json.h"
#include "mtx-olm-payload.h"

/* The sender is a device of matrix-js-sdk's test data, whose signed keys the corpus holds. */
static const MtxOlmParties parties = {
  .sender = "@alice:localhost",
  .sender_key = "F4uCNNlcbRvc7CfBz95ZGWBvY1ALniG1J8+6rhVoKS0",
  .sender_ed25519 = "YI/7vbGVLpGdYtuceQR8MSsKB/QjgfMXM1xqnn+0NWU",
  .recipient = "@bob:xyz",
  .recipient_ed25519 = "jmY0h8QS6Te6gxyjOmMc0eKOqmbAtXpVo4CCWFubk50",
};

static void
check (MtxOlmPayload *payload)
{
  g_assert_nonnull (payload->type);
  g_assert_nonnull (payload->untrusted_content);
  if (payload->device_keys != NULL)
    {
      g_assert_cmpstr (mtx_device_keys_get_curve25519 (payload->device_keys), ==, parties.sender_key);
      g_assert_cmpstr (mtx_device_keys_get_ed25519 (payload->device_keys), ==, payload->claimed_ed25519);
      g_assert_cmpstr (mtx_device_keys_get_device_id (payload->device_keys), ==, "test_device");
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GBytes)        plaintext = g_bytes_new_static (data, size);
  g_autoptr (MtxOlmPayload) known = NULL;
  g_autoptr (MtxOlmPayload) unknown = NULL;
  MtxOlmParties             unknown_device = parties;

  known = mtx_olm_payload_new (plaintext, &parties, NULL);
  if (known != NULL)
    {
      check (known);
      g_assert_cmpstr (known->claimed_ed25519, ==, parties.sender_ed25519);
    }

  unknown_device.sender_ed25519 = NULL;
  unknown = mtx_olm_payload_new (plaintext, &unknown_device, NULL);
  if (unknown != NULL)
    check (unknown);
  g_assert_true (known == NULL || unknown != NULL);

  return 0;
}
