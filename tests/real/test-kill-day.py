#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at random moments over a day of use, without a window: an account is made, support invited, both write,
the room key is rotated because somebody leaves, keys are backed up, and the account is brought back on another
machine with all that was said. After each blow the program is started again and goes on with what the person had in
mind. At the end of the day nobody can tell that anything happened: one account, one room, each message once and in
order, no key uploaded twice with other content.

  tests/env/enter tests/real/test-kill-day.py [--rounds 300] [--seed NUMBER]    (needs MATRIX_CLIENT)
"""

import argparse
import itertools
import json
import random
import sys
import threading
import time

import tap
from agent import Agent, problems
from client import Client, unreadable
from program import ProgramError
from proxy import Proxy
from scenarios import Scenario

rounds = 8
seed = random.SystemRandom().randrange(1_000_000)

# A life ends within so many seconds. Where nothing was done in so many lives the machine is slow today, and the next
# ones are longer.
LONGEST_LIFE = 2.0
PATIENCE = 5
BACKUP_SECONDS = 60

# Most blows come at a request, where what counts is known to one side only: one of these, so many later.
REQUESTS = ['^(?!.*/sync)', '/send/', '/sendToDevice/', '/keys/', '/room_keys/', '/account_data/']
MOST_REQUESTS = 4

STRUCK = (ProgramError, BrokenPipeError, ValueError, OSError)


class Machine(Client):
    """A client that is struck while it works. `do` gives it work until that is done."""

    def __init__(self, day, **account):
        self.proxy = day.test.enterContext(Proxy(day.test.synapse.base_url))
        super().__init__(self.proxy.base_url, day.test.synapse.server_name)
        self.day = day
        day.machines.append(self)
        self.account = account
        self.is_up = False
        self._struck = threading.Event()
        self._timer = None
        self._rule = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._disarm()
        if self._program:
            self._program.stop()
        self._temporary.cleanup()

    def _arm(self):
        self._struck.clear()
        moment = self.day.next_moment()
        program = self._program

        def strike():
            self._struck.set()
            program.strike()

        if isinstance(moment, float):
            self._timer = threading.Timer(moment, strike)
            self._timer.start()
        elif moment:
            pattern, skip, after = moment
            self._rule = self.proxy.blow(pattern, strike, skip, after)

    def _disarm(self):
        if self._timer:
            self._timer.cancel()
            self._timer.join()
            self._timer = None
        if self._rule:
            self.proxy.withdraw(self._rule)
            self._rule = None

    def _live(self):
        """The program runs and its store opens."""
        if self.is_up:
            return
        self.launch()
        self._arm()
        self.is_up = True
        account = self.open(homeserver=self._homeserver, server_name=self._server_name, **self.account)
        self.user_id = account['user_id']
        self.device_id = account['device_id']
        self.account = {}

    def do(self, work):
        """What `work` does it may find begun, or done, by an earlier life."""
        while True:
            try:
                self._live()
                result = work(self)
                self.day.in_vain = 0
                return result
            except STRUCK:
                self._disarm()
                if not self._struck.is_set():
                    raise
                self.kill()
                self.is_up = False
                self.day.note_blow()

    def rest(self):
        """No blow from here on."""
        self._disarm()
        if self._struck.is_set() and self.is_up:
            self.kill()
            self.is_up = False
            self.day.note_blow()
        self.day.is_over = True


class Day:
    """One account from the first moment to the new machine."""

    def __init__(self, test, number):
        self.test = test
        self.number = number
        self.machines = []
        self.said = []
        self.blows = 0
        self.in_vain = 0
        self.is_over = False

    def next_moment(self):
        """Seconds; or which requests, how many later, and whether the server has done what was asked then; or never."""
        if self.is_over or self.test.blows >= rounds:
            return None
        dice = self.test.random
        if dice.random() < 0.4:
            return dice.uniform(0, LONGEST_LIFE * (1 + self.in_vain // PATIENCE))
        return dice.choice(REQUESTS), dice.randrange(MOST_REQUESTS), dice.random() < 0.5

    def note_blow(self):
        self.blows += 1
        self.in_vain += 1
        self.test.blows += 1

    def text(self, word):
        return f'day {self.number}: {word}'

    def say(self, machine, word):
        """A person writes again what is nowhere to be seen."""
        text = self.text(word)

        def work(client):
            if text not in [message['body'] for message in client.messages(room=self.room)]:
                client.queue(room=self.room, body=text)
        machine.do(work)
        self.said.append((self.user_id, text))

    def settle(self, machine):
        """Support has read everything, and whoever uses the machine sees it."""
        texts = [text for _, text in self.said]
        machine.do(lambda client: client.expect(room=self.room, bodies=texts))
        self.test.assertEqual(problems(self.test.bob.expect(room=self.room, bodies=texts)), [])

    def answer(self, machine, word):
        text = self.text(word)
        self.test.bob.send(room=self.room, body=text)
        self.said.append((self.test.bob_id, text))
        machine.do(lambda client: client.expect(room=self.room, bodies=[text]))

    def invite(self, client):
        self.user_id = client.user_id
        self.room = client.create_direct(user=self.test.bob_id)

    def live(self):
        first = self.test.enterContext(Machine(self))
        first.do(self.invite)
        self.say(first, 'the wallet does not start')
        self.say(first, 'it did yesterday')
        self.test.bob.join(room=self.room)
        self.settle(first)
        self.answer(first, 'which version?')
        self.say(first, 'the newest')
        self.settle(first)

        self.rotate(first)
        self.say(first, 'now we are alone again')
        self.settle(first)
        self.answer(first, 'good')

        key_file = first.directory / 'key'
        first.do(lambda client: client.keep_key(file=str(key_file)))
        self.back_up(first)
        second = self.test.enterContext(Machine(self, restore=self.user_id, key_file=str(key_file)))
        begin = len(self.said)
        second.do(lambda client: client.members(room=self.room, joined=2))
        # Who wrote what is only known from the server, so it is shown with a warning.
        second.do(lambda client: client.expect(room=self.room, bodies=[text for _, text in self.said], any_shield=True))
        self.say(second, 'this is my new machine')
        self.settle_here(second, begin)
        self.answer(second, 'welcome back')
        self.say(second, 'thank you')
        self.settle_here(second, begin)
        self.settle(first)
        second.rest()
        first.rest()
        self.check(first, second)

    def settle_here(self, machine, begin):
        """The same on a machine that came later."""
        texts = [text for _, text in self.said[begin:]]
        machine.do(lambda client: client.expect(room=self.room, bodies=texts))
        self.test.assertEqual(problems(self.test.bob.expect(room=self.room, bodies=texts)), [])

    def rotate(self, machine):
        """Somebody comes and goes; what is written afterwards they must not be able to read."""
        def invite(client):
            try:
                client.room_call(self.room, 'invite', user_id=self.test.carol_id)
            except ProgramError:
                if not self.is_invited():
                    raise
        machine.do(invite)
        self.test.carol.join(room=self.room)
        machine.do(lambda client: client.members(room=self.room, joined=3))
        self.say(machine, 'who is that?')
        self.settle(machine)
        self.test.carol.leave(room=self.room)
        machine.do(lambda client: client.members(room=self.room, joined=2))

    def is_invited(self):
        return bool(self.test.synapse.query(
            "SELECT 1 FROM current_state_events WHERE room_id = ? AND state_key = ? AND membership IN ('invite', 'join')",
            self.room, self.test.carol_id))

    def requests(self, pattern):
        return [request for machine in self.machines for request in machine.proxy.requests(pattern)]

    def back_up(self, machine):
        """Every room key is on the server."""
        def work(client):
            deadline = time.monotonic() + BACKUP_SECONDS
            while not set(self.test.sessions(self.room)) <= self.backed_up():
                self.test.assertLess(time.monotonic(), deadline, 'not backed up')
                client.messages(room=self.room)
                time.sleep(0.1)
        machine.do(work)

    def backed_up(self):
        return {session for session, in self.test.synapse.query(
            'SELECT session_id FROM e2e_room_keys WHERE user_id = ?', self.user_id)}

    # What must be so in the end.

    def check(self, first, second):
        test = self.test
        devices = test.synapse.query('SELECT device_id FROM devices WHERE user_id = ? AND NOT hidden', self.user_id)
        test.assertEqual(len(devices), 2, 'devices of the account')
        accounts = {request.json().get('username') for request in self.requests('/register$')} - {None}
        test.assertEqual(len(accounts), 1, 'accounts made')
        rooms = test.synapse.query('SELECT room_id FROM rooms WHERE creator = ?', self.user_id)
        test.assertEqual(rooms, [(self.room,)])
        for client in (first, second):
            client.do(lambda client: client.synced())
        self.check_messages(first)
        self.check_rotation()
        self.check_uploads()
        self.check_backup()
        self.check_repeats()

    def check_messages(self, first):
        test = self.test
        seen = first.do(lambda client: client.expect(room=self.room, bodies=[text for _, text in self.said]))
        test.assertEqual([(message['sender'], message['body']) for message in seen], self.said)
        test.assertEqual(unreadable(seen), [])
        at_bob = test.bob.messages(room=self.room)
        test.assertEqual([message['body'] for message in at_bob if message['encrypted']], [text for _, text in self.said])
        test.assertEqual(len(test.sessions(self.room)), len(self.said), 'encrypted events on the server')

    def check_rotation(self):
        sessions = self.test.sessions(self.room)
        place = [text for _, text in self.said].index(self.text('now we are alone again'))
        self.test.assertNotIn(sessions[place], sessions[:place])

    def check_uploads(self):
        """A key has one content for ever."""
        seen = {}
        devices = self.devices_by_token()
        for request in self.requests('/keys/(upload|device_signing/upload)$'):
            body = request.json()
            device = (body.get('device_keys') or {}).get('device_id')
            for name, key in itertools.chain((body.get('one_time_keys') or {}).items(), (body.get('fallback_keys') or {}).items()):
                self.check_same(seen, (devices[request.token], name), key['key'])
            for name in ('master_key', 'self_signing_key', 'user_signing_key'):
                if name in body:
                    self.check_same(seen, name, body[name]['keys'])
            if device:
                self.check_same(seen, ('device', device), body['device_keys']['keys'])
        self.test.assertTrue(seen)

    def check_backup(self):
        """Encrypted anew each time, but each machine has always the same key."""
        versions = self.test.synapse.query(
            'SELECT version FROM e2e_room_keys_versions WHERE user_id = ? AND NOT deleted', self.user_id)
        self.test.assertEqual(len(versions), 1, 'backups')
        seen = {}
        for machine in self.machines:
            for request in machine.proxy.requests(r'/room_keys/keys(\?|$)'):
                for room, keys in request.json().get('rooms', {}).items():
                    for session, key in keys['sessions'].items():
                        self.check_same(seen, (machine.device_id, room, session), key['first_message_index'])
        self.test.assertTrue(seen)

    def devices_by_token(self):
        """Keys are numbered by each device for itself."""
        devices = {}
        for request in self.requests('/(register|login|refresh)$'):
            answer = json.loads(request.answer) if request.status == 200 else {}
            if 'access_token' in answer:
                device = answer.get('device_id') or devices[request.json()['refresh_token']]
                devices[answer['access_token']] = devices[answer.get('refresh_token')] = device
        return devices

    def check_same(self, seen, name, content):
        text = json.dumps(content, sort_keys=True)
        self.test.assertEqual(seen.setdefault(name, text), text, f'uploaded twice with other content: {name}')

    def check_repeats(self):
        """What is asked again under the same transaction is the same to the last byte (M21). A message may have been
        encrypted anew because its key was not the room's key any more, never with the same key."""
        seen = {}
        for request in self.requests(r'/(send|sendToDevice)/[^/]+/[^/]+$'):
            name = (request.path, request.json().get('session_id'))
            self.test.assertEqual(seen.setdefault(name, request.body), request.body, 'the same transaction with other content')
        messages = [(json.loads(body)['ciphertext'], path) for (path, session), body in seen.items() if session]
        self.test.assertEqual(len(dict(messages)), len(messages), 'a message sent twice')


class KillDay(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Somebody with a device, so that there is a key to be kept from her.
        cls.carol = cls.enterClassContext(Agent())
        cls.carol_id = cls.log_in(cls.carol, cls.new_user())['user_id']

    def setUp(self):
        print(f'# seed {seed}, {rounds} rounds', flush=True)
        self.random = random.Random(seed)
        self.blows = 0

    def test_threat_095_every_moment_of_a_day(self):
        for number in range(1, rounds + 2):
            begin = time.monotonic()
            with self.subTest(day=number, seed=seed):
                day = Day(self, number)
                day.live()
            print(f'# day {number}: {day.blows} blows, {self.blows} in all, {time.monotonic() - begin:.1f} s', flush=True)
            self.doCleanups()
            if self.blows >= rounds or not day.is_over:
                break


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=rounds)
    parser.add_argument('--seed', type=int, default=seed)
    arguments = parser.parse_args()
    rounds, seed = arguments.rounds, arguments.seed
    sys.argv[1:] = []
    tap.main()
