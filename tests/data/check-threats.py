#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the table of threats in tests/README.md to the tests there are.

A test is named after what it defends against: /area/threat-041-… in C, test_threat_041_… in Python. Every number
that is ours to defend has a test, and every test the table names exists. With --write the table's last column is
made anew from the tests.
"""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
README = TESTS / 'README.md'

# 86 to 94, about attachments and rich text, have their rows and tests as those are made.
REQUIRED = [*range(1, 86), *range(95, 107)]
# The rules of the guard around libolm, each of which accepts and refuses (threat 106). The last one asks for these
# fuzz targets.
RULES = range(1, 24)
TARGETS = ['attachment-file', 'backup-payload', 'backup-reader', 'base64', 'canonical-json', 'event', 'json', 'key-export',
           'keys-reply', 'mxc', 'olm-guard', 'olm-payload', 'recovery-key', 'room-key', 'room-key-bundle', 'sas',
           'secret-storage', 'sync', 'to-device', 'verification']

ROW = re.compile(r'^\| (\d+) \| (.*?) \| (.*?) \|$', re.M)


def find_tests():
    """number: names of tests, in order of their files."""
    tests = {}
    for path in sorted(TESTS.rglob('*')):
        if path.suffix == '.c':
            names = re.findall(r'"(/[\w/-]*threat-[\w/-]+)"', path.read_text())
        elif path.suffix == '.py' and path.name.startswith('test-'):
            names = re.findall(r'^\s*def (test_threat_\w+)', path.read_text(), re.M)
        else:
            continue
        for name in names:
            for number in re.findall(r'threat[-_](\d{3})', name):
                tests.setdefault(int(number), []).append(name)
    return tests


def write(text, tests):
    def row(match):
        number = int(match.group(1))
        names = ' '.join(f'`{name}`' for name in sorted(set(tests.get(number, []))))
        return f'| {number} | {match.group(2)} | {names or "–"} |'

    README.write_text(ROW.sub(row, text))


def check(text, tests):
    failures = []
    rows = {int(number): re.findall(r'`([^`]+)`', names) for number, _, names in ROW.findall(text)}
    for number in REQUIRED:
        if number not in rows:
            failures.append(f'{number}: not in the table')
        elif not rows[number]:
            failures.append(f'{number}: the table names no test')
    for number, names in rows.items():
        failures += [f'{number}: there is no test {name}' for name in names if name not in tests.get(number, [])]
    rules = {int(rule) for name in tests.get(106, []) for rule in re.findall(r'-g(\d{2})-', name)}
    failures += [f'106: no vector for rule G{rule}' for rule in RULES if rule not in rules]
    known = (TESTS / 'fuzz' / 'meson.build').read_text()
    for target in TARGETS:
        corpus = TESTS / 'fuzz' / 'corpus' / target
        if f"'fuzz-{target}'" not in known or not corpus.is_dir() or not any(corpus.iterdir()):
            failures.append(f'106: no fuzz target {target} with a corpus for rule G24')
    return failures


def main():
    text = README.read_text()
    tests = find_tests()
    if '--write' in sys.argv:
        write(text, tests)
        return 0
    failures = check(text, tests)
    for failure in failures:
        print('FAIL', failure)
    if failures:
        print('tests/data/check-threats.py --write makes the table from the tests')
    print(f'{len(tests)} threats, {sum(map(len, tests.values()))} tests: {len(failures)} failures')
    return 1 if failures else 0


sys.exit(main())
