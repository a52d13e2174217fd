/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Canonical JSON: shortest text, members sorted by code point, integers only.
 */
#include "mtx-canonical-json.h"

#include <string.h>

#include "mtx-error.h"
#include "mtx-json.h"

static gboolean write_node (GString  *text,
                            JsonNode *node,
                            guint     depth,
                            GError  **error);

static gboolean
refuse (GError    **error,
        const char *why)
{
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, why);

  return FALSE;
}

/* The grammar of the appendices: two-letter escapes where JSON has them, lower-case hexadecimal for the
 * other control characters, everything else as it is. */
static gboolean
write_string (GString    *text,
              const char *string,
              GError    **error)
{
  static const char hex[] = "0123456789abcdef";

  if (!g_utf8_validate (string, -1, NULL))
    return refuse (error, "A string is not UTF-8");

  g_string_append_c (text, '"');
  for (const char *p = string; *p != '\0'; p++)
    {
      guint8 c = (guint8)*p;

      switch (c)
        {
        case '"':
          g_string_append (text, "\\\"");
          break;
        case '\\':
          g_string_append (text, "\\\\");
          break;
        case '\b':
          g_string_append (text, "\\b");
          break;
        case '\f':
          g_string_append (text, "\\f");
          break;
        case '\n':
          g_string_append (text, "\\n");
          break;
        case '\r':
          g_string_append (text, "\\r");
          break;
        case '\t':
          g_string_append (text, "\\t");
          break;
        default:
          if (c < 0x20)
            {
              g_string_append (text, "\\u00");
              g_string_append_c (text, hex[c >> 4]);
              g_string_append_c (text, hex[c & 15]);
            }
          else
            g_string_append_c (text, (char)c);
          break;
        }
    }
  g_string_append_c (text, '"');

  return TRUE;
}

/* json-glib reads 1e10 as a floating-point number. The appendices write it as an integer, and so do we;
 * what has a fraction or lies beyond 2^53 - 1 cannot be signed. */
static gboolean
write_number (GString  *text,
              JsonNode *node,
              GError  **error)
{
  gint64 value;

  if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    {
      double number = json_node_get_double (node);

      if (!(number >= (double)-MTX_JSON_MAX_INT && number <= (double)MTX_JSON_MAX_INT)
          || (double)(gint64)number != number)
        return refuse (error, "A number is not an integer");
      value = (gint64)number;
    }
  else
    value = json_node_get_int (node);

  if (value < -MTX_JSON_MAX_INT || value > MTX_JSON_MAX_INT)
    return refuse (error, "An integer is out of range");
  g_string_append_printf (text, "%" G_GINT64_FORMAT, value);

  return TRUE;
}

static gboolean
write_value (GString  *text,
             JsonNode *node,
             GError  **error)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    return write_string (text, json_node_get_string (node), error);
  if (type == G_TYPE_INT64 || type == G_TYPE_DOUBLE)
    return write_number (text, node, error);
  if (type != G_TYPE_BOOLEAN)
    return refuse (error, "A value has no JSON type");
  g_string_append (text, json_node_get_boolean (node) ? "true" : "false");

  return TRUE;
}

static gboolean
write_array (GString   *text,
             JsonArray *array,
             guint      depth,
             GError   **error)
{
  guint n = json_array_get_length (array);

  g_string_append_c (text, '[');
  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      if (!write_node (text, json_array_get_element (array, i), depth, error))
        return FALSE;
    }
  g_string_append_c (text, ']');

  return TRUE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  /* UTF-8 sorts by bytes as Unicode sorts by code points. */
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
write_object (GString           *text,
              JsonObject        *object,
              const char *const *left_out,
              guint              depth,
              GError           **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  JsonObjectIter        iter;
  const char           *name = NULL;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, NULL))
    if (left_out == NULL || !g_strv_contains (left_out, name))
      g_ptr_array_add (names, (gpointer)name);
  g_ptr_array_sort (names, compare_names);

  g_string_append_c (text, '{');
  for (guint i = 0; i < names->len; i++)
    {
      name = names->pdata[i];
      if (i > 0)
        g_string_append_c (text, ',');
      if (!write_string (text, name, error))
        return FALSE;
      g_string_append_c (text, ':');
      if (!write_node (text, json_object_get_member (object, name), depth, error))
        return FALSE;
    }
  g_string_append_c (text, '}');

  return TRUE;
}

static gboolean
write_node (GString  *text,
            JsonNode *node,
            guint     depth,
            GError  **error)
{
  if (depth >= MTX_JSON_MAX_DEPTH && (JSON_NODE_HOLDS_OBJECT (node) || JSON_NODE_HOLDS_ARRAY (node)))
    return refuse (error, "The value is nested too deeply");

  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      return write_object (text, json_node_get_object (node), NULL, depth + 1, error);
    case JSON_NODE_ARRAY:
      return write_array (text, json_node_get_array (node), depth + 1, error);
    case JSON_NODE_VALUE:
      return write_value (text, node, error);
    case JSON_NODE_NULL:
    default:
      g_string_append (text, "null");
      return TRUE;
    }
}

static char *
write_root (JsonObject        *object,
            const char *const *left_out,
            GError           **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!write_object (text, object, left_out, 1, error))
    return NULL;

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * mtx_canonical_json_write:
 * @object: what to write
 * @error: return location for an error
 *
 * Writes an object as canonical JSON. Duplicate members cannot be seen here any more: objects that came
 * over the network have to be read with `reject_duplicates`.
 *
 * See the specification, appendices § Canonical JSON.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL with %MTX_ERROR_INVALID if a number is not an
 *   integer between ±(2^53 − 1), a string is not UTF-8, or the nesting exceeds %MTX_JSON_MAX_DEPTH
 */
char *
mtx_canonical_json_write (JsonObject *object,
                          GError    **error)
{
  g_return_val_if_fail (object != NULL, NULL);

  return write_root (object, NULL, error);
}

/**
 * mtx_canonical_json_signed:
 * @object: an object with or without signatures
 * @error: return location for an error
 *
 * Writes what is signed: canonical JSON without the members `signatures` and `unsigned` of the object
 * itself. @object is not changed.
 *
 * See the specification, appendices § Signing JSON.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL with %MTX_ERROR_INVALID
 */
char *
mtx_canonical_json_signed (JsonObject *object,
                           GError    **error)
{
  static const char *const left_out[] = { "signatures", "unsigned", NULL };

  g_return_val_if_fail (object != NULL, NULL);

  return write_root (object, left_out, error);
}
