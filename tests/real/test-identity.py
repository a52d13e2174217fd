#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who support is, through the window, with support on Element's SDK: an identity that changes, emoji compared on both
screens, and the security key that brings everything back in another home."""

import os
import pathlib
import re
import unittest

import tap
from agent import Agent
from app import App
from desktop import Desktop
from provider import PASSWORD, Provider
from synapse import Synapse

WORDS = pathlib.Path(__file__).parents[2] / 'src/ui/sup-emoji-words.c'
NAMES = dict(re.findall(r'\{ "([^"]+)", NC_ \("emoji", "([^"]+)"\)', WORDS.read_text()))
PICTURES = pathlib.Path(os.environ['WALLET_SUPPORT_PICTURES'])
CHANGED = re.compile('identity has changed')


class Identity(unittest.TestCase):
    def setUp(self):
        # A server for each: what one support account went through must not be there for the next.
        self.synapse = self.enterContext(Synapse(registration_token=True))
        self.agent = self.enterContext(Agent())
        self.provider = Provider(self.synapse, self.agent)
        self.desktop = self.enterContext(Desktop())
        self.app = self.start(self.desktop)
        self.file = self.provider.write_file(self.desktop.directory / 'home/provider.json')

    def start(self, desktop):
        app = App(desktop)
        self.addCleanup(app.stop)
        return app

    def talk(self):
        """Into a conversation in which both sides have read the other."""
        self.known = set(self.synapse.users())
        self.app.start(self.file)
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')
        self.app.say('My payment does not arrive.')
        [invitation] = self.agent.invitations()
        self.agent.knows(user=invitation['from'])
        self.room = self.agent.join(room=invitation['room_id'])
        self.agent.expect(room=self.room, bodies=['My payment does not arrive.'])
        self.agent.send(room=self.room, body='It is on its way.')
        self.app.read('It is on its way.')

    def open_identity(self):
        self.app.reader.click(re.compile('End-to-end encrypted'))
        self.app.reader.find('Fingerprint')

    def close(self, dialog):
        """While a dialog is open, the window's own keys rest."""
        self.desktop.key('Escape')
        self.app.reader.gone(dialog, 'dialog')

    def shot(self, name, app=None):
        (app or self.app).picture(PICTURES / f'identity-{name}.png')

    def test_threat_017_changed(self):
        self.talk()
        self.agent.reset_identity(password=PASSWORD)
        self.app.reader.find(CHANGED)
        sent = self.synapse.count_encrypted()
        self.app.say('Is this still you?')
        self.app.read('Waiting to be sent')
        self.shot('changed')

        # Over a restart it is the same, and nothing went out.
        self.app.quit()
        self.app.start()
        self.app.reader.find(CHANGED)
        self.app.say('Are you there?')
        self.app.read('Is this still you?', 'Are you there?')
        self.assertEqual(self.synapse.count_encrypted(), sent)

        self.app.reader.click('Check')
        self.app.reader.find('Fingerprint before the change')
        self.shot('changed-dialog')
        self.app.reader.click('Accept the New Identity…')
        self.app.reader.click('Accept')
        self.app.reader.gone(CHANGED)
        words = ['My payment does not arrive.', 'Is this still you?', 'Are you there?']
        seen = self.agent.expect(room=self.room, bodies=words)
        self.assertEqual([message['body'] for message in seen if message['body'] in words], words)
        self.close('Who You Are Talking To')
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def shown_emoji(self):
        return [node.name for node in self.app.reader.everything() if node.role == 'list item' and node.name in NAMES.values()]

    def test_verify_by_emoji(self):
        self.talk()
        self.open_identity()
        self.app.reader.click('Verify by Emoji')
        self.app.reader.find('Waiting for Support')
        self.agent.accept_verification()
        theirs = self.agent.emoji()
        self.app.reader.find('They Match', 'button')
        self.assertEqual(self.shown_emoji(), [NAMES[picture] for picture in theirs['emoji']])
        self.shot('emoji')
        self.app.reader.click('They Match')
        self.agent.answer(act='confirm')
        self.app.reader.find('Verified')
        self.app.reader.click('Done')
        self.agent.verification(phase='Done')
        self.open_identity()
        self.app.reader.find('Verified')
        self.shot('verified')
        self.close('Who You Are Talking To')

        # What was verified blocks harder: it cannot be waved through.
        self.app.quit()
        self.agent.reset_identity(password=PASSWORD)
        self.app.start()
        self.app.reader.click('Check')
        self.app.reader.find('Give Up the Verification…', 'button')
        self.assertFalse(self.app.reader.see('Accept the New Identity…'))
        self.close('Who You Are Talking To')
        self.app.quit()
        self.assertEqual(self.app.complaints(), [])

    def fill(self, app, name, text):
        """A click into an entry that may not show what it holds, then keys."""
        entry = app.reader.find(name, 'text box')
        app.reader.point(entry)
        app.reader.wait(lambda: entry.focused, f'the entry “{name}” has the focus')
        app.desktop.type(text)

    def test_restore_in_another_home(self):
        self.talk()
        self.app.activate()
        self.desktop.key('F10')
        self.app.reader.find('Main Menu', 'menu')
        self.desktop.key('Return')      # its first entry: the security key
        self.app.reader.click('Show the Key', 'toggle button')
        key = self.app.reader.find(re.compile(r'^(\w{4} ){11}\w{4}$'), 'label').name
        self.app.reader.find('Kept on the server, locked with your security key')
        self.app.reader.find('Kept on the server, encrypted')
        self.shot('security-key')
        [address] = [user for user in self.synapse.users() if user not in self.known]
        self.close('Security Key')
        self.app.quit()

        with Desktop() as elsewhere:
            app = self.start(elsewhere)
            app.start()
            app.reader.click('Restore an Account…')
            self.fill(app, 'Address', address)
            self.fill(app, 'Security key', key)
            self.shot('restore', app)
            app.reader.click('Restore')
            # Nothing on the network knows this address; the provider's file does.
            app.read('The server cannot be reached.')
            app.choose_file(self.provider.write_file(elsewhere.directory / 'home/example-wallets.json'))
            app.read('My payment does not arrive.', 'It is on its way.')
            self.shot('restored', app)
            app.say('I am on another computer now.')
            self.agent.expect(room=self.room, bodies=['My payment does not arrive.', 'I am on another computer now.'])
            app.quit()
            self.assertEqual(app.complaints(), [])


if __name__ == '__main__':
    tap.main()
