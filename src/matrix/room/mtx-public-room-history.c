/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a public room's events come into the store and from there into the window: new ones at the top, missing
 * ones into their gaps, older ones on demand. The store has the order; nothing is shown that it does not hold.
 */
#include "mtx-public-room-private.h"

#include "mtx-change-set.h"
#include "mtx-error.h"
#include "mtx-event-chunk.h"
#include "mtx-event-row.h"
#include "mtx-public-requests.h"

/* What is read from the store at once: little enough for one turn of the main loop. */
#define STORE_ROWS 100

/* Beyond so many new events the window starts again at the top. */
#define MAX_NEW_ROWS 1000

/* What one refresh may fetch to close gaps, and one run to find a first page of posts among strangers'. */
#define MAX_CATCH_UP_PAGES 5
#define MAX_AUTO_PAGES     20

typedef struct
{
  MtxChangeSet *changes;
  const char   *gap; /* its token, or NULL to append */
} RowTarget;

static void
put_row (const MtxEventRow *row,
         gpointer           data)
{
  RowTarget *target = data;

  if (target->gap != NULL)
    mtx_event_store_fill_gap (target->changes, target->gap, row);
  else
    mtx_event_store_append (target->changes, row);
}

static void
put_event (MtxChangeSet *changes,
           const char   *gap,
           MtxEvent     *event)
{
  RowTarget target = { changes, gap };

  mtx_event_to_row (event, FALSE, put_row, &target);
}

/* After the events of a page, because it may hold a redaction before what that removes. */
static void
put_redactions (MtxChangeSet  *changes,
                MtxEventChunk *chunk,
                guint          n_new)
{
  for (guint i = 0; i < n_new; i++)
    {
      MtxEvent *event = g_ptr_array_index (chunk->events, i);

      if (mtx_event_get_redacts (event) != NULL)
        mtx_event_store_redact (changes, mtx_event_get_room_id (event), mtx_event_get_redacts (event));
    }
}

/* What a page says about the present, after its events were shown: what is gone, and that power may have changed. */
static void
note_events (MtxPublicRoom *self,
             MtxEventChunk *chunk,
             guint          n_new)
{
  for (guint i = 0; i < n_new; i++)
    {
      MtxEvent   *event = g_ptr_array_index (chunk->events, i);
      const char *redacts = mtx_event_get_redacts (event);

      if (redacts != NULL && mtx_public_window_remove (self->window, redacts))
        self->changed = TRUE;
      if (g_str_equal (mtx_event_get_type_name (event), "m.room.power_levels"))
        self->power_current = FALSE;
    }
}

/* Fetches a page, newest first. What a server repeats in it counts once. */
static MtxEventChunk *
fetch_page (MtxPublicRoom *self,
            MtxHttp       *http,
            const char    *token,
            GError       **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  MtxEventChunk         *chunk = dex_await_boxed (mtx_public_requests_fetch_page (http, self->room_id, token), error);
  guint                  i = 0;

  while (chunk != NULL && i < chunk->events->len)
    {
      MtxEvent *event = g_ptr_array_index (chunk->events, i);

      if (g_hash_table_add (ids, (gpointer)mtx_event_get_event_id (event)))
        i++;
      else
        g_ptr_array_remove_index (chunk->events, i);
    }

  return chunk;
}

static GPtrArray *
load_known (MtxPublicRoom *self,
            GPtrArray     *ids,
            GError       **error)
{
  g_ptr_array_add (ids, NULL);

  return dex_await_boxed (mtx_event_store_load_known (self->db, self->room_id, (const char *const *)ids->pdata), error);
}

/* How many events of a page come before the first that is stored. */
static gboolean
count_unknown (MtxPublicRoom *self,
               MtxEventChunk *chunk,
               guint         *n_unknown,
               GError       **error)
{
  g_autoptr (GPtrArray)  ids = g_ptr_array_new ();
  g_autoptr (GPtrArray)  known = NULL;
  g_autoptr (GHashTable) known_ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < chunk->events->len; i++)
    g_ptr_array_add (ids, (gpointer)mtx_event_get_event_id (g_ptr_array_index (chunk->events, i)));

  known = load_known (self, ids, error);
  if (known == NULL)
    return FALSE;

  for (guint i = 0; i < known->len; i++)
    g_hash_table_add (known_ids, (gpointer)((MtxEventRow *)g_ptr_array_index (known, i))->event_id);

  *n_unknown = 0;
  while (*n_unknown < chunk->events->len && !g_hash_table_contains (known_ids, ids->pdata[*n_unknown]))
    (*n_unknown)++;

  return TRUE;
}

static GPtrArray *
load_gaps (MtxPublicRoom *self,
           GError       **error)
{
  GPtrArray *gaps = dex_await_boxed (mtx_event_store_load_gaps (self->db, self->room_id), error);

  if (gaps != NULL)
    self->n_gaps = gaps->len;

  return gaps;
}

static void
show_row (MtxPublicRoom *self,
          MtxEventRow   *row)
{
  g_autoptr (MtxEvent) event = mtx_event_new_from_row (row);

  if (mtx_public_window_add (self->window, row->position, event))
    self->changed = TRUE;
  self->newest_position = MAX (self->newest_position, row->position);
  self->oldest_position = MIN (self->oldest_position, row->position);
}

/* A stored redaction no longer says of what; the rows it emptied do. */
static gboolean
drop_redacted (MtxPublicRoom *self,
               GError       **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  g_autoptr (GPtrArray) rows = NULL;

  for (guint i = 0; i < mtx_public_window_get_n (self->window); i++)
    g_ptr_array_add (ids, (gpointer)mtx_event_get_event_id (mtx_public_window_get (self->window, i)));

  rows = load_known (self, ids, error);
  if (rows == NULL)
    return FALSE;

  for (guint i = 0; i < rows->len; i++)
    {
      MtxEventRow *row = g_ptr_array_index (rows, i);

      if (row->redacted && mtx_public_window_remove (self->window, row->event_id))
        self->changed = TRUE;
    }

  return TRUE;
}

/* Brings into the window what was stored behind its top, by a refresh or by a sync. */
gboolean
_mtx_public_room_load_newer (MtxPublicRoom *self,
                             GError       **error)
{
  g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_event_store_load_after (self->db, self->room_id, self->newest_position), error);
  gboolean              redaction = FALSE;
  guint                 first = 0;

  if (rows == NULL)
    return FALSE;

  if (rows->len > MAX_NEW_ROWS)
    {
      first = rows->len - STORE_ROWS;
      mtx_public_window_clear (self->window);
      self->oldest_position = G_MAXINT64;
      self->store_exhausted = FALSE;
      self->changed = TRUE;
    }

  for (guint i = first; i < rows->len; i++)
    {
      MtxEventRow *row = g_ptr_array_index (rows, i);

      show_row (self, row);
      redaction = redaction || g_str_equal (row->type, "m.room.redaction");
    }

  return !redaction || drop_redacted (self, error);
}

/* Fetches the newest page of a room that no sync brings. Where it does not reach what is stored, a gap remains. */
gboolean
_mtx_public_room_fetch_newest (MtxPublicRoom *self,
                               MtxHttp       *http,
                               GError       **error)
{
  MtxRoom                  *before = mtx_room_list_lookup (self->rooms, self->room_id);
  g_autoptr (MtxChangeSet)  changes = mtx_change_set_new ();
  g_autoptr (MtxEventChunk) chunk = fetch_page (self, http, NULL, error);
  guint                     n_new = 0;

  if (chunk == NULL || !count_unknown (self, chunk, &n_new, error))
    return FALSE;

  /* A sync has brought the room meanwhile, and with it the order of what is new. */
  if (mtx_room_list_lookup (self->rooms, self->room_id) != before)
    return TRUE;

  /* An empty page leaves something to fetch only where there is nothing yet. */
  if (n_new == chunk->events->len && chunk->end != NULL && (n_new > 0 || (self->newest_position == 0 && self->n_gaps == 0)))
    mtx_event_store_append_gap (changes, self->room_id, chunk->end);

  for (guint i = n_new; i > 0; i--)
    put_event (changes, NULL, g_ptr_array_index (chunk->events, i - 1));
  put_redactions (changes, chunk, n_new);

  if (!mtx_change_set_is_empty (changes) && !dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;

  if (!_mtx_public_room_load_newer (self, error))
    return FALSE;
  note_events (self, chunk, n_new);

  return TRUE;
}

/* Fetches the page that belongs at the end of a gap. It is not shown if the window does not reach down to it. */
static gboolean
fill_gap (MtxPublicRoom *self,
          MtxHttp       *http,
          MtxGapRow     *gap,
          gboolean       show,
          GError       **error)
{
  g_autoptr (MtxChangeSet)  changes = mtx_change_set_new ();
  g_autoptr (MtxEventChunk) chunk = fetch_page (self, http, gap->token, error);
  guint                     n_new = 0;
  gboolean                  closed;

  if (chunk == NULL || !count_unknown (self, chunk, &n_new, error))
    return FALSE;

  /* A token that leads to itself would be followed for ever. */
  closed = n_new < chunk->events->len || chunk->end == NULL || g_str_equal (chunk->end, gap->token);

  for (guint i = 0; i < n_new; i++)
    put_event (changes, gap->token, g_ptr_array_index (chunk->events, i));
  put_redactions (changes, chunk, n_new);
  mtx_event_store_move_gap (changes, self->room_id, gap->token, closed ? NULL : chunk->end);

  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;

  for (guint i = 0; show && i < n_new; i++)
    {
      MtxEvent *event = g_ptr_array_index (chunk->events, i);
      gint64    position = gap->position - i;

      if (mtx_public_window_add (self->window, position, event))
        self->changed = TRUE;
      self->newest_position = MAX (self->newest_position, position);
      self->oldest_position = MIN (self->oldest_position, position);
    }
  note_events (self, chunk, n_new);

  if (closed && self->n_gaps > 0)
    self->n_gaps--;

  return TRUE;
}

/* The newest event stored before a position, as #MtxEventRow in an array of at most one. */
static GPtrArray *
load_row_before (MtxPublicRoom *self,
                 gint64         position,
                 GError       **error)
{
  return dex_await_boxed (mtx_event_store_load_before (self->db, self->room_id, position, 1), error);
}

/* Closes a gap between stored events; whether it is one, or the beginning that was never fetched, is told in @hole. */
static gboolean
close_hole (MtxPublicRoom *self,
            MtxHttp       *http,
            MtxGapRow     *gap,
            gboolean      *hole,
            GError       **error)
{
  g_autoptr (GPtrArray) before_gap = load_row_before (self, gap->position, error);
  g_autoptr (GPtrArray) before_window = NULL;
  gboolean              reached = TRUE;

  if (before_gap == NULL)
    return FALSE;

  *hole = before_gap->len > 0;
  if (!*hole)
    return TRUE;

  before_window = load_row_before (self, self->oldest_position, error);
  if (before_window == NULL)
    return FALSE;
  if (before_window->len > 0 && gap->position < self->oldest_position)
    reached = ((MtxEventRow *)g_ptr_array_index (before_window, 0))->position < gap->position;

  return fill_gap (self, http, gap, reached, error);
}

/* The last gap on one side of a position: above it, or below. */
static MtxGapRow *
find_gap (GPtrArray *gaps,
          gint64     position,
          gboolean   above)
{
  for (guint i = gaps->len; i > 0; i--)
    {
      MtxGapRow *gap = g_ptr_array_index (gaps, i - 1);

      if ((gap->position > position) == above)
        return gap;
    }

  return NULL;
}

/* Shows those rows that are newer than @after. */
static guint
show_rows_after (MtxPublicRoom *self,
                 GPtrArray     *rows,
                 gint64         after)
{
  guint shown = 0;

  for (guint i = rows->len; i > 0; i--)
    {
      MtxEventRow *row = g_ptr_array_index (rows, i - 1);

      if (row->position <= after)
        break;
      show_row (self, row);
      shown++;
    }

  return shown;
}

/* One step back: through a gap if the way leads there and there is a network, else by what is stored. */
static gboolean
step_back (MtxPublicRoom *self,
           MtxHttp       *http,
           gboolean      *moved,
           GError       **error)
{
  g_autoptr (GPtrArray) gaps = load_gaps (self, error);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError)    failure = NULL;
  gboolean              empty = self->oldest_position == G_MAXINT64;
  MtxGapRow            *gap;
  guint                 shown;

  if (gaps == NULL)
    return FALSE;

  *moved = TRUE;
  gap = http != NULL && !empty ? find_gap (gaps, self->oldest_position, TRUE) : NULL;
  if (gap != NULL)
    return fill_gap (self, http, gap, TRUE, error);

  rows = dex_await_boxed (mtx_event_store_load_before (self->db, self->room_id, self->oldest_position, STORE_ROWS), error);
  if (rows == NULL)
    return FALSE;

  gap = find_gap (gaps, self->oldest_position, FALSE);
  shown = show_rows_after (self, rows, gap != NULL ? gap->position : G_MININT64);
  if (shown == 0 && gap != NULL && http != NULL)
    {
      if (fill_gap (self, http, gap, TRUE, &failure))
        return TRUE;
      if (!mtx_error_is_temporary (failure) || rows->len == 0)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }

  /* Without the network what lies behind the gap is better than nothing; the gap is filled another time. */
  if (shown == 0)
    shown = show_rows_after (self, rows, G_MININT64);

  self->store_exhausted = shown == rows->len && rows->len < STORE_ROWS;
  *moved = shown > 0;

  return TRUE;
}

/* Closes holes under what is new; and where strangers fill the room, looks behind them for a first page of posts. */
gboolean
_mtx_public_room_catch_up (MtxPublicRoom *self,
                           MtxHttp       *http,
                           GError       **error)
{
  for (guint page = 0; page < MAX_CATCH_UP_PAGES; page++)
    {
      g_autoptr (GPtrArray) gaps = load_gaps (self, error);
      gboolean              hole = FALSE;
      gboolean              moved = FALSE;

      if (gaps == NULL)
        return FALSE;
      if (gaps->len == 0)
        return TRUE;

      if (!close_hole (self, http, g_ptr_array_index (gaps, gaps->len - 1), &hole, error))
        return FALSE;
      if (hole)
        continue;

      if (_mtx_public_room_count_powerful (self) >= MTX_PUBLIC_ROOM_PAGE_POSTS || self->auto_pages >= MAX_AUTO_PAGES)
        return TRUE;
      self->auto_pages++;
      if (!step_back (self, http, &moved, error))
        return FALSE;
    }

  return TRUE;
}

/* Goes back until another page of posts is found, at most @max_steps. Without @http only what is stored is shown. */
gboolean
_mtx_public_room_page_back (MtxPublicRoom *self,
                            MtxHttp       *http,
                            guint          max_steps,
                            GError       **error)
{
  guint before = _mtx_public_room_count_powerful (self);

  for (guint step = 0; step < max_steps; step++)
    {
      gboolean moved = FALSE;

      if (!step_back (self, http, &moved, error))
        return FALSE;
      if (!moved || _mtx_public_room_count_powerful (self) >= before + MTX_PUBLIC_ROOM_PAGE_POSTS)
        break;
    }

  return TRUE;
}
