/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the bytes of a provider file or of a pointer file.
 */
#include "sup-provider-file.h"

#include "sup-provider-document.h"
#include "sup-provider-fields.h"
#include "sup-provider-login.h"

#include "mtx-json.h"

/* Instead of settings, a login with which to fetch them (provider.md, section 4). */
static gboolean
is_pointer (JsonObject *root)
{
  return json_object_has_member (root, "login") && json_object_has_member (root, "wallet-provider");
}

static SupProviderInput *
read_pointer (JsonObject *root,
              GError    **error)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  SupProviderFields     fields = { root, NULL, warnings };
  g_autofree char      *login = sup_provider_fields_dup_text (&fields, "login");
  g_autofree char      *password = sup_provider_fields_dup_text (&fields, "password");
  g_autofree char      *base = sup_provider_fields_dup_text (&fields, "wallet-provider");

  /* Blanks around a password may belong to it; only the words for "none" are dropped. */
  return sup_provider_login_check (base, login, password != NULL ? mtx_json_get_string (root, "password") : NULL, error);
}

/**
 * sup_provider_file_read:
 * @untrusted: bytes
 * @length: how many, or -1 if NUL-terminated
 * @origin: where they come from; not %SUP_PROVIDER_ORIGIN_DOMAIN, whose documents have their own reader
 * @origin_name: (nullable): the file's name if it was installed by a distributor
 * @error: return location for a code of %SUP_PROVIDER_ERROR
 *
 * Reads a provider file: a wallet-provider configuration, its `helpCenterOptions` with or without the
 * wrapper, a support document, or a pointer file. Contacts nobody.
 *
 * Returns: (transfer full): the input, of kind provider or fetch, or %NULL
 */
SupProviderInput *
sup_provider_file_read (const char       *untrusted,
                        gssize            length,
                        SupProviderOrigin origin,
                        const char       *origin_name,
                        GError          **error)
{
  g_autoptr (JsonObject)  root = NULL;
  g_autoptr (SupProvider) provider = NULL;

  g_return_val_if_fail (untrusted != NULL || length == 0, NULL);

  root = sup_provider_document_parse (untrusted, length, SUP_PROVIDER_FILE_MAX_BYTES, error);
  if (root == NULL)
    return NULL;
  if (is_pointer (root))
    return read_pointer (root, error);

  provider = sup_provider_document_read (root, origin, origin_name, error);
  return provider != NULL ? sup_provider_input_new_provider (provider) : NULL;
}
