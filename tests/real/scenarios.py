# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scenarios of encryption have in common: one Synapse for all of a program, Alice on our side without a
window, Bob on Element's SDK, and a proxy for each who is to suffer."""

import itertools
import json
import time
import unittest

from agent import Agent, problems
from client import Client, unreadable
from proxy import Proxy
from synapse import Synapse

PASSWORD = 'secret of somebody'
PATIENCE_SECONDS = 45


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f'waited in vain for {what}')
        time.sleep(0.05)


class Scenario(unittest.TestCase):
    numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        cls.synapse = cls.enterClassContext(Synapse())
        cls.bob_proxy = cls.enterClassContext(Proxy(cls.synapse.base_url))
        cls.bob = cls.enterClassContext(Agent())
        cls.bob_account = cls.log_in(cls.bob, cls.new_user(), cls.bob_proxy)
        cls.bob_id = cls.bob_account['user_id']

    def tearDown(self):
        self.bob_proxy.clear()

    @classmethod
    def new_user(cls):
        name = f'user{next(cls.numbers)}'
        cls.synapse.register(name, PASSWORD)
        return name

    @classmethod
    def new_person(cls):
        """Somebody who speaks plain HTTP and has no keys."""
        return cls.synapse.register(f'user{next(cls.numbers)}', PASSWORD)

    @classmethod
    def log_in(cls, agent, user, proxy=None, **words):
        return agent.login(homeserver=(proxy or cls.synapse).base_url, user=user, password=PASSWORD, **words)

    def new_agent(self, proxied=False, **words):
        """Somebody else on Element's SDK, and their account; with the proxy if there is one."""
        agent = self.enterContext(Agent())
        proxy = self.enterContext(Proxy(self.synapse.base_url)) if proxied else None
        account = self.log_in(agent, self.new_user(), proxy, **words)
        return (agent, account, proxy) if proxied else (agent, account)

    def new_device(self, account, **words):
        agent = self.enterContext(Agent())
        self.log_in(agent, account['user_id'], recovery_key=account['recovery_key'], backup=False, **words)
        return agent

    def alice(self, proxied=False, **words):
        """A new account of our own."""
        if not proxied:
            return self.enterContext(Client(self.synapse.base_url, self.synapse.server_name, **words))
        proxy = self.enterContext(Proxy(self.synapse.base_url))
        return self.enterContext(Client(proxy.base_url, self.synapse.server_name, **words)), proxy

    def alice_and_bob(self, proxied=False, **words):
        """Both in a room of Alice's."""
        alice, *rest = self.alice(proxied) if proxied else [self.alice()]
        room = alice.create_room([self.bob_id], **words)
        self.bob.join(room=room)
        alice.members(room=room, joined=2)
        return (alice, room, *rest)

    def talk(self, sender, receiver, room, body):
        """Somebody says something and the other reads it without complaint."""
        if isinstance(sender, Client):
            sender.send(room, body)
        else:
            sender.send(room=room, body=body)
        self.read(receiver, room, body)

    def read(self, receiver, room, *bodies):
        seen = receiver.expect(room=room, bodies=list(bodies))
        complaints = unreadable(seen) if isinstance(receiver, Client) else problems(seen)
        self.assertEqual([message for message in complaints if message['body'] in bodies], [])

    def sessions(self, room):
        """The id of the room key of each message, in order."""
        rows = self.synapse.query(
            'SELECT json FROM event_json JOIN events USING (event_id) '
            "WHERE type = 'm.room.encrypted' AND events.room_id = ? ORDER BY stream_ordering", room)
        return [json.loads(text)['content']['session_id'] for (text,) in rows]
