/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the facets of the window share.
 */
#pragma once

#include "sup-main-page.h"
#include "sup-provider-page.h"
#include "sup-window.h"

G_BEGIN_DECLS

struct _SupWindow
{
  AdwApplicationWindow parent_instance;

  /* Template Widgets */
  AdwToastOverlay   *toasts;
  GtkStack          *stack;
  AdwNavigationView *navigation; /* empty until Welcome is needed */

  /* Borrowed References */
  SupMainPage *main_page; /* in the stack once there is a client, else NULL */

  /* Owned References */
  SupClientList *clients;
  SupClient     *client;
  GSignalGroup  *client_signals;
  GSettings     *settings;
  DexFuture     *loading;
  DexFuture     *reading;
};

void _sup_window_class_install_actions (GtkWidgetClass *widget_class);
void _sup_window_set_client            (SupWindow      *self,
                                        SupClient      *client);
void _sup_window_show_welcome          (SupWindow      *self);
void _sup_window_update_actions        (SupWindow      *self);

G_END_DECLS
