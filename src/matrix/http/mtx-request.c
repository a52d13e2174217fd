/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Builds one request: arguments percent-encoded into the path, query, and a body whose secret members
 * exist as text only in wiped memory.
 */
#include "mtx-request.h"

#include <string.h>

#include "mtx-json.h"
#include "mtx-secret-bytes.h"

typedef struct
{
  char           *member;
  MtxSecretBytes *text; /* escaped */
} SecretMember;

struct _MtxRequest
{
  /* owned */
  char       *method;
  char       *path;
  GString    *query; /* encoded, without the question mark */
  JsonObject *body;
  GPtrArray  *secrets; /* SecretMember, added to the body's top level when it is written */
  GBytes     *bytes;
  char       *content_type;

  /* state */
  MtxRequestFlags flags;
  guint           timeout_ms;
  gsize           max_reply;
};

G_DEFINE_BOXED_TYPE (MtxRequest, mtx_request, mtx_request_ref, mtx_request_unref)

static void
secret_member_free (gpointer data)
{
  SecretMember *secret = data;

  g_free (secret->member);
  mtx_secret_bytes_unref (secret->text);
  g_free (secret);
}

/* A segment of dots alone would climb the path, and dots are never percent-encoded otherwise. */
static char *
encode_segment (const char *segment)
{
  if (g_str_equal (segment, "."))
    return g_strdup ("%2E");
  if (g_str_equal (segment, ".."))
    return g_strdup ("%2E%2E");

  return g_uri_escape_string (segment, NULL, FALSE);
}

static char *
expand_path (const char *template,
             va_list *arguments)
{
  g_autoptr (GString) path = g_string_new (NULL);
  const char         *open = NULL;

  while ((open = strchr (template, '{')) != NULL)
    {
      const char      *argument = va_arg (*arguments, const char *);
      g_autofree char *segment = NULL;

      g_return_val_if_fail (argument != NULL, NULL);

      segment = encode_segment (argument);
      g_string_append_len (path, template, open - template);
      g_string_append (path, segment);
      template = strchr (open, '}') + 1;
    }
  g_string_append (path, template);
  g_return_val_if_fail (va_arg (*arguments, const char *) == NULL, NULL);

  return g_string_free_and_steal (g_steal_pointer (&path));
}

/**
 * mtx_request_new:
 * @endpoint: one of the MTX_ENDPOINT macros
 * @...: a string for each name in braces, in order, then %NULL
 *
 * Starts a request. Arguments are percent-encoded whole: none can add a path segment or a query.
 *
 * Returns: (transfer full): a request without query and body
 */
MtxRequest *
mtx_request_new (const char *endpoint,
                 ...)
{
  MtxRequest      *self = NULL;
  const char      *space = NULL;
  g_autofree char *path = NULL;
  va_list          arguments;

  g_return_val_if_fail (endpoint != NULL, NULL);
  space = strchr (endpoint, ' ');
  g_return_val_if_fail (space != NULL, NULL);

  va_start (arguments, endpoint);
  path = expand_path (space + 1, &arguments);
  va_end (arguments);
  g_return_val_if_fail (path != NULL, NULL);

  self = g_atomic_rc_box_new0 (MtxRequest);
  self->method = g_strndup (endpoint, (gsize)(space - endpoint));
  self->path = g_steal_pointer (&path);
  self->query = g_string_new (NULL);
  self->secrets = g_ptr_array_new_with_free_func (secret_member_free);
  self->timeout_ms = MTX_REQUEST_TIMEOUT_MS;
  self->max_reply = MTX_REQUEST_MAX_REPLY_BYTES;

  return self;
}

/**
 * mtx_request_ref:
 * @self: a request
 *
 * Takes another reference.
 *
 * Returns: (transfer full): @self
 */
MtxRequest *
mtx_request_ref (MtxRequest *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_request_finalize (gpointer data)
{
  MtxRequest *self = data;

  g_free (self->method);
  g_free (self->path);
  g_string_free (self->query, TRUE);
  g_clear_pointer (&self->body, json_object_unref);
  g_ptr_array_unref (self->secrets);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->content_type);
}

/**
 * mtx_request_unref:
 * @self: (transfer full): a request
 *
 * Drops a reference.
 */
void
mtx_request_unref (MtxRequest *self)
{
  g_atomic_rc_box_release_full (self, mtx_request_finalize);
}

/**
 * mtx_request_add_query:
 * @self: a request not sent yet
 * @name: the parameter's name
 * @value: its value, not encoded; never a token (protocol.md M4)
 *
 * Adds a query parameter; the same name may be added again.
 */
void
mtx_request_add_query (MtxRequest *self,
                       const char *name,
                       const char *value)
{
  g_autofree char *encoded = NULL;

  g_return_if_fail (self != NULL && name != NULL && value != NULL);

  encoded = g_uri_escape_string (value, NULL, FALSE);
  g_string_append_printf (self->query, "%s%s=%s", self->query->len > 0 ? "&" : "", name, encoded);
}

/**
 * mtx_request_set_body:
 * @self: a request not sent yet
 * @body: (transfer none): the JSON to send; not changed afterwards
 *
 * Sets the body. A request that is not a GET and has no body sends an empty object.
 */
void
mtx_request_set_body (MtxRequest *self,
                      JsonObject *body)
{
  g_return_if_fail (self != NULL && body != NULL);

  json_object_ref (body);
  g_clear_pointer (&self->body, json_object_unref);
  self->body = body;
}

/* As it stands between the quotation marks of a JSON string (RFC 8259, section 7). What was allocated too much is
 * wiped with the rest. */
static MtxSecretBytes *
escape (MtxSecretBytes *text)
{
  gsize           length = 0;
  const guint8   *bytes = mtx_secret_bytes_get (text, &length);
  char           *escaped = g_malloc (6 * length + 1);
  char           *end = escaped;
  MtxSecretBytes *secret;

  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] < 0x20)
        end += g_snprintf (end, 7, "\\u%04x", bytes[i]);
      else
        {
          if (bytes[i] == '"' || bytes[i] == '\\')
            *end++ = '\\';
          *end++ = (char)bytes[i];
        }
    }
  secret = mtx_secret_bytes_new ((const guint8 *)escaped, (gsize)(end - escaped));
  mtx_secret_wipe (escaped, 6 * length + 1);
  g_free (escaped);

  return secret;
}

/**
 * mtx_request_add_secret:
 * @self: a request not sent yet
 * @member: the name of a member of the body's top level
 * @text: UTF-8 text
 *
 * Adds a secret string to the body without ever making it a JSON value: it is written into the final
 * text, and that memory is wiped.
 */
void
mtx_request_add_secret (MtxRequest     *self,
                        const char     *member,
                        MtxSecretBytes *text)
{
  SecretMember *secret = NULL;
  gsize         length = 0;
  const guint8 *bytes = NULL;

  g_return_if_fail (self != NULL && member != NULL && text != NULL);
  bytes = mtx_secret_bytes_get (text, &length);
  g_return_if_fail (g_utf8_validate_len ((const char *)bytes, length, NULL));

  secret = g_new0 (SecretMember, 1);
  secret->member = g_strdup (member);
  secret->text = escape (text);
  g_ptr_array_add (self->secrets, secret);
}

/**
 * mtx_request_set_bytes:
 * @self: a request not sent yet
 * @bytes: (transfer none): a body that is not JSON
 * @content_type: its media type
 *
 * Sets the body of an upload.
 */
void
mtx_request_set_bytes (MtxRequest *self,
                       GBytes     *bytes,
                       const char *content_type)
{
  g_return_if_fail (self != NULL && bytes != NULL && content_type != NULL);

  g_bytes_ref (bytes);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  self->bytes = bytes;
  g_set_str (&self->content_type, content_type);
}

/**
 * mtx_request_get_flags:
 * @self: a request
 *
 * Returns: its flags
 */
MtxRequestFlags
mtx_request_get_flags (MtxRequest *self)
{
  g_return_val_if_fail (self != NULL, MTX_REQUEST_DEFAULT);

  return self->flags;
}

/**
 * mtx_request_set_flags:
 * @self: a request not sent yet
 * @flags: all its flags
 *
 * Says how the request differs from an authenticated one that is answered with JSON.
 */
void
mtx_request_set_flags (MtxRequest     *self,
                       MtxRequestFlags flags)
{
  g_return_if_fail (self != NULL);

  self->flags = flags;
}

/**
 * mtx_request_get_timeout_ms:
 * @self: a request
 *
 * Returns: milliseconds from sending to the last byte of the answer
 */
guint
mtx_request_get_timeout_ms (MtxRequest *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->timeout_ms;
}

/**
 * mtx_request_set_timeout_ms:
 * @self: a request not sent yet
 * @timeout_ms: milliseconds from sending to the last byte of the answer
 *
 * Sets how long the whole exchange may take. Connecting has its own, shorter limit.
 */
void
mtx_request_set_timeout_ms (MtxRequest *self,
                            guint       timeout_ms)
{
  g_return_if_fail (self != NULL && timeout_ms > 0);

  self->timeout_ms = timeout_ms;
}

/**
 * mtx_request_get_max_reply:
 * @self: a request
 *
 * Returns: how many bytes the answer may have, unpacked
 */
gsize
mtx_request_get_max_reply (MtxRequest *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->max_reply;
}

/**
 * mtx_request_set_max_reply:
 * @self: a request not sent yet
 * @max_bytes: how many bytes the answer may have, unpacked
 *
 * Sets where reading stops. An answer that is longer rejects with %MTX_ERROR_TOO_LARGE.
 */
void
mtx_request_set_max_reply (MtxRequest *self,
                           gsize       max_bytes)
{
  g_return_if_fail (self != NULL && max_bytes > 0);

  self->max_reply = max_bytes;
}

/**
 * mtx_request_get_method:
 * @self: a request
 *
 * Returns: the HTTP method
 */
const char *
mtx_request_get_method (MtxRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->method;
}

/**
 * mtx_request_dup_target:
 * @self: a request
 *
 * Returns: (transfer full): encoded path and query, to be put behind a base URL
 */
char *
mtx_request_dup_target (MtxRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->query->len == 0)
    return g_strdup (self->path);

  return g_strdup_printf ("%s?%s", self->path, self->query->str);
}

static gsize
secrets_length (MtxRequest *self)
{
  gsize length = 0;

  for (guint i = 0; i < self->secrets->len; i++)
    {
      SecretMember *secret = g_ptr_array_index (self->secrets, i);

      length += strlen (secret->member) + mtx_secret_bytes_get_size (secret->text) + strlen (",\"\":\"\"");
    }

  return length;
}

/* The buffer is allocated once, so no copy of a secret stays behind in memory that was outgrown. */
static GBytes *
write_with_secrets (MtxRequest *self,
                    const char *json)
{
  gsize capacity = strlen (json) + secrets_length (self) + 1;
  char *text = g_malloc0 (capacity);
  char *end = text;
  gsize length = strlen (json) - 1; /* without the closing brace */

  memcpy (text, json, length);
  end += length;
  for (guint i = 0; i < self->secrets->len; i++)
    {
      SecretMember *secret = g_ptr_array_index (self->secrets, i);
      gsize         secret_length = 0;
      const guint8 *bytes = mtx_secret_bytes_get (secret->text, &secret_length);

      end = g_stpcpy (end, end[-1] == '{' ? "\"" : ",\"");
      end = g_stpcpy (end, secret->member);
      end = g_stpcpy (end, "\":\"");
      memcpy (end, bytes, secret_length);
      end = g_stpcpy (end + secret_length, "\"");
    }
  end = g_stpcpy (end, "}");

  return g_bytes_new_with_free_func (text, (gsize)(end - text), (GDestroyNotify)mtx_secret_string_free, text);
}

/**
 * mtx_request_dup_body:
 * @self: a request
 * @content_type: (out): the media type of the body
 *
 * Returns: (transfer full) (nullable): the bytes to send, wiped when freed if they hold a secret, or %NULL for a GET
 */
GBytes *
mtx_request_dup_body (MtxRequest  *self,
                      const char **content_type)
{
  g_autofree char *json = NULL;
  gsize            length = 0;

  g_return_val_if_fail (self != NULL && content_type != NULL, NULL);

  *content_type = "application/json";
  if (g_str_equal (self->method, "GET"))
    return NULL;

  if (self->bytes != NULL)
    {
      *content_type = self->content_type;
      return g_bytes_ref (self->bytes);
    }

  json = self->body != NULL ? mtx_json_to_string (self->body) : g_strdup ("{}");
  if (self->secrets->len > 0)
    return write_with_secrets (self, json);

  length = strlen (json);

  return g_bytes_new_take (g_steal_pointer (&json), length);
}
