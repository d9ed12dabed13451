"""One line a request, as text and as JSON: what is in it, what never is, and that no client can forge one."""
import json
import os
import re
import socket

import pytest

from quoin_server import Server, wait_until

TRACE = '0af7651916cd43dd8448eb211c80319c'
PARENT = 'b7ad6b7169203331'


@pytest.fixture(scope='module')
def json_server():
    with Server(**{'server.workers': 1, 'log.access': 'on', 'log.format': 'json'}) as s:
        yield s


@pytest.fixture(scope='module')
def text_server():
    with Server(**{'server.workers': 1, 'log.access': 'on'}) as s:
        yield s


def lines(server, request_id, at_least=1):
    """The lines about that request, once they are there."""
    def found():
        these = [line for line in server.log().splitlines() if request_id in line]
        return these if len(these) >= at_least else None
    return wait_until(found, 10, 'a log line of ' + request_id)


def record(server, request_id):
    return json.loads(lines(server, request_id)[0])


def raw(server, data):
    """Sends bytes as they are and reads to the end of the connection."""
    with socket.create_connection(server.hostport, 10) as s:
        s.sendall(data)
        answer = b''
        while True:
            piece = s.recv(65536)
            if not piece:
                return answer
            answer += piece


def test_a_request_is_one_line_with_all_that_is_asked_of_it(json_server):
    headers = {'X-Request-Id': 'whole-1', 'Authorization': 'Bearer ' + json_server.token}
    status, _, body = json_server.request('GET', '/v1/articles?limit=3', headers=headers)
    assert status == 200
    r = record(json_server, 'whole-1')
    assert len(lines(json_server, 'whole-1')) == 1
    assert r['request_id'] == 'whole-1' and r['message'] == 'request'
    assert r['method'] == 'GET' and r['target'] == '/v1/articles?limit=3' and r['route'] == '/v1/{collection}'
    assert r['status'] == 200 and r['bytes'] == len(body) and r['end'] == 'whole' and r['peer'] == '127.0.0.1'
    assert r['caller'] not in ('-', 'public')
    for key in ('queue_us', 'handler_us', 'db_us', 'write_us'):
        assert isinstance(r[key], int) and r[key] >= 0, key
    assert r['db_us'] > 0 and r['db_us'] <= r['handler_us']


def test_a_write_has_its_time_in_the_database_too(json_server):
    headers = {'X-Request-Id': 'write-1', 'Authorization': 'Bearer ' + json_server.token, 'Content-Type': 'application/json'}
    status, _, _ = json_server.request('POST', '/v1/articles', json.dumps({'title': 'Time'}), headers)
    assert status == 201
    r = record(json_server, 'write-1')
    assert 0 < r['db_us'] <= r['handler_us'] and r['caller'] != '-'


def test_what_did_not_ask_the_database_has_no_time_in_it(json_server):
    json_server.request('GET', '/healthz', headers={'X-Request-Id': 'health-1'})
    r = record(json_server, 'health-1')
    assert 'db_us' not in r and r['route'] == '/healthz'


def test_text_lines_say_the_same(text_server):
    text_server.request('GET', '/v1/articles?limit=2', headers={'X-Request-Id': 'text-1'})
    line = lines(text_server, 'text-1')[0]
    for part in ('[text-1] request ', 'caller=public', 'peer=127.0.0.1', 'method=GET', 'route=/v1/{collection}', 'status=200',
                 'end=whole', 'trace=-', 'target="/v1/articles?limit=2"'):
        assert part in line, (part, line)
    for key in ('bytes', 'queue_us', 'handler_us', 'db_us', 'write_us'):
        assert re.search(r' %s=\d+( |$)' % key, line), (key, line)


def test_a_made_id_is_in_the_line_and_the_answer(json_server):
    _, headers, _ = json_server.request('GET', '/nowhere')
    r = record(json_server, headers['X-Request-Id'])
    assert r['status'] == 404 and r['route'] == '-'


def test_a_client_that_goes_away_leaves_a_line(json_server):
    with json_server.connect() as s:
        s.sendall(b'POST /v1/articles HTTP/1.1\r\nHost: a\r\nX-Request-Id: gone-1\r\nContent-Type: application/json\r\n'
                  b'Content-Length: 100\r\n\r\nhalf')
        # An answer to another connection says that the first part has been read.
        json_server.request('GET', '/healthz')
    r = record(json_server, 'gone-1')
    assert r['status'] == 499 and r['end'] == 'aborted' and 'write_us' not in r


# ---- the trace ----------------------------------------------------------------------------------------------------

def test_a_trace_goes_on_in_the_answer_and_the_log(json_server):
    sent = '00-%s-%s-01' % (TRACE, PARENT)
    _, headers, _ = json_server.request('GET', '/healthz', headers={'X-Request-Id': 'trace-1', 'traceparent': sent})
    version, trace, span, flags = headers['traceparent'].split('-')
    assert (version, trace, flags) == ('00', TRACE, '01')
    assert re.fullmatch('[0-9a-f]{16}', span) and span != PARENT and int(span, 16)
    assert record(json_server, 'trace-1')['trace'] == TRACE


@pytest.mark.parametrize('sent', ['', 'x', '00-%s-%s' % (TRACE, PARENT), '00-%s-%s-01' % (TRACE.upper(), PARENT),
                                  '00-%s-%s-01' % ('0' * 32, PARENT), 'ff-%s-%s-01' % (TRACE, PARENT)])
def test_no_trace_is_made_of_what_is_none(json_server, sent):
    _, headers, _ = json_server.request('GET', '/healthz', headers={'traceparent': sent})
    assert 'traceparent' not in headers
    assert record(json_server, headers['X-Request-Id'])['trace'] == '-'


# ---- secrets ------------------------------------------------------------------------------------------------------

def test_secrets_are_never_in_the_log(json_server, text_server):
    for server in (json_server, text_server):
        token = server.add_token('editor', 'secret keeper')
        forms = [
            ('/v1/articles', {'Authorization': 'Bearer ' + token}),
            ('/v1/articles', {'Authorization': 'Bearer ' + token + 'x'}),
            ('/v1/articles', {'Authorization': 'Basic ' + token}),
            ('/v1/articles?token=' + token, {}),
            ('/v1/articles?x=' + token, {}),
            ('/v1/articles?' + token, {}),
            ('/v1/articles/' + token, {}),
            ('/v1/articles?filter=%7B%22' + token + '%22', {}),
            ('/v1/articles', {'X-Request-Id': token}),
            ('/v1/articles', {'Cookie': 'session=' + token}),
            ('/v1/articles', {'traceparent': token}),
            ('/v1/articles', {'X-Forwarded-For': token}),
            ('/v1/articles', {'Forwarded': 'for=' + token}),
            ('/v1/articles?password=correcthorse&api_key=correcthorse', {}),
        ]
        for n, (path, headers) in enumerate(forms):
            status, _, _ = server.request('GET', path, headers=headers)
            assert status < 500
        raw(server, b'GET /' + token.encode() + b' HTTP/1.1\r\nHost: a\r\nX-Bad : ' + token.encode() + b'\r\n\r\n')
        server.request('GET', '/healthz', headers={'X-Request-Id': 'after-secrets'})
        lines(server, 'after-secrets')
        log = server.log()
        assert token not in log
        assert token[3:] not in log
        assert 'correcthorse' not in log


# ---- forged lines -------------------------------------------------------------------------------------------------

EVIL = [b'\n', b'\r', b'\r\n', b'\0', b'\t', b'\x0b', b'\x1b[2J', b'\x7f', b'\x85', b'\xc2\x85', b'\xe2\x80\xa8', b'\xe2\x80\xae',
        b'\xff', b'"', b'\\', b'%0A', b'%0D%0A', b'%00', b'%1B', b'%E2%80%A8', b'%22%2C%22status%22%3A1', b' status=1 ', b'"} {"x":"',
        b'\\n', b'${jndi:x}', b'%s%n']
FORGED = b'FORGED'


def requests_with(evil):
    """A request for each place where a client can put its own bytes into something that is logged."""
    e = evil + FORGED
    last = b'Connection: close\r\n\r\n'
    ok = b'GET /healthz HTTP/1.1\r\nHost: a\r\n'
    return [
        b'GET /' + e + b' HTTP/1.1\r\nHost: a\r\n' + last,
        b'GET /v1/articles/' + e + b' HTTP/1.1\r\nHost: a\r\n' + last,
        b'GET /v1/' + e + b' HTTP/1.1\r\nHost: a\r\n' + last,
        b'GET /v1/articles?' + e + b'=' + e + b' HTTP/1.1\r\nHost: a\r\n' + last,
        b'GET /v1/articles?search=' + e + b' HTTP/1.1\r\nHost: a\r\n' + last,
        b'G' + e + b' / HTTP/1.1\r\nHost: a\r\n' + last,
        b'GET http://' + e + b'/ HTTP/1.1\r\nHost: a\r\n' + last,
        b'GET / ' + e + b'\r\nHost: a\r\n' + last,
        b'GET / HTTP/1.1\r\nHost: ' + e + b'\r\n' + last,
        ok + b'X-Request-Id: ' + e + b'\r\n' + last,
        ok + b'X-Request-Id: a' + e + b'\r\n' + last,
        ok + b'traceparent: 00-' + e + b'\r\n' + last,
        ok + b'tracestate: ' + e + b'\r\n' + last,
        ok + b'X-Forwarded-For: ' + e + b'\r\n' + last,
        ok + b'X-Forwarded-For: 6.6.6.6' + e + b'\r\n' + last,
        ok + b'Forwarded: for="' + e + b'"\r\n' + last,
        ok + b'X-Forwarded-Host: ' + e + b'\r\n' + last,
        ok + b'User-Agent: ' + e + b'\r\n' + last,
        ok + b'Referer: ' + e + b'\r\n' + last,
        ok + e + b': x\r\n' + last,
        b'GET /v1/articles HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ' + e + b'\r\n' + last,
        b'GET /v1/articles HTTP/1.1\r\nHost: a\r\nIf-None-Match: ' + e + b'\r\n' + last,
        b'POST /v1/articles HTTP/1.1\r\nHost: a\r\nContent-Type: ' + e + b'\r\nContent-Length: 0\r\n' + last,
        b'POST /v1/articles HTTP/1.1\r\nHost: a\r\nIdempotency-Key: ' + e + b'\r\nContent-Length: 0\r\n' + last,
    ]


@pytest.mark.parametrize('form', ['json', 'text'])
def test_no_client_can_forge_a_line(form):
    with Server(**{'server.workers': 1, 'log.access': 'on', 'log.format': form, 'server.trusted_proxies': '127.0.0.1'}) as s:
        start = os.path.getsize(s.log_path)  # what it says of its start is for people
        sent = 0
        for evil in EVIL:
            for request in requests_with(evil):
                answer = raw(s, request)
                assert answer.startswith(b'HTTP/1.1 '), request
                assert not re.search(rb'[\r\n]\s*FORGED', answer.split(b'\r\n\r\n')[0]), request  # nor a header of the answer
                sent += len(re.findall(rb'HTTP/1\.1 \d{3} ', answer))
        s.request('GET', '/healthz', headers={'X-Request-Id': 'last-of-all'})
        lines(s, 'last-of-all')
        with open(s.log_path, 'rb') as f:
            f.seek(start)
            log = f.read()
        assert not re.search(rb'[\x00-\x09\x0b-\x1f\x7f]', log)
        found = 0
        for line in log.decode('utf-8').split('\n')[:-1]:  # str.splitlines would also split at U+2028, which must not be there
            assert len(line.splitlines()) == 1, line
            assert not re.search('[\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]', line)
            if form == 'json':
                record_ = json.loads(line)
                found += record_['message'] == 'request'
                assert record_.get('status') != 1
            else:
                assert re.match(r'\d{4}-\d\d-\d\dT\S+ (info |warn |error|debug) \S.*\[\d+\] ', line), line
                found += ' request caller=' in line
                assert line.count(' status=') <= 1 and ' status=1 ' not in re.sub(r'"[^"]*"', '""', line)
        assert found == sent + 1


def test_an_access_log_without_room_is_said_once_and_holds_nobody_up():
    with Server(**{'server.workers': 1, 'plugins.load': '', 'log.access': '/dev/full'}) as s:
        for _ in range(5):
            assert s.request('GET', '/healthz')[0] == 200
        assert s.log().count('[log] access = /dev/full: No space left on device: lines are lost') == 1
