#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file with words for the user is listed for translators, and nothing else is; only the screens have words."""

import pathlib
import re
import sys

SOURCE = pathlib.Path(sys.argv[1])
MARK = re.compile(r'\b(?:_|C_|N_|NC_|ngettext) ?\("')

listed = {line for line in (SOURCE / 'po' / 'POTFILES.in').read_text().split('\n') if line and line[0] != '#'}
marked = set()
for path in (SOURCE / 'src').rglob('*'):
    if path.suffix in ('.c', '.blp') and MARK.search(re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.S)):
        marked.add(str(path.relative_to(SOURCE)))

problems = [f'{name}: has words and is not listed' for name in sorted(marked - listed)]
problems += [f'{name}: is listed and has no words' for name in sorted(listed - marked) if name.startswith('src/')]
problems += [f'{name}: is listed and does not exist' for name in sorted(listed) if not (SOURCE / name).exists()]
problems += [f'{name}: has words outside the screens' for name in sorted(marked) if not name.startswith('src/ui/')]

for problem in problems:
    print('FAIL', problem)
print(f'{len(listed)} files listed: {len(problems)} failures')
sys.exit(1 if problems else 0)
