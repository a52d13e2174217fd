/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logs in with a browser that somebody else plays. `oauth-client HOMESERVER DEVICE` writes lines:
 *
 * page URL              where the browser is wanted
 * account USER DEVICE   who came back
 *
 * and then answers each line on its input: `ask` says "user USER" or "error CODE", `renewed` how often tokens were
 * kept, `revoke` says "ok" or "error CODE". A failed login says "error CODE" and ends. Codes are those of MTX_ERROR.
 */
#include <gio/gunixinputstream.h>
#include <stdio.h>

#include "kit/mtx-test.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-oauth.h"
#include "mtx-secret-bytes.h"
#include "mtx-tokens.h"

typedef struct
{
  GMainLoop  *loop;
  const char *homeserver;
  const char *device_id;
  guint       renewed;
} Run;

static void
say (const char *format,
     ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
}

static void
open_page (const char *url,
           gpointer    data)
{
  say ("page %s", url);
}

static DexFuture *
count (MtxSecretBytes *access,
       MtxSecretBytes *refresh,
       gpointer        data)
{
  Run *run = data;

  run->renewed++;

  return dex_future_new_true ();
}

/* In a fiber. */
static void
ask (MtxHttp *http)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_WHOAMI, NULL);
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxReply)   reply = dex_await_boxed (mtx_http_send (http, request), &error);

  if (reply != NULL)
    say ("user %s", mtx_json_get_string (mtx_reply_get_body (reply), "user_id"));
  else
    say ("error %d", error->code);
}

static DexFuture *
read_line (GDataInputStream *input)
{
  g_autoptr (GBytes)  bytes = NULL;
  g_autoptr (GString) line = g_string_new (NULL);

  for (;;)
    {
      g_clear_pointer (&bytes, g_bytes_unref);
      bytes = dex_await_boxed (dex_input_stream_read_bytes (G_INPUT_STREAM (input), 1, G_PRIORITY_DEFAULT), NULL);
      if (bytes == NULL || g_bytes_get_size (bytes) == 0)
        return dex_future_new_take_string (NULL);
      if (*(const char *)g_bytes_get_data (bytes, NULL) == '\n')
        return dex_future_new_take_string (g_string_free_and_steal (g_steal_pointer (&line)));
      g_string_append_c (line, *(const char *)g_bytes_get_data (bytes, NULL));
    }
}

/* In a fiber. */
static void
converse (Run        *run,
          MtxHttp    *http,
          MtxAccount *account)
{
  g_autoptr (GInputStream)     plain = g_unix_input_stream_new (0, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (plain);

  for (;;)
    {
      g_autofree char   *line = dex_await_string (read_line (input), NULL);
      g_autoptr (GError) error = NULL;

      if (line == NULL)
        return;
      if (g_str_equal (line, "ask"))
        ask (http);
      else if (g_str_equal (line, "renewed"))
        say ("%u", run->renewed);
      else if (dex_await (mtx_oauth_revoke (mtx_tokens_get_client (account->tokens), account->tokens), &error))
        say ("ok");
      else
        say ("error %d", error->code);
    }
}

static DexFuture *
run_fiber (gpointer data)
{
  Run                   *run = data;
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxHttp)    http = mtx_http_new (run->homeserver, &error);
  g_autoptr (MtxAccount) account = NULL;

  if (http != NULL)
    account = dex_await_boxed (mtx_oauth_log_in (http, run->device_id, MTX_OAUTH_LOG_IN, "You can go back.", open_page, NULL, NULL), &error);
  if (account != NULL)
    {
      mtx_tokens_set_saver (account->tokens, count, run, NULL);
      mtx_http_set_tokens (http, account->tokens);
      say ("account %s %s", account->user_id, account->device_id);
      converse (run, http, account);
    }
  else
    say ("error %d", error->code);
  g_main_loop_quit (run->loop);

  return dex_future_new_true ();
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Run                   run = { .loop = loop };

  if (argc != 3)
    {
      fprintf (stderr, "oauth-client HOMESERVER DEVICE\n");
      return 2;
    }
  run.homeserver = argv[1];
  run.device_id = argv[2];
  dex_init ();
  mtx_fiber_fire (mtx_fiber_spawn ("[oauth-client]", run_fiber, &run, NULL), "Talking");
  g_main_loop_run (loop);

  return 0;
}
