/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a fuzz target defines: libFuzzer's own entry, called by libFuzzer or by mtx-fuzz-main.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);
