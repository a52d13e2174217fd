#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Support answers from a device that did not exist when the room was made.

What it can read is what the specification allows: a message written after the device was there, yes. One
written before, only out of support's own key backup, that is when another device of support had the key; then
it carries a grey shield, as authenticity is not guaranteed for what comes from a backup."""

import unittest

import tap
from agent import Agent, problems
from app import App
from desktop import Desktop, wait_until
from provider import Provider
from synapse import Synapse

EARLY = 'Written before the device existed.'
LATE = 'Written when the device existed.'


class LateDevice(unittest.TestCase):
    def setUp(self):
        self.synapse = self.enterContext(Synapse())
        self.first = self.enterContext(Agent())
        self.provider = Provider(self.synapse, self.first)
        self.desktop = self.enterContext(Desktop())
        self.app = App(self.desktop)
        self.addCleanup(self.app.stop)
        self.app.start(self.provider.write_file(self.desktop.directory / 'home/provider.json'))
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')

    def later_device(self):
        agent = self.enterContext(Agent())
        self.provider.log_in(agent, recovery_key=self.provider.account['recovery_key'])
        return agent

    def room(self):
        wait_until(lambda: self.synapse.query("SELECT 1 FROM events WHERE type = 'm.room.encrypted'"),
                   'the message to reach the server')
        [invitation] = self.first.invitations()
        self.first.knows(user=invitation['from'])
        return invitation['room_id']

    def check_early(self, messages):
        [early] = [message for message in messages if message['body'] != LATE]
        if early['body'] is None:
            self.assertTrue(early['failure'].startswith('HISTORICAL_MESSAGE_'), early)
        else:
            self.assertEqual(early['body'], EARLY)

    def test_room_first_device_then_message(self):
        self.app.say(EARLY)
        room = self.room()
        later = self.later_device()
        later.join(room=room)
        self.app.read('joined')
        self.app.say(LATE)
        for agent in (self.first, later):
            seen = {message['body']: message for message in agent.expect(room=room, bodies=[LATE])}
            self.assertEqual(problems([seen[LATE]]), [])
        self.check_early(later.messages(room=room))
        # This device was there when the message was written, though it did not accept the invitation itself.
        self.assertEqual(problems(self.first.expect(room=room, bodies=[EARLY, LATE])), [])
        later.send(room=room, body='Answered from the new device.')
        self.app.read('Answered from the new device.')
        self.assertFalse(self.app.sees('not confirmed'))

    def test_only_device_is_replaced(self):
        self.app.say(EARLY)
        room = self.room()
        later = self.later_device()
        self.first.logout()
        later.join(room=room)
        self.app.read('joined')
        self.app.say(LATE)
        seen = later.expect(room=room, bodies=[LATE])
        self.assertEqual(problems([message for message in seen if message['body'] == LATE]), [])
        later.send(room=room, body='Please write the first message again.')
        self.app.read('Please write the first message again.')


if __name__ == '__main__':
    tap.main()
