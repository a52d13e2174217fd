/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The 64 emoji of a verification and their names in the user's language.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SUP_EMOJI_WORDS_N 64

const char *sup_emoji_words_get_picture (guint index);
const char *sup_emoji_words_get_name    (guint index);

G_END_DECLS
