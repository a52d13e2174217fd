#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing emoji with Element's SDK: between two people in their room, and between two devices of one person."""

import pathlib
import re

import tap
from scenarios import Scenario

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


if __name__ == '__main__':
    tap.main()
