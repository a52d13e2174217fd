/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Comparing emoji with support, or with another device of ours. Whoever else asks is declined by those below.
 */
#include "sup-conversation-private.h"

#include "mtx-encryption.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-outside.h"
#include "mtx-room.h"
#include "mtx-verifications.h"
#include "sup-verification-private.h"

static SupVerification *
sup_conversation_show_verification (SupConversation *self,
                                    MtxVerification *verification)
{
  g_clear_object (&self->verification);
  self->verification = _sup_verification_new (verification, mtx_session_get_user_id (self->session));
  g_object_notify (G_OBJECT (self), "verification");

  return self->verification;
}

/* Whoever hears of it opens a dialog, so no fiber tells. */
static void
tell_request (gpointer data)
{
  SupConversation *self = data;

  g_signal_emit_by_name (self, "verification-requested", self->verification);
}

static gboolean
on_requested (SupConversation *self,
              MtxVerification *verification)
{
  const char *room_id = mtx_verification_get_room_id (verification);

  /* From device to device only our own account asks. */
  if (room_id != NULL
      && (g_strcmp0 (mtx_verification_get_user_id (verification), self->support_id) != 0
          || self->room == NULL || !g_str_equal (room_id, mtx_room_get_id (self->room))))
    return FALSE;

  sup_conversation_show_verification (self, verification);
  mtx_outside_call (tell_request, g_object_ref (self), g_object_unref);

  return TRUE;
}

/* Hears of those who ask; once for each session. */
void
_sup_conversation_hear_requests (SupConversation *self)
{
  g_signal_connect_object (mtx_encryption_get_verifications (mtx_session_get_encryption (self->session)), "requested",
                           G_CALLBACK (on_requested), self, G_CONNECT_SWAPPED);
}

static DexFuture *
asked_cb (DexFuture *future,
          gpointer   user_data)
{
  SupConversation *self = user_data;
  MtxVerification *verification = g_value_get_object (dex_future_get_value (future, NULL));

  return dex_future_new_take_object (g_object_ref (sup_conversation_show_verification (self, verification)));
}

/**
 * sup_conversation_verify:
 * @self: a conversation
 *
 * Asks support to compare emoji. If support asked first, accepts.
 *
 * Returns: (transfer full): a future that resolves to a #SupVerification, which is the property "verification" then;
 *   rejects with %MTX_ERROR_NOT_FOUND if there is nobody to ask, %MTX_ERROR_NEED_DECISION if an identity stands in the
 *   way, %MTX_ERROR_UNTRUSTED if our own identity is not good
 */
DexFuture *
sup_conversation_verify (SupConversation *self)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (self), NULL);

  if (self->state != SUP_CONVERSATION_OPEN || mtx_session_get_encryption (self->session) == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "Support is not in the room");

  return dex_future_then (mtx_verifications_ask_user (mtx_encryption_get_verifications (mtx_session_get_encryption (self->session)),
                                                      self->room,
                                                      self->support_id),
                          asked_cb, g_object_ref (self), g_object_unref);
}
