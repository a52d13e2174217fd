/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the facets of the security dialog share.
 */
#pragma once

#include "mtx-secret-bytes.h"
#include "sup-security-dialog.h"
#include "sup-security.h"

G_BEGIN_DECLS

struct _SupSecurityDialog
{
  AdwDialog parent_instance;

  /* Template Widgets */
  AdwToastOverlay *toasts;
  AdwSwitchRow    *saved_row;
  GtkWidget       *export_row;
  GtkWidget       *import_row;

  /* Owned References */
  SupSecurity    *security;
  char           *provider_name;
  char           *address;
  MtxSecretBytes *key_text; /* NULL until the keyring answered */
  DexFuture      *loading;
  DexFuture      *transfer; /* an export or import under way */
};

void _sup_security_dialog_say     (SupSecurityDialog *self,
                                   const char        *words);

/* -files: files with the keys of messages. */
void _sup_security_dialog_export  (SupSecurityDialog *self);
void _sup_security_dialog_import  (SupSecurityDialog *self);

G_END_DECLS
