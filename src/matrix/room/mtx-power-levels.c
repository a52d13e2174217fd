/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Power levels (specification, `m.room.power_levels`) as one immutable value. Numbers come from strangers: they
 * are read, never computed with, and what cannot be read gives nobody power (threat 99).
 */
#include "mtx-power-levels.h"

#include "mtx-json.h"

#define LEVEL_INFINITE     G_MAXINT64
#define LEVEL_DEFAULT      50
#define LEVEL_CREATOR      100 /* without m.room.power_levels, in room versions before 12 */
#define LEVEL_LIMIT        G_GINT64_CONSTANT (9007199254740991)
#define VERSION_CREATORS   12 /* from here on creators have infinite power (M31) */
#define VERSION_NO_STRINGS 10 /* from here on levels are integers only */

struct _MtxPowerLevels
{
  GHashTable *users;  /* user id → gint64 */
  GHashTable *events; /* event type → gint64 */
  GStrv       creators;
  gboolean    creators_rule;
  gint64      users_default;
  gint64      events_default;
  gint64      ban;
  gint64      kick;
  gint64      redact;
};

G_DEFINE_BOXED_TYPE (MtxPowerLevels, mtx_power_levels, mtx_power_levels_ref, mtx_power_levels_unref)

static void
mtx_power_levels_clear (gpointer data)
{
  MtxPowerLevels *self = data;

  g_clear_pointer (&self->users, g_hash_table_unref);
  g_clear_pointer (&self->events, g_hash_table_unref);
  g_clear_pointer (&self->creators, g_strfreev);
}

/* Room versions are opaque words; those that are numbers are ordered, others count as new. */
static gint64
version_number (const char *room_version)
{
  guint64 number = 0;

  if (room_version == NULL)
    return 1; /* specification, m.room.create: the default of room_version */
  if (!g_ascii_string_to_unsigned (room_version, 10, 1, 1000, &number, NULL))
    return G_MAXINT64;

  return (gint64)number;
}

static gboolean
read_level (JsonObject *object,
            const char *name,
            gboolean    strings,
            gint64     *level)
{
  const char *text = strings ? mtx_json_get_string (object, name) : NULL;

  if (text != NULL)
    return g_ascii_string_to_signed (text, 10, -LEVEL_LIMIT, LEVEL_LIMIT, level, NULL);

  return mtx_json_get_int (object, name, level);
}

/* A level somebody has: absent or unreadable is @fallback. */
static gint64
level_given (JsonObject *content,
             const char *name,
             gboolean    strings,
             gint64      fallback)
{
  gint64 level = fallback;

  read_level (content, name, strings, &level);

  return level;
}

/* A level somebody needs: absent is @fallback, but one that cannot be read is out of reach. */
static gint64
level_needed (JsonObject *content,
              const char *name,
              gboolean    strings,
              gint64      fallback)
{
  gint64 level = fallback;

  if (content != NULL && json_object_has_member (content, name) && !read_level (content, name, strings, &level))
    return LEVEL_INFINITE;

  return level;
}

static GHashTable *
read_table (JsonObject *table,
            gboolean    strings,
            gboolean    needed)
{
  GHashTable    *levels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  JsonObjectIter iter;
  const char    *name = NULL;

  if (table == NULL)
    return levels;

  json_object_iter_init (&iter, table);
  while (json_object_iter_next (&iter, &name, NULL))
    {
      gint64 level = LEVEL_INFINITE;

      if (read_level (table, name, strings, &level) || needed)
        g_hash_table_insert (levels, g_strdup (name), g_memdup2 (&level, sizeof level));
    }

  return levels;
}

/**
 * mtx_power_levels_new:
 * @untrusted_power_levels: (nullable): content of `m.room.power_levels`, or %NULL if the room has none
 * @creators: (nullable): the room's creators: sender of `m.room.create` and, in version 12, `additional_creators`
 * @room_version: (nullable): `room_version` of `m.room.create`
 *
 * Reads power levels defensively. A level that somebody has and that is no integer is no level; one that is
 * needed and is no integer is out of everybody's reach. Decimal strings count before room version 10.
 *
 * Returns: (transfer full): the value
 */
MtxPowerLevels *
mtx_power_levels_new (JsonObject        *untrusted_power_levels,
                      const char *const *creators,
                      const char        *room_version)
{
  MtxPowerLevels *self = g_atomic_rc_box_new0 (MtxPowerLevels);
  JsonObject     *content = untrusted_power_levels;
  gboolean        strings = version_number (room_version) < VERSION_NO_STRINGS;

  self->creators = g_strdupv ((GStrv)creators);
  self->creators_rule = version_number (room_version) >= VERSION_CREATORS;
  self->users = read_table (mtx_json_get_object (content, "users"), strings, FALSE);
  self->events = read_table (mtx_json_get_object (content, "events"), strings, TRUE);
  self->users_default = level_given (content, "users_default", strings, 0);
  self->events_default = level_needed (content, "events_default", strings, 0);
  self->ban = level_needed (content, "ban", strings, LEVEL_DEFAULT);
  self->kick = level_needed (content, "kick", strings, LEVEL_DEFAULT);
  self->redact = level_needed (content, "redact", strings, LEVEL_DEFAULT);

  if (content == NULL)
    for (guint i = 0; self->creators != NULL && self->creators[i] != NULL; i++)
      {
        gint64 level = LEVEL_CREATOR;

        g_hash_table_insert (self->users, g_strdup (self->creators[i]), g_memdup2 (&level, sizeof level));
      }

  return self;
}

/**
 * mtx_power_levels_ref:
 * @self: power levels
 *
 * Returns: (transfer full): @self
 */
MtxPowerLevels *
mtx_power_levels_ref (MtxPowerLevels *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mtx_power_levels_unref:
 * @self: (transfer full): power levels
 *
 * Gives up one hold on @self.
 */
void
mtx_power_levels_unref (MtxPowerLevels *self)
{
  g_atomic_rc_box_release_full (self, mtx_power_levels_clear);
}

/**
 * mtx_power_levels_get_level:
 * @self: power levels
 * @user_id: anybody
 *
 * Returns: the level @user_id has; %G_MAXINT64 for a creator of a room of version 12 or later (M31)
 */
gint64
mtx_power_levels_get_level (MtxPowerLevels *self,
                            const char     *user_id)
{
  gint64 *level = NULL;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (user_id != NULL, 0);

  if (self->creators_rule && self->creators != NULL && g_strv_contains ((const char *const *)self->creators, user_id))
    return LEVEL_INFINITE;

  level = g_hash_table_lookup (self->users, user_id);

  return level != NULL ? *level : self->users_default;
}

/**
 * mtx_power_levels_can_moderate:
 * @self: power levels
 * @user_id: anybody
 *
 * Whether @user_id stands above the ordinary members and may redact, kick or ban others: has more than
 * `users_default` and at least one of `redact`, `kick` and `ban`. A level that everybody reaches therefore
 * distinguishes nobody.
 *
 * Returns: whether what @user_id posts in a public room is the word of those who run it
 */
gboolean
mtx_power_levels_can_moderate (MtxPowerLevels *self,
                               const char     *user_id)
{
  gint64 level = mtx_power_levels_get_level (self, user_id);
  gint64 needed = MIN (self->redact, MIN (self->kick, self->ban));

  if (level == LEVEL_INFINITE)
    return TRUE;

  return level > self->users_default && needed != LEVEL_INFINITE && level >= needed;
}

/**
 * mtx_power_levels_can_send:
 * @self: power levels
 * @user_id: anybody
 * @type: a type of message events
 *
 * Returns: whether @user_id may send such events
 */
gboolean
mtx_power_levels_can_send (MtxPowerLevels *self,
                           const char     *user_id,
                           const char     *type)
{
  gint64 *needed = g_hash_table_lookup (self->events, type);
  gint64  level = mtx_power_levels_get_level (self, user_id);

  return level >= (needed != NULL ? *needed : self->events_default);
}
