/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asking others for a verification (specification, § Key verification framework; S8): a person in a room, or our own
 * other devices.
 */
#include "mtx-verifications-private.h"

#include "mtx-error.h"
#include "mtx-random.h"

/* For clients that cannot do this; ours never shows it. */
#define REQUEST_BODY "Your keys are to be verified, but your app cannot do that in a chat."

typedef struct
{
  MtxVerifications *self;
  MtxRoom          *room;    /* NULL: our own devices */
  char             *user_id; /* NULL: our own devices */
} Asking;

static void
asking_free (gpointer memory)
{
  Asking *asking = memory;

  g_clear_object (&asking->self);
  g_clear_object (&asking->room);
  g_clear_pointer (&asking->user_id, g_free);
  g_free (asking);
}

static JsonObject *
make_request (MtxVerifications *self)
{
  JsonObject *content = json_object_new ();
  JsonArray  *methods = json_array_new ();

  json_array_add_string_element (methods, MTX_SAS_METHOD);
  json_object_set_string_member (content, "from_device", mtx_crypto_engine_get_device_id (self->engine));
  json_object_set_array_member (content, "methods", methods);

  return content;
}

/* Nobody is verified while our own identity is in doubt (threat 19). */
static gboolean
check_own_keys (MtxVerifications *self,
                GError          **error)
{
  if (mtx_cross_signing_get_own_keys (self->cross_signing) == MTX_OWN_KEYS_GOOD)
    return TRUE;

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Our own identity is not good");

  return FALSE;
}

/* If they asked already, asking is accepting. */
static DexFuture *
join_live (MtxVerificationFlow *flow)
{
  mtx_verification_accept (flow->verification);

  return dex_future_new_take_object (g_object_ref (flow->verification));
}

static DexFuture *
ask_user_fiber (gpointer data)
{
  Asking                *asking = data;
  MtxVerifications      *self = asking->self;
  MtxVerificationFlow   *live = _mtx_verifications_find_live (self, asking->user_id);
  g_autoptr (JsonObject) content = make_request (self);
  g_autofree char       *event_id = NULL;
  g_autoptr (GError)     error = NULL;
  MtxVerification       *verification;

  if (live != NULL)
    return join_live (live);
  if (!check_own_keys (self, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  json_object_set_string_member (content, "msgtype", MTX_VERIFICATION_REQUEST);
  json_object_set_string_member (content, "body", REQUEST_BODY);
  json_object_set_string_member (content, "to", asking->user_id);
  event_id = dex_await_string (mtx_verification_sender_send_to_room (self->sender, asking->room, "m.room.message", content),
                               &error);
  if (event_id == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  verification = _mtx_verification_new (event_id,
                                        mtx_room_get_id (asking->room),
                                        _mtx_verifications_make_us (self),
                                        mtx_verification_party_new (asking->user_id, NULL, NULL, NULL),
                                        TRUE,
                                        0,
                                        _mtx_verifications_get_host (),
                                        self);

  return dex_future_new_take_object (g_object_ref (_mtx_verifications_add (self, verification, NULL)));
}

static GStrv
load_own_devices (MtxVerifications *self,
                  GError          **error)
{
  MtxDb                   *db = mtx_crypto_engine_get_db (self->engine);
  const char              *users[] = { mtx_crypto_engine_get_user_id (self->engine), NULL };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GPtrArray)    devices = NULL;

  if (!dex_await (mtx_device_list_refresh (self->devices, users), error))
    return NULL;
  devices = dex_await_boxed (mtx_device_store_load_devices (db, users), error);
  if (devices == NULL)
    return NULL;

  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (!device->deleted && !g_str_equal (device->device_id, mtx_crypto_engine_get_device_id (self->engine)))
        g_strv_builder_add (builder, device->device_id);
    }

  return g_strv_builder_end (builder);
}

static DexFuture *
ask_own_devices_fiber (gpointer data)
{
  Asking                *asking = data;
  MtxVerifications      *self = asking->self;
  const char            *user_id = mtx_crypto_engine_get_user_id (self->engine);
  MtxVerificationFlow   *live = _mtx_verifications_find_live (self, user_id);
  g_autoptr (JsonObject) content = make_request (self);
  g_auto (GStrv)         asked = NULL;
  g_autofree char       *transaction_id = NULL;
  g_autoptr (GError)     error = NULL;
  MtxVerification       *verification;

  if (live != NULL)
    return join_live (live);
  if (!check_own_keys (self, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  asked = load_own_devices (self, &error);
  if (asked == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (asked[0] == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no other device of ours");
  transaction_id = mtx_random_dup_token (&error);
  if (transaction_id == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  json_object_set_string_member (content, "transaction_id", transaction_id);
  json_object_set_int_member (content, "timestamp", g_get_real_time () / 1000);
  mtx_fiber_fire (mtx_verification_sender_send_to_devices (self->sender,
                                                           user_id,
                                                           (const char *const *)asked,
                                                           MTX_VERIFICATION_REQUEST,
                                                           content),
                  "Asking our own devices for a verification");
  verification = _mtx_verification_new (transaction_id,
                                        NULL,
                                        _mtx_verifications_make_us (self),
                                        mtx_verification_party_new (user_id, NULL, NULL, NULL),
                                        TRUE,
                                        0,
                                        _mtx_verifications_get_host (),
                                        self);

  return dex_future_new_take_object (g_object_ref (_mtx_verifications_add (self, verification, g_steal_pointer (&asked))));
}

static DexFuture *
ask (MtxVerifications *self,
     MtxRoom          *room,
     const char       *user_id,
     DexFiberFunc      fiber)
{
  Asking *asking = g_new0 (Asking, 1);

  asking->self = g_object_ref (self);
  asking->room = room != NULL ? g_object_ref (room) : NULL;
  asking->user_id = g_strdup (user_id);

  return mtx_turns_take (&self->incoming, "verification-ask", fiber, asking, asking_free);
}

/**
 * mtx_verifications_ask_user:
 * @self: the verifications
 * @room: an encrypted room shared with @user_id
 * @user_id: somebody else
 *
 * Asks somebody to compare emoji, in the room (S8). If they asked first, accepts.
 *
 * Returns: (transfer full): a future that resolves to a #MtxVerification once the request is on the server; rejects
 *   with %MTX_ERROR_UNTRUSTED if our own identity is not good, or with why the request could not be sent
 */
DexFuture *
mtx_verifications_ask_user (MtxVerifications *self,
                            MtxRoom          *room,
                            const char       *user_id)
{
  g_return_val_if_fail (MTX_IS_VERIFICATIONS (self), NULL);
  g_return_val_if_fail (MTX_IS_ROOM (room), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);

  return ask (self, room, user_id, ask_user_fiber);
}

/**
 * mtx_verifications_ask_own_devices:
 * @self: the verifications
 *
 * Asks all other devices of ours to compare emoji with this one (S8). If one of them asked first, accepts.
 *
 * Returns: (transfer full): a future that resolves to a #MtxVerification; rejects with %MTX_ERROR_NOT_FOUND if there is
 *   no other device, %MTX_ERROR_UNTRUSTED if our own identity is not good
 */
DexFuture *
mtx_verifications_ask_own_devices (MtxVerifications *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATIONS (self), NULL);

  return ask (self, NULL, NULL, ask_own_devices_fiber);
}
