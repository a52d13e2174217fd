/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who takes part in the conversation: whether support can read, who is there besides, and whose identity keeps
 * messages from being sent.
 */
#include "sup-conversation-private.h"

#include "mtx-encryption.h"
#include "mtx-fiber.h"
#include "mtx-room.h"
#include "sup-identity-private.h"

/* The first whose identity stands in the way of sending; support's before all others'. */
static SupIdentity *
sup_conversation_find_blocking (SupConversation *self)
{
  GListModel *others = G_LIST_MODEL (self->others);

  if (self->identity != NULL && sup_identity_get_blocking (self->identity))
    return self->identity;

  for (guint i = 0; i < g_list_model_get_n_items (others); i++)
    {
      g_autoptr (SupIdentity) other = g_list_model_get_item (others, i);

      if (sup_identity_get_blocking (other))
        return other;
    }

  return NULL;
}

static void
sup_conversation_update_blocking (SupConversation *self)
{
  if (!g_set_object (&self->blocking, sup_conversation_find_blocking (self)))
    return;

  g_object_notify (G_OBJECT (self), "blocking");

  /* What waited for a decision goes out now. */
  if (self->blocking == NULL)
    mtx_outbox_wake (self->outbox);
}

/* The look into the store is over: who can read, and what stands in the way? */
void
_sup_conversation_take_identity (SupConversation *self)
{
  SupIdentity *identity = self->identity;
  guint        n_signed = _sup_identity_get_signed (identity);

  if (n_signed > 0)
    self->readers = READERS_SOME;
  else if (self->readers == READERS_SOME || sup_identity_get_state (identity) != MTX_IDENTITY_UNKNOWN)
    self->readers = READERS_NONE;

  sup_conversation_update_blocking (self);
  _sup_conversation_update (self);
}

/* Whether @members still has the owner of @other. */
static gboolean
is_member (SupIdentity *other,
           GStrv        members)
{
  return g_strv_contains ((const char *const *)members, sup_identity_get_user_id (other));
}

static gboolean
has_other (SupConversation *self,
           const char      *user_id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->others)); i++)
    {
      g_autoptr (SupIdentity) other = g_list_model_get_item (G_LIST_MODEL (self->others), i);

      if (g_str_equal (sup_identity_get_user_id (other), user_id))
        return TRUE;
    }

  return FALSE;
}

/* Nobody but support and we should be here; if somebody is, the person has to know before the next word (threat 47). */
void
_sup_conversation_update_others (SupConversation *self)
{
  g_auto (GStrv) members = mtx_room_dup_other_members (self->room);

  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->others)); i > 0; i--)
    {
      g_autoptr (SupIdentity) other = g_list_model_get_item (G_LIST_MODEL (self->others), i - 1);

      if (!is_member (other, members))
        g_list_store_remove (self->others, i - 1);
    }

  for (guint i = 0; members[i] != NULL; i++)
    {
      g_autoptr (SupIdentity) other = NULL;

      if (g_str_equal (members[i], self->support_id) || has_other (self, members[i]))
        continue;

      other = _sup_identity_new (members[i]);
      g_signal_connect_object (other, "notify::state", G_CALLBACK (sup_conversation_update_blocking), self, G_CONNECT_SWAPPED);
      _sup_identity_attach (other, mtx_session_get_encryption (self->session));
      g_list_store_append (self->others, other);
    }

  sup_conversation_update_blocking (self);
}

static DexFuture *
keys_fetched_cb (DexFuture *future,
                 gpointer   user_data)
{
  SupConversation *self = user_data;

  /* Now nothing in the store means that there is nothing. */
  if (self->readers == READERS_UNKNOWN)
    self->readers = READERS_NONE;
  _sup_identity_look_up (self->identity);

  return dex_future_new_true ();
}

/* Support's keys are fetched while the room is being made: one round trip less before the first message. */
void
_sup_conversation_fetch_keys (SupConversation *self)
{
  const char    *users[] = { self->support_id, NULL };
  MtxEncryption *encryption = mtx_session_get_encryption (self->session);

  if (encryption != NULL)
    mtx_fiber_fire (dex_future_then (mtx_encryption_prefetch (encryption, users),
                                     keys_fetched_cb, g_object_ref (self), g_object_unref),
                    "Fetching support's keys");
}
