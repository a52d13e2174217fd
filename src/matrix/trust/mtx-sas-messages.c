/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The contents of SAS events (specification, § Short Authentication String). One set of algorithms is offered and
 * accepted, the newest; what is older has known weaknesses and no user (threat 70).
 */
#include "mtx-sas-messages.h"

#include "mtx-error.h"
#include "mtx-json.h"

/* Keys one side can vouch for; it has one or two. */
#define MAX_VOUCHED_KEYS 32

static const char *const strings[] = { "emoji", "decimal" };

static void
set_list (JsonObject *object,
          const char *name,
          const char *only)
{
  JsonArray *array = json_array_new ();

  json_array_add_string_element (array, only);
  json_object_set_array_member (object, name, array);
}

static gboolean
list_has (JsonObject *object,
          const char *name,
          const char *wanted)
{
  JsonArray *array = mtx_json_get_array (object, name);
  guint      length = array != NULL ? json_array_get_length (array) : 0;

  for (guint i = 0; i < length; i++)
    if (g_strcmp0 (mtx_json_array_string (array, i), wanted) == 0)
      return TRUE;

  return FALSE;
}

/**
 * mtx_sas_messages_build_start:
 * @device_id: our device
 *
 * Makes the content of `m.key.verification.start`, but for its reference to the request.
 *
 * Returns: (transfer full): the content
 */
JsonObject *
mtx_sas_messages_build_start (const char *device_id)
{
  JsonObject *content = json_object_new ();
  JsonArray  *short_strings = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    json_array_add_string_element (short_strings, strings[i]);

  json_object_set_string_member (content, "from_device", device_id);
  json_object_set_string_member (content, "method", MTX_SAS_METHOD);
  set_list (content, "key_agreement_protocols", MTX_SAS_KEY_AGREEMENT);
  set_list (content, "hashes", MTX_SAS_HASH);
  set_list (content, "message_authentication_codes", MTX_SAS_MAC);
  json_object_set_array_member (content, "short_authentication_string", short_strings);

  return content;
}

/**
 * mtx_sas_messages_check_start:
 * @untrusted_start: content of a start with the method we know
 *
 * Says whether it offers the algorithms we use (threat 70). Emoji are what people compare here; `decimal` every
 * client must have.
 *
 * Returns: %TRUE if it can be accepted
 */
gboolean
mtx_sas_messages_check_start (JsonObject *untrusted_start)
{
  return list_has (untrusted_start, "key_agreement_protocols", MTX_SAS_KEY_AGREEMENT)
         && list_has (untrusted_start, "hashes", MTX_SAS_HASH)
         && list_has (untrusted_start, "message_authentication_codes", MTX_SAS_MAC)
         && (list_has (untrusted_start, "short_authentication_string", strings[0])
             || list_has (untrusted_start, "short_authentication_string", strings[1]));
}

/**
 * mtx_sas_messages_build_accept:
 * @untrusted_start: a start that passed mtx_sas_messages_check_start()
 * @commitment: the promise of our key
 *
 * Makes the content of `m.key.verification.accept`, but for its reference to the request.
 *
 * Returns: (transfer full): the content
 */
JsonObject *
mtx_sas_messages_build_accept (JsonObject *untrusted_start,
                               const char *commitment)
{
  JsonObject *content = json_object_new ();
  JsonArray  *short_strings = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    if (list_has (untrusted_start, "short_authentication_string", strings[i]))
      json_array_add_string_element (short_strings, strings[i]);

  json_object_set_string_member (content, "method", MTX_SAS_METHOD);
  json_object_set_string_member (content, "key_agreement_protocol", MTX_SAS_KEY_AGREEMENT);
  json_object_set_string_member (content, "hash", MTX_SAS_HASH);
  json_object_set_string_member (content, "message_authentication_code", MTX_SAS_MAC);
  json_object_set_array_member (content, "short_authentication_string", short_strings);
  json_object_set_string_member (content, "commitment", commitment);

  return content;
}

/**
 * mtx_sas_messages_check_accept:
 * @untrusted_accept: content of an accept
 *
 * Says whether it chose of what we offered. `method` was removed from the specification, but is still sent.
 *
 * Returns: %TRUE if so
 */
gboolean
mtx_sas_messages_check_accept (JsonObject *untrusted_accept)
{
  const char *method = mtx_json_get_string (untrusted_accept, "method");

  return (!json_object_has_member (untrusted_accept, "method") || g_strcmp0 (method, MTX_SAS_METHOD) == 0)
         && g_strcmp0 (mtx_json_get_string (untrusted_accept, "key_agreement_protocol"), MTX_SAS_KEY_AGREEMENT) == 0
         && g_strcmp0 (mtx_json_get_string (untrusted_accept, "hash"), MTX_SAS_HASH) == 0
         && g_strcmp0 (mtx_json_get_string (untrusted_accept, "message_authentication_code"), MTX_SAS_MAC) == 0
         && (list_has (untrusted_accept, "short_authentication_string", strings[0])
             || list_has (untrusted_accept, "short_authentication_string", strings[1]));
}

static MtxSasParty
as_sas_party (const MtxVerificationParty *party)
{
  return (MtxSasParty){ .user_id = party->user_id, .device_id = party->device_id };
}

static char *
join_ids (JsonObject *macs)
{
  g_autoptr (GList)   ids = g_list_sort (json_object_get_members (macs), (GCompareFunc)strcmp);
  g_autoptr (GString) text = g_string_new (NULL);

  for (const GList *iter = ids; iter != NULL; iter = iter->next)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", (const char *)iter->data);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
add_mac (JsonObject                 *macs,
         MtxSas                     *sas,
         const MtxVerificationParty *us,
         const MtxVerificationParty *them,
         const char                 *transaction_id,
         const char                 *name,
         const char                 *key,
         GError                    **error)
{
  MtxSasParty      sender = as_sas_party (us);
  MtxSasParty      receiver = as_sas_party (them);
  g_autofree char *key_id = g_strconcat ("ed25519:", name, NULL);
  g_autofree char *mac = mtx_sas_calculate_mac (sas, key, &sender, &receiver, transaction_id, key_id, error);

  if (mac == NULL)
    return FALSE;
  json_object_set_string_member (macs, key_id, mac);

  return TRUE;
}

/**
 * mtx_sas_messages_build_mac:
 * @sas: the exchange, complete
 * @us: our side
 * @them: theirs
 * @transaction_id: the verification
 * @error: return location for an error
 *
 * Makes the content of `m.key.verification.mac`, but for its reference: our device key and our master key are
 * vouched for (specification, § MAC calculation).
 *
 * Returns: (transfer full) (nullable): the content, or %NULL with an error
 */
JsonObject *
mtx_sas_messages_build_mac (MtxSas                     *sas,
                            const MtxVerificationParty *us,
                            const MtxVerificationParty *them,
                            const char                 *transaction_id,
                            GError                    **error)
{
  MtxSasParty            sender = as_sas_party (us);
  MtxSasParty            receiver = as_sas_party (them);
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (JsonObject) macs = json_object_new ();
  g_autofree char       *ids = NULL;
  g_autofree char       *keys = NULL;

  if (!add_mac (macs, sas, us, them, transaction_id, us->device_id, us->ed25519, error)
      || !add_mac (macs, sas, us, them, transaction_id, us->master_key, us->master_key, error))
    return NULL;

  ids = join_ids (macs);
  keys = mtx_sas_calculate_mac (sas, ids, &sender, &receiver, transaction_id, "KEY_IDS", error);
  if (keys == NULL)
    return NULL;
  json_object_set_object_member (content, "mac", g_steal_pointer (&macs));
  json_object_set_string_member (content, "keys", keys);

  return g_steal_pointer (&content);
}

/* The id says which key is meant; the key itself is our copy of it (threats 9, 66). */
static const char *
find_key (const MtxVerificationParty *them,
          const char                 *key_id,
          MtxVouched                 *which)
{
  const char *name = g_str_has_prefix (key_id, "ed25519:") ? key_id + strlen ("ed25519:") : "";

  if (g_str_equal (name, them->device_id))
    {
      *which = MTX_VOUCHED_DEVICE;
      return them->ed25519;
    }
  if (g_strcmp0 (name, them->master_key) == 0)
    {
      *which = MTX_VOUCHED_MASTER;
      return them->master_key;
    }

  return NULL;
}

/**
 * mtx_sas_messages_check_mac:
 * @sas: the exchange, complete
 * @us: our side
 * @them: theirs, with our copies of their keys
 * @transaction_id: the verification
 * @untrusted_mac: content of their `m.key.verification.mac`
 * @vouched: (out): what they vouch for
 * @error: return location for an error
 *
 * Checks every MAC of a key we know, and that of the list of ids. An id nobody knows is no harm and no help. A
 * device that is named as a master key, or has it, is refused: one MAC would vouch for two things (threat 66, CVE-2022-39250).
 *
 * Returns: %TRUE if all hold and there is at least one
 */
gboolean
mtx_sas_messages_check_mac (MtxSas                     *sas,
                            const MtxVerificationParty *us,
                            const MtxVerificationParty *them,
                            const char                 *transaction_id,
                            JsonObject                 *untrusted_mac,
                            MtxVouched                 *vouched,
                            GError                    **error)
{
  MtxSasParty      sender = as_sas_party (them);
  MtxSasParty      receiver = as_sas_party (us);
  JsonObject      *macs = mtx_json_get_object (untrusted_mac, "mac");
  const char      *keys = mtx_json_get_string (untrusted_mac, "keys");
  g_autofree char *ids = NULL;
  JsonObjectIter   iter;
  const char      *key_id;
  JsonNode        *node;

  *vouched = MTX_VOUCHED_NOTHING;

  if (macs == NULL || keys == NULL || json_object_get_size (macs) == 0 || json_object_get_size (macs) > MAX_VOUCHED_KEYS
      || g_strcmp0 (them->device_id, them->master_key) == 0 || g_strcmp0 (them->ed25519, them->master_key) == 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The other side vouches for nothing, or for too much");
      return FALSE;
    }

  ids = join_ids (macs);
  if (!mtx_sas_verify_mac (sas, ids, &sender, &receiver, transaction_id, "KEY_IDS", keys, error))
    return FALSE;

  json_object_iter_init (&iter, macs);
  while (json_object_iter_next (&iter, &key_id, &node))
    {
      const char *mac = mtx_json_get_string (macs, key_id);
      MtxVouched  which;
      const char *key = find_key (them, key_id, &which);

      if (key == NULL)
        continue;
      if (mac == NULL || !mtx_sas_verify_mac (sas, key, &sender, &receiver, transaction_id, key_id, mac, error))
        {
          *vouched = MTX_VOUCHED_NOTHING;
          if (mac == NULL)
            g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A MAC is no text");
          return FALSE;
        }
      *vouched |= which;
    }

  return TRUE;
}
