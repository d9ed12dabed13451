"""[cache] purge_urls: what changes is purged in the caches in front, by its key, again after the bound, and nobody waits for them."""
import http.server
import json
import os
import signal
import socket
import threading
import time

import pytest

from client import Client
from quoin_server import Server, wait_until
from test_http_proxies import free_port, varnish


class Front:
    """Varnish on a port that is known before it runs."""

    def __init__(self, behind):
        self.behind, self.proxy = behind, None

    def __enter__(self):
        self.proxy = varnish(self.behind, self.behind.front_port).__enter__()
        return self

    def __exit__(self, *_):
        if self.proxy:
            self.proxy.__exit__()
        self.proxy = None

    def look(self, path):
        """("hit" or "miss", the data or the status)"""
        status, headers, body = self.proxy.request('GET', path)
        return headers['X-Cache'], json.loads(body)['data'] if status == 200 else status


def origin(port, **sets):
    s = Server(**{'server.workers': 2, 'server.trusted_proxies': '127.0.0.1, ::1', 'log.level': 'debug', 'plugins.load': '',
                  'cache.purge_urls': 'http://127.0.0.1:%d/' % port, **sets})
    s.front_port = port
    return s


@pytest.fixture
def pair():
    with origin(free_port()) as s, Front(s) as front:
        rest(s, ': types')  # what is purged at the start
        yield s, front


def published(c, title):
    d, _ = c.create(title=title)
    c.publish(d['id'])
    return d['id'], '/v1/articles/' + d['id']


def retitle(c, entry, title):
    d, etag = c.draft(entry)
    assert c.patch('/v1/articles/' + entry, {'title': title}, etag).status_code == 200


def purges(s, key, again):
    return sum(key in line and ('once more:' in line) == again for line in s.log().splitlines() if ' purged at ' in line)


def rest(s, key):
    """Both purges that a change brings about are over."""
    wait_until(lambda: purges(s, key, True), 20, 'the second purge of ' + key)


def test_what_is_published_is_purged_by_its_key_and_nothing_else(pair):
    s, front = pair
    c = Client(s.url, s.token)
    (entry, page), (_, other) = published(c, 'Before'), published(c, 'Other')
    rest(s, other[-36:])
    kept = (page, other, '/v1/articles')
    for path in kept:
        wait_until(lambda: front.look(path)[0] == 'hit', 10, path)
    retitle(c, entry, 'After')
    time.sleep(0.5)  # time for a purge that must not come
    assert [front.look(path)[0] for path in kept] == ['hit'] * 3, 'a working copy is in nothing that is kept'
    c.publish(entry)
    wait_until(lambda: front.look(page)[1]['title'] == 'After', 10, 'the new title')
    wait_until(lambda: 'After' in [x['title'] for x in front.look('/v1/articles')[1]], 10, 'the new list')
    assert front.look(other)[0] == 'hit'
    rest(s, entry)
    assert c.transition(page, 'unpublish').status_code == 200
    wait_until(lambda: front.look(page)[1] == 404, 10, 'it to be gone')


def test_the_lists_of_tags_and_of_types_are_purged_too(pair):
    s, front = pair
    c = Client(s.url, s.token)
    entry, _ = c.create(title='Tagged', tags=['harbour'])
    for path in ('/v1/tags', '/v1/types', '/v1/types/article'):
        wait_until(lambda: front.look(path)[0] == 'hit', 10, path)
    assert front.look('/v1/tags') == ('hit', [])
    c.publish(entry['id'])
    wait_until(lambda: [(t['slug'], t['count']) for t in front.look('/v1/tags')[1]] == [('harbour', 1)], 10, 'the tag')
    rest(s, entry['id'])
    assert c.post('/v1/types', {'name': 'note', 'collection': 'notes', 'fields': [{'name': 'title', 'kind': 'string'}]}).status_code == 201
    wait_until(lambda: 'note' in [t['name'] for t in front.look('/v1/types')[1]], 10, 'the type')


@pytest.mark.parametrize('path', ['/v1/articles/later/revisions', '/v1/types/later', '/v1/later'])
def test_that_there_is_nothing_is_not_kept_where_no_key_would_purge_it(pair, path):
    _, front = pair
    assert [front.look(path) for _ in range(3)] == [('miss', 404)] * 3


class Gateway:
    """Between a cache and the origin: passes bytes on, and holds answers back while `open` is not set."""

    def __init__(self, behind):
        self.behind, self.open, self.held = behind, threading.Event(), threading.Event()
        self.open.set()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.hostport = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            far = self.behind.connect()
            threading.Thread(target=self.passes, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self.passes, args=(far, near, True), daemon=True).start()

    def passes(self, a, b, is_answer):
        try:
            while data := a.recv(65536):
                if is_answer and not self.open.is_set():
                    self.held.set()
                    self.open.wait(60)
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_an_answer_that_comes_in_behind_the_purge_is_purged_again():
    with origin(free_port()) as s:
        gateway = Gateway(s)
        gateway.front_port = s.front_port
        with Front(gateway) as front:
            c = Client(s.url, s.token)
            rest(s, ': types')  # what is purged at the start
            entry, page = published(c, 'Before')
            rest(s, entry)
            before = purges(s, entry, False)
            gateway.open.clear()
            asking = threading.Thread(target=front.look, args=(page,))
            asking.start()
            assert gateway.held.wait(20)  # the old answer is made, and under way to Varnish
            retitle(c, entry, 'After')
            c.publish(entry)
            wait_until(lambda: purges(s, entry, False) > before, 10, 'the first purge')
            gateway.open.set()
            asking.join(20)
            wait_until(lambda: front.look(page)[1]['title'] == 'After', 20, 'the second purge')


def test_a_cache_that_is_away_holds_nobody_up_and_has_nothing_old_when_it_is_back():
    port = free_port()
    with origin(port) as s:
        c = Client(s.url, s.token)
        entry, page = published(c, 'Before')
        wait_until(lambda: 'could not be purged' in s.log(), 20, 'a line that says so')
        with Front(s) as front:
            wait_until(lambda: 'takes purges again' in s.log(), 30, 'a line that says so')
            assert front.look(page)[1]['title'] == 'Before'
            rest(s, 'types')
            wait_until(lambda: front.look(page)[0] == 'hit', 10, 'it to be kept')
            for pid in [front.proxy.process.pid, *children_of(front.proxy.process.pid)]:
                os.kill(pid, signal.SIGSTOP)  # it takes connections, and does not answer
            try:
                for i in range(5):
                    retitle(c, entry, 'After %d' % i)
                    c.publish(entry)
                    assert c.get(page).json()['data']['title'] == 'After %d' % i
            finally:
                for pid in [*children_of(front.proxy.process.pid), front.proxy.process.pid]:
                    os.kill(pid, signal.SIGCONT)
            wait_until(lambda: front.look(page)[1]['title'] == 'After 4', 30, 'the purges that it missed')


def children_of(pid):
    with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
        return [int(p) for p in f.read().split()]


class Recorder(http.server.BaseHTTPRequestHandler):
    """A cache that writes down what it is told."""
    protocol_version = 'HTTP/1.1'

    def do_PURGE(self):
        self.server.told.append(self.headers['Surrogate-Key'])
        self.send_response(self.server.status)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def recorder():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Recorder)
    server.told, server.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_what_a_cache_refuses_is_told_again_and_what_came_meanwhile_with_it(recorder):
    with origin(recorder.server_port) as s:
        c = Client(s.url, s.token)
        wait_until(lambda: 'types' in recorder.told, 10, 'the purge of everything at the start')
        recorder.status = 503
        entries = [published(c, 'One of them')[0] for _ in range(20)]
        wait_until(lambda: 'it answered 503' in s.log(), 10, 'a line that says so')
        recorder.told.clear()
        recorder.status = 200
        wait_until(lambda: all(any('entry:' + e in keys for keys in recorder.told) for e in entries), 20, 'all of them')
        assert all(keys.split().count('type:article') <= 1 for keys in recorder.told)


def test_a_killed_listener_purges_everything_when_it_is_back(recorder):
    with origin(recorder.server_port) as s:
        wait_until(lambda: recorder.told.count('types') == 2, 20, 'the purge at the start, and that again')
        os.kill(s.pid_of('listener'), signal.SIGKILL)
        wait_until(lambda: recorder.told.count('types') >= 3, 20, 'the one of the new listener')


def test_the_last_writes_are_purged_before_the_server_is_gone(recorder):
    with origin(recorder.server_port) as s:
        c = Client(s.url, s.token)
        wait_until(lambda: 'types' in recorder.told, 10, 'the purge at the start')
        entry, _ = published(c, 'The last one')
        s.stop()
        assert any('entry:' + entry in keys for keys in recorder.told)


@pytest.mark.parametrize('url', ['varnish:6081', 'http://', 'ftp://front/', 'http://me:secret@front/', 'http:///x'])
def test_an_address_that_is_none_is_refused_at_the_start(url):
    s = Server(**{'cache.purge_urls': url})
    try:
        r = s.run('config', 'check')
        assert r.returncode == 2 and 'purge_urls' in r.stderr and 'http://127.0.0.1:6081/' in r.stderr
    finally:
        s.close()
