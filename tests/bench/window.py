#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our window costs, logged in with many cached messages, against a bare libadwaita window: the time
until it is mapped, and the memory it needs at rest. Both on the same desktop, in turn: the best time, for other
programs only add to it, and the median of the memory."""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'real'))

from accessible import Reader  # noqa: E402
from desktop import Desktop  # noqa: E402

ROUNDS = 5
TARGETS = {'time': 1.4, 'memory': 1.2}


def report(measure, unit, ours, reference, target):
    print('BENCH', json.dumps({'measure': measure, 'unit': unit, 'ours': ours, 'reference': reference,
                               'rule': 'ratio-at-most', 'target': target}), flush=True)


def measure(desktop, launcher, program):
    """Milliseconds to the mapped window, MiB at rest, milliseconds to rest."""
    mapped, kibibytes, rest = desktop.run([launcher, program]).split()
    return float(mapped), int(kibibytes) / 1024, float(rest)


def main():
    parser = argparse.ArgumentParser()
    for name in ('launcher', 'bare', 'app', 'sync', 'server', 'schemas', 'picture'):
        parser.add_argument(name)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix='bench-') as folder, Desktop(pathlib.Path(folder)) as desktop:
        desktop.environment['GSETTINGS_SCHEMA_DIR'] = arguments.schemas
        account = pathlib.Path(desktop.environment['XDG_DATA_HOME']) / 'wallet-support'
        account.mkdir(mode=0o700)
        # A real account, its keys in the keyring, with what a sync brought. Its server is gone when we look.
        desktop.run([arguments.sync, arguments.server, str(account)])

        programs = {'bare': arguments.bare, 'app': arguments.app}
        runs = {name: [] for name in programs}
        for name, program in programs.items():
            measure(desktop, arguments.launcher, program)
        for _ in range(ROUNDS):
            for name, program in programs.items():
                runs[name].append(measure(desktop, arguments.launcher, program))

        # It was our account that was measured, not a page that says what is wrong.
        process = desktop.popen([arguments.app], subprocess.DEVNULL)
        try:
            Reader(desktop).find(re.compile('Message 9999:'))
            desktop.picture(arguments.picture)
        finally:
            process.terminate()
            process.wait()

    mapped, rest = ({name: min(run[column] for run in values) for name, values in runs.items()} for column in (0, 2))
    memory = {name: statistics.median(run[1] for run in values) for name, values in runs.items()}
    report('Window mapped, logged in with 10 000 cached messages', 'ms', mapped['app'], mapped['bare'], TARGETS['time'])
    report('Memory of it (PSS, at rest)', 'MiB', memory['app'], memory['bare'], TARGETS['memory'])
    print(f'NOTE At rest after {rest["app"]:.0f} ms, its first tries to reach the server included; '
          f'the bare window after {rest["bare"]:.0f} ms.')


if __name__ == '__main__':
    main()
