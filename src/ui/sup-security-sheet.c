/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key on a sheet: what is saved to a file or printed.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-security-sheet.h"

#define SHEET_MARGIN_MM 20
#define SHEET_FONT      "Monospace 11"

/**
 * sup_security_sheet_write:
 * @provider: name of the provider
 * @address: address of the account
 * @key_text: the security key as text
 *
 * Writes the sheet. Whoever finds it in ten years should know what it is and what to do with it.
 *
 * Returns: (transfer full): UTF-8 text
 */
MtxSecretBytes *
sup_security_sheet_write (const char     *provider,
                          const char     *address,
                          MtxSecretBytes *key_text)
{
  gsize         length;
  const guint8 *bytes;
  char         *key;
  char         *text;

  g_return_val_if_fail (provider != NULL, NULL);
  g_return_val_if_fail (address != NULL, NULL);
  g_return_val_if_fail (key_text != NULL, NULL);

  bytes = mtx_secret_bytes_get (key_text, &length);
  key = g_strndup ((const char *)bytes, length);
  /* Translators: a text that is saved to a file or printed. The three values are a name, an address and a key. */
  text = g_strdup_printf (_ ("Wallet Support: security key\n"
                             "\n"
                             "Provider:      %s\n"
                             "Your address:  %s\n"
                             "Security key:\n"
                             "\n"
                             "    %s\n"
                             "\n"
                             "With address and key you bring back your conversation with support on\n"
                             "any computer: start Wallet Support and press “Restore an Account”.\n"
                             "\n"
                             "Whoever has this key can read everything. Keep it where you keep other\n"
                             "valuable papers. Nobody will ever ask you for it, not even support.\n"),
                          provider, address, key);
  mtx_secret_string_free (key);

  return mtx_secret_bytes_new_take ((guint8 *)text, strlen (text));
}

static void
on_begin_print (GtkPrintOperation *operation)
{
  gtk_print_operation_set_n_pages (operation, 1);
}

static void
on_draw_page (MtxSecretBytes  *sheet,
              GtkPrintContext *context)
{
  cairo_t                         *cr = gtk_print_context_get_cairo_context (context);
  g_autoptr (PangoLayout)          layout = gtk_print_context_create_pango_layout (context);
  g_autoptr (PangoFontDescription) font = pango_font_description_from_string (SHEET_FONT);
  double                           margin = SHEET_MARGIN_MM * gtk_print_context_get_dpi_x (context) / 25.4;
  double                           width = gtk_print_context_get_width (context) - 2 * margin;
  const guint8                    *text;
  gsize                            length;

  text = mtx_secret_bytes_get (sheet, &length);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_width (layout, (int)(width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_text (layout, (const char *)text, (int)length);

  cairo_move_to (cr, margin, margin);
  pango_cairo_show_layout (cr, layout);
}

static void
release_sheet (gpointer  data,
               GClosure *closure)
{
  mtx_secret_bytes_unref (data);
}

/**
 * sup_security_sheet_print:
 * @sheet: what sup_security_sheet_write() returned
 *
 * Prepares the sheet for printing on one page.
 *
 * Returns: (transfer full): an operation to be run
 */
GtkPrintOperation *
sup_security_sheet_print (MtxSecretBytes *sheet)
{
  GtkPrintOperation *operation;

  g_return_val_if_fail (sheet != NULL, NULL);

  operation = gtk_print_operation_new ();
  gtk_print_operation_set_job_name (operation, _ ("Security Key"));
  g_signal_connect (operation, "begin-print", G_CALLBACK (on_begin_print), NULL);
  g_signal_connect_data (operation, "draw-page", G_CALLBACK (on_draw_page), mtx_secret_bytes_ref (sheet),
                         release_sheet, G_CONNECT_SWAPPED);

  return operation;
}
