-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Names and meanings follow the row structs of the stores; a number whose meaning is an enum is described
-- there. Tables with small rows and a compound key have no rowid, so the key is the table.

CREATE TABLE session (
  id INTEGER NOT NULL DEFAULT 1 PRIMARY KEY CHECK (id = 1),
  user_id TEXT,
  device_id TEXT,
  homeserver_url TEXT,
  access_token BLOB,
  refresh_token BLOB,
  token_expires_at INTEGER NOT NULL DEFAULT 0,
  next_batch TEXT,
  filter_id TEXT,
  step INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- Our own keys and the Olm sessions.

CREATE TABLE sealed_object (
  kind INTEGER NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL
);

CREATE TABLE crypto_mark (
  mark INTEGER NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
);

CREATE TABLE olm_session (
  sender_key TEXT NOT NULL,
  session_id TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  last_received_at INTEGER NOT NULL,
  PRIMARY KEY (sender_key, session_id)
);

-- Room keys.

CREATE TABLE inbound_session (
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  sealed BLOB NOT NULL,
  sender_key TEXT NOT NULL,
  claimed_ed25519 TEXT,
  sender_user TEXT,
  sender_device TEXT,
  origin INTEGER NOT NULL,
  first_known_index INTEGER NOT NULL,
  imported INTEGER NOT NULL,
  shared_history INTEGER NOT NULL,
  PRIMARY KEY (room_id, session_id)
);

CREATE INDEX inbound_session_sender ON inbound_session (sender_user);

CREATE TABLE outbound_session (
  room_id TEXT NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  message_count INTEGER NOT NULL
);

CREATE TABLE key_share (
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  curve25519 TEXT NOT NULL,
  message_index INTEGER NOT NULL,
  state INTEGER NOT NULL,
  txn_id TEXT,
  PRIMARY KEY (room_id, session_id, user_id, device_id)
) WITHOUT ROWID;

CREATE INDEX key_share_txn ON key_share (txn_id) WHERE txn_id IS NOT NULL;

CREATE TABLE withheld_key (
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  sender_key TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY (room_id, session_id)
) WITHOUT ROWID;

-- The first event seen at each index of each session; a second one there is a replay.
CREATE TABLE message_index (
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  message_index INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  origin_server_ts INTEGER NOT NULL,
  PRIMARY KEY (room_id, session_id, message_index)
) WITHOUT ROWID;

-- Other people's devices.

CREATE TABLE device (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  curve25519 TEXT NOT NULL,
  ed25519 TEXT NOT NULL,
  keys_json TEXT NOT NULL,
  trust INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  no_olm_sent INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id)
);

CREATE INDEX device_curve25519 ON device (curve25519);

CREATE TABLE identity (
  user_id TEXT NOT NULL PRIMARY KEY,
  master_json TEXT,
  self_signing_json TEXT,
  user_signing_json TEXT,
  pinned_master_key TEXT,
  verified INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL
);

CREATE TABLE tracked_user (
  user_id TEXT NOT NULL PRIMARY KEY,
  dirty INTEGER NOT NULL,
  generation INTEGER NOT NULL
) WITHOUT ROWID;

-- To-device messages.

CREATE TABLE to_device_batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  txn_id TEXT NOT NULL UNIQUE,
  event_type TEXT NOT NULL,
  messages TEXT NOT NULL,
  room_id TEXT,
  session_id TEXT,
  created_at INTEGER NOT NULL
);

CREATE TABLE to_device_attempt (
  hash TEXT NOT NULL PRIMARY KEY,
  attempts INTEGER NOT NULL,
  first_attempt_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Rooms.

CREATE TABLE room (
  room_id TEXT NOT NULL PRIMARY KEY,
  membership TEXT NOT NULL,
  kind TEXT,
  name TEXT,
  topic TEXT,
  canonical_alias TEXT,
  avatar_url TEXT,
  encryption_algorithm TEXT,
  rotation_period_ms INTEGER NOT NULL,
  rotation_period_msgs INTEGER NOT NULL,
  history_visibility TEXT,
  join_rule TEXT,
  room_version TEXT,
  creators TEXT,
  power_levels TEXT,
  replaced_by TEXT,
  inviter TEXT,
  notification_count INTEGER NOT NULL,
  highlight_count INTEGER NOT NULL,
  joined_count INTEGER NOT NULL,
  invited_count INTEGER NOT NULL,
  members_complete INTEGER NOT NULL,
  is_direct INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL
);

CREATE TABLE member (
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  membership TEXT NOT NULL,
  display_name TEXT,
  avatar_url TEXT,
  PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

CREATE TABLE state_event (
  room_id TEXT NOT NULL,
  type TEXT NOT NULL,
  state_key TEXT NOT NULL,
  content TEXT NOT NULL,
  sender TEXT NOT NULL,
  event_id TEXT,
  origin_server_ts INTEGER NOT NULL,
  PRIMARY KEY (room_id, type, state_key)
);

-- Global account data has the empty room id.
CREATE TABLE account_data (
  room_id TEXT NOT NULL,
  type TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (room_id, type)
);

-- Timelines. The partial index names a value of MtxEventDecryption: UNDECRYPTABLE.

CREATE TABLE event (
  position INTEGER NOT NULL,
  room_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  origin_server_ts INTEGER NOT NULL,
  type TEXT NOT NULL,
  state_key TEXT,
  content TEXT NOT NULL,
  relation_type TEXT,
  relates_to TEXT,
  transaction_id TEXT,
  redacted INTEGER NOT NULL,
  echo INTEGER NOT NULL,
  decryption INTEGER NOT NULL,
  decryption_reason INTEGER NOT NULL,
  shield INTEGER NOT NULL,
  session_id TEXT,
  encrypted TEXT,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, event_id),
  UNIQUE (room_id, position)
);

CREATE INDEX event_undecryptable ON event (room_id, session_id) WHERE decryption = 2;
CREATE INDEX event_shielded ON event (sender) WHERE decryption = 1 AND shield <> 0;

CREATE TABLE gap (
  room_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  token TEXT NOT NULL,
  PRIMARY KEY (room_id, token),
  UNIQUE (room_id, position)
);

-- Messages that still have to be sent.

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation TEXT NOT NULL,
  room_id TEXT,
  txn_id TEXT NOT NULL UNIQUE,
  event_type TEXT NOT NULL,
  content TEXT NOT NULL,
  encrypted TEXT,
  session_id TEXT,
  state INTEGER NOT NULL,
  error_code INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE INDEX outbox_conversation ON outbox (conversation, id);
