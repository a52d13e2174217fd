-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The edits of an event, wherever in its room they stand.
CREATE INDEX event_edit ON event (room_id, relates_to) WHERE relation_type = 'm.replace';
