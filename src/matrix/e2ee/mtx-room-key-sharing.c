/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets which room key, and who is told why not (specification, § Recommended client behaviour and
 * § m.room_key.withheld; protocol.md § 3).
 *
 * The rule is strict: a key goes to devices that carry their owner's signature, and to no others. If nobody
 * in the room has such a device yet, the message is encrypted and sent all the same; devices signed later
 * read from the message on that is sent next (M25), never back.
 */
#include "mtx-room-key-sharing.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-device-list.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-introductions.h"
#include "mtx-json.h"
#include "mtx-olm-claims.h"
#include "mtx-room-key-plan.h"
#include "mtx-to-device-batches.h"
#include "mtx-to-device-sender.h"
#include "mtx-turns.h"

/* A list may change while a key is shared; then the newcomers are looked at as well, but not for ever. */
#define MAX_ROUNDS 3

struct _MtxRoomKeySharing
{
  GObject parent_instance;

  /* owned */
  MtxCryptoEngine   *engine;
  MtxDeviceList     *devices;
  MtxOlmClaims      *claims;
  MtxToDeviceSender *sender;
  MtxIntroductions  *introductions;
  MtxTurns           turns; /* one message at a time: two at once would share twice (threat 55) */
};

G_DEFINE_FINAL_TYPE (MtxRoomKeySharing, mtx_room_key_sharing, G_TYPE_OBJECT)

static GPtrArray *
new_device_array (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
}

static gboolean
is_ourselves (MtxRoomKeySharing  *self,
              const MtxDeviceRow *device)
{
  return g_str_equal (device->user_id, mtx_crypto_engine_get_user_id (self->engine))
         && g_str_equal (device->device_id, mtx_crypto_engine_get_device_id (self->engine));
}

static GStrv
dup_readers (MtxRoomKeySharing *self,
             const char *const *members)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char              *own = mtx_crypto_engine_get_user_id (self->engine);

  g_strv_builder_addv (builder, (const char **)members);
  if (!g_strv_contains (members, own))
    g_strv_builder_add (builder, own);

  return g_strv_builder_end (builder);
}

static JsonObject *
build_withheld (MtxRoomKeySharing           *self,
                const MtxOutboundSessionRow *session,
                const char                  *code)
{
  JsonObject *content = json_object_new ();

  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "sender_key", mtx_crypto_engine_get_curve25519 (self->engine));
  json_object_set_string_member (content, "code", code);

  /* `m.no_olm` is about all keys of the device, not about one (specification, § m.room_key.withheld). */
  if (!g_str_equal (code, "m.no_olm"))
    {
      json_object_set_string_member (content, "room_id", session->room_id);
      json_object_set_string_member (content, "session_id", session->session_id);
    }

  return content;
}

static void
note_withheld (const MtxOutboundSessionRow *session,
               const MtxDeviceRow          *device,
               const char                  *code,
               MtxChangeSet                *changes)
{
  MtxDeviceRow told = *device;

  /* Without a session there is nothing to remember for the room key: it will be tried again. That the device
   * was told is remembered for good: once per device is enough (M20). */
  if (g_str_equal (code, "m.no_olm"))
    {
      told.no_olm_sent = TRUE;
      mtx_device_store_put_device (changes, &told);
      return;
    }

  mtx_room_key_store_put_share (changes,
                                &(MtxKeyShareRow){
                                    .room_id = session->room_id,
                                    .session_id = session->session_id,
                                    .user_id = device->user_id,
                                    .device_id = device->device_id,
                                    .curve25519 = device->curve25519,
                                    .message_index = -1,
                                    .state = MTX_KEY_SHARE_WITHHELD,
                                });
}

/* Tells devices why they get no key: in batches that are stored first and sent beside the message. */
static gboolean
withhold (MtxRoomKeySharing           *self,
          const MtxOutboundSessionRow *session,
          GPtrArray                   *devices,
          const char                  *code,
          GError                     **error)
{
  g_autoptr (MtxChangeSet)       changes = mtx_change_set_new ();
  g_autoptr (MtxToDeviceBatches) batches = mtx_to_device_batches_new ("m.room_key.withheld", NULL, NULL, changes);
  g_autoptr (JsonObject)         content = build_withheld (self, session, code);

  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (mtx_to_device_batches_add (batches, device, content, error) == NULL)
        return FALSE;
      note_withheld (session, device, code, changes);
    }
  mtx_to_device_batches_close (batches);

  return mtx_change_set_is_empty (changes)
         || dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), error);
}

/* Who got the key before they join looks us up meanwhile. It may have been an earlier try, or run, that sent it. */
static gboolean
introduce (MtxRoomKeySharing           *self,
           MtxRoomCryptoInfo           *info,
           const MtxOutboundSessionRow *session,
           GError                     **error)
{
  const char *const    *invited = mtx_room_crypto_info_get_invited (info);
  g_autoptr (GPtrArray) waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_key_share_row_unref);
  g_autoptr (GPtrArray) shares = NULL;

  if (invited == NULL)
    return TRUE;

  shares = dex_await_boxed (mtx_room_key_store_load_shares (mtx_crypto_engine_get_db (self->engine), session->room_id, session->session_id), error);
  if (shares == NULL)
    return FALSE;

  for (guint i = 0; i < shares->len; i++)
    {
      MtxKeyShareRow *share = g_ptr_array_index (shares, i);

      if (share->state == MTX_KEY_SHARE_SENT && g_strv_contains (invited, share->user_id))
        g_ptr_array_add (waiting, mtx_key_share_row_ref (share));
    }
  mtx_introductions_begin (self->introductions, session, waiting);

  return TRUE;
}

static gboolean
share (MtxRoomKeySharing *self,
       MtxRoomCryptoInfo *info,
       GError           **error)
{
  g_autoptr (MtxRoomKeyPlan) plan = NULL;
  g_autoptr (GPtrArray)      left_out = NULL;
  g_autoptr (GPtrArray)      untold = new_device_array ();

  plan = dex_await_boxed (_mtx_crypto_engine_prepare_room (self->engine, info), error);
  if (plan == NULL)
    return FALSE;

  if (plan->eligible->len > 0)
    {
      if (!dex_await (mtx_olm_claims_ensure (self->claims, plan->eligible), error))
        return FALSE;
      left_out = dex_await_boxed (_mtx_crypto_engine_share_room_key (self->engine, info, plan->eligible), error);
      if (left_out == NULL)
        return FALSE;

      for (guint i = 0; i < left_out->len; i++)
        {
          MtxDeviceRow *device = g_ptr_array_index (left_out, i);

          if (!device->no_olm_sent)
            g_ptr_array_add (untold, mtx_device_row_ref (device));
        }
    }

  if (!withhold (self, plan->session, plan->unverified, "m.unverified", error)
      || !withhold (self, plan->session, untold, "m.no_olm", error))
    return FALSE;

  /* Only these hold the message up (M21): also what an earlier run had packed and not sent. */
  if (!dex_await (mtx_to_device_sender_send_for_room (self->sender, plan->session->room_id), error))
    return FALSE;
  if (plan->unverified->len > 0 || untold->len > 0)
    mtx_fiber_fire (mtx_to_device_sender_send_all (self->sender), "Telling devices why they get no key");

  return introduce (self, info, plan->session, error);
}

typedef struct
{
  MtxRoomKeySharing *self;
  MtxRoomCryptoInfo *info;
  char              *type;
  JsonObject        *content;
} Encryption;

static void
encryption_free (gpointer memory)
{
  Encryption *encryption = memory;

  g_clear_object (&encryption->self);
  g_clear_pointer (&encryption->info, mtx_room_crypto_info_unref);
  g_clear_pointer (&encryption->type, g_free);
  g_clear_pointer (&encryption->content, json_object_unref);
  g_free (encryption);
}

/* Which people's devices have to be known before anything is said in the room. */
static GStrv
begin_readers (MtxRoomKeySharing *self,
               MtxRoomCryptoInfo *info)
{
  if (mtx_room_crypto_info_get_invited (info) != NULL)
    mtx_device_list_expire (self->devices, mtx_room_crypto_info_get_invited (info));

  return dup_readers (self, mtx_room_crypto_info_get_members (info));
}

static DexFuture *
encrypt_fiber (gpointer data)
{
  Encryption            *encryption = data;
  MtxRoomKeySharing     *self = encryption->self;
  g_auto (GStrv)         readers = NULL;
  g_autoptr (JsonObject) encrypted = NULL;
  g_autoptr (GError)     error = NULL;

  readers = begin_readers (self, encryption->info);
  for (guint round = 0; round < MAX_ROUNDS; round++)
    {
      if (!dex_await (mtx_device_list_refresh (self->devices, (const char *const *)readers), &error)
          || !share (self, encryption->info, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));

      if (!mtx_device_list_needs_refresh (self->devices, (const char *const *)readers))
        break;
    }

  encrypted = dex_await_boxed (_mtx_crypto_engine_encrypt_event (self->engine,
                                                                 encryption->info,
                                                                 encryption->type,
                                                                 encryption->content),
                               &error);
  if (encrypted == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, g_steal_pointer (&encrypted));
}

typedef struct
{
  MtxRoomKeySharing *self;
  MtxRoomCryptoInfo *info;
  char              *session_id;
} Check;

static void
check_free (gpointer memory)
{
  Check *check = memory;

  g_clear_object (&check->self);
  g_clear_pointer (&check->info, mtx_room_crypto_info_unref);
  g_clear_pointer (&check->session_id, g_free);
  g_free (check);
}

static DexFuture *
check_fiber (gpointer data)
{
  Check                     *check = data;
  MtxRoomKeySharing         *self = check->self;
  g_auto (GStrv)             readers = begin_readers (self, check->info);
  g_autoptr (MtxRoomKeyPlan) plan = NULL;
  g_autoptr (GError)         error = NULL;

  if (!dex_await (mtx_device_list_refresh (self->devices, (const char *const *)readers), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  plan = dex_await_boxed (_mtx_crypto_engine_prepare_room (self->engine, check->info), &error);
  if (plan == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_for_boolean (g_str_equal (plan->session->session_id, check->session_id));
}

typedef struct
{
  MtxRoomKeySharing *self;
  GStrv              users;
} Prefetch;

static void
prefetch_free (gpointer memory)
{
  Prefetch *prefetch = memory;

  g_clear_object (&prefetch->self);
  g_clear_pointer (&prefetch->users, g_strfreev);
  g_free (prefetch);
}

static DexFuture *
prefetch_fiber (gpointer data)
{
  Prefetch             *prefetch = data;
  MtxRoomKeySharing    *self = prefetch->self;
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GPtrArray) eligible = new_device_array ();
  g_autoptr (GError)    error = NULL;

  /* The first sync brings a change of whoever came into a room with us. Sessions are begun without waiting for it: the
   * message itself will wait, but for one answer instead of two. */
  if (!dex_await (mtx_device_list_ask_ahead (self->devices, (const char *const *)prefetch->users), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  devices = dex_await_boxed (mtx_device_store_load_devices (mtx_crypto_engine_get_db (self->engine),
                                                            (const char *const *)prefetch->users),
                             &error);
  if (devices == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < devices->len; i++)
    {
      MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (!device->deleted && !is_ourselves (self, device) && device->trust == MTX_DEVICE_SIGNED)
        g_ptr_array_add (eligible, mtx_device_row_ref (device));
    }
  if (eligible->len > 0 && !dex_await (mtx_olm_claims_ensure (self->claims, eligible), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static void
mtx_room_key_sharing_finalize (GObject *object)
{
  MtxRoomKeySharing *self = MTX_ROOM_KEY_SHARING (object);

  mtx_turns_clear (&self->turns);
  g_clear_object (&self->engine);
  g_clear_object (&self->devices);
  g_clear_object (&self->claims);
  g_clear_object (&self->introductions);
  g_clear_object (&self->sender);

  G_OBJECT_CLASS (mtx_room_key_sharing_parent_class)->finalize (object);
}

static void
mtx_room_key_sharing_class_init (MtxRoomKeySharingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_room_key_sharing_finalize;
}

static void
mtx_room_key_sharing_init (MtxRoomKeySharing *self)
{
}

/**
 * mtx_room_key_sharing_new:
 * @http: the connection
 * @engine: the engine
 * @devices: the device lists
 *
 * Returns: (transfer full): a sharing
 */
MtxRoomKeySharing *
mtx_room_key_sharing_new (MtxHttp         *http,
                          MtxCryptoEngine *engine,
                          MtxDeviceList   *devices)
{
  MtxRoomKeySharing *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (devices), NULL);

  self = g_object_new (MTX_TYPE_ROOM_KEY_SHARING, NULL);
  self->engine = g_object_ref (engine);
  self->devices = g_object_ref (devices);
  self->claims = mtx_olm_claims_new (http, engine);
  self->sender = mtx_to_device_sender_new (http, mtx_crypto_engine_get_db (engine));
  self->introductions = mtx_introductions_new (engine, self->sender);

  return self;
}

/* Specification, § Key verification framework: the request is a message, its steps have types of their own. */
static gboolean
is_verification (const char *type,
                 JsonObject *content)
{
  if (g_str_equal (type, "m.room.message"))
    return g_strcmp0 (mtx_json_get_string (content, "msgtype"), "m.key.verification.request") == 0;

  return g_str_has_prefix (type, "m.key.verification.");
}

/**
 * mtx_room_key_sharing_encrypt:
 * @self: a sharing
 * @info: the room as it is now
 * @type: type of the event
 * @content: content of the event; not changed, and not to be changed until the future settles
 *
 * Encrypts an event for the room: device lists up to date, room key with every eligible device, then the
 * message. Messages are taken one at a time, in the order of the calls.
 *
 * Returns: (transfer full): a future that resolves to a boxed #JsonObject, the content of an `m.room.encrypted`;
 *   rejects with %MTX_ERROR_RETRY_LATER if the network failed on the way, with %MTX_ERROR_NOT_ENCRYPTED if
 *   the room's algorithm is not one we know (M28)
 */
DexFuture *
mtx_room_key_sharing_encrypt (MtxRoomKeySharing *self,
                              MtxRoomCryptoInfo *info,
                              const char        *type,
                              JsonObject        *content)
{
  Encryption *encryption;

  g_return_val_if_fail (MTX_IS_ROOM_KEY_SHARING (self), NULL);
  g_return_val_if_fail (info != NULL, NULL);
  g_return_val_if_fail (type != NULL, NULL);
  g_return_val_if_fail (content != NULL, NULL);

  if (!g_str_equal (mtx_room_crypto_info_get_algorithm (info), MTX_ALGORITHM_MEGOLM))
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_ENCRYPTED, "The room's encryption is not one we know");

  encryption = g_new0 (Encryption, 1);
  encryption->self = g_object_ref (self);
  encryption->info = is_verification (type, content) ? mtx_room_crypto_info_dup_for_verification (info)
                                                        : mtx_room_crypto_info_ref (info);
  encryption->type = g_strdup (type);
  encryption->content = json_object_ref (content);

  return mtx_turns_take (&self->turns, "room-key-sharing", encrypt_fiber, encryption, encryption_free);
}

/**
 * mtx_room_key_sharing_check:
 * @self: a sharing
 * @info: the room as it is now
 * @session_id: the room key a message was encrypted with some time ago
 *
 * Asks whether a message that waited may still go out as it is: nobody has its key who may not read any more, and
 * nobody's identity stands in the way.
 *
 * Returns: (transfer full): a future that resolves to a boolean: %FALSE if the message has to be encrypted again;
 *   rejects as mtx_room_key_sharing_encrypt() does
 */
DexFuture *
mtx_room_key_sharing_check (MtxRoomKeySharing *self,
                            MtxRoomCryptoInfo *info,
                            const char        *session_id)
{
  Check *check;

  g_return_val_if_fail (MTX_IS_ROOM_KEY_SHARING (self), NULL);
  g_return_val_if_fail (info != NULL, NULL);
  g_return_val_if_fail (session_id != NULL, NULL);

  check = g_new0 (Check, 1);
  check->self = g_object_ref (self);
  check->info = mtx_room_crypto_info_ref (info);
  check->session_id = g_strdup (session_id);

  return mtx_turns_take (&self->turns, "room-key-check", check_fiber, check, check_free);
}

/**
 * mtx_room_key_sharing_prefetch:
 * @self: a sharing
 * @user_ids: (array zero-terminated=1): who will be written to soon
 *
 * Fetches their devices and begins sessions with them, so that the first message need not.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_room_key_sharing_prefetch (MtxRoomKeySharing *self,
                               const char *const *user_ids)
{
  Prefetch *prefetch;

  g_return_val_if_fail (MTX_IS_ROOM_KEY_SHARING (self), NULL);
  g_return_val_if_fail (user_ids != NULL, NULL);

  prefetch = g_new0 (Prefetch, 1);
  prefetch->self = g_object_ref (self);
  prefetch->users = dup_readers (self, user_ids);

  return mtx_fiber_spawn ("prefetch-keys", prefetch_fiber, prefetch, prefetch_free);
}

/**
 * mtx_room_key_sharing_send_pending:
 * @self: a sharing
 *
 * Sends the to-device messages that wait in the store.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once none waits
 */
DexFuture *
mtx_room_key_sharing_send_pending (MtxRoomKeySharing *self)
{
  g_return_val_if_fail (MTX_IS_ROOM_KEY_SHARING (self), NULL);

  return mtx_to_device_sender_send_all (self->sender);
}

/**
 * mtx_room_key_sharing_end:
 * @self: a sharing
 *
 * Ends what goes on by itself. Messages under way are not touched.
 */
void
mtx_room_key_sharing_end (MtxRoomKeySharing *self)
{
  g_return_if_fail (MTX_IS_ROOM_KEY_SHARING (self));

  mtx_introductions_end (self->introductions);
}
