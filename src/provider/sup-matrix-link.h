/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A Matrix user or room, written as an identifier or in one of the link forms (provider.md, section 7). The
 * hosts of links are never contacted: a link is only another way to write an identifier.
 */
#pragma once

#include "sup-provider-types.h"

G_BEGIN_DECLS

#define SUP_MATRIX_LINK_MAX_VIA 5

/**
 * SupMatrixLink:
 * @user: (nullable): the user, exclusive with @room
 * @room: (nullable): the room alias or room id
 * @via: servers that know the room, at most %SUP_MATRIX_LINK_MAX_VIA
 * @non_ascii: whether the room alias has characters outside ASCII
 */
typedef struct
{
  MtxUserId *user;
  char      *room;
  GStrv      via;
  gboolean   non_ascii;
} SupMatrixLink;

gboolean       sup_matrix_link_is_like (const char     *untrusted);
SupMatrixLink *sup_matrix_link_parse   (const char     *untrusted,
                                        GError        **error);
void           sup_matrix_link_free    (SupMatrixLink  *self);

gboolean       sup_matrix_link_add_via (GPtrArray      *via,
                                        const char     *untrusted);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SupMatrixLink, sup_matrix_link_free)

G_END_DECLS
