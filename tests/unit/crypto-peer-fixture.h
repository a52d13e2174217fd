/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Alice and Bob, each with an engine, and what one reads of the other. For bodies that run in a fiber.
 */
#pragma once

#include "mtx-crypto-peer.h"
#include "mtx-test.h"

#define ALICE "@alice:example.org"
#define BOB   "@bob:example.org"

MtxCryptoPeer *make_alice         (void);
MtxCryptoPeer *make_bob           (MtxCryptoPeer *alice);
JsonObject    *share              (MtxCryptoPeer *alice,
                                   MtxCryptoPeer *bob);
void           assert_event       (MtxEvent      *event,
                                   const char    *body,
                                   MtxShield      shield);
void           assert_reads       (MtxCryptoPeer *peer,
                                   JsonObject    *to_device,
                                   JsonObject    *event,
                                   const char    *body);
void           assert_cannot_read (MtxCryptoPeer *peer,
                                   JsonObject    *to_device,
                                   JsonObject    *event,
                                   MtxDecryption  reason);
