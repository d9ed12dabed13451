import os
import sys
import uuid

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'tests', 'api'))


@pytest.fixture(scope='session')
def site():
    """A server with this plugin, and its clients: site.admin, site.public; site.page(path) reads a page as a browser does."""
    from client import Client
    from quoin_server import BINARY, Server
    import requests

    plugins = os.path.join(os.path.dirname(BINARY), 'plugins')
    # recommend is optional to html, and so it is here.
    load = [name for name in ('recommend', 'html') if os.path.exists(os.path.join(plugins, name + '.so'))]
    with Server(template=True, **{'server.workers': 2, 'plugins.dir': plugins, 'plugins.load': ', '.join(load), 'plugins.must_load': 'html',
                                  'plugin.html.site_name': 'The Carrow <Courier>', 'plugin.html.tag_stories': 2}) as s:
        s.admin, s.public, s.recommends = Client(s.url, s.token), Client(s.url), 'recommend' in load
        session = requests.Session()
        s.page = lambda path, **kw: session.request(kw.pop('method', 'GET'), s.url + path, allow_redirects=False, timeout=20, **kw)
        yield s


@pytest.fixture
def word():
    return 'w' + uuid.uuid4().hex[:12]
