#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing emoji with Element's SDK: between two people in their room, and between two devices of one person."""

import base64
import json
import pathlib
import re

import tap
from agent import Agent
from client import MEGOLM, Client
from program import ProgramError
from proxy import Proxy
from scenarios import PASSWORD, Scenario

WORDS = pathlib.Path(__file__).parents[2] / 'src/ui/sup-emoji-words.c'
# Our numbers mean these, as the app shows them.
PICTURES = re.findall(r'\{ "([^"]+)", NC_', WORDS.read_text())


class Verification(Scenario):
    def compare(self, alice, bob):
        """Both sides show the same, on the app's pictures as in the SDK's."""
        theirs = bob.emoji()
        ours = alice.verification(state='comparing')
        self.assertEqual([PICTURES[index] for index in ours['emoji']], theirs['emoji'])
        self.assertEqual(ours['decimals'], theirs['decimals'])

    def check_verified(self, alice):
        self.assertEqual(alice.identity(user=self.bob_id)['state'], 'verified')
        self.assertTrue(self.bob.verified(user=alice.user_id, wait=True))

    def test_we_ask_and_they_start(self):
        alice, room = self.alice_and_bob()
        alice.verify(room=room, user=self.bob_id)
        self.bob.accept_verification()
        self.bob.start_verification()
        self.compare(alice, self.bob)
        alice.answer(act='confirm')
        self.bob.answer(act='confirm')
        self.bob.verification(phase='Done')
        alice.verification(state='done')
        self.check_verified(alice)

    def test_we_ask_and_we_start(self):
        alice, room = self.alice_and_bob()
        alice.verify(room=room, user=self.bob_id)
        self.bob.accept_verification()
        self.compare(alice, self.bob)
        self.bob.answer(act='confirm')
        alice.answer(act='confirm')
        alice.verification(state='done')
        self.bob.verification(phase='Done')
        self.check_verified(alice)

    def test_they_ask(self):
        alice, room = self.alice_and_bob()
        self.talk(self.bob, alice, room, 'I would like to verify you')
        self.bob.verify(user=alice.user_id, room=room)
        self.assertEqual(alice.verification(state='requested-by-them')['user_id'], self.bob_id)
        alice.answer(act='accept')
        self.compare(alice, self.bob)
        alice.answer(act='confirm')
        self.bob.answer(act='confirm')
        alice.verification(state='done')
        self.bob.verification(phase='Done')
        self.check_verified(alice)

    def test_we_decline(self):
        alice, room = self.alice_and_bob()
        self.talk(self.bob, alice, room, 'I would like to verify you')
        self.bob.verify(user=alice.user_id, room=room)
        alice.verification(state='requested-by-them')
        alice.answer(act='cancel')
        self.assertEqual(self.bob.verification(phase='Cancelled')['code'], 'm.user')

    def test_cancelled(self):
        """H4, by both sides, and at different steps."""
        alice, room = self.alice_and_bob()
        alice.verify(room=room, user=self.bob_id)
        self.bob.accept_verification()
        self.compare(alice, self.bob)
        alice.answer(act='mismatch')
        self.assertEqual(self.bob.verification(phase='Cancelled')['code'], 'm.mismatched_sas')
        alice.verify(room=room, user=self.bob_id)
        self.bob.accept_verification()
        self.bob.answer(act='cancel')
        self.assertEqual(alice.verification(state='cancelled')['code'], 'm.user')
        self.assertEqual(alice.identity(user=self.bob_id)['state'], 'pinned')
        self.assertFalse(self.bob.verified(user=alice.user_id))


    def test_replaced_key(self):
        """H3: somebody in between replaces the key that Bob had promised."""
        alice, room, proxy = self.alice_and_bob(proxied=True)
        fake = base64.b64encode(bytes(range(1, 33))).decode().rstrip('=')

        def replace(body):
            for joined in body.get('rooms', {}).get('join', {}).values():
                for event in joined['timeline']['events']:
                    if event['type'] == 'm.key.verification.key' and event['sender'] == self.bob_id:
                        event['content']['key'] = fake
            return body

        proxy.rewrite('/sync', replace)
        alice.verify(room=room, user=self.bob_id)
        self.bob.accept_verification()
        with self.assertRaises(ProgramError):
            # The SDK shows what it has, until it hears.
            self.bob.emoji()
            self.bob.verification(phase='Done', timeout=5000)
        self.assertEqual(alice.verification(state='cancelled')['code'], 'm.mismatched_commitment')
        self.assertEqual(self.bob.verification(phase='Cancelled')['code'], 'm.mismatched_commitment')
        self.assertEqual(alice.identity(user=self.bob_id)['state'], 'pinned')


class OwnDevices(Scenario):
    """An account that Element made, on our side by its recovery key, and on a device of the SDK that nobody signed
    (complement-crypto's TestVerificationSAS)."""

    def setUp(self):
        self.account = self.log_in(self.enterContext(Agent()), self.new_user())
        self.user_id = self.account['user_id']
        self.alice = self.enterContext(Client(self.synapse.base_url, self.synapse.server_name, started=False))
        key_file = self.alice.directory / 'key'
        key_file.write_text(self.account['recovery_key'])
        self.alice.launch()
        self.alice.open(restore=self.user_id, homeserver=self.synapse.base_url, server_name=self.synapse.server_name,
                        key_file=str(key_file), password=PASSWORD)
        self.proxy = self.enterContext(Proxy(self.synapse.base_url))
        self.second = self.enterContext(Agent())
        self.device = self.log_in(self.second, self.user_id, self.proxy, sign=False)['device_id']

    def compare(self):
        theirs = self.second.emoji()
        ours = self.alice.verification(state='comparing')
        self.assertEqual([PICTURES[index] for index in ours['emoji']], theirs['emoji'])

    def confirm(self):
        self.alice.answer(act='confirm')
        self.second.answer(act='confirm')
        self.alice.verification(state='done')
        self.second.verification(phase='Done')

    def test_they_ask(self):
        self.assertEqual(self.second.secrets(), [])
        self.second.verify()
        self.assertEqual(self.alice.verification(state='requested-by-them')['user_id'], self.user_id)
        self.alice.answer(act='accept')
        self.compare()
        self.confirm()
        self.assertTrue(self.second.verified(user=self.user_id, device=self.device, wait=True))
        # Now it may have what we have; before, it had asked in vain.
        self.second.secrets(wait=['masterKey', 'selfSigningKey', 'userSigningKey', 'backup'])

    def test_we_ask(self):
        # It ignores whom it has not looked up yet.
        self.second.knows(user=self.user_id)
        self.alice.verify()
        self.second.accept_verification()
        self.compare()
        self.confirm()
        self.assertTrue(self.second.verified(user=self.user_id, device=self.device, wait=True))
        self.second.secrets(wait=['masterKey', 'selfSigningKey', 'userSigningKey', 'backup'])

    def test_cancelled(self):
        """H4: a device that was not verified gets no secret."""
        self.second.verify()
        self.alice.verification(state='requested-by-them')
        self.alice.answer(act='accept')
        self.compare()
        self.second.answer(act='mismatch')
        self.assertEqual(self.alice.verification(state='cancelled')['code'], 'm.mismatched_sas')
        self.assertEqual(self.second.secrets(), [])

    def test_key_request_of_unverified_device(self):
        """It may ask for room keys as for secrets: it gets none."""
        room = self.alice.create_room([self.bob_id])
        self.alice.send(room, 'not for everybody')
        [session] = self.sessions(room)
        for device in self.synapse.query('SELECT device_id FROM devices WHERE user_id = ? AND NOT hidden', self.user_id):
            self.second.to_device(user=self.user_id, device=device[0], type='m.room_key_request', content={
                'action': 'request', 'request_id': 'r', 'requesting_device_id': self.device,
                'body': {'algorithm': MEGOLM, 'room_id': room, 'session_id': session}})
        # What was sent later was read and answered.
        self.second.verify()
        self.alice.verification(state='requested-by-them')
        self.alice.answer(act='cancel')
        self.assertEqual(self.second.verification(phase='Cancelled')['code'], 'm.user')
        self.assertEqual(self.received('m.room.encrypted'), [])

    def received(self, kind):
        """What came to the SDK's device from another."""
        syncs = [json.loads(request.answer) for request in self.proxy.seen if '/sync' in request.path and request.answer]
        return [event for sync in syncs for event in sync.get('to_device', {}).get('events', []) if event['type'] == kind]


if __name__ == '__main__':
    tap.main()
