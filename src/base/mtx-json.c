/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads JSON in two steps: a scan that finds what json-glib would let through or choke on (provider.md,
 * section 2), then json-glib's strict parser for the grammar.
 */
#include "mtx-json.h"

#include <stdlib.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

G_DEFINE_QUARK (mtx - json - error - quark, mtx_json_error)

/* A member's name after unescaping. */
typedef struct
{
  const char *text;
  gsize       length;
} Name;

typedef struct
{
  guint    first_name; /* where the names of this object start */
  gboolean is_object;
  gboolean expects_name;
} Frame;

typedef struct
{
  /* borrowed from the caller */
  const MtxJsonLimits *limits;
  const char          *next;
  const char          *end;

  /* owned */
  GArray       *names; /* of Name: those of all open objects, the innermost last */
  GStringChunk *unescaped;

  guint depth;
  Frame frames[MTX_JSON_MAX_DEPTH];
} Scan;

static gboolean
refuse (GError     **error,
        MtxJsonError code,
        const char  *why)
{
  g_set_error_literal (error, MTX_JSON_ERROR, (int)code, why);

  return FALSE;
}

static gboolean
not_json (GError **error)
{
  return refuse (error, MTX_JSON_ERROR_NOT_JSON, "The text is not JSON");
}

/* Reads the four digits after a \u; -1 if there are not four. */
static int
read_hex4 (const char *digits,
           const char *end)
{
  int value = 0;

  if (end - digits < 4)
    return -1;

  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (digits[i]);

      if (digit < 0)
        return -1;
      value = value << 4 | digit;
    }

  return value;
}

/* Reads the escape that starts at the backslash *cursor and moves behind it. A surrogate counts only as
 * the first half of a pair. */
static gboolean
read_escape (const char **cursor,
             const char  *end,
             gunichar    *character,
             GError     **error)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char       *p = *cursor + 1;
  const char       *letter = NULL;
  int               unit;

  if (p >= end)
    return not_json (error);

  if (*p != 'u')
    {
      letter = *p != '\0' ? strchr (letters, *p) : NULL;
      if (letter == NULL)
        return not_json (error);
      *character = (gunichar)meanings[letter - letters];
      *cursor = p + 1;
      return TRUE;
    }

  unit = read_hex4 (p + 1, end);
  p += 5;
  if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
    return not_json (error);
  if (unit == 0)
    return refuse (error, MTX_JSON_ERROR_NUL_IN_STRING, "A string contains a NUL");
  *character = (gunichar)unit;

  if (unit >= 0xD800 && unit <= 0xDBFF)
    {
      int low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? read_hex4 (p + 2, end) : -1;

      if (low < 0xDC00 || low > 0xDFFF)
        return not_json (error);
      *character = 0x10000 + ((gunichar)(unit - 0xD800) << 10) + (gunichar)(low - 0xDC00);
      p += 6;
    }
  *cursor = p;

  return TRUE;
}

/* Keeps a name of the current object. Most have no escape and stay where they are in the text. */
static gboolean
keep_name (Scan       *scan,
           const char *start,
           const char *quote,
           gboolean    has_escapes,
           GError    **error)
{
  Name name = { start, (gsize)(quote - start) };

  if (has_escapes)
    {
      g_autoptr (GString) plain = g_string_sized_new (name.length);

      for (const char *p = start; p < quote;)
        {
          gunichar character;

          if (*p != '\\')
            g_string_append_c (plain, *p++);
          else if (read_escape (&p, quote, &character, error))
            g_string_append_unichar (plain, character);
          else
            return FALSE;
        }
      name.text = g_string_chunk_insert_len (scan->unescaped, plain->str, (gssize)plain->len);
      name.length = plain->len;
    }
  g_array_append_val (scan->names, name);

  return TRUE;
}

static gboolean
scan_string (Scan    *scan,
             GError **error)
{
  Frame      *frame = scan->depth > 0 ? &scan->frames[scan->depth - 1] : NULL;
  const char *start = scan->next + 1;
  const char *p = start;
  gboolean    has_escapes = FALSE;
  gunichar    character;

  while (p < scan->end && *p != '"')
    {
      if ((guint8)*p < 0x20)
        return not_json (error);
      if (*p != '\\')
        {
          p++;
          continue;
        }
      has_escapes = TRUE;
      if (!read_escape (&p, scan->end, &character, error))
        return FALSE;
    }
  if (p >= scan->end)
    return not_json (error);
  scan->next = p + 1;

  if (frame == NULL || !frame->expects_name)
    return TRUE;
  frame->expects_name = FALSE;

  return !scan->limits->reject_duplicates || keep_name (scan, start, p, has_escapes, error);
}

static int
compare_names (const void *a,
               const void *b)
{
  const Name *left = a;
  const Name *right = b;

  if (left->length != right->length)
    return left->length < right->length ? -1 : 1;

  return memcmp (left->text, right->text, left->length);
}

/* Sorting instead of hashing: nobody can choose names that make it slow. */
static gboolean
names_are_unique (GArray *names,
                  guint   first)
{
  guint n = names->len - first;
  Name *own = NULL;

  if (n < 2)
    return TRUE;

  own = &g_array_index (names, Name, first);
  qsort (own, n, sizeof (Name), compare_names);
  for (guint i = 1; i < n; i++)
    if (compare_names (&own[i - 1], &own[i]) == 0)
      return FALSE;

  return TRUE;
}

static gboolean
scan_open (Scan    *scan,
           gboolean is_object,
           GError **error)
{
  guint  max_depth = scan->limits->max_depth;
  Frame *frame = NULL;

  if (max_depth == 0 || max_depth > MTX_JSON_MAX_DEPTH)
    max_depth = MTX_JSON_MAX_DEPTH;
  if (scan->depth >= max_depth)
    return refuse (error, MTX_JSON_ERROR_TOO_DEEP, "The text is nested too deeply");

  frame = &scan->frames[scan->depth++];
  frame->first_name = scan->names->len;
  frame->is_object = is_object;
  frame->expects_name = is_object;
  scan->next++;

  return TRUE;
}

static gboolean
scan_close (Scan    *scan,
            gboolean is_object,
            GError **error)
{
  Frame *frame = NULL;

  if (scan->depth == 0)
    return not_json (error);
  frame = &scan->frames[--scan->depth];
  if (frame->is_object != is_object)
    return not_json (error);
  if (!names_are_unique (scan->names, frame->first_name))
    return refuse (error, MTX_JSON_ERROR_DUPLICATE_KEY, "A member appears twice in one object");

  g_array_set_size (scan->names, frame->first_name);
  scan->next++;

  return TRUE;
}

static gboolean
scan_token (Scan    *scan,
            GError **error)
{
  switch (*scan->next)
    {
    case '"':
      return scan_string (scan, error);
    case '{':
      return scan_open (scan, TRUE, error);
    case '[':
      return scan_open (scan, FALSE, error);
    case '}':
      return scan_close (scan, TRUE, error);
    case ']':
      return scan_close (scan, FALSE, error);
    case ',':
      if (scan->depth > 0)
        scan->frames[scan->depth - 1].expects_name = scan->frames[scan->depth - 1].is_object;
      scan->next++;
      return TRUE;
    default:
      /* Numbers, words, blanks and nonsense: the grammar is json-glib's part. */
      scan->next++;
      return TRUE;
    }
}

static gboolean
scan_text (const char          *text,
           gsize                length,
           const MtxJsonLimits *limits,
           GError             **error)
{
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (Name));
  GStringChunk      *unescaped = g_string_chunk_new (1024);
  gboolean           good = TRUE;
  Scan               scan = {
                  .limits = limits,
                  .next = text,
                  .end = text + length,
                  .names = names,
                  .unescaped = unescaped,
  };

  while (good && scan.next < scan.end)
    good = scan_token (&scan, error);
  if (good && scan.depth > 0)
    good = not_json (error);

  g_string_chunk_free (unescaped);

  return good;
}

static gboolean
has_byte_order_mark (const char *text,
                     gsize       size)
{
  return size >= strlen (BYTE_ORDER_MARK)
         && memcmp (text, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0;
}

/* json-glib would skip one by itself, allowed or not. */
static gboolean
skip_byte_order_mark (const char **text,
                      gsize       *size,
                      gboolean     is_allowed)
{
  if (!has_byte_order_mark (*text, *size))
    return TRUE;
  if (!is_allowed)
    return FALSE;

  *text += strlen (BYTE_ORDER_MARK);
  *size -= strlen (BYTE_ORDER_MARK);

  return !has_byte_order_mark (*text, *size);
}

/**
 * mtx_json_parse_object:
 * @untrusted: (array length=length): bytes from a stranger
 * @length: number of bytes, or -1 if a NUL ends them
 * @limits: what to refuse; a `max_depth` of 0 means %MTX_JSON_MAX_DEPTH
 * @error: return location for an error
 *
 * Parses one JSON object and nothing after it (RFC 8259). Refused are, besides wrong grammar: NUL bytes
 * and `\u0000`, lone surrogates, what exceeds @limits, and on demand objects in which a name appears
 * twice. Integers beyond 64 bits come out as the nearest one, so that the typed readers refuse them.
 *
 * Takes time in proportion to the text; big replies belong in a thread.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with an error of %MTX_JSON_ERROR; the text
 *   is never quoted in it
 */
JsonObject *
mtx_json_parse_object (const char          *untrusted,
                       gssize               length,
                       const MtxJsonLimits *limits,
                       GError             **error)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonNode              *root = NULL;
  gsize                  size;

  g_return_val_if_fail (untrusted != NULL || length == 0, NULL);
  g_return_val_if_fail (limits != NULL, NULL);

  size = length < 0 ? strlen (untrusted) : (gsize)length;
  if (size > limits->max_bytes)
    {
      refuse (error, MTX_JSON_ERROR_TOO_LARGE, "The text is too large");
      return NULL;
    }
  if (size > 0 && !g_utf8_validate_len (untrusted, size, NULL))
    {
      refuse (error, MTX_JSON_ERROR_INVALID_UTF8, "The text is not UTF-8 or contains a NUL");
      return NULL;
    }
  if (!skip_byte_order_mark (&untrusted, &size, limits->allow_bom) || size == 0)
    {
      not_json (error);
      return NULL;
    }
  if (!scan_text (untrusted, size, limits, error))
    return NULL;

  parser = json_parser_new ();
  json_parser_set_strict (parser, TRUE);
  if (!json_parser_load_from_data (parser, untrusted, (gssize)size, NULL)
      || (root = json_parser_get_root (parser)) == NULL)
    {
      not_json (error);
      return NULL;
    }
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      refuse (error, MTX_JSON_ERROR_NOT_AN_OBJECT, "The text is not a JSON object");
      return NULL;
    }

  return json_node_dup_object (root);
}

/**
 * mtx_json_to_string:
 * @object: an object of ours
 *
 * Writes an object as compact JSON, for request bodies. What is signed needs canonical JSON instead.
 *
 * Returns: (transfer full): the text
 */
char *
mtx_json_to_string (JsonObject *object)
{
  g_autoptr (JsonNode) node = NULL;

  g_return_val_if_fail (object != NULL, NULL);

  node = json_node_init_object (json_node_alloc (), object);

  return json_to_string (node, FALSE);
}

static JsonNode *
get_member (JsonObject *object,
            const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return object != NULL ? json_object_get_member (object, name) : NULL;
}

static JsonNode *
get_element (JsonArray *array,
             guint      index)
{
  if (array == NULL || index >= json_array_get_length (array))
    return NULL;

  return json_array_get_element (array, index);
}

static gboolean
holds (JsonNode *node,
       GType     type)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

/**
 * mtx_json_get_string:
 * @object: (nullable): an object
 * @name: a member's name
 *
 * Reads a string. All readers take %NULL for an object without members, so that they can be chained.
 *
 * Returns: (nullable) (transfer none): the string, valid while @object is unchanged; %NULL if there is
 *   no such member or it is not a string
 */
const char *
mtx_json_get_string (JsonObject *object,
                     const char *name)
{
  JsonNode *node = get_member (object, name);

  return holds (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;
}

/**
 * mtx_json_get_int:
 * @object: (nullable): an object
 * @name: a member's name
 * @value: (out): return location for the integer; unchanged if there is none
 *
 * Reads an integer between ±(2^53 − 1), the range Matrix allows.
 *
 * Returns: whether there is such a member and it is such an integer
 */
gboolean
mtx_json_get_int (JsonObject *object,
                  const char *name,
                  gint64     *value)
{
  JsonNode *node = get_member (object, name);
  gint64    read;

  g_return_val_if_fail (value != NULL, FALSE);

  if (!holds (node, G_TYPE_INT64))
    return FALSE;
  read = json_node_get_int (node);
  if (read < -MTX_JSON_MAX_INT || read > MTX_JSON_MAX_INT)
    return FALSE;
  *value = read;

  return TRUE;
}

/**
 * mtx_json_get_boolean:
 * @object: (nullable): an object
 * @name: a member's name
 * @value: (out): return location for the truth value; unchanged if there is none
 *
 * Reads a truth value.
 *
 * Returns: whether there is such a member and it is `true` or `false`
 */
gboolean
mtx_json_get_boolean (JsonObject *object,
                      const char *name,
                      gboolean   *value)
{
  JsonNode *node = get_member (object, name);

  g_return_val_if_fail (value != NULL, FALSE);

  if (!holds (node, G_TYPE_BOOLEAN))
    return FALSE;
  *value = json_node_get_boolean (node);

  return TRUE;
}

/**
 * mtx_json_get_object:
 * @object: (nullable): an object
 * @name: a member's name
 *
 * Reads an object.
 *
 * Returns: (nullable) (transfer none): the object, or %NULL if there is no such member or it is none
 */
JsonObject *
mtx_json_get_object (JsonObject *object,
                     const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/**
 * mtx_json_get_array:
 * @object: (nullable): an object
 * @name: a member's name
 *
 * Reads an array.
 *
 * Returns: (nullable) (transfer none): the array, or %NULL if there is no such member or it is none
 */
JsonArray *
mtx_json_get_array (JsonObject *object,
                    const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/**
 * mtx_json_array_object:
 * @array: (nullable): an array
 * @index: a position
 *
 * Reads an object from an array.
 *
 * Returns: (nullable) (transfer none): the object, or %NULL if there is no such element or it is none
 */
JsonObject *
mtx_json_array_object (JsonArray *array,
                       guint      index)
{
  JsonNode *node = get_element (array, index);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/**
 * mtx_json_array_string:
 * @array: (nullable): an array
 * @index: a position
 *
 * Reads a string from an array.
 *
 * Returns: (nullable) (transfer none): the string, or %NULL if there is no such element or it is none
 */
const char *
mtx_json_array_string (JsonArray *array,
                       guint      index)
{
  JsonNode *node = get_element (array, index);

  return holds (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;
}
