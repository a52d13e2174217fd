/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Walks through a long JSON text from a stranger and reads it piece by piece.
 *
 * The cursor sees where values begin and end and nothing else; what is inside them is for the parser, which
 * checks it again. So it may be generous with what cannot lead it astray.
 */
#include "mtx-json-cursor.h"

#include <string.h>

#include "mtx-json.h"

/* Where it went wrong there is nothing to go on with: the cursor stands at the end, so that no loop stays. */
static gboolean
fail (MtxJsonCursor *self,
      GError       **error)
{
  self->position = self->length;
  g_set_error_literal (error, MTX_JSON_ERROR, MTX_JSON_ERROR_NOT_JSON, "The text breaks off or is no JSON");

  return FALSE;
}

static char
peek (MtxJsonCursor *self)
{
  while (self->position < self->length && strchr (" \t\r\n", self->text[self->position]) != NULL
         && self->text[self->position] != '\0')
    self->position++;

  return self->position < self->length ? self->text[self->position] : '\0';
}

/* Returns FALSE at the end of the text. */
static gboolean
skip_string (MtxJsonCursor *self)
{
  self->position++;
  while (self->position < self->length && self->text[self->position] != '"')
    self->position += self->text[self->position] == '\\' ? 2 : 1;
  if (self->position >= self->length)
    return FALSE;
  self->position++;

  return TRUE;
}

/**
 * mtx_json_cursor_init:
 * @self: (out caller-allocates): a cursor
 * @untrusted: (array length=length): the text, which must outlive the cursor
 * @length: its bytes
 *
 * Stands before the text's value.
 */
void
mtx_json_cursor_init (MtxJsonCursor *self,
                      const char    *untrusted,
                      gsize          length)
{
  g_return_if_fail (self != NULL);

  *self = (MtxJsonCursor){ .text = untrusted, .length = length };
}

static gboolean
enter (MtxJsonCursor *self,
       char           bracket)
{
  if (peek (self) != bracket)
    return FALSE;

  self->position++;
  self->is_first = TRUE;

  return TRUE;
}

/**
 * mtx_json_cursor_enter_object:
 * @self: a cursor before a value
 *
 * Goes into the value if it is an object.
 *
 * Returns: %FALSE if it is none; nothing was moved then
 */
gboolean
mtx_json_cursor_enter_object (MtxJsonCursor *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return enter (self, '{');
}

/**
 * mtx_json_cursor_enter_array:
 * @self: a cursor before a value
 *
 * Goes into the value if it is an array.
 *
 * Returns: %FALSE if it is none; nothing was moved then
 */
gboolean
mtx_json_cursor_enter_array (MtxJsonCursor *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return enter (self, '[');
}

static MtxJsonStep
next (MtxJsonCursor *self,
      char           end,
      GError       **error)
{
  char here = peek (self);

  if (here == end)
    {
      self->position++;
      self->is_first = FALSE;
      return MTX_JSON_STEP_END;
    }
  if (!self->is_first)
    {
      if (here != ',')
        {
          fail (self, error);
          return MTX_JSON_STEP_FAILED;
        }
      self->position++;
      peek (self);
    }
  self->is_first = FALSE;

  return MTX_JSON_STEP_VALUE;
}

/* A name with escapes is read by the parser, as the one member of an object. */
static char *
unescape (const char *string,
          gsize       length)
{
  MtxJsonLimits          limits = { .max_bytes = length + 16, .max_depth = 2 };
  g_autoptr (GString)    text = g_string_new ("{\"\":");
  g_autoptr (JsonObject) object = NULL;

  g_string_append_len (text, string, (gssize)length);
  g_string_append_c (text, '}');
  object = mtx_json_parse_object (text->str, (gssize)text->len, &limits, NULL);

  return object != NULL ? g_strdup (mtx_json_get_string (object, "")) : NULL;
}

/**
 * mtx_json_cursor_next_member:
 * @self: a cursor in an object, behind a value or at its beginning
 * @name: (out) (transfer full): the name of the next member
 * @error: return location for an error
 *
 * Goes to the next member's value.
 *
 * Returns: what there is; %MTX_JSON_STEP_FAILED with an error of %MTX_JSON_ERROR
 */
MtxJsonStep
mtx_json_cursor_next_member (MtxJsonCursor *self,
                             char         **name,
                             GError       **error)
{
  MtxJsonStep step;
  gsize       start;

  g_return_val_if_fail (self != NULL && name != NULL, MTX_JSON_STEP_FAILED);

  *name = NULL;
  step = next (self, '}', error);
  if (step != MTX_JSON_STEP_VALUE)
    return step;

  start = self->position;
  if (peek (self) == '"' && skip_string (self))
    *name = unescape (self->text + start, self->position - start);
  if (*name == NULL || peek (self) != ':')
    {
      g_clear_pointer (name, g_free);
      fail (self, error);
      return MTX_JSON_STEP_FAILED;
    }
  self->position++;

  return MTX_JSON_STEP_VALUE;
}

/**
 * mtx_json_cursor_next_element:
 * @self: a cursor in an array, behind a value or at its beginning
 * @error: return location for an error
 *
 * Goes to the next value.
 *
 * Returns: what there is; %MTX_JSON_STEP_FAILED with an error of %MTX_JSON_ERROR
 */
MtxJsonStep
mtx_json_cursor_next_element (MtxJsonCursor *self,
                              GError       **error)
{
  g_return_val_if_fail (self != NULL, MTX_JSON_STEP_FAILED);

  return next (self, ']', error);
}

/**
 * mtx_json_cursor_skip:
 * @self: a cursor before a value
 * @error: return location for an error
 *
 * Goes behind the value, whatever it is.
 *
 * Returns: %FALSE with an error of %MTX_JSON_ERROR if there is none or it never ends
 */
gboolean
mtx_json_cursor_skip (MtxJsonCursor *self,
                      GError       **error)
{
  guint depth = 0;
  gsize start;

  g_return_val_if_fail (self != NULL, FALSE);

  self->is_first = FALSE;
  do
    {
      char here = peek (self);

      if (here == '"')
        {
          if (!skip_string (self))
            return fail (self, error);
        }
      else if (here == '{' || here == '[')
        {
          if (++depth > MTX_JSON_MAX_DEPTH)
            return fail (self, error);
          self->position++;
        }
      else if (depth > 0 && (here == '}' || here == ']'))
        {
          depth--;
          self->position++;
        }
      else if (depth > 0 && (here == ',' || here == ':'))
        {
          self->position++;
        }
      else
        {
          start = self->position;
          while (self->position < self->length
                 && (g_ascii_isalnum (self->text[self->position]) || strchr ("+-.", self->text[self->position]) != NULL)
                 && self->text[self->position] != '\0')
            self->position++;
          if (self->position == start)
            return fail (self, error);
        }
    }
  while (depth > 0);

  return TRUE;
}

/**
 * mtx_json_cursor_read_object:
 * @self: a cursor before a value
 * @limits: what the value may be
 * @error: return location for an error
 *
 * Goes behind the value and reads it. If it cannot be read for itself, the cursor still stands behind it, and what
 * follows may be better.
 *
 * Returns: (transfer full) (nullable): the value, or %NULL with an error of %MTX_JSON_ERROR
 */
JsonObject *
mtx_json_cursor_read_object (MtxJsonCursor       *self,
                             const MtxJsonLimits *limits,
                             GError             **error)
{
  gsize start;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (limits != NULL, NULL);

  peek (self);
  start = self->position;
  if (!mtx_json_cursor_skip (self, error))
    return NULL;

  return mtx_json_parse_object (self->text + start, (gssize)(self->position - start), limits, error);
}
