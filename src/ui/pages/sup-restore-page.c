/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Brings an account back from its address and security key. Leaving the page gives up what is under way.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-outside.h"
#include "mtx-secret-bytes.h"
#include "sup-provider-reader.h"
#include "sup-provider-words.h"
#include "sup-restore-page.h"
#include "sup-security-words.h"

/* How the person proves that the account is theirs. */
typedef enum
{
  LOGIN_BY_KEY, /* or password */
  LOGIN_IN_BROWSER,
} Login;

struct _SupRestorePage
{
  AdwNavigationPage parent_instance;

  /* Template Widgets */
  AdwEntryRow    *address_row;
  AdwEntryRow    *key_row;
  AdwExpanderRow *other_row;
  AdwEntryRow    *password_row;
  GtkLabel       *failure_label;
  GtkWidget      *file_button;
  GtkWidget      *browser_button;
  GtkWidget      *restore_button;

  /* Owned References */
  SupClientList *clients;
  SupProvider   *provider; /* NULL unless the account does not know its own */
  DexFuture     *restoring;
  DexFuture     *reading;

  /* State */
  gboolean is_busy;
  Login    login; /* of what is under way, or was last */
};

enum
{
  PROP_0,
  PROP_BUSY,
  N_PROPS
};

enum
{
  RESTORED,
  N_SIGNALS
};

G_DEFINE_FINAL_TYPE (SupRestorePage, sup_restore_page, ADW_TYPE_NAVIGATION_PAGE)

static GParamSpec *properties[N_PROPS];
static guint       signals[N_SIGNALS];

static gboolean
is_at_rest (SupRestorePage *self,
            gboolean        busy)
{
  return !busy;
}

static gboolean
is_words (SupRestorePage *self,
          const char     *words)
{
  return words != NULL && *words != '\0';
}

static char *
restore_label (SupRestorePage *self,
               gboolean        busy)
{
  if (!busy)
    return g_strdup (_ ("_Restore"));

  return g_strdup (self->login == LOGIN_IN_BROWSER ? _ ("Waiting for the Browser…") : _ ("Restoring…"));
}

static const char *
get_text (AdwEntryRow *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static MtxSecretBytes *
dup_secret (AdwEntryRow *row)
{
  const char *text = get_text (row);

  return *text != '\0' ? mtx_secret_bytes_new ((const guint8 *)text, strlen (text)) : NULL;
}

static void
sup_restore_page_update (SupRestorePage *self)
{
  gtk_widget_set_sensitive (self->restore_button,
                            !self->is_busy && *get_text (self->address_row) != '\0' && *get_text (self->key_row) != '\0');
}

static void
on_changed (SupRestorePage *self)
{
  gtk_label_set_label (self->failure_label, "");
  gtk_widget_remove_css_class (GTK_WIDGET (self->address_row), "error");
  gtk_widget_remove_css_class (GTK_WIDGET (self->key_row), "error");
  sup_restore_page_update (self);
}

static void
sup_restore_page_point_at (SupRestorePage *self,
                           AdwEntryRow    *row)
{
  gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  gtk_widget_grab_focus (GTK_WIDGET (row));
}

static void
sup_restore_page_set_busy (SupRestorePage *self,
                           gboolean        is_busy)
{
  if (self->is_busy == is_busy)
    return;

  self->is_busy = is_busy;
  sup_restore_page_update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

static DexFuture *
restored_cb (DexFuture *future,
             gpointer   user_data)
{
  SupRestorePage       *self = user_data;
  g_autoptr (GError)    error = NULL;
  const GValue         *value = dex_future_get_value (future, &error);
  g_autoptr (SupClient) client = value != NULL ? g_value_dup_object (value) : NULL;

  sup_restore_page_set_busy (self, FALSE);
  if (client == NULL)
    {
      sup_restore_page_fail (self, error);
      return NULL;
    }

  /* They are not needed a moment longer. */
  gtk_editable_set_text (GTK_EDITABLE (self->key_row), "");
  gtk_editable_set_text (GTK_EDITABLE (self->password_row), "");
  g_signal_emit (self, signals[RESTORED], 0, client);

  return NULL;
}

typedef struct
{
  SupRestorePage *page;
  char           *url;
} Visit;

static void
visit_free (gpointer data)
{
  Visit *visit = data;

  g_object_unref (visit->page);
  g_free (visit->url);
  g_free (visit);
}

static void
launched_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (SupRestorePage) self = user_data;
  g_autoptr (GError)         error = NULL;

  if (gtk_uri_launcher_launch_finish (GTK_URI_LAUNCHER (object), result, &error) || !self->is_busy)
    return;

  /* Nobody will come back from a page that never opened. */
  dex_clear (&self->restoring);
  sup_restore_page_set_busy (self, FALSE);
  gtk_widget_set_visible (self->browser_button, TRUE);
  if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    gtk_label_set_label (self->failure_label, _ ("No web browser could be opened. Choose one in Settings, then try again."));
}

static void
open_page (gpointer user_data)
{
  Visit                     *visit = user_data;
  g_autoptr (GtkUriLauncher) launcher = gtk_uri_launcher_new (visit->url);
  GtkRoot                   *root = gtk_widget_get_root (GTK_WIDGET (visit->page));

  if (visit->page->is_busy && GTK_IS_WINDOW (root))
    gtk_uri_launcher_launch (launcher, GTK_WINDOW (root), NULL, launched_cb, g_object_ref (visit->page));
}

static void
show_page (const char *url,
           gpointer    user_data)
{
  Visit *visit = g_new0 (Visit, 1);

  visit->page = g_object_ref (user_data);
  visit->url = g_strdup (url);
  mtx_outside_call (open_page, visit, visit_free);
}

static void
sup_restore_page_begin (SupRestorePage *self,
                        Login           login)
{
  g_autoptr (MtxSecretBytes) key = dup_secret (self->key_row);
  g_autoptr (MtxSecretBytes) password = dup_secret (self->password_row);
  g_autofree char           *address = g_strstrip (g_strdup (get_text (self->address_row)));
  DexFuture                 *restoring = NULL;

  if (self->is_busy || key == NULL || *address == '\0')
    return;

  /* An answer may be there at once. */
  on_changed (self);
  gtk_widget_set_visible (self->browser_button, FALSE);
  self->login = login;
  sup_restore_page_set_busy (self, TRUE);
  if (login == LOGIN_IN_BROWSER)
    restoring = sup_client_list_restore_in_browser (self->clients, self->provider, address, key,
                                                    _ ("You can close this page and go back to Wallet Support."),
                                                    show_page, g_object_ref (self), g_object_unref);
  else
    restoring = sup_client_list_restore (self->clients, self->provider, address, key, password);
  dex_clear (&self->restoring);
  self->restoring = dex_future_finally (restoring, restored_cb, g_object_ref (self), g_object_unref);
}

static void
on_restore (SupRestorePage *self)
{
  sup_restore_page_begin (self, LOGIN_BY_KEY);
}

static void
on_browser (SupRestorePage *self)
{
  sup_restore_page_begin (self, LOGIN_IN_BROWSER);
}

static DexFuture *
file_read_cb (DexFuture *future,
              gpointer   user_data)
{
  SupRestorePage    *self = user_data;
  g_autoptr (GError) error = NULL;
  const GValue      *value = dex_future_get_value (future, &error);
  SupProviderInput  *input = value != NULL ? g_value_get_boxed (value) : NULL;
  g_autofree char   *words = NULL;

  if (input != NULL && sup_provider_input_get_kind (input) == SUP_PROVIDER_INPUT_PROVIDER)
    {
      g_clear_pointer (&self->provider, sup_provider_unref);
      self->provider = sup_provider_ref (sup_provider_input_get_provider (input));
      gtk_widget_set_visible (self->file_button, FALSE);
      sup_restore_page_begin (self, self->login);
      return NULL;
    }

  if (input != NULL)
    words = sup_provider_words_for_input (input);
  else if (!sup_provider_reader_is_dismissed (error))
    words = sup_provider_words_for_error (error);
  if (words != NULL)
    gtk_label_set_label (self->failure_label, words);

  return NULL;
}

static void
on_open_file (SupRestorePage *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  dex_clear (&self->reading);
  self->reading = dex_future_finally (sup_provider_reader_choose (window), file_read_cb, g_object_ref (self), g_object_unref);
}

static void
sup_restore_page_shown (AdwNavigationPage *page)
{
  gtk_widget_grab_focus (GTK_WIDGET (SUP_RESTORE_PAGE (page)->address_row));
}

static void
sup_restore_page_hidden (AdwNavigationPage *page)
{
  SupRestorePage *self = SUP_RESTORE_PAGE (page);

  dex_clear (&self->reading);
  dex_clear (&self->restoring);
  sup_restore_page_set_busy (self, FALSE);
}

static void
sup_restore_page_dispose (GObject *object)
{
  SupRestorePage *self = SUP_RESTORE_PAGE (object);

  dex_clear (&self->restoring);
  dex_clear (&self->reading);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_RESTORE_PAGE);
  g_clear_object (&self->clients);
  g_clear_pointer (&self->provider, sup_provider_unref);

  G_OBJECT_CLASS (sup_restore_page_parent_class)->dispose (object);
}

static void
sup_restore_page_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  SupRestorePage *self = SUP_RESTORE_PAGE (object);

  switch (prop_id)
    {
    case PROP_BUSY:
      g_value_set_boolean (value, self->is_busy);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_restore_page_class_init (SupRestorePageClass *klass)
{
  GObjectClass           *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass         *widget_class = GTK_WIDGET_CLASS (klass);
  AdwNavigationPageClass *page_class = ADW_NAVIGATION_PAGE_CLASS (klass);

  object_class->dispose = sup_restore_page_dispose;
  object_class->get_property = sup_restore_page_get_property;
  page_class->shown = sup_restore_page_shown;
  page_class->hidden = sup_restore_page_hidden;

  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * SupRestorePage::restored:
   * @self: the page
   * @client: the account that is back
   *
   * The account was brought back; somebody should show it.
   */
  signals[RESTORED] = g_signal_new ("restored", SUP_TYPE_RESTORE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, SUP_TYPE_CLIENT);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-restore-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, address_row);
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, key_row);
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, other_row);
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, password_row);
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, failure_label);
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, file_button);
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, browser_button);
  gtk_widget_class_bind_template_child (widget_class, SupRestorePage, restore_button);
  gtk_widget_class_bind_template_callback (widget_class, is_at_rest);
  gtk_widget_class_bind_template_callback (widget_class, is_words);
  gtk_widget_class_bind_template_callback (widget_class, restore_label);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_restore);
  gtk_widget_class_bind_template_callback (widget_class, on_open_file);
  gtk_widget_class_bind_template_callback (widget_class, on_browser);
}

static void
sup_restore_page_init (SupRestorePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * sup_restore_page_new:
 * @clients: where the account will be listed
 *
 * Creates the page.
 *
 * Returns: (transfer floating): the page
 */
SupRestorePage *
sup_restore_page_new (SupClientList *clients)
{
  SupRestorePage *self;

  g_return_val_if_fail (SUP_IS_CLIENT_LIST (clients), NULL);

  self = g_object_new (SUP_TYPE_RESTORE_PAGE, NULL);
  self->clients = g_object_ref (clients);

  return self;
}

/**
 * sup_restore_page_fail:
 * @self: the page
 * @error: why the account could not be brought back
 *
 * Says so, and leads to the field that has to be looked at.
 */
void
sup_restore_page_fail (SupRestorePage *self,
                       const GError   *error)
{
  SupRestoreError code;

  g_return_if_fail (SUP_IS_RESTORE_PAGE (self));
  g_return_if_fail (error != NULL);

  code = error->domain == SUP_RESTORE_ERROR ? (SupRestoreError)error->code : SUP_RESTORE_ERROR_FAILED;
  gtk_label_set_label (self->failure_label, sup_security_words_restore_error (code));
  /* The provider's file may name a server that the address alone does not lead to. */
  gtk_widget_set_visible (self->file_button,
                          code == SUP_RESTORE_ERROR_NO_PROVIDER
                              || (code == SUP_RESTORE_ERROR_UNREACHABLE && self->provider == NULL));
  gtk_widget_set_visible (self->browser_button, code == SUP_RESTORE_ERROR_UNSUPPORTED && self->login == LOGIN_BY_KEY);

  if (code == SUP_RESTORE_ERROR_ADDRESS)
    sup_restore_page_point_at (self, self->address_row);
  else if (code >= SUP_RESTORE_ERROR_KEY_CHARACTER && code <= SUP_RESTORE_ERROR_KEY_PARITY)
    sup_restore_page_point_at (self, self->key_row);
  else if (code == SUP_RESTORE_ERROR_REFUSED)
    adw_expander_row_set_expanded (self->other_row, TRUE);
}
