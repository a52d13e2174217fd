/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes out of a text those elements of its outermost lists that would make all of it unacceptable: nested too deeply,
 * with a NUL in a string, with half a character. Servers pass such things on; whoever wrote them would otherwise keep
 * us from every other event, for ever, because the same answer comes again until it was read.
 */
#include "mtx-json-salvage.h"

#include <string.h>

typedef struct
{
  const MtxJsonLimits *limits;
  const char          *next;
  const char          *end;
  GString             *kept;
  guint                depth; /* how many objects and lists are open */
  guint                n_lost;
} Salvage;

/* Behind the string that begins at @start. Escapes are not looked into. */
static const char *
skip_string (const char *start,
             const char *end)
{
  const char *p = start + 1;

  while (p < end && *p != '"')
    p += *p == '\\' ? 2 : 1;

  return MIN (p + 1, end);
}

/* Where the element that begins at @start ends: at the comma or the bracket behind it. */
static const char *
find_element_end (const char *start,
                  const char *end)
{
  const char *p = start;
  gsize       depth = 0;

  while (p < end)
    {
      if (*p == '"')
        {
          p = skip_string (p, end);
          continue;
        }
      if (depth == 0 && (*p == ',' || *p == ']' || *p == '}'))
        break;
      if (*p == '[' || *p == '{')
        depth++;
      else if (*p == ']' || *p == '}')
        depth--;
      p++;
    }

  return p;
}

/* Whether the element alone, at the depth at which it stands, is acceptable. */
static gboolean
is_acceptable (Salvage    *self,
               const char *start,
               const char *end)
{
  g_autoptr (GString)    alone = g_string_sized_new ((gsize)(end - start) + 8);
  g_autoptr (JsonObject) object = NULL;
  MtxJsonLimits          limits = *self->limits;

  if (self->depth >= limits.max_depth)
    return FALSE;

  g_string_append (alone, "{\"\":");
  g_string_append_len (alone, start, end - start);
  g_string_append_c (alone, '}');
  limits.max_bytes = alone->len;
  limits.max_depth -= self->depth - 1; /* the object around it is ours */
  object = mtx_json_parse_object (alone->str, (gssize)alone->len, &limits, NULL);

  return object != NULL && json_object_get_size (object) == 1;
}

/* Copies the list that begins here; what is lost leaves a null behind. */
static void
salvage_list (Salvage *self)
{
  g_string_append_c (self->kept, *self->next++);
  self->depth++;

  while (self->next < self->end && *self->next != ']')
    {
      const char *end = find_element_end (self->next, self->end);
      gboolean    is_kept = is_acceptable (self, self->next, end);

      if (is_kept)
        g_string_append_len (self->kept, self->next, end - self->next);
      else
        g_string_append (self->kept, "null");
      self->n_lost += is_kept ? 0 : 1;

      self->next = end;
      if (self->next >= self->end || *self->next != ',')
        break;
      g_string_append_c (self->kept, *self->next++);
    }
  self->depth--;
}

static void
salvage (Salvage *self)
{
  while (self->next < self->end)
    {
      const char *start = self->next;

      if (*start == '[')
        {
          salvage_list (self);
          continue;
        }

      if (*start == '"')
        self->next = skip_string (start, self->end);
      else
        self->next++;
      if (*start == '{')
        self->depth++;
      else if (*start == '}' && self->depth > 0)
        self->depth--;
      g_string_append_len (self->kept, start, self->next - start);
    }
}

/**
 * mtx_json_parse_salvaged:
 * @untrusted: a text
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @limits: what is accepted
 * @n_lost: (out) (optional): how many elements were given up
 * @error: return location for an error
 *
 * Does the same as mtx_json_parse_object(), and where that refuses the text because of elements of its outermost
 * lists, reads it without these: each is a `null` then. So one event among thousands cannot hide the others.
 *
 * Returns: (nullable) (transfer full): the object; %NULL if more than elements of lists is wrong
 */
JsonObject *
mtx_json_parse_salvaged (const char          *untrusted,
                         gssize               length,
                         const MtxJsonLimits *limits,
                         guint               *n_lost,
                         GError             **error)
{
  gsize               size;
  JsonObject         *object = NULL;
  g_autoptr (GError)  refusal = NULL;
  g_autoptr (GString) kept = NULL;
  Salvage             self = { .limits = limits };

  g_return_val_if_fail (untrusted != NULL, NULL);
  g_return_val_if_fail (limits != NULL, NULL);

  if (n_lost != NULL)
    *n_lost = 0;
  object = mtx_json_parse_object (untrusted, length, limits, &refusal);
  size = length < 0 ? strlen (untrusted) : (gsize)length;
  if (object != NULL || size > limits->max_bytes)
    {
      if (object == NULL)
        g_propagate_error (error, g_steal_pointer (&refusal));
      return object;
    }

  kept = g_string_sized_new (size);
  self.next = untrusted;
  self.end = untrusted + size;
  self.kept = kept;
  salvage (&self);
  if (self.n_lost == 0)
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return NULL;
    }

  if (n_lost != NULL)
    *n_lost = self.n_lost;

  return mtx_json_parse_object (kept->str, (gssize)kept->len, limits, error);
}
