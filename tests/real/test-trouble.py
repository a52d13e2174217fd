#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that fail, answers that are lost and programs that are killed: Alice on our side behind a proxy that does
the damage, Bob on Element's SDK, an honest Synapse. The names are those of complement-crypto's scenarios and of the
boxes left open in its list."""

import tap
from client import Client
from program import ProgramError
from scenarios import Scenario, wait_until

SEND_KEYS = '/sendToDevice/m.room.encrypted/'


class Trouble(Scenario):
    def claim_one_time_keys(self, user, device):
        """A stranger takes them all. Returns the fallback key's id, which is what one gets then."""
        stranger = self.new_person()
        while True:
            reply = stranger.call('POST', '/_matrix/client/v3/keys/claim',
                                  {'one_time_keys': {user: {device: 'signed_curve25519'}}})
            [(key_id, key)] = reply['one_time_keys'][user][device].items()
            if key.get('fallback'):
                return key_id

    def uploads(self, proxy, member, arrived=False):
        requests = proxy.arrived if arrived else proxy.seen
        return [request.json()[member] for request in requests
                if request.path.endswith('/keys/upload') and request.json().get(member)]

    def test_failed_device_key_download_retries(self):
        alice, proxy = self.alice(proxied=True)
        proxy.fail('/keys/query', times=2)
        room = alice.create_room([self.bob_id])
        alice.send(room, 'in spite of it')
        self.bob.knows(user=alice.user_id)
        self.bob.join(room=room)
        self.read(self.bob, room, 'in spite of it')
        self.assertGreater(len(proxy.requests('/keys/query')), 2)

    def test_failed_keys_claim_retries(self):
        alice, proxy = self.alice(proxied=True)
        proxy.fail('/keys/claim', times=2)
        room = alice.create_room([self.bob_id])
        alice.send(room, 'in spite of it')
        self.bob.knows(user=alice.user_id)
        self.bob.join(room=room)
        self.read(self.bob, room, 'in spite of it')

    def test_failed_one_time_key_upload_retries(self):
        alice, room, proxy = self.alice_and_bob(proxied=True)
        self.talk(self.bob, alice, room, 'hello')
        before = len(self.uploads(proxy, 'one_time_keys', arrived=True))
        proxy.fail('/keys/upload', times=2)
        self.claim_one_time_keys(alice.user_id, alice.device_id)
        for number in range(3):
            # Each sync is a reason to try again.
            self.talk(self.bob, alice, room, f'message {number}')
            wait_until(lambda: len(self.uploads(proxy, 'one_time_keys', arrived=True)) > before + number, 'an upload')
        tries = self.uploads(proxy, 'one_time_keys', arrived=True)[before:before + 3]
        self.assertEqual(tries[0], tries[1])
        self.assertEqual(tries[1], tries[2])
        # Who has no session with Alice yet begins one with a key of these.
        bob, account = self.new_agent(backup=False)
        other = bob.create_direct(user=alice.user_id)
        alice.join(other)
        self.talk(bob, alice, other, 'with a new key')

    def test_fallback_key_is_used_if_one_time_keys_run_out(self):
        alice, proxy = self.alice(proxied=True)
        proxy.fail('/keys/upload')
        fallback = self.claim_one_time_keys(alice.user_id, alice.device_id)
        for number in range(2):
            bob, account = self.new_agent(backup=False)
            room = bob.create_direct(user=alice.user_id)
            alice.join(room)
            self.talk(bob, alice, room, f'by the fallback key, {number}')
        proxy.clear()
        # The next sync after the trouble.
        self.talk(bob, alice, room, 'all is well again')
        wait_until(lambda: len(self.uploads(proxy, 'fallback_keys')) > 1, 'another fallback key')
        self.assertNotIn(fallback, self.uploads(proxy, 'fallback_keys')[-1])

    def test_their_fallback_key_is_used_if_one_time_keys_run_out(self):
        bob, account, proxy = self.new_agent(proxied=True, backup=False)
        proxy.fail('/keys/upload')
        self.claim_one_time_keys(account['user_id'], account['device_id'])
        for number in range(2):
            alice = self.alice()
            room = alice.create_room([account['user_id']])
            bob.join(room=room)
            alice.members(room=room, joined=2)
            self.talk(alice, bob, room, f'by the fallback key, {number}')

    def test_client_retries_send_to_device(self):
        for fault in (lambda: proxy.fail(SEND_KEYS, times=1), lambda: proxy.cut(SEND_KEYS, times=1, after=False),
                      lambda: proxy.cut(SEND_KEYS, times=1)):
            alice, proxy = self.alice(proxied=True)
            room = alice.create_room([self.bob_id])
            fault()
            alice.send(room, 'in spite of it')
            first, second = proxy.arrived_requests(SEND_KEYS)
            self.assertEqual((first.path, first.body), (second.path, second.body))
            self.bob.knows(user=alice.user_id)
            self.bob.join(room=room)
            self.read(self.bob, room, 'in spite of it')

    def test_threat_095_h08_h14_killed_while_sending_to_device(self):
        for words in ({}, {'lost': True}):
            alice, proxy = self.alice(proxied=True)
            room = alice.create_room([self.bob_id])
            with proxy.hold(SEND_KEYS, **words):
                alice.begin('queue', room=room, body='sent by the next run')
                proxy.wait(SEND_KEYS, arrived=True)
                alice.kill()
            alice.start()
            alice.expect(room=room, bodies=['sent by the next run'])
            first, second = proxy.arrived_requests(SEND_KEYS)
            self.assertEqual((first.path, first.body), (second.path, second.body))
            self.bob.knows(user=alice.user_id)
            self.bob.join(room=room)
            self.read(self.bob, room, 'sent by the next run')
            self.assertEqual(len(self.sessions(room)), 1)

    def killed_in(self, pattern):
        """What the next run sends of the request whose answer the first did not live to see."""
        for words in ({}, {'lost': True}):
            with self.subTest(**words):
                alice, proxy = self.alice(proxied=True, started=False)
                with proxy.hold(pattern, **words):
                    alice.begin_start()
                    proxy.wait(pattern, arrived=True)
                    alice.kill()
                alice.start()
                requests = [request.json() for request in proxy.arrived_requests(pattern)]
                room = alice.create_room([self.bob_id])
                alice.send(room, 'all is well')
                self.bob.knows(user=alice.user_id)
                self.bob.join(room=room)
                self.read(self.bob, room, 'all is well')
                yield words.get('lost'), requests

    def test_threat_095_sigkill_before_keys_upload_response(self):
        # H6 as well: the device keys are in the same request.
        for _, (first, second, *_) in self.killed_in('/keys/upload'):
            self.assertEqual(first['device_keys'], second['device_keys'])
            self.assertEqual(first['one_time_keys'], second['one_time_keys'])
            self.assertEqual(first['fallback_keys'], second['fallback_keys'])

    def test_threat_095_h07_killed_while_uploading_cross_signing_keys(self):
        for is_lost, (first, *others) in self.killed_in('/device_signing/upload'):
            # The next run looks first whether the server has them.
            self.assertEqual(others, [first] if is_lost else [])

    def test_unprocessed_to_device_messages_arent_lost_on_restart(self):
        alice, proxy = self.alice(proxied=True)
        room = self.bob.create_direct(user=alice.user_id)
        alice.join(room)
        self.bob.members(room=room, joined=2)
        with proxy.hold('/sync'):
            event_id = self.bob.send(room=room, body='half-way')
            # Answered by the server, but not heard of: what came with it must come again.
            wait_until(lambda: self.synapse.query('SELECT 1 FROM events WHERE event_id = ?', event_id), 'the message')
            alice.kill()
        alice.start()
        self.read(alice, room, 'half-way')

    def test_threat_096_h13_to_device_messages_arent_lost_when_keys_query_fails(self):
        alice, proxy = self.alice(proxied=True)
        proxy.fail('/keys/query')
        room = self.bob.create_direct(user=alice.user_id)
        alice.join(room)
        self.bob.members(room=room, joined=2)
        self.bob.send(room=room, body='from a stranger')
        [message] = alice.expect(room=room, bodies=['from a stranger'], any_shield=True)
        self.assertEqual(message['shield'], 'unknown-device')
        proxy.clear()
        self.bob.send(room=room, body='from a friend')
        self.read(alice, room, 'from a stranger', 'from a friend')

    def test_to_device_messages_are_processed_in_order(self):
        alice = self.alice()
        room = self.bob.create_public(name='Everybody', encryption={'rotation_period_msgs': 1})
        alice.join(room)
        self.bob.members(room=room, joined=2)
        alice.quit()
        bodies = [f'message {number}' for number in range(30)]
        for body in bodies:
            self.bob.send(room=room, body=body)
        self.assertEqual(len(set(self.sessions(room))), len(bodies))
        alice.start()
        self.read(alice, room, *bodies)
        self.assertEqual([message['body'] for message in alice.messages(room=room)], bodies)

    def test_broken_olm_session_is_begun_anew(self):
        alice, proxy = self.alice(proxied=True)
        room = self.bob.create_public(name='Everybody', encryption={'rotation_period_msgs': 1})
        alice.join(room)
        self.bob.members(room=room, joined=2)
        self.talk(self.bob, alice, room, 'before')
        self.talk(alice, self.bob, room, 'before as well')
        keys_sent = len(proxy.requests(SEND_KEYS))

        def garble(sync):
            for event in sync.get('to_device', {}).get('events', []):
                for message in event['content'].get('ciphertext', {}).values():
                    middle = len(message['body']) // 2
                    letter = 'A' if message['body'][middle] != 'A' else 'B'
                    message['body'] = message['body'][:middle] + letter + message['body'][middle + 1:]
            return sync
        proxy.rewrite('/sync', garble)
        self.bob.send(room=room, body='the key is garbled')
        self.assertEqual(alice.settled(room=room, count=3)[-1]['failure'], 'missing-key')
        proxy.clear()
        # An m.dummy tells Bob's client which session to use from now on.
        proxy.wait(SEND_KEYS, keys_sent + 1, seconds=20)
        self.assertEqual(len(proxy.requests('/keys/claim')), 1)
        self.talk(self.bob, alice, room, 'after')
        self.talk(alice, self.bob, room, 'the same to you')

    def test_threat_057_spoofed_event_sender_handling(self):
        alice, room, proxy = self.alice_and_bob(proxied=True)
        mallory = self.new_person()
        alice.room_call(room, 'invite', user_id=mallory.user_id)
        mallory.join(room)
        alice.members(room=room, joined=3)
        self.talk(self.bob, alice, room, 'from Bob')

        def spoof(sync):
            for event in sync.get('rooms', {}).get('join', {}).get(room, {}).get('timeline', {}).get('events', []):
                if event['type'] == 'm.room.encrypted':
                    event['sender'] = mallory.user_id
            return sync
        proxy.rewrite('/sync', spoof)
        self.bob.members(room=room, joined=3)
        self.bob.send(room=room, body='not from Mallory')
        message = alice.settled(room=room, count=2)[-1]
        self.assertEqual(message['sender'], mallory.user_id)
        self.assertEqual(message['failure'], 'refused')
        self.assertIsNone(message['body'])

    def test_threat_102_a_second_process_on_the_same_store(self):
        # In place of complement-crypto's scenarios with two processes.
        alice, room = self.alice_and_bob()
        second = Client(self.synapse.base_url, self.synapse.server_name, folder=alice.directory, started=False)
        with second:
            with self.assertRaisesRegex(ProgramError, 'has the database open'):
                second.start()
        self.talk(alice, self.bob, room, 'not disturbed')


if __name__ == '__main__':
    tap.main()
