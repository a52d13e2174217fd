/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One provider and the anonymous account kept for it, with one state for the screens.
 */
#pragma once

#include "sup-types.h"
#include "sup-provider.h"

G_BEGIN_DECLS

/**
 * SupClientState:
 * @SUP_CLIENT_CLOSED: nothing was tried yet, or everything was closed
 * @SUP_CLIENT_OPENING: the keyring is being asked and the store opened
 * @SUP_CLIENT_KEYRING_LOCKED: the keyring holds our key but is locked: unlock, or retry
 * @SUP_CLIENT_KEYRING_ABSENT: this desktop has no place for secrets
 * @SUP_CLIENT_WRONG_SECRET: the key in the keyring does not open the store
 * @SUP_CLIENT_DAMAGED: the store, or half of what belongs together, cannot be read
 * @SUP_CLIENT_BUSY: another process uses the store
 * @SUP_CLIENT_SETTING_UP: the store is open; the account is being made (cached content may be shown)
 * @SUP_CLIENT_RUNNING: the account works; whether the server is reachable is the connection's matter
 * @SUP_CLIENT_SIGNED_OUT: the server ended the account's session
 * @SUP_CLIENT_FAILED: the server refused to make the account; see the error
 */
typedef enum
{
  SUP_CLIENT_CLOSED,
  SUP_CLIENT_OPENING,
  SUP_CLIENT_KEYRING_LOCKED,
  SUP_CLIENT_KEYRING_ABSENT,
  SUP_CLIENT_WRONG_SECRET,
  SUP_CLIENT_DAMAGED,
  SUP_CLIENT_BUSY,
  SUP_CLIENT_SETTING_UP,
  SUP_CLIENT_RUNNING,
  SUP_CLIENT_SIGNED_OUT,
  SUP_CLIENT_FAILED,
} SupClientState;

/**
 * SupConnection:
 * @SUP_CONNECTION_CONNECTING: not known yet; show nothing
 * @SUP_CONNECTION_ONLINE: the server answers
 * @SUP_CONNECTION_OFFLINE: this computer has no network
 * @SUP_CONNECTION_UNREACHABLE: there is a network, but the server does not answer
 */
typedef enum
{
  SUP_CONNECTION_CONNECTING,
  SUP_CONNECTION_ONLINE,
  SUP_CONNECTION_OFFLINE,
  SUP_CONNECTION_UNREACHABLE,
} SupConnection;

#define SUP_TYPE_CLIENT_STATE (sup_client_state_get_type ())
#define SUP_TYPE_CONNECTION   (sup_connection_get_type ())
#define SUP_TYPE_CLIENT       (sup_client_get_type ())

GType sup_client_state_get_type (void);
GType sup_connection_get_type   (void);

G_DECLARE_FINAL_TYPE (SupClient, sup_client, SUP, CLIENT, GObject)

/* Properties: "provider" (SupProvider, nullable until the store is open), "state", "connection",
 * "error-code" (int, an MtxError; meaningful in FAILED), "error-name" (string, nullable: the server's errcode),
 * "user-id" (string, nullable), "conversation" (SupConversation, nullable), "feed" (SupFeed, nullable),
 * "security" (SupSecurity, nullable),
 * "terms" (GStrv, nullable: what the server wants accepted, name and https address in turn). */
const char      *sup_client_get_key          (SupClient *self);
SupProvider     *sup_client_get_provider     (SupClient *self);
SupClientState   sup_client_get_state        (SupClient *self);
SupConnection    sup_client_get_connection   (SupClient *self);
const char      *sup_client_get_user_id      (SupClient *self);
SupConversation *sup_client_get_conversation (SupClient *self);
SupFeed         *sup_client_get_feed         (SupClient *self);
SupSecurity     *sup_client_get_security     (SupClient *self);
const char * const *sup_client_get_terms     (SupClient *self);
void             sup_client_answer_terms     (SupClient *self,
                                              gboolean   accepted);
DexFuture       *sup_client_open             (SupClient *self);
DexFuture       *sup_client_unlock           (SupClient *self);
DexFuture       *sup_client_close            (SupClient *self);

G_END_DECLS
