"""What the plugin interface got with 1.1."""
import os
import subprocess
import time

import pytest
from client import Client
from plugin_server import plugin_server
from quoin_server import wait_until


@pytest.fixture(scope='module')
def house():
    with plugin_server('pages', **{'server.workers': 1}) as s:
        s.admin, s.public = Client(s.url, s.token), Client(s.url)
        yield s


def run_psql(house, sql):
    return subprocess.run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', os.path.join(house.data_dir, 'pg'), '-p', '5432', '-U', 'quoin_owner',
                           'quoin', '-c', sql], capture_output=True, text=True, timeout=60)


def psql(house, sql):
    r = run_psql(house, sql)
    assert r.returncode == 0, r.stderr
    return r.stdout.strip()


def psql_fails(house, sql):
    r = run_psql(house, sql)
    assert r.returncode != 0
    return r.stderr


def follow(client, path, rel):
    """What one page says of its neighbour, in the body and in the header."""
    r = client.get(path)
    links = r.json()['links']
    header = {}
    for part in r.headers.get('Link', '').split(', '):
        if part:
            target, _, name = part.partition('; rel=')
            header[name.strip('"')] = target.strip('<>')
    assert header == links
    assert links['self'] == path
    return r.json(), links.get(rel)


def test_a_page_is_what_the_apis_own_lists_are(house):
    body, path = follow(house.public, '/v1/pages/numbers', 'next')
    assert body['data'] == [0, 1, 2, 3] and body['meta'] == {'limit': 4, 'count': 4} and list(body) == ['data', 'meta', 'links']
    assert 'prev' not in body['links']
    seen = body['data']
    while path:
        body, path = follow(house.public, path, 'next')
        seen += body['data']
    assert seen == list(range(10))
    _, path = follow(house.public, body['links']['self'], 'prev')
    body, path = follow(house.public, path, 'prev')
    assert body['data'] == [4, 5, 6, 7]
    assert follow(house.public, path, 'prev') == (house.public.get(path).json(), None)


def test_links_keep_what_else_was_asked_for(house):
    body, path = follow(house.public, '/v1/pages/numbers?limit=9', 'next')
    assert path.startswith('/v1/pages/numbers?limit=9&after=')
    body, path = follow(house.public, path, 'prev')
    assert body['data'] == [9] and path.startswith('/v1/pages/numbers?limit=9&before=')


@pytest.mark.parametrize('cursor', ['', 'x', '!', 'a' * 5000, 'WzEsIm51bWJlcnMiXQ', 'WzEsIm90aGVyIiwiMSIsbnVsbF0', '%00', 'bnVsbA'])
def test_a_cursor_of_anything_else_is_refused(house, cursor):
    assert house.public.get('/v1/pages/numbers?after=' + cursor).status_code == 400


def test_what_is_no_list_is_no_page(house):
    assert house.public.get('/v1/pages/none').status_code == 500


def test_an_unchanged_page_is_304(house):
    r = house.public.get('/v1/pages/numbers')
    assert house.public.get('/v1/pages/numbers', headers={'If-None-Match': r.headers['ETag']}).status_code == 304


@pytest.mark.parametrize('text, slug', [('Володимир Зеленський', 'volodimir-zelenskij'), ('  Ann  Lee! ', 'ann-lee'), ('', 'entry'), ('!', 'entry')])
def test_slugs_are_made_as_entries_get_theirs(house, text, slug):
    r = house.public.get('/v1/pages/slug', params={'text': text})
    assert r.json()['data'] == slug


def test_a_computed_field_is_had_of_any_version(house):
    e, tag = house.admin.create(title='abc')
    house.admin.patch('/v1/articles/' + e['id'], {'title': 'abcdef'}, tag)
    path = '/v1/pages/derived/%s/' % e['id']
    assert house.admin.get(path + '1').json()['data'] == {'title_bytes': 3}
    assert house.admin.get(path + '2').json()['data'] == {'title_bytes': 6}
    assert house.admin.get(path + '3').json()['data'] == {}, 'there is no such version'
    assert house.public.get(path + '1').status_code == 403, 'a draft is not for readers'
    assert house.admin.get('/v1/pages/derived/%s/1' % 'no-id').status_code == 400
    assert house.admin.get(path + '0').status_code == 400


def steps(house):
    return house.public.get('/v1/pages/steps').json()['data']


def test_everything_is_read_at_the_beginning_and_after_an_import_step_by_step(house):
    wait_until(lambda: steps(house).count('done') == 1, 20, 'the first reading, a step of which fails once')
    assert [s for s in steps(house) if s != 'change'] == ['step', 'step', 'done']
    r = house.admin.request('POST', '/v1/import?type=article', data=b'{"title":"imported"}\n', headers={'Content-Type': 'application/x-ndjson'})
    assert r.status_code == 200, r.text
    wait_until(lambda: steps(house).count('done') == 2, 20, 'the second reading')


def test_a_change_cannot_be_asked_for_again_it_fails_and_is_tried_again(house):
    before = steps(house).count('change')
    e, _ = house.admin.create(title='again')
    house.admin.publish(e['id'])
    wait_until(lambda: steps(house).count('change') >= before + 2, 20, 'a second try')
    assert 'failed for the entry ' + e['id'] in house.log()


def test_queries_see_what_is_live_by_the_views(house):
    live, _ = house.admin.create(title='live', tags=['views'], slug='views-live')
    house.admin.publish(live['id'])
    later, _ = house.admin.create(title='later', tags=['views'])
    house.admin.publish(later['id'], at='2999-01-01T00:00:00Z')
    gone, _ = house.admin.create(title='gone', tags=['views'])
    house.admin.publish(gone['id'])
    house.admin.transition('/v1/articles/' + gone['id'], 'unpublish')
    house.admin.create(title='draft', tags=['views'])
    assert house.public.get('/v1/pages/live?tag=views').json()['data'] == [['live', 'views-live', 2, 'en']]


# ---- answers that are kept ---------------------------------------------------------------------------------------------------

def calls(client, on, path='/v1/pages/kept', more=''):
    r = client.get('%s?on=%s%s' % (path, on, more))
    assert r.status_code == 200, r.text
    assert r.json()['data']['keep'] == 0
    return r.json()['data']['calls']


def is_kept(client, on, **kw):
    """The plugin is not called for the second one; what the listener hears of late may spoil one of them."""
    for _ in range(20):
        if calls(client, on, **kw) == calls(client, on, **kw):
            return True
        time.sleep(0.05)
    return False


def touch(house, what):
    r = house.admin.post('/v1/pages/touch?what=' + what)
    assert r.status_code == 200
    return r.json()['data']['touch']


def test_a_kept_answer_is_given_again_until_what_it_depends_on_changes(house):
    on = 'plugin:pages:a'
    assert is_kept(house.public, on)
    before = calls(house.public, on)
    assert touch(house, 'b') == 0
    assert calls(house.public, on) == before, 'of another thing'
    assert touch(house, 'a') == 0
    assert calls(house.public, on) > before
    assert is_kept(house.public, on)
    assert is_kept(house.public, 'plugin:pages') and touch(house, '') == 0


def test_a_kept_answer_follows_what_readers_see(house):
    e, _ = house.admin.create(title='kept')
    for action, on in (('publish', 'entry:' + e['id']), ('unpublish', 'type:article'), ('publish', 'plugin:pages entry:%s' % e['id'])):
        assert is_kept(house.public, on)
        before = calls(house.public, on)
        assert house.admin.transition('/v1/articles/' + e['id'], action).status_code == 200
        assert calls(house.public, on) > before, on


def test_what_another_node_touched_is_heard_of(house):
    """The event is what a transaction of the plugin writes; here, as if another node had."""
    assert is_kept(house.public, 'plugin:pages:far')
    before = calls(house.public, 'plugin:pages:far')
    psql(house, "select quoin.touch('pages:far')")
    wait_until(lambda: calls(house.public, 'plugin:pages:far') > before, 10, 'the listener to hear of it')


def test_the_clock_ends_it(house):
    r = house.public.get('/v1/pages/kept?on=plugin:pages&ms=30')
    assert r.headers['Cache-Control'] == 'public, max-age=0, s-maxage=0'
    wait_until(lambda: house.public.get('/v1/pages/kept?on=plugin:pages&ms=30').json()['data']['calls'] > r.json()['data']['calls'], 10, 'its end')
    r = house.public.get('/v1/pages/kept?on=plugin:pages&ms=5900')
    assert r.headers['Cache-Control'] == 'public, max-age=0, s-maxage=5' and r.headers['Surrogate-Key'] == 'plugin:pages types'


def test_what_is_not_to_be_kept_is_not(house):
    assert not is_kept(house.public, 'plugin:pages', path='/v1/pages/not-kept')
    assert not is_kept(house.admin, 'plugin:pages', more='&version=draft')
    for on in ('page:x', 'entry:', 'type:article;x', 'x' * 200, ' '.join('plugin:n%d' % i for i in range(65))):
        first, second = (house.public.get('/v1/pages/kept', params={'on': on}).json()['data'] for _ in range(2))
        assert first['calls'] < second['calls'], on
        assert first['keep'] == -1, on


def test_callers_of_other_rights_have_their_own(house):
    assert is_kept(house.public, 'plugin:pages:r') and is_kept(house.admin, 'plugin:pages:r')
    assert calls(house.public, 'plugin:pages:r') != calls(house.admin, 'plugin:pages:r')
    r = house.admin.get('/v1/pages/kept?on=plugin:pages:r')
    assert r.headers['Cache-Control'] == 'private, no-store' and 'Surrogate-Key' not in r.headers


@pytest.mark.parametrize('what', ['a b', 'ä', "'", 'x' * 200])
def test_only_names_are_touched(house, what):
    assert touch(house, what) == -1


def test_the_database_takes_only_names_too(house):
    for what in ('', 'Pages', 'pages:', 'pages:a b', 'pages,x', 'x' * 40):
        assert 'a plugin' in psql_fails(house, "select quoin.touch('%s')" % what), what
