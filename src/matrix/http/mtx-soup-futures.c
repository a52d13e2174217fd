/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One function per asynchronous call of libsoup: promise, start, resolve or reject in the callback.
 */
#include "mtx-soup-futures.h"

typedef struct
{
  /* owned */
  DexPromise  *promise;
  SoupMessage *message;
  GSource     *deadline;
  gulong       starting_id;

  /* state */
  gboolean timed_out;
} Send;

static void
send_drop_deadline (Send *send)
{
  if (send->deadline != NULL)
    g_source_destroy (send->deadline);
  g_clear_pointer (&send->deadline, g_source_unref);
}

static void
send_free (Send *send)
{
  send_drop_deadline (send);
  g_signal_handler_disconnect (send->message, send->starting_id);
  g_clear_object (&send->message);
  dex_clear (&send->promise);
  g_free (send);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Send, send_free)

static void
message_starting_cb (SoupMessage *message,
                     Send        *send)
{
  send_drop_deadline (send);
}

static gboolean
connect_deadline_cb (gpointer data)
{
  Send *send = data;

  send_drop_deadline (send);
  send->timed_out = TRUE;
  g_cancellable_cancel (dex_promise_get_cancellable (send->promise));

  return G_SOURCE_REMOVE;
}

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr (Send)         send = data;
  g_autoptr (GError)       error = NULL;
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (object), result, &error);

  if (stream != NULL)
    {
      dex_promise_resolve_object (send->promise, g_steal_pointer (&stream));
      return;
    }

  if (send->timed_out)
    {
      g_clear_error (&error);
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The server could not be reached in time");
    }
  dex_promise_reject (send->promise, g_steal_pointer (&error));
}

/**
 * mtx_soup_send:
 * @session: where connections come from
 * @message: what to send
 * @connect_timeout_ms: milliseconds until a connection must carry @message
 *
 * Sends @message. Dropping the future cancels the exchange.
 *
 * Returns: (transfer full): a future that resolves to a #GInputStream of the body once the headers are
 *   there, or rejects with %G_IO_ERROR_TIMED_OUT or what libsoup says
 */
DexFuture *
mtx_soup_send (SoupSession *session,
               SoupMessage *message,
               guint        connect_timeout_ms)
{
  DexPromise *promise = NULL;
  Send       *send = NULL;

  g_return_val_if_fail (SOUP_IS_SESSION (session), NULL);
  g_return_val_if_fail (SOUP_IS_MESSAGE (message), NULL);

  promise = dex_promise_new_cancellable ();
  send = g_new0 (Send, 1);
  send->promise = dex_ref (promise);
  send->message = g_object_ref (message);
  send->starting_id = g_signal_connect (message, "starting", G_CALLBACK (message_starting_cb), send);
  send->deadline = g_timeout_source_new (connect_timeout_ms);
  g_source_set_callback (send->deadline, connect_deadline_cb, send, NULL);
  g_source_attach (send->deadline, g_main_context_get_thread_default ());

  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, dex_promise_get_cancellable (promise), send_cb, send);

  return DEX_FUTURE (promise);
}
