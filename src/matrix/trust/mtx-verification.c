/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One verification: its steps, its times, and what the user may do (specification, § Key verification framework).
 * What arrives is in mtx-verification-flow.c; it knows no network, its owner sends.
 */
#include "mtx-verification-private.h"

#include "mtx-fiber.h"
#include "mtx-sas-messages.h"

enum
{
  PROP_STATE = 1,
  PROP_PRESSING,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_ENUM_TYPE (MtxVerificationState, mtx_verification_state, G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_REQUESTED_BY_US, "requested-by-us"), G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_REQUESTED_BY_THEM, "requested-by-them"), G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_READY, "ready"), G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_STARTED, "started"), G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_COMPARING, "comparing"), G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_CONFIRMED, "confirmed"), G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_DONE, "done"), G_DEFINE_ENUM_VALUE (MTX_VERIFICATION_CANCELLED, "cancelled"))

G_DEFINE_FINAL_TYPE (MtxVerification, mtx_verification, G_TYPE_OBJECT)

/**
 * mtx_verification_party_new:
 * @user_id: who
 * @device_id: (nullable): on which device; %NULL while nobody has answered
 * @ed25519: (nullable): the device's key
 * @master_key: (nullable): the person's
 *
 * Returns: (transfer full): one side of a verification
 */
MtxVerificationParty *
mtx_verification_party_new (const char *user_id,
                            const char *device_id,
                            const char *ed25519,
                            const char *master_key)
{
  MtxVerificationParty *self = g_new0 (MtxVerificationParty, 1);

  self->user_id = g_strdup (user_id);
  self->device_id = g_strdup (device_id);
  self->ed25519 = g_strdup (ed25519);
  self->master_key = g_strdup (master_key);

  return self;
}

/**
 * mtx_verification_party_free:
 * @self: (transfer full): a side
 *
 * Frees it.
 */
void
mtx_verification_party_free (MtxVerificationParty *self)
{
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->device_id, g_free);
  g_clear_pointer (&self->ed25519, g_free);
  g_clear_pointer (&self->master_key, g_free);
  g_free (self);
}

static void
weak_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* Something to do later, unless it is dropped or the verification is gone by then. */
static DexFuture *
later (MtxVerification  *self,
       gint64            delay_ms,
       DexFutureCallback func)
{
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, self);

  return dex_future_then (mtx_future_after (MAX (delay_ms, 0)), func, weak, weak_free);
}

static void
set_pressing (MtxVerification *self,
              gboolean         is_pressing)
{
  if (self->is_pressing == is_pressing)
    return;

  self->is_pressing = is_pressing;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRESSING]);
}

/**
 * _mtx_verification_set_step:
 * @self: a verification that is not over
 * @step: the next step
 *
 * Goes on. What no step needs any more is forgotten: the keys drawn for the exchange, and the waits.
 */
void
_mtx_verification_set_step (MtxVerification    *self,
                            MtxVerificationStep step)
{
  MtxVerificationState before = mtx_verification_get_state (self);

  self->step = step;
  if (step > MTX_STEP_REQUESTED_BY_THEM)
    {
      dex_clear (&self->prompt_end);
      set_pressing (self, FALSE);
    }
  if (step > MTX_STEP_READY)
    dex_clear (&self->start_wait);
  if (step >= MTX_STEP_SIGNING)
    {
      g_clear_object (&self->sas);
      dex_clear (&self->expiry);
    }

  if (mtx_verification_get_state (self) != before)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/* Every event but the request says which verification it belongs to. */
static void
add_reference (MtxVerification *self,
               JsonObject      *content)
{
  if (self->room_id == NULL)
    {
      json_object_set_string_member (content, "transaction_id", self->transaction_id);
    }
  else
    {
      JsonObject *relation = json_object_new ();

      json_object_set_string_member (relation, "rel_type", "m.reference");
      json_object_set_string_member (relation, "event_id", self->transaction_id);
      json_object_set_object_member (content, "m.relates_to", relation);
    }
}

/**
 * _mtx_verification_send:
 * @self: a verification
 * @type: type of the event
 * @content: its content, to which the reference is added
 *
 * Hands an event to the owner.
 */
void
_mtx_verification_send (MtxVerification *self,
                        const char      *type,
                        JsonObject      *content)
{
  add_reference (self, content);
  if (self->host != NULL)
    self->host->send (self, type, content, self->host_data);
}

/**
 * _mtx_verification_fail:
 * @self: a verification
 * @code: why
 *
 * Cancels and says so to the other side; nothing if it is over already, so that two sides never cancel in turns.
 */
void
_mtx_verification_fail (MtxVerification *self,
                        const char      *code)
{
  g_autoptr (JsonObject) content = NULL;

  if (_mtx_verification_is_over (self))
    return;

  content = json_object_new ();
  json_object_set_string_member (content, "code", code);
  json_object_set_string_member (content, "reason", code);
  g_set_str (&self->cancel_code, code);
  self->is_cancelled_by_us = TRUE;
  _mtx_verification_send (self, MTX_VERIFICATION_CANCEL_EVENT, content);
  _mtx_verification_set_step (self, MTX_STEP_CANCELLED);
}

/**
 * _mtx_verification_drop:
 * @self: a verification
 * @code: why
 *
 * Ends it without a word: the other side knows, or cannot be told.
 */
void
_mtx_verification_drop (MtxVerification *self,
                        const char      *code)
{
  if (_mtx_verification_is_over (self))
    return;

  g_set_str (&self->cancel_code, code);
  _mtx_verification_set_step (self, MTX_STEP_CANCELLED);
}

/**
 * _mtx_verification_finish:
 * @self: a verification whose owner was told that both sides agreed
 *
 * The signature is made: tells the other side.
 */
void
_mtx_verification_finish (MtxVerification *self)
{
  g_autoptr (JsonObject) content = NULL;

  if (self->step != MTX_STEP_SIGNING)
    return;

  content = json_object_new ();
  _mtx_verification_send (self, MTX_VERIFICATION_DONE_EVENT, content);
  _mtx_verification_set_step (self, MTX_STEP_DONE);
}

/**
 * _mtx_verification_send_start:
 * @self: a verification that is ready
 *
 * Starts the one method we know.
 */
void
_mtx_verification_send_start (MtxVerification *self)
{
  g_clear_pointer (&self->start, json_object_unref);
  self->start = mtx_sas_messages_build_start (self->us->device_id);
  self->is_ours = TRUE;
  _mtx_verification_send (self, MTX_VERIFICATION_START_EVENT, self->start);
  _mtx_verification_set_step (self, MTX_STEP_START_SENT);
}

static DexFuture *
start_wait_over_cb (DexFuture *future,
                    gpointer   data)
{
  g_autoptr (MtxVerification) self = g_weak_ref_get (data);

  if (self != NULL && self->step == MTX_STEP_READY)
    _mtx_verification_send_start (self);

  return dex_future_new_true ();
}

/**
 * _mtx_verification_wait_for_start:
 * @self: a verification that has become ready
 * @wait_ms: how long
 *
 * Leaves the start to them for a moment, then starts: there is one method to choose, and nobody should have to press a
 * button for it.
 */
void
_mtx_verification_wait_for_start (MtxVerification *self,
                                  gint64           wait_ms)
{
  dex_clear (&self->start_wait);
  self->start_wait = later (self, wait_ms, start_wait_over_cb);
}

/**
 * _mtx_verification_try_sign:
 * @self: a verification
 *
 * If both sides confirmed, asks the owner for the signature.
 */
void
_mtx_verification_try_sign (MtxVerification *self)
{
  if (self->step != MTX_STEP_CONFIRMED || self->vouched == MTX_VOUCHED_NOTHING)
    return;

  _mtx_verification_set_step (self, MTX_STEP_SIGNING);
  if (self->host != NULL)
    self->host->agreed (self, self->host_data);
}

static DexFuture *
expired_cb (DexFuture *future,
            gpointer   data)
{
  g_autoptr (MtxVerification) self = g_weak_ref_get (data);

  if (self != NULL && self->step < MTX_STEP_SIGNING)
    _mtx_verification_fail (self, MTX_CANCEL_TIMEOUT);

  return dex_future_new_true ();
}

static DexFuture *
prompt_over_cb (DexFuture *future,
                gpointer   data)
{
  g_autoptr (MtxVerification) self = g_weak_ref_get (data);

  if (self != NULL)
    set_pressing (self, FALSE);

  return dex_future_new_true ();
}

static void
mtx_verification_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  MtxVerification *self = MTX_VERIFICATION (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, mtx_verification_get_state (self));
      break;

    case PROP_PRESSING:
      g_value_set_boolean (value, self->is_pressing);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_verification_finalize (GObject *object)
{
  MtxVerification *self = MTX_VERIFICATION (object);

  dex_clear (&self->expiry);
  dex_clear (&self->prompt_end);
  dex_clear (&self->start_wait);
  g_clear_pointer (&self->transaction_id, g_free);
  g_clear_pointer (&self->room_id, g_free);
  g_clear_pointer (&self->us, mtx_verification_party_free);
  g_clear_pointer (&self->them, mtx_verification_party_free);
  g_clear_object (&self->sas);
  g_clear_pointer (&self->start, json_object_unref);
  g_clear_pointer (&self->commitment, g_free);
  g_clear_pointer (&self->cancel_code, g_free);

  G_OBJECT_CLASS (mtx_verification_parent_class)->finalize (object);
}

static void
mtx_verification_class_init (MtxVerificationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = mtx_verification_get_property;
  object_class->finalize = mtx_verification_finalize;

  /**
   * MtxVerification:state:
   *
   * How far it has come.
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, MTX_TYPE_VERIFICATION_STATE,
                                              MTX_VERIFICATION_REQUESTED_BY_US, flags);

  /**
   * MtxVerification:pressing:
   *
   * Whether somebody asked within the last two minutes: after that the request may still be answered, but asks for
   * no attention.
   */
  properties[PROP_PRESSING] = g_param_spec_boolean ("pressing", NULL, NULL, FALSE, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mtx_verification_init (MtxVerification *self)
{
}

/**
 * _mtx_verification_new:
 * @transaction_id: names it; in a room the id of the request
 * @room_id: (nullable): the room, or %NULL from device to device
 * @us: (transfer full): our side
 * @them: (transfer full): theirs; as far as it is known if we ask
 * @is_requested_by_us: who asks
 * @age_ms: the request's age, negative if its time is ahead of ours
 * @host: sends and signs
 * @host_data: passed to @host
 *
 * Makes a verification that was just requested. It ends ten minutes after the time of the request.
 *
 * Returns: (transfer full): the verification
 */
MtxVerification *
_mtx_verification_new (const char                *transaction_id,
                       const char                *room_id,
                       MtxVerificationParty      *us,
                       MtxVerificationParty      *them,
                       gboolean                   is_requested_by_us,
                       gint64                     age_ms,
                       const MtxVerificationHost *host,
                       gpointer                   host_data)
{
  MtxVerification *self = g_object_new (MTX_TYPE_VERIFICATION, NULL);

  self->transaction_id = g_strdup (transaction_id);
  self->room_id = g_strdup (room_id);
  self->us = us;
  self->them = them;
  self->host = host;
  self->host_data = host_data;
  self->step = is_requested_by_us ? MTX_STEP_REQUESTED_BY_US : MTX_STEP_REQUESTED_BY_THEM;
  self->expiry = later (self, MTX_VERIFICATION_LIFE_MS - MAX (age_ms, 0), expired_cb);
  if (!is_requested_by_us)
    {
      self->is_pressing = TRUE;
      self->prompt_end = later (self, MTX_VERIFICATION_PROMPT_MS, prompt_over_cb);
    }

  return self;
}

/**
 * _mtx_verification_get_transaction_id:
 * @self: a verification
 *
 * Returns: what names it
 */
const char *
_mtx_verification_get_transaction_id (MtxVerification *self)
{
  return self->transaction_id;
}

/**
 * _mtx_verification_is_over:
 * @self: a verification
 *
 * Returns: whether it ended, one way or another
 */
gboolean
_mtx_verification_is_over (MtxVerification *self)
{
  return self->step >= MTX_STEP_DONE;
}

/**
 * _mtx_verification_set_them:
 * @self: a verification we asked for
 * @them: (transfer full): the side that answered, with our copies of its keys
 *
 * Says who answers.
 */
void
_mtx_verification_set_them (MtxVerification      *self,
                            MtxVerificationParty *them)
{
  g_clear_pointer (&self->them, mtx_verification_party_free);
  self->them = them;
}

/**
 * _mtx_verification_detach:
 * @self: a verification
 *
 * Its owner goes: nothing is sent or signed any more.
 */
void
_mtx_verification_detach (MtxVerification *self)
{
  self->host = NULL;
  self->host_data = NULL;
  dex_clear (&self->expiry);
  dex_clear (&self->prompt_end);
  dex_clear (&self->start_wait);
}

/**
 * mtx_verification_get_state:
 * @self: a verification
 *
 * Returns: how far it has come
 */
MtxVerificationState
mtx_verification_get_state (MtxVerification *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), MTX_VERIFICATION_CANCELLED);

  switch (self->step)
    {
    case MTX_STEP_REQUESTED_BY_US:
      return MTX_VERIFICATION_REQUESTED_BY_US;

    case MTX_STEP_REQUESTED_BY_THEM:
      return MTX_VERIFICATION_REQUESTED_BY_THEM;

    case MTX_STEP_READY:
      return MTX_VERIFICATION_READY;

    case MTX_STEP_START_SENT:
    case MTX_STEP_ACCEPT_SENT:
    case MTX_STEP_KEY_SENT:
      return MTX_VERIFICATION_STARTED;

    case MTX_STEP_COMPARING:
      return MTX_VERIFICATION_COMPARING;

    case MTX_STEP_CONFIRMED:
    case MTX_STEP_SIGNING:
      return MTX_VERIFICATION_CONFIRMED;

    case MTX_STEP_DONE:
      return MTX_VERIFICATION_DONE;

    case MTX_STEP_CANCELLED:
    default:
      return MTX_VERIFICATION_CANCELLED;
    }
}

/**
 * mtx_verification_get_pressing:
 * @self: a verification
 *
 * Returns: whether it may ask for attention by itself
 */
gboolean
mtx_verification_get_pressing (MtxVerification *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), FALSE);

  return self->is_pressing;
}

/**
 * mtx_verification_get_user_id:
 * @self: a verification
 *
 * Returns: the other side; our own user for another device of ours
 */
const char *
mtx_verification_get_user_id (MtxVerification *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), NULL);

  return self->them->user_id;
}

/**
 * mtx_verification_get_device_id:
 * @self: a verification
 *
 * Returns: (nullable): the other side's device; %NULL while none has answered
 */
const char *
mtx_verification_get_device_id (MtxVerification *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), NULL);

  return self->them->device_id;
}

/**
 * mtx_verification_get_room_id:
 * @self: a verification
 *
 * Returns: (nullable): the room it happens in; %NULL between two devices of ours
 */
const char *
mtx_verification_get_room_id (MtxVerification *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), NULL);

  return self->room_id;
}

/**
 * mtx_verification_get_cancel_code:
 * @self: a verification
 *
 * Returns: (nullable): why it was cancelled, ours or the other side's word; %NULL if it was not
 */
const char *
mtx_verification_get_cancel_code (MtxVerification *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), NULL);

  return self->cancel_code;
}

/**
 * mtx_verification_is_cancelled_by_us:
 * @self: a verification
 *
 * Returns: whether it was this side that cancelled it
 */
gboolean
mtx_verification_is_cancelled_by_us (MtxVerification *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), FALSE);

  return self->is_cancelled_by_us;
}

static gboolean
has_strings (MtxVerification *self)
{
  return self->step >= MTX_STEP_COMPARING && self->step <= MTX_STEP_DONE;
}

/**
 * mtx_verification_get_emoji:
 * @self: a verification
 * @indices: (out caller-allocates) (array fixed-size=7): numbers below 64
 *
 * Gets what both sides compare (specification, § SAS method: emoji).
 *
 * Returns: %FALSE if there is nothing to compare (yet)
 */
gboolean
mtx_verification_get_emoji (MtxVerification *self,
                            guint            indices[MTX_VERIFICATION_N_EMOJI])
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), FALSE);

  if (!has_strings (self))
    return FALSE;
  for (guint i = 0; i < MTX_VERIFICATION_N_EMOJI; i++)
    indices[i] = self->emoji[i];

  return TRUE;
}

/**
 * mtx_verification_get_decimals:
 * @self: a verification
 * @numbers: (out caller-allocates) (array fixed-size=3): numbers between 1000 and 9191
 *
 * Gets the same as numbers (specification, § SAS method: decimal).
 *
 * Returns: %FALSE if there is nothing to compare (yet)
 */
gboolean
mtx_verification_get_decimals (MtxVerification *self,
                               guint            numbers[MTX_VERIFICATION_N_DECIMALS])
{
  g_return_val_if_fail (MTX_IS_VERIFICATION (self), FALSE);

  if (!has_strings (self))
    return FALSE;
  for (guint i = 0; i < MTX_VERIFICATION_N_DECIMALS; i++)
    numbers[i] = self->decimals[i];

  return TRUE;
}

/**
 * mtx_verification_accept:
 * @self: a verification
 *
 * Accepts what they asked for. Nothing happens if nobody asks.
 */
void
mtx_verification_accept (MtxVerification *self)
{
  g_autoptr (JsonObject) content = NULL;
  JsonArray             *methods = NULL;

  g_return_if_fail (MTX_IS_VERIFICATION (self));

  if (self->step != MTX_STEP_REQUESTED_BY_THEM)
    return;

  content = json_object_new ();
  methods = json_array_new ();
  json_array_add_string_element (methods, MTX_SAS_METHOD);
  json_object_set_string_member (content, "from_device", self->us->device_id);
  json_object_set_array_member (content, "methods", methods);
  _mtx_verification_send (self, MTX_VERIFICATION_READY_EVENT, content);
  _mtx_verification_set_step (self, MTX_STEP_READY);
  _mtx_verification_wait_for_start (self, MTX_VERIFICATION_ACCEPTER_WAIT_MS);
}

/**
 * mtx_verification_confirm:
 * @self: a verification
 *
 * The user says that both sides show the same. Nothing happens if there is nothing to compare.
 */
void
mtx_verification_confirm (MtxVerification *self)
{
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (GError)     error = NULL;

  g_return_if_fail (MTX_IS_VERIFICATION (self));

  if (self->step != MTX_STEP_COMPARING)
    return;

  content = mtx_sas_messages_build_mac (self->sas, self->us, self->them, self->transaction_id, &error);
  if (content == NULL)
    {
      g_debug ("Our keys cannot be vouched for: %s", error->message);
      _mtx_verification_fail (self, MTX_CANCEL_KEY_MISMATCH);
      return;
    }

  _mtx_verification_send (self, MTX_VERIFICATION_MAC_EVENT, content);
  _mtx_verification_set_step (self, MTX_STEP_CONFIRMED);
  _mtx_verification_try_sign (self);
}

/**
 * mtx_verification_mismatch:
 * @self: a verification
 *
 * The user says that the two sides show different things: somebody may be in between. Nothing happens if there is
 * nothing to compare.
 */
void
mtx_verification_mismatch (MtxVerification *self)
{
  g_return_if_fail (MTX_IS_VERIFICATION (self));

  if (self->step == MTX_STEP_COMPARING)
    _mtx_verification_fail (self, MTX_CANCEL_MISMATCHED_SAS);
}

/**
 * mtx_verification_cancel:
 * @self: a verification
 *
 * The user declines, or does not want to any more. Too late once both sides confirmed.
 */
void
mtx_verification_cancel (MtxVerification *self)
{
  g_return_if_fail (MTX_IS_VERIFICATION (self));

  if (self->step < MTX_STEP_SIGNING)
    _mtx_verification_fail (self, MTX_CANCEL_USER);
}
