/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is known of a person's identity, in the user's words. Pure functions that touch no widget.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-identity-words.h"

/**
 * sup_identity_words_title:
 * @state: what is known of an identity
 *
 * Says it in a few words.
 *
 * Returns: (transfer none): a title
 */
const char *
sup_identity_words_title (MtxIdentityState state)
{
  switch (state)
    {
    case MTX_IDENTITY_NONE:
      return _ ("No Identity");

    case MTX_IDENTITY_PINNED:
      return _ ("Same as When You First Met");

    case MTX_IDENTITY_VERIFIED:
      return _ ("Verified");

    case MTX_IDENTITY_CHANGED:
      return _ ("Support’s Identity Has Changed");

    case MTX_IDENTITY_VIOLATED:
      return _ ("The Verified Identity Has Changed");

    case MTX_IDENTITY_UNKNOWN:
    default:
      return _ ("Not Known Yet");
    }
}

/**
 * sup_identity_words_meaning:
 * @state: what is known of an identity
 *
 * Explains it, what is safe, and what can be done.
 *
 * Returns: (transfer none): sentences
 */
const char *
sup_identity_words_meaning (MtxIdentityState state)
{
  switch (state)
    {
    case MTX_IDENTITY_NONE:
      return _ ("Support’s account has no cryptographic identity, so its devices cannot be told from a stranger’s. Your messages wait on this computer. Ask your provider to set up encryption in Element.");

    case MTX_IDENTITY_PINNED:
      return _ ("Only you and support’s confirmed devices can read this conversation; the server cannot. To be sure that nobody stood in between from the start, compare emoji with support.");

    case MTX_IDENTITY_VERIFIED:
      return _ ("You have compared this identity with support. Only you and support’s confirmed devices can read this conversation.");

    case MTX_IDENTITY_CHANGED:
      return _ ("Support may have set up its account anew. Or somebody else is pretending to be support. Your messages wait on this computer until you have decided: ask your provider another way, or compare emoji.");

    case MTX_IDENTITY_VIOLATED:
      return _ ("This is not the identity you once compared with support. Somebody may be pretending to be support. Your messages wait on this computer until you have verified the new identity, or given up the verification.");

    case MTX_IDENTITY_UNKNOWN:
    default:
      return _ ("Support has no device yet that could show an identity. The first one seen will be remembered, and you will be told if it ever changes.");
    }
}

/**
 * sup_identity_words_icon:
 * @state: what is known of an identity
 *
 * Names the picture for it.
 *
 * Returns: (transfer none): an icon name
 */
const char *
sup_identity_words_icon (MtxIdentityState state)
{
  switch (state)
    {
    case MTX_IDENTITY_VERIFIED:
      return "verified-symbolic";

    case MTX_IDENTITY_NONE:
    case MTX_IDENTITY_CHANGED:
    case MTX_IDENTITY_VIOLATED:
      return "dialog-warning-symbolic";

    case MTX_IDENTITY_PINNED:
    case MTX_IDENTITY_UNKNOWN:
    default:
      return "encrypted-symbolic";
    }
}

/**
 * sup_identity_words_decision:
 * @state: what is known of an identity
 *
 * Names what a person can do about a change without verifying, with a mnemonic.
 *
 * Returns: (transfer none): a button's label; empty if there is nothing to decide
 */
const char *
sup_identity_words_decision (MtxIdentityState state)
{
  if (state == MTX_IDENTITY_CHANGED)
    return _ ("_Accept the New Identity…");

  return state == MTX_IDENTITY_VIOLATED ? _ ("_Give Up the Verification…") : "";
}

/**
 * sup_identity_words_devices:
 * @n_signed: how many devices can read
 * @n_unsigned: how many cannot, because their owner did not confirm them
 *
 * Says who can read.
 *
 * Returns: (transfer full): one or two sentences
 */
char *
sup_identity_words_devices (guint n_signed,
                            guint n_unsigned)
{
  g_autofree char *can = NULL;
  g_autofree char *cannot = NULL;

  if (n_signed == 0)
    can = g_strdup (_ ("No device can read your messages yet."));
  else
    can = g_strdup_printf (ngettext ("%u device can read your messages.",
                                     "%u devices can read your messages.", n_signed),
                           n_signed);
  if (n_unsigned == 0)
    return g_steal_pointer (&can);

  cannot = g_strdup_printf (ngettext ("%u cannot, because its owner has not confirmed it.",
                                      "%u cannot, because their owner has not confirmed them.", n_unsigned),
                            n_unsigned);

  /* Translators: two sentences, "2 devices can read your messages. 1 cannot, because its owner has not confirmed it." */
  return g_strdup_printf (_ ("%s %s"), can, cannot);
}
