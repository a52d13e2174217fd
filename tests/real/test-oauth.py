#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in with the browser where a Synapse leaves that to an authorization server."""

import os
import subprocess
import unittest
import urllib.parse

import tap
from authorization import ACCESS_SECONDS, Authorization, Browser
from desktop import wait_until
from synapse import Synapse

LOG_IN_AGAIN = 'error 2'
REFUSED = 'error 5'
UNSUPPORTED = 'error 7'


class Client:
    def __init__(self, homeserver, device):
        self.process = subprocess.Popen([os.environ['OAUTH_CLIENT'], homeserver, device], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def line(self):
        return self.process.stdout.readline().strip()

    def tell(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return self.line()

    def page(self):
        word, url = self.line().split(' ')
        assert word == 'page', word
        return url


class OAuth(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.authorization = cls.enterClassContext(Authorization())
        cls.synapse = cls.enterClassContext(Synapse(config=cls.authorization.config))
        cls.user = cls.authorization.add(cls.synapse, 'alice', 'secret of alice')

    def client(self, device):
        return self.enterContext(Client(self.synapse.base_url, device))

    def logged_in(self, device):
        client = self.client(device)
        page = Browser('alice', 'secret of alice').visit(client.page())
        self.assertIn('You can go back.', page)
        self.assertEqual(client.line(), f'account {self.user} {device}')
        return client

    def test_1_log_in_renew_revoke(self):
        client = self.logged_in('WALLETDEVICEONE')
        self.assertEqual(client.tell('ask'), f'user {self.user}')
        first = self.authorization.tokens[-1]
        wait_until(first.is_expired, lambda: 'the access token to expire', ACCESS_SECONDS + 30)
        self.forget_tokens()
        self.assertEqual(client.tell('ask'), f'user {self.user}')
        self.assertEqual(client.tell('renewed'), '1')
        self.assertTrue(first.revoked, 'the refresh token was not rotated')
        self.assertEqual(client.tell('revoke'), 'ok')
        self.assertTrue(self.authorization.tokens[-1].revoked)

    def forget_tokens(self):
        """Synapse remembers a good token for two minutes; only a restart makes it ask again."""
        self.synapse.stop()
        self.synapse.start()

    def test_2_session_ended_on_the_account_page(self):
        client = self.logged_in('WALLETDEVICETWO')
        self.authorization.end_sessions('alice')
        self.forget_tokens()
        self.assertEqual(client.tell('ask'), LOG_IN_AGAIN)

    def test_3_cancelled_on_the_page(self):
        client = self.client('WALLETDEVICETHREE')
        browser = Browser('alice', 'secret of alice')
        browser.form['cancel'] = 'yes'
        self.assertIn('You can go back.', browser.visit(client.page()))
        self.assertEqual(client.line(), REFUSED)

    def test_4_nothing_of_the_person_in_the_page(self):
        """Rule 5: what we tell the authorization server is the name of the app, a device id, and nothing else."""
        client = self.client('WALLETDEVICEFOUR')
        url = client.page()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        self.assertEqual(sorted(query), ['client_id', 'code_challenge', 'code_challenge_method', 'redirect_uri',
                                         'response_mode', 'response_type', 'scope', 'state'])
        [metadata] = [known.client_metadata for known in self.authorization.clients.values()
                      if known.client_id == query['client_id'][0]]
        self.assertEqual(metadata['client_name'], 'Wallet Support')
        browser = Browser('alice', 'secret of alice')
        browser.form['cancel'] = 'yes'
        browser.visit(url)
        self.assertEqual(client.line(), REFUSED)

    def test_5_a_server_without(self):
        with Synapse() as other:
            with Client(other.base_url, 'WALLETDEVICEFIVE') as client:
                self.assertEqual(client.line(), UNSUPPORTED)


if __name__ == '__main__':
    tap.main()
