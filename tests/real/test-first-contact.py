#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reads what around an invitation, a join, a leave and a new device: Alice on our side, Bob on Element's SDK, an
honest Synapse. The names are those of complement-crypto's scenarios."""

import tap
from scenarios import Scenario

NOT_MEMBER = ('HISTORICAL_MESSAGE_USER_NOT_JOINED', 'MEGOLM_UNKNOWN_INBOUND_SESSION_ID', 'OLM_UNKNOWN_MESSAGE_INDEX')


class FirstContact(Scenario):
    def check_cannot_read(self, messages, event_id):
        [message] = [message for message in messages if message['event_id'] == event_id]
        self.assertIsNone(message['body'])
        self.assertIsNotNone(message['failure'])

    def test_alice_bob_encryption_works(self):
        alice, room = self.alice_and_bob()
        self.talk(alice, self.bob, room, 'Hello Bob')
        self.talk(self.bob, alice, room, 'Hello Alice')
        self.talk(alice, self.bob, room, 'How are you?')
        self.assertEqual(self.synapse.files_with('Hello Bob', 'Hello Alice', 'How are you?'), [])

    def test_can_decrypt_messages_after_invite_but_before_join(self):
        alice = self.alice()
        room = alice.create_room([self.bob_id])
        alice.send(room, 'before')
        alice.send(room, 'before as well')
        # However long the answer takes that Bob's client asks for when he accepts.
        self.bob.knows(user=alice.user_id)
        with self.bob_proxy.hold('/keys/query'):
            joining = self.bob.start('join', room=room)
            self.bob.settled(room=room, count=2)
        self.bob.finish(joining)
        self.read(self.bob, room, 'before', 'before as well')
        alice.members(room=room, joined=2)
        self.talk(alice, self.bob, room, 'after')

    def test_we_can_decrypt_messages_after_invite_but_before_join(self):
        alice = self.alice()
        room = self.bob.create_direct(user=alice.user_id)
        self.bob.send(room=room, body='before')
        alice.join(room)
        self.read(alice, room, 'before')

    def test_bob_can_see_but_not_decrypt_history_in_public_room(self):
        alice = self.alice()
        room = alice.create_room([], preset='public_chat')
        early = alice.send(room, 'before Bob')
        self.bob.enter(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, self.bob, room, 'after Bob')
        self.check_cannot_read(self.bob.messages(room=room), early)

    def test_we_can_see_but_not_decrypt_history_in_public_room(self):
        alice = self.alice()
        room = self.bob.create_public(name='Everybody')
        early = self.bob.send(room=room, body='before Alice')
        alice.join(room)
        self.bob.members(room=room, joined=2)
        self.talk(self.bob, alice, room, 'after Alice')
        self.check_cannot_read(alice.messages(room=room), early)

    def test_on_rejoin_bob_can_see_but_not_decrypt_history_in_public_room(self):
        alice = self.alice()
        room = alice.create_room([], preset='public_chat')
        self.bob.enter(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, self.bob, room, 'while Bob is here')
        self.bob.leave(room=room)
        alice.members(room=room, joined=1)
        gap = alice.send(room, 'while Bob is away')
        self.bob.enter(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, self.bob, room, 'now Bob is back')
        self.check_cannot_read(self.bob.messages(room=room), gap)

    def test_on_rejoin_we_can_see_but_not_decrypt_history_in_public_room(self):
        alice = self.alice()
        room = self.bob.create_public(name='Everybody')
        alice.join(room)
        self.bob.members(room=room, joined=2)
        self.talk(self.bob, alice, room, 'while Alice is here')
        alice.room_call(room, 'leave')
        self.bob.members(room=room, joined=1)
        gap = self.bob.send(room=room, body='while Alice is away')
        alice.join(room)
        self.bob.members(room=room, joined=2)
        self.talk(self.bob, alice, room, 'now Alice is back')
        self.check_cannot_read(alice.messages(room=room), gap)

    def test_on_new_device_bob_can_see_but_not_decrypt_history_in_public_room(self):
        alice = self.alice()
        room = alice.create_room([], preset='public_chat')
        bob, account = self.new_agent(backup=False)
        bob.enter(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, bob, room, 'to the first device')
        bob.logout()
        gap = alice.send(room, 'to no device')
        later = self.new_device(account)
        self.talk(alice, later, room, 'to the new device')
        messages = later.messages(room=room)
        self.check_cannot_read(messages, gap)
        self.check_cannot_read(messages, messages[0]['event_id'])

    def test_changing_device_after_invite_re_encrypts(self):
        bob, account = self.new_agent(backup=False)
        alice = self.alice()
        room = alice.create_room([account['user_id']])
        early = alice.send(room, 'to the first device')
        later = self.new_device(account)
        bob.logout()
        later.join(room=room)
        alice.members(room=room, joined=2)
        self.talk(alice, later, room, 'to the new device')
        self.talk(later, alice, room, 'from the new device')
        # What was written before the device existed is in no key that it could have: a message to it would have to
        # be encrypted again. Expected to fail in complement-crypto as well.
        self.check_cannot_read(later.messages(room=room), early)

    def test_delayed_invite_response(self):
        alice, proxy = self.alice(proxied=True)
        room = alice.create_room([])
        alice.send(room, 'to nobody')
        with proxy.hold('/invite'):
            inviting = alice.begin('http', method='POST', path=f'/_matrix/client/v3/rooms/{room}/invite',
                                   body={'user_id': self.bob_id})
            alice.members(room=room, invited=1)
            event_id = alice.send(room, 'to Bob')
        alice.finish(inviting)
        self.bob.knows(user=alice.user_id)
        self.bob.join(room=room)
        self.read(self.bob, room, 'to Bob')
        self.assertEqual(self.bob.messages(room=room)[-1]['event_id'], event_id)


if __name__ == '__main__':
    tap.main()
