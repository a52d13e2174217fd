/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Walks through a long JSON text from a stranger and reads it piece by piece, so that never more than one piece of it
 * is in memory as objects. A value: copy it to remember a place.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

/**
 * MtxJsonStep:
 * @MTX_JSON_STEP_FAILED: the text is no JSON from here on
 * @MTX_JSON_STEP_VALUE: the cursor stands before a value
 * @MTX_JSON_STEP_END: the object or array had no more, and the cursor stands behind it
 *
 * What a step led to.
 */
typedef enum
{
  MTX_JSON_STEP_FAILED,
  MTX_JSON_STEP_VALUE,
  MTX_JSON_STEP_END,
} MtxJsonStep;

typedef struct
{
  const char *text; /* borrowed */
  gsize       length;
  gsize       position;
  gboolean    is_first; /* nothing was read of the innermost object or array */
} MtxJsonCursor;

void         mtx_json_cursor_init         (MtxJsonCursor        *self,
                                           const char           *untrusted,
                                           gsize                 length);
gboolean     mtx_json_cursor_enter_object (MtxJsonCursor        *self);
gboolean     mtx_json_cursor_enter_array  (MtxJsonCursor        *self);
MtxJsonStep  mtx_json_cursor_next_member  (MtxJsonCursor        *self,
                                           char                **name,
                                           GError              **error);
MtxJsonStep  mtx_json_cursor_next_element (MtxJsonCursor        *self,
                                           GError              **error);
gboolean     mtx_json_cursor_skip         (MtxJsonCursor        *self,
                                           GError              **error);
JsonObject  *mtx_json_cursor_read_object  (MtxJsonCursor        *self,
                                           const MtxJsonLimits  *limits,
                                           GError              **error);

G_END_DECLS
