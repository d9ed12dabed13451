import os
import sys
import uuid

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'api'))

from client import Client                  # noqa: E402
from quoin_server import BINARY, Server    # noqa: E402

FIXTURES = os.path.join(os.path.dirname(BINARY), 'fixtures')


def plugin_server(*load, **sets):
    """A server with these fixture plugins. What they are made to die of is theirs: a sanitizer would take a crash for a finding."""
    env = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':handle_segv=0:handle_abort=0:allow_user_segv_handler=1'}
    return Server(template=True, env=env, **{'plugins.dir': FIXTURES, 'plugins.load': ', '.join(load), **sets})


@pytest.fixture(scope='session')
def fixtures():
    return FIXTURES


@pytest.fixture(scope='session')
def server():
    """One server with everything that does no harm."""
    with plugin_server('http', 'reads', 'guards', 'tables', 'needy', 'future', **{'server.workers': 2}) as s:
        yield s


@pytest.fixture(scope='session')
def admin(server):
    return Client(server.url, server.token)


@pytest.fixture(scope='session')
def public(server):
    return Client(server.url)


@pytest.fixture(scope='session')
def as_role(server):
    def make(role):
        return Client(server.url, server.add_token(role, 'plugin ' + role))
    return make


@pytest.fixture
def word():
    return 'w' + uuid.uuid4().hex[:12]
