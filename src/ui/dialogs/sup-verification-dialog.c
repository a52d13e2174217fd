/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two people compare seven emoji. The dialog follows one verification; closing it leaves the verification alone, but
 * for the moment of comparing, where closing means that nobody said that they match.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-emoji-words.h"
#include "sup-verification-dialog.h"

/* Seven emoji stand in two lines, as on every other client. */
#define EMOJI_IN_FIRST_LINE 4

struct _SupVerificationDialog
{
  AdwDialog parent_instance;

  /* Template Widgets */
  GtkStack      *stack;
  AdwStatusPage *waiting_page;
  GtkBox        *emoji_box;
  GtkWidget     *accept_button;
  GtkWidget     *cancel_button;
  GtkWidget     *done_button;
  GtkWidget     *close_button;

  /* Owned References */
  SupVerification *verification;
};

enum
{
  PROP_0,
  PROP_VERIFICATION,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupVerificationDialog, sup_verification_dialog, ADW_TYPE_DIALOG)

static GParamSpec *properties[N_PROPS];

static char *
visible_child (SupVerificationDialog *self,
               SupVerificationState   state)
{
  switch (state)
    {
    case SUP_VERIFICATION_ASKED_BY_THEM:
      return g_strdup ("asked");

    case SUP_VERIFICATION_COMPARING:
      return g_strdup ("comparing");

    case SUP_VERIFICATION_DONE:
      return g_strdup ("done");

    case SUP_VERIFICATION_CANCELLED:
      return g_strdup ("cancelled");

    case SUP_VERIFICATION_ASKED_BY_US:
    case SUP_VERIFICATION_PREPARING:
    case SUP_VERIFICATION_CONFIRMED:
    default:
      return g_strdup ("waiting");
    }
}

static gboolean
is_own (SupVerification *verification)
{
  return verification != NULL && sup_verification_is_own (verification);
}

static char *
asked_title (SupVerificationDialog *self,
             SupVerification       *verification)
{
  return g_strdup (is_own (verification) ? _ ("Another Device of Yours Wants to Verify") : _ ("Support Wants to Verify"));
}

static char *
asked_words (SupVerificationDialog *self,
             SupVerification       *verification)
{
  if (is_own (verification))
    return g_strdup (_ ("Go on only if you hold the other device in your hands. Both will show seven emoji; once verified, it can read everything."));

  return g_strdup (_ ("You will both see seven emoji. Compare them by phone or another way you trust, not in this chat."));
}

static char *
waiting_title (SupVerificationDialog *self,
               SupVerification       *verification,
               SupVerificationState   state)
{
  if (state == SUP_VERIFICATION_PREPARING)
    return g_strdup (_ ("Preparing…"));

  return g_strdup (is_own (verification) ? _ ("Waiting for the Other Device") : _ ("Waiting for Support"));
}

static char *
waiting_words (SupVerificationDialog *self,
               SupVerification       *verification,
               SupVerificationState   state)
{
  switch (state)
    {
    case SUP_VERIFICATION_ASKED_BY_US:
      return g_strdup (_ ("Support has to accept in its own app. Call your provider, so that you can compare what you both see. You can close this and go on writing."));

    case SUP_VERIFICATION_CONFIRMED:
      return g_strdup (is_own (verification) ? _ ("You said that they match. Say so on the other device too.")
                                             : _ ("You said that they match. Support has to say so too."));

    case SUP_VERIFICATION_PREPARING:
    case SUP_VERIFICATION_ASKED_BY_THEM:
    case SUP_VERIFICATION_COMPARING:
    case SUP_VERIFICATION_DONE:
    case SUP_VERIFICATION_CANCELLED:
    default:
      return g_strdup ("");
    }
}

static char *
question_words (SupVerificationDialog *self,
                SupVerification       *verification)
{
  return g_strdup (is_own (verification) ? _ ("Does the other device show the same emoji, in the same order?")
                                         : _ ("Does support see the same emoji, in the same order?"));
}

static char *
way_words (SupVerificationDialog *self,
           SupVerification       *verification)
{
  return g_strdup (is_own (verification) ? _ ("Look at both screens yourself.")
                                         : _ ("Compare them by phone or another way you trust, not in this chat."));
}

static char *
done_words (SupVerificationDialog *self,
            SupVerification       *verification)
{
  if (is_own (verification))
    return g_strdup (_ ("The other device is yours, and can read this conversation."));

  return g_strdup (_ ("This is the support you compared emoji with. You will be told, and nothing will be sent, if its identity ever changes."));
}

static char *
reason_title (SupVerificationDialog *self,
              SupVerificationReason  reason)
{
  switch (reason)
    {
    case SUP_VERIFICATION_MISMATCH:
      return g_strdup (_ ("They Do Not Match"));

    case SUP_VERIFICATION_TIMED_OUT:
      return g_strdup (_ ("Nobody Answered"));

    case SUP_VERIFICATION_BY_THEM:
      return g_strdup (_ ("Cancelled on the Other Side"));

    case SUP_VERIFICATION_ELSEWHERE:
      return g_strdup (_ ("Continued Elsewhere"));

    case SUP_VERIFICATION_BY_US:
    case SUP_VERIFICATION_NOT_CANCELLED:
    case SUP_VERIFICATION_FAILED:
    default:
      return g_strdup (_ ("Not Verified"));
    }
}

static char *
reason_words (SupVerificationDialog *self,
              SupVerificationReason  reason)
{
  switch (reason)
    {
    case SUP_VERIFICATION_MISMATCH:
      return g_strdup (_ ("Somebody may stand between you and support. Do not write anything secret, and tell your provider another way."));

    case SUP_VERIFICATION_TIMED_OUT:
      return g_strdup (_ ("Agree with support on a time, then verify again. Until then everything stays as it was."));

    case SUP_VERIFICATION_BY_THEM:
      return g_strdup (_ ("Nothing has changed. You can verify again at another time."));

    case SUP_VERIFICATION_ELSEWHERE:
      return g_strdup (_ ("Another device of yours took this verification up."));

    case SUP_VERIFICATION_FAILED:
      return g_strdup (_ ("The two apps did not understand each other. Nothing has changed. Try again."));

    case SUP_VERIFICATION_BY_US:
    case SUP_VERIFICATION_NOT_CANCELLED:
    default:
      return g_strdup (_ ("Nothing has changed. You can verify again at any time."));
    }
}

static GtkWidget *
create_emoji (guint index)
{
  GtkWidget *box = g_object_new (GTK_TYPE_BOX,
                                 "orientation", GTK_ORIENTATION_VERTICAL,
                                 "spacing", 6,
                                 "width-request", 72,
                                 "accessible-role", GTK_ACCESSIBLE_ROLE_LIST_ITEM,
                                 NULL);
  GtkWidget *picture = g_object_new (GTK_TYPE_LABEL,
                                     "label", sup_emoji_words_get_picture (index),
                                     "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                     NULL);
  GtkWidget *name = g_object_new (GTK_TYPE_LABEL,
                                  "label", sup_emoji_words_get_name (index),
                                  "wrap", TRUE,
                                  "justify", GTK_JUSTIFY_CENTER,
                                  "max-width-chars", 9,
                                  NULL);

  gtk_widget_add_css_class (picture, "emoji");
  gtk_widget_add_css_class (name, "caption");
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL, sup_emoji_words_get_name (index), -1);

  return box;
}

static void
sup_verification_dialog_show_emoji (SupVerificationDialog *self)
{
  guint      indices[SUP_VERIFICATION_N_EMOJI];
  GtkWidget *line = NULL;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->emoji_box))) != NULL)
    gtk_box_remove (self->emoji_box, child);

  if (self->verification == NULL || !sup_verification_get_emoji (self->verification, indices))
    return;

  for (guint i = 0; i < SUP_VERIFICATION_N_EMOJI; i++)
    {
      if (i == 0 || i == EMOJI_IN_FIRST_LINE)
        {
          line = g_object_new (GTK_TYPE_BOX, "spacing", 6, "halign", GTK_ALIGN_CENTER, NULL);
          gtk_box_append (self->emoji_box, line);
        }
      gtk_box_append (GTK_BOX (line), create_emoji (indices[i]));
    }
}

/* The keyboard goes where the answer is; for the emoji that is nowhere, or Enter would say that they match. */
static void
on_page_changed (SupVerificationDialog *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->stack);
  GtkWidget  *focus = self->cancel_button;

  if (g_strcmp0 (page, "comparing") == 0)
    {
      sup_verification_dialog_show_emoji (self);
      focus = NULL;
    }
  else if (g_strcmp0 (page, "asked") == 0)
    focus = self->accept_button;
  else if (g_strcmp0 (page, "done") == 0)
    focus = self->done_button;
  else if (g_strcmp0 (page, "cancelled") == 0)
    focus = self->close_button;

  adw_dialog_set_default_widget (ADW_DIALOG (self), focus);
  adw_dialog_set_focus (ADW_DIALOG (self), focus);
}

static void
on_accept (SupVerificationDialog *self)
{
  sup_verification_accept (self->verification);
}

static void
on_cancel (SupVerificationDialog *self)
{
  sup_verification_cancel (self->verification);
  adw_dialog_close (ADW_DIALOG (self));
}

static void
on_match (SupVerificationDialog *self)
{
  sup_verification_confirm (self->verification);
}

static void
on_mismatch (SupVerificationDialog *self)
{
  sup_verification_mismatch (self->verification);
}

static void
sup_verification_dialog_closed (AdwDialog *dialog)
{
  SupVerificationDialog *self = SUP_VERIFICATION_DIALOG (dialog);

  if (self->verification != NULL && sup_verification_get_state (self->verification) == SUP_VERIFICATION_COMPARING)
    sup_verification_cancel (self->verification);
}

static void
sup_verification_dialog_dispose (GObject *object)
{
  SupVerificationDialog *self = SUP_VERIFICATION_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_VERIFICATION_DIALOG);
  g_clear_object (&self->verification);

  G_OBJECT_CLASS (sup_verification_dialog_parent_class)->dispose (object);
}

static void
sup_verification_dialog_get_property (GObject    *object,
                                      guint       prop_id,
                                      GValue     *value,
                                      GParamSpec *pspec)
{
  SupVerificationDialog *self = SUP_VERIFICATION_DIALOG (object);

  switch (prop_id)
    {
    case PROP_VERIFICATION:
      g_value_set_object (value, self->verification);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_verification_dialog_set_property (GObject      *object,
                                      guint         prop_id,
                                      const GValue *value,
                                      GParamSpec   *pspec)
{
  SupVerificationDialog *self = SUP_VERIFICATION_DIALOG (object);

  switch (prop_id)
    {
    case PROP_VERIFICATION:
      if (g_set_object (&self->verification, g_value_get_object (value)))
        {
          g_object_notify_by_pspec (object, pspec);
          on_page_changed (self);
        }
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_verification_dialog_class_init (SupVerificationDialogClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_verification_dialog_dispose;
  object_class->get_property = sup_verification_dialog_get_property;
  object_class->set_property = sup_verification_dialog_set_property;
  ADW_DIALOG_CLASS (klass)->closed = sup_verification_dialog_closed;

  properties[PROP_VERIFICATION] = g_param_spec_object ("verification", NULL, NULL, SUP_TYPE_VERIFICATION,
                                                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-verification-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SupVerificationDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, SupVerificationDialog, waiting_page);
  gtk_widget_class_bind_template_child (widget_class, SupVerificationDialog, emoji_box);
  gtk_widget_class_bind_template_child (widget_class, SupVerificationDialog, accept_button);
  gtk_widget_class_bind_template_child (widget_class, SupVerificationDialog, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, SupVerificationDialog, done_button);
  gtk_widget_class_bind_template_child (widget_class, SupVerificationDialog, close_button);
  gtk_widget_class_bind_template_callback (widget_class, visible_child);
  gtk_widget_class_bind_template_callback (widget_class, asked_title);
  gtk_widget_class_bind_template_callback (widget_class, asked_words);
  gtk_widget_class_bind_template_callback (widget_class, question_words);
  gtk_widget_class_bind_template_callback (widget_class, way_words);
  gtk_widget_class_bind_template_callback (widget_class, done_words);
  gtk_widget_class_bind_template_callback (widget_class, waiting_title);
  gtk_widget_class_bind_template_callback (widget_class, waiting_words);
  gtk_widget_class_bind_template_callback (widget_class, reason_title);
  gtk_widget_class_bind_template_callback (widget_class, reason_words);
  gtk_widget_class_bind_template_callback (widget_class, on_page_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_accept);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_match);
  gtk_widget_class_bind_template_callback (widget_class, on_mismatch);
}

static void
sup_verification_dialog_init (SupVerificationDialog *self)
{
  g_autoptr (AdwSpinnerPaintable) spinner = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));

  spinner = adw_spinner_paintable_new (GTK_WIDGET (self->waiting_page));
  adw_status_page_set_paintable (self->waiting_page, GDK_PAINTABLE (spinner));
}

/**
 * sup_verification_dialog_new:
 *
 * Creates the dialog. It shows the verification it is given, from whatever state it is in to its end.
 *
 * Returns: (transfer floating): the dialog
 */
SupVerificationDialog *
sup_verification_dialog_new (void)
{
  return g_object_new (SUP_TYPE_VERIFICATION_DIALOG, NULL);
}
