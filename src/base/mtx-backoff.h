/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long to wait before the next try: doubling with jitter between two bounds, never shorter than
 * what the server asked for. A value: copy it, keep one per thing that is retried.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

struct _MtxBackoff
{
  gint64 first_ms;
  gint64 ceiling_ms;
  guint  failures;
};

void   mtx_backoff_init         (MtxBackoff       *self,
                                 gint64            first_ms,
                                 gint64            ceiling_ms);
guint  mtx_backoff_get_failures (const MtxBackoff *self);
gint64 mtx_backoff_next         (MtxBackoff       *self,
                                 const GError     *reason);
void   mtx_backoff_reset        (MtxBackoff       *self);

G_END_DECLS
