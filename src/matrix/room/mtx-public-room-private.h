/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the facets of a public room share: its fields, and steps that run inside one of its turns.
 */
#pragma once

#include "mtx-db.h"
#include "mtx-http.h"
#include "mtx-public-room.h"
#include "mtx-public-window.h"
#include "mtx-room-list.h"
#include "mtx-room-summary.h"
#include "mtx-turns.h"

G_BEGIN_DECLS

/* So many posts by people with power make a page; the rest of a room is skipped over. */
#define MTX_PUBLIC_ROOM_PAGE_POSTS 20

struct _MtxPublicRoom
{
  GObject parent_instance;

  /* Owned References */
  MtxDb           *db;
  MtxRoomList     *rooms;
  char            *address;
  char            *room_id;
  GPtrArray       *servers;     /* of char *; to join by */
  MtxRoomSummary  *summary;     /* as seen from outside; NULL until the room id is known */
  MtxPowerLevels  *levels;      /* made from the summary; NULL until asked for */
  MtxPowerLevels  *told_levels; /* as of the last "changed" */
  MtxPublicWindow *window;
  MtxTurns         turns;

  /* State */
  gint64   newest_position; /* of all events looked at, posts or not */
  gint64   oldest_position;
  gint64   joined_at;       /* monotonic µs; 0: we did not ask to join */
  gint64   looked_for_successor_at; /* likewise; 0: not yet */
  guint    auto_pages;      /* how many pages of history were fetched without being asked for */
  guint    n_gaps;
  gboolean store_exhausted; /* nothing is stored before oldest_position */
  gboolean resolved;        /* the directory was asked in this run */
  gboolean power_current;
  gboolean changed;
  gboolean told_has_older;  /* as of the last "changed" */
};

gboolean _mtx_public_room_load_power      (MtxPublicRoom  *self,
                                           GError        **error);
gboolean _mtx_public_room_fetch_power     (MtxPublicRoom  *self,
                                           MtxHttp        *http,
                                           GError        **error);
guint    _mtx_public_room_count_powerful  (MtxPublicRoom  *self);

char    *_mtx_public_room_find_successor  (MtxPublicRoom  *self,
                                           MtxHttp        *http,
                                           gboolean       *is_joined,
                                           GError        **error);

gboolean _mtx_public_room_load_newer      (MtxPublicRoom  *self,
                                           GError        **error);
gboolean _mtx_public_room_fetch_newest    (MtxPublicRoom  *self,
                                           MtxHttp        *http,
                                           GError        **error);
gboolean _mtx_public_room_catch_up        (MtxPublicRoom  *self,
                                           MtxHttp        *http,
                                           GError        **error);
gboolean _mtx_public_room_page_back       (MtxPublicRoom  *self,
                                           MtxHttp        *http,
                                           guint           max_steps,
                                           GError        **error);

G_END_DECLS
