"""What the plugin interface got with 1.1."""
import pytest
from client import Client
from plugin_server import plugin_server
from quoin_server import wait_until


@pytest.fixture(scope='module')
def house():
    with plugin_server('pages', **{'server.workers': 1}) as s:
        s.admin, s.public = Client(s.url, s.token), Client(s.url)
        yield s


def follow(client, path, rel):
    """What one page says of its neighbour, in the body and in the header."""
    r = client.get(path)
    links = r.json()['links']
    header = {}
    for part in r.headers.get('Link', '').split(', '):
        if part:
            target, _, name = part.partition('; rel=')
            header[name.strip('"')] = target.strip('<>')
    assert header == {k: v for k, v in links.items() if k != 'self'}
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
