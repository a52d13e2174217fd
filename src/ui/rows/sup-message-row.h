/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row of the conversation: a bubble with its state, or a line about what happened.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_MESSAGE_ROW (sup_message_row_get_type ())

G_DECLARE_FINAL_TYPE (SupMessageRow, sup_message_row, SUP, MESSAGE_ROW, AdwBin)

G_END_DECLS
