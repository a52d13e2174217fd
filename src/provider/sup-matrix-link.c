/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads identifiers, matrix.to links, matrix: URIs and the room and user links of web clients.
 */
#include "sup-matrix-link.h"

#include "mtx-id.h"
#include "sup-provider-error.h"
#include "sup-url.h"

#include <string.h>

static void
set_invalid_id (GError **error)
{
  g_set_error_literal (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_INVALID_ID, "not a valid Matrix identifier");
}

static gboolean
is_sigil (char c)
{
  return c == '@' || c == '#' || c == '!';
}

static gboolean
is_matrix_uri (const char *untrusted)
{
  return g_ascii_strncasecmp (untrusted, "matrix:", 7) == 0;
}

/* What follows the # of a matrix.to link, or NULL. */
static const char *
find_matrix_to_fragment (const char *untrusted)
{
  static const char *const prefixes[] = { "https://matrix.to/", "http://matrix.to/" };

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_ascii_strncasecmp (untrusted, prefixes[i], strlen (prefixes[i])) == 0)
      {
        const char *rest = untrusted + strlen (prefixes[i]);

        return rest[0] == '#' ? rest + 1 : NULL;
      }

  return NULL;
}

/* What follows #/room/ or #/user/ in a link of some web client, or NULL. */
static const char *
find_client_fragment (const char *untrusted,
                      gboolean   *is_user)
{
  const char *room;
  const char *user;

  if (g_ascii_strncasecmp (untrusted, "https://", 8) != 0 && g_ascii_strncasecmp (untrusted, "http://", 7) != 0)
    return NULL;

  room = strstr (untrusted, "#/room/");
  user = strstr (untrusted, "#/user/");
  *is_user = user != NULL && (room == NULL || user < room);
  if (*is_user)
    return user + strlen ("#/user/");
  return room != NULL ? room + strlen ("#/room/") : NULL;
}

static gboolean
set_room (SupMatrixLink *self,
          const char    *id,
          GPtrArray     *via,
          GError       **error)
{
  const char *colon = strchr (id, ':');
  gboolean    valid;

  if (id[0] == '#')
    {
      g_autoptr (MtxRoomAlias) alias = mtx_room_alias_new (id, NULL);

      valid = alias != NULL;
    }
  else
    {
      g_autoptr (MtxRoomId) room_id = mtx_room_id_new (id, NULL);

      valid = room_id != NULL;
    }

  if (!valid)
    {
      set_invalid_id (error);
      return FALSE;
    }

  /* The server of a room id is a good guess; a version 12 id has none. An alias is resolved anyway. */
  if (id[0] == '!' && via->len == 0 && colon != NULL)
    sup_matrix_link_add_via (via, colon + 1);

  self->room = g_strdup (id);
  self->non_ascii = !g_str_is_ascii (id);
  return TRUE;
}

static SupMatrixLink *
new_from_id (const char *id,
             GPtrArray  *via,
             GError    **error)
{
  g_autoptr (SupMatrixLink) self = g_new0 (SupMatrixLink, 1);

  if (id[0] == '@')
    {
      self->user = mtx_user_id_new (id, NULL);
      if (self->user == NULL)
        {
          set_invalid_id (error);
          return NULL;
        }
    }
  else if (id[0] == '#' || id[0] == '!')
    {
      if (!set_room (self, id, via, error))
        return NULL;
    }
  else
    {
      set_invalid_id (error);
      return NULL;
    }

  g_ptr_array_add (via, NULL);
  self->via = (GStrv)g_ptr_array_steal (via, NULL);
  return g_steal_pointer (&self);
}

/* The via parameters of what follows a ?, bad ones dropped. */
static void
collect_via (const char *query,
             GPtrArray  *via)
{
  const char *p = query;

  while (*p != '\0')
    {
      gsize length = strcspn (p, "&#");

      if (g_str_has_prefix (p, "via="))
        {
          g_autofree char *server = sup_url_dup_decoded (p + 4, length - 4);

          if (server != NULL)
            sup_matrix_link_add_via (via, server);
        }
      p += length;
      if (*p != '&')
        break;
      p++;
    }
}

/* <id>[/<event>][?via=…], the id encoded or not. */
static char *
split_link_path (const char *path,
                 GPtrArray  *via)
{
  const char *query = strchr (path, '?');

  if (query != NULL)
    collect_via (query + 1, via);
  return sup_url_dup_decoded (path, strcspn (path, "/?"));
}

static SupMatrixLink *
parse_matrix_to (const char *fragment,
                 GPtrArray  *via,
                 GError    **error)
{
  g_autofree char *id = NULL;

  if (fragment[0] == '/')
    {
      id = split_link_path (fragment + 1, via);
      return new_from_id (id != NULL ? id : "", via, error);
    }

  /* The form of the provider's documents, https://matrix.to/#name:server: the # belongs to the alias. */
  id = split_link_path (fragment, via);
  if (id != NULL && !is_sigil (id[0]))
    {
      g_autofree char *alias = g_strconcat ("#", id, NULL);

      return new_from_id (alias, via, error);
    }
  return new_from_id (id != NULL ? id : "", via, error);
}

static SupMatrixLink *
parse_client_link (const char *path,
                   gboolean    is_user,
                   GPtrArray  *via,
                   GError    **error)
{
  g_autofree char *id = split_link_path (path, via);

  if (id == NULL || (id[0] == '@') != is_user)
    {
      set_invalid_id (error);
      return NULL;
    }
  return new_from_id (id, via, error);
}

/* https://spec.matrix.org/v1.19/appendices/#matrix-uri-scheme */
static SupMatrixLink *
parse_matrix_uri (const char *untrusted,
                  GPtrArray  *via,
                  GError    **error)
{
  static const struct
  {
    const char *type;
    const char *sigil;
  } types[] = {
    { "u/", "@" },
    { "user/", "@" },
    { "r/", "#" },
    { "room/", "#" },
    { "roomid/", "!" },
  };
  const char *path = untrusted + strlen ("matrix:");

  if (g_str_has_prefix (path, "//"))
    {
      path += 2;
      path += strcspn (path, "/?#");
      if (*path == '/')
        path++;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_prefix (path, types[i].type))
      {
        g_autofree char *bare = split_link_path (path + strlen (types[i].type), via);
        g_autofree char *id = NULL;

        if (bare == NULL || is_sigil (bare[0]))
          break;
        id = g_strconcat (types[i].sigil, bare, NULL);
        return new_from_id (id, via, error);
      }

  set_invalid_id (error);
  return NULL;
}

/**
 * sup_matrix_link_is_like:
 * @untrusted: a text without blanks
 *
 * Whether a text means to be a Matrix user or room: it starts with a sigil or is one of the link forms. It
 * may still turn out to be invalid.
 *
 * Returns: %TRUE if so
 */
gboolean
sup_matrix_link_is_like (const char *untrusted)
{
  gboolean is_user;

  g_return_val_if_fail (untrusted != NULL, FALSE);

  return is_sigil (untrusted[0]) || is_matrix_uri (untrusted)
         || find_matrix_to_fragment (untrusted) != NULL
         || find_client_fragment (untrusted, &is_user) != NULL;
}

/**
 * sup_matrix_link_parse:
 * @untrusted: UTF-8, an identifier or a link, without blanks around
 * @error: return location for %SUP_PROVIDER_ERROR_INVALID_ID
 *
 * Reads one user or room.
 *
 * Returns: (transfer full): the link, or %NULL
 */
SupMatrixLink *
sup_matrix_link_parse (const char *untrusted,
                       GError    **error)
{
  g_autoptr (GPtrArray) via = g_ptr_array_new_with_free_func (g_free);
  const char           *fragment;
  gboolean              is_user;

  g_return_val_if_fail (untrusted != NULL, NULL);

  if (is_matrix_uri (untrusted))
    return parse_matrix_uri (untrusted, via, error);
  if ((fragment = find_matrix_to_fragment (untrusted)) != NULL)
    return parse_matrix_to (fragment, via, error);
  if ((fragment = find_client_fragment (untrusted, &is_user)) != NULL)
    return parse_client_link (fragment, is_user, via, error);
  return new_from_id (untrusted, via, error);
}

/**
 * sup_matrix_link_free:
 * @self: (transfer full): a link
 *
 * Frees a link.
 */
void
sup_matrix_link_free (SupMatrixLink *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->user, mtx_user_id_unref);
  g_free (self->room);
  g_strfreev (self->via);
  g_free (self);
}

/**
 * sup_matrix_link_add_via:
 * @via: (element-type utf8): server names so far, owned by the array
 * @untrusted: one more
 *
 * Adds a server that knows a room, unless it is there already or there are enough.
 *
 * Returns: %FALSE if @untrusted is not a server name
 */
gboolean
sup_matrix_link_add_via (GPtrArray  *via,
                         const char *untrusted)
{
  g_return_val_if_fail (via != NULL && untrusted != NULL, FALSE);

  if (!mtx_server_name_is_valid (untrusted))
    return FALSE;
  if (via->len < SUP_MATRIX_LINK_MAX_VIA
      && !g_ptr_array_find_with_equal_func (via, untrusted, g_str_equal, NULL))
    g_ptr_array_add (via, g_strdup (untrusted));
  return TRUE;
}
