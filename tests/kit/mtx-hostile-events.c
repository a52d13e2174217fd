/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sixteen kinds of rubbish in turn, filled by a generator with a fixed seed.
 */
#include "mtx-hostile-events.h"

#define N_KINDS        16
#define SEED           20260607
#define DEEP           60
#define KEY_BYTES      32
#define LONG_BYTES     512
#define CIPHER_BYTES   160
#define OLM_VERSION    3
#define OLM_RATCHET    0x0a
#define OLM_COUNTER    0x10
#define OLM_CIPHERTEXT 0x22

typedef struct
{
  const MtxHostileScene *scene;
  GRand                 *random;
} Maker;

static char *
random_base64 (Maker *self,
               gsize  length)
{
  g_autofree guchar *bytes = g_malloc (length);
  char              *text = NULL;

  for (gsize i = 0; i < length; i++)
    bytes[i] = (guchar)g_rand_int_range (self->random, 0, 256);
  text = g_base64_encode (bytes, length);
  *strchrnul (text, '=') = '\0';

  return text;
}

/* Has the form of an Olm message of an existing session, so that every session is tried with it. */
static char *
olm_shaped_base64 (Maker *self)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();
  const guint8           head[] = { OLM_VERSION, OLM_RATCHET, KEY_BYTES };
  const guint8           middle[] = { OLM_COUNTER, 0, OLM_CIPHERTEXT, 16 };
  char                  *text = NULL;

  g_byte_array_append (message, head, sizeof head);
  for (guint i = 0; i < KEY_BYTES; i++)
    g_byte_array_append (message, &(guint8){ (guint8)g_rand_int_range (self->random, 0, 256) }, 1);
  g_byte_array_append (message, middle, sizeof middle);
  for (guint i = 0; i < 16 + 8; i++)
    g_byte_array_append (message, &(guint8){ (guint8)g_rand_int_range (self->random, 0, 256) }, 1);
  text = g_base64_encode (message->data, message->len);
  *strchrnul (text, '=') = '\0';

  return text;
}

static char *
encrypted_text (Maker      *self,
                const char *sender_key,
                const char *recipient_key,
                int         type,
                const char *body)
{
  return g_strdup_printf ("{\"type\":\"m.room.encrypted\",\"sender\":\"%s\",\"content\":{"
                          "\"algorithm\":\"m.olm.v1.curve25519-aes-sha2\",\"sender_key\":\"%s\","
                          "\"ciphertext\":{\"%s\":{\"type\":%d,\"body\":\"%s\"}}}}",
                          self->scene->user_id, sender_key, recipient_key, type, body);
}

/* Olm that does not decrypt. */
static char *
make_olm_text (Maker *self,
               guint  kind)
{
  const MtxHostileScene *scene = self->scene;
  g_autofree char       *stranger = random_base64 (self, KEY_BYTES);
  g_autofree char       *noise = random_base64 (self, CIPHER_BYTES);
  g_autofree char       *shaped = olm_shaped_base64 (self);

  switch (kind)
    {
    case 0:
      return encrypted_text (self, stranger, scene->victim_key, 0, noise);
    case 1:
      return encrypted_text (self, scene->sender_key, scene->victim_key, 1, noise);
    case 2:
      return encrypted_text (self, scene->sender_key, scene->victim_key, 1, shaped);
    case 3:
      return encrypted_text (self, scene->sender_key, scene->victim_key, 0, shaped);
    case 4:
      return encrypted_text (self, scene->sender_key, stranger, 0, noise);
    default:
      return encrypted_text (self, scene->sender_key, scene->victim_key, g_rand_int_range (self->random, -5, 1000), "====");
    }
}

/* What is obeyed only when it is encrypted, in clear. */
static char *
make_clear_text (Maker *self,
                 guint  kind)
{
  const MtxHostileScene *scene = self->scene;
  g_autofree char       *noise = random_base64 (self, CIPHER_BYTES);
  g_autofree char       *id = random_base64 (self, KEY_BYTES);

  switch (kind)
    {
    case 6:
      return g_strdup_printf ("{\"type\":\"m.room_key\",\"sender\":\"%s\",\"content\":{\"algorithm\":\"m.megolm.v1.aes-sha2\","
                              "\"room_id\":\"%s\",\"session_id\":\"%s\",\"session_key\":\"%s\"}}",
                              scene->user_id, scene->room_id, id, noise);
    case 7:
      return g_strdup_printf ("{\"type\":\"m.forwarded_room_key\",\"sender\":\"%s\",\"content\":{\"algorithm\":"
                              "\"m.megolm.v1.aes-sha2\",\"room_id\":\"%s\",\"session_id\":\"%s\",\"session_key\":\"%s\","
                              "\"sender_key\":\"%s\",\"forwarding_curve25519_key_chain\":[]}}",
                              scene->user_id, scene->room_id, id, noise, scene->sender_key);
    case 8:
      return g_strdup_printf ("{\"type\":\"m.secret.send\",\"sender\":\"%s\",\"content\":{\"request_id\":\"%s\",\"secret\":\"%s\"}}",
                              scene->user_id, id, noise);
    case 9:
      return g_strdup_printf ("{\"type\":\"m.room_key_request\",\"sender\":\"%s\",\"content\":{\"action\":\"request\",\"body\":{"
                              "\"algorithm\":\"m.megolm.v1.aes-sha2\",\"room_id\":\"%s\",\"session_id\":\"%s\",\"sender_key\":\"%s\"},"
                              "\"request_id\":\"%s\",\"requesting_device_id\":\"%s\"}}",
                              scene->user_id, scene->room_id, id, scene->sender_key, id, scene->device_id);
    default:
      return g_strdup_printf ("{\"type\":\"m.room_key.withheld\",\"sender\":\"%s\",\"content\":{\"algorithm\":\"m.megolm.v1.aes-sha2\","
                              "\"room_id\":\"%s\",\"session_id\":\"%s\",\"sender_key\":\"%s\",\"code\":\"%s\"}}",
                              scene->user_id, scene->room_id, id, scene->sender_key, noise);
    }
}

/* Events that are none. */
static char *
make_malformed_text (Maker *self,
                     guint  kind)
{
  g_autofree char *noise = random_base64 (self, LONG_BYTES);
  g_autofree char *opened = NULL;
  g_autofree char *closed = NULL;

  switch (kind)
    {
    case 11:
      return g_strdup ("{\"type\":42,\"sender\":[],\"content\":\"none\"}");
    case 12:
      return g_strdup ("{\"type\":\"m.room.encrypted\",\"sender\":\"not an address\",\"content\":{\"ciphertext\":[]}}");
    case 13:
      opened = g_strnfill (DEEP, '[');
      closed = g_strnfill (DEEP, ']');
      return g_strdup_printf ("{\"type\":\"m.room.encrypted\",\"sender\":\"%s\",\"content\":{\"ciphertext\":%s%s}}", self->scene->user_id,
                              opened, closed);
    case 14:
      return g_strdup_printf ("{\"type\":\"%s\",\"sender\":\"%s\",\"content\":{}}", noise, self->scene->user_id);
    default:
      return g_strdup_printf ("{\"type\":\"m.key.verification.request\",\"sender\":\"%s\",\"content\":{\"from_device\":\"%s\","
                              "\"methods\":[\"m.sas.v1\"],\"timestamp\":%d,\"transaction_id\":\"%.*s\"}}",
                              self->scene->user_id, self->scene->device_id, g_rand_int_range (self->random, 0, G_MAXINT), 40, noise);
    }
}

/**
 * mtx_hostile_events_new:
 * @scene: who is involved
 * @count: how many
 *
 * Returns: (transfer full): to-device events; none of them must be obeyed
 */
JsonArray *
mtx_hostile_events_new (const MtxHostileScene *scene,
                        guint                  count)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);
  Maker             maker = { scene, random };
  JsonArray        *events = json_array_sized_new (count);

  for (guint i = 0; i < count; i++)
    {
      guint            kind = i % N_KINDS;
      g_autofree char *text = kind < 6 ? make_olm_text (&maker, kind) : kind < 11 ? make_clear_text (&maker, kind)
                                                                                  : make_malformed_text (&maker, kind);

      json_array_add_element (events, json_from_string (text, NULL));
    }

  return events;
}
