-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Room keys of the time before we came, as somebody who invited us offers them.

-- Who invited us and when we followed; accepted_at is 0 until then.
CREATE TABLE room_invite (
  room_id TEXT NOT NULL PRIMARY KEY,
  inviter TEXT NOT NULL,
  accepted_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE room_key_bundle (
  room_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  curve25519 TEXT NOT NULL,
  ed25519 TEXT NOT NULL,
  file TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, sender)
) WITHOUT ROWID;
