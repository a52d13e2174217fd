/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server wants accepted before it makes an account. Never accepted silently.
 */
#pragma once

#include <adwaita.h>

#include "sup-client.h"

G_BEGIN_DECLS

AdwDialog *sup_terms_dialog_new (SupClient *client);

G_END_DECLS
