/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who support is, and the truth about the encryption of the conversation.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-format.h"
#include "sup-identity-dialog.h"
#include "sup-identity-words.h"
#include "sup-identity.h"
#include "sup-verification-dialog.h"

struct _SupIdentityDialog
{
  AdwDialog parent_instance;

  /* Template Widgets */
  AdwToastOverlay     *toasts;
  AdwSwitchRow        *allow_row;
  AdwPreferencesGroup *others_group;

  /* Owned References */
  SupConversation *conversation;
  GPtrArray       *other_rows; /* of GtkWidget, children of others_group */
  DexFuture       *deciding;
  DexFuture       *asking; /* support to verify */
};

enum
{
  PROP_0,
  PROP_CONVERSATION,
  PROP_IDENTITY,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupIdentityDialog, sup_identity_dialog, ADW_TYPE_DIALOG)

static GParamSpec *properties[N_PROPS];

static SupIdentity *
sup_identity_dialog_get_identity (SupIdentityDialog *self)
{
  return self->conversation != NULL ? sup_conversation_get_identity (self->conversation) : NULL;
}

static char *
state_title (SupIdentityDialog *self,
             MtxIdentityState   state)
{
  return g_strdup (sup_identity_words_title (state));
}

static char *
state_explanation (SupIdentityDialog *self,
                   MtxIdentityState   state,
                   SupEncryption      encryption)
{
  /* A good identity is no comfort in a room that cannot be written to. */
  if (encryption == SUP_ENCRYPTION_UNKNOWN || (encryption == SUP_ENCRYPTION_UNREADABLE && !mtx_identity_state_blocks (state) && state != MTX_IDENTITY_NONE))
    return sup_format_encryption_meaning (encryption);

  return g_strdup (sup_identity_words_meaning (state));
}

static char *
state_icon (SupIdentityDialog *self,
            MtxIdentityState   state)
{
  return g_strdup (sup_identity_words_icon (state));
}

static char **
state_classes (SupIdentityDialog *self,
               MtxIdentityState   state)
{
  static const char *const good[] = { "success", NULL };
  static const char *const bad[] = { "warning", NULL };
  static const char *const plain[] = { "dimmed", NULL };

  if (state == MTX_IDENTITY_VERIFIED)
    return g_strdupv ((char **)good);

  return g_strdupv ((char **)(mtx_identity_state_blocks (state) || state == MTX_IDENTITY_NONE ? bad : plain));
}

static gboolean
has_decision (SupIdentityDialog *self,
              MtxIdentityState   state)
{
  return mtx_identity_state_blocks (state);
}

static char *
decision_label (SupIdentityDialog *self,
                MtxIdentityState   state)
{
  return g_strdup (sup_identity_words_decision (state));
}

static gboolean
is_verifiable (SupIdentityDialog *self,
               MtxIdentityState   state)
{
  return state == MTX_IDENTITY_PINNED || mtx_identity_state_blocks (state);
}

/* Where messages wait it is the way out; else it is an offer. */
static char **
verify_classes (SupIdentityDialog *self,
                MtxIdentityState   state)
{
  static const char *const plain[] = { "pill", NULL };
  static const char *const suggested[] = { "pill", "suggested-action", NULL };

  return g_strdupv ((char **)(mtx_identity_state_blocks (state) ? suggested : plain));
}

static gboolean
is_without_identity (SupIdentityDialog *self,
                     MtxIdentityState   state)
{
  return state == MTX_IDENTITY_NONE;
}

static gboolean
is_text (SupIdentityDialog *self,
         const char        *text)
{
  return text != NULL;
}

static char *
device_words (SupIdentityDialog *self,
              guint              n_signed,
              guint              n_unsigned)
{
  return sup_identity_words_devices (n_signed, n_unsigned);
}

static char *
fingerprint_words (SupIdentityDialog *self,
                   const char        *fingerprint)
{
  return g_strdup (fingerprint != NULL ? fingerprint : _ ("Not known yet"));
}

static void
sup_identity_dialog_say (SupIdentityDialog *self,
                         const char        *words)
{
  if (self->toasts != NULL)
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (words));
}

static DexFuture *
decided_cb (DexFuture *future,
            gpointer   user_data)
{
  SupIdentityDialog *self = user_data;
  g_autoptr (GError) error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    sup_identity_dialog_say (self, _ ("The identity changed once more. Look at it again."));

  return NULL;
}

static void
sup_identity_dialog_decide (SupIdentityDialog *self,
                            SupIdentity       *identity)
{
  DexFuture *decision = sup_identity_get_state (identity) == MTX_IDENTITY_VIOLATED ? sup_identity_withdraw (identity)
                                                                                   : sup_identity_acknowledge (identity);

  dex_clear (&self->deciding);
  self->deciding = dex_future_finally (decision, decided_cb, g_object_ref (self), g_object_unref);
}

typedef struct
{
  SupIdentityDialog *self;     /* owned */
  SupIdentity       *identity; /* owned */
} Question;

static void
question_free (gpointer  data,
               GClosure *closure)
{
  Question *question = data;

  g_clear_object (&question->self);
  g_clear_object (&question->identity);
  g_free (question);
}

static void
on_question_response (Question   *question,
                      const char *response)
{
  if (g_str_equal (response, "accept"))
    sup_identity_dialog_decide (question->self, question->identity);
}

/* Accepting is the one thing a thief hopes for, so it is asked once more, and Enter means no. */
static void
sup_identity_dialog_ask (SupIdentityDialog *self,
                         SupIdentity       *identity)
{
  gboolean   is_violated = sup_identity_get_state (identity) == MTX_IDENTITY_VIOLATED;
  Question  *question = g_new0 (Question, 1);
  AdwDialog *dialog;

  dialog = adw_alert_dialog_new (is_violated ? _ ("Give Up the Verification?") : _ ("Accept the New Identity?"),
                                 _ ("If you did not hear from your provider that the account was set up anew, do not go on: everything you write could be read by somebody who is not support. Messages that wait are sent at once."));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog),
                                  "cancel", _ ("_Cancel"),
                                  "accept", is_violated ? _ ("_Give Up") : _ ("_Accept"),
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "accept", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");

  question->self = g_object_ref (self);
  question->identity = g_object_ref (identity);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_question_response), question, question_free, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_accept (SupIdentityDialog *self)
{
  sup_identity_dialog_ask (self, sup_identity_dialog_get_identity (self));
}

static DexFuture *
asked_cb (DexFuture *future,
          gpointer   user_data)
{
  SupIdentityDialog     *self = user_data;
  GtkWidget             *window = GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (self)));
  g_autoptr (GError)     error = NULL;
  SupVerificationDialog *dialog;

  if (dex_future_get_value (future, &error) == NULL)
    {
      sup_identity_dialog_say (self, _ ("Support cannot be asked now. Try again when it is in the conversation and the server answers."));
      return NULL;
    }
  if (window == NULL)
    return NULL;

  dialog = sup_verification_dialog_new ();
  g_object_bind_property (self->conversation, "verification", dialog, "verification", G_BINDING_SYNC_CREATE);
  adw_dialog_close (ADW_DIALOG (self));
  adw_dialog_present (ADW_DIALOG (dialog), window);

  return NULL;
}

static void
on_verify (SupIdentityDialog *self)
{
  dex_clear (&self->asking);
  self->asking = dex_future_finally (sup_conversation_verify (self->conversation), asked_cb, g_object_ref (self), g_object_unref);
}

static void
on_allow_changed (SupIdentityDialog *self)
{
  SupIdentity *identity = sup_identity_dialog_get_identity (self);
  gboolean     is_allowed;

  if (identity == NULL)
    return;

  g_object_get (identity, "no-identity-allowed", &is_allowed, NULL);
  if (adw_switch_row_get_active (self->allow_row) != is_allowed)
    mtx_fiber_fire (sup_identity_set_no_identity_allowed (identity, adw_switch_row_get_active (self->allow_row)),
                    "allow-no-identity");
}

static void
on_identity_changed (SupIdentityDialog *self)
{
  gboolean is_allowed;

  g_object_get (sup_identity_dialog_get_identity (self), "no-identity-allowed", &is_allowed, NULL);
  adw_switch_row_set_active (self->allow_row, is_allowed);
}

static void
on_accept_other (GtkWidget *button)
{
  SupIdentityDialog *self = SUP_IDENTITY_DIALOG (gtk_widget_get_ancestor (button, SUP_TYPE_IDENTITY_DIALOG));
  GListModel        *others = NULL;
  const char        *user_id = gtk_widget_get_name (button);

  g_object_get (self->conversation, "others", &others, NULL);
  for (guint i = 0; i < g_list_model_get_n_items (others); i++)
    {
      g_autoptr (SupIdentity) other = g_list_model_get_item (others, i);

      if (g_str_equal (sup_identity_get_user_id (other), user_id))
        sup_identity_dialog_ask (self, other);
    }
  g_object_unref (others);
}

static GtkWidget *
create_other_row (SupIdentity *other)
{
  GtkWidget       *row = adw_action_row_new ();
  MtxIdentityState state = sup_identity_get_state (other);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), sup_identity_get_user_id (other));
  if (state == MTX_IDENTITY_NONE)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), sup_identity_words_title (state));

  if (mtx_identity_state_blocks (state))
    {
      GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Accept…"));

      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ ("This identity has changed. Nothing is sent before you accept it."));
      gtk_widget_set_name (button, sup_identity_get_user_id (other));
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      g_signal_connect (button, "clicked", G_CALLBACK (on_accept_other), NULL);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }

  return row;
}

static void
sup_identity_dialog_update_others (SupIdentityDialog *self)
{
  g_autoptr (GListModel) others = NULL;

  g_object_get (self->conversation, "others", &others, NULL);

  for (guint i = 0; i < self->other_rows->len; i++)
    adw_preferences_group_remove (self->others_group, g_ptr_array_index (self->other_rows, i));
  g_ptr_array_set_size (self->other_rows, 0);

  for (guint i = 0; i < g_list_model_get_n_items (others); i++)
    {
      g_autoptr (SupIdentity) other = g_list_model_get_item (others, i);
      GtkWidget              *row = create_other_row (other);

      g_signal_handlers_disconnect_by_func (other, sup_identity_dialog_update_others, self);
      g_signal_connect_object (other, "notify::state", G_CALLBACK (sup_identity_dialog_update_others), self, G_CONNECT_SWAPPED);
      g_ptr_array_add (self->other_rows, row);
      adw_preferences_group_add (self->others_group, row);
    }

  gtk_widget_set_visible (GTK_WIDGET (self->others_group), self->other_rows->len > 0);
}

static void
sup_identity_dialog_set_conversation (SupIdentityDialog *self,
                                      SupConversation   *conversation)
{
  g_autoptr (GListModel) others = NULL;
  SupIdentity           *identity;

  if (!g_set_object (&self->conversation, conversation))
    return;

  identity = sup_identity_dialog_get_identity (self);
  if (identity != NULL)
    {
      g_signal_connect_object (identity, "notify::no-identity-allowed", G_CALLBACK (on_identity_changed), self, G_CONNECT_SWAPPED);
      on_identity_changed (self);
    }

  g_object_get (conversation, "others", &others, NULL);
  g_signal_connect_object (others, "items-changed", G_CALLBACK (sup_identity_dialog_update_others), self, G_CONNECT_SWAPPED);
  sup_identity_dialog_update_others (self);

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONVERSATION]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IDENTITY]);
}

static void
sup_identity_dialog_dispose (GObject *object)
{
  SupIdentityDialog *self = SUP_IDENTITY_DIALOG (object);

  dex_clear (&self->deciding);
  dex_clear (&self->asking);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_IDENTITY_DIALOG);
  g_clear_pointer (&self->other_rows, g_ptr_array_unref);
  g_clear_object (&self->conversation);

  G_OBJECT_CLASS (sup_identity_dialog_parent_class)->dispose (object);
}

static void
sup_identity_dialog_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  SupIdentityDialog *self = SUP_IDENTITY_DIALOG (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      g_value_set_object (value, self->conversation);
      break;

    case PROP_IDENTITY:
      g_value_set_object (value, sup_identity_dialog_get_identity (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_identity_dialog_set_property (GObject      *object,
                                  guint         prop_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  SupIdentityDialog *self = SUP_IDENTITY_DIALOG (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      sup_identity_dialog_set_conversation (self, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_identity_dialog_class_init (SupIdentityDialogClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_identity_dialog_dispose;
  object_class->get_property = sup_identity_dialog_get_property;
  object_class->set_property = sup_identity_dialog_set_property;

  properties[PROP_CONVERSATION] = g_param_spec_object ("conversation", NULL, NULL, SUP_TYPE_CONVERSATION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_IDENTITY] = g_param_spec_object ("identity", NULL, NULL, SUP_TYPE_IDENTITY, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-identity-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SupIdentityDialog, toasts);
  gtk_widget_class_bind_template_child (widget_class, SupIdentityDialog, allow_row);
  gtk_widget_class_bind_template_child (widget_class, SupIdentityDialog, others_group);
  gtk_widget_class_bind_template_callback (widget_class, state_title);
  gtk_widget_class_bind_template_callback (widget_class, state_explanation);
  gtk_widget_class_bind_template_callback (widget_class, state_icon);
  gtk_widget_class_bind_template_callback (widget_class, state_classes);
  gtk_widget_class_bind_template_callback (widget_class, has_decision);
  gtk_widget_class_bind_template_callback (widget_class, decision_label);
  gtk_widget_class_bind_template_callback (widget_class, is_verifiable);
  gtk_widget_class_bind_template_callback (widget_class, verify_classes);
  gtk_widget_class_bind_template_callback (widget_class, is_without_identity);
  gtk_widget_class_bind_template_callback (widget_class, is_text);
  gtk_widget_class_bind_template_callback (widget_class, device_words);
  gtk_widget_class_bind_template_callback (widget_class, fingerprint_words);
  gtk_widget_class_bind_template_callback (widget_class, on_accept);
  gtk_widget_class_bind_template_callback (widget_class, on_verify);
  gtk_widget_class_bind_template_callback (widget_class, on_allow_changed);
}

static void
sup_identity_dialog_init (SupIdentityDialog *self)
{
  self->other_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * sup_identity_dialog_new:
 * @conversation: a conversation
 *
 * Creates the dialog about whom @conversation is with.
 *
 * Returns: (transfer floating): the dialog
 */
SupIdentityDialog *
sup_identity_dialog_new (SupConversation *conversation)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (conversation), NULL);

  return g_object_new (SUP_TYPE_IDENTITY_DIALOG, "conversation", conversation, NULL);
}
