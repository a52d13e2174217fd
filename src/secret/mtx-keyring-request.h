/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a keyring was asked, as long as the answer takes.
 */
#pragma once

#include "mtx-keyring.h"

G_BEGIN_DECLS

typedef struct
{
  /* owned */
  MtxKeyring     *keyring;
  GHashTable     *attributes; /* of the item, or of all items */
  char           *label;      /* NULL: nothing is kept */
  MtxSecretBytes *secret;
} MtxKeyringRequest;

DexFuture *mtx_keyring_request_spawn (const char     *static_name,
                                      DexFiberFunc    func,
                                      MtxKeyring     *keyring,
                                      GHashTable     *attributes,
                                      const char     *label,
                                      MtxSecretBytes *secret);

G_END_DECLS
