#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window as people use it who cannot see it, cannot use a mouse, or have a bad file in their hands."""

import re
import unittest

import tap
from agent import Agent
from app import TITLE, App
from desktop import Desktop, wait_until
from provider import ANNOUNCEMENTS, Provider
from synapse import Synapse

# The smallest that GNOME asks for, 360 × 294, in a border of 5 pixels.
PHONE = (370, 304)
CONTROLS = {'button', 'toggle button', 'text box', 'tab', 'list', 'list item', 'check box', 'link', 'menu item'}


class Window(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.synapse = cls.enterClassContext(Synapse(registration_token=True))
        cls.agent = cls.enterClassContext(Agent())
        cls.provider = Provider(cls.synapse, cls.agent)
        cls.agent.echo(reply='You wrote: {}')

    def setUp(self):
        self.desktop = self.enterContext(Desktop())
        self.app = App(self.desktop)
        self.addCleanup(self.app.stop)
        self.file = self.provider.write_file(self.desktop.directory / 'home/provider.json')

    def check_names(self):
        nameless = [f'{role} under {self.app.reader}' for role, name in self.app.reader.lines()
                    if role in CONTROLS and not name]
        self.assertEqual(nameless, [])

    def test_every_control_has_a_name(self):
        self.app.start()
        self.app.reader.find('Open Provider File…', 'button')
        self.check_names()
        self.app.stop()
        self.app.start(self.file)
        self.app.reader.find('Start', 'button')
        self.check_names()
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')
        self.app.say('Is there a name for everything?')
        self.app.read('You wrote:')
        self.check_names()
        self.app.show('Announcements')
        self.app.read(ANNOUNCEMENTS[0].splitlines()[0])
        self.check_names()
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def test_keyboard_alone(self):
        self.app.start(self.file)
        self.app.reader.find('Start', 'button')
        self.app.activate()
        self.desktop.key('alt+s')
        entry = self.app.reader.find('Message', 'text box')
        wait_until(lambda: entry.focused, 'the entry to have the focus by itself')
        self.desktop.type('Two lines,')
        self.desktop.key('shift+Return')
        self.desktop.type('one message.')
        self.desktop.key('Return')
        self.app.read('You wrote: Two lines,\none message.')
        self.desktop.key('alt+2')
        self.app.read(ANNOUNCEMENTS[0].splitlines()[0])
        self.desktop.key('alt+1')
        self.app.read('You wrote: Two lines,')
        self.desktop.key('F10')
        self.app.reader.find('Main Menu', 'menu')
        self.desktop.key('Down', 'Down', 'Return')      # its third entry: the keyboard shortcuts
        self.app.reader.find(re.compile('Send message'))
        self.desktop.key('Escape')
        self.app.reader.gone(re.compile('Send message'))
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def test_bad_file_is_explained_and_loses_nothing(self):
        self.file.write_text('{"helpCenterOptions": {')
        self.app.start(self.file)
        self.app.reader.find('This Cannot Be Opened')
        self.app.reader.click('Close')
        self.app.reader.find('Open Provider File…', 'button')
        self.provider.write_file(self.file)
        self.app.open_provider(self.file)
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def test_account_barely_begun_is_none(self):
        # As a kill leaves it, after Start and before the store was made.
        folder = self.app.data / 'wallet-support' / ('0123456789abcdef' * 2)
        folder.mkdir(parents=True, mode=0o700)
        (folder / 'set-up').touch()
        self.app.start()
        self.app.reader.find('Open Provider File…', 'button')
        self.app.reader.gone('Account Could Not Be Made')
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def test_closed_server_is_explained_and_can_be_left(self):
        before = self.synapse.users()
        self.provider.write_file(self.file, registrationToken='not-this-one')
        self.app.start(self.file)
        self.app.reader.click('Start')
        self.app.reader.find('Account Could Not Be Made')
        self.assertEqual(self.synapse.users(), before)
        # The way out, also after a restart: the provider's current file.
        self.app.quit()
        self.app.start()
        self.app.reader.click('Use Another Provider')
        self.app.open_provider(self.provider.write_file(self.file))
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')
        self.app.say('Now it works.')
        self.app.read('You wrote: Now it works.')
        self.assertEqual(len(self.synapse.users()), len(before) + 1)
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def test_small_as_a_phone(self):
        self.app.start(self.file)
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')
        self.desktop.resize(TITLE, *PHONE)
        self.app.say('From a very small window with a sentence that needs more than one line in it.')
        self.app.read('You wrote: From a very small window')
        self.app.show('Announcements')
        self.app.read(ANNOUNCEMENTS[-1].splitlines()[0])
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def test_second_start_shows_the_same_window(self):
        self.app.start()
        second = self.desktop.popen([self.app.program, str(self.file)], None,
                                    GSETTINGS_SCHEMA_DIR=self.app.schemas)
        self.assertEqual(second.wait(30), 0)
        self.app.reader.find('Start', 'button')
        self.assertEqual(len(self.app.reader.find_all(TITLE, 'window')), 1)


if __name__ == '__main__':
    tap.main()
