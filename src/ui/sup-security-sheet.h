/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key on a sheet: what is saved to a file or printed, with what a person needs to know about it.
 */
#pragma once

#include <gtk/gtk.h>

#include "mtx-secret-bytes.h"

G_BEGIN_DECLS

MtxSecretBytes    *sup_security_sheet_write (const char     *provider,
                                             const char     *address,
                                             MtxSecretBytes *key_text);
GtkPrintOperation *sup_security_sheet_print (MtxSecretBytes *sheet);

G_END_DECLS
