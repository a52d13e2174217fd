#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main flow on another homeserver than Synapse: what works on one only is not Matrix. Dendrite has no registration
tokens and no `state_after` in sync, and says of few features that it has them."""

import os
import pathlib

import tap
from chapters import Chapters
from second_homeserver import Dendrite


class SecondHomeserver(Chapters):
    @classmethod
    def setUpClass(cls):
        pictures = pathlib.Path(os.environ['WALLET_SUPPORT_PICTURES']) / 'second-homeserver'
        pictures.mkdir(parents=True, exist_ok=True)
        cls.open(Dendrite(), pictures)

    def test_1_provider_file_and_consent(self):
        self.chapter('begin')

    def test_2_two_messages_before_support_joins(self):
        self.chapter('ask')

    def test_3_support_reads_both_and_replies(self):
        self.chapter('answer')

    def test_4_announcements_without_the_stranger(self):
        self.chapter('announcements')

    def test_5_restart_without_network(self):
        self.chapter('restart_without_network')

    def test_6_same_room_and_account_with_network(self):
        self.chapter('come_back')

    def test_7_nothing_is_readable_at_rest(self):
        self.chapter('nothing_is_readable')

    def test_8_no_warning_in_the_log(self):
        self.chapter('no_complaint')


if __name__ == '__main__':
    tap.main()
