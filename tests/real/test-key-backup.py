#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup of room keys between two programs on one account: what we put into it Element's SDK reads, and what
the SDK puts into it we read."""

import tap
from agent import Agent
from scenarios import PASSWORD, Scenario, wait_until


class KeyBackup(Scenario):
    def wait_backed_up(self, client, count):
        wait_until(lambda: client.http(method='GET', path='/_matrix/client/v3/room_keys/version')['count'] == count,
                   f'{count} room keys in the backup')

    def later_device(self, client):
        """Another device of our account, on Element's SDK and signed by our identity."""
        key = client.directory / 'security-key'
        client.keep_key(file=str(key))
        self.synapse.admin.call('POST', f'/_synapse/admin/v1/reset_password/{client.user_id}',
                                {'new_password': PASSWORD, 'logout_devices': False})
        agent = self.enterContext(Agent())
        self.log_in(agent, client.user_id, recovery_key=key.read_text(), backup=False)
        return agent

    def test_two_programs_share_a_backup(self):
        alice, room = self.alice_and_bob()
        self.talk(alice, self.bob, room, 'a key of our own')
        self.talk(self.bob, alice, room, 'a key we were given')
        self.wait_backed_up(alice, 2)
        key = alice.directory / 'backup-key'
        alice.keep_backup_key(file=str(key))

        later = self.later_device(alice)
        later.settled(room=room, count=2)
        self.assertEqual(later.open_backup(key=key.read_text()), {'total': 2, 'imported': 2})
        seen = later.expect(room=room, bodies=['a key of our own', 'a key we were given'])
        self.assertEqual({message['shield'] for message in seen}, {'GREY AUTHENTICITY_NOT_GUARANTEED'})
        self.assertEqual(later.show_backup()['active'], '1')

        later.send(room=room, body='a key of the other program')
        self.read(self.bob, room, 'a key of the other program')
        self.wait_backed_up(alice, 3)
        self.assertEqual(alice.restore_backup(), {'restored': 3})


if __name__ == '__main__':
    tap.main()
