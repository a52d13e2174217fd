# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees and drives programs the way a screen reader does, over the accessibility bus: what cannot be found
here by role and name cannot be found by a blind person either. Nothing is cached, so nothing is stale."""

import re

from gi.repository import Gio, GLib

from desktop import wait_until

ACCESSIBLE = 'org.a11y.atspi.Accessible'
TEXT = 'org.a11y.atspi.Text'
PROPERTIES = 'org.freedesktop.DBus.Properties'
STATE_SENSITIVE, STATE_FOCUSED = 24, 12     # bits of AtspiStateType
COORDINATES_WINDOW = 1
WINDOWS = ('window', 'dialog', 'alert')
CALL_MS = 10000


class Node:
    """One thing on the screen."""

    def __init__(self, bus, where):
        self._bus = bus
        self._where = where

    def _call(self, interface, method, arguments=None):
        name, path = self._where
        return self._bus.call_sync(name, path, interface, method, arguments, None,
                                   Gio.DBusCallFlags.NONE, CALL_MS, None).unpack()

    def _get(self, name):
        return self._call(PROPERTIES, 'Get', GLib.Variant('(ss)', (ACCESSIBLE, name)))[0]

    @property
    def name(self):
        return self._get('Name')

    @property
    def description(self):
        return self._get('Description')

    @property
    def role(self):
        return self._call(ACCESSIBLE, 'GetRoleName')[0]

    @property
    def text(self):
        """What an entry holds, or a label says."""
        length = self._call(PROPERTIES, 'Get', GLib.Variant('(ss)', (TEXT, 'CharacterCount')))[0]
        return self._call(TEXT, 'GetText', GLib.Variant('(ii)', (0, length)))[0]

    def _has_state(self, bit):
        words = self._call(ACCESSIBLE, 'GetState')[0]
        return bool(words[bit // 32] >> bit % 32 & 1)

    @property
    def sensitive(self):
        return self._has_state(STATE_SENSITIVE)

    @property
    def focused(self):
        return self._has_state(STATE_FOCUSED)

    def children(self):
        return [Node(self._bus, where) for where in self._call(ACCESSIBLE, 'GetChildren')[0]]

    def everything(self):
        """This node and all below it, in reading order. What goes away meanwhile is left out."""
        yield self
        try:
            children = self.children()
        except GLib.Error:
            return
        for child in children:
            yield from child.everything()

    def click(self):
        wait_until(lambda: self.sensitive, f'“{self.name}” can be clicked')
        self._call('org.a11y.atspi.Action', 'DoAction', GLib.Variant('(i)', (0,)))

    def _extents(self):
        return self._call('org.a11y.atspi.Component', 'GetExtents', GLib.Variant('(u)', (COORDINATES_WINDOW,)))[0]

    def _window(self):
        """The window this is in. Above it is the application."""
        node = self
        while node.role not in WINDOWS:
            node = Node(self._bus, node._get('Parent'))
        return node

    def __str__(self):
        return f'{self.role} “{self.name}”'


class Reader:
    """The screen as it is read out. Names are compared whole; a compiled pattern is searched for. `alive` is
    called before each look and may raise: who waits for a program that has ended waits in vain."""

    def __init__(self, desktop, alive=lambda: None):
        self._alive = alive
        [address] = desktop.bus.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None,
                                          Gio.DBusCallFlags.NONE, CALL_MS, None).unpack()
        self._desktop = desktop
        self._bus = Gio.DBusConnection.new_for_address_sync(
            address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def everything(self):
        registry = Node(self._bus, ('org.a11y.atspi.Registry', '/org/a11y/atspi/accessible/root'))
        for application in registry.children():
            yield from application.everything()

    def find_all(self, name, role=None):
        self._alive()
        matches = name.search if isinstance(name, re.Pattern) else (lambda text: text == name)
        found = []
        for node in self.everything():
            try:
                if matches(node.name) and (role is None or node.role == role):
                    found.append(node)
            except GLib.Error:
                continue        # gone between being listed and being asked
        return found

    def see(self, name, role=None):
        """Whether it is on the screen now."""
        return bool(self.find_all(name, role))

    def find(self, name, role=None, **limit):
        """Waits until it is on the screen."""
        return wait_until(lambda: self.find_all(name, role), lambda: self._missing(name, role), **limit)[0]

    def gone(self, name, role=None, **limit):
        wait_until(lambda: not self.see(name, role), lambda: f'{role or ""} “{name}” to go away\n{self}', **limit)

    def click(self, name, role='button'):
        self.find(name, role).click()

    def point(self, node):
        """A click of the mouse into the middle of it, for what has no action of its own."""
        window = node._window()
        [left, top, *_] = window._extents()
        [x, y, width, height] = node._extents()
        [origin_x, origin_y, *_] = self._desktop.geometry(window.name)
        # GTK takes the width of the shadow off where it should add it; the window itself shows how much.
        self._desktop.click(origin_x + x - 2 * left + width // 2, origin_y + y - 2 * top + height // 2)

    def write(self, name, text, role='text box'):
        """A click into an entry, then keys. Ends when the entry holds the text."""
        entry = self.find(name, role)
        self.point(entry)
        self.wait(lambda: entry.focused, f'the entry “{name}” has the focus')
        self._desktop.type(text)
        self.wait(lambda: entry.text == text, lambda: f'the entry “{name}” holds “{entry.text}”, not “{text}”')
        return entry

    def wait(self, look, what, **limit):
        """wait_until for something about a node, which may go away with its program."""
        try:
            return wait_until(look, what, **limit)
        except GLib.Error:
            self._alive()
            raise

    def _missing(self, name, role):
        wanted = name.pattern if isinstance(name, re.Pattern) else name
        return f'{role or "something"} named “{wanted}” on the screen, which shows:\n{self}'

    def lines(self):
        """Every text on the screen, in reading order."""
        lines = []
        for node in self.everything():
            try:
                role, name = node.role, node.name
            except GLib.Error:
                continue
            if name or role == 'text box':
                lines.append((role, name))
        return lines

    def __str__(self):
        return '\n'.join(f'  {role} “{name}”' for role, name in self.lines())
