import os
import sys
import uuid

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'api')]

from client import Client                  # noqa: E402
from plugin_server import plugin_server    # noqa: E402


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
