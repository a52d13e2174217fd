# SPDX-License-Identifier: GPL-3.0-or-later
"""Wallet Support itself on the tests' desktop, driven through its window."""

import os
import pathlib
import re
import subprocess

from accessible import Reader

TITLE = 'Wallet Support'
APP_ID = 'io.github.wallet_support.WalletSupport'
QUIT_SECONDS = 20
# What GLib and GTK print when something is wrong, whatever the domain.
COMPLAINT = re.compile(r'-(WARNING|CRITICAL|ERROR) \*\*|\b(WARNING|CRITICAL|ERROR) \*\*:|AddressSanitizer|runtime error')


class Ended(AssertionError):
    """The app is not running any more, and nobody had asked it to quit."""


class App:
    """One user's app. It may be started, killed and started again; its data stay on the desktop."""

    def __init__(self, desktop, log=None):
        self.desktop = desktop
        self.program = os.environ['WALLET_SUPPORT_PROGRAM']
        self.schemas = os.environ['GSETTINGS_SCHEMA_DIR']
        self.log = pathlib.Path(log or desktop.directory / 'app.log')
        self.data = pathlib.Path(desktop.environment['XDG_DATA_HOME'])
        self.reader = Reader(desktop, self._check_alive)
        self._process = None

    def start(self, *arguments):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, 'ab') as log:
            self._process = self.desktop.popen([self.program, *map(str, arguments)], log,
                                               GSETTINGS_SCHEMA_DIR=self.schemas,
                                               G_DEBUG='fatal-warnings')
        self.reader.find(TITLE, 'window')
        return self

    def _check_alive(self):
        if not self.running:
            raise Ended(f'the app ended with {self._process.returncode}; its log:\n{self.log_text()[-4000:]}')

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def activate(self):
        """Gives the window the keyboard."""
        self.desktop.run(['xdotool', 'windowactivate', '--sync', self.desktop.window(TITLE)])

    def quit(self):
        """By the keyboard, as a person does. Ends when the program has ended well."""
        self.activate()
        self.desktop.key('ctrl+q')
        try:
            code = self._process.wait(QUIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'the app does not quit; its log:\n{self.log_text()}') from None
        if code != 0:
            raise AssertionError(f'the app ended with {code}; its log:\n{self.log_text()}')

    def kill(self):
        """kill -9: nothing is said, nothing is finished."""
        if self.running:
            self._process.kill()
        self._process.wait()

    def stop(self):
        """For clean-up: whatever state it is in."""
        if self._process is not None:
            self.kill()

    def log_text(self):
        return self.log.read_text(errors='replace') if self.log.exists() else ''

    def complaints(self):
        return [line for line in self.log_text().splitlines() if COMPLAINT.search(line)]

    # What a person does

    def choose_file(self, path):
        """Chooses a provider file that lies in the home folder with the file dialog."""
        self.reader.click('Open Provider File…')
        self.reader.find('Open Provider File', 'dialog')
        self.reader.point(self.reader.find('Home', 'label'))
        self.reader.point(self.reader.find(path.name, 'label'))
        self.reader.click('Open')

    def open_provider(self, path):
        """From the welcome page to the consent page."""
        self.choose_file(path)
        self.reader.find('Start', 'button')

    def begin(self, path):
        """From the welcome page into the chat."""
        self.open_provider(path)
        self.reader.click('Start')
        self.reader.find('Message', 'text box')

    def say(self, text):
        """Writes a message and presses Enter. Ends when it is in the conversation and the entry is empty."""
        entry = self.reader.write('Message', text)
        self.desktop.key('Return')
        self.reader.wait(lambda: entry.text == '', 'the entry to be emptied')
        self.read(text)

    def read(self, *texts, **limit):
        """Waits until all of these are on the screen."""
        for text in texts:
            self.reader.find(re.compile(re.escape(text)), **limit)

    def sees(self, text):
        return self.reader.see(re.compile(re.escape(text)))

    def show(self, page):
        self.reader.click(page, 'tab')

    def picture(self, path):
        return self.desktop.picture(path, TITLE)

    def secrets(self):
        """What the app keeps in the keyring: label → secret, as any keyring program shows it."""
        listing = subprocess.run(['secret-tool', 'search', '--all', '--unlock', 'application', APP_ID],
                                 env=self.desktop.environment, capture_output=True, text=True, timeout=30).stdout
        found = {}
        for item in re.split(r'(?m)^\[', listing)[1:]:
            label = re.search(r'(?m)^label = (.*)$', item)
            secret = re.search(r'(?m)^secret = (.*)$', item)
            found[label[1]] = secret[1] if secret else None
        return found
