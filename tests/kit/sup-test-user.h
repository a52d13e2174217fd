/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person with the app, as far as it has no screen: a data folder, a keyring, the list of clients; and a provider
 * on a fake homeserver. It can be quit and started again, as a program is. All of it is for test bodies, which run
 * in a fiber, and while it lives time stands still except in waits.
 */
#pragma once

#include "mtx-fake-agent.h"
#include "mtx-keyring-memory.h"
#include "mtx-test.h"
#include "mtx-timeline.h"
#include "sup-client-list.h"
#include "sup-conversation.h"
#include "sup-feed.h"

G_BEGIN_DECLS

#define SUP_TEST_SUPPORT "@support:" MTX_FAKE_SERVER_NAME

typedef struct
{
  /* owned */
  MtxFakeHomeserver *server; /* NULL if it is in another process */
  MtxFakeAgent      *agent;  /* support; NULL until it has keys */
  MtxKeyring        *keyring;
  char              *data_dir;
  SupProvider       *provider;
  SupClientList     *list;   /* NULL while the app is not running */
  SupClient         *client; /* the only one, if there is one */
} SupTestUser;

SupTestUser     *sup_test_user_new               (void);
SupTestUser     *sup_test_user_new_with          (MtxKeyring       *keyring,
                                                  const char       *data_dir,
                                                  const char       *server_url);
void             sup_test_user_add_agent         (SupTestUser      *self);
void             sup_test_user_free              (SupTestUser      *self);
SupProvider     *sup_test_provider_new           (const char       *server_url,
                                                  const char       *support_id,
                                                  const char       *feed_room);

/* The app. */
void             sup_test_user_launch            (SupTestUser      *self);
void             sup_test_user_start             (SupTestUser      *self);
void             sup_test_user_quit              (SupTestUser      *self);
void             sup_test_user_relaunch          (SupTestUser      *self);

/* Conditions instead of sleeps. */
void             sup_test_wait                   (MtxTestCondition  condition,
                                                  gpointer          data);
void             sup_test_user_wait_state        (SupTestUser      *self,
                                                  SupClientState    state);
void             sup_test_user_wait_connection   (SupTestUser      *self,
                                                  gboolean          online);
void             sup_test_user_wait_conversation (SupTestUser      *self,
                                                  SupConversationState state);
void             sup_test_user_wait_encryption   (SupTestUser      *self,
                                                  SupEncryption     encryption);
void             sup_test_user_wait_unread       (SupTestUser      *self,
                                                  guint             unread);

/* The conversation. */
SupConversation *sup_test_user_get_conversation  (SupTestUser      *self);
const char      *sup_test_user_get_room_id       (SupTestUser      *self);
void             sup_test_user_say               (SupTestUser      *self,
                                                  const char       *body);
char            *sup_test_user_dup_bodies        (SupTestUser      *self);
void             sup_test_user_wait_sent         (SupTestUser      *self,
                                                  const char       *bodies);
void             sup_test_user_reply             (SupTestUser      *self,
                                                  const char       *body);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SupTestUser, sup_test_user_free)

G_END_DECLS
