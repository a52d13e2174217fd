/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key on screen, in the clipboard, on a sheet. The keyring is one in memory.
 */
#include "mtx-keyring-memory.h"
#include "mtx-session-secrets.h"
#include "mtx-test.h"
#include "sup-address-dialog.h"
#include "sup-secret-clipboard.h"
#include "sup-security-dialog.h"
#include "sup-security-private.h"
#include "sup-security-sheet.h"
#include "sup-stage.h"

#define PROVIDER "example"
#define ADDRESS  "@f3kq0z9x7w2mb1jd8s5yq0c4pv:example.org"

static void
drive (DexFuture *future)
{
  g_autoptr (DexFuture) owned = future;

  while (dex_future_is_pending (owned))
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (dex_future_is_resolved (owned));
}

static SupSecurity *
make_security (gboolean is_kept)
{
  static const guint8        bytes[32] = { 7 };
  g_autoptr (MtxKeyring)     keyring = MTX_KEYRING (mtx_keyring_memory_new ());
  g_autoptr (MtxSession)     session = NULL;
  g_autoptr (MtxSecretBytes) key = mtx_secret_bytes_new (bytes, sizeof bytes);
  g_autofree char           *folder = mtx_test_tmp_dir ();

  if (is_kept)
    drive (mtx_session_secrets_keep (keyring, PROVIDER, "Example", key, NULL));
  session = mtx_session_new (keyring, folder, PROVIDER, "Example");

  return _sup_security_new (session);
}

static AdwDialog *
make_dialog (gpointer data)
{
  return ADW_DIALOG (sup_security_dialog_new (data, "Example Wallets", ADDRESS));
}

static AdwDialog *
make_address (gpointer data)
{
  return ADW_DIALOG (sup_address_dialog_new (ADDRESS));
}

static void
test_pictures (void)
{
  g_autoptr (SupSecurity) security = make_security (TRUE);

  sup_stage_show ("security", make_dialog, security);
  sup_stage_show ("address", make_address, NULL);
}

static GtkWidget *
find_toggle (GtkWidget *root)
{
  if (GTK_IS_TOGGLE_BUTTON (root))
    return root;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_toggle (child);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static char *
dup_key_text (SupSecurity *security)
{
  g_autoptr (DexFuture) future = sup_security_load_key_text (security);
  const guint8         *bytes;
  gsize                 length;

  drive (dex_ref (future));
  bytes = mtx_secret_bytes_get (g_value_get_boxed (dex_future_get_value (future, NULL)), &length);

  return g_strndup ((const char *)bytes, length);
}

/* The key is not on the screen before somebody wants to see it. */
static void
test_concealed (void)
{
  g_autoptr (SupSecurity) security = make_security (TRUE);
  g_autofree char        *key = dup_key_text (security);
  AdwWindow              *window = sup_stage_open (600, 700);
  AdwDialog              *dialog = make_dialog (security);

  adw_dialog_present (dialog, GTK_WIDGET (window));
  sup_stage_settle (window);
  g_assert_null (sup_stage_find (GTK_WIDGET (dialog), key));

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (find_toggle (GTK_WIDGET (dialog))), TRUE);
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (dialog), key));

  gtk_window_destroy (GTK_WINDOW (window));
}

/* Without the keyring there is nothing to copy, and the buttons say so. */
static void
test_no_key (void)
{
  g_autoptr (SupSecurity) security = make_security (FALSE);
  AdwWindow              *window = sup_stage_open (600, 700);
  AdwDialog              *dialog = make_dialog (security);

  adw_dialog_present (dialog, GTK_WIDGET (window));
  sup_stage_settle (window);
  g_assert_false (gtk_widget_is_sensitive (sup_stage_find (GTK_WIDGET (dialog), "_Copy")));

  gtk_window_destroy (GTK_WINDOW (window));
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  char **text = data;

  *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (object), result, NULL);
  if (*text == NULL)
    *text = g_strdup ("");
}

static char *
read_clipboard (GdkClipboard *clipboard)
{
  char *text = NULL;

  gdk_clipboard_read_text_async (clipboard, NULL, read_cb, &text);
  while (text == NULL)
    g_main_context_iteration (NULL, TRUE);

  return text;
}

/* After the secret's time is over. */
static gboolean
on_later (gpointer data)
{
  *(gboolean *)data = TRUE;

  return G_SOURCE_REMOVE;
}

/* The clipboard forgets the secret, and only that: what was copied later stays. */
static void
test_clipboard (void)
{
  GdkClipboard              *clipboard = gdk_display_get_clipboard (gdk_display_get_default ());
  g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_new ((const guint8 *)"EsTc 5rr1", 9);
  g_autofree char           *copied = NULL;
  g_autofree char           *again = NULL;
  GdkContentProvider        *content = NULL;
  gboolean                   is_later = FALSE;

  sup_secret_clipboard_copy (clipboard, secret, 1);
  copied = read_clipboard (clipboard);
  g_assert_cmpstr (copied, ==, "EsTc 5rr1");
  g_assert_true (gdk_content_formats_contain_mime_type (gdk_clipboard_get_formats (clipboard), "x-kde-passwordManagerHint"));
  while (gdk_clipboard_get_content (clipboard) != NULL)
    g_main_context_iteration (NULL, TRUE);

  sup_secret_clipboard_copy (clipboard, secret, 1);
  again = read_clipboard (clipboard);
  gdk_clipboard_set_text (clipboard, "something else");
  content = gdk_clipboard_get_content (clipboard);
  g_timeout_add_seconds (2, on_later, &is_later);
  while (!is_later)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (content);
  g_assert_true (gdk_clipboard_get_content (clipboard) == content);
}

/* The sheet has what is needed to come back, and becomes one printed page. */
static void
test_sheet (void)
{
  g_autoptr (MtxSecretBytes)    key = mtx_secret_bytes_new ((const guint8 *)"EsTc 5rr1", 9);
  g_autoptr (MtxSecretBytes)    sheet = sup_security_sheet_write ("Example Wallets", ADDRESS, key);
  g_autoptr (GtkPrintOperation) operation = sup_security_sheet_print (sheet);
  g_autofree char              *folder = mtx_test_tmp_dir ();
  g_autofree char              *path = g_build_filename (folder, "sheet.pdf", NULL);
  g_autofree char              *text = NULL;
  g_autofree char              *pdf = NULL;
  g_autoptr (GError)            error = NULL;
  gsize                         length;

  text = g_strndup ((const char *)mtx_secret_bytes_get (sheet, &length), mtx_secret_bytes_get_size (sheet));
  g_assert_nonnull (strstr (text, "Example Wallets"));
  g_assert_nonnull (strstr (text, ADDRESS));
  g_assert_nonnull (strstr (text, "EsTc 5rr1"));

  gtk_print_operation_set_export_filename (operation, path);
  g_assert_cmpint (gtk_print_operation_run (operation, GTK_PRINT_OPERATION_ACTION_EXPORT, NULL, &error), ==,
                   GTK_PRINT_OPERATION_RESULT_APPLY);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &pdf, &length, NULL));
  g_assert_true (g_str_has_prefix (pdf, "%PDF"));
  g_assert_cmpint (gtk_print_operation_get_n_pages_to_print (operation), ==, 1);
}

int
main (int   argc,
      char *argv[])
{
  if (!sup_stage_init (&argc, &argv))
    return 77;

  g_test_add_func ("/ui/security-dialog/pictures", test_pictures);
  g_test_add_func ("/ui/security-dialog/concealed", test_concealed);
  g_test_add_func ("/ui/security-dialog/no-key", test_no_key);
  g_test_add_func ("/ui/security-dialog/clipboard", test_clipboard);
  g_test_add_func ("/ui/security-dialog/sheet", test_sheet);

  return g_test_run ();
}
