/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who other people are. The engine keeps what is decided; this tells the server and those who show it.
 */
#include "mtx-identities.h"

#include "mtx-cross-signing.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-crypto-store.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-identity-judge.h"
#include "mtx-json.h"
#include "mtx-signed-json.h"
#include "mtx-turns.h"

struct _MtxIdentities
{
  GObject parent_instance;

  /* owned */
  MtxHttp         *http;
  MtxCryptoEngine *engine;
  MtxCrossSigning *cross_signing;
  MtxTurns         turns; /* one upload of signatures at a time */

  /* state */
  gboolean is_published; /* every verified identity carries our signature, or the server would not take it */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MtxIdentities, mtx_identities, G_TYPE_OBJECT)

typedef struct
{
  MtxIdentities *self;
  MtxDecision    decision;
  char          *user_id;
  char          *master_key;
} Question;

static Question *
question_new (MtxIdentities *self,
              MtxDecision    decision,
              const char    *user_id,
              const char    *master_key)
{
  Question *question = g_new0 (Question, 1);

  question->self = g_object_ref (self);
  question->decision = decision;
  question->user_id = g_strdup (user_id);
  question->master_key = g_strdup (master_key);

  return question;
}

static void
question_free (gpointer memory)
{
  Question *question = memory;

  g_clear_object (&question->self);
  g_clear_pointer (&question->user_id, g_free);
  g_clear_pointer (&question->master_key, g_free);
  g_free (question);
}

static void
count_devices (GPtrArray *devices,
               guint     *n_signed,
               guint     *n_unsigned)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (device->deleted)
        continue;
      if (device->trust == MTX_DEVICE_SIGNED)
        (*n_signed)++;
      else
        (*n_unsigned)++;
    }
}

static DexFuture *
lookup_fiber (gpointer data)
{
  Question             *question = data;
  MtxIdentities        *self = question->self;
  MtxDb                *db = mtx_crypto_engine_get_db (self->engine);
  const char           *users[] = { question->user_id, NULL };
  g_autoptr (GPtrArray) identities = NULL;
  g_autoptr (GPtrArray) devices = NULL;
  g_autofree char      *master_key = NULL;
  g_autoptr (GError)    error = NULL;
  const MtxIdentityRow *row;
  MtxIdentityState      state;
  guint                 n_signed = 0;
  guint                 n_unsigned = 0;

  identities = dex_await_boxed (mtx_device_store_load_identities (db, users), &error);
  if (identities == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  devices = dex_await_boxed (mtx_device_store_load_devices (db, users), &error);
  if (devices == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  count_devices (devices, &n_signed, &n_unsigned);
  row = identities->len > 0 ? g_ptr_array_index (identities, 0) : NULL;
  state = mtx_identity_judge (row, mtx_cross_signing_get_own_keys (self->cross_signing), &master_key);

  /* Without a device there is nobody yet whose identity could be missing. */
  if (state == MTX_IDENTITY_NONE && n_signed + n_unsigned == 0)
    state = MTX_IDENTITY_UNKNOWN;

  return dex_future_new_take_boxed (MTX_TYPE_IDENTITY_INFO,
                                    mtx_identity_info_new (state,
                                                           master_key,
                                                           row != NULL ? row->pinned_master_key : NULL,
                                                           n_signed,
                                                           n_unsigned));
}

static gboolean
has_our_signature (MtxIdentities        *self,
                   const MtxIdentityRow *row)
{
  const MtxJsonLimits    limits = { .max_bytes = 64 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autoptr (JsonObject) master = mtx_json_parse_object (row->master_json, -1, &limits, NULL);
  g_autofree char       *key_id = NULL;
  MtxOwnIds              own;

  _mtx_crypto_engine_get_own_ids (self->engine, &own);
  key_id = g_strconcat ("ed25519:", own.user_signing_key, NULL);

  return master != NULL && mtx_signed_json_verify (master, own.user_id, key_id, own.user_signing_key, NULL);
}

/* Resolves to TRUE also if the server refuses: it will not want the same a minute later. */
static gboolean
upload_signature (MtxIdentities *self,
                  const char    *user_id,
                  GError       **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_SIGNATURES_UPLOAD, NULL);
  g_autoptr (JsonObject) body = NULL;
  g_autoptr (MtxReply)   reply = NULL;
  JsonObject            *failures;

  body = dex_await_boxed (_mtx_crypto_engine_sign_identity (self->engine, user_id), error);
  if (body == NULL)
    return FALSE;

  mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return FALSE;

  /* Answered 200 even if refused. */
  failures = mtx_json_get_object (mtx_reply_get_body (reply), "failures");
  if (failures != NULL && json_object_get_size (failures) > 0)
    g_info ("The server refused our signature on an identity");

  return TRUE;
}

static DexFuture *
publish_fiber (gpointer data)
{
  MtxIdentities        *self = data;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError)    error = NULL;

  if (self->is_published || mtx_cross_signing_get_own_keys (self->cross_signing) != MTX_OWN_KEYS_GOOD)
    return dex_future_new_true ();

  self->is_published = TRUE;
  rows = dex_await_boxed (mtx_device_store_load_verified (mtx_crypto_engine_get_db (self->engine)), &error);
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      const MtxIdentityRow *row = g_ptr_array_index (rows, i);

      if (mtx_identity_judge (row, MTX_OWN_KEYS_GOOD, NULL) != MTX_IDENTITY_VERIFIED || has_our_signature (self, row))
        continue;
      if (!upload_signature (self, row->user_id, &error))
        break;
    }

  if (error != NULL)
    {
      self->is_published = FALSE;
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_true ();
}

static DexFuture *
decide_fiber (gpointer data)
{
  Question          *question = data;
  MtxIdentities     *self = question->self;
  g_autoptr (GError) error = NULL;

  if (!dex_await (_mtx_crypto_engine_decide (self->engine, question->decision, question->user_id, question->master_key),
                  &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  g_signal_emit (self, signals[CHANGED], 0, question->user_id);

  /* The decision stands in the store; if the server is away, our signature follows after a later sync. */
  if (question->decision == MTX_DECISION_VERIFY)
    {
      self->is_published = FALSE;
      if (!dex_await (mtx_identities_publish (self), &error))
        g_debug ("A signature was not uploaded yet: %s", error->message);
    }

  return dex_future_new_true ();
}

static DexFuture *
decide (MtxIdentities *self,
        MtxDecision    decision,
        const char    *user_id,
        const char    *master_key)
{
  return mtx_fiber_spawn ("identity-decision",
                          decide_fiber,
                          question_new (self, decision, user_id, master_key),
                          question_free);
}

static void
mtx_identities_finalize (GObject *object)
{
  MtxIdentities *self = MTX_IDENTITIES (object);

  mtx_turns_clear (&self->turns);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);
  g_clear_object (&self->cross_signing);

  G_OBJECT_CLASS (mtx_identities_parent_class)->finalize (object);
}

static void
mtx_identities_class_init (MtxIdentitiesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_identities_finalize;

  /**
   * MtxIdentities::changed:
   * @self: the identities
   * @user_id: a user
   *
   * Something was decided about a user's identity, and stored.
   */
  signals[CHANGED] = g_signal_new ("changed",
                                   MTX_TYPE_IDENTITIES,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   1,
                                   G_TYPE_STRING);
}

static void
mtx_identities_init (MtxIdentities *self)
{
}

/**
 * mtx_identities_new:
 * @http: the connection
 * @engine: the engine, which keeps the decisions
 * @cross_signing: knows whether our own identity is good
 *
 * Returns: (transfer full): the identities
 */
MtxIdentities *
mtx_identities_new (MtxHttp         *http,
                    MtxCryptoEngine *engine,
                    MtxCrossSigning *cross_signing)
{
  MtxIdentities *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_CROSS_SIGNING (cross_signing), NULL);

  self = g_object_new (MTX_TYPE_IDENTITIES, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);
  self->cross_signing = g_object_ref (cross_signing);

  return self;
}

/**
 * mtx_identities_lookup:
 * @self: the identities
 * @user_id: a user
 *
 * Looks up what is known of a user's keys; nothing is asked for.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxIdentityInfo
 */
DexFuture *
mtx_identities_lookup (MtxIdentities *self,
                       const char    *user_id)
{
  g_return_val_if_fail (MTX_IS_IDENTITIES (self), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);

  return mtx_fiber_spawn ("lookup-identity",
                          lookup_fiber,
                          question_new (self, MTX_DECISION_ACKNOWLEDGE, user_id, NULL),
                          question_free);
}

/**
 * mtx_identities_acknowledge:
 * @self: the identities
 * @user_id: a user
 * @master_key: the public master key that was on screen
 *
 * Accepts a changed identity: it is the pinned one from now on, and messages go out again.
 *
 * Returns: (transfer full): a future that resolves to %TRUE; rejects with %MTX_ERROR_UNTRUSTED if the identity is
 *   another one by now, or if the old one was verified
 */
DexFuture *
mtx_identities_acknowledge (MtxIdentities *self,
                            const char    *user_id,
                            const char    *master_key)
{
  g_return_val_if_fail (MTX_IS_IDENTITIES (self), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);
  g_return_val_if_fail (master_key != NULL, NULL);

  return decide (self, MTX_DECISION_ACKNOWLEDGE, user_id, master_key);
}

/**
 * mtx_identities_withdraw:
 * @self: the identities
 * @user_id: a user whose verified identity changed
 * @master_key: the public master key that was on screen
 *
 * Gives the verification up and accepts the new identity without one.
 *
 * Returns: (transfer full): a future that resolves to %TRUE; rejects with %MTX_ERROR_UNTRUSTED if the identity is
 *   another one by now, %MTX_ERROR_INVALID if no verification stands in the way
 */
DexFuture *
mtx_identities_withdraw (MtxIdentities *self,
                         const char    *user_id,
                         const char    *master_key)
{
  g_return_val_if_fail (MTX_IS_IDENTITIES (self), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);
  g_return_val_if_fail (master_key != NULL, NULL);

  return decide (self, MTX_DECISION_WITHDRAW, user_id, master_key);
}

/**
 * mtx_identities_verify:
 * @self: the identities
 * @user_id: a user
 * @master_key: the public master key that both compared
 *
 * Keeps that an identity was verified, and signs it with our user-signing key for our other devices
 * (specification, § Cross-signing). If the server is away the signature follows after a later sync.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once it is stored; rejects with %MTX_ERROR_UNTRUSTED if
 *   the identity is another one by now, or our own is not good (threat 19)
 */
DexFuture *
mtx_identities_verify (MtxIdentities *self,
                       const char    *user_id,
                       const char    *master_key)
{
  g_return_val_if_fail (MTX_IS_IDENTITIES (self), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);
  g_return_val_if_fail (master_key != NULL, NULL);

  return decide (self, MTX_DECISION_VERIFY, user_id, master_key);
}

/**
 * mtx_identities_publish:
 * @self: the identities
 *
 * Uploads our signature on verified identities the server shows without it; once per run.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_identities_publish (MtxIdentities *self)
{
  g_return_val_if_fail (MTX_IS_IDENTITIES (self), NULL);

  return mtx_turns_take (&self->turns, "publish-signatures", publish_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_identities_load_no_identity_allowed:
 * @self: the identities
 *
 * Whether messages also go to people without a cross-signing identity (threat 16).
 *
 * Returns: (transfer full): a future that resolves to an int64: 1 if they do, 0 if not
 */
DexFuture *
mtx_identities_load_no_identity_allowed (MtxIdentities *self)
{
  g_return_val_if_fail (MTX_IS_IDENTITIES (self), NULL);

  return mtx_crypto_store_load_mark (mtx_crypto_engine_get_db (self->engine), MTX_CRYPTO_MARK_NO_IDENTITY_ALLOWED);
}

/**
 * mtx_identities_save_no_identity_allowed:
 * @self: the identities
 * @allowed: whether messages also go to people without a cross-signing identity
 *
 * Decides about them. Whoever has an identity is not concerned: their unsigned devices never get a key.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once it is stored
 */
DexFuture *
mtx_identities_save_no_identity_allowed (MtxIdentities *self,
                                         gboolean       allowed)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  g_return_val_if_fail (MTX_IS_IDENTITIES (self), NULL);

  mtx_crypto_store_put_mark (changes, MTX_CRYPTO_MARK_NO_IDENTITY_ALLOWED, allowed);

  return mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes);
}
