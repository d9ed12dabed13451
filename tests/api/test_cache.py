"""Answers that are kept: they are the same as those that are not."""
import concurrent.futures
import datetime
import time

import pytest
from client import Client


@pytest.fixture
def live(admin, word):
    e, _ = admin.create(title=word, summary='long enough to be coded ' * 100, tags=[word])
    admin.publish(e['id'])
    return e


def test_a_kept_answer_is_the_one_that_was_made(server, live):
    c = Client(server.url)
    first = c.get('/v1/articles/' + live['slug'])
    for _ in range(8):
        again = Client(server.url).get('/v1/articles/' + live['slug'])
        assert again.status_code == 200 and again.content == first.content
        for h in ('ETag', 'Last-Modified', 'Content-Type', 'Vary'):
            assert again.headers.get(h) == first.headers.get(h), h
        # None: it raced with what its node heard of the publication.
        assert again.headers['Cache-Control'] in ('public, max-age=0, s-maxage=60', 'public, max-age=0, s-maxage=0')


@pytest.mark.parametrize('coding', ['gzip', 'br', 'zstd', 'identity'])
def test_each_coding_of_a_kept_answer_has_its_own_tag(server, live, coding):
    tags = set()
    for _ in range(6):
        c = Client(server.url)
        r = c.get('/v1/articles/' + live['slug'], headers={'Accept-Encoding': coding}, stream=True)
        assert r.headers.get('Content-Encoding', 'identity') in (coding, 'identity')
        tags.add(r.headers['ETag'])
        r.close()
        assert Client(server.url).get('/v1/articles/' + live['slug'], headers={'If-None-Match': r.headers['ETag'],
                                                                              'Accept-Encoding': coding}).status_code == 304
    assert len(tags) <= 2


def test_a_kept_answer_is_sent_in_parts_and_stays_whole(server, live):
    c = Client(server.url)  # one connection, so one worker
    path, plain = '/v1/articles/' + live['slug'], {'Accept-Encoding': 'identity'}
    whole = c.get(path, headers=plain)
    for _ in range(3):
        r = c.get(path, headers={'Range': 'bytes=5-8'})
        assert (r.status_code, r.content, r.headers['ETag']) == (206, whole.content[5:9], whole.headers['ETag'])
        r = c.get(path, headers={'Range': 'bytes=5-8,-3'})
        assert r.status_code == 206 and r.headers['Content-Type'].startswith('multipart/byteranges; ')
        assert whole.content[5:9] in r.content and r.content.count(b'Content-Range') == 2
        r = c.get(path, headers={'Range': 'bytes=99999-'})
        assert r.status_code == 416 and r.headers['Content-Range'] == 'bytes */%d' % len(whole.content)
        assert 's-maxage' not in r.headers.get('Cache-Control', '') and 'Surrogate-Key' not in r.headers
        assert c.get(path, headers={'Range': 'bytes=5-8', 'If-Range': '"x"'}).status_code == 200
        r = c.get(path, headers=plain)
        assert r.status_code == 200 and r.content == whole.content and 'Content-Range' not in r.headers


def test_a_refused_condition_is_not_kept_and_not_coded_as_the_answer(server, live):
    path = '/v1/articles/' + live['slug']
    for _ in range(4):
        r = Client(server.url).get(path, headers={'If-Match': '"other"', 'Accept-Encoding': 'gzip, identity;q=0'})
        assert r.status_code == 412 and r.json()['status'] == 412
        assert Client(server.url).get(path).status_code == 200


def test_a_problem_that_is_kept_names_the_request_that_asked(server, word):
    seen = set()
    for i in range(10):
        r = Client(server.url).get('/v1/articles/nothing-' + word, headers={'X-Request-Id': 'a%d' % i})
        assert r.status_code == 404 and r.json()['instance'] == 'a%d' % i
        seen.add(r.text.replace('"a%d"' % i, ''))
    assert len(seen) == 1


def test_head_and_get_share_an_answer(server, live):
    path = '/v1/articles/' + live['slug']
    for _ in range(3):
        head, get = Client(server.url).request('HEAD', path), Client(server.url).get(path)
        assert head.headers['ETag'] == get.headers['ETag'] and not head.content and get.content


def test_a_role_never_gets_anothers_answer(server, admin, as_role, live):
    path = '/v1/articles/' + live['slug']
    clients = {'admin': admin, 'editor': as_role('editor'), 'author': as_role('author'), 'reader': as_role('reader'),
               'public': Client(server.url)}
    expected = {'admin': ['publish', 'unpublish'], 'editor': ['publish', 'unpublish'], 'author': [], 'reader': [], 'public': None}
    for _ in range(5):
        for role, c in clients.items():
            r = c.get(path)
            assert r.json()['data'].get('_actions') == expected[role], role
            assert r.headers['Cache-Control'].startswith('public' if role == 'public' else 'private'), role


def test_what_was_acknowledged_is_what_the_same_worker_and_soon_every_worker_serves(server, admin, live):
    path = '/v1/articles/' + live['slug']
    for i in range(5):
        for _ in range(4):
            Client(server.url).get(path)
        d, etag = admin.draft(live['id'])
        admin.patch('/v1/articles/' + live['id'], {'section': 's%d' % i}, etag)
        admin.publish(live['id'])
        assert admin.get(path).json()['data']['section'] == 's%d' % i, 'the connection\'s own worker'


def test_many_who_ask_at_once_all_get_the_answer(server, admin, word):
    e, _ = admin.create(title=word)
    admin.publish(e['id'])

    def ask(_):
        return Client(server.url).get('/v1/articles/' + e['slug']).json()['data']['title']
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        assert set(pool.map(ask, range(64))) == {word}


@pytest.mark.parametrize('kept', [False, True])
def test_a_trace_is_answered_to_whoever_sent_it_and_to_nobody_else(server, live, kept):
    c, path = Client(server.url), '/v1/articles/' + live['slug']  # one connection, so one worker
    if kept:
        for _ in range(3):
            c.get(path)
    for trace in ('4bf92f3577b34da6a3ce929d0e0e4736', 'a' * 32):
        for _ in range(3):
            r = c.get(path, headers={'traceparent': '00-%s-00f067aa0ba902b7-01' % trace})
            assert r.headers['traceparent'].split('-')[1] == trace
            assert 'traceparent' not in c.get(path).headers


@pytest.fixture(params=['public', 'reader'])
def reader(server, as_role, request):
    return Client(server.url) if request.param == 'public' else as_role(request.param)


def test_a_slug_is_the_default_locale_s_as_soon_as_that_is_published(admin, reader, word):
    c, path = reader, '/v1/articles/' + word
    uk, _ = admin.create(title='u', slug=word, locale='uk')
    admin.publish(uk['id'])
    for _ in range(3):
        assert c.get(path).json()['data']['id'] == uk['id']
    en, _ = admin.create(title='e', slug=word)
    admin.publish(en['id'])
    time.sleep(1)
    assert c.get(path).json()['data']['id'] == en['id']


def test_and_when_its_time_comes_if_that_was_set_before(admin, reader, word):
    c, path = reader, '/v1/articles/' + word
    uk, _ = admin.create(title='u', slug=word, locale='uk')
    admin.publish(uk['id'])
    en, _ = admin.create(title='e', slug=word)
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    admin.publish(en['id'], at=at.isoformat().replace('+00:00', 'Z'))
    time.sleep(1)
    assert c.get(path).json()['data']['id'] == uk['id']
    time.sleep(3)
    assert c.get(path).json()['data']['id'] == en['id']
