/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The grammar of Matrix identifiers (specification, appendices § Identifier Grammar), as strict as
 * provider.md, section 7: what a person could mistake for another identifier is refused.
 */
#include "mtx-id.h"

#include <arpa/inet.h>
#include <string.h>

#include "mtx-error.h"

#define MAX_LABEL_BYTES       63
#define MAX_PORT              65535
#define ROOM_ID_V12_HASH_SIZE 43

#define DIGITS      "0123456789"
#define ASCII_ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS

static gboolean
is_port (const char *text)
{
  gsize length = strspn (text, DIGITS);
  guint port = 0;

  if (length < 1 || length > 5 || text[length] != '\0')
    return FALSE;

  for (gsize i = 0; i < length; i++)
    port = port * 10 + (guint)(text[i] - '0');

  return port >= 1 && port <= MAX_PORT;
}

static gboolean
is_ipv4 (const char *text)
{
  struct in_addr address;

  return inet_pton (AF_INET, text, &address) == 1;
}

static gboolean
is_ipv6 (const char *text)
{
  struct in6_addr address;

  return inet_pton (AF_INET6, text, &address) == 1;
}

static gboolean
is_dns_name (const char *text)
{
  for (const char *label = text;;)
    {
      gsize length = strspn (label, ASCII_ALNUM "-");

      if (length < 1 || length > MAX_LABEL_BYTES || label[0] == '-' || label[length - 1] == '-')
        return FALSE;
      if (label[length] == '\0')
        return TRUE;
      if (label[length] != '.')
        return FALSE;
      label += length + 1;
    }
}

/* Four numbers are an address or nothing: 1.2.3.999 is no host name. */
static gboolean
looks_like_ipv4 (const char *text)
{
  guint dots = 0;

  if (text[strspn (text, DIGITS ".")] != '\0')
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    dots += *p == '.';

  return dots == 3;
}

/**
 * mtx_server_name_is_valid:
 * @untrusted: (nullable): a server name
 *
 * Checks a server name: a DNS name, an IPv4 address or an IPv6 address in brackets, with an optional
 * port, at most %MTX_SERVER_NAME_MAX_BYTES long.
 *
 * See the specification, appendices § Server Name.
 *
 * Returns: whether @untrusted is a server name
 */
gboolean
mtx_server_name_is_valid (const char *untrusted)
{
  g_autofree char *host = NULL;
  gsize            host_length;

  if (untrusted == NULL
      || strnlen (untrusted, MTX_SERVER_NAME_MAX_BYTES + 1) > MTX_SERVER_NAME_MAX_BYTES)
    return FALSE;

  if (untrusted[0] == '[')
    {
      const char *end = strchr (untrusted, ']');

      if (end == NULL)
        return FALSE;
      host = g_strndup (untrusted + 1, (gsize)(end - untrusted - 1));
      if (!is_ipv6 (host))
        return FALSE;
      return end[1] == '\0' || (end[1] == ':' && is_port (end + 2));
    }

  host_length = strcspn (untrusted, ":");
  host = g_strndup (untrusted, host_length);
  if (untrusted[host_length] == ':' && !is_port (untrusted + host_length + 1))
    return FALSE;

  return looks_like_ipv4 (host) ? is_ipv4 (host) : is_dns_name (host);
}

/* No control, format, private or blank characters: nothing that is invisible or moves text. */
static gboolean
is_visible_text (const char *text,
                 gsize       length)
{
  const char *end = text + length;

  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      gunichar     c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);

      if (!g_unichar_isgraph (c)
          || type == G_UNICODE_PRIVATE_USE
          || type == G_UNICODE_LINE_SEPARATOR
          || type == G_UNICODE_PARAGRAPH_SEPARATOR)
        return FALSE;
    }

  return TRUE;
}

static gboolean
is_nfc (const char *text,
        gsize       length)
{
  g_autofree char *normal = g_utf8_normalize (text, (gssize)length, G_NORMALIZE_NFC);

  return normal != NULL && strlen (normal) == length && memcmp (normal, text, length) == 0;
}

/* Finds the localpart between sigil and colon, if both are there and a server name follows. */
static gboolean
split_at_server (const char *untrusted,
                 gsize      *localpart_length)
{
  const char *colon = strchr (untrusted + 1, ':');

  if (colon == NULL || colon == untrusted + 1)
    return FALSE;
  *localpart_length = (gsize)(colon - untrusted - 1);

  return mtx_server_name_is_valid (colon + 1);
}

static gboolean
is_user_id (const char *untrusted)
{
  gsize length;

  if (untrusted[0] != '@' || !split_at_server (untrusted, &length))
    return FALSE;

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (untrusted[1 + i]))
      return FALSE;

  return TRUE;
}

static gboolean
is_room_id (const char *untrusted)
{
  gsize length;

  if (untrusted[0] != '!')
    return FALSE;
  if (strchr (untrusted, ':') == NULL)
    {
      length = strspn (untrusted + 1, ASCII_ALNUM "-_");
      return length == ROOM_ID_V12_HASH_SIZE && untrusted[1 + length] == '\0';
    }

  return split_at_server (untrusted, &length) && is_visible_text (untrusted + 1, length);
}

static gboolean
is_room_alias (const char *untrusted)
{
  gsize length;

  return untrusted[0] == '#'
         && split_at_server (untrusted, &length)
         && is_visible_text (untrusted + 1, length)
         && is_nfc (untrusted + 1, length);
}

static gboolean
is_event_id (const char *untrusted)
{
  return untrusted[0] == '$' && untrusted[1] != '\0' && is_visible_text (untrusted, strlen (untrusted));
}

static gboolean
is_device_id (const char *untrusted)
{
  if (untrusted[0] == '\0')
    return FALSE;

  for (const char *p = untrusted; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;

  return TRUE;
}

/* All five kinds are the same thing in memory and differ by grammar only. */
typedef struct
{
  gatomicrefcount ref_count;
  char            text[];
} Id;

static gpointer
id_new (const char *untrusted,
        gboolean (*check) (const char *untrusted),
        const char *what,
        GError    **error)
{
  gsize length = untrusted != NULL ? strnlen (untrusted, MTX_ID_MAX_BYTES + 1) : 0;
  Id   *id = NULL;

  if (untrusted == NULL || length > MTX_ID_MAX_BYTES
      || !g_utf8_validate_len (untrusted, length, NULL) || !check (untrusted))
    {
      g_set_error (error, MTX_ERROR, MTX_ERROR_INVALID, "Not a %s", what);
      return NULL;
    }

  id = g_malloc (sizeof (Id) + length + 1);
  g_atomic_ref_count_init (&id->ref_count);
  memcpy (id->text, untrusted, length + 1);

  return id;
}

static gpointer
id_ref (gpointer data)
{
  Id *id = data;

  g_return_val_if_fail (id != NULL, NULL);

  g_atomic_ref_count_inc (&id->ref_count);

  return id;
}

static void
id_unref (gpointer data)
{
  Id *id = data;

  g_return_if_fail (id != NULL);

  if (g_atomic_ref_count_dec (&id->ref_count))
    g_free (id);
}

static const char *
id_get (gconstpointer data)
{
  g_return_val_if_fail (data != NULL, NULL);

  return ((const Id *)data)->text;
}

static gboolean
id_equal (gconstpointer a,
          gconstpointer b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return a == b || strcmp (id_get (a), id_get (b)) == 0;
}

static guint
id_hash (gconstpointer data)
{
  g_return_val_if_fail (data != NULL, 0);

  return g_str_hash (id_get (data));
}

/**
 * mtx_user_id_new:
 * @untrusted: (nullable): a text
 * @error: return location for an error
 *
 * Checks a text and keeps it. The other identifiers have the same six functions: `_new`; `_ref` and
 * `_unref`, from any thread; `_get` for the text; `_equal` and `_hash` for tables.
 *
 * Room ids are opaque and may have no server part (room version 12); event ids are opaque after their
 * `$`; device ids are any text without control characters.
 *
 * Returns: (transfer full) (nullable): the identifier, or %NULL with %MTX_ERROR_INVALID
 */
#define DEFINE_ID(Type, prefix, check, what)                            \
  G_DEFINE_BOXED_TYPE (Type, prefix, prefix##_ref, prefix##_unref)      \
  Type *prefix##_new (const char *untrusted, GError **error)            \
  {                                                                     \
    return id_new (untrusted, check, what, error);                      \
  }                                                                     \
  Type       *prefix##_ref (Type *self) { return id_ref (self); }       \
  void        prefix##_unref (Type *self) { id_unref (self); }          \
  const char *prefix##_get (const Type *self) { return id_get (self); } \
  gboolean    prefix##_equal (gconstpointer a, gconstpointer b)         \
  {                                                                     \
    return id_equal (a, b);                                             \
  }                                                                     \
  guint prefix##_hash (gconstpointer self) { return id_hash (self); }

DEFINE_ID (MtxUserId, mtx_user_id, is_user_id, "user id")
DEFINE_ID (MtxRoomId, mtx_room_id, is_room_id, "room id")
DEFINE_ID (MtxRoomAlias, mtx_room_alias, is_room_alias, "room alias")
DEFINE_ID (MtxEventId, mtx_event_id, is_event_id, "event id")
DEFINE_ID (MtxDeviceId, mtx_device_id, is_device_id, "device id")

/**
 * mtx_user_id_get_server:
 * @self: a user id
 *
 * Gets the server name, with its port if there is one.
 *
 * Returns: (transfer none): the server name
 */
const char *
mtx_user_id_get_server (const MtxUserId *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return strchr (id_get (self), ':') + 1;
}

/**
 * mtx_user_id_dup_localpart:
 * @self: a user id
 *
 * Gets what stands between `@` and the first `:`.
 *
 * Returns: (transfer full): the localpart
 */
char *
mtx_user_id_dup_localpart (const MtxUserId *self)
{
  const char *text = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  text = id_get (self) + 1;

  return g_strndup (text, strcspn (text, ":"));
}

/**
 * mtx_user_id_is_historical:
 * @self: a user id
 *
 * Says whether the localpart has characters that only old servers gave out, capitals for example.
 *
 * See the specification, appendices § Historical User IDs.
 *
 * Returns: whether the localpart is outside today's grammar
 */
gboolean
mtx_user_id_is_historical (const MtxUserId *self)
{
  const char *text = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  text = id_get (self) + 1;

  return text[strspn (text, "abcdefghijklmnopqrstuvwxyz" DIGITS "._=/+-")] != ':';
}
