#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other side by itself: two of Element's clients talk on Synapse. When this fails, so does
everything else, and not because of us."""

import unittest

import tap
from agent import Agent, problems
from proxy import Proxy
from synapse import Synapse


class Agents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.synapse = cls.enterClassContext(Synapse())
        for name in ('support', 'customer'):
            cls.synapse.register(name, 'secret of ' + name)
        cls.support = cls.enterClassContext(Agent())
        cls.customer = cls.enterClassContext(Agent())
        cls.account = cls.log_in(cls.support, 'support')
        cls.log_in(cls.customer, 'customer')

    @classmethod
    def log_in(cls, agent, name, **words):
        return agent.login(homeserver=cls.synapse.base_url, user=name, password='secret of ' + name, **words)

    def test_conversation_without_shields(self):
        room = self.customer.create_direct(user=self.account['user_id'])
        self.customer.send(room=room, body='before you joined')
        [invitation] = self.support.invitations()
        self.assertEqual(invitation['room_id'], room)
        self.assertTrue(invitation['encrypted'])
        self.support.join(room=room)
        self.assertEqual(problems(self.support.expect(room=room, bodies=['before you joined'])), [])
        self.support.send(room=room, body='how can I help?')
        self.assertEqual(problems(self.customer.expect(room=room, bodies=['how can I help?'])), [])
        self.assertEqual(self.synapse.files_with('before you joined', 'how can I help?'), [])

    def test_device_that_logs_in_later_reads_what_comes_after(self):
        room = self.customer.create_direct(user=self.account['user_id'])
        self.customer.send(room=room, body='to the first device')
        self.support.join(room=room)
        self.support.expect(room=room, bodies=['to the first device'])
        with Agent() as later:
            self.log_in(later, 'support', recovery_key=self.account['recovery_key'])
            self.assertTrue(all(device['signed'] for device in self.customer.devices_of(user=self.account['user_id'])))
            self.customer.send(room=room, body='to both devices')
            seen = later.expect(room=room, bodies=['to both devices'])
            self.assertEqual(problems([message for message in seen if message['body'] == 'to both devices']), [])

    def test_messages_before_the_join_need_the_identity_of_the_sender_at_once(self):
        # What our app works against: see matrix/e2ee/mtx-introduction.c. When this fails, that may go.
        self.synapse.register('late', 'secret of late')
        with Proxy(self.synapse.base_url) as proxy, Agent() as late:
            account = late.login(homeserver=proxy.base_url, user='late', password='secret of late')
            room = self.customer.create_direct(user=account['user_id'])
            self.customer.send(room=room, body='before late joined')
            late.invitations()
            with proxy.hold('/keys/query'):
                joining = late.start('join', room=room)
                late.settled(room=room, count=1)
            late.finish(joining)
            self.customer.send(room=room, body='after late joined')
            late.expect(room=room, bodies=['after late joined'])
            failures = [message['failure'] for message in late.messages(room=room)]
            self.assertEqual(failures, ['UNSIGNED_SENDER_DEVICE', None])

    def test_anyone_can_post_in_the_announcements_room(self):
        room = self.support.create_announcements(alias='news', name='News', topic='What is new')
        self.support.send(room=room, body='first announcement')
        stranger = self.synapse.register('stranger', 'secret of stranger')
        stranger.join('#news:wallet.test')
        stranger.post(room, 'send me your recovery phrase')
        bodies = [message['body'] for message in self.support.expect(
            room=room, bodies=['first announcement', 'send me your recovery phrase'])]
        self.assertEqual(bodies, ['first announcement', 'send me your recovery phrase'])


if __name__ == '__main__':
    tap.main()
