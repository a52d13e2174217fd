/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why an account could not be brought back, as what the person can do about it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SupRestoreError:
 * @SUP_RESTORE_ERROR_FAILED: nothing better is known
 * @SUP_RESTORE_ERROR_ADDRESS: this is no address of an account: look at it again
 * @SUP_RESTORE_ERROR_KEY_CHARACTER: the key has a character that no security key has: look at it again
 * @SUP_RESTORE_ERROR_KEY_LENGTH: the key is too short or too long
 * @SUP_RESTORE_ERROR_KEY_PREFIX: this is something else than a security key
 * @SUP_RESTORE_ERROR_KEY_PARITY: the key is mistyped somewhere
 * @SUP_RESTORE_ERROR_REFUSED: the server does not accept address and key, or address and password, together
 * @SUP_RESTORE_ERROR_WRONG_KEY: signed in, but this key or passphrase opens nothing of this account
 * @SUP_RESTORE_ERROR_NO_STORAGE: signed in, but this account keeps no secrets on its server
 * @SUP_RESTORE_ERROR_IDENTITY: what the key opens is not the identity this account shows to others: warn
 * @SUP_RESTORE_ERROR_NO_PROVIDER: the account does not say for which provider it is: ask for the provider's file
 * @SUP_RESTORE_ERROR_UNREACHABLE: no network, no such server, or it does not answer: try later
 * @SUP_RESTORE_ERROR_UNSUPPORTED: the server lets people in by browser only
 * @SUP_RESTORE_ERROR_EXISTS: this account is here already
 * @SUP_RESTORE_ERROR_KEYRING_LOCKED: the keyring is locked and was not unlocked
 * @SUP_RESTORE_ERROR_KEYRING_ABSENT: this desktop has no place for secrets
 * @SUP_RESTORE_ERROR_FULL: no space left on the disk
 *
 * After each of them nothing of the attempt is left on this computer, and nothing on the server was changed.
 */
typedef enum
{
  SUP_RESTORE_ERROR_FAILED,
  SUP_RESTORE_ERROR_ADDRESS,
  SUP_RESTORE_ERROR_KEY_CHARACTER,
  SUP_RESTORE_ERROR_KEY_LENGTH,
  SUP_RESTORE_ERROR_KEY_PREFIX,
  SUP_RESTORE_ERROR_KEY_PARITY,
  SUP_RESTORE_ERROR_REFUSED,
  SUP_RESTORE_ERROR_WRONG_KEY,
  SUP_RESTORE_ERROR_NO_STORAGE,
  SUP_RESTORE_ERROR_IDENTITY,
  SUP_RESTORE_ERROR_NO_PROVIDER,
  SUP_RESTORE_ERROR_UNREACHABLE,
  SUP_RESTORE_ERROR_UNSUPPORTED,
  SUP_RESTORE_ERROR_EXISTS,
  SUP_RESTORE_ERROR_KEYRING_LOCKED,
  SUP_RESTORE_ERROR_KEYRING_ABSENT,
  SUP_RESTORE_ERROR_FULL,
} SupRestoreError;

#define SUP_RESTORE_ERROR (sup_restore_error_quark ())

GQuark sup_restore_error_quark (void);

G_END_DECLS
