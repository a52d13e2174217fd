/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Canonical JSON: refused, or a text that is its own canonical form and says the same.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-canonical-json.h"
#include "mtx-json.h"

static const MtxJsonLimits limits = { .max_bytes = 1 << 20, .reject_duplicates = TRUE };

/* Outside of strings there is nothing but structure, words and digits. */
static void
check_shortest (const char *text)
{
  gboolean in_string = FALSE;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"')
        in_string = !in_string;
      else if (in_string && *p == '\\')
        p++;
      else if (!in_string)
        g_assert_nonnull (strchr ("{}[]:,-0123456789truefalsn", *p));
      g_assert_cmpuint ((guint8)*p, >=, 0x20);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (JsonObject) again = NULL;
  g_autofree char       *text = NULL;
  g_autofree char       *twice = NULL;
  g_autofree char       *to_sign = NULL;
  g_autofree char       *stripped = NULL;

  if (object == NULL)
    return 0;

  to_sign = mtx_canonical_json_signed (object, NULL);
  text = mtx_canonical_json_write (object, &error);
  g_assert_true ((text != NULL) == (error == NULL));
  if (text == NULL)
    return 0;

  check_shortest (text);
  again = mtx_json_parse_object (text, -1, &limits, &error);
  g_assert_no_error (error);
  twice = mtx_canonical_json_write (again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (twice, ==, text);
  g_assert_cmpuint (json_object_get_size (again), ==, json_object_get_size (object));

  /* What can be written can be signed, and taking the two members out by hand gives the same. */
  json_object_remove_member (again, "signatures");
  json_object_remove_member (again, "unsigned");
  stripped = mtx_canonical_json_write (again, &error);
  g_assert_cmpstr (to_sign, ==, stripped);

  return 0;
}
