/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the announcements are kept current: one fiber asks again and again while it is worth asking.
 */
#include "sup-feed-private.h"

#include "mtx-backoff.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-session-notes.h"
#include "mtx-sync-loop.h"

/* A room that is read from outside is asked so often; one we are in tells by itself. */
#define POLL_MS (2 * 60 * 1000)

/* After network trouble: soon at first, five minutes at most. A room that is not for us may be opened one day. */
#define RETRY_FIRST_MS   2000
#define RETRY_CEILING_MS (5 * 60 * 1000)
#define CLOSED_RETRY_MS  (30 * 60 * 1000)

/* Until somebody calls. */
#define REST_MS (24 * 60 * 60 * 1000)

static void
sup_feed_save_room_note (SupFeed *self)
{
  g_autofree char *note = g_strconcat (mtx_public_room_get_id (self->room), "\n", self->address, NULL);

  mtx_fiber_fire (mtx_session_save_note (self->session, MTX_SESSION_NOTE_FEED_ROOM, note), "Remembering the announcements room");
}

/* The room is closed, or there is none: waiting for the network would not help. */
static gboolean
is_not_public (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED) || g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND) || g_error_matches (error, MTX_ERROR, MTX_ERROR_INVALID) || g_error_matches (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED);
}

static gboolean
is_over (const GError *error)
{
  return error->domain == DEX_ERROR || g_error_matches (error, MTX_ERROR, MTX_ERROR_CLOSED);
}

static void
sup_feed_set_unanswered (SupFeed *self)
{
  _sup_feed_set_state (self, self->items->len > 0 ? SUP_FEED_CACHED : SUP_FEED_UNREACHABLE);
}

static DexFuture *
sup_feed_ask_fiber (gpointer data)
{
  SupFeed           *self = data;
  MtxHttp           *http = mtx_session_get_http (self->session);
  g_autofree char   *id_before = g_strdup (mtx_public_room_get_id (self->room));
  gboolean           current;
  g_autoptr (GError) error = NULL;

  if (http == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "There is no account yet, or no more");

  self->asking++;
  current = dex_await_boolean (mtx_public_room_refresh (self->room, http), &error);
  self->asking--;

  if (g_strcmp0 (id_before, mtx_public_room_get_id (self->room)) != 0)
    sup_feed_save_room_note (self);

  if (error != NULL)
    {
      if (is_not_public (error))
        _sup_feed_set_state (self, SUP_FEED_NOT_PUBLIC);
      else if (!is_over (error))
        sup_feed_set_unanswered (self);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  /* A room just joined is still on its way. */
  if (!current)
    return dex_future_new_true ();

  /* What was there when the person came is not news, whether or not it was found yet. */
  if (self->read_ms == SUP_FEED_NEVER_READ)
    _sup_feed_set_read (self, self->items->len == 0 && self->has_older ? g_get_real_time () / 1000
                                                                       : _sup_feed_find_newest_ms (self));
  _sup_feed_set_state (self, SUP_FEED_READY);

  return dex_future_new_true ();
}

static DexFuture *
sup_feed_ask (SupFeed *self)
{
  return mtx_fiber_spawn ("feed-ask", sup_feed_ask_fiber, g_object_ref (self), g_object_unref);
}

static gboolean
sup_feed_can_ask (SupFeed *self)
{
  MtxConnection connection = mtx_sync_loop_get_connection (mtx_session_get_sync_loop (self->session));

  return connection == MTX_CONNECTION_ONLINE || connection == MTX_CONNECTION_CONNECTING;
}

/* One round: asks if that has a chance, and says how long to rest. FALSE when all is over. */
static gboolean
sup_feed_watch_round (SupFeed    *self,
                      MtxBackoff *backoff,
                      gint64     *rest_ms)
{
  g_autoptr (GError) error = NULL;

  *rest_ms = REST_MS;

  /* The connection wakes us when it is back. */
  if (!sup_feed_can_ask (self))
    {
      sup_feed_set_unanswered (self);
      return TRUE;
    }

  if (dex_await (sup_feed_ask (self), &error))
    {
      mtx_backoff_reset (backoff);
      if (!mtx_public_room_get_member (self->room))
        *rest_ms = POLL_MS;
      return TRUE;
    }

  if (is_over (error))
    return FALSE;

  *rest_ms = is_not_public (error) ? CLOSED_RETRY_MS : mtx_backoff_next (backoff, error);

  return TRUE;
}

static DexFuture *
sup_feed_watch_fiber (gpointer data)
{
  SupFeed   *self = data;
  MtxBackoff backoff;

  mtx_backoff_init (&backoff, RETRY_FIRST_MS, RETRY_CEILING_MS);

  for (;;)
    {
      gint64             rest_ms = 0;
      g_autoptr (GError) error = NULL;

      /* Before the question, so that no call is missed while it is answered. */
      dex_clear (&self->wake);
      self->wake = dex_promise_new ();

      if (!sup_feed_watch_round (self, &backoff, &rest_ms))
        return dex_future_new_true ();

      if (!dex_await (dex_future_first (dex_ref (self->wake), mtx_future_after (rest_ms), NULL), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
}

static void
sup_feed_call (SupFeed *self)
{
  if (self->wake != NULL && dex_future_is_pending (DEX_FUTURE (self->wake)))
    dex_promise_resolve_boolean (self->wake, TRUE);
}

static void
on_synced (SupFeed *self)
{
  /* Of a room we are not in, a sync tells nothing; but one we have joined may have arrived. */
  if (mtx_public_room_get_member (self->room))
    sup_feed_call (self);
}

static void
on_connection_changed (SupFeed     *self,
                       GParamSpec  *pspec,
                       MtxSyncLoop *loop)
{
  /* A question on its way will be answered, or asked again. */
  if (mtx_sync_loop_get_connection (loop) == MTX_CONNECTION_ONLINE && self->state != SUP_FEED_READY && self->asking == 0)
    sup_feed_call (self);
}

static DexFuture *
keep_result (DexFuture *future,
             gpointer   user_data)
{
  return dex_ref (future);
}

/* Begins to ask the server: for a feed that is loaded, in a session that is ready. */
void
_sup_feed_start (SupFeed *self)
{
  MtxSyncLoop *loop = mtx_session_get_sync_loop (self->session);

  g_return_if_fail (self->room != NULL);
  g_return_if_fail (self->watch == NULL);

  g_signal_connect_object (loop, "synced", G_CALLBACK (on_synced), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (loop, "notify::connection", G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);

  self->watch_fiber = mtx_fiber_spawn ("feed-watch", sup_feed_watch_fiber, g_object_ref (self), g_object_unref);
  self->watch = dex_future_finally (dex_ref (self->watch_fiber), keep_result, NULL, NULL);
}

static DexFuture *
sup_feed_close_fiber (gpointer data)
{
  SupFeed *self = data;

  /* Dropping the dependent future cancels the fiber; how it ends is of no interest. */
  dex_clear (&self->watch);
  if (self->watch_fiber != NULL)
    dex_await (dex_ref (self->watch_fiber), NULL);

  return dex_future_new_true ();
}

/* Stops asking. What is shown stays. */
DexFuture *
_sup_feed_close (SupFeed *self)
{
  return mtx_fiber_spawn ("feed-close", sup_feed_close_fiber, g_object_ref (self), g_object_unref);
}

/**
 * sup_feed_refresh:
 * @self: a feed
 *
 * Asks the server now.
 *
 * Returns: (transfer full): a future that resolves when it has answered; its rejection is also told by the state.
 *   Rejects with %MTX_ERROR_CLOSED while there is no account to ask with
 */
DexFuture *
sup_feed_refresh (SupFeed *self)
{
  g_return_val_if_fail (SUP_IS_FEED (self), NULL);

  if (self->room == NULL || mtx_session_get_http (self->session) == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "There is nobody to ask yet");

  if (self->items->len == 0 && self->state != SUP_FEED_READY)
    _sup_feed_set_state (self, SUP_FEED_LOADING);

  return sup_feed_ask (self);
}
