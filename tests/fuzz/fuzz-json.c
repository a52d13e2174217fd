/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON: refused or fully readable, whatever the shape; the result can be written and read again.
 */
#include "mtx-fuzz.h"

#include <math.h>
#include <string.h>

#include "mtx-json.h"

static const MtxJsonLimits strict = { .max_bytes = 2048, .max_depth = 32, .reject_duplicates = TRUE };
static const MtxJsonLimits lenient = { .max_bytes = 1 << 20, .allow_bom = TRUE };

typedef struct
{
  guint    depth;
  guint    deepest;
  gboolean has_infinity; /* json-glib reads 1e400 as one and cannot write it */
} Walk;

static void walk_array (Walk      *walk,
                        JsonArray *array);

/* Every reader on every member: none may mind the type. */
static void
walk_object (Walk       *walk,
             JsonObject *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  walk->depth++;
  walk->deepest = MAX (walk->deepest, walk->depth);
  for (GList *l = names; l != NULL; l = l->next)
    {
      const char *name = l->data;
      JsonNode   *node = json_object_get_member (object, name);
      const char *string = mtx_json_get_string (object, name);
      JsonObject *inner = mtx_json_get_object (object, name);
      JsonArray  *array = mtx_json_get_array (object, name);
      gint64      number = 0;
      gboolean    truth = FALSE;
      gboolean    is_number = mtx_json_get_int (object, name, &number);
      gboolean    is_truth = mtx_json_get_boolean (object, name, &truth);

      g_assert_cmpint ((string != NULL) + (inner != NULL) + (array != NULL) + is_number + is_truth, <=, 1);
      if (string != NULL)
        g_assert_true (g_utf8_validate (string, -1, NULL));
      if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
        walk->has_infinity |= !isfinite (json_node_get_double (node));
      if (inner != NULL)
        walk_object (walk, inner);
      if (array != NULL)
        walk_array (walk, array);
    }
  walk->depth--;
}

static void
walk_array (Walk      *walk,
            JsonArray *array)
{
  guint n = json_array_get_length (array);

  walk->depth++;
  walk->deepest = MAX (walk->deepest, walk->depth);
  for (guint i = 0; i < n; i++)
    {
      JsonNode   *node = json_array_get_element (array, i);
      JsonObject *inner = mtx_json_array_object (array, i);
      const char *string = mtx_json_array_string (array, i);

      g_assert_false (string != NULL && inner != NULL);
      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_DOUBLE)
        walk->has_infinity |= !isfinite (json_node_get_double (node));
      if (inner != NULL)
        walk_object (walk, inner);
      else if (JSON_NODE_HOLDS_ARRAY (node))
        walk_array (walk, json_node_get_array (node));
    }
  g_assert_null (mtx_json_array_object (array, n));
  walk->depth--;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = mtx_json_parse_object ((const char *)data, (gssize)size, &lenient, &error);
  g_autoptr (JsonObject) careful = mtx_json_parse_object ((const char *)data, (gssize)size, &strict, NULL);
  g_autoptr (JsonObject) again = NULL;
  g_autofree char       *text = NULL;
  Walk                   walk = { 0 };

  g_assert_true ((object != NULL) == (error == NULL));
  if (object == NULL)
    {
      g_assert_true (error->domain == MTX_JSON_ERROR);
      g_assert_null (careful);
      return 0;
    }

  walk_object (&walk, object);
  g_assert_cmpuint (walk.deepest, <=, MTX_JSON_MAX_DEPTH);
  if (careful != NULL)
    g_assert_cmpuint (walk.deepest, <=, strict.max_depth);
  if (!walk.has_infinity)
    {
      text = mtx_json_to_string (object);
      again = mtx_json_parse_object (text, -1, &lenient, &error);
      g_assert_no_error (error);
    }

  return 0;
}
