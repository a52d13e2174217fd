/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What other devices of our account want of this one (specification, § Secret sharing and § Key requests). A wish in
 * clear proves nothing, so it may come from anybody; the answer goes over Olm to a device our identity signed, and
 * nowhere else (threat 33).
 */
#include "mtx-own-requests-private.h"

#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"

/* A device that is being verified may ask before we have signed it; so long its wish is kept. */
#define PENDING_US (10 * 60 * (gint64)G_USEC_PER_SEC)

/* More wishes at once, or answers in an hour, are not heard. */
#define MAX_PENDING        100
#define MAX_ANSWERED       500
#define ANSWERED_PERIOD_US (60 * 60 * (gint64)G_USEC_PER_SEC)

/* What one device wants: a secret by its name, or a room key. */
typedef struct
{
  char    *device_id;
  char    *request_id;
  char    *name;
  char    *room_id;
  char    *session_id;
  gint64   heard_us;
  gboolean is_due;  /* not looked at since it came, or since our devices changed */
  gboolean is_over; /* answered, or withdrawn */
} Wish;

static void
wish_free (gpointer memory)
{
  Wish *wish = memory;

  g_clear_pointer (&wish->device_id, g_free);
  g_clear_pointer (&wish->request_id, g_free);
  g_clear_pointer (&wish->name, g_free);
  g_clear_pointer (&wish->room_id, g_free);
  g_clear_pointer (&wish->session_id, g_free);
  g_free (wish);
}

/**
 * _mtx_own_requests_new_pending:
 *
 * Returns: (transfer full): an empty list of wishes
 */
GPtrArray *
_mtx_own_requests_new_pending (void)
{
  return g_ptr_array_new_with_free_func (wish_free);
}

static gboolean
is_id (const char *untrusted)
{
  return untrusted != NULL && *untrusted != '\0' && strlen (untrusted) <= MTX_ID_MAX_BYTES;
}

static void
withdraw (MtxOwnRequests *self,
          const char     *device_id,
          const char     *request_id)
{
  for (guint i = 0; i < self->pending->len; i++)
    {
      Wish *wish = g_ptr_array_index (self->pending, i);

      if (g_str_equal (wish->device_id, device_id) && g_str_equal (wish->request_id, request_id))
        wish->is_over = TRUE;
    }
}

/* Returns: (transfer full) (nullable): NULL if nothing we could have is wanted. */
static Wish *
read_wish (MtxDeviceMessage *message,
           JsonObject       *untrusted)
{
  gboolean    is_secret = g_str_equal (message->type, MTX_SECRET_REQUEST);
  JsonObject *body = mtx_json_get_object (untrusted, "body");
  const char *name = mtx_json_get_string (untrusted, "name");
  const char *room_id = mtx_json_get_string (body, "room_id");
  const char *session_id = mtx_json_get_string (body, "session_id");
  Wish       *wish;

  if (is_secret ? !is_id (name)
                : !is_id (room_id) || !is_id (session_id)
                      || g_strcmp0 (mtx_json_get_string (body, "algorithm"), MTX_ALGORITHM_MEGOLM) != 0)
    return NULL;

  wish = g_new0 (Wish, 1);
  wish->device_id = g_strdup (mtx_json_get_string (untrusted, "requesting_device_id"));
  wish->request_id = g_strdup (mtx_json_get_string (untrusted, "request_id"));
  wish->name = is_secret ? g_strdup (name) : NULL;
  wish->room_id = is_secret ? NULL : g_strdup (room_id);
  wish->session_id = is_secret ? NULL : g_strdup (session_id);
  wish->heard_us = g_get_monotonic_time ();
  wish->is_due = TRUE;

  return wish;
}

/**
 * _mtx_own_requests_hear:
 * @self: the requests
 * @message: what a device sent
 *
 * Takes another device's wish, or its withdrawal. Only our own account is heard.
 */
void
_mtx_own_requests_hear (MtxOwnRequests   *self,
                        MtxDeviceMessage *message)
{
  g_autoptr (JsonObject) content = NULL;
  const char            *device_id;
  const char            *request_id;
  Wish                  *wish;

  if (!g_str_equal (message->type, MTX_SECRET_REQUEST) && !g_str_equal (message->type, MTX_ROOM_KEY_REQUEST))
    return;

  content = mtx_device_message_dup_content (message);
  device_id = mtx_json_get_string (content, "requesting_device_id");
  request_id = mtx_json_get_string (content, "request_id");
  if (!g_str_equal (message->sender, mtx_crypto_engine_get_user_id (self->engine)) || !is_id (device_id) || !is_id (request_id)
      || g_str_equal (device_id, mtx_crypto_engine_get_device_id (self->engine)))
    return;

  withdraw (self, device_id, request_id);
  if (g_strcmp0 (mtx_json_get_string (content, "action"), "request") != 0 || self->pending->len >= MAX_PENDING)
    return;
  wish = read_wish (message, content);
  if (wish == NULL)
    return;

  g_ptr_array_add (self->pending, wish);
  mtx_fiber_fire (_mtx_own_requests_answer (self), "Answering another device of ours");
}

static gboolean
may_answer (MtxOwnRequests *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->n_answered == 0 || now_us - self->answered_since_us > ANSWERED_PERIOD_US)
    {
      self->n_answered = 0;
      self->answered_since_us = now_us;
    }

  return self->n_answered < MAX_ANSWERED;
}

static DexFuture *
ask_engine (MtxOwnRequests *self,
            const Wish     *wish)
{
  if (wish->name != NULL)
    return _mtx_crypto_engine_answer_secret (self->engine, wish->device_id, wish->name, wish->request_id);

  return _mtx_crypto_engine_answer_room_key (self->engine, wish->device_id, wish->room_id, wish->session_id);
}

/* An Olm session may have to be begun first. What we do not have, nobody gets. */
static gboolean
grant (MtxOwnRequests *self,
       const Wish     *wish,
       GError        **error)
{
  const char        *users[] = { mtx_crypto_engine_get_user_id (self->engine), NULL };
  g_autoptr (GError) failure = NULL;
  gboolean           is_packed = dex_await_boolean (ask_engine (self, wish), &failure);

  if (failure == NULL && !is_packed && dex_await (mtx_room_key_sharing_prefetch (self->sharing, users), &failure))
    is_packed = dex_await_boolean (ask_engine (self, wish), &failure);

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (is_packed)
    self->n_answered++;

  return TRUE;
}

static void
forget_settled (MtxOwnRequests *self)
{
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = self->pending->len; i > 0; i--)
    {
      const Wish *wish = g_ptr_array_index (self->pending, i - 1);

      if (wish->is_over || now_us - wish->heard_us > PENDING_US)
        g_ptr_array_remove_index (self->pending, i - 1);
    }
}

/* The list may grow while an answer is made, and is only shortened here: turns do not overlap. */
static DexFuture *
answer_fiber (gpointer data)
{
  MtxOwnRequests *self = data;
  gboolean        is_any = FALSE;

  forget_settled (self);
  for (guint i = 0; i < self->pending->len && !self->is_closed && may_answer (self); i++)
    {
      Wish              *wish = g_ptr_array_index (self->pending, i);
      g_autoptr (GError) error = NULL;

      if (wish->is_over || !wish->is_due)
        continue;
      if (grant (self, wish, &error))
        {
          wish->is_over = is_any = TRUE;
          continue;
        }
      g_debug ("Another device of ours is not answered: %s", error->message);
      wish->is_due = mtx_error_is_temporary (error);
    }
  forget_settled (self);

  return is_any ? mtx_room_key_sharing_send_pending (self->sharing) : dex_future_new_true ();
}

/**
 * _mtx_own_requests_look_again:
 * @self: the requests
 *
 * Our devices are not what they were: whoever was refused may be verified by now.
 */
void
_mtx_own_requests_look_again (MtxOwnRequests *self)
{
  for (guint i = 0; i < self->pending->len; i++)
    ((Wish *)g_ptr_array_index (self->pending, i))->is_due = TRUE;
}

/**
 * _mtx_own_requests_answer:
 * @self: the requests
 *
 * Looks at the wishes that are due.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once the answers were tried to be sent
 */
DexFuture *
_mtx_own_requests_answer (MtxOwnRequests *self)
{
  if (self->pending->len == 0 || self->is_closed)
    return dex_future_new_true ();

  return mtx_turns_take (&self->answering, "own-requests-answer", answer_fiber, g_object_ref (self), g_object_unref);
}
