"""POST routes of plugins with Idempotency-Key: what they write and what they answer is one thing."""
import json
import socket
import struct
import threading
import time
import uuid

import pytest

from client import Client
from plugin_server import plugin_server
from quoin_server import wait_until


@pytest.fixture(scope='module')
def server():
    with plugin_server('posts', 'guards', **{'server.workers': 1}) as s:
        yield s


@pytest.fixture(scope='module')
def admin(server):
    return Client(server.url, server.token)


@pytest.fixture(scope='module')
def public(server):
    return Client(server.url)


def rows(server, word):
    return int(server.sql("select count(*) from plugin_posts.row where word = '%s'" % word))


def post(client, k, **body):
    return client.post('/v1/posts', body, headers={'Idempotency-Key': k} if k else {})


@pytest.fixture
def key():
    return str(uuid.uuid4())


def test_what_a_plugin_writes_and_answers_is_done_once(server, admin, word, key):
    first = post(admin, key, rows=[word, word, 'bad', word])
    assert first.status_code == 201, first.text
    assert first.json()['data']['seen'] == 3, 'it sees what it has written, and a statement that failed harms no other'
    again = post(admin, key, rows=[word, word, 'bad', word])
    assert again.content == first.content and again.headers['Idempotent-Replayed'] == 'true'
    assert again.headers['Location'] == first.headers['Location'] == '/v1/posts/made'
    assert rows(server, word) == 3
    assert post(admin, key, rows=[word]).status_code == 422
    assert rows(server, word) == 3


def test_without_a_key_nothing_is_different(server, admin, word):
    for n in (1, 2):
        assert post(admin, None, rows=[word]).json()['data']['seen'] == n


def test_the_public_may_have_keys_where_it_writes(server, public, word, key):
    first = post(public, key, rows=[word])
    again = post(public, key, rows=[word])
    assert (first.status_code, again.status_code) == (201, 201) and again.content == first.content
    assert rows(server, word) == 1


def test_who_answers_before_it_is_written_answers_once_it_is(server, admin, word, key):
    for _ in range(3):
        r = post(admin, key, rows=[word, 'bad', word, word], early=1)
        assert r.status_code == 201
        assert rows(server, word) == 3


@pytest.mark.parametrize('status', [404, 409, 410, 412])
def test_a_refusal_by_the_state_of_things_is_kept_with_what_was_written(server, admin, word, key, status):
    for replayed in (None, 'true'):
        r = post(admin, key, rows=[word], status=status)
        assert r.status_code == status and r.headers.get('Idempotent-Replayed') == replayed
    assert rows(server, word) == 1


@pytest.mark.parametrize('status', [400, 403, 422, 429, 500, 503])
def test_an_answer_that_is_not_kept_leaves_nothing_behind(server, admin, word, key, status):
    for _ in range(2):
        r = post(admin, key, rows=[word, word], status=status)
        assert r.status_code == status and 'Idempotent-Replayed' not in r.headers
        assert rows(server, word) == 0
    assert post(admin, key, rows=[word]).status_code == 201
    assert rows(server, word) == 1


def test_an_answer_without_any_write_is_kept_too(server, admin, key):
    first = post(admin, key, rows=[])
    again = post(admin, key, rows=[])
    assert first.status_code == 201 and again.content == first.content and again.headers['Idempotent-Replayed'] == 'true'


def test_a_refusal_without_any_write_is_not(server, admin, key):
    first = post(admin, key, rows=[], status=409)
    assert first.status_code == 409
    assert 'Idempotent-Replayed' not in post(admin, key, rows=[], status=409).headers


@pytest.mark.parametrize('how, status', [({'cookie': 1}, 201), ({'bytes': 2200000}, 201), ({'file': 'etc/hostname'}, 200), ({'latin1': 1}, 201)])
def test_a_secret_a_file_too_much_or_no_text_is_not_kept_and_not_done_twice(server, admin, word, key, how, status):
    first = post(admin, key, rows=[word], **how)
    assert first.status_code == status
    again = post(admin, key, rows=[word], **how)
    assert again.status_code == 409
    p = again.json()
    assert p['type'] == '/problems/answer-not-kept'
    assert p['made'] == {'status': status, 'location': '/v1/posts/made'}
    assert rows(server, word) == 1
    assert server.sql("select count(*) from quoin.idempotency where key = '%s' and body is null" % key) == '1'


def test_too_much_that_wrote_nothing_is_made_anew(admin, key):
    for _ in range(2):
        r = post(admin, key, rows=[], bytes=2200000)
        assert r.status_code == 201 and 'Idempotent-Replayed' not in r.headers


def test_many_at_once_write_once(server, admin, word, key):
    got = []

    def send():
        got.append(post(Client(server.url, server.token), key, rows=[word, word]))
    threads = [threading.Thread(target=send) for _ in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert {r.status_code for r in got} <= {201, 409}
    assert len({r.content for r in got if r.status_code == 201}) == 1
    assert rows(server, word) == 2


def test_what_a_hook_makes_of_it_at_its_leisure_is_done_once(server, admin, word, key):
    def create(title):
        return admin.post('/v1/articles', {'title': title}, headers={'Idempotency-Key': key})
    assert create('later-no ' + word).status_code == 422  # and uses no key up
    first = create('later ' + word)
    assert first.status_code == 201 and first.json()['data']['section'] == 'later'
    again = create('later ' + word)
    assert again.content == first.content and again.headers['Idempotent-Replayed'] == 'true'
    assert server.sql("select count(*) from quoin.entry where sort_title = 'later %s'" % word) == '1'


def test_what_is_kept_is_made_anew_though_the_client_left_while_it_was_committed(key, word):
    with plugin_server('posts', **{'server.workers': 1}) as s:
        s.sql("create function quoin.slow_commit() returns trigger language plpgsql as $$ begin perform pg_sleep(2); return null; end $$;"
              "create constraint trigger slow_commit after insert on quoin.idempotency deferrable initially deferred "
              "for each row execute function quoin.slow_commit()")
        public, body = Client(s.url), json.dumps({'rows': [word], 'touch': 1})
        for _ in range(2):
            assert public.get('/v1/posts').json()['data']['rows'] == 0
        with s.connect() as c:
            c.sendall(('POST /v1/posts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s'
                       % (key, len(body), body)).encode())
            wait_until(lambda: s.sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == '1', 10, 'the commit')
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))  # gone, and not only silent
        time.sleep(0.5)  # the worker sees it
        for _ in range(2):
            assert public.get('/v1/posts').json()['data']['rows'] == 0, 'what is there still is kept again'
        wait_until(lambda: rows(s, word) == 1, 10, 'it to be committed')
        assert public.get('/v1/posts').json()['data']['rows'] == 1
