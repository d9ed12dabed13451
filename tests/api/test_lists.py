"""Pages, filters, sorting, tags, types."""
import json
import urllib.parse

import pytest
from client import TIME


def walk(client, path, direction='next'):
    """All pages from `path` on: lists of entries."""
    pages = []
    while path:
        r = client.get(path)
        assert r.status_code == 200, r.text
        d = r.json()
        pages.append(d['data'])
        assert r.headers['Link'] == ', '.join('<%s>; rel="%s"' % (target, rel) for rel, target in d['links'].items())
        path = d['links'].get(direction)
        assert len(pages) < 100
    return pages


@pytest.fixture(scope='module')
def eleven(admin):
    """Eleven published articles of one tag, in an order of times that is not their order of creation."""
    import uuid
    tag = 't' + uuid.uuid4().hex[:10]
    ids = []
    for i in range(11):
        e, _ = admin.create(title='%s %02d' % (tag, (i * 7) % 11), tags=[tag, 'every-%d' % (i % 2)], section='s%d' % (i % 3))
        admin.publish(e['id'], at='2020-01-%02dT00:00:00Z' % (1 + (i * 3) % 11))
        ids.append(e['id'])
    return tag, ids


@pytest.mark.parametrize('sort,key,reverse', [('published_at', 'published_at', False), ('-published_at', 'published_at', True),
                                              ('title', 'title', False), ('-title', 'title', True),
                                              ('created_at', 'created_at', False), ('-created_at', 'created_at', True)])
@pytest.mark.parametrize('limit', [1, 4, 11, 200])
def test_pages_in_both_directions_hold_everything_once_in_order(public, eleven, sort, key, reverse, limit):
    tag, ids = eleven
    path = '/v1/articles?filter[tags][_in]=%s&sort=%s&limit=%d' % (tag, sort, limit)
    pages = walk(public, path)
    flat = [e for p in pages for e in p]
    assert sorted(e['id'] for e in flat) == sorted(ids)
    assert [e[key] for e in flat] == sorted([e[key] for e in flat], reverse=reverse)
    assert all(len(p) == limit for p in pages[:-1])
    last = path
    while True:
        d = public.get(last).json()
        if 'next' not in d['links']:
            break
        last = d['links']['next']
    back = walk(public, last, 'prev')
    assert [e['id'] for p in reversed(back) for e in p] == [e['id'] for e in flat]


def test_links_that_are_long_have_a_header_line_each(server, public, eleven):
    path = '/v1/articles?limit=1&filter%5Btags%5D%5B_in%5D=' + '%2C'.join([eleven[0]] + ['n%02d-' % n + 'x' * 70 for n in range(50)])
    path = public.get(public.get(path).json()['links']['next']).json()['links']['self']
    _, headers, body = server.request('GET', path)
    lines = headers.get_all('Link')
    assert len(lines) > 1 and max(map(len, lines)) < 8192 < sum(map(len, lines))
    assert ', '.join(lines) == ', '.join('<%s>; rel="%s"' % (target, rel) for rel, target in json.loads(body)['links'].items())


@pytest.mark.parametrize('item', [',' + 'n' * 99, '%2C' + 'n' * 97, ',n' + '/' * 98, ',<' + 'n' * 97 + '>'])
def test_links_of_the_longest_query_can_be_requested(server, eleven, item):
    tag, ids = eleven
    query = 'sort=title&limit=4&filter[tags]=%s&filter[section][_in]=s0,s1,s2' % tag
    query += item * ((8192 - len(query)) // 100)
    query += 'n' * (8192 - len(query))
    pages, path, rel = [], '/v1/articles?' + query, 'next'
    while path:
        status, _, body = server.request('GET', path)
        assert status == 200, (len(path), body)
        d = json.loads(body)
        assert server.request('GET', d['links']['self'])[2] == body
        pages.append([e['id'] for e in d['data']])
        path = d['links'].get(rel)
        if not path and rel == 'next':
            path, rel = d['links']['prev'], 'prev'
    assert pages[:2] == pages[:2:-1]
    assert sorted(sum(pages[:3], [])) == sorted(ids)


def test_a_query_longer_than_that_is_refused_with_a_cursor_too(server):
    long = 'filter[section][_eq]=' + 'x' * 8172
    assert len(long) == 8193
    for query in (long, long + '&after=abc', 'after=abc&' + long, long[:100] + '&after=' + 'x' * 8193, 'after=' + 'x' * 8193):
        assert server.request('GET', '/v1/articles?' + query)[0] == 414, len(query)


def test_newest_come_first_by_default(public, eleven):
    tag, _ = eleven
    times = [e['published_at'] for e in public.get('/v1/articles?filter[tags][_in]=' + tag).json()['data']]
    assert times == sorted(times, reverse=True)


def test_entries_that_stand_still_are_neither_skipped_nor_repeated(admin, public, word):
    def add(i):
        e, _ = admin.create(title='%s %d' % (word, i), tags=[word])
        admin.publish(e['id'], at='2021-01-01T00:%02d:00Z' % i)
        return e['id']
    still = [add(i) for i in range(0, 20, 2)]
    seen, path, i = [], '/v1/articles?filter[tags][_in]=%s&limit=3' % word, 1
    while path:
        d = public.get(path).json()
        seen += [e['id'] for e in d['data']]
        path = d['links'].get('next')
        add(i)
        i += 2
    assert [x for x in seen if x in still] == list(reversed(still))
    assert len(seen) == len(set(seen))


def test_filters_by_equality_and_by_one_of(public, eleven):
    tag, _ = eleven
    q = '/v1/articles?filter[tags][_in]=%s&limit=200' % tag
    everything = public.get(q).json()['data']
    for clause, test in [('filter[section][_eq]=s1', lambda e: e['section'] == 's1'),
                         ('filter[section]=s1', lambda e: e['section'] == 's1'),
                         ('filter[section][_in]=s0,s2', lambda e: e['section'] in ('s0', 's2')),
                         ('filter[show_in_related][_eq]=true', lambda e: True),
                         ('filter[title][_eq]=%s%%2003' % tag, lambda e: e['title'] == tag + ' 03'),
                         ('filter[slug][_eq]=%s-03' % tag, lambda e: e['slug'] == tag + '-03'),
                         ('filter[id][_eq]=%s' % everything[3]['id'], lambda e: e['id'] == everything[3]['id'])]:
        got = public.get(q + '&' + clause)
        assert got.status_code == 200, got.text
        assert sorted(e['id'] for e in got.json()['data']) == sorted(e['id'] for e in everything if test(e)), clause


def test_two_tags_may_be_asked_for_together_or_either(public, eleven):
    tag, ids = eleven
    both = public.get('/v1/articles?filter[tags][_in]=%s&filter[tags][_eq]=every-0&limit=200' % tag).json()['data']
    assert len(both) == 6
    either = public.get('/v1/articles?filter[tags][_in]=%s,nothing-has-this&limit=200' % tag).json()['data']
    assert len(either) == 11


def test_an_entry_of_two_asked_tags_comes_once(public, eleven):
    tag, ids = eleven
    got = public.get('/v1/articles?filter[tags][_in]=%s,every-0,every-1&limit=200' % tag).json()['data']
    mine = [e['id'] for e in got if tag in e['tags']]
    assert sorted(mine) == sorted(ids)


def test_drafts_are_listed_for_who_may_read_them(admin, public, as_role, word):
    e, _ = admin.create(title=word, tags=[word])
    path = '/v1/articles?filter[tags][_in]=%s&version=draft' % word
    assert [x['id'] for x in admin.get(path).json()['data']] == [e['id']]
    assert admin.get('/v1/articles?filter[tags][_in]=' + word).json()['data'] == []
    for c in (public, as_role('reader'), as_role('author')):
        r = c.get(path)
        assert r.status_code in (200, 403, 404)
        assert r.status_code != 200 or r.json()['data'] == []


def test_an_author_lists_their_own_drafts(as_role, word):
    one, two = as_role('author'), as_role('author')
    e, _ = one.create(title=word, tags=[word])
    path = '/v1/articles?version=draft&filter[tags][_in]=' + word
    assert [x['id'] for x in one.get(path).json()['data']] == [e['id']]
    assert two.get(path).json()['data'] == []


@pytest.mark.parametrize('query,where', [
    ('limit=0', '?limit'), ('limit=201', '?limit'), ('limit=x', '?limit'), ('limit=', '?limit'), ('limit=1e1', '?limit'),
    ('nope=1', '?nope'), ('sort=nope', '?sort'), ('sort=', '?sort'), ('sort=title,title', '?sort'), ('version=live', '?version'),
    ('after=x', '?after'), ('before=%00', None), ('after=AAAA&before=AAAA', '?before'), ('limit=1&limit=2', '?limit'),
    ('filter[nope][_eq]=1', '?filter[nope][_eq]'), ('filter[title][_like]=1', '?filter[title][_like]'),
    ('filter[title', '?filter[title'), ('filter[]=x', '?filter[]'), ('filter[title][_eq][x]=1', '?filter[title][_eq][x]'),
    ('filter[show_in_related]=maybe', '?filter[show_in_related]'), ('filter[id]=x', '?filter[id]'),
    ('filter[body]=x', '?filter[body]'), ('filter={"a":1}', '?filter'), ('fields=title', '?fields'), ('include=tags', '?include'),
    ('search=x', '?search'), ('meta=total_count', '?meta')])
def test_a_wrong_parameter_is_400_and_named(public, query, where):
    r = public.get('/v1/articles?' + query)
    assert r.status_code == 400, r.text
    if where:
        assert where in [e['pointer'] for e in r.json()['errors']]


def test_all_wrong_parameters_are_named_at_once(public):
    r = public.get('/v1/articles?limit=0&sort=nope&version=x&filter[nope]=1')
    assert {e['pointer'] for e in r.json()['errors']} >= {'?limit', '?version'}


def test_a_cursor_of_another_order_is_refused(public, eleven):
    tag, _ = eleven
    d = public.get('/v1/articles?filter[tags][_in]=%s&limit=2&sort=title' % tag).json()
    cursor = urllib.parse.parse_qs(urllib.parse.urlparse(d['links']['next']).query)['after'][0]
    r = public.get('/v1/articles?limit=2&sort=-published_at&after=' + cursor)
    assert r.status_code == 400 and r.json()['errors'][0]['pointer'] == '?after'


def test_an_empty_list_is_an_empty_page(public, word):
    d = public.get('/v1/articles?filter[tags][_in]=' + word).json()
    assert d['data'] == [] and 'next' not in d['links'] and 'prev' not in d['links']


def test_lists_have_an_etag_and_answer_304(public, eleven):
    tag, _ = eleven
    r = public.get('/v1/articles?filter[tags][_in]=' + tag)
    assert public.get('/v1/articles?filter[tags][_in]=' + tag, headers={'If-None-Match': r.headers['ETag']}).status_code == 304


def test_tags_count_what_is_live(admin, public, word):
    e, _ = admin.create(title=word, tags=[word])
    assert public.get('/v1/tags?limit=1').status_code == 200

    def count(c):
        for page in walk(c, '/v1/tags?limit=200'):
            for t in page:
                if t['slug'] == word:
                    assert set(t) == {'slug', 'name', 'kind', 'count'}
                    return t['count']
    assert count(public) is None, 'a draft\'s tag is nobody\'s to know'
    admin.publish(e['id'])
    assert count(public) == 1
    admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert count(public) is None


def test_types_are_readable(public):
    d = public.get('/v1/types').json()['data']
    assert {t['name']: t['collection'] for t in d} == {'article': 'articles', 'author': 'authors', 'page': 'pages'}
    t = public.get('/v1/types/article').json()['data']
    assert [f['name'] for f in t['fields']] == ['title', 'summary', 'body', 'authors', 'section', 'hero', 'seo', 'related', 'show_in_related']
    assert t['fields'][0]['required'] is True
    assert public.get('/v1/types/nope').status_code == 404


def test_health_and_readiness(public):
    assert public.get('/healthz').status_code == 200
    assert public.get('/readyz').status_code == 200


def test_collections_of_every_type_work_alike(admin, public, word):
    r = admin.post('/v1/pages', {'title': word, 'body': 'About *us*.'})
    assert r.status_code == 201
    e = r.json()['data']
    assert admin.transition('/v1/pages/' + e['id'], 'publish').status_code == 200
    assert public.get('/v1/pages/' + word).json()['data']['body'][0]['text'] == 'About *us*.'
    assert public.get('/v1/articles/' + e['id']).status_code == 404, 'another collection\'s id is not here'
    assert TIME.match(e['created_at'])
