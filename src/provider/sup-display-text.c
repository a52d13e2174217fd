/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Removes from a name what could make it look like something else.
 */
#include "sup-display-text.h"

static gboolean
is_blank (gunichar c)
{
  switch ((int)g_unichar_type (c))
    {
    case G_UNICODE_SPACE_SEPARATOR:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return TRUE;
    default:
      return g_unichar_isspace (c);
    }
}

static gboolean
is_invisible (gunichar c)
{
  return g_unichar_type (c) == G_UNICODE_CONTROL || g_unichar_type (c) == G_UNICODE_FORMAT;
}

/* Drops control and format characters, makes one space of each run of blanks and none at the ends. */
static char *
strip (const char *untrusted,
       gboolean   *removed)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean            blank_pending = FALSE;

  for (const char *p = untrusted; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (is_blank (c))
        blank_pending = text->len > 0;
      else if (is_invisible (c))
        *removed = TRUE;
      else
        {
          if (blank_pending)
            g_string_append_c (text, ' ');
          blank_pending = FALSE;
          g_string_append_unichar (text, c);
        }
    }

  return g_string_free_and_steal (g_steal_pointer (&text));
}

/* Only the three scripts whose letters look alike; digits, marks and every other script may stand beside. */
static gboolean
has_mixed_word (const char *text)
{
  guint seen = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      switch ((int)g_unichar_get_script (c))
        {
        case G_UNICODE_SCRIPT_LATIN:
          seen |= 1;
          break;
        case G_UNICODE_SCRIPT_CYRILLIC:
          seen |= 2;
          break;
        case G_UNICODE_SCRIPT_GREEK:
          seen |= 4;
          break;
        default:
          if (c == ' ')
            seen = 0;
          break;
        }

      if ((seen & (seen - 1)) != 0)
        return TRUE;
    }

  return FALSE;
}

/**
 * sup_display_text_clean:
 * @untrusted: UTF-8
 * @max_chars: how many characters may remain, at least 2
 * @flags: (out): what was noticed
 *
 * Normalises to NFC, removes control, direction and zero-width characters, makes one space of each run of
 * blanks and cuts with an ellipsis.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL if nothing is left
 */
char *
sup_display_text_clean (const char          *untrusted,
                        gsize                max_chars,
                        SupDisplayTextFlags *flags)
{
  g_autofree char *stripped = NULL;
  g_autofree char *text = NULL;
  gboolean         changed = FALSE;

  g_return_val_if_fail (untrusted != NULL && max_chars >= 2 && flags != NULL, NULL);

  /* Strip before normalising: an invisible character could keep a letter and its accent apart. */
  stripped = strip (untrusted, &changed);
  text = g_utf8_normalize (stripped, -1, G_NORMALIZE_NFC);
  g_return_val_if_fail (text != NULL, NULL);

  if ((gsize)g_utf8_strlen (text, -1) > max_chars)
    {
      g_autofree char *head = g_utf8_substring (text, 0, (glong)max_chars - 1);

      g_free (text);
      text = g_strconcat (g_strchomp (head), "…", NULL);
      changed = TRUE;
    }

  *flags = SUP_DISPLAY_TEXT_CLEAN;
  if (changed)
    *flags |= SUP_DISPLAY_TEXT_CHANGED;
  if (has_mixed_word (text))
    *flags |= SUP_DISPLAY_TEXT_MIXED_SCRIPT;

  return text[0] != '\0' ? g_steal_pointer (&text) : NULL;
}
