/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One announcement.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_FEED_ROW (sup_feed_row_get_type ())

G_DECLARE_FINAL_TYPE (SupFeedRow, sup_feed_row, SUP, FEED_ROW, AdwBin)

G_END_DECLS
