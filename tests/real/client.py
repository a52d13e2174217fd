# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python end of matrix-client.c: our side of a conversation without a window, one account per object."""

import os
import pathlib
import tempfile
import urllib.parse

from program import Program

MEGOLM = 'm.megolm.v1.aes-sha2'


class Client:
    """`client.send(…)`, `client.expect(…)`: the operations of matrix-client.c. The program may be killed and started
    again; what it stored stays."""

    def __init__(self, homeserver, server_name, started=True, folder=None):
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix='client-')
        self._homeserver = homeserver
        self._server_name = server_name
        self.directory = pathlib.Path(folder or self._temporary.name)
        self._program = None
        self._started = started

    def __enter__(self):
        if self._started:
            self.start()
        return self

    def __exit__(self, *_):
        if self._program:
            self._program.stop()
        if self._temporary:
            self._temporary.cleanup()

    def launch(self):
        """The program runs; nothing was asked of it."""
        self._program = Program(
            [os.environ['MATRIX_CLIENT'], str(self.directory)], self.directory / 'log',
            {**os.environ, 'SECRET_BACKEND': 'file', 'SECRET_FILE_TEST_PATH': str(self.directory / 'keyring'),
             'SECRET_FILE_TEST_PASSWORD': 'a test’s password', 'G_DEBUG': 'fatal-warnings'})

    def start(self):
        """Until the account works."""
        account = self.finish(self.begin_start())
        self.user_id = account['user_id']
        self.device_id = account['device_id']
        return self

    def restore(self, address, key, password=None, homeserver=None):
        """An account that exists comes back, here where nothing is of it."""
        words = {'restore': address, 'key_file': self._write('key', key)}
        if password:
            words['password'] = password
        if homeserver:
            words['homeserver'] = homeserver
        self.launch()
        account = self._program.open(**words)
        self.user_id = account['user_id']
        self.device_id = account['device_id']
        return self

    def key_text(self):
        """The security key, as the person has it on paper."""
        path = self.directory / 'paper'
        self.keep_key(file=str(path))
        return path.read_text()

    def _write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return str(path)

    def begin_start(self):
        self.launch()
        return self.begin('open', homeserver=self._homeserver, server_name=self._server_name)

    def strike(self):
        self._program.strike()

    def kill(self):
        self._program.kill()

    def quit(self):
        self.close()
        self._program.stop()

    def restart(self):
        self.quit()
        self.start()

    def __getattr__(self, operation):
        if operation.startswith('_'):
            raise AttributeError(operation)
        return getattr(self._program, operation)

    def begin(self, operation, **words):
        """Does not wait for the answer: give what this returns to `finish`."""
        return self._program.start(operation, **words)

    def finish(self, number):
        return self._program.finish(number)

    def send(self, room, body):
        """Until the server has it; returns its event id."""
        self.queue(room=room, body=body)
        messages = self.expect(room=room, bodies=[body])
        return [message['event_id'] for message in messages if message['body'] == body][-1]

    def create_room(self, invite, visibility='shared', preset='private_chat', encryption=None):
        """An encrypted room like that of the app, or another."""
        room = self.http(method='POST', path='/_matrix/client/v3/createRoom', body={
            'preset': preset, 'invite': invite, 'is_direct': True,
            'initial_state': [
                {'type': 'm.room.encryption', 'state_key': '', 'content': {'algorithm': MEGOLM, **(encryption or {})}},
                {'type': 'm.room.history_visibility', 'state_key': '', 'content': {'history_visibility': visibility}},
            ]})['room_id']
        self.members(room=room, joined=1, invited=len(invite), can_send=True)
        return room

    def room_call(self, room, action, **body):
        return self.http(method='POST', path=f'/_matrix/client/v3/rooms/{urllib.parse.quote(room)}/{action}', body=body)

    def set_state(self, room, kind, **content):
        self.http(method='PUT', path=f'/_matrix/client/v3/rooms/{urllib.parse.quote(room)}/state/{kind}', body=content)

    def join(self, room):
        self.room_call(room, 'join')
        self.members(room=room, can_send=True)


def unreadable(messages):
    """Ours of `problems`: what we could not read, or read with a warning."""
    return [message for message in messages if message['kind'] != 'message' or message['failure'] or message['shield']]
