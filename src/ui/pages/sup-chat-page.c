/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The conversation with support: what was said, what is on its way, and where the next message is written.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-chat-banner.h"
#include "sup-chat-entry.h"
#include "sup-chat-model.h"
#include "sup-chat-page.h"
#include "sup-composer.h"
#include "sup-conversation.h"
#include "sup-format.h"
#include "sup-identity-dialog.h"
#include "sup-identity-words.h"
#include "sup-identity.h"
#include "sup-message-row.h"
#include "sup-provider-words.h"
#include "sup-window.h"

/* How near to the end, in pixels, still counts as reading the newest message. */
#define AT_END_SLACK 48

/* How many frames rows get to find their heights. */
#define SETTLE_FRAMES 8

struct _SupChatPage
{
  AdwBin parent_instance;

  /* Template Widgets */
  SupChatModel      *entries;
  GtkListView       *list;
  GtkScrolledWindow *scroller;
  GtkRevealer       *newest_revealer;
  SupComposer       *composer;

  /* Owned References */
  SupConversation *conversation;
  SupProvider     *provider;
  SupSecurity     *security;
  DexFuture       *sending;
  DexFuture       *older;

  /* State */
  gboolean follows_end; /* new messages are scrolled to, until the person scrolls away */
  guint    settling;    /* tick callback that scrolls to the end while rows find their heights; or 0 */
  guint    settle_frames;
};

enum
{
  PROP_0,
  PROP_CONVERSATION,
  PROP_PROVIDER,
  PROP_SECURITY,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupChatPage, sup_chat_page, ADW_TYPE_BIN)

static GParamSpec *properties[N_PROPS];

static gboolean
chat_is_set_up (SupChatPage         *self,
                SupConversationState state)
{
  return state != SUP_CONVERSATION_NOT_SET_UP;
}

static char *
visible_child (SupChatPage         *self,
               SupConversationState state,
               guint                n_items)
{
  if (n_items > 0)
    return g_strdup ("list");

  return g_strdup (state == SUP_CONVERSATION_NOT_SET_UP ? "off" : "empty");
}

static char *
no_chat_words (SupChatPage *self,
               SupProvider *provider)
{
  return provider != NULL ? sup_provider_words_for_no_chat (provider) : g_strdup ("");
}

static gboolean
has_email (SupProvider *provider)
{
  return sup_provider_get_email_state (provider) == SUP_PROVIDER_READY;
}

static gboolean
has_fallback (SupChatPage *self,
              SupProvider *provider)
{
  return provider != NULL && (has_email (provider) || sup_provider_get_website (provider) != NULL);
}

/* The target stands on the button itself: nothing opens that was not read before. */
static char *
fallback_label (SupChatPage *self,
                SupProvider *provider)
{
  if (!has_fallback (self, provider))
    return g_strdup ("");

  if (has_email (provider))
    return g_strdup_printf (_ ("Write to %s"), sup_provider_get_email_address (provider));

  return g_strdup_printf (_ ("Open %s"), sup_provider_get_website (provider));
}

static void
launched_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (SupChatPage) self = SUP_CHAT_PAGE (user_data);
  g_autoptr (GError)      error = NULL;
  GtkRoot                *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (!gtk_uri_launcher_launch_finish (GTK_URI_LAUNCHER (object), result, &error) && SUP_IS_WINDOW (root) && !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    sup_window_add_toast (SUP_WINDOW (root), _ ("No program opened the address. Copy it from the button."));
}

static void
on_fallback (SupChatPage *self)
{
  g_autoptr (GtkUriLauncher) launcher = NULL;
  g_autofree char           *uri = NULL;

  if (has_email (self->provider))
    {
      g_autofree char *address = g_uri_escape_string (sup_provider_get_email_address (self->provider), "@", FALSE);

      uri = g_strconcat ("mailto:", address, NULL);
    }
  else
    {
      uri = g_strdup (sup_provider_get_website (self->provider));
    }

  launcher = gtk_uri_launcher_new (uri);
  gtk_uri_launcher_launch (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, launched_cb, g_object_ref (self));
}

static char *
encryption_icon (SupChatPage     *self,
                 SupEncryption    encryption,
                 MtxIdentityState identity)
{
  switch (encryption)
    {
    case SUP_ENCRYPTION_ON:
      return g_strdup (sup_identity_words_icon (identity));

    case SUP_ENCRYPTION_PENDING:
      return g_strdup ("clock-symbolic");

    case SUP_ENCRYPTION_UNKNOWN:
    case SUP_ENCRYPTION_UNREADABLE:
    default:
      return g_strdup ("dialog-warning-symbolic");
    }
}

static char *
encryption_words (SupChatPage     *self,
                  SupEncryption    encryption,
                  MtxIdentityState identity,
                  const char      *support_id)
{
  g_autofree char *words = NULL;

  /* A lock is no comfort while nobody knows whom it locks in. */
  if (mtx_identity_state_blocks (identity))
    words = g_strdup (_ ("Identity changed: nothing is sent"));
  else if (identity == MTX_IDENTITY_VERIFIED && encryption == SUP_ENCRYPTION_ON)
    words = g_strdup (_ ("End-to-end encrypted, verified"));
  else
    words = sup_format_encryption (encryption);

  /* Translators: the encryption of the conversation and support's address, "End-to-end encrypted · @support:example.org" */
  return g_strdup_printf (_ ("%s · %s"), words, support_id != NULL ? support_id : "");
}

static char *
row_label (GtkListItem  *list_item,
           gboolean      outgoing,
           const char   *sender,
           MtxItemKind   kind,
           const char   *body,
           MtxDecryption reason,
           const char   *withheld_code,
           MtxShield     shield,
           MtxSendState  send_state)
{
  g_autofree char *words = sup_format_body (kind, body, reason, withheld_code, FALSE);
  g_autofree char *doubt = sup_format_shield (shield);
  g_autofree char *state = sup_format_send_state (send_state);

  if (kind == MTX_ITEM_KIND_NOTICE)
    return g_strdup ("");

  if (outgoing)
    /* Translators: what a screen reader says of a message of the user: the text, and what became of it */
    return g_strdup_printf (_ ("You: %s. %s"), words, state);

  if (*doubt != '\0')
    /* Translators: what a screen reader says of a message there is a warning about: who, the text, the warning */
    return g_strdup_printf (_ ("%s: %s. %s"), sender != NULL ? sender : "", words, doubt);

  /* Translators: what a screen reader says of a message: who, and the text */
  return g_strdup_printf (_ ("%s: %s"), sender != NULL ? sender : "", words);
}

static char *
day_words (GtkListHeader *header,
           GDateTime     *timestamp)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return sup_format_day (timestamp, now);
}

static gboolean
is_at_end (SupChatPage *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  return gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment) + AT_END_SLACK >= gtk_adjustment_get_upper (adjustment);
}

/* Rows are measured over several frames, so the end moves while it is scrolled to. */
static gboolean
on_settle_tick (GtkWidget     *widget,
                GdkFrameClock *clock,
                gpointer       user_data)
{
  SupChatPage *self = SUP_CHAT_PAGE (widget);
  guint        n_items = g_list_model_get_n_items (G_LIST_MODEL (self->entries));

  if (n_items > 0)
    gtk_list_view_scroll_to (self->list, n_items - 1, GTK_LIST_SCROLL_NONE, NULL);

  if (++self->settle_frames < SETTLE_FRAMES)
    return G_SOURCE_CONTINUE;

  self->settling = 0;

  return G_SOURCE_REMOVE;
}

static void
sup_chat_page_scroll_to_end (SupChatPage *self)
{
  self->settle_frames = 0;
  if (self->settling == 0)
    self->settling = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_settle_tick, NULL, NULL);
}

/* Read means that the newest message is on the screen and its window in front. */
static void
sup_chat_page_mark_read (SupChatPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->follows_end && self->conversation != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)) && GTK_IS_WINDOW (root) && gtk_window_is_active (GTK_WINDOW (root)))
    sup_conversation_mark_read (self->conversation);
}

static void
on_adjustment_value_changed (SupChatPage *self)
{
  /* The list scrolls by itself while it settles; only the person decides to leave the end. */
  if (self->settling != 0)
    return;

  self->follows_end = is_at_end (self);
  gtk_revealer_set_reveal_child (self->newest_revealer, !self->follows_end);
  sup_chat_page_mark_read (self);
}

static void
sup_chat_page_load_older (SupChatPage *self)
{
  if (self->conversation == NULL || (self->older != NULL && dex_future_is_pending (self->older)))
    return;

  dex_clear (&self->older);
  self->older = sup_conversation_load_older (self->conversation);
}

/* The list grew or the window shrank: whoever was reading the end still is. A list that does not fill a high
 * window cannot be scrolled to its edge. */
static void
on_adjustment_changed (SupChatPage *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  if (gtk_adjustment_get_upper (adjustment) <= gtk_adjustment_get_page_size (adjustment))
    sup_chat_page_load_older (self);

  if (self->follows_end && !is_at_end (self))
    sup_chat_page_scroll_to_end (self);
}

static void
on_entries_changed (SupChatPage *self)
{
  if (self->follows_end)
    sup_chat_page_scroll_to_end (self);
}

static void
on_jump_to_newest (SupChatPage *self)
{
  self->follows_end = TRUE;
  gtk_revealer_set_reveal_child (self->newest_revealer, FALSE);
  sup_chat_page_scroll_to_end (self);
}

static void
on_edge_reached (SupChatPage    *self,
                 GtkPositionType edge)
{
  if (edge == GTK_POS_TOP)
    sup_chat_page_load_older (self);
}

typedef struct
{
  SupChatPage *self; /* owned */
  char        *text; /* owned */
} Sending;

static void
sending_free (gpointer data)
{
  Sending *sending = data;

  g_clear_object (&sending->self);
  g_free (sending->text);
  g_free (sending);
}

static DexFuture *
sent_cb (DexFuture *future,
         gpointer   user_data)
{
  Sending           *sending = user_data;
  g_autoptr (GError) error = NULL;

  /* Cleared when the text is safely kept, not when a server has answered. */
  if (dex_future_get_value (future, &error) != NULL)
    {
      sup_composer_clear_sent (sending->self->composer, sending->text);
      on_jump_to_newest (sending->self);
    }
  else
    {
      GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (sending->self));

      if (SUP_IS_WINDOW (root))
        sup_window_add_toast (SUP_WINDOW (root), _ ("The message could not be kept on this computer. It is still in the entry."));
    }

  return NULL;
}

static void
send_action (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  SupChatPage *self = SUP_CHAT_PAGE (widget);
  Sending     *sending;

  /* One at a time: a second Enter while the first text is being written to disk must not keep it twice. */
  if (self->conversation == NULL || (self->sending != NULL && dex_future_is_pending (self->sending)))
    return;

  sending = g_new0 (Sending, 1);
  sending->self = g_object_ref (self);
  sending->text = g_variant_dup_string (parameter, NULL);

  dex_clear (&self->sending);
  self->sending = dex_future_finally (sup_conversation_send_text (self->conversation, sending->text), sent_cb, sending, sending_free);
}

static void
retry_action (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  SupChatPage *self = SUP_CHAT_PAGE (widget);

  if (self->conversation != NULL)
    mtx_fiber_fire (sup_conversation_retry (self->conversation, g_variant_get_string (parameter, NULL)), "retry-message");
}

static void
delete_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  SupChatPage *self = SUP_CHAT_PAGE (widget);

  if (self->conversation != NULL)
    mtx_fiber_fire (sup_conversation_delete (self->conversation, g_variant_get_string (parameter, NULL)), "delete-message");
}

static void
identity_action (GtkWidget  *widget,
                 const char *action_name,
                 GVariant   *parameter)
{
  SupChatPage *self = SUP_CHAT_PAGE (widget);

  if (self->conversation != NULL)
    adw_dialog_present (ADW_DIALOG (sup_identity_dialog_new (self->conversation)), widget);
}

static void
newest_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  on_jump_to_newest (SUP_CHAT_PAGE (widget));
}

static void
sup_chat_page_map (GtkWidget *widget)
{
  SupChatPage *self = SUP_CHAT_PAGE (widget);

  GTK_WIDGET_CLASS (sup_chat_page_parent_class)->map (widget);

  gtk_widget_grab_focus (GTK_WIDGET (self->composer));
  if (self->follows_end)
    sup_chat_page_scroll_to_end (self);
  sup_chat_page_mark_read (self);
}

static void
sup_chat_page_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (sup_chat_page_parent_class)->root (widget);

  g_signal_connect_object (gtk_widget_get_root (widget), "notify::is-active",
                           G_CALLBACK (sup_chat_page_mark_read), widget, G_CONNECT_SWAPPED);
}

static void
sup_chat_page_unroot (GtkWidget *widget)
{
  g_signal_handlers_disconnect_by_func (gtk_widget_get_root (widget), sup_chat_page_mark_read, widget);

  GTK_WIDGET_CLASS (sup_chat_page_parent_class)->unroot (widget);
}

static void
sup_chat_page_set_conversation (SupChatPage     *self,
                                SupConversation *conversation)
{
  if (self->conversation == conversation)
    return;

  if (self->conversation != NULL)
    g_signal_handlers_disconnect_by_func (self->conversation, sup_chat_page_mark_read, self);

  g_set_object (&self->conversation, conversation);

  if (conversation != NULL)
    g_signal_connect_object (conversation, "notify::unread-count", G_CALLBACK (sup_chat_page_mark_read), self, G_CONNECT_SWAPPED);

  dex_clear (&self->older);
  dex_clear (&self->sending);
  self->follows_end = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONVERSATION]);
}

static void
sup_chat_page_dispose (GObject *object)
{
  SupChatPage *self = SUP_CHAT_PAGE (object);

  dex_clear (&self->older);
  dex_clear (&self->sending);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_CHAT_PAGE);
  g_clear_object (&self->conversation);
  g_clear_object (&self->security);
  g_clear_pointer (&self->provider, sup_provider_unref);

  G_OBJECT_CLASS (sup_chat_page_parent_class)->dispose (object);
}

static void
sup_chat_page_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  SupChatPage *self = SUP_CHAT_PAGE (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      g_value_set_object (value, self->conversation);
      break;

    case PROP_PROVIDER:
      g_value_set_boxed (value, self->provider);
      break;

    case PROP_SECURITY:
      g_value_set_object (value, self->security);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_chat_page_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  SupChatPage *self = SUP_CHAT_PAGE (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      sup_chat_page_set_conversation (self, g_value_get_object (value));
      break;

    case PROP_PROVIDER:
      g_clear_pointer (&self->provider, sup_provider_unref);
      self->provider = g_value_dup_boxed (value);
      g_object_notify_by_pspec (object, pspec);
      break;

    case PROP_SECURITY:
      if (g_set_object (&self->security, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_chat_page_bind_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, chat_is_set_up);
  gtk_widget_class_bind_template_callback (widget_class, visible_child);
  gtk_widget_class_bind_template_callback (widget_class, encryption_icon);
  gtk_widget_class_bind_template_callback (widget_class, encryption_words);
  gtk_widget_class_bind_template_callback (widget_class, no_chat_words);
  gtk_widget_class_bind_template_callback (widget_class, has_fallback);
  gtk_widget_class_bind_template_callback (widget_class, fallback_label);
  gtk_widget_class_bind_template_callback (widget_class, on_fallback);
  gtk_widget_class_bind_template_callback (widget_class, row_label);
  gtk_widget_class_bind_template_callback (widget_class, day_words);
  gtk_widget_class_bind_template_callback (widget_class, on_jump_to_newest);
  gtk_widget_class_bind_template_callback (widget_class, on_edge_reached);
}

static void
sup_chat_page_class_init (SupChatPageClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_chat_page_dispose;
  object_class->get_property = sup_chat_page_get_property;
  object_class->set_property = sup_chat_page_set_property;
  widget_class->map = sup_chat_page_map;
  widget_class->root = sup_chat_page_root;
  widget_class->unroot = sup_chat_page_unroot;

  properties[PROP_CONVERSATION] = g_param_spec_object ("conversation", NULL, NULL, SUP_TYPE_CONVERSATION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_PROVIDER] = g_param_spec_boxed ("provider", NULL, NULL, SUP_TYPE_PROVIDER, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_SECURITY] = g_param_spec_object ("security", NULL, NULL, SUP_TYPE_SECURITY, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (SUP_TYPE_CHAT_BANNER);
  g_type_ensure (SUP_TYPE_CHAT_MODEL);
  g_type_ensure (SUP_TYPE_COMPOSER);
  g_type_ensure (SUP_TYPE_MESSAGE_ROW);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-chat-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SupChatPage, entries);
  gtk_widget_class_bind_template_child (widget_class, SupChatPage, list);
  gtk_widget_class_bind_template_child (widget_class, SupChatPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, SupChatPage, newest_revealer);
  gtk_widget_class_bind_template_child (widget_class, SupChatPage, composer);
  sup_chat_page_bind_callbacks (widget_class);

  gtk_widget_class_install_action (widget_class, "chat.send", "s", send_action);
  gtk_widget_class_install_action (widget_class, "chat.retry", "s", retry_action);
  gtk_widget_class_install_action (widget_class, "chat.delete", "s", delete_action);
  gtk_widget_class_install_action (widget_class, "chat.identity", NULL, identity_action);
  gtk_widget_class_install_action (widget_class, "chat.newest", NULL, newest_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_End, GDK_CONTROL_MASK, "chat.newest", NULL);
}

static void
sup_chat_page_init (SupChatPage *self)
{
  GtkAdjustment *adjustment;

  self->follows_end = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));

  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_adjustment_value_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_adjustment_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entries, "items-changed", G_CALLBACK (on_entries_changed), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}
