/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far the person has read, as support is told. What could not be told is told later, also by the next run; only
 * the newest counts.
 */
#include "sup-conversation-private.h"

#include "mtx-backoff.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-receipts.h"
#include "mtx-session-notes.h"

/* Between tries: nobody waits for it. */
#define RETRY_FIRST_MS   2000
#define RETRY_CEILING_MS 60000

static gboolean
is_told (SupConversation *self)
{
  return g_strcmp0 (self->told_event_id, self->read_event_id) == 0;
}

static gboolean
tell_once (SupConversation *self,
           GError         **error)
{
  g_autofree char *event_id = g_strdup (self->read_event_id);

  if (!dex_await (mtx_receipts_send_read (mtx_session_get_http (self->session), self->room, event_id), error))
    return FALSE;

  g_set_str (&self->told_event_id, event_id);

  return dex_await (mtx_session_save_note (self->session, MTX_SESSION_NOTE_CHAT_TOLD, event_id), error);
}

static DexFuture *
tell_fiber (gpointer data)
{
  SupConversation *self = data;
  MtxBackoff       backoff;

  mtx_backoff_init (&backoff, RETRY_FIRST_MS, RETRY_CEILING_MS);
  while (!is_told (self) && mtx_session_get_http (self->session) != NULL)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (GError) error = NULL;

      if (tell_once (self, &failure))
        mtx_backoff_reset (&backoff);
      else if (!mtx_error_is_temporary (failure))
        return dex_future_new_for_error (g_steal_pointer (&failure));
      else if (!dex_await (mtx_future_after (mtx_backoff_next (&backoff, failure)), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_true ();
}

static DexFuture *
told_cb (DexFuture *future,
         gpointer   data)
{
  SupConversation *self = data;

  dex_clear (&self->telling);

  return dex_ref (future);
}

/* Tells support what was read, as soon as there is a connection, if that is news. */
void
_sup_conversation_tell_read (SupConversation *self)
{
  if (self->telling != NULL || self->loop == NULL || is_told (self) || mtx_sync_loop_get_connection (self->loop) != MTX_CONNECTION_ONLINE)
    return;

  self->telling = dex_future_finally (mtx_fiber_spawn ("conversation-receipt", tell_fiber, g_object_ref (self), g_object_unref),
                                      told_cb, g_object_ref (self), g_object_unref);
}
