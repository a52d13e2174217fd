/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a message is written. Enter sends, Shift+Enter makes a line. The text leaves the entry only when
 * whoever handled "chat.send" says it is safely kept.
 */
#include "config.h"

#include "sup-composer.h"

struct _SupComposer
{
  AdwBin parent_instance;

  /* Template Widgets */
  GtkTextView   *text;
  GtkTextBuffer *buffer;
  GtkLabel      *placeholder;
  GtkWidget     *send_button;
};

G_DEFINE_FINAL_TYPE (SupComposer, sup_composer, ADW_TYPE_BIN)

static char *
sup_composer_dup_text (SupComposer *self)
{
  GtkTextIter      start;
  GtkTextIter      end;
  g_autofree char *text = NULL;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  text = gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);

  return g_strdup (g_strstrip (text));
}

static void
on_buffer_changed (SupComposer *self)
{
  g_autofree char *text = sup_composer_dup_text (self);

  gtk_widget_set_visible (GTK_WIDGET (self->placeholder), gtk_text_buffer_get_char_count (self->buffer) == 0);
  gtk_widget_set_sensitive (self->send_button, *text != '\0');
}

static void
on_send (SupComposer *self)
{
  g_autofree char *text = sup_composer_dup_text (self);

  if (*text != '\0')
    gtk_widget_activate_action (GTK_WIDGET (self), "chat.send", "s", text);
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                SupComposer           *self)
{
  gboolean is_enter = keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter || keyval == GDK_KEY_ISO_Enter;

  if (!is_enter || (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;

  /* An input method may be composing: Enter is its own then. */
  if (gtk_text_view_im_context_filter_keypress (self->text, gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller))))
    return GDK_EVENT_STOP;

  on_send (self);

  return GDK_EVENT_STOP;
}

static gboolean
sup_composer_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (SUP_COMPOSER (widget)->text));
}

static void
sup_composer_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SUP_TYPE_COMPOSER);

  G_OBJECT_CLASS (sup_composer_parent_class)->dispose (object);
}

static void
sup_composer_class_init (SupComposerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sup_composer_dispose;
  widget_class->grab_focus = sup_composer_grab_focus;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-composer.ui");
  gtk_widget_class_bind_template_child (widget_class, SupComposer, text);
  gtk_widget_class_bind_template_child (widget_class, SupComposer, buffer);
  gtk_widget_class_bind_template_child (widget_class, SupComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, SupComposer, send_button);
  gtk_widget_class_bind_template_callback (widget_class, on_buffer_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_send);
}

static void
sup_composer_init (SupComposer *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));

  /* Before the text view, which would make a line of it. */
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key_pressed), self, G_CONNECT_DEFAULT);
  gtk_widget_add_controller (GTK_WIDGET (self->text), keys);
}

/**
 * sup_composer_clear_sent:
 * @self: a composer
 * @sent: the text that is safely kept now
 *
 * Empties the entry, unless the person wrote on while the message was being kept.
 */
void
sup_composer_clear_sent (SupComposer *self,
                         const char  *sent)
{
  g_autofree char *text = NULL;

  g_return_if_fail (SUP_IS_COMPOSER (self));
  g_return_if_fail (sent != NULL);

  text = sup_composer_dup_text (self);
  if (g_str_equal (text, sent))
    gtk_text_buffer_set_text (self->buffer, "", 0);
}
