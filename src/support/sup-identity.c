/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who somebody in the conversation is. What is shown is read from the store; what is decided goes to the engine with
 * the key that was on screen, so that nobody accepts an identity they did not see.
 */
#include "sup-identity-private.h"

#include "mtx-encryption.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-identities.h"
#include "mtx-outside.h"

/* A base64 key is read out in groups of four. */
#define FINGERPRINT_GROUP 4

struct _SupIdentity
{
  GObject parent_instance;

  /* Owned References */
  char            *user_id;
  MtxEncryption   *encryption; /* NULL before there is an account */
  MtxIdentityInfo *info;

  /* State */
  gboolean no_identity_allowed;
};

enum
{
  PROP_0,
  PROP_USER_ID,
  PROP_STATE,
  PROP_FINGERPRINT,
  PROP_PREVIOUS_FINGERPRINT,
  PROP_SIGNED_DEVICES,
  PROP_UNSIGNED_DEVICES,
  PROP_NO_IDENTITY_ALLOWED,
  PROP_BLOCKING,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupIdentity, sup_identity, G_TYPE_OBJECT)

static GParamSpec *properties[N_PROPS];

static char *
format_fingerprint (const char *master_key)
{
  GString *text;

  if (master_key == NULL)
    return NULL;

  text = g_string_new (NULL);
  for (gsize i = 0; master_key[i] != '\0'; i++)
    {
      if (i > 0 && i % FINGERPRINT_GROUP == 0)
        g_string_append_c (text, ' ');
      g_string_append_c (text, master_key[i]);
    }

  return g_string_free_and_steal (text);
}

/* What it was before; nothing to tell as long as it is the same. */
static char *
format_previous_fingerprint (SupIdentity *self)
{
  if (!mtx_identity_state_blocks (sup_identity_get_state (self)))
    return NULL;

  return format_fingerprint (mtx_identity_info_get_pinned_master_key (self->info));
}

static DexFuture *
look_up_fiber (gpointer data)
{
  SupIdentity                *self = data;
  g_autoptr (MtxEncryption)   encryption = g_object_ref (self->encryption);
  MtxIdentities              *identities = mtx_encryption_get_identities (encryption);
  g_autoptr (MtxIdentityInfo) info = NULL;
  g_autoptr (GError)          error = NULL;
  gint64                      is_allowed;

  is_allowed = dex_await_int64 (mtx_identities_load_no_identity_allowed (identities), &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  info = dex_await_boxed (mtx_identities_lookup (identities, self->user_id), &error);
  if (info == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  _sup_identity_show (self, info, is_allowed != 0);

  return dex_future_new_true ();
}

static void
on_identity_changed (SupIdentity *self,
                     const char  *user_id)
{
  if (g_str_equal (user_id, self->user_id))
    _sup_identity_look_up (self);
}

static void
sup_identity_finalize (GObject *object)
{
  SupIdentity *self = SUP_IDENTITY (object);

  g_clear_object (&self->encryption);
  g_clear_pointer (&self->info, mtx_identity_info_unref);
  g_clear_pointer (&self->user_id, g_free);

  G_OBJECT_CLASS (sup_identity_parent_class)->finalize (object);
}

static void
sup_identity_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  SupIdentity *self = SUP_IDENTITY (object);

  switch (prop_id)
    {
    case PROP_USER_ID:
      g_value_set_string (value, self->user_id);
      break;

    case PROP_STATE:
      g_value_set_enum (value, sup_identity_get_state (self));
      break;

    case PROP_FINGERPRINT:
      g_value_take_string (value,
                           self->info != NULL ? format_fingerprint (mtx_identity_info_get_master_key (self->info)) : NULL);
      break;

    case PROP_PREVIOUS_FINGERPRINT:
      g_value_take_string (value, format_previous_fingerprint (self));
      break;

    case PROP_SIGNED_DEVICES:
      g_value_set_uint (value, _sup_identity_get_signed (self));
      break;

    case PROP_UNSIGNED_DEVICES:
      g_value_set_uint (value, _sup_identity_get_unsigned (self));
      break;

    case PROP_NO_IDENTITY_ALLOWED:
      g_value_set_boolean (value, self->no_identity_allowed);
      break;

    case PROP_BLOCKING:
      g_value_set_boolean (value, sup_identity_get_blocking (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_identity_class_init (SupIdentityClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = sup_identity_finalize;
  object_class->get_property = sup_identity_get_property;
  mtx_outside_notify (object_class);

  properties[PROP_USER_ID] = g_param_spec_string ("user-id", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, MTX_TYPE_IDENTITY_STATE, MTX_IDENTITY_UNKNOWN, flags);
  properties[PROP_FINGERPRINT] = g_param_spec_string ("fingerprint", NULL, NULL, NULL, flags);
  properties[PROP_PREVIOUS_FINGERPRINT] = g_param_spec_string ("previous-fingerprint", NULL, NULL, NULL, flags);
  properties[PROP_SIGNED_DEVICES] = g_param_spec_uint ("signed-devices", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_UNSIGNED_DEVICES] = g_param_spec_uint ("unsigned-devices", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_NO_IDENTITY_ALLOWED] = g_param_spec_boolean ("no-identity-allowed", NULL, NULL, FALSE, flags);
  properties[PROP_BLOCKING] = g_param_spec_boolean ("blocking", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_identity_init (SupIdentity *self)
{
}

/* Nothing is known before the first look into the store. */
SupIdentity *
_sup_identity_new (const char *user_id)
{
  SupIdentity *self = g_object_new (SUP_TYPE_IDENTITY, NULL);

  self->user_id = g_strdup (user_id);

  return self;
}

/* From now on the store is read, at once and whenever something changed. */
void
_sup_identity_attach (SupIdentity   *self,
                      MtxEncryption *encryption)
{
  if (!g_set_object (&self->encryption, encryption))
    return;

  g_signal_connect_object (encryption, "identity-changed", G_CALLBACK (on_identity_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (encryption, "notify::own-keys", G_CALLBACK (_sup_identity_look_up), self, G_CONNECT_SWAPPED);
  _sup_identity_look_up (self);
}

/* Reads what is known from the store; asks nobody. */
void
_sup_identity_look_up (SupIdentity *self)
{
  if (self->encryption != NULL)
    mtx_fiber_fire (mtx_fiber_spawn ("identity-look-up", look_up_fiber, g_object_ref (self), g_object_unref),
                    "Looking up an identity");
}

/* Everything is notified together: what is read out of one answer is never mixed with an older one. */
void
_sup_identity_show (SupIdentity     *self,
                    MtxIdentityInfo *info,
                    gboolean         no_identity_allowed)
{
  mtx_identity_info_ref (info);
  g_clear_pointer (&self->info, mtx_identity_info_unref);
  self->info = info;
  self->no_identity_allowed = no_identity_allowed;

  for (guint i = PROP_STATE; i < N_PROPS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

/* How many devices can read what is sent. */
guint
_sup_identity_get_signed (SupIdentity *self)
{
  return self->info != NULL ? mtx_identity_info_get_signed_devices (self->info) : 0;
}

/* How many cannot, for want of their owner's signature. */
guint
_sup_identity_get_unsigned (SupIdentity *self)
{
  return self->info != NULL ? mtx_identity_info_get_unsigned_devices (self->info) : 0;
}

/**
 * sup_identity_get_user_id:
 * @self: an identity
 *
 * Gets whose it is.
 *
 * Returns: (transfer none): a Matrix user id
 */
const char *
sup_identity_get_user_id (SupIdentity *self)
{
  g_return_val_if_fail (SUP_IS_IDENTITY (self), NULL);

  return self->user_id;
}

/**
 * sup_identity_get_state:
 * @self: an identity
 *
 * Gets what is known of it.
 *
 * Returns: the state
 */
MtxIdentityState
sup_identity_get_state (SupIdentity *self)
{
  g_return_val_if_fail (SUP_IS_IDENTITY (self), MTX_IDENTITY_UNKNOWN);

  return self->info != NULL ? mtx_identity_info_get_state (self->info) : MTX_IDENTITY_UNKNOWN;
}

/**
 * sup_identity_get_blocking:
 * @self: an identity
 *
 * Gets whether messages wait for somebody's decision about it.
 *
 * Returns: %TRUE if nothing is sent
 */
gboolean
sup_identity_get_blocking (SupIdentity *self)
{
  MtxIdentityState state;

  g_return_val_if_fail (SUP_IS_IDENTITY (self), FALSE);

  state = sup_identity_get_state (self);

  return mtx_identity_state_blocks (state) || (state == MTX_IDENTITY_NONE && !self->no_identity_allowed);
}

static DexFuture *
refuse_without_identity (void)
{
  return dex_future_new_reject (MTX_ERROR, MTX_ERROR_INVALID, "There is no identity to decide about");
}

/**
 * sup_identity_acknowledge:
 * @self: an identity that changed
 *
 * Accepts the identity whose fingerprint is shown; messages go out again.
 *
 * Returns: (transfer full): a future that resolves once it is stored; rejects with %MTX_ERROR_UNTRUSTED if the
 *   identity changed once more, or the old one was verified
 */
DexFuture *
sup_identity_acknowledge (SupIdentity *self)
{
  g_return_val_if_fail (SUP_IS_IDENTITY (self), NULL);

  if (self->encryption == NULL || self->info == NULL || mtx_identity_info_get_master_key (self->info) == NULL)
    return refuse_without_identity ();

  return mtx_identities_acknowledge (mtx_encryption_get_identities (self->encryption), self->user_id,
                                     mtx_identity_info_get_master_key (self->info));
}

/**
 * sup_identity_withdraw:
 * @self: an identity that was verified and changed
 *
 * Gives the verification up and accepts the identity whose fingerprint is shown; messages go out again.
 *
 * Returns: (transfer full): a future that resolves once it is stored; rejects with %MTX_ERROR_UNTRUSTED if the
 *   identity changed once more
 */
DexFuture *
sup_identity_withdraw (SupIdentity *self)
{
  g_return_val_if_fail (SUP_IS_IDENTITY (self), NULL);

  if (self->encryption == NULL || self->info == NULL || mtx_identity_info_get_master_key (self->info) == NULL)
    return refuse_without_identity ();

  return mtx_identities_withdraw (mtx_encryption_get_identities (self->encryption), self->user_id,
                                  mtx_identity_info_get_master_key (self->info));
}

static DexFuture *
saved_cb (DexFuture *future,
          gpointer   user_data)
{
  _sup_identity_look_up (user_data);

  return dex_future_new_true ();
}

/**
 * sup_identity_set_no_identity_allowed:
 * @self: an identity
 * @allowed: whether messages also go out if the person has none
 *
 * Decides about people without a cross-signing identity (threat 16).
 *
 * Returns: (transfer full): a future that resolves once it is stored
 */
DexFuture *
sup_identity_set_no_identity_allowed (SupIdentity *self,
                                      gboolean     allowed)
{
  g_return_val_if_fail (SUP_IS_IDENTITY (self), NULL);

  if (self->encryption == NULL)
    return refuse_without_identity ();

  return dex_future_then (mtx_identities_save_no_identity_allowed (mtx_encryption_get_identities (self->encryption), allowed),
                          saved_cb, g_object_ref (self), g_object_unref);
}
