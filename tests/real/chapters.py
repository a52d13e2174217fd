# SPDX-License-Identifier: GPL-3.0-or-later
"""A story told as a test: one case for each chapter, in order, on some homeserver."""

import unittest

from agent import Agent
from desktop import Desktop
from provider import Provider
from story import Story


class Chapters(unittest.TestCase):
    broken = None

    @classmethod
    def open(cls, homeserver, pictures):
        """Everything the story needs, on a homeserver that is about to start."""
        homeserver = cls.enterClassContext(homeserver)
        agent = cls.enterClassContext(Agent())
        provider = Provider(homeserver, agent)
        desktop = cls.enterClassContext(Desktop())
        cls.story = Story(homeserver, provider, agent, desktop, pictures)
        cls.addClassCleanup(cls.story.app.stop)

    def chapter(self, name):
        # What follows a broken chapter would only repeat its complaint.
        if type(self).broken:
            self.fail(f'not reached: {type(self).broken} failed')
        type(self).broken = name
        getattr(self.story, name)()
        type(self).broken = None
