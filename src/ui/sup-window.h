/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window: shows the page that fits the client's state. Holds no protocol.
 */
#pragma once

#include "sup-application.h"
#include "sup-provider-input.h"

G_BEGIN_DECLS

#define SUP_TYPE_WINDOW (sup_window_get_type ())

G_DECLARE_FINAL_TYPE (SupWindow, sup_window, SUP, WINDOW, AdwApplicationWindow)

SupWindow *sup_window_new         (SupApplication *application,
                                   SupClientList  *clients);
SupClient *sup_window_get_client  (SupWindow      *self);
void       sup_window_open_file   (SupWindow      *self,
                                   GFile          *file);
void       sup_window_show_input  (SupWindow      *self,
                                   SupProviderInput *input);
void       sup_window_ask_consent (SupWindow      *self,
                                   SupProvider    *provider);
void       sup_window_add_toast   (SupWindow      *self,
                                   const char     *title);

G_END_DECLS
