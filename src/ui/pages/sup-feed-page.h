/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The announcements. There is no composer here, and none can be added: the feed cannot be written to.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_FEED_PAGE (sup_feed_page_get_type ())

G_DECLARE_FINAL_TYPE (SupFeedPage, sup_feed_page, SUP, FEED_PAGE, AdwBin)

G_END_DECLS
