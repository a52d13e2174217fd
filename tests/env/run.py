# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds, runs the suites one after the other, and counts. The last line is the verdict."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
BUILDS = CHECKOUT / '_build-run'
# Address and undefined-behaviour sanitizers look at everything below the user interface: what GTK, fontconfig
# and drivers leak is not ours.
SUITES = {
    'normal': ['data', 'unit', 'store', 'protocol', 'fuzz', 'ui', 'real'],
    'asan': ['unit', 'store', 'protocol', 'fuzz'],
}
OPTIONS = {
    'normal': [],
    'asan': ['-Db_sanitize=address,undefined', '-Db_lundef=false'],
}


def command(words, log):
    with open(log, 'wb') as output:
        return subprocess.run(words, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=output).returncode


def configure(build):
    """Makes the build folder; what is there already is kept and follows the options of today."""
    folder = BUILDS / build
    log = BUILDS / f'{build}-setup.log'
    words = ['meson', 'setup', *OPTIONS[build], str(folder)]
    if (folder / 'build.ninja').exists():
        words.insert(2, '--reconfigure')
    if command(words, log):
        # A folder from another root cannot be reconfigured.
        shutil.rmtree(folder, ignore_errors=True)
        if command(['meson', 'setup', *OPTIONS[build], str(folder)], log):
            raise SystemExit(log.read_text(errors='replace')[-4000:] + f'\nmeson setup failed: {log}')
    return folder


def compile_all(build):
    log = BUILDS / f'{build}-compile.log'
    if command(['ninja', '-C', str(BUILDS / build)], log):
        raise SystemExit(''.join(line for line in log.read_text(errors='replace').splitlines(keepends=True)[-60:]) +
                         f'\nthe build failed: {log}')


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.names = []

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.names += other.names

    def __str__(self):
        return f'{self.passed} passed, {self.failed} failed' + (f', {self.skipped} skipped' if self.skipped else '')


def run_suite(build, suite):
    """Runs one suite. Programs that report each case are counted by case, others as one."""
    folder = BUILDS / build
    base = f'testlog-{suite}'
    report = folder / 'meson-logs' / f'{base}.junit.xml'
    report.unlink(missing_ok=True)
    count = Count()
    log = BUILDS / f'{build}-{suite}.log'
    code = command(['meson', 'test', '-C', str(folder), '--no-rebuild', '--suite', suite, '--logbase', base,
                    '--print-errorlogs'], log)
    if not report.exists():
        if 'No suitable tests' not in log.read_text(errors='replace'):
            count.failed += 1
            count.names.append(f'{suite}: no report, see {log}')
        return count
    for program in xml.etree.ElementTree.parse(report).getroot().iter('testsuite'):
        for case in program.iter('testcase'):
            if case.find('failure') is not None or case.find('error') is not None:
                count.failed += 1
                count.names.append(f'{build}/{suite}: {program.get("name")}: {case.get("name")}')
            elif case.find('skipped') is not None:
                count.skipped += 1
                count.names.append(f'{build}/{suite}: {program.get("name")}: {case.get("name")} (skipped)')
            else:
                count.passed += 1
    if code and not count.failed:
        count.failed += 1
        count.names.append(f'{build}/{suite}: a program ended badly, see {log}')
    if count.failed:
        print(textwrap.indent(log.read_text(errors='replace')[-12000:], '    '))
    return count


def main():
    parser = argparse.ArgumentParser(prog='tests/run')
    every = sorted({suite for suites in SUITES.values() for suite in suites} | {'asan'})
    parser.add_argument('suite', nargs='*', choices=[[], *every], help='only these; “asan” for the sanitizers')
    arguments = parser.parse_args()
    BUILDS.mkdir(exist_ok=True)

    start = time.monotonic()
    total = Count()
    for build, suites in SUITES.items():
        if build == 'asan':
            chosen = suites if not arguments.suite or 'asan' in arguments.suite else []
        else:
            chosen = [suite for suite in suites if not arguments.suite or suite in arguments.suite]
        if not chosen:
            continue
        begin = time.monotonic()
        configure(build)
        compile_all(build)
        print(f'{build + " build":<48}{time.monotonic() - begin:>5.0f} s', flush=True)
        for suite in chosen:
            begin = time.monotonic()
            count = run_suite(build, suite)
            total.add(count)
            print(f'  {suite:<10}{str(count):<36}{time.monotonic() - begin:>5.0f} s', flush=True)
    for name in total.names:
        print(name)
    print(f'{time.monotonic() - start:.0f} s in all; logs and pictures in {BUILDS.relative_to(CHECKOUT)}')
    print(total)
    sys.exit(1 if total.failed or not total.passed else 0)


main()
