"""NDJSON in and out: POST /v1/import, GET /v1/export."""
import http.client
import json
import os
import random
import threading
import time
import uuid

import pytest
import requests
from client import UUID, Client, errors
from quoin_server import Server

NDJSON = {'Content-Type': 'application/x-ndjson'}


def import_lines(c, lines, query='', **kw):
    """The answers to these lines (objects, or bytes as they are), checked to be one for each, in order."""
    body = b'\n'.join(x if isinstance(x, bytes) else json.dumps(x, ensure_ascii=False).encode() for x in lines)
    r = c.request('POST', '/v1/import' + query, data=body, headers=NDJSON, **kw)
    assert r.status_code == 200, r.text
    assert r.headers['Content-Type'] == 'application/x-ndjson'
    answers = [json.loads(line) for line in r.text.splitlines()]
    assert [a['line'] for a in answers] == list(range(1, len(lines) + 1))
    for a in answers:
        if a['status'] >= 400:
            assert a['type'].startswith('/problems/') and a['title'] and a['detail'] and a['instance'] == r.headers['X-Request-Id']
    return answers


def export_lines(c, query=''):
    r = c.get('/v1/export' + query)
    assert r.status_code == 200, r.text
    assert r.headers['Content-Type'] == 'application/x-ndjson' and r.headers['Cache-Control'] == 'private, no-store'
    assert r.text == '' or r.text.endswith('\n')
    return r.text.splitlines()


def statuses(answers):
    return [a['status'] for a in answers]


def faults(answer):
    return {e['pointer']: e['code'] for e in answer['errors']}


# ---- lines in ----------------------------------------------------------------------------------------------------------

def test_each_line_has_its_answer_and_a_bad_one_harms_none(admin, word):
    answers = import_lines(admin, [
        {'type': 'article', 'title': word + ' one', 'tags': ['b-' + word, 'a-' + word], 'body': '# Head\n\nText.'},
        b'{"type":"article","title":',
        {'type': 'article', 'titel': 'x', 'summary': 7},
        {'type': 'article', 'title': ''},
        {'title': 'of no type'}, {'type': 'nothing', 'title': 'x'}, {'type': 7}, [1], b'"x"', b'\xff\xfe', b'{"type":"article","title":"a\\u0000"}',
        {'type': 'author', 'name': word + ' two'}])
    assert statuses(answers) == [201, 400, 400, 422, 400, 400, 400, 400, 400, 400, 400, 201]
    assert faults(answers[2]) == {'/titel': 'unknown_member', '/summary': 'type', '/title': 'required'}
    assert faults(answers[4]) == {'/type': 'required'} and faults(answers[5]) == {'/type': 'unknown_type'}
    assert answers[1]['type'] == '/problems/malformed-json' and faults(answers[10]) == {'/title': 'nul'}
    assert UUID.match(answers[0]['id'])
    e, etag = admin.draft(answers[0]['id'])
    assert e['status'] == 'draft' and e['version'] == 1 and etag == '"d1"'
    assert e['tags'] == ['a-' + word, 'b-' + word] and e['slug'] == word + '-one'
    assert [(b['type'], b['text']) for b in e['body']] == [('heading', 'Head'), ('text', 'Text.')]
    history = admin.get('/v1/articles/%s/revisions' % e['id']).json()['data']
    assert [(h['action'], h['note']) for h in history] == [('import', 'imported')]
    assert admin.get('/v1/authors/%s?version=draft' % answers[11]['id']).json()['data']['name'] == word + ' two'


def test_lines_end_as_they_like_and_empty_ones_count_and_say_nothing(admin, word):
    body = '\n\r\n {"type":"article","title":"%s 1"}\r\n\n\t{"type":"article","title":"%s 2"}' % (word, word)
    r = admin.request('POST', '/v1/import', data=body.encode(), headers=NDJSON)
    assert [(json.loads(x)['line'], json.loads(x)['status']) for x in r.text.splitlines()] == [(3, 201), (5, 201)]
    assert admin.request('POST', '/v1/import', data=b'', headers=NDJSON).text == ''
    assert admin.request('POST', '/v1/import', data=b'\n\n', headers=NDJSON).text == ''


def test_status_time_and_id_are_taken(admin, public, word):
    ids = [str(uuid.uuid4()) for _ in range(4)]
    answers = import_lines(admin, [
        {'type': 'article', 'id': ids[0], 'title': word + ' live', 'status': 'published', 'published_at': '2019-03-04T05:06:07.890Z',
         'created_at': '2019-03-01T00:00:00Z', 'updated_at': '2019-03-05T00:00:00Z', 'tags': [word]},
        {'type': 'article', 'id': ids[1].upper(), 'title': word + ' later', 'status': 'scheduled', 'published_at': '2199-01-01T00:00:00Z'},
        {'type': 'article', 'id': ids[2], 'title': word + ' gone', 'status': 'unpublished', 'published_at': '2018-01-01T00:00:00Z'},
        {'type': 'article', 'id': ids[3], 'title': word + ' now', 'status': 'published', 'tags': [word]}])
    assert statuses(answers) == [201] * 4 and [a['id'] for a in answers] == ids
    live = public.get('/v1/articles/%s-live' % word).json()['data']
    assert live['id'] == ids[0] and live['published_at'] == '2019-03-04T05:06:07.890Z' and live['status'] == 'published'
    assert live['created_at'] == '2019-03-01T00:00:00.000Z' and live['updated_at'] == '2019-03-05T00:00:00.000Z'
    assert [x['id'] for x in public.get('/v1/articles?filter[tags]=' + word).json()['data']] == [ids[3], ids[0]]
    assert public.get('/v1/articles/' + ids[1]).status_code == 404
    assert admin.draft(ids[1])[0]['status'] == 'scheduled' and admin.draft(ids[1])[0]['published_at'] == '2199-01-01T00:00:00.000Z'
    assert public.get('/v1/articles/' + ids[2]).status_code == 404 and admin.draft(ids[2])[0]['status'] == 'unpublished'
    e, etag = admin.draft(ids[0])
    assert e['_actions'] == ['publish', 'unpublish']
    r = admin.patch('/v1/articles/' + ids[0], {'title': word + ' changed'}, etag)
    assert r.status_code == 200 and admin.transition('/v1/articles/' + ids[0], 'publish').status_code == 200
    assert public.get('/v1/articles/' + ids[0]).json()['data']['published_at'] == '2019-03-04T05:06:07.890Z'
    for i in (ids[0], ids[1], ids[3]):
        assert admin.transition('/v1/articles/' + i, 'unpublish').status_code == 200
    assert public.get('/v1/articles?filter[tags]=' + word).json()['data'] == []


@pytest.mark.parametrize('members,status,where', [
    ({'status': 'whatever'}, 422, {'/status': 'enum'}), ({'status': 7}, 400, {'/status': 'type'}), ({'status': 'Draft!'}, 422, {'/status': 'enum'}),
    ({'published_at': '2020-01-01T00:00:00Z'}, 422, {'/published_at': 'conflict'}),
    ({'status': 'published', 'published_at': '2199-01-01T00:00:00Z'}, 422, {'/published_at': 'max'}),
    ({'status': 'published', 'published_at': 'yesterday'}, 422, {'/published_at': 'format'}),
    ({'status': 'published', 'published_at': 1600000000}, 400, {'/published_at': 'type'}),
    ({'status': 'published', 'published_at': '0000-01-01T00:00:00Z'}, 422, {'/published_at': 'format'}),
    ({'status': 'scheduled'}, 422, {'/published_at': 'required'}),
    ({'created_at': '2199-01-01T00:00:00Z'}, 422, {'/created_at': 'max'}), ({'updated_at': '2199-01-01T00:00:00Z'}, 422, {'/updated_at': 'max'}),
    ({'created_at': '2020-01-02T00:00:00Z', 'updated_at': '2020-01-01T00:00:00Z'}, 422, {'/updated_at': 'min'}),
    ({'id': '7'}, 422, {'/id': 'format'}), ({'version': 3}, 400, {'/version': 'read_only'}), ({'locale': '??'}, 422, {'/locale': 'format'}),
    ({'status': 'draft', '_published': {'title': 'x'}}, 422, {'/_published': 'conflict'}),
    ({'status': 'published', '_published': 7}, 400, {'/_published': 'type'}),
    ({'status': 'published', '_scheduled': {'title': 'x'}}, 422, {'/_scheduled': 'conflict'}),
    ({'status': 'published', '_published': {'titel': 'x', 'id': 'y'}}, 400,
     {'/_published/titel': 'unknown_member', '/_published/title': 'required', '/_published/id': 'unknown_member'}),
])
def test_what_an_import_says_wrongly_is_named(admin, word, members, status, where):
    [a] = import_lines(admin, [dict({'type': 'article', 'title': word}, **members)])
    assert a['status'] == status, a
    got = faults(a)
    if members.get('_published') and 'id' in str(members['_published']):
        got.pop('/_published/id', None), where.pop('/_published/id', None)
        assert 'unknown_member' in str(a)
    assert {k: v for k, v in got.items() if k in where} == where, a
    assert admin.get('/v1/articles/%s?version=draft' % word).status_code == 404


def test_who_has_the_slug_or_the_id_is_named(admin, word):
    first = import_lines(admin, [{'type': 'article', 'title': word}])[0]['id']
    other = str(uuid.uuid4())
    answers = import_lines(admin, [
        {'type': 'article', 'title': word}, {'type': 'article', 'title': 'x', 'slug': word}, {'type': 'article', 'title': 'x', 'id': first},
        {'type': 'article', 'title': word, 'locale': 'uk'}, {'type': 'page', 'title': word},
        {'type': 'article', 'title': word + ' b', 'id': other}, {'type': 'article', 'title': word + ' b'},
        {'type': 'article', 'title': word + ' c', 'id': other}, {'type': 'article', 'title': word + ' c'}])
    assert statuses(answers) == [409, 409, 409, 201, 201, 201, 409, 409, 201]
    assert [a['id'] for a in answers if a['status'] == 409] == [first, first, first, other, other]
    assert faults(answers[0]) == {'/slug': 'taken'} and faults(answers[2]) == {'/id': 'taken'}
    assert answers[1]['location'] == '/v1/articles/' + first


def test_a_dry_run_says_the_same_and_keeps_nothing(admin, word):
    lines = [{'type': 'article', 'title': word, 'status': 'published', 'tags': [word]}, {'type': 'article', 'titel': 1},
             {'type': 'article', 'title': word}]
    dry = import_lines(admin, lines, '?dry_run=true')
    assert statuses(dry) == [201, 400, 409] and dry[0] == {'line': 1, 'status': 201, 'dry_run': True}
    assert admin.get('/v1/articles/%s?version=draft' % word).status_code == 404
    assert word not in [t['slug'] for t in admin.get('/v1/tags?limit=200').json()['data']]
    assert statuses(import_lines(admin, lines, '?dry_run=false')) == [201, 400, 409]
    assert statuses(import_lines(admin, lines, '?dry_run=true')) == [409, 400, 409]


@pytest.mark.parametrize('role,status', [('public', 403), ('reader', 403), ('author', 403), ('editor', 200), ('admin', 200)])
def test_who_may_import_and_export(server, as_role, word, role, status):
    c = Client(server.url) if role == 'public' else as_role(role)
    body = json.dumps({'type': 'article', 'title': word, 'status': 'published', 'published_at': '2020-01-01T00:00:00Z'}).encode()
    r = c.request('POST', '/v1/import', data=body, headers=NDJSON)
    assert r.status_code == status
    assert c.get('/v1/export').status_code == status
    assert c.get('/v1/export?type=article').status_code == status
    assert c.request('HEAD', '/v1/export').status_code == status


@pytest.mark.parametrize('method,path,kw,status,where', [
    ('POST', '/v1/import?type=nothing', {'data': b'', 'headers': NDJSON}, 400, '?type'),
    ('POST', '/v1/import?dry_run=maybe', {'data': b'', 'headers': NDJSON}, 400, '?dry_run'),
    ('POST', '/v1/import?dryrun=true', {'data': b'', 'headers': NDJSON}, 400, '?dryrun'),
    ('POST', '/v1/import?type=article&dry_run=true', {'data': b'x', 'headers': {'Content-Type': 'text/plain'}}, 400, '?dry_run'),
    ('GET', '/v1/export?type=nothing', {}, 400, '?type'), ('GET', '/v1/export?type=article,', {}, 400, '?type'),
    ('GET', '/v1/export?types=article', {}, 400, '?types'),
])
def test_wrong_parameters_are_named(admin, method, path, kw, status, where):
    r = admin.request(method, path, **kw)
    assert r.status_code == status and where in errors(r)


def test_a_type_in_the_query_is_what_every_line_is(admin, word):
    answers = import_lines(admin, [{'title': word}, {'type': 'article', 'title': word + ' 2'}, {'type': 'author', 'title': 'x'}], '?type=article')
    assert statuses(answers) == [201, 201, 400] and faults(answers[2]) == {'/type': 'read_only'}


def test_a_line_that_is_too_long_is_passed_over():
    with Server(template=True, **{'server.max_body_bytes': 4096}) as s:
        c = Client(s.url, s.token)
        answers = import_lines(c, [{'type': 'article', 'title': 'a'}, {'type': 'article', 'title': 'b', 'summary': 'x' * 5000},
                                   b'{"' + b'y' * 300000, {'type': 'article', 'title': 'c'}, b' ' * 4097, {'type': 'article', 'title': 'd'}])
        assert statuses(answers) == [201, 413, 413, 201, 413, 201]


def test_references_may_lead_to_what_comes_later(admin, public, word):
    ann, a, b, c = (str(uuid.uuid4()) for _ in range(4))
    answers = import_lines(admin, [
        {'type': 'article', 'id': a, 'title': word + ' a', 'status': 'published', 'authors': [ann], 'related': [b, c]},
        {'type': 'article', 'id': b, 'title': word + ' b', 'status': 'published', 'related': [a]},
        {'type': 'author', 'id': ann, 'name': word, 'status': 'published'},
        {'type': 'article', 'title': word + ' d', 'authors': [a]}, {'type': 'article', 'title': word + ' e', 'related': [ann]}])
    assert statuses(answers) == [201, 201, 201, 422, 422]
    assert answers[0]['missing'] == ['/related/1'] and 'missing' not in answers[1]
    assert faults(answers[3]) == {'/authors/0': 'not_found'} and faults(answers[4]) == {'/related/0': 'not_found'}
    got = public.get('/v1/articles/' + a).json()['data']
    assert got['authors'] == [ann] and got['related'] == [b]
    r = admin.patch('/v1/articles/' + a, {'section': word}, '*')
    assert r.status_code == 200 and r.json()['data']['related'] == [b, c], 'what is still missing stands in no change\'s way'
    assert statuses(import_lines(admin, [{'type': 'article', 'id': c, 'title': word + ' c', 'status': 'published'}])) == [201]
    assert public.get('/v1/articles/' + a).json()['data']['related'] == [b, c]


def test_many_lines_in_pieces_of_any_size(server, admin, word):
    n = 3000
    lines = [{'type': 'article', 'title': '%s %d' % (word, i), 'status': 'published', 'tags': [word]} if i % 7 else {'type': 'article'} for i in range(n)]
    body = b'\n'.join(json.dumps(x).encode() for x in lines) + b'\n'

    def pieces():
        at, size = 0, 1
        while at < len(body):
            yield body[at:at + size]
            at, size = at + size, (size * 7 + 3) % 9973
    r = requests.post(server.url + '/v1/import', data=pieces(), headers=dict(NDJSON, Authorization='Bearer ' + server.token), timeout=120)
    answers = [json.loads(x) for x in r.text.splitlines()]
    assert [a['line'] for a in answers] == list(range(1, n + 1))
    assert statuses(answers) == [201 if i % 7 else 422 for i in range(n)]
    mine = [json.loads(x) for x in export_lines(admin, '?type=article') if word in x]
    assert len(mine) == n - (n + 6) // 7
    assert [x['id'] for x in mine] == [a['id'] for a in answers if a['status'] == 201]


def test_of_several_imports_of_the_same_lines_each_line_is_taken_once(server, admin, word):
    lines = [{'type': 'article', 'title': '%s %d' % (word, i), 'tags': ['%s-%d' % (word, i % 50)]} for i in range(1000)]
    taken = []

    def run(seed):
        mine = random.Random(seed).sample(lines, len(lines))
        answers = import_lines(Client(server.url, server.token), mine, timeout=120)
        assert set(statuses(answers)) <= {201, 409}
        taken.extend(x['title'] for x, a in zip(mine, answers) if a['status'] == 201)
    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(taken) == sorted(x['title'] for x in lines)
    assert len([x for x in export_lines(admin, '?type=article') if word in x]) == 1000


def test_a_client_that_goes_away_leaves_whole_lines_behind(server, admin, word):
    c = http.client.HTTPConnection(*server.hostport, timeout=20)
    c.putrequest('POST', '/v1/import')
    for k, v in dict(NDJSON, Authorization='Bearer ' + server.token, **{'Transfer-Encoding': 'chunked'}).items():
        c.putheader(k, v)
    c.endheaders()
    for i in range(400):
        line = json.dumps({'type': 'article', 'title': '%s %d' % (word, i)}).encode() + b'\n'
        c.send(b'%x\r\n%s\r\n' % (len(line), line))
    c.close()
    time.sleep(0.5)
    got = [json.loads(x) for x in export_lines(admin, '?type=article') if word in x]
    assert len(got) <= 400 and all(e['title'].startswith(word) and e['show_in_related'] is True for e in got)
    assert admin.get('/v1/articles').status_code == 200


# ---- lines out ---------------------------------------------------------------------------------------------------------

def test_an_export_has_what_is_there_in_order_of_ids(admin, word):
    e, etag = admin.create(title=word, tags=[word], body='Text.')
    admin.delete('/v1/articles/' + admin.create(title=word + ' trash')[0]['id'], '"d1"')
    lines = [json.loads(x) for x in export_lines(admin)]
    assert [x['id'] for x in lines] == sorted(x['id'] for x in lines)
    [mine] = [x for x in lines if word in x.get('title', '')]
    draft = {k: v for k, v in e.items() if k not in ('version', 'published_version', 'created_by', 'updated_by', '_actions')}
    assert mine == draft and list(mine)[:9] == ['id', 'type', 'slug', 'locale', 'status', 'created_at', 'updated_at', 'published_at', 'tags']
    assert {json.loads(x)['type'] for x in export_lines(admin, '?type=author,page')} <= {'author', 'page'}


def seed(c, word):
    """Entries in every state that there is, with references in circles."""
    assert c.post('/v1/types', {'name': 'note', 'collection': 'notes', 'fields': [{'name': 'title', 'kind': 'string'},
                                                                                 {'name': 'data', 'kind': 'json'}]}).status_code == 201
    c.post('/v1/notes', {'title': 'N', 'data': {'b': [1, 2.5, 1e-7, 9007199254740993, '\U0001F600', '\\x41', None], 'a': {'': []}}})
    ann = c.post('/v1/authors', {'name': 'Ann O’Neil'}).json()['data']['id']
    c.transition('/v1/authors/' + ann, 'publish')
    a, _ = c.create(title='Draft only', tags=['one', 'two'], authors=[ann], seo={'title': 'S "quoted" \\ {a,b}'})
    b, _ = c.create(title='Live', related=[a['id']], body='# H\n\nText *x*\n\n- a\n- b')
    c.publish(b['id'], at='2021-02-03T04:05:06.789Z')
    d, _ = c.create(title='Live with a newer draft', slug='old-slug', tags=['live-tag'], authors=[ann])
    c.publish(d['id'])
    c.patch('/v1/articles/' + d['id'], {'title': 'The draft', 'slug': 'new-slug', 'tags': ['draft-tag'], 'related': [b['id']]}, '*')
    e, _ = c.create(title='Live, draft written again without a change')
    c.publish(e['id'])
    c.patch('/v1/articles/' + e['id'], {}, '*')
    f, _ = c.create(title='Scheduled')
    c.publish(f['id'], at='2199-01-01T00:00:00Z')
    g, _ = c.create(title='Live and scheduled and changed', tags=['first'])
    c.publish(g['id'])
    c.patch('/v1/articles/' + g['id'], {'title': 'Will be live', 'tags': ['second']}, '*')
    c.publish(g['id'], at='2199-06-01T00:00:00Z')
    c.patch('/v1/articles/' + g['id'], {'title': 'Newest draft', 'authors': [ann]}, '*')
    h, _ = c.create(title='Taken down')
    c.publish(h['id'])
    c.transition('/v1/articles/' + h['id'], 'unpublish')
    c.patch('/v1/articles/' + a['id'], {'related': [b['id'], h['id']]}, '*')
    c.create(title='Українською', locale='uk')
    return [x['id'] for x in (a, b, d, e, f, g, h)]


def shown(c, ids):
    """What readers and editors get of these."""
    public = Client(c.base)
    volatile = ('version', 'published_version', 'created_by', 'updated_by')
    found = []
    for path in ['/v1/articles/' + i for i in ids] + ['/v1/articles/old-slug', '/v1/articles/new-slug']:
        r, d = public.get(path), c.get(path + '?version=draft')
        for x in (r, d):
            data = x.json().get('data', {}) if x.status_code == 200 else {}
            found.append((path, x.status_code, {k: v for k, v in data.items() if k not in volatile}))
    for q in ('', '&filter[tags]=live-tag', '&filter[tags]=draft-tag', '&filter[tags]=first', '&filter[tags]=second'):
        found.append((q, [x['id'] for x in public.get('/v1/articles?limit=100' + q).json()['data']]))
        found.append((q, sorted(x['id'] for x in c.get('/v1/articles?limit=100&version=draft' + q).json()['data'])))
    return found


def test_what_is_exported_imports_to_the_same_elsewhere_and_changes_nothing_here(word):
    with Server(template=True) as one, Server(template=True) as two:
        c, d = Client(one.url, one.token), Client(two.url, two.token)
        ids = seed(c, word)
        out = export_lines(c)
        assert len(out) == 10
        extras = {json.loads(x)['title']: sorted(k for k in json.loads(x) if k[0] == '_') for x in out if 'title' in json.loads(x)}
        assert extras['The draft'] == ['_published'] and extras['Newest draft'] == ['_published', '_scheduled']
        assert extras['Live, draft written again without a change'] == ['_published'] and extras['Live'] == []
        assert d.post('/v1/types',
                      {k: v for k, v in c.get('/v1/types/note').json()['data'].items() if k != 'version'}).status_code == 201
        assert statuses(import_lines(d, [x.encode() for x in out], '?dry_run=true')) == [201] * len(out)
        assert export_lines(d) == []
        answers = import_lines(d, [x.encode() for x in out])
        assert statuses(answers) == [201] * len(out)
        assert not any('missing' in a for a in answers)
        assert export_lines(d) == out
        assert shown(d, ids) == shown(c, ids)
        again = import_lines(d, [x.encode() for x in out])
        assert statuses(again) == [409] * len(out) and [a['id'] for a in again] == [a['id'] for a in answers]
        assert export_lines(d) == out and shown(d, ids) == shown(c, ids)
        # what was imported goes on living
        assert d.transition('/v1/articles/' + ids[5], 'unpublish').status_code == 200
        r = d.patch('/v1/articles/' + ids[0], {'title': 'Changed'}, '"d1"')
        assert r.status_code == 200 and r.json()['data']['version'] == 2


def test_lines_that_come_slowly_are_taken_as_they_come(server, admin, word):
    """A client that waits between its lines: what it sent is imported meanwhile, its connection kept."""
    def slowly():
        for i in range(100):
            yield json.dumps({'type': 'article', 'title': '%s %d' % (word, i)}).encode() + b'\n'
            time.sleep(0.005)
    r = requests.post(server.url + '/v1/import', data=slowly(), headers=dict(NDJSON, Authorization='Bearer ' + server.token), timeout=60)
    assert statuses([json.loads(x) for x in r.text.splitlines()]) == [201] * 100


# ---- memory ------------------------------------------------------------------------------------------------------------

def memory_kb(s, name):
    """The most of any worker."""
    found = []
    for pid in s.pids_of('worker'):
        with open('/proc/%d/status' % pid) as f:
            found += [int(line.split()[1]) for line in f if line.startswith(name + ':')]
    return max(found)


def test_memory_stays_bounded_whatever_passes_through():
    """40 MB in and out, with an answer of several MB and a reader who stops: a worker grows by a part of that."""
    env = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=1'}
    with Server(template=True, env=env) as s:
        c = Client(s.url, s.token)
        headers = {'Authorization': 'Bearer ' + s.token}
        text = 'All work and no play makes a dull page. ' * 60

        def lines():
            for i in range(16000):
                yield json.dumps({'type': 'article', 'title': 'Page %d' % i, 'body': [{'type': 'text', 'text': text}]}).encode() + b'\n'
                yield b'{"type":"article","titel":"x","body":7}\n'  # its answer is longer than it is
        import_lines(c, [{'type': 'article', 'title': 'Warm'}] * 200)
        before = memory_kb(s, 'VmRSS')
        r = requests.post(s.url + '/v1/import', data=lines(), headers=dict(NDJSON, **headers), timeout=300, stream=True)
        time.sleep(1)  # the answer waits
        counted = {201: 0, 400: 0}
        for line in r.iter_lines():
            counted[json.loads(line)['status']] += 1
        assert counted == {201: 16000, 400: 16000}
        grown = memory_kb(s, 'VmHWM') - before
        print('import: grown by %d KB' % grown)
        assert grown < 24 * 1024
        r = requests.get(s.url + '/v1/export', headers=headers, timeout=300, stream=True)
        time.sleep(1)  # the reader stops, and so does the database
        assert sum(1 for _ in r.iter_lines()) == 16001
        grown = memory_kb(s, 'VmHWM') - before
        print('export: grown by %d KB' % grown)
        assert grown < 24 * 1024
