"""Quotations in the plugin's tables: an editor's word on them, how they are found again, and who may see them."""
import json
import threading
import time
import urllib.parse

import pytest
import requests

from quotes_server import (change, decide, of_article, page, person, psql, publish, quotes_server, said, settled, slug_of, texts, wait_until,
                           with_clients, word)
from client import Client, errors

MEMBERS = ['id', 'text', 'kind', 'speaker', 'cue', 'block', 'start', 'end', 'content_start', 'content_end', 'confidence', 'status']


@pytest.fixture(scope='module')
def house():
    with quotes_server() as s:
        s.roles = {}
        yield with_clients(s)


def as_role(house, role):
    if role not in house.roles:
        house.roles[role] = Client(house.url, house.add_token(role, 'quotes ' + role))
    return house.roles[role]


@pytest.fixture
def name():
    return person()


# ---- confirmed, rejected, corrected ----------------------------------------------------------------------------------------

def test_a_confirmed_quotation_is_certain(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    assert q['status'] == 'auto' and q['confidence'] < 1 and list(q) == MEMBERS
    now = decide(house, e, q, status='confirmed')
    assert (now['status'], now['confidence'], now['id']) == ('confirmed', 1, q['id'])
    for shown in (of_article(house, e['id']), page(house, '?filter[speaker]=' + slug_of(name))):
        assert [(x['status'], x['confidence']) for x in shown] == [('confirmed', 1)]


def test_articles_that_are_created_together_have_each_their_own_quotations(house, name):
    made = {}

    def create(i):
        body = [{'type': 'text', 'text': said('Number %d will stand' % i, name)}] if i % 3 else []
        e, _ = Client(house.url, house.token).create(title='%s the %d' % (name, i % 20), body=body)
        made[i] = e
    threads = [threading.Thread(target=create, args=(i,)) for i in range(24)]
    # Whoever comes while the type is held still waits, and the others behind them.
    holder = threading.Thread(target=psql, args=(house, "select pg_advisory_lock(1954115685, hashtext('article')), pg_sleep(2)"))
    holder.start()
    wait_until(lambda: int(psql(house, "select count(*) from pg_locks where locktype = 'advisory' and classid = 1954115685 and granted"
                                       " and mode = 'ExclusiveLock'")), 10, 'the type is held')
    for t in threads:
        t.start()
    for t in (holder, *threads):
        t.join()
    assert len(made) == 24 and len({e['slug'] for e in made.values()}) == 24
    for i, e in made.items():
        assert texts(of_article(house, e['id'], '?version=draft', house.admin)) == (['Number %d will stand,' % i] if i % 3 else []), i
    joined = int(psql(house, "select count(*) - count(distinct xid) from quoin.event where entry in ('%s')" % "','".join(e['id'] for e in made.values())))
    assert joined > 0


def test_a_rejected_quotation_is_hidden_from_readers_at_once_on_every_worker(house, name):
    e = publish(house, said('The bridge will stand', name) + ' ' + said('It rained on Monday', name))
    first, second = of_article(house, e['id'])
    decide(house, e, first, status='rejected')
    for _ in range(8):  # new connections: both workers
        for path in ('/v1/articles/%s/quotes' % e['id'], '/v1/quotes?filter[speaker]=' + slug_of(name), '/v1/speakers/%s/quotes' % slug_of(name)):
            assert texts(requests.get(house.url + path).json()['data']) == [second['text']], path
    assert page(house, '?search=bridge&filter[speaker]=' + slug_of(name)) == []
    assert house.public.get('/v1/speakers/' + slug_of(name)).json()['data']['count'] == 1
    assert house.public.get('/v1/articles/%s/quotes/%s' % (e['id'], first['id'])).status_code == 404


def test_editors_see_what_was_rejected_when_they_ask_for_it(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    decide(house, e, q, status='rejected')
    assert of_article(house, e['id'], client=house.admin) == []
    for query in ('?status=rejected', '?status=all', '?version=draft&status=all'):
        assert [x['status'] for x in of_article(house, e['id'], query, house.admin)] == ['rejected']
    assert of_article(house, e['id'], '?status=auto', house.admin) == []
    mine = '&filter[speaker]=' + slug_of(name)
    assert [x['status'] for x in page(house, '?status=rejected' + mine, house.admin)] == ['rejected']
    assert [x['status'] for x in page(house, '?status=all' + mine, house.admin)] == ['rejected']
    for path in ('/v1/articles/%s/quotes?status=rejected' % e['id'], '/v1/articles/%s/quotes?status=all' % e['id'], '/v1/quotes?status=rejected',
                 '/v1/quotes?status=all'):
        assert house.public.get(path).status_code == 403
        assert as_role(house, 'reader').get(path).status_code == 403
    assert house.public.get('/v1/quotes?status=confirmed').status_code == 200


def test_auto_takes_it_back(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    decide(house, e, q, status='rejected', kind='partial')
    now = decide(house, e, q, status='auto')
    assert {k: now[k] for k in MEMBERS} == q
    assert of_article(house, e['id']) == [q]


def test_a_correction_confirms_and_names_the_speaker(house, name):
    other = person()
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    now = decide(house, e, q, speaker={'name': other, 'role': 'engineer'}, kind='partial', cue='shouted')
    assert now['speaker'] == {'name': other, 'as_written': name, 'role': 'engineer'}
    assert (now['status'], now['kind'], now['cue'], now['confidence']) == ('confirmed', 'partial', 'shouted', 1)
    [found] = page(house, '?filter[speaker]=' + slug_of(other))
    assert found['speaker'] == {'name': other, 'as_written': name, 'role': 'engineer', 'slug': slug_of(other)} and found['kind'] == 'partial'
    assert page(house, '?filter[speaker]=' + slug_of(name)) == []
    assert house.public.get('/v1/speakers/' + slug_of(name)).status_code == 404
    assert house.public.get('/v1/speakers/' + slug_of(other)).json()['data']['role'] == 'engineer'


def test_corrections_are_merged_one_into_the_other(house, name):
    e = publish(house, said('The bridge will stand', name).replace('.', ', the mayor.'))
    [q] = of_article(house, e['id'])
    assert q['speaker']['role'] == 'mayor'
    now = decide(house, e, q, speaker={'role': 'the mayor of the port'})
    assert now['speaker'] == {'name': name, 'as_written': name, 'role': 'the mayor of the port'}
    now = decide(house, e, q, kind='partial')
    assert (now['speaker']['role'], now['kind']) == ('the mayor of the port', 'partial')
    now = decide(house, e, q, speaker={'role': None})
    assert now['speaker'] == {'name': name, 'as_written': name, 'role': None}
    now = decide(house, e, q, speaker=None)
    assert now['speaker'] is None and now['kind'] == 'partial'
    assert [x['speaker'] for x in of_article(house, e['id'])] == [None]
    assert page(house, '?filter[speaker]=' + slug_of(name)) == []
    r = house.admin.patch('/v1/articles/%s/quotes/%s' % (e['id'], q['id']), {'speaker': {'role': 'mayor'}})
    assert r.status_code == 422 and errors(r) == {'/speaker/name': 'required'}
    assert decide(house, e, q, speaker={'name': name})['speaker'] == {'name': name, 'as_written': name, 'role': None}


def test_the_same_again_changes_nothing(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    path = '/v1/articles/%s/quotes/%s' % (e['id'], q['id'])
    first = house.admin.patch(path, {'status': 'confirmed', 'kind': 'partial'})
    for _ in range(3):
        again = house.admin.patch(path, {'status': 'confirmed', 'kind': 'partial'})
        assert again.json() == first.json() and again.headers['ETag'] == first.headers['ETag'] == '"q1"'
    assert house.admin.patch(path, {}).json() == first.json()
    assert len(first.json()['data']['history']) == 1


def test_who_and_when_is_kept(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    decide(house, e, q, status='confirmed')
    decide(house, e, q, client=as_role(house, 'editor'), status='rejected')
    r = house.admin.get('/v1/articles/%s/quotes/%s' % (e['id'], q['id']))
    one = r.json()['data']
    assert list(one) == MEMBERS + ['decision', 'history'] and r.headers['ETag'] == '"q2"'
    assert one['decision']['status'] == 'rejected' and one['decision']['by']['name'] == 'quotes editor' and one['decision']['version'] == 2
    assert [(h['by']['name'], h['before'] and h['before']['status'], h['after']['status']) for h in one['history']] == \
        [('quotes editor', 'confirmed', 'rejected'), ('administrator', None, 'confirmed')]
    assert abs(time.time() - time.mktime(time.strptime(one['history'][0]['at'][:19], '%Y-%m-%dT%H:%M:%S')) + time.timezone) < 600
    assert house.public.get('/v1/articles/%s/quotes/%s' % (e['id'], q['id'])).status_code == 404
    decide(house, e, q, status='confirmed')
    assert list(house.public.get('/v1/articles/%s/quotes/%s' % (e['id'], q['id'])).json()['data']) == MEMBERS, 'who did it is not for readers'
    assert psql(house, "select has_table_privilege('quoin', 'plugin_quotes.audit', 'update, delete')") == 'f'


# ---- what was read anew ----------------------------------------------------------------------------------------------------

def test_a_decision_outlives_what_changes_around_it(house, name):
    e = publish(house, said('The bridge will stand', name), said('It rained on Monday', name))
    first, second = of_article(house, e['id'])
    decide(house, e, first, status='confirmed', speaker={'name': name, 'role': 'pilot'})
    decide(house, e, second, status='rejected')
    blocks = [b['id'] for b in e['body']]
    change(house, e, title='Another', body=[{'type': 'text', 'text': 'New words come first. ' + said('And new ones', person())},
                                            {'id': blocks[0], 'type': 'text', 'text': 'Late on Monday it rained. ' + said('The bridge will stand', name)},
                                            {'id': blocks[1], 'type': 'text', 'text': said('It rained on Monday', name) + ' It did.'}])
    drafted = of_article(house, e['id'], '?version=draft&status=all', house.admin)
    assert [(q['status'], q['speaker']['role']) for q in drafted[1:]] == [('confirmed', 'pilot'), ('rejected', None)]
    house.admin.publish(e['id'])
    settled(house)
    assert [(q['id'], q['status']) for q in of_article(house, e['id'])[1:]] == [(first['id'], 'confirmed')]
    [found] = page(house, '?filter[speaker]=' + slug_of(name))
    assert (found['id'], found['status'], found['start']) == (first['id'], 'confirmed', first['start'] + len('Late on Monday it rained. '))


def test_a_decision_follows_the_words_into_another_block(house, name):
    e = publish(house, said('The bridge will stand', name) + ' ' + said('It rained on Monday', name))
    first, second = of_article(house, e['id'])
    decide(house, e, second, status='rejected')
    block = e['body'][0]['id']
    now = change(house, e, body=[{'id': block, 'type': 'text', 'text': said('The bridge will stand', name)},
                                 {'type': 'text', 'text': said('It rained on Monday', name)}])
    house.admin.publish(e['id'])
    settled(house)
    assert texts(of_article(house, e['id'])) == texts(page(house, '?filter[speaker]=' + slug_of(name))) == [first['text']]
    [moved] = of_article(house, e['id'], '?status=rejected', house.admin)
    assert moved['block'] == now['body'][1]['id'] and moved['id'] != second['id']
    # What is said of it there is said once, and of this one.
    decide(house, e, moved, status='confirmed')
    assert [q['status'] for q in of_article(house, e['id'])] == ['auto', 'confirmed']
    assert psql(house, "select count(*) from plugin_quotes.decision where entry = '%s'" % e['id']) == '1'
    # And goes back with the words.
    change(house, e, body=[{'id': block, 'type': 'text', 'text': said('The bridge will stand', name) + ' ' + said('It rained on Monday', name)}])
    assert [(q['id'], q['status']) for q in of_article(house, e['id'], '?version=draft', house.admin)] == [(first['id'], 'auto'), (second['id'], 'confirmed')]


def test_a_decision_does_not_mind_marks_and_case(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    decide(house, e, q, status='rejected')
    change(house, e, body=[{'id': e['body'][0]['id'], 'type': 'text', 'text': '“The Bridge will stand!” said %s.' % name}])
    house.admin.publish(e['id'])
    settled(house)
    assert of_article(house, e['id']) == page(house, '?filter[speaker]=' + slug_of(name)) == []


def test_a_decision_waits_for_words_that_are_gone(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    decide(house, e, q, status='rejected')
    change(house, e, body=[{'id': e['body'][0]['id'], 'type': 'text', 'text': said('It is open', name)}])
    house.admin.publish(e['id'])
    settled(house)
    assert [(x['text'], x['status']) for x in of_article(house, e['id'])] == [('It is open,', 'auto')]
    r = house.admin.patch('/v1/articles/%s/quotes/%s' % (e['id'], q['id']), {'status': 'auto'})
    assert r.status_code == 404 and q['id'] in r.json()['detail']
    change(house, e, body=[{'id': e['body'][0]['id'], 'type': 'text', 'text': said('The bridge will stand', name)}])
    house.admin.publish(e['id'])
    settled(house)
    assert of_article(house, e['id']) == page(house, '?filter[speaker]=' + slug_of(name)) == []


def test_of_the_same_words_twice_the_one_that_was_meant_is_rejected(house, name):
    e = publish(house, said('We go', name) + ' It rained. ' + said('We go', name))
    first, second = of_article(house, e['id'])
    decide(house, e, second, status='rejected')
    assert [q['id'] for q in of_article(house, e['id'])] == [first['id']]
    change(house, e, body=[{'id': e['body'][0]['id'], 'type': 'text', 'text': 'Oh. ' + said('We go', name) + ' It rained. ' + said('We go', name)}])
    assert [q['id'] for q in of_article(house, e['id'], '?version=draft', house.admin)] == [first['id']]


def test_what_is_live_and_no_longer_in_the_draft_can_still_be_rejected(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    change(house, e, body='Nothing was said.')
    decide(house, e, q, status='rejected')
    assert of_article(house, e['id']) == page(house, '?filter[speaker]=' + slug_of(name)) == []


def test_a_quote_block_is_decided_like_any_other(house, name):
    e, _ = house.admin.create(title='T', body=[{'type': 'quote', 'text': 'War is politics.', 'attribution': name, 'role': 'analyst'}])
    house.admin.publish(e['id'])
    settled(house)
    [q] = page(house, '?filter[speaker]=' + slug_of(name))
    assert (q['text'], q['speaker']['role'], q['confidence']) == ('War is politics.', 'analyst', 1)
    decide(house, e, q, status='rejected')
    assert page(house, '?filter[speaker]=' + slug_of(name)) == []


# ---- what is wrong is said -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('body, status, wanted', [
    ({'status': 'maybe'}, 422, {'/status': 'enum'}),
    ({'status': 1}, 400, {'/status': 'type'}),
    ({'status': None}, 400, {'/status': 'type'}),
    ({'kind': 'loud'}, 422, {'/kind': 'enum'}),
    ({'cue': ''}, 422, {'/cue': 'min'}),
    ({'cue': 'x' * 101}, 422, {'/cue': 'max'}),
    ({'speaker': 'Mara'}, 400, {'/speaker': 'type'}),
    ({'speaker': {'name': None}}, 400, {'/speaker/name': 'type'}),
    ({'speaker': {'name': '  '}}, 422, {'/speaker/name': 'min'}),
    ({'speaker': {'name': 'é' * 201}}, 422, {'/speaker/name': 'max'}),
    ({'speaker': {'name': 'a\nb'}}, 422, {'/speaker/name': 'format'}),
    ({'speaker': {'nom': 'x', 'role': 5}}, 400, {'/speaker/nom': 'unknown_member', '/speaker/role': 'type'}),
    ({'text': 'x', 'start': 1}, 400, {'/text': 'unknown_member', '/start': 'unknown_member'}),
    ({'a/b~c': 1}, 400, {'/a~1b~0c': 'unknown_member'}),
    ({'status': 'auto', 'kind': 'direct', 'speaker': None}, 422, {'/kind': 'conflict', '/speaker': 'conflict'}),
    ([], 400, {'': 'type'}),
    ('x', 400, {'': 'type'}),
])
def test_a_change_says_all_that_is_wrong(house, body, status, wanted):
    e, _ = house.admin.create(title='T', body=said('The bridge will stand', 'Mara Voss'))
    [q] = of_article(house, e['id'], '?version=draft', house.admin)
    r = house.admin.patch('/v1/articles/%s/quotes/%s' % (e['id'], q['id']), body)
    assert (r.status_code, errors(r)) == (status, wanted)
    assert of_article(house, e['id'], '?version=draft', house.admin) == [q]


def test_a_change_needs_an_article_and_a_quotation_that_are_there(house, name):
    e = publish(house, said('The bridge will stand', name))
    for path in ('/v1/articles/nope/quotes/q0', '/v1/articles/%s/quotes/q0123456789abcdef' % e['id'], '/v1/articles/%s/quotes/%%27;--' % e['id'],
                 '/v1/articles/%s/quotes/%s' % (e['id'], 'x' * 3000)):
        assert house.admin.patch(path, {'status': 'confirmed'}).status_code == 404
        assert house.admin.get(path).status_code == 404
    path = '/v1/articles/%s/quotes/q0' % e['id']
    assert house.admin.patch(path, {}, headers={'Content-Type': 'text/plain'}).status_code == 415
    assert house.admin.request('PATCH', path, data='{', headers={'Content-Type': 'application/json'}).status_code == 400
    assert house.admin.patch(path, {'status': 'x' * 20000}).status_code == 413
    assert house.admin.delete(path).status_code == 405
    assert house.admin.patch(path + '?version=draft', {}).status_code == 400
    assert errors(house.public.get('/v1/articles/%s/quotes?status=maybe&version=old' % e['id'])) == {'?status': 'enum', '?version': 'enum'}


def test_a_former_slug_leads_on_in_all_of_them(house, name):
    slug = word()
    e = publish(house, said('The bridge will stand', name), slug=slug)
    [q] = of_article(house, e['id'])
    change(house, e, slug=slug + '-new')
    house.admin.publish(e['id'])
    r = house.public.get('/v1/articles/%s/quotes/%s?locale=en' % (slug, q['id']))
    assert (r.status_code, r.headers['Location']) == (308, '/v1/articles/%s-new/quotes/%s?locale=en' % (slug, q['id']))
    r = house.public.get('/v1/articles/%s/quotes?status=auto' % slug)
    assert (r.status_code, r.headers['Location']) == (308, '/v1/articles/%s-new/quotes?status=auto' % slug)
    assert house.admin.patch('/v1/articles/%s-new/quotes/%s' % (slug, q['id']), {'status': 'confirmed'}).status_code == 200


def test_only_who_may_change_the_article_may_say_so(house, name):
    author = as_role(house, 'author')
    theirs = publish(house, said('The bridge will stand', name))
    mine, _ = author.create(title='T', body=said('It rained on Monday', name))
    [q] = of_article(house, theirs['id'])
    path = '/v1/articles/%s/quotes/%s' % (theirs['id'], q['id'])
    for client in (house.public, as_role(house, 'reader'), author):
        r = client.patch(path, {'status': 'rejected'})
        assert r.status_code == 403, client
    hidden, _ = house.admin.create(title='T', body=said('Nobody knows', name))
    assert author.patch('/v1/articles/%s/quotes/q0' % hidden['id'], {'status': 'rejected'}).status_code == 404
    assert Client(house.url, 'qn_wrong').patch(path, {'status': 'rejected'}).status_code == 401
    [own] = of_article(house, mine['id'], '?version=draft', author)
    assert decide(house, mine, own, client=author, status='rejected')['status'] == 'rejected'
    assert [x['status'] for x in of_article(house, mine['id'], '?version=draft&status=rejected', author)] == ['rejected']
    assert decide(house, theirs, q, client=as_role(house, 'editor'), status='confirmed')['status'] == 'confirmed'


def test_if_match_keeps_one_editor_from_undoing_another(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    path = '/v1/articles/%s/quotes/%s' % (e['id'], q['id'])
    assert house.admin.get(path).headers['ETag'] == '"q0"'
    assert house.admin.patch(path, {'status': 'confirmed'}, '"q0"').headers['ETag'] == '"q1"'
    r = house.admin.patch(path, {'status': 'rejected'}, '"q0"')
    assert r.status_code == 412 and r.headers['ETag'] == '"q1"'
    assert house.admin.patch(path, {'status': 'rejected'}, '"q0", "q1-gz"').status_code == 200
    assert house.admin.patch(path, {'status': 'confirmed'}, '*').status_code == 200
    _, draft = house.admin.draft(e['id'])
    assert house.admin.patch(path, {'status': 'rejected'}, draft).status_code == 200
    for stale in ('"d1"', '"p2"', '"q99999999999999999999"', 'W/"q4"', 'nonsense', '"'):
        assert house.admin.patch(path, {'status': 'auto'}, stale).status_code == 412, stale
    assert of_article(house, e['id'], '?status=all', house.admin)[0]['status'] == 'rejected'


def test_one_of_two_editors_at_the_same_moment_is_told(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    path, got = '/v1/articles/%s/quotes/%s' % (e['id'], q['id']), []
    clients = [Client(house.url, house.token) for _ in range(6)]

    def one(client, i):
        got.append(client.patch(path, {'cue': 'word%d' % i}, '"q0"').status_code)
    threads = [threading.Thread(target=one, args=(c, i)) for i, c in enumerate(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(got) == [200] + [412] * 5
    assert len(house.admin.get(path).json()['data']['history']) == 1


# ---- who sees what ---------------------------------------------------------------------------------------------------------

def everywhere(house, name, tag):
    """How many quotations of a speaker each way of looking for them gives readers."""
    slug = slug_of(name)
    r = house.public.get('/v1/speakers/' + slug)
    return [len(page(house, '?filter[speaker]=' + slug)), len(page(house, '?filter[tag]=' + tag)), len(page(house, '?search=' + tag)),
            len(page(house, '?filter[tag]=%s&filter[speaker]=%s' % (tag, slug))), len(page(house, '?search=%s&filter[tag]=%s' % (tag, tag))),
            r.json()['data']['count'] if r.status_code == 200 else 0, len(page(house, '?search=' + name.split()[1], path='/v1/speakers'))]


NONE, ONE = [0] * 7, [1] * 7


def test_only_what_is_live_is_found(house, name):
    tag = word()
    e, _ = house.admin.create(title='T', tags=[tag], body=said('The %s will stand' % tag, name))
    settled(house)
    assert everywhere(house, name, tag) == NONE, 'a draft'
    house.admin.publish(e['id'])
    settled(house)
    assert everywhere(house, name, tag) == ONE
    change(house, e, tags=[tag + 'x'], body=said('Quite other words', person()))
    settled(house)
    assert everywhere(house, name, tag) == ONE, 'a changed draft of what is live'
    house.admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert everywhere(house, name, tag) == NONE, 'at once'
    settled(house)
    assert psql(house, "select count(*) from plugin_quotes.article where entry = '%s'" % e['id']) == '0'


def test_what_was_deleted_is_gone_and_what_was_erased_leaves_nothing(house, name):
    tag = word()
    e = publish(house, said('The %s will stand' % tag, name), tags=[tag])
    decide(house, e, of_article(house, e['id'])[0], status='confirmed')
    house.admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert house.admin.delete('/v1/articles/' + e['id'], '*').status_code == 204
    assert everywhere(house, name, tag) == NONE
    e = publish(house, said('The %s will stand' % tag, name), tags=[tag])
    decide(house, e, of_article(house, e['id'])[0], status='confirmed')
    house.admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert house.admin.delete('/v1/articles/%s?purge=true' % e['id'], '*').status_code == 204
    for table in ('article', 'quote', 'decision', 'audit'):
        assert psql(house, "select count(*) from plugin_quotes.%s where entry = '%s'" % (table, e['id'])) == '0', table
    settled(house)
    for table in ('speaker', 'alias'):
        assert psql(house, "select count(*) from plugin_quotes.%s where name = '%s'" % (table, name)) == '0', 'nor is the name known any more'


def test_a_speaker_of_whom_an_editor_spoke_stays_without_quotations(house, name):
    e = publish(house, said('The bridge will stand', name))
    house.admin.patch('/v1/speakers/' + slug_of(name), {'role': 'a pilot'})
    house.admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert house.admin.delete('/v1/articles/%s?purge=true' % e['id'], '*').status_code == 204
    settled(house)
    assert house.admin.get('/v1/speakers/' + slug_of(name)).json()['data']['count'] == 0
    assert house.public.get('/v1/speakers/' + slug_of(name)).status_code == 404


def test_a_scheduled_article_is_found_from_its_moment_on(house, name):
    tag = word()
    at = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 7))
    e = publish(house, said('The %s will stand' % tag, name), tags=[tag], at=at)
    assert psql(house, "select count(*) from plugin_quotes.quote where entry = '%s'" % e['id']) == '1', 'it is there before its time'
    assert everywhere(house, name, tag) == NONE
    assert slug_of(name) in [s['slug'] for s in page(house, '?search=' + name.split()[1], house.admin, '/v1/speakers')]
    # And a little: a cache counts by another clock.
    wait_until(lambda: psql(house, "select publish_at + interval '50 ms' < now() from quoin.published where entry = '%s'" % e['id']) == 't', 20, 'its moment')
    assert everywhere(house, name, tag) == ONE


def test_what_the_clock_takes_away_is_gone_at_its_moment(house, name):
    """An expiry is the end of a row of quoin.published: set here as the rules of the life cycle will, with an event."""
    tag = word()
    e = publish(house, said('The %s will stand' % tag, name), tags=[tag])
    psql(house, "begin; update quoin.published set until = now() + interval '3 s' where entry = '%s';"
                "update quoin.entry_tag t set until = p.until from quoin.published p where p.entry = t.entry and t.view = 'l' and t.entry = '%s';"
                "insert into quoin.event (kind, entry, type) values ('entry.published', '%s', 'article'); commit" % (e['id'], e['id'], e['id']))
    wait_until(lambda: 's-maxage=60' not in house.public.get('/v1/quotes?filter[tag]=' + tag).headers['Cache-Control'], 10, 'the event to be heard')
    assert everywhere(house, name, tag) == ONE, 'and kept, though no longer than it is true'
    assert everywhere(house, name, tag) == ONE
    wait_until(lambda: psql(house, "select until <= now() from quoin.published where entry = '%s'" % e['id']) == 't', 10, 'its moment')
    assert everywhere(house, name, tag) == NONE


def test_a_new_version_replaces_the_old_one_whole(house, name):
    tag, other = word(), person()
    e = publish(house, said('The %s will stand' % tag, name), tags=[tag])
    change(house, e, body=said('The %s has fallen' % tag, other))
    house.admin.publish(e['id'])
    assert texts(page(house, '?filter[tag]=' + tag)) in ([], ['The %s has fallen,' % tag]), 'never what readers do not see any more'
    settled(house)
    assert texts(page(house, '?filter[tag]=' + tag)) == ['The %s has fallen,' % tag]
    assert house.public.get('/v1/speakers/' + slug_of(name)).status_code == 404


# ---- what is kept ----------------------------------------------------------------------------------------------------------

def paths_of(e, name, tag):
    slug = slug_of(name)
    return ['/v1/articles/%s/quotes' % e['id'], '/v1/quotes?filter[tag]=' + tag, '/v1/quotes?search=' + tag, '/v1/speakers/' + slug,
            '/v1/speakers/%s/quotes' % slug, '/v1/speakers?search=' + name.split()[1]]


def answers(house, paths):
    """What both workers give, over and over: those that are kept, too."""
    return [{requests.get(house.url + p).text for _ in range(6)} for p in paths]


def test_answers_are_kept_and_say_what_they_depend_on(house, name):
    tag = word()
    e = publish(house, said('The %s will stand' % tag, name), tags=[tag])
    for path in paths_of(e, name, tag):
        r = house.public.get(path)
        assert r.headers['Cache-Control'].startswith('public, max-age=0, s-maxage='), path
        keys = r.headers['Surrogate-Key'].split()
        assert 'plugin:quotes' in keys and ('entry:' + e['id'] in keys or {'type:article', 'plugin:quotes:tables'} <= set(keys)), path
        assert house.admin.get(path).headers['Cache-Control'] == 'private, no-store'

    def quietly():
        """A change that nobody is told of: who still gives the old answers has kept them. (A worker that was not asked before gives the new one,
        and keeps it; so all are dropped first.)"""
        psql(house, "select quoin.touch('quotes')")
        time.sleep(0.5)
        before = answers(house, paths_of(e, name, tag))
        psql(house, "update plugin_quotes.speaker set name = 'Nobody' || clock_timestamp() where slug = '%s'" % slug_of(name))
        now = answers(house, paths_of(e, name, tag))
        return [len(a) for a in before] == [1] * 6 and now == before
    wait_until(quietly, 20, 'what the test before left behind to be over, and answers to be kept')
    psql(house, "select quoin.touch('quotes')")
    wait_until(lambda: all('Nobody' in text for a in answers(house, paths_of(e, name, tag)) for text in a), 10, 'the listener to hear of it')
    psql(house, "update plugin_quotes.speaker set name = '%s' where slug = '%s'; select quoin.touch('quotes')" % (name, slug_of(name)))


def test_what_is_kept_is_never_older_than_an_editors_word(house, name):
    tag, other = word(), person()
    e = publish(house, said('The %s will stand' % tag, name) + ' ' + said('The %s has fallen' % tag, name), tags=[tag])
    paths = paths_of(e, name, tag)
    first, second = of_article(house, e['id'])
    for turn in range(3):
        for status in ('rejected', 'confirmed', 'auto'):
            answers(house, paths)
            decide(house, e, first, status=status)
            for path, got in zip(paths, answers(house, paths)):
                assert len(got) == 1, (path, got)
                if '/v1/speakers' not in path:
                    assert (first['text'] in got.copy().pop()) == (status != 'rejected'), path
    answers(house, paths)
    house.admin.patch('/v1/speakers/' + slug_of(name), {'name': other})
    for path in paths[:3]:
        assert {name in text.replace('"as_written":"%s"' % name, '') for text in answers(house, [path])[0]} == {False}, path
    answers(house, paths)
    house.admin.transition('/v1/articles/' + e['id'], 'unpublish')
    for path, got in zip(paths, answers(house, paths)):
        assert all(first['text'] not in text and second['text'] not in text for text in got), path


def test_what_is_kept_for_one_is_not_told_to_another(house, name):
    e = publish(house, said('The bridge will stand', name))
    [q] = of_article(house, e['id'])
    decide(house, e, q, status='rejected')
    path = '/v1/articles/%s/quotes?status=rejected' % e['id']
    one = '/v1/articles/%s/quotes/%s' % (e['id'], q['id'])
    for _ in range(3):
        assert len(page(house, '', house.admin, path)) == len(page(house, '', as_role(house, 'editor'), path)) == 1
        assert house.admin.get(one).status_code == as_role(house, 'editor').get(one).status_code == 200
        assert house.admin.get('/v1/speakers/' + slug_of(name)).status_code == 200
        for client in (house.public, as_role(house, 'reader'), as_role(house, 'author')):
            assert client.get(path).status_code == 403 and client.get(one).status_code == 404
            assert client.get('/v1/speakers/' + slug_of(name)).status_code == 404


# ---- finding ---------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def shelf(house):
    """Seven articles of one speaker, a year apart, with two quotations each."""
    shelf.name, shelf.tag = person(), word()
    for year in range(2011, 2018):
        publish(house, said('In %d the %s stood' % (year, shelf.tag), shelf.name) + ' ' + said('Nobody knew in %d' % year, shelf.name),
                at='%d-06-01T12:00:00Z' % year, tags=[shelf.tag, 'all' + shelf.tag])
    return shelf


def meaning(path):
    where, _, query = path.partition('?')
    return urllib.parse.unquote(where), sorted(urllib.parse.parse_qsl(query))


def walk(house, path, rel='next'):
    """Pages in a row, by their links; each of them says in its header what it says in its body."""
    pages = []
    while path:
        r = house.public.get(path)
        assert r.status_code == 200, r.text
        body = r.json()
        assert list(body) == ['data', 'meta', 'links'] and body['meta']['count'] == len(body['data'])
        # Links have the one spelling of their target, however it was written first.
        assert body['links']['self'] == path if pages else meaning(body['links']['self']) == meaning(path)
        header = {name.strip('"'): target.strip('<>') for target, _, name in
                  (part.partition('; rel=') for part in r.headers.get('Link', '').split(', ') if part)}
        assert header == body['links']
        pages.append(body)
        path = body['links'].get(rel)
    return pages


@pytest.mark.parametrize('query', ['filter[speaker]={slug}', 'filter[tag]={tag}', 'search={tag}+OR+nobody', 'filter[speaker]={slug}&filter[tag]={tag}',
                                   'filter[speaker]={slug}&search=stood+or+nobody', 'filter[tag]={tag}&search=stood+or+nobody'])
@pytest.mark.parametrize('sort', ['-published_at', 'published_at'])
def test_pages_lead_forth_and_back(house, shelf, query, sort):
    query = query.format(slug=slug_of(shelf.name), tag=shelf.tag).replace('[', '%5B').replace(']', '%5D')
    path = '/v1/quotes?limit=200&sort=%s&' % sort + query
    whole = [q for q in house.public.get(path).json()['data'] if q['speaker']['name'] == shelf.name]
    assert len(whole) == 14
    order = [(q['article']['published_at'], q['start']) for q in whole]
    assert order == sorted(order, key=lambda k: (k[0], -k[1]), reverse=True)[::1 if sort[0] == '-' else -1]
    if query.startswith('search'):
        return  # others may have these words, too
    pages = walk(house, '/v1/quotes?limit=3&sort=%s&%s' % (sort, query))
    assert [len(p['data']) for p in pages] == [3, 3, 3, 3, 2] and 'prev' not in pages[0]['links']
    assert [q['id'] for p in pages for q in p['data']] == [q['id'] for q in whole]
    back = walk(house, pages[-1]['links']['self'], 'prev')
    assert [[q['id'] for q in p['data']] for p in back] == [[q['id'] for q in p['data']] for p in reversed(pages)]
    assert 'prev' not in back[-1]['links'] and 'next' in back[-1]['links']


def test_a_page_between_which_others_come_and_go_skips_and_repeats_nothing(house):
    name = person()
    ids = [publish(house, said('Number %d of them' % i, name), at='2012-01-%02dT00:00:00Z' % (i + 1))['id'] for i in range(6)]
    first = house.public.get('/v1/quotes?limit=2&filter[speaker]=' + slug_of(name)).json()
    house.admin.transition('/v1/articles/' + ids[5], 'unpublish')
    publish(house, said('A new one', name), at='2013-01-01T00:00:00Z')
    rest = [q['text'] for p in walk(house, first['links']['next']) for q in p['data']]
    assert texts(first['data']) + rest == ['Number %d of them,' % i for i in (5, 4, 3, 2, 1, 0)]


def test_of_a_time(house, shelf):
    base = '?filter[speaker]=' + slug_of(shelf.name)
    years = lambda query: sorted({q['article']['published_at'][:4] for q in page(house, base + query)})   # noqa: E731
    assert years('&filter[from]=2015-01-01') == ['2015', '2016', '2017']
    assert years('&filter[from]=2015-06-01T12:00:00Z&filter[to]=2017-06-01T12:00:00Z') == ['2015', '2016'], 'from it on, and before the other'
    assert years('&filter[from]=2015-06-01T14:00:00%2B02:00&filter[to]=2015-06-01T12:00:00.001Z') == ['2015']
    assert years('&filter[to]=2012-01-01&filter[tag]=' + shelf.tag) == ['2011']
    assert years('&filter[from]=2020-01-01&filter[to]=2010-01-01') == []


def test_words_are_found_in_their_forms_as_phrases_and_not_beside_others(house):
    name = person()
    publish(house, said('The harbours were sailing towards the bridge', name) + ' ' + said('A bridge of ships', name))
    mine = '&filter[speaker]=' + slug_of(name)
    found = lambda words: sorted(texts(page(house, '?search=%s%s' % (words, mine))))   # noqa: E731
    assert found('harbour sails') == ['The harbours were sailing towards the bridge,']
    assert len(found('bridge')) == 2 and found('bridge -ship') == ['The harbours were sailing towards the bridge,']
    assert found('"towards the bridge"') == ['The harbours were sailing towards the bridge,'] and found('"bridge towards"') == []
    assert len(found('ships or sailing')) == 2 and found('the') == [] and found('nonexistent') == []


def test_words_are_read_in_the_language_of_their_article(house):
    name = person()
    publish(house, '„Die Häuser stehen noch“, sagte %s.' % name, locale='de')
    publish(house, '« Les maisons tiennent encore », a dit %s.' % name, locale='fr')
    publish(house, '„Domy pořád stojí,“ řekla %s.' % name, locale='cs')
    mine = '&filter[speaker]=' + slug_of(name)
    assert texts(page(house, '?search=Haus' + mine)) == ['Die Häuser stehen noch']
    assert texts(page(house, '?search=stehe' + mine)) == ['Die Häuser stehen noch']
    assert texts(page(house, '?search=maison' + mine)) == ['Les maisons tiennent encore']
    assert texts(page(house, '?search=DOMY' + mine)) == ['Domy pořád stojí,']
    assert [q['article']['locale'] for q in page(house, '?locale=de' + mine)] == ['de']


def test_of_a_kind_and_of_a_status(house, name):
    e = publish(house, said('The bridge will stand', name) + ' %s said that the harbour would be rebuilt.' % name)
    mine = '&filter[speaker]=' + slug_of(name)
    assert [q['kind'] for q in page(house, '?kind=direct' + mine)] == ['direct']
    assert [q['kind'] for q in page(house, '?kind=indirect' + mine)] == ['indirect']
    direct = page(house, '?kind=direct' + mine)[0]
    decide(house, e, direct, status='confirmed')
    assert [q['kind'] for q in page(house, '?status=confirmed' + mine)] == ['direct']
    assert [q['kind'] for q in page(house, '?status=auto' + mine)] == ['indirect']


def test_an_item_says_where_it_stands(house, name):
    e = publish(house, said('The bridge will stand', name), title='Bridges “and” more', slug=word())
    live = house.public.get('/v1/articles/' + e['id']).json()['data']
    [q] = page(house, '?filter[speaker]=' + slug_of(name))
    assert list(q) == MEMBERS + ['article']
    assert q['article'] == {'id': e['id'], 'slug': live['slug'], 'locale': 'en', 'title': 'Bridges “and” more', 'published_at': live['published_at']}


@pytest.mark.parametrize('query, wanted', [
    ('limit=0', {'?limit': 'range'}), ('limit=201', {'?limit': 'range'}), ('limit=1e1', {'?limit': 'range'}), ('limit=', {'?limit': 'range'}),
    ('limit=99999999999999999999', {'?limit': 'range'}), ('limit=-1', {'?limit': 'range'}),
    ('after=x', {'?after': 'cursor'}), ('before=x', {'?before': 'cursor'}), ('after=', {'?after': 'cursor'}),
    ('after=WzEsInNwZWFrZXJzIiwiYSJd', {'?after': 'cursor'}),
    ('kind=loud', {'?kind': 'enum'}), ('status=maybe', {'?status': 'enum'}), ('sort=title', {'?sort': 'enum'}),
    ('filter[from]=yesterday', {'?filter[from]': 'format'}), ('filter[to]=2026-02-30', {'?filter[to]': 'format'}),
    ('filter[to]=2026-02-03T25:00:00Z', {'?filter[to]': 'format'}), ('filter[to]=2026-02-03T10:00:00', {'?filter[to]': 'format'}),
    ('filter[from]=0000-01-01', {'?filter[from]': 'format'}), ('filter[from]=infinity', {'?filter[from]': 'format'}),
    ('search=', {'?search': 'min'}), ('search=%20%09', {'?search': 'min'}), ('search=' + 'x' * 501, {'?search': 'max'}),
    ('filter[speaker]=', {'?filter[speaker]': 'min'}), ('filter[tag]=' + 'x' * 201, {'?filter[tag]': 'max'}),
    ('filter[author]=x', {'?filter[author]': 'unknown_parameter'}), ('q=x', {'?q': 'unknown_parameter'}),
    ('filter[tag][_eq]=x', {'?filter[tag][_eq]': 'unknown_parameter'}), ('filter=x', {'?filter': 'unknown_parameter'}),
    ('kind=direct&kind=direct', {'?kind': 'duplicate'}),
    ('kind=loud&limit=0&search=&filter[to]=x', {'?kind': 'enum', '?limit': 'range', '?search': 'min', '?filter[to]': 'format'}),
])
def test_a_page_that_cannot_be_is_refused_with_all_that_is_wrong(house, query, wanted):
    r = house.public.get('/v1/quotes?' + query)
    assert (r.status_code, errors(r)) == (400, wanted)


def test_both_cursors_at_once_are_one_too_many(house, shelf):
    links = house.public.get('/v1/quotes?limit=1&filter[speaker]=' + slug_of(shelf.name)).json()['links']
    cursor = links['next'].partition('after=')[2]
    assert errors(house.public.get('/v1/quotes?after=%s&before=%s' % (cursor, cursor))) == {'?before': 'conflict'}
    assert errors(house.public.get('/v1/quotes?sort=published_at&after=' + cursor)) == {'?after': 'cursor'}
    assert errors(house.public.get('/v1/speakers?after=' + cursor)) == {'?after': 'cursor'}


HOSTILE = ["'; drop table plugin_quotes.quote; --", "x' or '1'='1", '\\', '%', '_', '"', '"unclosed', '((', '!!', '& | ! <->', ':*', '-', '- -', "''", '$1', 'a' * 499,
           '\u202e\u0000'.replace('\u0000', ''), '😀', '\ufffe', 'or', 'or or', '"" ""', '<script>', '\t', '-"a" "b', 'x:A', "\x01"]


@pytest.mark.parametrize('text', HOSTILE)
def test_hostile_words_find_nothing_and_break_nothing(house, shelf, text):
    for path, name in (('/v1/quotes', 'search'), ('/v1/quotes', 'filter[speaker]'), ('/v1/quotes', 'filter[tag]'), ('/v1/quotes', 'locale'),
                       ('/v1/speakers', 'search')):
        r = house.public.get(path, params={name: text})
        assert r.status_code in (200, 400), (path, name, r.text)
        if name.startswith('filter') and r.status_code == 200:
            assert r.json()['data'] == []
    r = house.public.get('/v1/speakers/' + requests.utils.quote(text, safe=''))
    assert r.status_code in (404, 400)
    assert len(page(house, '?filter[speaker]=' + slug_of(shelf.name))) == 14


@pytest.mark.parametrize('query', ['search=%00', 'search=a%00b', 'search=%ff', 'search=%c3%28', 'search=%ed%a0%80', 'filter[tag]=%00', 'filter[speaker]=%fe',
                                   'filter[from]=%00', '%00=1', 'search=%', 'search=%zz'])
def test_bytes_that_are_no_text_are_refused(house, query):
    status, _, body = house.request('GET', '/v1/quotes?' + query)
    assert status == 400 and json.loads(body)['status'] == 400


def test_cursors_with_keys_of_any_kind_are_refused(house):
    import base64
    good = '2026-11-23T09:40:23.023549Z'
    uuid = '01a207c7-2b64-7279-842b-4d122bc301c4'
    for keys in ([good, uuid, 'x'], [good, uuid, '99999999999'], [good, uuid], [good, 'x', '-1'], ['now', uuid, '-1'], [None, uuid, '-1'], [good, None, '-1'],
                 [good, uuid, None], ["'", uuid, '-1'], ['infinity', uuid, '-1'], [good, uuid, ''], [good, uuid, '-'], [good, uuid, '-1', '-1']):
        cursor = base64.urlsafe_b64encode(json.dumps([1, 'quotes -published_at', *keys]).encode()).decode().rstrip('=')
        assert errors(house.public.get('/v1/quotes?after=' + cursor)) == {'?after': 'cursor'}, keys
    for keys in ([None], ['x' * 201], [5]):
        cursor = base64.urlsafe_b64encode(json.dumps([1, 'speakers', *keys]).encode()).decode().rstrip('=')
        assert errors(house.public.get('/v1/speakers?after=' + cursor)) == {'?after': 'cursor'}, keys


def test_extract_is_bounded_in_what_it_answers(house):
    """A text within the limit that is nothing but quotations: the first of them come, and how many there are."""
    text = ' '.join('“A%d,” said Ann Lee.' % i for i in range(6000))
    r = house.public.post('/v1/quotes/extract', {'text': text, 'locale': 'en'}, timeout=60)
    assert r.status_code == 200
    assert len(r.json()['data']) == r.json()['meta']['count'] == 5000 < r.json()['meta']['found']
    ids = {q['id'] for q in r.json()['data']}
    assert len(ids) == 5000
    same = ' '.join(['“We go,” said Ann Lee.'] * 3000)
    r = house.public.post('/v1/quotes/extract', {'text': same, 'locale': 'en'}, timeout=60)
    assert 'meta' not in r.json() and len({q['id'] for q in r.json()['data']}) == len(r.json()['data']) > 2500
