"""Quotations of a real server, and the unit tests of the plugin and its extractor, built and run."""
import glob
import os
import subprocess
import sys
import uuid

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, '..', '..', '..'))
SEED = os.path.join(ROOT, '..', 'shared', 'seeds', 'russia-kyiv-attacks-putin-gain.txt')
sys.path.insert(0, os.path.join(ROOT, 'tests', 'api'))

from client import Client, errors       # noqa: E402
from quoin_server import BINARY, Server    # noqa: E402

MEMBERS = ['id', 'text', 'kind', 'speaker', 'cue', 'block', 'start', 'end', 'content_start', 'content_end', 'confidence', 'status']
SANITIZED = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined']


@pytest.mark.parametrize('name', sorted(os.path.basename(f)[:-2] for f in glob.glob(os.path.join(HERE, 'test_*.c'))))
def test_the_unit_tests_pass(name, tmp_path):
    out, plugin = str(tmp_path / name), os.path.join(HERE, '..')
    # One replaces malloc, which the sanitizer does itself.
    flags = [] if name.endswith('memory') else SANITIZED
    sources = ['ident.c'] + sorted(glob.glob(os.path.join(plugin, 'extract', '*.c')))
    subprocess.run(['gcc', '-std=c11', '-D_GNU_SOURCE', '-O1', '-g', *flags, '-o', out, 'tests/%s.c' % name, *sources, '-lcmocka', '-lm'],
                   cwd=plugin, check=True)
    r = subprocess.run([out], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                       env={**os.environ, 'QUOTES_DATA': os.path.join(HERE, 'data')})
    assert r.returncode == 0, r.stdout
    assert '[  PASSED  ]' in r.stdout


@pytest.fixture(scope='module')
def house():
    """A server with this plugin: house.admin, house.public."""
    plugins = os.path.join(os.path.dirname(BINARY), 'plugins')
    with Server(template=True, **{'server.workers': 1, 'plugins.dir': plugins, 'plugins.load': 'quotes', 'plugins.must_load': 'quotes',
                                  'plugin.quotes.max_body_bytes': '8k'}) as s:
        s.admin, s.public = Client(s.url, s.token), Client(s.url)
        yield s


@pytest.fixture
def word():
    return 'w' + uuid.uuid4().hex[:12]


SAID = '"The bridge will stand," said Mara Voss, the mayor.'


def quotes(house, ref, query='?version=draft', client=None):
    r = (client or house.admin).get('/v1/articles/%s/quotes%s' % (ref, query))
    assert r.status_code == 200, r.text
    assert set(r.json()) == {'data'}
    for q in r.json()['data']:
        assert list(q) == MEMBERS
        assert q['kind'] in ('direct', 'partial', 'indirect') and q['status'] == 'auto' and 0 <= q['confidence'] <= 1
        assert q['content_start'] <= q['start'] < q['end'] <= q['content_end']
        assert q['speaker'] is None or list(q['speaker']) == ['name', 'as_written', 'role']
    return r.json()['data']


def test_the_seed_has_its_four_quotations(house):
    if not os.path.exists(SEED):
        pytest.skip('needs ../shared, which is not beside this checkout')
    with open(SEED, 'rb') as f:
        r = house.admin.post('/v1/import?type=article', data=f.read(), headers={'Content-Type': 'text/plain'})
    assert r.status_code == 201, r.text
    article = r.json()['data']
    texts = {b['id']: b['text'] for b in article['body']}
    found = quotes(house, article['id'])
    for q in found:
        assert texts[q['block']][q['start']:q['end']] == q['text']
    marked = [(q['text'], q['kind'], q['speaker']['name']) for q in found if q['kind'] != 'indirect']
    assert marked == [('war and terror.', 'partial', 'Volodymyr Zelensky'),
                      ('Staying home would have meant death,', 'direct', 'Alja'),
                      ('Violence in war is a political instrument,', 'direct', 'Tim Sweijs'),
                      ('disappointing,', 'partial', 'Trump')]
    assert [q['speaker']['as_written'] for q in found if q['text'].startswith('Violence')] == ['Sweijs']


def test_offsets_are_code_points_in_the_blocks_text(house):
    text = 'Київ 😀 é: “Wir bleiben,” said Mara Voss.'
    e, _ = house.admin.create(title='T', body=[{'type': 'heading', 'level': 2, 'text': '"Not shown," said Mara Voss'}, {'type': 'text', 'text': text}])
    [q] = quotes(house, e['id'])
    assert q['block'] == e['body'][1]['id']
    assert text[q['start']:q['end']] == q['text'] == 'Wir bleiben,'
    assert q['speaker']['name'] == 'Mara Voss' and q['cue'] == 'said'


def test_a_quote_block_is_a_whole_quotation(house):
    e, _ = house.admin.create(title='T', body=[{'type': 'text', 'text': 'Tim Sweijs, a defense analyst, was there.'},
                                               {'type': 'quote', 'text': '“War is politics.”', 'attribution': 'Sweijs', 'role': 'analyst'},
                                               {'type': 'quote', 'text': 'Nobody knows.'}])
    first, second = [q for q in quotes(house, e['id']) if q['kind'] == 'direct']
    assert (first['text'], first['start'], first['end'], first['block']) == ('War is politics.', 1, 17, e['body'][1]['id'])
    assert first['speaker'] == {'name': 'Tim Sweijs', 'as_written': 'Sweijs', 'role': 'analyst'}
    assert (second['text'], second['start'], second['end'], second['speaker'], second['cue']) == ('Nobody knows.', 0, 13, None, None)


def test_names_stay_while_the_block_and_the_words_do(house):
    e, _ = house.admin.create(title='T', body=[{'type': 'text', 'text': SAID}])
    [before] = quotes(house, e['id'])
    block = e['body'][0]['id']
    r = house.admin.patch('/v1/articles/' + e['id'], {'title': 'Another', 'body': [
        {'type': 'text', 'text': 'New words come first.'}, {'id': block, 'type': 'text', 'text': 'Late on Monday, it rained. ' + SAID}]}, etag='*')
    assert r.status_code == 200, r.text
    [after] = quotes(house, e['id'])
    assert after['id'] == before['id'] and after['start'] == before['start'] + len('Late on Monday, it rained. ')


def test_the_same_words_twice_in_a_block_have_two_names(house):
    e, _ = house.admin.create(title='T', body=[{'type': 'text', 'text': SAID + ' ' + SAID}])
    found = quotes(house, e['id'])
    assert [q['text'] for q in found] == ['The bridge will stand,'] * 2
    assert found[0]['id'] != found[1]['id']


def test_readers_see_those_of_what_is_published(house, word):
    e, _ = house.admin.create(title='T', slug=word, body=[{'type': 'text', 'text': SAID}])
    path = '/v1/articles/%s/quotes' % e['id']
    assert house.public.get(path).status_code == 404
    house.admin.publish(e['id'])
    assert [q['text'] for q in quotes(house, word, '', house.public)] == ['The bridge will stand,']
    house.admin.patch('/v1/articles/' + e['id'], {'body': [{'type': 'text', 'text': 'Nothing was said.'}]}, etag='*')
    assert [q['text'] for q in quotes(house, e['id'], '', house.public)] == ['The bridge will stand,']
    assert quotes(house, e['id']) == []
    assert house.public.get(path + '?version=draft').status_code == 404
    assert errors(house.public.get(path + '?version=live')) == {'?version': 'enum'}
    assert house.public.get(path + '?versoin=draft').status_code == 400


def test_a_former_slug_leads_on(house, word):
    e, _ = house.admin.create(title='T', slug=word, body=SAID)
    house.admin.publish(e['id'])
    house.admin.patch('/v1/articles/' + e['id'], {'slug': word + '-new'}, etag='*')
    house.admin.publish(e['id'])
    r = house.public.get('/v1/articles/%s/quotes' % word)
    assert r.status_code == 308 and r.headers['Location'] == '/v1/articles/%s-new/quotes' % word


def test_an_article_without_a_body_has_none(house):
    e, _ = house.admin.create(title='"We win," said Mara Voss')
    assert quotes(house, e['id']) == []


def test_extract_finds_those_of_any_text_and_stores_nothing(house):
    text = 'Grüße. ' + SAID + '\n\nIt rained.'
    r = house.public.post('/v1/quotes/extract', {'text': text, 'locale': 'en'})
    assert r.status_code == 200, r.text
    [q] = r.json()['data']
    assert list(q) == MEMBERS
    assert text[q['start']:q['end']] == q['text'] == 'The bridge will stand,'
    assert q['block'] is None and q['speaker']['name'] == 'Mara Voss'
    assert house.public.post('/v1/quotes/extract', {'text': text}).json() == r.json()


def test_extract_reads_german_where_it_is_said_to_be(house):
    r = house.public.post('/v1/quotes/extract', {'text': '„Wir bleiben hier“, sagte Anna Schmidt.', 'locale': 'de-AT'})
    assert [(q['text'], q['speaker']['name']) for q in r.json()['data']] == [('Wir bleiben hier', 'Anna Schmidt')]


@pytest.mark.parametrize('body, wanted', [
    ({}, {'/text': 'required'}),
    ({'text': 1}, {'/text': 'type'}),
    ({'text': None}, {'/text': 'type'}),
    ({'text': 'x', 'lang': 'en'}, {'/lang': 'unknown_member'}),
    ({'text': 'x', 'a/b~c': 1}, {'/a~1b~0c': 'unknown_member'}),
    ({'text': 'x', 'locale': 'not a locale'}, {'/locale': 'type'}),
    ({'text': 'x', 'locale': 'x' * 36}, {'/locale': 'type'}),
    ({'texts': 'x', 'locale': 5}, {'/texts': 'unknown_member', '/locale': 'type', '/text': 'required'}),
    ([], {'': 'type'}),
])
def test_extract_says_all_that_is_wrong(house, body, wanted):
    r = house.public.post('/v1/quotes/extract', body)
    assert r.status_code == 400
    assert errors(r) == wanted


def test_extract_takes_json_of_a_bounded_size(house):
    post = house.public.post
    assert post('/v1/quotes/extract', data='{"text":', headers={'Content-Type': 'application/json'}).status_code == 400
    assert post('/v1/quotes/extract', data='text', headers={'Content-Type': 'text/plain'}).status_code == 415
    assert post('/v1/quotes/extract', {'text': 'x' * 9000}).status_code == 413
    assert post('/v1/quotes/extract', {'text': ''}).json() == {'data': []}
    assert house.public.get('/v1/quotes/extract').status_code == 405


HOSTILE = {'marks': '"' * 3000, 'opened more than closed': '\u201c' * 600 + '\u201d' * 400, 'apostrophes': "'a " * 1500,
           'no characters': '\u0000\uffff\U0010ffff"x," said Y.', 'a mark a line': '"\n' * 1500}


@pytest.mark.parametrize('text', HOSTILE.values(), ids=HOSTILE.keys())
def test_extract_survives_hostile_texts(house, text):
    r = house.public.post('/v1/quotes/extract', {'text': text})
    assert r.status_code in (200, 400)  # a zero byte is no text
    for q in r.json().get('data', []):
        assert text[q['start']:q['end']] == q['text']
