/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands between a person and their messages before anything can be shown. No way out of this page deletes
 * anything: an account is never lost because a secret could not be read.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "sup-client.h"
#include "sup-keyring-page.h"
#include "sup-primary-menu.h"

struct _SupKeyringPage
{
  AdwBin parent_instance;

  /* Owned References */
  SupClient *client;
};

enum
{
  PROP_0,
  PROP_CLIENT,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupKeyringPage, sup_keyring_page, ADW_TYPE_BIN)

static GParamSpec *properties[N_PROPS];

static char *
state_to_icon (SupKeyringPage *self,
               SupClientState  state)
{
  if (state == SUP_CLIENT_KEYRING_LOCKED)
    return g_strdup ("encrypted-symbolic");

  return g_strdup ("dialog-warning-symbolic");
}

static char *
state_to_title (SupKeyringPage *self,
                SupClientState  state)
{
  switch (state)
    {
    case SUP_CLIENT_KEYRING_LOCKED:
      return g_strdup (_ ("Keyring Is Locked"));

    case SUP_CLIENT_KEYRING_ABSENT:
      return g_strdup (_ ("No Keyring Found"));

    case SUP_CLIENT_WRONG_SECRET:
      return g_strdup (_ ("Key Does Not Fit"));

    case SUP_CLIENT_DAMAGED:
      return g_strdup (_ ("Messages Cannot Be Read"));

    case SUP_CLIENT_BUSY:
      return g_strdup (_ ("Already Running"));

    case SUP_CLIENT_FAILED:
    case SUP_CLIENT_CLOSED:
    case SUP_CLIENT_OPENING:
    case SUP_CLIENT_SETTING_UP:
    case SUP_CLIENT_RUNNING:
    case SUP_CLIENT_SIGNED_OUT:
    default:
      return g_strdup (_ ("Account Could Not Be Made"));
    }
}

static const char *
words_for_refusal (MtxError    code,
                   const char *errcode)
{
  if (g_strcmp0 (errcode, "M_FORBIDDEN") == 0)
    return _ ("The provider’s server does not accept new accounts without an invitation. Ask the provider for a current settings file.");

  if (g_strcmp0 (errcode, "M_UNAUTHORIZED") == 0)
    return _ ("The provider’s server does not accept the invitation in these settings any more. Ask the provider for a current settings file.");

  switch ((int) code)
    {
    case MTX_ERROR_NOT_FOUND:
      return _ ("There is no Matrix server at the address in the provider’s settings. Ask the provider for a current settings file.");

    case MTX_ERROR_UNTRUSTED:
      return _ ("The connection to the provider’s server is not private, so nothing was sent. Try another network, or tell the provider.");

    case MTX_ERROR_UNSUPPORTED:
    case MTX_ERROR_NEED_AUTH:
      return _ ("The provider’s server asks for more than an anonymous account can give, such as an e-mail address. Tell the provider.");

    case MTX_ERROR_RETRY_LATER:
      return _ ("The provider’s server does not answer. Check your connection and try again.");

    case MTX_ERROR_FULL:
      return _ ("There is no space left on this computer. Make room and try again.");

    default:
      return _ ("The provider’s server refused to make an account. Nothing was lost; you can try again.");
    }
}

static char *
state_to_description (SupKeyringPage *self,
                      SupClientState  state,
                      int             code,
                      const char     *errcode)
{
  switch (state)
    {
    case SUP_CLIENT_KEYRING_LOCKED:
      return g_strdup (_ ("Your account and messages are safe. Unlock the keyring with your login password to read them."));

    case SUP_CLIENT_KEYRING_ABSENT:
      return g_strdup (_ ("Your keys need a keyring. On GNOME install “gnome-keyring”, on KDE enable KWallet, on other desktops install either; then log in again."));

    case SUP_CLIENT_WRONG_SECRET:
      return g_strdup (_ ("The keyring has no key that opens your messages. If you changed desktop or restored files, go back to the desktop where you used this app, and it will open again. Nothing was deleted."));

    case SUP_CLIENT_DAMAGED:
      return g_strdup (_ ("What is stored on this computer cannot be read, or a part of it is missing. Nothing was deleted: restore your home folder from a backup, or ask for help before you remove anything."));

    case SUP_CLIENT_BUSY:
      return g_strdup (_ ("Another copy of Wallet Support has these messages open. Close it and try again."));

    case SUP_CLIENT_FAILED:
    case SUP_CLIENT_CLOSED:
    case SUP_CLIENT_OPENING:
    case SUP_CLIENT_SETTING_UP:
    case SUP_CLIENT_RUNNING:
    case SUP_CLIENT_SIGNED_OUT:
    default:
      return g_strdup (words_for_refusal (code, errcode));
    }
}

static gboolean
state_can_unlock (SupKeyringPage *self,
                  SupClientState  state)
{
  return state == SUP_CLIENT_KEYRING_LOCKED;
}

/* No account was made: there is nothing here to stay with. */
static gboolean
state_can_leave (SupKeyringPage *self,
                 SupClientState  state)
{
  return state == SUP_CLIENT_FAILED;
}

static void
on_unlock (SupKeyringPage *self)
{
  if (self->client != NULL)
    mtx_fiber_fire (sup_client_unlock (self->client), "unlock-keyring");
}

static void
on_retry (SupKeyringPage *self)
{
  if (self->client != NULL)
    mtx_fiber_fire (sup_client_open (self->client), "open-client");
}

static void
sup_keyring_page_dispose (GObject *object)
{
  SupKeyringPage *self = SUP_KEYRING_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_KEYRING_PAGE);
  g_clear_object (&self->client);

  G_OBJECT_CLASS (sup_keyring_page_parent_class)->dispose (object);
}

static void
sup_keyring_page_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  SupKeyringPage *self = SUP_KEYRING_PAGE (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_keyring_page_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  SupKeyringPage *self = SUP_KEYRING_PAGE (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      if (g_set_object (&self->client, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_keyring_page_class_init (SupKeyringPageClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_keyring_page_dispose;
  object_class->get_property = sup_keyring_page_get_property;
  object_class->set_property = sup_keyring_page_set_property;

  properties[PROP_CLIENT] =
      g_param_spec_object ("client", NULL, NULL, SUP_TYPE_CLIENT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (SUP_TYPE_PRIMARY_MENU);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-keyring-page.ui");
  gtk_widget_class_bind_template_callback (widget_class, state_to_icon);
  gtk_widget_class_bind_template_callback (widget_class, state_to_title);
  gtk_widget_class_bind_template_callback (widget_class, state_to_description);
  gtk_widget_class_bind_template_callback (widget_class, state_can_unlock);
  gtk_widget_class_bind_template_callback (widget_class, state_can_leave);
  gtk_widget_class_bind_template_callback (widget_class, on_unlock);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
}

static void
sup_keyring_page_init (SupKeyringPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
