/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A public room on a fake homeserver with a provider, a stranger and a reader.
 */
#include "public-room-fixture.h"

#include "mtx-endpoints.h"
#include "mtx-event-store.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"
#include "mtx-sync-response.h"
#include "mtx-tokens.h"

#include <string.h>

static void
on_changed (Fixture *fixture)
{
  fixture->changes++;
}

static void
fixture_open (Fixture    *fixture,
              const char *remembered_id)
{
  g_autoptr (GError) error = NULL;

  fixture->db = store_fixture_open (fixture->path);
  fixture->rooms = mtx_room_list_new (fixture->db, fixture->http, READER);
  fixture->room = mtx_public_room_new (fixture->db, fixture->rooms, ALIAS, NULL);
  g_signal_connect_swapped (fixture->room, "changed", G_CALLBACK (on_changed), fixture);

  dex_await (mtx_room_list_load (fixture->rooms), &error);
  g_assert_no_error (error);
  dex_await (mtx_public_room_load (fixture->room, remembered_id), &error);
  g_assert_no_error (error);
}

Fixture *
fixture_new (gboolean world_readable)
{
  Fixture                   *fixture = g_new0 (Fixture, 1);
  g_autofree char           *token = NULL;
  g_autoptr (MtxSecretBytes) access = NULL;
  g_autoptr (MtxTokens)      tokens = NULL;
  g_autoptr (GError)         error = NULL;

  fixture->server = mtx_fake_homeserver_new ();
  token = mtx_fake_homeserver_add_user (fixture->server, "reader", "R");
  access = mtx_secret_bytes_new ((const guint8 *)token, strlen (token));
  tokens = mtx_tokens_new (access, NULL);
  fixture->http = mtx_http_new (mtx_fake_homeserver_get_base_url (fixture->server), &error);
  g_assert_no_error (error);
  mtx_http_set_tokens (fixture->http, tokens);
  fixture->room_id = mtx_fake_homeserver_create_room (fixture->server, PROVIDER, "news", world_readable);
  fixture->path = store_fixture_path ();
  fixture_open (fixture, NULL);

  return fixture;
}

static void
fixture_close (Fixture *fixture)
{
  g_assert_finalize_object (g_steal_pointer (&fixture->room));
  g_clear_object (&fixture->rooms);
  store_fixture_close (g_steal_pointer (&fixture->db));
}

/* As after a restart. */
void
fixture_reopen (Fixture *fixture)
{
  fixture_close (fixture);
  fixture_open (fixture, fixture->room_id);
}

/* Whatever happened: we only read. */
void
fixture_free (Fixture *fixture)
{
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "PUT", "*"), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*"), ==,
                    mtx_fake_homeserver_count_requests (fixture->server, "POST", "*/join/*")
                        + mtx_fake_homeserver_count_requests (fixture->server, "POST", "*/leave"));

  fixture_close (fixture);
  g_clear_object (&fixture->http);
  g_clear_object (&fixture->server);
  g_free (fixture->path);
  g_free (fixture->room_id);
  g_free (fixture->since);
  g_free (fixture);
}

char *
send_json (Fixture    *fixture,
           const char *sender,
           const char *type,
           const char *state_key,
           const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  g_assert_nonnull (node);

  return mtx_fake_homeserver_send_event (fixture->server, fixture->room_id, sender, type, state_key, json_node_get_object (node));
}

char *
say (Fixture    *fixture,
     const char *sender,
     const char *body)
{
  g_autofree char *json = g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"%s\"}", body);

  return send_json (fixture, sender, "m.room.message", NULL, json);
}

void
say_many (Fixture    *fixture,
          const char *sender,
          const char *word,
          guint       n)
{
  for (guint i = 1; i <= n; i++)
    {
      g_autofree char *body = g_strdup_printf ("%s %u", word, i);
      g_autofree char *id = say (fixture, sender, body);
    }
}

gboolean
refresh (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  gboolean           current = dex_await_boolean (mtx_public_room_refresh (fixture->room, fixture->http), &error);

  g_assert_no_error (error);

  return current;
}

void
refuse (Fixture *fixture,
        MtxError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (mtx_public_room_refresh (fixture->room, fixture->http), &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

void
load_older (Fixture *fixture,
            MtxHttp *http)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_public_room_load_older (fixture->room, http), &error);
  g_assert_no_error (error);
}

/* The bodies of the posts by people with power, newest first. */
char *
announcements (Fixture *fixture)
{
  g_autoptr (MtxPowerLevels) levels = mtx_public_room_dup_power_levels (fixture->room);
  GString                   *text = g_string_new (NULL);

  for (guint i = 0; levels != NULL && i < mtx_public_room_get_n_posts (fixture->room); i++)
    {
      MtxEvent *post = mtx_public_room_get_post (fixture->room, i);

      if (mtx_power_levels_can_moderate (levels, mtx_event_get_sender (post)))
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", mtx_event_get_body (post));
    }

  return g_string_free_and_steal (text);
}

void
assert_announcements (Fixture    *fixture,
                      const char *expected)
{
  g_autofree char *found = announcements (fixture);

  g_assert_cmpstr (found, ==, expected);
}

guint
count_announcements (Fixture *fixture)
{
  g_autofree char *found = announcements (fixture);
  g_auto (GStrv)   parts = *found != '\0' ? g_strsplit (found, ", ", -1) : NULL;

  return parts != NULL ? g_strv_length (parts) : 0;
}

/* One sync, as the sync loop handles it. */
void
sync_once (Fixture *fixture)
{
  g_autoptr (MtxRequest)      request = mtx_request_new (MTX_ENDPOINT_SYNC, NULL);
  g_autoptr (MtxReply)        reply = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  g_autoptr (GError)          error = NULL;

  mtx_request_add_query (request, "timeout", "0");
  mtx_request_add_query (request, "filter", "{\"room\":{\"timeline\":{\"limit\":5}}}");
  if (fixture->since != NULL)
    mtx_request_add_query (request, "since", fixture->since);
  reply = dex_await_boxed (mtx_http_send (fixture->http, request), &error);
  g_assert_no_error (error);
  response = mtx_sync_response_new_from_json (mtx_reply_get_body (reply), &error);
  g_assert_no_error (error);
  dex_await (mtx_room_list_write (fixture->rooms, response, changes), &error);
  g_assert_no_error (error);
  store_fixture_commit (fixture->db, g_steal_pointer (&changes));
  dex_await (mtx_room_list_publish (fixture->rooms, response), &error);
  g_assert_no_error (error);
  g_set_str (&fixture->since, response->next_batch);
}
