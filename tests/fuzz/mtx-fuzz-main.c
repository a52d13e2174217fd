/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a fuzz target without libFuzzer: each file of a corpus, then a fixed number of mutations that are
 * the same on every machine. An input that ends the program is written to "crash-<target>".
 *
 * Usage: <target> CORPUS [MUTATIONS]; or <target> FILE to see one input again.
 */
#include "mtx-fuzz.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED           0x9E3779B97F4A7C15u
#define INPUT_CAPACITY 4096

static guint8 input[INPUT_CAPACITY];
static gsize  input_size;
static char   crash_path[256];

static guint64 random_state = SEED;

/* splitmix64: short, good enough, and ours, so that no library update changes the run. */
static guint64
draw (guint64 below)
{
  guint64 z = (random_state += 0x9E3779B97F4A7C15u);

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;

  return (z ^ (z >> 31)) % below;
}

static void
keep_crash (int number)
{
  int fd = open (crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  if (fd >= 0)
    {
      (void)!write (fd, input, input_size);
      close (fd);
    }
  signal (number, SIG_DFL);
  raise (number);
}

static void
run_input (void)
{
  /* A copy of the exact size, so that a sanitizer sees the first byte read beyond it. */
  g_autofree guint8 *copy = g_malloc (MAX (input_size, 1));

  memcpy (copy, input, input_size);
  LLVMFuzzerTestOneInput (copy, input_size);
}

static void
load (GBytes *bytes)
{
  gsize         size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  input_size = MIN (size, INPUT_CAPACITY);
  if (input_size > 0)
    memcpy (input, data, input_size);
}

static void
insert (gsize         position,
        const guint8 *data,
        gsize         size)
{
  size = MIN (size, INPUT_CAPACITY - input_size);
  memmove (input + position + size, input + position, input_size - position);
  memmove (input + position, data, size);
  input_size += size;
}

static void
cut (gsize position,
     gsize size)
{
  size = MIN (size, input_size - position);
  memmove (input + position, input + position + size, input_size - position - size);
  input_size -= size;
}

static void
mutate (GPtrArray *corpus)
{
  static const char nasty[] = "\0\x01\x1F \"\\/{}[]:,=+-_.@#$!%eEnu0189azAZ\x7F\x80\xC0\xED\xEF\xF4\xFF";
  gsize             position = draw (input_size + 1);
  guint8            byte = (guint8)nasty[draw (sizeof nasty - 1)];

  switch (draw (7))
    {
    case 0:
      if (position < input_size)
        input[position] ^= (guint8)(1u << draw (8));
      break;
    case 1:
      if (position < input_size)
        input[position] = byte;
      break;
    case 2:
      insert (position, &byte, 1);
      break;
    case 3:
      cut (position, 1 + draw (8));
      break;
    case 4:
      {
        guint8 chunk[64];
        gsize  size = draw (sizeof chunk) + 1;

        size = MIN (size, input_size - position);
        memcpy (chunk, input + position, size);
        insert (draw (input_size + 1), chunk, size);
        break;
      }
    case 5:
      {
        gsize         size;
        const guint8 *data = g_bytes_get_data (corpus->pdata[draw (corpus->len)], &size);
        gsize         from = draw (size + 1);
        gsize         taken = draw (64);

        insert (position, data + from, MIN (taken, size - from));
        break;
      }
    default:
      input_size = position;
      break;
    }
}

static int
compare_paths (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, because the order of a directory differs between machines. */
static GPtrArray *
list_paths (const char *path)
{
  GPtrArray       *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char      *name = NULL;

  if (dir == NULL)
    g_ptr_array_add (paths, g_strdup (path));
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (paths, g_build_filename (path, name, NULL));
  g_ptr_array_sort (paths, compare_paths);

  return paths;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GPtrArray) corpus = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  g_autoptr (GPtrArray) paths = NULL;
  g_autofree char      *name = g_path_get_basename (argv[0]);
  guint64               n_mutations = argc > 2 ? g_ascii_strtoull (argv[2], NULL, 10) : 0;

  if (argc < 2)
    {
      g_printerr ("Usage: %s CORPUS [MUTATIONS]\n", name);
      return 2;
    }

  g_snprintf (crash_path, sizeof crash_path, "crash-%s", name);
  signal (SIGABRT, keep_crash);
  signal (SIGSEGV, keep_crash);
  signal (SIGTRAP, keep_crash);

  paths = list_paths (argv[1]);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr (GError) error = NULL;
      char              *contents = NULL;
      gsize              size;

      if (!g_file_get_contents (paths->pdata[i], &contents, &size, &error))
        {
          g_printerr ("%s\n", error->message);
          return 2;
        }
      g_ptr_array_add (corpus, g_bytes_new_take (contents, size));
      load (corpus->pdata[i]);
      run_input ();
    }

  for (guint64 i = 0; i < n_mutations; i++)
    {
      load (corpus->pdata[draw (corpus->len)]);
      for (guint64 n = draw (6) + 1; n > 0; n--)
        mutate (corpus);
      run_input ();
    }

  g_print ("%s: %u files, %" G_GUINT64_FORMAT " mutations\n", name, corpus->len, n_mutations);

  return 0;
}
