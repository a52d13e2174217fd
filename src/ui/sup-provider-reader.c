/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lets a person choose a provider file, and reads it in a thread.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-provider-file.h"
#include "sup-provider-reader.h"

static void
choose_file_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  DexPromise        *promise = user_data;
  g_autoptr (GError) error = NULL;
  GFile             *file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (object), result, &error);

  if (file != NULL)
    dex_promise_resolve_object (promise, file);
  else
    dex_promise_reject (promise, g_steal_pointer (&error));
  dex_unref (promise);
}

static DexFuture *
choose_file (GtkWindow *window)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GListStore)    filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr (GtkFileFilter) settings_files = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all_files = gtk_file_filter_new ();
  DexPromise               *promise = dex_promise_new_cancellable ();

  gtk_file_filter_set_name (settings_files, _ ("Provider Files"));
  gtk_file_filter_add_suffix (settings_files, "json");
  gtk_file_filter_set_name (all_files, _ ("All Files"));
  gtk_file_filter_add_pattern (all_files, "*");
  g_list_store_append (filters, settings_files);
  g_list_store_append (filters, all_files);

  gtk_file_dialog_set_title (dialog, _ ("Open Provider File"));
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_open (dialog, window, dex_promise_get_cancellable (promise), choose_file_cb, dex_ref (promise));

  return DEX_FUTURE (promise);
}

/* The size is looked at while reading: a file may be a device, a pipe, or grow. */
static DexFuture *
read_file_thread (gpointer data)
{
  GFile                       *file = data;
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (SupProviderInput) input = NULL;
  g_autoptr (GError)           error = NULL;
  g_autofree char             *bytes = g_malloc (SUP_PROVIDER_FILE_MAX_BYTES + 1);
  gsize                        length = 0;

  if (!(stream = g_file_read (file, NULL, &error)) || !g_input_stream_read_all (G_INPUT_STREAM (stream), bytes, SUP_PROVIDER_FILE_MAX_BYTES + 1, &length, NULL, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  input = sup_provider_file_read (bytes, length, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);
  if (input == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (SUP_TYPE_PROVIDER_INPUT, g_steal_pointer (&input));
}

static DexFuture *
read_chosen_cb (DexFuture *future,
                gpointer   user_data)
{
  return sup_provider_reader_read (g_value_get_object (dex_future_get_value (future, NULL)));
}

/**
 * sup_provider_reader_choose:
 * @window: in front of which the file dialog stands
 *
 * Asks for a file and reads it.
 *
 * Returns: (transfer full): a future that resolves to a boxed #SupProviderInput; rejects with what the file dialog, the
 *   disk or the reader says
 */
DexFuture *
sup_provider_reader_choose (GtkWindow *window)
{
  g_return_val_if_fail (GTK_IS_WINDOW (window), NULL);

  return dex_future_then (choose_file (window), read_chosen_cb, NULL, NULL);
}

/**
 * sup_provider_reader_read:
 * @file: a provider file, local or not
 *
 * Reads it in a thread.
 *
 * Returns: (transfer full): a future that resolves to a boxed #SupProviderInput; rejects with what the disk or the
 *   reader says
 */
DexFuture *
sup_provider_reader_read (GFile *file)
{
  g_return_val_if_fail (G_IS_FILE (file), NULL);

  return mtx_thread_run ("read-provider-file", read_file_thread, g_object_ref (file), g_object_unref);
}

/**
 * sup_provider_reader_is_dismissed:
 * @error: why there is no provider
 *
 * Returns: %TRUE if the person closed the dialog, which is nothing to talk about
 */
gboolean
sup_provider_reader_is_dismissed (const GError *error)
{
  return g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}
