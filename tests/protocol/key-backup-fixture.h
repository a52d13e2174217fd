/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Alice with one device or two, and the backup they share. For bodies that run in a fiber.
 */
#pragma once

#include "mtx-crypto-client.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-key-backup.h"
#include "mtx-test.h"

#define VERSION     "*/room_keys/version"
#define KEYS_OF_ALL "*/room_keys/keys"
#define KEY_OF_ONE  "*/room_keys/keys/*"

typedef struct
{
  MtxFakeHomeserver *server;
  MtxCryptoClient   *alice;
  MtxCryptoClient   *second; /* another device; NULL until add_second () */
} Vault;

void             vault_init      (Vault             *vault);
void             vault_clear     (Vault             *vault);
MtxKeyBackup    *backup_of       (MtxCryptoClient   *client);
void             set_up          (MtxCryptoClient   *client,
                                  MtxKeyBackupState  expected);
void             add_second      (Vault             *vault);
void             connect_second  (Vault             *vault);
JsonObject      *write_message   (MtxCryptoClient   *client,
                                  const char        *room_id,
                                  const char        *text);
GHashTable      *kept            (Vault             *vault);
void             wait_kept       (Vault             *vault,
                                  guint              n_keys);
void             wait_state      (MtxCryptoClient   *client,
                                  MtxKeyBackupState  expected);
guint            count_kept_here (MtxCryptoClient   *client);
MtxEvent        *read_message    (MtxCryptoClient   *client,
                                  const char        *room_id,
                                  const char        *event_id,
                                  JsonObject        *content);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Vault, vault_clear)
