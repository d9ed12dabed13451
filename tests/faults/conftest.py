"""Faults: what is left when processes are killed, stopped, started twice or configured wrongly. Each test that breaks a server badly
has one of its own; the others share one a file."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))

from quoin_server import Server  # noqa: E402


@pytest.fixture(scope="module")
def server():
    """One server for the tests of a file, which leave it running."""
    with Server(template=True, server__workers=2) as s:
        yield s


@pytest.fixture
def own():
    """own(**sets): a server of the test's own, not started; cleared away whatever happens. own(template=False): with nothing made yet."""
    made = []

    def make(*args, **kw):
        kw.setdefault("template", True)
        made.append(Server(*args, **kw))
        return made[-1]
    yield make
    for s in made:
        s.close()
