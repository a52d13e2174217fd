/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Listens on a port of 127.0.0.1 for one visit that carries the right `state`. Whoever else knocks (another
 * program, a page in the browser) is turned away and changes nothing.
 */
#include "mtx-loopback.h"

#include <libsoup/soup.h>

#include <string.h>

#include "mtx-error.h"
#include "mtx-secret-bytes.h"

struct _MtxLoopback
{
  GObject parent_instance;

  /* owned */
  SoupServer *server;
  char       *uri;
  char       *page;
  char       *state;
  DexPromise *visit;
  GHashTable *query; /* of the visit, until its answer is out */
};

G_DEFINE_FINAL_TYPE (MtxLoopback, mtx_loopback, G_TYPE_OBJECT)

static gboolean
same_text (const char *one,
           const char *other)
{
  guint8 difference = 0;

  if (other == NULL || strlen (one) != strlen (other))
    return FALSE;
  for (gsize i = 0; one[i] != '\0'; i++)
    difference |= (guint8)(one[i] ^ other[i]);

  return difference == 0;
}

/* The answer is out, so the browser shows our words before the port closes. */
static void
message_finished_cb (MtxLoopback *self)
{
  g_autoptr (GHashTable) query = g_steal_pointer (&self->query);

  if (query != NULL)
    dex_promise_resolve_boxed (self->visit, G_TYPE_HASH_TABLE, g_steal_pointer (&query));
}

static void
server_cb (SoupServer        *server,
           SoupServerMessage *message,
           const char        *path,
           GHashTable        *query,
           gpointer           data)
{
  MtxLoopback        *self = data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "Content-Security-Policy", "default-src 'none'");
  soup_message_headers_replace (headers, "Referrer-Policy", "no-referrer");
  soup_message_headers_replace (headers, "Connection", "close");

  if (!g_str_equal (soup_server_message_get_method (message), "GET") || !g_str_equal (path, "/") || query == NULL
      || !same_text (self->state, g_hash_table_lookup (query, "state")))
    {
      soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
      return;
    }

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/html; charset=utf-8", SOUP_MEMORY_COPY, self->page, strlen (self->page));
  if (self->query != NULL || !dex_future_is_pending (DEX_FUTURE (self->visit)))
    return;

  self->query = g_hash_table_ref (query);
  g_signal_connect_object (message, "finished", G_CALLBACK (message_finished_cb), self, G_CONNECT_SWAPPED);
}

static void
mtx_loopback_finalize (GObject *object)
{
  MtxLoopback *self = MTX_LOOPBACK (object);

  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->page, g_free);
  g_clear_pointer (&self->state, mtx_secret_string_free);
  g_clear_pointer (&self->query, g_hash_table_unref);
  dex_clear (&self->visit);

  G_OBJECT_CLASS (mtx_loopback_parent_class)->finalize (object);
}

static void
mtx_loopback_class_init (MtxLoopbackClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_loopback_finalize;
}

static void
mtx_loopback_init (MtxLoopback *self)
{
  self->visit = dex_promise_new ();
  self->server = soup_server_new ("server-header", "", NULL);
}

/**
 * mtx_loopback_new:
 * @state: the `state` that a visit must carry; not empty
 * @parting_words: plain text that the browser shows at the end
 * @error: %MTX_ERROR_FAILED if no port can be had
 *
 * Starts to listen. The port closes with the last reference.
 *
 * Returns: (transfer full) (nullable): the place
 */
MtxLoopback *
mtx_loopback_new (const char *state,
                  const char *parting_words,
                  GError    **error)
{
  g_autoptr (MtxLoopback) self = NULL;
  g_autoptr (GError)      failure = NULL;
  g_autofree char        *words = NULL;
  GSList                 *uris = NULL;

  g_return_val_if_fail (state != NULL && *state != '\0', NULL);
  g_return_val_if_fail (parting_words != NULL, NULL);

  self = g_object_new (MTX_TYPE_LOOPBACK, NULL);
  if (!soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &failure))
    {
      g_set_error (error, MTX_ERROR, MTX_ERROR_FAILED, "No port on this machine: %s", failure->message);
      return NULL;
    }

  uris = soup_server_get_uris (self->server);
  self->uri = g_strdup_printf ("http://127.0.0.1:%d/", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  self->state = g_strdup (state);
  words = g_markup_escape_text (parting_words, -1);
  self->page = g_strdup_printf ("<!doctype html><meta charset=\"utf-8\"><title>Wallet Support</title><p>%s</p>\n", words);
  soup_server_add_handler (self->server, NULL, server_cb, self, NULL);

  return g_steal_pointer (&self);
}

/**
 * mtx_loopback_get_uri:
 * @self: the place
 *
 * Returns: (transfer none): where a browser finds it: `http://127.0.0.1:PORT/`
 */
const char *
mtx_loopback_get_uri (MtxLoopback *self)
{
  g_return_val_if_fail (MTX_IS_LOOPBACK (self), NULL);

  return self->uri;
}

/**
 * mtx_loopback_wait:
 * @self: the place; whoever waits holds a reference
 *
 * Waits for the visit.
 *
 * Returns: (transfer full): a future that resolves to a #GHashTable of the visit's query, name to value, both
 *   untrusted but for `state`
 */
DexFuture *
mtx_loopback_wait (MtxLoopback *self)
{
  g_return_val_if_fail (MTX_IS_LOOPBACK (self), NULL);

  return dex_ref (DEX_FUTURE (self->visit));
}
