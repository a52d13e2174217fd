/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A program with a keyring, told line by line what to do with it: it keeps its session while the world
 * around it changes. Secrets travel as hexadecimal.
 *
 * load PROVIDER ITEM SECRET      "ok" if that is the secret
 * create PROVIDER ITEM SECRET    labelled "Test: ITEM of PROVIDER"
 * replace PROVIDER ITEM SECRET   labelled "Test: new ITEM of PROVIDER"
 * forget PROVIDER ITEM
 * unlock
 * ask                            to unlock, without waiting for the answer
 * drop                           what was asked
 * list                           "ok" and the providers
 *
 * Each answer is one line: "ok", "different", or "error CODE" with a code of MTX_ERROR.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/mtx-test-hex.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-keyring-libsecret.h"
#include "mtx-secret-bytes.h"

typedef struct
{
  MtxKeyring *keyring; /* borrowed: main() outlives every command */
  char      **words;   /* owned */
} Command;

static GMainLoop *loop;
static DexFuture *asked;

static void
command_free (gpointer data)
{
  Command *command = data;

  g_strfreev (command->words);
  g_free (command);
}

static char *
do_load (Command *command,
         GError **error)
{
  g_autoptr (MtxSecretBytes) expected = mtx_test_hex_secret (command->words[3]);
  g_autoptr (MtxSecretBytes) loaded = NULL;

  loaded = dex_await_boxed (mtx_keyring_load (command->keyring, command->words[1], command->words[2]), error);
  if (loaded == NULL)
    return NULL;

  return g_strdup (mtx_secret_bytes_equal (loaded, expected) ? "ok" : "different");
}

static char *
do_keep (Command *command,
         GError **error)
{
  gboolean                   is_new = g_str_equal (command->words[0], "create");
  g_autoptr (MtxSecretBytes) secret = mtx_test_hex_secret (command->words[3]);
  g_autofree char           *label = NULL;
  DexFuture                 *kept = NULL;

  label = g_strdup_printf ("Test: %s%s of %s", is_new ? "" : "new ", command->words[2], command->words[1]);
  kept = (is_new ? mtx_keyring_create : mtx_keyring_replace) (command->keyring, command->words[1],
                                                              command->words[2], label, secret);

  return dex_await (kept, error) ? g_strdup ("ok") : NULL;
}

static char *
do_list (Command *command,
         GError **error)
{
  g_auto (GStrv)   providers = dex_await_boxed (mtx_keyring_list_providers (command->keyring), error);
  g_autofree char *joined = NULL;

  if (providers == NULL)
    return NULL;
  joined = g_strjoinv (" ", providers);

  return g_strdup_printf ("ok %s", joined);
}

static DexFuture *
run_fiber (gpointer data)
{
  Command           *command = data;
  const char        *verb = command->words[0];
  g_autoptr (GError) error = NULL;
  g_autofree char   *answer = NULL;

  if (g_str_equal (verb, "load"))
    answer = do_load (command, &error);
  else if (g_str_equal (verb, "list"))
    answer = do_list (command, &error);
  else if (g_str_equal (verb, "ask"))
    {
      /* Dropping a fiber does not cancel it, dropping what depends on it does. */
      asked = dex_future_first (mtx_keyring_unlock (command->keyring), NULL);
      answer = g_strdup ("ok");
    }
  else if (g_str_equal (verb, "drop"))
    {
      dex_clear (&asked);
      answer = g_strdup ("ok");
    }
  else if (g_str_equal (verb, "unlock"))
    answer = dex_await (mtx_keyring_unlock (command->keyring), &error) ? g_strdup ("ok") : NULL;
  else if (g_str_equal (verb, "forget"))
    answer = dex_await (mtx_keyring_forget (command->keyring, command->words[1], command->words[2]), &error)
                 ? g_strdup ("ok")
                 : NULL;
  else
    answer = do_keep (command, &error);

  if (answer != NULL)
    printf ("%s\n", answer);
  else
    {
      g_printerr ("%s: %s\n", verb, error->message);
      printf ("error %d\n", error->domain == MTX_ERROR ? error->code : -1);
    }
  fflush (stdout);

  return NULL;
}

static gboolean
on_line (GIOChannel  *input,
         GIOCondition condition,
         gpointer     user_data)
{
  g_autofree char *line = NULL;
  Command         *command = NULL;

  if (g_io_channel_read_line (input, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (loop);
      return G_SOURCE_REMOVE;
    }

  command = g_new0 (Command, 1);
  command->keyring = user_data;
  command->words = g_strsplit (g_strchomp (line), " ", -1);
  mtx_fiber_fire (mtx_fiber_spawn ("command", run_fiber, command, command_free), "Running a command");

  return G_SOURCE_CONTINUE;
}

int
main (void)
{
  g_autoptr (MtxKeyring) keyring = NULL;
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (STDIN_FILENO);

  dex_init ();
  keyring = mtx_keyring_libsecret_new ();
  loop = g_main_loop_new (NULL, FALSE);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_line, keyring);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  dex_clear (&asked);

  return 0;
}
