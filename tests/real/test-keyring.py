#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real keyring that is not as the app left it: nothing is deleted, and no second account is made, because a
secret could not be read."""

import unittest

import tap
from agent import Agent
from app import App
from desktop import PASSWORD, Desktop
from provider import COMPANY, Provider
from synapse import Synapse

TEXT = 'Can you read this?'


class Keyring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.synapse = cls.enterClassContext(Synapse())
        cls.agent = cls.enterClassContext(Agent())
        cls.provider = Provider(cls.synapse, cls.agent)
        cls.agent.echo(reply='Yes: {}')

    def setUp(self):
        self.before = set(self.synapse.users())
        self.desktop = self.enterContext(Desktop())
        self.app = App(self.desktop)
        self.addCleanup(self.app.stop)

    def begin_and_quit(self):
        """One conversation, then the app is closed. Returns what it keeps in the keyring."""
        self.app.start(self.provider.write_file(self.desktop.directory / 'home/provider.json'))
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')
        self.app.say(TEXT)
        self.app.read('Yes: ' + TEXT)
        secrets = self.app.secrets()
        self.app.quit()
        return secrets

    def check_everything_is_there(self, secrets):
        self.app.read(TEXT, 'Yes: ' + TEXT)
        self.app.say('And this?')
        self.app.read('Yes: And this?')
        now = self.app.secrets()
        self.assertEqual(sorted(now), sorted(secrets))
        # A number that grows with every start, so that an old copy of the store is known.
        changed = [label for label in secrets if now[label] != secrets[label]]
        self.assertEqual(changed, [f'Wallet Support: {COMPANY} (generation of the stored messages)'])
        self.assertGreater(int(now[changed[0]]), int(secrets[changed[0]]))
        self.assertEqual(len(set(self.synapse.users()) - self.before), 1)
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def test_labels_are_for_people(self):
        secrets = self.begin_and_quit()
        self.assertTrue(secrets)
        for label in secrets:
            self.assertTrue(label.startswith(f'Wallet Support: {COMPANY} ('), label)
            self.assertNotIn('_', label)

    def test_locked_at_start_then_unlocked_elsewhere(self):
        secrets = self.begin_and_quit()
        self.desktop.lock_keyring()
        self.app.start()
        self.app.reader.find('Keyring Is Locked')
        self.assertFalse(self.app.sees(TEXT))
        self.desktop.unlock_keyring()
        self.app.reader.click('Try Again')
        self.check_everything_is_there(secrets)

    def test_locked_at_start_then_unlocked_by_the_button(self):
        secrets = self.begin_and_quit()
        self.desktop.lock_keyring()
        self.app.start()
        self.app.reader.click('Unlock')
        # The keyring's own dialog, which has the keyboard.
        self.app.reader.find('Unlock Login Keyring', 'dialog')
        self.desktop.type(PASSWORD)
        self.desktop.key('Return')
        self.check_everything_is_there(secrets)

    def test_locked_and_left_alone(self):
        secrets = self.begin_and_quit()
        self.desktop.lock_keyring()
        self.app.start()
        self.app.reader.find('Keyring Is Locked')
        self.app.quit()
        self.desktop.unlock_keyring()
        self.app.start()
        self.check_everything_is_there(secrets)

    def test_absent_then_there(self):
        secrets = self.begin_and_quit()
        self.desktop.stop_keyring()
        self.app.start()
        self.app.reader.find('No Keyring Found')
        self.app.quit()
        self.desktop.start_keyring()
        self.app.start()
        self.check_everything_is_there(secrets)


if __name__ == '__main__':
    tap.main()
