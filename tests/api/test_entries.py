"""Create, read, change, delete."""
import concurrent.futures
import json

import pytest
from client import Client, TIME, UUID, errors

MEMBERS = ['id', 'type', 'slug', 'locale', 'status', 'version', 'published_version', 'created_at', 'updated_at', 'published_at',
           'created_by', 'updated_by', 'tags', 'title', 'summary', 'body', 'authors', 'section', 'hero', 'seo', 'related',
           'show_in_related', '_actions']


def test_a_created_entry_has_every_member_in_order(admin, word):
    r = admin.post('/v1/articles', {'title': 'Kyiv rebuilds ' + word, 'tags': ['kyiv', 'air-defense']})
    assert r.status_code == 201
    e = r.json()['data']
    assert list(e) == MEMBERS
    assert UUID.match(e['id']) and e['type'] == 'article' and e['locale'] == 'en'
    assert e['slug'] == 'kyiv-rebuilds-' + word
    assert e['status'] == 'draft' and e['version'] == 1 and e['published_version'] is None and e['published_at'] is None
    assert TIME.match(e['created_at']) and e['updated_at'] == e['created_at']
    assert UUID.match(e['created_by']) and e['updated_by'] == e['created_by']
    assert e['tags'] == ['air-defense', 'kyiv']
    assert e['summary'] is None and e['body'] == [] and e['authors'] == [] and e['show_in_related'] is True
    assert e['_actions'] == ['publish']
    assert r.headers['Location'] == '/v1/articles/' + e['id']
    assert r.headers['ETag'].startswith('"')
    assert r.headers['Cache-Control'] == 'private, no-store'


def test_the_draft_reads_back_as_it_was_answered(admin, word):
    e, etag = admin.create(title=word, body='# Head\n\nA *paragraph*.')
    again, etag2 = admin.draft(e['id'])
    assert again == e
    assert etag2 == etag
    by_slug, _ = admin.draft(e['slug'])
    assert by_slug == e


def test_markdown_is_split_into_blocks_with_ids(admin, word):
    e, _ = admin.create(title=word, body='## One\n\nFirst *para*.\n\nSecond.\n\n> said')
    kinds = [(b['type'], b.get('text')) for b in e['body']]
    assert kinds == [('heading', 'One'), ('text', 'First *para*.'), ('text', 'Second.'), ('quote', 'said')]
    assert e['body'][0]['level'] == 2
    ids = [b['id'] for b in e['body']]
    assert len(set(ids)) == 4 and all(ids)


def test_unchanged_blocks_keep_their_ids_by_content(admin, word):
    e, etag = admin.create(title=word, body='One.\n\nTwo.\n\nThree.')
    ids = {b['text']: b['id'] for b in e['body']}
    r = admin.patch('/v1/articles/' + e['id'], {'body': 'Zero.\n\nOne.\n\nThree.'}, etag)
    assert r.status_code == 200
    now = {b['text']: b['id'] for b in r.json()['data']['body']}
    assert now['One.'] == ids['One.'] and now['Three.'] == ids['Three.']
    assert now['Zero.'] not in (ids['One.'], ids['Three.'])


def test_a_merge_patch_changes_what_it_names_and_nothing_else(admin, word):
    e, etag = admin.create(title=word, summary='Old', section='world', seo={'title': 'a', 'description': 'b'})
    r = admin.patch('/v1/articles/' + e['id'], {'summary': 'New', 'section': None, 'seo': {'title': None}}, etag)
    assert r.status_code == 200
    n = r.json()['data']
    assert n['version'] == 2 and n['summary'] == 'New' and n['section'] is None
    assert n['seo']['title'] is None and n['seo']['description'] == 'b'
    assert n['title'] == word and n['slug'] == e['slug']
    assert r.headers['ETag'] != etag


def test_plain_json_means_a_merge_patch_too(admin, word):
    e, etag = admin.create(title=word)
    r = admin.patch('/v1/articles/' + e['id'], {'summary': 'x'}, etag, headers={'Content-Type': 'application/json'})
    assert r.status_code == 200 and r.json()['data']['summary'] == 'x'


def test_put_replaces_what_is_absent_by_its_default(admin, word):
    e, etag = admin.create(title=word, summary='Old', section='world')
    r = admin.put('/v1/articles/' + e['id'], {'title': word, 'slug': e['slug']}, etag)
    assert r.status_code == 200
    assert r.json()['data']['summary'] is None and r.json()['data']['section'] is None


def test_what_was_read_can_be_put_back(admin, word):
    e, etag = admin.create(title=word, summary='Old', tags=['a-tag'])
    e['summary'] = 'New'
    r = admin.put('/v1/articles/' + e['id'], e, etag)
    assert r.status_code == 200, r.text
    assert r.json()['data']['summary'] == 'New' and r.json()['data']['tags'] == ['a-tag']


@pytest.mark.parametrize('method', ['PATCH', 'PUT', 'DELETE'])
def test_a_write_without_if_match_is_428(admin, word, method):
    e, _ = admin.create(title=word)
    r = admin.request(method, '/v1/articles/' + e['id'], **({} if method == 'DELETE' else {'json': {'title': word}}))
    assert r.status_code == 428
    assert admin.draft(e['id'])[0]['version'] == 1


def test_a_stale_if_match_is_412_and_names_the_conflicts(admin, word):
    e, etag = admin.create(title=word, summary='s', body=[{'id': 'b7', 'type': 'text', 'text': 'one'},
                                                         {'id': 'b8', 'type': 'text', 'text': 'two'}])
    path = '/v1/articles/' + e['id']
    mine = [dict(b) for b in e['body']]
    theirs = [dict(b) for b in e['body']]
    mine[0]['text'], theirs[0]['text'], theirs[1]['text'] = 'mine', 'theirs', 'theirs too'
    assert admin.patch(path, {'title': word + ' theirs', 'body': theirs, 'section': 'x'}, etag).status_code == 200
    r = admin.patch(path, {'title': word + ' mine', 'body': mine, 'summary': 'mine'}, etag)
    assert r.status_code == 412
    p = r.json()
    assert p['current_version'] == 2
    assert p['conflicts'] == ['/title', '/body/b7']
    assert admin.draft(e['id'])[0]['title'] == word + ' theirs'


@pytest.mark.parametrize('tag', ['"nonsense"', '"d99"', 'W/"d1"', '"d1x"', '"p1"x'])
def test_a_tag_that_is_not_the_drafts_is_refused(admin, word, tag):
    e, _ = admin.create(title=word)
    r = admin.patch('/v1/articles/' + e['id'], {'summary': 'x'}, tag)
    assert r.status_code in (400, 412)
    assert admin.draft(e['id'])[0]['version'] == 1


def test_an_unquoted_if_match_is_400(admin, word):
    e, _ = admin.create(title=word)
    r = admin.patch('/v1/articles/' + e['id'], {'summary': 'x'}, '1')
    assert r.status_code == 400 and errors(r) == {'If-Match': 'format'}


def test_a_star_overwrites(admin, word):
    e, etag = admin.create(title=word)
    assert admin.patch('/v1/articles/' + e['id'], {'summary': 'one'}, etag).status_code == 200
    r = admin.patch('/v1/articles/' + e['id'], {'summary': 'two'}, '*')
    assert r.status_code == 200 and r.json()['data']['version'] == 3


def test_any_content_codings_form_of_an_etag_is_taken(admin, word):
    e, _ = admin.create(title=word, summary='long enough to be compressed ' * 100)
    etag = admin.get('/v1/articles/%s?version=draft' % e['id']).headers
    assert etag.get('Content-Encoding') == 'gzip'
    r = admin.patch('/v1/articles/' + e['id'], {'summary': 'x'}, etag['ETag'])
    assert r.status_code == 200


def test_sixty_four_writers_lose_nothing(server, word):
    """Each writer adds its own mark, reading again after each 412: at the end every accepted change is in a revision and in the entry."""
    first = Client(server.url, server.token)
    e, _ = first.create(title=word, seo={'title': '', 'description': ''}, summary='')
    path = '/v1/articles/' + e['id']

    def write(n):
        c = Client(server.url, server.token)
        for _ in range(400):
            now, etag = c.draft(e['id'])
            r = c.patch(path, {'summary': now['summary'] + '<%d>' % n}, etag)
            if r.status_code == 200:
                return r.json()['data']['version'], n
            assert r.status_code == 412, r.text
        raise AssertionError('writer %d never got through' % n)

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        accepted = dict(pool.map(write, range(64)))
    assert sorted(accepted) == list(range(2, 66)), 'each accepted change has a version of its own'
    final, _ = first.draft(e['id'])
    assert final['version'] == 65
    assert all('<%d>' % n in final['summary'] for n in range(64))
    for version, n in accepted.items():
        r = first.get('%s/revisions/%d' % (path, version)).json()['data']
        assert r['entry']['summary'].endswith('<%d>' % n)


def test_revisions_are_full_snapshots_with_author_and_time(admin, word):
    e, etag = admin.create(title=word, summary='one')
    path = '/v1/articles/' + e['id']
    admin.patch(path, {'summary': 'two'}, etag)
    r = admin.get(path + '/revisions')
    assert r.status_code == 200
    rows = r.json()['data']
    assert [x['version'] for x in rows] == [2, 1]
    assert all(TIME.match(x['created_at']) and UUID.match(x['created_by']) for x in rows)
    assert admin.get(path + '/revisions/1').json()['data']['entry']['summary'] == 'one'
    assert admin.get(path + '/revisions/2').json()['data']['entry']['title'] == word
    for n in ('3', '0', 'x', '99999999999'):
        assert admin.get(path + '/revisions/' + n).status_code == 404


def test_revisions_page_in_both_directions(admin, word):
    e, etag = admin.create(title=word)
    path = '/v1/articles/' + e['id']
    for i in range(4):
        etag = admin.patch(path, {'summary': str(i)}, etag).headers['ETag']
    one = admin.get(path + '/revisions?limit=2').json()
    assert [x['version'] for x in one['data']] == [5, 4] and 'prev' not in one['links']
    two = admin.get(one['links']['next']).json()
    assert [x['version'] for x in two['data']] == [3, 2]
    back = admin.get(two['links']['prev']).json()
    assert [x['version'] for x in back['data']] == [5, 4]


def test_a_deleted_entry_is_gone_and_its_slug_free(admin, word):
    e, etag = admin.create(title=word)
    r = admin.delete('/v1/articles/' + e['id'], etag)
    assert r.status_code == 204 and not r.content
    assert admin.get('/v1/articles/%s?version=draft' % e['id']).status_code == 404
    assert admin.patch('/v1/articles/' + e['id'], {'title': 'x'}, '*').status_code == 404
    again, _ = admin.create(title=word)
    assert again['slug'] == e['slug'] and again['id'] != e['id']


def test_a_live_entry_cannot_be_deleted(admin, public, word):
    e, _ = admin.create(title=word)
    _, etag = admin.publish(e['id'])
    assert admin.delete('/v1/articles/' + e['id'], etag).status_code == 409
    assert public.get('/v1/articles/' + e['slug']).status_code == 200
    r = admin.transition('/v1/articles/' + e['id'], 'unpublish')
    assert admin.delete('/v1/articles/' + e['id'], r.headers['ETag']).status_code == 204


def test_purging_takes_the_right_and_erases(admin, as_role, word):
    e, etag = admin.create(title=word)
    assert as_role('editor').delete('/v1/articles/%s?purge=true' % e['id'], etag).status_code == 403
    assert admin.delete('/v1/articles/%s?purge=true' % e['id'], etag).status_code == 204
    assert admin.get('/v1/articles/%s/revisions' % e['id']).status_code == 404


def test_a_taken_slug_is_409_and_names_the_entry(admin, word):
    e, _ = admin.create(title='One ' + word, slug=word)
    r = admin.post('/v1/articles', {'title': 'Two', 'slug': word})
    assert r.status_code == 409 and r.json()['id'] == e['id']
    other, etag = admin.create(title='Three ' + word)
    assert admin.patch('/v1/articles/' + other['id'], {'slug': word}, etag).status_code == 409


def test_a_made_slug_gets_a_suffix_where_it_is_taken(admin, word):
    a, _ = admin.create(title=word)
    b, _ = admin.create(title=word)
    c, _ = admin.create(title=word)
    assert [a['slug'], b['slug'], c['slug']] == [word, word + '-2', word + '-3']


def test_references_must_exist_and_be_of_their_type(admin, word):
    author = admin.post('/v1/authors', {'name': 'Ada ' + word})
    assert author.status_code == 201
    a = author.json()['data']
    e, _ = admin.create(title=word, authors=[a['id']])
    assert e['authors'] == [a['id']]
    r = admin.post('/v1/articles', {'title': word, 'authors': [e['id']], 'related': ['01900000-0000-7000-8000-000000000000']})
    assert r.status_code == 422
    assert set(errors(r)) == {'/authors/0', '/related/0'}


@pytest.mark.parametrize('purge', ['', '?purge=true'])
def test_a_reference_whose_target_was_deleted_stands_in_no_changes_way(admin, word, purge):
    author, etag = [(r.json()['data'], r.headers['ETag']) for r in [admin.post('/v1/authors', {'name': 'Ada ' + word})]][0]
    e, _ = admin.create(title=word, authors=[author['id']])
    path = '/v1/articles/' + e['id']
    assert admin.delete('/v1/authors/%s%s' % (author['id'], purge), etag).status_code == 204
    r = admin.patch(path, {'section': 'ports'}, '"d1"')
    assert r.status_code == 200, r.text
    assert r.json()['data']['authors'] == [author['id']]
    r = admin.put(path, r.json()['data'], r.headers['ETag'])
    assert r.status_code == 200, r.text
    r = admin.patch(path, {'related': [author['id']]}, r.headers['ETag'])
    assert r.status_code == 422 and errors(r) == {'/related/0': 'not_found'}
    r = admin.patch(path, {'authors': []}, '*')
    assert r.status_code == 200
    r = admin.patch(path, {'authors': [author['id']]}, r.headers['ETag'])
    assert r.status_code == 422 and errors(r) == {'/authors/0': 'not_found'}


def test_strings_come_back_byte_for_byte(admin, word):
    for s in ['a"b\\c/</script>', '\u2028\u2029\ufeff\ufffe', '\U0001F469\u200d\U0001F467', "'; drop table entry; --", '  spaced  ',
              '\u202eevil', 'a\u0301', '\t\n\r', '\x7f', '%s%n$1']:
        e, etag = admin.create(title=word, summary=s)
        assert e['summary'] == s
        assert admin.draft(e['id'])[0]['summary'] == s
        assert admin.publish(e['id'])[0]['summary'] == s


def test_two_workers_see_each_others_writes(server, word):
    a, b = Client(server.url, server.token), Client(server.url, server.token)
    for i in range(20):
        e, etag = a.create(title='%s %d' % (word, i))
        assert b.draft(e['id'])[0]['title'] == '%s %d' % (word, i)
        b.session.close()


def test_large_bodies_up_to_the_limit_are_taken(admin, word):
    text = 'word ' * 40000
    e, _ = admin.create(title=word, body=[{'type': 'text', 'text': text}])
    assert admin.draft(e['id'])[0]['body'][0]['text'] == text
    r = admin.request('POST', '/v1/articles', data=json.dumps({'title': 'x' * (2 << 20)}),
                      headers={'Content-Type': 'application/json'})
    assert r.status_code == 413
