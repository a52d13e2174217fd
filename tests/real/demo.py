# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: the story told aloud on a virtual screen or, on a real one, a window to try for oneself."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from agent import Agent
from provider import COMPANY, Provider
from synapse import Synapse


def tell(who, text):
    print(f'{who:>10}  {text}', flush=True)


def on_virtual_screen(synapse, provider, agent, pictures):
    from desktop import Desktop
    from story import Story
    with Desktop() as desktop:
        story = Story(synapse, provider, agent, desktop, pictures, tell)
        try:
            story.tell_all()
        except BaseException:
            if story.app.running:
                story.shot('trouble')
                print(story.app.reader)
            print(f'The app’s log is {story.app.log}')
            raise
        finally:
            story.app.stop()
    print(f'\nPictures: {pictures}')
    for picture in sorted(pictures.glob('*.png')):
        print(f'  {picture.name}')


def on_real_screen(synapse, provider, agent, pictures):
    """The window stays open; the agent joins by itself and answers each message. Settings, data and the
    keyring are private to the demo."""
    agent.echo(reply='Support here. You wrote: {}')
    with tempfile.TemporaryDirectory(prefix='demo-') as home:
        path = provider.write_file(pathlib.Path(home) / 'example-wallets.json')
        print(f'Homeserver {synapse.base_url}, support {provider.support_id}\n'
              f'In the window: Start, then write. Support joins and answers. Closing the window ends the demo.\n'
              f'To begin at the welcome page instead, open {path} there.', flush=True)
        environment = {
            **os.environ,
            'HOME': home,
            'XDG_DATA_HOME': home + '/data',
            'XDG_CONFIG_HOME': home + '/config',
            'XDG_CACHE_HOME': home + '/cache',
            'GSETTINGS_BACKEND': 'keyfile',
        }
        # The same bus for the app and a keyring of its own, which is unlocked as at log-in.
        script = 'printf demo | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec "$@"'
        with open(pictures / 'app.log', 'wb') as log:
            return subprocess.run(['dbus-run-session', '--', 'sh', '-c', script, 'sh',
                                   os.environ['WALLET_SUPPORT_PROGRAM'], str(path)],
                                  env=environment, stdout=log, stderr=log).returncode


def main():
    parser = argparse.ArgumentParser(prog='tests/demo')
    parser.add_argument('--virtual', action='store_true', help='even if there is a screen')
    parser.add_argument('--pictures', required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    real_screen = not arguments.virtual and bool(os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY'))

    arguments.pictures.mkdir(parents=True, exist_ok=True)
    for old in arguments.pictures.glob('*.png'):
        old.unlink()
    tell('setting', 'a private Synapse on loopback')
    with Synapse(registration_token=True) as synapse, Agent() as agent:
        provider = Provider(synapse, agent)
        tell('setting', f'{COMPANY} with support on Element’s SDK (signed devices only) and a public room of '
                        'announcements, in which a stranger posts too')
        if real_screen:
            sys.exit(on_real_screen(synapse, provider, agent, arguments.pictures))
        on_virtual_screen(synapse, provider, agent, arguments.pictures)


if __name__ == '__main__':
    main()
