# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds, runs the benchmarks one after the other, and prints one table of what they found."""

import argparse
import json
import pathlib
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / '_build-run/normal'      # that of tests/run
LOG = 'benchmarks'


def quietly(*words):
    done = subprocess.run(words, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace')
    if done.returncode:
        raise SystemExit(f'{done.stdout[-4000:]}\n{words[0]} failed')


def build_all():
    if not (BUILD / 'build.ninja').exists():
        quietly('meson', 'setup', str(BUILD))
    quietly('ninja', '-C', str(BUILD))
    return BUILD


def number(value, unit):
    digits = 0 if value >= 100 or value == int(value) else 1
    text = f'{value:,.{digits}f}'.replace(',', ' ')
    return f'{text} {unit}'.strip()


def row(result):
    """One line of the table; a target that was missed says so."""
    ours, reference, target = result['ours'], result['reference'], result['target']
    ratio = ours / reference if reference else None
    goal, met = '–', True
    if target and result['rule'] == 'ratio-at-most':
        goal, met = f'≤ {target:g}×', ratio <= target
    elif target and result['rule'] == 'ratio-at-least':
        goal, met = f'≥ {target:g}×', ratio >= target
    elif target:
        goal, met = f'≤ {number(target, result["unit"])}', ours <= target
    cells = [result['measure'], number(ours, result['unit']), number(reference, result['unit']) if reference else '–',
             f'{ratio:.2f}×' if ratio else '–', goal if met else f'{goal} (missed)']
    return '| ' + ' | '.join(cells) + ' |'


def main():
    parser = argparse.ArgumentParser(description='Run the benchmarks and print their table')
    parser.add_argument('--build', type=pathlib.Path, help='a build folder that is up to date')
    parser.add_argument('names', nargs='*', help='some of them')
    arguments = parser.parse_args()

    build = arguments.build or build_all()
    log = build / 'meson-logs' / f'{LOG}.json'
    log.unlink(missing_ok=True)
    subprocess.run(['meson', 'test', '-C', str(build), '--benchmark', '--no-rebuild', '--num-processes', '1', '--quiet',
                    '--logbase', LOG, *arguments.names], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    rows, notes, broken = [], [], []
    for line in log.read_text().splitlines():
        benchmark = json.loads(line)
        output = benchmark.get('stdout', '').splitlines()
        rows += [row(json.loads(text.removeprefix('BENCH '))) for text in output if text.startswith('BENCH {')]
        notes += [text.removeprefix('NOTE ') for text in output if text.startswith('NOTE ')]
        if benchmark['result'] != 'OK':
            broken.append(f'{benchmark["name"]} did not end well ({benchmark["result"]}): see {log.with_suffix(".txt")}')

    print('| measure | ours | reference | ratio | target |\n|---|---:|---:|---:|---:|')
    print('\n'.join(rows) + '\n')
    print('\n'.join(f'* {note}' for note in notes + broken))
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main())
