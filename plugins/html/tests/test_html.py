"""The pages of a real server: make FLAVOUR=asan, then pytest plugins/html/tests/test_html.py."""
import base64
import hashlib
import os
import re
import sys
import time
import uuid

import pytest
import requests

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'tests', 'api'))

from client import Client                  # noqa: E402
from quoin_server import BINARY, Server, wait_until    # noqa: E402
from strict import check                   # noqa: E402
from test_render import OWN, everywhere    # noqa: E402

SEED = os.path.join(HERE, '..', '..', '..', '..', 'shared', 'seeds', 'russia-kyiv-attacks-putin-gain.txt')


@pytest.fixture(scope='session')
def site():
    """A server with this plugin, and its clients: site.admin, site.public; site.page(path) reads a page as a browser does."""
    plugins = os.path.join(os.path.dirname(BINARY), 'plugins')
    # recommend is optional to html, and so it is here.
    load = [name for name in ('recommend', 'html') if os.path.exists(os.path.join(plugins, name + '.so'))]
    with Server(template=True, **{'server.workers': 2, 'plugins.dir': plugins, 'plugins.load': ', '.join(load), 'plugins.must_load': 'html',
                                  'plugin.html.site_name': 'The Carrow <Courier>', 'plugin.html.tag_stories': 2}) as s:
        s.admin, s.public, s.recommends = Client(s.url, s.token), Client(s.url), 'recommend' in load
        session = requests.Session()
        s.page = lambda path, **kw: session.request(kw.pop('method', 'GET'), s.url + path, allow_redirects=False, timeout=20, **kw)
        yield s


@pytest.fixture
def word():
    return 'w' + uuid.uuid4().hex[:12]


def clean(r, status=200):
    """It is one whole page of HTML in which nothing can run. Returns what a reader sees."""
    assert r.status_code == status, r.text[:2000]
    assert r.headers['Content-Type'] == 'text/html; charset=utf-8'
    assert r.headers['X-Content-Type-Options'] == 'nosniff'
    policy = r.headers['Content-Security-Policy']
    style = re.search('<style>(.*?)</style>', r.text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == ("default-src 'none'; style-src 'sha256-%s'; img-src 'self' http: https:; base-uri 'none'; form-action 'none'; "
                      "frame-ancestors 'none'" % digest)
    assert r.text.startswith('<!doctype html>\n<html lang="')
    faults, seen, _ = check(r.text)
    assert not faults, faults
    return seen


def publish(site, **fields):
    e, _ = site.admin.create(**fields)
    site.admin.publish(e['id'])
    return e


def test_the_seed_is_a_page(site):
    if not os.path.exists(SEED):
        pytest.skip('needs ../shared, which is not beside this checkout')
    with open(SEED, 'rb') as f:
        r = site.admin.request('POST', '/v1/import?type=article', data=f.read(), headers={'Content-Type': 'text/plain'})
    assert r.status_code == 201, r.text
    path = '/articles/russia-kyiv-attacks-putin-gain'
    clean(site.page(path), 404)
    site.admin.publish(r.json()['data']['id'])
    page = site.page(path)
    seen = clean(page)
    for words in ("'war and terror.'", "'Staying home would have meant death,' she told reporters.", "'Violence in war is a political instrument,'",
                  "'disappointing,'"):
        assert words in page.text and words in seen
    levels = check(page.text)[2]
    assert levels[:6] == [1, 2, 2, 2, 2, 2]
    assert '<h2 id="block-' in page.text and '>Massive Overnight Assault on Kyiv</h2>' in page.text


def test_a_draft_is_not_there_and_what_is_taken_down_goes(site, word):
    e, _ = site.admin.create(title=word)
    path = '/articles/' + e['slug']
    clean(site.page(path), 404)
    site.admin.publish(e['id'])
    assert word in clean(site.page(path))
    site.admin.transition('/v1/articles/' + e['id'], 'unpublish')
    clean(site.page(path), 404)


def test_editing_a_draft_changes_nothing_for_readers(site, word):
    e, _ = site.admin.create(title=word)
    _, etag = site.admin.publish(e['id'])
    before = site.page('/articles/' + e['slug'])
    site.admin.patch('/v1/articles/' + e['id'], {'title': 'changed'}, etag)
    assert site.page('/articles/' + e['slug']).text == before.text


def test_a_former_slug_and_an_id_lead_to_the_present_address(site, word):
    e, _ = site.admin.create(title=word, slug='old-' + word)
    _, etag = site.admin.publish(e['id'])
    site.admin.patch('/v1/articles/' + e['id'], {'slug': 'new-' + word}, etag)
    site.admin.publish(e['id'])
    for ref in ('old-' + word, e['id']):
        r = site.page('/articles/' + ref)
        assert (r.status_code, r.headers['Location']) == (308, '/articles/new-' + word)
    clean(site.page('/articles/new-' + word))


def test_the_byline_names_the_live_authors(site, word):
    ids = []
    for name in ('Zoe ' + word, 'Adam & ' + word, 'Nobody ' + word):
        r = site.admin.post('/v1/authors', {'name': name, 'slug': name.lower().split()[0] + '-' + word})
        assert r.status_code == 201, r.text
        ids.append(r.json()['data']['id'])
    for i in ids[:2]:
        assert site.admin.transition('/v1/authors/' + i, 'publish').status_code == 200
    e = publish(site, title=word, authors=ids)
    page = site.page('/articles/' + e['slug'])
    clean(page)
    assert re.findall('itemprop="name">(.*?)<', page.text) == ['Zoe ' + word, 'Adam &amp; ' + word]


def test_etag_and_304(site, word):
    e = publish(site, title=word)
    path = '/articles/' + e['slug']
    r = site.page(path)
    assert r.headers['Cache-Control'].startswith('public')
    again = site.page(path, headers={'If-None-Match': r.headers['ETag']})
    assert again.status_code == 304 and not again.content
    head = site.page(path, method='HEAD')
    assert head.status_code == 200 and not head.content and head.headers['Content-Type'] == r.headers['Content-Type']
    private = site.page(path, headers={'Authorization': 'Bearer ' + site.token})
    assert private.status_code == 200 and private.headers['Cache-Control'] == 'private, no-store'
    r = site.page(path, method='POST')
    assert r.status_code == 405 and 'GET' in r.headers['Allow']


@pytest.mark.parametrize('where', ['title', 'summary', 'section', 'seo'])
def test_nothing_of_an_articles_fields_runs(site, word, where):
    bad = '"><script>alert(1)</script><img src=x onerror=alert(1)> \' onmouseover=\'x ' + word
    fields = {where: bad} if where != 'seo' else {'seo': {'title': bad, 'description': bad}}
    e = publish(site, **{'title': word, 'slug': where + '-' + word, 'tags': [word], **fields})
    page = site.page('/articles/' + e['slug'])
    seen = clean(page)
    assert '<script' not in page.text
    if where != 'seo':
        assert '<script>alert(1)</script>' in seen
    for path in ('/', '/tags/' + word):
        clean(site.page(path))


def test_nothing_of_a_body_runs_at_any_place_of_any_block(site, word):
    tried = 0
    for i, s in enumerate(x for x in OWN if '\0' not in x and x.strip()):
        blocks = [b for b in everywhere(s) if b['type'] in ('heading', 'text', 'quote', 'list', 'table')]
        for b in blocks:
            for k in ('attribution', 'role', 'source'):
                if k in b:
                    b[k] = ' '.join(b[k].split()) or 'x'
        r = site.admin.post('/v1/articles', {'title': word, 'slug': '%s-%d' % (word, i), 'body': blocks})
        if r.status_code != 201:
            continue  # the server has its own opinion of some
        site.admin.publish(r.json()['data']['id'])
        clean(site.page('/articles/%s-%d' % (word, i)))
        tried += 1
    assert tried > 60


def test_the_front_page_shows_what_is_new(site, word):
    e = publish(site, title='First ' + word, summary='Sum ' + word, section='World')
    page = site.page('/')
    seen = clean(page)
    assert 'The Carrow <Courier>' in seen and 'First ' + word in seen
    lead = re.search('<article class="teaser lead">.*?</article>', page.text, re.S).group(0)
    assert 'href="/articles/%s"' % e['slug'] in lead and 'Sum ' + word in lead


def test_a_tag_is_paged_in_both_directions(site, word):
    for i in range(5):
        publish(site, title='%s %d' % (word, i), tags=[word])
        time.sleep(0.002)
    clean(site.page('/tags/' + word))
    path, found, pages = '/tags/' + word, [], []
    while path:
        page = site.page(path)
        clean(page)
        pages.append(path)
        found += re.findall(r'<h2><a href="[^"]*">\S+ (\d)</a>', page.text)
        older = re.search('<a rel="next" href="([^"]*)"', page.text)
        path = older and older.group(1).replace('&amp;', '&')
    assert found == ['4', '3', '2', '1', '0'] and len(pages) == 3
    newer = re.search('<a rel="prev" href="([^"]*)"', page.text).group(1).replace('&amp;', '&')
    page = site.page(newer)
    clean(page)
    assert re.findall(r'<h2><a href="[^"]*">\S+ (\d)</a>', page.text) == ['2', '1']


def test_a_tag_of_drafts_is_not_there(site, word):
    site.admin.create(title=word, tags=[word])
    clean(site.page('/tags/' + word), 404)


@pytest.mark.parametrize('path', ['/articles/nothing-here', '/articles/..', '/articles/%3Cscript%3E', '/articles/a%20b', '/articles/a%2Fb', '/articles/%F0%9F%9A%86',
                                  '/tags/nothing-here', '/tags/A', '/tags/%22%3E', '/articles/' + 'a' * 2000, '/tags/' + 'a' * 2000])
def test_what_is_not_there_is_a_page_that_says_so(site, path):
    import http.client
    c = http.client.HTTPConnection(*site.hostport, timeout=20)  # requests would tidy the path up
    c.request('GET', path)
    r = c.getresponse()
    text = r.read().decode()
    c.close()
    if path == '/articles/..':
        assert r.status in (200, 400, 404)
        return
    assert r.status == 404 and r.headers['Content-Type'] == 'text/html; charset=utf-8', (r.status, text[:300])
    assert not check(text)[0]


@pytest.mark.parametrize('path', ['/?after=x', '/?before=', '/tags/x?after=%00', '/?after=a&before=b', '/articles/x?locale=%3Cb%3E'])
def test_what_cannot_be_read_is_a_page_that_says_so(site, path):
    r = site.page(path)
    if r.headers['Content-Type'] == 'application/problem+json':
        assert r.status_code == 400  # the server saw to it before us
    else:
        clean(r, 400)


def test_an_unknown_parameter_is_400(site):
    assert site.page('/?x=1').status_code == 400


def test_related_articles_stand_under_you_might_also_like(site, word):
    if not site.recommends:
        pytest.skip('the plugin recommend is not built')
    a = publish(site, title='A ' + word, tags=[word])
    b = publish(site, title='B ' + word, tags=[word])
    for _ in range(200):
        page = site.page('/articles/' + a['slug'])
        if 'You Might Also Like' in page.text:
            break
        time.sleep(0.05)
    clean(page)
    related = page.text[page.text.index('You Might Also Like'):]
    assert 'href="/articles/%s"' % b['slug'] in related and 'href="/articles/%s"' % a['slug'] not in related


@pytest.fixture(scope='module')
def one():
    """A server of one worker, so that what was kept is where it is asked for."""
    plugins = os.path.join(os.path.dirname(BINARY), 'plugins')
    with Server(template=True, **{'server.workers': 1, 'plugins.dir': plugins, 'plugins.load': 'recommend, html', 'plugins.must_load': 'html, recommend'}) as s:
        s.admin = Client(s.url, s.token)
        s.page = lambda path, **kw: requests.get(s.url + path, allow_redirects=False, timeout=20, **kw)
        yield s


def made(site):
    """How many questions for related articles were answered: one for each page of an article that was not given again."""
    r = site.admin.get('/v1/plugins').json()['data']
    return next(p['counters']['answers'] for p in r if p['name'] == 'recommend')


def test_a_page_is_made_once_and_anew_when_anything_of_it_changes(one, word):
    a = publish(one, title='A ' + word, tags=[word])
    path = '/articles/' + a['slug']

    def settled():
        """Given again twice: the index, which follows a moment behind, has come to rest."""
        before = made(one)
        return one.page(path).text == one.page(path).text and made(one) == before
    wait_until(settled, 10, 'a page that is kept')
    author = one.admin.post('/v1/authors', json={'name': 'Ann ' + word}).json()['data']['id']
    assert one.admin.transition('/v1/authors/' + author, 'publish').status_code == 200
    one.admin.patch('/v1/articles/' + a['id'], {'authors': [author]}, etag='*')
    assert 'Ann ' + word not in one.page(path).text
    one.admin.publish(a['id'])
    assert 'Ann ' + word in one.page(path).text  # at once, in the worker that acknowledged
    one.admin.patch('/v1/authors/' + author, {'name': 'Eve ' + word}, etag='*')
    assert one.admin.transition('/v1/authors/' + author, 'publish').status_code == 200
    assert 'Eve ' + word in one.page(path).text
    b = publish(one, title='B ' + word, tags=[word])
    wait_until(lambda: '/articles/' + b['slug'] in one.page(path).text, 10, 'what is related to be there')
    one.admin.patch('/v1/articles/' + b['id'], {'title': 'C ' + word}, etag='*')
    one.admin.publish(b['id'])
    assert '>C ' + word in one.page(path).text
    assert one.admin.transition('/v1/articles/' + b['id'], 'unpublish').status_code == 200
    assert '>C ' + word not in one.page(path).text
    assert one.admin.transition('/v1/articles/' + a['id'], 'unpublish').status_code == 200
    assert one.page(path).status_code == 404


def test_lists_are_given_again_until_one_of_theirs_changes(one, word):
    a = publish(one, title='A ' + word, tags=[word])
    front, tag = one.page('/'), one.page('/tags/' + word)
    assert front.headers['Surrogate-Key'] == 'type:article types' and tag.headers['Surrogate-Key'] == 'tag:%s types' % word
    one.admin.patch('/v1/articles/' + a['id'], {'title': 'B ' + word}, etag='*')
    assert one.page('/tags/' + word).text == tag.text
    one.admin.publish(a['id'])
    assert 'B ' + word in one.page('/').text and 'B ' + word in one.page('/tags/' + word).text
    one.admin.patch('/v1/articles/' + a['id'], {'tags': []}, etag='*')
    one.admin.publish(a['id'])
    assert one.page('/tags/' + word).status_code == 404


def test_a_page_for_who_may_see_more_is_not_the_readers(one, word):
    a = publish(one, title='A ' + word)
    path = '/articles/' + a['slug']
    for _ in range(2):
        r = one.page(path, headers={'Authorization': 'Bearer ' + one.token})
        assert r.status_code == 200 and r.headers['Cache-Control'] == 'private, no-store' and 'Surrogate-Key' not in r.headers
        assert one.page(path).headers['Cache-Control'].startswith('public')


def test_a_path_without_a_locale_is_the_default_one_s_as_soon_as_that_is_there(one, word):
    publish(one, title='In Ukrainian', slug=word, locale='uk')
    path = '/articles/' + word

    def settled():
        before = made(one)
        return 'In Ukrainian' in one.page(path).text and made(one) == before
    wait_until(settled, 10, 'a page that is kept')
    publish(one, title='In English', slug=word)
    assert 'In English' in one.page(path).text


def test_without_recommendations_there_is_no_heading_for_them(site, word):
    e = publish(site, title=word)
    page = site.page('/articles/' + e['slug'])
    clean(page)
    if not site.recommends:
        assert 'You Might Also Like' not in page.text
