/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes this device trustworthy before anybody sees it (specification, § Cross-signing; protocol.md § 5).
 *
 * Every step may be the last one before the process dies. So what is uploaded was committed first, a mark
 * says that an upload may have happened, and after a restart the server is asked what it has.
 */
#include "mtx-cross-signing.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-crypto-store.h"
#include "mtx-device-list.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-key-publisher.h"
#include "mtx-turns.h"

struct _MtxCrossSigning
{
  GObject parent_instance;

  /* owned */
  MtxHttp         *http;
  MtxCryptoEngine *engine;
  MtxDeviceList   *devices;
  MtxKeyPublisher *publisher;
  MtxTurns         turns;

  /* state */
  MtxOwnKeys own_keys;
  gboolean   is_signature_missing; /* the server showed our master key without this device's signature */
};

enum
{
  PROP_OWN_KEYS = 1,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (MtxCrossSigning, mtx_cross_signing, G_TYPE_OBJECT)

static MtxDb *
get_db (MtxCrossSigning *self)
{
  return mtx_crypto_engine_get_db (self->engine);
}

static gboolean
load_mark (MtxCrossSigning *self,
           MtxCryptoMark    mark,
           gint64          *value,
           GError         **error)
{
  g_autoptr (GError) failure = NULL;

  *value = dex_await_int64 (mtx_crypto_store_load_mark (get_db (self), mark), &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return TRUE;
}

static gboolean
put_mark (MtxCrossSigning *self,
          MtxCryptoMark    mark,
          gint64           value,
          GError         **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_crypto_store_put_mark (changes, mark, value);

  return dex_await (mtx_db_commit (get_db (self), changes), error);
}

static void
set_own_keys (MtxCrossSigning *self,
              MtxOwnKeys       own_keys)
{
  if (self->own_keys == own_keys)
    return;

  self->own_keys = own_keys;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OWN_KEYS]);
}

/* Once published, what the server shows must be what we made. If not, somebody should know; nothing is
 * repaired silently, because that is what an attacker would hope for (threats 7, 18). */
static MtxOwnKeys
judge_own_keys (const MtxKeysReply *reply)
{
  if (reply->own_identity != MTX_SHOWN_AS_OURS)
    return MTX_OWN_KEYS_IDENTITY_REPLACED;
  if (reply->own_device == MTX_SHOWN_AS_OTHER)
    return MTX_OWN_KEYS_DEVICE_REPLACED;
  if (reply->own_device == MTX_SHOWN_NOT)
    return MTX_OWN_KEYS_DEVICE_MISSING;

  return MTX_OWN_KEYS_GOOD;
}

static void
on_own_keys_seen (MtxCrossSigning *self,
                  MtxKeysReply    *reply)
{
  MtxOwnKeys own_keys;

  if (self->own_keys == MTX_OWN_KEYS_UNPUBLISHED)
    return;

  own_keys = judge_own_keys (reply);
  self->is_signature_missing = own_keys == MTX_OWN_KEYS_GOOD && !reply->own_identity_signed;
  if (own_keys == self->own_keys)
    return;

  set_own_keys (self, own_keys);
  mtx_crypto_store_put_mark (reply->changes, MTX_CRYPTO_MARK_OWN_KEYS, own_keys);
}

static gboolean
upload_identity (MtxCrossSigning *self,
                 GError         **error)
{
  g_autoptr (JsonObject) body = NULL;
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_DEVICE_SIGNING_UPLOAD, NULL);
  g_autoptr (MtxReply)   reply = NULL;

  body = dex_await_boxed (_mtx_crypto_engine_build_cross_signing (self->engine), error);
  if (body == NULL)
    return FALSE;

  mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);

  return reply != NULL;
}

/* What the server has of us. On the very first start nothing can have been uploaded, so nobody is asked;
 * that an upload may happen from now on is committed before it does. */
static gboolean
find_out (MtxCrossSigning *self,
          MtxShown        *identity,
          MtxShown        *device,
          gboolean        *is_device_signed,
          GError         **error)
{
  g_autoptr (MtxKeysReply) reply = NULL;
  gint64                   is_begun;

  *identity = MTX_SHOWN_NOT;
  *device = MTX_SHOWN_NOT;
  *is_device_signed = FALSE;

  if (!load_mark (self, MTX_CRYPTO_MARK_UPLOAD_BEGUN, &is_begun, error))
    return FALSE;
  if (!is_begun)
    return put_mark (self, MTX_CRYPTO_MARK_UPLOAD_BEGUN, TRUE, error);

  reply = dex_await_boxed (mtx_device_list_query_own (self->devices), error);
  if (reply == NULL)
    return FALSE;

  *identity = reply->own_identity;
  *device = reply->own_device;
  *is_device_signed = reply->own_device_signed;

  return TRUE;
}

static gboolean
publish (MtxCrossSigning *self,
         GError         **error)
{
  MtxShown identity;
  MtxShown device;
  gboolean is_device_signed;
  gint64   is_confirmed;
  gint64   is_published;

  if (!find_out (self, &identity, &device, &is_device_signed, error))
    return FALSE;

  if (identity == MTX_SHOWN_AS_OTHER || device == MTX_SHOWN_AS_OTHER)
    {
      set_own_keys (self,
                    identity == MTX_SHOWN_AS_OTHER ? MTX_OWN_KEYS_IDENTITY_REPLACED : MTX_OWN_KEYS_DEVICE_REPLACED);
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The server has other keys for this account");
      return FALSE;
    }

  /* An identity that was brought back, or that outlived its device, is on the server; one that is not shown is
   * withheld, and putting it there again would look like a new one to those who verified it. */
  if (!load_mark (self, MTX_CRYPTO_MARK_CROSS_SIGNING_PUBLISHED, &is_published, error))
    return FALSE;
  if (identity == MTX_SHOWN_NOT && is_published)
    {
      set_own_keys (self, MTX_OWN_KEYS_IDENTITY_REPLACED);
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The server does not show our identity");
      return FALSE;
    }
  if (identity == MTX_SHOWN_NOT && !upload_identity (self, error))
    return FALSE;
  if (!put_mark (self, MTX_CRYPTO_MARK_CROSS_SIGNING_PUBLISHED, TRUE, error))
    return FALSE;

  /* Also if the device is there already but nobody told us: the same keys again do no harm (M11). */
  if (!load_mark (self, MTX_CRYPTO_MARK_DEVICE_KEYS_PUBLISHED, &is_confirmed, error))
    return FALSE;
  if (!(is_confirmed && is_device_signed)
      && !dex_await (mtx_key_publisher_publish_device (self->publisher), error))
    return FALSE;

  return put_mark (self, MTX_CRYPTO_MARK_OWN_KEYS, MTX_OWN_KEYS_GOOD, error);
}

static DexFuture *
bootstrap_fiber (gpointer data)
{
  MtxCrossSigning   *self = data;
  gint64             own_keys;
  g_autoptr (GError) error = NULL;

  if (!load_mark (self, MTX_CRYPTO_MARK_OWN_KEYS, &own_keys, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (own_keys != MTX_OWN_KEYS_UNPUBLISHED)
    {
      set_own_keys (self, (MtxOwnKeys)CLAMP (own_keys, MTX_OWN_KEYS_GOOD, MTX_OWN_KEYS_IDENTITY_REPLACED));
      return dex_future_new_true ();
    }

  if (!publish (self, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  set_own_keys (self, MTX_OWN_KEYS_GOOD);

  return dex_future_new_true ();
}

/* POST /keys/signatures/upload answers 200 even if it refuses, so the next look at our own keys decides. */
static DexFuture *
confirm_fiber (gpointer data)
{
  MtxCrossSigning       *self = data;
  const char            *own[] = { mtx_crypto_engine_get_user_id (self->engine), NULL };
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_SIGNATURES_UPLOAD, NULL);
  g_autoptr (JsonObject) body = json_object_new ();
  g_autoptr (JsonObject) keys = NULL;
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     error = NULL;
  JsonObject            *of_user;
  JsonObject            *failures;

  if (!self->is_signature_missing)
    return dex_future_new_true ();

  keys = dex_await_boxed (_mtx_crypto_engine_build_cross_signing (self->engine), &error);
  if (keys == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  of_user = json_object_new ();
  json_object_set_object_member (of_user,
                                 mtx_crypto_engine_get_master_key (self->engine),
                                 json_object_ref (mtx_json_get_object (keys, "master_key")));
  json_object_set_object_member (body, own[0], of_user);
  mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (self->http, request), &error);
  if (reply == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* Once per run: a server that does not want it will not want it a minute later. */
  self->is_signature_missing = FALSE;
  failures = mtx_json_get_object (mtx_reply_get_body (reply), "failures");
  if (failures != NULL && json_object_get_size (failures) > 0)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_REFUSED, "The server refused our signature on the master key");

  return dex_future_new_true ();
}

static void
mtx_cross_signing_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  MtxCrossSigning *self = MTX_CROSS_SIGNING (object);

  switch (prop_id)
    {
    case PROP_OWN_KEYS:
      g_value_set_enum (value, self->own_keys);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_cross_signing_finalize (GObject *object)
{
  MtxCrossSigning *self = MTX_CROSS_SIGNING (object);

  mtx_turns_clear (&self->turns);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);
  g_clear_object (&self->devices);
  g_clear_object (&self->publisher);

  G_OBJECT_CLASS (mtx_cross_signing_parent_class)->finalize (object);
}

static void
mtx_cross_signing_class_init (MtxCrossSigningClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = mtx_cross_signing_get_property;
  object_class->finalize = mtx_cross_signing_finalize;

  /**
   * MtxCrossSigning:own-keys:
   *
   * How the server shows us. It changes while the app runs if the server changes its mind.
   */
  properties[PROP_OWN_KEYS] = g_param_spec_enum ("own-keys",
                                                 NULL,
                                                 NULL,
                                                 MTX_TYPE_OWN_KEYS,
                                                 MTX_OWN_KEYS_UNPUBLISHED,
                                                 G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mtx_cross_signing_init (MtxCrossSigning *self)
{
}

/**
 * mtx_cross_signing_new:
 * @http: the connection
 * @engine: the engine, which has the private keys
 * @devices: the device lists
 * @publisher: uploads the device's keys
 *
 * Returns: (transfer full): the object
 */
MtxCrossSigning *
mtx_cross_signing_new (MtxHttp         *http,
                       MtxCryptoEngine *engine,
                       MtxDeviceList   *devices,
                       MtxKeyPublisher *publisher)
{
  MtxCrossSigning *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (devices), NULL);
  g_return_val_if_fail (MTX_IS_KEY_PUBLISHER (publisher), NULL);

  self = g_object_new (MTX_TYPE_CROSS_SIGNING, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);
  self->devices = g_object_ref (devices);
  self->publisher = g_object_ref (publisher);
  g_signal_connect_object (devices, "own-keys-seen", G_CALLBACK (on_own_keys_seen), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mtx_cross_signing_get_own_keys:
 * @self: the object
 *
 * Returns: how the server shows us
 */
MtxOwnKeys
mtx_cross_signing_get_own_keys (MtxCrossSigning *self)
{
  g_return_val_if_fail (MTX_IS_CROSS_SIGNING (self), MTX_OWN_KEYS_UNPUBLISHED);

  return self->own_keys;
}

/**
 * mtx_cross_signing_bootstrap:
 * @self: the object
 *
 * Publishes our identity, then this device already signed by it: two round trips, no interaction. Once done
 * it is done for good; interrupted anywhere, it is continued by calling it again.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once rooms may be made; rejects with
 *   %MTX_ERROR_UNTRUSTED if the server has other keys for this account, %MTX_ERROR_NEED_AUTH if it wants
 *   more than the token
 */
DexFuture *
mtx_cross_signing_bootstrap (MtxCrossSigning *self)
{
  g_return_val_if_fail (MTX_IS_CROSS_SIGNING (self), NULL);

  return mtx_turns_take (&self->turns, "bootstrap", bootstrap_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_cross_signing_confirm:
 * @self: the object
 *
 * Uploads this device's signature on our master key, if the server showed the master key without it. It
 * usually went up with the key itself (M13).
 *
 * Returns: (transfer full): a future that resolves to %TRUE; rejects with %MTX_ERROR_REFUSED if the server does
 *   not take the signature
 */
DexFuture *
mtx_cross_signing_confirm (MtxCrossSigning *self)
{
  g_return_val_if_fail (MTX_IS_CROSS_SIGNING (self), NULL);

  return mtx_turns_take (&self->turns, "confirm-signature", confirm_fiber, g_object_ref (self), g_object_unref);
}
