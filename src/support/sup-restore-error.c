/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why an account could not be brought back: the decisions of the layers below as what the person can do.
 */
#include "sup-restore-error-private.h"

#include "mtx-account-hints.h"
#include "mtx-error.h"

G_DEFINE_QUARK (sup - restore - error - quark, sup_restore_error)

typedef struct
{
  int             cause;
  SupRestoreError code;
} Meaning;

/* Which the form has, before anything is tried. */
static const Meaning form_meanings[] = {
  { MTX_RESTORE_FORM_ERROR_ADDRESS, SUP_RESTORE_ERROR_ADDRESS },
  { MTX_RESTORE_FORM_ERROR_KEY_CHARACTER, SUP_RESTORE_ERROR_KEY_CHARACTER },
  { MTX_RESTORE_FORM_ERROR_KEY_LENGTH, SUP_RESTORE_ERROR_KEY_LENGTH },
  { MTX_RESTORE_FORM_ERROR_KEY_PREFIX, SUP_RESTORE_ERROR_KEY_PREFIX },
  { MTX_RESTORE_FORM_ERROR_KEY_PARITY, SUP_RESTORE_ERROR_KEY_PARITY },
};

/* Which the session has. A name at which no homeserver is found is most likely a server that is away. */
static const Meaning session_meanings[] = {
  { MTX_ERROR_REFUSED, SUP_RESTORE_ERROR_REFUSED },
  { MTX_ERROR_WRONG_SECRET, SUP_RESTORE_ERROR_WRONG_KEY },
  { MTX_ERROR_NOT_FOUND, SUP_RESTORE_ERROR_NO_STORAGE },
  { MTX_ERROR_UNTRUSTED, SUP_RESTORE_ERROR_IDENTITY },
  { MTX_ERROR_MISSING_KEY, SUP_RESTORE_ERROR_NO_PROVIDER },
  { MTX_ERROR_RETRY_LATER, SUP_RESTORE_ERROR_UNREACHABLE },
  { MTX_ERROR_BAD_REPLY, SUP_RESTORE_ERROR_UNREACHABLE },
  { MTX_ERROR_UNSUPPORTED, SUP_RESTORE_ERROR_UNSUPPORTED },
  { MTX_ERROR_INVALID, SUP_RESTORE_ERROR_UNSUPPORTED },
  { MTX_ERROR_LOCKED, SUP_RESTORE_ERROR_KEYRING_LOCKED },
  { MTX_ERROR_ABSENT, SUP_RESTORE_ERROR_KEYRING_ABSENT },
  { MTX_ERROR_FULL, SUP_RESTORE_ERROR_FULL },
};

static GError *
translate (const GError  *cause,
           GQuark         domain,
           const Meaning *meanings,
           gsize          n_meanings)
{
  SupRestoreError code = SUP_RESTORE_ERROR_FAILED;

  for (gsize i = 0; i < n_meanings; i++)
    if (g_error_matches (cause, domain, meanings[i].cause))
      code = meanings[i].code;

  return g_error_new_literal (SUP_RESTORE_ERROR, (int)code, cause->message);
}

/**
 * _sup_restore_error_new_for_form:
 * @cause: what mtx_account_hints_new_restore() found
 *
 * Returns: (transfer full): the same for the person
 */
GError *
_sup_restore_error_new_for_form (const GError *cause)
{
  return translate (cause, MTX_RESTORE_FORM_ERROR, form_meanings, G_N_ELEMENTS (form_meanings));
}

/**
 * _sup_restore_error_new_for_session:
 * @cause: why the session did not open
 *
 * Returns: (transfer full): the same for the person
 */
GError *
_sup_restore_error_new_for_session (const GError *cause)
{
  return translate (cause, MTX_ERROR, session_meanings, G_N_ELEMENTS (session_meanings));
}
