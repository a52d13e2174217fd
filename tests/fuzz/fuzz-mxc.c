/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The address of a file: its parts cannot leave the place they have in a path, and make the same address again.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-id.h"
#include "mtx-media.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char   *uri = g_strndup ((const char *)data, size);
  g_autofree char   *server_name = NULL;
  g_autofree char   *media_id = NULL;
  g_autofree char   *again = NULL;
  g_autoptr (GError) error = NULL;

  if (!mtx_media_parse_uri (uri, &server_name, &media_id, &error))
    {
      g_assert_nonnull (error);
      g_assert_true (server_name == NULL && media_id == NULL);
      return 0;
    }

  g_assert_true (mtx_server_name_is_valid (server_name));
  g_assert_null (strpbrk (server_name, "/?#%@\\"));
  g_assert_null (strstr (server_name, ".."));
  for (const char *c = media_id; *c != '\0'; c++)
    g_assert_true (g_ascii_isalnum (*c) || *c == '-' || *c == '_');
  g_assert_true (*media_id != '\0');
  again = g_strdup_printf ("mxc://%s/%s", server_name, media_id);
  g_assert_cmpstr (again, ==, uri);

  return 0;
}
