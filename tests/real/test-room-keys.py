#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a room gets a new key and when it keeps the one it has: Alice on our side, Bob on Element's SDK, an honest
Synapse. The names are those of complement-crypto's scenarios and of the boxes left open in its list."""

import tap
from scenarios import Scenario, wait_until


class RoomKeys(Scenario):
    def check_keys(self, room, *wanted):
        """Compares the keys of the messages with letters: the same letter for the same key."""
        names = {}
        letters = [names.setdefault(session, chr(ord('a') + len(names))) for session in self.sessions(room)]
        self.assertEqual(''.join(letters), *wanted)

    def signed_devices(self, alice, user):
        return alice.identity(user=user)['signed']

    def test_room_key_is_cycled_on_device_logout(self):
        bob, account = self.new_agent(backup=False)
        second = self.new_device(account)
        alice = self.alice()
        room = alice.create_room([account['user_id']])
        bob.join(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, bob, room, 'to two devices')
        self.read(second, room, 'to two devices')
        second.logout()
        wait_until(lambda: self.signed_devices(alice, account['user_id']) == 1, 'the logout to be seen')
        self.talk(alice, bob, room, 'to the one that is left')
        self.check_keys(room, 'ab')

    def test_room_key_is_cycled_on_member_leaving(self):
        alice, room = self.alice_and_bob()
        carol, account = self.new_agent(backup=False)
        alice.room_call(room, 'invite', user_id=account['user_id'])
        carol.join(room=room)
        alice.members(room=room, joined=3)
        self.talk(alice, self.bob, room, 'to both')
        self.read(carol, room, 'to both')
        carol.leave(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, self.bob, room, 'to Bob alone')
        self.check_keys(room, 'ab')

    def test_room_key_is_cycled_when_an_invitation_is_taken_back(self):
        alice, room = self.alice_and_bob()
        _, account = self.new_agent(backup=False)
        alice.room_call(room, 'invite', user_id=account['user_id'])
        alice.members(room=room, joined=2, invited=1)
        self.talk(alice, self.bob, room, 'to Bob, and to whom we invited')
        alice.room_call(room, 'kick', user_id=account['user_id'])
        alice.members(room=room, joined=2, invited=0)
        self.talk(alice, self.bob, room, 'to Bob alone')
        self.check_keys(room, 'ab')

    def test_room_key_is_cycled_after_enough_messages(self):
        alice, room = self.alice_and_bob(encryption={'rotation_period_msgs': 3})
        for number in range(7):
            self.talk(alice, self.bob, room, f'message {number}')
        self.check_keys(room, 'aaabbbc')

    def test_room_key_is_not_cycled(self):
        bob, account = self.new_agent(backup=False)
        alice = self.alice()
        room = alice.create_room([account['user_id']])
        bob.join(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, bob, room, 'first')
        bob.rename(name='Robert')
        self.talk(bob, alice, room, 'I have a new name')
        self.talk(alice, bob, room, 'after a new name')
        later = self.new_device(account)
        wait_until(lambda: self.signed_devices(alice, account['user_id']) == 2, 'the new device to be seen')
        self.talk(alice, bob, room, 'after a new device')
        self.read(later, room, 'after a new device')
        keys = self.sessions(room)
        self.assertEqual(keys[0], keys[2])
        self.assertEqual(keys[0], keys[3])

    def test_room_key_is_not_cycled_on_client_restart(self):
        alice, room = self.alice_and_bob()
        self.talk(alice, self.bob, room, 'before')
        alice.restart()
        self.talk(alice, self.bob, room, 'after quitting')
        alice.kill()
        alice.start()
        self.talk(alice, self.bob, room, 'after a kill')
        self.check_keys(room, 'aaa')

    def test_h11_room_key_is_cycled_when_history_visibility_becomes_more_restrictive(self):
        alice, room = self.alice_and_bob()
        self.talk(alice, self.bob, room, 'for those who come later as well')
        alice.set_state(room, 'm.room.history_visibility', history_visibility='invited')
        self.talk(self.bob, alice, room, 'seen?')
        self.talk(alice, self.bob, room, 'for those who are here')
        keys = self.sessions(room)
        self.assertNotEqual(keys[0], keys[2])

    def test_h15_shared_history_follows_the_visibility(self):
        for visibility, wanted in (('shared', True), ('world_readable', True), ('invited', False), ('joined', False)):
            with self.subTest(visibility):
                alice, room = self.alice_and_bob(visibility=visibility)
                self.talk(alice, self.bob, room, 'hello')
                self.assertEqual([key['shared_history'] for key in self.bob.room_keys(room=room)], [wanted])

    def test_threat_050_h12_another_algorithm_is_refused(self):
        alice, room = self.alice_and_bob()
        self.talk(alice, self.bob, room, 'before')
        for content in ({'algorithm': 'm.rot13'}, {}):
            alice.set_state(room, 'm.room.encryption', **content)
            self.talk(self.bob, alice, room, f'seen {content}?')
            self.talk(alice, self.bob, room, f'still encrypted after {content}')
        plain = self.synapse.query("SELECT count(*) FROM events WHERE room_id = ? AND type = 'm.room.message'", room)
        self.assertEqual(plain, [(0,)])
        self.assertEqual(self.synapse.files_with('still encrypted'), [])


if __name__ == '__main__':
    tap.main()
