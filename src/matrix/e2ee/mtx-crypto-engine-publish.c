/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own public keys. What is about to be uploaded is in the store first, and stays the same until the
 * server has said that it has it (M10, M11, M12).
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-json.h"

/* Half of what the account can hold, so that keys claimed but not used yet are not pushed out (M10). */
#define ONE_TIME_KEYS_TARGET 50

/* Messages made with the old fallback key may still be on their way for this long (M12). */
#define FALLBACK_GRACE_MS (60 * 60 * 1000)

typedef struct
{
  MtxRatchets  *ratchets;
  MtxUploadNeed need;
  gint64        now_ms;
  gint64        marks[MTX_CRYPTO_N_MARKS];
  MtxChangeSet *changes;
  JsonObject   *body;
} UploadJob;

static void
upload_job_clear (UploadJob *job)
{
  g_clear_pointer (&job->changes, mtx_change_set_unref);
  g_clear_pointer (&job->body, json_object_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UploadJob, upload_job_clear)

static gboolean
load_marks (MtxCryptoEngine *self,
            gint64          *marks,
            GError         **error)
{
  for (guint mark = 0; mark < MTX_CRYPTO_N_MARKS; mark++)
    {
      g_autoptr (GError) failure = NULL;

      marks[mark] = dex_await_int64 (mtx_crypto_store_load_mark (mtx_crypto_engine_get_db (self), mark), &failure);
      if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }

  return TRUE;
}

/* A key that was replaced had been used just before. A clock that was set back ends the grace as well. */
static gboolean
is_in_grace (const UploadJob *job)
{
  gint64 replaced_at = job->marks[MTX_CRYPTO_MARK_FALLBACK_KEY_REPLACED_AT];

  return replaced_at != 0 && ABS (job->now_ms - replaced_at) < FALLBACK_GRACE_MS;
}

/* The first fallback key is made at once, and a used one is replaced at once, but not while its predecessor may
 * still be needed: the account keeps two. */
static gboolean
needs_fallback (const UploadJob *job)
{
  if (job->marks[MTX_CRYPTO_MARK_FALLBACK_KEY_CREATED_AT] == 0)
    return TRUE;

  return job->need.is_fallback_used && !is_in_grace (job);
}

static gboolean
generate (UploadJob *job,
          GError   **error)
{
  MtxOlmAccount *account = job->ratchets->account;
  gint64         missing = ONE_TIME_KEYS_TARGET - job->need.one_time_keys;
  gboolean       is_generated = FALSE;

  /* What waits for confirmation is offered again, unchanged and with nothing added: the server refuses a key
   * id that comes back with other content, and an upload that was lost must be repeatable (M11). */
  if (job->marks[MTX_CRYPTO_MARK_ONE_TIME_KEYS_PENDING])
    return TRUE;

  if (missing > 0)
    {
      if (!mtx_olm_account_generate_one_time_keys (account, (guint)missing, error))
        return FALSE;
      is_generated = TRUE;
    }

  if (needs_fallback (job))
    {
      if (!mtx_olm_account_generate_fallback_key (account, error))
        return FALSE;
      if (job->marks[MTX_CRYPTO_MARK_FALLBACK_KEY_CREATED_AT] != 0)
        mtx_crypto_store_put_mark (job->changes, MTX_CRYPTO_MARK_FALLBACK_KEY_REPLACED_AT, job->now_ms);
      mtx_crypto_store_put_mark (job->changes, MTX_CRYPTO_MARK_FALLBACK_KEY_CREATED_AT, job->now_ms);
      is_generated = TRUE;
    }
  else if (job->marks[MTX_CRYPTO_MARK_FALLBACK_KEY_REPLACED_AT] != 0 && !is_in_grace (job))
    {
      if (!mtx_olm_account_forget_old_fallback_key (account, error))
        return FALSE;
      mtx_crypto_store_put_mark (job->changes, MTX_CRYPTO_MARK_FALLBACK_KEY_REPLACED_AT, 0);
      if (!is_generated)
        return mtx_ratchets_save_account (job->ratchets, job->changes, error);
    }

  if (!is_generated)
    return TRUE;

  mtx_crypto_store_put_mark (job->changes, MTX_CRYPTO_MARK_ONE_TIME_KEYS_PENDING, 1);

  return mtx_ratchets_save_account (job->ratchets, job->changes, error);
}

static gboolean
build_body (UploadJob *job,
            GError   **error)
{
  g_autoptr (JsonObject) one_time_keys = NULL;
  g_autoptr (JsonObject) fallback_keys = NULL;

  one_time_keys = mtx_ratchets_build_one_time_keys (job->ratchets, error);
  if (one_time_keys == NULL)
    return FALSE;
  fallback_keys = mtx_ratchets_build_fallback_keys (job->ratchets, error);
  if (fallback_keys == NULL)
    return FALSE;

  job->body = json_object_new ();
  if (job->need.device_keys)
    {
      JsonObject *device_keys = mtx_ratchets_build_device_keys (job->ratchets, error);

      if (device_keys == NULL)
        return FALSE;
      json_object_set_object_member (job->body, "device_keys", device_keys);
    }
  if (json_object_get_size (one_time_keys) > 0)
    json_object_set_object_member (job->body, "one_time_keys", g_steal_pointer (&one_time_keys));
  if (json_object_get_size (fallback_keys) > 0)
    json_object_set_object_member (job->body, "fallback_keys", g_steal_pointer (&fallback_keys));

  return TRUE;
}

static DexFuture *
upload_job (gpointer data)
{
  UploadJob         *job = data;
  g_autoptr (GError) error = NULL;

  if (!generate (job, &error) || !build_body (job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
upload_command (MtxCryptoEngine *self,
                gpointer         data)
{
  const MtxUploadNeed *need = data;
  g_auto (UploadJob)   job = {
      .ratchets = _mtx_crypto_engine_get_ratchets (self),
      .need = *need,
      .now_ms = g_get_real_time () / 1000,
      .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;

  if (!load_marks (self, job.marks, &error) || !_mtx_crypto_engine_work (self, upload_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, g_steal_pointer (&job.body));
}

/**
 * _mtx_crypto_engine_prepare_upload:
 * @self: an engine
 * @need: what the server lacks
 *
 * Makes the keys that are needed, commits them, and only then gives out the body that publishes them. As
 * long as an upload is not confirmed the same keys come again.
 *
 * Returns: (transfer full): a future that resolves to a boxed #JsonObject, the body of `POST /keys/upload`; it
 *   has no members if there is nothing to upload
 */
DexFuture *
_mtx_crypto_engine_prepare_upload (MtxCryptoEngine     *self,
                                   const MtxUploadNeed *need)
{
  return _mtx_crypto_engine_command (self, upload_command, g_memdup2 (need, sizeof *need), g_free);
}

static DexFuture *
confirm_job (gpointer data)
{
  UploadJob         *job = data;
  g_autoptr (GError) error = NULL;

  if (!mtx_olm_account_mark_published (job->ratchets->account, &error)
      || !mtx_ratchets_save_account (job->ratchets, job->changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
confirm_command (MtxCryptoEngine *self,
                 gpointer         data)
{
  JsonObject        *body = data;
  g_auto (UploadJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .now_ms = g_get_real_time () / 1000,
    .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;

  if (json_object_has_member (body, "device_keys"))
    mtx_crypto_store_put_mark (job.changes, MTX_CRYPTO_MARK_DEVICE_KEYS_PUBLISHED, 1);
  if (json_object_has_member (body, "fallback_keys"))
    mtx_crypto_store_put_mark (job.changes, MTX_CRYPTO_MARK_FALLBACK_KEY_PUBLISHED_AT, job.now_ms);
  mtx_crypto_store_put_mark (job.changes, MTX_CRYPTO_MARK_ONE_TIME_KEYS_PENDING, 0);

  if (!_mtx_crypto_engine_work (self, confirm_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

/**
 * _mtx_crypto_engine_confirm_upload:
 * @self: an engine
 * @body: the body the server accepted, as _mtx_crypto_engine_prepare_upload() gave it
 *
 * Marks the keys as published. No key may have been made since the body was: one upload at a time.
 *
 * Returns: (transfer full): a future that resolves to %TRUE after the commit
 */
DexFuture *
_mtx_crypto_engine_confirm_upload (MtxCryptoEngine *self,
                                   JsonObject      *body)
{
  return _mtx_crypto_engine_command (self, confirm_command, json_object_ref (body), (GDestroyNotify)json_object_unref);
}

static DexFuture *
cross_signing_job (gpointer data)
{
  UploadJob         *job = data;
  g_autoptr (GError) error = NULL;

  job->body = mtx_ratchets_build_cross_signing (job->ratchets, &error);

  return job->body != NULL ? dex_future_new_true () : dex_future_new_for_error (g_steal_pointer (&error));
}

static DexFuture *
cross_signing_command (MtxCryptoEngine *self,
                       gpointer         data)
{
  g_auto (UploadJob) job = { .ratchets = _mtx_crypto_engine_get_ratchets (self) };
  g_autoptr (GError) error = NULL;

  if (!_mtx_crypto_engine_work (self, cross_signing_job, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, g_steal_pointer (&job.body));
}

/**
 * _mtx_crypto_engine_build_cross_signing:
 * @self: an engine
 *
 * Makes the public part of our cross-signing keys, signed; the same every time.
 *
 * Returns: (transfer full): a future that resolves to a boxed #JsonObject, the body of
 *   `POST /keys/device_signing/upload`
 */
DexFuture *
_mtx_crypto_engine_build_cross_signing (MtxCryptoEngine *self)
{
  return _mtx_crypto_engine_command (self, cross_signing_command, NULL, NULL);
}
