/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room's values. The record behind them may be ahead of what was notified by the one commit that is under
 * way; never behind what is stored.
 */
#include "mtx-room-private.h"

#include "mtx-change-set.h"
#include "mtx-crypto-engine.h"
#include "mtx-db.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-event-chunk.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-power-levels.h"
#include "mtx-room-crypto-info.h"

#define MAX_MEMBERS_BYTES   (16 * 1024 * 1024)
#define MAX_MEMBERS_FETCHES 5

/* What was last notified. */
typedef struct
{
  char         *name;
  MtxMembership membership;
  gboolean      encrypted;
  gboolean      can_send;
  gint64        joined_count;
  gint64        invited_count;
} Shown;

struct _MtxRoom
{
  GObject parent_instance;

  /* owned */
  MtxDb          *db;
  MtxHttp        *http;
  char           *own_user_id;
  MtxRoomSummary *summary;
  GHashTable     *members;      /* user id → MtxMembership */
  MtxPowerLevels *power_levels; /* of @power_levels_json, made on demand */
  char           *power_levels_json;

  /* state */
  Shown shown;
  guint members_generation; /* counts syncs that changed members */
};

G_DEFINE_FINAL_TYPE (MtxRoom, mtx_room, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_MEMBERSHIP,
  PROP_ENCRYPTED,
  PROP_CAN_SEND,
  PROP_JOINED_COUNT,
  PROP_INVITED_COUNT,
  N_PROPS
};

enum
{
  MEMBERS_CHANGED,
  NEWS,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint       signals[N_SIGNALS];

static void
mtx_room_finalize (GObject *object)
{
  MtxRoom *self = MTX_ROOM (object);

  g_clear_object (&self->db);
  g_clear_object (&self->http);
  g_free (self->own_user_id);
  g_clear_pointer (&self->summary, mtx_room_summary_free);
  g_clear_pointer (&self->members, g_hash_table_unref);
  g_clear_pointer (&self->power_levels, mtx_power_levels_unref);
  g_free (self->power_levels_json);
  g_free (self->shown.name);

  G_OBJECT_CLASS (mtx_room_parent_class)->finalize (object);
}

static void
mtx_room_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  MtxRoom *self = MTX_ROOM (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, mtx_room_get_id (self));
      break;
    case PROP_NAME:
      g_value_set_string (value, mtx_room_get_name (self));
      break;
    case PROP_MEMBERSHIP:
      g_value_set_enum (value, (int)mtx_room_get_membership (self));
      break;
    case PROP_ENCRYPTED:
      g_value_set_boolean (value, mtx_room_get_encrypted (self));
      break;
    case PROP_CAN_SEND:
      g_value_set_boolean (value, mtx_room_get_can_send (self));
      break;
    case PROP_JOINED_COUNT:
      g_value_set_uint (value, mtx_room_get_joined_count (self));
      break;
    case PROP_INVITED_COUNT:
      g_value_set_uint (value, mtx_room_get_invited_count (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_room_class_init (MtxRoomClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = mtx_room_finalize;
  object_class->get_property = mtx_room_get_property;

  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_MEMBERSHIP] = g_param_spec_enum ("membership", NULL, NULL, MTX_TYPE_MEMBERSHIP, MTX_MEMBERSHIP_NONE, flags);
  properties[PROP_ENCRYPTED] = g_param_spec_boolean ("encrypted", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_SEND] = g_param_spec_boolean ("can-send", NULL, NULL, FALSE, flags);
  properties[PROP_JOINED_COUNT] = g_param_spec_uint ("joined-count", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_INVITED_COUNT] = g_param_spec_uint ("invited-count", NULL, NULL, 0, G_MAXUINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[MEMBERS_CHANGED] = g_signal_new ("members-changed", MTX_TYPE_ROOM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 0);
  /* Carries a MtxRoomNews; for timelines. */
  signals[NEWS] = g_signal_new ("news", MTX_TYPE_ROOM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
mtx_room_init (MtxRoom *self)
{
  self->members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static guint
count_members (MtxRoom      *self,
               MtxMembership membership)
{
  GHashTableIter iter;
  gpointer       value = NULL;
  guint          count = 0;

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if ((MtxMembership)GPOINTER_TO_UINT (value) == membership)
      count++;

  return count;
}

/**
 * mtx_room_get_id:
 * @self: a room
 *
 * Returns: (transfer none): the room's id, opaque (M31)
 */
const char *
mtx_room_get_id (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), NULL);

  return self->summary->room_id;
}

/**
 * mtx_room_get_own_user_id:
 * @self: a room
 *
 * Returns: (transfer none): the account it belongs to
 */
const char *
mtx_room_get_own_user_id (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), NULL);

  return self->own_user_id;
}

/**
 * mtx_room_get_name:
 * @self: a room
 *
 * Returns: (transfer none) (nullable): the room's name, else its address; a stranger's words
 */
const char *
mtx_room_get_name (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), NULL);

  return self->summary->name != NULL ? self->summary->name : self->summary->canonical_alias;
}

/**
 * mtx_room_get_membership:
 * @self: a room
 *
 * Returns: our own standing in it
 */
MtxMembership
mtx_room_get_membership (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), MTX_MEMBERSHIP_NONE);

  return self->summary->membership;
}

/**
 * mtx_room_get_encrypted:
 * @self: a room
 *
 * Returns: whether `m.room.encryption` was ever seen in it (M28)
 */
gboolean
mtx_room_get_encrypted (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), FALSE);

  return self->summary->algorithm != NULL;
}

/**
 * mtx_room_get_algorithm:
 * @self: a room
 *
 * Returns: (transfer none) (nullable): the algorithm it is encrypted with, which we may not know
 */
const char *
mtx_room_get_algorithm (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), NULL);

  return self->summary->algorithm;
}

/**
 * mtx_room_get_can_send:
 * @self: a room
 *
 * Returns: whether a message could go there: we are in it, it is encrypted in a way we know, and its power
 *   levels let us
 */
gboolean
mtx_room_get_can_send (MtxRoom *self)
{
  g_autoptr (MtxPowerLevels) levels = NULL;

  g_return_val_if_fail (MTX_IS_ROOM (self), FALSE);

  if (self->summary->membership != MTX_MEMBERSHIP_JOIN || g_strcmp0 (self->summary->algorithm, MTX_ALGORITHM_MEGOLM) != 0)
    return FALSE;

  levels = mtx_room_dup_power_levels (self);

  return mtx_power_levels_can_send (levels, self->own_user_id, "m.room.encrypted");
}

/**
 * mtx_room_get_joined_count:
 * @self: a room
 *
 * Returns: how many are in it: what the server says, or what we can count once we know all members
 */
guint
mtx_room_get_joined_count (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), 0);

  return (guint)CLAMP (self->summary->joined_count, 0, G_MAXINT);
}

/**
 * mtx_room_get_invited_count:
 * @self: a room
 *
 * Returns: how many are invited
 */
guint
mtx_room_get_invited_count (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), 0);

  return (guint)CLAMP (self->summary->invited_count, 0, G_MAXINT);
}

/**
 * mtx_room_get_member_state:
 * @self: a room
 * @user_id: anybody
 *
 * Returns: what @user_id is to the room, as far as we were told
 */
MtxMembership
mtx_room_get_member_state (MtxRoom    *self,
                           const char *user_id)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), MTX_MEMBERSHIP_NONE);
  g_return_val_if_fail (user_id != NULL, MTX_MEMBERSHIP_NONE);

  return (MtxMembership)GPOINTER_TO_UINT (g_hash_table_lookup (self->members, user_id));
}

/**
 * mtx_room_is_created_by:
 * @self: a room
 * @user_id: anybody
 *
 * Returns: whether @user_id sent the room's `m.room.create`
 */
gboolean
mtx_room_is_created_by (MtxRoom    *self,
                        const char *user_id)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), FALSE);

  return self->summary->creators != NULL && g_strcmp0 (self->summary->creators[0], user_id) == 0;
}

/**
 * mtx_room_dup_power_levels:
 * @self: a room
 *
 * Returns: (transfer full): who may do what in it now
 */
MtxPowerLevels *
mtx_room_dup_power_levels (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), NULL);

  if (self->power_levels == NULL || g_strcmp0 (self->power_levels_json, self->summary->power_levels) != 0)
    {
      MtxJsonLimits          limits = { .max_bytes = 1024 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
      g_autoptr (JsonObject) content = NULL;

      if (self->summary->power_levels != NULL)
        content = mtx_json_parse_object (self->summary->power_levels, -1, &limits, NULL);

      g_clear_pointer (&self->power_levels, mtx_power_levels_unref);
      self->power_levels = mtx_power_levels_new (content, (const char *const *)self->summary->creators,
                                                 self->summary->room_version);
      g_set_str (&self->power_levels_json, self->summary->power_levels);
    }

  return mtx_power_levels_ref (self->power_levels);
}

static DexFuture *
fetch_encryption (MtxRoom *self)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_STATE_EVENT, self->summary->room_id,
                                                    "m.room.encryption", "", NULL);

  return mtx_http_send (self->http, request);
}

static DexFuture *
fetch_members (MtxRoom *self)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_MEMBERS, self->summary->room_id, NULL);

  mtx_request_add_query (request, "not_membership", "leave");
  mtx_request_set_max_reply (request, MAX_MEMBERS_BYTES);

  return mtx_event_chunk_fetch (self->http, request, self->summary->room_id);
}

/* The room's state says it is encrypted, or nothing may be sent (M29). */
static gboolean
confirm_encryption (MtxRoom      *self,
                    DexFuture    *fetched,
                    MtxChangeSet *changes,
                    GError      **error)
{
  g_autoptr (MtxReply) reply = dex_await_boxed (fetched, error);

  if (reply == NULL)
    {
      if (error != NULL && g_error_matches (*error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        {
          g_clear_error (error);
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_ENCRYPTED, "The room is not encrypted");
        }
      return FALSE;
    }

  mtx_room_summary_apply_encryption (self->summary, mtx_reply_get_body (reply));
  mtx_room_summary_put (self->summary, changes);

  return TRUE;
}

/* Everybody who is not in the answer has left, whatever we believed. */
static void
take_members (MtxRoom       *self,
              MtxEventChunk *chunk,
              MtxChangeSet  *changes)
{
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter         iter;
  gpointer               user_id = NULL;

  for (guint i = 0; i < chunk->events->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (chunk->events, i);

      if (mtx_event_get_kind (event) != MTX_EVENT_KIND_MEMBER)
        continue;

      g_hash_table_add (named, (gpointer)mtx_event_get_state_key (event));
      _mtx_room_set_member (self, mtx_event_get_state_key (event), mtx_event_get_membership (event));
      _mtx_room_put_member (changes, event);
    }

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &user_id, NULL))
    if (!g_hash_table_contains (named, user_id))
      {
        MtxMemberRow row = { .room_id = self->summary->room_id, .user_id = user_id, .membership = "leave" };

        mtx_room_store_put_member (changes, &row);
        g_hash_table_iter_replace (&iter, GUINT_TO_POINTER (MTX_MEMBERSHIP_LEAVE));
      }

  self->summary->members_complete = TRUE;
  self->summary->joined_count = count_members (self, MTX_MEMBERSHIP_JOIN);
  self->summary->invited_count = count_members (self, MTX_MEMBERSHIP_INVITE);
  mtx_room_summary_put (self->summary, changes);
}

/* An answer that a sync has overtaken is older than what we know, and is asked for again. */
static gboolean
confirm_members (MtxRoom      *self,
                 DexFuture    *fetched,
                 guint         generation,
                 MtxChangeSet *changes,
                 GError      **error)
{
  for (guint i = 0; i < MAX_MEMBERS_FETCHES; i++)
    {
      g_autoptr (MtxEventChunk) chunk = dex_await_boxed (fetched, error);

      if (chunk == NULL)
        return FALSE;

      if (generation == self->members_generation)
        {
          take_members (self, chunk, changes);
          return TRUE;
        }

      generation = self->members_generation;
      fetched = fetch_members (self);
    }

  dex_unref (fetched);
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_RETRY_LATER, "The members change faster than they can be asked for");

  return FALSE;
}

static MtxRoomCryptoInfo *
make_crypto_info (MtxRoom *self)
{
  const char              *visibility = self->summary->history_visibility;
  gboolean                 invited_too = g_strcmp0 (visibility, "joined") != 0;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) invitees = g_strv_builder_new ();
  g_auto (GStrv)           members = NULL;
  g_auto (GStrv)           invited = NULL;
  MtxMegolmRotation        rotation = {
           .period_ms = self->summary->rotation_period_ms,
           .messages = (guint32)self->summary->rotation_period_msgs,
  };
  GHashTableIter iter;
  gpointer       user_id = NULL;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &user_id, &value))
    {
      MtxMembership membership = (MtxMembership)GPOINTER_TO_UINT (value);

      if (membership == MTX_MEMBERSHIP_JOIN || (membership == MTX_MEMBERSHIP_INVITE && invited_too))
        g_strv_builder_add (builder, user_id);
      if (membership == MTX_MEMBERSHIP_INVITE && invited_too)
        g_strv_builder_add (invitees, user_id);
    }
  members = g_strv_builder_end (builder);
  invited = g_strv_builder_end (invitees);

  return mtx_room_crypto_info_new (self->summary->room_id, self->summary->algorithm, &rotation,
                                   (const char *const *)members, (const char *const *)invited,
                                   visibility != NULL ? visibility : "shared");
}

static DexFuture *
mtx_room_dup_crypto_info_fiber (gpointer data)
{
  MtxRoom                 *self = data;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (DexFuture)    encryption = NULL;
  g_autoptr (DexFuture)    members = NULL;
  g_autoptr (GError)       error = NULL;
  guint                    generation = self->members_generation;

  if (self->summary->membership != MTX_MEMBERSHIP_JOIN)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_REFUSED, "Not in the room");

  /* Both at once: each is a round trip before the first message. */
  if (self->summary->algorithm == NULL)
    encryption = fetch_encryption (self);
  if (!self->summary->members_complete)
    members = fetch_members (self);

  if (encryption != NULL && !confirm_encryption (self, g_steal_pointer (&encryption), changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (members != NULL && !confirm_members (self, g_steal_pointer (&members), generation, changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (!mtx_change_set_is_empty (changes))
    {
      if (!dex_await (mtx_db_commit (self->db, changes), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
      _mtx_room_publish (self, NULL);
    }

  if (g_strcmp0 (self->summary->algorithm, MTX_ALGORITHM_MEGOLM) != 0)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_ENCRYPTED, "The room names an algorithm we do not know");

  return dex_future_new_take_boxed (MTX_TYPE_ROOM_CRYPTO_INFO, make_crypto_info (self));
}

/**
 * mtx_room_dup_crypto_info:
 * @self: a room we are in
 *
 * What must be known to encrypt for the room now. Where it is not yet known, asks the server: that the room's
 * state says it is encrypted (M29), and, once and again after syncs that skipped events, for all members, of
 * whom lazy loading tells only some (M27). Invited people count unless `history_visibility` is `joined` (M26).
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxRoomCryptoInfo; rejects with
 *   %MTX_ERROR_NOT_ENCRYPTED if nothing may be sent, or as mtx_http_send() and mtx_db_commit() do
 */
DexFuture *
mtx_room_dup_crypto_info (MtxRoom *self)
{
  g_return_val_if_fail (MTX_IS_ROOM (self), NULL);

  return mtx_fiber_spawn ("mtx-room-crypto-info", mtx_room_dup_crypto_info_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_room_dup_other_members:
 * @self: a room
 *
 * Lists who is in the room or invited, as far as it is known, without ourselves.
 *
 * Returns: (transfer full) (array zero-terminated=1): Matrix user ids
 */
GStrv
mtx_room_dup_other_members (MtxRoom *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GHashTableIter           iter;
  gpointer                 user_id = NULL;
  gpointer                 value = NULL;

  g_return_val_if_fail (MTX_IS_ROOM (self), NULL);

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &user_id, &value))
    {
      MtxMembership membership = (MtxMembership)GPOINTER_TO_UINT (value);

      if ((membership == MTX_MEMBERSHIP_JOIN || membership == MTX_MEMBERSHIP_INVITE)
          && g_strcmp0 (user_id, self->own_user_id) != 0)
        g_strv_builder_add (builder, user_id);
    }

  return g_strv_builder_end (builder);
}

/**
 * _mtx_room_new:
 * @db: the database
 * @http: the server
 * @own_user_id: our user id
 * @summary: (transfer full): what is known of the room
 *
 * Returns: (transfer full): a room
 */
MtxRoom *
_mtx_room_new (MtxDb          *db,
               MtxHttp        *http,
               const char     *own_user_id,
               MtxRoomSummary *summary)
{
  MtxRoom *self = g_object_new (MTX_TYPE_ROOM, NULL);

  self->db = g_object_ref (db);
  self->http = g_object_ref (http);
  self->own_user_id = g_strdup (own_user_id);
  self->summary = summary;

  return self;
}

/**
 * _mtx_room_get_summary:
 * @self: a room
 *
 * Returns: (transfer none): its record; whoever changes it writes it, and publishes after the commit
 */
MtxRoomSummary *
_mtx_room_get_summary (MtxRoom *self)
{
  return self->summary;
}

/**
 * _mtx_room_set_member:
 * @self: a room
 * @user_id: anybody
 * @membership: what they are to the room now
 *
 * Notes a member.
 */
void
_mtx_room_set_member (MtxRoom      *self,
                      const char   *user_id,
                      MtxMembership membership)
{
  g_hash_table_insert (self->members, g_strdup (user_id), GUINT_TO_POINTER (membership));
}

/**
 * _mtx_room_put_member:
 * @changes: where the write is added
 * @event: an `m.room.member`
 *
 * Writes a member's row.
 */
void
_mtx_room_put_member (MtxChangeSet *changes,
                      MtxEvent     *event)
{
  MtxMemberRow row = {
    .room_id = mtx_event_get_room_id (event),
    .user_id = mtx_event_get_state_key (event),
    .membership = mtx_membership_to_string (mtx_event_get_membership (event)),
  };

  mtx_room_store_put_member (changes, &row);
}

static gboolean
take_member_news (MtxRoom     *self,
                  MtxSyncRoom *sync)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < sync->state->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (sync->state, i);

      if (mtx_event_get_kind (event) != MTX_EVENT_KIND_MEMBER)
        continue;
      _mtx_room_set_member (self, mtx_event_get_state_key (event), mtx_event_get_membership (event));
      changed = TRUE;
    }
  if (changed)
    self->members_generation++;

  return changed;
}

/**
 * _mtx_room_publish:
 * @self: a room
 * @news: (nullable): what a sync brought for it, or %NULL if only the record has changed
 *
 * Notifies what has changed, after the commit.
 */
void
_mtx_room_publish (MtxRoom     *self,
                   MtxRoomNews *news)
{
  gboolean members_changed = news == NULL || (news->sync != NULL && take_member_news (self, news->sync));
  Shown   *shown = &self->shown;
  Shown    now = {
       .membership = mtx_room_get_membership (self),
       .encrypted = mtx_room_get_encrypted (self),
       .can_send = mtx_room_get_can_send (self),
       .joined_count = self->summary->joined_count,
       .invited_count = self->summary->invited_count,
  };
  struct
  {
    gboolean changed;
    guint    property;
  } notices[] = {
    { g_set_str (&shown->name, mtx_room_get_name (self)), PROP_NAME },
    { shown->membership != now.membership, PROP_MEMBERSHIP },
    { shown->encrypted != now.encrypted, PROP_ENCRYPTED },
    { shown->can_send != now.can_send, PROP_CAN_SEND },
    { shown->joined_count != now.joined_count, PROP_JOINED_COUNT },
    { shown->invited_count != now.invited_count, PROP_INVITED_COUNT },
  };

  now.name = shown->name;
  *shown = now;

  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 0; i < G_N_ELEMENTS (notices); i++)
    if (notices[i].changed)
      g_object_notify_by_pspec (G_OBJECT (self), properties[notices[i].property]);
  g_object_thaw_notify (G_OBJECT (self));

  if (members_changed)
    g_signal_emit (self, signals[MEMBERS_CHANGED], 0);
  if (news != NULL)
    g_signal_emit (self, signals[NEWS], 0, news);
}
