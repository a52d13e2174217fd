/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Holds what a server answered.
 */
#include "mtx-reply.h"

struct _MtxReply
{
  guint       status;
  JsonObject *body;  /* owned, NULL for raw replies */
  GBytes     *bytes; /* owned, NULL for JSON replies */
};

G_DEFINE_BOXED_TYPE (MtxReply, mtx_reply, mtx_reply_ref, mtx_reply_unref)

/**
 * mtx_reply_new:
 * @status: the HTTP status
 * @untrusted_body: (transfer none) (nullable): the JSON of the answer
 * @untrusted_bytes: (transfer none) (nullable): the unparsed answer
 *
 * Makes a reply; one of the two is given.
 *
 * Returns: (transfer full): a reply
 */
MtxReply *
mtx_reply_new (guint       status,
               JsonObject *untrusted_body,
               GBytes     *untrusted_bytes)
{
  MtxReply *self = NULL;

  g_return_val_if_fail ((untrusted_body == NULL) != (untrusted_bytes == NULL), NULL);

  self = g_atomic_rc_box_new0 (MtxReply);
  self->status = status;
  self->body = untrusted_body != NULL ? json_object_ref (untrusted_body) : NULL;
  self->bytes = untrusted_bytes != NULL ? g_bytes_ref (untrusted_bytes) : NULL;

  return self;
}

/**
 * mtx_reply_ref:
 * @self: a reply
 *
 * Takes another reference.
 *
 * Returns: (transfer full): @self
 */
MtxReply *
mtx_reply_ref (MtxReply *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_reply_finalize (gpointer data)
{
  MtxReply *self = data;

  g_clear_pointer (&self->body, json_object_unref);
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

/**
 * mtx_reply_unref:
 * @self: (transfer full): a reply
 *
 * Drops a reference.
 */
void
mtx_reply_unref (MtxReply *self)
{
  g_atomic_rc_box_release_full (self, mtx_reply_finalize);
}

/**
 * mtx_reply_get_status:
 * @self: a reply
 *
 * Returns: the HTTP status: 2xx, or 401 where the request accepts it
 */
guint
mtx_reply_get_status (MtxReply *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->status;
}

/**
 * mtx_reply_get_body:
 * @self: a reply
 *
 * Returns: (transfer none) (nullable): the untrusted JSON, or %NULL if the request wanted it raw
 */
JsonObject *
mtx_reply_get_body (MtxReply *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->body;
}

/**
 * mtx_reply_get_bytes:
 * @self: a reply
 *
 * Returns: (transfer none) (nullable): the untrusted bytes, or %NULL if the request wanted JSON
 */
GBytes *
mtx_reply_get_bytes (MtxReply *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->bytes;
}
