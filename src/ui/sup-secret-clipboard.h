/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Copies a secret so that the clipboard forgets it again.
 */
#pragma once

#include <gdk/gdk.h>

#include "mtx-secret-bytes.h"

G_BEGIN_DECLS

/* Long enough to paste, short enough to be gone before somebody else sits down. */
#define SUP_SECRET_CLIPBOARD_SECONDS 60

void sup_secret_clipboard_copy (GdkClipboard   *clipboard,
                                MtxSecretBytes *secret,
                                guint           seconds);

G_END_DECLS
