-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What this device asked other devices of the same account for. A closed one stays, so that the same is not asked
-- for again.

CREATE TABLE own_request (
  request_id TEXT NOT NULL PRIMARY KEY,
  secret_name TEXT,
  room_id TEXT,
  session_id TEXT,
  devices TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  closed INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX own_request_room_key ON own_request (room_id, session_id) WHERE room_id IS NOT NULL;
CREATE INDEX own_request_open ON own_request (created_at) WHERE closed = 0;

-- Room keys of messages that cannot be read and that were never asked for. The numbers are UNDECRYPTABLE of
-- MtxEventDecryption, and the reasons MISSING_KEY and WITHHELD of MtxDecryption.
CREATE VIEW missing_room_key AS
  SELECT DISTINCT event.room_id, event.session_id FROM event
  WHERE event.decryption = 2 AND event.decryption_reason IN (2, 3) AND event.session_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM own_request
                    WHERE own_request.room_id = event.room_id AND own_request.session_id = event.session_id);
