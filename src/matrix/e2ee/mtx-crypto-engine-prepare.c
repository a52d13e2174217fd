/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Before a room is written to: whether its key may still be used (M24), else another one, and who is to get it.
 * All of it is one command on what the store says now, so that no sync comes in between.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-error.h"
#include "mtx-megolm-inbound.h"
#include "mtx-megolm-outbound.h"
#include "mtx-room-key-plan.h"
#include "mtx-room-store.h"
#include "mtx-senders.h"

typedef struct
{
  MtxRatchets           *ratchets;
  MtxRoomCryptoInfo     *info;    /* borrowed from the command */
  MtxOutboundSessionRow *stored;  /* or NULL */
  GStrv                  readers; /* all who may read, ourselves among them */
  GStrv                  exempt;  /* those of them whose devices need no signature */
  GPtrArray             *devices; /* of MtxDeviceRow: theirs */
  GPtrArray             *shares;  /* of MtxKeyShareRow: of the stored session */
  MtxOutboundSessionRow *row;     /* the result */
  gint64                 now_ms;
  MtxChangeSet          *changes;
} RoomJob;

static void
room_job_clear (RoomJob *job)
{
  g_clear_pointer (&job->stored, mtx_outbound_session_row_unref);
  g_clear_pointer (&job->readers, g_strfreev);
  g_clear_pointer (&job->exempt, g_strfreev);
  g_clear_pointer (&job->devices, g_ptr_array_unref);
  g_clear_pointer (&job->shares, g_ptr_array_unref);
  g_clear_pointer (&job->row, mtx_outbound_session_row_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoomJob, room_job_clear)

/* We read our own messages with the same key as everybody else. */
static gboolean
keep_own_copy (RoomJob           *job,
               MtxMegolmOutbound *session,
               GError           **error)
{
  MtxRatchets                 *ratchets = job->ratchets;
  const char                  *room_id = mtx_room_crypto_info_get_room_id (job->info);
  g_autoptr (MtxMegolmInbound) inbound = NULL;
  g_autoptr (GBytes)           sealed = NULL;
  char                        *session_key = mtx_megolm_outbound_dup_session_key (session, error);

  if (session_key == NULL)
    return FALSE;
  inbound = mtx_megolm_inbound_new (session_key, mtx_megolm_outbound_get_id (session), error);
  mtx_secret_string_free (session_key);
  if (inbound == NULL)
    return FALSE;
  sealed = mtx_megolm_inbound_to_pickle (inbound, ratchets->master_key, room_id, error);
  if (sealed == NULL)
    return FALSE;

  mtx_room_key_store_put_inbound (job->changes,
                                  &(MtxInboundSessionRow){
                                      .room_id = room_id,
                                      .session_id = mtx_megolm_outbound_get_id (session),
                                      .sealed = sealed,
                                      .sender_key = mtx_olm_account_get_curve25519 (ratchets->account),
                                      .claimed_ed25519 = mtx_olm_account_get_ed25519 (ratchets->account),
                                      .sender_user = ratchets->user_id,
                                      .sender_device = ratchets->device_id,
                                      .origin = MTX_ROOM_KEY_OWN,
                                      .shared_history = mtx_room_crypto_info_shares_history (job->info),
                                  });

  return TRUE;
}

/* Every reason for another key but that it is used up by itself. */
static gboolean
must_rotate (RoomJob *job)
{
  return job->stored->shared_history != mtx_room_crypto_info_shares_history (job->info)
         || mtx_room_key_plan_must_rotate (job->devices, job->shares, (const char *const *)job->exempt);
}

static gboolean
is_usable (RoomJob *job)
{
  g_autoptr (MtxMegolmOutbound) session = NULL;

  if (job->stored == NULL || must_rotate (job)
      || mtx_megolm_rotation_is_due (mtx_room_crypto_info_get_rotation (job->info),
                                     job->stored->created_at,
                                     (guint32)job->stored->message_count,
                                     job->now_ms))
    return FALSE;

  session = mtx_megolm_outbound_new_from_pickle (job->stored->sealed,
                                                 job->ratchets->master_key,
                                                 job->stored->room_id,
                                                 job->stored->session_id,
                                                 NULL);

  return session != NULL;
}

static DexFuture *
room_job (gpointer data)
{
  RoomJob                      *job = data;
  g_autoptr (MtxMegolmOutbound) session = NULL;
  g_autoptr (GError)            error = NULL;

  if (is_usable (job))
    {
      job->row = mtx_outbound_session_row_ref (job->stored);
      return dex_future_new_true ();
    }

  session = mtx_megolm_outbound_new (job->now_ms, &error);
  if (session == NULL || !keep_own_copy (job, session, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* Nobody was given the new key. */
  g_ptr_array_set_size (job->shares, 0);
  job->row = _mtx_outbound_session_put (job->ratchets,
                                        mtx_room_crypto_info_get_room_id (job->info),
                                        session,
                                        mtx_room_crypto_info_shares_history (job->info),
                                        job->changes,
                                        &error);

  return job->row != NULL ? dex_future_new_true () : dex_future_new_for_error (g_steal_pointer (&error));
}

/**
 * _mtx_crypto_engine_load_outbound:
 * @self: an engine
 * @room_id: a room
 * @row: (out) (nullable) (transfer full): the session it is written with, or %NULL if there is none
 * @error: return location for an error
 *
 * For commands: loads a room's outbound session.
 *
 * Returns: %FALSE if the store failed
 */
gboolean
_mtx_crypto_engine_load_outbound (MtxCryptoEngine        *self,
                                  const char             *room_id,
                                  MtxOutboundSessionRow **row,
                                  GError                **error)
{
  g_autoptr (GError) failure = NULL;

  *row = dex_await_boxed (mtx_room_key_store_load_outbound (mtx_crypto_engine_get_db (self), room_id), &failure);
  if (*row == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return TRUE;
}

/**
 * _mtx_crypto_engine_check_present:
 * @self: an engine
 * @info: a room as it was some moments ago
 * @error: return location for an error
 *
 * For commands: whether all who may read are still in the room, as the last sync that was stored knows it.
 * Between looking at a room and writing to it the network is asked, and somebody may have left meanwhile.
 *
 * Returns: %TRUE if so; %FALSE with %MTX_ERROR_RETRY_LATER if the room has to be looked at again
 */
gboolean
_mtx_crypto_engine_check_present (MtxCryptoEngine   *self,
                                  MtxRoomCryptoInfo *info,
                                  GError           **error)
{
  g_autoptr (GError) failure = NULL;
  gint64             n_gone;

  n_gone = dex_await_int64 (mtx_room_store_count_gone (mtx_crypto_engine_get_db (self),
                                                       mtx_room_crypto_info_get_room_id (info),
                                                       mtx_room_crypto_info_get_members (info)),
                            &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (n_gone > 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_RETRY_LATER, "Somebody has left the room");
      return FALSE;
    }

  return TRUE;
}

static GStrv
dup_readers (MtxCryptoEngine   *self,
             MtxRoomCryptoInfo *info)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *const       *members = mtx_room_crypto_info_get_members (info);
  const char              *own = mtx_crypto_engine_get_user_id (self);

  g_strv_builder_addv (builder, (const char **)members);
  if (!g_strv_contains (members, own))
    g_strv_builder_add (builder, own);

  return g_strv_builder_end (builder);
}

static gboolean
load_room (MtxCryptoEngine *self,
           RoomJob         *job,
           GError         **error)
{
  MtxDb *db = mtx_crypto_engine_get_db (self);

  if (!_mtx_crypto_engine_load_outbound (self, mtx_room_crypto_info_get_room_id (job->info), &job->stored, error))
    return FALSE;

  job->devices = dex_await_boxed (mtx_device_store_load_devices (db, (const char *const *)job->readers), error);
  if (job->devices == NULL)
    return FALSE;

  if (job->stored == NULL)
    job->shares = g_ptr_array_new ();
  else
    job->shares = dex_await_boxed (mtx_room_key_store_load_shares (db, job->stored->room_id, job->stored->session_id), error);

  return job->shares != NULL;
}

static DexFuture *
room_command (MtxCryptoEngine *self,
              gpointer         data)
{
  MtxRoomCryptoInfo *info = data;
  g_auto (RoomJob)   job = {
      .ratchets = _mtx_crypto_engine_get_ratchets (self),
      .info = info,
      .readers = dup_readers (self, info),
      .now_ms = g_get_real_time () / 1000,
      .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;

  if (!_mtx_crypto_engine_check_present (self, info, &error)
      || !_mtx_crypto_engine_check_members (self, info, &job.exempt, &error)
      || !load_room (self, &job, &error)
      || !_mtx_crypto_engine_work (self, room_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_ROOM_KEY_PLAN,
                                    mtx_room_key_plan_new (job.row,
                                                           job.devices,
                                                           job.shares,
                                                           (const char *const *)job.exempt,
                                                           mtx_crypto_engine_get_user_id (self),
                                                           mtx_crypto_engine_get_device_id (self)));
}

/**
 * _mtx_crypto_engine_prepare_room:
 * @self: an engine
 * @info: the room
 *
 * Makes sure there is a room key to write with: not used up by time or count, made for the history visibility the
 * room has, and with nobody who may not read any more (M24).
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxRoomKeyPlan; rejects with
 *   %MTX_ERROR_RETRY_LATER if the room has changed since @info was made, with %MTX_ERROR_NEED_DECISION if somebody's
 *   identity stands in the way (M37)
 */
DexFuture *
_mtx_crypto_engine_prepare_room (MtxCryptoEngine   *self,
                                 MtxRoomCryptoInfo *info)
{
  return _mtx_crypto_engine_command (self,
                                     room_command,
                                     mtx_room_crypto_info_ref (info),
                                     (GDestroyNotify)mtx_room_crypto_info_unref);
}
