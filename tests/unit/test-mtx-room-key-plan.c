/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets a room key, and who is a reason for another one: one table.
 */
#include "mtx-room-key-plan.h"

#include "mtx-keys-reply.h"
#include "mtx-test.h"

#define ALICE "@alice:example.org"
#define BOB   "@bob:example.org"

static const char *const nobody[] = { NULL };

/* What there is of Bob's device, and what has to follow. */
typedef struct
{
  const char *name;
  gint64      trust;
  gboolean    is_deleted;
  gboolean    is_reader;
  int         share; /* MtxKeyShareState; -1: none */
  const char *share_key;
  gboolean    must_rotate;
  gboolean    is_eligible;
  gboolean    is_unverified;
} Case;

static const Case cases[] = {
  { "new", MTX_DEVICE_SIGNED, FALSE, TRUE, -1, NULL, FALSE, TRUE, FALSE },
  { "new, unsigned", MTX_DEVICE_UNSIGNED, FALSE, TRUE, -1, NULL, FALSE, FALSE, TRUE },
  { "new, deleted", MTX_DEVICE_SIGNED, TRUE, TRUE, -1, NULL, FALSE, FALSE, FALSE },
  { "has it", MTX_DEVICE_SIGNED, FALSE, TRUE, MTX_KEY_SHARE_SENT, "key", FALSE, FALSE, FALSE },
  { "is about to get it", MTX_DEVICE_SIGNED, FALSE, TRUE, MTX_KEY_SHARE_PENDING, "key", FALSE, FALSE, FALSE },
  { "needs it again", MTX_DEVICE_SIGNED, FALSE, TRUE, MTX_KEY_SHARE_AGAIN, "key", FALSE, TRUE, FALSE },
  { "told why not", MTX_DEVICE_UNSIGNED, FALSE, TRUE, MTX_KEY_SHARE_WITHHELD, "key", FALSE, FALSE, FALSE },
  { "told why not, signed since", MTX_DEVICE_SIGNED, FALSE, TRUE, MTX_KEY_SHARE_WITHHELD, "key", FALSE, TRUE, FALSE },
  { "told why not, deleted", MTX_DEVICE_UNSIGNED, TRUE, TRUE, MTX_KEY_SHARE_WITHHELD, "key", FALSE, FALSE, FALSE },
  { "told why not, left", MTX_DEVICE_UNSIGNED, FALSE, FALSE, MTX_KEY_SHARE_WITHHELD, "key", FALSE, FALSE, FALSE },
  { "had it, deleted", MTX_DEVICE_SIGNED, TRUE, TRUE, MTX_KEY_SHARE_SENT, "key", TRUE, FALSE, FALSE },
  { "had it, unsigned now", MTX_DEVICE_UNSIGNED, FALSE, TRUE, MTX_KEY_SHARE_SENT, "key", TRUE, FALSE, FALSE },
  { "would have got it, unsigned now", MTX_DEVICE_UNSIGNED, FALSE, TRUE, MTX_KEY_SHARE_PENDING, "key", TRUE, FALSE, FALSE },
  { "may have it, deleted", MTX_DEVICE_SIGNED, TRUE, TRUE, MTX_KEY_SHARE_AGAIN, "key", TRUE, FALSE, FALSE },
  { "had it, left", MTX_DEVICE_SIGNED, FALSE, FALSE, MTX_KEY_SHARE_SENT, "key", TRUE, FALSE, FALSE },
  { "another had it under this name", MTX_DEVICE_SIGNED, FALSE, TRUE, MTX_KEY_SHARE_SENT, "other key", TRUE, TRUE, FALSE },
};

static MtxRoomKeyPlan *
make_plan (const Case *row,
           gboolean   *must_rotate)
{
  g_autoptr (GPtrArray)             devices = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
  g_autoptr (GPtrArray)             shares = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_key_share_row_unref);
  g_autoptr (MtxOutboundSessionRow) session = NULL;
  MtxDeviceRow                      device = { .user_id = ALICE, .device_id = "OURS", .curve25519 = "our key" };
  MtxKeyShareRow                    share = { .room_id = "!r", .session_id = "s", .user_id = BOB, .device_id = "DEVICE" };

  session = mtx_outbound_session_row_new (&(MtxOutboundSessionRow){ .room_id = "!r", .session_id = "s" });
  g_ptr_array_add (devices, mtx_device_row_new (&device));
  device = (MtxDeviceRow){
    .user_id = BOB,
    .device_id = "DEVICE",
    .curve25519 = "key",
    .trust = row->trust,
    .deleted = row->is_deleted,
  };
  g_ptr_array_add (devices, mtx_device_row_new (&device));
  if (row->share >= 0)
    {
      share.state = (MtxKeyShareState)row->share;
      share.curve25519 = row->share_key;
      g_ptr_array_add (shares, mtx_key_share_row_new (&share));
    }

  if (!row->is_reader)
    g_ptr_array_set_size (devices, 1);
  *must_rotate = mtx_room_key_plan_must_rotate (devices, shares, nobody);
  if (*must_rotate)
    g_ptr_array_set_size (shares, 0);

  return mtx_room_key_plan_new (session, devices, shares, nobody, ALICE, "OURS");
}

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case                *row = &cases[i];
      gboolean                   must_rotate;
      g_autoptr (MtxRoomKeyPlan) plan = make_plan (row, &must_rotate);

      g_test_message ("%s", row->name);
      g_assert_cmpint (must_rotate, ==, row->must_rotate);

      /* With a new key everything is decided anew. */
      g_assert_cmpuint (plan->eligible->len, ==, row->is_eligible);
      g_assert_cmpuint (plan->unverified->len, ==, (must_rotate && row->is_reader && row->trust == MTX_DEVICE_UNSIGNED) || (row->is_reader && row->is_unverified));
      if (plan->eligible->len > 0)
        g_assert_cmpstr (((MtxDeviceRow *)plan->eligible->pdata[0])->device_id, ==, "DEVICE");
    }
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/room-key-plan/threat-054-table", test_table);

  return g_test_run ();
}
