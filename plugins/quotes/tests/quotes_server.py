"""What the tests of the plugin's tables share: a server with it, names that nobody else has, and the database behind it."""
import os
import random
import string
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, '..', '..', '..'))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'api'))

from client import Client                              # noqa: E402
from quoin_server import BINARY, Server, wait_until    # noqa: E402

PLUGINS = os.path.join(os.path.dirname(BINARY), 'plugins')
NDJSON = {'Content-Type': 'application/x-ndjson'}


def quotes_server(**sets):
    return Server(template=True, **{'server.workers': 2, 'plugins.dir': PLUGINS, 'plugins.load': 'quotes', 'plugins.must_load': 'quotes', **sets})


def with_clients(s):
    s.admin, s.public = Client(s.url, s.token), Client(s.url)
    return s


def word():
    return ''.join(random.choice(string.ascii_lowercase) for _ in range(9))


def person():
    """A name that no other test has."""
    return 'Mara V' + word()


def slug_of(name):
    return name.lower().replace(' ', '-')


def said(words, name, marks='“”'):
    return '%s%s,%s said %s.' % (marks[0], words, marks[1], name)


def publish(house, *paragraphs, at=None, **fields):
    """A published article of these paragraphs, whose quotations are in the tables."""
    fields.setdefault('title', 'A title')
    e, _ = house.admin.create(body=[{'type': 'text', 'text': p} for p in paragraphs], **fields)
    house.admin.publish(e['id'], **({'at': at} if at else {}))
    settled(house)
    return e


def settled(house):
    """The hook has done everything that was committed before: an article made now has come through."""
    name = person()
    e, _ = house.admin.create(title='settled', body=said('This is the last of it', name))
    house.admin.publish(e['id'])
    wait_until(lambda: page(house, '?filter[speaker]=' + slug_of(name)), 30, 'the hook to have done what came before')
    house.admin.transition('/v1/articles/' + e['id'], 'unpublish')


def page(house, query, client=None, path='/v1/quotes'):
    r = (client or house.public).get(path + query)
    assert r.status_code == 200, r.text
    return r.json()['data']


def of_article(house, ref, query='', client=None):
    r = (client or house.public).get('/v1/articles/%s/quotes%s' % (ref, query))
    assert r.status_code == 200, r.text
    return r.json()['data']


def texts(quotes):
    return [q['text'] for q in quotes]


def decide(house, e, quote, client=None, etag=None, **body):
    r = (client or house.admin).patch('/v1/articles/%s/quotes/%s' % (e['id'], quote['id']), body, etag)
    assert r.status_code == 200, r.text
    return r.json()['data']


def change(house, e, **fields):
    r = house.admin.patch('/v1/articles/' + e['id'], fields, '*')
    assert r.status_code == 200, r.text
    return r.json()['data']


def psql(house, sql, *args):
    """What a statement gives, by the role that owns the tables; one row a line, columns by |."""
    r = subprocess.run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', os.path.join(house.data_dir, 'pg'), '-p', '5432', '-U', 'quoin_owner',
                        'quoin', *args, '-c', sql], capture_output=True, text=True, timeout=120)
    assert r.returncode == 0, r.stderr
    return r.stdout.strip()
