/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a program on the display until it has mapped its window and come to rest, and prints how long the
 * first took and how much memory the second needs: "MILLISECONDS KIBIBYTES MILLISECONDS", the last being
 * the time until it was last busy.
 *
 * The X server reports the mapping, so the program measured is not touched and nothing is polled meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <xcb/xcb.h>

#define MAP_TIMEOUT_MS  20000
#define REST_TIMEOUT_MS 20000
#define REST_POLL_MS    20
#define REST_MS         1000    /* so long without being busy is rest */
#define BUSY_NS         5000000 /* of processor time between two looks; less is a timer that went off */
#define MIN_WIDTH       300     /* smaller windows are the toolkit's own helpers */
#define EXIT_TIMEOUT_MS 10000

static double
milliseconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / 1000.0;
}

static void
watch_root (xcb_connection_t *connection)
{
  const uint32_t mask = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;
  xcb_window_t   root = xcb_setup_roots_iterator (xcb_get_setup (connection)).data->root;

  xcb_change_window_attributes (connection, root, XCB_CW_EVENT_MASK, &mask);
  xcb_flush (connection);
}

static gboolean
is_main_window (xcb_connection_t *connection,
                xcb_window_t      window)
{
  xcb_get_geometry_reply_t *geometry = xcb_get_geometry_reply (connection, xcb_get_geometry (connection, window), NULL);
  gboolean                  found = geometry != NULL && geometry->width >= MIN_WIDTH;

  free (geometry);

  return found;
}

/* TRUE when a main window was mapped; FALSE after the time-out. */
static gboolean
wait_for_map (xcb_connection_t *connection,
              gint64            start)
{
  struct pollfd wait = { .fd = xcb_get_file_descriptor (connection), .events = POLLIN };

  while (milliseconds_since (start) < MAP_TIMEOUT_MS)
    {
      xcb_generic_event_t *event = xcb_poll_for_event (connection);
      gboolean             mapped = FALSE;

      if (event == NULL)
        {
          if (xcb_connection_has_error (connection) != 0 || (poll (&wait, 1, 1000) < 0 && errno != EINTR))
            return FALSE;
          continue;
        }

      if ((event->response_type & 0x7f) == XCB_MAP_NOTIFY)
        {
          const xcb_map_notify_event_t *map = (const xcb_map_notify_event_t *)event;

          mapped = is_main_window (connection, map->window);
        }
      free (event);
      if (mapped)
        return TRUE;
    }

  return FALSE;
}

/* The processor time used so far, in nanoseconds; 0 when the process is gone. */
static guint64
read_processor_time (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", pid);
  g_autoptr (GDir) tasks = g_dir_open (path, 0, NULL);
  const char      *task = NULL;
  guint64          sum = 0;

  while (tasks != NULL && (task = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, task, "schedstat", NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (file, &text, NULL, NULL))
        sum += g_ascii_strtoull (text, NULL, 10);
    }

  return sum;
}

/* Waits until the process has not been busy for a while; returns when it last was. */
static double
wait_for_rest (pid_t  pid,
               gint64 start)
{
  guint64 used = read_processor_time (pid);
  gint64  since = g_get_monotonic_time ();
  gint64  begin = since;

  while (milliseconds_since (since) < REST_MS && milliseconds_since (begin) < REST_TIMEOUT_MS)
    {
      guint64 now_used;

      g_usleep (REST_POLL_MS * 1000);
      now_used = read_processor_time (pid);
      if (now_used > used + BUSY_NS)
        since = g_get_monotonic_time ();
      used = now_used;
    }

  return (double)(since - start) / 1000.0;
}

static guint64
read_pss_kib (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", pid);
  g_autofree char *text = NULL;
  const char      *line = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (line = strstr (text, "\nPss:")) == NULL)
    return 0;

  return g_ascii_strtoull (line + strlen ("\nPss:"), NULL, 10);
}

static void
end_program (pid_t pid)
{
  gint64 start = g_get_monotonic_time ();

  kill (pid, SIGTERM);
  while (waitpid (pid, NULL, WNOHANG) == 0)
    {
      if (milliseconds_since (start) > EXIT_TIMEOUT_MS)
        kill (pid, SIGKILL);
      g_usleep (5000);
    }
}

int
main (int   argc,
      char *argv[])
{
  xcb_connection_t *connection = xcb_connect (NULL, NULL);
  gint64            start = 0;
  pid_t             pid = 0;
  gboolean          mapped = FALSE;

  if (argc < 2 || xcb_connection_has_error (connection) != 0)
    {
      fprintf (stderr, argc < 2 ? "Usage: bench-window PROGRAM [ARGUMENT…]\n" : "bench-window: no display\n");
      return EXIT_FAILURE;
    }

  watch_root (connection);
  start = g_get_monotonic_time ();
  pid = fork ();
  if (pid == 0)
    {
      execv (argv[1], argv + 1);
      _exit (127);
    }

  mapped = pid > 0 && wait_for_map (connection, start);
  if (mapped)
    {
      double map_ms = milliseconds_since (start);
      double rest_ms = wait_for_rest (pid, start);

      printf ("%.1f %" G_GUINT64_FORMAT " %.1f\n", map_ms, read_pss_kib (pid), rest_ms);
    }
  else
    fprintf (stderr, "bench-window: %s mapped no window\n", argv[1]);

  if (pid > 0)
    end_program (pid);
  xcb_disconnect (connection);

  return mapped ? EXIT_SUCCESS : EXIT_FAILURE;
}
