/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an input turned out to be, as an immutable, counted value.
 */
#include "sup-provider-input.h"

#include "mtx-secret-bytes.h"
#include "sup-provider.h"

struct _SupProviderInput
{
  gatomicrefcount      ref_count;
  SupProviderInputKind kind;

  /* provider */
  SupProvider *provider;

  /* fetch */
  char           *base;
  char           *login;
  MtxSecretBytes *password;
  gboolean        guest;

  /* lookup */
  char *domain;
};

G_DEFINE_BOXED_TYPE (SupProviderInput, sup_provider_input, sup_provider_input_ref, sup_provider_input_unref)

static SupProviderInput *
new_of_kind (SupProviderInputKind kind)
{
  SupProviderInput *self = g_new0 (SupProviderInput, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->kind = kind;
  return self;
}

/**
 * sup_provider_input_new_provider:
 * @provider: (transfer none): a record
 *
 * An input that was a provider.
 *
 * Returns: (transfer full): the input
 */
SupProviderInput *
sup_provider_input_new_provider (SupProvider *provider)
{
  SupProviderInput *self;

  g_return_val_if_fail (provider != NULL, NULL);

  self = new_of_kind (SUP_PROVIDER_INPUT_PROVIDER);
  self->provider = sup_provider_ref (provider);
  return self;
}

/**
 * sup_provider_input_new_fetch:
 * @base: the normalised https base URL of the wallet-provider
 * @login: the login, checked
 * @password: (transfer none): the password, UTF-8 without a terminating NUL
 * @guest: whether it is a shared guest login, whose password is public
 *
 * An input that says where to fetch the record.
 *
 * Returns: (transfer full): the input
 */
SupProviderInput *
sup_provider_input_new_fetch (const char     *base,
                              const char     *login,
                              MtxSecretBytes *password,
                              gboolean        guest)
{
  SupProviderInput *self;

  g_return_val_if_fail (base != NULL && login != NULL && password != NULL, NULL);

  self = new_of_kind (SUP_PROVIDER_INPUT_FETCH);
  self->base = g_strdup (base);
  self->login = g_strdup (login);
  self->password = mtx_secret_bytes_ref (password);
  self->guest = guest;
  return self;
}

/**
 * sup_provider_input_new_lookup:
 * @domain: a dotted host name in lower case, without a port
 *
 * An input that named a domain to ask.
 *
 * Returns: (transfer full): the input
 */
SupProviderInput *
sup_provider_input_new_lookup (const char *domain)
{
  SupProviderInput *self;

  g_return_val_if_fail (domain != NULL, NULL);

  self = new_of_kind (SUP_PROVIDER_INPUT_LOOKUP);
  self->domain = g_strdup (domain);
  return self;
}

/**
 * sup_provider_input_ref:
 * @self: an input
 *
 * Takes a reference; may be called from any thread.
 *
 * Returns: (transfer full): @self
 */
SupProviderInput *
sup_provider_input_ref (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * sup_provider_input_unref:
 * @self: (transfer full): an input
 *
 * Releases a reference; the password is wiped with the last one.
 */
void
sup_provider_input_unref (SupProviderInput *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->provider, sup_provider_unref);
  g_free (self->base);
  g_free (self->login);
  g_clear_pointer (&self->password, mtx_secret_bytes_unref);
  g_free (self->domain);
  g_free (self);
}

/**
 * sup_provider_input_get_kind:
 * @self: an input
 *
 * What the input is; it says which of the other getters answer.
 *
 * Returns: the kind
 */
SupProviderInputKind
sup_provider_input_get_kind (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, SUP_PROVIDER_INPUT_PROVIDER);
  return self->kind;
}

/**
 * sup_provider_input_get_provider:
 * @self: an input
 *
 * The record.
 *
 * Returns: (transfer none) (nullable): the record, %NULL unless the kind is %SUP_PROVIDER_INPUT_PROVIDER
 */
SupProvider *
sup_provider_input_get_provider (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->provider;
}

/**
 * sup_provider_input_get_base:
 * @self: an input
 *
 * The wallet-provider to fetch from.
 *
 * Returns: (nullable): an https URL without a trailing slash, %NULL unless the kind is
 *   %SUP_PROVIDER_INPUT_FETCH
 */
const char *
sup_provider_input_get_base (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->base;
}

/**
 * sup_provider_input_get_login:
 * @self: an input
 *
 * The login at the wallet-provider. Not to be logged.
 *
 * Returns: (nullable): the login, %NULL unless the kind is %SUP_PROVIDER_INPUT_FETCH
 */
const char *
sup_provider_input_get_login (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->login;
}

/**
 * sup_provider_input_get_password:
 * @self: an input
 *
 * The password at the wallet-provider, UTF-8 without a terminating NUL.
 *
 * Returns: (transfer none) (nullable): the password, %NULL unless the kind is %SUP_PROVIDER_INPUT_FETCH
 */
MtxSecretBytes *
sup_provider_input_get_password (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->password;
}

/**
 * sup_provider_input_is_guest:
 * @self: an input
 *
 * Whether the login is a shared guest login, whose password is public.
 *
 * Returns: %TRUE for a guest
 */
gboolean
sup_provider_input_is_guest (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->guest;
}

/**
 * sup_provider_input_get_domain:
 * @self: an input
 *
 * The domain to ask.
 *
 * Returns: (nullable): a host name in lower case, %NULL unless the kind is %SUP_PROVIDER_INPUT_LOOKUP
 */
const char *
sup_provider_input_get_domain (SupProviderInput *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->domain;
}
