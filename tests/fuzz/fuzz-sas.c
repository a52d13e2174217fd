/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the other side of a verification sends in the way of cryptography: a key, a commitment, a MAC; each is
 * refused or exactly what it should be. The first byte says which it is.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-base64.h"
#include "mtx-json.h"
#include "mtx-public-key.h"
#include "mtx-sas.h"

static const MtxJsonLimits limits = { .max_bytes = 65536, .reject_duplicates = TRUE };
static const char          accepter_key[] = "Q/NmNFEUS1fS+YeEmiZkjjblKTitrKOAk7cPEumcMlg";

static void
fuzz_key (const char *text)
{
  g_autoptr (MtxSas) sas = mtx_sas_new (NULL);
  MtxSasParty        party = { "@a:x", "A", mtx_sas_get_public_key (sas) };
  guint8             bytes[MTX_SAS_BYTES];
  gboolean           agreed = mtx_sas_set_their_key (sas, text, NULL);

  g_assert_cmpint (agreed, ==, mtx_curve25519_key_check (text, NULL));
  g_assert_cmpint (mtx_sas_derive_bytes (sas, &party, &party, "t", bytes, NULL), ==, agreed);
  if (agreed)
    {
      guint emoji[MTX_SAS_N_EMOJI];
      guint decimals[MTX_SAS_N_DECIMALS];

      mtx_sas_get_emoji (bytes, emoji);
      mtx_sas_get_decimals (bytes, decimals);
      for (guint i = 0; i < MTX_SAS_N_EMOJI; i++)
        g_assert_cmpuint (emoji[i], <, 64);
      for (guint i = 0; i < MTX_SAS_N_DECIMALS; i++)
        g_assert_true (decimals[i] >= 1000 && decimals[i] <= 9191);
      g_assert_false (mtx_sas_set_their_key (sas, text, NULL));
    }
}

static void
fuzz_mac (const char *text)
{
  static MtxSas   *sas;
  MtxSasParty      party = { "@a:x", "A", NULL };
  g_autofree char *mac = NULL;

  if (sas == NULL)
    {
      g_autoptr (MtxSas) other = mtx_sas_new (NULL);

      sas = mtx_sas_new (NULL);
      g_assert_true (mtx_sas_set_their_key (sas, mtx_sas_get_public_key (other), NULL));
    }

  /* Nobody guesses it, and no text but the one is taken for it. */
  g_assert_false (mtx_sas_verify_mac (sas, "input", &party, &party, "t", "ed25519:A", text, NULL));
  mac = mtx_sas_calculate_mac (sas, text, &party, &party, "t", text, NULL);
  g_assert_nonnull (mac);
  g_assert_true (mtx_sas_verify_mac (sas, text, &party, &party, "t", text, mac, NULL));
}

static void
fuzz_start (const char *text)
{
  g_autoptr (JsonObject) start = mtx_json_parse_object (text, -1, &limits, NULL);
  g_autofree char       *commitment = NULL;

  if (start == NULL)
    return;
  commitment = mtx_sas_commitment (accepter_key, start, NULL);
  if (commitment == NULL)
    return;
  g_assert_cmpuint (strlen (commitment), ==, 43);
  g_assert_true (mtx_sas_check_commitment (commitment, accepter_key, start, NULL));

  /* One member more is another content. */
  json_object_set_boolean_member (start, "io.github.wallet_support.more", TRUE);
  g_assert_false (mtx_sas_check_commitment (commitment, accepter_key, start, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = NULL;

  if (size == 0)
    return 0;
  text = g_strndup ((const char *)data + 1, size - 1);

  switch (data[0])
    {
    case 'k':
      fuzz_key (text);
      break;
    case 'm':
      fuzz_mac (text);
      break;
    case 's':
      fuzz_start (text);
      break;
    default:
      break;
    }

  return 0;
}
