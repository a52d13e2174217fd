/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes a name on the session bus and answers until it is killed.
 */
#include "bus-service.h"

#include <stdio.h>
#include <stdlib.h>

/* Tells a test, which reads our output, how far we are. */
void
bus_service_say (const char *word)
{
  printf ("%s\n", word);
  fflush (stdout);
}

static void
on_name_acquired (GDBusConnection *bus,
                  const char      *name,
                  gpointer         user_data)
{
  bus_service_say ("ready");
}

/* Offers the interfaces of @description, in order, at @paths. Says "ready" once they can be called. */
void
bus_service_run (const char                 *name,
                 const char                 *description,
                 const char *const          *paths,
                 const GDBusInterfaceVTable *vtable)
{
  g_autoptr (GError)          error = NULL;
  g_autoptr (GDBusNodeInfo)   node = g_dbus_node_info_new_for_xml (description, &error);
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_autoptr (GMainLoop)       loop = g_main_loop_new (NULL, FALSE);

  g_assert_no_error (error);
  for (gsize i = 0; paths[i] != NULL; i++)
    {
      g_dbus_connection_register_object (bus, paths[i], node->interfaces[i], vtable, NULL, NULL, &error);
      g_assert_no_error (error);
    }
  g_bus_own_name_on_connection (bus, name, G_BUS_NAME_OWNER_FLAGS_NONE, on_name_acquired, NULL, NULL, NULL);
  g_main_loop_run (loop);

  exit (EXIT_SUCCESS);
}
