"""Roles: who may do what."""
import pytest
from client import Client

ROLES = ['public', 'reader', 'author', 'editor', 'admin']


def status_of(c, method, path, **kw):
    return c.request(method, path, **kw).status_code


@pytest.fixture(scope='module')
def others(admin):
    """Somebody else's entries: a draft and a published one."""
    import uuid
    d, detag = admin.create(title='draft ' + uuid.uuid4().hex)
    p, _ = admin.create(title='live ' + uuid.uuid4().hex)
    _, petag = admin.publish(p['id'])
    return d, detag, p, petag


# what, then the status for public, reader, author, editor, admin
TABLE = [
    ('read what is live', lambda c, d, p, e: status_of(c, 'GET', '/v1/articles/' + p['slug']), [200, 200, 200, 200, 200]),
    ('read a draft', lambda c, d, p, e: status_of(c, 'GET', '/v1/articles/%s?version=draft' % d['id']), [404, 404, 404, 200, 200]),
    ('read the history of a draft', lambda c, d, p, e: status_of(c, 'GET', '/v1/articles/%s/revisions' % d['id']),
     [404, 404, 404, 200, 200]),
    ('create', lambda c, d, p, e: status_of(c, 'POST', '/v1/articles', json={'title': 'x'}), [403, 403, 201, 201, 201]),
    ('change a draft of others', lambda c, d, p, e: status_of(c, 'PATCH', '/v1/articles/' + d['id'], json={'summary': None},
                                                              headers={'If-Match': '"d99"'}), [403, 403, 404, 412, 412]),
    ('change a live one of others', lambda c, d, p, e: status_of(c, 'PATCH', '/v1/articles/' + p['id'], json={'summary': None},
                                                                 headers={'If-Match': '"d99"'}), [403, 403, 403, 412, 412]),
    ('delete a draft of others', lambda c, d, p, e: status_of(c, 'DELETE', '/v1/articles/' + d['id'], headers={'If-Match': '"d99"'}),
     [403, 403, 404, 412, 412]),
    ('unpublish a live one of others', lambda c, d, p, e: status_of(c, 'POST', '/v1/articles/%s/transitions' % p['id'],
                                                                    json={'action': 'unpublish'}, headers={'If-Match': '"d99"'}),
     [403, 403, 403, 412, 412]),
    ('import', lambda c, d, p, e: status_of(c, 'POST', '/v1/import?type=article', data='', headers={'Content-Type': 'text/plain'}),
     [403, 403, 403, 422, 422]),
    ('purge', lambda c, d, p, e: status_of(c, 'DELETE', '/v1/articles/%s?purge=true' % d['id'], headers={'If-Match': '"d99"'}),
     [403, 403, 403, 403, 412]),
    ('types', lambda c, d, p, e: status_of(c, 'GET', '/v1/types'), [200, 200, 200, 200, 200]),
    ('make types', lambda c, d, p, e: status_of(c, 'POST', '/v1/types', json={}), [403, 403, 403, 403, 422]),
]


@pytest.mark.parametrize('what,call,expected', TABLE, ids=[t[0] for t in TABLE])
@pytest.mark.parametrize('role', ROLES)
def test_each_role_may_what_the_table_says(public, admin, as_role, others, what, call, expected, role):
    c = public if role == 'public' else admin if role == 'admin' else as_role(role)
    d, _, p, etag = others
    assert call(c, d, p, etag) == expected[ROLES.index(role)]


def test_an_author_keeps_their_own_and_cannot_publish(as_role, word):
    c = as_role('author')
    e, etag = c.create(title=word)
    assert e['_actions'] == []
    r = c.patch('/v1/articles/' + e['id'], {'summary': 'x'}, etag)
    assert r.status_code == 200
    assert c.transition('/v1/articles/' + e['id'], 'publish').status_code == 403
    assert c.delete('/v1/articles/' + e['id'], r.headers['ETag']).status_code == 204


@pytest.mark.parametrize('credential', ['Bearer qn_nope', 'Bearer ', 'Basic YTpi', 'Bearer qn_' + 'A' * 43, 'qn_' + 'A' * 43,
                                        'Bearer qn_' + 'A' * 9000])
def test_a_bad_credential_is_401_never_quietly_public(server, admin, word, credential):
    e, _ = admin.create(title=word)
    admin.publish(e['id'])
    r = Client(server.url).get('/v1/articles/' + e['slug'], headers={'Authorization': credential})
    assert r.status_code == 401
    assert r.headers['WWW-Authenticate'].startswith('Bearer')


def test_a_revoked_token_stops_working(server, word):
    token = server.add_token('editor', 'Rita ' + word)
    c = Client(server.url, token)
    assert c.get('/v1/articles').status_code == 200
    line = [x for x in server.run('token', 'list').stdout.splitlines() if 'Rita ' + word in x][0]
    assert server.run('token', 'revoke', line.split()[0]).returncode == 0
    assert token not in server.run('token', 'list').stdout
    import time
    deadline = time.time() + 5
    while c.get('/v1/articles').status_code == 200:
        assert time.time() < deadline
        time.sleep(0.05)
    assert c.get('/v1/articles').status_code == 401


def test_an_expired_token_is_401(server, word):
    import time
    token = server.add_token('reader', 'Ed ' + word, '--expires', '1s')
    c = Client(server.url, token)
    assert c.get('/v1/articles').status_code == 200
    time.sleep(1.2)
    assert c.get('/v1/articles').status_code == 401


def test_the_command_line_refuses_an_unknown_role(server):
    r = server.run('token', 'add', '--role', 'king')
    assert r.returncode != 0 and 'king' in r.stderr and 'editor' in r.stderr


def test_a_public_answer_never_carries_what_a_role_sees(admin, public, word):
    e, _ = admin.create(title=word)
    admin.publish(e['id'])
    assert '_actions' in admin.get('/v1/articles/' + e['slug']).json()['data']
    assert '_actions' not in public.get('/v1/articles/' + e['slug']).json()['data']
