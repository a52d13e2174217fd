/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A verification with somebody who sends anything in any order: it ends, or waits, but nobody is vouched for. The
 * first byte says who asked; then there is an event in each line, its type and its content, or what our person does
 * after an exclamation mark.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-json.h"
#include "mtx-verification-private.h"

#define MAX_EVENTS 64

static const MtxJsonLimits limits = { .max_bytes = 65536, .max_depth = 16, .reject_duplicates = TRUE };

/* matrix-js-sdk's test data. */
static const char our_key[] = "YI/7vbGVLpGdYtuceQR8MSsKB/QjgfMXM1xqnn+0NWU";
static const char our_master[] = "J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY";
static const char their_key[] = "jmY0h8QS6Te6gxyjOmMc0eKOqmbAtXpVo4CCWFubk50";
static const char their_master[] = "aU2+2CyXQTCuDcmWW0EL2bhJ6PdjFW2LbAsbHqf02AY";

static void
check_sent (MtxVerification *verification,
            const char      *type,
            JsonObject      *content,
            gpointer         data)
{
  guint *n_sent = data;

  g_assert_true (g_str_has_prefix (type, "m.key.verification."));
  g_assert_nonnull (content);
  g_assert_cmpuint (++*n_sent, <=, 2 * MAX_EVENTS);
}

static void
refuse_agreement (MtxVerification *verification,
                  gpointer         data)
{
  g_assert_not_reached ();
}

static const MtxVerificationHost host = { .send = check_sent, .agreed = refuse_agreement };

static void
act (MtxVerification *verification,
     const char      *action)
{
  if (g_str_equal (action, "accept"))
    mtx_verification_accept (verification);
  else if (g_str_equal (action, "confirm"))
    mtx_verification_confirm (verification);
  else if (g_str_equal (action, "mismatch"))
    mtx_verification_mismatch (verification);
  else if (g_str_equal (action, "cancel"))
    mtx_verification_cancel (verification);
  else if (g_str_equal (action, "start") && verification->step == MTX_STEP_READY)
    _mtx_verification_send_start (verification);
}

static void
receive (MtxVerification *verification,
         char            *line)
{
  char                  *separator = strchr (line, ' ');
  g_autoptr (JsonObject) content = NULL;

  if (separator == NULL)
    return;
  *separator = '\0';
  content = mtx_json_parse_object (separator + 1, -1, &limits, NULL);
  if (content != NULL)
    _mtx_verification_receive (verification, line, content);
}

static void
check (MtxVerification *verification,
       gboolean         was_over)
{
  gboolean is_over = _mtx_verification_is_over (verification);

  g_assert_cmpint (verification->vouched, ==, MTX_VOUCHED_NOTHING);
  g_assert_cmpint (verification->step, !=, MTX_STEP_SIGNING);
  g_assert_cmpint (verification->step, !=, MTX_STEP_DONE);
  g_assert_true (is_over || !was_over);
  g_assert_true (is_over == (mtx_verification_get_state (verification) == MTX_VERIFICATION_CANCELLED));
  g_assert_true (is_over == (mtx_verification_get_cancel_code (verification) != NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static gboolean             is_ready;
  g_autoptr (MtxVerification) verification = NULL;
  g_autofree char            *text = NULL;
  g_auto (GStrv)              lines = NULL;
  guint                       n_sent = 0;

  if (size == 0)
    return 0;
  if (!is_ready)
    dex_init ();
  is_ready = TRUE;

  verification = _mtx_verification_new ("transaction", NULL,
                                        mtx_verification_party_new ("@alice:localhost", "ALICE", our_key, our_master),
                                        mtx_verification_party_new ("@bob:xyz", "BOB", their_key, their_master),
                                        data[0] == 'w', 0, &host, &n_sent);
  text = g_strndup ((const char *)data + 1, size - 1);
  lines = g_strsplit (text, "\n", MAX_EVENTS);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean was_over = _mtx_verification_is_over (verification);

      if (lines[i][0] == '!')
        act (verification, lines[i] + 1);
      else
        receive (verification, lines[i]);
      check (verification, was_over);
    }
  _mtx_verification_detach (verification);

  return 0;
}
