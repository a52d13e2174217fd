#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one secret brings back: account, identity, keys and history, from address and security key alone; accounts
that Element made, here; and ours, in Element."""

import base64
import hashlib
import hmac
import unittest

import tap
from agent import Agent, problems
from client import Client
from desktop import wait_until
from program import ProgramError
from synapse import Synapse

PASSPHRASE = 'correct horse battery staple'
DIGITS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'


def derive_password(key_text):
    """The construction as it is documented in crypto/mtx-recovery-key.c, written a second time."""
    number = 0
    for digit in key_text.replace(' ', ''):
        number = number * 58 + DIGITS.index(digit)
    key = number.to_bytes(35, 'big')[2:34]
    extracted = hmac.new(b'io.github.wallet_support.account', key, hashlib.sha256).digest()
    password = hmac.new(extracted, b'account password v1\x01', hashlib.sha256).digest()
    return base64.urlsafe_b64encode(password).rstrip(b'=').decode()


class Restore(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A name that leads to the server by itself, as the name in an address does.
        cls.synapse = Synapse()
        cls.synapse.server_name = f'127.0.0.1:{cls.synapse.port}'
        cls.synapse._write_config({'server_name': cls.synapse.server_name})
        cls.enterClassContext(cls.synapse)
        cls.synapse.register('support', 'secret of support')
        cls.support = cls.enterClassContext(Agent())
        cls.account = cls.log_in(cls.support, 'support')

    @classmethod
    def log_in(cls, agent, user, password=None, **words):
        return agent.login(homeserver=cls.synapse.base_url, user=user, password=password or f'secret of {user}', **words)

    def machine(self, started=True):
        return self.enterContext(Client(self.synapse.base_url, self.synapse.server_name, started=started))

    def data_types(self, user_id):
        return {kind for kind, in self.synapse.query(
            "SELECT account_data_type FROM account_data WHERE user_id = ?", user_id)}

    def master_key(self, user_id):
        return self.synapse.query(
            "SELECT keydata FROM e2e_cross_signing_keys WHERE user_id = ? AND keytype = 'master' ORDER BY stream_id",
            user_id)

    def wait_protected(self, client):
        wait_until(lambda: {'m.secret_storage.default_key', 'm.megolm_backup.v1'}
                   <= self.data_types(client.user_id), 'secret storage')

    def count_backed_up(self, user_id):
        return self.synapse.query('SELECT count(*) FROM e2e_room_keys WHERE user_id = ?', user_id)[0][0]

    def talk(self, client):
        """A conversation in both directions, with its keys in the backup."""
        room = client.create_direct(user=self.account['user_id'])
        client.send(room, 'The first question')
        self.support.knows(user=client.user_id)
        self.support.join(room=room)
        self.assertEqual(problems(self.support.expect(room=room, bodies=['The first question'])), [])
        self.support.send(room=room, body='The first answer')
        client.expect(room=room, bodies=['The first question', 'The first answer'])
        wait_until(lambda: self.count_backed_up(client.user_id) >= 2, 'the backup')
        return room

    def check_history(self, client, room, *bodies):
        """What was said before can be read; that it comes from a backup, which proves no sender, is said."""
        seen = client.expect(room=room, bodies=bodies, any_shield=True)
        self.assertEqual([message['body'] for message in seen], list(bodies))
        self.assertEqual({message['shield'] for message in seen}, {'not-authentic'})

    def check_goes_on(self, client, room, text):
        """The restored device is one that Element trusts without a shield."""
        client.send(room, text)
        seen = {message['body']: message for message in self.support.expect(room=room, bodies=[text])}
        self.assertEqual(problems([seen[text]]), [])
        self.assertTrue(all(device['signed'] for device in self.support.devices_of(user=client.user_id)))

    def test_address_and_key_alone_after_the_machine_is_gone(self):
        first = self.machine()
        room = self.talk(first)
        self.wait_protected(first)
        key, address, identity = first.key_text(), first.user_id, self.master_key(first.user_id)
        first.quit()
        self.synapse.admin.call('DELETE', f'/_synapse/admin/v2/users/{address}/devices/{first.device_id}')

        second = self.machine(started=False).restore(address, key)
        self.assertEqual(second.user_id, address)
        self.assertNotEqual(second.device_id, first.device_id)
        self.check_history(second, room, 'The first question', 'The first answer')
        self.assertEqual(second.create_direct(user=self.account['user_id']), room)
        self.assertEqual(self.master_key(address), identity)
        self.check_goes_on(second, room, 'From the second machine')

        # And once more, without the second: what it did is in the backup, too.
        wait_until(lambda: self.count_backed_up(address) >= 3, 'the backup of the second machine')
        second.quit()
        third = self.machine(started=False).restore(address, key)
        self.check_history(third, room, 'The first question', 'The first answer', 'From the second machine')
        self.assertEqual(self.synapse.files_with(key.replace(' ', ''), 'The first question'), [])

    def test_two_machines_at_once(self):
        first = self.machine()
        room = self.talk(first)
        self.wait_protected(first)
        second = self.machine(started=False).restore(first.user_id, first.key_text())
        self.check_history(second, room, 'The first question', 'The first answer')
        second.send(room, 'From the second machine')
        first.expect(room=room, bodies=['From the second machine'])
        first.send(room, 'From the first machine')
        second.expect(room=room, bodies=['From the first machine'])
        self.support.expect(room=room, bodies=['From the second machine', 'From the first machine'])

    def test_ours_in_element(self):
        first = self.machine()
        room = self.talk(first)
        self.wait_protected(first)
        key, identity = first.key_text(), self.master_key(first.user_id)
        with Agent() as element:
            self.log_in(element, first.user_id, derive_password(key), recovery_key=key)
            element.expect(room=room, bodies=['The first question', 'The first answer'])
            standing = element.standing()
            self.assertTrue(standing['signed'] and standing['cross_signing'] and standing['secret_storage'], standing)
            self.assertIsNotNone(standing['backup'])
            element.send(room=room, body='From Element')
            seen = {message['body']: message for message in self.support.expect(room=room, bodies=['From Element'])}
            self.assertEqual(problems([seen['From Element']]), [])
            first.expect(room=room, bodies=['From Element'])
        self.assertEqual(self.master_key(first.user_id), identity)

    def element_account(self, name, **words):
        """An account with everything that Element makes, and a conversation in it."""
        self.synapse.register(name, f'secret of {name}')
        element = self.enterContext(Agent())
        account = self.log_in(element, name, **words)
        room = element.create_direct(user=self.account['user_id'])
        element.send(room=room, body='Asked with Element')
        self.support.join(room=room)
        self.support.send(room=room, body='Answered to Element')
        element.expect(room=room, bodies=['Asked with Element', 'Answered to Element'])
        wait_until(lambda: self.count_backed_up(account['user_id']) >= 2, 'the backup')
        return element, account, room

    def check_element_account(self, account, room, secret, password):
        address = account['user_id']
        identity = self.master_key(address)
        keys = {kind for kind in self.data_types(address) if kind.startswith('m.secret_storage.')}
        restored = self.machine(started=False).restore(address, secret, password)
        self.check_history(restored, room, 'Asked with Element', 'Answered to Element')
        self.check_goes_on(restored, room, 'Asked with Wallet Support')
        self.assertEqual(self.master_key(address), identity)
        wait_until(lambda: 'io.github.wallet_support.provider' in self.data_types(address), 'our record')
        # No key description was added, and the default key is the one there was.
        self.assertEqual({kind for kind in self.data_types(address) if kind.startswith('m.secret_storage.')}, keys)
        return restored

    def test_made_by_element_with_key(self):
        element, account, room = self.element_account('keykeeper')
        restored = self.check_element_account(account, room, account['recovery_key'], 'secret of keykeeper')
        element.expect(room=room, bodies=['Asked with Wallet Support'])
        self.assertEqual(restored.key_text().replace(' ', ''), account['recovery_key'].replace(' ', ''))

    def test_made_by_element_with_passphrase(self):
        element, account, room = self.element_account('phrasekeeper', passphrase=PASSPHRASE)
        restored = self.check_element_account(account, room, PASSPHRASE, 'secret of phrasekeeper')
        element.expect(room=room, bodies=['Asked with Wallet Support'])
        # The passphrase led to the key, which does without it from now on.
        self.assertEqual(restored.key_text().replace(' ', ''), account['recovery_key'].replace(' ', ''))

    def test_mistakes_leave_nothing(self):
        _, account, room = self.element_account('careless', passphrase=PASSPHRASE)
        machine = self.machine(started=False)
        devices = self.synapse.query('SELECT count(*) FROM devices WHERE user_id = ? AND NOT hidden', account['user_id'])
        for what, secret, password in [('wrong passphrase', 'not the passphrase', 'secret of careless'),
                                       ('wrong password', PASSPHRASE, 'not the password'),
                                       ('wrong key', self.account['recovery_key'], 'secret of careless'),
                                       ('wrong key alone', self.account['recovery_key'], None)]:
            with self.subTest(what), self.assertRaises(ProgramError):
                machine.restore(account['user_id'], secret, password)
            machine.kill()
            self.assertEqual(self.synapse.query('SELECT count(*) FROM devices WHERE user_id = ? AND NOT hidden',
                                                account['user_id']), devices)
            self.assertFalse((machine.directory / 'provider').exists())
        machine.restore(account['user_id'], PASSPHRASE, 'secret of careless')
        self.check_history(machine, room, 'Asked with Element', 'Answered to Element')


if __name__ == '__main__':
    tap.main()
