/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes to-device events in order and routes what is inside them (specification, § Send-to-Device
 * messaging and § End-to-End Encryption; M8, M23). Anybody may send us such events, so a failure is
 * nothing but a line in the log.
 */
#include "mtx-to-device.h"

#include "mtx-canonical-json.h"
#include "mtx-crypto-engine.h"
#include "mtx-device-trouble-store.h"
#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-keys-reply.h"
#include "mtx-olm-payload.h"
#include "mtx-olm-peer.h"
#include "mtx-public-key.h"
#include "mtx-room-key-bundle-store.h"

/* A stranger's words, shown in a notice at most. */
#define WITHHELD_CODE_MAX_BYTES   64
#define WITHHELD_REASON_MAX_CHARS 200

/* One to-device content is at most 64 KiB on the wire (M22). */
#define OLM_BODY_MAX_BYTES (64 * 1024)

/* An encrypted file's description has an address, a key, an IV and a hash. */
#define BUNDLE_FILE_MAX_BYTES 4096

/* For somebody above, of one sync. Whoever sends more is heard no further. */
#define MAX_MESSAGES 1000

struct _MtxToDevice
{
  /* borrowed: the engine waits for the command */
  MtxRatchets *ratchets;
  MtxSenders  *senders;

  /* owned */
  GHashTable *peers;     /* sender key → MtxOlmPeer */
  GHashTable *wedged;    /* of MtxDeviceRow, which belong to the senders: nothing reads what they sent */
  GHashTable *renewed;   /* of MtxDeviceRow, likewise: they began anew, for they could not read us */
  GPtrArray  *room_keys; /* of MtxReceivedKey */
  GPtrArray  *withheld;  /* of MtxWithheldRow */
  GPtrArray  *messages;  /* of MtxDeviceMessage */
  GPtrArray  *bundles;   /* of MtxRoomKeyBundleRow: not saved yet */
  GPtrArray  *requests;  /* of MtxOwnRequestRow: what we asked our own devices for */
  GPtrArray  *secrets;   /* of MtxReceivedSecret */

  /* state */
  gint64   now_ms;
  gboolean is_account_changed;
};

static MtxOlmPeer *
get_peer (MtxToDevice *self,
          const char  *sender_key)
{
  MtxOlmPeer *peer = g_hash_table_lookup (self->peers, sender_key);

  if (peer == NULL)
    {
      peer = mtx_olm_peer_new (sender_key);
      g_hash_table_insert (self->peers, g_strdup (sender_key), peer);
    }

  return peer;
}

/**
 * mtx_to_device_new:
 * @ratchets: our keys
 * @senders: the devices and identities of the events' senders
 * @olm_session_rows: (element-type MtxOlmSessionRow): all sessions with the events' sender keys
 * @now_ms: the time
 *
 * Prepares for the events of one command.
 *
 * Returns: (transfer full): the router
 */
MtxToDevice *
mtx_to_device_new (MtxRatchets *ratchets,
                   MtxSenders  *senders,
                   GPtrArray   *olm_session_rows,
                   gint64       now_ms)
{
  MtxToDevice *self;

  g_return_val_if_fail (ratchets != NULL, NULL);
  g_return_val_if_fail (senders != NULL, NULL);

  self = g_new0 (MtxToDevice, 1);
  self->ratchets = ratchets;
  self->senders = senders;
  self->now_ms = now_ms;
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)mtx_olm_peer_free);
  self->wedged = g_hash_table_new (NULL, NULL);
  self->renewed = g_hash_table_new (NULL, NULL);
  self->room_keys = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_received_key_free);
  self->withheld = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_withheld_row_unref);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_message_unref);
  self->bundles = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_room_key_bundle_row_unref);
  self->requests = g_ptr_array_new ();
  self->secrets = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_received_secret_unref);

  for (guint i = 0; i < olm_session_rows->len; i++)
    {
      const MtxOlmSessionRow *row = g_ptr_array_index (olm_session_rows, i);

      mtx_olm_peer_add_row (get_peer (self, row->sender_key), row, ratchets->master_key);
    }

  return self;
}

/**
 * mtx_to_device_free:
 * @self: (transfer full): a router
 *
 * Frees the router.
 */
void
mtx_to_device_free (MtxToDevice *self)
{
  g_clear_pointer (&self->peers, g_hash_table_unref);
  g_clear_pointer (&self->wedged, g_hash_table_unref);
  g_clear_pointer (&self->renewed, g_hash_table_unref);
  g_clear_pointer (&self->room_keys, g_ptr_array_unref);
  g_clear_pointer (&self->withheld, g_ptr_array_unref);
  g_clear_pointer (&self->messages, g_ptr_array_unref);
  g_clear_pointer (&self->bundles, g_ptr_array_unref);
  g_clear_pointer (&self->requests, g_ptr_array_unref);
  g_clear_pointer (&self->secrets, g_ptr_array_unref);
  g_free (self);
}

/**
 * mtx_to_device_set_requests:
 * @self: a router
 * @requests: (element-type MtxOwnRequestRow): what we asked our own devices for and still want
 *
 * Says what may be answered. Without, no forwarded key and no secret is wanted (threats 37, 73).
 */
void
mtx_to_device_set_requests (MtxToDevice *self,
                            GPtrArray   *requests)
{
  g_return_if_fail (self != NULL && requests != NULL);

  g_ptr_array_unref (self->requests);
  self->requests = g_ptr_array_ref (requests);
}

/**
 * mtx_to_device_hash:
 * @event: an event
 *
 * Names an event that has no id, by what is in it (guard rule G21).
 *
 * Returns: (transfer full): the name
 */
char *
mtx_to_device_hash (const MtxToDeviceEvent *event)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char      *content = NULL;

  g_return_val_if_fail (event != NULL, NULL);

  content = mtx_canonical_json_write (event->content, NULL);
  if (content == NULL)
    content = mtx_json_to_string (event->content);

  g_checksum_update (checksum, (const guchar *)event->sender, strlen (event->sender) + 1);
  g_checksum_update (checksum, (const guchar *)event->type, strlen (event->type) + 1);
  g_checksum_update (checksum, (const guchar *)content, strlen (content));

  return g_strdup (g_checksum_get_string (checksum));
}

/**
 * mtx_to_device_peek_sender_key:
 * @event: an event
 *
 * Which device an Olm event claims to come from, so that the sessions with it can be loaded.
 *
 * Returns: (nullable): the key, well formed; %NULL if the event is no Olm event
 */
const char *
mtx_to_device_peek_sender_key (const MtxToDeviceEvent *event)
{
  const char *sender_key;

  g_return_val_if_fail (event != NULL, NULL);

  if (!g_str_equal (event->type, "m.room.encrypted")
      || g_strcmp0 (mtx_json_get_string (event->content, "algorithm"), MTX_ALGORITHM_OLM) != 0)
    return NULL;

  sender_key = mtx_json_get_string (event->content, "sender_key");

  return sender_key != NULL && mtx_curve25519_key_check (sender_key, NULL) ? sender_key : NULL;
}

static MtxRoomKeyOrigin
find_origin (MtxToDevice         *self,
             const char          *sender,
             const MtxDeviceRow  *device,
             const MtxOlmPayload *payload)
{
  if (device != NULL && device->trust == MTX_DEVICE_SIGNED && !mtx_senders_is_changed (self->senders, sender))
    return MTX_ROOM_KEY_OWNER_SIGNED;

  if (payload->device_keys != NULL && mtx_senders_vouches_for (self->senders, sender, payload->device_keys))
    return MTX_ROOM_KEY_OWNER_SIGNED;

  return device != NULL || payload->device_keys != NULL ? MTX_ROOM_KEY_KNOWN_DEVICE : MTX_ROOM_KEY_UNKNOWN_DEVICE;
}

static const char *
find_device_id (const MtxDeviceRow  *device,
                const MtxOlmPayload *payload)
{
  if (device != NULL)
    return device->device_id;

  return payload->device_keys != NULL ? mtx_device_keys_get_device_id (payload->device_keys) : NULL;
}

static void
receive_room_key (MtxToDevice         *self,
                  const char          *sender,
                  const char          *sender_key,
                  const MtxDeviceRow  *device,
                  const MtxOlmPayload *payload)
{
  JsonObject           *untrusted = payload->untrusted_content;
  g_autoptr (MtxRoomId) room_id = NULL;
  const char           *session_id = mtx_json_get_string (untrusted, "session_id");
  const char           *session_key = mtx_json_get_string (untrusted, "session_key");
  const char           *room = mtx_json_get_string (untrusted, "room_id");

  room_id = room != NULL ? mtx_room_id_new (room, NULL) : NULL;
  if (room_id == NULL || session_id == NULL || session_key == NULL
      || g_strcmp0 (mtx_json_get_string (untrusted, "algorithm"), MTX_ALGORITHM_MEGOLM) != 0)
    {
      g_debug ("A room key was malformed");
      return;
    }

  g_ptr_array_add (self->room_keys,
                   mtx_received_key_new (&(MtxInboundSessionRow){
                                             .room_id = room,
                                             .session_id = session_id,
                                             .sender_key = sender_key,
                                             .claimed_ed25519 = payload->claimed_ed25519,
                                             .sender_user = sender,
                                             .sender_device = find_device_id (device, payload),
                                             .origin = find_origin (self, sender, device, payload),
                                             .shared_history = mtx_room_key_read_shared (untrusted),
                                         },
                                         session_key));
}

/* Who sent it, and whether it means anything, is for those above to find out. */
static void
keep_message (MtxToDevice *self,
              const char  *sender,
              const char  *type,
              JsonObject  *untrusted_content)
{
  if (self->messages->len < MAX_MESSAGES)
    g_ptr_array_add (self->messages, mtx_device_message_new (sender, type, untrusted_content));
}

/* It could not read something of ours: our room keys may have been among it (M34). */
static void
note_renewed (MtxToDevice        *self,
              const MtxDeviceRow *device)
{
  if (device != NULL)
    g_hash_table_add (self->renewed, (gpointer)device);
}

/* Somebody offers the room keys of the time before we came, from a device that says which it is (S5, threat 83).
 * Whether its owner signed it, and whether the offer is wanted, is seen when it is due: who invites us may be
 * somebody we have never heard of. */
static void
receive_bundle (MtxToDevice         *self,
                const char          *sender,
                const char          *sender_key,
                const MtxOlmPayload *payload)
{
  const char           *room = mtx_json_get_string (payload->untrusted_content, "room_id");
  JsonObject           *file = mtx_json_get_object (payload->untrusted_content, "file");
  g_autoptr (MtxRoomId) room_id = room != NULL ? mtx_room_id_new (room, NULL) : NULL;
  g_autofree char      *text = file != NULL ? mtx_json_to_string (file) : NULL;

  if (room_id == NULL || text == NULL || strlen (text) > BUNDLE_FILE_MAX_BYTES || self->bundles->len >= MAX_MESSAGES)
    {
      g_debug ("An offer of room keys was malformed");
      return;
    }
  if (payload->device_keys == NULL)
    {
      g_debug ("An offer of room keys came from a device that does not say which it is");
      return;
    }

  g_ptr_array_add (self->bundles,
                   mtx_room_key_bundle_row_new (&(MtxRoomKeyBundleRow){
                       .room_id = room,
                       .sender = sender,
                       .curve25519 = sender_key,
                       .ed25519 = mtx_device_keys_get_ed25519 (payload->device_keys),
                       .file = text,
                       .received_at = self->now_ms,
                   }));
}

static void
receive_forwarded (MtxToDevice         *self,
                   const MtxDeviceRow  *device,
                   const MtxOlmPayload *payload)
{
  g_autoptr (GError) error = NULL;
  MtxReceivedKey    *key = mtx_own_answers_read_room_key (self->requests, self->ratchets, device,
                                                          payload->untrusted_content, &error);

  if (key != NULL)
    g_ptr_array_add (self->room_keys, key);
  else
    g_debug ("A forwarded room key was refused: %s", error->message);
}

static void
receive_secret (MtxToDevice         *self,
                const MtxDeviceRow  *device,
                const MtxOlmPayload *payload)
{
  g_autoptr (GError) error = NULL;
  MtxReceivedSecret *secret = mtx_own_answers_read_secret (self->requests, self->ratchets, device,
                                                           payload->untrusted_content, &error);

  if (secret != NULL)
    g_ptr_array_add (self->secrets, secret);
  else
    g_debug ("A secret was refused: %s", error->message);
}

/* What came over Olm. */
static void
route_payload (MtxToDevice         *self,
               const char          *sender,
               const char          *sender_key,
               const MtxDeviceRow  *device,
               const MtxOlmPayload *payload)
{
  if (g_str_equal (payload->type, "m.room_key"))
    receive_room_key (self, sender, sender_key, device, payload);
  else if (g_str_equal (payload->type, "m.room_key_bundle")
           || g_str_equal (payload->type, "io.element.msc4268.room_key_bundle"))
    receive_bundle (self, sender, sender_key, payload);
  else if (g_str_equal (payload->type, "m.forwarded_room_key"))
    receive_forwarded (self, device, payload);
  else if (g_str_equal (payload->type, "m.secret.send"))
    receive_secret (self, device, payload);
  else if (mtx_device_message_is_for_us (payload->type))
    keep_message (self, sender, payload->type, payload->untrusted_content);
  else if (g_str_equal (payload->type, "m.dummy"))
    note_renewed (self, device);
  else
    g_debug ("An Olm message of a type we do not use was ignored");
}

static gboolean
read_envelope (MtxToDevice            *self,
               const MtxToDeviceEvent *event,
               gint64                 *type,
               const char            **body,
               GError                **error)
{
  JsonObject *ciphertexts = mtx_json_get_object (event->content, "ciphertext");
  JsonObject *ours = mtx_json_get_object (ciphertexts, mtx_olm_account_get_curve25519 (self->ratchets->account));

  *body = mtx_json_get_string (ours, "body");
  if (*body == NULL || **body == '\0' || !mtx_json_get_int (ours, "type", type))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The Olm message is not for this device");
      return FALSE;
    }
  if (strlen (*body) > OLM_BODY_MAX_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The Olm message is too long");
      return FALSE;
    }

  return TRUE;
}

/* Its owner is away, so whoever uses its keys is somebody else (threat 36). */
static gboolean
is_dehydrated (const char          *sender,
               const MtxDeviceRow  *device,
               const MtxOlmPayload *payload)
{
  g_autoptr (MtxDeviceKeys) keys = NULL;

  if (payload->device_keys != NULL && mtx_device_keys_is_dehydrated (payload->device_keys))
    return TRUE;

  if (device != NULL)
    keys = mtx_device_keys_new_from_text (device->keys_json, sender, device->device_id, NULL);

  return keys != NULL && mtx_device_keys_is_dehydrated (keys);
}

/* Nothing reads a message of a device we know: its session with us is broken, or somebody pretends it is (M34). */
static void
note_unread (MtxToDevice        *self,
             const MtxDeviceRow *device,
             const GError       *failure)
{
  if (device != NULL && !g_str_equal (device->curve25519, mtx_olm_account_get_curve25519 (self->ratchets->account))
      && g_error_matches (failure, MTX_ERROR, MTX_ERROR_MISSING_KEY))
    g_hash_table_add (self->wedged, (gpointer)device);
}

static gboolean
process_olm (MtxToDevice            *self,
             const MtxToDeviceEvent *event,
             const char             *sender_key,
             GError                **error)
{
  const MtxDeviceRow       *device = mtx_senders_find (self->senders, event->sender, sender_key);
  g_autoptr (MtxOlmPayload) payload = NULL;
  g_autoptr (GBytes)        plaintext = NULL;
  g_autoptr (GError)        failure = NULL;
  const char               *body;
  gint64                    type;
  gboolean                  account_changed;
  MtxOlmParties             parties = {
                .sender = event->sender,
                .sender_key = sender_key,
                .sender_ed25519 = device != NULL ? device->ed25519 : NULL,
                .recipient = self->ratchets->user_id,
                .recipient_ed25519 = mtx_olm_account_get_ed25519 (self->ratchets->account),
  };

  if (!read_envelope (self, event, &type, &body, error))
    return FALSE;

  plaintext = mtx_olm_peer_decrypt (get_peer (self, sender_key),
                                    self->ratchets->account,
                                    type,
                                    body,
                                    self->now_ms,
                                    &account_changed,
                                    &failure);
  if (plaintext == NULL)
    {
      note_unread (self, device, failure);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  self->is_account_changed |= account_changed;

  payload = mtx_olm_payload_new (plaintext, &parties, error);
  if (payload == NULL)
    return FALSE;

  if (is_dehydrated (event->sender, device, payload))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A dehydrated device sends nothing");
      return FALSE;
    }

  route_payload (self, event->sender, sender_key, device, payload);

  return TRUE;
}

static char *
shorten (const char *reason)
{
  glong length = g_utf8_strlen (reason, -1);

  return g_utf8_substring (reason, 0, MIN (length, WITHHELD_REASON_MAX_CHARS));
}

/* The one event that comes in clear: there may be no Olm session to send it over. It proves nothing, so it
 * only explains why a key is missing. */
static void
process_withheld (MtxToDevice            *self,
                  const MtxToDeviceEvent *event)
{
  const char      *code = mtx_json_get_string (event->content, "code");
  const char      *reason = mtx_json_get_string (event->content, "reason");
  const char      *room_id = mtx_json_get_string (event->content, "room_id");
  const char      *session_id = mtx_json_get_string (event->content, "session_id");
  const char      *sender_key = mtx_json_get_string (event->content, "sender_key");
  g_autofree char *short_reason = reason != NULL ? shorten (reason) : NULL;

  if (g_strcmp0 (mtx_json_get_string (event->content, "algorithm"), MTX_ALGORITHM_MEGOLM) != 0 || code == NULL
      || strlen (code) > WITHHELD_CODE_MAX_BYTES || room_id == NULL || session_id == NULL || sender_key == NULL
      || strlen (room_id) > MTX_ID_MAX_BYTES || strlen (session_id) > MTX_ID_MAX_BYTES
      || !mtx_curve25519_key_check (sender_key, NULL))
    {
      g_debug ("A withheld notice names no room key");
      return;
    }

  g_ptr_array_add (self->withheld,
                   mtx_withheld_row_new (&(MtxWithheldRow){
                       .room_id = room_id,
                       .session_id = session_id,
                       .sender_key = sender_key,
                       .code = code,
                       .reason = short_reason,
                   }));
}

/**
 * mtx_to_device_process:
 * @self: a router
 * @event: the next event
 *
 * Takes one event. Whatever is wrong with it, the router stays usable for the next. A room key, a secret
 * or a forwarded key in clear is ignored: they are believed over Olm only (threat 32).
 */
void
mtx_to_device_process (MtxToDevice            *self,
                       const MtxToDeviceEvent *event)
{
  const char        *sender_key;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (event != NULL);

  if (g_str_equal (event->type, "m.room_key.withheld"))
    {
      process_withheld (self, event);
      return;
    }
  if (mtx_device_message_is_for_us (event->type))
    {
      keep_message (self, event->sender, event->type, event->content);
      return;
    }

  sender_key = mtx_to_device_peek_sender_key (event);
  if (sender_key == NULL)
    {
      g_debug ("A to-device event of a type we do not use was ignored");
      return;
    }

  if (!process_olm (self, event, sender_key, &error))
    g_debug ("An Olm message was refused: %s", error->message);
}

static void
save_trouble (MtxToDevice  *self,
              MtxChangeSet *changes)
{
  GHashTableIter iter;
  gpointer       value;

  g_hash_table_iter_init (&iter, self->wedged);
  while (g_hash_table_iter_next (&iter, &value, NULL))
    {
      const MtxDeviceRow *device = value;

      mtx_device_trouble_store_note_wedged (changes, device->user_id, device->curve25519);
    }
  g_hash_table_remove_all (self->wedged);

  g_hash_table_iter_init (&iter, self->renewed);
  while (g_hash_table_iter_next (&iter, &value, NULL))
    {
      const MtxDeviceRow *device = value;

      mtx_room_key_store_put_shares_again (changes, device->user_id, device->curve25519);
    }
  g_hash_table_remove_all (self->renewed);
}

/**
 * mtx_to_device_save:
 * @self: a router
 * @changes: where to write
 * @error: return location for an error
 *
 * Writes every ratchet that moved, with whom a new session is wanted, and who is to get our room keys once more (M34).
 *
 * Returns: %TRUE if everything was written
 */
gboolean
mtx_to_device_save (MtxToDevice  *self,
                    MtxChangeSet *changes,
                    GError      **error)
{
  GHashTableIter iter;
  gpointer       peer;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (changes != NULL, FALSE);

  save_trouble (self, changes);

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &peer))
    {
      if (!mtx_olm_peer_save (peer, self->ratchets->master_key, changes, error))
        return FALSE;
    }

  if (self->is_account_changed && !mtx_ratchets_save_account (self->ratchets, changes, error))
    return FALSE;
  self->is_account_changed = FALSE;

  for (guint n = 0; n < self->bundles->len; n++)
    mtx_room_key_bundle_store_put (changes, g_ptr_array_index (self->bundles, n));
  g_ptr_array_set_size (self->bundles, 0);

  return TRUE;
}

/**
 * mtx_to_device_get_room_keys:
 * @self: a router
 *
 * Returns: (transfer none) (element-type MtxReceivedKey): room keys that came, in order
 */
GPtrArray *
mtx_to_device_get_room_keys (MtxToDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->room_keys;
}

/**
 * mtx_to_device_get_withheld:
 * @self: a router
 *
 * Returns: (transfer none) (element-type MtxWithheldRow): notices that a key will not come
 */
GPtrArray *
mtx_to_device_get_withheld (MtxToDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->withheld;
}

/**
 * mtx_to_device_get_messages:
 * @self: a router
 *
 * Returns: (transfer none) (element-type MtxDeviceMessage): what came for those above, in order
 */
GPtrArray *
mtx_to_device_get_messages (MtxToDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->messages;
}

/**
 * mtx_to_device_get_secrets:
 * @self: a router
 *
 * Returns: (transfer none) (element-type MtxReceivedSecret): secrets that came and were asked for
 */
GPtrArray *
mtx_to_device_get_secrets (MtxToDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->secrets;
}
