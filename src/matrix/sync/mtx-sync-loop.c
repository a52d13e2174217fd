/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fetch, hand over, commit, show, again. The token goes into the transaction that stores what it stands for
 * (M7), so the loop knows only the token of what is committed; whatever fails is fetched again.
 */
#include "mtx-sync-loop.h"

#include "mtx-change-set.h"
#include "mtx-crypto-engine.h"
#include "mtx-db.h"
#include "mtx-device-trouble-store.h"
#include "mtx-encryption.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json-salvage.h"
#include "mtx-key-backup.h"
#include "mtx-session-store.h"
#include "mtx-sync-filter.h"
#include "mtx-sync-response.h"

#define LONG_POLL_MS     30000
#define LONG_POLL_TEXT   "30000"
#define GRACE_MS         30000        /* on top of the long poll, before we call the server dead */
#define HASTY_US         (500 * 1000) /* a long poll that is answered sooner, with nothing … */
#define HASTY_ANSWERS    5            /* … so often in a row, would keep us and the server busy … */
#define HASTY_WAIT_MS    1000         /* … without this */
#define FAILURES_TO_TELL 2            /* one lost connection is no news yet */

/* Waits between tries, in milliseconds; the last one repeats. */
static const gint64 waits_ms[] = { 1000, 5000, 10000, 20000, 30000 };

struct _MtxSyncLoop
{
  GObject parent_instance;

  /* owned */
  MtxHttp         *http;
  MtxDb           *db;
  MtxCryptoEngine *engine;
  MtxEncryption   *encryption;
  MtxRoomList     *rooms;
  char            *next_batch; /* as committed; NULL before the first sync */
  char            *lost_batch; /* likewise, but the server does not know it any more; NULL: none */
  DexPromise      *interrupt;  /* resolved to end a wait or a poll early */
  DexPromise      *synced;     /* resolved by the first commit since start */
  DexFuture       *running;    /* NULL until started */

  /* borrowed: lives as long as the process */
  GNetworkMonitor *monitor;

  /* state */
  MtxConnection connection;
  guint         failures; /* in a row */
  guint         hasty_answers;
  gboolean      stopping;
  gboolean      waiting; /* after a failure */
  gboolean      drained; /* the last sync left nothing behind on the server */
  gboolean      stale;   /* something is to be judged again with the next sync */
  gboolean      polling; /* the server answers when there is something new */
};

G_DEFINE_FINAL_TYPE (MtxSyncLoop, mtx_sync_loop, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CONNECTION,
  N_PROPS
};

enum
{
  SYNCED,
  STOPPED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint       signals[N_SIGNALS];

static void
set_connection (MtxSyncLoop  *self,
                MtxConnection connection)
{
  if (self->connection == connection)
    return;

  self->connection = connection;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTION]);
}

static void
interrupt (MtxSyncLoop *self)
{
  if (dex_future_is_pending (DEX_FUTURE (self->interrupt)))
    dex_promise_resolve_boolean (self->interrupt, TRUE);
}

static void
on_network_changed (MtxSyncLoop *self,
                    gboolean     available)
{
  if (!available && self->connection == MTX_CONNECTION_ONLINE)
    set_connection (self, MTX_CONNECTION_OFFLINE);

  /* Either the old connection is dead, or a new one can be made: no use in waiting for time-outs. */
  self->failures = 0;
  interrupt (self);
}

/* Stored messages of somebody whose devices changed are judged again with the next sync, so that comes now. */
static void
on_identity_changed (MtxSyncLoop *self)
{
  self->stale = TRUE;
  if (self->polling)
    interrupt (self);
}

/* Awaits @future (taken), or the interruption, which cancels it. */
static gboolean
await_interruptible (MtxSyncLoop *self,
                     DexFuture   *future,
                     GError     **error)
{
  gboolean ok = dex_await (dex_future_first (future, dex_ref (DEX_FUTURE (self->interrupt)), NULL), error);

  if (!dex_future_is_pending (DEX_FUTURE (self->interrupt)))
    {
      dex_unref (self->interrupt);
      self->interrupt = dex_promise_new ();
    }

  return ok;
}

static MtxRequest *
make_request (MtxSyncLoop *self)
{
  MtxRequest      *request = mtx_request_new (MTX_ENDPOINT_SYNC, NULL);
  g_autofree char *filter = mtx_sync_filter_dup_json ();
  gboolean         poll = self->drained && !self->stale && self->connection == MTX_CONNECTION_ONLINE;

  self->polling = poll;
  self->stale = FALSE;

  /* At first, and until nothing is left behind, the answer is wanted at once (protocol.md section 9). */
  mtx_request_add_query (request, "timeout", poll ? LONG_POLL_TEXT : "0");
  mtx_request_set_timeout_ms (request, (poll ? LONG_POLL_MS : 0) + GRACE_MS);
  mtx_request_add_query (request, "filter", filter);
  mtx_request_add_query (request, "set_presence", "offline");
  mtx_request_add_query (request, "use_state_after", "true");
  mtx_request_add_query (request, "org.matrix.msc4222.use_state_after", "true");
  if (self->next_batch != NULL)
    mtx_request_add_query (request, "since", self->next_batch);
  mtx_request_set_flags (request, MTX_REQUEST_RAW_REPLY);
  mtx_request_set_max_reply (request, MTX_REQUEST_SYNC_MAX_BYTES);

  return request;
}

static DexFuture *
parse_thread (gpointer data)
{
  gsize                  length = 0;
  const char            *text = g_bytes_get_data (data, &length);
  MtxJsonLimits          limits = { .max_bytes = MTX_REQUEST_SYNC_MAX_BYTES, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = mtx_json_parse_salvaged (text, (gssize)length, &limits, NULL, &error);
  MtxSyncResponse       *response = NULL;

  if (object == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_BAD_REPLY, "The sync cannot be read: %s", error->message);

  response = mtx_sync_response_new_from_json (object, &error);
  if (response == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_SYNC_RESPONSE, response);
}

static MtxSyncResponse *
fetch (MtxSyncLoop *self,
       GError     **error)
{
  g_autoptr (MtxRequest) request = make_request (self);
  g_autoptr (DexFuture)  sent = mtx_http_send (self->http, request);
  g_autoptr (MtxReply)   reply = NULL;
  gboolean               ok;

  ok = await_interruptible (self, dex_ref (sent), error);
  self->polling = FALSE;
  if (!ok)
    return NULL;
  if (dex_future_is_pending (sent))
    return NULL; /* interrupted: dropping the future cancels the request */

  reply = dex_await_boxed (g_steal_pointer (&sent), error);
  if (reply == NULL)
    return NULL;

  return dex_await_boxed (mtx_thread_run ("mtx-sync-parse", parse_thread, g_bytes_ref (mtx_reply_get_bytes (reply)),
                                          (GDestroyNotify)g_bytes_unref),
                          error);
}

static DexFuture *
write_sync (MtxSyncResponse *response,
            MtxChangeSet    *changes,
            gpointer         data)
{
  MtxSyncLoop *self = data;

  mtx_session_store_put_next_batch (changes, response->next_batch);
  if (self->lost_batch != NULL)
    mtx_device_trouble_store_put_gap (changes,
                                      &(MtxDeviceListGapRow){ .from_token = self->lost_batch, .to_token = response->next_batch });

  return mtx_room_list_write (self->rooms, response, changes);
}

/* Freeing thousands of events takes time that the screen should not notice. */
static DexFuture *
drop_thread (gpointer data)
{
  return dex_future_new_true ();
}

static void
drop_response (MtxSyncResponse *response)
{
  mtx_fiber_fire (mtx_thread_run ("mtx-sync-drop", drop_thread, response, (GDestroyNotify)mtx_sync_response_unref),
                  "let go of a sync");
}

/* Encryption before the rooms of the same answer (M8), one transaction for all of it (M7), then the screen. */
static gboolean
take (MtxSyncLoop     *self,
      MtxSyncResponse *response,
      GError         **error)
{
  if (!dex_await (mtx_crypto_engine_process_sync (self->engine, response, write_sync, g_object_ref (self), g_object_unref),
                  error))
    return FALSE;

  g_set_str (&self->next_batch, response->next_batch);
  g_clear_pointer (&self->lost_batch, g_free);
  self->drained = response->to_device->len == 0;
  mtx_key_backup_note_account_data (mtx_encryption_get_key_backup (self->encryption), response->account_data);

  return dex_await (mtx_room_list_publish (self->rooms, response), error);
}

static DexFuture *
write_healed (MtxSyncResponse *response,
              MtxChangeSet    *changes,
              gpointer         data)
{
  return mtx_room_list_write (data, response, changes);
}

/* Room keys came from elsewhere: what waited for them is written and shown as if a sync had brought it (M36). */
static DexFuture *
heal_fiber (gpointer data)
{
  MtxSyncLoop                *self = data;
  g_autoptr (MtxSyncResponse) response = mtx_sync_response_new_empty ();
  g_autoptr (GError)          error = NULL;

  if (!dex_await (mtx_crypto_engine_heal (self->engine, response, write_healed, g_object_ref (self->rooms),
                                          g_object_unref),
                  &error)
      || !dex_await (mtx_room_list_publish (self->rooms, response), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static void
on_room_keys_imported (MtxSyncLoop *self)
{
  mtx_fiber_fire (mtx_fiber_spawn ("mtx-sync-heal", heal_fiber, g_object_ref (self), g_object_unref),
                  "read what waited for room keys");
}

static void
announce (MtxSyncLoop *self)
{
  self->failures = 0;
  set_connection (self, MTX_CONNECTION_ONLINE);
  if (dex_future_is_pending (DEX_FUTURE (self->synced)))
    dex_promise_resolve_boolean (self->synced, TRUE);
  g_signal_emit (self, signals[SYNCED], 0);
  mtx_fiber_fire (mtx_encryption_after_sync (self->encryption), "keep keys and devices up to date");
}

/* What no repetition cures: the session has to act, or nobody can. */
static gboolean
is_final (const GError *error)
{
  static const MtxError codes[] = {
    MTX_ERROR_LOG_IN_AGAIN,
    MTX_ERROR_SOFT_LOGOUT,
    MTX_ERROR_CLOSED,
    MTX_ERROR_DAMAGED,
    MTX_ERROR_WRONG_SECRET,
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, MTX_ERROR, (int)codes[i]))
      return TRUE;

  return FALSE;
}

/* A server that was set back, or forgets, refuses our token for ever. Then everything is asked for anew, and whose
 * devices changed meanwhile is asked for by itself: such a sync does not say it (M15). */
static gboolean
is_token_lost (MtxSyncLoop  *self,
               const GError *error)
{
  static const char *const errcodes[] = { "M_UNKNOWN", "M_UNKNOWN_POS", "M_INVALID_PARAM", NULL };
  const char              *errcode = mtx_error_get_errcode (error);

  return self->next_batch != NULL && errcode != NULL && g_strv_contains (errcodes, errcode)
         && (g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED) || g_error_matches (error, MTX_ERROR, MTX_ERROR_INVALID));
}

static gint64
note_failure (MtxSyncLoop  *self,
              const GError *error)
{
  gint64   wait_ms = waits_ms[MIN (self->failures, G_N_ELEMENTS (waits_ms) - 1)];
  gboolean network = g_network_monitor_get_network_available (self->monitor);

  self->failures++;
  g_debug ("sync failed %u times: %s", self->failures, error->message);

  if (!network)
    set_connection (self, MTX_CONNECTION_OFFLINE);
  else if (self->failures >= FAILURES_TO_TELL || self->connection == MTX_CONNECTION_OFFLINE)
    set_connection (self, MTX_CONNECTION_UNREACHABLE);

  return MAX (wait_ms, mtx_error_get_retry_after_ms (error));
}

static gboolean
load_token (MtxSyncLoop *self,
            GError     **error)
{
  g_autoptr (GError)        absent = NULL;
  g_autoptr (MtxSessionRow) row = dex_await_boxed (mtx_session_store_load (self->db), &absent);

  if (row == NULL && !g_error_matches (absent, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&absent));
      return FALSE;
    }
  g_set_str (&self->next_batch, row != NULL ? row->next_batch : NULL);
  g_clear_pointer (&self->lost_batch, g_free);

  return TRUE;
}

static gboolean
is_empty (MtxSyncResponse *response)
{
  return response->to_device->len == 0 && response->rooms->len == 0 && response->direct == NULL && response->changed[0] == NULL && response->left[0] == NULL;
}

/* Counts answers that a server which ignores the time-out gives; says whether it is time to slow down. */
static gboolean
is_hasty (MtxSyncLoop     *self,
          MtxSyncResponse *response,
          gint64           began_us)
{
  if (is_empty (response) && g_get_monotonic_time () - began_us < HASTY_US)
    self->hasty_answers++;
  else
    self->hasty_answers = 0;

  return self->hasty_answers >= HASTY_ANSWERS;
}

static DexFuture *
mtx_sync_loop_fiber (gpointer data)
{
  MtxSyncLoop       *self = data;
  g_autoptr (GError) error = NULL;

  load_token (self, &error);

  while (!self->stopping && error == NULL)
    {
      gint64           began_us = g_get_monotonic_time ();
      MtxSyncResponse *response = fetch (self, &error);
      gboolean         hasty = response != NULL && is_hasty (self, response, began_us);

      if (response != NULL)
        {
          if (take (self, response, &error))
            announce (self);
          drop_response (response);
        }
      if (hasty && error == NULL)
        await_interruptible (self, mtx_future_after (HASTY_WAIT_MS), &error);

      if (error != NULL && !is_final (error) && !self->stopping)
        {
          gint64 wait_ms = note_failure (self, error);

          if (is_token_lost (self, error))
            self->lost_batch = g_steal_pointer (&self->next_batch);
          g_clear_error (&error);
          self->waiting = TRUE;
          await_interruptible (self, mtx_future_after (wait_ms), &error);
          self->waiting = FALSE;
        }
    }

  if (error != NULL && !self->stopping)
    g_signal_emit (self, signals[STOPPED], 0, error);

  return dex_future_new_true ();
}

static void
mtx_sync_loop_finalize (GObject *object)
{
  MtxSyncLoop *self = MTX_SYNC_LOOP (object);

  g_clear_object (&self->http);
  g_clear_object (&self->db);
  g_clear_object (&self->engine);
  g_clear_object (&self->encryption);
  g_clear_object (&self->rooms);
  g_free (self->next_batch);
  g_free (self->lost_batch);
  dex_clear (&self->interrupt);
  dex_clear (&self->synced);
  dex_clear (&self->running);

  G_OBJECT_CLASS (mtx_sync_loop_parent_class)->finalize (object);
}

static void
mtx_sync_loop_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  MtxSyncLoop *self = MTX_SYNC_LOOP (object);

  switch (prop_id)
    {
    case PROP_CONNECTION:
      g_value_set_enum (value, (int)self->connection);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_sync_loop_class_init (MtxSyncLoopClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_sync_loop_finalize;
  object_class->get_property = mtx_sync_loop_get_property;

  properties[PROP_CONNECTION] = g_param_spec_enum ("connection", NULL, NULL, MTX_TYPE_CONNECTION, MTX_CONNECTION_CONNECTING,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SYNCED] = g_signal_new ("synced", MTX_TYPE_SYNC_LOOP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[STOPPED] = g_signal_new ("stopped", MTX_TYPE_SYNC_LOOP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
mtx_sync_loop_init (MtxSyncLoop *self)
{
  self->monitor = g_network_monitor_get_default ();
  self->interrupt = dex_promise_new ();
  self->synced = dex_promise_new ();
  g_signal_connect_object (self->monitor, "network-changed", G_CALLBACK (on_network_changed), self, G_CONNECT_SWAPPED);
}

/**
 * mtx_sync_loop_new:
 * @http: the account's server
 * @db: the account's database
 * @engine: takes each sync as one command
 * @encryption: catches up with keys and devices after each
 * @rooms: writes and shows what a sync says of rooms; loaded
 *
 * Returns: (transfer full): a loop that does not run yet
 */
MtxSyncLoop *
mtx_sync_loop_new (MtxHttp         *http,
                   MtxDb           *db,
                   MtxCryptoEngine *engine,
                   MtxEncryption   *encryption,
                   MtxRoomList     *rooms)
{
  MtxSyncLoop *self = NULL;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_ENCRYPTION (encryption), NULL);
  g_return_val_if_fail (MTX_IS_ROOM_LIST (rooms), NULL);

  self = g_object_new (MTX_TYPE_SYNC_LOOP, NULL);
  self->http = g_object_ref (http);
  self->db = g_object_ref (db);
  self->engine = g_object_ref (engine);
  self->encryption = g_object_ref (encryption);
  self->rooms = g_object_ref (rooms);
  g_signal_connect_object (encryption, "identity-changed", G_CALLBACK (on_identity_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "room-keys-imported", G_CALLBACK (on_room_keys_imported), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mtx_sync_loop_get_connection:
 * @self: a sync loop
 *
 * Returns: whether the server answers, as far as syncing tells
 */
MtxConnection
mtx_sync_loop_get_connection (MtxSyncLoop *self)
{
  g_return_val_if_fail (MTX_IS_SYNC_LOOP (self), MTX_CONNECTION_CONNECTING);

  return self->connection;
}

/**
 * mtx_sync_loop_start:
 * @self: a loop that does not run
 *
 * Starts syncing where the store says the last commit ended. Runs until mtx_sync_loop_stop(), or until "stopped"
 * says why it cannot go on; then it may be started again.
 */
void
mtx_sync_loop_start (MtxSyncLoop *self)
{
  g_return_if_fail (MTX_IS_SYNC_LOOP (self));
  g_return_if_fail (self->running == NULL || !dex_future_is_pending (self->running));

  dex_clear (&self->running);
  self->stopping = FALSE;
  self->drained = FALSE;
  self->failures = 0;
  self->running = mtx_fiber_spawn ("mtx-sync-loop", mtx_sync_loop_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_sync_loop_kick:
 * @self: a sync loop
 *
 * Ends the wait after a failure, if there is one: somebody has a reason to believe that the server answers again.
 */
void
mtx_sync_loop_kick (MtxSyncLoop *self)
{
  g_return_if_fail (MTX_IS_SYNC_LOOP (self));

  if (self->waiting)
    interrupt (self);
}

/**
 * mtx_sync_loop_when_synced:
 * @self: a sync loop
 *
 * Returns: (transfer full): a future that resolves once a sync was committed and shown since the loop was made
 */
DexFuture *
mtx_sync_loop_when_synced (MtxSyncLoop *self)
{
  g_return_val_if_fail (MTX_IS_SYNC_LOOP (self), NULL);

  return dex_ref (DEX_FUTURE (self->synced));
}

/**
 * mtx_sync_loop_stop:
 * @self: a sync loop
 *
 * Cancels a request under way; a sync that has arrived is still committed.
 *
 * Returns: (transfer full): a future that resolves when the loop has ended
 */
DexFuture *
mtx_sync_loop_stop (MtxSyncLoop *self)
{
  g_return_val_if_fail (MTX_IS_SYNC_LOOP (self), NULL);

  self->stopping = TRUE;
  interrupt (self);

  return self->running != NULL ? dex_ref (self->running) : dex_future_new_true ();
}
