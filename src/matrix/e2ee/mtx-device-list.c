/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asks for other people's devices, as often as needed and no more.
 */
#include "mtx-device-list.h"

#include "mtx-backoff.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-device-list-gaps.h"
#include "mtx-endpoints.h"
#include "mtx-http.h"
#include "mtx-id.h"
#include "mtx-turns.h"

/* How long our server may wait for others before it answers without them. */
#define QUERY_TIMEOUT_MS 10000

/* Hundreds of devices with several signatures each. */
#define QUERY_MAX_REPLY_BYTES (8 * 1024 * 1024)

/* A list that changes while it is fetched is fetched again, but not for ever. */
#define MAX_ROUNDS 3

/* How long a list may be used that nobody announces changes of. */
#define UNANNOUNCED_MAX_AGE_MS 60000

#define BACKOFF_FIRST_MS   15000
#define BACKOFF_CEILING_MS (15 * 60 * 1000)

struct _MtxDeviceList
{
  GObject parent_instance;

  /* owned */
  MtxHttp         *http;
  MtxCryptoEngine *engine;
  GHashTable      *failures; /* server name → ServerFailure */
  GHashTable      *answers;  /* user id → gint64, when the list was fetched: monotonic, ms */
  MtxTurns         turns;    /* one query at a time (M16) */
};

typedef struct
{
  MtxBackoff backoff;
  gint64     retry_at; /* monotonic, ms */
} ServerFailure;

enum
{
  CHANGED,
  OWN_KEYS_SEEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MtxDeviceList, mtx_device_list, G_TYPE_OBJECT)

static gint64
now_monotonic_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* A server that did not answer is left alone for a while; its users keep what we know of them (M17). */
static gboolean
is_backed_off (MtxDeviceList *self,
               const char    *user_id)
{
  g_autoptr (MtxUserId) id = mtx_user_id_new (user_id, NULL);
  const ServerFailure  *failure;

  if (id == NULL)
    return TRUE;

  failure = g_hash_table_lookup (self->failures, mtx_user_id_get_server (id));

  return failure != NULL && failure->retry_at > now_monotonic_ms ();
}

static void
note_failed (MtxDeviceList *self,
             const char    *user_id)
{
  g_autoptr (MtxUserId) id = mtx_user_id_new (user_id, NULL);
  const char           *server = mtx_user_id_get_server (id);
  ServerFailure        *failure = g_hash_table_lookup (self->failures, server);

  if (failure == NULL)
    {
      failure = g_new0 (ServerFailure, 1);
      mtx_backoff_init (&failure->backoff, BACKOFF_FIRST_MS, BACKOFF_CEILING_MS);
      g_hash_table_insert (self->failures, g_strdup (server), failure);
    }
  else if (failure->retry_at > now_monotonic_ms ())
    {
      return; /* another user of the same server, in the same answer */
    }

  failure->retry_at = now_monotonic_ms () + mtx_backoff_next (&failure->backoff, NULL);
}

static void
note_answered (MtxDeviceList *self,
               const char    *user_id)
{
  g_autoptr (MtxUserId) id = mtx_user_id_new (user_id, NULL);
  gint64                now_ms = now_monotonic_ms ();

  g_hash_table_replace (self->answers, g_strdup (user_id), g_memdup2 (&now_ms, sizeof now_ms));
  if (id != NULL)
    g_hash_table_remove (self->failures, mtx_user_id_get_server (id));
}

typedef struct
{
  MtxReply  *reply;
  GStrv      asked;
  GPtrArray *devices;
  GPtrArray *identities;
  MtxOwnIds  own;
} JudgeJob;

static void
judge_job_clear (gpointer memory)
{
  JudgeJob *job = memory;

  g_clear_pointer (&job->reply, mtx_reply_unref);
  g_clear_pointer (&job->asked, g_strfreev);
  g_clear_pointer (&job->devices, g_ptr_array_unref);
  g_clear_pointer (&job->identities, g_ptr_array_unref);
}

static void
judge_job_unref (gpointer memory)
{
  g_atomic_rc_box_release_full (memory, judge_job_clear);
}

static DexFuture *
judge_thread (gpointer data)
{
  JudgeJob *job = data;

  return dex_future_new_take_boxed (MTX_TYPE_KEYS_REPLY,
                                    mtx_keys_reply_new (mtx_reply_get_body (job->reply),
                                                        (const char *const *)job->asked,
                                                        job->devices,
                                                        job->identities,
                                                        &job->own,
                                                        g_get_real_time () / 1000));
}

static MtxRequest *
make_query (GStrv users)
{
  MtxRequest            *request = mtx_request_new (MTX_ENDPOINT_KEYS_QUERY, NULL);
  g_autoptr (JsonObject) body = json_object_new ();
  JsonObject            *asked = json_object_new ();

  for (guint i = 0; users[i] != NULL; i++)
    json_object_set_array_member (asked, users[i], json_array_new ());
  json_object_set_object_member (body, "device_keys", asked);
  json_object_set_int_member (body, "timeout", QUERY_TIMEOUT_MS);

  mtx_request_set_body (request, body);
  mtx_request_set_timeout_ms (request, QUERY_TIMEOUT_MS + MTX_REQUEST_TIMEOUT_MS);
  mtx_request_set_max_reply (request, QUERY_MAX_REPLY_BYTES);

  return request;
}

/* Asks for at most MTX_DEVICE_LIST_MAX_USERS users and judges the answer against what is stored. */
static MtxKeysReply *
ask (MtxDeviceList *self,
     GStrv          users,
     GError       **error)
{
  g_autoptr (MtxRequest) request = make_query (users);
  MtxDb                 *db = mtx_crypto_engine_get_db (self->engine);
  JudgeJob              *job = g_atomic_rc_box_new0 (JudgeJob);
  DexFuture             *judged = NULL;

  _mtx_crypto_engine_get_own_ids (self->engine, &job->own);
  job->asked = g_strdupv (users);

  job->reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (job->reply != NULL)
    job->devices = dex_await_boxed (mtx_device_store_load_devices (db, (const char *const *)users), error);
  if (job->devices != NULL)
    job->identities = dex_await_boxed (mtx_device_store_load_identities (db, (const char *const *)users), error);
  if (job->identities == NULL)
    {
      judge_job_unref (job);
      return NULL;
    }

  judged = mtx_thread_run ("keys-reply", judge_thread, job, judge_job_unref);

  return dex_await_boxed (judged, error);
}

/* Devices and "fresh" go into one transaction. A user whose list changed meanwhile stays dirty (M16). */
static gboolean
query (MtxDeviceList *self,
       GStrv          users,
       GError       **error)
{
  MtxTrackedUsers         *tracked = _mtx_crypto_engine_get_tracked (self->engine);
  g_autofree gint64       *generations = g_new0 (gint64, g_strv_length (users));
  g_autoptr (MtxKeysReply) reply = NULL;

  for (guint i = 0; users[i] != NULL; i++)
    generations[i] = mtx_tracked_users_get_generation (tracked, users[i]);

  reply = ask (self, users, error);
  if (reply == NULL)
    return FALSE;

  for (guint i = 0; i < reply->failed->len; i++)
    note_failed (self, g_ptr_array_index (reply->failed, i));
  for (guint i = 0; i < reply->answered->len; i++)
    note_answered (self, g_ptr_array_index (reply->answered, i));

  for (guint i = 0; users[i] != NULL; i++)
    {
      if (g_ptr_array_find_with_equal_func (reply->answered, users[i], g_str_equal, NULL))
        mtx_tracked_users_mark_fresh (tracked, users[i], generations[i], reply->changes);
    }

  if (g_ptr_array_find_with_equal_func (reply->answered,
                                        mtx_crypto_engine_get_user_id (self->engine),
                                        g_str_equal,
                                        NULL))
    g_signal_emit (self, signals[OWN_KEYS_SEEN], 0, reply);

  if (!mtx_change_set_is_empty (reply->changes)
      && !dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), reply->changes), error))
    {
      g_autoptr (MtxChangeSet) unused = mtx_change_set_new ();

      /* What could not be stored is not known. */
      mtx_tracked_users_mark_changed (tracked, (const char *const *)users, unused);
      return FALSE;
    }

  for (guint i = 0; i < reply->changed->len; i++)
    {
      _mtx_crypto_engine_note_changed (self->engine, g_ptr_array_index (reply->changed, i));
      g_signal_emit (self, signals[CHANGED], 0, g_ptr_array_index (reply->changed, i));
    }

  return TRUE;
}

static GStrv
pick_dirty (MtxDeviceList *self,
            GStrv          users)
{
  MtxTrackedUsers         *tracked = _mtx_crypto_engine_get_tracked (self->engine);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint                    n_picked = 0;

  for (guint i = 0; users[i] != NULL && n_picked < MTX_DEVICE_LIST_MAX_USERS; i++)
    {
      if (mtx_tracked_users_is_dirty (tracked, users[i]) && !is_backed_off (self, users[i]))
        {
          g_strv_builder_add (builder, users[i]);
          n_picked++;
        }
    }

  return g_strv_builder_end (builder);
}

typedef struct
{
  MtxDeviceList *self;
  GStrv          users;      /* NULL: all that are dirty */
  guint          max_rounds; /* of queries for each of them */
} Refresh;

static void
refresh_free (gpointer memory)
{
  Refresh *refresh = memory;

  g_clear_object (&refresh->self);
  g_clear_pointer (&refresh->users, g_strfreev);
  g_free (refresh);
}

static gboolean
track (MtxDeviceList *self,
       GStrv          users,
       GError       **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_tracked_users_track (_mtx_crypto_engine_get_tracked (self->engine), (const char *const *)users, changes);
  if (mtx_change_set_is_empty (changes))
    return TRUE;

  return dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), error);
}

static DexFuture *
refresh_fiber (gpointer data)
{
  Refresh           *refresh = data;
  MtxDeviceList     *self = refresh->self;
  g_autoptr (GError) error = NULL;
  guint              n_users;
  guint              n_queries;

  if (!mtx_device_list_gaps_close (self->http, self->engine, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (refresh->users == NULL)
    refresh->users = mtx_tracked_users_dup_dirty (_mtx_crypto_engine_get_tracked (self->engine));
  else if (!track (self, refresh->users, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  n_users = g_strv_length (refresh->users);
  n_queries = (n_users / MTX_DEVICE_LIST_MAX_USERS + 1) * refresh->max_rounds;
  for (guint i = 0; i < n_queries; i++)
    {
      g_auto (GStrv) dirty = pick_dirty (self, refresh->users);

      if (dirty[0] == NULL)
        break;
      if (!query (self, dirty, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_true ();
}

static DexFuture *
refresh (MtxDeviceList     *self,
         const char *const *user_ids,
         guint              max_rounds)
{
  Refresh *data = g_new0 (Refresh, 1);

  data->self = g_object_ref (self);
  data->users = g_strdupv ((char **)user_ids);
  data->max_rounds = max_rounds;

  return mtx_turns_take (&self->turns, "device-list", refresh_fiber, data, refresh_free);
}

static DexFuture *
query_own_fiber (gpointer data)
{
  MtxDeviceList           *self = data;
  const char              *users[] = { mtx_crypto_engine_get_user_id (self->engine), NULL };
  g_autoptr (MtxKeysReply) reply = NULL;
  g_autoptr (GError)       error = NULL;

  reply = ask (self, (GStrv)users, &error);
  if (reply == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_KEYS_REPLY, g_steal_pointer (&reply));
}

static void
mtx_device_list_finalize (GObject *object)
{
  MtxDeviceList *self = MTX_DEVICE_LIST (object);

  mtx_turns_clear (&self->turns);
  g_clear_pointer (&self->failures, g_hash_table_unref);
  g_clear_pointer (&self->answers, g_hash_table_unref);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (mtx_device_list_parent_class)->finalize (object);
}

static void
mtx_device_list_class_init (MtxDeviceListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_device_list_finalize;

  /**
   * MtxDeviceList::changed:
   * @self: the device list
   * @user_id: a user
   *
   * A device or the identity of a user was not so before; what is stored is up to date.
   */
  signals[CHANGED] = g_signal_new ("changed",
                                   MTX_TYPE_DEVICE_LIST,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   1,
                                   G_TYPE_STRING);

  /**
   * MtxDeviceList::own-keys-seen:
   * @self: the device list
   * @reply: the answer
   *
   * An answer of the server showed our own user. Whoever learns something from it adds it to the answer's changes,
   * which are about to be stored: the list will count as known, and nobody would ask again (threat 18).
   */
  signals[OWN_KEYS_SEEN] = g_signal_new ("own-keys-seen",
                                         MTX_TYPE_DEVICE_LIST,
                                         G_SIGNAL_RUN_LAST,
                                         0,
                                         NULL,
                                         NULL,
                                         NULL,
                                         G_TYPE_NONE,
                                         1,
                                         MTX_TYPE_KEYS_REPLY);
}

static void
mtx_device_list_init (MtxDeviceList *self)
{
  self->failures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/**
 * mtx_device_list_new:
 * @http: the connection
 * @engine: the engine, which knows who is followed and who we are
 *
 * Returns: (transfer full): a device list
 */
MtxDeviceList *
mtx_device_list_new (MtxHttp         *http,
                     MtxCryptoEngine *engine)
{
  MtxDeviceList *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);

  self = g_object_new (MTX_TYPE_DEVICE_LIST, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);

  return self;
}

/**
 * mtx_device_list_refresh:
 * @self: a device list
 * @user_ids: (array zero-terminated=1): users
 *
 * Follows these users from now on and fetches those lists that are not up to date. A user whose server does
 * not answer is left for later and does not make this fail; only our own server's silence does.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with the request's error
 */
DexFuture *
mtx_device_list_refresh (MtxDeviceList     *self,
                         const char *const *user_ids)
{
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (self), NULL);
  g_return_val_if_fail (user_ids != NULL, NULL);

  return refresh (self, user_ids, MAX_ROUNDS);
}

/**
 * mtx_device_list_ask_ahead:
 * @self: a device list
 * @user_ids: (array zero-terminated=1): users somebody is about to write to
 *
 * Like mtx_device_list_refresh(), but asks once: a list that changes meanwhile stays out of date. Whoever only wants
 * to be early gains nothing from the second answer.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with the request's error
 */
DexFuture *
mtx_device_list_ask_ahead (MtxDeviceList     *self,
                           const char *const *user_ids)
{
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (self), NULL);
  g_return_val_if_fail (user_ids != NULL, NULL);

  return refresh (self, user_ids, 1);
}

/**
 * mtx_device_list_refresh_dirty:
 * @self: a device list
 *
 * Fetches all lists that are not up to date.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with the request's error
 */
DexFuture *
mtx_device_list_refresh_dirty (MtxDeviceList *self)
{
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (self), NULL);

  return refresh (self, NULL, MAX_ROUNDS);
}

/**
 * mtx_device_list_expire:
 * @self: a device list
 * @user_ids: (array zero-terminated=1): users whose changes nobody announces: those who were invited and have not
 *   joined, for servers announce only what happens among people who share a room
 *
 * Makes the lists of these users out of date unless they were fetched in the last minute. So a device on which an
 * invited person logs in gets the key of what is sent from then on, and not only from their joining on.
 */
void
mtx_device_list_expire (MtxDeviceList     *self,
                        const char *const *user_ids)
{
  g_autoptr (MtxChangeSet) unused = mtx_change_set_new ();

  g_return_if_fail (MTX_IS_DEVICE_LIST (self));
  g_return_if_fail (user_ids != NULL);

  for (guint i = 0; user_ids[i] != NULL; i++)
    {
      const char *const one[] = { user_ids[i], NULL };
      const gint64     *answered_at = g_hash_table_lookup (self->answers, user_ids[i]);

      /* Not stored: after a restart nothing is known to be young, and it is asked for anyway. */
      if (answered_at == NULL || now_monotonic_ms () - *answered_at > UNANNOUNCED_MAX_AGE_MS)
        mtx_tracked_users_mark_changed (_mtx_crypto_engine_get_tracked (self->engine), one, unused);
    }
}

/**
 * mtx_device_list_needs_refresh:
 * @self: a device list
 * @user_ids: (array zero-terminated=1): users
 *
 * Whether a list changed again since it was fetched, and can be fetched now.
 *
 * Returns: %TRUE if one of the lists is not up to date
 */
gboolean
mtx_device_list_needs_refresh (MtxDeviceList     *self,
                               const char *const *user_ids)
{
  g_auto (GStrv) dirty = NULL;

  g_return_val_if_fail (MTX_IS_DEVICE_LIST (self), FALSE);
  g_return_val_if_fail (user_ids != NULL, FALSE);

  dirty = pick_dirty (self, (GStrv)user_ids);

  return dirty[0] != NULL;
}

/**
 * mtx_device_list_query_own:
 * @self: a device list
 *
 * Asks what the server shows of ourselves. Nothing is stored.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxKeysReply
 */
DexFuture *
mtx_device_list_query_own (MtxDeviceList *self)
{
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (self), NULL);

  return mtx_turns_take (&self->turns, "own-keys", query_own_fiber, g_object_ref (self), g_object_unref);
}
