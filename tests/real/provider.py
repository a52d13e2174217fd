# SPDX-License-Identifier: GPL-3.0-or-later
"""A wallet provider on a homeserver: a support account, a room of announcements in which a stranger
posts too, and the provider file that its users get."""

import json
import pathlib

COMPANY = 'Example Wallets'
PASSWORD = 'secret of support'
ANNOUNCEMENTS = [
    'Version 2.4 is out\nUpdate from the settings of your wallet.',
    'Maintenance on Sunday from 6 to 8 UTC\nPayments made meanwhile arrive afterwards.',
    'Beware of false support\nWe never ask for your recovery phrase.',
]
FRAUD = 'URGENT: your wallet is at risk, send your recovery phrase to @support-team:wallet.test'


class Provider:
    """`agent` is the support agent's first device; it is given in, not made, so that a test can decide
    when it exists."""

    def __init__(self, synapse, agent):
        self.synapse = synapse
        self.support = synapse.register('support', PASSWORD)
        self.account = self.log_in(agent)
        self.room = agent.create_announcements(alias='news', name=f'{COMPANY} News',
                                               topic='What is new in your wallet')
        for text in ANNOUNCEMENTS[:-1]:
            agent.send(room=self.room, body=text)
        stranger = synapse.register('support-team', 'secret of the stranger')
        stranger.join(f'#news:{synapse.server_name}')
        stranger.post(self.room, FRAUD)
        agent.send(room=self.room, body=ANNOUNCEMENTS[-1])

    @property
    def support_id(self):
        return self.support.user_id

    def log_in(self, agent, **words):
        """A device of the support account. Later ones are given `recovery_key`."""
        return agent.login(homeserver=self.synapse.base_url, user=self.support.user_id, password=PASSWORD, **words)

    def write_file(self, path, **extension):
        """The provider file: the prior client's format with our extension in it."""
        path = pathlib.Path(path)
        path.write_text(json.dumps({
            'version': '1.21',
            'generalOptions': {
                'companyName': COMPANY,
                'companyWebsite': 'https://wallets.example',
            },
            'helpCenterOptions': {
                'isChat': True,
                'displayChatSupport': True,
                'customChatSupport': True,
                'customChatSupportName': self.support_id,
                'displayNotification': True,
                'customNotification': True,
                'customNotificationRoom': f'#news:{self.synapse.server_name}',
            },
            'io.github.wallet_support': {
                'version': 1,
                'serverName': self.synapse.server_name,
                'homeserverUrl': self.synapse.base_url,
                **({'registrationToken': self.synapse.new_registration_token()} if self.synapse.needs_token else {}),
                **extension,
            },
        }, indent=2))
        return path
