# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that the tests of tests/README.md, § Threats, would notice.

Each entry of guards.toml names a guard by its exact text, what is left without it, and a test. In a copy of the tree
the guard is taken out, what changed is built, the one test runs and has to fail; then the guard is put back. A text
that is not there exactly once is stale, and that is a failure too, like a test that does not exist or a tree that no
longer compiles: nothing would have been proven.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
GUARDS = pathlib.Path(__file__).with_name('guards.toml')
PLACE = CHECKOUT / '_build-run' / 'mutation'
SOURCE = PLACE / 'source'
BUILD = PLACE / 'build'
TIMEOUT = 180


def run(words, **options):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace', **options)


def list_files(tree):
    """Paths of the files that belong to a checkout: no build folders, no history, nothing fetched."""
    for folder, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name not in ('.git', 'node_modules', '__pycache__')
                      and not (folder == str(tree) and name.startswith('_build'))]
        for name in files:
            path = pathlib.Path(folder) / name
            if path.is_file():
                yield path.relative_to(tree)


def copy_tree():
    """Brings the copy to the state of the checkout. Files that are the same keep their time, so little is rebuilt."""
    SOURCE.mkdir(parents=True, exist_ok=True)
    names = set(list_files(CHECKOUT))
    for name in names:
        there, here = CHECKOUT / name, SOURCE / name
        if not here.exists() or here.read_bytes() != there.read_bytes():
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(there, here)
    for name in set(list_files(SOURCE)) - names:
        (SOURCE / name).unlink()


def configure():
    # A guard that is taken out may leave something unused: that is no proof of anything.
    if not (BUILD / 'build.ninja').exists():
        result = run(['meson', 'setup', '-Dwerror=false', str(BUILD), str(SOURCE)])
        if result.returncode:
            raise SystemExit(result.stdout[-4000:] + '\nmeson setup failed')
    result = run(['ninja', '-C', str(BUILD), 'build.ninja'])
    if result.returncode:
        raise SystemExit(result.stdout[-4000:] + '\nthe build cannot be configured anew')


def list_programs():
    result = run(['meson', 'introspect', '--tests', str(BUILD)], check=True)
    return {f'{suite.split(":")[-1]}/{test["name"]}': test for test in json.loads(result.stdout) for suite in test['suite']}


def build(program):
    target = os.path.relpath(program['cmd'][0], BUILD)
    return run(['ninja', '-C', str(BUILD), target])


def run_test(program, name):
    """Whether the one test ran and passed, or None if there is no such test."""
    environment = os.environ | program['env']
    try:
        result = run([*program['cmd'], '-p', name], cwd=program['workdir'] or BUILD, env=environment, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return False
    if result.returncode == 0 and f'ok 1 {name}' not in result.stdout and f'{name}: OK' not in result.stdout.replace(' ', ''):
        return None
    return result.returncode == 0


def judge(guard, programs):
    """One word for what happened."""
    path = SOURCE / guard['file']
    original = path.read_text() if path.exists() else ''
    program_name, test = guard['test'].split(' ')
    if original.count(guard['guard']) != 1:
        return 'STALE'
    if program_name not in programs:
        return 'NO PROGRAM'
    program = programs[program_name]
    try:
        path.write_text(original.replace(guard['guard'], guard['without']))
        if build(program).returncode:
            return 'NO BUILD'
        passed = run_test(program, test)
    finally:
        path.write_text(original)
    return {True: 'SURVIVED', False: 'caught', None: 'NO TEST'}[passed]


def check_tests(guards, programs):
    """Every named test passes while nothing is taken out."""
    bad = []
    for name in sorted({guard['test'] for guard in guards}):
        program_name, test = name.split(' ')
        if program_name not in programs:
            bad.append(f'{name}: no such program')
        elif build(programs[program_name]).returncode:
            bad.append(f'{name}: does not build')
        elif (passed := run_test(programs[program_name], test)) is not True:
            bad.append(f'{name}: ' + ('fails as it is' if passed is False else 'no such test'))
    return bad


def main():
    parser = argparse.ArgumentParser(prog='tests/mutate')
    parser.add_argument('threat', nargs='*', type=int, help='only the guards against these')
    parser.add_argument('--stale', action='store_true', help='only see whether every text is there, without building')
    arguments = parser.parse_args()
    guards = tomllib.loads(GUARDS.read_text())['guard']
    guards = [guard for guard in guards if not arguments.threat or guard['threat'] in arguments.threat]

    if arguments.stale:
        stale = [guard for guard in guards if (CHECKOUT / guard['file']).read_text().count(guard['guard']) != 1]
        for guard in stale:
            print(f'STALE {guard["threat"]} {guard["file"]}: {guard["guard"]}')
        print(f'{len(guards)} guards: {len(stale)} stale')
        return 1 if stale else 0

    copy_tree()
    configure()
    programs = list_programs()
    bad = check_tests(guards, programs)
    for line in bad:
        print(line)
    if bad:
        return 1

    caught = 0
    for guard in sorted(guards, key=lambda guard: guard['threat']):
        verdict = judge(guard, programs)
        caught += verdict == 'caught'
        print(f'{guard["threat"]:>4}  {verdict:<11}{guard["test"].split(" ")[1]:<60}{guard["what"]}', flush=True)
    print(f'{caught} of {len(guards)} guards are missed when they are gone')
    return 0 if caught == len(guards) else 1


sys.exit(main())
