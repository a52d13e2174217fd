/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Begins Olm sessions: claims one-time keys, and remembers which devices had none (specification,
 * § POST /keys/claim).
 */
#include "mtx-olm-claims.h"

#include "mtx-backoff.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-crypto-store.h"
#include "mtx-endpoints.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-turns.h"

#define CLAIM_TIMEOUT_MS      10000
#define CLAIM_MAX_DEVICES     250
#define CLAIM_MAX_REPLY_BYTES (4 * 1024 * 1024)

#define BACKOFF_FIRST_MS   15000
#define BACKOFF_CEILING_MS (15 * 60 * 1000)

typedef struct
{
  MtxBackoff backoff;
  gint64     retry_at; /* monotonic, ms */
} DeviceFailure;

struct _MtxOlmClaims
{
  GObject parent_instance;

  /* owned */
  MtxHttp         *http;
  MtxCryptoEngine *engine;
  GHashTable      *failures; /* Curve25519 key → DeviceFailure */
  MtxTurns         turns;    /* so that no device is asked for two keys at once */
};

G_DEFINE_FINAL_TYPE (MtxOlmClaims, mtx_olm_claims, G_TYPE_OBJECT)

static gboolean
is_backed_off (MtxOlmClaims       *self,
               const MtxDeviceRow *device)
{
  const DeviceFailure *failure = g_hash_table_lookup (self->failures, device->curve25519);

  return failure != NULL && failure->retry_at > g_get_monotonic_time () / 1000;
}

static void
note_failed (MtxOlmClaims       *self,
             const MtxDeviceRow *device)
{
  DeviceFailure *failure = g_hash_table_lookup (self->failures, device->curve25519);

  if (failure == NULL)
    {
      failure = g_new0 (DeviceFailure, 1);
      mtx_backoff_init (&failure->backoff, BACKOFF_FIRST_MS, BACKOFF_CEILING_MS);
      g_hash_table_insert (self->failures, g_strdup (device->curve25519), failure);
    }
  failure->retry_at = g_get_monotonic_time () / 1000 + mtx_backoff_next (&failure->backoff, NULL);
}

/* Of these devices, those that have no session and are worth asking. */
static GPtrArray *
pick_missing (MtxOlmClaims *self,
              GPtrArray    *devices,
              GError      **error)
{
  g_autoptr (GPtrArray)  missing = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
  g_autoptr (GPtrArray)  keys = g_ptr_array_new ();
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray)  sessions = NULL;

  for (guint i = 0; i < devices->len; i++)
    g_ptr_array_add (keys, (gpointer)((MtxDeviceRow *)g_ptr_array_index (devices, i))->curve25519);
  g_ptr_array_add (keys, NULL);

  sessions = dex_await_boxed (mtx_crypto_store_load_olm_sessions (mtx_crypto_engine_get_db (self->engine),
                                                                  (const char *const *)keys->pdata),
                              error);
  if (sessions == NULL)
    return NULL;
  for (guint i = 0; i < sessions->len; i++)
    g_hash_table_add (known, (gpointer)((MtxOlmSessionRow *)g_ptr_array_index (sessions, i))->sender_key);

  for (guint i = 0; i < devices->len && missing->len < CLAIM_MAX_DEVICES; i++)
    {
      MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (!g_hash_table_contains (known, device->curve25519) && !is_backed_off (self, device))
        g_ptr_array_add (missing, mtx_device_row_ref (device));
    }

  return g_steal_pointer (&missing);
}

static MtxRequest *
make_claim (GPtrArray *devices)
{
  MtxRequest            *request = mtx_request_new (MTX_ENDPOINT_KEYS_CLAIM, NULL);
  g_autoptr (JsonObject) body = json_object_new ();
  JsonObject            *users = json_object_new ();

  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);
      JsonObject         *wanted = mtx_json_get_object (users, device->user_id);

      if (wanted == NULL)
        {
          wanted = json_object_new ();
          json_object_set_object_member (users, device->user_id, wanted);
        }
      json_object_set_string_member (wanted, device->device_id, "signed_curve25519");
    }
  json_object_set_object_member (body, "one_time_keys", users);
  json_object_set_int_member (body, "timeout", CLAIM_TIMEOUT_MS);

  mtx_request_set_body (request, body);
  mtx_request_set_timeout_ms (request, CLAIM_TIMEOUT_MS + MTX_REQUEST_TIMEOUT_MS);
  mtx_request_set_max_reply (request, CLAIM_MAX_REPLY_BYTES);

  return request;
}

/* Reads the answer by the devices we asked for: whatever else is in it is ignored (threat 13). */
static GPtrArray *
read_claimed (GPtrArray  *devices,
              JsonObject *untrusted_reply)
{
  g_autoptr (GPtrArray) claimed = g_ptr_array_new_with_free_func (_mtx_claimed_key_free);
  JsonObject           *users = mtx_json_get_object (untrusted_reply, "one_time_keys");

  for (guint i = 0; i < devices->len; i++)
    {
      MtxDeviceRow     *device = g_ptr_array_index (devices, i);
      JsonObject       *keys = mtx_json_get_object (mtx_json_get_object (users, device->user_id), device->device_id);
      g_autoptr (GList) ids = keys != NULL ? json_object_get_members (keys) : NULL;
      JsonObject       *key = ids != NULL ? mtx_json_get_object (keys, ids->data) : NULL;
      MtxClaimedKey    *claim;

      if (key == NULL || ids->next != NULL)
        continue;

      claim = g_new0 (MtxClaimedKey, 1);
      claim->device = mtx_device_row_ref (device);
      claim->key_id = g_strdup (ids->data);
      claim->untrusted_key = json_object_ref (key);
      g_ptr_array_add (claimed, claim);
    }

  return g_steal_pointer (&claimed);
}

/* Returns: those of the devices with which a session was begun, or NULL with an error. */
static GPtrArray *
claim (MtxOlmClaims *self,
       GPtrArray    *devices,
       GError      **error)
{
  g_autoptr (MtxRequest) request = make_claim (devices);
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GPtrArray)  claimed = NULL;
  g_autoptr (GPtrArray)  begun = NULL;

  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return NULL;

  claimed = read_claimed (devices, mtx_reply_get_body (reply));
  begun = dex_await_boxed (_mtx_crypto_engine_begin_sessions (self->engine, claimed), error);
  if (begun == NULL)
    return NULL;

  for (guint i = 0; i < devices->len; i++)
    {
      MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (g_ptr_array_find (begun, device, NULL))
        g_hash_table_remove (self->failures, device->curve25519);
      else
        note_failed (self, device);
    }

  return g_steal_pointer (&begun);
}

typedef struct
{
  MtxOlmClaims *self;
  GPtrArray    *devices;
} Ensure;

static void
ensure_free (gpointer memory)
{
  Ensure *ensure = memory;

  g_clear_object (&ensure->self);
  g_clear_pointer (&ensure->devices, g_ptr_array_unref);
  g_free (ensure);
}

static DexFuture *
ensure_fiber (gpointer data)
{
  Ensure            *ensure = data;
  g_autoptr (GError) error = NULL;

  for (;;)
    {
      g_autoptr (GPtrArray) missing = pick_missing (ensure->self, ensure->devices, &error);
      g_autoptr (GPtrArray) begun = NULL;

      if (missing == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));

      /* Every device of the rounds before has a session or a time to wait now, so this ends. */
      if (missing->len == 0)
        return dex_future_new_true ();

      begun = claim (ensure->self, missing, &error);
      if (begun == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
}

static DexFuture *
renew_fiber (gpointer data)
{
  Ensure               *renew = data;
  g_autoptr (GPtrArray) all_begun = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
  g_autoptr (GError)    error = NULL;

  for (guint start = 0; start < renew->devices->len; start += CLAIM_MAX_DEVICES)
    {
      g_autoptr (GPtrArray) asked = g_ptr_array_new ();
      g_autoptr (GPtrArray) begun = NULL;

      for (guint i = start; i < MIN (start + CLAIM_MAX_DEVICES, renew->devices->len); i++)
        g_ptr_array_add (asked, g_ptr_array_index (renew->devices, i));
      begun = claim (renew->self, asked, &error);
      if (begun == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));
      g_ptr_array_extend (all_begun, begun, (GCopyFunc)(GCallback)mtx_device_row_ref, NULL);
    }

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&all_begun));
}

static void
mtx_olm_claims_finalize (GObject *object)
{
  MtxOlmClaims *self = MTX_OLM_CLAIMS (object);

  mtx_turns_clear (&self->turns);
  g_clear_pointer (&self->failures, g_hash_table_unref);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (mtx_olm_claims_parent_class)->finalize (object);
}

static void
mtx_olm_claims_class_init (MtxOlmClaimsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_olm_claims_finalize;
}

static void
mtx_olm_claims_init (MtxOlmClaims *self)
{
  self->failures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/**
 * mtx_olm_claims_new:
 * @http: the connection
 * @engine: the engine, which checks the keys and keeps the sessions
 *
 * Returns: (transfer full): the claims
 */
MtxOlmClaims *
mtx_olm_claims_new (MtxHttp         *http,
                    MtxCryptoEngine *engine)
{
  MtxOlmClaims *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);

  self = g_object_new (MTX_TYPE_OLM_CLAIMS, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);

  return self;
}

static DexFuture *
start (MtxOlmClaims *self,
       GPtrArray    *devices,
       DexFiberFunc  fiber)
{
  Ensure *ensure;

  g_return_val_if_fail (MTX_IS_OLM_CLAIMS (self), NULL);
  g_return_val_if_fail (devices != NULL, NULL);

  ensure = g_new0 (Ensure, 1);
  ensure->self = g_object_ref (self);
  ensure->devices = g_ptr_array_ref (devices);

  return mtx_turns_take (&self->turns, "olm-claims", fiber, ensure, ensure_free);
}

/**
 * mtx_olm_claims_ensure:
 * @self: the claims
 * @devices: (element-type MtxDeviceRow): devices we want to write to
 *
 * Begins a session with each device that has none. A device that has no key to claim, or a false one, is
 * left alone for a while and does not make this fail; only our own server's silence does.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with the request's error
 */
DexFuture *
mtx_olm_claims_ensure (MtxOlmClaims *self,
                       GPtrArray    *devices)
{
  return start (self, devices, ensure_fiber);
}

/**
 * mtx_olm_claims_renew:
 * @self: the claims
 * @devices: (element-type MtxDeviceRow): devices whose sessions with us broke
 *
 * Begins another session with each device, whatever sessions there are.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of those #MtxDeviceRow with which one was
 *   begun, or rejects with the request's error
 */
DexFuture *
mtx_olm_claims_renew (MtxOlmClaims *self,
                      GPtrArray    *devices)
{
  return start (self, devices, renew_fiber);
}
