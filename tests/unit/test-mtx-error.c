/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Server refusals as decisions.
 */
#include "mtx-error.h"

#include "kit/mtx-test.h"

typedef struct
{
  guint       status;
  const char *errcode;
  gboolean    soft_logout;
  MtxError    decision;
} Row;

static const Row rows[] = {
  { 401, "M_UNKNOWN_TOKEN", FALSE, MTX_ERROR_LOG_IN_AGAIN },
  { 401, "M_UNKNOWN_TOKEN", TRUE, MTX_ERROR_SOFT_LOGOUT },
  { 403, "M_UNKNOWN_TOKEN", FALSE, MTX_ERROR_LOG_IN_AGAIN },
  { 401, "M_MISSING_TOKEN", FALSE, MTX_ERROR_LOG_IN_AGAIN },
  { 401, NULL, FALSE, MTX_ERROR_NEED_AUTH },
  { 401, NULL, TRUE, MTX_ERROR_NEED_AUTH },
  { 401, "M_FORBIDDEN", FALSE, MTX_ERROR_REFUSED },
  { 401, "M_USER_LOCKED", TRUE, MTX_ERROR_RETRY_LATER },
  { 403, "M_FORBIDDEN", FALSE, MTX_ERROR_REFUSED },
  { 403, "M_FORBIDDEN", TRUE, MTX_ERROR_REFUSED },
  { 403, NULL, FALSE, MTX_ERROR_REFUSED },
  { 403, "M_USER_DEACTIVATED", FALSE, MTX_ERROR_REFUSED },
  { 400, "M_USER_IN_USE", FALSE, MTX_ERROR_USER_IN_USE },
  { 400, "M_EXCLUSIVE", FALSE, MTX_ERROR_USER_IN_USE },
  { 400, "M_INVALID_USERNAME", FALSE, MTX_ERROR_INVALID },
  { 400, "M_BAD_JSON", FALSE, MTX_ERROR_INVALID },
  { 400, "M_UNSUPPORTED_ROOM_VERSION", FALSE, MTX_ERROR_UNSUPPORTED },
  { 400, "M_UNKNOWN", FALSE, MTX_ERROR_REFUSED },
  { 400, NULL, FALSE, MTX_ERROR_REFUSED },
  { 404, "M_NOT_FOUND", FALSE, MTX_ERROR_NOT_FOUND },
  { 404, "M_UNRECOGNIZED", FALSE, MTX_ERROR_UNSUPPORTED },
  { 400, "M_UNRECOGNIZED", FALSE, MTX_ERROR_UNSUPPORTED },
  { 404, NULL, FALSE, MTX_ERROR_NOT_FOUND },
  { 405, NULL, FALSE, MTX_ERROR_UNSUPPORTED },
  { 405, "M_UNRECOGNIZED", FALSE, MTX_ERROR_UNSUPPORTED },
  { 408, NULL, FALSE, MTX_ERROR_RETRY_LATER },
  { 413, NULL, FALSE, MTX_ERROR_TOO_LARGE },
  { 413, "M_TOO_LARGE", FALSE, MTX_ERROR_TOO_LARGE },
  { 429, "M_LIMIT_EXCEEDED", FALSE, MTX_ERROR_RETRY_LATER },
  { 429, NULL, FALSE, MTX_ERROR_RETRY_LATER },
  { 500, "M_UNKNOWN", FALSE, MTX_ERROR_RETRY_LATER },
  { 500, NULL, FALSE, MTX_ERROR_RETRY_LATER },
  { 501, NULL, FALSE, MTX_ERROR_UNSUPPORTED },
  { 502, NULL, FALSE, MTX_ERROR_RETRY_LATER },
  { 504, NULL, FALSE, MTX_ERROR_RETRY_LATER },
  { 599, "M_SOMETHING_NEW", FALSE, MTX_ERROR_RETRY_LATER },
  { 418, "M_SOMETHING_NEW", FALSE, MTX_ERROR_REFUSED },
  { 302, NULL, FALSE, MTX_ERROR_BAD_REPLY },
  { 600, NULL, FALSE, MTX_ERROR_BAD_REPLY },
  { 0, NULL, FALSE, MTX_ERROR_BAD_REPLY },
};

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Row         *row = &rows[i];
      g_autoptr (GError) error = mtx_error_new_from_server (row->status, row->errcode, row->soft_logout, 0);

      g_test_message ("%u %s", row->status, row->errcode);
      g_assert_error (error, MTX_ERROR, (int)row->decision);
      g_assert_cmpstr (mtx_error_get_errcode (error), ==, row->errcode);
      g_assert_cmpint (mtx_error_is_temporary (error), ==, row->decision == MTX_ERROR_RETRY_LATER);
    }
}

static void
test_retry_after (void)
{
  g_autoptr (GError) asked = mtx_error_new_from_server (429, "M_LIMIT_EXCEEDED", FALSE, 2500);
  g_autoptr (GError) negative = mtx_error_new_from_server (429, "M_LIMIT_EXCEEDED", FALSE, -1);
  g_autoptr (GError) forever = mtx_error_new_from_server (429, "M_LIMIT_EXCEEDED", FALSE, G_MAXINT64);

  g_assert_cmpint (mtx_error_get_retry_after_ms (asked), ==, 2500);
  g_assert_cmpint (mtx_error_get_retry_after_ms (negative), ==, 0);
  g_assert_cmpint (mtx_error_get_retry_after_ms (forever), ==, 24 * 60 * 60 * 1000);
}

static void
test_copy (void)
{
  g_autoptr (GError) error = mtx_error_new_from_server (429, "M_LIMIT_EXCEEDED", FALSE, 2500);
  g_autoptr (GError) copy = g_error_copy (error);

  g_clear_error (&error);
  g_assert_error (copy, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  g_assert_cmpstr (mtx_error_get_errcode (copy), ==, "M_LIMIT_EXCEEDED");
  g_assert_cmpint (mtx_error_get_retry_after_ms (copy), ==, 2500);
}

/* What a server sends as errcode may end up in a log line. */
static void
test_untrusted_errcode (void)
{
  g_autofree char  *huge = g_strnfill (5000, 'M');
  const char *const bad[] = { "", "M_LIMIT EXCEEDED", "M_\nfake log line", "M_\xFF", "<b>", huge };
  const char *const good[] = { "M_CONSENT_NOT_GIVEN", "org.example.odd-code", "IO_EXAMPLE_3" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = mtx_error_new_from_server (403, bad[i], FALSE, 0);

      g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);
      g_assert_null (mtx_error_get_errcode (error));
      g_assert_cmpuint (strlen (error->message), <, 100);
      g_assert_null (strchr (error->message, '\n'));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = mtx_error_new_from_server (403, good[i], FALSE, 0);

      g_assert_cmpstr (mtx_error_get_errcode (error), ==, good[i]);
    }
}

static void
test_plain (void)
{
  g_autoptr (GError) plain = g_error_new (MTX_ERROR, MTX_ERROR_RETRY_LATER, "No network");
  g_autoptr (GError) set = NULL;
  g_autoptr (GError) foreign = g_error_new (G_IO_ERROR, MTX_ERROR_RETRY_LATER, "Not ours");

  g_set_error (&set, MTX_ERROR, MTX_ERROR_CLOSED, "Gone");
  g_assert_error (set, MTX_ERROR, MTX_ERROR_CLOSED);
  g_assert_true (mtx_error_is_temporary (plain));
  g_assert_false (mtx_error_is_temporary (set));
  g_assert_false (mtx_error_is_temporary (foreign));
  g_assert_false (mtx_error_is_temporary (NULL));
  g_assert_null (mtx_error_get_errcode (plain));
  g_assert_null (mtx_error_get_errcode (foreign));
  g_assert_null (mtx_error_get_errcode (NULL));
  g_assert_cmpint (mtx_error_get_retry_after_ms (plain), ==, 0);
  g_assert_cmpint (mtx_error_get_retry_after_ms (foreign), ==, 0);
  g_assert_cmpint (mtx_error_get_retry_after_ms (NULL), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/base/error/table", test_table);
  g_test_add_func ("/base/error/retry-after", test_retry_after);
  g_test_add_func ("/base/error/copy", test_copy);
  g_test_add_func ("/base/error/untrusted-errcode", test_untrusted_errcode);
  g_test_add_func ("/base/error/plain", test_plain);

  return g_test_run ();
}
