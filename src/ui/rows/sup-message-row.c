/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row of the conversation: a bubble with its state, or a line about what happened. Everything it shows is
 * bound; what it can do are actions of the page.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-chat-entry.h"
#include "sup-format.h"
#include "sup-message-row.h"

/* A key that did not arrive with the message in this time needs somebody to do something. */
#define KEY_IS_LATE_S 600

struct _SupMessageRow
{
  AdwBin parent_instance;

  /* Owned References */
  SupChatEntry *entry;
};

enum
{
  PROP_0,
  PROP_ENTRY,
  PROP_ITEM,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupMessageRow, sup_message_row, ADW_TYPE_BIN)

static GParamSpec *properties[N_PROPS];

static gboolean
is_notice (SupMessageRow *self,
           MtxItemKind    kind)
{
  return kind == MTX_ITEM_KIND_NOTICE;
}

static gboolean
is_message (SupMessageRow *self,
            MtxItemKind    kind)
{
  return kind != MTX_ITEM_KIND_NOTICE;
}

static char *
notice_words (SupMessageRow *self,
              MtxNoticeType  notice,
              const char    *subject,
              gboolean       outgoing)
{
  return sup_format_notice (notice, subject, outgoing);
}

static GtkAlign
side (SupMessageRow *self,
      gboolean       outgoing)
{
  return outgoing ? GTK_ALIGN_END : GTK_ALIGN_START;
}

static gboolean
shows_sender (SupMessageRow *self,
              gboolean       starts_group,
              gboolean       outgoing)
{
  return starts_group && !outgoing;
}

static char **
bubble_classes (SupMessageRow *self,
                gboolean       outgoing,
                MtxSendState   send_state,
                MtxItemKind    kind,
                gboolean       starts_group,
                gboolean       ends_group)
{
  g_autoptr (GStrvBuilder) classes = g_strv_builder_new ();

  g_strv_builder_add_many (classes, "bubble", outgoing ? "outgoing" : "incoming", NULL);

  if (starts_group != ends_group)
    g_strv_builder_add (classes, starts_group ? "first" : "last");
  else if (!starts_group)
    g_strv_builder_add (classes, "middle");

  if (send_state == MTX_SEND_STATE_QUEUED || send_state == MTX_SEND_STATE_SENDING)
    g_strv_builder_add (classes, "waiting");
  else if (send_state == MTX_SEND_STATE_FAILED)
    g_strv_builder_add (classes, "failed");

  if (kind != MTX_ITEM_KIND_MESSAGE)
    g_strv_builder_add (classes, "substitute");

  return g_strv_builder_end (classes);
}

static char *
body_words (SupMessageRow *self,
            MtxItemKind    kind,
            const char    *body,
            MtxDecryption  reason,
            const char    *withheld_code,
            GDateTime     *timestamp)
{
  gboolean is_late = timestamp != NULL && g_get_real_time () / G_USEC_PER_SEC - g_date_time_to_unix (timestamp) > KEY_IS_LATE_S;

  return sup_format_body (kind, body, reason, withheld_code, is_late);
}

static gboolean
is_undecryptable (SupMessageRow *self,
                  MtxItemKind    kind)
{
  return kind == MTX_ITEM_KIND_UNDECRYPTABLE;
}

/* A message from a copy is not dangerous, only unproven. */
static char **
shield_classes (SupMessageRow *self,
                MtxShield      shield)
{
  static const char *const calm[] = { "caption", "dimmed", NULL };
  static const char *const warning[] = { "caption", "warning", NULL };

  return g_strdupv ((char **)(shield == MTX_SHIELD_NOT_AUTHENTIC ? calm : warning));
}

static char *
shield_words (SupMessageRow *self,
              MtxShield      shield)
{
  return sup_format_shield (shield);
}

static gboolean
has_shield (SupMessageRow *self,
            MtxShield      shield)
{
  return shield != MTX_SHIELD_NONE;
}

/* The state of a message that is on its way always shows, and that its words are not the first ones; that of the
 * others once for the group. */
static gboolean
shows_footer (SupMessageRow *self,
              gboolean       ends_group,
              MtxSendState   send_state,
              gboolean       edited)
{
  return ends_group || edited || (send_state != MTX_SEND_STATE_NONE && send_state != MTX_SEND_STATE_SENT && send_state != MTX_SEND_STATE_READ);
}

static char *
footer_words (SupMessageRow *self,
              GDateTime     *timestamp,
              MtxSendState   send_state,
              gboolean       edited)
{
  g_autofree char *state = sup_format_send_state (send_state);
  g_autofree char *words = sup_format_time (timestamp);

  if (edited)
    {
      /* Translators: the time of a message that says something else by now */
      g_autofree char *with_mark = g_strdup_printf (_ ("%s · Edited"), words);

      g_free (words);
      words = g_steal_pointer (&with_mark);
    }

  if (*state == '\0')
    return g_steal_pointer (&words);

  /* Translators: the time of a message and what became of it, "14:32 · Sent" */
  return g_strdup_printf (_ ("%s · %s"), words, state);
}

static char *
send_state_icon (SupMessageRow *self,
                 MtxSendState   send_state)
{
  switch (send_state)
    {
    case MTX_SEND_STATE_QUEUED:
    case MTX_SEND_STATE_SENDING:
      return g_strdup ("clock-symbolic");

    case MTX_SEND_STATE_READ:
      return g_strdup ("read-symbolic");

    case MTX_SEND_STATE_FAILED:
      return g_strdup ("dialog-warning-symbolic");

    case MTX_SEND_STATE_SENT:
    case MTX_SEND_STATE_NONE:
    default:
      return g_strdup ("sent-symbolic");
    }
}

static gboolean
has_send_state (SupMessageRow *self,
                MtxSendState   send_state)
{
  return send_state != MTX_SEND_STATE_NONE;
}

static void
activate_for_message (SupMessageRow *self,
                      const char    *action)
{
  const char *transaction_id;

  if (self->entry == NULL)
    return;

  transaction_id = mtx_timeline_item_get_transaction_id (sup_chat_entry_get_item (self->entry));
  if (transaction_id != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), action, "s", transaction_id);
}

static void
on_retry (SupMessageRow *self)
{
  activate_for_message (self, "chat.retry");
}

static void
on_delete (SupMessageRow *self)
{
  activate_for_message (self, "chat.delete");
}

static GtkWidget *
failed_button_new (SupMessageRow *self,
                   const char    *label,
                   GCallback      callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_add_css_class (button, "pill");
  gtk_widget_add_css_class (button, "small");
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);

  return button;
}

/* What can be done about a message that failed. Not in the template: two buttons in each of hundreds of rows are
 * megabytes that hardly anybody ever sees. */
static GtkWidget *
failed_actions (SupMessageRow *self,
                MtxSendState   send_state)
{
  GtkWidget *box;

  if (send_state != MTX_SEND_STATE_FAILED)
    return NULL;

  box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_box_append (GTK_BOX (box), failed_button_new (self, _ ("_Retry"), G_CALLBACK (on_retry)));
  gtk_box_append (GTK_BOX (box), failed_button_new (self, _ ("_Delete"), G_CALLBACK (on_delete)));

  /* An expression's value owns what it holds; a floating widget it would lose to the Bin. */
  return g_object_ref_sink (box);
}

static void
sup_message_row_dispose (GObject *object)
{
  SupMessageRow *self = SUP_MESSAGE_ROW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_MESSAGE_ROW);
  g_clear_object (&self->entry);

  G_OBJECT_CLASS (sup_message_row_parent_class)->dispose (object);
}

static void
sup_message_row_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  SupMessageRow *self = SUP_MESSAGE_ROW (object);

  switch (prop_id)
    {
    case PROP_ENTRY:
      g_value_set_object (value, self->entry);
      break;

    case PROP_ITEM:
      g_value_set_object (value, self->entry != NULL ? sup_chat_entry_get_item (self->entry) : NULL);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_message_row_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  SupMessageRow *self = SUP_MESSAGE_ROW (object);

  switch (prop_id)
    {
    case PROP_ENTRY:
      if (g_set_object (&self->entry, g_value_get_object (value)))
        {
          g_object_notify_by_pspec (object, pspec);
          g_object_notify_by_pspec (object, properties[PROP_ITEM]);
        }
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_message_row_class_init (SupMessageRowClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_message_row_dispose;
  object_class->get_property = sup_message_row_get_property;
  object_class->set_property = sup_message_row_set_property;

  properties[PROP_ENTRY] = g_param_spec_object ("entry", NULL, NULL, SUP_TYPE_CHAT_ENTRY, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_ITEM] = g_param_spec_object ("item", NULL, NULL, MTX_TYPE_TIMELINE_ITEM, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-message-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, is_notice);
  gtk_widget_class_bind_template_callback (widget_class, is_message);
  gtk_widget_class_bind_template_callback (widget_class, notice_words);
  gtk_widget_class_bind_template_callback (widget_class, side);
  gtk_widget_class_bind_template_callback (widget_class, shows_sender);
  gtk_widget_class_bind_template_callback (widget_class, bubble_classes);
  gtk_widget_class_bind_template_callback (widget_class, body_words);
  gtk_widget_class_bind_template_callback (widget_class, is_undecryptable);
  gtk_widget_class_bind_template_callback (widget_class, shield_words);
  gtk_widget_class_bind_template_callback (widget_class, shield_classes);
  gtk_widget_class_bind_template_callback (widget_class, has_shield);
  gtk_widget_class_bind_template_callback (widget_class, shows_footer);
  gtk_widget_class_bind_template_callback (widget_class, footer_words);
  gtk_widget_class_bind_template_callback (widget_class, send_state_icon);
  gtk_widget_class_bind_template_callback (widget_class, has_send_state);
  gtk_widget_class_bind_template_callback (widget_class, failed_actions);
}

static void
sup_message_row_init (SupMessageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
