/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names made fit for display.
 */
#include "mtx-test.h"
#include "sup-display-text.h"

typedef struct
{
  const char         *in;
  const char         *out;
  SupDisplayTextFlags flags;
} Case;

static const Case cases[] = {
  { "Example", "Example", SUP_DISPLAY_TEXT_CLEAN },
  { "  two\t\r\n words\xe2\x80\xa8 ", "two words", SUP_DISPLAY_TEXT_CLEAN },
  { "no\xc2\xa0"
    "break",
    "no break", SUP_DISPLAY_TEXT_CLEAN },
  { "", NULL, SUP_DISPLAY_TEXT_CLEAN },
  { " \n", NULL, SUP_DISPLAY_TEXT_CLEAN },
  { "e\xcc\x81t\xc3\xa9", "été", SUP_DISPLAY_TEXT_CLEAN },
  { "\xe2\x80\xae"
    "elpmaxE",
    "elpmaxE", SUP_DISPLAY_TEXT_CHANGED },
  { "a\xe2\x81\xa6"
    "b\xe2\x81\xa9"
    "c",
    "abc", SUP_DISPLAY_TEXT_CHANGED },
  { "\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", NULL, SUP_DISPLAY_TEXT_CHANGED },
  { "bell\x07", "bell", SUP_DISPLAY_TEXT_CHANGED },
  { "e\xe2\x80\x8d\xcc\x81", "é", SUP_DISPLAY_TEXT_CHANGED },
  { "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 world", "Привет world", SUP_DISPLAY_TEXT_CLEAN },
  { "p\xd0\xb0ypal", "pаypal", SUP_DISPLAY_TEXT_MIXED_SCRIPT },
  { "\xce\x91lpha", "Αlpha", SUP_DISPLAY_TEXT_MIXED_SCRIPT },
  { "\xce\xb1\xd0\xb0", "αа", SUP_DISPLAY_TEXT_MIXED_SCRIPT },
  { "pay2\xd0\xb0", "pay2а", SUP_DISPLAY_TEXT_MIXED_SCRIPT },
  { "p\xe2\x80\x8b\xd0\xb0", "pа", SUP_DISPLAY_TEXT_CHANGED | SUP_DISPLAY_TEXT_MIXED_SCRIPT },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SupDisplayTextFlags flags;
      g_autofree char    *text = sup_display_text_clean (cases[i].in, SUP_DISPLAY_TEXT_NAME_CHARS, &flags);

      g_test_message ("case %zu", i);
      g_assert_cmpstr (text, ==, cases[i].out);
      g_assert_cmpint (flags, ==, cases[i].flags);
    }
}

static void
test_cut (void)
{
  SupDisplayTextFlags flags;
  g_autofree char    *fits = sup_display_text_clean ("12345", 5, &flags);
  g_autofree char    *cut = NULL;
  g_autofree char    *blank = NULL;

  g_assert_cmpstr (fits, ==, "12345");
  g_assert_cmpint (flags, ==, SUP_DISPLAY_TEXT_CLEAN);

  cut = sup_display_text_clean ("ééééééé", 5, &flags);
  g_assert_cmpstr (cut, ==, "éééé…");
  g_assert_cmpint (flags, ==, SUP_DISPLAY_TEXT_CHANGED);

  blank = sup_display_text_clean ("123 567", 5, &flags);
  g_assert_cmpstr (blank, ==, "123…");
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/display-text/cases", test_cases);
  g_test_add_func ("/provider/display-text/cut", test_cut);

  return g_test_run ();
}
