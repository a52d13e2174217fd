/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Restore: every refusal is a sentence with a next step, and leads to where it can be taken.
 */
#include "mtx-keyring-memory.h"
#include "mtx-test.h"
#include "sup-restore-page.h"
#include "sup-security-words.h"
#include "sup-stage.h"
#include "sup-welcome-page.h"

static SupClientList *
make_clients (void)
{
  g_autoptr (MtxKeyring) keyring = MTX_KEYRING (mtx_keyring_memory_new ());
  g_autofree char       *folder = mtx_test_tmp_dir ();

  return sup_client_list_new (keyring, folder);
}

static GtkWidget *
make_view (SupRestorePage *page)
{
  GtkWidget *view = adw_navigation_view_new ();

  adw_navigation_view_add (ADW_NAVIGATION_VIEW (view), ADW_NAVIGATION_PAGE (page));

  return view;
}

static GtkWidget *
make_page (gpointer data)
{
  return make_view (sup_restore_page_new (data));
}

static GtkWidget *
make_failed_page (SupClientList  *clients,
                  SupRestoreError code)
{
  g_autoptr (GError) error = g_error_new_literal (SUP_RESTORE_ERROR, (int)code, "No");
  SupRestorePage    *page = sup_restore_page_new (clients);
  GtkWidget         *view = make_view (page);

  sup_restore_page_fail (page, error);

  return view;
}

static GtkWidget *
make_refused_page (gpointer data)
{
  return make_failed_page (data, SUP_RESTORE_ERROR_REFUSED);
}

static GtkWidget *
make_browser_page (gpointer data)
{
  return make_failed_page (data, SUP_RESTORE_ERROR_UNSUPPORTED);
}

static GtkWidget *
make_welcome (gpointer data)
{
  GtkWidget *view = adw_navigation_view_new ();

  adw_navigation_view_add (ADW_NAVIGATION_VIEW (view), g_object_new (SUP_TYPE_WELCOME_PAGE, NULL));

  return view;
}

static void
test_pictures (void)
{
  g_autoptr (SupClientList) clients = make_clients ();

  sup_stage_show_page ("welcome", make_welcome, NULL);
  sup_stage_show_page ("restore", make_page, clients);
  sup_stage_show_page ("restore-refused", make_refused_page, clients);
  sup_stage_show_page ("restore-browser", make_browser_page, clients);
}

static void
test_words (void)
{
  for (int i = SUP_RESTORE_ERROR_FAILED; i <= SUP_RESTORE_ERROR_FULL; i++)
    {
      const char *words = sup_security_words_restore_error ((SupRestoreError)i);

      /* What happened, and what to do. */
      g_assert_cmpuint (strlen (words), >, 40);
      for (int j = SUP_RESTORE_ERROR_FAILED; j < i; j++)
        g_assert_cmpstr (words, !=, sup_security_words_restore_error ((SupRestoreError)j));
    }
}

static gboolean
has_error_row (GtkWidget *root)
{
  if (gtk_widget_has_css_class (root, "error") && ADW_IS_ENTRY_ROW (root))
    return TRUE;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (has_error_row (child))
      return TRUE;

  return FALSE;
}

static void
test_leads_on (void)
{
  static const struct
  {
    SupRestoreError error;
    gboolean        marks_row;
    gboolean        asks_for_file;
    gboolean        asks_for_password;
    gboolean        offers_browser;
  } cases[] = {
    { SUP_RESTORE_ERROR_ADDRESS, TRUE, FALSE, FALSE, FALSE },
    { SUP_RESTORE_ERROR_KEY_PARITY, TRUE, FALSE, FALSE, FALSE },
    { SUP_RESTORE_ERROR_REFUSED, FALSE, FALSE, TRUE, FALSE },
    { SUP_RESTORE_ERROR_NO_PROVIDER, FALSE, TRUE, FALSE, FALSE },
    { SUP_RESTORE_ERROR_UNSUPPORTED, FALSE, FALSE, FALSE, TRUE },
    { SUP_RESTORE_ERROR_UNREACHABLE, FALSE, TRUE, FALSE, FALSE },
  };
  g_autoptr (SupClientList) clients = make_clients ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (SUP_RESTORE_ERROR, (int)cases[i].error, "No");
      AdwWindow         *window = sup_stage_open (600, 800);
      SupRestorePage    *page = sup_restore_page_new (clients);

      adw_window_set_content (window, make_view (page));
      sup_stage_settle (window);
      sup_restore_page_fail (page, error);
      sup_stage_settle (window);
      g_assert_nonnull (sup_stage_find (GTK_WIDGET (page), sup_security_words_restore_error (cases[i].error)));
      g_assert_cmpint (has_error_row (GTK_WIDGET (page)), ==, cases[i].marks_row);
      g_assert_cmpint (sup_stage_find (GTK_WIDGET (page), "_Open Provider File…") != NULL, ==, cases[i].asks_for_file);
      g_assert_cmpint (sup_stage_find (GTK_WIDGET (page), "Account password") != NULL, ==, cases[i].asks_for_password);
      g_assert_cmpint (sup_stage_find (GTK_WIDGET (page), "_Continue in Browser…") != NULL, ==, cases[i].offers_browser);
      gtk_window_destroy (GTK_WINDOW (window));
    }
}

static GtkWidget *
find_entry (GtkWidget  *root,
            const char *title)
{
  if (ADW_IS_ENTRY_ROW (root) && g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (root)), title))
    return root;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_entry (child, title);

      if (found != NULL)
        return found;
    }

  return NULL;
}

/* A mistyped key is refused before anybody is asked, and the page is ready for the next try. */
static void
test_refuses_at_once (void)
{
  g_autoptr (SupClientList) clients = make_clients ();
  AdwWindow                *window = sup_stage_open (600, 800);
  SupRestorePage           *page = sup_restore_page_new (clients);
  gboolean                  is_busy = TRUE;

  adw_window_set_content (window, make_view (page));
  sup_stage_settle (window);
  gtk_editable_set_text (GTK_EDITABLE (find_entry (GTK_WIDGET (page), "Address")), "@me:localhost");
  gtk_editable_set_text (GTK_EDITABLE (find_entry (GTK_WIDGET (page), "Security key")), "EsTc 5rr1");
  g_signal_emit_by_name (find_entry (GTK_WIDGET (page), "Security key"), "entry-activated");
  while (is_busy)
    {
      g_object_get (page, "busy", &is_busy, NULL);
      g_main_context_iteration (NULL, is_busy);
    }
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (page), sup_security_words_restore_error (SUP_RESTORE_ERROR_KEY_LENGTH)));
  g_assert_true (has_error_row (GTK_WIDGET (page)));
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (page), "Restore"));

  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int   argc,
      char *argv[])
{
  if (!sup_stage_init (&argc, &argv))
    return 77;

  g_test_add_func ("/ui/restore-page/pictures", test_pictures);
  g_test_add_func ("/ui/restore-page/words", test_words);
  g_test_add_func ("/ui/restore-page/leads-on", test_leads_on);
  g_test_add_func ("/ui/restore-page/refuses-at-once", test_refuses_at_once);

  return g_test_run ();
}
