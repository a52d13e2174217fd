/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeps posts sorted. What is no post is not taken: state, media, reactions and redacted events. An edit belongs to
 * another post: the last one that may replace it (mtx_event_new_edited()) gives it its words.
 */
#include "mtx-public-window.h"

#include "mtx-event-edit.h"

/* Edits waiting for posts that are not there (yet); the rest is not remembered. */
#define MAX_EDITS 1000

typedef struct
{
  gint64    position;
  MtxEvent *event;    /* as it is shown */
  MtxEvent *original; /* as it was posted; of an edit, the same */
} Post;

struct _MtxPublicWindow
{
  GPtrArray *posts; /* of Post, newest first */
  GPtrArray *edits; /* of Post, newest first */
};

static void
post_free (gpointer data)
{
  Post *post = data;

  mtx_event_unref (post->event);
  mtx_event_unref (post->original);
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

/* How many of @posts are newer than @position. */
static guint
find_place (GPtrArray *posts,
            gint64     position)
{
  guint low = 0;
  guint high = posts->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      Post *post = g_ptr_array_index (posts, middle);

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
  self->edits = g_ptr_array_new_with_free_func (post_free);

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
  g_ptr_array_unref (self->edits);
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

/* Puts an event among @posts. Returns whether it was not there. */
static gboolean
insert (GPtrArray *posts,
        gint64     position,
        MtxEvent  *event)
{
  guint place = find_place (posts, position);
  Post *post;

  if (place < posts->len && ((Post *)g_ptr_array_index (posts, place))->position == position)
    return FALSE;

  post = g_new0 (Post, 1);
  post->position = position;
  post->event = mtx_event_ref (event);
  post->original = mtx_event_ref (event);
  g_ptr_array_insert (posts, (int)place, post);

  return TRUE;
}

/* Gives a post the words of the newest edit that may replace it, or its own. */
static void
apply_edits (MtxPublicWindow *self,
             Post            *post)
{
  g_autoptr (MtxEvent) shown = NULL;

  for (guint i = 0; i < self->edits->len && shown == NULL; i++)
    shown = mtx_event_new_edited (post->original, ((Post *)g_ptr_array_index (self->edits, i))->event);

  mtx_event_unref (post->event);
  post->event = shown != NULL ? g_steal_pointer (&shown) : mtx_event_ref (post->original);
}

static Post *
find_post (GPtrArray  *posts,
           const char *event_id)
{
  for (guint i = 0; i < posts->len; i++)
    {
      Post *post = g_ptr_array_index (posts, i);

      if (g_strcmp0 (mtx_event_get_event_id (post->original), event_id) == 0)
        return post;
    }

  return NULL;
}

/* What is said of a post that is shown is another thing now. */
static gboolean
update (MtxPublicWindow *self,
        const char      *event_id)
{
  Post *post = find_post (self->posts, event_id);

  if (post != NULL)
    apply_edits (self, post);

  return post != NULL;
}

/**
 * mtx_public_window_add:
 * @self: a window
 * @position: where the store put the event
 * @event: any event of the room
 *
 * Takes in an event if it is a post that is not there yet, or an edit of one, whichever comes first.
 *
 * Returns: whether the window changed
 */
gboolean
mtx_public_window_add (MtxPublicWindow *self,
                       gint64           position,
                       MtxEvent        *event)
{
  if (mtx_event_is_edit (event))
    {
      if (mtx_event_get_kind (event) == MTX_EVENT_KIND_REDACTED || !insert (self->edits, position, event))
        return FALSE;
      if (self->edits->len > MAX_EDITS)
        g_ptr_array_remove_index (self->edits, MAX_EDITS);
      return update (self, mtx_event_get_relates_to (event));
    }

  if (!is_post (event) || !insert (self->posts, position, event))
    return FALSE;
  update (self, mtx_event_get_event_id (event));

  return TRUE;
}

/**
 * mtx_public_window_remove:
 * @self: a window
 * @event_id: an event, which need not be there
 *
 * Lets go of a post, or of an edit: then the post says what it said before.
 *
 * Returns: whether the window changed
 */
gboolean
mtx_public_window_remove (MtxPublicWindow *self,
                          const char      *event_id)
{
  Post *post = find_post (self->posts, event_id);
  Post *edit = find_post (self->edits, event_id);

  if (post != NULL)
    return g_ptr_array_remove (self->posts, post);

  if (edit != NULL)
    {
      g_autofree char *edited = g_strdup (mtx_event_get_relates_to (edit->original));

      g_ptr_array_remove (self->edits, edit);
      return update (self, edited);
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
  g_ptr_array_set_size (self->edits, 0);
}
