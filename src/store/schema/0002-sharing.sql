-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What the sharing of room keys has to know beyond one run.

-- Whether the room showed its history to later members when the key was made (M24).
ALTER TABLE outbound_session ADD COLUMN shared_history INTEGER NOT NULL DEFAULT 0;

-- Devices whose Olm messages we could not read: the session with them is begun anew, not too often (M34).
CREATE TABLE wedged_device (
  user_id TEXT NOT NULL,
  curve25519 TEXT NOT NULL,
  wanted INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, curve25519)
) WITHOUT ROWID;

-- Stretches between two sync tokens of which no sync told the changes of device lists (M15).
CREATE TABLE device_list_gap (
  from_token TEXT NOT NULL PRIMARY KEY,
  to_token TEXT NOT NULL
) WITHOUT ROWID;
