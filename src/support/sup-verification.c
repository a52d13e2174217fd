/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One verification as a dialog shows it. It adds nothing to the protocol's own but words a person can act on: the codes
 * of the specification become reasons.
 */
#include "sup-verification-private.h"

#include "mtx-outside.h"

struct _SupVerification
{
  GObject parent_instance;

  /* Owned References */
  MtxVerification *verification;

  /* State */
  gboolean is_own;
};

enum
{
  PROP_0,
  PROP_STATE,
  PROP_REASON,
  PROP_PRESSING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_ENUM_TYPE (SupVerificationState, sup_verification_state, G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_ASKED_BY_US, "asked-by-us"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_ASKED_BY_THEM, "asked-by-them"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_PREPARING, "preparing"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_COMPARING, "comparing"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_CONFIRMED, "confirmed"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_DONE, "done"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_CANCELLED, "cancelled"))

G_DEFINE_ENUM_TYPE (SupVerificationReason, sup_verification_reason, G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_NOT_CANCELLED, "not-cancelled"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_BY_US, "by-us"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_BY_THEM, "by-them"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_TIMED_OUT, "timed-out"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_MISMATCH, "mismatch"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_ELSEWHERE, "elsewhere"), G_DEFINE_ENUM_VALUE (SUP_VERIFICATION_FAILED, "failed"))

G_DEFINE_FINAL_TYPE (SupVerification, sup_verification, G_TYPE_OBJECT)

static void
on_state_changed (SupVerification *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  if (sup_verification_get_state (self) == SUP_VERIFICATION_CANCELLED)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REASON]);
}

static void
on_pressing_changed (SupVerification *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRESSING]);
}

static void
sup_verification_finalize (GObject *object)
{
  SupVerification *self = SUP_VERIFICATION (object);

  g_clear_object (&self->verification);

  G_OBJECT_CLASS (sup_verification_parent_class)->finalize (object);
}

static void
sup_verification_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  SupVerification *self = SUP_VERIFICATION (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int)sup_verification_get_state (self));
      break;

    case PROP_REASON:
      g_value_set_enum (value, (int)sup_verification_get_reason (self));
      break;

    case PROP_PRESSING:
      g_value_set_boolean (value, sup_verification_get_pressing (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_verification_class_init (SupVerificationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = sup_verification_finalize;
  object_class->get_property = sup_verification_get_property;
  mtx_outside_notify (object_class);

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SUP_TYPE_VERIFICATION_STATE, SUP_VERIFICATION_ASKED_BY_US, flags);
  properties[PROP_REASON] = g_param_spec_enum ("reason", NULL, NULL, SUP_TYPE_VERIFICATION_REASON, SUP_VERIFICATION_NOT_CANCELLED, flags);
  properties[PROP_PRESSING] = g_param_spec_boolean ("pressing", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_verification_init (SupVerification *self)
{
}

/* @own_user_id tells another device of ours from a person. */
SupVerification *
_sup_verification_new (MtxVerification *verification,
                       const char      *own_user_id)
{
  SupVerification *self = g_object_new (SUP_TYPE_VERIFICATION, NULL);

  self->verification = g_object_ref (verification);
  self->is_own = g_strcmp0 (mtx_verification_get_user_id (verification), own_user_id) == 0;
  g_signal_connect_object (verification, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (verification, "notify::pressing", G_CALLBACK (on_pressing_changed), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * sup_verification_get_state:
 * @self: a verification
 *
 * Gets how far it is.
 *
 * Returns: the state
 */
SupVerificationState
sup_verification_get_state (SupVerification *self)
{
  g_return_val_if_fail (SUP_IS_VERIFICATION (self), SUP_VERIFICATION_CANCELLED);

  switch (mtx_verification_get_state (self->verification))
    {
    case MTX_VERIFICATION_REQUESTED_BY_US:
      return SUP_VERIFICATION_ASKED_BY_US;

    case MTX_VERIFICATION_REQUESTED_BY_THEM:
      return SUP_VERIFICATION_ASKED_BY_THEM;

    case MTX_VERIFICATION_READY:
    case MTX_VERIFICATION_STARTED:
      return SUP_VERIFICATION_PREPARING;

    case MTX_VERIFICATION_COMPARING:
      return SUP_VERIFICATION_COMPARING;

    case MTX_VERIFICATION_CONFIRMED:
      return SUP_VERIFICATION_CONFIRMED;

    case MTX_VERIFICATION_DONE:
      return SUP_VERIFICATION_DONE;

    case MTX_VERIFICATION_CANCELLED:
    default:
      return SUP_VERIFICATION_CANCELLED;
    }
}

/**
 * sup_verification_get_reason:
 * @self: a verification
 *
 * Gets why it was cancelled.
 *
 * Returns: the reason
 */
SupVerificationReason
sup_verification_get_reason (SupVerification *self)
{
  static const struct
  {
    const char           *code;
    SupVerificationReason reason;
  } reasons[] = {
    { MTX_CANCEL_TIMEOUT, SUP_VERIFICATION_TIMED_OUT },
    { MTX_CANCEL_MISMATCHED_SAS, SUP_VERIFICATION_MISMATCH },
    { MTX_CANCEL_KEY_MISMATCH, SUP_VERIFICATION_MISMATCH },
    { MTX_CANCEL_USER_MISMATCH, SUP_VERIFICATION_MISMATCH },
    { MTX_CANCEL_MISMATCHED_COMMITMENT, SUP_VERIFICATION_MISMATCH },
    { MTX_CANCEL_ACCEPTED, SUP_VERIFICATION_ELSEWHERE },
  };
  const char *code;

  g_return_val_if_fail (SUP_IS_VERIFICATION (self), SUP_VERIFICATION_FAILED);

  code = mtx_verification_get_cancel_code (self->verification);
  if (code == NULL)
    return SUP_VERIFICATION_NOT_CANCELLED;
  if (g_str_equal (code, MTX_CANCEL_USER))
    return mtx_verification_is_cancelled_by_us (self->verification) ? SUP_VERIFICATION_BY_US : SUP_VERIFICATION_BY_THEM;

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_str_equal (code, reasons[i].code))
      return reasons[i].reason;

  return SUP_VERIFICATION_FAILED;
}

/**
 * sup_verification_get_user_id:
 * @self: a verification
 *
 * Gets who is on the other side.
 *
 * Returns: a user id
 */
const char *
sup_verification_get_user_id (SupVerification *self)
{
  g_return_val_if_fail (SUP_IS_VERIFICATION (self), NULL);

  return mtx_verification_get_user_id (self->verification);
}

/**
 * sup_verification_is_own:
 * @self: a verification
 *
 * Tells a device from a person.
 *
 * Returns: whether the other side is another device of ours
 */
gboolean
sup_verification_is_own (SupVerification *self)
{
  g_return_val_if_fail (SUP_IS_VERIFICATION (self), FALSE);

  return self->is_own;
}

/**
 * sup_verification_get_pressing:
 * @self: a verification
 *
 * Says whether somebody asked within the last two minutes. Later the request can still be answered, but a dialog does
 * not open by itself, and closes if nobody touched it.
 *
 * Returns: whether it may ask for attention
 */
gboolean
sup_verification_get_pressing (SupVerification *self)
{
  g_return_val_if_fail (SUP_IS_VERIFICATION (self), FALSE);

  return mtx_verification_get_pressing (self->verification);
}

/**
 * sup_verification_get_emoji:
 * @self: a verification
 * @indices: (out caller-allocates) (array fixed-size=7): numbers below 64, for sup_emoji_words_get_picture()
 *
 * Gets what both sides compare.
 *
 * Returns: %FALSE if there is nothing to compare (yet)
 */
gboolean
sup_verification_get_emoji (SupVerification *self,
                            guint            indices[SUP_VERIFICATION_N_EMOJI])
{
  g_return_val_if_fail (SUP_IS_VERIFICATION (self), FALSE);

  return mtx_verification_get_emoji (self->verification, indices);
}

/**
 * sup_verification_get_decimals:
 * @self: a verification
 * @numbers: (out caller-allocates) (array fixed-size=3): numbers of four digits
 *
 * Gets the same as numbers.
 *
 * Returns: %FALSE if there is nothing to compare (yet)
 */
gboolean
sup_verification_get_decimals (SupVerification *self,
                               guint            numbers[SUP_VERIFICATION_N_DECIMALS])
{
  g_return_val_if_fail (SUP_IS_VERIFICATION (self), FALSE);

  return mtx_verification_get_decimals (self->verification, numbers);
}

/**
 * sup_verification_accept:
 * @self: a verification
 *
 * Takes up what they asked for.
 */
void
sup_verification_accept (SupVerification *self)
{
  g_return_if_fail (SUP_IS_VERIFICATION (self));

  mtx_verification_accept (self->verification);
}

/**
 * sup_verification_confirm:
 * @self: a verification
 *
 * Says that both sides show the same.
 */
void
sup_verification_confirm (SupVerification *self)
{
  g_return_if_fail (SUP_IS_VERIFICATION (self));

  mtx_verification_confirm (self->verification);
}

/**
 * sup_verification_mismatch:
 * @self: a verification
 *
 * Says that the two sides show different things.
 */
void
sup_verification_mismatch (SupVerification *self)
{
  g_return_if_fail (SUP_IS_VERIFICATION (self));

  mtx_verification_mismatch (self->verification);
}

/**
 * sup_verification_cancel:
 * @self: a verification
 *
 * Declines, or does not want to any more.
 */
void
sup_verification_cancel (SupVerification *self)
{
  g_return_if_fail (SUP_IS_VERIFICATION (self));

  mtx_verification_cancel (self->verification);
}
