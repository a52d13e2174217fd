/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a stored identity means.
 */
#include "mtx-identity-judge.h"

#include "mtx-identity-keys.h"

/**
 * mtx_identity_judge:
 * @row: (nullable): what is stored of a person's identity
 * @own_keys: how the server shows ourselves
 * @master_key: (out) (optional) (nullable): the public master key shown now
 *
 * Judges an identity (M37). Nobody is verified while our own identity is not good: whoever replaced it could have
 * signed for anybody (threat 19). That a verified identity changed is not forgotten for that, or the server could
 * turn the harder block into the softer one.
 *
 * Returns: the state, %MTX_IDENTITY_NONE if nothing usable is stored
 */
MtxIdentityState
mtx_identity_judge (const MtxIdentityRow *row,
                    MtxOwnKeys            own_keys,
                    char                **master_key)
{
  g_autoptr (MtxIdentityKeys) keys = row != NULL ? mtx_identity_keys_new_from_row (row, NULL) : NULL;
  const char                 *shown = keys != NULL ? mtx_identity_keys_get_key (keys, MTX_CROSS_SIGNING_MASTER) : NULL;

  if (master_key != NULL)
    *master_key = g_strdup (shown);

  if (shown == NULL)
    return MTX_IDENTITY_NONE;

  if (!g_str_equal (shown, row->pinned_master_key))
    return row->verified ? MTX_IDENTITY_VIOLATED : MTX_IDENTITY_CHANGED;

  return row->verified && own_keys == MTX_OWN_KEYS_GOOD ? MTX_IDENTITY_VERIFIED : MTX_IDENTITY_PINNED;
}
