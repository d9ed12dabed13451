"""Idempotency-Key: the same POST sent again is answered as before and done once."""
import json
import threading
import uuid

import pytest

from client import Client, errors


def key():
    return str(uuid.uuid4())


def post(client, path, body, k, **headers):
    return client.post(path, body, headers={'Idempotency-Key': k, **headers})


def count(admin, title):
    """How many articles have this title."""
    r = admin.get('/v1/articles', params={'version': 'draft', 'filter[title][_eq]': title, 'limit': 200})
    assert r.status_code == 200, r.text
    return len(r.json()['data'])


def alike(first, again):
    assert again.status_code == first.status_code
    assert again.content == first.content
    for name in ('Location', 'ETag', 'Content-Type', 'Cache-Control', 'Last-Modified', 'Link', 'Vary'):
        assert again.headers.get(name) == first.headers.get(name), name
    assert again.headers['Idempotent-Replayed'] == 'true'
    assert 'Idempotent-Replayed' not in first.headers
    assert again.headers['X-Request-Id'] != first.headers['X-Request-Id']


# ---- the first answer again ------------------------------------------------------------------------------------------

def test_a_create_sent_again_is_answered_as_before_and_makes_one_entry(admin, word):
    k = key()
    first = post(admin, '/v1/articles', {'title': word, 'body': 'One.\n\nTwo.', 'tags': [word]}, k)
    assert first.status_code == 201, first.text
    for _ in range(4):
        alike(first, post(admin, '/v1/articles', {'title': word, 'body': 'One.\n\nTwo.', 'tags': [word]}, k))
    assert count(admin, word) == 1
    entry, etag = admin.draft(first.json()['data']['id'])
    assert etag.startswith('"d1"') or etag.startswith('"d1-')
    assert entry['title'] == word


def test_the_answer_is_the_first_one_whatever_has_become_of_the_entry(admin, word):
    k = key()
    first = post(admin, '/v1/articles', {'title': word}, k)
    admin.patch(first.headers['Location'], {'title': word + ' 2'}, etag='*')
    alike(first, post(admin, '/v1/articles', {'title': word}, k))
    assert admin.delete(first.headers['Location'], etag='*').status_code == 204
    alike(first, post(admin, '/v1/articles', {'title': word}, k))


def test_without_the_header_or_with_another_key_two_entries_are_made(admin, word):
    for headers in ({}, {}, {'Idempotency-Key': key()}, {'Idempotency-Key': key()}):
        assert admin.post('/v1/articles', {'title': word}, headers=headers).status_code == 201
    assert count(admin, word) == 4


def test_a_transition_sent_again_is_done_once(admin, word):
    entry, _ = admin.create(title=word)
    path = '/v1/articles/%s/transitions' % entry['id']
    k = key()
    first = post(admin, path, {'action': 'publish'}, k)
    assert first.status_code == 200
    alike(first, post(admin, path, {'action': 'publish'}, k))
    assert len(admin.get('/v1/articles/%s/revisions' % entry['id']).json()['data']) == 2


def test_what_was_published_with_a_key_is_seen_at_once_by_readers(admin, public, word):
    entry, _ = admin.create(title=word, slug=word)
    for _ in range(4):  # each worker has kept that it is not there
        assert public.get('/v1/articles/' + word).status_code == 404
    assert post(admin, '/v1/articles/%s/transitions' % entry['id'], {'action': 'publish'}, key()).status_code == 200
    for _ in range(8):
        assert public.get('/v1/articles/' + word).status_code == 200


def test_a_text_is_imported_once(admin, word):
    text = '%s of it\n\nWhat it is about.\n%s\n\nA heading\n\nA paragraph.\n' % (word, word)
    k = key()

    def send():
        return admin.request('POST', '/v1/import?type=article', data=text,
                             headers={'Content-Type': 'text/plain', 'Idempotency-Key': k})
    first = send()
    assert first.status_code == 201, first.text
    alike(first, send())


def test_the_codings_of_the_two_answers_need_not_be_the_same(admin, word):
    k = key()
    body = {'title': word, 'body': 'A sentence that is said again. ' * 200}
    first = post(admin, '/v1/articles', body, k, **{'Accept-Encoding': 'gzip'})
    again = post(admin, '/v1/articles', body, k, **{'Accept-Encoding': 'identity'})
    assert first.headers['Content-Encoding'] == 'gzip' and 'Content-Encoding' not in again.headers
    assert again.content == first.content
    assert again.headers['Idempotent-Replayed'] == 'true'


def test_a_large_answer_is_kept_as_it_is(admin, word):
    k = key()
    body = {'title': word, 'body': '\n\n'.join('Paragraph %d. %s' % (i, 'text ' * 200) for i in range(600))}
    first = post(admin, '/v1/articles', body, k)
    assert first.status_code == 201 and len(first.content) > 500000
    alike(first, post(admin, '/v1/articles', body, k))


def test_an_answer_that_wrote_nothing_is_kept_for_who_has_a_credential(admin, public, word):
    k = key()
    body = {'text': '“It held,” said %s Lee, a coach.' % word.title(), 'locale': 'en'}
    first = post(admin, '/v1/quotes/extract', body, k)
    assert first.status_code == 200
    alike(first, post(admin, '/v1/quotes/extract', body, k))
    assert post(admin, '/v1/quotes/extract', dict(body, text='“No,” she said.'), k).status_code == 422
    # The public writes nothing: it is answered alike, anew, and takes no room.
    for _ in range(2):
        r = post(public, '/v1/quotes/extract', body, k)
        assert r.status_code == 200 and r.content == first.content and 'Idempotent-Replayed' not in r.headers


def test_a_token_of_the_same_person_in_another_role_is_not_shown_the_answer(server, word):
    editor, author = [Client(server.url, server.add_token(role, 'twice ' + word)) for role in ('editor', 'author')]
    made = editor.post('/v1/articles', {'title': word}).headers['Location']
    k = key()
    assert post(editor, made + '/transitions', {'action': 'publish'}, k).status_code == 200
    r = post(author, made + '/transitions', {'action': 'publish'}, k)
    assert r.status_code == 422 and r.json()['type'] == '/problems/key-reused' and 'data' not in r.json()
    assert post(editor, made + '/transitions', {'action': 'publish'}, k).headers['Idempotent-Replayed'] == 'true'


# ---- what a key names ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('path, body', [('/v1/articles', {'title': 'another'}), ('/v1/authors', None)])
def test_a_key_that_was_another_requests_is_422_and_nothing_is_done(admin, word, path, body):
    k = key()
    assert post(admin, '/v1/articles', {'title': word}, k).status_code == 201
    r = post(admin, path, body or {'title': word}, k)
    assert r.status_code == 422
    assert r.json()['type'] == '/problems/key-reused'
    assert errors(r) == {'Idempotency-Key': 'reused'}
    assert count(admin, 'another') == 0


def test_the_query_is_part_of_the_request(admin, word):
    entry, _ = admin.create(title=word)
    path = '/v1/articles/%s/transitions' % entry['id']
    k = key()
    assert post(admin, path, {'action': 'publish'}, k).status_code == 200
    assert post(admin, path + '?locale=en', {'action': 'publish'}, k).status_code == 422


def test_a_key_is_its_callers_own(admin, as_role, word):
    k = key()
    one, two = as_role('author'), as_role('author')
    first = post(one, '/v1/articles', {'title': word}, k)
    other = post(two, '/v1/articles', {'title': word}, k)
    assert first.status_code == other.status_code == 201
    assert first.json()['data']['id'] != other.json()['data']['id']
    alike(first, post(one, '/v1/articles', {'title': word}, k))


def test_another_token_of_the_same_person_is_the_same_caller(server, word):
    from client import Client
    k = key()
    one, two = (Client(server.url, server.add_token('editor', 'two tokens ' + word)) for _ in range(2))
    first = post(one, '/v1/articles', {'title': word}, k)
    alike(first, post(two, '/v1/articles', {'title': word}, k))


@pytest.mark.parametrize('given, same', [('"%s"', '%s'), ('%s', '"%s"'), (' %s ', '%s')])
def test_a_key_may_stand_in_quotation_marks(admin, word, given, same):
    k = key()
    first = post(admin, '/v1/articles', {'title': word}, (given % k).strip() if given[0] == ' ' else given % k)
    alike(first, post(admin, '/v1/articles', {'title': word}, same % k))


@pytest.mark.parametrize('bad', ['', '""', 'a b', 'a,b', 'a;b', 'a"b', '"a', '"a"b', '"a";p=1', '"a\\b"', 'x' * 256, '"%s"' % ('x' * 256),
                                 'ключ'.encode(), 'a\tb'])
def test_what_cannot_be_a_key_is_400_that_says_what_would_be_right(admin, word, bad):
    r = post(admin, '/v1/articles', {'title': word}, bad)
    assert r.status_code == 400
    assert errors(r) == {'Idempotency-Key': 'format'}
    assert '255' in r.json()['detail']
    assert count(admin, word) == 0


def test_a_key_may_be_255_characters_long(admin, word):
    k = (key() * 8)[:255]
    first = post(admin, '/v1/articles', {'title': word}, k)
    assert first.status_code == 201
    alike(first, post(admin, '/v1/articles', {'title': word}, k))
    assert post(admin, '/v1/articles', {'title': word}, k[:-1] + '_').status_code == 201


def test_two_keys_are_400(server, admin, word):
    body = json.dumps({'title': word})
    with server.connect() as c:
        c.sendall(('POST /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n'
                   'Idempotency-Key: a\r\nIdempotency-Key: a\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s'
                   % (server.token, len(body), body)).encode())
        answer = b''
        while piece := c.recv(65536):
            answer += piece
    assert answer.startswith(b'HTTP/1.1 400 ') and b'"code":"conflict"' in answer
    assert count(admin, word) == 0


@pytest.mark.parametrize('method', ['GET', 'PATCH', 'PUT', 'DELETE'])
def test_other_methods_say_that_they_do_not_take_one(admin, public, word, method):
    entry, etag = admin.create(title=word)
    admin.publish(entry['id'])
    path = '/v1/articles/' + entry['id']
    for client in (admin, public):
        client.get(path)  # kept: an answer from the cache says the same
        r = client.request(method, path, json={'title': 'x'} if method in ('PATCH', 'PUT') else None,
                           headers={'Idempotency-Key': key(), 'If-Match': etag})
        assert r.status_code == 400
        assert errors(r) == {'Idempotency-Key': 'not_taken'}


# ---- refusals ----------------------------------------------------------------------------------------------------------

def test_a_refusal_that_the_work_has_come_to_is_kept(admin, word):
    taken, _ = admin.create(title=word, slug=word)
    k = key()
    first = post(admin, '/v1/articles', {'title': 'x', 'slug': word}, k)
    assert first.status_code == 409 and first.json()['type'] == '/problems/taken'
    assert admin.delete('/v1/articles/%s?purge=true' % taken['id'], etag='*').status_code == 204
    again = post(admin, '/v1/articles', {'title': 'x', 'slug': word}, k)
    assert again.status_code == 409 and again.headers['Idempotent-Replayed'] == 'true'
    # The id of the request is the one of the answer that it came with.
    assert again.content == first.content.replace(first.headers['X-Request-Id'].encode(), again.headers['X-Request-Id'].encode())
    assert post(admin, '/v1/articles', {'title': 'x', 'slug': word}, key()).status_code == 201


def test_a_transition_that_is_not_open_is_kept_as_such(admin, word):
    entry, _ = admin.create(title=word)
    path = '/v1/articles/%s/transitions' % entry['id']
    k = key()
    assert post(admin, path, {'action': 'unpublish'}, k).status_code == 409
    admin.publish(entry['id'])
    r = post(admin, path, {'action': 'unpublish'}, k)
    assert r.status_code == 409 and r.headers['Idempotent-Replayed'] == 'true'
    assert post(admin, path, {'action': 'unpublish'}, key()).status_code == 200


@pytest.mark.parametrize('body, status', [({'titel': 'x'}, 400), ({'summary': 'x'}, 422), ({'title': 'x', 'authors': [str(uuid.uuid4())]}, 422)])
def test_input_that_is_wrong_uses_no_key_up(admin, word, body, status):
    k = key()
    for _ in range(2):
        r = post(admin, '/v1/articles', body, k)
        assert r.status_code == status and 'Idempotent-Replayed' not in r.headers
    assert post(admin, '/v1/articles', {'title': word}, k).status_code == 201


def test_a_caller_without_the_right_uses_no_key_up(server, as_role, public, word):
    k = key()
    assert post(public, '/v1/articles', {'title': word}, k).status_code == 403
    assert post(as_role('reader'), '/v1/articles', {'title': word}, k).status_code == 403
    r = public.post('/v1/articles', {'title': word}, headers={'Idempotency-Key': k, 'Authorization': 'Bearer qn_wrong'})
    assert r.status_code == 401
    assert server.sql("select count(*) from quoin.idempotency where key = '%s'" % k) == '0'


def test_a_media_type_that_is_not_taken_and_a_path_that_is_not_there_stay_what_they_are(admin):
    headers = {'Idempotency-Key': key(), 'Content-Type': 'text/csv'}
    assert admin.request('POST', '/v1/articles', data='x', headers=headers).status_code == 415
    assert post(admin, '/v1/no-such-things', {}, key()).status_code == 404


@pytest.mark.parametrize('name', ['key-reused', 'request-in-flight', 'answer-not-kept'])
def test_each_problem_has_its_text(public, name):
    assert public.get('/problems/' + name).status_code == 200


# ---- at the same time ------------------------------------------------------------------------------------------------

@pytest.fixture
def held(server):
    """Holds the type article: creates begin and do not come to an end."""
    holders = []

    def hold():
        import subprocess
        import os
        line = ['psql', '-X', '-q', '-A', '-t', '-h', os.path.join(server.data_dir, 'pg'), '-p', '5432', '-U', 'quoin_owner', 'quoin']
        p = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        p.stdin.write("begin; select 'held' from pg_advisory_xact_lock(1954115685, hashtext('article'));\n")
        p.stdin.flush()
        assert p.stdout.readline().strip() == 'held'
        holders.append(p)
        return lambda: (p.stdin.close(), p.wait())
    yield hold
    for p in holders:
        if p.poll() is None:
            p.stdin.close()
            p.wait()


def begin(client, path, body, k):
    answers = []
    t = threading.Thread(target=lambda: answers.append(post(client, path, body, k)))
    t.start()
    return t, answers


def in_flight(server, k):
    from quoin_server import wait_until
    wait_until(lambda: server.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory' "
                                  "and application_name like 'quoin worker%'") != '0', 10, 'a create that waits')


def test_while_the_first_is_under_way_the_same_request_is_409_at_once(server, held, admin, word):
    k = key()
    let_go = held()
    t, answers = begin(admin, '/v1/articles', {'title': word}, k)
    in_flight(server, k)
    for _ in range(6):  # on either worker
        with_own_connection = type(admin)(server.url, server.token)
        r = post(with_own_connection, '/v1/articles', {'title': word}, k, Connection='close')
        assert r.status_code == 409 and r.json()['type'] == '/problems/request-in-flight'
        assert r.headers['Retry-After']
        assert not answers, 'it did not wait for the first'
    let_go()
    t.join()
    assert answers[0].status_code == 201
    alike(answers[0], post(admin, '/v1/articles', {'title': word}, k))
    assert count(admin, word) == 1


def test_a_client_that_went_away_may_send_it_again(server, held, admin, word):
    k = key()
    body = json.dumps({'title': word})
    let_go = held()
    with server.connect() as c:
        c.sendall(('POST /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n'
                   'Idempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s' % (server.token, k, len(body), body)).encode())
        in_flight(server, k)
    let_go()
    from quoin_server import wait_until
    first = wait_until(lambda: (r := post(admin, '/v1/articles', {'title': word}, k)).status_code != 409 and r, 10, 'it to be over')
    assert first.status_code == 201
    again = post(admin, '/v1/articles', {'title': word}, k)
    assert again.content == first.content and again.headers['Idempotent-Replayed'] == 'true'
    assert count(admin, word) == 1


def test_many_at_once_make_one_entry(server, admin, word):
    k = key()
    clients = [type(admin)(server.url, server.token) for _ in range(12)]
    threads = [begin(c, '/v1/articles', {'title': word}, k) for c in clients]
    for t, _ in threads:
        t.join()
    got = [a[0] for _, a in threads]
    assert {r.status_code for r in got} <= {201, 409}
    made = [r for r in got if r.status_code == 201]
    assert len({r.content for r in made}) == 1
    assert len([r for r in made if 'Idempotent-Replayed' not in r.headers]) == 1
    assert count(admin, word) == 1


def test_different_keys_do_not_hold_each_other_up(server, admin, word):
    clients = [type(admin)(server.url, server.token) for _ in range(16)]
    threads = [begin(c, '/v1/articles', {'title': word, 'tags': [word]}, key()) for c in clients]
    for t, _ in threads:
        t.join()
    assert [a[0].status_code for _, a in threads] == [201] * 16
    assert count(admin, word) == 16


# ---- its end ---------------------------------------------------------------------------------------------------------

def test_after_24_hours_a_key_is_free_again(server, admin, word):
    k = key()
    assert post(admin, '/v1/articles', {'title': word}, k).status_code == 201
    server.sql("update quoin.idempotency set at = now() - interval '24 hours 1 second' where key = '%s'" % k)
    first = post(admin, '/v1/articles', {'title': word + ' 2'}, k)
    assert first.status_code == 201 and 'Idempotent-Replayed' not in first.headers
    alike(first, post(admin, '/v1/articles', {'title': word + ' 2'}, k))


def test_what_is_over_is_removed_in_batches(server, admin, word):
    mark = 'old-' + word
    server.sql("insert into quoin.idempotency (caller, key, request, state, at) select 'public', '%s' || i, repeat('0', 64), 'kept', "
               "now() - interval '25 hours' from generate_series(1, 30) i" % mark)
    assert server.sql('select quoin.idempotency_trim(20)') == '20'
    assert int(server.sql('select quoin.idempotency_trim(20)')) >= 10
    assert server.sql("select count(*) from quoin.idempotency where key like '%s%%'" % mark) == '0'


def test_what_is_erased_for_good_is_in_no_kept_answer(server, admin, word):
    k = key()
    first = post(admin, '/v1/articles', {'title': word}, k)
    path = first.headers['Location']
    assert post(admin, path + '/transitions', {'action': 'publish'}, k + 'p').status_code == 200
    assert admin.transition(path, 'unpublish').status_code == 200
    assert admin.delete(path + '?purge=true', etag='*').status_code == 204
    for again in (post(admin, '/v1/articles', {'title': word}, k), post(admin, path + '/transitions', {'action': 'publish'}, k + 'p')):
        assert again.status_code == 409 and again.json()['type'] == '/problems/answer-not-kept'
        assert again.json()['made']['erased'] is True
    assert server.sql("select count(*) from quoin.idempotency where position('%s'::bytea in body) > 0" % word) == '0'
    assert count(admin, word) == 0


# ---- answers that are not kept ---------------------------------------------------------------------------------------

def lines(client, k, text, query=''):
    return client.request('POST', '/v1/import' + query, data=text.encode(),
                          headers={'Content-Type': 'application/x-ndjson', 'Idempotency-Key': k})


def test_a_stream_sent_again_is_409_that_names_what_was_made(admin, word):
    k = key()
    text = ''.join(json.dumps({'type': 'article', 'title': '%s %d' % (word, i)}) + '\n' for i in range(5)) + '{"no":1}\n'
    first = lines(admin, k, text)
    assert first.status_code == 200
    made = [json.loads(line) for line in first.text.splitlines()]
    assert [m['status'] for m in made] == [201] * 5 + [400]
    r = lines(admin, k, text)
    assert r.status_code == 409
    p = r.json()
    assert p['type'] == '/problems/answer-not-kept'
    assert p['made'] == {'lines': 6, 'created': 5, 'ids': [m['id'] for m in made[:5]]}


def test_an_import_that_was_tried_or_made_nothing_may_be_sent_again(admin, word):
    k = key()
    text = json.dumps({'type': 'article', 'title': word}) + '\n'
    for _ in range(2):
        assert lines(admin, k, text, '?dry_run=true').json()['status'] == 201
    assert lines(admin, k, '{"no":1}\n').json()['status'] == 400
    assert lines(admin, k, text).json()['status'] == 201
    assert lines(admin, k, text).status_code == 409


def test_an_import_that_its_client_broke_off_may_be_sent_again(server, admin, word):
    from quoin_server import wait_until
    k = key()
    text = json.dumps({'type': 'article', 'title': word}) + '\n'
    with server.connect() as c:
        c.sendall(('POST /v1/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\n'
                   'Idempotency-Key: %s\r\nContent-Length: 100000\r\n\r\n%s' % (server.token, k, text)).encode())
        wait_until(lambda: server.sql("select count(*) from quoin.idempotency where key = '%s'" % k) == '1', 10, 'it to begin')
        r = lines(admin, k, text)
        assert r.status_code == 409 and r.json()['type'] == '/problems/request-in-flight'
    wait_until(lambda: server.sql("select count(*) from quoin.idempotency where key = '%s'" % k) == '0', 10, 'it to end')
    assert lines(admin, k, text).status_code == 200


def test_an_import_that_is_refused_uses_no_key_up(server, as_role, public, word):
    k = key()
    assert lines(as_role('author'), k, '{}\n').status_code == 403
    assert lines(public, k, '{}\n').status_code == 403
    assert server.sql("select count(*) from quoin.idempotency where key = '%s'" % k) == '0'
