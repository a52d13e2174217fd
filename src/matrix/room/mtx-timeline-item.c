/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A row's values, derived from an event once and changed only when the event itself changes: sent, read,
 * decrypted late, deleted.
 */
#include "mtx-timeline-item-private.h"

#include "mtx-event-edit.h"
#include "mtx-outside.h"

struct _MtxTimelineItem
{
  GObject parent_instance;

  /* owned */
  char      *event_id;
  char      *transaction_id;
  char      *sender;
  char      *body;
  char      *withheld_code;
  char      *subject;
  GDateTime *timestamp;

  /* state */
  gint64        timestamp_ms;
  gint64        position;
  MtxItemKind   kind;
  MtxSendState  send_state;
  MtxShield     shield;
  MtxDecryption undecryptable_reason;
  MtxNoticeType notice_type;
  int           error;
  gboolean      outgoing;
  gboolean      edited;
};

G_DEFINE_FINAL_TYPE (MtxTimelineItem, mtx_timeline_item, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_EVENT_ID,
  PROP_TRANSACTION_ID,
  PROP_SENDER,
  PROP_BODY,
  PROP_TIMESTAMP,
  PROP_KIND,
  PROP_OUTGOING,
  PROP_SEND_STATE,
  PROP_SHIELD,
  PROP_UNDECRYPTABLE_REASON,
  PROP_WITHHELD_CODE,
  PROP_ERROR,
  PROP_NOTICE_TYPE,
  PROP_SUBJECT,
  PROP_EDITED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
set_text (MtxTimelineItem *self,
          char           **field,
          const char      *value,
          guint            property)
{
  if (g_set_str (field, value))
    g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_number (MtxTimelineItem *self,
            int             *field,
            int              value,
            guint            property)
{
  if (*field == value)
    return;

  *field = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_timestamp (MtxTimelineItem *self,
               gint64           timestamp_ms)
{
  if (self->timestamp != NULL && self->timestamp_ms == timestamp_ms)
    return;

  g_clear_pointer (&self->timestamp, g_date_time_unref);
  self->timestamp_ms = timestamp_ms;
  self->timestamp = g_date_time_new_from_unix_local (timestamp_ms / 1000);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIMESTAMP]);
}

static MtxNoticeType
member_notice (MtxEvent *event)
{
  MtxMembership former = mtx_event_get_former_membership (event);
  gboolean      by_oneself = g_strcmp0 (mtx_event_get_sender (event), mtx_event_get_state_key (event)) == 0;

  if (mtx_event_get_membership (event) == former)
    return MTX_NOTICE_TYPE_NONE; /* another name or picture */

  switch (mtx_event_get_membership (event))
    {
    case MTX_MEMBERSHIP_JOIN:
      return MTX_NOTICE_TYPE_JOINED;

    case MTX_MEMBERSHIP_INVITE:
      return MTX_NOTICE_TYPE_INVITED;

    case MTX_MEMBERSHIP_BAN:
      return MTX_NOTICE_TYPE_BANNED;

    case MTX_MEMBERSHIP_LEAVE:
      if (former == MTX_MEMBERSHIP_BAN)
        return MTX_NOTICE_TYPE_NONE;
      if (!by_oneself)
        return MTX_NOTICE_TYPE_REMOVED;
      return former == MTX_MEMBERSHIP_INVITE ? MTX_NOTICE_TYPE_DECLINED : MTX_NOTICE_TYPE_LEFT;

    case MTX_MEMBERSHIP_KNOCK:
    case MTX_MEMBERSHIP_NONE:
    default:
      return MTX_NOTICE_TYPE_NONE;
    }
}

static MtxNoticeType
notice_for (MtxEvent *event)
{
  if (mtx_event_get_kind (event) == MTX_EVENT_KIND_MEMBER)
    return member_notice (event);

  if (mtx_event_get_kind (event) == MTX_EVENT_KIND_STATE && g_str_equal (mtx_event_get_type_name (event), "m.room.encryption") && *mtx_event_get_state_key (event) == '\0')
    return MTX_NOTICE_TYPE_ENCRYPTED;

  return MTX_NOTICE_TYPE_NONE;
}

static gboolean
is_message_type (const char *type)
{
  static const char *types[] = { "m.room.message", "m.room.encrypted", "m.sticker", NULL };

  return g_strv_contains (types, type);
}

static gboolean
kind_for (MtxEvent    *event,
          MtxItemKind *kind)
{
  const char *type = mtx_event_get_type_name (event);

  switch (mtx_event_get_kind (event))
    {
    case MTX_EVENT_KIND_TEXT:
    case MTX_EVENT_KIND_NOTICE:
    case MTX_EVENT_KIND_EMOTE:
      *kind = MTX_ITEM_KIND_MESSAGE;
      return TRUE;

    case MTX_EVENT_KIND_MEDIA:
      *kind = MTX_ITEM_KIND_UNSUPPORTED;
      return TRUE;

    case MTX_EVENT_KIND_UNKNOWN:
      *kind = MTX_ITEM_KIND_UNSUPPORTED;
      return g_str_equal (type, "m.room.message");

    case MTX_EVENT_KIND_ENCRYPTED:
      *kind = MTX_ITEM_KIND_UNDECRYPTABLE;
      return TRUE;

    case MTX_EVENT_KIND_REDACTED:
      *kind = MTX_ITEM_KIND_DELETED;
      return is_message_type (type);

    case MTX_EVENT_KIND_MEMBER:
    case MTX_EVENT_KIND_STATE:
      *kind = MTX_ITEM_KIND_NOTICE;
      return notice_for (event) != MTX_NOTICE_TYPE_NONE;

    case MTX_EVENT_KIND_REDACTION:
    case MTX_EVENT_KIND_REACTION:
    case MTX_EVENT_KIND_VERIFICATION:
    default:
      return FALSE;
    }
}

static void
mtx_timeline_item_finalize (GObject *object)
{
  MtxTimelineItem *self = MTX_TIMELINE_ITEM (object);

  g_free (self->event_id);
  g_free (self->transaction_id);
  g_free (self->sender);
  g_free (self->body);
  g_free (self->withheld_code);
  g_free (self->subject);
  g_clear_pointer (&self->timestamp, g_date_time_unref);

  G_OBJECT_CLASS (mtx_timeline_item_parent_class)->finalize (object);
}

static void
mtx_timeline_item_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  MtxTimelineItem *self = MTX_TIMELINE_ITEM (object);

  switch (prop_id)
    {
    case PROP_EVENT_ID:
      g_value_set_string (value, self->event_id);
      break;
    case PROP_TRANSACTION_ID:
      g_value_set_string (value, self->transaction_id);
      break;
    case PROP_SENDER:
      g_value_set_string (value, self->sender);
      break;
    case PROP_BODY:
      g_value_set_string (value, self->body);
      break;
    case PROP_TIMESTAMP:
      g_value_set_boxed (value, self->timestamp);
      break;
    case PROP_KIND:
      g_value_set_enum (value, (int)self->kind);
      break;
    case PROP_OUTGOING:
      g_value_set_boolean (value, self->outgoing);
      break;
    case PROP_SEND_STATE:
      g_value_set_enum (value, (int)self->send_state);
      break;
    case PROP_SHIELD:
      g_value_set_enum (value, (int)self->shield);
      break;
    case PROP_UNDECRYPTABLE_REASON:
      g_value_set_enum (value, (int)self->undecryptable_reason);
      break;
    case PROP_WITHHELD_CODE:
      g_value_set_string (value, self->withheld_code);
      break;
    case PROP_ERROR:
      g_value_set_int (value, self->error);
      break;
    case PROP_NOTICE_TYPE:
      g_value_set_enum (value, (int)self->notice_type);
      break;
    case PROP_SUBJECT:
      g_value_set_string (value, self->subject);
      break;
    case PROP_EDITED:
      g_value_set_boolean (value, self->edited);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_timeline_item_class_init (MtxTimelineItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = mtx_timeline_item_finalize;
  object_class->get_property = mtx_timeline_item_get_property;
  mtx_outside_notify (object_class);

  properties[PROP_EVENT_ID] = g_param_spec_string ("event-id", NULL, NULL, NULL, flags);
  properties[PROP_TRANSACTION_ID] = g_param_spec_string ("transaction-id", NULL, NULL, NULL, flags);
  properties[PROP_SENDER] = g_param_spec_string ("sender", NULL, NULL, NULL, flags);
  properties[PROP_BODY] = g_param_spec_string ("body", NULL, NULL, NULL, flags);
  properties[PROP_TIMESTAMP] = g_param_spec_boxed ("timestamp", NULL, NULL, G_TYPE_DATE_TIME, flags);
  properties[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, MTX_TYPE_ITEM_KIND, MTX_ITEM_KIND_MESSAGE, flags);
  properties[PROP_OUTGOING] = g_param_spec_boolean ("outgoing", NULL, NULL, FALSE, flags);
  properties[PROP_SEND_STATE] = g_param_spec_enum ("send-state", NULL, NULL, MTX_TYPE_SEND_STATE, MTX_SEND_STATE_NONE, flags);
  properties[PROP_SHIELD] = g_param_spec_enum ("shield", NULL, NULL, MTX_TYPE_SHIELD, MTX_SHIELD_NONE, flags);
  properties[PROP_UNDECRYPTABLE_REASON] = g_param_spec_enum ("undecryptable-reason", NULL, NULL, MTX_TYPE_DECRYPTION,
                                                             MTX_DECRYPTION_CLEAR, flags);
  properties[PROP_WITHHELD_CODE] = g_param_spec_string ("withheld-code", NULL, NULL, NULL, flags);
  properties[PROP_ERROR] = g_param_spec_int ("error", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_NOTICE_TYPE] = g_param_spec_enum ("notice-type", NULL, NULL, MTX_TYPE_NOTICE_TYPE, MTX_NOTICE_TYPE_NONE,
                                                    flags);
  properties[PROP_SUBJECT] = g_param_spec_string ("subject", NULL, NULL, NULL, flags);
  properties[PROP_EDITED] = g_param_spec_boolean ("edited", NULL, NULL, FALSE, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mtx_timeline_item_init (MtxTimelineItem *self)
{
}

/**
 * mtx_timeline_item_get_event_id:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): the event's id; %NULL while the server has given none
 */
const char *
mtx_timeline_item_get_event_id (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), NULL);

  return self->event_id;
}

/**
 * mtx_timeline_item_get_transaction_id:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): what names an own message before it has an id, and for retry and delete
 */
const char *
mtx_timeline_item_get_transaction_id (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), NULL);

  return self->transaction_id;
}

/**
 * mtx_timeline_item_get_sender:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): the sender; %NULL for a message written before there is an account
 */
const char *
mtx_timeline_item_get_sender (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), NULL);

  return self->sender;
}

/**
 * mtx_timeline_item_get_body:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): the text; a stranger's words
 */
const char *
mtx_timeline_item_get_body (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), NULL);

  return self->body;
}

/**
 * mtx_timeline_item_get_timestamp:
 * @self: an item
 *
 * Returns: (transfer none): when it was sent, or written, in local time
 */
GDateTime *
mtx_timeline_item_get_timestamp (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), NULL);

  return self->timestamp;
}

/**
 * mtx_timeline_item_get_timestamp_ms:
 * @self: an item
 *
 * Returns: the same in milliseconds since 1970
 */
gint64
mtx_timeline_item_get_timestamp_ms (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), 0);

  return self->timestamp_ms;
}

/**
 * mtx_timeline_item_get_kind:
 * @self: an item
 *
 * Returns: what to show it as
 */
MtxItemKind
mtx_timeline_item_get_kind (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), MTX_ITEM_KIND_UNSUPPORTED);

  return self->kind;
}

/**
 * mtx_timeline_item_get_outgoing:
 * @self: an item
 *
 * Returns: whether it is a message of ours
 */
gboolean
mtx_timeline_item_get_outgoing (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), FALSE);

  return self->outgoing;
}

/**
 * mtx_timeline_item_get_send_state:
 * @self: an item
 *
 * Returns: how far a message of ours has come
 */
MtxSendState
mtx_timeline_item_get_send_state (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), MTX_SEND_STATE_NONE);

  return self->send_state;
}

/**
 * mtx_timeline_item_get_shield:
 * @self: an item
 *
 * Returns: what to warn about
 */
MtxShield
mtx_timeline_item_get_shield (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), MTX_SHIELD_NONE);

  return self->shield;
}

/**
 * mtx_timeline_item_get_undecryptable_reason:
 * @self: an item
 *
 * Returns: why it cannot be read; meaningful for %MTX_ITEM_KIND_UNDECRYPTABLE
 */
MtxDecryption
mtx_timeline_item_get_undecryptable_reason (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), MTX_DECRYPTION_CLEAR);

  return self->undecryptable_reason;
}

/**
 * mtx_timeline_item_get_withheld_code:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): the sender's reason for giving us no key
 */
const char *
mtx_timeline_item_get_withheld_code (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), NULL);

  return self->withheld_code;
}

/**
 * mtx_timeline_item_get_error:
 * @self: an item
 *
 * Returns: the #MtxError that made sending fail; meaningful in %MTX_SEND_STATE_FAILED
 */
int
mtx_timeline_item_get_error (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), 0);

  return self->error;
}

/**
 * mtx_timeline_item_get_notice_type:
 * @self: an item
 *
 * Returns: what happened; meaningful for %MTX_ITEM_KIND_NOTICE
 */
MtxNoticeType
mtx_timeline_item_get_notice_type (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), MTX_NOTICE_TYPE_NONE);

  return self->notice_type;
}

/**
 * mtx_timeline_item_get_subject:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): the user id it happened to
 */
const char *
mtx_timeline_item_get_subject (MtxTimelineItem *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (self), NULL);

  return self->subject;
}

/**
 * mtx_timeline_item_can_show:
 * @event: an event
 *
 * Returns: whether it becomes a row of a conversation
 */
gboolean
mtx_timeline_item_can_show (MtxEvent *event)
{
  MtxItemKind kind;

  return !mtx_event_is_edit (event) && kind_for (event, &kind);
}

/**
 * mtx_timeline_item_new_for_event:
 * @event: an event that can be shown
 * @own_user_id: (nullable): our user id
 *
 * Returns: (transfer full): an item
 */
MtxTimelineItem *
mtx_timeline_item_new_for_event (MtxEvent   *event,
                                 const char *own_user_id)
{
  MtxTimelineItem *self = g_object_new (MTX_TYPE_TIMELINE_ITEM, NULL);

  mtx_timeline_item_set_event (self, event, own_user_id);

  return self;
}

/**
 * mtx_timeline_item_new_for_text:
 * @transaction_id: what names it
 * @sender: (nullable): our user id, if there is one
 * @body: the text
 * @timestamp_ms: when it was written
 *
 * Makes the item of a message that waits in the outbox.
 *
 * Returns: (transfer full): an item
 */
MtxTimelineItem *
mtx_timeline_item_new_for_text (const char *transaction_id,
                                const char *sender,
                                const char *body,
                                gint64      timestamp_ms)
{
  MtxTimelineItem *self = g_object_new (MTX_TYPE_TIMELINE_ITEM, NULL);

  self->transaction_id = g_strdup (transaction_id);
  self->sender = g_strdup (sender);
  self->body = g_strdup (body);
  self->kind = MTX_ITEM_KIND_MESSAGE;
  self->outgoing = TRUE;
  self->send_state = MTX_SEND_STATE_QUEUED;
  self->position = G_MAXINT64;
  set_timestamp (self, timestamp_ms);

  return self;
}

/**
 * mtx_timeline_item_set_event:
 * @self: an item
 * @event: what it shows from now on; can be shown
 * @own_user_id: (nullable): our user id
 *
 * Shows the event in place: a message that was sent, or that could be decrypted late.
 */
void
mtx_timeline_item_set_event (MtxTimelineItem *self,
                             MtxEvent        *event,
                             const char      *own_user_id)
{
  MtxItemKind kind = MTX_ITEM_KIND_UNSUPPORTED;
  gboolean    outgoing = FALSE;

  g_return_if_fail (MTX_IS_TIMELINE_ITEM (self));
  g_return_if_fail (event != NULL);

  kind_for (event, &kind);
  /* A notice is ours when it is about us, whoever caused it. */
  outgoing = g_strcmp0 (kind == MTX_ITEM_KIND_NOTICE ? mtx_event_get_state_key (event) : mtx_event_get_sender (event),
                        own_user_id) == 0;

  g_object_freeze_notify (G_OBJECT (self));
  set_text (self, &self->event_id, mtx_event_get_event_id (event), PROP_EVENT_ID);
  if (mtx_event_get_transaction_id (event) != NULL)
    set_text (self, &self->transaction_id, mtx_event_get_transaction_id (event), PROP_TRANSACTION_ID);
  set_text (self, &self->sender, mtx_event_get_sender (event), PROP_SENDER);
  set_text (self, &self->body, mtx_event_get_body (event), PROP_BODY);
  set_text (self, &self->withheld_code, mtx_event_get_withheld_code (event), PROP_WITHHELD_CODE);
  set_text (self, &self->subject, kind == MTX_ITEM_KIND_NOTICE ? mtx_event_get_state_key (event) : NULL, PROP_SUBJECT);
  set_timestamp (self, mtx_event_get_timestamp_ms (event));
  set_number (self, (int *)&self->kind, (int)kind, PROP_KIND);
  set_number (self, (int *)&self->shield, (int)mtx_event_get_shield (event), PROP_SHIELD);
  set_number (self, (int *)&self->undecryptable_reason,
              kind == MTX_ITEM_KIND_UNDECRYPTABLE ? (int)mtx_event_get_decryption (event) : (int)MTX_DECRYPTION_CLEAR,
              PROP_UNDECRYPTABLE_REASON);
  set_number (self, (int *)&self->notice_type, (int)notice_for (event), PROP_NOTICE_TYPE);
  set_number (self, &self->outgoing, outgoing, PROP_OUTGOING);
  set_number (self, &self->edited, mtx_event_get_edited (event), PROP_EDITED);
  if (outgoing && kind != MTX_ITEM_KIND_NOTICE && self->send_state != MTX_SEND_STATE_READ)
    mtx_timeline_item_set_send_state (self, MTX_SEND_STATE_SENT, 0);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * mtx_timeline_item_set_send_state:
 * @self: an item of ours
 * @state: how far it has come
 * @error: an #MtxError in %MTX_SEND_STATE_FAILED, else 0
 *
 * Changes the send state.
 */
void
mtx_timeline_item_set_send_state (MtxTimelineItem *self,
                                  MtxSendState     state,
                                  int              error)
{
  g_return_if_fail (MTX_IS_TIMELINE_ITEM (self));

  g_object_freeze_notify (G_OBJECT (self));
  set_number (self, (int *)&self->send_state, (int)state, PROP_SEND_STATE);
  set_number (self, &self->error, error, PROP_ERROR);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * _mtx_timeline_item_get_position:
 * @self: an item
 *
 * Returns: its place in the event store; %G_MAXINT64 for what was not brought by a sync yet
 */
gint64
_mtx_timeline_item_get_position (MtxTimelineItem *self)
{
  return self->position;
}

/**
 * _mtx_timeline_item_set_position:
 * @self: an item
 * @position: its place in the event store
 *
 * Says where the item stands.
 */
void
_mtx_timeline_item_set_position (MtxTimelineItem *self,
                                 gint64           position)
{
  self->position = position;
}

/**
 * _mtx_timeline_item_set_deleted:
 * @self: an item
 *
 * Takes away what the message said: it was redacted.
 */
void
_mtx_timeline_item_set_deleted (MtxTimelineItem *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  set_text (self, &self->body, NULL, PROP_BODY);
  set_number (self, (int *)&self->kind, MTX_ITEM_KIND_DELETED, PROP_KIND);
  set_number (self, (int *)&self->shield, MTX_SHIELD_NONE, PROP_SHIELD);
  set_number (self, (int *)&self->undecryptable_reason, MTX_DECRYPTION_CLEAR, PROP_UNDECRYPTABLE_REASON);
  set_number (self, &self->edited, FALSE, PROP_EDITED);
  g_object_thaw_notify (G_OBJECT (self));
}
