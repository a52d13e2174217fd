/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An anonymous account under every way a server may ask for it, refuse it or lose the answer.
 */
#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-registration.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

#define REGISTER "*/register"

static MtxCredentials *
draw (gboolean resumed)
{
  g_autoptr (GError)         error = NULL;
  g_autofree char           *username = mtx_credentials_draw_username (&error);
  g_autofree char           *device_id = mtx_credentials_draw_device_id (&error);
  g_autoptr (MtxSecretBytes) password = mtx_secret_bytes_new ((const guint8 *)"the-password", 12);

  g_assert_no_error (error);

  return mtx_credentials_new (username, device_id, password, resumed);
}

typedef struct
{
  guint    asked;
  gboolean accept;
  char    *url;
} Person;

static DexFuture *
show_terms (GPtrArray *policies,
            gpointer   data)
{
  Person         *person = data;
  MtxTermsPolicy *policy = g_ptr_array_index (policies, 0);

  person->asked++;
  g_set_str (&person->url, policy->url);

  return dex_future_new_for_boolean (person->accept);
}

static MtxAccount *
try_register (MtxFakeHomeserver *server,
              MtxCredentials    *credentials,
              const char        *token,
              Person            *person,
              GError           **error)
{
  g_autoptr (MtxHttp) http = mtx_http_new (mtx_fake_homeserver_get_base_url (server), NULL);

  return dex_await_boxed (mtx_registration_run (http, credentials, token, person != NULL ? show_terms : NULL, person, NULL), error);
}

static guint
count_register (MtxFakeHomeserver *server)
{
  return mtx_fake_homeserver_count_requests (server, "POST", REGISTER);
}

static void
test_names (void)
{
  g_autoptr (MtxCredentials) one = draw (FALSE);
  g_autoptr (MtxCredentials) other = draw (FALSE);

  g_assert_cmpuint (strlen (one->username), ==, 32);
  g_assert_cmpuint (strspn (one->username, "abcdefghijklmnop"), ==, 32);
  g_assert_cmpuint (strlen (one->device_id), ==, 16);
  g_assert_cmpstr (one->username, !=, other->username);
  g_assert_cmpstr (one->device_id, !=, other->device_id);
}

static DexFuture *
test_dummy (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autofree char              *user_id = g_strdup_printf ("@%s:%s", credentials->username, MTX_FAKE_SERVER_NAME);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = try_register (server, credentials, NULL, NULL, &error);
  JsonObject                   *body = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (account->user_id, ==, user_id);
  g_assert_cmpstr (account->device_id, ==, credentials->device_id);
  g_assert_cmpuint (count_register (server), ==, 1);

  body = mtx_fake_homeserver_get_request (server, "POST", REGISTER, 0)->body;
  g_assert_cmpstr (mtx_json_get_string (body, "password"), ==, "the-password");
  g_assert_cmpstr (mtx_json_get_string (body, "initial_device_display_name"), ==, "Wallet Support");
  g_assert_true (json_object_get_boolean_member (body, "refresh_token"));
  g_assert_false (json_object_get_boolean_member (body, "inhibit_login"));

  return NULL;
}

static DexFuture *
test_token (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;

  mtx_fake_homeserver_set_flows (server, "m.login.registration_token");
  mtx_fake_homeserver_set_registration_token (server, "let-me-in");
  account = try_register (server, credentials, "let-me-in", NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (account);
  g_assert_cmpuint (count_register (server), ==, 2);

  return NULL;
}

static DexFuture *
test_all_stages (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;
  Person                        person = { .accept = TRUE };

  mtx_fake_homeserver_set_flows (server, "m.login.recaptcha;m.login.email.identity m.login.dummy;"
                                         "m.login.registration_token m.login.terms m.login.dummy");
  mtx_fake_homeserver_set_registration_token (server, "let-me-in");
  account = try_register (server, credentials, "let-me-in", &person, &error);
  g_assert_no_error (error);
  g_assert_nonnull (account);
  g_assert_cmpuint (person.asked, ==, 1);
  g_assert_cmpstr (person.url, ==, "https://fake.example/privacy");
  g_free (person.url);

  return NULL;
}

static DexFuture *
test_shortest_flow (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;
  Person                        person = { .accept = TRUE };

  /* Nobody is asked to accept terms when there is a way without. */
  mtx_fake_homeserver_set_flows (server, "m.login.terms m.login.dummy;m.login.dummy");
  account = try_register (server, credentials, NULL, &person, &error);
  g_assert_no_error (error);
  g_assert_nonnull (account);
  g_assert_cmpuint (person.asked, ==, 0);

  return NULL;
}

static DexFuture *
test_terms_declined (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;
  Person                        person = { .accept = FALSE };

  mtx_fake_homeserver_set_flows (server, "m.login.terms");
  account = try_register (server, credentials, NULL, &person, &error);
  g_assert_null (account);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);
  g_assert_cmpuint (person.asked, ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_users (server), ==, 0);
  g_free (person.url);
  g_clear_error (&error);

  /* And never silently. */
  account = try_register (server, credentials, NULL, NULL, &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED);

  return NULL;
}

static DexFuture *
test_refusals (gpointer data)
{
  const struct
  {
    const char *flows;
    const char *token;
    MtxError    code;
    const char *errcode;
  } cases[] = {
    { "", NULL, MTX_ERROR_REFUSED, "M_FORBIDDEN" },
    { "m.login.recaptcha;m.login.email.identity", NULL, MTX_ERROR_UNSUPPORTED, NULL },
    { "m.login.registration_token", NULL, MTX_ERROR_UNSUPPORTED, NULL },
    { "m.login.registration_token", "wrong", MTX_ERROR_REFUSED, "M_UNAUTHORIZED" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
      g_autoptr (MtxCredentials)    credentials = draw (FALSE);
      g_autoptr (GError)            error = NULL;
      g_autoptr (MtxAccount)        account = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      mtx_fake_homeserver_set_flows (server, cases[i].flows);
      mtx_fake_homeserver_set_registration_token (server, "let-me-in");
      account = try_register (server, credentials, cases[i].token, NULL, &error);
      g_assert_null (account);
      g_assert_error (error, MTX_ERROR, (int)cases[i].code);
      g_assert_cmpstr (mtx_error_get_errcode (error), ==, cases[i].errcode);
      g_assert_cmpuint (count_register (server), <=, 2);
    }

  return NULL;
}

static gboolean
answer_text (const MtxFakeRequest *request,
             MtxFakeAnswer        *answer,
             gpointer              data)
{
  mtx_fake_answer_json (answer, 200, data);

  return TRUE;
}

static DexFuture *
test_browser_only (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;

  mtx_fake_homeserver_set_flows (server, "");
  mtx_fake_homeserver_override (server, "GET", "*/auth_metadata", answer_text, (gpointer) "{\"issuer\":\"https://auth.example/\"}", NULL);
  account = try_register (server, credentials, NULL, NULL, &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED);

  return NULL;
}

/* The answer is lost, whenever it is; trying again with the same credentials gives the same account. */
static DexFuture *
test_threat_095_lost_answers (gpointer data)
{
  const MtxFakeDrop drops[] = { MTX_FAKE_DROP_BEFORE, MTX_FAKE_DROP_AFTER, MTX_FAKE_TRUNCATE };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (drops); i++)
    {
      g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
      g_autoptr (MtxCredentials)    credentials = draw (i % 2 == 1);
      g_autoptr (GError)            error = NULL;
      g_autoptr (MtxAccount)        account = NULL;
      const MtxFakeFault            fault = { .drop = drops[i / 2], .times = 1 };

      g_test_message ("case %u", i);
      mtx_fake_homeserver_fault (server, "POST", REGISTER, &fault);
      account = try_register (server, credentials, NULL, NULL, &error);
      g_assert_null (account);
      g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
      g_clear_error (&error);

      account = try_register (server, credentials, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (account->device_id, ==, credentials->device_id);
      g_assert_cmpuint (mtx_fake_homeserver_count_users (server), ==, 1);
      g_assert_cmpuint (mtx_fake_homeserver_count_devices (server, account->user_id), ==, 1);
    }

  return NULL;
}

/* The account was made, the answer lost, and registration closed meanwhile. */
static DexFuture *
test_closed_meanwhile (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (TRUE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;
  const MtxFakeFault            fault = { .drop = MTX_FAKE_DROP_AFTER, .times = 1 };

  mtx_fake_homeserver_fault (server, "POST", REGISTER, &fault);
  account = try_register (server, credentials, NULL, NULL, &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  g_clear_error (&error);

  mtx_fake_homeserver_set_flows (server, "");
  account = try_register (server, credentials, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (account);
  g_assert_cmpuint (mtx_fake_homeserver_count_users (server), ==, 1);

  return NULL;
}

/* Somebody else has the name: we must not get in, and not go on as if we had. */
static DexFuture *
test_name_taken (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autofree char              *token = mtx_fake_homeserver_add_user (server, credentials->username, "X");
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = try_register (server, credentials, NULL, NULL, &error);

  g_assert_null (account);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);

  return NULL;
}

static gboolean
forget_session (const MtxFakeRequest *request,
                MtxFakeAnswer        *answer,
                gpointer              data)
{
  guint           *count = data;
  g_autofree char *json = g_strdup_printf ("{\"flows\":[{\"stages\":[\"m.login.dummy\",\"m.login.dummy\"]}],\"session\":\"s%u\"}", (*count)++);

  mtx_fake_answer_json (answer, 401, json);

  return TRUE;
}

static gboolean
never_satisfied (const MtxFakeRequest *request,
                 MtxFakeAnswer        *answer,
                 gpointer              data)
{
  mtx_fake_answer_json (answer, 401, "{\"flows\":[{\"stages\":[\"m.login.dummy\"]}],\"session\":\"s\"}");

  return TRUE;
}

static DexFuture *
test_bounds (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) forgetful = mtx_fake_homeserver_new ();
  g_autoptr (MtxFakeHomeserver) endless = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;
  guint                         count = 0;

  mtx_fake_homeserver_override (forgetful, "POST", REGISTER, forget_session, &count, NULL);
  account = try_register (forgetful, credentials, NULL, NULL, &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_assert_cmpuint (count, ==, 3);
  g_clear_error (&error);

  mtx_fake_homeserver_override (endless, "POST", REGISTER, never_satisfied, NULL, NULL);
  account = try_register (endless, credentials, NULL, NULL, &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_assert_cmpuint (count_register (endless), <, 12);

  return NULL;
}

/* Some servers call a stage they did not ask for invalid. */
static gboolean
refuse_guess (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  JsonObject *auth = mtx_json_get_object (request->body, "auth");

  if (auth == NULL || mtx_json_get_string (auth, "session") != NULL)
    return FALSE;
  mtx_fake_answer_error (answer, 400, "M_MISSING_PARAM");

  return TRUE;
}

static DexFuture *
test_guess_refused (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;

  mtx_fake_homeserver_override (server, "POST", REGISTER, refuse_guess, NULL, NULL);
  account = try_register (server, credentials, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (account);

  return NULL;
}

static gboolean
give_another_account (const MtxFakeRequest *request,
                      MtxFakeAnswer        *answer,
                      gpointer              data)
{
  mtx_fake_answer_json (answer, 200, data);

  return TRUE;
}

static DexFuture *
test_wrong_answers (gpointer data)
{
  const char *answers[] = {
    "{}",
    "{\"user_id\":\"@mallory:fake.example\",\"device_id\":\"X\",\"access_token\":\"t\"}",
    "{\"user_id\":\"nonsense\",\"device_id\":\"X\",\"access_token\":\"t\"}",
    "{\"user_id\":7,\"device_id\":[],\"access_token\":{}}",
    "{\"user_id\":\"@mallory:fake.example\",\"device_id\":\"X\",\"access_token\":\"t\\r\\nX-Evil: 1\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
      g_autoptr (MtxCredentials)    credentials = draw (FALSE);
      g_autoptr (GError)            error = NULL;
      g_autoptr (MtxAccount)        account = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      mtx_fake_homeserver_override (server, "POST", REGISTER, give_another_account, (gpointer)answers[i], NULL);
      account = try_register (server, credentials, NULL, NULL, &error);
      g_assert_null (account);
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
    }

  return NULL;
}

static DexFuture *
test_rate_limit (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxCredentials)    credentials = draw (FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxAccount)        account = NULL;
  const MtxFakeFault            limit = { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after = "4", .times = 1 };

  mtx_fake_homeserver_fault (server, "POST", REGISTER, &limit);
  account = try_register (server, credentials, NULL, NULL, &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  g_assert_cmpint (mtx_error_get_retry_after_ms (error), ==, 4000);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/registration/names", test_names);
  mtx_test_add_fiber ("/registration/dummy", test_dummy);
  mtx_test_add_fiber ("/registration/token", test_token);
  mtx_test_add_fiber ("/registration/all-stages", test_all_stages);
  mtx_test_add_fiber ("/registration/shortest-flow", test_shortest_flow);
  mtx_test_add_fiber ("/registration/terms-declined", test_terms_declined);
  mtx_test_add_fiber ("/registration/refusals", test_refusals);
  mtx_test_add_fiber ("/registration/browser-only", test_browser_only);
  mtx_test_add_fiber ("/registration/threat-095-lost-answers", test_threat_095_lost_answers);
  mtx_test_add_fiber ("/registration/closed-meanwhile", test_closed_meanwhile);
  mtx_test_add_fiber ("/registration/name-taken", test_name_taken);
  mtx_test_add_fiber ("/registration/bounds", test_bounds);
  mtx_test_add_fiber ("/registration/guess-refused", test_guess_refused);
  mtx_test_add_fiber ("/registration/wrong-answers", test_wrong_answers);
  mtx_test_add_fiber ("/registration/rate-limit", test_rate_limit);

  return g_test_run ();
}
