"""Compression of answers, kept, made and streamed: by quality values, with Vary and a tag for each form (RFC 9110 8.8.3, 12.5.3)."""
import http.client
import json

import pytest
from client import Client
from codings import DECODERS

SUFFIX = {'gzip': '-gz', 'br': '-br', 'zstd': '-zstd', None: ''}


def ask(server, path, method='GET', body=None, **headers):
    """(status, headers, bytes as they came, bytes as they were meant)"""
    c = http.client.HTTPConnection(*server.hostport, timeout=20)
    c.request(method, path, body=body, headers={k.replace('_', '-'): v for k, v in headers.items() if v is not None})
    r = c.getresponse()
    raw = r.read()
    c.close()
    coding = r.headers.get('Content-Encoding')
    return r.status, r.headers, raw, DECODERS[coding](raw) if coding and method != 'HEAD' and raw else raw


@pytest.fixture(scope='module')
def article(server):
    admin = Client(server.url, server.token)
    e, _ = admin.create(title='Codings', body=[{'type': 'text', 'text': 'All work and no play makes Jack a dull boy. ' * 200}])
    admin.publish(e['id'])
    return '/v1/articles/' + e['slug']


CHOICES = [
    (None, None), ('', None), ('gzip', 'gzip'), ('br', 'br'), ('zstd', 'zstd'), ('GZIP', 'gzip'), ('x-gzip', 'gzip'), ('*', 'br'),
    ('gzip, deflate', 'gzip'), ('gzip, deflate, br, zstd', 'br'), ('gzip;q=1, br;q=0.9, zstd;q=0.95', 'gzip'), ('gzip;q=0.1,zstd;q=0.11', 'zstd'),
    ('br;q=0, *', 'zstd'), ('br;q=0, zstd;q=0, *;q=0.1', 'gzip'), ('gzip;q=0', None), ('gzip;q=0.000', None), ('identity', None),
    ('identity;q=1, gzip;q=0.5', None), ('identity;q=0.5, gzip;q=1', 'gzip'), ('identity;q=0, gzip', 'gzip'), ('*;q=0, zstd', 'zstd'),
    ('deflate', None), ('compress, sdch', None), ('gzip;q=nonsense', None), ('gzip;q=1.5', None), ('br;q=1.0;x=y', 'br')]


@pytest.mark.parametrize('accept,coding', CHOICES)
def test_the_coding_is_the_one_that_the_client_likes_best(server, article, accept, coding):
    plain = ask(server, article, Accept_Encoding='identity')
    status, headers, raw, text = ask(server, article, Accept_Encoding=accept)
    assert (status, headers.get('Content-Encoding')) == (200, coding)
    assert text == plain[3] and json.loads(text)['data']['title'] == 'Codings'
    assert int(headers['Content-Length']) == len(raw) and (coding is None or len(raw) < len(text) / 2)
    assert headers['Vary'].lower().split(', ').count('accept-encoding') == 1
    assert headers['ETag'] == plain[1]['ETag'][:-1] + SUFFIX[coding] + '"'
    head = ask(server, article, 'HEAD', Accept_Encoding=accept)
    assert head[2] == b'' and all(head[1][k] == headers[k] for k in ('ETag', 'Vary', 'Content-Type', 'Content-Length'))
    assert head[1].get('Content-Encoding') == coding


@pytest.mark.parametrize('accept', ['identity;q=0', '*;q=0', 'identity;q=0, deflate', 'gzip;q=0, br;q=0, zstd;q=0, identity;q=0'])
@pytest.mark.parametrize('target', ['article', '/v1/articles', '/healthz'])
def test_who_takes_nothing_that_there_is_gets_406(server, article, accept, target):
    status, headers, _, text = ask(server, article if target == 'article' else target, Accept_Encoding=accept)
    assert status == 406 and headers['Content-Type'] == 'application/problem+json'
    assert 'Accept-Encoding' in json.loads(text)['detail'] and headers.get('ETag') is None


def test_a_small_answer_is_left_alone_but_for_who_takes_no_other(server):
    status, headers, raw, _ = ask(server, '/healthz', Accept_Encoding='gzip, br, zstd')
    assert status == 200 and 'Content-Encoding' not in headers and 'Vary' not in headers and len(raw) < 860
    status, headers, _, text = ask(server, '/healthz', Accept_Encoding='gzip, identity;q=0')
    assert (status, headers['Content-Encoding'], text) == (200, 'gzip', raw)


def test_a_problem_is_readable_whatever_is_taken(server):
    status, headers, _, text = ask(server, '/v1/nowhere', Accept_Encoding='identity;q=0')
    assert status == 404 and json.loads(text)['status'] == 404


@pytest.mark.parametrize('given', SUFFIX.values(), ids=lambda s: s or 'plain')
@pytest.mark.parametrize('asked', SUFFIX, ids=str)
def test_the_tag_of_any_form_is_known(server, article, given, asked):
    tag = ask(server, article)[1]['ETag'][:-1]
    for name, value in (('If_None_Match', tag + given + '"'), ('If_None_Match', '"x", W/' + tag + given + '" , "y"')):
        status, headers, raw, _ = ask(server, article, Accept_Encoding=asked, **{name: value})
        assert (status, raw) == (304, b'') and 'Content-Encoding' not in headers
        assert headers['ETag'].startswith(tag) and 'accept-encoding' in headers['Vary'].lower()
    assert ask(server, article, Accept_Encoding=asked, If_Match=tag + given + '"')[0] == 200
    assert ask(server, article, Accept_Encoding=asked, If_Match='W/' + tag + given + '"')[0] == 412
    assert ask(server, article, Accept_Encoding=asked, If_None_Match=tag + 'x' + given + '"')[0] == 200
    assert ask(server, article, Accept_Encoding=asked, If_None_Match=tag + '-nonsense"')[0] == 200


@pytest.mark.parametrize('coding', DECODERS)
def test_a_change_takes_the_tag_of_any_form(admin, server, word, coding):
    e, _ = admin.create(title=word, body=[{'type': 'text', 'text': word * 500}])
    path = '/v1/articles/%s?version=draft' % e['id']
    auth = {'Authorization': 'Bearer ' + server.token, 'Accept_Encoding': coding}
    tag = ask(server, path, **auth)[1]['ETag']
    assert tag.endswith(SUFFIX[coding] + '"')
    r = admin.patch('/v1/articles/' + e['id'], {'title': 'Other'}, tag)
    assert r.status_code == 200, r.text
    assert admin.patch('/v1/articles/' + e['id'], {'title': 'Third'}, tag).status_code == 412


def test_a_range_is_of_the_plain_form(server, article):
    plain = ask(server, article)
    coded = ask(server, article, Accept_Encoding='gzip')
    status, headers, raw, _ = ask(server, article, Accept_Encoding='gzip', Range='bytes=10-19')
    assert (status, raw, headers.get('Content-Encoding')) == (206, plain[2][10:20], None)
    assert headers['ETag'] == plain[1]['ETag'] and headers['Content-Range'] == 'bytes 10-19/%d' % len(plain[2])
    for tag, status in ((plain[1]['ETag'], 206), (coded[1]['ETag'], 200)):
        assert ask(server, article, Accept_Encoding='gzip', Range='bytes=10-19', If_Range=tag)[0] == status
    assert ask(server, article, Accept_Encoding='gzip, identity;q=0', Range='bytes=10-19')[0] == 200


# ---- streams -----------------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def export(server):
    admin = Client(server.url, server.token)
    lines = [{'type': 'author', 'name': 'Author %d of many' % i, 'bio': 'Writes about %d things. ' % i * 30} for i in range(400)]
    r = admin.request('POST', '/v1/import', data='\n'.join(map(json.dumps, lines)).encode(), headers={'Content-Type': 'application/x-ndjson'})
    assert r.status_code == 200 and all(json.loads(line)['status'] == 201 for line in r.text.splitlines()), r.text[:500]
    return '/v1/export?type=author'


@pytest.mark.parametrize('accept,coding', [(None, None), ('gzip', 'gzip'), ('br', 'br'), ('zstd', 'zstd'), ('gzip;q=0.5, zstd', 'zstd'),
                                           ('identity, br;q=0.1', None), ('br, identity;q=0', 'br')])
def test_a_stream_is_coded_as_it_is_made(server, export, accept, coding):
    auth = {'Authorization': 'Bearer ' + server.token}
    plain = ask(server, export, **auth)[3]
    status, headers, raw, text = ask(server, export, Accept_Encoding=accept, **auth)
    assert (status, headers.get('Content-Encoding')) == (200, coding)
    assert headers['Vary'].lower().split(', ').count('accept-encoding') == 1 and headers['Transfer-Encoding'] == 'chunked'
    assert text == plain and len(text.splitlines()) >= 400 and text.endswith(b'\n')
    assert coding is None or len(raw) < len(text) / 5


def test_a_stream_that_cannot_be_taken_is_406(server, export):
    assert ask(server, export, Accept_Encoding='identity;q=0', Authorization='Bearer ' + server.token)[0] == 406


def test_what_an_import_answers_is_coded_too(server):
    lines = b'\n'.join(b'{"type":"author"}' for _ in range(300))
    status, headers, raw, text = ask(server, '/v1/import', 'POST', lines, Content_Type='application/x-ndjson', Accept_Encoding='zstd',
                                     Authorization='Bearer ' + server.token)
    assert status == 200 and headers['Content-Encoding'] == 'zstd'
    assert [json.loads(line)['line'] for line in text.splitlines()] == list(range(1, 301))
