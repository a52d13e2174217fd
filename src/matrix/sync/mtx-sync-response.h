/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One answer of /sync as plain values. Made in a thread from JSON nobody trusts; a bad element is counted
 * and skipped. Nothing else reads sync JSON.
 */
#pragma once

#include "mtx-event-private.h"

G_BEGIN_DECLS

typedef struct _MtxSyncReceipt   MtxSyncReceipt;
typedef struct _MtxSyncResponse  MtxSyncResponse;
typedef struct _MtxSyncRoom      MtxSyncRoom;
typedef struct _MtxToDeviceEvent MtxToDeviceEvent;

/* Longer lists are cut; what was cut counts as bad. */
#define MTX_SYNC_MAX_TO_DEVICE    10000
#define MTX_SYNC_MAX_ROOMS        10000
#define MTX_SYNC_MAX_ROOM_EVENTS  50000
#define MTX_SYNC_MAX_DEVICE_USERS 100000

typedef enum
{
  MTX_SYNC_JOINED,
  MTX_SYNC_INVITED,
  MTX_SYNC_LEFT,
  MTX_SYNC_KNOCKED,
} MtxSyncSection;

struct _MtxToDeviceEvent
{
  char       *sender;
  char       *type;
  JsonObject *content;
};

struct _MtxSyncReceipt
{
  char   *user_id;
  char   *event_id;
  char   *thread_id;        /* or NULL: unthreaded */
  gint64  timestamp_ms;     /* 0: not given */
};

struct _MtxSyncRoom
{
  char           *room_id;
  MtxSyncSection  section;
  gboolean        limited;
  char           *prev_batch;     /* or NULL */
  GPtrArray      *state;          /* of MtxEvent; the state after the timeline. Invite and knock: stripped, no event ids */
  GPtrArray      *timeline;       /* of MtxEvent, oldest first; the engine replaces encrypted ones */
  GPtrArray      *receipts;       /* of MtxSyncReceipt; m.read only */
  gint64          joined_count;   /* -1: not given */
  gint64          invited_count;  /* -1: not given */
};

struct _MtxSyncResponse
{
  gatomicrefcount  ref_count;
  char            *next_batch;
  GPtrArray       *to_device;                    /* of MtxToDeviceEvent, in order */
  GStrv            changed;                      /* users whose devices changed */
  GStrv            left;                         /* users who share no encrypted room with us any more */
  gint64           one_time_key_count;           /* signed_curve25519; 0 when absent (M10) */
  gboolean         fallback_key_unused;          /* signed_curve25519 is in the list of unused types */
  gboolean         has_unused_fallback_types;    /* the list was there at all */
  GPtrArray       *rooms;                        /* of MtxSyncRoom */
  GHashTable      *direct;                       /* user id → GStrv of room ids; or NULL: no m.direct in this sync */
  GHashTable      *account_data;                 /* type → JsonObject: the rest of the person's settings the filter asks for */
  GPtrArray       *healed;                       /* of MtxEvent; filled by the engine: stored events that can be read now */
  guint            bad;                          /* elements counted and skipped */
};

#define MTX_TYPE_SYNC_RESPONSE (mtx_sync_response_get_type ())

GType            mtx_sync_response_get_type      (void);
MtxSyncResponse *mtx_sync_response_new_empty     (void);
MtxSyncResponse *mtx_sync_response_new_from_json (JsonObject       *untrusted,
                                                  GError          **error);
MtxSyncResponse *mtx_sync_response_ref           (MtxSyncResponse  *self);
void             mtx_sync_response_unref         (MtxSyncResponse  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxSyncResponse, mtx_sync_response_unref)

G_END_DECLS
