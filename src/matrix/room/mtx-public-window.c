/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeps posts sorted. What is no post is not taken: state, media, reactions, redacted events, and edits, which
 * belong to another post instead of being one (specification, § Event replacements).
 */
#include "mtx-public-window.h"

typedef struct
{
  gint64    position;
  MtxEvent *event;
} Post;

struct _MtxPublicWindow
{
  GPtrArray *posts; /* of Post, newest first */
};

static void
post_free (gpointer data)
{
  Post *post = data;

  mtx_event_unref (post->event);
  g_free (post);
}

static gboolean
is_post (MtxEvent *event)
{
  switch ((int)mtx_event_get_kind (event))
    {
    case MTX_EVENT_KIND_TEXT:
    case MTX_EVENT_KIND_NOTICE:
    case MTX_EVENT_KIND_EMOTE:
      return g_strcmp0 (mtx_event_get_relation_type (event), "m.replace") != 0;

    default:
      return FALSE;
    }
}

/* How many posts are newer than @position. */
static guint
find_place (MtxPublicWindow *self,
            gint64           position)
{
  guint low = 0;
  guint high = self->posts->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      Post *post = g_ptr_array_index (self->posts, middle);

      if (post->position > position)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/**
 * mtx_public_window_new:
 *
 * Returns: (transfer full): a window on nothing
 */
MtxPublicWindow *
mtx_public_window_new (void)
{
  MtxPublicWindow *self = g_new0 (MtxPublicWindow, 1);

  self->posts = g_ptr_array_new_with_free_func (post_free);

  return self;
}

/**
 * mtx_public_window_free:
 * @self: (transfer full): a window
 *
 * Lets go of all posts.
 */
void
mtx_public_window_free (MtxPublicWindow *self)
{
  g_ptr_array_unref (self->posts);
  g_free (self);
}

/**
 * mtx_public_window_get_n:
 * @self: a window
 *
 * Returns: how many posts it holds
 */
guint
mtx_public_window_get_n (MtxPublicWindow *self)
{
  return self->posts->len;
}

/**
 * mtx_public_window_get:
 * @self: a window
 * @index: 0 is the newest; less than mtx_public_window_get_n()
 *
 * Returns: (transfer none): a post
 */
MtxEvent *
mtx_public_window_get (MtxPublicWindow *self,
                       guint            index)
{
  Post *post;

  g_return_val_if_fail (index < self->posts->len, NULL);

  post = g_ptr_array_index (self->posts, index);

  return post->event;
}

/**
 * mtx_public_window_add:
 * @self: a window
 * @position: where the store put the event
 * @event: any event of the room
 *
 * Takes in an event if it is a post that is not there yet.
 *
 * Returns: whether the window changed
 */
gboolean
mtx_public_window_add (MtxPublicWindow *self,
                       gint64           position,
                       MtxEvent        *event)
{
  guint place = find_place (self, position);
  Post *post;

  if (!is_post (event))
    return FALSE;

  if (place < self->posts->len)
    {
      post = g_ptr_array_index (self->posts, place);
      if (post->position == position)
        return FALSE;
    }

  post = g_new0 (Post, 1);
  post->position = position;
  post->event = mtx_event_ref (event);
  g_ptr_array_insert (self->posts, (int)place, post);

  return TRUE;
}

/**
 * mtx_public_window_remove:
 * @self: a window
 * @event_id: an event, which need not be there
 *
 * Lets go of a post.
 *
 * Returns: whether the window changed
 */
gboolean
mtx_public_window_remove (MtxPublicWindow *self,
                          const char      *event_id)
{
  for (guint i = 0; i < self->posts->len; i++)
    {
      Post *post = g_ptr_array_index (self->posts, i);

      if (g_str_equal (mtx_event_get_event_id (post->event), event_id))
        {
          g_ptr_array_remove_index (self->posts, i);
          return TRUE;
        }
    }

  return FALSE;
}

/**
 * mtx_public_window_clear:
 * @self: a window
 *
 * Lets go of all posts.
 */
void
mtx_public_window_clear (MtxPublicWindow *self)
{
  g_ptr_array_set_size (self->posts, 0);
}
