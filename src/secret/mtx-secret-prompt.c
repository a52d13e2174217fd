/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prompts of the Secret Service (freedesktop.org Secret Service API, § Prompts).
 */
#include "mtx-secret-prompt.h"

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-secret-futures.h"

#define SERVICE_PATH      "/org/freedesktop/secrets"
#define SERVICE_INTERFACE "org.freedesktop.Secret.Service"
#define PROMPT_INTERFACE  "org.freedesktop.Secret.Prompt"
#define NO_PROMPT         "/"

typedef struct
{
  /* owned */
  SecretService *service;
  char          *method;
  GVariant      *arguments;
  GDBusProxy    *locked; /* NULL: a collection is made */
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_clear_object (&self->service);
  g_clear_pointer (&self->method, g_free);
  g_clear_pointer (&self->arguments, g_variant_unref);
  g_clear_object (&self->locked);
  g_free (self);
}

static DexFuture *
call (SecretService *service,
      const char    *path,
      const char    *interface,
      const char    *method,
      GVariant      *arguments,
      const char    *reply_type)
{
  /* A prompt waits for a person, who may take any time: but the calls that start one return at once. */
  return dex_dbus_connection_call (g_dbus_proxy_get_connection (G_DBUS_PROXY (service)),
                                   g_dbus_proxy_get_name (G_DBUS_PROXY (service)),
                                   path, interface, method, arguments, G_VARIANT_TYPE (reply_type),
                                   G_DBUS_CALL_FLAGS_NO_AUTO_START, -1);
}

static void
on_completed (GDBusConnection *bus,
              const char      *sender,
              const char      *path,
              const char      *interface,
              const char      *signal,
              GVariant        *parameters,
              gpointer         promise)
{
  gboolean dismissed = TRUE;

  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(bv)")))
    g_variant_get (parameters, "(bv)", &dismissed, NULL);
  dex_promise_resolve_boolean (promise, !dismissed);
}

static void
on_vanished (GDBusConnection *bus,
             const char      *name,
             gpointer         promise)
{
  dex_promise_reject (promise, g_error_new_literal (MTX_ERROR, MTX_ERROR_ABSENT, "The keyring went away"));
}

/* Shows a prompt and waits for the person. */
static gboolean
await_prompt (SecretService *service,
              const char    *path,
              GError       **error)
{
  GDBusConnection       *bus = g_dbus_proxy_get_connection (G_DBUS_PROXY (service));
  g_autofree char       *owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (service));
  g_autoptr (DexPromise) completed = dex_promise_new ();
  g_autoptr (GVariant)   shown = NULL;
  g_autoptr (GError)     reason = NULL;
  gboolean               agreed = FALSE;
  guint                  subscription;
  guint                  watch;

  subscription = g_dbus_connection_signal_subscribe (bus, owner, PROMPT_INTERFACE, "Completed", path, NULL,
                                                     G_DBUS_SIGNAL_FLAGS_NONE, on_completed,
                                                     dex_ref (completed), dex_unref);
  watch = g_bus_watch_name_on_connection (bus, g_dbus_proxy_get_name (G_DBUS_PROXY (service)),
                                          G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished,
                                          dex_ref (completed), dex_unref);

  shown = dex_await_variant (call (service, path, PROMPT_INTERFACE, "Prompt",
                                   g_variant_new ("(s)", ""), "()"),
                             &reason);
  if (shown != NULL)
    agreed = dex_await_boolean (dex_ref (completed), &reason);

  /* Whoever asked is gone: so should be the dialog. */
  if (g_error_matches (reason, DEX_ERROR, DEX_ERROR_FIBER_CANCELLED))
    mtx_fiber_fire (call (service, path, PROMPT_INTERFACE, "Dismiss", NULL, "()"), "Dismissing a prompt");

  g_bus_unwatch_name (watch);
  g_dbus_connection_signal_unsubscribe (bus, subscription);

  if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  else if (!agreed)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_LOCKED, "The user declined");

  return agreed;
}

/* Both calls answer with something that is already done and the path of a prompt for what is not. */
static DexFuture *
ask_fiber (gpointer data)
{
  Question            *question = data;
  g_autoptr (GError)   error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autofree char     *prompt = NULL;

  reply = dex_await_variant (call (question->service, SERVICE_PATH, SERVICE_INTERFACE, question->method,
                                   question->arguments, question->locked != NULL ? "(aoo)" : "(oo)"),
                             &error);
  if (reply == NULL)
    return dex_future_new_for_error (mtx_secret_error_translate (g_steal_pointer (&error)));

  g_variant_get_child (reply, 1, "o", &prompt);
  if (!g_str_equal (prompt, NO_PROMPT) && !await_prompt (question->service, prompt, &error))
    return dex_future_new_for_error (mtx_secret_error_translate (g_steal_pointer (&error)));

  /* The service tells of the change later than it answers. */
  if (question->locked != NULL)
    {
      g_autoptr (GVariant) open = g_variant_ref_sink (g_variant_new_boolean (FALSE));

      g_dbus_proxy_set_cached_property (question->locked, "Locked", open);
    }

  return dex_future_new_true ();
}

/**
 * mtx_secret_prompt_unlock:
 * @service: the Secret Service
 * @locked: a `SecretCollection` or `SecretItem`
 *
 * Unlocks one thing; the service asks the user if it has to.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_LOCKED if the
 *   user declined, or %MTX_ERROR_ABSENT
 */
DexFuture *
mtx_secret_prompt_unlock (SecretService *service,
                          GDBusProxy    *locked)
{
  const char *paths[] = { g_dbus_proxy_get_object_path (locked), NULL };
  Question   *question = g_new0 (Question, 1);

  question->service = g_object_ref (service);
  question->method = g_strdup ("Unlock");
  question->arguments = g_variant_ref_sink (g_variant_new ("(@ao)", g_variant_new_objv (paths, 1)));
  question->locked = g_object_ref (locked);

  return mtx_fiber_spawn ("secret-prompt-unlock", ask_fiber, question, question_free);
}

/**
 * mtx_secret_prompt_make_collection:
 * @service: the Secret Service
 * @label: what a person sees
 *
 * Makes the collection in which new items go; the service asks the user for a password.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with %MTX_ERROR_LOCKED if the
 *   user declined, or %MTX_ERROR_ABSENT
 */
DexFuture *
mtx_secret_prompt_make_collection (SecretService *service,
                                   const char    *label)
{
  Question       *question = g_new0 (Question, 1);
  GVariantBuilder properties;

  g_variant_builder_init (&properties, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&properties, "{sv}", "org.freedesktop.Secret.Collection.Label",
                         g_variant_new_string (label));

  question->service = g_object_ref (service);
  question->method = g_strdup ("CreateCollection");
  question->arguments = g_variant_new ("(a{sv}s)", &properties, SECRET_COLLECTION_DEFAULT);
  g_variant_ref_sink (question->arguments);

  return mtx_fiber_spawn ("secret-prompt-make-collection", ask_fiber, question, question_free);
}
