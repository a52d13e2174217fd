/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the `contacts` of https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport.
 */
#include "sup-provider-contacts.h"

#include "mtx-id.h"

typedef gboolean (*RoleFunc) (const char *role);

/* A namespaced role; names that start with m. belong to the specification, which has none for support. */
static gboolean
is_support_role (const char *role)
{
  return g_str_has_suffix (role, ".support") && !g_str_has_prefix (role, "m.") && role[0] != '.';
}

static gboolean
is_admin_role (const char *role)
{
  return g_str_equal (role, "m.role.admin");
}

static void
read_contact (const SupProviderFields *contact,
              SupProviderContact      *chosen)
{
  g_autofree char *id = sup_provider_fields_dup_text (contact, "matrix_id");
  g_autofree char *email = sup_provider_fields_dup_text (contact, "email_address");

  if (id != NULL && chosen->support_id == NULL)
    {
      chosen->support_id = mtx_user_id_new (id, NULL);
      if (chosen->support_id == NULL)
        sup_provider_fields_warn (contact, "id", "matrix_id");
      else if (mtx_user_id_is_historical (chosen->support_id))
        sup_provider_fields_warn (contact, "historical-user-id", "matrix_id");
    }

  if (email != NULL && chosen->email == NULL)
    {
      if (sup_provider_email_is_valid (email))
        chosen->email = g_steal_pointer (&email);
      else
        sup_provider_fields_warn (contact, "email", "email_address");
    }
}

/* The first usable account and the first usable mailbox among the contacts of one kind of role. */
static SupProviderContact *
choose_by_role (const SupProviderFields *document,
                JsonArray               *contacts,
                RoleFunc                 fits)
{
  g_autoptr (SupProviderContact) chosen = g_new0 (SupProviderContact, 1);
  guint                          n = MIN (json_array_get_length (contacts), SUP_PROVIDER_CONTACTS_MAX);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char  *path = g_strdup_printf ("contacts[%u]", i);
      g_autofree char  *role = NULL;
      JsonNode         *node = json_array_get_element (contacts, i);
      SupProviderFields contact = { NULL, path, document->warnings };

      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          sup_provider_fields_warn (&contact, "type", NULL);
          continue;
        }

      contact.object = json_node_get_object (node);
      role = sup_provider_fields_dup_text (&contact, "role");
      if (role != NULL && fits (role))
        read_contact (&contact, chosen);
    }

  return g_steal_pointer (&chosen);
}

/**
 * sup_provider_contacts_choose:
 * @document: the root of a support document
 *
 * Takes the contacts with a namespaced support role; only if none of them is usable the server's
 * administrators, with the warning `admin-contact`; never any other role, least of all security.
 *
 * Returns: (transfer full): the choice, without account and mailbox if there is none
 */
SupProviderContact *
sup_provider_contacts_choose (const SupProviderFields *document)
{
  g_autoptr (SupProviderContact) chosen = NULL;
  JsonArray                     *contacts;

  g_return_val_if_fail (document != NULL, NULL);

  contacts = sup_provider_fields_get_array (document, "contacts");
  if (contacts == NULL)
    return g_new0 (SupProviderContact, 1);

  chosen = choose_by_role (document, contacts, is_support_role);
  if (chosen->support_id != NULL || chosen->email != NULL)
    return g_steal_pointer (&chosen);

  g_clear_pointer (&chosen, sup_provider_contact_free);
  chosen = choose_by_role (document, contacts, is_admin_role);
  if (chosen->support_id != NULL || chosen->email != NULL)
    sup_provider_fields_warn (document, "admin-contact", "contacts");
  return g_steal_pointer (&chosen);
}

/**
 * sup_provider_contact_free:
 * @self: (transfer full): a contact
 *
 * Frees a contact.
 */
void
sup_provider_contact_free (SupProviderContact *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->support_id, mtx_user_id_unref);
  g_free (self->email);
  g_free (self);
}
