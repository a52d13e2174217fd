/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The 64 emoji of a verification and their names (specification, § SAS method: emoji). The pictures stand in the
 * order of the specification, the same on every client, so the order must never change.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-emoji-words.h"

static const struct
{
  const char *picture;
  const char *name;
} emoji[SUP_EMOJI_WORDS_N] = {
  { "🐶", NC_ ("emoji", "Dog") },
  { "🐱", NC_ ("emoji", "Cat") },
  { "🦁", NC_ ("emoji", "Lion") },
  { "🐎", NC_ ("emoji", "Horse") },
  { "🦄", NC_ ("emoji", "Unicorn") },
  { "🐷", NC_ ("emoji", "Pig") },
  { "🐘", NC_ ("emoji", "Elephant") },
  { "🐰", NC_ ("emoji", "Rabbit") },
  { "🐼", NC_ ("emoji", "Panda") },
  { "🐓", NC_ ("emoji", "Rooster") },
  { "🐧", NC_ ("emoji", "Penguin") },
  { "🐢", NC_ ("emoji", "Turtle") },
  { "🐟", NC_ ("emoji", "Fish") },
  { "🐙", NC_ ("emoji", "Octopus") },
  { "🦋", NC_ ("emoji", "Butterfly") },
  { "🌷", NC_ ("emoji", "Flower") },
  { "🌳", NC_ ("emoji", "Tree") },
  { "🌵", NC_ ("emoji", "Cactus") },
  { "🍄", NC_ ("emoji", "Mushroom") },
  { "🌏", NC_ ("emoji", "Globe") },
  { "🌙", NC_ ("emoji", "Moon") },
  { "☁️", NC_ ("emoji", "Cloud") },
  { "🔥", NC_ ("emoji", "Fire") },
  { "🍌", NC_ ("emoji", "Banana") },
  { "🍎", NC_ ("emoji", "Apple") },
  { "🍓", NC_ ("emoji", "Strawberry") },
  { "🌽", NC_ ("emoji", "Corn") },
  { "🍕", NC_ ("emoji", "Pizza") },
  { "🎂", NC_ ("emoji", "Cake") },
  { "❤️", NC_ ("emoji", "Heart") },
  { "😀", NC_ ("emoji", "Smiley") },
  { "🤖", NC_ ("emoji", "Robot") },
  { "🎩", NC_ ("emoji", "Hat") },
  { "👓", NC_ ("emoji", "Glasses") },
  { "🔧", NC_ ("emoji", "Spanner") },
  { "🎅", NC_ ("emoji", "Santa") },
  { "👍", NC_ ("emoji", "Thumbs Up") },
  { "☂️", NC_ ("emoji", "Umbrella") },
  { "⌛", NC_ ("emoji", "Hourglass") },
  { "⏰", NC_ ("emoji", "Clock") },
  { "🎁", NC_ ("emoji", "Gift") },
  { "💡", NC_ ("emoji", "Light Bulb") },
  { "📕", NC_ ("emoji", "Book") },
  { "✏️", NC_ ("emoji", "Pencil") },
  { "📎", NC_ ("emoji", "Paperclip") },
  { "✂️", NC_ ("emoji", "Scissors") },
  { "🔒", NC_ ("emoji", "Lock") },
  { "🔑", NC_ ("emoji", "Key") },
  { "🔨", NC_ ("emoji", "Hammer") },
  { "☎️", NC_ ("emoji", "Telephone") },
  { "🏁", NC_ ("emoji", "Flag") },
  { "🚂", NC_ ("emoji", "Train") },
  { "🚲", NC_ ("emoji", "Bicycle") },
  { "✈️", NC_ ("emoji", "Aeroplane") },
  { "🚀", NC_ ("emoji", "Rocket") },
  { "🏆", NC_ ("emoji", "Trophy") },
  { "⚽", NC_ ("emoji", "Ball") },
  { "🎸", NC_ ("emoji", "Guitar") },
  { "🎺", NC_ ("emoji", "Trumpet") },
  { "🔔", NC_ ("emoji", "Bell") },
  { "⚓", NC_ ("emoji", "Anchor") },
  { "🎧", NC_ ("emoji", "Headphones") },
  { "📁", NC_ ("emoji", "Folder") },
  { "📌", NC_ ("emoji", "Pin") },
};

/**
 * sup_emoji_words_get_picture:
 * @index: which, below %SUP_EMOJI_WORDS_N
 *
 * Returns: the emoji itself
 */
const char *
sup_emoji_words_get_picture (guint index)
{
  g_return_val_if_fail (index < SUP_EMOJI_WORDS_N, NULL);

  return emoji[index].picture;
}

/**
 * sup_emoji_words_get_name:
 * @index: which, below %SUP_EMOJI_WORDS_N
 *
 * The name is read aloud over the telephone, and shown to who cannot see the picture.
 *
 * Returns: its name in the user's language
 */
const char *
sup_emoji_words_get_name (guint index)
{
  g_return_val_if_fail (index < SUP_EMOJI_WORDS_N, NULL);

  return g_dpgettext2 (NULL, "emoji", emoji[index].name);
}
