/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A window on a display nobody looks at: shows one page or dialog, narrow and wide, light and dark, and keeps pictures.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Narrower than this nothing has to be. */
#define SUP_STAGE_NARROW 360

gboolean    sup_stage_init    (int         *argc,
                               char      ***argv);
AdwWindow  *sup_stage_open    (int          width,
                               int          height);
void        sup_stage_settle  (AdwWindow   *window);
void        sup_stage_show    (const char  *name,
                               AdwDialog *(*make) (gpointer data),
                               gpointer     data);
void        sup_stage_show_page (const char *name,
                                 GtkWidget *(*make) (gpointer data),
                                 gpointer     data);
GtkWidget  *sup_stage_find    (GtkWidget   *root,
                               const char  *words);

G_END_DECLS
