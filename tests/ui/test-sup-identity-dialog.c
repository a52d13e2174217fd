/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who support is, on identities made by hand: what each state says and lets a person do.
 */
#include "sup-conversation-private.h"
#include "sup-identity-dialog.h"
#include "sup-identity-private.h"
#include "sup-identity-words.h"
#include "sup-stage.h"

#define SUPPORT "@support:example.org"
#define MASTER  "nqOvzeuGWT/sRx3h7+MHoInYj3Uk2LD/unI9kDYcHwk"
#define BEFORE  "2Rd8wZQxbG5mYcXf1vKp0sJtLh3eNaUo7iTqWyBzDgE"

static SupConversation *
make_conversation (MtxIdentityState state,
                   guint            n_others)
{
  SupConversation            *conversation = g_object_new (SUP_TYPE_CONVERSATION, NULL);
  g_autoptr (MtxIdentityInfo) info = NULL;

  info = mtx_identity_info_new (state,
                                state > MTX_IDENTITY_NONE ? MASTER : NULL,
                                mtx_identity_state_blocks (state) ? BEFORE : MASTER,
                                state > MTX_IDENTITY_NONE ? 2 : 0,
                                state == MTX_IDENTITY_UNKNOWN ? 0 : 1);
  conversation->support_id = g_strdup (SUPPORT);
  conversation->state = SUP_CONVERSATION_OPEN;
  conversation->encryption = SUP_ENCRYPTION_ON;
  conversation->identity = _sup_identity_new (SUPPORT);
  _sup_identity_show (conversation->identity, info, FALSE);

  for (guint i = 0; i < n_others; i++)
    {
      g_autoptr (MtxIdentityInfo) of_other = mtx_identity_info_new (i == 0 ? MTX_IDENTITY_CHANGED : MTX_IDENTITY_PINNED,
                                                                    MASTER, BEFORE, 1, 0);
      g_autofree char        *user_id = g_strdup_printf ("@stranger%u:elsewhere.example", i);
      g_autoptr (SupIdentity) other = _sup_identity_new (user_id);

      _sup_identity_show (other, of_other, FALSE);
      g_list_store_append (conversation->others, other);
    }

  return conversation;
}

static AdwDialog *
make_dialog (gpointer data)
{
  return ADW_DIALOG (sup_identity_dialog_new (data));
}

static void
test_pictures (void)
{
  static const struct
  {
    const char      *name;
    MtxIdentityState state;
    guint            n_others;
  } scenes[] = {
    { "identity-unknown", MTX_IDENTITY_UNKNOWN, 0 },
    { "identity-none", MTX_IDENTITY_NONE, 0 },
    { "identity-pinned", MTX_IDENTITY_PINNED, 0 },
    { "identity-verified", MTX_IDENTITY_VERIFIED, 0 },
    { "identity-changed", MTX_IDENTITY_CHANGED, 0 },
    { "identity-violated", MTX_IDENTITY_VIOLATED, 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (scenes); i++)
    {
      g_autoptr (SupConversation) conversation = make_conversation (scenes[i].state, scenes[i].n_others);

      sup_stage_show (scenes[i].name, make_dialog, conversation);
    }
}

/* A changed identity offers a decision, and a good one does not; the dialog follows while it is open. */
static void
test_decision (void)
{
  g_autoptr (SupConversation) conversation = make_conversation (MTX_IDENTITY_CHANGED, 1);
  g_autoptr (MtxIdentityInfo) good = mtx_identity_info_new (MTX_IDENTITY_PINNED, MASTER, MASTER, 2, 0);
  AdwWindow                  *window = sup_stage_open (600, 700);
  AdwDialog                  *dialog = make_dialog (conversation);
  const char                 *accept = sup_identity_words_decision (MTX_IDENTITY_CHANGED);

  adw_dialog_present (dialog, GTK_WIDGET (window));
  sup_stage_settle (window);
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (dialog), accept));
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (dialog), "2Rd8 wZQx bG5m YcXf 1vKp 0sJt Lh3e NaUo 7iTq WyBz DgE"));
  g_assert_nonnull (sup_stage_find (GTK_WIDGET (dialog), "@stranger0:elsewhere.example"));

  _sup_identity_show (conversation->identity, good, FALSE);
  g_list_store_remove_all (conversation->others);
  sup_stage_settle (window);
  g_assert_null (sup_stage_find (GTK_WIDGET (dialog), accept));
  g_assert_null (sup_stage_find (GTK_WIDGET (dialog), "2Rd8 wZQx bG5m YcXf 1vKp 0sJt Lh3e NaUo 7iTq WyBz DgE"));
  g_assert_null (sup_stage_find (GTK_WIDGET (dialog), "@stranger0:elsewhere.example"));

  gtk_window_destroy (GTK_WINDOW (window));
}

/* Accepting asks once more, and Enter means no. */
static void
test_asks_again (void)
{
  g_autoptr (SupConversation) conversation = make_conversation (MTX_IDENTITY_CHANGED, 0);
  AdwWindow                  *window = sup_stage_open (600, 700);
  AdwDialog                  *dialog = make_dialog (conversation);
  AdwDialog                  *question = NULL;

  adw_dialog_present (dialog, GTK_WIDGET (window));
  sup_stage_settle (window);
  g_signal_emit_by_name (sup_stage_find (GTK_WIDGET (dialog), sup_identity_words_decision (MTX_IDENTITY_CHANGED)), "clicked");
  sup_stage_settle (window);
  question = adw_window_get_visible_dialog (window);
  g_assert_true (ADW_IS_ALERT_DIALOG (question));
  g_assert_cmpstr (adw_alert_dialog_get_default_response (ADW_ALERT_DIALOG (question)), ==, "cancel");
  g_assert_cmpstr (adw_alert_dialog_get_close_response (ADW_ALERT_DIALOG (question)), ==, "cancel");

  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int   argc,
      char *argv[])
{
  if (!sup_stage_init (&argc, &argv))
    return 77;

  g_test_add_func ("/ui/identity-dialog/pictures", test_pictures);
  g_test_add_func ("/ui/identity-dialog/threat-017-decision", test_decision);
  g_test_add_func ("/ui/identity-dialog/threat-017-asks-again", test_asks_again);

  return g_test_run ();
}
