# SPDX-License-Identifier: GPL-3.0-or-later
"""First light, as one story: a wallet user asks, support answers, and after a restart everything is still
there. ./tests/demo tells it aloud; test-first-light.py checks it silently. Every step is a check."""

import base64
import pathlib
import re
import time

from agent import problems
from app import TITLE, App
from desktop import wait_until
from provider import ANNOUNCEMENTS, COMPANY, FRAUD
from synapse import files_with

QUESTIONS = ['Hello, my payment of last Tuesday does not arrive.', 'The app shows it as pending since then.']
REPLY = 'Thank you for writing. I can see the delay, it will arrive today.'
OFFLINE = 'Good. I am writing this on the train, without a network.'
LAST = 'It has arrived now.'


class Story:
    def __init__(self, homeserver, provider, agent, desktop, pictures, tell=lambda *_: None):
        self.homeserver = homeserver
        self.provider = provider
        self.agent = agent
        self.desktop = desktop
        self.pictures = pathlib.Path(pictures)
        self.file = provider.write_file(desktop.directory / 'home/example-wallets.json')
        self.app = App(desktop, self.pictures / 'app.log')
        self.app.log.unlink(missing_ok=True)
        # Everyone who is there before the app.
        self.known = set(homeserver.users())
        self._tell = tell
        self._shots = 0

    def tell(self, who, text):
        self._tell(who, text)

    def shot(self, name):
        self._shots += 1
        return self.app.picture(self.pictures / f'{self._shots:02}-{name}.png')

    def begin(self):
        """From the welcome page to the chat, by the user's own file."""
        self.app.start()
        self.app.reader.find('Open Provider File…', 'button')
        self.shot('welcome')
        self.tell('user', f'opens {self.file.name} from the home folder')
        self.app.open_provider(self.file)
        self.app.read(COMPANY, self.provider.support_id, '#news:' + self.homeserver.server_name)
        self.shot('consent')
        check(self.customers() == [], 'an account was made before Start')
        self.tell('app', f'shows who {COMPANY} is and what is not shared; nothing was sent so far')
        self.started = time.monotonic()
        self.app.reader.click('Start')
        self.app.reader.find('Message', 'text box')
        self.tell('user', 'presses Start')

    def ask(self):
        """Two messages before support has joined."""
        for text in QUESTIONS:
            self.app.say(text)
            self.tell('user', text)
        wait_until(lambda: self.homeserver.count_encrypted() >= len(QUESTIONS), lambda: f'two sent messages\n{self.app.reader}')
        self.tell('app', f'has both on the server, encrypted, {time.monotonic() - self.started:.1f} s after Start')
        self.shot('waiting-for-support')

    def answer(self):
        """Support joins later, reads both without a shield, and replies."""
        [invitation] = self.agent.invitations()
        check(invitation['encrypted'], 'support was invited to a room without encryption')
        # By the time a person has read the invitation, their client knows who wrote it.
        self.agent.knows(user=invitation['from'])
        self.room = self.agent.join(room=invitation['room_id'])
        self.tell('support', 'accepts the invitation')
        self.check_agent_reads(QUESTIONS)
        self.tell('support', 'reads both messages: locks, no shields, nothing undecryptable')
        self.agent.mark_read(room=self.room)
        self.app.read('Read by support')
        self.tell('app', 'shows that support has read them')
        self.agent.send(room=self.room, body=REPLY)
        self.tell('support', REPLY)
        self.app.read(REPLY)
        self.shot('chat')
        self.tell('app', 'shows the reply')

    def announcements(self):
        """The provider's three posts are there, the stranger's in the same room is not."""
        self.app.show('Announcements')
        self.app.read(*(line for text in ANNOUNCEMENTS for line in text.splitlines()))
        check(not self.app.sees(FRAUD), 'a stranger’s post is shown as an announcement')
        self.shot('announcements')
        for text in ANNOUNCEMENTS:
            self.tell('news', text.splitlines()[0])
        self.tell('app', 'shows the three; the stranger’s post in the same public room is not among them')
        self.app.show('Chat')

    def restart_without_network(self):
        """The conversation is painted from the disk; what is written now goes out later."""
        self.app.quit()
        self.tell('user', 'quits the app; the network goes away')
        self.homeserver.stop()
        self.app.start()
        self.app.read(*QUESTIONS, REPLY)
        self.tell('app', 'started again without network: the conversation is there')
        self.app.say(OFFLINE)
        self.tell('user', OFFLINE)
        self.shot('offline')

    def come_back(self):
        """The same account in the same room."""
        self.homeserver.start()
        self.tell('app', 'the network is back')
        self.app.say(LAST)
        self.tell('user', LAST)
        self.check_agent_reads([*QUESTIONS, OFFLINE, LAST])
        self.agent.send(room=self.room, body='Glad to hear it. Goodbye!')
        self.app.read('Glad to hear it. Goodbye!')
        self.tell('support', 'Glad to hear it. Goodbye!')
        check(len(self.customers()) == 1, f'{len(self.customers())} accounts instead of one')
        rooms = self.homeserver.encrypted_rooms()
        check(len(rooms) == 1, f'{len(rooms)} encrypted rooms instead of one')
        self.tell('app', 'is still the same account in the same room')
        self.shot('back-online')

    def looks(self):
        """The window in the dark, and as narrow as a phone."""
        self.desktop.dark(True, TITLE)
        self.shot('dark')
        self.desktop.resize(TITLE, 360, 640)
        self.shot('narrow-dark')
        self.desktop.dark(False, TITLE)
        self.shot('narrow')
        self.desktop.resize(TITLE, 1024, 768)
        self.shot('wide')

    def nothing_is_readable(self):
        """Neither the server's database nor the user's disk holds a text; no file holds a key."""
        secrets = self.app.secrets()
        check(secrets, 'the keyring is empty')
        for label in secrets:
            self.tell('keyring', label)
        self.app.quit()
        texts = [*QUESTIONS, REPLY, OFFLINE, LAST]
        # The search itself is proven by what must be there.
        check(files_with(self.homeserver.directory, self.provider.support_id), 'the search finds nothing at all')
        check(any(path.stat().st_size for path in self.app.data.rglob('*.db')), 'the app has no database')
        leaks = files_with(self.homeserver.directory, *texts)
        check(not leaks, f'the server can read messages in {leaks}')
        homes = [self.desktop.environment[name] for name in
                 ('HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR')]
        leaks = [path for home in homes if pathlib.Path(home).exists() for path in files_with(home, *texts)]
        # Beside the app's own data lies the keyring's file; it is encrypted with the user's password.
        leaks += files_with(self.app.data, *texts, *keys(secrets))
        check(not leaks, f'plaintext or keys in {leaks}')
        leaks = files_with(self.pictures, *keys(secrets)) + [
            line for line in self.app.log_text().splitlines() if any(text in line for text in texts)]
        check(not leaks, f'plaintext or keys in the log: {leaks}')
        self.tell('check', 'no message is readable in the server’s database or on the user’s disk, and no key')

    def no_complaint(self):
        check(not self.app.complaints(), 'the app complained:\n' + '\n'.join(self.app.complaints()))
        self.tell('check', 'no warning in the app’s log')

    def tell_all(self):
        for chapter in (self.begin, self.ask, self.answer, self.announcements, self.restart_without_network,
                        self.come_back, self.looks, self.nothing_is_readable, self.no_complaint):
            chapter()

    def customers(self):
        """The accounts that the app made."""
        return [user for user in self.homeserver.users() if user not in self.known]

    def check_agent_reads(self, texts):
        messages = self.agent.expect(room=self.room, bodies=texts)
        check(not problems(messages), f'support sees trouble: {problems(messages)}')
        bodies = [message['body'] for message in messages if message['body'] in texts]
        check(bodies == texts, f'not each message once and in order: {bodies}')


def keys(secrets):
    """The bytes of each secret, however it is written in the keyring. The number that tells an old copy of the store
    lies there too, and is none."""
    for secret in secrets.values():
        if secret.isdecimal():
            continue
        yield secret
        text = re.sub(r'^[a-z0-9]+:', '', secret)
        yield text
        try:
            yield base64.b64decode(text + '=' * (-len(text) % 4), validate=True)
        except ValueError:
            pass


def check(condition, complaint):
    if not condition:
        raise AssertionError(complaint)
