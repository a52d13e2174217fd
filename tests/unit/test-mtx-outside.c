/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What fibers change is told outside of them: in order, complete, and before the fiber's end is known.
 */
#include "mtx-fiber.h"
#include "mtx-outside-list.h"
#include "mtx-outside.h"
#include "mtx-test.h"

#define TEST_TYPE_THING (test_thing_get_type ())
G_DECLARE_FINAL_TYPE (TestThing, test_thing, TEST, THING, GObject)

struct _TestThing
{
  GObject parent_instance;
  int     number;
};

enum
{
  PROP_0,
  PROP_NUMBER,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (TestThing, test_thing, G_TYPE_OBJECT)

static void
test_thing_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  g_value_set_int (value, TEST_THING (object)->number);
}

static void
test_thing_class_init (TestThingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = test_thing_get_property;
  mtx_outside_notify (object_class);
  properties[PROP_NUMBER] = g_param_spec_int ("number", NULL, NULL, 0, 1000, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
test_thing_init (TestThing *self)
{
}

static void
set_number (TestThing *self,
            int        number)
{
  self->number = number;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NUMBER]);
}

/* What was heard, and that it was never heard in a fiber. */
static void
hear (GString    *heard,
      const char *word)
{
  g_assert_false (mtx_fiber_is_running ());
  g_string_append_printf (heard, "%s ", word);
}

static void
on_number (GString    *heard,
           GParamSpec *pspec,
           TestThing  *thing)
{
  g_autofree char *word = g_strdup_printf ("%s=%d", pspec->name, thing->number);

  hear (heard, word);
}

static void
on_items (GString    *heard,
          guint       position,
          guint       removed,
          guint       added,
          GListModel *list)
{
  g_autofree char *word = g_strdup_printf ("%u-%u+%u/%u", position, removed, added, g_list_model_get_n_items (list));

  hear (heard, word);
}

typedef struct
{
  TestThing  *thing;
  GListStore *source;
  GString    *heard;
} Scene;

static DexFuture *
change_fiber (gpointer data)
{
  Scene *scene = data;

  g_assert_true (mtx_fiber_is_running ());
  set_number (scene->thing, 1);
  g_list_store_append (scene->source, scene->thing);
  g_list_store_append (scene->source, scene->thing);
  g_list_store_remove (scene->source, 0);
  set_number (scene->thing, 2);
  g_assert_cmpstr (scene->heard->str, ==, "");

  return dex_future_new_true ();
}

static DexFuture *
note_end (DexFuture *future,
          gpointer   data)
{
  hear (data, "end");

  return dex_ref (future);
}

static DexFuture *
test_order (gpointer data)
{
  g_autoptr (TestThing)      thing = g_object_new (TEST_TYPE_THING, NULL);
  g_autoptr (GListStore)     source = g_list_store_new (TEST_TYPE_THING);
  g_autoptr (MtxOutsideList) list = mtx_outside_list_new (TEST_TYPE_THING);
  g_autoptr (GString)        heard = g_string_new (NULL);
  Scene                      scene = { thing, source, heard };

  g_assert_true (mtx_fiber_is_running ());
  mtx_outside_list_follow (list, G_LIST_MODEL (source));
  g_signal_connect_swapped (thing, "notify", G_CALLBACK (on_number), heard);
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (on_items), heard);

  mtx_test_await (dex_future_finally (mtx_fiber_spawn ("change", change_fiber, &scene, NULL), note_end, heard, NULL));
  g_assert_true (mtx_fiber_is_running ());
  g_assert_cmpstr (heard->str, ==, "number=2 0-0+1/1 1-0+1/2 0-1+0/1 number=2 end ");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 1);

  g_signal_handlers_disconnect_by_data (thing, heard);
  g_signal_handlers_disconnect_by_data (list, heard);

  return NULL;
}

static DexFuture *
notify_and_forget_fiber (gpointer data)
{
  g_autoptr (TestThing) thing = g_object_new (TEST_TYPE_THING, NULL);

  g_signal_connect_swapped (thing, "notify", G_CALLBACK (on_number), data);
  set_number (thing, 1);

  return dex_future_new_true ();
}

/* What nobody holds any more is told to nobody, and nothing keeps it. */
static DexFuture *
test_gone (gpointer data)
{
  g_autoptr (GString) heard = g_string_new (NULL);

  mtx_test_await (mtx_fiber_spawn ("forget", notify_and_forget_fiber, heard, NULL));
  g_assert_cmpstr (heard->str, ==, "");

  return NULL;
}

/* Outside of fibers everything is told at once, and behind what waits. */
static void
test_outside (void)
{
  g_autoptr (TestThing)      thing = g_object_new (TEST_TYPE_THING, NULL);
  g_autoptr (MtxOutsideList) list = mtx_outside_list_new (TEST_TYPE_THING);
  g_autoptr (GPtrArray)      one = g_ptr_array_new ();
  g_autoptr (GString)        heard = g_string_new (NULL);

  g_signal_connect_swapped (thing, "notify", G_CALLBACK (on_number), heard);
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (on_items), heard);
  g_ptr_array_add (one, thing);

  set_number (thing, 3);
  mtx_outside_list_splice (list, 0, 0, one);
  mtx_outside_list_splice (list, 0, 1, NULL);
  g_assert_cmpstr (heard->str, ==, "number=3 0-0+1/1 0-1+0/0 ");
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/outside/order", test_order);
  mtx_test_add_fiber ("/outside/gone", test_gone);
  g_test_add_func ("/outside/outside", test_outside);

  return g_test_run ();
}
