/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON from strangers. A scan with caps runs before json-glib sees the text; readers answer by shape:
 * a member that is absent and one of the wrong type look alike, and nothing aborts.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_JSON_MAX_DEPTH 64
#define MTX_JSON_MAX_INT   ((G_GINT64_CONSTANT (1) << 53) - 1) /* the largest integer all implementations agree on */

/**
 * MtxJsonError:
 * Why a text is not JSON we accept. The names follow the result codes of the provider table.
 */
typedef enum
{
  MTX_JSON_ERROR_TOO_LARGE,
  MTX_JSON_ERROR_INVALID_UTF8,
  MTX_JSON_ERROR_TOO_DEEP,
  MTX_JSON_ERROR_NUL_IN_STRING,
  MTX_JSON_ERROR_DUPLICATE_KEY,
  MTX_JSON_ERROR_NOT_JSON,
  MTX_JSON_ERROR_NOT_AN_OBJECT,
} MtxJsonError;

#define MTX_JSON_ERROR (mtx_json_error_quark ())

struct _MtxJsonLimits
{
  gsize    max_bytes;
  guint    max_depth;         /* at most MTX_JSON_MAX_DEPTH */
  gboolean allow_bom;         /* skip one leading byte order mark */
  gboolean reject_duplicates; /* members compared after unescaping */
};

GQuark       mtx_json_error_quark    (void);
JsonObject  *mtx_json_parse_object   (const char          *untrusted,
                                      gssize               length,
                                      const MtxJsonLimits *limits,
                                      GError             **error);
char        *mtx_json_to_string      (JsonObject          *object);

const char  *mtx_json_get_string     (JsonObject *object, const char *name);
gboolean     mtx_json_get_int        (JsonObject *object, const char *name, gint64 *value);
gboolean     mtx_json_get_boolean    (JsonObject *object, const char *name, gboolean *value);
JsonObject  *mtx_json_get_object     (JsonObject *object, const char *name);
JsonArray   *mtx_json_get_array      (JsonObject *object, const char *name);
JsonObject  *mtx_json_array_object   (JsonArray  *array, guint index);
const char  *mtx_json_array_string   (JsonArray  *array, guint index);

G_END_DECLS
