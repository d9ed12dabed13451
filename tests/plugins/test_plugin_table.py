"""Every part of the function table, through the fixture plugins that use it."""
import time

import pytest
import requests
from client import Client
from plugin_server import plugin_server
from quoin_server import wait_until


# ---- requests and answers --------------------------------------------------------------------------------------------

def test_a_route_sees_what_was_asked_and_by_whom(public):
    r = public.get('/v1/http/echo/a%20b?q=%C3%BC', headers={'X-Test': 'yes', 'X-Request-Id': 'abc.1'})
    assert r.status_code == 200
    d = r.json()['data']
    assert d == {'name': 'a b', 'q': 'ü', 'n': 5, 'method': 1, 'path': '/v1/http/echo/a b', 'header': 'yes', 'caller': 'public',
                 'role': 'public', 'person': False, 'in_time': True, 'id': 'abc.1', 'may': 0}


def test_a_route_sees_its_caller_and_their_rights(admin):
    d = admin.get('/v1/http/echo/x?n=9').json()['data']
    assert (d['role'], d['person'], d['n'], d['may']) == ('admin', True, 9, 2)


def test_head_is_a_get_without_a_body(public):
    r = public.request('HEAD', '/v1/http/echo/x')
    assert r.status_code == 200 and not r.content and int(r.headers['Content-Length']) > 0


@pytest.mark.parametrize('query,pointer', [('n=10', '?n'), ('n=x', '?n'), ('n=', '?n'), ('z=1', '?z'), ('q=1&q=2', '?q')])
def test_a_bad_parameter_is_refused_before_or_by_the_plugin(public, query, pointer):
    r = public.get('/v1/http/echo/x?' + query)
    assert r.status_code == 400
    assert [e['pointer'] for e in r.json()['errors']] == [pointer]


def test_other_methods_are_405(public):
    r = public.post('/v1/http/echo/x', {})
    assert r.status_code == 405 and 'GET' in r.headers['Allow']


def test_a_body_comes_as_json_and_goes_back_changed(public):
    r = public.post('/v1/http/body', {'title': 'T', 'weight': 2.5, 'list': [{'a/b': 'deep'}]})
    assert r.status_code == 201
    assert r.json() == {'title': 'T', 'list': [{'a/b': 'deep'}], 'first': 'deep', 'keys': ['title', 'weight', 'list'],
                        'again': '{"a":[1,2.5,true,null]}', 'strict': True}


def test_faults_are_told_at_once(public):
    r = public.post('/v1/http/body', {'title': 7})
    p = r.json()
    assert r.status_code == 422 and p['type'] == '/problems/validation' and p['detail'] == 'two things are wrong with it'
    assert [(e['pointer'], e['code'], e['detail']) for e in p['errors']] == [
        ('/title', 'required', 'a title is needed, not 7'), ('/weight', 'range', 'a weight is needed')]


@pytest.mark.parametrize('data,kind,status', [
    (b'{"a":1,', 'application/json', 400), (b'{"a":1,"a":2}', 'application/json', 400), (b'x', 'text/plain', 415),
    (b'{"title":"' + b'x' * 1000 + b'"}', 'application/json', 413)])
def test_bad_bodies_never_reach_the_plugin(public, data, kind, status):
    assert public.request('POST', '/v1/http/body', data=data, headers={'Content-Type': kind}).status_code == status


def test_a_page_with_headers_is_cached_by_its_tag(public):
    r = public.get('/http/world')
    assert r.status_code == 200 and r.text == '<!doctype html><title>world</title>'
    assert r.headers['Content-Type'] == 'text/html; charset=utf-8' and r.headers['X-Made-By'] == 'a plugin'
    assert r.headers['Cache-Control'] == 'no-cache'
    assert r.headers['X-Split'] == 'aX-Smuggled: 1' and 'X-Smuggled' not in r.headers
    assert public.get('/http/world', headers={'If-None-Match': r.headers['ETag']}).status_code == 304
    assert public.get('/http/moon', headers={'If-None-Match': r.headers['ETag']}).status_code == 200


def test_an_answer_to_a_caller_is_theirs(admin):
    assert admin.get('/http/world').headers['Cache-Control'] == 'private, no-store'


def test_a_credential_is_asked_for_and_looked_at(public, admin, server):
    r = public.get('/v1/http/member')
    assert r.status_code == 401 and r.headers['WWW-Authenticate'].startswith('Bearer')
    assert requests.get(server.url + '/v1/http/echo/x', headers={'Authorization': 'Bearer qn_bad'}).status_code == 401
    assert admin.get('/v1/http/member').status_code == 200


@pytest.mark.parametrize('code,status', [(-3, 404), (-12, 403), (-7, 503), (-8, 503), (-9, 503), (-5, 500), (-10, 500)])
def test_codes_have_their_answers(public, code, status):
    r = public.get('/v1/http/error?code=%d' % code)
    assert r.status_code == status
    assert ('Retry-After' in r.headers) == (status == 503)


def test_no_value_is_an_error_of_the_server(public):
    assert public.get('/v1/http/nothing').status_code == 500


def test_a_call_that_has_ended_does_no_harm(server):
    one = requests.Session()  # one connection: one worker
    assert one.get(server.url + '/v1/http/never', timeout=10).status_code == 503
    d = one.get(server.url + '/v1/http/late', timeout=10).json()['data']
    assert d['reply'] in (-14, 1) and d['alloc'] and d['json'] and d['param'] and d['left'] == 0


def test_work_is_done_off_the_loop(public):
    assert public.get('/v1/http/work').json()['data'] == {'sum': 500500}


def test_counters_count_in_every_process(public, admin):
    def ended():
        plugins = {p['name']: p for p in admin.get('/v1/plugins').json()['data']}
        return plugins['http']['counters']['ended']
    before = ended()
    for i in range(6):
        assert public.get('/http/x').status_code == 200
    assert wait_until(lambda: ended() >= before + 6)


# ---- content, computed fields, services --------------------------------------------------------------------------------

def test_content_comes_with_the_rights_of_the_caller(admin, public, word):
    e, _ = admin.create(title='One ' + word)
    path = '/v1/reads/get/' + e['slug']
    assert public.get(path).status_code == 404
    assert public.get(path + '?draft=1').status_code == 404
    assert admin.get(path + '?draft=1').json()['data']['version'] == 1
    admin.publish(e['slug'])
    d = public.get(path).json()['data']
    assert d['id'] == e['id'] and d['title'] == 'One ' + word and d['valid_ms'] == -1
    assert d['etag'] == public.get('/v1/articles/' + e['slug']).headers['ETag']


def test_a_former_slug_says_where_it_leads(admin, public, word):
    e, tag = admin.create(title=word)
    admin.publish(e['slug'])
    _, tag = admin.draft(e['slug'])
    assert admin.patch('/v1/articles/' + e['id'], {'slug': word + '-new'}, tag).status_code == 200
    admin.publish(e['id'])
    r = public.get('/v1/reads/get/' + word)
    assert r.status_code == 410 and word + '-new' in r.json()['detail']


def test_lists_are_filtered_sorted_and_paged(admin, public, word):
    for title in 'cab':
        e, _ = admin.create(title='%s %s' % (title, word), tags=[word])
        admin.publish(e['id'])
    first = public.get('/v1/reads/list?tag=' + word).json()['data']
    assert first['titles'] == ['a ' + word, 'b ' + word] and first['next'] and first['prev'] is None
    second = public.get('/v1/reads/list?tag=%s&after=%s' % (word, first['next'])).json()['data']
    assert second['titles'] == ['c ' + word] and second['next'] is None and second['prev']
    assert public.get('/v1/reads/list?tag=%s&after=bad' % word).status_code == 500


def test_a_computed_field_follows_every_change(admin, word):
    e, tag = admin.create(title=word)
    path = '/v1/reads/get/%s?draft=1' % e['id']
    assert admin.get(path).json()['data']['length'] == len(word)
    _, tag = admin.publish(e['id'])
    assert admin.get('/v1/reads/get/' + e['id']).json()['data']['length'] == len(word)
    r = admin.patch('/v1/articles/' + e['id'], {'title': 'ab'}, tag)
    assert r.status_code == 200
    assert admin.get(path).json()['data']['length'] == 2
    assert admin.get('/v1/reads/get/' + e['id']).json()['data']['length'] == len(word), 'readers still see the published one'


def test_a_field_that_cannot_be_computed_stops_no_save(admin, word):
    e, _ = admin.create(title='broken', slug=word)
    assert admin.get('/v1/reads/get/%s?draft=1' % e['id']).json()['data'].get('length') is None


def test_services_answer_at_once_and_later(admin, public, word):
    e, _ = admin.create(title='Asked ' + word)
    admin.publish(e['id'])
    assert public.get('/v1/reads/ask/reads.title?ref=now').json()['data'] == 'at once'
    assert public.get('/v1/reads/ask/reads.title?ref=' + e['slug']).json()['data'] == 'Asked ' + word
    assert public.get('/v1/reads/ask/reads.title?ref=' + word + '-nope').status_code == 404
    assert public.get('/v1/reads/ask/reads.title').status_code == 500
    assert public.get('/v1/reads/ask/nobody.there?ref=x').status_code == 404


# ---- hooks before ------------------------------------------------------------------------------------------------------

def test_a_hook_changes_a_draft_and_the_next_one_sees_it(admin, word):
    e, tag = admin.create(title='shout ' + word)
    assert (e['title'], e['summary']) == ('SHOUTED', 'after the first')
    r = admin.patch('/v1/articles/' + e['id'], {'title': 'shout again'}, tag)
    assert r.status_code == 200 and r.json()['data']['title'] == 'SHOUTED'


def test_what_a_hook_makes_of_a_draft_is_checked(admin):
    r = admin.post('/v1/articles', {'title': 'spoil'})
    assert r.status_code == 400 and r.json()['errors'][0]['pointer'] == '/title'


def test_a_veto_is_told_with_its_faults(admin, word):
    r = admin.post('/v1/articles', {'title': 'veto', 'slug': word})
    p = r.json()
    assert (r.status_code, p['type'], p['detail']) == (422, '/problems/house-style', 'the house says no')
    assert p['errors'] == [{'pointer': '/title', 'code': 'vetoed', 'detail': 'this title is vetoed'}]
    assert admin.get('/v1/articles/%s?version=draft' % word).status_code == 404
    e, tag = admin.create(title='good ' + word)
    assert admin.patch('/v1/articles/' + e['id'], {'title': 'veto'}, tag).status_code == 422
    assert admin.draft(e['id'])[0]['title'] == 'good ' + word


def test_a_hook_that_is_ill_lets_nothing_through(admin, word):
    r = admin.post('/v1/articles', {'title': 'ill ' + word})
    assert r.status_code == 503


def test_hooks_may_take_their_time(admin, word):
    e, _ = admin.create(title='later ' + word)
    assert e['section'] == 'later'
    assert admin.post('/v1/articles', {'title': 'later-no'}).status_code == 422
    assert admin.post('/v1/articles', {'title': 'later-ill'}).status_code == 503


def test_a_publication_is_looked_at(admin, public, word):
    e, tag = admin.create(title='unready ' + word)
    r = admin.transition('/v1/articles/' + e['id'], 'publish')
    assert r.status_code == 409 and r.json()['detail'] == 'it is not ready'
    assert public.get('/v1/articles/' + e['slug']).status_code == 404
    r = admin.patch('/v1/articles/' + e['id'], {'title': 'now ' + word}, tag)
    assert admin.transition('/v1/articles/' + e['id'], 'publish', r.headers['ETag']).status_code == 200
    assert admin.transition('/v1/articles/' + e['id'], 'publish', '"d1"').status_code == 412
    assert admin.transition('/v1/articles/' + e['id'], 'unpublish').status_code == 200


def test_who_may_not_publish_is_told_that(as_role, admin, word):
    e, _ = admin.create(title='unready ' + word)
    author = as_role('author')
    assert author.transition('/v1/articles/' + e['id'], 'publish').status_code in (403, 404)


def test_a_deletion_is_looked_at(admin, word):
    e, tag = admin.create(title='keep ' + word)
    r = admin.delete('/v1/articles/' + e['id'], tag)
    assert r.status_code == 403 and 'stays' in r.json()['detail']
    e, tag = admin.create(title='drop ' + word)
    assert admin.delete('/v1/articles/' + e['id'], '*').status_code == 204


def test_what_readers_get_is_looked_at(admin, public, word):
    e, _ = admin.create(title='paid ' + word, summary='for those who pay', tags=[word])
    admin.publish(e['id'])
    mine, theirs = admin.get('/v1/articles/' + e['slug']), public.get('/v1/articles/' + e['slug'])
    assert mine.json()['data']['summary'] == 'for those who pay'
    assert theirs.json()['data']['summary'] == 'subscribe'
    assert theirs.headers['ETag'] != mine.headers['ETag']
    assert public.get('/v1/articles/' + e['slug'], headers={'If-None-Match': theirs.headers['ETag']}).status_code == 304
    s, _ = admin.create(title='secret ' + word, tags=[word])
    admin.publish(s['id'])
    assert public.get('/v1/articles/' + s['slug']).status_code == 402
    listed = public.get('/v1/articles?filter[tags]=' + word).json()['data']
    assert [(x['title'], x['summary']) for x in listed] == [('paid ' + word, 'subscribe')]


# ---- its own tables, hooks after, subscriptions ---------------------------------------------------------------------------

SAVED, PUBLISHED, UNPUBLISHED = 1, 2, 4


def seen(client, entry, n):
    def look():
        rows = client.get('/v1/tables/seen/' + entry).json()['data']
        return rows if len(rows) >= n else None
    return wait_until(look, 15, '%d rows of %s' % (n, entry))


def test_hooks_after_come_in_order(admin, word):
    e, tag = admin.create(title='a ' + word)
    _, tag = admin.publish(e['id'])
    r = admin.patch('/v1/articles/' + e['id'], {'title': 'b ' + word}, tag)
    admin.transition('/v1/articles/' + e['id'], 'unpublish')
    rows = seen(admin, e['id'], 4)
    assert [(x['kind'], x['version']) for x in rows] == [(SAVED, 1), (PUBLISHED, 2), (SAVED, 3), (UNPUBLISHED, 4)]


def test_a_hook_that_fails_is_called_again_and_others_go_on(admin, word):
    bad, tag = admin.create(title='fails-once ' + word)
    _, tag = admin.publish(bad['id'])
    good, _ = admin.create(title='good ' + word)
    assert seen(admin, good['id'], 1)
    rows = seen(admin, bad['id'], 2)
    assert [x['kind'] for x in rows] == [SAVED, PUBLISHED], 'in order, though the first one failed at first'


def test_a_change_that_fails_is_overtaken_when_the_entry_is_taken_back(server, admin, word):
    e, _ = admin.create(title='never-published ' + word)
    admin.publish(e['id'])
    parked = "select count(*) from quoin.plugin_parked where entry = '%s'" % e['id']
    wait_until(lambda: server.sql(parked) == '1', 15, 'the publication to fail')
    admin.transition('/v1/articles/' + e['id'], 'unpublish')
    rows = seen(admin, e['id'], 2)
    assert [x['kind'] for x in rows] == [SAVED, UNPUBLISHED]
    wait_until(lambda: server.sql(parked) == '0', 15, 'the publication to be given up')
    admin.publish(e['id'])
    wait_until(lambda: server.sql(parked) == '1', 15, 'the next one to be tried')


def test_also_where_the_hook_does_not_hear_of_that(server, admin, word):
    e = admin.post('/v1/authors', {'name': word}).json()['data']['id']
    assert admin.transition('/v1/authors/' + e, 'publish').status_code == 200
    parked = "select count(*) from quoin.plugin_parked where entry = '%s'" % e
    wait_until(lambda: server.sql(parked) == '1', 15, 'the publication to fail')
    assert admin.transition('/v1/authors/' + e, 'unpublish').status_code == 200
    wait_until(lambda: server.sql(parked) == '0', 15, 'the publication to be given up')


def test_an_error_of_the_database_is_told(admin):
    r = admin.get('/v1/tables/fault')
    assert r.status_code == 409 and r.json()['detail'] == 'SQLSTATE 22012'


def live_in(client, entry):
    return client.get('/v1/tables/index/' + entry).json()['data']['live']


def test_an_index_in_memory_follows_in_every_worker(server, admin, word):
    e, _ = admin.create(title=word)
    admin.publish(e['id'])
    for _ in range(8):  # new connections: both workers
        wait_until(lambda: requests.get(server.url + '/v1/tables/index/' + e['id']).json()['data']['live'], 10, 'the index to have it')
    admin.transition('/v1/articles/' + e['id'], 'unpublish')
    for _ in range(8):
        wait_until(lambda: not requests.get(server.url + '/v1/tables/index/' + e['id']).json()['data']['live'], 10, 'the index to drop it')


def test_after_a_bulk_import_the_index_is_read_anew(admin, public, word):
    lines = ''.join('{"title":"%s %d","status":"published","published_at":"2026-01-0%dT00:00:00Z","slug":"%s-%d"}\n' % (word, i, i, word, i)
                    for i in range(1, 4))
    r = admin.request('POST', '/v1/import?type=article', data=lines.encode(), headers={'Content-Type': 'application/x-ndjson'})
    assert r.status_code == 200, r.text
    e = public.get('/v1/articles/%s-3' % word).json()['data']
    wait_until(lambda: live_in(public, e['id']), 15, 'the index to have it')


def test_a_scheduled_publication_is_told_when_it_comes(admin, public, word):
    e, _ = admin.create(title=word)
    at = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(time.time() + 3)) + 'Z'
    admin.publish(e['id'], at=at)
    assert not live_in(public, e['id'])
    wait_until(lambda: live_in(public, e['id']), 15, 'its time')


def test_it_is_told_however_many_come_at_the_same_moment():
    with plugin_server('tables', **{'server.workers': 1}) as s:
        admin = Client(s.url, s.token)
        e, _ = admin.create(title='on time')
        at = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(time.time() + 5)) + 'Z'
        admin.publish(e['id'], at=at)
        s.sql("create temp table n as select gen_random_uuid() as id, i, timestamptz '%s' - interval '1 us' as at from generate_series(1, 1500) i;"
              "insert into quoin.entry (id, type, locale, slug, status, version, type_version, sort_title, tags, scalars, created_at, updated_at)"
              " select id, 'author', 'en', 'n-' || i, 'draft', 1, 1, '', '{}', '{}', now(), now() from n;"
              "insert into quoin.published (entry, locale, publish_at, type, slug, version, published_at, created_at, sort_title, tags, scalars,"
              " doc, etag) select id, 'en', at, 'author', 'n-' || i, 1, at, now(), '', '{}', '{}', '{}', '\"p1\"' from n" % at)
        assert not live_in(admin, e['id'])
        wait_until(lambda: admin.get('/v1/articles/' + e['id']).status_code == 200, 15, 'its time')
        wait_until(lambda: live_in(admin, e['id']), 10, 'the index to have it')


def test_options_come_typed(admin):
    assert admin.get('/v1/tables/options').json()['data'] == {
        'on': False, 'bytes': 2048, 'text': '', 'colour': 'red', 'list': ['a', 'b'], 'unknown': True}


# ---- the four pairs of old and new -----------------------------------------------------------------------------------------

def test_a_plugin_of_a_later_minor_asks_and_is_answered(public):
    assert public.get('/v1/future').json()['data'] == {'has': False}


def test_plugins_are_listed_with_what_they_provide(admin, public):
    plugins = {p['name']: p for p in admin.get('/v1/plugins').json()['data']}
    assert {p['state'] for p in plugins.values()} == {'loaded'}
    assert plugins['reads']['provides']['services'] == ['service reads.title']
    assert plugins['needy']['needs'] == []
    assert public.get('/v1/plugins').status_code == 403
