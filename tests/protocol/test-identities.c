/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who other people are when the server is the attacker: identities that change or are missing, what may be sent then,
 * and what a person can decide (M37).
 */
#include "encryption-fixture.h"

#include "mtx-cross-signing-keys.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-identities.h"
#include "mtx-signed-json.h"

#define SIGN "*/keys/signatures/upload"

/* What the server makes of its answers. NULL: the truth. */
typedef struct
{
  Scene                scene;
  MtxCrossSigningKeys *bobs;        /* shown as Bob's identity */
  MtxCrossSigningKeys *alices;      /* shown as Alice's */
  gboolean             is_bob_bare; /* Bob has no identity */
} Stage;

static void
show_identity (MtxFakeAnswer       *answer,
               const char          *user_id,
               const char          *device_id,
               MtxCrossSigningKeys *keys)
{
  static const char *const members[] = { "master_keys", "self_signing_keys" };
  JsonObject              *devices = mtx_json_get_object (mtx_json_get_object (answer->body, "device_keys"), user_id);
  g_autoptr (GError)       error = NULL;

  if (devices == NULL)
    return;

  for (guint role = 0; role < G_N_ELEMENTS (members); role++)
    {
      JsonObject *key = mtx_cross_signing_keys_build (keys, role, user_id, &error);

      g_assert_no_error (error);
      json_object_set_object_member (mtx_json_get_object (answer->body, members[role]), user_id, key);
    }
  mtx_cross_signing_keys_sign_json (keys, MTX_CROSS_SIGNING_SELF_SIGNING, mtx_json_get_object (devices, device_id), user_id, &error);
  g_assert_no_error (error);
}

static void
rewrite_answer (const MtxFakeRequest *request,
                MtxFakeAnswer        *answer,
                gpointer              data)
{
  Stage      *stage = data;
  const char *bob = stage->scene.bob->user_id;

  if (stage->bobs != NULL)
    show_identity (answer, bob, "BOBDEVICE", stage->bobs);
  if (stage->alices != NULL)
    show_identity (answer, stage->scene.alice->user_id, "ALICEDEVICE", stage->alices);
  if (stage->is_bob_bare)
    {
      json_object_remove_member (mtx_json_get_object (answer->body, "master_keys"), bob);
      json_object_remove_member (mtx_json_get_object (answer->body, "self_signing_keys"), bob);
    }
}

static void
stage_init (Stage *stage)
{
  scene_init (&stage->scene);
  mtx_crypto_client_bootstrap (stage->scene.bob);
  mtx_fake_homeserver_rewrite (stage->scene.server, "POST", QUERY, rewrite_answer, stage, NULL);
}

static void
stage_clear (Stage *stage)
{
  scene_clear (&stage->scene);
  g_clear_object (&stage->bobs);
  g_clear_object (&stage->alices);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stage, stage_clear)

/* A sync told that this user's keys are not what they were; the next message asks. */
static void
mark_changed (Stage      *stage,
              const char *user_id)
{
  const char *const        users[] = { user_id, NULL };
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_tracked_users_mark_changed (_mtx_crypto_engine_get_tracked (stage->scene.alice->engine), users, changes);
}

static void
refresh (Stage      *stage,
         const char *user_id)
{
  const char *const  users[] = { user_id, NULL };
  g_autoptr (GError) error = NULL;

  mark_changed (stage, user_id);
  dex_await (mtx_encryption_prefetch (stage->scene.alice->encryption, users), &error);
  g_assert_no_error (error);
}

static MtxIdentities *
identities (Stage *stage)
{
  return mtx_encryption_get_identities (stage->scene.alice->encryption);
}

static MtxIdentityInfo *
look (Stage *stage)
{
  g_autoptr (GError) error = NULL;
  MtxIdentityInfo   *info = NULL;

  info = dex_await_boxed (mtx_identities_lookup (identities (stage), stage->scene.bob->user_id), &error);
  g_assert_no_error (error);

  return info;
}

static void
assert_state (Stage           *stage,
              MtxIdentityState state)
{
  g_autoptr (MtxIdentityInfo) info = look (stage);

  g_assert_cmpint (mtx_identity_info_get_state (info), ==, state);
}

static char *
dup_master (Stage *stage)
{
  g_autoptr (MtxIdentityInfo) info = look (stage);

  return g_strdup (mtx_identity_info_get_master_key (info));
}

static void
succeeds (DexFuture *future)
{
  g_autoptr (GError) error = NULL;

  dex_await (future, &error);
  g_assert_no_error (error);
}

static void
fails (DexFuture *future,
       int        code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (future, &error));
  g_assert_error (error, MTX_ERROR, code);
}

static void
replace_bob (Stage *stage)
{
  g_clear_object (&stage->bobs);
  stage->bobs = mtx_cross_signing_keys_new (NULL);
  mark_changed (stage, stage->scene.bob->user_id);
}

static void
verify_bob (Stage *stage)
{
  g_autofree char *master = dup_master (stage);

  succeeds (mtx_encryption_mark_verified (stage->scene.alice->encryption, stage->scene.bob->user_id, master));
  assert_state (stage, MTX_IDENTITY_VERIFIED);
}

/* The server replaces all three keys: nothing goes out, over a restart too, until the new identity, and no third one, is
 * acknowledged. The key in use is not given to the new one. */
static DexFuture *
test_changed (gpointer data)
{
  g_auto (Stage)   stage = { 0 };
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *pinned = NULL;
  g_autofree char *shown = NULL;
  guint            n_keys;

  stage_init (&stage);
  first = say (&stage.scene, "before");
  pinned = dup_master (&stage);
  assert_state (&stage, MTX_IDENTITY_PINNED);
  n_keys = count (&stage.scene, KEYS);

  replace_bob (&stage);
  say_fails (&stage.scene, MTX_ERROR_NEED_DECISION);
  assert_state (&stage, MTX_IDENTITY_CHANGED);
  mtx_crypto_client_restart (stage.scene.alice);
  assert_state (&stage, MTX_IDENTITY_CHANGED);
  say_fails (&stage.scene, MTX_ERROR_NEED_DECISION);
  g_assert_cmpuint (count (&stage.scene, KEYS), ==, n_keys);

  fails (mtx_identities_acknowledge (identities (&stage), stage.scene.bob->user_id, pinned), MTX_ERROR_UNTRUSTED);
  fails (mtx_identities_withdraw (identities (&stage), stage.scene.bob->user_id, pinned), MTX_ERROR_UNTRUSTED);
  say_fails (&stage.scene, MTX_ERROR_NEED_DECISION);

  shown = dup_master (&stage);
  succeeds (mtx_identities_acknowledge (identities (&stage), stage.scene.bob->user_id, shown));
  assert_state (&stage, MTX_IDENTITY_PINNED);
  second = say (&stage.scene, "after");

  return NULL;
}

/* An identity that was verified is not waved through: verified again, or the verification withdrawn. */
static DexFuture *
test_violated (gpointer data)
{
  g_auto (Stage)   stage = { 0 };
  g_autofree char *event_id = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;

  stage_init (&stage);
  event_id = say (&stage.scene, "before");
  verify_bob (&stage);

  replace_bob (&stage);
  say_fails (&stage.scene, MTX_ERROR_NEED_DECISION);
  mtx_crypto_client_restart (stage.scene.alice);
  assert_state (&stage, MTX_IDENTITY_VIOLATED);
  second = dup_master (&stage);
  fails (mtx_identities_acknowledge (identities (&stage), stage.scene.bob->user_id, second), MTX_ERROR_UNTRUSTED);
  say_fails (&stage.scene, MTX_ERROR_NEED_DECISION);

  succeeds (mtx_identities_withdraw (identities (&stage), stage.scene.bob->user_id, second));
  assert_state (&stage, MTX_IDENTITY_PINNED);
  fails (mtx_identities_withdraw (identities (&stage), stage.scene.bob->user_id, second), MTX_ERROR_INVALID);
  third = say (&stage.scene, "after");

  succeeds (mtx_encryption_bootstrap (stage.scene.alice->encryption));
  verify_bob (&stage);
  replace_bob (&stage);
  refresh (&stage, stage.scene.bob->user_id);
  assert_state (&stage, MTX_IDENTITY_VIOLATED);
  verify_bob (&stage);

  return NULL;
}

static gboolean
encrypts (Stage      *stage,
          const char *type,
          const char *msgtype)
{
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (JsonObject) encrypted = NULL;
  g_autoptr (GError)     error = NULL;

  if (msgtype != NULL)
    json_object_set_string_member (content, "msgtype", msgtype);
  encrypted = dex_await_boxed (mtx_encryption_encrypt (stage->scene.alice->encryption, stage->scene.info, type, content), &error);
  if (encrypted == NULL)
    g_assert_error (error, MTX_ERROR, MTX_ERROR_NEED_DECISION);

  return encrypted != NULL;
}

/* What is blocked can be verified: the steps of a verification go out, and nothing else that looks like one. */
static DexFuture *
test_verifiable (gpointer data)
{
  g_auto (Stage)   stage = { 0 };
  g_autofree char *event_id = NULL;

  stage_init (&stage);
  event_id = say (&stage.scene, "before");
  verify_bob (&stage);
  replace_bob (&stage);

  g_assert_true (encrypts (&stage, "m.room.message", "m.key.verification.request"));
  g_assert_true (encrypts (&stage, "m.key.verification.start", NULL));
  g_assert_false (encrypts (&stage, "m.room.message", "m.text"));
  g_assert_false (encrypts (&stage, "m.key.other", NULL));
  say_fails (&stage.scene, MTX_ERROR_NEED_DECISION);
  assert_state (&stage, MTX_IDENTITY_VIOLATED);

  return NULL;
}

/* What was verified carries our signature, made by the key we published for it; a server that was away gets it later. */
static DexFuture *
test_signature (gpointer data)
{
  g_auto (Stage)        stage = { 0 };
  MtxFakeFault          fault = { .times = 1, .status = 503 };
  g_autofree char      *event_id = NULL;
  g_autofree char      *master = NULL;
  g_autofree char      *key_id = NULL;
  g_autoptr (GError)    error = NULL;
  const MtxFakeRequest *request = NULL;
  JsonObject           *signed_key = NULL;
  MtxOwnIds             own;

  stage_init (&stage);
  event_id = say (&stage.scene, "hello");
  master = dup_master (&stage);
  mtx_fake_homeserver_fault (stage.scene.server, "POST", SIGN, &fault);
  verify_bob (&stage);
  succeeds (mtx_encryption_after_sync (stage.scene.alice->encryption));
  succeeds (mtx_encryption_after_sync (stage.scene.alice->encryption));
  g_assert_cmpuint (count (&stage.scene, SIGN), ==, 2);

  request = mtx_fake_homeserver_get_request (stage.scene.server, "POST", SIGN, 1);
  signed_key = mtx_json_get_object (mtx_json_get_object (request->body, stage.scene.bob->user_id), master);
  _mtx_crypto_engine_get_own_ids (stage.scene.alice->engine, &own);
  key_id = g_strconcat ("ed25519:", own.user_signing_key, NULL);
  mtx_signed_json_verify (signed_key, own.user_id, key_id, own.user_signing_key, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_object_get_size (mtx_json_get_object (signed_key, "signatures")), ==, 1);

  return NULL;
}

/* While the server shows another identity for us, nobody is verified and our keys sign for nobody; what was verified
 * before still blocks the harder way. */
static DexFuture *
test_own_replaced (gpointer data)
{
  g_auto (Stage)     stage = { 0 };
  g_autofree char   *event_id = NULL;
  g_autofree char   *master = NULL;
  g_autoptr (GError) error = NULL;
  guint              n_signatures;

  stage_init (&stage);
  event_id = say (&stage.scene, "before");
  master = dup_master (&stage);
  verify_bob (&stage);
  n_signatures = count (&stage.scene, SIGN);

  stage.alices = mtx_cross_signing_keys_new (NULL);
  refresh (&stage, stage.scene.alice->user_id);
  g_assert_cmpint (mtx_encryption_get_own_keys (stage.scene.alice->encryption), ==, MTX_OWN_KEYS_IDENTITY_REPLACED);
  assert_state (&stage, MTX_IDENTITY_PINNED);
  fails (mtx_encryption_mark_verified (stage.scene.alice->encryption, stage.scene.bob->user_id, master), MTX_ERROR_UNTRUSTED);
  fails (_mtx_crypto_engine_sign_identity (stage.scene.alice->engine, stage.scene.bob->user_id), MTX_ERROR_UNTRUSTED);

  /* Known again after a restart without asking anybody: it went into the store with the list. */
  mtx_crypto_client_restart (stage.scene.alice);
  succeeds (mtx_encryption_bootstrap (stage.scene.alice->encryption));
  g_assert_cmpint (mtx_encryption_get_own_keys (stage.scene.alice->encryption), ==, MTX_OWN_KEYS_IDENTITY_REPLACED);
  fails (mtx_encryption_mark_verified (stage.scene.alice->encryption, stage.scene.bob->user_id, master), MTX_ERROR_UNTRUSTED);
  succeeds (mtx_encryption_after_sync (stage.scene.alice->encryption));
  g_assert_cmpuint (count (&stage.scene, SIGN), ==, n_signatures);

  replace_bob (&stage);
  refresh (&stage, stage.scene.bob->user_id);
  assert_state (&stage, MTX_IDENTITY_VIOLATED);

  return NULL;
}

/* Devices, but no identity to vouch for them: nothing goes out before somebody decided that it may. */
static DexFuture *
test_no_identity (gpointer data)
{
  g_auto (Stage)              stage = { 0 };
  g_autofree char            *event_id = NULL;
  g_autofree char            *later = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;

  stage_init (&stage);
  stage.is_bob_bare = TRUE;
  say_fails (&stage.scene, MTX_ERROR_NEED_DECISION);
  assert_state (&stage, MTX_IDENTITY_NONE);
  g_assert_cmpuint (count (&stage.scene, KEYS), ==, 0);

  succeeds (mtx_identities_save_no_identity_allowed (identities (&stage), TRUE));
  event_id = say (&stage.scene, "anybody");
  at_bob = mtx_crypto_client_sync (stage.scene.bob);
  assert_reads (at_bob, event_id, "anybody");

  /* An identity seen once counts, whatever was allowed. */
  stage.is_bob_bare = FALSE;
  refresh (&stage, stage.scene.bob->user_id);
  assert_state (&stage, MTX_IDENTITY_PINNED);
  succeeds (mtx_identities_save_no_identity_allowed (identities (&stage), FALSE));
  later = say (&stage.scene, "somebody");

  return NULL;
}

/* On a new machine our own signature says whom we verified on the old one; a forged one does not. */
static DexFuture *
test_verified_before (gpointer data)
{
  for (guint is_forged = 0; is_forged < 2; is_forged++)
    {
      g_auto (Stage)     stage = { 0 };
      g_autofree char   *event_id = NULL;
      g_autoptr (GError) error = NULL;
      JsonObject        *master = NULL;

      stage_init (&stage);
      master = mtx_fake_homeserver_get_cross_signing_key (stage.scene.server, stage.scene.bob->user_id, "master");
      if (is_forged)
        {
          g_autoptr (MtxCrossSigningKeys) others = mtx_cross_signing_keys_new (NULL);

          mtx_cross_signing_keys_sign_json (others, MTX_CROSS_SIGNING_USER_SIGNING, master, stage.scene.alice->user_id, &error);
        }
      else
        {
          mtx_cross_signing_keys_sign_json (_mtx_crypto_engine_get_ratchets (stage.scene.alice->engine)->keys,
                                            MTX_CROSS_SIGNING_USER_SIGNING,
                                            master,
                                            stage.scene.alice->user_id,
                                            &error);
        }
      g_assert_no_error (error);

      event_id = say (&stage.scene, "hello again");
      assert_state (&stage, is_forged ? MTX_IDENTITY_PINNED : MTX_IDENTITY_VERIFIED);
    }

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/identities/threat-017-changed", test_changed);
  mtx_test_add_fiber ("/identities/threat-017-violated", test_violated);
  mtx_test_add_fiber ("/identities/threat-017-verifiable", test_verifiable);
  mtx_test_add_fiber ("/identities/signature", test_signature);
  mtx_test_add_fiber ("/identities/threat-018-threat-019-own-replaced", test_own_replaced);
  mtx_test_add_fiber ("/identities/threat-016-no-identity", test_no_identity);
  mtx_test_add_fiber ("/identities/verified-before", test_verified_before);

  return g_test_run ();
}
