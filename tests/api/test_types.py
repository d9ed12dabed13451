"""Types made over HTTP, and what JSON they take in."""
import json
import os
import subprocess
import sys
import threading
import time
import uuid

import pytest
from client import Client, errors
from quoin_server import Server


def definition(name, **more):
    return dict({'name': name, 'collection': name + 's',
                 'fields': [{'name': 'title', 'kind': 'string', 'required': True}, {'name': 'data', 'kind': 'json'}]}, **more)


@pytest.fixture(scope='module')
def notes(admin):
    """The collection of a new type with a title and any JSON."""
    name = 'note' + uuid.uuid4().hex[:8]
    r = admin.post('/v1/types', definition(name))
    assert r.status_code == 201, r.text
    return '/v1/' + r.json()['data']['collection']


def test_a_type_is_made_and_its_routes_work_like_any(admin, public, word):
    r = admin.post('/v1/types', definition(word))
    assert r.status_code == 201, r.text
    made = dict(definition(word), version=1)
    assert r.json()['data'] == made
    assert r.headers['Location'] == '/v1/types/' + word and r.headers['ETag'] == '"t1"'
    assert public.get(r.headers['Location']).json()['data'] == made
    assert made in public.get('/v1/types').json()['data']
    path = '/v1/%ss' % word
    r = admin.post(path, {'title': 'First of all', 'data': {'b': [1.5, None, 'x'], 'a': {}}})
    assert r.status_code == 201, r.text
    e = r.json()['data']
    assert e['type'] == word and e['slug'] == 'first-of-all' and e['data'] == {'b': [1.5, None, 'x'], 'a': {}}
    assert public.get('%s/%s' % (path, e['id'])).status_code == 404
    assert admin.transition('%s/%s' % (path, e['id']), 'publish').status_code == 200
    got = public.get('%s/first-of-all' % path)
    assert got.json()['data']['data'] == {'b': [1.5, None, 'x'], 'a': {}}
    assert [x['id'] for x in public.get(path + '?filter[title]=First%20of%20all').json()['data']] == [e['id']]
    assert admin.patch('%s/%s' % (path, e['id']), {'data': {'b': None, 'c': 1}}, '"d2"').json()['data']['data'] == {'a': {}, 'c': 1}


def test_bounds_and_defaults_of_its_fields_hold(admin, word):
    fields = [{'name': 'code', 'kind': 'string', 'min': 2, 'max': 4, 'pattern': '[A-Z]+', 'required': True},
              {'name': 'state', 'kind': 'string', 'default': 'new'}, {'name': 'conf', 'kind': 'json', 'default': {'on': True}}]
    assert admin.post('/v1/types', definition(word, fields=fields)).status_code == 201
    path = '/v1/%ss' % word
    e = admin.post(path, {'code': 'ABC'}).json()['data']
    assert e['state'] == 'new' and e['conf'] == {'on': True}
    for body, status, where in (({}, 422, '/code'), ({'code': 'A'}, 422, '/code'), ({'code': 'ABCDE'}, 422, '/code'), ({'code': 'abc'}, 422, '/code'),
                                ({'code': 7}, 400, '/code'), ({'code': 'ABC', 'more': 1}, 400, '/more')):
        r = admin.post(path, body)
        assert r.status_code == status and where in errors(r), (body, r.text)


@pytest.mark.parametrize('role,status', [('public', 403), ('reader', 403), ('author', 403), ('editor', 403), ('admin', 201)])
def test_only_an_administrator_makes_types(server, as_role, word, role, status):
    c = Client(server.url) if role == 'public' else as_role(role)
    assert c.post('/v1/types', definition(word)).status_code == status


def test_all_faults_of_a_definition_are_told_at_once(admin):
    r = admin.post('/v1/types', {'name': 'Bad Name', 'collection': 'types', 'fields': [
        {'name': 'id', 'kind': 'string'}, {'name': 'a', 'kind': 'strin'}, {'name': 'b', 'kind': 'string', 'min': 5, 'max': 2},
        {'name': 'c', 'kind': 'string', 'pattern': '('}, {'name': 'd', 'kind': 'blocks'}, {'name': 'd', 'kind': 'json', 'unique': True},
        {'name': 'e', 'kind': 'string', 'indexed': True, 'localized': True}, {'name': 'f', 'kind': 'string', 'max': 2, 'default': 'long'}]})
    assert r.status_code == 422
    assert set(errors(r)) == {'/name', '/collection', '/fields/0/name', '/fields/1/kind', '/fields/2', '/fields/3/pattern', '/fields/4/kind',
                              '/fields/5', '/fields/6/indexed', '/fields/6/localized', '/fields/7/default', '/fields/5/unique'}


@pytest.mark.parametrize('body,where', [
    ({}, {'/name': 'definition', '/collection': 'definition', '/fields': 'definition'}),
    ({'name': 'x'}, {'/collection': 'definition', '/fields': 'definition'}),
    (definition('x', fields=[]), {'/fields': 'definition'}),
])
def test_what_is_missing_is_422(admin, body, where):
    r = admin.post('/v1/types', body)
    assert r.status_code == 422 and errors(r) == where, r.text


@pytest.mark.parametrize('body,where', [
    ([], ''), (definition('x', more=1), '/more'), (definition('x', version=3), '/version'), (definition('x', fields={}), '/fields'),
    (definition('x', fields=[{'name': 'a', 'kind': 'string', 'requird': True}]), '/fields/0/requird'),
    (definition('x', fields=[{'name': 'a', 'kind': 'string', 'required': 'yes'}]), '/fields/0/required'),
])
def test_what_has_the_wrong_shape_is_named(admin, body, where):
    r = admin.post('/v1/types', body)
    assert r.status_code in (400, 422) and where in errors(r), r.text
    assert (r.status_code == 400) == (where != '/fields'), r.text


@pytest.mark.parametrize('kind', ['text', 'markdown', 'blocks', 'integer', 'number', 'boolean', 'date', 'datetime', 'slug', 'url', 'email',
                                  'tags', 'reference', 'references', 'asset', 'assets'])
def test_a_kind_that_is_not_built_for_new_types_says_which_are(admin, kind):
    r = admin.post('/v1/types', definition('x', fields=[{'name': 'a', 'kind': kind}]))
    assert r.status_code == 422
    assert errors(r) == {'/fields/0/kind': 'not_built'}
    assert 'string and json' in r.json()['errors'][0]['detail']


@pytest.mark.parametrize('name', ['types', 'tags', 'search', 'users', 'roles', 'tokens', 'sessions', 'audit', 'assets', 'jobs', 'plugins',
                                  'webhooks', 'events', 'changes', 'batch', 'import', 'export', 'resolve', 'quotes', 'speakers', 'render'])
def test_collections_of_the_system_are_reserved(admin, name):
    r = admin.post('/v1/types', definition('x', collection=name))
    assert r.status_code == 422 and errors(r) == {'/collection': 'definition'}


def test_a_taken_name_or_collection_is_409_that_names_it(admin, word):
    assert admin.post('/v1/types', definition(word)).status_code == 201
    r = admin.post('/v1/types', definition(word))
    assert r.status_code == 409 and set(errors(r)) == {'/name', '/collection'}
    assert r.json()['location'] == '/v1/types/' + word
    r = admin.post('/v1/types', definition(word + 'x', collection='articles'))
    assert r.status_code == 409 and set(errors(r)) == {'/collection'} and 'article' in r.text


def test_one_of_many_at_once_makes_it(server, admin, word):
    statuses = []

    def make():
        statuses.append(Client(server.url, server.token).post('/v1/types', definition(word)).status_code)
    threads = [threading.Thread(target=make) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(statuses) == [201] + [409] * 7


def test_every_worker_knows_a_type_once_it_was_acknowledged(server, admin, public):
    """Each request over a connection of its own, so that all workers are asked, at once after the 201."""
    before = set(server.pids_of('worker'))
    for _ in range(20):
        name = 't' + uuid.uuid4().hex[:10]
        assert admin.post('/v1/types', definition(name)).status_code == 201
        results = []

        def ask(path, role):
            headers = {'Authorization': 'Bearer ' + server.token} if role else {}
            results.append(server.request('GET', path, headers=headers)[0])
        paths = [('/v1/%ss' % name, i % 2) for i in range(6)] + [('/v1/types/' + name, 0)] * 2
        threads = [threading.Thread(target=ask, args=p) for p in paths]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert results == [200] * 8
    assert set(server.pids_of('worker')) == before
    assert public.get('/v1/nothing-of-the-kind').status_code == 404


def test_one_with_an_idempotency_key_is_made_once_and_is_there_with_its_answer(server, admin, word):
    key = {'Idempotency-Key': str(uuid.uuid4())}
    first = admin.post('/v1/types', definition(word), headers=key)
    assert first.status_code == 201, first.text
    for _ in range(6):  # on either worker
        client = Client(server.url, server.token)
        assert client.post('/v1/%ss' % word, {'title': 'x'}).status_code == 201
        again = client.post('/v1/types', definition(word), headers=key)
        assert again.status_code == 201 and again.content == first.content and again.headers['Idempotent-Replayed'] == 'true'
        assert again.headers['ETag'] == first.headers['ETag'] and again.headers['Location'] == first.headers['Location']


def test_types_are_there_after_a_start(word):
    with Server(template=True) as s:
        assert Client(s.url, s.token).post('/v1/types', definition(word)).status_code == 201
        assert s.stop() == 0
        s.start()
        c = Client(s.url, s.token)
        assert c.post('/v1/%ss' % word, {'title': 'x'}).status_code == 201
        # the event that other nodes hear of it by
        assert c.get('/v1/types/' + word).status_code == 200


# ---- JSON in -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('body,code,pointer', [
    (b'{"title":"t","data":{"a":1,"a":2}}', 'duplicate_key', '/data/a'),
    (b'{"title":"t","title":"u"}', 'duplicate_key', '/title'),
    (b'{"title":"t","data":["x","a\\u0000b"]}', 'nul', '/data/1'),
    (b'{"title":"t","data":{"a\\u0000":1}}', 'nul', '/data'),
    (b'{"title":"t","data":["\\ud800"]}', 'surrogate', '/data/0'),
    (b'{"title":"t","data":["\\udc00\\ud800"]}', 'surrogate', '/data/0'),
    (b'{"title":"t","data":["\xc3("]}', 'utf8', '/data/0'),
    (b'{"title":"t","data":["\xed\xa0\x80"]}', 'utf8', '/data/0'),
    (b'{"title":"t","data":[9223372036854775808]}', 'number_range', '/data/0'),
    (b'{"title":"t","data":{"n":1e400}}', 'number_range', '/data/n'),
    (b'{"title":"t","data":' + b'[' * 40 + b']' * 40 + b'}', 'depth', None),
    (b'{"title":"t","data":[1,]}', 'malformed', '/data/1'),
    (b'{"title":"t"} x', 'malformed', None),
    (b'', 'malformed', None),
])
def test_what_is_no_json_of_ours_is_400_with_its_place(admin, notes, body, code, pointer):
    r = admin.request('POST', notes, data=body, headers={'Content-Type': 'application/json'})
    assert r.status_code == 400, r.text
    [fault] = r.json()['errors']
    assert fault['code'] == code
    assert pointer is None or fault['pointer'] == pointer


@pytest.mark.parametrize('value', [
    '0', '-0', '9223372036854775807', '-9223372036854775808', '1e5', '0.1', '-1.5e-9', '""', '"\\u0001\\u001f"', '"\\ud83d\\ude00"',
    '"\U0001F600"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\u2028\ufeff\ufffe"', '[]', '{}', '[[[[]]]]', '{"":""}', 'null', 'true', '"$1 {a,b} \\\\x41 \'"'])
def test_a_value_reads_back_as_it_was_written(admin, notes, value):
    r = admin.request('POST', notes, data=('{"title":"t","data":%s}' % value).encode(), headers={'Content-Type': 'application/json'})
    assert r.status_code == 201, r.text
    back = admin.get('%s/%s?version=draft' % (notes, r.json()['data']['id'])).json()['data']['data']
    assert back == json.loads(value) and type(back) is type(json.loads(value))


def run_corpus(shared, server, script, *args):
    path = os.path.join(shared, 'corpora', script)
    if not os.path.exists(path):
        pytest.skip('needs %s' % path)
    return subprocess.run([sys.executable, path, '%s:%d' % server.hostport, *args, '-H', 'Authorization: Bearer ' + server.token],
                          capture_output=True, text=True, timeout=300)


def test_the_json_suite_is_whole(server, admin, notes, shared):
    r = run_corpus(shared, server, 'json_conformance.py', notes, '--template', '{"title":"t","data":@J@}', '-v')
    refused = sorted(line.split()[1] for line in r.stdout.splitlines() if line.startswith('   '))
    assert 'SCORE 316/320' in r.stdout and 'alive=True' in r.stdout, r.stdout
    assert refused == ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json', 'y_object_escaped_null_in_key.json',
                       'y_string_null_escape.json']


@pytest.mark.parametrize('member,value', [('{"title":"t","data":@S@}', 'data.data'), ('{"title":@S@}', 'data.title')])
def test_naughty_strings_come_back_byte_for_byte(server, admin, notes, shared, member, value):
    r = run_corpus(shared, server, 'naughty.py', '--create', 'POST %s %s' % (notes, member), '--read', 'GET %s/@ID@?version=draft' % notes,
                   '--id', 'data.id', '--value', value, '--sqli', '--slow', '30')
    assert r.returncode == 0 and 'alive=True' in r.stdout, r.stdout + r.stderr


def test_a_large_body_that_never_becomes_json_is_refused_whole():
    """With the bound raised: 20 MB of an unfinished string and a pit of brackets are 400, and the worker lives."""
    with Server(template=True, **{'server.max_body_bytes': 64 << 20}) as s:
        c = Client(s.url, s.token)
        assert c.post('/v1/types', definition('note')).status_code == 201
        for body in (b'{"title":"t","data":"' + b'a' * 20_000_000, b'{"title":"t","data":' + b'[' * 5_000_000, b'[' * 5_000_000,
                     b'{"title":"t","data":[' + b'9' * 20_000_000):
            began = time.monotonic()
            r = c.request('POST', '/v1/notes', data=body, headers={'Content-Type': 'application/json'})
            assert r.status_code == 400 and r.json()['type'] == '/problems/malformed-json'
            print('%d bytes: %.0f ms' % (len(body), 1000 * (time.monotonic() - began)))
        assert c.post('/v1/notes', {'title': 'still here'}).status_code == 201
