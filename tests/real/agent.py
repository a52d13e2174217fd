# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python end of agent/agent.mjs: a support agent on Element's SDK, one device per object."""

import itertools
import json
import os
import pathlib
import subprocess
import tempfile
import threading

PROGRAM = pathlib.Path(__file__).parent / 'agent/agent.mjs'
ANSWER_SECONDS = 90


class AgentError(Exception):
    pass


class Agent:
    """`agent.login(…)`, `agent.send(room=…, body=…)`: every operation of agent.mjs is a method with the
    same name and keywords. Operations block until answered; `start` and `finish` split the two."""

    def __init__(self, log=None):
        node = pathlib.Path(os.environ['WALLET_SUPPORT_REAL']) / 'bin/node'
        self._log = open(log, 'ab') if log else tempfile.TemporaryFile()
        self._process = subprocess.Popen([str(node), str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._log, text=True)
        self._ids = itertools.count(1)
        self._answers = {}
        self._changed = threading.Condition()
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _read(self):
        for line in self._process.stdout:
            answer = json.loads(line)
            with self._changed:
                self._answers[answer['id']] = answer
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def start(self, operation, **words):
        number = next(self._ids)
        self._process.stdin.write(json.dumps({'id': number, 'op': operation, **words}) + '\n')
        self._process.stdin.flush()
        return number

    def finish(self, number):
        with self._changed:
            self._changed.wait_for(lambda: number in self._answers or self._ended, ANSWER_SECONDS)
            answer = self._answers.pop(number, None)
        if answer is None:
            raise AgentError('the agent ended, or did not answer in time')
        if 'error' in answer:
            raise AgentError(answer['error'])
        return answer['result']

    def __getattr__(self, operation):
        if operation.startswith('_'):
            raise AttributeError(operation)
        return lambda **words: self.finish(self.start(operation, **words))

    def stop(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()


def problems(messages):
    """What a support agent would complain about in these messages: anything without a lock, with a
    shield or without its text. Empty when all is well."""
    return [message for message in messages
            if not message['encrypted'] or message['failure'] or message['shield'] or message['body'] is None]
