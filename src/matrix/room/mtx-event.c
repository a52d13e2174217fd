/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events by shape (specification, § Event format): what is missing or of the wrong type makes an event bad,
 * what we do not know makes it unknown, and what a decryption yields is as untrusted as the rest.
 */
#include "mtx-event-private.h"

#include <math.h>

#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"

#define MAX_TYPE_BYTES   255
#define MAX_TIMESTAMP_MS G_GINT64_CONSTANT (253402300799000) /* the year 9999 */
#define TYPE_ENCRYPTED   "m.room.encrypted"
#define TYPE_MEMBER      "m.room.member"
#define TYPE_MESSAGE     "m.room.message"
#define TYPE_REACTION    "m.reaction"
#define TYPE_REDACTION   "m.room.redaction"
#define TYPE_STICKER     "m.sticker"

/* Of event types; the request is a message whose message type begins so. */
#define VERIFICATION_PREFIX "m.key.verification."

struct _MtxEvent
{
  char         *room_id;
  char         *event_id; /* NULL: stripped state */
  char         *sender;
  char         *type;
  char         *state_key;
  char         *transaction_id;
  char         *redacts;
  char         *relation_type;
  char         *relates_to;
  char         *session_id;
  char         *withheld_code;
  char         *body;
  JsonObject   *content;
  gint64        timestamp_ms;
  MtxEventKind  kind;
  MtxMembership membership;
  MtxMembership former_membership;
  MtxDecryption decryption;
  MtxShield     shield;
  gboolean      edited;
};

G_DEFINE_BOXED_TYPE (MtxEvent, mtx_event, mtx_event_ref, mtx_event_unref)

static void
mtx_event_clear (gpointer data)
{
  MtxEvent *self = data;

  g_free (self->room_id);
  g_free (self->event_id);
  g_free (self->sender);
  g_free (self->type);
  g_free (self->state_key);
  g_free (self->transaction_id);
  g_free (self->redacts);
  g_free (self->relation_type);
  g_free (self->relates_to);
  g_free (self->session_id);
  g_free (self->withheld_code);
  g_free (self->body);
  g_clear_pointer (&self->content, json_object_unref);
}

static void tame_node (JsonNode *node);

static void
tame_object (JsonObject *object)
{
  JsonObjectIter iter;
  JsonNode      *node = NULL;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, NULL, &node))
    tame_node (node);
}

/* JSON can write numbers that no double holds. They are read as infinite, and what is written of those nobody can
 * read again: content with one would be lost in the store. Depth is bounded by the parser. */
static void
tame_node (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    tame_object (json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        tame_node (json_array_get_element (array, i));
    }
  else if (json_node_get_value_type (node) == G_TYPE_DOUBLE && !isfinite (json_node_get_double (node)))
    json_node_set_double (node, 0.0);
}

static MtxEventKind
message_kind (const char *msgtype,
              const char *body)
{
  static const char *media[] = { "m.image", "m.file", "m.audio", "m.video", NULL };

  if (msgtype == NULL || body == NULL)
    return MTX_EVENT_KIND_UNKNOWN;
  if (g_str_equal (msgtype, "m.text"))
    return MTX_EVENT_KIND_TEXT;
  if (g_str_equal (msgtype, "m.notice"))
    return MTX_EVENT_KIND_NOTICE;
  if (g_str_equal (msgtype, "m.emote"))
    return MTX_EVENT_KIND_EMOTE;
  if (g_str_equal (msgtype, VERIFICATION_PREFIX "request"))
    return MTX_EVENT_KIND_VERIFICATION;

  return g_strv_contains (media, msgtype) ? MTX_EVENT_KIND_MEDIA : MTX_EVENT_KIND_UNKNOWN;
}

/* Fills what follows from type, state key and content. */
static void
interpret (MtxEvent *self)
{
  const char *body = mtx_json_get_string (self->content, "body");

  if (self->state_key != NULL)
    {
      self->kind = g_str_equal (self->type, TYPE_MEMBER) ? MTX_EVENT_KIND_MEMBER : MTX_EVENT_KIND_STATE;
      if (self->kind == MTX_EVENT_KIND_MEMBER)
        self->membership = mtx_membership_from_string (mtx_json_get_string (self->content, "membership"));
    }
  else if (g_str_equal (self->type, TYPE_MESSAGE))
    self->kind = message_kind (mtx_json_get_string (self->content, "msgtype"), body);
  else if (g_str_equal (self->type, TYPE_STICKER))
    self->kind = MTX_EVENT_KIND_MEDIA;
  else if (g_str_equal (self->type, TYPE_ENCRYPTED))
    {
      self->kind = MTX_EVENT_KIND_ENCRYPTED;
      g_set_str (&self->session_id, mtx_json_get_string (self->content, "session_id"));
    }
  else if (g_str_equal (self->type, TYPE_REDACTION))
    self->kind = MTX_EVENT_KIND_REDACTION;
  else if (g_str_equal (self->type, TYPE_REACTION))
    self->kind = MTX_EVENT_KIND_REACTION;
  else if (g_str_has_prefix (self->type, VERIFICATION_PREFIX))
    self->kind = MTX_EVENT_KIND_VERIFICATION;
  else
    self->kind = MTX_EVENT_KIND_UNKNOWN;

  if (self->state_key == NULL)
    g_set_str (&self->body, body);
}

static void
read_relation (MtxEvent   *self,
               JsonObject *content)
{
  JsonObject *relation = mtx_json_get_object (content, "m.relates_to");

  g_set_str (&self->relation_type, mtx_json_get_string (relation, "rel_type"));
  g_set_str (&self->relates_to, mtx_json_get_string (relation, "event_id"));
}

/* `unsigned` is the server's word about an event, never the sender's. */
static void
read_unsigned (MtxEvent   *self,
               JsonObject *event)
{
  JsonObject *hints = mtx_json_get_object (event, "unsigned");
  const char *redacts = mtx_json_get_string (self->content, "redacts");

  g_set_str (&self->transaction_id, mtx_json_get_string (hints, "transaction_id"));

  if (self->kind == MTX_EVENT_KIND_MEMBER)
    {
      JsonObject *former = mtx_json_get_object (hints, "prev_content");

      self->former_membership = mtx_membership_from_string (mtx_json_get_string (former, "membership"));
    }

  /* Room version 11 moved the target of a redaction into its content. */
  if (self->kind == MTX_EVENT_KIND_REDACTION)
    g_set_str (&self->redacts, redacts != NULL ? redacts : mtx_json_get_string (event, "redacts"));

  if (self->state_key == NULL && mtx_json_get_object (hints, "redacted_because") != NULL)
    {
      self->kind = MTX_EVENT_KIND_REDACTED;
      g_clear_pointer (&self->body, g_free);
    }
}

static gboolean
is_name (const char *untrusted,
         gboolean    may_be_empty)
{
  return untrusted != NULL && strlen (untrusted) <= MAX_TYPE_BYTES && (may_be_empty || *untrusted != '\0');
}

static MtxEvent *
parse (JsonObject *untrusted,
       const char *room_id,
       gboolean    stripped,
       GError    **error)
{
  const char            *id = mtx_json_get_string (untrusted, "event_id");
  const char            *sender = mtx_json_get_string (untrusted, "sender");
  const char            *type = mtx_json_get_string (untrusted, "type");
  const char            *named_room = mtx_json_get_string (untrusted, "room_id");
  const char            *state_key = mtx_json_get_string (untrusted, "state_key");
  JsonObject            *content = mtx_json_get_object (untrusted, "content");
  g_autoptr (MtxUserId)  user = sender != NULL ? mtx_user_id_new (sender, NULL) : NULL;
  g_autoptr (MtxEventId) event_id = id != NULL ? mtx_event_id_new (id, NULL) : NULL;
  MtxEvent              *self = NULL;
  gint64                 timestamp_ms = 0;

  if (user == NULL || content == NULL || !is_name (type, FALSE) || (event_id == NULL && !stripped) || (json_object_has_member (untrusted, "state_key") && !is_name (state_key, TRUE)) || (stripped && state_key == NULL) || (named_room != NULL && !g_str_equal (named_room, room_id)) || (!mtx_json_get_int (untrusted, "origin_server_ts", &timestamp_ms) && !stripped))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "Not an event");
      return NULL;
    }

  self = g_atomic_rc_box_new0 (MtxEvent);
  self->room_id = g_strdup (room_id);
  self->event_id = stripped ? NULL : g_strdup (id);
  self->sender = g_strdup (sender);
  self->type = g_strdup (type);
  self->state_key = g_strdup (state_key);
  self->content = json_object_ref (content);
  self->timestamp_ms = CLAMP (timestamp_ms, 0, MAX_TIMESTAMP_MS);
  tame_object (content);
  interpret (self);
  read_relation (self, content);
  read_unsigned (self, untrusted);

  return self;
}

/* A copy that shares nothing with @self but the content. */
static MtxEvent *
copy (MtxEvent *self)
{
  MtxEvent *twin = g_atomic_rc_box_new0 (MtxEvent);

  twin->room_id = g_strdup (self->room_id);
  twin->event_id = g_strdup (self->event_id);
  twin->sender = g_strdup (self->sender);
  twin->type = g_strdup (self->type);
  twin->state_key = g_strdup (self->state_key);
  twin->transaction_id = g_strdup (self->transaction_id);
  twin->redacts = g_strdup (self->redacts);
  twin->relation_type = g_strdup (self->relation_type);
  twin->relates_to = g_strdup (self->relates_to);
  twin->session_id = g_strdup (self->session_id);
  twin->withheld_code = g_strdup (self->withheld_code);
  twin->body = g_strdup (self->body);
  twin->content = json_object_ref (self->content);
  twin->timestamp_ms = self->timestamp_ms;
  twin->kind = self->kind;
  twin->membership = self->membership;
  twin->former_membership = self->former_membership;
  twin->decryption = self->decryption;
  twin->shield = self->shield;
  twin->edited = self->edited;

  return twin;
}

/**
 * mtx_event_new_from_json:
 * @untrusted: one event as a server sent it, from a timeline, a state list or a page of messages; numbers in it
 *   that no double holds become 0
 * @room_id: the room it was asked for
 * @error: return location for an error
 *
 * Reads an event by shape (specification, § Room Event Format). An event that names another room, or has no
 * valid id, sender, type, time or content, is bad.
 *
 * Returns: (transfer full) (nullable): the event, or %NULL with %MTX_ERROR_BAD_REPLY
 */
MtxEvent *
mtx_event_new_from_json (JsonObject *untrusted,
                         const char *room_id,
                         GError    **error)
{
  g_return_val_if_fail (untrusted != NULL, NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return parse (untrusted, room_id, FALSE, error);
}

/**
 * mtx_event_new_stripped:
 * @untrusted: one event of an invitation's state
 * @room_id: the room
 * @error: return location for an error
 *
 * Reads stripped state (specification, § Stripped state): without id and time, and without any proof.
 *
 * Returns: (transfer full) (nullable): the event, or %NULL with %MTX_ERROR_BAD_REPLY
 */
MtxEvent *
mtx_event_new_stripped (JsonObject *untrusted,
                        const char *room_id,
                        GError    **error)
{
  g_return_val_if_fail (untrusted != NULL, NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return parse (untrusted, room_id, TRUE, error);
}

/**
 * mtx_event_new_decrypted:
 * @encrypted: the event as it was sent
 * @untrusted_payload: what its decryption yielded
 * @shield: what is known of the device it came from
 * @error: return location for an error
 *
 * Puts the payload into the envelope. The payload must name the room of the envelope (threat 58) and may be
 * neither state, nor encrypted again, nor a redaction (threat 61): what is inside a ciphertext has no power
 * over a room. The relation is the envelope's (threat 62).
 *
 * Returns: (transfer full) (nullable): the event, or %NULL with %MTX_ERROR_UNTRUSTED
 */
MtxEvent *
mtx_event_new_decrypted (MtxEvent   *encrypted,
                         JsonObject *untrusted_payload,
                         MtxShield   shield,
                         GError    **error)
{
  const char *type = mtx_json_get_string (untrusted_payload, "type");
  const char *room_id = mtx_json_get_string (untrusted_payload, "room_id");
  JsonObject *content = mtx_json_get_object (untrusted_payload, "content");
  MtxEvent   *self = NULL;

  g_return_val_if_fail (encrypted != NULL, NULL);
  g_return_val_if_fail (untrusted_payload != NULL, NULL);

  if (!is_name (type, FALSE) || content == NULL || g_strcmp0 (room_id, encrypted->room_id) != 0 || json_object_has_member (untrusted_payload, "state_key") || g_str_equal (type, TYPE_ENCRYPTED) || g_str_equal (type, TYPE_REDACTION))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The decrypted text is no message of this room");
      return NULL;
    }

  self = copy (encrypted);
  g_set_str (&self->type, type);
  json_object_unref (self->content);
  self->content = json_object_ref (content);
  tame_object (content);
  self->decryption = MTX_DECRYPTION_DECRYPTED;
  self->shield = shield;
  g_clear_pointer (&self->withheld_code, g_free);
  interpret (self);

  return self;
}

/**
 * mtx_event_new_undecryptable:
 * @encrypted: the event as it was sent
 * @decryption: why it cannot be read
 * @withheld_code: (nullable): the sender's reason for giving no key (specification, `m.room_key.withheld`)
 *
 * Marks an event that stays encrypted, perhaps only for now (M36).
 *
 * Returns: (transfer full): the marked event
 */
MtxEvent *
mtx_event_new_undecryptable (MtxEvent     *encrypted,
                             MtxDecryption decryption,
                             const char   *withheld_code)
{
  MtxEvent *self = NULL;

  g_return_val_if_fail (encrypted != NULL, NULL);
  g_return_val_if_fail (decryption >= MTX_DECRYPTION_MISSING_KEY, NULL);

  self = copy (encrypted);
  self->decryption = decryption;
  g_set_str (&self->withheld_code, withheld_code);

  return self;
}

/**
 * mtx_event_new_with_shield:
 * @event: an event
 * @shield: a warning
 *
 * Returns: (transfer full): @event with that warning
 */
MtxEvent *
mtx_event_new_with_shield (MtxEvent *event,
                           MtxShield shield)
{
  MtxEvent *self = NULL;

  g_return_val_if_fail (event != NULL, NULL);

  self = copy (event);
  self->shield = shield;

  return self;
}

/**
 * mtx_event_new_own:
 * @room_id: where it was sent
 * @event_id: the id the server gave it
 * @sender: our user id
 * @type: its type before encryption
 * @content: its content before encryption
 * @transaction_id: the id we gave it
 * @timestamp_ms: when it was written
 *
 * Makes the event that sync will bring back, of a message we encrypted and sent.
 *
 * Returns: (transfer full): the event
 */
MtxEvent *
mtx_event_new_own (const char *room_id,
                   const char *event_id,
                   const char *sender,
                   const char *type,
                   JsonObject *content,
                   const char *transaction_id,
                   gint64      timestamp_ms)
{
  MtxEvent *self = g_atomic_rc_box_new0 (MtxEvent);

  self->room_id = g_strdup (room_id);
  self->event_id = g_strdup (event_id);
  self->sender = g_strdup (sender);
  self->type = g_strdup (type);
  self->transaction_id = g_strdup (transaction_id);
  self->content = json_object_ref (content);
  self->timestamp_ms = timestamp_ms;
  self->decryption = MTX_DECRYPTION_DECRYPTED;
  interpret (self);
  read_relation (self, content);

  return self;
}

/**
 * mtx_event_new_stored:
 * @fields: everything of an event but its content; strings are copied
 * @content: its content
 *
 * Makes an event from what a store kept of it.
 *
 * Returns: (transfer full): the event
 */
MtxEvent *
mtx_event_new_stored (const MtxEventFields *fields,
                      JsonObject           *content)
{
  MtxEvent *self = g_atomic_rc_box_new0 (MtxEvent);

  self->room_id = g_strdup (fields->room_id);
  self->event_id = g_strdup (fields->event_id);
  self->sender = g_strdup (fields->sender);
  self->type = g_strdup (fields->type);
  self->state_key = g_strdup (fields->state_key);
  self->transaction_id = g_strdup (fields->transaction_id);
  self->relation_type = g_strdup (fields->relation_type);
  self->relates_to = g_strdup (fields->relates_to);
  self->session_id = g_strdup (fields->session_id);
  self->content = json_object_ref (content);
  self->timestamp_ms = fields->timestamp_ms;
  self->decryption = fields->decryption;
  self->shield = fields->shield;
  self->edited = fields->edited;
  interpret (self);
  if (self->kind == MTX_EVENT_KIND_MEMBER)
    self->former_membership = mtx_membership_from_string (mtx_json_get_string (content, MTX_EVENT_FORMER_MEMBERSHIP));
  if (fields->redacted)
    {
      self->kind = MTX_EVENT_KIND_REDACTED;
      g_clear_pointer (&self->body, g_free);
    }

  return self;
}

/**
 * mtx_event_ref:
 * @self: an event
 *
 * Returns: (transfer full): @self
 */
MtxEvent *
mtx_event_ref (MtxEvent *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mtx_event_unref:
 * @self: (transfer full): an event
 *
 * Gives up one hold on @self.
 */
void
mtx_event_unref (MtxEvent *self)
{
  g_atomic_rc_box_release_full (self, mtx_event_clear);
}

/**
 * mtx_event_get_room_id:
 * @self: an event
 *
 * Returns: (transfer none): the room's id
 */
const char *
mtx_event_get_room_id (MtxEvent *self)
{
  return self->room_id;
}

/**
 * mtx_event_get_event_id:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): its id; %NULL for stripped state
 */
const char *
mtx_event_get_event_id (MtxEvent *self)
{
  return self->event_id;
}

/**
 * mtx_event_get_sender:
 * @self: an event
 *
 * Returns: (transfer none): the sender's user id, as the server says
 */
const char *
mtx_event_get_sender (MtxEvent *self)
{
  return self->sender;
}

/**
 * mtx_event_get_type_name:
 * @self: an event
 *
 * Returns: (transfer none): its type; after decryption that of the payload
 */
const char *
mtx_event_get_type_name (MtxEvent *self)
{
  return self->type;
}

/**
 * mtx_event_get_state_key:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): its state key; %NULL if it is no state event
 */
const char *
mtx_event_get_state_key (MtxEvent *self)
{
  return self->state_key;
}

/**
 * mtx_event_get_timestamp_ms:
 * @self: an event
 *
 * Returns: when it was sent, as the sender's server says: milliseconds since 1970, up to the year 9999
 */
gint64
mtx_event_get_timestamp_ms (MtxEvent *self)
{
  return self->timestamp_ms;
}

/**
 * mtx_event_get_kind:
 * @self: an event
 *
 * Returns: what it is
 */
MtxEventKind
mtx_event_get_kind (MtxEvent *self)
{
  return self->kind;
}

/**
 * mtx_event_get_body:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): the plain text of a message; untrusted text for a person
 */
const char *
mtx_event_get_body (MtxEvent *self)
{
  return self->body;
}

/**
 * mtx_event_get_transaction_id:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): the id this device gave it when sending
 */
const char *
mtx_event_get_transaction_id (MtxEvent *self)
{
  return self->transaction_id;
}

/**
 * mtx_event_get_redacts:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): the event whose content a redaction removes
 */
const char *
mtx_event_get_redacts (MtxEvent *self)
{
  return self->redacts;
}

/**
 * mtx_event_get_relation_type:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): how it relates to mtx_event_get_relates_to(), such as `m.replace`
 */
const char *
mtx_event_get_relation_type (MtxEvent *self)
{
  return self->relation_type;
}

/**
 * mtx_event_get_relates_to:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): the event it relates to
 */
const char *
mtx_event_get_relates_to (MtxEvent *self)
{
  return self->relates_to;
}

/**
 * mtx_event_get_membership:
 * @self: an event
 *
 * Returns: what an `m.room.member` makes of its subject; %MTX_MEMBERSHIP_NONE for other events
 */
MtxMembership
mtx_event_get_membership (MtxEvent *self)
{
  return self->membership;
}

/**
 * mtx_event_get_former_membership:
 * @self: an event
 *
 * Returns: what the subject of an `m.room.member` was before, as the server says; %MTX_MEMBERSHIP_NONE if unknown
 */
MtxMembership
mtx_event_get_former_membership (MtxEvent *self)
{
  return self->former_membership;
}

/**
 * mtx_event_get_decryption:
 * @self: an event
 *
 * Returns: whether it was encrypted and could be read
 */
MtxDecryption
mtx_event_get_decryption (MtxEvent *self)
{
  return self->decryption;
}

/**
 * mtx_event_get_shield:
 * @self: an event
 *
 * Returns: what to warn about
 */
MtxShield
mtx_event_get_shield (MtxEvent *self)
{
  return self->shield;
}

/**
 * mtx_event_get_edited:
 * @self: an event
 *
 * Returns: whether it says what an edit of it says
 */
gboolean
mtx_event_get_edited (MtxEvent *self)
{
  return self->edited;
}

/**
 * mtx_event_get_withheld_code:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): the code of `m.room_key.withheld`
 */
const char *
mtx_event_get_withheld_code (MtxEvent *self)
{
  return self->withheld_code;
}

/**
 * mtx_event_get_content:
 * @self: an event
 *
 * Its content, untrusted; after decryption that of the payload. JsonObject counts its holders without care
 * for threads, so nobody may reference it or anything in it: read, or copy, and hold the event.
 *
 * Returns: (transfer none): the content
 */
JsonObject *
mtx_event_get_content (MtxEvent *self)
{
  return self->content;
}

/**
 * mtx_event_get_session_id:
 * @self: an event
 *
 * Returns: (transfer none) (nullable): the Megolm session of an encrypted, or formerly encrypted, event
 */
const char *
mtx_event_get_session_id (MtxEvent *self)
{
  return self->session_id;
}

/**
 * _mtx_event_is_plaintext_message:
 * @self: an event
 *
 * Whether this is something a person may have said and that was not encrypted: in an encrypted room anybody
 * could have written it, the server included (M38). State and redactions are never encrypted.
 *
 * Returns: whether to warn about it in an encrypted room
 */
gboolean
_mtx_event_is_plaintext_message (MtxEvent *self)
{
  return self->state_key == NULL && self->decryption == MTX_DECRYPTION_CLEAR && self->kind != MTX_EVENT_KIND_ENCRYPTED && self->kind != MTX_EVENT_KIND_REDACTION && self->kind != MTX_EVENT_KIND_REDACTED;
}
