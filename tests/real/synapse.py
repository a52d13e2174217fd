#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Synapse homeserver on loopback, and people on it who need no encryption.

From a test:      with Synapse() as synapse: synapse.register('support', 'secret')
From a terminal:  tests/env/enter tests/real/synapse.py [--token] [--user NAME:PASSWORD]…
"""

import argparse
import hashlib
import hmac
import json
import os
import pathlib
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

SERVER_NAME = 'wallet.test'
START_SECONDS = 60
UNLIMITED = {'per_second': 10000, 'burst_count': 10000}

CONFIG = {
    'server_name': SERVER_NAME,
    'report_stats': False,
    'trusted_key_servers': [],
    'federation_domain_whitelist': [],
    'enable_registration': True,
    'suppress_key_server_warning': True,
    'presence': {'enabled': False},
    'caches': {'global_factor': 0.5},
    'rc_message': UNLIMITED,
    'rc_registration': UNLIMITED,
    'rc_registration_token_validity': UNLIMITED,
    'rc_login': {'address': UNLIMITED, 'account': UNLIMITED, 'failed_attempts': UNLIMITED},
    'rc_joins': {'local': UNLIMITED, 'remote': UNLIMITED},
    'rc_joins_per_room': UNLIMITED,
    'rc_invites': {'per_room': UNLIMITED, 'per_user': UNLIMITED, 'per_issuer': UNLIMITED},
    'rc_room_creation': UNLIMITED,
    'rc_key_requests': UNLIMITED,
    'rc_admin_redaction': UNLIMITED,
    # The feed is read without joining.
    'allow_guest_access': False,
    'room_list_publication_rules': [{'user_id': '*', 'alias': '*', 'room_id': '*', 'action': 'allow'}],
}


class MatrixError(Exception):
    def __init__(self, status, body):
        super().__init__(f'{status} {body}')
        self.status = status
        self.body = body


class User:
    """Someone with an access token who speaks plain HTTP: the provider in its public room, a stranger,
    and the eye that looks at what the server sees."""

    def __init__(self, base_url, user_id, access_token):
        self.base_url = base_url
        self.user_id = user_id
        self.access_token = access_token

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.base_url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={'Authorization': f'Bearer {self.access_token}', 'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise MatrixError(error.code, error.read().decode(errors='replace')) from None

    def join(self, room):
        return self.call('POST', f'/_matrix/client/v3/join/{urllib.parse.quote(room)}', {})['room_id']

    def post(self, room_id, body, **content):
        path = f'/_matrix/client/v3/rooms/{urllib.parse.quote(room_id)}/send/m.room.message/{secrets.token_hex(8)}'
        return self.call('PUT', path, {'msgtype': 'm.text', 'body': body, **content})['event_id']


class Synapse:
    """One homeserver in a temporary directory. `base_url` is where it answers; the port stays the same
    when it is stopped and started again, so that a client finds it back."""

    def __init__(self, directory=None, registration_token=False, config=None):
        self._temporary = None if directory else tempfile.TemporaryDirectory(prefix='synapse-')
        self.directory = pathlib.Path(directory or self._temporary.name)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.needs_token = registration_token
        self.port = free_port()
        self.base_url = f'http://127.0.0.1:{self.port}'
        self.server_name = SERVER_NAME
        self.database = self.directory / 'homeserver.db'
        self.log = self.directory / 'homeserver.log'
        self._secret = secrets.token_hex(16)
        self._process = None
        self._admin = None
        self._write_config(config or {})

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self._temporary:
            self._temporary.cleanup()

    def _write_config(self, config):
        config = {
            **CONFIG,
            'pid_file': str(self.directory / 'pid'),
            'public_baseurl': self.base_url + '/',
            'listeners': [{'port': self.port, 'type': 'http', 'tls': False, 'bind_addresses': ['127.0.0.1'],
                           'resources': [{'names': ['client']}]}],
            'database': {'name': 'sqlite3', 'args': {'database': str(self.database)}},
            'media_store_path': str(self.directory / 'media'),
            'signing_key_path': str(self.directory / 'signing.key'),
            'registration_shared_secret': self._secret,
            'macaroon_secret_key': secrets.token_hex(16),
            'form_secret': secrets.token_hex(16),
            'log_config': str(self.directory / 'log.json'),
            **({'registration_requires_token': True} if self.needs_token
               else {'enable_registration_without_verification': True}),
            **config,
        }
        # JSON is YAML.
        (self.directory / 'homeserver.json').write_text(json.dumps(config))
        (self.directory / 'log.json').write_text(json.dumps({
            'version': 1,
            'formatters': {'plain': {'format': '%(asctime)s %(levelname)s %(name)s %(message)s'}},
            'handlers': {'file': {'class': 'logging.FileHandler', 'filename': str(self.log), 'formatter': 'plain'}},
            'root': {'level': 'INFO', 'handlers': ['file']},
            'loggers': {'synapse.storage.SQL': {'level': 'INFO'}},
        }))

    def start(self):
        python = pathlib.Path(os.environ['WALLET_SUPPORT_REAL']) / 'venv/bin/python3'
        module = [str(python), '-m', 'synapse.app.homeserver', '-c', str(self.directory / 'homeserver.json')]
        output = open(self.directory / 'output.log', 'ab')
        if not (self.directory / 'signing.key').exists():
            subprocess.run(module + ['--generate-keys'], check=True, stdout=output, stderr=output)
        self._process = subprocess.Popen(module, stdout=output, stderr=output, cwd=self.directory)
        output.close()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError('Synapse did not start:\n' + (self.directory / 'output.log').read_text()[-4000:])
            time.sleep(0.1)
        return self

    def answers(self):
        try:
            with urllib.request.urlopen(self.base_url + '/_matrix/client/versions', timeout=2):
                return True
        except OSError:
            return False

    def stop(self):
        """The network goes away: every connection is refused from here on."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def pause(self):
        """The server hangs: connections open, answers never come."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def register(self, name, password, admin=False):
        nonce = User(self.base_url, None, '').call('GET', '/_synapse/admin/v1/register')['nonce']
        words = [nonce, name, password, 'admin' if admin else 'notadmin']
        mac = hmac.new(self._secret.encode(), '\0'.join(words).encode(), hashlib.sha1).hexdigest()
        reply = User(self.base_url, None, '').call('POST', '/_synapse/admin/v1/register', {
            'nonce': nonce, 'username': name, 'password': password, 'admin': admin, 'mac': mac})
        return User(self.base_url, reply['user_id'], reply['access_token'])

    @property
    def admin(self):
        if not self._admin:
            self._admin = self.register('operator', secrets.token_hex(16), admin=True)
        return self._admin

    def new_registration_token(self, **limits):
        return self.admin.call('POST', '/_synapse/admin/v1/registration_tokens/new', limits)['token']

    def users(self):
        """The ids of everyone on the server."""
        reply = self.admin.call('GET', '/_synapse/admin/v2/users?from=0&limit=1000&guests=false')
        return [user['name'] for user in reply['users']]

    def query(self, sql, *values):
        """Rows straight from the database: what an operator, or a thief of the disk, can see."""
        with sqlite3.connect(f'file:{self.database}?mode=ro', uri=True, timeout=30) as connection:
            return connection.execute(sql, values).fetchall()

    def encrypted_rooms(self):
        """The rooms with encryption in their state."""
        return sorted(room for room, in self.query(
            "SELECT DISTINCT room_id FROM current_state_events WHERE type = 'm.room.encryption'"))

    def count_encrypted(self):
        """How many messages there are in encrypted rooms."""
        return self.query("SELECT count(*) FROM events WHERE type = 'm.room.encrypted'")[0][0]

    def files_with(self, *needles):
        """The server's own files in which one of these texts can be read."""
        return files_with(self.directory, *needles)


def files_with(directory, *needles):
    """Every file below a directory that holds one of these texts or byte strings, as they are, in
    UTF-16 or in base64 at any of the three alignments."""
    import base64
    wanted = set()
    for needle in needles:
        data = needle if isinstance(needle, bytes) else needle.encode()
        wanted.add(data)
        if not isinstance(needle, bytes):
            wanted.add(needle.encode('utf-16-le'))
        for shift in range(3):
            # Only the characters that depend on nothing but the needle.
            text = base64.b64encode(b'\0' * shift + data)
            wanted.add(text[-(-shift * 8 // 6):(shift + len(data)) * 8 // 6])
    found = []
    for path in sorted(pathlib.Path(directory).rglob('*')):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(word in data for word in wanted):
                found.append(str(path))
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description='A private Synapse homeserver on loopback')
    parser.add_argument('--token', action='store_true', help='registration asks for a token; prints one')
    parser.add_argument('--user', action='append', default=[], metavar='NAME:PASSWORD')
    parser.add_argument('--directory', help='keep the data here')
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Synapse(arguments.directory, registration_token=arguments.token) as synapse:
        print('homeserver', synapse.base_url, 'server name', synapse.server_name, flush=True)
        for name, _, password in (user.partition(':') for user in arguments.user):
            print('user', synapse.register(name, password).user_id, flush=True)
        if arguments.token:
            print('registration token', synapse.new_registration_token(), flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass


if __name__ == '__main__':
    main()
