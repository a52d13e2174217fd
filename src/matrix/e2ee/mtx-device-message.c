/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A to-device event that is for somebody above the engine.
 */
#include "mtx-device-message.h"

#include "mtx-json.h"

G_DEFINE_BOXED_TYPE (MtxDeviceMessage, mtx_device_message, mtx_device_message_ref, mtx_device_message_unref)

/**
 * mtx_device_message_is_for_us:
 * @type: type of an event that came in clear
 *
 * Returns: whether somebody above the engine wants it
 */
gboolean
mtx_device_message_is_for_us (const char *type)
{
  return g_str_has_prefix (type, "m.key.verification.") || g_str_equal (type, "m.secret.request")
         || g_str_equal (type, "m.room_key_request");
}

/**
 * mtx_device_message_new:
 * @sender: the user the server names
 * @type: type of the event
 * @untrusted_content: its content; written down here, because a parsed one stays with its thread
 *
 * Returns: (transfer full): the message
 */
MtxDeviceMessage *
mtx_device_message_new (const char *sender,
                        const char *type,
                        JsonObject *untrusted_content)
{
  MtxDeviceMessage *self = g_atomic_rc_box_new0 (MtxDeviceMessage);

  self->sender = g_strdup (sender);
  self->type = g_strdup (type);
  self->content = mtx_json_to_string (untrusted_content);

  return self;
}

/**
 * mtx_device_message_ref:
 * @self: a message
 *
 * Returns: (transfer full): @self
 */
MtxDeviceMessage *
mtx_device_message_ref (MtxDeviceMessage *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
message_clear (gpointer data)
{
  MtxDeviceMessage *self = data;

  g_clear_pointer (&self->sender, g_free);
  g_clear_pointer (&self->type, g_free);
  g_clear_pointer (&self->content, g_free);
}

/**
 * mtx_device_message_unref:
 * @self: (transfer full): a message
 *
 * Lets go.
 */
void
mtx_device_message_unref (MtxDeviceMessage *self)
{
  g_atomic_rc_box_release_full (self, message_clear);
}

/**
 * mtx_device_message_dup_content:
 * @self: a message
 *
 * Reads the content again, for the thread that calls.
 *
 * Returns: (transfer full) (nullable): the content; %NULL if it is too large
 */
JsonObject *
mtx_device_message_dup_content (const MtxDeviceMessage *self)
{
  MtxJsonLimits limits = { .max_bytes = 64 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };

  return mtx_json_parse_object (self->content, -1, &limits, NULL);
}
