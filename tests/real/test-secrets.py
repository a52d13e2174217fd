#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of a run are looked for wherever a program leaves traces: its log with every debug line, its arguments
and environment, each file it could have written, and what is left of it when it crashes."""

import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

import tap
from agent import Agent
from app import App
from desktop import Desktop
from provider import Provider
from proxy import Proxy
from story import keys
from synapse import Synapse, files_with

QUESTION = 'My pomegranate is locked.'
REPLY = 'Try nectarines instead.'


class Secrets(unittest.TestCase):
    def setUp(self):
        # Whatever stands in the way of a core file is ours.
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.synapse = self.enterContext(Synapse())
        self.proxy = self.enterContext(Proxy(self.synapse.base_url))
        self.agent = self.enterContext(Agent())
        self.provider = Provider(self.synapse, self.agent)
        self.agent.echo(reply=REPLY)
        self.desktop = self.enterContext(Desktop())
        self.temporary = self.desktop.directory / 'tmp'
        self.temporary.mkdir()
        self.app = App(self.desktop)
        self.addCleanup(self.app.stop)

    def test_threat_085_no_traces(self):
        path = self.provider.write_file(self.desktop.directory / 'home/provider.json', homeserverUrl=self.proxy.base_url)
        self.desktop.environment.update(G_MESSAGES_DEBUG='all', SOUP_DEBUG='3', TMPDIR=str(self.temporary))
        self.app.start(path)
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')
        self.app.say(QUESTION)
        self.app.read(REPLY)

        secrets = self.secrets()
        self.check_process(secrets)
        self.check_crash()
        self.check_files(secrets)

    def secrets(self):
        """By name: what only the user and the server, or nobody but the user, may know."""
        [registered] = [request for request in self.proxy.requests('/register$') if request.status == 200]
        secrets = {'question': QUESTION, 'reply': REPLY, 'password': registered.json()['password']}
        secrets['username'] = registered.json()['username']
        for number, request in enumerate(self.proxy.requests('/(register|login|refresh)$')):
            for name in re.findall(rb'"((?:access|refresh)_token)"', request.answer or b''):
                secrets[f'{name.decode()} {number}'] = re.search(rb'"%s" *: *"([^"]+)"' % name, request.answer)[1].decode()
        for number, secret in enumerate(keys(self.app.secrets())):
            secrets[f'keyring {number}'] = secret
        self.assertGreater(len(secrets), 6)
        return secrets

    def find(self, secrets, data):
        return [name for name, secret in secrets.items()
                if (secret if isinstance(secret, bytes) else secret.encode()) in data]

    def check_process(self, secrets):
        folder = pathlib.Path(f'/proc/{self.app.pid}')
        for name in ('cmdline', 'environ', 'comm'):
            data = (folder / name).read_bytes()
            self.assertTrue(data)
            self.assertEqual(self.find(secrets, data), [], name)

    def check_files(self, secrets):
        log = self.app.log.read_bytes()
        self.assertIn(b'libsoup-DEBUG', log)
        self.assertEqual(self.find(secrets, log), [], 'the log')

        # The search itself is proven by what must be there.
        words = list(secrets.values())
        self.assertTrue(files_with(self.synapse.directory, secrets['username']))
        self.assertTrue(any(path.stat().st_size for path in self.app.data.rglob('*.db')))
        # The keyring's file lies among the app's data, encrypted with the user's password.
        self.assertEqual(files_with(self.desktop.directory, *words), [])
        self.assertEqual(list(self.temporary.rglob('core*')), [])

    def check_crash(self):
        """All that is in memory would be in the file."""
        if not self.can_dump():
            print('# nothing writes core files here')
        pid = self.app.pid
        os.kill(pid, signal.SIGSEGV)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self.assertEqual(ended.si_status, signal.SIGSEGV)
        self.assertEqual(ended.si_code, os.CLD_KILLED)

    def can_dump(self):
        with tempfile.TemporaryDirectory() as folder:
            victim = subprocess.Popen([sys.executable, '-c', 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)'], cwd=folder)
            ended = os.waitid(os.P_PID, victim.pid, os.WEXITED | os.WNOWAIT)
            victim.wait()
        return ended.si_code == os.CLD_DUMPED


if __name__ == '__main__':
    tap.main()
