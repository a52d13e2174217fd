/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A window on a display nobody looks at.
 */
#include "sup-stage.h"

#include <libdex.h>

/* Frames until everything has found its size; animations are off. */
#define SETTLE_FRAMES 6

#define HEIGHT 720
#define WIDE   880

/**
 * sup_stage_init:
 * @argc: (inout): as main() got it
 * @argv: (inout): as main() got it
 *
 * Returns: %FALSE if there is no display, and the test has to be skipped
 */
gboolean
sup_stage_init (int    *argc,
                char ***argv)
{
  dex_init ();
  gtk_test_init (argc, argv, NULL);
  if (gdk_display_get_default () == NULL)
    return FALSE;

  adw_init ();
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                    "/io/github/wallet_support/WalletSupport/icons");

  {
    g_autoptr (GtkCssProvider) style = gtk_css_provider_new ();

    gtk_css_provider_load_from_resource (style, "/io/github/wallet_support/WalletSupport/style.css");
    gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (style),
                                                GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  }

  return TRUE;
}

static gboolean
on_frame (GtkWidget     *widget,
          GdkFrameClock *clock,
          gpointer       data)
{
  guint *n_frames = data;

  (*n_frames)++;
  gtk_widget_queue_draw (widget);

  return G_SOURCE_CONTINUE;
}

/**
 * sup_stage_settle:
 * @window: a window
 *
 * Waits until what was changed is laid out.
 */
void
sup_stage_settle (AdwWindow *window)
{
  guint n_frames = 0;
  guint id = gtk_widget_add_tick_callback (GTK_WIDGET (window), on_frame, &n_frames, NULL);

  while (n_frames < SETTLE_FRAMES)
    g_main_context_iteration (NULL, TRUE);
  gtk_widget_remove_tick_callback (GTK_WIDGET (window), id);
}

/**
 * sup_stage_open:
 * @width: in pixels
 * @height: in pixels
 *
 * Returns: (transfer none): an empty window; close it with gtk_window_destroy()
 */
AdwWindow *
sup_stage_open (int width,
                int height)
{
  AdwWindow *window = ADW_WINDOW (adw_window_new ());

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_widget_set_size_request (GTK_WIDGET (window), SUP_STAGE_NARROW, 294);
  adw_window_set_content (window, adw_toolbar_view_new ());
  gtk_window_present (GTK_WINDOW (window));
  sup_stage_settle (window);

  return window;
}

static void
take_picture (AdwWindow  *window,
              const char *name,
              const char *variant)
{
  const char               *folder = g_getenv ("WALLET_SUPPORT_PICTURES");
  g_autoptr (GdkPaintable)  paintable = gtk_widget_paintable_new (GTK_WIDGET (window));
  g_autoptr (GtkSnapshot)   snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture)    texture = NULL;
  g_autofree char          *file = g_strdup_printf ("%s-%s.png", name, variant);
  g_autofree char          *path = NULL;

  if (folder == NULL)
    return;

  gdk_paintable_snapshot (paintable, snapshot, gdk_paintable_get_intrinsic_width (paintable),
                          gdk_paintable_get_intrinsic_height (paintable));
  node = gtk_snapshot_free_to_node (g_steal_pointer (&snapshot));
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  path = g_build_filename (folder, file, NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

/* Whatever is shown has to fit into the narrowest window, or a telephone cuts it off. */
static void
assert_fits (GtkWidget *widget)
{
  int minimum;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, SUP_STAGE_NARROW);
}

typedef GtkWidget *(*MakeFunc) (gpointer data);

static void
show (const char *name,
      MakeFunc    make,
      gpointer    data,
      gboolean    is_dialog)
{
  static const struct
  {
    const char    *variant;
    int            width;
    AdwColorScheme scheme;
  } variants[] = {
    { "wide-light", WIDE, ADW_COLOR_SCHEME_FORCE_LIGHT },
    { "wide-dark", WIDE, ADW_COLOR_SCHEME_FORCE_DARK },
    { "narrow-light", SUP_STAGE_NARROW, ADW_COLOR_SCHEME_FORCE_LIGHT },
    { "narrow-dark", SUP_STAGE_NARROW, ADW_COLOR_SCHEME_FORCE_DARK },
  };

  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      AdwWindow *window = NULL;
      GtkWidget *widget = NULL;

      adw_style_manager_set_color_scheme (adw_style_manager_get_default (), variants[i].scheme);
      window = sup_stage_open (variants[i].width, HEIGHT);
      widget = make (data);
      if (is_dialog)
        adw_dialog_present (ADW_DIALOG (widget), GTK_WIDGET (window));
      else
        adw_window_set_content (window, widget);
      sup_stage_settle (window);
      assert_fits (is_dialog ? adw_dialog_get_child (ADW_DIALOG (widget)) : widget);
      take_picture (window, name, variants[i].variant);
      gtk_window_destroy (GTK_WINDOW (window));
    }
}

/**
 * sup_stage_show:
 * @name: of the pictures
 * @make: (scope call): makes the dialog, anew for each picture
 * @data: passed to @make
 *
 * Shows a dialog in all sizes and colours.
 */
void
sup_stage_show (const char *name,
                AdwDialog *(*make) (gpointer data),
                gpointer data)
{
  show (name, (MakeFunc)make, data, TRUE);
}

/**
 * sup_stage_show_page:
 * @name: of the pictures
 * @make: (scope call): makes the page, anew for each picture
 * @data: passed to @make
 *
 * Shows a page in all sizes and colours.
 */
void
sup_stage_show_page (const char *name,
                     GtkWidget *(*make) (gpointer data),
                     gpointer data)
{
  show (name, make, data, FALSE);
}

/**
 * sup_stage_find:
 * @root: where to look
 * @words: the text of a label or button that is on the screen
 *
 * Returns: (transfer none) (nullable): the widget
 */
GtkWidget *
sup_stage_find (GtkWidget  *root,
                const char *words)
{
  if (!gtk_widget_get_mapped (root))
    return NULL;

  if (GTK_IS_BUTTON (root) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (root)), words) == 0)
    return root;
  if (GTK_IS_LABEL (root) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (root)), words) == 0)
    return root;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = sup_stage_find (child, words);

      if (found != NULL)
        return found;
    }

  return NULL;
}
