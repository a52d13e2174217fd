#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop without a screen: an X server of its own, a private session bus with the accessibility bus, a
real keyring, and settings and homes that touch nobody's.

From a terminal, to look at anything by hand:
  tests/env/enter tests/real/desktop.py --picture shot.png -- COMMAND…
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

PASSWORD = 'the keyring password'
SECONDS = 30
SCREEN = '1400x1000x24'
SERVICES = ['org.a11y.Bus', 'org.gnome.keyring.SystemPrompter']
BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={directory}/run/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''
LOGIN = '/org/freedesktop/secrets/collection/login'


class Timeout(AssertionError):
    pass


def wait_until(look, what, seconds=SECONDS):
    """Asks `look` until its answer is true, and returns the answer."""
    deadline = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Timeout(f'waited {seconds} s in vain: {what() if callable(what) else what}')
        time.sleep(0.05)


class Desktop:
    """`environment` is what programs on this desktop see. The keyring is unlocked unless told otherwise."""

    def __init__(self, directory=None, keyring='unlocked'):
        self._temporary = None if directory else tempfile.TemporaryDirectory(prefix='desktop-')
        self.directory = pathlib.Path(directory or self._temporary.name)
        self._keyring_at_start = keyring
        self._processes = []
        self._keyring = None
        self.environment = {
            'PATH': os.environ['PATH'],
            'HOME': str(self.directory / 'home'),
            'LC_ALL': 'C.UTF-8',
            'TZ': 'UTC',
            'XDG_RUNTIME_DIR': str(self.directory / 'run'),
            'XDG_DATA_HOME': str(self.directory / 'data'),
            'XDG_CONFIG_HOME': str(self.directory / 'config'),
            'XDG_CACHE_HOME': str(self.directory / 'cache'),
            'XDG_STATE_HOME': str(self.directory / 'state'),
            'XDG_CURRENT_DESKTOP': 'GNOME',
            'GSETTINGS_BACKEND': 'keyfile',
            'GDK_BACKEND': 'x11',
            'GSK_RENDERER': 'cairo',
            # Light and dark come from GSettings here; there is no portal.
            'ADW_DISABLE_PORTAL': '1',
        }
        for name in ('XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'HOME'):
            pathlib.Path(self.environment[name]).mkdir(parents=True, exist_ok=True, mode=0o700)

        # GNOME's own font is a variant of Inter. X11 without a settings daemon reads only this file.
        # Nothing moves, so that a picture never catches a half-drawn page.
        (self.directory / 'config/gtk-4.0').mkdir()
        (self.directory / 'config/gtk-4.0/settings.ini').write_text(
            '[Settings]\ngtk-font-name=Inter 11\ngtk-enable-animations=0\n')

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.environment['DISPLAY'] = ':' + self._start_and_read(
            ['Xvfb', '-displayfd', '{fd}', '-screen', '0', SCREEN, '-nolisten', 'tcp', '-noreset'])
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = self._start_and_read(
            ['dbus-daemon', '--config-file', str(self._write_bus_config()), '--nofork', '--nopidfile', '--print-address={fd}'])
        self.bus = Gio.DBusConnection.new_for_address_sync(
            self.environment['DBUS_SESSION_BUS_ADDRESS'],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        with self._log() as log:
            self._processes.append(subprocess.Popen(['openbox'], env=self.environment, stdout=log, stderr=log))
        # The bus starts services with this environment.
        self.run(['dbus-update-activation-environment', '--all'])
        self.run(['gsettings', 'set', 'org.gnome.desktop.interface', 'toolkit-accessibility', 'true'])
        if self._keyring_at_start != 'absent':
            self.start_keyring(self._keyring_at_start == 'unlocked')
        return self

    def stop(self):
        self.stop_keyring()
        for process in reversed(self._processes):
            _end(process)
        self._processes.clear()
        if self._temporary:
            self._temporary.cleanup()

    def _write_bus_config(self):
        """A bus that starts nothing by itself but what a screen reader and the keyring's dialog need: a
        keyring that was stopped stays away."""
        services = self.directory / 'services'
        services.mkdir()
        for name in SERVICES:
            (services / f'{name}.service').symlink_to(f'/usr/share/dbus-1/services/{name}.service')
        config = self.directory / 'bus.conf'
        config.write_text(BUS_CONFIG.format(directory=self.directory, services=services))
        return config

    def _log(self):
        return open(self.directory / 'desktop.log', 'ab')

    def _start_and_read(self, command):
        """Starts a server that tells its address on a file descriptor once it is ready."""
        end, start = os.pipe()
        with self._log() as log:
            self._processes.append(subprocess.Popen([word.format(fd=start) for word in command],
                                                    env=self.environment, pass_fds=[start], stdout=log, stderr=log))
        os.close(start)
        with os.fdopen(end) as answer:
            line = answer.readline().strip()
        if not line:
            raise RuntimeError(f'{command[0]} did not start: ' + (self.directory / 'desktop.log').read_text()[-2000:])
        return line

    def run(self, command, **options):
        """Runs a program on this desktop to its end; returns what it wrote."""
        with self._log() as log:
            return subprocess.run(command, env=self.environment, check=True, text=True, timeout=SECONDS,
                                  stdout=subprocess.PIPE, stderr=log, **options).stdout

    def popen(self, command, output, **environment):
        """Starts a program on this desktop."""
        return subprocess.Popen(command, env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                                stdout=output, stderr=subprocess.STDOUT)

    # The keyring

    def start_keyring(self, unlocked=True):
        command = ['gnome-keyring-daemon', '--foreground', '--components=secrets']
        with self._log() as log:
            self._keyring = subprocess.Popen(command + (['--unlock'] if unlocked else []), env=self.environment,
                                             stdin=subprocess.PIPE, stdout=log, stderr=log, text=True)
        if unlocked:
            self._keyring.stdin.write(PASSWORD)
        self._keyring.stdin.close()
        wait_until(lambda: self._keyring_state() == ('unlocked' if unlocked else 'locked'),
                   lambda: f'the keyring to be started; it is {self._keyring_state()}')

    def stop_keyring(self):
        if self._keyring:
            _end(self._keyring)
            self._keyring = None

    def lock_keyring(self):
        """As after a log-in that did not unlock it: the daemon is there, its items cannot be read."""
        self.stop_keyring()
        self.start_keyring(unlocked=False)

    def unlock_keyring(self):
        """As the log-in screen does it, without a question."""
        _, session = self._secrets('/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.OpenSession',
                                   GLib.Variant('(sv)', ('plain', GLib.Variant('s', ''))))
        self._secrets('/org/freedesktop/secrets',
                      'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword',
                      GLib.Variant('(o(oayays))', (LOGIN, (session, b'', PASSWORD.encode(), 'text/plain'))))

    def _secrets(self, path, method, arguments):
        interface, _, method = method.rpartition('.')
        return self.bus.call_sync('org.freedesktop.secrets', path, interface, method, arguments, None,
                                  Gio.DBusCallFlags.NO_AUTO_START, -1).unpack()

    def _keyring_state(self):
        """unlocked, locked, or absent."""
        try:
            [locked] = self._secrets(LOGIN, 'org.freedesktop.DBus.Properties.Get',
                                     GLib.Variant('(ss)', ('org.freedesktop.Secret.Collection', 'Locked')))
        except GLib.Error:
            return 'absent'
        return 'locked' if locked else 'unlocked'

    # Screen and settings

    def window(self, title):
        """The X window with this title."""
        command = ['xdotool', 'search', '--onlyvisible', '--name', f'^{re.escape(title)}$']
        found = wait_until(lambda: subprocess.run(command, env=self.environment, capture_output=True,
                                                  text=True).stdout.split(), f'a window called “{title}”')
        return found[-1]

    def geometry(self, title):
        """Where a window is and how big: x, y, width, height."""
        shell = self.run(['xdotool', 'getwindowgeometry', '--shell', self.window(title)])
        values = dict(line.split('=') for line in shell.split())
        return [int(values[name]) for name in ('X', 'Y', 'WIDTH', 'HEIGHT')]

    def resize(self, title, width, height):
        """Ends when the window has the size; asks for no less than it can have."""
        self.run(['xdotool', 'windowsize', self.window(title), str(width), str(height)])
        wait_until(lambda: self.geometry(title)[2:] == [width, height],
                   lambda: f'“{title}” to be {width}×{height}; it is {self.geometry(title)[2:]}')

    def picture(self, path, title=None):
        """What is on the screen, or in one window, as a PNG."""
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.run(['import', '-window', self.window(title) if title else 'root', str(path)])
        return path

    def key(self, *keys):
        self.run(['xdotool', 'key', '--clearmodifiers', *keys])

    def type(self, text):
        self.run(['xdotool', 'type', '--clearmodifiers', '--delay', '2', '--', text])

    def click(self, x, y):
        self.run(['xdotool', 'mousemove', str(x), str(y), 'click', '1'])

    def dark(self, on, title):
        """Switches between light and dark. Ends when the window has followed."""
        self.run(['gsettings', 'set', 'org.gnome.desktop.interface', 'color-scheme',
                  'prefer-dark' if on else 'default'])
        brightness = ['import', '-window', self.window(title), '-resize', '1x1!', '-colorspace', 'Gray',
                      '-format', '%[fx:u]', 'info:-']
        wait_until(lambda: (float(self.run(brightness)) < 0.5) == on, f'“{title}” to be {"dark" if on else "light"}')


def _end(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description='Run a command on a desktop without a screen')
    parser.add_argument('--picture', help='take it when the command has ended, or after --after seconds')
    parser.add_argument('--after', type=float, default=3)
    parser.add_argument('--keyring', choices=['unlocked', 'locked', 'absent'], default='unlocked')
    parser.add_argument('command', nargs='+')
    arguments = parser.parse_args()
    with Desktop(keyring=arguments.keyring) as desktop:
        process = desktop.popen(arguments.command, None)
        if arguments.picture:
            try:
                process.wait(arguments.after)
            except subprocess.TimeoutExpired:
                pass
            desktop.picture(arguments.picture)
            _end(process)
        sys.exit(process.wait())


if __name__ == '__main__':
    main()
