/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a timeline's rows come from: the store, and, where the store has a gap, the server. What the server
 * sends goes into the store first; only stored rows are shown.
 */
#include "mtx-timeline-private.h"

#include "mtx-change-set.h"
#include "mtx-crypto-engine.h"
#include "mtx-db.h"
#include "mtx-encryption.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-event-chunk.h"
#include "mtx-event-row.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-room-list-private.h"

#define FIRST_ROWS       32 /* a window of them: a row on the screen costs time and memory, used or not */
#define PAGE_ROWS        100
#define PAGE_EVENTS      "50"
#define SHOWN_AT_LEAST   30 /* what a first look or a page should show, if there is so much */
#define MAX_STORE_PAGES  20 /* of rows that show nothing */
#define MAX_SERVER_PAGES 20 /* per walk */
#define PAGE_MAX_BYTES   (8 * 1024 * 1024)

typedef struct
{
  MtxChangeSet *changes;
  const char   *token;
} FillTarget;

/* Store */

static gboolean
load_read_marker (MtxTimeline *self,
                  GError     **error)
{
  MtxJsonLimits           limits = { .max_bytes = 4096, .max_depth = 2 };
  g_autoptr (GError)      absent = NULL;
  g_autofree char        *text = dex_await_string (mtx_room_store_load_account_data (self->db, mtx_room_get_id (self->room),
                                                                                     MTX_ROOM_DATA_READ_MARKER),
                                                   &absent);
  g_autoptr (JsonObject)  marker = NULL;
  g_autoptr (MtxEventRow) row = NULL;
  const char             *event_id = NULL;

  if (text != NULL)
    marker = mtx_json_parse_object (text, -1, &limits, NULL);
  event_id = mtx_json_get_string (marker, "event_id");
  if (event_id != NULL)
    row = dex_await_boxed (mtx_event_store_load_event (self->db, mtx_room_get_id (self->room), event_id), &absent);

  /* A marker at an event we do not have, or whose place is not known, says nothing yet. */
  if (row != NULL && !row->echo)
    self->read_position = MAX (self->read_position, row->position);

  if (absent == NULL || g_error_matches (absent, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&absent));

  return FALSE;
}

static GPtrArray *
load_page (MtxTimeline *self,
           gint64       before,
           guint        max_rows,
           GError     **error)
{
  return dex_await_boxed (mtx_event_store_load_before (self->db, mtx_room_get_id (self->room), before, max_rows), error);
}

/* Shown events that @rows would replace, or that something happened to. */
static GStrv
take_stale (MtxTimeline *self,
            GPtrArray   *rows)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GHashTableIter           iter;
  gpointer                 event_id = NULL;

  for (guint i = 0; i < rows->len; i++)
    {
      const MtxEventRow *row = g_ptr_array_index (rows, i);

      if (g_strcmp0 (row->relation_type, "m.replace") == 0 && row->relates_to != NULL)
        g_hash_table_add (self->stale, g_strdup (row->relates_to));
    }

  g_hash_table_iter_init (&iter, self->stale);
  while (g_hash_table_iter_next (&iter, &event_id, NULL))
    if (g_hash_table_contains (self->by_id, event_id))
      g_strv_builder_add (builder, event_id);
  g_hash_table_remove_all (self->stale);

  return g_strv_builder_end (builder);
}

static GPtrArray *
load_edits (MtxTimeline *self,
            GPtrArray   *rows,
            GStrv        stale,
            GError     **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv)           ids = NULL;

  for (guint i = 0; i < rows->len; i++)
    g_strv_builder_add (builder, ((MtxEventRow *)g_ptr_array_index (rows, i))->event_id);
  g_strv_builder_addv (builder, (const char **)stale);
  ids = g_strv_builder_end (builder);

  return dex_await_boxed (mtx_event_store_load_edits (self->db, mtx_room_get_id (self->room), (const char *const *)ids), error);
}

/* Shows rows, and what they change of rows that are shown, as all edits in the store would have it. */
static gboolean
merge (MtxTimeline *self,
       GPtrArray   *rows,
       GError     **error)
{
  g_auto (GStrv)        stale = take_stale (self, rows);
  g_autoptr (GPtrArray) changed = NULL;
  g_autoptr (GPtrArray) still_shown = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_row_unref);
  g_autoptr (GPtrArray) edits = NULL;

  if (stale[0] == NULL)
    changed = g_ptr_array_new ();
  else
    changed = dex_await_boxed (mtx_event_store_load_known (self->db, mtx_room_get_id (self->room), (const char *const *)stale), error);
  if (changed == NULL)
    return FALSE;
  edits = load_edits (self, rows, stale, error);
  if (edits == NULL)
    return FALSE;

  for (guint i = 0; i < changed->len; i++)
    {
      MtxEventRow *row = g_ptr_array_index (changed, i);

      if (g_hash_table_contains (self->by_id, row->event_id))
        g_ptr_array_add (still_shown, mtx_event_row_ref (row));
    }
  _mtx_timeline_merge (self, rows, edits);
  _mtx_timeline_merge (self, still_shown, edits);

  return TRUE;
}

/* What of the newest page is not shown as it should be: later than the window, or ours with its final place.
 * Echoes are later than everything. */
static GPtrArray *
pick_news (MtxTimeline *self,
           GPtrArray   *rows)
{
  GPtrArray *news = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_row_unref);

  for (guint i = 0; i < rows->len; i++)
    {
      MtxEventRow     *row = g_ptr_array_index (rows, i);
      MtxTimelineItem *item = g_hash_table_lookup (self->by_id, row->event_id);

      if (row->position > self->newest_position || (item != NULL && _mtx_timeline_item_get_position (item) != row->position))
        g_ptr_array_add (news, mtx_event_row_ref (row));
    }

  return news;
}

/* Reads older rows of the store until @n_wanted are shown. */
static gboolean
load_stored (MtxTimeline *self,
             guint        n_wanted,
             gboolean    *loaded,
             GError     **error)
{
  for (guint i = 0; i < MAX_STORE_PAGES && self->remote->len < n_wanted; i++)
    {
      g_autoptr (GPtrArray) rows = load_page (self, self->oldest_position, PAGE_ROWS, error);

      if (rows == NULL)
        return FALSE;
      if (rows->len == 0)
        return TRUE;

      if (!merge (self, rows, error))
        return FALSE;
      *loaded = TRUE;
    }

  return TRUE;
}

/* Looks whether there is more, and fills gaps that are inside the window. */
static gboolean
look_around (MtxTimeline *self,
             GError     **error)
{
  g_autoptr (GPtrArray) older = load_page (self, self->oldest_position, 1, error);
  g_autoptr (GPtrArray) gaps = NULL;

  if (older == NULL)
    return FALSE;
  gaps = dex_await_boxed (mtx_event_store_load_gaps (self->db, mtx_room_get_id (self->room)), error);
  if (gaps == NULL)
    return FALSE;

  _mtx_timeline_set_has_older (self, older->len > 0 || gaps->len > 0);
  if (gaps->len > 0 && self->remote->len > 0 && ((MtxGapRow *)g_ptr_array_index (gaps, gaps->len - 1))->position > self->oldest_position)
    _mtx_timeline_fill_gaps (self);

  return TRUE;
}

static gboolean
refresh_once (MtxTimeline *self,
              GError     **error)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) news = NULL;
  gboolean              loaded = FALSE;

  if (!load_read_marker (self, error))
    return FALSE;
  rows = load_page (self, G_MAXINT64, self->newest_position > 0 ? PAGE_ROWS : FIRST_ROWS, error);
  if (rows == NULL)
    return FALSE;

  /* More is new than a page holds: what lies between would be missing, so start again from the end. */
  if (self->newest_position > 0 && rows->len == PAGE_ROWS && ((MtxEventRow *)g_ptr_array_index (rows, 0))->position > self->newest_position)
    {
      _mtx_timeline_reset (self);
      _mtx_timeline_set_has_older (self, TRUE);
    }

  news = pick_news (self, rows);
  if (!merge (self, news, error))
    return FALSE;
  _mtx_timeline_trim (self);

  return load_stored (self, SHOWN_AT_LEAST, &loaded, error) && look_around (self, error);
}

static DexFuture *
refresh_fiber (gpointer data)
{
  MtxTimeline       *self = data;
  g_autoptr (GError) error = NULL;
  guint              seen = 0;

  do
    {
      seen = self->news;
      if (!refresh_once (self, &error))
        break;
    }
  while (seen != self->news);

  dex_clear (&self->refreshing);

  return error != NULL ? dex_future_new_for_error (g_steal_pointer (&error)) : dex_future_new_true ();
}

/**
 * _mtx_timeline_refresh:
 * @self: a bound timeline
 *
 * Shows what the store has got since the last time. Asking while one is under way makes it look once more.
 *
 * Returns: (transfer full): a future that resolves when the window is current; rejects as the store does
 */
DexFuture *
_mtx_timeline_refresh (MtxTimeline *self)
{
  self->news++;
  if (self->refreshing == NULL)
    self->refreshing = mtx_fiber_spawn ("mtx-timeline-refresh", refresh_fiber, g_object_ref (self), g_object_unref);

  return dex_ref (self->refreshing);
}

/* Server */

static void
fill_row (const MtxEventRow *row,
          gpointer           data)
{
  FillTarget *target = data;

  mtx_event_store_fill_gap (target->changes, target->token, row);
}

static GPtrArray *
decrypt (MtxTimeline *self,
         GPtrArray   *events,
         GError     **error)
{
  if (self->encryption == NULL || events->len == 0)
    return g_ptr_array_ref (events);

  return dex_await_boxed (mtx_crypto_engine_decrypt_events (mtx_encryption_get_engine (self->encryption), events), error);
}

static GPtrArray *
load_known (MtxTimeline *self,
            GPtrArray   *events,
            GError     **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv)           ids = NULL;

  for (guint i = 0; i < events->len; i++)
    g_strv_builder_add (builder, mtx_event_get_event_id (g_ptr_array_index (events, i)));
  ids = g_strv_builder_end (builder);

  return dex_await_boxed (mtx_event_store_load_known (self->db, mtx_room_get_id (self->room), (const char *const *)ids),
                          error);
}

/* Stores a page that was fetched backwards, up to the first event we had already: there the gap is closed. */
static gboolean
store_page (MtxTimeline   *self,
            MtxGapRow     *gap,
            MtxEventChunk *chunk,
            GError       **error)
{
  g_autoptr (GPtrArray)    known = load_known (self, chunk->events, error);
  g_autoptr (GPtrArray)    events = NULL;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GHashTable)   known_ids = g_hash_table_new (g_str_hash, g_str_equal);
  FillTarget               target = { changes, gap->token };
  gboolean                 closed = chunk->end == NULL || g_str_equal (chunk->end, gap->token);

  if (known == NULL)
    return FALSE;
  events = decrypt (self, chunk->events, error);
  if (events == NULL)
    return FALSE;

  for (guint i = 0; i < known->len; i++)
    if (((MtxEventRow *)g_ptr_array_index (known, i))->position < gap->position)
      g_hash_table_add (known_ids, (gpointer)((MtxEventRow *)g_ptr_array_index (known, i))->event_id);

  for (guint i = 0; i < events->len; i++)
    {
      g_autoptr (MtxEvent) event = mtx_event_ref (g_ptr_array_index (events, i));

      if (g_hash_table_contains (known_ids, mtx_event_get_event_id (event)))
        {
          closed = TRUE;
          break;
        }
      if (mtx_room_get_encrypted (self->room) && _mtx_event_is_plaintext_message (event))
        {
          MtxEvent *marked = mtx_event_new_with_shield (event, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);

          mtx_event_unref (event);
          event = marked;
        }
      mtx_event_to_row (event, FALSE, fill_row, &target);
    }

  mtx_event_store_move_gap (changes, gap->room_id, gap->token, closed ? NULL : chunk->end);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

static gboolean
fetch_page (MtxTimeline *self,
            MtxGapRow   *gap,
            GError     **error)
{
  g_autoptr (MtxRequest)    request = mtx_request_new (MTX_ENDPOINT_MESSAGES, gap->room_id, NULL);
  g_autoptr (MtxEventChunk) chunk = NULL;
  g_autoptr (GPtrArray)     stored = NULL;

  mtx_request_add_query (request, "dir", "b");
  mtx_request_add_query (request, "from", gap->token);
  mtx_request_add_query (request, "limit", PAGE_EVENTS);
  mtx_request_add_query (request, "filter", "{\"lazy_load_members\":true}");
  mtx_request_set_max_reply (request, PAGE_MAX_BYTES);

  chunk = dex_await_boxed (mtx_event_chunk_fetch (self->http, request, gap->room_id), error);
  if (chunk == NULL || !store_page (self, gap, chunk, error))
    return FALSE;

  stored = load_known (self, chunk->events, error);
  if (stored == NULL)
    return FALSE;

  return merge (self, stored, error);
}

/* Takes the right to walk: walks change gaps, so there is one at a time. */
static void
begin_walk (MtxTimeline *self)
{
  while (self->walking != NULL)
    dex_await (dex_ref (DEX_FUTURE (self->walking)), NULL); /* how that walk ended is its own caller's matter */

  self->walking = dex_promise_new ();
}

static void
end_walk (MtxTimeline *self)
{
  g_autoptr (DexPromise) done = g_steal_pointer (&self->walking);

  dex_promise_resolve_boolean (done, TRUE);
}

static DexFuture *
finish_walk (MtxTimeline *self,
             GError      *error)
{
  end_walk (self);

  return error != NULL ? dex_future_new_for_error (error) : dex_future_new_for_boolean (self->has_older);
}

/* The gap nearest to the end that lies inside the window, else the one nearest before it. */
static MtxGapRow *
choose_gap (MtxTimeline *self,
            GPtrArray   *gaps,
            gboolean     inside_only)
{
  MtxGapRow *newest = gaps->len > 0 ? g_ptr_array_index (gaps, gaps->len - 1) : NULL;

  return newest != NULL && (!inside_only || newest->position > self->oldest_position) ? newest : NULL;
}

static gboolean
walk_gaps (MtxTimeline *self,
           gboolean     inside_only,
           GError     **error)
{
  guint n_shown = self->remote->len;

  for (guint i = 0; i < MAX_SERVER_PAGES; i++)
    {
      g_autoptr (GPtrArray) gaps = dex_await_boxed (mtx_event_store_load_gaps (self->db, mtx_room_get_id (self->room)), error);
      MtxGapRow            *gap = NULL;

      if (gaps == NULL)
        return FALSE;
      gap = choose_gap (self, gaps, inside_only);
      if (gap == NULL)
        return TRUE;
      if (!fetch_page (self, gap, error))
        return FALSE;
      if (!inside_only && self->remote->len >= n_shown + SHOWN_AT_LEAST)
        return TRUE;
    }

  return TRUE;
}

static DexFuture *
fill_gaps_fiber (gpointer data)
{
  MtxTimeline       *self = data;
  g_autoptr (GError) error = NULL;

  begin_walk (self);
  if (walk_gaps (self, TRUE, &error))
    look_around (self, &error);

  return finish_walk (self, g_steal_pointer (&error));
}

/**
 * _mtx_timeline_fill_gaps:
 * @self: a bound timeline
 *
 * Fetches what is missing in the middle of the window, beside everything else. A failure leaves the gap for the
 * next time.
 */
void
_mtx_timeline_fill_gaps (MtxTimeline *self)
{
  if (self->walking != NULL)
    return;

  mtx_fiber_fire (mtx_fiber_spawn ("mtx-timeline-gaps", fill_gaps_fiber, g_object_ref (self), g_object_unref),
                  "fetch messages that a sync skipped");
}

static DexFuture *
mtx_timeline_load_older_fiber (gpointer data)
{
  MtxTimeline       *self = data;
  g_autoptr (GError) error = NULL;
  gboolean           loaded = FALSE;

  begin_walk (self);
  self->reading_back = TRUE;

  if (!load_stored (self, self->remote->len + SHOWN_AT_LEAST, &loaded, &error) || (!loaded && !walk_gaps (self, FALSE, &error)) || !look_around (self, &error))
    return finish_walk (self, g_steal_pointer (&error));

  return finish_walk (self, NULL);
}

/**
 * mtx_timeline_load_older:
 * @self: a timeline
 *
 * Adds older messages at the beginning: from the store as long as it has some, then from the server.
 *
 * Returns: (transfer full): a future that resolves to a boolean, whether there may be still more; rejects as the
 *   store does, or as mtx_http_send() does with nothing lost
 */
DexFuture *
mtx_timeline_load_older (MtxTimeline *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE (self), NULL);

  if (self->room == NULL)
    return dex_future_new_for_boolean (FALSE);

  return mtx_fiber_spawn ("mtx-timeline-older", mtx_timeline_load_older_fiber, g_object_ref (self), g_object_unref);
}
