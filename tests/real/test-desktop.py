#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop of the tests by itself: its keyring really locks, and its pictures are not black."""

import pathlib
import subprocess
import tempfile
import unittest

import tap
from desktop import Desktop


class TheDesktop(unittest.TestCase):
    def setUp(self):
        self.desktop = self.enterContext(Desktop())

    def lookup(self):
        return subprocess.run(['secret-tool', 'search', 'test', 'desktop'], env=self.desktop.environment,
                              capture_output=True, text=True, timeout=30).stdout

    def test_keyring_locks_and_unlocks(self):
        self.desktop.run(['secret-tool', 'store', '--label=A label', 'test', 'desktop'], input='the secret')
        self.assertIn('the secret', self.lookup())
        self.desktop.lock_keyring()
        self.assertNotIn('the secret', self.lookup())
        self.desktop.unlock_keyring()
        self.assertIn('the secret', self.lookup())
        self.desktop.stop_keyring()
        self.assertEqual(self.lookup(), '')

    def test_homes_are_private(self):
        for name, value in self.desktop.environment.items():
            if name == 'HOME' or name.startswith('XDG_') and '/' in value:
                self.assertTrue(pathlib.Path(value).is_relative_to(self.desktop.directory), name)

    def test_picture_shows_the_screen(self):
        with tempfile.TemporaryDirectory() as folder:
            picture = self.desktop.picture(folder + '/screen.png')
            size = self.desktop.run(['identify', '-format', '%wx%h', str(picture)])
        self.assertEqual(size, '1400x1000')


if __name__ == '__main__':
    tap.main()
