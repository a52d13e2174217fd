/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a message is written. Knows no room: it activates "chat.send" with the text.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_COMPOSER (sup_composer_get_type ())

G_DECLARE_FINAL_TYPE (SupComposer, sup_composer, SUP, COMPOSER, AdwBin)

void sup_composer_clear_sent (SupComposer *self,
                              const char  *sent);

G_END_DECLS
