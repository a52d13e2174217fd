/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People and devices that verify each other over a homeserver: in a room, and from device to device.
 */
#include <string.h>

#include "mtx-error.h"
#include "mtx-identities.h"
#include "mtx-json.h"
#include "mtx-sync-loop.h"
#include "mtx-test-account.h"
#include "mtx-test.h"
#include "mtx-verification-private.h"
#include "mtx-verifications.h"

#define SIGNATURES "*/keys/signatures/upload"
#define SEND       "*/send/m.room.encrypted/*"
#define TO_DEVICE  "*/sendToDevice/*"

/* What one side sees of a verification that others ask for. */
typedef struct
{
  MtxTestAccount  *account;
  MtxVerification *asked; /* the last one, or NULL */
  guint            n_asked;
  gboolean         is_away; /* nobody shows it */
} Person;

/* Two people in one encrypted room. */
typedef struct
{
  MtxFakeHomeserver *server;
  Person             me;
  Person             support;
  char              *room_id;
} Chat;

static gboolean
on_requested (Person          *person,
              MtxVerification *verification)
{
  if (person->is_away)
    return FALSE;

  person->n_asked++;
  g_set_object (&person->asked, verification);

  return TRUE;
}

static MtxVerifications *
get_verifications (Person *person)
{
  return mtx_encryption_get_verifications (person->account->encryption);
}

static void
person_init (Person         *person,
             MtxTestAccount *account)
{
  *person = (Person){ .account = account };
  g_signal_connect_swapped (get_verifications (person), "requested", G_CALLBACK (on_requested), person);
  mtx_sync_loop_start (account->loop);
}

static void
person_clear (Person *person)
{
  g_signal_handlers_disconnect_by_data (get_verifications (person), person);
  g_clear_object (&person->asked);
  g_clear_pointer (&person->account, mtx_test_account_free);
}

static char *
send_event (MtxFakeHomeserver *server,
            const char        *room_id,
            const char        *sender,
            const char        *type,
            const char        *state_key,
            const char        *content)
{
  g_autoptr (JsonObject) object = mtx_test_json (content);

  return mtx_fake_homeserver_send_event (server, room_id, sender, type, state_key, object);
}

static void
encrypt_room (MtxFakeHomeserver *server,
              const char        *room_id,
              const char        *creator)
{
  g_free (send_event (server, room_id, creator, "m.room.encryption", "", "{\"algorithm\":\"m.megolm.v1.aes-sha2\"}"));
}

typedef struct
{
  MtxTestAccount *account;
  const char     *room_id;
  const char     *user_id;
} Membership;

static gboolean
is_member (gpointer data)
{
  const Membership *membership = data;
  MtxRoom          *room = mtx_room_list_lookup (membership->account->rooms, membership->room_id);

  return room != NULL && mtx_room_get_can_send (room)
         && mtx_room_get_member_state (room, membership->user_id) == MTX_MEMBERSHIP_JOIN;
}

static void
wait_member (MtxTestAccount *account,
             const char     *room_id,
             const char     *user_id)
{
  Membership membership = { account, room_id, user_id };

  mtx_test_wait (is_member, &membership);
}

static Chat *
chat_new (void)
{
  Chat *chat = g_new0 (Chat, 1);

  chat->server = mtx_fake_homeserver_new ();
  person_init (&chat->me, mtx_test_account_new (chat->server, "me"));
  person_init (&chat->support, mtx_test_account_new (chat->server, "support"));
  chat->room_id = mtx_fake_homeserver_create_room (chat->server, chat->me.account->user_id, NULL, FALSE);
  encrypt_room (chat->server, chat->room_id, chat->me.account->user_id);
  mtx_fake_homeserver_set_member (chat->server, chat->room_id, chat->support.account->user_id, "join");
  wait_member (chat->me.account, chat->room_id, chat->support.account->user_id);
  wait_member (chat->support.account, chat->room_id, chat->me.account->user_id);

  return chat;
}

static void
chat_free (Chat *chat)
{
  person_clear (&chat->me);
  person_clear (&chat->support);
  g_free (chat->room_id);
  g_object_unref (chat->server);
  g_free (chat);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Chat, chat_free)

typedef struct
{
  MtxVerification     *verification;
  MtxVerificationState state;
} Wanted;

static gboolean
has_come (gpointer data)
{
  const Wanted        *wanted = data;
  MtxVerificationState state = mtx_verification_get_state (wanted->verification);

  return state == wanted->state || state == MTX_VERIFICATION_CANCELLED;
}

static void
wait_state (MtxVerification     *verification,
            MtxVerificationState state)
{
  Wanted wanted = { verification, state };

  mtx_test_wait (has_come, &wanted);
  if (state != MTX_VERIFICATION_CANCELLED)
    g_assert_cmpstr (mtx_verification_get_cancel_code (verification), ==, NULL);
  g_assert_cmpint (mtx_verification_get_state (verification), ==, state);
}

static gboolean
is_asked (gpointer data)
{
  return ((Person *)data)->asked != NULL;
}

static MtxVerification *
ask (Person *person,
     Chat   *chat,
     Person *other)
{
  g_autoptr (GError) error = NULL;
  MtxVerification   *verification;

  verification = dex_await_object (mtx_verifications_ask_user (get_verifications (person),
                                                               mtx_room_list_lookup (person->account->rooms, chat->room_id),
                                                               other->account->user_id),
                                   &error);
  g_assert_no_error (error);

  return verification;
}

static void
assert_same_emoji (MtxVerification *one,
                   MtxVerification *other)
{
  guint ours[MTX_VERIFICATION_N_EMOJI];
  guint theirs[MTX_VERIFICATION_N_EMOJI];

  g_assert_true (mtx_verification_get_emoji (one, ours));
  g_assert_true (mtx_verification_get_emoji (other, theirs));
  g_assert_cmpmem (ours, sizeof ours, theirs, sizeof theirs);
}

static void
compare (MtxVerification *one,
         MtxVerification *other)
{
  wait_state (one, MTX_VERIFICATION_COMPARING);
  wait_state (other, MTX_VERIFICATION_COMPARING);
  assert_same_emoji (one, other);
  mtx_verification_confirm (one);
  mtx_verification_confirm (other);
  wait_state (one, MTX_VERIFICATION_DONE);
  wait_state (other, MTX_VERIFICATION_DONE);
}

static MtxIdentityState
look_up (Person *person,
         Person *other)
{
  g_autoptr (MtxIdentityInfo) info = NULL;
  g_autoptr (GError)          error = NULL;

  info = dex_await_boxed (mtx_identities_lookup (mtx_encryption_get_identities (person->account->encryption),
                                                 other->account->user_id),
                          &error);
  g_assert_no_error (error);

  return mtx_identity_info_get_state (info);
}

typedef struct
{
  MtxFakeHomeserver *server;
  const char        *signer;
  const char        *user_id;
} Signature;

/* The server shows the master key of @user_id with a signature by @signer. */
static gboolean
has_signature (gpointer data)
{
  const Signature *wanted = data;
  JsonObject      *key = mtx_fake_homeserver_get_cross_signing_key (wanted->server, wanted->user_id, "master");

  return mtx_json_get_object (mtx_json_get_object (key, "signatures"), wanted->signer) != NULL;
}

static void
assert_verified (Chat *chat)
{
  Signature ours = { chat->server, chat->me.account->user_id, chat->support.account->user_id };
  Signature theirs = { chat->server, chat->support.account->user_id, chat->me.account->user_id };

  g_assert_cmpint (look_up (&chat->me, &chat->support), ==, MTX_IDENTITY_VERIFIED);
  g_assert_cmpint (look_up (&chat->support, &chat->me), ==, MTX_IDENTITY_VERIFIED);
  mtx_test_wait (has_signature, &ours);
  mtx_test_wait (has_signature, &theirs);
}

static DexFuture *
test_in_room (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxVerification) ours = ask (&chat->me, chat, &chat->support);

  mtx_test_wait (is_asked, &chat->support);
  g_assert_cmpstr (mtx_verification_get_room_id (chat->support.asked), ==, chat->room_id);
  g_assert_true (mtx_verification_get_pressing (chat->support.asked));
  mtx_verification_accept (chat->support.asked);
  compare (ours, chat->support.asked);
  assert_verified (chat);
  g_assert_cmpuint (chat->me.n_asked, ==, 0);
  g_assert_cmpuint (chat->support.n_asked, ==, 1);

  return NULL;
}

/* Nothing of it is a message, and nothing of it is in clear. */
static DexFuture *
test_unseen (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxOutbox)       outbox = mtx_outbox_new (chat->me.account->db, "support");
  g_autoptr (MtxTimeline)     timeline = mtx_timeline_new (chat->me.account->db, outbox);
  g_autoptr (MtxVerification) ours = NULL;
  g_autoptr (GPtrArray)       clear = NULL;
  g_autoptr (GError)          error = NULL;
  g_autofree char            *bodies = NULL;

  dex_await (mtx_timeline_bind (timeline, mtx_room_list_lookup (chat->me.account->rooms, chat->room_id), chat->me.account->http,
                                chat->me.account->encryption),
             &error);
  g_assert_no_error (error);
  ours = ask (&chat->me, chat, &chat->support);
  mtx_test_wait (is_asked, &chat->support);
  mtx_verification_accept (chat->support.asked);
  compare (ours, chat->support.asked);

  bodies = mtx_test_bodies (timeline);
  g_assert_cmpstr (bodies, ==, "");
  clear = mtx_fake_homeserver_get_events (chat->server, chat->room_id, "m.key.verification.start");
  g_assert_cmpuint (clear->len, ==, 0);
  dex_await (mtx_outbox_close (outbox), &error);
  g_assert_no_error (error);

  return NULL;
}

/* The server loses requests and answers; what is sent again is the same. */
static DexFuture *
test_faults (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxVerification) ours = NULL;
  const MtxFakeFault          refused = { .times = 2, .status = 503, .errcode = "M_UNKNOWN" };
  const MtxFakeFault          lost = { .times = 1, .drop = MTX_FAKE_DROP_AFTER };

  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &refused);
  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &lost);
  mtx_fake_homeserver_fault (chat->server, "POST", SIGNATURES, &refused);
  ours = ask (&chat->me, chat, &chat->support);
  mtx_test_wait (is_asked, &chat->support);
  mtx_verification_accept (chat->support.asked);
  compare (ours, chat->support.asked);
  g_assert_cmpuint (chat->support.n_asked, ==, 1);

  return NULL;
}

/* Nobody is there to answer: the other side hears so at once (M39). */
static DexFuture *
test_declined (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxVerification) ours = NULL;

  chat->support.is_away = TRUE;
  ours = ask (&chat->me, chat, &chat->support);
  wait_state (ours, MTX_VERIFICATION_CANCELLED);
  g_assert_cmpstr (mtx_verification_get_cancel_code (ours), ==, MTX_CANCEL_USER);
  g_assert_false (mtx_verification_is_cancelled_by_us (ours));

  return NULL;
}

/* The one who compares sees another picture (H3), or has enough (H4). */
static DexFuture *
test_cancelled (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxVerification) ours = ask (&chat->me, chat, &chat->support);

  mtx_test_wait (is_asked, &chat->support);
  mtx_verification_accept (chat->support.asked);
  wait_state (ours, MTX_VERIFICATION_COMPARING);
  mtx_verification_mismatch (ours);
  wait_state (chat->support.asked, MTX_VERIFICATION_CANCELLED);
  g_assert_cmpstr (mtx_verification_get_cancel_code (chat->support.asked), ==, MTX_CANCEL_MISMATCHED_SAS);
  g_assert_cmpint (look_up (&chat->me, &chat->support), !=, MTX_IDENTITY_VERIFIED);

  /* And once more, from the other side. */
  g_clear_object (&chat->support.asked);
  g_clear_object (&ours);
  ours = ask (&chat->support, chat, &chat->me);
  mtx_test_wait (is_asked, &chat->me);
  mtx_verification_cancel (chat->me.asked);
  wait_state (ours, MTX_VERIFICATION_CANCELLED);
  g_assert_cmpstr (mtx_verification_get_cancel_code (ours), ==, MTX_CANCEL_USER);

  return NULL;
}

/* Both ask at the same time, or one asks twice: neither of the two counts (RUST test_double_verification_cancellation). */
static DexFuture *
test_threat_071_parallel (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxVerification) first = ask (&chat->me, chat, &chat->support);
  g_autoptr (MtxVerification) second = NULL;

  mtx_test_wait (is_asked, &chat->support);

  /* As after a restart, which forgot the first. */
  mtx_verification_cancel (first);
  _mtx_verification_detach (first);
  wait_state (chat->support.asked, MTX_VERIFICATION_CANCELLED);

  g_clear_object (&chat->support.asked);
  g_clear_object (&first);
  first = ask (&chat->me, chat, &chat->support);
  mtx_test_wait (is_asked, &chat->support);
  _mtx_verification_drop (first, MTX_CANCEL_TIMEOUT);
  second = ask (&chat->me, chat, &chat->support);
  wait_state (chat->support.asked, MTX_VERIFICATION_CANCELLED);
  wait_state (second, MTX_VERIFICATION_CANCELLED);
  g_assert_cmpstr (mtx_verification_get_cancel_code (second), ==, MTX_CANCEL_UNEXPECTED_MESSAGE);
  g_assert_cmpuint (chat->support.n_asked, ==, 2);

  return NULL;
}

static void
say_as (MtxTestAccount *account,
        const char     *room_id,
        const char     *type,
        const char     *content)
{
  MtxRoom                      *room = mtx_room_list_lookup (account->rooms, room_id);
  g_autoptr (MtxRoomCryptoInfo) info = NULL;
  g_autoptr (JsonObject)        object = mtx_test_json (content);
  g_autoptr (JsonObject)        encrypted = NULL;
  g_autoptr (GError)            error = NULL;

  info = dex_await_boxed (mtx_room_dup_crypto_info (room), &error);
  g_assert_no_error (error);
  encrypted = dex_await_boxed (mtx_encryption_encrypt (account->encryption, info, type, object), &error);
  g_assert_no_error (error);
  g_free (mtx_fake_homeserver_send_event (account->server, room_id, account->user_id, "m.room.encrypted", NULL, encrypted));
}

static DexFuture *
test_threat_072 (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxVerification) ours = NULL;
  g_autofree char            *cancel = NULL;
  g_autofree char            *foreign = NULL;
  Person                      eve;

  person_init (&eve, mtx_test_account_new (chat->server, "eve"));
  mtx_fake_homeserver_set_member (chat->server, chat->room_id, eve.account->user_id, "join");
  wait_member (eve.account, chat->room_id, chat->me.account->user_id);
  wait_member (chat->me.account, chat->room_id, eve.account->user_id);
  wait_member (chat->support.account, chat->room_id, eve.account->user_id);

  /* She asks support; that is no business of mine. */
  foreign = g_strdup_printf ("{\"msgtype\":\"m.key.verification.request\",\"body\":\"b\",\"from_device\":\"DEVICE\","
                             "\"methods\":[\"m.sas.v1\"],\"to\":\"%s\"}",
                             chat->support.account->user_id);
  say_as (eve.account, chat->room_id, "m.room.message", foreign);
  mtx_test_wait (is_asked, &chat->support);
  mtx_verification_cancel (chat->support.asked);
  g_clear_object (&chat->support.asked);

  /* She cancels what is between others, and answers in another's place. */
  ours = ask (&chat->me, chat, &chat->support);
  mtx_test_wait (is_asked, &chat->support);
  cancel = g_strdup_printf ("{\"code\":\"m.user\",\"m.relates_to\":{\"rel_type\":\"m.reference\",\"event_id\":\"%s\"}}",
                            _mtx_verification_get_transaction_id (ours));
  say_as (eve.account, chat->room_id, "m.key.verification.cancel", cancel);
  say_as (eve.account, chat->room_id, "m.key.verification.done", cancel);
  mtx_verification_accept (chat->support.asked);
  compare (ours, chat->support.asked);
  assert_verified (chat);
  g_assert_cmpuint (chat->me.n_asked, ==, 0);
  g_assert_cmpuint (eve.n_asked, ==, 0);

  person_clear (&eve);

  return NULL;
}

/* Who is no member may not ask, even if the server brings it. */
static DexFuture *
test_threat_072_stranger (gpointer data)
{
  g_autoptr (Chat)            chat = chat_new ();
  g_autoptr (MtxVerification) ours = NULL;
  g_autofree char            *token = mtx_fake_homeserver_add_user (chat->server, "eve", "EVE");
  g_autofree char            *request = NULL;

  request = g_strdup_printf ("{\"msgtype\":\"m.key.verification.request\",\"body\":\"b\",\"from_device\":\"EVE\","
                             "\"methods\":[\"m.sas.v1\"],\"to\":\"%s\"}",
                             chat->me.account->user_id);
  g_free (send_event (chat->server, chat->room_id, "@eve:" MTX_FAKE_SERVER_NAME, "m.room.message", NULL, request));
  ours = ask (&chat->me, chat, &chat->support);
  mtx_test_wait (is_asked, &chat->support);
  mtx_verification_accept (chat->support.asked);
  compare (ours, chat->support.asked);
  g_assert_cmpuint (chat->me.n_asked, ==, 0);

  return NULL;
}

/* Element Web sends its steps in clear. */
static DexFuture *
test_in_clear (gpointer data)
{
  g_autoptr (Chat) chat = chat_new ();
  g_autofree char *request = NULL;
  g_autofree char *event_id = NULL;
  g_autofree char *cancel = NULL;

  request = g_strdup_printf ("{\"msgtype\":\"m.key.verification.request\",\"body\":\"b\",\"from_device\":\"%s\","
                             "\"methods\":[\"m.sas.v1\"],\"to\":\"%s\"}",
                             chat->support.account->client->device_id, chat->me.account->user_id);
  event_id = send_event (chat->server, chat->room_id, chat->support.account->user_id, "m.room.message", NULL, request);
  mtx_test_wait (is_asked, &chat->me);
  cancel = g_strdup_printf ("{\"code\":\"m.user\",\"m.relates_to\":{\"rel_type\":\"m.reference\",\"event_id\":\"%s\"}}", event_id);
  g_free (send_event (chat->server, chat->room_id, chat->support.account->user_id, "m.key.verification.cancel", NULL, cancel));
  wait_state (chat->me.asked, MTX_VERIFICATION_CANCELLED);
  g_assert_cmpstr (mtx_verification_get_cancel_code (chat->me.asked), ==, MTX_CANCEL_USER);

  return NULL;
}

/* A second device of mine that is not signed yet. */
static MtxTestAccount *
add_device (Person *person)
{
  MtxTestAccount *sibling = mtx_test_account_new_sibling (person->account, "SECOND");
  JsonObject     *keys = mtx_fake_homeserver_get_device_keys (sibling->server, sibling->user_id, "SECOND");
  JsonObject     *signatures = mtx_json_get_object (mtx_json_get_object (keys, "signatures"), sibling->user_id);

  g_assert_cmpuint (json_object_get_size (signatures), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GList) members = json_object_get_members (signatures);

      for (const GList *iter = members; iter != NULL; iter = iter->next)
        if (!g_str_equal (iter->data, "ed25519:SECOND"))
          {
            json_object_remove_member (signatures, iter->data);
            break;
          }
    }

  return sibling;
}

static DexFuture *
test_own_device (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxVerification)   ours = NULL;
  g_autoptr (GError)            error = NULL;
  Person                        first;
  Person                        second;
  JsonObject                   *signatures;

  person_init (&first, mtx_test_account_new (server, "me"));
  person_init (&second, add_device (&first));
  ours = dex_await_object (mtx_verifications_ask_own_devices (get_verifications (&second)), &error);
  g_assert_no_error (error);
  mtx_test_wait (is_asked, &first);
  g_assert_null (mtx_verification_get_room_id (first.asked));
  mtx_verification_accept (first.asked);
  compare (ours, first.asked);

  signatures = mtx_json_get_object (mtx_fake_homeserver_get_device_keys (server, first.account->user_id, "SECOND"), "signatures");
  g_assert_cmpuint (json_object_get_size (mtx_json_get_object (signatures, first.account->user_id)), ==, 2);
  person_clear (&first);
  person_clear (&second);

  return NULL;
}

static void
send_to_device (Person     *person,
                const char *sender,
                const char *type,
                const char *content)
{
  g_autoptr (JsonObject) object = mtx_test_json (content);

  mtx_fake_homeserver_send_to_device (person->account->server, sender, person->account->user_id,
                                      person->account->client->device_id, type, object);
}

static gboolean
is_declined (gpointer data)
{
  return mtx_fake_homeserver_count_requests (((Person *)data)->account->server, "PUT", "*/sendToDevice/m.key.verification.cancel/*") > 0;
}

/* Old ones, future ones, such without a method we know, and strangers' are not shown; the last is answered all the
 * same. A request that comes twice is one. */
static DexFuture *
test_threat_071_times (gpointer data)
{
  static const struct
  {
    gint64   age_ms;
    gboolean is_shown;
  } cases[] = {
    { MTX_VERIFICATION_LIFE_MS + 5000, FALSE },
    { -MTX_VERIFICATION_FUTURE_MS - 60000, FALSE },
    { MTX_VERIFICATION_LIFE_MS - 60000, TRUE },
    { -MTX_VERIFICATION_FUTURE_MS + 60000, TRUE },
  };
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  Person                        first;
  Person                        second;

  person_init (&first, mtx_test_account_new (server, "me"));
  person_init (&second, mtx_test_account_new_sibling (first.account, "SECOND"));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"from_device\":\"SECOND\",\"methods\":[\"m.sas.v1\"],\"timestamp\":%" G_GINT64_FORMAT
                                                  ",\"transaction_id\":\"t%" G_GSIZE_FORMAT "\"}",
                                                  g_get_real_time () / 1000 - cases[i].age_ms, i);
      guint            before = first.n_asked;

      send_to_device (&first, first.account->user_id, "m.key.verification.request", content);
      send_to_device (&first, first.account->user_id, "m.key.verification.request", content);
      if (!cases[i].is_shown)
        continue;

      mtx_test_wait (is_asked, &first);
      g_assert_cmpuint (first.n_asked, ==, before + 1);
      g_assert_cmpint (mtx_verification_get_state (first.asked), ==, MTX_VERIFICATION_REQUESTED_BY_THEM);
      mtx_verification_cancel (first.asked);
      g_clear_object (&first.asked);
    }
  g_assert_cmpuint (first.n_asked, ==, 2);
  person_clear (&first);
  person_clear (&second);

  return NULL;
}

static DexFuture *
test_stranger_to_device (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autofree char              *token = mtx_fake_homeserver_add_user (server, "eve", "EVE");
  g_autofree char              *content = NULL;
  const MtxFakeRequest         *request;
  JsonObject                   *messages;
  Person                        me;

  person_init (&me, mtx_test_account_new (server, "me"));
  content = g_strdup_printf ("{\"from_device\":\"EVE\",\"methods\":[\"m.sas.v1\"],\"timestamp\":%" G_GINT64_FORMAT
                             ",\"transaction_id\":\"t\"}",
                             g_get_real_time () / 1000);
  send_to_device (&me, "@eve:" MTX_FAKE_SERVER_NAME, "m.key.verification.request", content);
  mtx_test_wait (is_declined, &me);
  request = mtx_fake_homeserver_get_request (server, "PUT", "*/sendToDevice/m.key.verification.cancel/*", 0);
  messages = mtx_json_get_object (mtx_json_get_object (request->body, "messages"), "@eve:" MTX_FAKE_SERVER_NAME);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (messages, "EVE"), "code"), ==, MTX_CANCEL_USER);
  g_assert_cmpuint (me.n_asked, ==, 0);
  person_clear (&me);

  return NULL;
}

/* A step of a verification nobody remembers is answered with the code for it; a cancellation never is. */
static DexFuture *
test_threat_068_unknown_transaction (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  const MtxFakeRequest         *request;
  JsonObject                   *messages;
  Person                        first;
  Person                        second;

  person_init (&first, mtx_test_account_new (server, "me"));
  person_init (&second, mtx_test_account_new_sibling (first.account, "SECOND"));
  send_to_device (&first, first.account->user_id, "m.key.verification.cancel", "{\"transaction_id\":\"t\",\"code\":\"m.user\"}");
  send_to_device (&first, first.account->user_id, "m.key.verification.ready",
                  "{\"transaction_id\":\"t\",\"from_device\":\"SECOND\",\"methods\":[\"m.sas.v1\"]}");
  mtx_test_wait (is_declined, &first);
  request = mtx_fake_homeserver_get_request (server, "PUT", "*/sendToDevice/m.key.verification.cancel/*", 0);
  messages = mtx_json_get_object (mtx_json_get_object (request->body, "messages"), first.account->user_id);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (messages, "SECOND"), "code"), ==, MTX_CANCEL_UNKNOWN_TRANSACTION);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "PUT", TO_DEVICE), ==, 1);
  person_clear (&first);
  person_clear (&second);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/protocol/verification/in-room", test_in_room);
  mtx_test_add_fiber ("/protocol/verification/unseen", test_unseen);
  mtx_test_add_fiber ("/protocol/verification/in-clear", test_in_clear);
  mtx_test_add_fiber ("/protocol/verification/faults", test_faults);
  mtx_test_add_fiber ("/protocol/verification/declined", test_declined);
  mtx_test_add_fiber ("/protocol/verification/cancelled", test_cancelled);
  mtx_test_add_fiber ("/protocol/verification/own-device", test_own_device);
  mtx_test_add_fiber ("/protocol/verification/stranger-to-device", test_stranger_to_device);
  mtx_test_add_fiber ("/protocol/verification/threat-068-unknown-transaction", test_threat_068_unknown_transaction);
  mtx_test_add_fiber ("/protocol/verification/threat-071-parallel", test_threat_071_parallel);
  mtx_test_add_fiber ("/protocol/verification/threat-071-times", test_threat_071_times);
  mtx_test_add_fiber ("/protocol/verification/threat-072-third-member", test_threat_072);
  mtx_test_add_fiber ("/protocol/verification/threat-072-stranger", test_threat_072_stranger);

  return g_test_run ();
}
