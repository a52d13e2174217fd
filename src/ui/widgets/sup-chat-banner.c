/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The banner above a conversation. It gathers what is known; which of it matters most is decided elsewhere.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-chat-banner.h"
#include "sup-chat-notice.h"
#include "sup-identity.h"
#include "sup-security-words.h"
#include "sup-verification-dialog.h"

struct _SupChatBanner
{
  AdwBin parent_instance;

  /* Owned by the template of the class: the only child */
  AdwBanner *banner;

  /* Owned References */
  SupConversation *conversation;
  SupSecurity     *security;
  GSignalGroup    *conversation_signals;
  GSignalGroup    *security_signals;
  GSignalGroup    *blocking_signals;
  GSignalGroup    *others_signals;
  GSignalGroup    *verification_signals;

  /* State */
  SupChatNotice notice;
};

enum
{
  PROP_0,
  PROP_CONVERSATION,
  PROP_SECURITY,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupChatBanner, sup_chat_banner, ADW_TYPE_BIN)

static GParamSpec *properties[N_PROPS];

static void
sup_chat_banner_gather (SupChatBanner *self,
                        SupChatFacts  *facts)
{
  g_autoptr (SupIdentity)     blocking = NULL;
  g_autoptr (GListModel)      others = NULL;
  g_autoptr (SupVerification) verification = NULL;

  *facts = (SupChatFacts){ .is_key_kept = TRUE };

  if (self->conversation != NULL)
    {
      g_object_get (self->conversation,
                    "state", &facts->state,
                    "encryption", &facts->encryption,
                    "blocking", &blocking,
                    "others", &others,
                    "verification", &verification,
                    NULL);
      facts->is_blocked = blocking != NULL;
      facts->blocking = blocking != NULL ? sup_identity_get_state (blocking) : MTX_IDENTITY_UNKNOWN;
      facts->n_others = g_list_model_get_n_items (others);
      facts->is_asked = verification != NULL && sup_verification_get_state (verification) == SUP_VERIFICATION_ASKED_BY_THEM;
      facts->is_asked_by_own = verification != NULL && sup_verification_is_own (verification);
    }

  if (self->security != NULL)
    {
      facts->own_identity = sup_security_get_identity (self->security);
      facts->is_key_kept = sup_security_get_saved (self->security);
    }

  /* What lies below is listened to as long as it is what lies below. */
  g_signal_group_set_target (self->blocking_signals, blocking);
  g_signal_group_set_target (self->others_signals, others);
  g_signal_group_set_target (self->verification_signals, verification);
}

static void
sup_chat_banner_update (SupChatBanner *self)
{
  SupChatFacts facts;

  sup_chat_banner_gather (self, &facts);
  self->notice = sup_chat_notice_pick (&facts);

  /* A banner that goes keeps its words while it slides away. */
  if (self->notice != SUP_CHAT_NOTICE_NONE)
    {
      adw_banner_set_title (self->banner, sup_chat_notice_get_title (self->notice, facts.own_identity));
      adw_banner_set_button_label (self->banner, sup_chat_notice_get_button (self->notice));
    }
  adw_banner_set_revealed (self->banner, self->notice != SUP_CHAT_NOTICE_NONE);
}

static void
on_button_clicked (SupChatBanner *self)
{
  const char *action = sup_chat_notice_get_action (self->notice);

  if (action != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), action, NULL);
}

static void
sup_chat_banner_show_verification (SupChatBanner *self)
{
  SupVerificationDialog *dialog = sup_verification_dialog_new ();

  g_object_bind_property (self->conversation, "verification", dialog, "verification", G_BINDING_SYNC_CREATE);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (self));
}

/* Somebody who is waiting for an answer now is not kept waiting; an older request waits in the banner. */
static void
on_verification_requested (SupChatBanner *self)
{
  g_autoptr (SupVerification) verification = NULL;

  g_object_get (self->conversation, "verification", &verification, NULL);
  if (verification != NULL && sup_verification_get_pressing (verification) && gtk_widget_get_mapped (GTK_WIDGET (self)))
    sup_chat_banner_show_verification (self);
}

static void
verification_action (GtkWidget  *widget,
                     const char *action_name,
                     GVariant   *parameter)
{
  SupChatBanner *self = SUP_CHAT_BANNER (widget);

  if (self->conversation != NULL)
    sup_chat_banner_show_verification (self);
}

static void
own_identity_action (GtkWidget  *widget,
                     const char *action_name,
                     GVariant   *parameter)
{
  SupChatBanner *self = SUP_CHAT_BANNER (widget);
  AdwDialog     *dialog;

  if (self->security == NULL)
    return;

  dialog = adw_alert_dialog_new (_ ("Your Account Was Changed"),
                                 sup_security_words_own_meaning (sup_security_get_identity (self->security)));
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "close");
  adw_dialog_present (dialog, widget);
}

static void
sup_chat_banner_dispose (GObject *object)
{
  SupChatBanner *self = SUP_CHAT_BANNER (object);

  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->security_signals);
  g_clear_object (&self->blocking_signals);
  g_clear_object (&self->others_signals);
  g_clear_object (&self->verification_signals);
  g_clear_object (&self->conversation);
  g_clear_object (&self->security);

  G_OBJECT_CLASS (sup_chat_banner_parent_class)->dispose (object);
}

static void
sup_chat_banner_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  SupChatBanner *self = SUP_CHAT_BANNER (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      g_value_set_object (value, self->conversation);
      break;

    case PROP_SECURITY:
      g_value_set_object (value, self->security);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_chat_banner_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  SupChatBanner *self = SUP_CHAT_BANNER (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      if (!g_set_object (&self->conversation, g_value_get_object (value)))
        return;
      g_signal_group_set_target (self->conversation_signals, self->conversation);
      break;

    case PROP_SECURITY:
      if (!g_set_object (&self->security, g_value_get_object (value)))
        return;
      g_signal_group_set_target (self->security_signals, self->security);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }

  g_object_notify_by_pspec (object, pspec);
  sup_chat_banner_update (self);
}

static void
sup_chat_banner_class_init (SupChatBannerClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags     flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = sup_chat_banner_dispose;
  object_class->get_property = sup_chat_banner_get_property;
  object_class->set_property = sup_chat_banner_set_property;

  properties[PROP_CONVERSATION] = g_param_spec_object ("conversation", NULL, NULL, SUP_TYPE_CONVERSATION, flags);
  properties[PROP_SECURITY] = g_param_spec_object ("security", NULL, NULL, SUP_TYPE_SECURITY, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_install_action (widget_class, "chat.verification", NULL, verification_action);
  gtk_widget_class_install_action (widget_class, "chat.own-identity", NULL, own_identity_action);
}

static GSignalGroup *
watch (SupChatBanner *self,
       GType          type,
       const char    *signal)
{
  GSignalGroup *group = g_signal_group_new (type);

  g_signal_group_connect_object (group, signal, G_CALLBACK (sup_chat_banner_update), self, G_CONNECT_SWAPPED);

  return group;
}

static void
sup_chat_banner_init (SupChatBanner *self)
{
  self->banner = ADW_BANNER (adw_banner_new (""));
  adw_banner_set_use_markup (self->banner, FALSE);
  g_signal_connect_object (self->banner, "button-clicked", G_CALLBACK (on_button_clicked), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->banner));

  self->conversation_signals = watch (self, SUP_TYPE_CONVERSATION, "notify");
  g_signal_group_connect_object (self->conversation_signals, "verification-requested",
                                 G_CALLBACK (on_verification_requested), self, G_CONNECT_SWAPPED);
  self->security_signals = watch (self, SUP_TYPE_SECURITY, "notify");
  self->blocking_signals = watch (self, SUP_TYPE_IDENTITY, "notify::state");
  self->others_signals = watch (self, G_TYPE_LIST_MODEL, "items-changed");
  self->verification_signals = watch (self, SUP_TYPE_VERIFICATION, "notify::state");
}
