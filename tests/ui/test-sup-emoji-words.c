/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The emoji that two people compare are those of the specification, in its order.
 */
#include <glib.h>

#include "sup-emoji-words.h"

/* A number here and there is enough to notice a row that was lost or moved (SPEC data-definitions/sas-emoji.json). */
static void
test_order (void)
{
  const struct
  {
    guint       index;
    const char *picture;
    const char *name;
  } known[] = {
    { 0, "\U0001F436", "Dog" },
    { 15, "\U0001F337", "Flower" },
    { 21, "\u2601\uFE0F", "Cloud" },
    { 31, "\U0001F916", "Robot" },
    { 42, "\U0001F4D5", "Book" },
    { 49, "\u260E\uFE0F", "Telephone" },
    { 63, "\U0001F4CC", "Pin" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_assert_cmpstr (sup_emoji_words_get_picture (known[i].index), ==, known[i].picture);
      g_assert_cmpstr (sup_emoji_words_get_name (known[i].index), ==, known[i].name);
    }
}

/* Two that look or sound alike would make the comparison worthless. */
static void
test_different (void)
{
  for (guint i = 0; i < SUP_EMOJI_WORDS_N; i++)
    for (guint j = 0; j < i; j++)
      {
        g_assert_cmpstr (sup_emoji_words_get_picture (i), !=, sup_emoji_words_get_picture (j));
        g_assert_cmpstr (sup_emoji_words_get_name (i), !=, sup_emoji_words_get_name (j));
      }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/emoji-words/order", test_order);
  g_test_add_func ("/ui/emoji-words/different", test_different);

  return g_test_run ();
}
