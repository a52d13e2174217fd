# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python end of agent/agent.mjs: a support agent on Element's SDK, one device per object."""

import os
import pathlib

from program import Program

PROGRAM = pathlib.Path(__file__).parent / 'agent/agent.mjs'


class Agent(Program):
    def __init__(self, log=None):
        node = pathlib.Path(os.environ['WALLET_SUPPORT_REAL']) / 'bin/node'
        super().__init__([str(node), str(PROGRAM)], log)


def problems(messages):
    """What a support agent would complain about in these messages: anything without a lock, with a
    shield or without its text. Empty when all is well."""
    return [message for message in messages
            if not message['encrypted'] or message['failure'] or message['shield'] or message['body'] is None]
