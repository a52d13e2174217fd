/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A session on a fake homeserver that can be closed, made anew and looked at. For bodies that run in a fiber.
 */
#pragma once

#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-json.h"
#include "mtx-keyring-memory.h"
#include "mtx-session.h"
#include "mtx-test.h"

#define PROVIDER "0123456789abcdef0123456789abcdef"

typedef struct
{
  MtxFakeHomeserver *server;
  MtxKeyring        *keyring;
  char              *data_dir;
  MtxAccountHints   *hints;
  MtxSession        *session;
  GString           *states; /* every state the session went through */
} Fixture;

void fixture_init            (Fixture         *self);
void fixture_clear           (Fixture         *self);
void new_session             (Fixture         *self);
void open_session            (Fixture         *self);
void open_fails              (Fixture         *self,
                              MtxError         code,
                              MtxSessionState  state);
void close_session           (Fixture         *self);
void assert_one_good_account (Fixture         *self);
