# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Dendrite homeserver on loopback: the second implementation that the main flow must work on.
To the tests it is what synapse.Synapse is, as far as both can do it."""

import base64
import json
import os
import pathlib
import secrets
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

from synapse import User, free_port

SERVER_NAME = 'dendrite.test'
START_SECONDS = 60


class Dendrite:
    """One homeserver in a temporary directory. Everyone may register; it knows no registration tokens."""

    needs_token = False

    def __init__(self):
        self._temporary = tempfile.TemporaryDirectory(prefix='dendrite-')
        self.directory = pathlib.Path(self._temporary.name)
        self.port = free_port()
        self.base_url = f'http://127.0.0.1:{self.port}'
        self.server_name = SERVER_NAME
        self._process = None
        self._write_config()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self._temporary.cleanup()

    def _write_config(self):
        def database(name):
            return {'connection_string': f'file:{self.directory / name}.db'}

        # The key file is a PEM of a kind of its own: 32 random bytes under an id.
        seed = base64.b64encode(secrets.token_bytes(32)).decode()
        (self.directory / 'matrix_key.pem').write_text(
            f'-----BEGIN MATRIX PRIVATE KEY-----\nKey-ID: ed25519:test\n\n{seed}\n-----END MATRIX PRIVATE KEY-----\n')
        # JSON is YAML.
        (self.directory / 'dendrite.json').write_text(json.dumps({
            'version': 2,
            'global': {
                'server_name': SERVER_NAME,
                'private_key': str(self.directory / 'matrix_key.pem'),
                'disable_federation': True,
                'cache': {'max_size_estimated': '64mb'},
                'jetstream': {'storage_path': str(self.directory / 'jetstream')},
            },
            'client_api': {'registration_disabled': False, 'rate_limiting': {'enabled': False}},
            'federation_api': {'database': database('federation')},
            'key_server': {'database': database('keys')},
            'media_api': {'base_path': str(self.directory / 'media'), 'database': database('media')},
            'mscs': {'database': database('mscs')},
            'relay_api': {'database': database('relay')},
            'room_server': {'database': database('rooms')},
            'sync_api': {'database': database('sync')},
            'user_api': {'bcrypt_cost': 4, 'account_database': database('accounts')},
            'logging': [{'type': 'std', 'level': 'warn'}],
        }))

    def start(self):
        program = [os.environ['WALLET_SUPPORT_DENDRITE'], '-config', str(self.directory / 'dendrite.json'),
                   '-http-bind-address', f'127.0.0.1:{self.port}', '-really-enable-open-registration']
        with open(self.directory / 'output.log', 'ab') as output:
            self._process = subprocess.Popen(program, stdout=output, stderr=output, cwd=self.directory)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError('Dendrite did not start:\n' + (self.directory / 'output.log').read_text()[-4000:])
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

    def register(self, name, password):
        reply = User(self.base_url, None, '').call('POST', '/_matrix/client/v3/register', {
            'username': name, 'password': password, 'auth': {'type': 'm.login.dummy'}})
        return User(self.base_url, reply['user_id'], reply['access_token'])

    def _query(self, name, sql):
        with sqlite3.connect(f'file:{self.directory / name}.db?mode=ro', uri=True, timeout=30) as connection:
            return connection.execute(sql).fetchall()

    def users(self):
        """The ids of everyone on the server."""
        return [f'@{name}:{SERVER_NAME}' for name, in self._query('accounts', 'SELECT localpart FROM userapi_accounts')]

    def encrypted_rooms(self):
        """The rooms with encryption in their state."""
        return sorted({room for room, in self._query(
            'sync', "SELECT room_id FROM syncapi_current_room_state WHERE type = 'm.room.encryption'")})

    def count_encrypted(self):
        """How many messages there are in encrypted rooms."""
        return self._query(
            'sync', "SELECT count(*) FROM syncapi_output_room_events WHERE type = 'm.room.encrypted'")[0][0]
