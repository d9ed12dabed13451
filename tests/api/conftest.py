import itertools
import os
import sys
import uuid

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from client import Client          # noqa: E402
from quoin_server import Server    # noqa: E402

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'shared')


@pytest.fixture(scope='session')
def server():
    """One server with two workers for all tests that do not break it."""
    with Server(**{'server.workers': 2}) as s:
        yield s


@pytest.fixture(scope='session')
def admin(server):
    return Client(server.url, server.token)


@pytest.fixture(scope='session')
def public(server):
    return Client(server.url)


@pytest.fixture(scope='session')
def as_role(server):
    """as_role('editor') → a client with a new token of that role, each time another person."""
    count = itertools.count()

    def make(role):
        return Client(server.url, server.add_token(role, '%s %d' % (role, next(count))))
    return make


@pytest.fixture
def word():
    """A word that nothing else in the database has."""
    return 'w' + uuid.uuid4().hex[:12]


@pytest.fixture
def shared():
    if not os.path.isdir(SHARED):
        pytest.skip('needs ../shared, which is not beside this checkout')
    return os.path.normpath(SHARED)
