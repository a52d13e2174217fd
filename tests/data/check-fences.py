#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the source tree to its architecture.

Three things are checked: that a forbidden include of ours does not compile, with the very flags each layer is
built with; that system libraries are included only where they belong; and that files and functions stay small.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])

# layer: (a header it must be able to include, headers that must not compile)
LAYERS = {
    'base': ('mtx-json.h', ['mtx-db.h', 'mtx-keyring.h', 'mtx-olm-account.h', 'sup-provider.h', 'mtx-http.h']),
    'store': ('mtx-json.h', ['mtx-keyring.h', 'mtx-olm-account.h', 'mtx-http.h', 'sup-provider.h']),
    'secret': ('mtx-json.h', ['mtx-db.h', 'mtx-olm-account.h', 'mtx-http.h', 'sup-provider.h']),
    'crypto': ('mtx-json.h', ['mtx-db.h', 'mtx-keyring.h', 'mtx-http.h', 'sup-provider.h']),
    'provider': ('mtx-signed-json.h', ['mtx-db.h', 'mtx-keyring.h', 'mtx-http.h', 'sup-client.h']),
    'matrix': ('mtx-db.h', ['sup-provider.h', 'sup-client.h', 'sup-window.h']),
    'support': ('mtx-session.h', ['mtx-db.h', 'mtx-keyring.h', 'mtx-olm-account.h', 'sup-window.h']),
    'ui': ('sup-client.h', ['mtx-db.h', 'mtx-keyring.h', 'mtx-http.h', 'mtx-session.h', 'mtx-crypto-engine.h']),
}

# a pattern of system headers: where it may stand, below src/
SYSTEM = [
    (r'<(gtk/|adwaita)', [r'ui/']),
    (r'<(sqlite3|sqlcipher)', [r'store/']),
    (r'<olm/', [r'crypto/mtx-olm-guard\.c', r'crypto/mtx-olm-guard-[a-z-]+\.c', r'crypto/mtx-olm-autocleanups\.h']),
    (r'<openssl/', [r'crypto/']),
    (r'<libsecret/', [r'secret/']),
    (r'<libsoup/', [r'matrix/http/']),
    (r'<dex-scheduler|dex_scheduler_', [r'base/mtx-fiber\.c']),
]

# What must stand nowhere below a folder of src/, but for some files: comparisons that tell where they stopped, of what
# may be secret (threat 105); parts of the ratchet library that are no part of our seam to it (guard rule G16); its types
# and calls outside of the seam (guard rule G23).
NOWHERE = [
    ('crypto', r'(?<!CRYPTO_)\bmemcmp \(', [r'mtx-key-export\.c', r'mtx-public-key\.c', r'mtx-olm-wire\.c']),
    ('', r'\bolm_(sas_calculate_mac\b|sas_calculate_mac_long_kdf|session_describe|pk_)', []),
    ('', r'\b(Olm(Account|Session|SAS|(In|Out)boundGroupSession)|olm_[a-z_0-9]+ \() ?',
     [r'crypto/mtx-olm-guard(-[a-z]+)?\.c', r'crypto/mtx-olm-guard-private\.h', r'crypto/mtx-olm-autocleanups\.h']),
]

MAX_FILE = 800
MAX_FUNCTION = 100

failures = []


def fail(text):
    failures.append(text)
    print('FAIL', text)


def layer_commands():
    """The compiler command of one file of each layer."""
    commands = {}
    for entry in json.loads((BUILD / 'compile_commands.json').read_text()):
        path = (BUILD / entry['file']).resolve()
        try:
            layer = path.relative_to(SOURCE / 'src').parts[0]
        except ValueError:
            continue
        if layer in LAYERS and path.suffix == '.c':
            commands.setdefault(layer, entry['command'])
    return commands


def compiles(command, header, folder):
    args = shlex.split(command)
    for option in ('-o', '-MF', '-MQ'):
        if option in args:
            at = args.index(option)
            del args[at:at + 2]
    args = [a for a in args if a not in ('-c', '-MD')][:-1]
    probe = pathlib.Path(folder) / 'probe.c'
    probe.write_text(f'#include "{header}"\nextern int probe;\n')
    result = subprocess.run(args + ['-fsyntax-only', str(probe)], cwd=BUILD, capture_output=True)
    return result.returncode == 0


def check_layers():
    headers = {p.name for p in (SOURCE / 'src').rglob('*.h')}
    commands = layer_commands()
    with tempfile.TemporaryDirectory() as folder:
        for layer, (allowed, forbidden) in LAYERS.items():
            if layer not in commands:
                fail(f'{layer}: nothing of it is built')
                continue
            # Without this, a probe that never compiles would prove nothing.
            if not compiles(commands[layer], allowed, folder):
                fail(f'{layer}: cannot include {allowed}, which it may')
            for header in forbidden:
                if header not in headers:
                    fail(f'{layer}: the probe names {header}, which does not exist')
                elif compiles(commands[layer], header, folder):
                    fail(f'{layer}: can include {header}, which it must not')


def check_system_headers():
    for path in sorted((SOURCE / 'src').rglob('*.[ch]')):
        name = str(path.relative_to(SOURCE / 'src'))
        text = path.read_text()
        for pattern, places in SYSTEM:
            used = re.search(rf'^\s*#\s*include\s*{pattern}|\b{pattern}' if 'dex_' in pattern
                             else rf'^\s*#\s*include\s*{pattern}', text, re.M)
            if used and not any(re.match(place, name) for place in places):
                fail(f'{name}: {used.group(0).strip()} does not belong here')


def check_nowhere():
    for folder, pattern, allowed in NOWHERE:
        root = SOURCE / 'src' / folder
        for path in sorted(root.rglob('*.[ch]')):
            name = str(path.relative_to(root))
            # What a comment mentions is not called.
            code = re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.S)
            used = re.search(pattern, code)
            if used and not any(re.fullmatch(place, name) for place in allowed):
                fail(f'{name}: {used.group(0).strip()} does not belong here')


def function_lengths(text):
    """(name, lines) of each function: GNU style puts both braces of a body in the first column."""
    lines = text.split('\n')
    start = None
    for number, line in enumerate(lines):
        if line == '{':
            start = number
        elif line == '}' and start is not None:
            head = start - 1
            while head > 0 and not re.match(r'[A-Za-z_]\w* ?\(', lines[head]):
                head -= 1
            yield lines[head].split('(')[0].strip(), number - head + 1
            start = None


def check_sizes():
    folders = ('src', 'tests', 'data', 'flatpak')
    for folder in folders:
        for path in sorted((SOURCE / folder).rglob('*')):
            if path.suffix not in ('.c', '.h', '.py', '.mjs', '.blp', '.sql', '.sh') or 'node_modules' in path.parts:
                continue
            text = path.read_text(errors='replace')
            name = path.relative_to(SOURCE)
            if text.count('\n') > MAX_FILE:
                fail(f'{name}: {text.count(chr(10))} lines, more than {MAX_FILE}')
            if path.suffix == '.c':
                for function, length in function_lengths(text):
                    if length > MAX_FUNCTION:
                        fail(f'{name}: {function}() has {length} lines, more than {MAX_FUNCTION}')


check_layers()
check_system_headers()
check_nowhere()
check_sizes()
print(f'{len(LAYERS)} layers, {len(SYSTEM)} libraries: {len(failures)} failures')
sys.exit(1 if failures else 0)
