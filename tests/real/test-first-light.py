#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of the demo as a test: one case for each chapter, in order."""

import os
import pathlib

import tap
from chapters import Chapters
from synapse import Synapse


class FirstLight(Chapters):
    @classmethod
    def setUpClass(cls):
        cls.open(Synapse(registration_token=True), pathlib.Path(os.environ['WALLET_SUPPORT_PICTURES']))

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

    def test_7_dark_and_narrow(self):
        self.chapter('looks')

    def test_8_nothing_is_readable_at_rest(self):
        self.chapter('nothing_is_readable')

    def test_9_no_warning_in_the_log(self):
        self.chapter('no_complaint')


if __name__ == '__main__':
    tap.main()
