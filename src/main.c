/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Starts the allocator, the futures library, the locale and the application, and keeps core files away; nothing else.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/resource.h>

#include <libdex.h>

#include "sup-application.h"

/* glibc's own start value. Fixed, because it grows with every big block that is freed, and then what one sync or one
 * picture needed stays with us for good. */
#define MMAP_THRESHOLD (128 * 1024)

/* A core file holds every key and message that is in memory. One byte is too little for any file, and, other than
 * none, also keeps the kernel from handing the core to a program that collects them. We stay dumpable otherwise:
 * portals find out who we are in /proc. */
#define CORE_FILE_BYTES 1

int
main (int   argc,
      char *argv[])
{
  const struct rlimit        core = { CORE_FILE_BYTES, CORE_FILE_BYTES };
  g_autoptr (SupApplication) app = NULL;

  /* It may be less already; then it stays so. */
  setrlimit (RLIMIT_CORE, &core);

#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, MMAP_THRESHOLD);
#endif

  dex_init ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  app = sup_application_new ();

  return g_application_run (G_APPLICATION (app), argc, argv);
}
