"""The sample configurations of config/, each run by the real program in front of a real Quoin; listeners of every kind."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import uuid

import pytest

from client import Client
from quoin_server import ROOT, Server, remove_tree, wait_until


def program(name):
    """Its path. What CI lacks fails there; elsewhere it is a skip that is seen."""
    path = shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/usr/local/sbin')
    if not path:
        missing = '%s is not installed: make deps-test' % name
        pytest.fail(missing) if os.environ.get('CI') else pytest.skip(missing)
    return path


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(('127.0.0.1', port), 1):
            return True
    except OSError:
        return False


class Proxy:
    """A program with a sample of config/ whose addresses were changed for the test, and nothing else."""

    def __init__(self, sample, changes, wrap, command, port=None):
        self.port = port or free_port()
        self.top = tempfile.mkdtemp(prefix='quoin-proxy-', dir=os.environ.get('TMPDIR', '/tmp'))
        os.chmod(self.top, 0o755)
        with open(os.path.join(ROOT, 'config', sample), encoding='utf-8') as f:
            text = f.read()
        for old, new in changes:
            assert old in text, '%s has no "%s"' % (sample, old)
            text = text.replace(old, new.replace('PORT', str(self.port)))
        self.config = os.path.join(self.top, sample)
        with open(self.config, 'w', encoding='utf-8') as f:
            f.write(wrap(self, text) if wrap else text)
        self.log_path = os.path.join(self.top, 'log')
        self.log = open(self.log_path, 'wb')
        self.process = subprocess.Popen([a.replace('PORT', str(self.port)).replace('TOP', self.top).replace('CONFIG', self.config)
                                         for a in command], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, cwd=self.top)

    def __enter__(self):
        def ready():
            assert self.process.poll() is None, self.output()
            return answers(self.port)
        try:
            wait_until(ready, 30, 'the proxy to listen')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        remove_tree(self.top)

    def output(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as f:
            return f.read()

    @property
    def url(self):
        return 'http://127.0.0.1:%d' % self.port

    def request(self, method, path, body=None, headers=None):
        # From another address than the proxy's own, which is trusted.
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=20, source_address=('127.0.0.2', 0))
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()


@pytest.fixture(scope='module')
def origin():
    with Server(**{'server.workers': 1, 'server.trusted_proxies': '127.0.0.1, ::1', 'log.access': 'on', 'log.format': 'json'}) as s:
        yield s


def nginx(origin):
    def wrap(proxy, text):
        return ('daemon off; pid TOP/pid; error_log stderr warn; events { }\n'
                'http { access_log off; client_body_temp_path TOP/b; proxy_temp_path TOP/p; fastcgi_temp_path TOP/f; '
                'uwsgi_temp_path TOP/u; scgi_temp_path TOP/s;\n').replace('TOP', proxy.top) + text + '}\n'
    return Proxy('nginx.conf', [('server 127.0.0.1:8080 max_fails=0;', 'server %s max_fails=0;' % origin.address),
                                ('    listen 80;\n', '    listen 127.0.0.1:PORT;\n'), ('    listen [::]:80;\n', '')],
                 wrap, [program('nginx'), '-e', 'stderr', '-p', 'TOP', '-c', 'CONFIG'])


def haproxy(origin):
    return Proxy('haproxy.cfg', [('server node1 127.0.0.1:8080 check inter 2s', 'server node1 %s check inter 100ms' % origin.address),
                                 ('bind :80\n', 'bind 127.0.0.1:PORT\n'), ('    bind :::80 v6only\n', '')],
                 None, [program('haproxy'), '-db', '-f', 'CONFIG'])


def varnish(origin, port_here=None):
    host, port = origin.hostport
    return Proxy('varnish.vcl', [('.host = "127.0.0.1";', '.host = "%s";' % host), ('.port = "8080";', '.port = "%d";' % port)],
                 None, [program('varnishd'), '-F', '-j', 'none', '-n', 'TOP/work', '-f', 'CONFIG', '-a', '127.0.0.1:PORT', '-s',
                        'malloc,16M', '-T', 'none', '-p', 'thread_pool_min=10'], port_here)


@pytest.fixture(scope='module', params=[nginx, haproxy, varnish], ids=lambda p: p.__name__)
def proxy(request, origin):
    with request.param(origin) as p:
        yield p


def peer_of(origin, request_id):
    def found():
        for line in origin.log().splitlines():
            if '"%s"' % request_id in line and '"message":"request"' in line:
                return json.loads(line)['peer']
        return None
    return wait_until(found, 10, 'the log line of ' + request_id)


# ---- what holds behind each of them -------------------------------------------------------------------------------

def test_reading_and_writing_work_through_it(proxy, origin):
    c = Client(proxy.url, origin.token)
    data, etag = c.create(title='Through ' + uuid.uuid4().hex)
    assert c.patch('/v1/articles/' + data['id'], {'summary': 'x'}, etag).status_code == 200
    c.publish(data['id'])
    r = Client(proxy.url).get('/v1/articles/' + data['slug'])
    assert r.status_code == 200 and r.json()['data']['summary'] == 'x' and r.headers['ETag']
    r = Client(proxy.url).get('/v1/articles/' + data['slug'], headers={'If-None-Match': r.headers['ETag']})
    assert r.status_code == 304
    assert Client(proxy.url).get('/v1/articles?nonsense=1').status_code == 400


def test_the_client_is_the_one_that_the_proxy_saw(proxy, origin):
    forged = [{}, {'X-Forwarded-For': '6.6.6.6'}, {'Forwarded': 'for=6.6.6.6'}, {'X-Forwarded-For': '6.6.6.6', 'Forwarded': 'for=6.6.6.6'}]
    for headers in forged:
        request_id = 'peer-' + uuid.uuid4().hex
        status, _, _ = proxy.request('GET', '/healthz', headers={**headers, 'X-Request-Id': request_id})
        assert status == 200
        assert peer_of(origin, request_id) == '127.0.0.2', headers


def test_a_body_reaches_it_in_chunks_and_unbuffered(proxy, origin):
    def pieces():
        yield b'{"title":"Chunked '
        for _ in range(100):
            yield b'x'
        yield b'"}'
    c = Client(proxy.url, origin.token)
    r = c.request('POST', '/v1/articles', data=pieces(), headers={'Content-Type': 'application/json'})
    assert r.status_code == 201


def test_refusals_keep_their_own_words(proxy, origin):
    # A connection of its own: one whose body was not wanted may be closed behind its answer.
    c = Client(proxy.url, origin.token)
    assert c.request('POST', '/v1/articles', data=b'x' * 2000000, headers={'Content-Type': 'application/json'}).status_code == 413
    c = Client(proxy.url, origin.token)
    assert c.request('POST', '/v1/articles', data='<x/>', headers={'Content-Type': 'text/xml'}).status_code == 415
    assert c.get('/v1/nowhere').status_code == 404


# ---- Varnish keeps and purges -------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def cache(origin):
    with varnish(origin) as p:
        yield p


def settle(cache, *paths):
    """An answer that raced with what its node heard of the publication is for no cache; then Varnish forgets it again."""
    for path in paths:
        wait_until(lambda path=path: cache.request('GET', path)[1]['X-Cache'] == 'hit', 10, 'an answer that may be kept')
        assert cache.request('PURGE', path)[0] == 200


def test_varnish_keeps_public_answers_and_no_others(cache, origin):
    c = Client(origin.url, origin.token)
    data, _ = c.create(title='Kept ' + uuid.uuid4().hex)
    c.publish(data['id'])
    path = '/v1/articles/' + data['id']
    settle(cache, path)
    first, second = cache.request('GET', path), cache.request('GET', path)
    assert (first[1]['X-Cache'], second[1]['X-Cache']) == ('miss', 'hit') and first[2] == second[2]
    assert 'Surrogate-Key' not in second[1]
    mine = cache.request('GET', path + '?version=draft', headers={'Authorization': 'Bearer ' + origin.token})
    assert mine[0] == 200 and mine[1]['X-Cache'] == 'miss'
    assert cache.request('GET', path + '?version=draft')[0] in (401, 403, 404)


def test_varnish_forgets_by_key_and_by_address(cache, origin):
    c = Client(origin.url, origin.token)
    a, _ = c.create(title='One ' + uuid.uuid4().hex)
    b, _ = c.create(title='Other ' + uuid.uuid4().hex)
    for x in (a, b):
        c.publish(x['id'])
    paths = ['/v1/articles/' + x['id'] for x in (a, b)]
    settle(cache, *paths)

    def looks():
        return [cache.request('GET', p)[1]['X-Cache'] for p in paths]
    assert looks() == ['miss', 'miss'] and looks() == ['hit', 'hit']
    assert cache.request('PURGE', '/', headers={'Surrogate-Key': 'entry:' + a['id']})[0] == 200
    assert looks() == ['miss', 'hit']
    assert cache.request('PURGE', '/', headers={'Surrogate-Key': 'entry:%s entry:%s' % (a['id'], b['id'])})[0] == 200
    assert looks() == ['miss', 'miss']
    assert cache.request('PURGE', paths[1])[0] == 200
    assert looks() == ['hit', 'miss']
    assert cache.request('PURGE', '/', headers={'Surrogate-Key': '.*'})[0] == 400
    assert cache.request('PURGE', '/', headers={'Surrogate-Key': 'entry:' + a['id'][:-1]})[0] == 200  # no key of anything
    assert looks() == ['hit', 'hit']


# ---- listeners ----------------------------------------------------------------------------------------------------

def ask(family, address, request_id, extra=''):
    with socket.socket(family) as s:
        s.settimeout(10)
        s.connect(address)
        s.sendall(('GET /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: %s\r\n%sConnection: close\r\n\r\n' % (request_id, extra)).encode())
        answer = b''
        while True:
            piece = s.recv(65536)
            if not piece:
                return answer
            answer += piece


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(('::1', 0))
        return True
    except OSError:
        return False


def test_several_listeners_of_every_kind():
    folder = tempfile.mkdtemp(prefix='q', dir='/tmp')
    os.chmod(folder, 0o777)
    path = os.path.join(folder, 's')
    listen = ['127.0.0.1:0', '127.0.0.1:0', 'unix:' + path] + (['[::1]:0'] if has_ipv6() else [])
    try:
        with Server(**{'server.workers': 1, 'server.listen': ', '.join(listen), 'server.trusted_proxies': 'unix, ::1', 'log.access': 'on',
                       'log.format': 'json'}) as s:
            addresses = s.addresses()
            assert len(addresses) == len(listen)
            said = 'X-Forwarded-For: 192.0.2.7\r\n'
            for n, a in enumerate(addresses):
                if a.startswith('unix:'):
                    family, address, plain, trusted = socket.AF_UNIX, a[5:], 'unix', '192.0.2.7'
                elif a.startswith('['):
                    host, _, port = a.rpartition(':')
                    family, address, plain, trusted = socket.AF_INET6, (host.strip('[]'), int(port)), '::1', '192.0.2.7'
                else:
                    host, _, port = a.rpartition(':')
                    family, address, plain, trusted = socket.AF_INET, (host, int(port)), '127.0.0.1', '127.0.0.1'
                assert ask(family, address, 'plain-%d' % n).startswith(b'HTTP/1.1 200')
                assert ask(family, address, 'said-%d' % n, said).startswith(b'HTTP/1.1 200')
                assert peer_of(s, 'plain-%d' % n) == plain
                assert peer_of(s, 'said-%d' % n) == trusted
        assert not os.path.exists(path)
    finally:
        remove_tree(folder)
    if not has_ipv6():
        pytest.skip('the other listeners passed; this machine has no IPv6')
