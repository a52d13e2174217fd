/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A fake homeserver with a support agent in a process of its own, so that its work is not measured as the
 * client's. Prints its address and the agent's, each on a line, and ends with its standard input.
 *
 * "flood N" makes the agent join the room it was invited to; then one answer to /sync holds the room key
 * and N messages encrypted with it. "rubbish N" does the same with one message, and the room key is one of N
 * events for the device, of which all others are hostile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mtx-fake-agent.h"
#include "mtx-hostile-events.h"

#define FLOOD      "flood "
#define RUBBISH    "rubbish "
#define MAX_EVENTS 50000

typedef struct
{
  GMainLoop         *loop;
  MtxFakeHomeserver *server;
  MtxFakeAgent      *agent;
  JsonArray         *flood;   /* events of the next answer, or NULL */
  guint              rubbish; /* to go with it, or 0 */
  char              *room_id; /* the client's room with the agent, or NULL */
  char              *user_id; /* the client */
  char              *device_id;
} Server;

/* A chat message of ordinary length. */
static JsonObject *
make_event (Server *self,
            guint   number,
            gint64  now_ms)
{
  g_autofree char *body = g_strdup_printf ("Message %u: have you tried to open the wallet again after the update?", number);
  g_autofree char *event_id = g_strdup_printf ("$flood_%08u_00000000000000000000000000000", number);
  JsonObject      *event = json_object_new ();

  json_object_set_string_member (event, "type", "m.room.encrypted");
  json_object_set_string_member (event, "event_id", event_id);
  json_object_set_string_member (event, "sender", mtx_fake_agent_get_user_id (self->agent));
  json_object_set_int_member (event, "origin_server_ts", now_ms + number);
  json_object_set_object_member (event, "content", mtx_fake_agent_encrypt_text (self->agent, self->room_id, body));

  return event;
}

/* The key of our only device that @name begins. */
static const char *
find_key (JsonObject *device,
          const char *name)
{
  JsonObject    *keys = json_object_get_object_member (device, "keys");
  JsonObjectIter iter;
  const char    *key_id = NULL;
  JsonNode      *node = NULL;

  json_object_iter_init (&iter, keys);
  while (json_object_iter_next (&iter, &key_id, &node))
    {
      if (g_str_has_prefix (key_id, name))
        return json_node_get_string (node);
    }
  g_error ("There is no key %s", name);
}

static void
add_rubbish (Server     *self,
             JsonObject *answer)
{
  const char           *agent_id = mtx_fake_agent_get_user_id (self->agent);
  JsonObject           *agent = mtx_fake_homeserver_get_device_keys (self->server, agent_id, "AGENT");
  JsonObject           *victim = mtx_fake_homeserver_get_device_keys (self->server, self->user_id, self->device_id);
  MtxHostileScene       scene = { agent_id, "AGENT", find_key (agent, "curve25519:"), find_key (victim, "curve25519:"), self->room_id };
  g_autoptr (JsonArray) hostile = mtx_hostile_events_new (&scene, self->rubbish);
  JsonObject           *holder = json_object_get_object_member (answer, "to_device");
  JsonArray            *good = json_object_get_array_member (holder, "events");
  JsonArray            *all = json_array_sized_new (self->rubbish);
  guint                 n_good = json_array_get_length (good);

  for (guint i = 0; i + n_good < self->rubbish; i++)
    {
      for (guint j = 0; i == self->rubbish / 2 && j < n_good; j++)
        json_array_add_element (all, json_array_dup_element (good, j));
      json_array_add_element (all, json_array_dup_element (hostile, i));
    }
  json_object_set_array_member (holder, "events", all);
  self->rubbish = 0;
}

/* The answer that brings the room key brings the messages as well. */
static void
add_flood (const MtxFakeRequest *request,
           MtxFakeAnswer        *answer,
           gpointer              data)
{
  Server     *self = data;
  JsonObject *rooms = NULL;
  JsonObject *join = NULL;
  JsonObject *room = NULL;
  JsonObject *timeline = NULL;
  JsonArray  *before = NULL;
  JsonArray  *all = NULL;

  if (self->flood == NULL || answer->body == NULL)
    return;

  if (self->rubbish > 0)
    add_rubbish (self, answer->body);
  rooms = json_object_get_object_member (answer->body, "rooms");
  join = json_object_get_object_member (rooms, "join");
  if (!json_object_has_member (join, self->room_id))
    json_object_set_object_member (join, self->room_id, json_object_new ());
  room = json_object_get_object_member (join, self->room_id);
  if (json_object_has_member (room, "timeline"))
    before = json_object_get_array_member (json_object_get_object_member (room, "timeline"), "events");
  all = json_array_new ();
  for (guint i = 0; before != NULL && i < json_array_get_length (before); i++)
    json_array_add_element (all, json_array_dup_element (before, i));
  for (guint i = 0; i < json_array_get_length (self->flood); i++)
    json_array_add_element (all, json_array_dup_element (self->flood, i));
  g_clear_pointer (&self->flood, json_array_unref);
  timeline = json_object_new ();
  json_object_set_array_member (timeline, "events", all);
  json_object_set_boolean_member (timeline, "limited", FALSE);
  json_object_set_string_member (timeline, "prev_batch", "t1");
  json_object_set_object_member (room, "timeline", timeline);
}

/* Remembers the room that the client makes for the agent. */
static void
note_room (const MtxFakeRequest *request,
           MtxFakeAnswer        *answer,
           gpointer              data)
{
  Server *self = data;

  if (answer->status != 200 || self->room_id != NULL)
    return;

  self->room_id = g_strdup (json_object_get_string_member (answer->body, "room_id"));
  self->user_id = g_strdup (request->user_id);
  self->device_id = g_strdup (request->device_id);
}

static void
start_flood (Server *self,
             guint   count)
{
  gint64 now_ms = g_get_real_time () / 1000;

  if (self->room_id == NULL)
    g_error ("Nobody has made a room yet");

  mtx_fake_homeserver_set_member (self->server, self->room_id, mtx_fake_agent_get_user_id (self->agent), "join");

  /* That answered a sync that was waiting, so the next one brings the key, and all the messages with it. */
  mtx_fake_agent_share_room_key (self->agent, self->room_id, self->user_id, self->device_id);
  self->flood = json_array_sized_new (count);
  for (guint i = 0; i < count; i++)
    json_array_add_object_element (self->flood, make_event (self, i, now_ms));
}

static gboolean
on_command (GIOChannel  *input,
            GIOCondition condition,
            gpointer     data)
{
  Server          *self = data;
  g_autofree char *line = NULL;

  if (g_io_channel_read_line (input, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }
  if (g_str_has_prefix (line, FLOOD))
    start_flood (self, (guint)MIN (g_ascii_strtoull (line + strlen (FLOOD), NULL, 10), MAX_EVENTS));
  if (g_str_has_prefix (line, RUBBISH))
    {
      self->rubbish = (guint)MIN (g_ascii_strtoull (line + strlen (RUBBISH), NULL, 10), MAX_EVENTS);
      start_flood (self, 1);
    }

  return G_SOURCE_CONTINUE;
}

int
main (int   argc,
      char *argv[])
{
  Server                 self = { 0 };
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (STDIN_FILENO);

  self.loop = g_main_loop_new (NULL, FALSE);
  self.server = mtx_fake_homeserver_new ();
  self.agent = mtx_fake_agent_new (self.server, "support", "AGENT");
  mtx_fake_homeserver_rewrite (self.server, "POST", "*/createRoom", note_room, &self, NULL);
  mtx_fake_homeserver_rewrite (self.server, "GET", "*/sync", add_flood, &self, NULL);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_command, &self);

  printf ("%s\n%s\n", mtx_fake_homeserver_get_base_url (self.server), mtx_fake_agent_get_user_id (self.agent));
  fflush (stdout);
  g_main_loop_run (self.loop);

  g_clear_pointer (&self.flood, json_array_unref);
  g_clear_object (&self.agent);
  g_clear_object (&self.server);
  g_clear_pointer (&self.loop, g_main_loop_unref);
  g_free (self.room_id);
  g_free (self.user_id);
  g_free (self.device_id);

  return EXIT_SUCCESS;
}
