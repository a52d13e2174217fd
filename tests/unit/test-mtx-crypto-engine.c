/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Engines that talk to one another by hand-made JSON: what is exchanged, what survives a restart, and what a
 * failure leaves behind.
 */
#include "crypto-peer-fixture.h"
#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-room-key-plan.h"
#include "mtx-room-key-store.h"
#include "mtx-to-device-store.h"
#include "mtx-to-device.h"

static DexFuture *
test_exchange (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (JsonObject)    to_bob = NULL;
  g_autoptr (JsonObject)    to_alice = NULL;
  g_autoptr (JsonObject)    question = NULL;
  g_autoptr (JsonObject)    answer = NULL;

  to_bob = share (alice, bob);
  question = mtx_crypto_peer_say (alice, "How are you?", "$1");
  assert_reads (bob, to_bob, question, "How are you?");

  /* The sender reads it as well. */
  assert_reads (alice, NULL, question, "How are you?");

  /* Bob answers over the session Alice began: nothing is claimed. */
  g_assert_cmpuint (mtx_crypto_peer_share (bob, alice), ==, 0);
  to_alice = mtx_crypto_peer_take_to_device (bob, alice);
  answer = mtx_crypto_peer_say (bob, "Fine", "$2");
  assert_reads (alice, to_alice, answer, "Fine");

  return NULL;
}

/* Everything restarts between any two steps. */
static DexFuture *
test_restarts (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (JsonObject)    to_bob = NULL;
  g_autoptr (JsonObject)    to_alice = NULL;
  g_autoptr (JsonObject)    first = NULL;
  g_autoptr (JsonObject)    second = NULL;
  g_autoptr (JsonObject)    answer = NULL;
  g_autofree char          *session_id = NULL;

  mtx_crypto_peer_restart (alice);
  g_assert_cmpuint (mtx_crypto_peer_begin (alice, bob), ==, 1);
  mtx_crypto_peer_restart (alice);
  g_assert_cmpuint (mtx_crypto_peer_share (alice, bob), ==, 0);
  mtx_crypto_peer_restart (alice);
  first = mtx_crypto_peer_say (alice, "first", "$1");
  mtx_crypto_peer_restart (alice);
  second = mtx_crypto_peer_say (alice, "second", "$2");
  to_bob = mtx_crypto_peer_take_to_device (alice, bob);

  /* One room key for both: a restart is no reason for another. */
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (first, "content"), "session_id"),
                   ==,
                   mtx_json_get_string (mtx_json_get_object (second, "content"), "session_id"));

  mtx_crypto_peer_restart (bob);
  {
    g_autoptr (MtxSyncResponse) keys_only = mtx_crypto_peer_sync_one (bob, to_bob, NULL);
  }
  mtx_crypto_peer_restart (bob);
  assert_reads (bob, NULL, second, "second");
  mtx_crypto_peer_restart (bob);
  assert_reads (bob, NULL, first, "first");

  g_assert_cmpuint (mtx_crypto_peer_share (bob, alice), ==, 0);
  mtx_crypto_peer_restart (bob);
  answer = mtx_crypto_peer_say (bob, "answer", "$3");
  to_alice = mtx_crypto_peer_take_to_device (bob, alice);
  mtx_crypto_peer_restart (alice);
  assert_reads (alice, to_alice, answer, "answer");

  return NULL;
}

/* Whoever gets the key later reads from there on (M25). */
static DexFuture *
test_ratcheted_sharing (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (MtxCryptoPeer) carol = mtx_crypto_peer_new ("@carol:example.org", "CAROLDEVICE");
  g_autoptr (JsonObject)    to_bob = NULL;
  g_autoptr (JsonObject)    to_carol = NULL;
  g_autoptr (JsonObject)    before = NULL;
  g_autoptr (JsonObject)    after = NULL;

  mtx_crypto_peer_meet (alice, carol);
  to_bob = share (alice, bob);
  before = mtx_crypto_peer_say (alice, "before", "$1");
  to_carol = share (alice, carol);
  after = mtx_crypto_peer_say (alice, "after", "$2");

  assert_reads (bob, to_bob, before, "before");
  assert_reads (bob, NULL, after, "after");
  assert_reads (carol, to_carol, after, "after");
  assert_cannot_read (carol, NULL, before, MTX_DECRYPTION_MISSING_KEY);

  return NULL;
}

static char *
prepare (MtxCryptoPeer     *peer,
         MtxRoomCryptoInfo *info)
{
  g_autoptr (MtxRoomKeyPlan) plan = NULL;
  g_autoptr (GError)         error = NULL;

  plan = dex_await_boxed (_mtx_crypto_engine_prepare_room (peer->engine, info), &error);
  g_assert_no_error (error);

  return g_strdup (plan->session->session_id);
}

static DexFuture *
test_rotation_by_count (gpointer data)
{
  g_autoptr (MtxCryptoPeer)     alice = make_alice ();
  g_autoptr (MtxRoomCryptoInfo) info = mtx_crypto_peer_make_info (2);
  g_autofree char              *first = prepare (alice, info);
  g_autofree char              *same = NULL;
  g_autofree char              *next = NULL;
  g_autoptr (JsonObject)        one = mtx_crypto_peer_say (alice, "one", "$1");
  g_autoptr (JsonObject)        two = NULL;

  same = prepare (alice, info);
  g_assert_cmpstr (same, ==, first);
  two = mtx_crypto_peer_say (alice, "two", "$2");
  next = prepare (alice, info);
  g_assert_cmpstr (next, !=, first);

  /* What was written with the first is read for ever. */
  assert_reads (alice, NULL, two, "two");

  return NULL;
}

static DexFuture *
test_rotation_by_time (gpointer data)
{
  g_autoptr (MtxCryptoPeer)         alice = make_alice ();
  g_autoptr (MtxRoomCryptoInfo)     info = mtx_crypto_peer_make_info (100);
  g_autofree char                  *first = prepare (alice, info);
  g_autofree char                  *next = NULL;
  g_autoptr (MtxOutboundSessionRow) stored = NULL;
  g_autoptr (MtxChangeSet)          changes = mtx_change_set_new ();
  g_autoptr (GError)                error = NULL;
  MtxOutboundSessionRow             older = { 0 };

  stored = dex_await_boxed (mtx_room_key_store_load_outbound (alice->db, MTX_CRYPTO_PEER_ROOM), &error);
  g_assert_no_error (error);
  older = *stored;
  older.created_at -= MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS;
  mtx_room_key_store_put_outbound (changes, &older);
  dex_await (mtx_db_commit (alice->db, changes), &error);
  g_assert_no_error (error);

  next = prepare (alice, info);
  g_assert_cmpstr (next, !=, first);

  return NULL;
}

static DexFuture *
test_replay (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (JsonObject)    to_bob = share (alice, bob);
  g_autoptr (JsonObject)    event = mtx_crypto_peer_say (alice, "Pay now", "$1");
  g_autoptr (JsonObject)    copy = mtx_crypto_peer_say (alice, "other", "$2");

  assert_reads (bob, to_bob, event, "Pay now");
  json_object_set_object_member (copy, "content", json_object_ref (mtx_json_get_object (event, "content")));
  assert_cannot_read (bob, NULL, copy, MTX_DECRYPTION_REFUSED);

  /* The position is remembered for good, and the true event stays readable. */
  mtx_crypto_peer_restart (bob);
  assert_cannot_read (bob, NULL, copy, MTX_DECRYPTION_REFUSED);
  assert_reads (bob, NULL, event, "Pay now");

  return NULL;
}

static DexFuture *
test_spoofed_sender (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (JsonObject)    to_bob = share (alice, bob);
  g_autoptr (JsonObject)    event = mtx_crypto_peer_say (alice, "I am Eve", "$1");

  json_object_set_string_member (event, "sender", "@eve:example.org");
  assert_cannot_read (bob, to_bob, event, MTX_DECRYPTION_REFUSED);

  return NULL;
}

/* The message is there first; the key comes with a later sync. */
static DexFuture *
test_late_key (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxCryptoPeer)   bob = make_bob (alice);
  g_autoptr (JsonObject)      to_bob = share (alice, bob);
  g_autoptr (JsonObject)      event = mtx_crypto_peer_say (alice, "late", "$1");
  g_autoptr (MtxSyncResponse) with_key = NULL;
  g_autoptr (MtxSyncResponse) later = NULL;

  assert_cannot_read (bob, NULL, event, MTX_DECRYPTION_MISSING_KEY);
  mtx_crypto_peer_restart (bob);
  with_key = mtx_crypto_peer_sync_one (bob, to_bob, NULL);
  g_assert_cmpuint (with_key->healed->len, ==, 1);
  assert_event (g_ptr_array_index (with_key->healed, 0), "late", MTX_SHIELD_NONE);

  later = mtx_crypto_peer_sync_one (bob, NULL, NULL);
  g_assert_cmpuint (later->healed->len, ==, 0);

  return NULL;
}

/* The key came by a way that looks at no timeline: the next start finds the event. */
static DexFuture *
test_overlooked_key (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxCryptoPeer)   bob = make_bob (alice);
  g_autoptr (JsonObject)      to_bob = share (alice, bob);
  g_autoptr (JsonObject)      event = mtx_crypto_peer_say (alice, "overlooked", "$1");
  g_autoptr (MtxSyncResponse) with_key = NULL;
  g_autoptr (MtxSyncResponse) after_start = NULL;
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  g_autoptr (GPtrArray)       events = g_ptr_array_new ();
  g_autoptr (MtxSyncResponse) stale = NULL;
  g_autoptr (GError)          error = NULL;

  with_key = mtx_crypto_peer_sync_one (bob, to_bob, NULL);

  /* Somebody stores the event as it was before the key came. */
  g_ptr_array_add (events, event);
  stale = mtx_crypto_peer_make_sync (NULL, events);
  mtx_crypto_peer_write (stale, changes, NULL);
  dex_await (mtx_db_commit (bob->db, changes), &error);
  g_assert_no_error (error);

  mtx_crypto_peer_restart (bob);
  after_start = mtx_crypto_peer_sync_one (bob, NULL, NULL);
  g_assert_cmpuint (after_start->healed->len, ==, 1);
  assert_event (g_ptr_array_index (after_start->healed, 0), "overlooked", MTX_SHIELD_NONE);

  return NULL;
}

static DexFuture *
reject_write (MtxSyncResponse *response,
              MtxChangeSet    *changes,
              gpointer         data)
{
  return dex_future_new_reject (MTX_ERROR, MTX_ERROR_FULL, "No space");
}

/* A sync that could not be stored did not happen: neither the one-time key nor the ratchet is used up. */
static DexFuture *
test_failed_commit (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxCryptoPeer)   bob = make_bob (alice);
  g_autoptr (JsonObject)      to_bob = share (alice, bob);
  g_autoptr (JsonObject)      event = mtx_crypto_peer_say (alice, "twice", "$1");
  g_autoptr (GPtrArray)       to_device = g_ptr_array_new ();
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (GError)          error = NULL;

  g_ptr_array_add (to_device, to_bob);
  response = mtx_crypto_peer_make_sync (to_device, NULL);
  dex_await (mtx_crypto_engine_process_sync (bob->engine, response, reject_write, NULL, NULL), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FULL);

  assert_reads (bob, to_bob, event, "twice");

  return NULL;
}

static void
put_attempts (MtxCryptoPeer *peer,
              JsonObject    *event,
              guint          n_attempts)
{
  g_autoptr (GPtrArray)       to_device = g_ptr_array_new ();
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autofree char            *hash = NULL;
  g_autoptr (GError)          error = NULL;

  g_ptr_array_add (to_device, event);
  response = mtx_crypto_peer_make_sync (to_device, NULL);
  hash = mtx_to_device_hash (g_ptr_array_index (response->to_device, 0));
  for (guint i = 0; i < n_attempts; i++)
    {
      g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

      mtx_to_device_store_begin_attempt (changes, hash, 1);
      dex_await (mtx_db_commit (peer->db, changes), &error);
      g_assert_no_error (error);
    }
}

/* The process ended while it took this event: it is taken once more, alone. If that ended it again, it is
 * left out, and everything else goes on. */
static DexFuture *
test_attempts (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (MtxCryptoPeer) carol = mtx_crypto_peer_new ("@carol:example.org", "CAROLDEVICE");
  g_autoptr (JsonObject)    to_bob = share (alice, bob);
  g_autoptr (JsonObject)    event = mtx_crypto_peer_say (alice, "once more", "$1");
  g_autoptr (JsonObject)    to_carol = NULL;
  g_autoptr (JsonObject)    next = NULL;

  put_attempts (bob, to_bob, 1);
  assert_reads (bob, to_bob, event, "once more");

  /* It was completed: it counts from the beginning again. */
  put_attempts (bob, to_bob, 1);
  assert_reads (bob, to_bob, event, "once more");

  mtx_crypto_peer_meet (alice, carol);
  to_carol = share (alice, carol);
  next = mtx_crypto_peer_say (alice, "never", "$2");
  put_attempts (carol, to_carol, 2);
  assert_cannot_read (carol, to_carol, next, MTX_DECRYPTION_MISSING_KEY);

  return NULL;
}

/* A device list that changed is known after a restart, even if nothing else came of the sync. */
static DexFuture *
test_device_lists (gpointer data)
{
  static const char *const    bob[] = { BOB, NULL };
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  g_autoptr (GError)          error = NULL;
  MtxTrackedUsers            *tracked = _mtx_crypto_engine_get_tracked (alice->engine);

  mtx_tracked_users_track (tracked, bob, changes);
  mtx_tracked_users_mark_fresh (tracked, BOB, mtx_tracked_users_get_generation (tracked, BOB), changes);
  dex_await (mtx_db_commit (alice->db, changes), &error);
  g_assert_no_error (error);

  response = mtx_crypto_peer_make_sync (NULL, NULL);
  g_clear_pointer (&response->changed, g_strfreev);
  response->changed = g_strdupv ((char **)bob);
  dex_await (mtx_crypto_engine_process_sync (alice->engine, response, NULL, NULL, NULL), &error);
  g_assert_no_error (error);

  mtx_crypto_peer_restart (alice);
  g_assert_true (mtx_tracked_users_is_dirty (_mtx_crypto_engine_get_tracked (alice->engine), BOB));

  return NULL;
}

static DexFuture *
test_decrypt_events (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxCryptoPeer)   bob = make_bob (alice);
  g_autoptr (JsonObject)      to_bob = share (alice, bob);
  g_autoptr (JsonObject)      first = mtx_crypto_peer_say (alice, "first", "$1");
  g_autoptr (JsonObject)      second = mtx_crypto_peer_say (alice, "second", "$2");
  g_autoptr (GPtrArray)       objects = g_ptr_array_new ();
  g_autoptr (MtxSyncResponse) keys_only = NULL;
  g_autoptr (MtxSyncResponse) page = NULL;
  g_autoptr (GPtrArray)       read = NULL;
  g_autoptr (GError)          error = NULL;
  GPtrArray                  *events = NULL;

  keys_only = mtx_crypto_peer_sync_one (bob, to_bob, NULL);
  g_ptr_array_add (objects, second);
  g_ptr_array_add (objects, first);
  page = mtx_crypto_peer_make_sync (NULL, objects);
  events = ((MtxSyncRoom *)g_ptr_array_index (page->rooms, 0))->timeline;

  read = dex_await_boxed (mtx_crypto_engine_decrypt_events (bob->engine, events), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->len, ==, 2);
  assert_event (g_ptr_array_index (read, 0), "second", MTX_SHIELD_NONE);
  assert_event (g_ptr_array_index (read, 1), "first", MTX_SHIELD_NONE);

  /* What was handed in is as it was. */
  g_assert_cmpint (mtx_event_get_kind (g_ptr_array_index (events, 0)), ==, MTX_EVENT_KIND_ENCRYPTED);

  return NULL;
}

static JsonObject *
prepare_upload (MtxCryptoPeer       *peer,
                const MtxUploadNeed *need)
{
  g_autoptr (GError) error = NULL;
  JsonObject        *body = dex_await_boxed (_mtx_crypto_engine_prepare_upload (peer->engine, need), &error);

  g_assert_no_error (error);

  return body;
}

static guint
count_members (JsonObject *body,
               const char *name)
{
  JsonObject *keys = mtx_json_get_object (body, name);

  return keys != NULL ? json_object_get_size (keys) : 0;
}

/* What was not confirmed comes again, the same to the last byte (M11). */
static DexFuture *
test_same_upload (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (JsonObject)    first = NULL;
  g_autoptr (JsonObject)    again = NULL;
  g_autoptr (JsonObject)    nothing = NULL;
  g_autofree char          *first_text = NULL;
  g_autofree char          *again_text = NULL;
  g_autoptr (GError)        error = NULL;
  MtxUploadNeed             need = { .one_time_keys = 20 };

  first = prepare_upload (alice, &need);
  g_assert_cmpuint (count_members (first, "one_time_keys"), ==, 30);
  first_text = mtx_json_to_string (first);

  mtx_crypto_peer_restart (alice);
  need.one_time_keys = 0;
  again = prepare_upload (alice, &need);
  again_text = mtx_json_to_string (again);
  g_assert_cmpuint (strlen (again_text), ==, strlen (first_text));
  g_assert_true (json_object_get_size (again) == json_object_get_size (first));
  {
    JsonObject       *keys = mtx_json_get_object (first, "one_time_keys");
    g_autoptr (GList) names = json_object_get_members (keys);

    for (GList *name = names; name != NULL; name = name->next)
      {
        g_autofree char *one = mtx_json_to_string (mtx_json_get_object (keys, name->data));
        g_autofree char *two = mtx_json_to_string (mtx_json_get_object (mtx_json_get_object (again, "one_time_keys"),
                                                                        name->data));

        g_assert_cmpstr (one, ==, two);
      }
  }

  dex_await (_mtx_crypto_engine_confirm_upload (alice->engine, again), &error);
  g_assert_no_error (error);
  need.one_time_keys = 50;
  nothing = prepare_upload (alice, &need);
  g_assert_cmpuint (json_object_get_size (nothing), ==, 0);

  return NULL;
}

/* Claimed keys that are not the device's own begin nothing. */
static guint
begin_with (MtxCryptoPeer *alice,
            MtxCryptoPeer *bob,
            const char    *key_id,
            JsonObject    *key)
{
  g_autoptr (GPtrArray) claimed = g_ptr_array_new_with_free_func (_mtx_claimed_key_free);
  g_autoptr (GPtrArray) begun = NULL;
  g_autoptr (GError)    error = NULL;
  MtxClaimedKey        *claim = g_new0 (MtxClaimedKey, 1);

  claim->device = mtx_crypto_peer_load_device (alice, bob);
  claim->key_id = g_strdup (key_id);
  claim->untrusted_key = json_object_ref (key);
  g_ptr_array_add (claimed, claim);
  begun = dex_await_boxed (_mtx_crypto_engine_begin_sessions (alice->engine, claimed), &error);
  g_assert_no_error (error);

  return begun->len;
}

/* @sender writes to Alice with a fallback key of hers; TRUE if she can read it. */
static gboolean
reaches_alice (MtxCryptoPeer *sender,
               MtxCryptoPeer *alice,
               const char    *key_id,
               JsonObject    *key)
{
  g_autoptr (JsonObject)      to_alice = NULL;
  g_autoptr (JsonObject)      event = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autofree char            *uuid = g_uuid_string_random ();
  g_autofree char            *event_id = g_strconcat ("$", uuid, NULL);

  g_assert_cmpuint (begin_with (sender, alice, key_id, key), ==, 1);
  g_assert_cmpuint (mtx_crypto_peer_share (sender, alice), ==, 0);
  to_alice = mtx_crypto_peer_take_to_device (sender, alice);
  event = mtx_crypto_peer_say (sender, "hello", event_id);
  response = mtx_crypto_peer_sync_one (alice, to_alice, event);

  return mtx_event_get_decryption (mtx_crypto_peer_get_event (response, 0)) == MTX_DECRYPTION_DECRYPTED;
}

static void
let_time_pass (MtxCryptoPeer *peer,
               MtxCryptoMark  mark)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  mtx_crypto_store_put_mark (changes, mark, g_get_real_time () / 1000 - 61 * 60 * 1000);
  dex_await (mtx_db_commit (peer->db, changes), &error);
  g_assert_no_error (error);
}

/* A fallback key is replaced as soon as it was used, and serves for another hour; then it is dropped, whether or not
 * anything else is to be done. There are never more than two (M12). */
static DexFuture *
test_fallback (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (MtxCryptoPeer) carol = mtx_crypto_peer_new ("@carol:example.org", "CAROLDEVICE");
  g_autoptr (MtxCryptoPeer) eve = mtx_crypto_peer_new ("@eve:example.org", "EVEDEVICE");
  g_autoptr (JsonObject)    replaced = NULL;
  g_autoptr (JsonObject)    too_soon = NULL;
  g_autoptr (JsonObject)    nothing = NULL;
  g_autoptr (JsonObject)    third = NULL;
  g_autoptr (GError)        error = NULL;
  JsonObject               *keys = mtx_json_get_object (alice->upload, "fallback_keys");
  g_autoptr (GList)         old_id = json_object_get_members (keys);
  g_autoptr (GList)         new_id = NULL;
  JsonObject               *old_key = mtx_json_get_object (keys, old_id->data);
  JsonObject               *new_key = NULL;
  gboolean                  is_fallback = FALSE;
  MtxUploadNeed             used = { .one_time_keys = 50, .is_fallback_used = TRUE };
  MtxUploadNeed             unused = { .one_time_keys = 50 };

  mtx_crypto_peer_meet (alice, carol);
  mtx_crypto_peer_meet (alice, eve);

  /* The first comes with the first upload and says what it is. */
  g_assert_cmpuint (json_object_get_size (keys), ==, 1);
  g_assert_true (mtx_json_get_boolean (old_key, "fallback", &is_fallback));
  g_assert_true (is_fallback);

  g_assert_true (reaches_alice (bob, alice, old_id->data, old_key));
  replaced = prepare_upload (alice, &used);
  g_assert_cmpuint (count_members (replaced, "fallback_keys"), ==, 1);
  new_id = json_object_get_members (mtx_json_get_object (replaced, "fallback_keys"));
  g_assert_cmpstr (new_id->data, !=, old_id->data);
  new_key = mtx_json_get_object (mtx_json_get_object (replaced, "fallback_keys"), new_id->data);
  dex_await (_mtx_crypto_engine_confirm_upload (alice->engine, replaced), &error);
  g_assert_no_error (error);

  /* Both serve, and there is no third. */
  too_soon = prepare_upload (alice, &used);
  g_assert_cmpuint (json_object_get_size (too_soon), ==, 0);
  g_assert_true (reaches_alice (carol, alice, old_id->data, old_key));
  mtx_crypto_peer_restart (alice);
  g_assert_true (reaches_alice (bob, alice, new_id->data, new_key));

  let_time_pass (alice, MTX_CRYPTO_MARK_FALLBACK_KEY_REPLACED_AT);
  nothing = prepare_upload (alice, &unused);
  g_assert_cmpuint (json_object_get_size (nothing), ==, 0);
  mtx_crypto_peer_restart (alice);
  g_assert_false (reaches_alice (eve, alice, old_id->data, old_key));
  g_assert_true (reaches_alice (eve, alice, new_id->data, new_key));

  third = prepare_upload (alice, &used);
  g_assert_cmpuint (count_members (third, "fallback_keys"), ==, 1);
  g_assert_false (json_object_has_member (mtx_json_get_object (third, "fallback_keys"), new_id->data));

  return NULL;
}

static DexFuture *
test_one_time_keys (gpointer data)
{
  g_autoptr (MtxCryptoPeer) alice = make_alice ();
  g_autoptr (MtxCryptoPeer) bob = make_bob (alice);
  g_autoptr (MtxCryptoPeer) eve = mtx_crypto_peer_new ("@eve:example.org", "EVEDEVICE");
  g_autofree char          *bob_id = NULL;
  g_autofree char          *eve_id = NULL;
  g_autoptr (JsonObject)    bob_key = mtx_crypto_peer_take_key (bob, &bob_id);
  g_autoptr (JsonObject)    eve_key = mtx_crypto_peer_take_key (eve, &eve_id);
  g_autofree char          *swapped_id = NULL;
  g_autoptr (JsonObject)    swapped = mtx_crypto_peer_take_key (bob, &swapped_id);
  g_autoptr (JsonObject)    empty = json_object_new ();

  g_assert_cmpuint (begin_with (alice, bob, eve_id, eve_key), ==, 0);
  g_assert_cmpuint (begin_with (alice, bob, "signed_curve25519:A", empty), ==, 0);
  g_assert_cmpuint (begin_with (alice, bob, "curve25519:AAAAAA", bob_key), ==, 0);
  json_object_set_string_member (swapped, "key", mtx_json_get_string (eve_key, "key"));
  g_assert_cmpuint (begin_with (alice, bob, "signed_curve25519:B", swapped), ==, 0);
  g_assert_cmpuint (begin_with (alice, bob, bob_id, bob_key), ==, 1);

  return NULL;
}

/* A device without its owner's signature is read, with a warning; the warning goes when the signature comes. */
static DexFuture *
test_judged_again (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxCryptoPeer)   bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");
  g_autoptr (JsonObject)      both = mtx_crypto_peer_query (alice, bob, NULL);
  g_autoptr (JsonObject)      unsigned_alice = mtx_crypto_peer_query (alice, NULL);
  g_autoptr (JsonObject)      to_bob = NULL;
  g_autoptr (JsonObject)      event = NULL;
  g_autoptr (MtxKeysReply)    at_alice = mtx_crypto_peer_learn (alice, both);
  g_autoptr (MtxKeysReply)    at_bob = NULL;
  g_autoptr (MtxKeysReply)    later = NULL;
  g_autoptr (MtxSyncResponse) first = NULL;
  g_autoptr (MtxSyncResponse) second = NULL;
  g_autoptr (MtxSyncResponse) third = NULL;
  g_autofree char            *key_id = NULL;
  JsonObject                 *signatures = NULL;

  /* Bob is shown Alice's device without her self-signing key's signature. */
  signatures = mtx_json_get_object (unsigned_alice, "device_keys");
  signatures = mtx_json_get_object (mtx_json_get_object (signatures, ALICE), "ALICEDEVICE");
  signatures = mtx_json_get_object (mtx_json_get_object (signatures, "signatures"), ALICE);
  g_assert_cmpuint (json_object_get_size (signatures), ==, 2);
  {
    g_autoptr (GList) names = json_object_get_members (signatures);

    for (GList *name = names; name != NULL; name = name->next)
      {
        if (!g_str_equal (name->data, "ed25519:ALICEDEVICE"))
          key_id = g_strdup (name->data);
      }
  }
  json_object_remove_member (signatures, key_id);
  json_object_remove_member (unsigned_alice, "master_keys");
  at_bob = mtx_crypto_peer_learn (bob, unsigned_alice);

  to_bob = share (alice, bob);
  event = mtx_crypto_peer_say (alice, "who am I", "$1");
  first = mtx_crypto_peer_sync_one (bob, to_bob, event);
  assert_event (mtx_crypto_peer_get_event (first, 0), "who am I", MTX_SHIELD_UNSIGNED_DEVICE);

  /* The server shows everything now. */
  later = mtx_crypto_peer_learn (bob, both);
  _mtx_crypto_engine_note_changed (bob->engine, ALICE);
  second = mtx_crypto_peer_sync_one (bob, NULL, NULL);
  g_assert_cmpuint (second->healed->len, ==, 1);
  assert_event (g_ptr_array_index (second->healed, 0), "who am I", MTX_SHIELD_NONE);
  third = mtx_crypto_peer_sync_one (bob, NULL, NULL);
  g_assert_cmpuint (third->healed->len, ==, 0);

  return NULL;
}

/* What a server shows @one: its own identity, and another device of the same person. */
static void
show_other_device (MtxCryptoPeer *one,
                   MtxCryptoPeer *other)
{
  g_autoptr (JsonObject)   reply = mtx_crypto_peer_query (one, NULL);
  g_autoptr (MtxKeysReply) judged = NULL;
  JsonObject              *devices = mtx_json_get_object (mtx_json_get_object (reply, "device_keys"), one->user_id);

  json_object_set_object_member (devices, other->device_id, json_object_ref (mtx_json_get_object (other->upload, "device_keys")));
  judged = mtx_crypto_peer_learn (one, reply);
}

/* A device under our own name that we did not sign: whatever its messages say of their sender, they are not ours. */
static DexFuture *
test_own_other_device (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   phone = make_alice ();
  g_autoptr (MtxCryptoPeer)   tablet = mtx_crypto_peer_new (ALICE, "ALICETABLET");
  g_autoptr (JsonObject)      to_phone = NULL;
  g_autoptr (JsonObject)      event = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (GPtrArray)       keys = NULL;
  g_autoptr (GError)          error = NULL;
  const MtxInboundSessionRow *key = NULL;
  MtxRoomKeyId                id = { .room_id = MTX_CRYPTO_PEER_ROOM };
  JsonObject                 *content = NULL;

  show_other_device (phone, tablet);
  show_other_device (tablet, phone);
  to_phone = share (tablet, phone);
  event = mtx_crypto_peer_say (tablet, "I am the phone", "$1");
  content = mtx_json_get_object (event, "content");
  json_object_set_string_member (content, "sender_key", mtx_crypto_engine_get_curve25519 (phone->engine));
  json_object_set_string_member (content, "device_id", "ALICEDEVICE");

  response = mtx_crypto_peer_sync_one (phone, to_phone, event);
  assert_event (mtx_crypto_peer_get_event (response, 0), "I am the phone", MTX_SHIELD_UNSIGNED_DEVICE);
  id.session_id = mtx_json_get_string (content, "session_id");
  keys = dex_await_boxed (mtx_room_key_store_load_inbound (phone->db, &id, 1), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 1);
  key = keys->pdata[0];
  g_assert_cmpstr (key->sender_device, ==, "ALICETABLET");
  g_assert_cmpstr (key->sender_key, ==, mtx_crypto_engine_get_curve25519 (tablet->engine));

  return NULL;
}

/* With a wrong key nothing opens, and nothing is made anew. */
static DexFuture *
test_wrong_key (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxSecretBytes)  wrong = mtx_secret_bytes_random (32, NULL);
  g_autoptr (MtxCryptoEngine) engine = mtx_crypto_engine_new (alice->db, wrong, ALICE, "ALICEDEVICE");
  g_autofree char            *fingerprint = g_strdup (mtx_crypto_engine_get_ed25519 (alice->engine));
  g_autoptr (GError)          error = NULL;

  g_assert_false (dex_await (mtx_crypto_engine_open (engine), &error));
  g_assert_nonnull (error);
  g_assert_null (mtx_crypto_engine_get_ed25519 (engine));
  g_clear_error (&error);
  dex_await (mtx_crypto_engine_close (engine), &error);
  g_assert_no_error (error);

  mtx_crypto_peer_restart (alice);
  g_assert_cmpstr (mtx_crypto_engine_get_ed25519 (alice->engine), ==, fingerprint);

  return NULL;
}

static DexFuture *
test_closed (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = make_alice ();
  g_autoptr (MtxSecretBytes)  key = mtx_secret_bytes_random (32, NULL);
  g_autoptr (MtxCryptoEngine) engine = mtx_crypto_engine_new (alice->db, key, ALICE, "ALICEDEVICE");
  g_autoptr (GError)          error = NULL;

  dex_await (mtx_crypto_engine_close (engine), &error);
  g_assert_no_error (error);
  g_assert_false (dex_await (mtx_crypto_engine_open (engine), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);
  g_assert_finalize_object (g_steal_pointer (&engine));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/crypto-engine/exchange", test_exchange);
  mtx_test_add_fiber ("/crypto-engine/threat-095-restarts", test_restarts);
  mtx_test_add_fiber ("/crypto-engine/ratcheted-sharing", test_ratcheted_sharing);
  mtx_test_add_fiber ("/crypto-engine/rotation-by-count", test_rotation_by_count);
  mtx_test_add_fiber ("/crypto-engine/rotation-by-time", test_rotation_by_time);
  mtx_test_add_fiber ("/crypto-engine/threat-059-replay", test_replay);
  mtx_test_add_fiber ("/crypto-engine/threat-057-spoofed-sender", test_spoofed_sender);
  mtx_test_add_fiber ("/crypto-engine/late-key", test_late_key);
  mtx_test_add_fiber ("/crypto-engine/overlooked-key", test_overlooked_key);
  mtx_test_add_fiber ("/crypto-engine/failed-commit", test_failed_commit);
  mtx_test_add_fiber ("/crypto-engine/threat-106-g21-attempts", test_attempts);
  mtx_test_add_fiber ("/crypto-engine/device-lists", test_device_lists);
  mtx_test_add_fiber ("/crypto-engine/decrypt-events", test_decrypt_events);
  mtx_test_add_fiber ("/crypto-engine/threat-095-same-upload", test_same_upload);
  mtx_test_add_fiber ("/crypto-engine/fallback", test_fallback);
  mtx_test_add_fiber ("/crypto-engine/threat-013-one-time-keys", test_one_time_keys);
  mtx_test_add_fiber ("/crypto-engine/threat-065-judged-again", test_judged_again);
  mtx_test_add_fiber ("/crypto-engine/threat-044-own-other-device", test_own_other_device);
  mtx_test_add_fiber ("/crypto-engine/wrong-key", test_wrong_key);
  mtx_test_add_fiber ("/crypto-engine/closed", test_closed);

  return g_test_run ();
}
