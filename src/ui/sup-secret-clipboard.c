/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Copies a secret so that the clipboard forgets it again: after a while, or when the app quits and GTK would hand the
 * clipboard to whoever keeps it. Programs that keep a history of the clipboard are told not to.
 */
#include "config.h"

#include <gio/gio.h>

#include "sup-secret-clipboard.h"

/* What KDE's and other clipboard managers look for; the value is theirs too. */
#define HINT_TYPE  "x-kde-passwordManagerHint"
#define HINT_VALUE "secret"

typedef struct
{
  GdkClipboard       *clipboard; /* owned */
  GdkContentProvider *content;   /* owned */
  gulong              on_shutdown;
} Copied;

/* Only what was put there: what the person copied since then is theirs. */
static void
copied_forget (Copied *copied)
{
  if (gdk_clipboard_get_content (copied->clipboard) == copied->content)
    gdk_clipboard_set_content (copied->clipboard, NULL);
}

static void
copied_free (gpointer data)
{
  Copied *copied = data;

  if (copied->on_shutdown != 0)
    g_signal_handler_disconnect (g_application_get_default (), copied->on_shutdown);
  g_clear_object (&copied->clipboard);
  g_clear_object (&copied->content);
  g_free (copied);
}

static gboolean
on_time_over (gpointer data)
{
  copied_forget (data);

  return G_SOURCE_REMOVE;
}

/**
 * sup_secret_clipboard_copy:
 * @clipboard: a clipboard
 * @secret: UTF-8 text
 * @seconds: how long it stays
 *
 * Puts a secret into the clipboard for a while.
 */
void
sup_secret_clipboard_copy (GdkClipboard   *clipboard,
                           MtxSecretBytes *secret,
                           guint           seconds)
{
  GdkContentProvider *parts[2];
  g_autoptr (GBytes)  hint = NULL;
  g_autofree char    *text = NULL;
  const guint8       *bytes;
  gsize               length;
  Copied             *copied;

  g_return_if_fail (GDK_IS_CLIPBOARD (clipboard));
  g_return_if_fail (secret != NULL);

  bytes = mtx_secret_bytes_get (secret, &length);
  text = g_strndup ((const char *)bytes, length);
  hint = g_bytes_new_static (HINT_VALUE, strlen (HINT_VALUE));
  parts[0] = gdk_content_provider_new_typed (G_TYPE_STRING, text);
  parts[1] = gdk_content_provider_new_for_bytes (HINT_TYPE, hint);
  mtx_secret_wipe (text, length);

  copied = g_new0 (Copied, 1);
  copied->clipboard = g_object_ref (clipboard);
  copied->content = gdk_content_provider_new_union (parts, G_N_ELEMENTS (parts));
  if (g_application_get_default () != NULL)
    copied->on_shutdown = g_signal_connect_swapped (g_application_get_default (), "shutdown", G_CALLBACK (copied_forget), copied);

  gdk_clipboard_set_content (clipboard, copied->content);
  g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, seconds, on_time_over, copied, copied_free);
}
