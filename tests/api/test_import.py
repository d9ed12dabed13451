"""The wire layout, over HTTP and from the shell."""
import os

import pytest
from client import UUID, errors

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = '''Harbour pilots walk out

Pilots stopped work at dawn. Forty ships wait in the roads.
%s

The demands

“We will not sail blind,” said Mara Voss, who leads the union.

The answer

The port called the strike unlawful.

You Might Also Like
'''


def post(c, text, **kw):
    return c.request('POST', '/v1/import?type=article', data=text.encode() if isinstance(text, str) else text,
                     headers={'Content-Type': 'text/plain'}, **kw)


def test_the_seed_imports_whole(admin, shared):
    path = os.path.join(shared, 'seeds', 'russia-kyiv-attacks-putin-gain.txt')
    text = open(path, encoding='utf-8').read()
    r = post(admin, text)
    assert r.status_code == 201, r.text
    e = r.json()['data']
    paragraphs = [p for p in text.split('\n\n')]
    assert e['title'] == "Russia's Intensified Kyiv Attacks: What Does Putin Gain?"
    assert e['slug'] == 'russia-kyiv-attacks-putin-gain'
    assert e['summary'].startswith('Russia launched its largest aerial attack') and e['summary'].endswith('U.S. weapons shipments.')
    assert [b['type'] for b in e['body']] == ['heading', 'text'] * 5
    assert [b['text'] for b in e['body'][::2]] == ['Massive Overnight Assault on Kyiv', 'Eyewitness Accounts of Destruction',
                                                   "Russia's Strategic Objectives", 'Potential Outcomes and Risks',
                                                   'Critical Need for Air Defense']
    for b in e['body'][1::2]:
        assert b['text'] in paragraphs
    assert all(b['id'] for b in e['body'])
    assert 'You Might Also Like' not in r.text
    again = post(admin, text)
    assert again.status_code == 409 and again.json()['id'] == e['id']


def test_importing_again_is_409_that_names_the_entry(admin, word):
    r = post(admin, TEXT % word)
    assert r.status_code == 201
    e = r.json()['data']
    assert e['slug'] == word and e['status'] == 'draft' and UUID.match(e['id'])
    assert [b['text'] for b in e['body']] == ['The demands', '“We will not sail blind,” said Mara Voss, who leads the union.', 'The answer',
                                              'The port called the strike unlawful.']
    assert r.headers['Location'] == '/v1/articles/' + e['id'] and r.headers['ETag']
    again = post(admin, TEXT % word)
    assert again.status_code == 409
    assert again.json()['id'] == e['id']


def test_an_import_without_a_slug_line_is_found_again_by_its_title(admin, word):
    text = 'Порт закрито %s\n\nКороткий зміст новини.\n\nЗаголовок\n\nАбзац тексту.\n' % word
    r = post(admin, text)
    assert r.status_code == 201
    assert r.json()['data']['slug'] == 'port-zakryto-' + word or r.json()['data']['slug'].endswith(word)
    assert post(admin, text).status_code == 409


@pytest.mark.parametrize('text,status', [(b'', 422), (b'   \n \n', 422), (b'caf\xe9\n\nx.\n', 422), (b'Title\0x\n\ny.\n', 422)])
def test_a_text_that_is_none_is_refused_with_its_place(admin, text, status):
    r = post(admin, text)
    assert r.status_code in (400, status), r.text
    assert all(p.startswith('/') for p in errors(r))


def test_another_media_type_is_415_and_the_connection_is_kept(admin):
    r = admin.request('POST', '/v1/import?type=article', data=b'x', headers={'Content-Type': 'application/pdf'})
    assert r.status_code == 415
    assert admin.get('/healthz').status_code == 200


@pytest.mark.parametrize('query', ['', '?type=nope', '?type=article&dry=1'])
def test_the_type_must_be_named_and_known(admin, query):
    r = admin.request('POST', '/v1/import' + query, data=b'x', headers={'Content-Type': 'text/plain'})
    assert r.status_code == 400


def test_the_shell_imports_files_and_folders(server, admin, tmp_path, word):
    folder = tmp_path / 'wire'
    folder.mkdir()
    for i in range(3):
        (folder / ('%d.txt' % i)).write_text(TEXT % ('%s-%d' % (word, i)))
    (folder / 'ignored.md').write_text('no')
    single = tmp_path / 'one.txt'
    single.write_text(TEXT % (word + '-single'))
    tmp_path.chmod(0o755)
    r = server.run('import', str(folder), str(single))
    assert r.returncode == 0, r.stderr
    for slug in ['%s-%d' % (word, i) for i in range(3)] + [word + '-single']:
        assert admin.draft(slug)[0]['title'] == 'Harbour pilots walk out'
    again = server.run('import', str(single))
    assert again.returncode == 1
    assert admin.draft(word + '-single')[0]['id'] in again.stdout + again.stderr
    assert server.run('import', str(tmp_path / 'missing.txt')).returncode == 1
    assert server.run('import').returncode == 2
