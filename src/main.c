/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Starts the futures library, the locale and the application; nothing else.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include <libdex.h>

#include "sup-application.h"

int
main (int   argc,
      char *argv[])
{
  g_autoptr (SupApplication) app = NULL;

  dex_init ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  app = sup_application_new ();

  return g_application_run (G_APPLICATION (app), argc, argv);
}
