/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names from strangers made fit for display (provider.md, section 2, "display text").
 */
#pragma once

#include "sup-provider-types.h"

G_BEGIN_DECLS

#define SUP_DISPLAY_TEXT_NAME_CHARS     64
#define SUP_DISPLAY_TEXT_TAG_LINE_CHARS 140

/**
 * SupDisplayTextFlags:
 * @SUP_DISPLAY_TEXT_CHANGED: characters were removed or the text was cut
 * @SUP_DISPLAY_TEXT_MIXED_SCRIPT: one word mixes Latin, Cyrillic or Greek
 */
typedef enum
{
  SUP_DISPLAY_TEXT_CLEAN = 0,
  SUP_DISPLAY_TEXT_CHANGED = 1 << 0,
  SUP_DISPLAY_TEXT_MIXED_SCRIPT = 1 << 1,
} SupDisplayTextFlags;

char *sup_display_text_clean (const char          *untrusted,
                              gsize                max_chars,
                              SupDisplayTextFlags *flags);

G_END_DECLS
