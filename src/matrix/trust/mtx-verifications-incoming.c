/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What arrives for verifications: checked, brought to the one it belongs to, or declined (specification, § Key
 * verification framework; M39). One event after the other, since an answer may need the other side's devices first.
 */
#include "mtx-verifications-private.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"

/* What nobody wants is declined, but only so often: anybody may ask. */
#define MAX_DECLINED       20
#define DECLINED_PERIOD_US (10 * 60 * G_USEC_PER_SEC)

/* One event on its way to its verification. */
typedef struct
{
  MtxVerifications *self;
  MtxDeviceMessage *message; /* or */
  MtxEvent         *event;
  char             *sender_device; /* of an event: where its room key came from, or NULL */
} Arrival;

/* A request, or where an answer has to go. */
typedef struct
{
  const char *sender;
  const char *room_id; /* NULL: to-device */
  const char *transaction_id;
  const char *device_id;
  gint64      timestamp_ms;
  JsonObject *untrusted_content;
} Request;

static void
arrival_free (gpointer memory)
{
  Arrival *arrival = memory;

  g_clear_object (&arrival->self);
  g_clear_pointer (&arrival->message, mtx_device_message_unref);
  g_clear_pointer (&arrival->event, mtx_event_unref);
  g_clear_pointer (&arrival->sender_device, g_free);
  g_free (arrival);
}

static MtxVerificationFlow *
find_flow (MtxVerifications *self,
           const char       *room_id,
           const char       *transaction_id)
{
  for (guint i = 0; i < self->flows->len; i++)
    {
      MtxVerificationFlow *flow = g_ptr_array_index (self->flows, i);

      if (g_strcmp0 (mtx_verification_get_room_id (flow->verification), room_id) == 0
          && g_strcmp0 (_mtx_verification_get_transaction_id (flow->verification), transaction_id) == 0)
        return flow;
    }

  return NULL;
}

static gboolean
may_decline (MtxVerifications *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->n_declined == 0 || now_us - self->declined_since_us > DECLINED_PERIOD_US)
    {
      self->n_declined = 0;
      self->declined_since_us = now_us;
    }

  return self->n_declined++ < MAX_DECLINED;
}

static void
decline (MtxVerifications *self,
         const Request    *request,
         const char       *code)
{
  g_autoptr (JsonObject) content = json_object_new ();
  const char            *devices[] = { request->device_id, NULL };
  DexFuture             *sent;

  if (!may_decline (self))
    return;

  json_object_set_string_member (content, "code", code);
  json_object_set_string_member (content, "reason", code);
  if (request->room_id != NULL)
    {
      JsonObject *relation = json_object_new ();

      json_object_set_string_member (relation, "rel_type", "m.reference");
      json_object_set_string_member (relation, "event_id", request->transaction_id);
      json_object_set_object_member (content, "m.relates_to", relation);
      sent = mtx_verification_sender_send_to_room (self->sender, mtx_room_list_lookup (self->rooms, request->room_id),
                                                   MTX_VERIFICATION_CANCEL_EVENT, content);
    }
  else
    {
      json_object_set_string_member (content, "transaction_id", request->transaction_id);
      sent = mtx_verification_sender_send_to_devices (self->sender, request->sender, devices, MTX_VERIFICATION_CANCEL_EVENT,
                                                      content);
    }
  mtx_fiber_fire (sent, "Declining a verification");
}

static gboolean
is_timely (gint64 age_ms)
{
  return age_ms <= MTX_VERIFICATION_LIFE_MS && age_ms >= -MTX_VERIFICATION_FUTURE_MS;
}

static gboolean
offers_sas (JsonObject *untrusted_content)
{
  JsonArray *methods = mtx_json_get_array (untrusted_content, "methods");
  guint      length = methods != NULL ? json_array_get_length (methods) : 0;

  for (guint i = 0; i < length; i++)
    if (g_strcmp0 (mtx_json_array_string (methods, i), MTX_SAS_METHOD) == 0)
      return TRUE;

  return FALSE;
}

static void
announce (MtxVerifications     *self,
          const Request        *request,
          MtxVerificationParty *them,
          gint64                age_ms)
{
  MtxVerification *verification;

  verification = _mtx_verifications_add (self,
                                         _mtx_verification_new (request->transaction_id,
                                                                request->room_id,
                                                                _mtx_verifications_make_us (self),
                                                                them,
                                                                FALSE,
                                                                age_ms,
                                                                _mtx_verifications_get_host (),
                                                                self),
                                         NULL);
  if (!_mtx_verifications_emit_requested (self, verification))
    mtx_verification_cancel (verification);
}

/* From another person a request comes in a room; to-device ones are for our own devices. Requests without a method we
 * know are left to our other devices. */
static void
take_request (MtxVerifications *self,
              const Request    *request)
{
  gboolean                         is_own = g_str_equal (request->sender, mtx_crypto_engine_get_user_id (self->engine));
  gint64                           age_ms = g_get_real_time () / 1000 - request->timestamp_ms;
  MtxVerificationFlow             *live;
  g_autoptr (MtxVerificationParty) them = NULL;
  g_autoptr (GError)               error = NULL;

  if (request->device_id == NULL || !is_timely (age_ms) || !offers_sas (request->untrusted_content)
      || (is_own && g_str_equal (request->device_id, mtx_crypto_engine_get_device_id (self->engine)))
      || find_flow (self, request->room_id, request->transaction_id) != NULL)
    return;

  if (is_own != (request->room_id == NULL) || mtx_cross_signing_get_own_keys (self->cross_signing) != MTX_OWN_KEYS_GOOD)
    {
      decline (self, request, MTX_CANCEL_USER);
      return;
    }

  /* Two at a time: nobody knows which one is on whose screen (threat 71). */
  live = _mtx_verifications_find_live (self, request->sender);
  if (live != NULL)
    {
      _mtx_verification_fail (live->verification, MTX_CANCEL_UNEXPECTED_MESSAGE);
      decline (self, request, MTX_CANCEL_UNEXPECTED_MESSAGE);
      return;
    }

  them = _mtx_verifications_load_them (self, request->sender, request->device_id, &error);
  if (them == NULL)
    {
      g_debug ("A verification with a device nobody knows: %s", error->message);
      decline (self, request, MTX_CANCEL_INVALID_MESSAGE);
      return;
    }

  announce (self, request, g_steal_pointer (&them), age_ms);
}

/* Of those that were asked one answered: the others need not wait. */
static void
tell_others (MtxVerifications    *self,
             MtxVerificationFlow *flow,
             const char          *device_id,
             const char          *code)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (JsonObject)   content = json_object_new ();
  g_auto (GStrv)           others = NULL;

  for (guint i = 0; flow->asked != NULL && flow->asked[i] != NULL; i++)
    if (g_strcmp0 (flow->asked[i], device_id) != 0)
      g_strv_builder_add (builder, flow->asked[i]);
  others = g_strv_builder_end (builder);
  if (others[0] == NULL)
    return;

  json_object_set_string_member (content, "transaction_id", _mtx_verification_get_transaction_id (flow->verification));
  json_object_set_string_member (content, "code", code);
  json_object_set_string_member (content, "reason", code);
  mtx_fiber_fire (mtx_verification_sender_send_to_devices (self->sender,
                                                           mtx_verification_get_user_id (flow->verification),
                                                           (const char *const *)others,
                                                           MTX_VERIFICATION_CANCEL_EVENT,
                                                           content),
                  "Telling the devices that did not answer");
}

/* Whoever accepts says on which device; from then on our copies of its keys are those that count. */
static void
meet (MtxVerifications    *self,
      MtxVerificationFlow *flow,
      const char          *device_id)
{
  g_autoptr (MtxVerification) verification = g_object_ref (flow->verification);
  MtxVerificationParty       *them;
  g_autoptr (GError)          error = NULL;

  if (device_id == NULL || (flow->asked != NULL && !g_strv_contains ((const char *const *)flow->asked, device_id)))
    return;

  them = _mtx_verifications_load_them (self, mtx_verification_get_user_id (verification), device_id, &error);
  if (them != NULL && mtx_verification_get_state (verification) == MTX_VERIFICATION_REQUESTED_BY_US)
    {
      _mtx_verification_set_them (verification, them);
      tell_others (self, flow, device_id, MTX_CANCEL_ACCEPTED);
    }
  else
    {
      g_debug ("The device that accepted is not known: %s", error != NULL ? error->message : "it was late");
      g_clear_pointer (&them, mtx_verification_party_free);
    }
}

static void
take_step (MtxVerifications    *self,
           MtxVerificationFlow *flow,
           const char          *type,
           JsonObject          *untrusted_content)
{
  if (mtx_verification_get_state (flow->verification) == MTX_VERIFICATION_REQUESTED_BY_US)
    {
      if (g_str_equal (type, MTX_VERIFICATION_READY_EVENT))
        meet (self, flow, mtx_json_get_string (untrusted_content, "from_device"));
      else if (g_str_equal (type, MTX_VERIFICATION_CANCEL_EVENT))
        tell_others (self, flow, NULL, MTX_CANCEL_USER);
    }

  _mtx_verification_receive (flow->verification, type, untrusted_content);
}

/* A step of a verification nobody knows, perhaps of before a restart. Only `ready` and `start` say whom to answer; and
 * a start without a request is no way to begin (MSC3122). */
static void
refuse_step (MtxVerifications *self,
             const char       *type,
             const Request    *step)
{
  if (step->device_id == NULL || !g_str_equal (step->sender, mtx_crypto_engine_get_user_id (self->engine))
      || g_str_equal (step->device_id, mtx_crypto_engine_get_device_id (self->engine)))
    return;

  if (g_str_equal (type, MTX_VERIFICATION_READY_EVENT))
    decline (self, step, MTX_CANCEL_UNKNOWN_TRANSACTION);
  else if (g_str_equal (type, MTX_VERIFICATION_START_EVENT))
    decline (self, step, MTX_CANCEL_UNEXPECTED_MESSAGE);
}

static void
take_message (MtxVerifications       *self,
              const MtxDeviceMessage *message)
{
  g_autoptr (JsonObject) content = mtx_device_message_dup_content (message);
  MtxVerificationFlow   *flow;
  Request                request = {
                   .sender = message->sender,
                   .transaction_id = mtx_json_get_string (content, "transaction_id"),
                   .device_id = mtx_json_get_string (content, "from_device"),
                   .untrusted_content = content,
  };

  if (request.transaction_id == NULL || *request.transaction_id == '\0' || strlen (request.transaction_id) > MTX_ID_MAX_BYTES
      || (request.device_id != NULL && strlen (request.device_id) > MTX_ID_MAX_BYTES))
    return;

  if (g_str_equal (message->type, MTX_VERIFICATION_REQUEST))
    {
      if (mtx_json_get_int (content, "timestamp", &request.timestamp_ms))
        take_request (self, &request);
      return;
    }

  flow = find_flow (self, NULL, request.transaction_id);
  if (flow == NULL)
    refuse_step (self, message->type, &request);
  else if (g_str_equal (mtx_verification_get_user_id (flow->verification), message->sender))
    take_step (self, flow, message->type, content);
}

/* The relation of the envelope is part of the content, whatever the ciphertext said (threat 62). */
static JsonObject *
read_event (MtxEvent *event)
{
  MtxJsonLimits    limits = { .max_bytes = 64 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autofree char *text = mtx_json_to_string (mtx_event_get_content (event));
  JsonObject      *content = mtx_json_parse_object (text, -1, &limits, NULL);

  if (content == NULL)
    return NULL;

  json_object_remove_member (content, "m.relates_to");
  if (mtx_event_get_relates_to (event) != NULL)
    {
      JsonObject *relation = json_object_new ();

      json_object_set_string_member (relation, "rel_type", mtx_event_get_relation_type (event));
      json_object_set_string_member (relation, "event_id", mtx_event_get_relates_to (event));
      json_object_set_object_member (content, "m.relates_to", relation);
    }

  return content;
}

/* Another device of ours answers a request that was for all of them. */
static void
take_own_step (MtxVerifications *self,
               MtxEvent         *event)
{
  MtxVerificationFlow *flow = find_flow (self, mtx_event_get_room_id (event), mtx_event_get_relates_to (event));
  const char          *type = mtx_event_get_type_name (event);

  if (flow == NULL || mtx_event_get_transaction_id (event) != NULL
      || mtx_verification_get_state (flow->verification) != MTX_VERIFICATION_REQUESTED_BY_THEM)
    return;

  if (g_str_equal (type, MTX_VERIFICATION_READY_EVENT))
    _mtx_verification_drop (flow->verification, MTX_CANCEL_ACCEPTED);
  else if (g_str_equal (type, MTX_VERIFICATION_CANCEL_EVENT))
    _mtx_verification_drop (flow->verification, MTX_CANCEL_USER);
}

/* In a room many may hear a request: only whom it names answers, and only to members (threat 72). */
static void
take_room_request (MtxVerifications *self,
                   MtxRoom          *room,
                   MtxEvent         *event,
                   JsonObject       *content)
{
  Request request = {
    .sender = mtx_event_get_sender (event),
    .room_id = mtx_event_get_room_id (event),
    .transaction_id = mtx_event_get_event_id (event),
    .device_id = mtx_json_get_string (content, "from_device"),
    .timestamp_ms = mtx_event_get_timestamp_ms (event),
    .untrusted_content = content,
  };

  if (g_strcmp0 (mtx_json_get_string (content, "to"), mtx_crypto_engine_get_user_id (self->engine)) == 0
      && mtx_room_get_member_state (room, request.sender) == MTX_MEMBERSHIP_JOIN)
    take_request (self, &request);
}

/* Whose device it came from is known by the room key, which no server can forge: other devices of the same person have
 * no part in it (threats 68, 71). */
static gboolean
is_their_device (MtxVerificationFlow *flow,
                 const char          *type,
                 const char          *sender_device,
                 JsonObject          *content)
{
  const char *expected = mtx_verification_get_device_id (flow->verification);

  if (g_str_equal (type, MTX_VERIFICATION_READY_EVENT))
    expected = mtx_json_get_string (content, "from_device");

  return expected == NULL || sender_device == NULL || g_str_equal (expected, sender_device);
}

static void
take_event (MtxVerifications *self,
            MtxEvent         *event,
            const char       *sender_device)
{
  MtxRoom               *room = self->rooms != NULL ? mtx_room_list_lookup (self->rooms, mtx_event_get_room_id (event)) : NULL;
  const char            *sender = mtx_event_get_sender (event);
  const char            *type = mtx_event_get_type_name (event);
  g_autoptr (JsonObject) content = read_event (event);
  MtxVerificationFlow   *flow;

  if (room == NULL || content == NULL || !mtx_room_get_can_send (room))
    return;
  if (g_str_equal (sender, mtx_crypto_engine_get_user_id (self->engine)))
    {
      take_own_step (self, event);
      return;
    }
  if (g_str_equal (type, "m.room.message"))
    {
      take_room_request (self, room, event, content);
      return;
    }

  if (g_strcmp0 (mtx_event_get_relation_type (event), "m.reference") != 0)
    return;
  flow = find_flow (self, mtx_event_get_room_id (event), mtx_event_get_relates_to (event));
  if (flow != NULL && g_str_equal (mtx_verification_get_user_id (flow->verification), sender)
      && is_their_device (flow, type, sender_device, content))
    take_step (self, flow, type, content);
}

static DexFuture *
arrival_fiber (gpointer data)
{
  Arrival *arrival = data;

  if (!dex_future_is_pending (DEX_FUTURE (arrival->self->closed)))
    return dex_future_new_true ();

  if (arrival->message != NULL)
    take_message (arrival->self, arrival->message);
  else
    take_event (arrival->self, arrival->event, arrival->sender_device);

  return dex_future_new_true ();
}

static void
arrive (Arrival *arrival)
{
  mtx_fiber_fire (mtx_turns_take (&arrival->self->incoming, "verification-arrival", arrival_fiber, arrival, arrival_free),
                  "Taking a step of a verification");
}

static void
on_device_message (MtxVerifications *self,
                   MtxDeviceMessage *message)
{
  Arrival *arrival;

  if (!g_str_has_prefix (message->type, "m.key.verification."))
    return;

  arrival = g_new0 (Arrival, 1);
  arrival->self = g_object_ref (self);
  arrival->message = mtx_device_message_ref (message);
  arrive (arrival);
}

static void
on_verification_event (MtxVerifications *self,
                       MtxEvent         *event,
                       const char       *sender_device)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  arrival->self = g_object_ref (self);
  arrival->event = mtx_event_ref (event);
  arrival->sender_device = g_strdup (sender_device);
  arrive (arrival);
}

/**
 * _mtx_verifications_listen:
 * @self: new verifications
 *
 * Hears what the engine brings from now on.
 */
void
_mtx_verifications_listen (MtxVerifications *self)
{
  g_signal_connect_object (self->engine, "device-message", G_CALLBACK (on_device_message), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "verification-event", G_CALLBACK (on_verification_event), self, G_CONNECT_SWAPPED);
}
