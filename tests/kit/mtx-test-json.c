/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects in objects.
 */
#include "mtx-test-json.h"

#include "mtx-json.h"

/**
 * mtx_test_ensure_object:
 * @parent: an object
 * @name: of a member
 *
 * Returns: (transfer none): the object of that name, which is an empty one if there was none
 */
JsonObject *
mtx_test_ensure_object (JsonObject *parent,
                        const char *name)
{
  JsonObject *object = mtx_json_get_object (parent, name);

  if (object == NULL)
    {
      object = json_object_new ();
      json_object_set_object_member (parent, name, object);
    }

  return object;
}
