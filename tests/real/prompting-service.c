/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * As much of a Secret Service as it takes to ask a user who answers by script: a keyring without items
 * that is locked, or not there yet.
 *
 * Usage: prompting-service locked|missing agree|decline|vanish|wait; says "ready" once it can be called,
 * and, if it is to wait, "prompted" when a prompt is up and "dismissed" when it is taken back.
 */
#include "bus-service.h"

#include <stdlib.h>

#define COLLECTION "/org/freedesktop/secrets/collection/login"
#define PROMPT     "/org/freedesktop/secrets/prompt/1"
#define NOTHING    "/"

/* clang-format off */
static const char description[] =
  "<node>"
  "<interface name='org.freedesktop.Secret.Service'>"
  "<property name='Collections' type='ao' access='read'/>"
  "<method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
  "<arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
  "<method name='ReadAlias'><arg type='s' direction='in'/><arg type='o' direction='out'/></method>"
  "<method name='SearchItems'><arg type='a{ss}' direction='in'/>"
  "<arg type='ao' direction='out'/><arg type='ao' direction='out'/></method>"
  "<method name='Unlock'><arg type='ao' direction='in'/>"
  "<arg type='ao' direction='out'/><arg type='o' direction='out'/></method>"
  "<method name='CreateCollection'><arg type='a{sv}' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='o' direction='out'/><arg type='o' direction='out'/></method>"
  "</interface>"
  "<interface name='org.freedesktop.Secret.Collection'>"
  "<property name='Items' type='ao' access='read'/><property name='Label' type='s' access='read'/>"
  "<property name='Locked' type='b' access='read'/><property name='Created' type='t' access='read'/>"
  "<property name='Modified' type='t' access='read'/>"
  "</interface>"
  "<interface name='org.freedesktop.Secret.Prompt'>"
  "<method name='Prompt'><arg type='s' direction='in'/></method>"
  "<method name='Dismiss'/>"
  "<signal name='Completed'><arg type='b'/><arg type='v'/></signal>"
  "</interface>"
  "</node>";
/* clang-format on */

static gboolean    has_collection;
static gboolean    is_locked = TRUE;
static const char *answer;

static void
complete (GDBusConnection *bus,
          const char      *asker)
{
  gboolean agreed = g_str_equal (answer, "agree");

  if (g_str_equal (answer, "wait"))
    {
      bus_service_say ("prompted");
      return;
    }
  if (agreed)
    {
      has_collection = TRUE;
      is_locked = FALSE;
    }
  g_dbus_connection_emit_signal (bus, asker, PROMPT, "org.freedesktop.Secret.Prompt", "Completed",
                                 g_variant_new ("(bv)", !agreed, g_variant_new_objv (NULL, 0)), NULL);
}

static GVariant *
answer_service (const char *method,
                GVariant   *parameters)
{
  if (g_str_equal (method, "OpenSession"))
    return g_variant_new ("(vo)", g_variant_new_string (""), "/org/freedesktop/secrets/session/1");
  if (g_str_equal (method, "ReadAlias"))
    return g_variant_new ("(o)", has_collection ? COLLECTION : NOTHING);
  if (g_str_equal (method, "SearchItems"))
    return g_variant_new ("(@ao@ao)", g_variant_new_objv (NULL, 0), g_variant_new_objv (NULL, 0));
  if (g_str_equal (method, "Unlock"))
    return g_variant_new ("(@aoo)", g_variant_new_objv (NULL, 0), PROMPT);

  return g_variant_new ("(oo)", NOTHING, PROMPT);
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
  const char *algorithm = "plain";

  if (g_str_equal (method, "OpenSession"))
    g_variant_get (parameters, "(&sv)", &algorithm, NULL);

  if (!g_str_equal (algorithm, "plain"))
    g_dbus_method_invocation_return_dbus_error (invocation, "org.freedesktop.DBus.Error.NotSupported", algorithm);
  else if (g_str_equal (method, "Prompt"))
    {
      if (g_str_equal (answer, "vanish"))
        exit (0);
      g_dbus_method_invocation_return_value (invocation, NULL);
      complete (bus, sender);
    }
  else if (g_str_equal (method, "Dismiss"))
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      bus_service_say ("dismissed");
    }
  else
    g_dbus_method_invocation_return_value (invocation, answer_service (method, parameters));
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
  if (g_str_equal (property, "Locked"))
    return g_variant_new_boolean (is_locked);
  if (g_str_equal (property, "Label"))
    return g_variant_new_string ("Login");
  if (g_str_equal (property, "Items") || g_str_equal (property, "Collections"))
    return g_variant_new_objv (NULL, 0);

  return g_variant_new_uint64 (1);
}

int
main (int   argc,
      char *argv[])
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call, .get_property = on_get_property };
  static const char *const          paths[] = { "/org/freedesktop/secrets", COLLECTION, PROMPT, NULL };

  g_assert_cmpint (argc, ==, 3);
  has_collection = g_str_equal (argv[1], "locked");
  answer = argv[2];
  bus_service_run ("org.freedesktop.secrets", description, paths, &vtable);
}
