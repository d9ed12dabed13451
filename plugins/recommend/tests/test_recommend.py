"""Related articles of a real server, and the unit tests of the index, built and run."""
import os
import subprocess
import sys
import time
import uuid

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, '..', '..', '..'))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'api'))

from client import Client                         # noqa: E402
from quoin_server import BINARY, Server, wait_until    # noqa: E402

UNITS = {'test_index': ['index/index.c', 'index/find.c', 'index/map.c', 'index/words.c'], 'test_time': ['time.c']}


@pytest.mark.parametrize('name', UNITS)
def test_the_unit_tests_pass(name, tmp_path):
    out = str(tmp_path / name)
    subprocess.run(['gcc', '-std=c11', '-D_GNU_SOURCE', '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined',
                    '-I' + os.path.join(ROOT, 'include'), '-o', out, 'tests/%s.c' % name, *UNITS[name], '-lcmocka', '-lm'],
                   cwd=os.path.join(HERE, '..'), check=True)
    r = subprocess.run([out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert r.returncode == 0, r.stdout
    assert '[  PASSED  ]' in r.stdout


@pytest.fixture(scope='module')
def house():
    """A server with this plugin: house.admin, house.public."""
    plugins = os.path.join(os.path.dirname(BINARY), 'plugins')
    with Server(template=True, **{'server.workers': 1, 'plugins.dir': plugins, 'plugins.load': 'recommend', 'plugins.must_load': 'recommend'}) as s:
        s.admin, s.public = Client(s.url, s.token), Client(s.url)
        yield s


@pytest.fixture
def word():
    return 'w' + uuid.uuid4().hex[:12]


def publish(house, at=None, **fields):
    fields.setdefault('title', 'A title')
    fields.setdefault('body', 'Some words.')
    e, _ = house.admin.create(**fields)
    house.admin.publish(e['id'], **({'at': at} if at else {}))
    return e['id']


def related(house, ref, query='', client=None):
    r = (client or house.public).get('/v1/articles/%s/related%s' % (ref, query))
    assert r.status_code == 200, r.text
    return r.json()['data']


def ids(house, ref, query=''):
    return [e['id'] for e in related(house, ref, query)]


def settles(house, ref, wanted, query=''):
    """The index follows a moment behind. Waits for it to say that, and tells what it said otherwise."""
    until = time.monotonic() + 10
    while True:
        got = ids(house, ref, query)
        if got == wanted or time.monotonic() > until:
            assert got == wanted
            return
        time.sleep(0.02)


def test_an_answer_has_the_members_of_the_contract(house, word):
    mine = publish(house, tags=[word])
    other = publish(house, title='The other', tags=[word])
    settles(house, mine, [other])
    [e] = related(house, mine)
    assert set(e) == {'id', 'slug', 'title', 'published_at', 'score', 'reasons', 'picked'}
    assert e['title'] == 'The other'
    assert 0 < e['score'] <= 1
    assert e['reasons'] == ['tag:' + word]
    assert e['picked'] is False


def test_more_and_rarer_shared_tags_come_first(house, word):
    rare, often = word + 'rare', word + 'often'
    for _ in range(3):
        publish(house, tags=[often, word + 'else'])
    mine = publish(house, tags=[rare, often])
    both, one_rare, one_often = publish(house, tags=[rare, often]), publish(house, tags=[rare]), publish(house, tags=[often])
    settles(house, mine, [both, one_rare, one_often], '?limit=3')
    assert related(house, mine, '?limit=1')[0]['reasons'] == ['tag:' + rare, 'tag:' + often]
    scores = [e['score'] for e in related(house, mine, '?limit=20')]
    assert scores == sorted(scores, reverse=True)


def test_the_newer_of_two_alike_comes_first(house, word):
    old = publish(house, at='2019-05-01T00:00:00Z', tags=[word])
    older = publish(house, at='2012-05-01T00:00:00Z', tags=[word])
    new = publish(house, tags=[word])
    mine = publish(house, tags=[word])
    settles(house, mine, [new, old, older])


def test_neither_itself_nor_drafts_nor_what_is_hidden_nor_strangers(house, word):
    mine = publish(house, tags=[word])
    house.admin.create(title='A draft', tags=[word])
    publish(house, tags=[word], show_in_related=False)
    publish(house, tags=[word + 'x'])
    other = publish(house, tags=[word])
    settles(house, mine, [other])


def test_a_drafts_tags_recommend_nothing_before_they_are_published(house, word):
    mine = publish(house, tags=[word])
    other = publish(house, tags=[word])
    settles(house, mine, [other])
    r = house.admin.patch('/v1/articles/' + other, {'tags': [word + 'x']}, etag='*')
    assert r.status_code == 200
    assert ids(house, mine) == [other]
    house.admin.publish(other)
    settles(house, mine, [])


def test_what_is_unpublished_is_gone_at_once_and_back_when_published(house, word):
    mine = publish(house, tags=[word])
    other = publish(house, tags=[word])
    settles(house, mine, [other])
    assert house.admin.transition('/v1/articles/' + other, 'unpublish').status_code == 200
    assert ids(house, mine) == []
    house.admin.publish(other)
    settles(house, mine, [other])


def test_a_title_is_the_present_one(house, word):
    mine = publish(house, tags=[word])
    other = publish(house, tags=[word])
    settles(house, mine, [other])
    house.admin.patch('/v1/articles/' + other, {'title': 'Another title'}, etag='*')
    house.admin.publish(other)
    assert related(house, mine)[0]['title'] == 'Another title'


def test_picks_come_first_in_their_order(house, word):
    first, second = publish(house, tags=[]), publish(house, tags=[word])
    alike = publish(house, tags=[word, word + 'b'])
    mine = publish(house, tags=[word, word + 'b'], related=[first, second])
    settles(house, mine, [first, second, alike])
    got = related(house, mine)
    assert [e['picked'] for e in got] == [True, True, False]
    assert got[0]['score'] == 0 and got[0]['reasons'] == []
    assert got[1]['score'] > 0 and got[1]['reasons'] == ['tag:' + word]
    assert ids(house, mine, '?limit=1') == [first]


def test_picks_that_readers_do_not_see_are_left_out(house, word):
    draft, _ = house.admin.create(title='Not yet')
    hidden = publish(house, show_in_related=False)
    mine = publish(house, tags=[word], related=[draft['id'], hidden])
    assert ids(house, mine) == []
    house.admin.publish(draft['id'])
    settles(house, mine, [draft['id']])


def test_locales_do_not_mix(house, word):
    mine = publish(house, tags=[word])
    publish(house, tags=[word], locale='uk')
    other = publish(house, tags=[word])
    settles(house, mine, [other])


def test_limit_and_what_is_not_a_parameter(house, word):
    mine = publish(house, tags=[word])
    made = [publish(house, tags=[word]) for _ in range(7)]
    settles(house, mine, made[::-1][:5])
    assert len(ids(house, mine, '?limit=7')) == 7
    for query in ('?limit=0', '?limit=21', '?limit=-1', '?limit=x', '?limit=', '?before=1'):
        assert house.public.get('/v1/articles/%s/related%s' % (mine, query)).status_code == 400


def test_who_is_not_there_has_no_related_articles(house, word):
    draft, _ = house.admin.create(title='A draft', tags=[word])
    for ref in (word, draft['id'], str(uuid.uuid4())):
        assert house.public.get('/v1/articles/%s/related' % ref).status_code == 404
    assert house.public.post('/v1/articles/x/related', {}).status_code == 405


def test_a_slug_will_do_and_a_former_one_leads_on(house, word):
    other = publish(house, tags=[word])
    mine = publish(house, tags=[word], slug=word)
    settles(house, word, [other])
    house.admin.patch('/v1/articles/' + mine, {'slug': word + '-new'}, etag='*')
    house.admin.publish(mine)
    r = house.public.get('/v1/articles/%s/related?limit=3' % word)
    assert r.status_code == 308
    assert r.headers['Location'] == '/v1/articles/%s-new/related?limit=3' % word
    assert house.public.get(r.headers['Location']).status_code == 200


def answers_made(house):
    return next(p['counters']['answers'] for p in house.admin.get('/v1/plugins').json()['data'] if p['name'] == 'recommend')


def test_an_answer_is_given_again_until_the_index_has_moved(house, word):
    mine = publish(house, tags=[word])
    first = publish(house, tags=[word])
    settles(house, mine, [first])

    def settled():
        before = answers_made(house)
        return ids(house, mine) == ids(house, mine) == [first] and answers_made(house) == before
    wait_until(settled, 10, 'an answer that is kept')
    second = publish(house, tags=[word])
    wait_until(lambda: ids(house, mine) == [first, second], 10, 'the second one')  # further away in time
    assert house.admin.transition('/v1/articles/' + first, 'unpublish').status_code == 200
    assert ids(house, mine) == [second]  # at once: what is not live any more is not shown, whatever the index knows
    r = house.public.get('/v1/articles/%s/related' % mine)
    assert r.headers['Surrogate-Key'] == 'plugin:recommend entry:%s entry:%s types' % (mine, second)


def test_a_new_process_reads_all_that_is_live(house, word):
    mine = publish(house, tags=[word])
    made = [publish(house, tags=[word]) for _ in range(3)]
    settles(house, mine, made[::-1])
    pid = house.pid_of('worker 1')
    os.kill(pid, 9)

    def answers():
        try:
            return house.pid_of('worker 1') != pid and ids(house, mine) == made[::-1]
        except OSError:
            return False
    wait_until(answers, 20, 'the new worker to know what is related')
