/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All verifications of the account: those that are known, what they send, and what follows when both sides agree.
 * Asking for one is in -ask, what arrives in -incoming.
 */
#include "mtx-verifications-private.h"

#include "mtx-backoff.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-identity-keys.h"
#include "mtx-json.h"
#include "mtx-room-key-sharing.h"

/* Those that are over are remembered for a while, so that what comes late is recognised. */
#define MAX_FLOWS 32

#define RETRY_FIRST_MS   1000
#define RETRY_CEILING_MS 60000

enum
{
  REQUESTED,
  OWN_DEVICE_VERIFIED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MtxVerifications, mtx_verifications, G_TYPE_OBJECT)

static void
flow_free (gpointer memory)
{
  MtxVerificationFlow *flow = memory;

  _mtx_verification_detach (flow->verification);
  g_clear_object (&flow->verification);
  g_clear_pointer (&flow->asked, g_strfreev);
  g_free (flow);
}

static MtxVerificationFlow *
find_flow (MtxVerifications *self,
           MtxVerification  *verification)
{
  for (guint i = 0; i < self->flows->len; i++)
    {
      MtxVerificationFlow *flow = g_ptr_array_index (self->flows, i);

      if (flow->verification == verification)
        return flow;
    }

  return NULL;
}

/**
 * _mtx_verifications_find_live:
 * @self: the verifications
 * @user_id: a user
 *
 * Returns: (nullable): the verification with this user that is not over; there is one at most
 */
MtxVerificationFlow *
_mtx_verifications_find_live (MtxVerifications *self,
                              const char       *user_id)
{
  for (guint i = 0; i < self->flows->len; i++)
    {
      MtxVerificationFlow *flow = g_ptr_array_index (self->flows, i);

      if (!_mtx_verification_is_over (flow->verification)
          && g_str_equal (mtx_verification_get_user_id (flow->verification), user_id))
        return flow;
    }

  return NULL;
}

/**
 * _mtx_verifications_add:
 * @self: the verifications
 * @verification: (transfer full): a new one
 * @asked: (transfer full) (nullable): the devices that were asked
 *
 * Keeps it. Of those that are over the oldest are forgotten.
 *
 * Returns: (transfer none): @verification
 */
MtxVerification *
_mtx_verifications_add (MtxVerifications *self,
                        MtxVerification  *verification,
                        GStrv             asked)
{
  MtxVerificationFlow *flow = g_new0 (MtxVerificationFlow, 1);

  for (guint i = 0; i < self->flows->len && self->flows->len >= MAX_FLOWS;)
    {
      const MtxVerificationFlow *old = g_ptr_array_index (self->flows, i);

      if (_mtx_verification_is_over (old->verification))
        g_ptr_array_remove_index (self->flows, i);
      else
        i++;
    }

  flow->verification = verification;
  flow->asked = asked;
  g_ptr_array_add (self->flows, flow);

  return verification;
}

/**
 * _mtx_verifications_make_us:
 * @self: the verifications
 *
 * Returns: (transfer full): our own side
 */
MtxVerificationParty *
_mtx_verifications_make_us (MtxVerifications *self)
{
  MtxOwnIds own;

  _mtx_crypto_engine_get_own_ids (self->engine, &own);

  return mtx_verification_party_new (own.user_id, own.device_id, own.ed25519, own.master_key);
}

static MtxVerificationParty *
load_party (MtxVerifications *self,
            const char       *user_id,
            const char       *device_id,
            GError          **error)
{
  MtxDb                      *db = mtx_crypto_engine_get_db (self->engine);
  const char                 *users[] = { user_id, NULL };
  g_autoptr (GPtrArray)       devices = NULL;
  g_autoptr (GPtrArray)       identities = NULL;
  g_autoptr (MtxIdentityKeys) keys = NULL;

  devices = dex_await_boxed (mtx_device_store_load_devices (db, users), error);
  if (devices == NULL)
    return NULL;
  identities = dex_await_boxed (mtx_device_store_load_identities (db, users), error);
  if (identities == NULL)
    return NULL;

  if (identities->len > 0)
    keys = mtx_identity_keys_new_from_row (g_ptr_array_index (identities, 0), NULL);
  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (!device->deleted && g_str_equal (device->device_id, device_id))
        return mtx_verification_party_new (user_id, device_id, device->ed25519,
                                           keys != NULL ? mtx_identity_keys_get_key (keys, MTX_CROSS_SIGNING_MASTER) : NULL);
    }

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "The device is not known");

  return NULL;
}

/**
 * _mtx_verifications_load_them:
 * @self: the verifications
 * @user_id: a user
 * @device_id: one of the user's devices
 * @error: return location for an error
 *
 * Looks a side up, and if need be asks the server for its devices. In a fiber.
 *
 * Returns: (transfer full) (nullable): the side, with our copies of its keys; or %NULL with %MTX_ERROR_NOT_FOUND if
 *   nobody knows the device
 */
MtxVerificationParty *
_mtx_verifications_load_them (MtxVerifications *self,
                              const char       *user_id,
                              const char       *device_id,
                              GError          **error)
{
  const char           *users[] = { user_id, NULL };
  g_autoptr (GError)    failure = NULL;
  MtxVerificationParty *them = load_party (self, user_id, device_id, &failure);

  if (them != NULL)
    {
      /* Our own identity is the one we hold, whatever the server shows (threat 18). */
      if (g_str_equal (user_id, mtx_crypto_engine_get_user_id (self->engine)))
        g_set_str (&them->master_key, mtx_crypto_engine_get_master_key (self->engine));
      return them;
    }
  if (!g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  if (!dex_await (mtx_device_list_refresh (self->devices, users), error))
    return NULL;
  them = load_party (self, user_id, device_id, error);
  if (them != NULL && g_str_equal (user_id, mtx_crypto_engine_get_user_id (self->engine)))
    g_set_str (&them->master_key, mtx_crypto_engine_get_master_key (self->engine));

  return them;
}

static DexFuture *
unsent_cb (DexFuture *future,
           gpointer   data)
{
  MtxVerification   *verification = data;
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);
  g_debug ("A verification cannot go on: %s", error->message);
  _mtx_verification_drop (verification, MTX_CANCEL_UNKNOWN_TRANSACTION);

  return dex_future_new_true ();
}

/* Until one of our devices has answered, all that were asked are told. */
static void
send_to_devices (MtxVerifications    *self,
                 MtxVerificationFlow *flow,
                 const char          *type,
                 JsonObject          *content)
{
  const char *one[] = { mtx_verification_get_device_id (flow->verification), NULL };

  mtx_fiber_fire (mtx_verification_sender_send_to_devices (self->sender,
                                                           mtx_verification_get_user_id (flow->verification),
                                                           one[0] != NULL ? one : (const char *const *)flow->asked,
                                                           type,
                                                           content),
                  "Sending a step of a verification");
}

static void
send_cb (MtxVerification *verification,
         const char      *type,
         JsonObject      *content,
         gpointer         data)
{
  MtxVerifications    *self = data;
  MtxVerificationFlow *flow = find_flow (self, verification);
  const char          *room_id = mtx_verification_get_room_id (verification);
  MtxRoom             *room = NULL;

  g_return_if_fail (flow != NULL);

  if (room_id == NULL)
    {
      send_to_devices (self, flow, type, content);
      return;
    }

  if (self->rooms != NULL)
    room = mtx_room_list_lookup (self->rooms, room_id);
  if (room != NULL)
    mtx_fiber_fire (dex_future_catch (mtx_verification_sender_send_to_room (self->sender, room, type, content),
                                      unsent_cb,
                                      g_object_ref (verification),
                                      g_object_unref),
                    "Sending a step of a verification");
}

typedef struct
{
  MtxVerifications *self;
  MtxVerification  *verification;
} Signing;

static void
signing_free (gpointer memory)
{
  Signing *signing = memory;

  g_clear_object (&signing->self);
  g_clear_object (&signing->verification);
  g_free (signing);
}

static gboolean
upload_signature (MtxVerifications *self,
                  JsonObject       *body,
                  GError          **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_SIGNATURES_UPLOAD, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  JsonObject            *failures;

  mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return FALSE;

  /* Answered 200 even if refused. */
  failures = mtx_json_get_object (mtx_reply_get_body (reply), "failures");
  if (failures != NULL && json_object_get_size (failures) > 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_REFUSED, "The server refused our signature on the device");
      return FALSE;
    }

  return TRUE;
}

/* The other device must hear of it from the server, so this goes on until the server has it. */
static gboolean
sign_device (MtxVerifications           *self,
             const MtxVerificationParty *device,
             GError                    **error)
{
  g_autoptr (JsonObject) body = NULL;
  MtxBackoff             backoff;

  body = dex_await_boxed (_mtx_crypto_engine_sign_device (self->engine, device->device_id, device->ed25519), error);
  if (body == NULL)
    return FALSE;

  mtx_backoff_init (&backoff, RETRY_FIRST_MS, RETRY_CEILING_MS);
  while (!upload_signature (self, body, error))
    {
      gint64 wait_ms = mtx_backoff_next (&backoff, *error);

      if (!mtx_error_is_temporary (*error) || !dex_future_is_pending (DEX_FUTURE (self->closed)))
        return FALSE;
      g_clear_error (error);
      if (!dex_await (dex_future_first (mtx_future_after (wait_ms), dex_ref (self->closed), NULL), error))
        return FALSE;
    }

  g_signal_emit (self, signals[OWN_DEVICE_VERIFIED], 0, device->device_id);

  return TRUE;
}

static DexFuture *
sign_fiber (gpointer data)
{
  Signing                    *signing = data;
  MtxVerifications           *self = signing->self;
  const MtxVerificationParty *them = signing->verification->them;
  g_autoptr (GError)          error = NULL;
  gboolean                    is_signed;

  if (g_str_equal (them->user_id, mtx_crypto_engine_get_user_id (self->engine)))
    is_signed = sign_device (self, them, &error);
  else
    is_signed = dex_await (mtx_identities_verify (self->identities, them->user_id, them->master_key), &error);

  if (is_signed)
    {
      _mtx_verification_finish (signing->verification);
      return dex_future_new_true ();
    }

  _mtx_verification_fail (signing->verification,
                          g_error_matches (error, MTX_ERROR, MTX_ERROR_UNTRUSTED) ? MTX_CANCEL_KEY_MISMATCH : MTX_CANCEL_USER);

  return dex_future_new_for_error (g_steal_pointer (&error));
}

static void
agreed_cb (MtxVerification *verification,
           gpointer         data)
{
  MtxVerifications *self = data;
  Signing          *signing = g_new0 (Signing, 1);

  signing->self = g_object_ref (self);
  signing->verification = g_object_ref (verification);
  mtx_fiber_fire (mtx_turns_take (&self->signing, "verification-sign", sign_fiber, signing, signing_free),
                  "Signing what was verified");
}

/**
 * _mtx_verifications_get_host:
 *
 * Returns: what a verification asks its owner for
 */
const MtxVerificationHost *
_mtx_verifications_get_host (void)
{
  static const MtxVerificationHost host = { send_cb, agreed_cb };

  return &host;
}

/**
 * _mtx_verifications_emit_requested:
 * @self: the verifications
 * @verification: one that somebody asks for
 *
 * Returns: whether anybody shows it
 */
gboolean
_mtx_verifications_emit_requested (MtxVerifications *self,
                                   MtxVerification  *verification)
{
  gboolean is_shown = FALSE;

  g_signal_emit (self, signals[REQUESTED], 0, verification, &is_shown);

  return is_shown;
}

static DexFuture *
close_fiber (gpointer data)
{
  MtxVerifications  *self = data;
  MtxTurns          *turns[] = { &self->incoming, &self->signing };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (turns); i++)
    {
      g_autoptr (GError) failure = NULL;

      if (turns[i]->last != NULL && !dex_await (dex_ref (turns[i]->last), &failure))
        g_debug ("The last turn of verifications failed: %s", failure->message);
    }
  g_ptr_array_set_size (self->flows, 0);

  if (!dex_await (mtx_verification_sender_close (self->sender), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static void
mtx_verifications_finalize (GObject *object)
{
  MtxVerifications *self = MTX_VERIFICATIONS (object);

  g_clear_pointer (&self->flows, g_ptr_array_unref);
  mtx_turns_clear (&self->incoming);
  mtx_turns_clear (&self->signing);
  dex_clear (&self->closed);
  g_clear_object (&self->sender);
  g_clear_object (&self->rooms);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);
  g_clear_object (&self->devices);
  g_clear_object (&self->cross_signing);
  g_clear_object (&self->identities);

  G_OBJECT_CLASS (mtx_verifications_parent_class)->finalize (object);
}

static void
mtx_verifications_class_init (MtxVerificationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_verifications_finalize;

  /**
   * MtxVerifications::requested:
   * @self: the verifications
   * @verification: what somebody asks for
   *
   * Somebody wants to verify us: a member of an encrypted room, or another device of ours.
   *
   * Returns: %TRUE if it is shown to the user; if nobody does so it is declined
   */
  signals[REQUESTED] = g_signal_new ("requested", MTX_TYPE_VERIFICATIONS, G_SIGNAL_RUN_LAST, 0,
                                     g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 1, MTX_TYPE_VERIFICATION);

  /**
   * MtxVerifications::own-device-verified:
   * @self: the verifications
   * @device_id: a device
   *
   * We signed another device of ours, and the server has the signature.
   */
  signals[OWN_DEVICE_VERIFIED] = g_signal_new ("own-device-verified", MTX_TYPE_VERIFICATIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                               NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
mtx_verifications_init (MtxVerifications *self)
{
  self->flows = g_ptr_array_new_with_free_func (flow_free);
  self->closed = dex_promise_new ();
}

/**
 * mtx_verifications_new:
 * @http: the connection
 * @engine: brings what arrives, and signs
 * @devices: the device lists
 * @sharing: encrypts for rooms
 * @cross_signing: knows whether our own identity is good
 * @identities: keeps who was verified
 *
 * Returns: (transfer full): the verifications
 */
MtxVerifications *
mtx_verifications_new (MtxHttp           *http,
                       MtxCryptoEngine   *engine,
                       MtxDeviceList     *devices,
                       MtxRoomKeySharing *sharing,
                       MtxCrossSigning   *cross_signing,
                       MtxIdentities     *identities)
{
  MtxVerifications *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (devices), NULL);
  g_return_val_if_fail (MTX_IS_CROSS_SIGNING (cross_signing), NULL);
  g_return_val_if_fail (MTX_IS_IDENTITIES (identities), NULL);

  self = g_object_new (MTX_TYPE_VERIFICATIONS, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);
  self->devices = g_object_ref (devices);
  self->cross_signing = g_object_ref (cross_signing);
  self->identities = g_object_ref (identities);
  self->sender = mtx_verification_sender_new (http, engine, sharing);
  _mtx_verifications_listen (self);

  return self;
}

/**
 * mtx_verifications_set_rooms:
 * @self: the verifications
 * @rooms: the account's rooms
 *
 * Says where rooms are found. Until then nobody is verified in one.
 */
void
mtx_verifications_set_rooms (MtxVerifications *self,
                             MtxRoomList      *rooms)
{
  g_return_if_fail (MTX_IS_VERIFICATIONS (self));
  g_return_if_fail (MTX_IS_ROOM_LIST (rooms));

  g_set_object (&self->rooms, rooms);
}

/**
 * mtx_verifications_close:
 * @self: the verifications
 *
 * Ends them all without a word; the connection should be closed before.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once nothing runs any more
 */
DexFuture *
mtx_verifications_close (MtxVerifications *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATIONS (self), NULL);

  if (dex_future_is_pending (DEX_FUTURE (self->closed)))
    dex_promise_resolve_boolean (self->closed, TRUE);

  return mtx_fiber_spawn ("verifications-close", close_fiber, g_object_ref (self), g_object_unref);
}
