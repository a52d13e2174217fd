/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values into words, for bindings: dates, states, codes. Pure functions that touch no widget.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-format.h"

/**
 * sup_format_time:
 * @time: (nullable): when
 *
 * Formats the time of day as the locale writes it.
 *
 * Returns: (transfer full): for example "14:32"; empty for %NULL
 */
char *
sup_format_time (GDateTime *time)
{
  if (time == NULL)
    return g_strdup ("");

  /* Translators: the time of a message; see the manual of strftime(3) */
  return g_date_time_format (time, _ ("%H:%M"));
}

/**
 * sup_format_day:
 * @time: (nullable): when
 * @now: the present, in the same time zone
 *
 * Names a day the way people do: today, yesterday, else its date.
 *
 * Returns: (transfer full): words; empty for %NULL
 */
char *
sup_format_day (GDateTime *time,
                GDateTime *now)
{
  g_autoptr (GDateTime) midnight = NULL;
  g_autoptr (GDateTime) day = NULL;
  int                   days;

  if (time == NULL)
    return g_strdup ("");

  midnight = g_date_time_new_utc (g_date_time_get_year (now), g_date_time_get_month (now), g_date_time_get_day_of_month (now), 0, 0, 0);
  day = g_date_time_new_utc (g_date_time_get_year (time), g_date_time_get_month (time), g_date_time_get_day_of_month (time), 0, 0, 0);
  days = g_date_time_difference (midnight, day) / G_TIME_SPAN_DAY;

  if (days == 0)
    return g_strdup (_ ("Today"));

  if (days == 1)
    return g_strdup (_ ("Yesterday"));

  if (days > 1 && days < 7)
    return g_date_time_format (time, "%A");

  if (g_date_time_get_year (time) == g_date_time_get_year (now))
    /* Translators: a day of this year, such as "3 March"; see the manual of strftime(3) */
    return g_date_time_format (time, _ ("%-d %B"));

  /* Translators: a day of another year, such as "3 March 2025"; see the manual of strftime(3) */
  return g_date_time_format (time, _ ("%-d %B %Y"));
}

/**
 * sup_format_date_time:
 * @time: (nullable): when
 *
 * Formats date and time of an announcement.
 *
 * Returns: (transfer full): for example "3 March 2026, 14:32"; empty for %NULL
 */
char *
sup_format_date_time (GDateTime *time)
{
  if (time == NULL)
    return g_strdup ("");

  /* Translators: when an announcement was posted; see the manual of strftime(3) */
  return g_date_time_format (time, _ ("%-d %B %Y, %H:%M"));
}

/**
 * sup_format_send_state:
 * @state: how far a message of ours got
 *
 * Says it. "Sent" means that the server answered with an event id, nothing less.
 *
 * Returns: (transfer full): words; empty for a message of somebody else
 */
char *
sup_format_send_state (MtxSendState state)
{
  switch (state)
    {
    case MTX_SEND_STATE_QUEUED:
      return g_strdup (_ ("Waiting to be sent"));

    case MTX_SEND_STATE_SENDING:
      return g_strdup (_ ("Sending…"));

    case MTX_SEND_STATE_SENT:
      return g_strdup (_ ("Sent"));

    case MTX_SEND_STATE_READ:
      return g_strdup (_ ("Read by support"));

    case MTX_SEND_STATE_FAILED:
      return g_strdup (_ ("Not sent"));

    case MTX_SEND_STATE_NONE:
    default:
      return g_strdup ("");
    }
}

/* The codes of the specification, § m.room_key.withheld, and the one of shared history. What a code does not say is not
 * made up. */
static const char *
words_for_withheld (const char *code)
{
  if (g_strcmp0 (code, "m.unverified") == 0)
    return _ ("The sender’s app gives keys to verified devices only. Verify by emoji, then ask for this message again.");

  if (g_strcmp0 (code, "m.blacklisted") == 0)
    return _ ("The sender has blocked this device, so this message cannot be read here.");

  if (g_strcmp0 (code, "m.unauthorised") == 0 || g_strcmp0 (code, "m.history_not_shared") == 0)
    return _ ("This was written before you were here, and the sender’s app does not share older messages.");

  if (g_strcmp0 (code, "m.unavailable") == 0)
    return _ ("The sender’s app no longer has the key for this message. Ask for it to be written again.");

  if (g_strcmp0 (code, "m.no_olm") == 0)
    return _ ("The sender’s app could not reach this device to hand over the key. It may still appear by itself.");

  return _ ("The sender’s app did not give this device the key for this message.");
}

static const char *
words_for_undecryptable (MtxDecryption reason,
                         const char   *withheld_code,
                         gboolean      is_late)
{
  switch (reason)
    {
    case MTX_DECRYPTION_MISSING_KEY:
      if (is_late)
        return _ ("The key for this message is not on this computer. It appears by itself if the key still arrives, or if you import message keys.");
      return _ ("The key for this message has not arrived yet. It will appear by itself.");

    case MTX_DECRYPTION_WITHHELD:
      return words_for_withheld (withheld_code);

    case MTX_DECRYPTION_REFUSED:
      return _ ("This message was refused: its sender cannot be trusted, or it is a repetition.");

    case MTX_DECRYPTION_CLEAR:
    case MTX_DECRYPTION_DECRYPTED:
    case MTX_DECRYPTION_FAILED:
    default:
      return _ ("This message is damaged and cannot be read.");
    }
}

/**
 * sup_format_body:
 * @kind: what the row is
 * @body: (nullable): its text
 * @reason: why it cannot be read, if it cannot
 * @withheld_code: (nullable): the sender's reason for giving us no key
 * @is_late: whether its key should have been here long ago
 *
 * Gives what stands in the bubble.
 *
 * Returns: (transfer full): the text, or a sentence in its place
 */
char *
sup_format_body (MtxItemKind   kind,
                 const char   *body,
                 MtxDecryption reason,
                 const char   *withheld_code,
                 gboolean      is_late)
{
  switch (kind)
    {
    case MTX_ITEM_KIND_UNDECRYPTABLE:
      return g_strdup (words_for_undecryptable (reason, withheld_code, is_late));

    case MTX_ITEM_KIND_DELETED:
      return g_strdup (_ ("This message was deleted."));

    case MTX_ITEM_KIND_UNSUPPORTED:
      if (body != NULL && *body != '\0')
        return g_strdup_printf (_ ("This version cannot show “%s”."), body);
      return g_strdup (_ ("This version cannot show this message."));

    case MTX_ITEM_KIND_MESSAGE:
    case MTX_ITEM_KIND_NOTICE:
    default:
      return g_strdup (body != NULL ? body : "");
    }
}

/**
 * sup_format_notice:
 * @notice: what happened in the room
 * @subject: (nullable): the full Matrix id of the person it happened to
 * @own: whether that person is the user
 *
 * Says what happened. The id is shown in full, never a display name: names can be made to look like support.
 *
 * Returns: (transfer full): a sentence; empty for no notice
 */
char *
sup_format_notice (MtxNoticeType notice,
                   const char   *subject,
                   gboolean      own)
{
  const char *who = subject != NULL ? subject : "";

  switch (notice)
    {
    case MTX_NOTICE_TYPE_JOINED:
      return own ? g_strdup (_ ("You opened the conversation")) : g_strdup_printf (_ ("%s joined"), who);

    case MTX_NOTICE_TYPE_INVITED:
      return g_strdup_printf (_ ("%s was invited"), who);

    case MTX_NOTICE_TYPE_LEFT:
      return own ? g_strdup (_ ("You left")) : g_strdup_printf (_ ("%s left"), who);

    case MTX_NOTICE_TYPE_DECLINED:
      return g_strdup_printf (_ ("%s declined the invitation"), who);

    case MTX_NOTICE_TYPE_REMOVED:
    case MTX_NOTICE_TYPE_BANNED:
      return own ? g_strdup (_ ("You were removed")) : g_strdup_printf (_ ("%s was removed"), who);

    case MTX_NOTICE_TYPE_ENCRYPTED:
      return g_strdup (_ ("Messages in this conversation are end-to-end encrypted"));

    case MTX_NOTICE_TYPE_NONE:
    default:
      return g_strdup ("");
    }
}

/**
 * sup_format_shield:
 * @shield: what is doubtful about a message
 *
 * Says it.
 *
 * Returns: (transfer full): a sentence; empty when nothing is doubtful
 */
char *
sup_format_shield (MtxShield shield)
{
  switch (shield)
    {
    case MTX_SHIELD_UNSIGNED_DEVICE:
      return g_strdup (_ ("Sent from a device its owner has not confirmed"));

    case MTX_SHIELD_UNKNOWN_DEVICE:
      return g_strdup (_ ("Sent from an unknown or deleted device"));

    case MTX_SHIELD_NOT_AUTHENTIC:
      return g_strdup (_ ("Restored from a copy, which does not prove who wrote it"));

    case MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM:
      return g_strdup (_ ("Not encrypted"));

    case MTX_SHIELD_CHANGED_IDENTITY:
      return g_strdup (_ ("Sent after the sender’s identity changed"));

    case MTX_SHIELD_NONE:
    default:
      return g_strdup ("");
    }
}

/**
 * sup_format_encryption:
 * @encryption: what is known about the encryption of a conversation
 *
 * Says it in a few words.
 *
 * Returns: (transfer full): words
 */
char *
sup_format_encryption (SupEncryption encryption)
{
  switch (encryption)
    {
    case SUP_ENCRYPTION_ON:
      return g_strdup (_ ("End-to-end encrypted"));

    case SUP_ENCRYPTION_UNKNOWN:
      return g_strdup (_ ("Unknown encryption: nothing is sent"));

    case SUP_ENCRYPTION_UNREADABLE:
      return g_strdup (_ ("Encrypted, but support cannot read yet"));

    case SUP_ENCRYPTION_PENDING:
    default:
      return g_strdup (_ ("Setting up encryption"));
    }
}

/**
 * sup_format_encryption_meaning:
 * @encryption: what is known about the encryption of a conversation
 *
 * Explains it in a sentence or two.
 *
 * Returns: (transfer full): sentences
 */
char *
sup_format_encryption_meaning (SupEncryption encryption)
{
  switch (encryption)
    {
    case SUP_ENCRYPTION_ON:
      return g_strdup (_ ("Messages in this conversation are end-to-end encrypted. Only you and support’s confirmed devices can read them; the server cannot."));

    case SUP_ENCRYPTION_UNKNOWN:
      return g_strdup (_ ("The server names an encryption this version does not know. Nothing is sent until that changes: your messages are kept on this computer."));

    case SUP_ENCRYPTION_UNREADABLE:
      return g_strdup (_ ("Messages are encrypted, but support has no confirmed device yet that may read them. Tell the provider by e-mail that its support account has to set up encryption in Element."));

    case SUP_ENCRYPTION_PENDING:
    default:
      return g_strdup (_ ("The encrypted room is being made. Nothing leaves this computer before it is encrypted."));
    }
}
