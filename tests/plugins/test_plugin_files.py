"""reply_file(): files of a folder as answers of a plugin. What HTTP makes of them is in tests/unit/test_http_files.c."""
import http.client
import os
import time

import pytest
from client import Client
from plugin_server import plugin_server

NOT_FOUND, NO_FOLDER, INVALID = -3, -6, -1
TEXT, PICTURE = b'p { margin: 0 }\n' * 200, bytes(range(256)) * 40


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp('files')
    for p in (top, *top.parents):
        if str(p).startswith('/tmp/') and os.access(p, os.W_OK):
            os.chmod(p, 0o755)
    inside = top / 'in'
    (inside / 'deep' / 'er').mkdir(parents=True)
    (inside / '.git').mkdir()
    (top / 'secret').write_bytes(b'secret')
    (inside / 'a.css').write_bytes(TEXT)
    (inside / 'deep' / 'er' / 'b.png').write_bytes(PICTURE)
    (inside / 'deep' / 'ü b.txt').write_bytes(b'name')
    (inside / '.htpasswd').write_bytes(b'secret')
    (inside / '.git' / 'config').write_bytes(b'secret')
    (inside / 'up').symlink_to('../secret')
    (inside / 'root').symlink_to('/')
    os.mkfifo(inside / 'pipe')
    return inside


@pytest.fixture(scope='module')
def public(folder):
    with plugin_server('files', **{'plugin.files.dir': folder}) as s:
        time.sleep(max(0, os.stat(folder / 'a.css').st_ctime + 3 - time.time()))  # until then the tags are weak ones
        yield Client(s.url)


def test_a_file_is_an_answer_with_all_that_belongs_to_it(public):
    r = public.get('/v1/files/a.css')
    assert r.status_code == 200 and r.content == TEXT
    assert r.headers['Content-Encoding'] == 'gzip' and r.headers['Vary'] == 'Accept-Encoding'
    assert r.headers['Content-Type'] == 'text/css; charset=utf-8' and r.headers['Cache-Control'] == 'no-cache'
    assert r.headers['ETag'].startswith('"') and r.headers['ETag'].endswith('-gz"') and 'Last-Modified' in r.headers
    assert r.headers['X-Once'] == 'first' and r.headers['Link'] == '<a>; rel=a, <b>; rel=b'
    assert public.get('/v1/files/a.css', headers={'If-None-Match': r.headers['ETag']}).status_code == 304
    r = public.get('/v1/files/deep/er/b.png')
    assert r.content == PICTURE and 'Content-Encoding' not in r.headers and r.headers['Content-Type'] == 'image/png'
    r = public.get('/v1/files/deep/er/b.png', headers={'Range': 'bytes=256-257'})
    assert (r.status_code, r.content, r.headers['Content-Range']) == (206, b'\0\1', 'bytes 256-257/10240')
    assert public.get('/v1/files/deep/%C3%BC%20b.txt').content == b'name'
    assert public.get('/v1/files/a.css?type=text/x-own').headers['Content-Type'] == 'text/x-own'
    r = public.request('HEAD', '/v1/files/deep/er/b.png')
    assert r.content == b'' and r.headers['Content-Length'] == '10240'


@pytest.mark.parametrize('path', ['nowhere', 'deep', 'deep/er/', 'deep//er/b.png', 'a.css/b', '.htpasswd', '.git/config', 'up', 'root/etc/passwd', 'pipe',
                                  '%2e%2e/secret', 'deep/%2E%2E/%2e%2e/secret', 'deep/%2e/er/b.png', '..%5csecret', 'a' * 300,
                                  'a/' * 9 + 'b'])
def test_what_is_not_a_file_of_the_folder_is_not_there(public, path):
    r = public.get('/v1/files/' + path)
    assert r.json().get('data', {}).get('err') == NOT_FOUND, r.text
    assert r.headers['X-Once'] == 'second'  # the later value takes the place of the former


@pytest.mark.parametrize('path', ['..%2fsecret', 'deep%2Fer%2Fb.png'])
def test_an_encoded_slash_parts_no_names(public, path):
    assert public.get('/v1/files/' + path).status_code == 404


@pytest.mark.parametrize('path', ['a.css%00', '%', 'a%ff'])
def test_paths_that_cannot_be_decoded_are_400(public, path):
    c = http.client.HTTPConnection(public.base[7:], timeout=20)
    c.putrequest('GET', '/v1/files/' + path)
    c.endheaders()
    assert c.getresponse().status == 400
    c.close()


def test_what_cannot_be_sent_is_an_error_and_no_answer(public):
    r = public.get('/v1/files-wrong')
    assert r.json()['data'] == [INVALID, INVALID, INVALID, NO_FOLDER, NOT_FOUND, NOT_FOUND]
