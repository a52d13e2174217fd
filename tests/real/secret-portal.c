/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A desktop's Secret portal, as a sandboxed program sees it: hands out 64 bytes made from a word.
 *
 * Usage: secret-portal WORD [RESPONSE]; says "ready" once it can be called. RESPONSE 1 plays a user who
 * cancels, 2 a desktop that fails.
 */
#include "bus-service.h"

#include <gio/gunixfdlist.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
static const char description[] =
  "<node><interface name='org.freedesktop.portal.Secret'>"
  "<property name='version' type='u' access='read'/>"
  "<method name='RetrieveSecret'><arg type='h' direction='in'/><arg type='a{sv}' direction='in'/>"
  "<arg type='o' direction='out'/></method></interface></node>";
/* clang-format on */

static const char *word;
static guint32     response;

static void
give_secret (GUnixFDList *fds)
{
  g_autoptr (GError) error = NULL;
  char               secret[64];
  int                fd = g_unix_fd_list_get (fds, 0, &error);

  g_assert_no_error (error);
  for (gsize i = 0; i < sizeof secret; i++)
    secret[i] = word[i % strlen (word)];
  g_assert_cmpint (write (fd, secret, sizeof secret), ==, sizeof secret);
  close (fd);
}

static void
on_call (GDBusConnection       *bus,
         const char            *sender,
         const char            *path,
         const char            *interface,
         const char            *method,
         GVariant              *parameters,
         GDBusMethodInvocation *invocation,
         gpointer               user_data)
{
  GDBusMessage        *message = g_dbus_method_invocation_get_message (invocation);
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 1);
  g_autofree char     *token = NULL;
  g_autofree char     *name = g_strdelimit (g_strdup (sender + 1), ".", '_');
  g_autofree char     *request = NULL;
  g_autoptr (GError)   error = NULL;

  g_assert_true (g_variant_lookup (options, "handle_token", "s", &token));
  request = g_strdup_printf ("/org/freedesktop/portal/desktop/request/%s/%s", name, token);
  if (response == 0)
    give_secret (g_dbus_message_get_unix_fd_list (message));
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", request));
  g_dbus_connection_emit_signal (bus, sender, request, "org.freedesktop.portal.Request", "Response",
                                 g_variant_new ("(u@a{sv})", response, g_variant_new ("a{sv}", NULL)), &error);
  g_assert_no_error (error);
}

static GVariant *
on_get_property (GDBusConnection *bus,
                 const char      *sender,
                 const char      *path,
                 const char      *interface,
                 const char      *property,
                 GError         **error,
                 gpointer         user_data)
{
  return g_variant_new_uint32 (1);
}

int
main (int   argc,
      char *argv[])
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call, .get_property = on_get_property };
  static const char *const          paths[] = { "/org/freedesktop/portal/desktop", NULL };

  g_assert_cmpint (argc, >, 1);
  word = argv[1];
  response = argc > 2 ? (guint32)atoi (argv[2]) : 0;
  bus_service_run ("org.freedesktop.portal.Desktop", description, paths, &vtable);
}
