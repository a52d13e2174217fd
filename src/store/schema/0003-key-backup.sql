-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Which room keys the backup on the server has, and from which message on their sender is proven.

ALTER TABLE inbound_session ADD COLUMN backed_up INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbound_session ADD COLUMN authentic_index INTEGER NOT NULL DEFAULT 0;

CREATE INDEX inbound_session_to_back_up ON inbound_session (room_id, session_id) WHERE backed_up = 0;

CREATE TABLE key_backup (
  one INTEGER NOT NULL PRIMARY KEY,
  version TEXT NOT NULL,
  restoring INTEGER NOT NULL
);
