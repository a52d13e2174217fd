/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a device must not be used any more: because this store is an old copy whose ratchets went on elsewhere
 * (threat 101), or because the server ended it (protocol.md M3). Its place is taken by a new device under the same
 * identity; history and room keys stay. After a logout that waits until the person wants it.
 *
 * An old copy is known by its generation, a number that is raised in the store and then in the keyring at every
 * start and end: a store behind its keyring was put back. Where the keyring was put back with it, the server is the
 * witness (mtx-session-witness.c); and it refuses one-time keys under names it knows.
 */
#include "mtx-session-private.h"

#include "mtx-change-set.h"
#include "mtx-credentials.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-outbox-store.h"
#include "mtx-session-secrets.h"
#include "mtx-session-store.h"

/* Not longer than this does the end wait for the keyring, and so often is the number raised in a long run. */
#define KEYRING_PATIENCE_MS 2000
#define RAISE_AGAIN_US      (10 * G_USEC_PER_SEC * 60)

/* Values of the setting. */
#define DEVICE_COPIED     "copied"
#define DEVICE_LOGGED_OUT "logged-out"

/* In a fiber. 0 if there is none. */
static gboolean
load_generation (MtxSession *self,
                 GError    **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char   *text = dex_await_string (mtx_session_store_load_setting (self->db, MTX_SETTING_GENERATION), &failure);

  if (text == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  self->generation = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;

  return TRUE;
}

/* In a fiber. A session that is opened again does not know yet whose it is; the person who looks through the keyring
 * shall. */
static gboolean
load_label (MtxSession *self,
            GError    **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char   *label = NULL;

  if (!g_str_equal (self->label, MTX_SESSION_DEFAULT_LABEL))
    return TRUE;

  label = dex_await_string (mtx_session_store_load_setting (self->db, MTX_SETTING_KEYRING_LABEL), &failure);
  if (label == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (label != NULL && *label != '\0')
    g_set_str (&self->label, label);

  return TRUE;
}

/* In a fiber. A keyring that does not answer proves nothing. */
static gboolean
is_old_copy (MtxSession *self)
{
  g_autoptr (GError) failure = NULL;
  gint64             kept = dex_await_int64 (mtx_session_secrets_load_generation (self->keyring, self->provider), &failure);

  if (failure != NULL)
    {
      g_debug ("The generation in the keyring cannot be read: %s", failure->message);
      return FALSE;
    }
  if (kept <= self->generation)
    return FALSE;

  g_info ("The store is an old copy");
  self->generation = kept;

  return TRUE;
}

/* In a fiber. The new device has its name before anybody hears of it; logging in to it is like logging in again. */
static gboolean
renew (MtxSession *self,
       GError    **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autofree char         *device_id = mtx_credentials_draw_device_id (error);

  if (device_id == NULL)
    return FALSE;

  mtx_crypto_engine_put_device_gone (changes);
  mtx_outbox_store_put_all_failed (changes, MTX_ERROR_LOG_IN_AGAIN);
  mtx_session_store_put_new_device (changes, device_id, MTX_SESSION_STEP_REGISTERED);
  mtx_session_store_put_setting (changes, MTX_SETTING_DEVICE, NULL);
  mtx_session_store_put_setting (changes, MTX_SETTING_WITNESS, NULL);
  mtx_session_store_put_setting (changes, MTX_SETTING_WITNESS_BEFORE, NULL);
  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;

  g_set_str (&self->device_id, device_id);
  self->step = MTX_SESSION_STEP_REGISTERED;
  self->device = MTX_SESSION_DEVICE_RENEWED;
  self->is_device_new = TRUE;
  self->n_renewals++;

  return TRUE;
}

/* In a fiber, between the store and everything that uses the device. */
gboolean
_mtx_session_check_device (MtxSession *self,
                           GError    **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char   *said = NULL;
  gboolean           is_wanted = self->device == MTX_SESSION_DEVICE_WANTED;

  self->device = MTX_SESSION_DEVICE_KEPT;
  if (!load_generation (self, error) || !load_label (self, error))
    return FALSE;
  said = dex_await_string (mtx_session_store_load_setting (self->db, MTX_SETTING_DEVICE), &failure);
  if (said == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  if (is_old_copy (self) || g_strcmp0 (said, DEVICE_COPIED) == 0 || (is_wanted && said != NULL))
    return renew (self, error);
  if (g_strcmp0 (said, DEVICE_LOGGED_OUT) == 0)
    self->device = MTX_SESSION_DEVICE_LOGGED_OUT;

  return TRUE;
}

/* The device is not to be used from now on, in this life or another. */
void
_mtx_session_lose_device (MtxSession      *self,
                          MtxSessionDevice how)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  if (self->device == MTX_SESSION_DEVICE_COPIED || self->db == NULL)
    return;

  self->device = how;
  mtx_session_store_put_setting (changes, MTX_SETTING_DEVICE,
                                 how == MTX_SESSION_DEVICE_COPIED ? DEVICE_COPIED : DEVICE_LOGGED_OUT);
  mtx_fiber_fire (mtx_db_commit (self->db, changes), "Remembering that the device is gone");
  if (how == MTX_SESSION_DEVICE_COPIED)
    {
      g_set_error_literal (&error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN, "Somebody else uses this device");
      _mtx_session_lose (self, error);
    }
}

/* Store first: killed in between, the store is ahead, which means nothing. */
static DexFuture *
raise_fiber (gpointer data)
{
  MtxSession              *self = data;
  gint64                   generation = self->generation + 1;
  g_autofree char         *text = g_strdup_printf ("%" G_GINT64_FORMAT, generation);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  self->generation = generation;
  self->raised_at = g_get_monotonic_time ();
  mtx_session_store_put_setting (changes, MTX_SETTING_GENERATION, text);
  mtx_session_store_put_setting (changes, MTX_SETTING_KEYRING_LABEL, self->label);
  if (self->db == NULL || !dex_await (mtx_db_commit (self->db, changes), &error))
    return error != NULL ? dex_future_new_for_error (g_steal_pointer (&error)) : dex_future_new_true ();

  return mtx_session_secrets_save_generation (self->keyring, self->provider, self->label, generation);
}

static DexFuture *
raise_generation (MtxSession *self)
{
  return mtx_turns_take (&self->raising, "[generation-raise]", raise_fiber, g_object_ref (self), g_object_unref);
}

/* At the start, and now and then. */
void
_mtx_session_raise_generation (MtxSession *self)
{
  if (self->raised_at == 0 || g_get_monotonic_time () - self->raised_at > RAISE_AGAIN_US)
    {
      self->raised_at = g_get_monotonic_time ();
      mtx_fiber_fire (raise_generation (self), "Raising the generation of the store");
    }
}

/* At the end, when nothing moves any more; resolves or rejects in time. */
DexFuture *
_mtx_session_end_generation (MtxSession *self)
{
  if (self->raised_at == 0)
    return dex_future_new_true ();

  return dex_future_first (raise_generation (self), mtx_future_after (KEYRING_PATIENCE_MS), NULL);
}

/**
 * mtx_session_want_device:
 * @self: a session that is closed after the server ended it
 *
 * The person wants to go on: the next opening logs in as a new device.
 */
void
mtx_session_want_device (MtxSession *self)
{
  g_return_if_fail (MTX_IS_SESSION (self));
  g_return_if_fail (self->db == NULL);

  self->device = MTX_SESSION_DEVICE_WANTED;
}

/**
 * mtx_session_is_copied:
 * @self: a session
 *
 * Returns: whether it ended because somebody else uses its device, and opened again it has another. A server that
 *   finds that of every device is believed once.
 */
gboolean
mtx_session_is_copied (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), FALSE);

  return self->device == MTX_SESSION_DEVICE_COPIED && self->n_renewals == 0;
}
