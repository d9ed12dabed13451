"""Wrong input: what, where, and what would be right."""
import json

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from client import errors

JSON = {'Content-Type': 'application/json'}


@pytest.mark.parametrize('body,code', [
    (b'', 'malformed'), (b'{', 'malformed'), (b'{"a":1,"a":2}', 'duplicate_key'), (b'{"title":"\\u0000"}', 'nul'),
    (b'{"title":"\\ud800"}', 'surrogate'), (b'{"title":"\xff"}', 'utf8'), (b'{"title":1e999}', 'number_range'),
    (b'{"title":' + b'[' * 200 + b']' * 200 + b'}', 'depth'), (b'{} {}', 'malformed'), (b'{"title":01}', 'malformed')])
def test_json_that_is_none_is_400(admin, body, code):
    r = admin.request('POST', '/v1/articles', data=body, headers=JSON)
    assert r.status_code == 400, r.text
    assert r.json()['type'] == '/problems/malformed-json'
    assert r.json()['errors'][0]['code'] == code
    assert 'line' in r.json()['detail']


def test_all_faults_of_a_body_come_at_once(admin):
    r = admin.post('/v1/articles', {'summary': 'x' * 10, 'tags': ['Not A Slug'], 'seo': {'canonical': 'nope nope'},
                                    'body': [{'type': 'heading', 'level': 9, 'text': 'x'}], 'authors': ['x']})
    assert r.status_code == 422
    got = errors(r)
    assert got['/title'] == 'required'
    assert {'/tags/0', '/seo/canonical', '/body/0/level', '/authors/0'} <= set(got)


def test_unknown_and_ill_typed_members_are_400_and_named(admin):
    r = admin.post('/v1/articles', {'titel': 'x', 'summary': 7, 'body': [{'type': 'text', 'text': 'x', 'color': 'red'}], 'seo': []})
    assert r.status_code == 400
    got = errors(r)
    assert got['/titel'] == 'unknown_member' and got['/summary'] == 'type' and got['/seo'] == 'type'
    assert '/body/0/color' in got
    assert 'title' in [e['detail'] for e in r.json()['errors'] if e['pointer'] == '/titel'][0]


@pytest.mark.parametrize('member,value', [('id', 'x'), ('type', 'page'), ('status', 'published'), ('version', 9), ('created_at', 'x'),
                                          ('published_at', '2020-01-01T00:00:00Z'), ('created_by', 'x'), ('_actions', [])])
def test_what_the_system_sets_cannot_be_set(admin, word, member, value):
    r = admin.post('/v1/articles', {'title': word, member: value})
    assert r.status_code in (400, 422), r.text
    assert '/' + member in errors(r)
    e, etag = admin.create(title=word)
    if value != e.get(member):
        r = admin.patch('/v1/articles/' + e['id'], {member: 'something-else'}, etag)
        assert r.status_code == 400, r.text


@pytest.mark.parametrize('body', [b'null', b'[]', b'"x"', b'7', b'true'])
def test_a_body_that_is_no_object_is_400(admin, body):
    assert admin.request('POST', '/v1/articles', data=body, headers=JSON).status_code == 400


@pytest.mark.parametrize('method,path,status', [
    ('GET', '/v1/nope', 404), ('GET', '/nope', 404), ('GET', '/v1/articles/', 404), ('GET', '/v1/articles/x/y/z', 404),
    ('GET', '/v1/search?q=x', 404), ('GET', '/openapi.json', 404), ('GET', '/metrics', 404),
    ('DELETE', '/v1/articles', 405), ('PATCH', '/v1/types', 405), ('POST', '/healthz', 405),
    ('GET', '/v1/articles/00000000-0000-0000-0000-000000000000', 404), ('GET', "/v1/articles/'%20or%201=1", 404)])
def test_paths_and_methods_that_are_not_there(public, method, path, status):
    r = public.request(method, path)
    assert r.status_code == status
    if status == 405:
        assert r.headers['Allow']


def test_options_and_head_work_everywhere(public):
    for path, allow in [('/v1/articles', {'GET', 'HEAD', 'OPTIONS', 'POST'}), ('/healthz', {'GET', 'HEAD', 'OPTIONS'})]:
        r = public.request('OPTIONS', path)
        assert r.status_code == 204
        assert set(x.strip() for x in r.headers['Allow'].split(',')) == allow
        assert public.request('HEAD', path).status_code == 200


@pytest.mark.parametrize('headers', [{}, {'Content-Type': 'text/plain'}, {'Content-Type': 'application/jsonx'}, {'Content-Type': ';'}])
def test_no_or_another_content_type_is_415(admin, headers):
    r = admin.request('POST', '/v1/articles', data=b'{"title":"x"}', headers=headers)
    assert r.status_code == 415
    assert 'application/json' in r.text


@pytest.mark.parametrize('name,method,path,body', [
    ('bad-request', 'GET', '/v1/quotes?limit=x', None), ('invalid-input', 'GET', '/v1/articles?nope=1', None),
    ('invalid-input', 'POST', '/v1/articles', b'{"nope":1}'), ('malformed-json', 'POST', '/v1/articles', b'{'),
    ('validation', 'POST', '/v1/articles', b'{}'), ('taken', 'POST', '/v1/types', b'{"name":"article","collection":"x","fields":[{"name":"a","kind":"json"}]}'),
    ('unknown-parameter', 'GET', '/v1/speakers?nope=1', None), ('not-found', 'GET', '/v1/nope', None),
    ('method-not-allowed', 'PUT', '/v1/articles', b'{}'), ('precondition-required', 'PATCH', '/v1/articles/nope', b'{}')])
def test_a_problem_type_answers_with_a_text_about_it(admin, public, name, method, path, body):
    p = admin.request(method, path, data=body, headers=JSON if body else {}).json()
    assert p['type'] == '/problems/' + name
    r = public.get(p['type'])
    assert r.status_code == 200 and r.headers['Content-Type'].startswith('text/plain') and len(r.text) > 40
    assert r.text.startswith(p['title'] + '\n')


@pytest.mark.parametrize('path', ['/healthz', '/readyz', '/problems/gone', '/v1/types', '/v1/tags', '/v1/speakers', '/'])
def test_no_resource_passes_over_a_parameter_that_it_does_not_know(public, path):
    r = public.get(path + '?nope=1')
    assert r.status_code == 400
    assert [e['pointer'] for e in r.json()['errors']] == ['?nope']
    assert public.get(path).status_code == 200


@pytest.mark.parametrize('locale', ['', 'EN', 'e n', 'en-', '%2e%2e', 'x' * 99])
@pytest.mark.parametrize('path', ['/v1/articles', '/v1/articles/%s', '/v1/articles/%s/revisions', '/v1/articles/%s/revisions/1'])
def test_a_locale_that_is_none_is_400(admin, word, path, locale):
    e, _ = admin.create(title=word)
    r = admin.get(path.replace('%s', e['id']) + '?locale=' + locale)
    assert r.status_code == 400 and r.json()['type'] == '/problems/invalid-input'
    assert errors(r) == {'?locale': 'format'}


@pytest.mark.parametrize('path', ['/', '/tags/a', '/articles/a', '/v1/quotes', '/v1/articles/a/quotes', '/v1/articles/a/related'])
def test_plugins_take_no_locale_that_is_none_either(public, path):
    r = public.get(path + '?locale=EN')
    assert r.status_code == 400 and errors(r) == {'?locale': 'format'}


def test_the_request_id_is_taken_and_given_back(public):
    r = public.get('/v1/nope', headers={'X-Request-Id': 'abc-123'})
    assert r.headers['X-Request-Id'] == 'abc-123' and r.json()['instance'] == 'abc-123'
    r = public.get('/healthz', headers={'X-Request-Id': 'not good!'})
    assert r.headers['X-Request-Id'] != 'not good!'


values = st.recursive(st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats(allow_nan=False, allow_infinity=False)
                      | st.text(max_size=40), lambda c: st.lists(c, max_size=4) | st.dictionaries(st.text(max_size=10), c, max_size=4),
                      max_leaves=12)
names = st.sampled_from(['title', 'summary', 'body', 'authors', 'section', 'tags', 'hero', 'seo', 'related', 'show_in_related', 'slug',
                         'locale', 'id', 'version', 'nope'])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, values, max_size=6))
def test_any_json_is_created_or_refused_with_pointers(admin, body):
    r = admin.request('POST', '/v1/articles', data=json.dumps(body), headers=JSON)
    assert r.status_code in (201, 400, 409, 422), r.text
    if r.status_code == 201:
        e = r.json()['data']
        for k in ('title', 'summary', 'section'):
            if body.get(k) is not None:
                assert e[k] == body[k]
    elif r.status_code in (400, 422):
        assert r.json()['errors']


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(admin, body):
    r = admin.request('POST', '/v1/articles', data=body, headers=JSON)
    assert r.status_code in (201, 400, 422)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(['limit', 'after', 'before', 'sort', 'version', 'locale', 'filter[tags][_in]', 'filter[title]',
                                        'filter[published_at]', 'filter[id][_in]']), st.text(max_size=30), max_size=4))
def test_any_query_is_answered(public, query):
    r = public.get('/v1/articles', params=query)
    assert r.status_code in (200, 400)
