"""Speakers: found, listed, renamed, merged; and that what is said under any of their names lands on them."""
import threading

import pytest

from quotes_server import (change, decide, of_article, page, person, psql, publish, quotes_server, said, settled, slug_of, texts, with_clients, word)
from client import Client, errors


@pytest.fixture(scope='module')
def house():
    with quotes_server() as s:
        s.roles = {}
        yield with_clients(s)


@pytest.fixture
def name():
    return person()


def speaker(house, slug, client=None):
    r = (client or house.public).get('/v1/speakers/' + slug)
    assert r.status_code == 200, r.text
    return r.json()['data']


def merge(house, slug, into, client=None):
    return (client or house.admin).post('/v1/speakers/%s/merge' % slug, {'into': into})


# ---- looked at -------------------------------------------------------------------------------------------------------------

def test_a_speaker_has_a_name_a_role_a_count_and_a_time(house, name):
    publish(house, '“One thing,” said %s, a pilot.' % name, at='2015-05-01T00:00:00Z')
    publish(house, '“Another thing,” said %s, the mayor. “A third thing,” %s said.' % (name, name.split()[1]), at='2016-05-01T00:00:00Z')
    assert speaker(house, slug_of(name)) == {'slug': slug_of(name), 'name': name, 'role': 'mayor', 'count': 3,
                                             'first_at': '2015-05-01T00:00:00.000Z', 'last_at': '2016-05-01T00:00:00.000Z'}
    assert texts(page(house, '', path='/v1/speakers/%s/quotes' % slug_of(name))) == ['Another thing,', 'A third thing,', 'One thing,']
    assert texts(page(house, '?sort=published_at&filter[to]=2016-01-01', path='/v1/speakers/%s/quotes' % slug_of(name))) == ['One thing,']


def test_those_whom_nobody_quotes_by_name_are_no_speakers(house):
    before = int(psql(house, 'select count(*) from plugin_quotes.speaker'))
    e = publish(house, '“We know nothing,” a spokesman for the ministry said.')
    found = of_article(house, e['id'])
    assert len(found) == 1
    named = [q for q in found if q['speaker'] and q['speaker']['name']]
    assert int(psql(house, 'select count(*) from plugin_quotes.speaker')) <= before + len(named) + 1  # and the one of settled()


def test_pages_of_speakers_lead_forth_and_back(house):
    common = 'Q' + word()
    slugs = sorted(slug_of('%s %s' % (first, common)) for first in ('Anna', 'Bela', 'Cora', 'Dora', 'Emma'))
    publish(house, *[said('A thing of mine', s.split('-')[0].title() + ' ' + common) for s in slugs])
    get = lambda path: house.public.get(path).json()   # noqa: E731
    pages, path = [], '/v1/speakers?limit=2&search=' + common
    while path:
        pages.append(get(path))
        path = pages[-1]['links'].get('next')
    assert [[s['slug'] for s in p['data']] for p in pages] == [slugs[:2], slugs[2:4], slugs[4:]]
    assert 'prev' not in pages[0]['links'] and pages[1]['meta'] == {'limit': 2, 'count': 2}
    back = get(pages[2]['links']['prev'])
    assert [s['slug'] for s in back['data']] == slugs[2:4]
    assert [s['slug'] for s in get(back['links']['prev'])['data']] == slugs[:2]
    assert [s['slug'] for s in get('/v1/speakers?search=bela%20' + common[:4])['data']] == slugs[1:2], 'beginnings of words'
    assert get('/v1/speakers?search=zz' + common)['data'] == []


def test_a_list_of_all_has_each_once_in_order(house, name):
    publish(house, said('A thing of mine', name))
    slugs, path = [], '/v1/speakers?limit=3'
    while path:
        body = house.public.get(path).json()
        slugs += [s['slug'] for s in body['data']]
        path = body['links'].get('next')
    assert slugs == sorted(set(slugs)) and slug_of(name) in slugs


@pytest.mark.parametrize('query, wanted', [('limit=0', '?limit'), ('after=x', '?after'), ('search=', '?search'), ('sort=name', '?sort'), ('x=1', '?x'),
                                           ('search=' + 'x' * 501, '?search')])
def test_a_page_of_speakers_that_cannot_be_is_refused(house, query, wanted):
    r = house.public.get('/v1/speakers?' + query)
    assert r.status_code == 400 and list(errors(r)) == [wanted]


def test_who_is_not_there_is_404(house):
    for slug in ('nobody', 'No-Body', 'a--b', '-', 'x' * 300, "'", '%00', '..%2f..'):
        for path in ('/v1/speakers/' + slug, '/v1/speakers/%s/quotes' % slug):
            assert house.public.get(path).status_code in (404, 400), path
        assert house.admin.patch('/v1/speakers/' + slug, {'name': 'x'}).status_code in (404, 400)
    assert house.public.get('/v1/speakers/x/quotes?filter[speaker]=y').status_code == 400
    assert house.public.delete('/v1/speakers/x').status_code == 405
    assert house.admin.post('/v1/speakers', {'name': 'x'}).status_code == 405


# ---- renamed ---------------------------------------------------------------------------------------------------------------

def test_a_new_name_is_shown_everywhere_and_the_old_slug_leads_on(house, name):
    new = person()
    e = publish(house, said('A thing of mine', name))
    r = house.admin.patch('/v1/speakers/' + slug_of(name), {'name': new})
    assert r.status_code == 200 and r.json()['data']['name'] == new and r.json()['data']['slug'] == slug_of(new)
    assert r.json()['data']['names'] == sorted([name, new]) and r.headers['ETag'] == '"q2"'
    [q] = page(house, '?filter[speaker]=' + slug_of(new))
    assert (q['speaker']['name'], q['speaker']['slug'], q['speaker']['as_written']) == (new, slug_of(new), name)
    assert [x['speaker'] for x in of_article(house, e['id'])] == [{'name': new, 'as_written': name, 'role': None}]
    assert page(house, '?filter[speaker]=' + slug_of(name)) == page(house, '?filter[speaker]=' + slug_of(new)), 'a former slug filters, too'
    for below in ('', '/quotes'):
        r = house.public.get('/v1/speakers/%s%s' % (slug_of(name), below))
        assert (r.status_code, r.headers['Location']) == (308, '/v1/speakers/%s%s' % (slug_of(new), below))
    r = house.public.get('/v1/speakers/%s/quotes?limit=1&search=a+thing&filter[tag]=x' % slug_of(name))
    assert r.headers['Location'] == '/v1/speakers/%s/quotes?limit=1&search=a%%20thing&filter%%5Btag%%5D=x' % slug_of(new)
    assert [s['slug'] for s in page(house, '?search=' + name.split()[1], path='/v1/speakers')] == [slug_of(new)], 'found by the old name'
    # And what comes under the old name lands there.
    publish(house, said('Another thing of mine', name.upper().title()))
    assert speaker(house, slug_of(new))['count'] == 2
    # And back again.
    r = house.admin.patch('/v1/speakers/' + slug_of(new), {'name': name})
    assert r.json()['data']['slug'] == slug_of(name)
    assert house.public.get('/v1/speakers/' + slug_of(new)).status_code == 308


def test_a_slug_and_a_role_can_be_given(house, name):
    publish(house, '“A thing of mine,” said %s, a pilot.' % name)
    slug = word()
    r = house.admin.patch('/v1/speakers/' + slug_of(name), {'slug': slug, 'role': 'the oldest pilot'})
    assert r.status_code == 200
    assert {k: r.json()['data'][k] for k in ('slug', 'name', 'role')} == {'slug': slug, 'name': name, 'role': 'the oldest pilot'}
    assert house.admin.patch('/v1/speakers/' + slug, {'role': None}).json()['data']['role'] == 'pilot'
    assert house.admin.patch('/v1/speakers/' + slug, {}).headers['ETag'] == house.admin.get('/v1/speakers/' + slug).headers['ETag']


def test_what_another_speaker_has_is_not_given_out(house, name):
    other = person()
    publish(house, said('A thing of mine', name), said('Nothing of yours', other))
    r = house.admin.patch('/v1/speakers/' + slug_of(name), {'name': other})
    assert r.status_code == 409 and errors(r) == {'/name': 'taken'} and slug_of(other) in r.json()['detail']
    r = house.admin.patch('/v1/speakers/' + slug_of(name), {'slug': slug_of(other)})
    assert r.status_code == 409 and errors(r) == {'/slug': 'taken'}
    assert speaker(house, slug_of(name))['name'] == name


def test_two_names_that_make_the_same_slug_have_two(house):
    tail = word()
    publish(house, said('A thing of mine', 'Jose V' + tail), said('Nothing of yours', 'José V' + tail))
    assert {s['slug']: s['name'] for s in page(house, '?search=v' + tail, path='/v1/speakers')} == \
        {'jose-v' + tail: 'Jose V' + tail, 'jose-v%s-2' % tail: 'José V' + tail}


@pytest.mark.parametrize('body, status, wanted', [
    ({'name': 5}, 400, {'/name': 'type'}), ({'name': ''}, 422, {'/name': 'min'}), ({'name': 'x' * 201}, 422, {'/name': 'max'}),
    ({'slug': 'No Slug'}, 422, {'/slug': 'format'}), ({'slug': 'a--b'}, 422, {'/slug': 'format'}), ({'slug': None}, 400, {'/slug': 'type'}),
    ({'role': []}, 400, {'/role': 'type'}), ({'title': 'x', 'name': None}, 400, {'/title': 'unknown_member', '/name': 'type'}), ([], 400, {'': 'type'}),
])
def test_a_renaming_says_all_that_is_wrong(house, body, status, wanted):
    name = person()
    publish(house, said('A thing of mine', name))
    r = house.admin.patch('/v1/speakers/' + slug_of(name), body)
    assert (r.status_code, errors(r)) == (status, wanted)


def test_speakers_are_for_those_who_may_change_every_article(house, name):
    publish(house, said('A thing of mine', name))
    for role in (None, 'reader', 'author'):
        client = Client(house.url, house.add_token(role, 'speakers ' + role)) if role else house.public
        assert client.patch('/v1/speakers/' + slug_of(name), {'name': 'x'}).status_code == 403
        assert merge(house, slug_of(name), 'x', client).status_code == 403
        assert 'names' not in speaker(house, slug_of(name), client)
    editor = Client(house.url, house.add_token('editor', 'speakers editor'))
    assert editor.patch('/v1/speakers/' + slug_of(name), {'role': 'x'}).status_code == 200
    stale = editor.patch('/v1/speakers/' + slug_of(name), {'role': 'y'}, '"q1"')
    assert stale.status_code == 412 and stale.headers['ETag'] == '"q2"'
    assert editor.patch('/v1/speakers/' + slug_of(name), {'role': 'y'}, '"q2"').status_code == 200


# ---- merged ----------------------------------------------------------------------------------------------------------------

def test_two_become_one_and_stay_so(house, name):
    short = name.split()[1]
    publish(house, said('A thing of mine', name), at='2016-01-01T00:00:00Z')
    publish(house, said('Another thing', short), at='2017-01-01T00:00:00Z')
    assert speaker(house, slug_of(short))['count'] == 1
    r = merge(house, slug_of(short), slug_of(name))
    assert r.status_code == 200 and r.json()['data']['count'] == 2 and r.json()['data']['names'] == sorted([name, short])
    assert [(q['text'], q['speaker']['name']) for q in page(house, '', path='/v1/speakers/%s/quotes' % slug_of(name))] == \
        [('Another thing,', name), ('A thing of mine,', name)]
    r = house.public.get('/v1/speakers/%s/quotes' % slug_of(short))
    assert (r.status_code, r.headers['Location']) == (308, '/v1/speakers/%s/quotes' % slug_of(name))
    e = publish(house, said('A third thing', short))
    assert speaker(house, slug_of(name))['count'] == 3
    assert [q['speaker'] for q in of_article(house, e['id'])] == [{'name': name, 'as_written': short, 'role': None}]
    again = merge(house, slug_of(short), slug_of(name))
    assert again.status_code == 200 and again.json()['data']['count'] == 3, 'the same again is the same'
    assert psql(house, "select count(*) from plugin_quotes.audit where action = 'merge' and subject = '%s'" % slug_of(short)) == '1'


def test_a_merge_says_what_is_wrong(house, name):
    publish(house, said('A thing of mine', name))
    assert merge(house, 'nobody-at-all', slug_of(name)).status_code == 404
    r = merge(house, slug_of(name), 'nobody-at-all')
    assert r.status_code == 422 and errors(r) == {'/into': 'reference'}
    r = merge(house, slug_of(name), slug_of(name))
    assert r.status_code == 409 and errors(r) == {'/into': 'conflict'}
    path = '/v1/speakers/%s/merge' % slug_of(name)
    assert errors(house.admin.post(path, {})) == {'/into': 'required'}
    assert errors(house.admin.post(path, {'into': 5})) == {'/into': 'type'}
    assert errors(house.admin.post(path, {'into': 'x', 'onto': 'y'})) == {'/onto': 'unknown_member'}
    assert errors(house.admin.post(path, [])) == {'': 'type'}
    assert merge(house, slug_of(name), "'; drop table plugin_quotes.speaker; --").status_code == 422
    assert house.admin.get(path).status_code == 405
    assert house.admin.post(path, data='into', headers={'Content-Type': 'text/plain'}).status_code == 415


def test_a_correction_to_a_merged_name_is_the_one_that_stayed(house, name):
    short = person()
    e = publish(house, said('A thing of mine', name), said('Another thing', short), said('A third thing', person()))
    merge(house, slug_of(short), slug_of(name))
    third = of_article(house, e['id'])[2]
    assert decide(house, e, third, speaker={'name': short})['speaker']['name'] == name
    assert speaker(house, slug_of(name))['count'] == 3


def at_once(house, calls):
    """Status codes of calls made at the same moment, each on a connection of its own."""
    clients, got, gate = [Client(house.url, house.token) for _ in calls], [None] * len(calls), threading.Barrier(len(calls))

    def one(i):
        gate.wait()
        got[i] = calls[i](clients[i]).status_code
    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(calls))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return got


def test_two_merged_into_each_other_at_the_same_moment_are_one(house):
    for _ in range(4):
        a, b = person(), person()
        publish(house, said('A thing of mine', a), said('Another thing', b))
        got = at_once(house, [lambda c: merge(house, slug_of(a), slug_of(b), c), lambda c: merge(house, slug_of(b), slug_of(a), c)])
        assert sorted(got) in ([200, 200], [200, 409]), got
        one = [house.public.get('/v1/speakers/' + slug_of(n)) for n in (a, b)]
        assert sorted(r.status_code for r in one) == [200, 308]
        [stayed] = [r.json()['data'] for r in one if r.status_code == 200]
        assert stayed['count'] == 2


def test_merges_renamings_and_publications_at_the_same_moment_lose_nothing(house):
    names = [person() for _ in range(6)]
    articles = [publish(house, *[said('Thing %d of them' % i, n) for n in names]) for i in range(2)]
    into = slug_of(names[0])
    new = person()

    def republish(e):
        def call(c):
            change(house, e, title='Anew')
            return c.transition('/v1/articles/' + e['id'], 'publish')
        return call
    calls = [lambda c, n=n: merge(house, slug_of(n), into, c) for n in names[1:4]]
    calls += [lambda c: c.patch('/v1/speakers/' + slug_of(names[4]), {'name': new}), republish(articles[0]), republish(articles[1])]
    assert at_once(house, calls) == [200] * 6
    settled(house)
    assert speaker(house, into)['count'] == 8 and speaker(house, slug_of(new))['count'] == speaker(house, slug_of(names[5]))['count'] == 2
    assert psql(house, 'select count(*) from plugin_quotes.quote q where q.speaker is not null and not exists'
                       ' (select from plugin_quotes.speaker s where s.id = q.speaker)') == '0'
    assert 'failed for the entry' not in house.log()
