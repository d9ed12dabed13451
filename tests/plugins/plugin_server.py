"""Servers with fixture plugins."""
import os

from quoin_server import BINARY, Server

FIXTURES = os.path.join(os.path.dirname(BINARY), 'fixtures')


def plugin_server(*load, **sets):
    """A server with these fixture plugins. What they are made to die of is theirs: a sanitizer would take a crash for a finding."""
    env = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':handle_segv=0:handle_abort=0:allow_user_segv_handler=1'}
    return Server(template=True, env=env, **{'plugins.dir': FIXTURES, 'plugins.load': ', '.join(load), **sets})
