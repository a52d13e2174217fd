/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asks a server where its homeserver is, and whether there is one.
 */
#include "mtx-discovery-private.h"

#include <string.h>

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-id.h"
#include "mtx-json.h"

#define WELL_KNOWN_MAX_BYTES (64 * 1024)

typedef struct
{
  char           *server_name;
  GProxyResolver *resolver; /* or NULL */
} Discovery;

static void
discovery_free (gpointer data)
{
  Discovery *discovery = data;

  g_free (discovery->server_name);
  g_clear_object (&discovery->resolver);
  g_free (discovery);
}

static gboolean
host_is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost")
         || (address != NULL && g_inet_address_get_is_loopback (address));
}

/* May a server send us to @untrusted_url? Only to a name, only by https: an address inside the user's own
 * network or machine would let a stranger's server point us at things behind the firewall (threats.md 104).
 * @asked_loopback: the user asked a server on this machine, which may of course name itself. */
gboolean
_mtx_discovery_accepts (const char *untrusted_url,
                        gboolean    asked_loopback)
{
  g_autoptr (GUri) uri = NULL;
  const char      *host = NULL;

  if (!mtx_http_url_is_acceptable (untrusted_url, NULL))
    return FALSE;

  uri = g_uri_parse (untrusted_url, G_URI_FLAGS_NONE, NULL);
  host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (host == NULL || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return FALSE;
  if (asked_loopback && host_is_loopback (host))
    return TRUE;

  return g_str_equal (g_uri_get_scheme (uri), "https") && !g_hostname_is_ip_address (host) && !host_is_loopback (host);
}

/* "example.org:8448" → "example.org"; "[::1]:80" → "::1". */
static char *
dup_host (const char *server_name)
{
  g_autofree char *url = g_strconcat ("https://", server_name, NULL);
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  return uri != NULL ? g_strdup (g_uri_get_host (uri)) : NULL;
}

/* In a fiber. */
static JsonObject *
get (Discovery  *discovery,
     const char *base_url,
     const char *endpoint,
     GError    **error)
{
  g_autoptr (MtxHttp)    http = mtx_http_new (base_url, error);
  g_autoptr (MtxRequest) request = mtx_request_new (endpoint, NULL);
  g_autoptr (MtxReply)   reply = NULL;

  if (http == NULL)
    return NULL;
  if (discovery->resolver != NULL)
    mtx_http_set_proxy_resolver (http, discovery->resolver);
  mtx_request_set_flags (request, MTX_REQUEST_ANONYMOUS);
  mtx_request_set_max_reply (request, WELL_KNOWN_MAX_BYTES);
  reply = dex_await_boxed (mtx_http_send (http, request), error);

  return reply != NULL ? json_object_ref (mtx_reply_get_body (reply)) : NULL;
}

/* The address the well-known document names; NULL without an error if there is no such document. */
static char *
read_well_known (JsonObject *untrusted,
                 gboolean    asked_loopback,
                 GError    **error)
{
  JsonObject *homeserver = mtx_json_get_object (untrusted, "m.homeserver");
  const char *base_url = homeserver != NULL ? mtx_json_get_string (homeserver, "base_url") : NULL;
  char       *accepted = NULL;

  if (base_url == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The well-known document names no homeserver");
      return NULL;
    }
  if (!_mtx_discovery_accepts (base_url, asked_loopback))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The well-known document points where we do not go");
      return NULL;
    }

  accepted = g_strdup (base_url);
  while (g_str_has_suffix (accepted, "/"))
    accepted[strlen (accepted) - 1] = '\0';

  return accepted;
}

static gboolean
means_no_document (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND)
         || g_error_matches (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED)
         || g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED);
}

static DexFuture *
mtx_discovery_resolve_fiber (gpointer data)
{
  Discovery             *discovery = data;
  g_autofree char       *host = dup_host (discovery->server_name);
  gboolean               loopback = host != NULL && host_is_loopback (host);
  const char            *scheme = loopback ? "http" : "https";
  g_autofree char       *name_url = g_strconcat (scheme, "://", discovery->server_name, NULL);
  g_autofree char       *host_url = NULL;
  g_autofree char       *base_url = NULL;
  g_autoptr (JsonObject) well_known = NULL;
  g_autoptr (JsonObject) versions = NULL;
  g_autoptr (GError)     error = NULL;

  if (host == NULL)
    return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_INVALID, "Not the name of a server"));

  /* The document is asked for without the port of the name; on this machine the port is all there is. */
  host_url = loopback || strchr (host, ':') != NULL ? g_strdup (name_url) : g_strconcat (scheme, "://", host, NULL);
  well_known = get (discovery, host_url, MTX_ENDPOINT_WELL_KNOWN, &error);
  if (well_known != NULL)
    base_url = read_well_known (well_known, loopback, &error);
  else if (means_no_document (error))
    {
      g_clear_error (&error);
      base_url = g_steal_pointer (&name_url);
    }
  if (base_url == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  versions = get (discovery, base_url, MTX_ENDPOINT_VERSIONS, &error);
  if (versions == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (mtx_json_get_array (versions, "versions") == NULL)
    return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_BAD_REPLY, "There is no homeserver"));

  return dex_future_new_take_string (g_steal_pointer (&base_url));
}

/**
 * mtx_discovery_resolve:
 * @untrusted_server_name: the name of a server, such as "example.org"
 * @resolver: (nullable): who says which proxy to use, or %NULL for the desktop's settings
 *
 * Finds the homeserver of a server (protocol.md M1; specification, § Server Discovery). No token is involved.
 *
 * Returns: (transfer full): a future that resolves to the base URL, without a slash at its end, or rejects with
 *   %MTX_ERROR_INVALID (not a name), %MTX_ERROR_UNTRUSTED (it sends us where we do not go),
 *   %MTX_ERROR_BAD_REPLY (no homeserver there) or %MTX_ERROR_RETRY_LATER
 */
DexFuture *
mtx_discovery_resolve (const char     *untrusted_server_name,
                       GProxyResolver *resolver)
{
  Discovery *discovery = NULL;

  g_return_val_if_fail (untrusted_server_name != NULL, NULL);

  if (!mtx_server_name_is_valid (untrusted_server_name))
    return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_INVALID, "Not the name of a server"));

  discovery = g_new0 (Discovery, 1);
  discovery->server_name = g_strdup (untrusted_server_name);
  g_set_object (&discovery->resolver, resolver);

  return mtx_fiber_spawn ("[discovery]", mtx_discovery_resolve_fiber, discovery, discovery_free);
}
