/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What protects an account, and why one could not be brought back, in the user's words. Pure functions.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-security-words.h"

/**
 * sup_security_words_storage:
 * @state: what the server keeps under the security key
 *
 * Says whether the key brings everything back.
 *
 * Returns: (transfer none): a sentence
 */
const char *
sup_security_words_storage (MtxSecretStorageState state)
{
  switch (state)
    {
    case MTX_SECRET_STORAGE_OPEN:
      return _ ("Kept on the server, locked with your security key");

    case MTX_SECRET_STORAGE_MISSING:
      return _ ("Not on the server yet. They are put there as soon as it answers.");

    case MTX_SECRET_STORAGE_FOREIGN:
      return _ ("Another app keeps its own there, which this key does not open. They are left alone.");

    case MTX_SECRET_STORAGE_UNKNOWN:
    default:
      return _ ("The server has not answered yet");
    }
}

/**
 * sup_security_words_backup:
 * @state: what the server keeps of the room keys
 *
 * Says whether old messages can be read again on another computer.
 *
 * Returns: (transfer none): a sentence
 */
const char *
sup_security_words_backup (MtxKeyBackupState state)
{
  switch (state)
    {
    case MTX_KEY_BACKUP_READY:
      return _ ("Kept on the server, encrypted");

    case MTX_KEY_BACKUP_OFF:
      return _ ("Somebody removed the copy from the server. Export the keys to a file.");

    case MTX_KEY_BACKUP_DISABLED:
      return _ ("Switched off in another app. Export the keys to a file.");

    case MTX_KEY_BACKUP_WRONG_KEY:
      return _ ("Another app keeps them with a key that is not yours here. Export the keys to a file.");

    case MTX_KEY_BACKUP_UNTRUSTED:
      return _ ("The copy on the server is not yours, so nothing is put there. Export the keys to a file.");

    case MTX_KEY_BACKUP_UNSUPPORTED:
      return _ ("This server keeps no copies. Export the keys to a file.");

    case MTX_KEY_BACKUP_UNKNOWN:
    default:
      return _ ("The server has not answered yet");
    }
}

/**
 * sup_security_words_own_title:
 * @identity: how the server shows this account
 *
 * Says it in a few words.
 *
 * Returns: (transfer none): a title; empty if all is well
 */
const char *
sup_security_words_own_title (SupOwnIdentity identity)
{
  switch (identity)
    {
    case SUP_OWN_IDENTITY_DEVICE_MISSING:
      return _ ("The server no longer shows this device. Support may not be able to read you.");

    case SUP_OWN_IDENTITY_DEVICE_REPLACED:
      return _ ("The server shows other keys for this device. Somebody may be reading along.");

    case SUP_OWN_IDENTITY_REPLACED:
      return _ ("Somebody has replaced your account’s identity. Nobody is trusted until you have looked at it.");

    case SUP_OWN_IDENTITY_UNKNOWN:
    case SUP_OWN_IDENTITY_GOOD:
    default:
      return "";
    }
}

/**
 * sup_security_words_own_meaning:
 * @identity: how the server shows this account
 *
 * Explains what happened, what is safe, and what can be done.
 *
 * Returns: (transfer none): sentences; empty if all is well
 */
const char *
sup_security_words_own_meaning (SupOwnIdentity identity)
{
  switch (identity)
    {
    case SUP_OWN_IDENTITY_DEVICE_MISSING:
    case SUP_OWN_IDENTITY_DEVICE_REPLACED:
      return _ ("This device was removed or replaced on the server, by somebody with your security key or by the server itself. Your keys and messages on this computer are safe, and nothing was signed. Tell your provider by phone or e-mail. If it was not you, start anew with another account.");

    case SUP_OWN_IDENTITY_REPLACED:
      return _ ("The server now shows an identity for your account that this computer did not make. Somebody with your security key, or the server itself, put it there. Your keys and messages on this computer are safe, and they will never sign for the new identity. Support may not be able to read you any more, and nobody counts as verified. Tell your provider by phone or e-mail. If it was not you, start anew with another account.");

    case SUP_OWN_IDENTITY_UNKNOWN:
    case SUP_OWN_IDENTITY_GOOD:
    default:
      return "";
    }
}

/**
 * sup_security_words_restore_error:
 * @error: why an account could not be brought back
 *
 * Says why, and the next step.
 *
 * Returns: (transfer none): sentences
 */
const char *
sup_security_words_restore_error (SupRestoreError error)
{
  switch (error)
    {
    case SUP_RESTORE_ERROR_ADDRESS:
      return _ ("This is not an address. It looks like @name:example.org; you find it on the sheet with your security key.");

    case SUP_RESTORE_ERROR_KEY_CHARACTER:
      return _ ("The key has a character that no security key has. Compare it with your sheet: 0, O, I and l never occur.");

    case SUP_RESTORE_ERROR_KEY_LENGTH:
      return _ ("The key is too short or too long. Compare it with your sheet from start to end.");

    case SUP_RESTORE_ERROR_KEY_PREFIX:
      return _ ("This is not a security key. It begins with E, and is not your password or recovery phrase.");

    case SUP_RESTORE_ERROR_KEY_PARITY:
      return _ ("The key is mistyped somewhere. Compare it with your sheet group by group.");

    case SUP_RESTORE_ERROR_REFUSED:
      return _ ("The server does not know this address with this key. Check both. If another app made the account, enter its password too.");

    case SUP_RESTORE_ERROR_WRONG_KEY:
      return _ ("This key or passphrase opens nothing of this account. Use the newest one you have.");

    case SUP_RESTORE_ERROR_NO_STORAGE:
      return _ ("This account keeps nothing on its server that could be restored. Set up its security key in the app that made it.");

    case SUP_RESTORE_ERROR_IDENTITY:
      return _ ("What this key opens is not the identity the account shows to others. Somebody may have tampered with it. Ask your provider before you go on.");

    case SUP_RESTORE_ERROR_NO_PROVIDER:
      return _ ("The account does not say which provider it is for. Open your provider’s file below, then restore again.");

    case SUP_RESTORE_ERROR_UNREACHABLE:
      return _ ("The server cannot be reached. Check the address and your connection, then try again, or open your provider’s file: it may say where the server is.");

    case SUP_RESTORE_ERROR_UNSUPPORTED:
      return _ ("This server lets people in through a web browser only. Log in there, and the rest happens here.");

    case SUP_RESTORE_ERROR_EXISTS:
      return _ ("This account is on this computer already. Go back and choose it.");

    case SUP_RESTORE_ERROR_KEYRING_LOCKED:
      return _ ("Your keyring is locked. Unlock it, then try again.");

    case SUP_RESTORE_ERROR_KEYRING_ABSENT:
      return _ ("There is no keyring on this computer to keep the keys in. Install GNOME Keyring or KWallet, then try again.");

    case SUP_RESTORE_ERROR_FULL:
      return _ ("The disk is full. Make room, then try again.");

    case SUP_RESTORE_ERROR_FAILED:
    default:
      return _ ("The account could not be restored. Nothing was changed. Try again later.");
    }
}
