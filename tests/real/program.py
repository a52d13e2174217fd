# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that is told what to do by JSON lines on its standard input and answers on its standard output."""

import itertools
import json
import subprocess
import tempfile
import threading

ANSWER_SECONDS = 90


class ProgramError(Exception):
    """What the program says went wrong."""


class Program:
    """`program.send(room=…, body=…)`: every operation of the program is a method with the same name and
    keywords. Operations block until answered; `start` and `finish` split the two."""

    def __init__(self, command, log=None, environment=None):
        self._log = open(log, 'ab') if log else tempfile.TemporaryFile()
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
                                         text=True, env=environment)
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
            raise ProgramError(f'the program ended, or did not answer in time; its log: {self.log_text()[-2000:]}')
        if 'error' in answer:
            raise ProgramError(answer['error'])
        return answer['result']

    def __getattr__(self, operation):
        if operation.startswith('_'):
            raise AttributeError(operation)
        return lambda **words: self.finish(self.start(operation, **words))

    def log_text(self):
        with open(f'/proc/self/fd/{self._log.fileno()}', 'rb') as log:
            return log.read().decode(errors='replace')

    def strike(self):
        """SIGKILL from another thread, in the middle of whatever is waited for; `kill` has to follow."""
        self._process.kill()

    def kill(self):
        """The power fails."""
        self._process.kill()
        self._process.wait()
        self._close()

    def stop(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._close()

    def _close(self):
        if not self._process.stdin.closed:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        self._log.close()
