"""Drafts and what is live."""
import datetime
import email.utils
import time

import pytest


def at(seconds):
    t = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return t.strftime('%Y-%m-%dT%H:%M:%S.') + '%03dZ' % (t.microsecond // 1000)


def test_readers_see_nothing_before_and_the_article_after(admin, public, word):
    e, _ = admin.create(title=word, summary='s')
    for ref in (e['slug'], e['id']):
        assert public.get('/v1/articles/' + ref).status_code == 404
        assert public.get('/v1/articles/%s?version=draft' % ref).status_code == 404
    p, _ = admin.publish(e['id'])
    assert p['status'] == 'published' and p['published_version'] == p['version'] and p['published_at']
    for ref in (e['slug'], e['id']):
        r = public.get('/v1/articles/' + ref)
        assert r.status_code == 200
        d = r.json()['data']
        assert d['title'] == word and d['status'] == 'published' and '_actions' not in d
        assert r.headers['Cache-Control'].startswith('public')
        assert 'Last-Modified' in r.headers


def test_etag_and_304(admin, public, word):
    e, _ = admin.create(title=word)
    admin.publish(e['id'])
    r = public.get('/v1/articles/' + e['slug'])
    again = public.get('/v1/articles/' + e['slug'], headers={'If-None-Match': r.headers['ETag']})
    assert again.status_code == 304 and not again.content and again.headers['ETag'] == r.headers['ETag']
    assert public.get('/v1/articles/' + e['slug'], headers={'If-None-Match': '"other"'}).status_code == 200
    head = public.request('HEAD', '/v1/articles/' + e['slug'])
    assert head.status_code == 200 and not head.content and head.headers['ETag'] == r.headers['ETag']


def test_editing_the_draft_changes_nothing_for_readers(admin, public, word):
    e, _ = admin.create(title=word, tags=[word])
    _, etag = admin.publish(e['id'])
    before = public.get('/v1/articles/' + e['slug'])
    r = admin.patch('/v1/articles/' + e['id'], {'title': 'changed', 'tags': ['other-' + word], 'slug': 'new-' + word}, etag)
    assert r.status_code == 200
    d = r.json()['data']
    assert d['status'] == 'published' and d['version'] > d['published_version']
    after = public.get('/v1/articles/' + e['slug'])
    assert after.content == before.content and after.headers['ETag'] == before.headers['ETag']
    assert public.get('/v1/articles/new-' + word).status_code == 404
    assert [x['id'] for x in public.get('/v1/articles?filter[tags][_in]=' + word).json()['data']] == [e['id']]
    assert public.get('/v1/articles?filter[tags][_in]=other-' + word).json()['data'] == []


def test_publishing_again_shows_the_change_and_the_former_slug_moves(admin, public, word):
    e, _ = admin.create(title=word, slug='old-' + word)
    _, etag = admin.publish(e['id'])
    first = public.get('/v1/articles/old-' + word).json()['data']
    admin.patch('/v1/articles/' + e['id'], {'title': 'changed', 'slug': 'new-' + word}, etag)
    admin.publish(e['id'])
    r = public.get('/v1/articles/new-' + word)
    assert r.status_code == 200 and r.json()['data']['title'] == 'changed'
    assert r.json()['data']['published_at'] == first['published_at']
    moved = public.get('/v1/articles/old-' + word)
    assert moved.status_code == 308 and moved.headers['Location'] == '/v1/articles/new-' + word


def test_the_published_etag_is_stale_once_the_draft_moved_on(admin, public, word):
    e, _ = admin.create(title=word)
    admin.publish(e['id'])
    live = public.get('/v1/articles/' + e['slug']).headers['ETag']
    r = admin.patch('/v1/articles/' + e['id'], {'summary': 'one'}, live)
    assert r.status_code == 200, 'the draft had not moved on'
    assert admin.patch('/v1/articles/' + e['id'], {'summary': 'two'}, live).status_code == 412


def test_unpublish_is_404_for_readers_and_keeps_the_draft(admin, public, word):
    e, _ = admin.create(title=word, tags=[word])
    admin.publish(e['id'])
    r = admin.transition('/v1/articles/' + e['id'], 'unpublish', note='legal asked')
    assert r.status_code == 200 and r.json()['data']['status'] == 'unpublished'
    assert public.get('/v1/articles/' + e['slug']).status_code == 404
    assert public.get('/v1/articles?filter[tags][_in]=' + word).json()['data'] == []
    assert admin.draft(e['id'])[0]['title'] == word
    notes = [x['note'] for x in admin.get('/v1/articles/%s/revisions' % e['id']).json()['data']]
    assert 'legal asked' in notes
    admin.publish(e['id'])
    assert public.get('/v1/articles/' + e['slug']).status_code == 200


def test_a_time_in_the_past_becomes_published_at(admin, public, word):
    e, _ = admin.create(title=word)
    p, _ = admin.publish(e['id'], at='2019-03-01T08:30:00.1239+01:00')
    assert p['published_at'] == '2019-03-01T07:30:00.123Z'
    assert public.get('/v1/articles/' + e['slug']).json()['data']['published_at'] == '2019-03-01T07:30:00.123Z'


def test_a_time_in_the_future_is_there_at_its_second(admin, public, word):
    e, _ = admin.create(title=word, tags=[word])
    when = at(2.0)
    p, _ = admin.publish(e['id'], at=when)
    assert p['status'] == 'scheduled' and p['published_at'] == when
    assert public.get('/v1/articles/' + e['slug']).status_code == 404
    assert public.get('/v1/articles?filter[tags][_in]=' + word).json()['data'] == []
    deadline = time.time() + 10
    while public.get('/v1/articles/' + e['slug']).status_code == 404:
        assert time.time() < deadline
        time.sleep(0.05)
    assert at(0) >= when, 'not a moment earlier than its time'
    d = public.get('/v1/articles/' + e['slug']).json()['data']
    assert d['status'] == 'published' and d['published_at'] == when
    assert admin.draft(e['id'])[0]['status'] == 'published'
    assert len(public.get('/v1/articles?filter[tags][_in]=' + word).json()['data']) == 1


def test_the_present_version_stays_until_the_scheduled_one_begins(admin, public, word):
    e, _ = admin.create(title=word)
    _, etag = admin.publish(e['id'])
    admin.patch('/v1/articles/' + e['id'], {'title': word + ' two'}, etag)
    admin.publish(e['id'], at=at(2.0))
    r = public.get('/v1/articles/' + e['slug'])
    assert r.json()['data']['title'] == word
    assert int(r.headers['Cache-Control'].split('s-maxage=')[1]) <= 2
    deadline = time.time() + 10
    while public.get('/v1/articles/' + e['slug']).json()['data']['title'] == word:
        assert time.time() < deadline
        time.sleep(0.05)


def test_unpublishing_cancels_a_schedule(admin, public, word):
    e, _ = admin.create(title=word)
    admin.publish(e['id'], at=at(1.0))
    assert admin.transition('/v1/articles/' + e['id'], 'unpublish').status_code == 200
    time.sleep(1.3)
    assert public.get('/v1/articles/' + e['slug']).status_code == 404


def test_a_transition_that_does_not_start_here_is_409_with_what_does(admin, word):
    e, _ = admin.create(title=word)
    r = admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert r.status_code == 409 and r.json()['allowed'] == ['publish']


@pytest.mark.parametrize('body,status,pointer', [
    ({}, 422, '/action'), ({'action': 'fly'}, 422, '/action'), ({'action': 7}, 400, '/action'),
    ({'action': 'publish', 'at': 'noon'}, 422, '/at'), ({'action': 'publish', 'at': 5}, 400, '/at'),
    ({'action': 'publish', 'when': 'x'}, 400, '/when'), ({'action': 'publish', 'note': ['x']}, 400, '/note'), ([], 400, '')])
def test_bad_transitions_say_where(admin, word, body, status, pointer):
    e, _ = admin.create(title=word)
    r = admin.post('/v1/articles/%s/transitions' % e['id'], body)
    assert r.status_code == status, r.text
    assert pointer in [x['pointer'] for x in r.json()['errors']]


def test_a_transition_honours_if_match(admin, word):
    e, etag = admin.create(title=word)
    admin.patch('/v1/articles/' + e['id'], {'summary': 'x'}, etag)
    assert admin.transition('/v1/articles/' + e['id'], 'publish', etag).status_code == 412


def test_a_reference_appears_by_itself_when_its_target_goes_live(admin, public, word):
    a = admin.post('/v1/authors', {'name': 'Ada ' + word}).json()['data']
    e, _ = admin.create(title=word, authors=[a['id']])
    admin.publish(e['id'])
    before = public.get('/v1/articles/' + e['slug'])
    assert before.json()['data']['authors'] == []
    assert admin.transition('/v1/authors/' + a['id'], 'publish').status_code == 200
    after = public.get('/v1/articles/' + e['slug'])
    assert after.json()['data']['authors'] == [a['id']]
    assert after.headers['ETag'] != before.headers['ETag']
    admin.transition('/v1/authors/' + a['id'], 'unpublish')
    assert public.get('/v1/articles/' + e['slug']).json()['data']['authors'] == []


def test_what_is_taken_back_is_gone_at_once_even_if_the_clock_went_back(server, admin, public, word):
    e, _ = admin.create(title=word, tags=[word])
    admin.publish(e['id'])
    server.sql("update quoin.entry set updated_at = now() + interval '1 hour' where id = '%s'" % e['id'])
    assert public.get('/v1/articles/' + e['id']).status_code == 200
    r = admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert r.status_code == 200
    assert admin.get('/v1/articles/' + e['id']).status_code == 404
    assert public.get('/v1/articles/' + e['id']).status_code == 404
    assert public.get('/v1/articles?filter[tags]=' + word).json()['data'] == []


def move(server, e, by):
    """All times of what readers see of an entry, as if the clock had gone the other way."""
    server.sql("update quoin.{0} set publish_at = publish_at + interval '{1}', until = until + interval '{1}' where entry = '{2}'".format('published', by, e['id']))
    server.sql("update quoin.{0} set publish_at = publish_at + interval '{1}', until = until + interval '{1}' where entry = '{2}'".format('entry_tag', by, e['id']) + " and view = 'l'")
    server.sql("update quoin.entry set updated_at = updated_at + interval '%s' where id = '%s'" % (by, e['id']))
    server.sql("update quoin.slug set since = since + interval '%s' where entry = '%s'" % (by, e['id']))


def test_what_was_taken_back_stays_gone_if_the_clock_goes_back_afterwards(server, admin, public, word):
    e, _ = admin.create(title=word, tags=[word])
    refers, _ = admin.create(title='refers to ' + word, related=[e['id']])
    admin.publish(e['id'])
    admin.publish(refers['id'])
    admin.publish(e['id'])
    move(server, e, '-2 hours')
    before = public.get('/v1/articles/' + refers['id'])
    assert before.json()['data']['related'] == [e['id']]
    assert admin.transition('/v1/articles/' + e['id'], 'unpublish').status_code == 200
    after = public.get('/v1/articles/' + refers['id'])
    assert after.json()['data']['related'] == []
    assert after.headers['ETag'] != before.headers['ETag']
    assert email.utils.parsedate(after.headers['Last-Modified']) >= email.utils.parsedate(before.headers['Last-Modified'])
    move(server, e, '1 hour')
    for ref in (e['id'], e['slug']):
        assert public.get('/v1/articles/' + ref).status_code == 404
    assert public.get('/v1/articles?filter[tags]=' + word).json()['data'] == []
    assert public.get('/v1/articles?filter[title]=' + word).json()['data'] == []
    assert public.get('/v1/articles/' + refers['slug']).json()['data']['related'] == []
    admin.publish(e['id'])
    assert public.get('/v1/articles?limit=1&filter[tags]=' + word).json()['data'][0]['id'] == e['id']


def test_what_is_published_is_there_at_once_even_if_the_clock_went_back(server, admin, public, word):
    e, _ = admin.create(title=word, tags=[word])
    server.sql("update quoin.entry set updated_at = now() + interval '1 hour' where id = '%s'" % e['id'])
    assert admin.publish(e['id'])[0]['status'] == 'published'
    for ref in (e['id'], e['slug']):
        assert public.get('/v1/articles/' + ref).status_code == 200
    assert [x['id'] for x in public.get('/v1/articles?filter[tags]=' + word).json()['data']] == [e['id']]
    move(server, e, '1 hour')
    assert public.get('/v1/articles?filter[title]=' + word).json()['data'] == []  # it began an hour from now
    assert admin.publish(e['id'])[0]['status'] == 'published'
    for ref in (e['id'], e['slug']):
        assert public.get('/v1/articles/' + ref + '?locale=en').status_code == 200
    assert [x['id'] for x in public.get('/v1/articles?limit=1&filter[tags]=' + word).json()['data']] == [e['id']]
