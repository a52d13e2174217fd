#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at a random moment between Start and support's reply, as a power cut does it. Afterwards the app is
started again, and everything must come out as if nothing had happened: one account, one device, one room, each
message delivered once, no shield, nothing undecryptable.

  tests/env/enter tests/real/test-kill9.py [--rounds 50] [--seed NUMBER]    (needs WALLET_SUPPORT_PROGRAM)
"""

import argparse
import os
import random
import subprocess
import sys
import threading
import time
import unittest

from gi.repository import GLib

import tap
from agent import Agent, problems
from app import App, Ended
from desktop import Desktop, Timeout, wait_until
from provider import Provider
from synapse import Synapse

QUESTION = 'This is question {}.'
REPLY = 'The answer to: {}'

rounds = 5
seed = random.SystemRandom().randrange(1_000_000)


class Kill9(unittest.TestCase):
    def setUp(self):
        print(f'# seed {seed}, {rounds} rounds', flush=True)
        self.random = random.Random(seed)
        self.synapse = self.enterContext(Synapse())
        self.agent = self.enterContext(Agent())
        self.provider = Provider(self.synapse, self.agent)
        self.agent.echo(reply=REPLY)

    def test_every_moment_converges(self):
        # An undisturbed round says how long the time between Start and the reply is.
        usual = self.round(0, None)
        print(f'# Start to reply takes {usual:.2f} s')
        for number in range(1, rounds + 1):
            moment = self.random.uniform(0, usual)
            with self.subTest(round=number, seed=seed, killed_after=moment):
                self.round(number, moment)

    def round(self, number, moment):
        """One new user. Returns the seconds from Start to the reply."""
        text = QUESTION.format(number)
        before = set(self.synapse.users())
        killed = threading.Event()
        with Desktop() as desktop:
            app = App(desktop)
            path = self.provider.write_file(desktop.directory / 'home/provider.json')
            try:
                app.start(path)
                start_button = app.reader.find('Start', 'button')
                begin = time.monotonic()
                start_button.click()
                if moment is not None:
                    timer = threading.Timer(moment, lambda: (killed.set(), app.kill()))
                    timer.start()
                said = False
                try:
                    app.reader.find('Message', 'text box')
                    app.say(text)
                    said = True
                    app.read(REPLY.format(text))
                except (Ended, Timeout, GLib.Error, subprocess.CalledProcessError):
                    if not killed.is_set():
                        raise
                passed = time.monotonic() - begin
                if moment is not None:
                    timer.join()
                    print(f'# round {number}: killed after {moment:.2f} s, {"after" if said else "before"} '
                          'the message was kept', flush=True)
                    self.start_again(app, path, text, said)
                app.read(REPLY.format(text), seconds=60)
                self.check(set(self.synapse.users()) - before, text, app)
                app.quit()
                self.assertEqual(app.complaints(), [])
            finally:
                app.stop()
            return passed

    def start_again(self, app, path, text, said):
        app.start(path)
        # Where Start was lost with everything else, the user is asked again.
        wait_until(lambda: app.reader.see('Start', 'button') or app.reader.see('Message', 'text box'),
                   lambda: f'the chat or the consent page; the screen shows:\n{app.reader}')
        if app.reader.see('Start', 'button'):
            self.assertFalse(said, 'a message was kept, but its conversation is gone')
            app.reader.click('Start')
            app.reader.find('Message', 'text box')
        if said:
            app.read(text)
            return
        # Whether it was kept just before the blow shows when support has answered, or has nothing to answer.
        wait_until(lambda: app.sees(text) or app.sees('joined'),
                   lambda: f'support in the room; the screen shows:\n{app.reader}', seconds=60)
        if not app.sees(text):
            app.say(text)

    def check(self, accounts, text, app):
        self.assertEqual(len(accounts), 1, 'accounts made in this round')
        [user] = accounts
        devices = self.synapse.query('SELECT device_id FROM devices WHERE user_id = ? AND NOT hidden', user)
        self.assertEqual(len(devices), 1, 'devices of the account')
        rooms = self.synapse.query('SELECT room_id FROM rooms WHERE creator = ?', user)
        self.assertEqual(len(rooms), 1, 'rooms of the account')
        [[room]] = rooms
        messages = self.agent.expect(room=room, bodies=[text, REPLY.format(text)])
        self.assertEqual(problems(messages), [])
        self.assertEqual([message['body'] for message in messages], [text, REPLY.format(text)])
        shown = [line for role, line in app.reader.lines() if role == 'label' and line == text]
        self.assertEqual(len(shown), 1, f'times the message is on the screen:\n{app.reader}')


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=rounds)
    parser.add_argument('--seed', type=int, default=seed)
    arguments = parser.parse_args()
    rounds, seed = arguments.rounds, arguments.seed
    sys.argv[1:] = []
    tap.main()
