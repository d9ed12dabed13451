"""The files of a site's looks: [plugin.html] static_dir, stylesheet and static_max_age_s on a real server."""
import gzip
import http.client
import os
import sys
import time

import pytest
import requests

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', '..', '..', 'tests', 'api')]

from quoin_server import BINARY, Server    # noqa: E402
from strict import check                   # noqa: E402

PLUGINS = os.path.join(os.path.dirname(BINARY), 'plugins')
SHEET = b'.name { color: rebeccapurple }\n' * 100
LOGO = b'\x89PNG\r\n\x1a\n' + bytes(range(256)) * 3000
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp('looks')
    for p in (top, *top.parents):
        if str(p).startswith('/tmp/') and os.access(p, os.W_OK):
            os.chmod(p, 0o755)
    inside = top / 'release-1'
    (inside / 'img').mkdir(parents=True)
    (inside / 'theme.css').write_bytes(SHEET)
    (inside / 'img' / 'logo.png').write_bytes(LOGO)
    (inside / 'drawing.svg').write_bytes(DRAWING)
    (inside / '.env').write_bytes(b'secret')
    (inside / 'out').symlink_to('/etc')
    (top / 'current').symlink_to('release-1')
    return top / 'current'


def html_server(**options):
    return Server(template=True, **{'server.workers': 1, 'plugins.dir': PLUGINS, 'plugins.load': 'html', 'plugins.must_load': 'html',
                                    **{'plugin.html.' + k: v for k, v in options.items()}})


@pytest.fixture(scope='module')
def site(folder):
    with html_server(static_dir=folder, stylesheet='theme.css', static_max_age_s=77) as s:
        time.sleep(max(0, os.stat(folder / 'theme.css').st_ctime + 3 - time.time()))  # until then the tags are weak ones
        yield s


def get(site, path, method='GET', **headers):
    headers = {k.replace('_', '-'): v for k, v in headers.items()}
    headers.setdefault('Accept-Encoding', 'identity')
    return requests.request(method, site.url + path, headers=headers, timeout=20, allow_redirects=False)


def test_every_page_loads_the_style_sheet_and_may(site):
    r = get(site, '/')
    assert '</style>\n<link rel="stylesheet" href="/static/theme.css">\n</head>' in r.text
    assert "; style-src 'sha256-" in r.headers['Content-Security-Policy'] and "=' 'self'; img-src" in r.headers['Content-Security-Policy']
    assert not check(r.text)[0]
    assert get(site, '/static/theme.css').content == SHEET


def test_a_style_sheet_is_coded_and_kept(site):
    r = requests.get(site.url + '/static/theme.css?v=3', headers={'Accept-Encoding': 'gzip'}, stream=True, timeout=20)
    assert gzip.decompress(r.raw.read(decode_content=False)) == SHEET
    assert r.headers['Content-Type'] == 'text/css; charset=utf-8' and r.headers['Vary'] == 'Accept-Encoding'
    assert r.headers['Cache-Control'] == 'public, max-age=77'
    assert get(site, '/static/theme.css', If_None_Match=r.headers['ETag']).status_code == 304
    assert get(site, '/static/theme.css', If_Modified_Since=r.headers['Last-Modified']).status_code == 304


def test_a_picture_goes_out_whole_and_in_parts(site):
    r = get(site, '/static/img/logo.png', Accept_Encoding='gzip, br, zstd')
    assert r.content == LOGO and r.headers['Content-Type'] == 'image/png' and r.headers['Accept-Ranges'] == 'bytes'
    assert 'Content-Encoding' not in r.headers and 'Vary' not in r.headers
    tag = r.headers['ETag']
    r = get(site, '/static/img/logo.png', Range='bytes=-4', If_Range=tag)
    assert (r.status_code, r.content) == (206, LOGO[-4:])
    r = get(site, '/static/img/logo.png', Range='bytes=0-7,5000-5001')
    assert r.status_code == 206 and r.headers['Content-Type'].startswith('multipart/byteranges; boundary=')
    assert LOGO[:8] in r.content and r.content.count(b'Content-Range: bytes') == 2 and len(r.content) < 500
    r = get(site, '/static/img/logo.png', Range='bytes=%d-' % len(LOGO))
    assert r.status_code == 416 and r.headers['Content-Range'] == 'bytes */%d' % len(LOGO)
    assert r.headers['Content-Type'] == 'application/problem+json'
    r = get(site, '/static/img/logo.png', method='HEAD', Range='bytes=0-7')
    assert (r.status_code, r.headers['Content-Length'], r.content) == (200, str(len(LOGO)), b'')


def test_nothing_in_a_drawing_runs(site):
    assert get(site, '/static/drawing.svg').headers['Content-Security-Policy'].endswith('; sandbox')
    assert 'Content-Security-Policy' not in get(site, '/static/img/logo.png').headers


@pytest.mark.parametrize('path', ['/static/.env', '/static/%2eenv', '/static/out/passwd', '/static/../theme.css', '/static/%2e%2e/release-1/theme.css',
                                  '/static/img', '/static/img/', '/static/', '/static', '/static/img%2flogo.png', '/static/nowhere.css',
                                  '/static//etc/passwd', '/static/..%2f..%2f..%2fetc/passwd', '/static/img/..%5c..%5ctheme.css'])
def test_what_is_no_file_of_the_folder_is_not_there(site, path):
    c = http.client.HTTPConnection(*site.hostport, timeout=20)
    c.putrequest('GET', path)
    c.endheaders()
    r = c.getresponse()
    text = r.read().decode()
    c.close()
    assert r.status == 404 and 'max-age=77' not in r.headers.get('Cache-Control', ''), (r.status, text[:200])
    if r.headers['Content-Type'].startswith('text/html'):
        assert r.headers['Content-Security-Policy'].count('default-src') == 1
        assert not check(text)[0]


def test_a_new_release_is_served_without_a_restart(site, folder):
    release = folder.parent / 'release-2'
    release.mkdir()
    (release / 'theme.css').write_bytes(b'new')
    (folder.parent / 'next').symlink_to('release-2')
    os.rename(folder.parent / 'next', folder)
    assert get(site, '/static/theme.css').content == b'new'
    (folder.parent / 'back').symlink_to('release-1')
    os.rename(folder.parent / 'back', folder)
    assert get(site, '/static/theme.css').content == SHEET


def test_without_a_folder_there_is_no_such_route():
    with html_server() as s:
        assert get(s, '/static/theme.css').status_code == 404
        r = get(s, '/')
        assert 'rel="stylesheet"' not in r.text and "'self'; img-src" not in r.headers['Content-Security-Policy']


@pytest.mark.parametrize('options,words', [
    ({'static_dir': '/nowhere/at/all'}, 'there is no such folder'), ({'stylesheet': 'theme.css'}, 'there is no static_dir'),
    ({'static_dir': '/tmp', 'stylesheet': '../theme.css'}, 'it has to be a name in static_dir'),
    ({'static_dir': '/tmp', 'stylesheet': 'a"b.css'}, 'it has to be a name in static_dir')])
def test_options_that_cannot_be_are_refused_at_the_start(options, words):
    s = html_server(**options)
    try:
        r = s.run('config', 'check')
        assert r.returncode != 0 and words in r.stdout + r.stderr, r.stdout + r.stderr
    finally:
        s.close()
