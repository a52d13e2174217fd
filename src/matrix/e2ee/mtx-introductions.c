/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes somebody we invited look up who we are before they accept, so that their first look at our messages is
 * not one at messages from a stranger.
 *
 * A client follows the devices of people with whom it shares an encrypted room, which begins with the join. The
 * sync that shows the join also brings what was written before. Element's SDK decrypts that at once, before it has
 * asked for our identity; set to leave out unsigned devices, it takes the messages for those of an unsigned device
 * and does not look again until it is restarted. Nothing inside a message or a room key helps, for our master key
 * counts only when it comes by /keys/query.
 *
 * There is one harmless message on which it asks for an unknown sender's keys, whether it shares a room with the
 * sender or not: an `m.room_key_request` for a key it has. So some follow each room key that goes to somebody
 * invited. Nobody hands a key to another user's device because of it; clients ignore it, or at most look us up.
 */
#include "mtx-introductions.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-random.h"
#include "mtx-to-device-batches.h"

/* The SDK does not look for a key that came in the same sync as the request. So the first, which comes in time for
 * whoever accepts at once, is followed by others, for who was busy or away for a moment. */
static const gint64 delays_ms[] = { 0, 5 * 1000, 60 * 1000 };

struct _MtxIntroductions
{
  GObject parent_instance;

  /* owned */
  MtxCryptoEngine   *engine;
  MtxToDeviceSender *sender;
  GHashTable        *rounds; /* room id → Begun; NULL after the end */
};

G_DEFINE_FINAL_TYPE (MtxIntroductions, mtx_introductions, G_TYPE_OBJECT)

typedef struct
{
  MtxCryptoEngine   *engine;
  MtxToDeviceSender *sender;
  char              *room_id;
  char              *session_id;
  GPtrArray         *shares; /* of MtxKeyShareRow: who has the key */
} Round;

/* The last one of a room, done or under way. */
typedef struct
{
  DexFuture *future;
  char      *session_id;
  guint      n_devices;
} Begun;

static void
begun_free (gpointer memory)
{
  Begun *begun = memory;

  dex_clear (&begun->future);
  g_clear_pointer (&begun->session_id, g_free);
  g_free (begun);
}

static void
round_free (gpointer memory)
{
  Round *round = memory;

  g_clear_object (&round->engine);
  g_clear_object (&round->sender);
  g_clear_pointer (&round->room_id, g_free);
  g_clear_pointer (&round->session_id, g_free);
  g_clear_pointer (&round->shares, g_ptr_array_unref);
  g_free (round);
}

static JsonObject *
build_request (const Round *round,
               const char  *request_id)
{
  JsonObject *content = json_object_new ();
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (body, "room_id", round->room_id);
  json_object_set_string_member (body, "session_id", round->session_id);
  json_object_set_string_member (body, "sender_key", mtx_crypto_engine_get_curve25519 (round->engine));

  json_object_set_string_member (content, "action", "request");
  json_object_set_string_member (content, "request_id", request_id);
  json_object_set_string_member (content, "requesting_device_id", mtx_crypto_engine_get_device_id (round->engine));
  json_object_set_object_member (content, "body", body);

  return content;
}

static gboolean
put_requests (const Round  *round,
              MtxChangeSet *changes,
              GError      **error)
{
  g_autoptr (MtxToDeviceBatches) batches = mtx_to_device_batches_new ("m.room_key_request", NULL, NULL, changes);
  g_autofree char               *request_id = mtx_random_dup_token (error);
  g_autoptr (JsonObject)         content = NULL;

  if (request_id == NULL)
    return FALSE;

  content = build_request (round, request_id);
  for (guint i = 0; i < round->shares->len; i++)
    {
      const MtxKeyShareRow *share = g_ptr_array_index (round->shares, i);
      const MtxDeviceRow    device = { .user_id = share->user_id, .device_id = share->device_id };

      if (mtx_to_device_batches_add (batches, &device, content, error) == NULL)
        return FALSE;
    }
  mtx_to_device_batches_close (batches);

  return TRUE;
}

static DexFuture *
round_fiber (gpointer data)
{
  Round             *round = data;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (delays_ms); i++)
    {
      g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
      g_autoptr (GError)       failure = NULL;

      if (!dex_await (mtx_future_after (delays_ms[i]), &error)
          || !put_requests (round, changes, &error)
          || !dex_await (mtx_db_commit (mtx_crypto_engine_get_db (round->engine), changes), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));

      /* What was not taken waits in the store. */
      if (!dex_await (mtx_to_device_sender_send_all (round->sender), &failure))
        g_debug ("Nobody was told who we are: %s", failure->message);
    }

  return dex_future_new_true ();
}

static void
mtx_introductions_finalize (GObject *object)
{
  MtxIntroductions *self = MTX_INTRODUCTIONS (object);

  g_clear_pointer (&self->rounds, g_hash_table_unref);
  g_clear_object (&self->engine);
  g_clear_object (&self->sender);

  G_OBJECT_CLASS (mtx_introductions_parent_class)->finalize (object);
}

static void
mtx_introductions_class_init (MtxIntroductionsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_introductions_finalize;
}

static void
mtx_introductions_init (MtxIntroductions *self)
{
  self->rounds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, begun_free);
}

/**
 * mtx_introductions_new:
 * @engine: the engine, for who we are
 * @sender: who sends to devices
 *
 * Returns: (transfer full): a new object; what it has begun ends with it
 */
MtxIntroductions *
mtx_introductions_new (MtxCryptoEngine   *engine,
                       MtxToDeviceSender *sender)
{
  MtxIntroductions *self = NULL;

  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_TO_DEVICE_SENDER (sender), NULL);

  self = g_object_new (MTX_TYPE_INTRODUCTIONS, NULL);
  self->engine = g_object_ref (engine);
  self->sender = g_object_ref (sender);

  return self;
}

static DexFuture *
pass_on (DexFuture *future,
         gpointer   data)
{
  return dex_ref (future);
}

/**
 * mtx_introductions_begin:
 * @self: the introductions
 * @session: the room key in use
 * @shares: (element-type MtxKeyShareRow): all devices of people who are invited and have not joined for which the
 *   server has taken the key; not changed afterwards
 *
 * Makes the devices look up our identity, now and a few times in the next minute (specification, §
 * m.room_key_request). Nothing waits for it. Once for each run of the program, room key and number of devices: to be
 * called with every message.
 */
void
mtx_introductions_begin (MtxIntroductions            *self,
                         const MtxOutboundSessionRow *session,
                         GPtrArray                   *shares)
{
  Begun *begun = NULL;
  Round *round = NULL;

  g_return_if_fail (MTX_IS_INTRODUCTIONS (self));
  g_return_if_fail (session != NULL);
  g_return_if_fail (shares != NULL);

  if (self->rounds == NULL || shares->len == 0)
    return;
  begun = g_hash_table_lookup (self->rounds, session->room_id);
  if (begun != NULL && g_str_equal (begun->session_id, session->session_id) && begun->n_devices == shares->len)
    return;

  round = g_new0 (Round, 1);
  round->engine = g_object_ref (self->engine);
  round->sender = g_object_ref (self->sender);
  round->room_id = g_strdup (session->room_id);
  round->session_id = g_strdup (session->session_id);
  round->shares = g_ptr_array_ref (shares);

  begun = g_new0 (Begun, 1);
  begun->session_id = g_strdup (session->session_id);
  begun->n_devices = shares->len;
  /* A fiber ends early when something that depends on it is dropped. */
  begun->future = dex_future_finally (mtx_fiber_spawn ("introduction", round_fiber, round, round_free), pass_on, NULL, NULL);
  g_hash_table_replace (self->rounds, g_strdup (session->room_id), begun);
}

/**
 * mtx_introductions_end:
 * @self: the introductions
 *
 * Ends what was begun; nothing is begun any more.
 */
void
mtx_introductions_end (MtxIntroductions *self)
{
  g_return_if_fail (MTX_IS_INTRODUCTIONS (self));

  g_clear_pointer (&self->rounds, g_hash_table_unref);
}
