/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the other side of a verification says, and what follows from it. Anything out of order ends the verification
 * with the code that fits; after the end everything is ignored, so nobody cancels in turns.
 */
#include "mtx-verification-private.h"

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-sas-messages.h"
#include "mtx-secret-bytes.h"

/* A code we may show or compare; longer ones are not codes. */
#define CODE_MAX_BYTES 64

typedef void (*Receive) (MtxVerification *self,
                         JsonObject      *untrusted_content);

static gboolean
is_known_method (JsonObject *content)
{
  JsonArray *methods = mtx_json_get_array (content, "methods");
  guint      length = methods != NULL ? json_array_get_length (methods) : 0;

  for (guint i = 0; i < length; i++)
    if (g_strcmp0 (mtx_json_array_string (methods, i), MTX_SAS_METHOD) == 0)
      return TRUE;

  return FALSE;
}

/* A second device of theirs that accepts as well comes too late; the first one counts. */
static void
receive_ready (MtxVerification *self,
               JsonObject      *untrusted_content)
{
  const char *device_id = mtx_json_get_string (untrusted_content, "from_device");

  if (self->step != MTX_STEP_REQUESTED_BY_US)
    {
      if (self->step == MTX_STEP_REQUESTED_BY_THEM)
        _mtx_verification_fail (self, MTX_CANCEL_UNEXPECTED_MESSAGE);
      return;
    }
  if (device_id == NULL || g_strcmp0 (device_id, self->them->device_id) != 0)
    {
      _mtx_verification_fail (self, MTX_CANCEL_INVALID_MESSAGE);
      return;
    }
  if (!is_known_method (untrusted_content))
    {
      _mtx_verification_fail (self, MTX_CANCEL_UNKNOWN_METHOD);
      return;
    }

  _mtx_verification_set_step (self, MTX_STEP_READY);
  _mtx_verification_wait_for_start (self, MTX_VERIFICATION_ASKER_WAIT_MS);
}

/* Both sides started the same method: the smaller user id wins, then the smaller device id. */
static gboolean
do_we_win (MtxVerification *self)
{
  int order = strcmp (self->us->user_id, self->them->user_id);

  return order != 0 ? order < 0 : strcmp (self->us->device_id, self->them->device_id) < 0;
}

/* Promises the key before theirs is known: so nobody can choose a key by what it would show. */
static void
answer_start (MtxVerification *self)
{
  g_autofree char       *commitment = NULL;
  g_autoptr (JsonObject) accept = NULL;
  g_autoptr (GError)     error = NULL;

  self->sas = mtx_sas_new (&error);
  if (self->sas != NULL)
    commitment = mtx_sas_commitment (mtx_sas_get_public_key (self->sas), self->start, &error);
  if (commitment == NULL)
    {
      g_debug ("A start cannot be answered: %s", error->message);
      _mtx_verification_fail (self, MTX_CANCEL_INVALID_MESSAGE);
      return;
    }

  accept = mtx_sas_messages_build_accept (self->start, commitment);
  _mtx_verification_send (self, MTX_VERIFICATION_ACCEPT_EVENT, accept);
  _mtx_verification_set_step (self, MTX_STEP_ACCEPT_SENT);
}

static void
receive_start (MtxVerification *self,
               JsonObject      *untrusted_content)
{
  const char *method = mtx_json_get_string (untrusted_content, "method");
  const char *device_id = mtx_json_get_string (untrusted_content, "from_device");

  if (self->step != MTX_STEP_READY && self->step != MTX_STEP_START_SENT)
    {
      _mtx_verification_fail (self, MTX_CANCEL_UNEXPECTED_MESSAGE);
      return;
    }
  /* Another device of theirs has no part in this. */
  if (device_id != NULL && g_strcmp0 (device_id, self->them->device_id) != 0)
    return;
  if (method == NULL || device_id == NULL)
    {
      _mtx_verification_fail (self, MTX_CANCEL_INVALID_MESSAGE);
      return;
    }
  if (!g_str_equal (method, MTX_SAS_METHOD))
    {
      _mtx_verification_fail (self,
                              self->step == MTX_STEP_START_SENT ? MTX_CANCEL_UNEXPECTED_MESSAGE : MTX_CANCEL_UNKNOWN_METHOD);
      return;
    }
  if (self->step == MTX_STEP_START_SENT && do_we_win (self))
    return;
  if (!mtx_sas_messages_check_start (untrusted_content))
    {
      _mtx_verification_fail (self, MTX_CANCEL_UNKNOWN_METHOD);
      return;
    }

  g_clear_pointer (&self->start, json_object_unref);
  self->start = json_object_ref (untrusted_content);
  self->is_ours = FALSE;
  answer_start (self);
}

static void
send_key (MtxVerification *self)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "key", mtx_sas_get_public_key (self->sas));
  _mtx_verification_send (self, MTX_VERIFICATION_KEY_EVENT, content);
}

static void
receive_accept (MtxVerification *self,
                JsonObject      *untrusted_content)
{
  const char        *commitment = mtx_json_get_string (untrusted_content, "commitment");
  g_autoptr (GError) error = NULL;

  if (self->step != MTX_STEP_START_SENT)
    {
      _mtx_verification_fail (self, MTX_CANCEL_UNEXPECTED_MESSAGE);
      return;
    }
  if (!mtx_sas_messages_check_accept (untrusted_content))
    {
      _mtx_verification_fail (self, MTX_CANCEL_UNKNOWN_METHOD);
      return;
    }
  if (commitment == NULL)
    {
      _mtx_verification_fail (self, MTX_CANCEL_INVALID_MESSAGE);
      return;
    }

  self->sas = mtx_sas_new (&error);
  if (self->sas == NULL)
    {
      g_debug ("No key for the exchange: %s", error->message);
      _mtx_verification_fail (self, MTX_CANCEL_USER);
      return;
    }
  g_set_str (&self->commitment, commitment);
  send_key (self);
  _mtx_verification_set_step (self, MTX_STEP_KEY_SENT);
}

/* Everything both sides are goes into what they compare; so a role or a name that was swapped shows. */
static gboolean
derive_strings (MtxVerification *self,
                const char      *their_key,
                GError         **error)
{
  MtxSasParty us = { self->us->user_id, self->us->device_id, mtx_sas_get_public_key (self->sas) };
  MtxSasParty them = { self->them->user_id, self->them->device_id, their_key };
  guint8      bytes[MTX_SAS_BYTES];

  if (!mtx_sas_set_their_key (self->sas, their_key, error)
      || !mtx_sas_derive_bytes (self->sas,
                                self->is_ours ? &us : &them,
                                self->is_ours ? &them : &us,
                                self->transaction_id,
                                bytes,
                                error))
    return FALSE;

  mtx_sas_get_emoji (bytes, self->emoji);
  mtx_sas_get_decimals (bytes, self->decimals);
  mtx_secret_wipe (bytes, sizeof bytes);

  return TRUE;
}

static void
receive_key (MtxVerification *self,
             JsonObject      *untrusted_content)
{
  const char        *key = mtx_json_get_string (untrusted_content, "key");
  g_autoptr (GError) error = NULL;

  if (self->step != MTX_STEP_ACCEPT_SENT && self->step != MTX_STEP_KEY_SENT)
    {
      _mtx_verification_fail (self, MTX_CANCEL_UNEXPECTED_MESSAGE);
      return;
    }
  if (key == NULL)
    {
      _mtx_verification_fail (self, MTX_CANCEL_INVALID_MESSAGE);
      return;
    }
  if (self->step == MTX_STEP_KEY_SENT && !mtx_sas_check_commitment (self->commitment, key, self->start, &error))
    {
      _mtx_verification_fail (self, MTX_CANCEL_MISMATCHED_COMMITMENT);
      return;
    }
  if (!derive_strings (self, key, &error))
    {
      g_debug ("The key for the exchange is none: %s", error->message);
      _mtx_verification_fail (self, MTX_CANCEL_INVALID_MESSAGE);
      return;
    }

  if (self->step == MTX_STEP_ACCEPT_SENT)
    send_key (self);
  _mtx_verification_set_step (self, MTX_STEP_COMPARING);
}

/* Between two people the identities count; between two devices of one person the device does. */
static gboolean
is_enough (MtxVerification *self,
           MtxVouched       vouched)
{
  gboolean is_own = g_str_equal (self->us->user_id, self->them->user_id);

  return (vouched & (is_own ? MTX_VOUCHED_DEVICE : MTX_VOUCHED_MASTER)) != 0;
}

static void
receive_mac (MtxVerification *self,
             JsonObject      *untrusted_content)
{
  MtxVouched         vouched;
  g_autoptr (GError) error = NULL;

  if ((self->step != MTX_STEP_COMPARING && self->step != MTX_STEP_CONFIRMED) || self->vouched != MTX_VOUCHED_NOTHING)
    {
      _mtx_verification_fail (self, MTX_CANCEL_UNEXPECTED_MESSAGE);
      return;
    }
  if (!mtx_sas_messages_check_mac (self->sas, self->us, self->them, self->transaction_id, untrusted_content, &vouched, &error)
      || !is_enough (self, vouched))
    {
      g_debug ("The other side's keys are not those we know%s%s", error != NULL ? ": " : "", error != NULL ? error->message : "");
      _mtx_verification_fail (self, MTX_CANCEL_KEY_MISMATCH);
      return;
    }

  self->vouched = vouched;
  _mtx_verification_try_sign (self);
}

/* Theirs may be there before our signature is; it changes nothing then. */
static void
receive_done (MtxVerification *self,
              JsonObject      *untrusted_content)
{
  if (self->step != MTX_STEP_SIGNING)
    _mtx_verification_fail (self, MTX_CANCEL_UNEXPECTED_MESSAGE);
}

static void
receive_cancel (MtxVerification *self,
                JsonObject      *untrusted_content)
{
  const char *code = mtx_json_get_string (untrusted_content, "code");

  if (self->step == MTX_STEP_SIGNING)
    return;
  if (code == NULL || strlen (code) > CODE_MAX_BYTES)
    code = MTX_CANCEL_USER;
  _mtx_verification_drop (self, code);
}

/**
 * _mtx_verification_receive:
 * @self: a verification
 * @type: type of an event that names this verification, from its other user
 * @untrusted_content: its content, with the reference
 *
 * Takes the next event. For a `ready`, _mtx_verification_set_them() comes first. Once both sides confirmed, a
 * cancellation comes too late.
 */
void
_mtx_verification_receive (MtxVerification *self,
                           const char      *type,
                           JsonObject      *untrusted_content)
{
  static const struct
  {
    const char *type;
    Receive     receive;
  } receivers[] = {
    { MTX_VERIFICATION_READY_EVENT, receive_ready },
    { MTX_VERIFICATION_START_EVENT, receive_start },
    { MTX_VERIFICATION_ACCEPT_EVENT, receive_accept },
    { MTX_VERIFICATION_KEY_EVENT, receive_key },
    { MTX_VERIFICATION_MAC_EVENT, receive_mac },
    { MTX_VERIFICATION_DONE_EVENT, receive_done },
    { MTX_VERIFICATION_CANCEL_EVENT, receive_cancel },
  };

  if (_mtx_verification_is_over (self))
    return;

  for (guint i = 0; i < G_N_ELEMENTS (receivers); i++)
    if (g_str_equal (type, receivers[i].type))
      {
        receivers[i].receive (self, untrusted_content);
        return;
      }

  _mtx_verification_fail (self, MTX_CANCEL_UNEXPECTED_MESSAGE);
}
