/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which offers of room keys are due: of whoever invited us, once we went, for a day (threat 83).
 */
#include "mtx-room-key-bundle-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

#define DAY_MS (24 * 60 * 60 * 1000)

static void
put_offer (MtxDb      *db,
           const char *room_id,
           const char *sender,
           gint64      received_at)
{
  MtxChangeSet *changes = mtx_change_set_new ();

  mtx_room_key_bundle_store_put (changes,
                                 &(MtxRoomKeyBundleRow){
                                     .room_id = room_id,
                                     .sender = sender,
                                     .curve25519 = "curve",
                                     .ed25519 = "ed",
                                     .file = "{}",
                                     .received_at = received_at,
                                 });
  store_fixture_commit (db, changes);
}

static void
invite (MtxDb      *db,
        const char *room_id,
        const char *inviter)
{
  MtxChangeSet *changes = mtx_change_set_new ();

  mtx_room_key_bundle_store_put_invited (changes, room_id, inviter);
  store_fixture_commit (db, changes);
}

static void
accept (MtxDb      *db,
        const char *room_id,
        gint64      now)
{
  MtxChangeSet *changes = mtx_change_set_new ();

  mtx_room_key_bundle_store_put_accepted (changes, room_id, now);
  store_fixture_commit (db, changes);
}

static guint
count_due (MtxDb *db,
           gint64 now)
{
  g_autoptr (GPtrArray) rows = store_fixture_rows (mtx_room_key_bundle_store_load_due (db, now));

  return rows->len;
}

static DexFuture *
test_due (gpointer data)
{
  MtxDb        *db = store_fixture_open (NULL);
  MtxChangeSet *changes = NULL;

  /* The offer comes first, as it usually does; somebody else offers as well. */
  put_offer (db, "!1", "@bob", 1000);
  put_offer (db, "!1", "@eve", 1000);
  put_offer (db, "!unasked", "@bob", 1000);
  g_assert_cmpuint (count_due (db, 1000), ==, 0);
  invite (db, "!1", "@bob");
  g_assert_cmpuint (count_due (db, 1000), ==, 0);
  accept (db, "!1", 5000);
  accept (db, "!unasked", 5000);
  g_assert_cmpuint (count_due (db, 5000), ==, 1);

  /* Every sync says that we are in the room; the day begins once. */
  accept (db, "!1", 5000 + DAY_MS);
  g_assert_cmpuint (count_due (db, 5000 + DAY_MS), ==, 1);
  g_assert_cmpuint (count_due (db, 5001 + DAY_MS), ==, 0);

  changes = mtx_change_set_new ();
  mtx_room_key_bundle_store_delete (changes, "!1", "@bob");
  store_fixture_commit (db, changes);
  g_assert_cmpuint (count_due (db, 6000), ==, 0);
  put_offer (db, "!1", "@bob", 6000);
  g_assert_cmpuint (count_due (db, 6000), ==, 1);

  changes = mtx_change_set_new ();
  mtx_room_key_bundle_store_forget_room (changes, "!1");
  store_fixture_commit (db, changes);
  put_offer (db, "!1", "@bob", 7000);
  g_assert_cmpuint (count_due (db, 7000), ==, 0);
  store_fixture_close (db);

  return NULL;
}

/* Anybody may offer anything: only so much of it is kept. */
static DexFuture *
test_flood (gpointer data)
{
  MtxDb *db = store_fixture_open (NULL);

  for (guint i = 0; i < 150; i++)
    {
      g_autofree char *room_id = g_strdup_printf ("!%u", i);

      put_offer (db, room_id, "@eve", 1000 + i);
    }
  for (guint i = 0; i < 150; i++)
    {
      g_autofree char *room_id = g_strdup_printf ("!%u", i);

      invite (db, room_id, "@eve");
      accept (db, room_id, 2000);
    }
  g_assert_cmpuint (count_due (db, 2000), ==, 100);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/room-key-bundle/threat-083-due", test_due);
  mtx_test_add_fiber ("/store/room-key-bundle/threat-083-flood", test_flood);

  return g_test_run ();
}
