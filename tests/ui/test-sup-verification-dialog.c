/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Comparing emoji, on verifications made by hand: every step has its page, and nothing is confirmed by accident.
 */
#include "mtx-verification-private.h"
#include "sup-stage.h"
#include "sup-verification-dialog.h"
#include "sup-verification-private.h"

#define SUPPORT "@support:example.org"

/* A step of the protocol that no button reaches: the dialog is moved by it. */
static void
set_step (MtxVerification    *inner,
          MtxVerificationStep step)
{
  inner->step = step;
  g_object_notify (G_OBJECT (inner), "state");
}

static MtxVerification *
make_inner (MtxVerificationStep step,
            const char         *cancel_code)
{
  static const guint emoji[MTX_VERIFICATION_N_EMOJI] = { 0, 33, 36, 59, 26, 8, 41 };
  MtxVerification   *inner = g_object_new (MTX_TYPE_VERIFICATION, NULL);

  inner->them = mtx_verification_party_new (SUPPORT, "DEVICE", NULL, NULL);
  inner->us = mtx_verification_party_new ("@me:example.org", "OURS", NULL, NULL);
  inner->step = step;
  inner->cancel_code = g_strdup (cancel_code);
  memcpy (inner->emoji, emoji, sizeof emoji);

  return inner;
}

static AdwDialog *
make_dialog (gpointer data)
{
  g_autoptr (SupVerification) verification = _sup_verification_new (data, "@me:example.org");
  SupVerificationDialog      *dialog = sup_verification_dialog_new ();

  g_object_set (dialog, "verification", verification, NULL);

  return ADW_DIALOG (dialog);
}

static void
test_pictures (void)
{
  static const struct
  {
    const char         *name;
    MtxVerificationStep step;
    const char         *cancel_code;
  } scenes[] = {
    { "verification-asked-by-us", MTX_STEP_REQUESTED_BY_US, NULL },
    { "verification-asked-by-them", MTX_STEP_REQUESTED_BY_THEM, NULL },
    { "verification-preparing", MTX_STEP_KEY_SENT, NULL },
    { "verification-comparing", MTX_STEP_COMPARING, NULL },
    { "verification-confirmed", MTX_STEP_CONFIRMED, NULL },
    { "verification-done", MTX_STEP_DONE, NULL },
    { "verification-mismatch", MTX_STEP_CANCELLED, MTX_CANCEL_MISMATCHED_SAS },
    { "verification-timeout", MTX_STEP_CANCELLED, MTX_CANCEL_TIMEOUT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (scenes); i++)
    {
      g_autoptr (MtxVerification) inner = make_inner (scenes[i].step, scenes[i].cancel_code);

      sup_stage_show (scenes[i].name, make_dialog, inner);
    }
}

/* The widget is not cut off by the dialog, which grew with its page. */
static void
assert_whole (AdwDialog  *dialog,
              const char *label)
{
  GtkWidget      *widget = sup_stage_find (GTK_WIDGET (dialog), label);
  GtkWidget      *scroller = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, scroller, &bounds));
  g_assert_cmpfloat (bounds.origin.y + bounds.size.height, <=, gtk_widget_get_height (scroller));
}

/* From the question to the emoji: they are on screen with their names, and Enter answers nothing. */
static void
test_comparing (void)
{
  static const char *const    names[] = { "Dog", "Glasses", "Thumbs Up", "Bell", "Corn", "Panda", "Light Bulb" };
  g_autoptr (MtxVerification) inner = make_inner (MTX_STEP_REQUESTED_BY_US, NULL);
  AdwWindow                  *window = sup_stage_open (600, 700);
  AdwDialog                  *dialog = make_dialog (inner);

  adw_dialog_present (dialog, GTK_WIDGET (window));
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (dialog), "_Cancel Verification"));
  g_assert_null (sup_stage_find (GTK_WIDGET (dialog), "Dog"));

  set_step (inner, MTX_STEP_COMPARING);
  sup_stage_settle (window);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_nonnull (sup_stage_find (GTK_WIDGET (dialog), names[i]));
  g_assert_null (adw_dialog_get_default_widget (dialog));
  assert_whole (dialog, "They _Don’t Match");

  set_step (inner, MTX_STEP_DONE);
  sup_stage_settle (window);
  g_assert_null (sup_stage_find (GTK_WIDGET (dialog), "Dog"));
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (dialog), "Verified"));

  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int   argc,
      char *argv[])
{
  if (!sup_stage_init (&argc, &argv))
    return 77;

  g_test_add_func ("/ui/verification-dialog/pictures", test_pictures);
  g_test_add_func ("/ui/verification-dialog/comparing", test_comparing);

  return g_test_run ();
}
