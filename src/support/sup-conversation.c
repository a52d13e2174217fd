/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chat with support: one encrypted direct room, found again or made once, and what may be written in it.
 * Messages are kept in the outbox from the first moment, whether or not there is an account or a room yet.
 */
#include "sup-conversation-private.h"

#include "mtx-backoff.h"
#include "mtx-encryption.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-outbox.h"
#include "mtx-outside.h"
#include "mtx-room-create.h"
#include "mtx-room-list.h"
#include "mtx-session-notes.h"
#include "mtx-sync-loop.h"
#include "mtx-timeline.h"
#include "sup-identity-private.h"

#define OUTBOX_NAME "support"

/* Between tries to make the room: soon at first, a minute at most. */
#define ROOM_RETRY_FIRST_MS   1000
#define ROOM_RETRY_CEILING_MS 60000

enum
{
  PROP_0,
  PROP_STATE,
  PROP_ENCRYPTION,
  PROP_SUPPORT_ID,
  PROP_IDENTITY,
  PROP_OTHERS,
  PROP_BLOCKING,
  PROP_TIMELINE,
  PROP_UNREAD_COUNT,
  PROP_HAS_OLDER,
  PROP_ERROR_CODE,
  PROP_VERIFICATION,
  N_PROPS
};

G_DEFINE_ENUM_TYPE (SupConversationState, sup_conversation_state, G_DEFINE_ENUM_VALUE (SUP_CONVERSATION_NOT_SET_UP, "not-set-up"), G_DEFINE_ENUM_VALUE (SUP_CONVERSATION_PREPARING, "preparing"), G_DEFINE_ENUM_VALUE (SUP_CONVERSATION_WAITING, "waiting"), G_DEFINE_ENUM_VALUE (SUP_CONVERSATION_OPEN, "open"), G_DEFINE_ENUM_VALUE (SUP_CONVERSATION_LEFT, "left"), G_DEFINE_ENUM_VALUE (SUP_CONVERSATION_REFUSED, "refused"))

G_DEFINE_ENUM_TYPE (SupEncryption, sup_encryption, G_DEFINE_ENUM_VALUE (SUP_ENCRYPTION_PENDING, "pending"), G_DEFINE_ENUM_VALUE (SUP_ENCRYPTION_ON, "on"), G_DEFINE_ENUM_VALUE (SUP_ENCRYPTION_UNKNOWN, "unknown"), G_DEFINE_ENUM_VALUE (SUP_ENCRYPTION_UNREADABLE, "unreadable"))

G_DEFINE_FINAL_TYPE (SupConversation, sup_conversation, G_TYPE_OBJECT)

static GParamSpec *properties[N_PROPS];

static void
sup_conversation_set_state (SupConversation     *self,
                            SupConversationState state)
{
  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
sup_conversation_set_error_code (SupConversation *self,
                                 int              code)
{
  if (self->error_code == code)
    return;

  self->error_code = code;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_CODE]);
}

/* The server's last word, or the store's: not what the session deals with, or what ends because all ends. */
static gboolean
is_refusal (const GError *error)
{
  static const MtxError others[] = {
    MTX_ERROR_RETRY_LATER,
    MTX_ERROR_LOG_IN_AGAIN,
    MTX_ERROR_SOFT_LOGOUT,
    MTX_ERROR_CLOSED,
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_error_matches (error, MTX_ERROR, (int)others[i]))
      return FALSE;

  return error->domain == MTX_ERROR;
}

/* The lock that is shown is computed from what the room's events say, never assumed. */
static SupEncryption
sup_conversation_compute_encryption (SupConversation *self)
{
  if (self->room == NULL)
    return SUP_ENCRYPTION_PENDING;

  if (!mtx_room_get_encrypted (self->room))
    return SUP_ENCRYPTION_PENDING;

  /* The room is ours, so it is not for lack of power. */
  if (mtx_room_get_membership (self->room) == MTX_MEMBERSHIP_JOIN && !mtx_room_get_can_send (self->room))
    return SUP_ENCRYPTION_UNKNOWN;

  return self->readers == READERS_NONE ? SUP_ENCRYPTION_UNREADABLE : SUP_ENCRYPTION_ON;
}

static SupConversationState
sup_conversation_compute_state (SupConversation *self)
{
  if (self->room == NULL)
    return self->state == SUP_CONVERSATION_REFUSED ? self->state : SUP_CONVERSATION_PREPARING;

  /* Put out of our own room, which support can do only where somebody gave it the power. */
  if (mtx_room_get_membership (self->room) != MTX_MEMBERSHIP_JOIN)
    return SUP_CONVERSATION_LEFT;

  switch (mtx_room_get_member_state (self->room, self->support_id))
    {
    case MTX_MEMBERSHIP_JOIN:
      return SUP_CONVERSATION_OPEN;

    case MTX_MEMBERSHIP_LEAVE:
    case MTX_MEMBERSHIP_BAN:
      return SUP_CONVERSATION_LEFT;

    case MTX_MEMBERSHIP_INVITE:
    case MTX_MEMBERSHIP_KNOCK:
    case MTX_MEMBERSHIP_NONE:
    default:
      return SUP_CONVERSATION_WAITING;
    }
}

/* State and encryption follow from the room, its members and what is known of support. */
void
_sup_conversation_update (SupConversation *self)
{
  SupEncryption encryption = sup_conversation_compute_encryption (self);

  sup_conversation_set_state (self, sup_conversation_compute_state (self));

  if (self->encryption != encryption)
    {
      self->encryption = encryption;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENCRYPTION]);
    }
}

/* Everything after the last message the person has seen. */
static void
sup_conversation_update_unread (SupConversation *self)
{
  GListModel *items = G_LIST_MODEL (self->timeline);
  guint       unread = 0;

  for (guint i = g_list_model_get_n_items (items); i > 0; i--)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (items, i - 1);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_NOTICE || mtx_timeline_item_get_outgoing (item))
        continue;

      if (g_strcmp0 (mtx_timeline_item_get_event_id (item), self->read_event_id) == 0)
        break;

      unread++;
    }

  if (self->unread != unread)
    {
      self->unread = unread;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_UNREAD_COUNT]);
    }
}

static void
on_has_older_changed (SupConversation *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_OLDER]);
}

static void
on_members_changed (SupConversation *self)
{
  _sup_conversation_update_others (self);
  _sup_conversation_update (self);
}

static DexFuture *
sup_conversation_bind (SupConversation *self,
                       MtxRoom         *room)
{
  if (!g_set_object (&self->room, room))
    return dex_future_new_true ();

  g_signal_connect_object (room, "members-changed", G_CALLBACK (on_members_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (room, "notify", G_CALLBACK (_sup_conversation_update), self, G_CONNECT_SWAPPED);
  _sup_identity_attach (self->identity, mtx_session_get_encryption (self->session));
  _sup_conversation_hear_requests (self);
  on_members_changed (self);

  return mtx_timeline_bind (self->timeline, room,
                            mtx_session_get_http (self->session),
                            mtx_session_get_encryption (self->session));
}

static DexFuture *
sup_conversation_load_fiber (gpointer data)
{
  SupConversation   *self = data;
  MtxRoomList       *rooms = mtx_session_get_rooms (self->session);
  MtxRoom           *room = NULL;
  g_autoptr (GError) error = NULL;

  if (!dex_await (mtx_outbox_load (self->outbox), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  self->read_event_id = dex_await_string (mtx_session_load_note (self->session, MTX_SESSION_NOTE_CHAT_READ), &error);
  if (error == NULL)
    self->told_event_id = dex_await_string (mtx_session_load_note (self->session, MTX_SESSION_NOTE_CHAT_TOLD), &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* There are no rooms before there is an account. */
  if (rooms != NULL)
    room = mtx_room_list_find_support (rooms, self->support_id);
  if (room != NULL && !dex_await (sup_conversation_bind (self, room), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  sup_conversation_update_unread (self);

  return dex_future_new_true ();
}

/* Shows what is stored: the room if it exists, and what still has to be sent. Needs no network. */
DexFuture *
_sup_conversation_load (SupConversation *self)
{
  return mtx_fiber_spawn ("conversation-load", sup_conversation_load_fiber, g_object_ref (self), g_object_unref);
}

/* The room is made once: a try whose answer was lost is found again before another is made. */
static MtxRoom *
sup_conversation_await_room (SupConversation *self,
                             GError         **error)
{
  MtxBackoff backoff;

  mtx_backoff_init (&backoff, ROOM_RETRY_FIRST_MS, ROOM_RETRY_CEILING_MS);

  for (;;)
    {
      g_autoptr (GError) failure = NULL;
      MtxRoomList       *rooms = mtx_session_get_rooms (self->session);
      MtxRoom           *room;

      if (rooms == NULL)
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_CLOSED, "There is no account any more");
          return NULL;
        }

      room = dex_await_object (mtx_room_create_direct (mtx_session_get_http (self->session),
                                                       mtx_session_get_db (self->session),
                                                       rooms, self->support_id),
                               &failure);
      if (room != NULL)
        return room;

      /* The session logs in again by itself. */
      if (!mtx_error_is_temporary (failure) && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_SOFT_LOGOUT))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }

      if (!dex_await (mtx_future_after (mtx_backoff_next (&backoff, failure)), error))
        return NULL;
      if (!dex_await (mtx_session_open (self->session, NULL), error))
        return NULL;
    }
}

/* Whatever messages waited for is over: they go now, not at the end of a pause. */
static void
on_session_state_changed (SupConversation *self)
{
  if (mtx_session_get_state (self->session) == MTX_SESSION_READY)
    mtx_outbox_wake (self->outbox);
}

static void
on_connection_changed (SupConversation *self)
{
  if (self->loop == NULL || mtx_sync_loop_get_connection (self->loop) != MTX_CONNECTION_ONLINE)
    return;

  mtx_outbox_wake (self->outbox);
  _sup_conversation_tell_read (self);
  if (self->readers == READERS_UNKNOWN)
    _sup_conversation_fetch_keys (self);
}

/* Lets the outbox go. */
static void
sup_conversation_begin (SupConversation *self)
{
  self->loop = g_object_ref (mtx_session_get_sync_loop (self->session));
  g_signal_connect_object (self->session, "notify::state",
                           G_CALLBACK (on_session_state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->loop, "notify::connection",
                           G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
  mtx_outbox_bind (self->outbox, self->room,
                   mtx_session_get_http (self->session),
                   mtx_session_get_encryption (self->session));
  _sup_conversation_tell_read (self);
}

static DexFuture *
sup_conversation_start_fiber (gpointer data)
{
  SupConversation    *self = data;
  g_autoptr (MtxRoom) room = NULL;
  g_autoptr (GError)  error = NULL;

  if (self->loop != NULL)
    return dex_future_new_true ();

  /* An earlier refusal may be taken back. */
  sup_conversation_set_error_code (self, 0);
  if (self->state == SUP_CONVERSATION_REFUSED)
    sup_conversation_set_state (self, SUP_CONVERSATION_PREPARING);
  _sup_conversation_fetch_keys (self);

  room = sup_conversation_await_room (self, &error);
  if (room == NULL && is_refusal (error))
    {
      sup_conversation_set_error_code (self, error->code);
      sup_conversation_set_state (self, SUP_CONVERSATION_REFUSED);
    }
  if (room == NULL || !dex_await (sup_conversation_bind (self, room), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (mtx_session_get_sync_loop (self->session) == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "There is no account any more");
  sup_conversation_begin (self);

  return dex_future_new_true ();
}

/* Finds or makes the room and lets the outbox go; nothing when that was done before. */
DexFuture *
_sup_conversation_start (SupConversation *self)
{
  return mtx_fiber_spawn ("conversation-start", sup_conversation_start_fiber, g_object_ref (self), g_object_unref);
}

/* Stops sending. Ends when the request under way does. */
DexFuture *
_sup_conversation_close (SupConversation *self)
{
  dex_clear (&self->telling);

  return self->outbox != NULL ? mtx_outbox_close (self->outbox) : dex_future_new_true ();
}

static void
sup_conversation_finalize (GObject *object)
{
  SupConversation *self = SUP_CONVERSATION (object);

  g_clear_object (&self->shown);
  g_clear_object (&self->timeline);
  g_clear_object (&self->outbox);
  g_clear_object (&self->room);
  g_clear_object (&self->loop);
  g_clear_object (&self->session);
  g_clear_pointer (&self->support_id, g_free);
  g_clear_object (&self->blocking);
  g_clear_object (&self->verification);
  g_clear_object (&self->identity);
  g_clear_object (&self->shown_others);
  g_clear_object (&self->others);
  g_clear_pointer (&self->read_event_id, g_free);
  g_clear_pointer (&self->told_event_id, g_free);

  G_OBJECT_CLASS (sup_conversation_parent_class)->finalize (object);
}

static void
sup_conversation_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  SupConversation *self = SUP_CONVERSATION (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;

    case PROP_ENCRYPTION:
      g_value_set_enum (value, self->encryption);
      break;

    case PROP_SUPPORT_ID:
      g_value_set_string (value, self->support_id);
      break;

    case PROP_IDENTITY:
      g_value_set_object (value, self->identity);
      break;

    case PROP_OTHERS:
      g_value_set_object (value, self->shown_others);
      break;

    case PROP_BLOCKING:
      g_value_set_object (value, self->blocking);
      break;

    case PROP_TIMELINE:
      g_value_set_object (value, self->shown);
      break;

    case PROP_UNREAD_COUNT:
      g_value_set_uint (value, self->unread);
      break;

    case PROP_HAS_OLDER:
      g_value_set_boolean (value, self->timeline != NULL && mtx_timeline_get_has_older (self->timeline));
      break;

    case PROP_ERROR_CODE:
      g_value_set_int (value, self->error_code);
      break;

    case PROP_VERIFICATION:
      g_value_set_object (value, self->verification);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_conversation_class_init (SupConversationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = sup_conversation_finalize;
  object_class->get_property = sup_conversation_get_property;
  mtx_outside_notify (object_class);

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SUP_TYPE_CONVERSATION_STATE, SUP_CONVERSATION_NOT_SET_UP, flags);
  properties[PROP_ENCRYPTION] = g_param_spec_enum ("encryption", NULL, NULL, SUP_TYPE_ENCRYPTION, SUP_ENCRYPTION_PENDING, flags);
  properties[PROP_SUPPORT_ID] = g_param_spec_string ("support-id", NULL, NULL, NULL, flags);
  properties[PROP_IDENTITY] = g_param_spec_object ("identity", NULL, NULL, SUP_TYPE_IDENTITY, flags);
  properties[PROP_OTHERS] = g_param_spec_object ("others", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  properties[PROP_BLOCKING] = g_param_spec_object ("blocking", NULL, NULL, SUP_TYPE_IDENTITY, flags);
  properties[PROP_TIMELINE] = g_param_spec_object ("timeline", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  properties[PROP_UNREAD_COUNT] = g_param_spec_uint ("unread-count", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_HAS_OLDER] = g_param_spec_boolean ("has-older", NULL, NULL, FALSE, flags);
  properties[PROP_ERROR_CODE] = g_param_spec_int ("error-code", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_VERIFICATION] = g_param_spec_object ("verification", NULL, NULL, SUP_TYPE_VERIFICATION, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /* Support, or another device of ours, wants to compare emoji. */
  g_signal_new ("verification-requested", SUP_TYPE_CONVERSATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, SUP_TYPE_VERIFICATION);
}

static void
sup_conversation_init (SupConversation *self)
{
  self->others = g_list_store_new (SUP_TYPE_IDENTITY);
  self->shown_others = mtx_outside_list_new (SUP_TYPE_IDENTITY);
  mtx_outside_list_follow (self->shown_others, G_LIST_MODEL (self->others));
}

/* @support_id is NULL when the provider has no chat: such a conversation stays NOT_SET_UP. */
SupConversation *
_sup_conversation_new (MtxSession *session,
                       const char *support_id)
{
  SupConversation *self = g_object_new (SUP_TYPE_CONVERSATION, NULL);

  self->session = g_object_ref (session);
  self->support_id = g_strdup (support_id);

  if (support_id != NULL)
    {
      MtxDb *db = mtx_session_get_db (session);

      self->state = SUP_CONVERSATION_PREPARING;
      self->identity = _sup_identity_new (support_id);
      g_signal_connect_object (self->identity, "notify::state", G_CALLBACK (_sup_conversation_take_identity), self, G_CONNECT_SWAPPED);
      self->outbox = mtx_outbox_new (db, OUTBOX_NAME);
      self->timeline = mtx_timeline_new (db, self->outbox);
      self->shown = mtx_outside_list_new (MTX_TYPE_TIMELINE_ITEM);
      mtx_outside_list_follow (self->shown, G_LIST_MODEL (self->timeline));
      g_signal_connect_object (self->timeline, "notify::last-incoming-event-id",
                               G_CALLBACK (sup_conversation_update_unread), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->timeline, "notify::has-older", G_CALLBACK (on_has_older_changed), self, G_CONNECT_SWAPPED);
    }

  return self;
}

/**
 * sup_conversation_get_state:
 * @self: a conversation
 *
 * Gets how far the conversation is, and whether support takes part.
 *
 * Returns: the state
 */
SupConversationState
sup_conversation_get_state (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), SUP_CONVERSATION_NOT_SET_UP);

  return self->state;
}

/**
 * sup_conversation_get_encryption:
 * @self: a conversation
 *
 * Gets the truth about the encryption of this room, computed from its events.
 *
 * Returns: what is known
 */
SupEncryption
sup_conversation_get_encryption (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), SUP_ENCRYPTION_PENDING);

  return self->encryption;
}

/**
 * sup_conversation_get_support_id:
 * @self: a conversation
 *
 * Gets the one address that is support.
 *
 * Returns: (transfer none) (nullable): a Matrix user id; %NULL when the provider has no chat
 */
const char *
sup_conversation_get_support_id (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);

  return self->support_id;
}

/**
 * sup_conversation_get_identity:
 * @self: a conversation
 *
 * Gets who support is.
 *
 * Returns: (transfer none) (nullable): the identity; %NULL when the provider has no chat
 */
SupIdentity *
sup_conversation_get_identity (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);

  return self->identity;
}

/**
 * sup_conversation_get_timeline:
 * @self: a conversation
 *
 * Gets what was said, and what is on its way.
 *
 * Returns: (transfer none) (nullable): a list of MtxTimelineItem, oldest first
 */
GListModel *
sup_conversation_get_timeline (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);

  return self->shown != NULL ? G_LIST_MODEL (self->shown) : NULL;
}

/**
 * sup_conversation_get_unread_count:
 * @self: a conversation
 *
 * Gets how many messages arrived since the person last looked.
 *
 * Returns: the number, counted over what is loaded
 */
guint
sup_conversation_get_unread_count (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), 0);

  return self->unread;
}

/**
 * sup_conversation_send_text:
 * @self: a conversation with a support address
 * @body: what the person wrote; sent literally, whatever it starts with
 *
 * Keeps a message for support. It goes out, encrypted, when there is an account, a room and a network; nothing else
 * ever leaves.
 *
 * Returns: (transfer full): a future that resolves when the message is safely on disk, not when it was sent; rejects
 *   with %MTX_ERROR_INVALID when there is no support address, %MTX_ERROR_TOO_LARGE, or the store's decisions
 */
DexFuture *
sup_conversation_send_text (SupConversation *self,
                            const char      *body)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);
  g_return_val_if_fail (body != NULL, NULL);

  if (self->outbox == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_INVALID, "This provider has no support chat");

  return mtx_outbox_add_text (self->outbox, body);
}

/**
 * sup_conversation_retry:
 * @self: a conversation
 * @transaction_id: names a message of ours that failed
 *
 * Tries a failed message again.
 *
 * Returns: (transfer full): a future that resolves when it is queued again; rejects with %MTX_ERROR_NOT_FOUND
 */
DexFuture *
sup_conversation_retry (SupConversation *self,
                        const char      *transaction_id)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);
  g_return_val_if_fail (self->outbox != NULL, NULL);

  return mtx_outbox_retry (self->outbox, transaction_id);
}

/**
 * sup_conversation_delete:
 * @self: a conversation
 * @transaction_id: names a message of ours that was not sent
 *
 * Drops a message that was not sent.
 *
 * Returns: (transfer full): a future that resolves when it is gone; rejects with %MTX_ERROR_NOT_FOUND
 */
DexFuture *
sup_conversation_delete (SupConversation *self,
                         const char      *transaction_id)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);
  g_return_val_if_fail (self->outbox != NULL, NULL);

  return mtx_outbox_delete (self->outbox, transaction_id);
}

/**
 * sup_conversation_load_older:
 * @self: a conversation
 *
 * Loads an older page, from the store first, then from the server.
 *
 * Returns: (transfer full): a future that resolves when the page is in the timeline; rejects with
 *   %MTX_ERROR_RETRY_LATER when the server is needed and away
 */
DexFuture *
sup_conversation_load_older (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);

  if (self->timeline == NULL || !mtx_timeline_get_has_older (self->timeline))
    return dex_future_new_true ();

  return mtx_timeline_load_older (self->timeline);
}

/**
 * sup_conversation_mark_read:
 * @self: a conversation
 *
 * Notes that the person sees the newest message, here and, now or when there is a connection, for support.
 */
void
sup_conversation_mark_read (SupConversation *self)
{
  const char *newest;

  g_return_if_fail (SUP_IS_CONVERSATION (self));

  newest = self->timeline != NULL ? mtx_timeline_get_last_incoming_event_id (self->timeline) : NULL;
  if (newest == NULL || !g_set_str (&self->read_event_id, newest))
    return;

  mtx_fiber_fire (mtx_session_save_note (self->session, MTX_SESSION_NOTE_CHAT_READ, newest), "Keeping the read marker");
  sup_conversation_update_unread (self);
  _sup_conversation_tell_read (self);
}
