/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libolm's error words as decisions.
 */
#include "mtx-olm-error.h"

#include "mtx-error.h"

static const struct
{
  const char *word;
  MtxError    code;
} codes[] = {
  { "BAD_MESSAGE_VERSION", MTX_ERROR_BAD_REPLY },
  { "BAD_MESSAGE_FORMAT", MTX_ERROR_BAD_REPLY },
  { "INVALID_BASE64", MTX_ERROR_BAD_REPLY },
  { "BAD_SESSION_KEY", MTX_ERROR_BAD_REPLY },
  { "INPUT_BUFFER_TOO_SMALL", MTX_ERROR_BAD_REPLY },
  { "BAD_MESSAGE_MAC", MTX_ERROR_UNTRUSTED },
  { "BAD_SIGNATURE", MTX_ERROR_UNTRUSTED },
  { "BAD_MESSAGE_KEY_ID", MTX_ERROR_MISSING_KEY },
  { "UNKNOWN_MESSAGE_INDEX", MTX_ERROR_MISSING_KEY },
};

/**
 * mtx_olm_set_error:
 * @error: (out) (optional): where to put the error
 * @what: what was being done, for the log
 * @word: (nullable): the word libolm has for what went wrong
 *
 * Reports a failed call of libolm with the code a caller can decide by: a message that cannot be read
 * (%MTX_ERROR_BAD_REPLY), one that is not genuine (%MTX_ERROR_UNTRUSTED), one whose key is not here
 * (%MTX_ERROR_MISSING_KEY), and %MTX_ERROR_FAILED for everything that should not happen.
 */
void
mtx_olm_set_error (GError    **error,
                   const char *what,
                   const char *word)
{
  MtxError code = MTX_ERROR_FAILED;

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_strcmp0 (codes[i].word, word) == 0)
      code = codes[i].code;

  g_set_error (error, MTX_ERROR, code, "%s: %s", what, word != NULL ? word : "unknown error");
}
