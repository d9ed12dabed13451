"""Every limit of [server] on the whole server, each with the status that is its own."""
import re
import socket
import time

import pytest

from quoin_server import Server, wait_until

HEAD = b'GET /healthz HTTP/1.1\r\nHost: a\r\n'


@pytest.fixture(scope='module')
def small():
    """A server whose limits are within a test's reach."""
    with Server(**{'server.workers': 1, 'server.max_headers': 10, 'server.max_header_bytes': 2000, 'server.max_uri_bytes': 100,
                   'server.max_body_bytes': 1000, 'server.max_requests_per_connection': 3, 'server.max_pipelined': 4,
                   'server.header_timeout_ms': 500, 'server.body_timeout_ms': 500, 'server.idle_timeout_ms': 800}) as s:
        yield s


def read_all(s):
    answer = b''
    while True:
        piece = s.recv(65536)
        if not piece:
            return answer
        answer += piece


def exchange(server, data, then=b''):
    with server.connect(20) as s:
        s.sendall(data)
        return read_all(s)


def statuses(answer):
    return [int(status) for status in re.findall(rb'HTTP/1\.1 (\d{3}) ', answer)]


POST = b'POST /v1/articles HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
CASES = {
    'too many fields': (HEAD + b''.join(b'X-%d: a\r\n' % n for n in range(10)) + b'\r\n', 431),
    'as many fields as may be': (HEAD + b''.join(b'X-%d: a\r\n' % n for n in range(8)) + b'Connection: close\r\n\r\n', 200),
    'too large a head': (HEAD + b'X: ' + b'a' * 2000 + b'\r\n\r\n', 431),
    'a head without end': (HEAD + b'X: ' + b'a' * 100000, 431),
    'too long a target': (b'GET /' + b'a' * 100 + b' HTTP/1.1\r\nHost: a\r\n\r\n', 414),
    'too long a query': (b'GET /healthz?' + b'a' * 101 + b' HTTP/1.1\r\nHost: a\r\n\r\n', 414),
    'a target without end': (b'GET /' + b'a' * 100000, 414),
    'too large a body': (POST + b'Content-Length: 1001\r\n\r\n' + b'x' * 1001, 413),
    'a body that would be': (POST + b'Content-Length: 99999999999999999999999\r\n\r\n', 413),
    'chunks that are too much': (POST + b'Transfer-Encoding: chunked\r\n\r\n' + b'64\r\n' + b'x' * 100 + b'\r\n' + b'FFFFFFF\r\n', 413),
    'trailers without end': (POST + b'Transfer-Encoding: chunked\r\n\r\n0\r\n' + b'X: a\r\n' * 1000, 431),
    'a head that stalls': (HEAD + b'X: ', 408),
    'a body that stalls': (POST + b'Content-Length: 10\r\n\r\n{', 408),
    'a chunk that stalls': (POST + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{', 408),
}


@pytest.mark.parametrize('name', CASES)
def test_a_limit_has_its_status(small, name):
    data, status = CASES[name]
    answer = exchange(small, data)
    assert statuses(answer)[0] == status, answer[:300]
    if status >= 400:
        assert b'\r\nConnection: close\r\n' in answer and b'application/problem+json' in answer


def test_a_query_may_have_eight_kib_whatever_the_path(server):
    query = b'limit=1&' + b'a' * 8184
    for path in (b'/healthz', b'/v1/articles', b'/v1/' + b'x' * 8000):
        answer = exchange(server, b'GET %s?%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' % (path, query))
        assert statuses(answer) == [404 if b'x' in path else 400]
        answer = exchange(server, b'GET %s?%sa HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' % (path, query))
        assert statuses(answer) == [414]


def test_a_connection_ends_after_its_requests(small):
    answer = exchange(small, (HEAD + b'\r\n') * 5)
    assert statuses(answer) == [200] * 3
    assert answer.count(b'Connection: close') == 1


def test_an_idle_connection_ends_without_a_word(small):
    answer = exchange(small, HEAD + b'\r\n')
    assert statuses(answer) == [200]
    assert exchange(small, b'') == b''


def test_more_than_the_pipelined_depth_is_answered_in_turns():
    with Server(**{'server.workers': 1, 'server.max_pipelined': 2}) as s:
        answer = exchange(s, (HEAD + b'\r\n') * 99 + HEAD + b'Connection: close\r\n\r\n')
        assert statuses(answer) == [200] * 100


def test_connections_in_all_and_of_an_address():
    with Server(**{'server.workers': 1, 'server.max_connections': 3, 'server.max_connections_per_address': 2}) as s:
        def dial(source):
            c = socket.create_connection(s.hostport, 20, source_address=(source, 0))
            c.sendall(HEAD + b'\r\n')
            return c

        def status(c):
            return int(c.recv(4096).split(b' ')[1])

        def until(source, wanted):
            """Connections of before may still be counted for a moment."""
            def right():
                c = dial(source)
                if status(c) == wanted:
                    return c
                c.close()
                return None
            return wait_until(right, 10, 'a %d for %s' % (wanted, source))
        a = until('127.0.0.1', 200)
        b = until('127.0.0.1', 200)
        c = dial('127.0.0.1')
        assert status(c) == 429
        c.close()
        d = until('127.0.0.2', 200)
        e = dial('127.0.0.3')
        assert status(e) == 503
        e.close()
        d.close()
        f = until('127.0.0.3', 200)
        for x in (a, b, f):
            x.close()


def test_what_stalls_is_gone_in_time_with_the_defaults():
    """15 s for a head, 30 s for a body: the promise is in the defaults, so these two wait for them."""
    with Server(**{'server.workers': 1}) as s:
        with s.connect(40) as head, s.connect(40) as body, s.connect(40) as trickle:
            head.sendall(HEAD)
            body.sendall(POST + b'Content-Length: 100\r\n\r\n{')
            began = time.monotonic()
            trickle.sendall(HEAD)
            trickle.settimeout(1)
            gone = None
            while gone is None and time.monotonic() - began < 20:  # a byte a second does not buy time
                try:
                    trickle.sendall(b'X')
                    if trickle.recv(4096):
                        gone = time.monotonic() - began
                except socket.timeout:
                    pass
                except OSError:
                    gone = time.monotonic() - began
            assert gone is not None and gone <= 15
            assert statuses(read_all(head)) == [408]
            assert time.monotonic() - began <= 16
            assert statuses(read_all(body)) == [408]
            assert time.monotonic() - began <= 30
