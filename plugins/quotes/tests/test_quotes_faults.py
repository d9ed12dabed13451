"""The plugin's tables follow what readers see, whatever is killed, and stay quick when there is much in them."""
import json
import os
import re
import signal
import subprocess
import time

import pytest

from quotes_server import (HERE, NDJSON, ROOT, decide, of_article, page, person, psql, publish, quotes_server, said, settled, slug_of, texts, wait_until,
                           with_clients, word)
from client import Client


@pytest.fixture
def name():
    return person()


@pytest.fixture(scope='module')
def house():
    # What is killed here is not the plugin's fault.
    with quotes_server(**{'plugins.quarantine_crashes': 100}) as s:
        yield with_clients(s)


def line(i, name, **more):
    return json.dumps({'type': 'article', 'title': '%s %d' % (name, i), 'status': 'published', 'published_at': '2019-01-01T00:00:%02dZ' % (i % 60),
                       'body': [{'type': 'text', 'text': said('Thing %d of them' % i, name)}], **more}) + '\n'


def count(house, name):
    r = house.public.get('/v1/speakers/' + slug_of(name))
    return r.json()['data']['count'] if r.status_code == 200 else 0


# ---- what nobody told of ---------------------------------------------------------------------------------------------------

def test_what_is_imported_in_bulk_is_found(house, name):
    body = ''.join(line(i, name) for i in range(130))
    r = house.admin.request('POST', '/v1/import', data=body.encode(), headers=NDJSON, timeout=60)
    assert r.status_code == 200, r.text
    wait_until(lambda: count(house, name) == 130, 30, 'all of them')


def test_what_was_published_before_the_plugin_was_there_is_found():
    name, later = person(), person()
    with quotes_server(**{'plugins.load': '', 'plugins.must_load': ''}) as s:
        with_clients(s)
        body = ''.join(line(i, name) for i in range(60))
        assert s.admin.request('POST', '/v1/import', data=body.encode(), headers=NDJSON).status_code == 200
        e, _ = s.admin.create(title='T', body=said('A thing of mine', later))
        s.admin.publish(e['id'], at=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 8)))
        assert s.public.get('/v1/quotes').status_code == 404
        s.stop()
        s.sets.update({'plugins.load': 'quotes', 'plugins.must_load': 'quotes'})
        s.start()
        with_clients(s)
        wait_until(lambda: count(s, name) == 60, 30, 'what was live')
        wait_until(lambda: psql(s, "select count(*) from plugin_quotes.quote where entry = '%s'" % e['id']) == '1', 30, 'what will be live')
        wait_until(lambda: count(s, later) == 1, 30, 'its moment')


def test_what_another_version_of_the_plugin_read_is_read_anew():
    name = person()
    with quotes_server() as s:
        with_clients(s)
        e = publish(s, said('A thing of mine', name))
        decide(s, e, of_article(s, e['id'])[0], status='confirmed')
        s.stop(signal.SIGTERM)
        s.start()
        with_clients(s)
        psql(s, "update plugin_quotes.article set by = '0.0.1'; delete from plugin_quotes.quote")
        assert count(s, name) == 0
        s.stop()
        s.start()
        with_clients(s)
        wait_until(lambda: count(s, name) == 1, 30, 'it to be read anew')
        assert [q['status'] for q in page(s, '?filter[speaker]=' + slug_of(name))] == ['confirmed']
        assert psql(s, "select count(*) from plugin_quotes.article where by = '0.0.1'") == '0'


# ---- killed ----------------------------------------------------------------------------------------------------------------

def test_a_worker_that_dies_between_save_and_answer_loses_no_decision(house, name):
    e = publish(house, said('A thing of mine', name), said('Another thing', name))
    first, second = of_article(house, e['id'])
    decide(house, e, first, status='rejected')
    for pid in house.pids_of('worker'):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(house.pids_of('worker')) == 2, 20, 'the workers to be back')
    wait_until(lambda: house.request('GET', '/healthz')[0] == 200, 20, 'an answer')
    house.admin, house.public = Client(house.url, house.token), Client(house.url)
    assert texts(of_article(house, e['id'])) == texts(page(house, '?filter[speaker]=' + slug_of(name))) == [second['text']]


def test_what_is_published_while_the_jobs_process_dies_is_found(house):
    names = [person() for _ in range(12)]
    for i, n in enumerate(names):
        e, _ = house.admin.create(title='T', body=said('A thing of mine', n))
        house.admin.publish(e['id'])
        if i % 4 == 1:
            for pid in house.pids_of('jobs'):
                os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(count(house, n) == 1 for n in names), 40, 'all of them, each once')


def test_an_import_is_read_to_its_end_though_the_jobs_process_dies(house, name):
    body = ''.join(line(i, name) for i in range(400))
    r = house.admin.request('POST', '/v1/import', data=body.encode(), headers=NDJSON, timeout=60)
    assert r.status_code == 200
    wait_until(lambda: count(house, name) > 0, 30, 'the first of them')
    for pid in house.pids_of('jobs'):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: count(house, name) == 400, 60, 'all of them, each once')


def test_the_database_may_end_and_come_back(name):
    with quotes_server() as s:
        with_clients(s)
        e = publish(s, said('A thing of mine', name), said('Another thing', name))
        first, _ = of_article(s, e['id'])
        decide(s, e, first, status='rejected')
        os.kill(s.postmaster(), signal.SIGQUIT)
        wait_until(lambda: s.request('GET', '/readyz')[0] == 200, 60, 'the database to be back')
        wait_until(lambda: s.request('GET', '/v1/quotes')[0] == 200, 30, 'an answer')
        assert texts(page(s, '?filter[speaker]=' + slug_of(name))) == ['Another thing,']
        other = person()
        publish(s, said('A third thing', other))
        assert count(s, other) == 1


def test_while_the_database_is_away_the_answer_says_so_in_time():
    with quotes_server(**{'database.slow_timeout_ms': 500}) as s:
        with_clients(s)
        os.kill(s.postmaster(), signal.SIGSTOP)
        stopped = s.postmaster()
        try:
            for pid in [p for p, title in s.family().items() if 'quoin quoin' in title]:
                os.kill(pid, signal.SIGSTOP)
            for path in ('/v1/quotes', '/v1/speakers', '/v1/speakers/x'):
                r = s.public.get(path, timeout=60)
                assert r.status_code == 503 and r.headers['Retry-After']
        finally:
            for pid in [p for p, title in s.family().items() if 'quoin quoin' in title]:
                os.kill(pid, signal.SIGCONT)
            os.kill(stopped, signal.SIGCONT)


# ---- much ------------------------------------------------------------------------------------------------------------------

ARTICLES, EACH = 20000, 5
TAG, NAME = word(), person()

FILL = """
insert into quoin.entry (id, type, locale, slug, status, version, type_version, published_version, published_at, sort_title, tags, scalars, created_at, updated_at)
  select gen_random_uuid(), 'article', 'en', 'much-' || i, 'published', 2, 1, 2, '2001-01-01'::timestamptz + i * interval '1 hour', 'Much ' || i, '{}', '{}', now(), now()
  from generate_series(1, %(articles)d) i;
insert into quoin.published (entry, locale, publish_at, type, slug, version, published_at, created_at, sort_title, tags, scalars, etag, doc)
  select id, locale, published_at, type, slug, 2, published_at, created_at, sort_title, tags, scalars, '"p2"', '{}' from quoin.entry where slug like 'much-%%';
insert into quoin.entry_tag (view, tag, type, at, entry, publish_at, locale)
  select 'l', case when substr(slug, 6)::int %% 500 = 0 then '%(tag)s' else '%(tag)s-all' end, type, published_at, id, published_at, locale
  from quoin.entry where slug like 'much-%%';
insert into plugin_quotes.speaker (slug, name) select 'much-' || i, 'Much Number' || i from generate_series(1, 2000) i;
insert into plugin_quotes.speaker_slug select slug, id from plugin_quotes.speaker where slug like 'much-%%';
insert into plugin_quotes.alias select plugin_quotes.name_key(name), name, id, to_tsvector('simple', name) from plugin_quotes.speaker where slug like 'much-%%';
insert into plugin_quotes.language values ('english'), ('german'), ('simple') on conflict do nothing;
insert into plugin_quotes.article select id, published_at, 2, '%(version)s', 'en', published_at, '[]', '{}' from quoin.entry where slug like 'much-%%';
insert into plugin_quotes.quote (entry, publish_at, back, at, locale, id, kind, status, speaker, config, words, doc)
  select e.id, e.published_at, -n, e.published_at, 'en', 'q' || md5(e.slug || n), 'direct', 'auto', s.id, 'english',
    to_tsvector('english', 'the harbour of ' || e.slug || case when substr(e.slug, 6)::int %% 400 = 0 then ' rarely' else '' end),
    json_build_object('id', 'q' || n, 'text', 'x', 'kind', 'direct', 'speaker', json_build_object('name', 'x', 'as_written', 'x', 'role', null))
  from quoin.entry e cross join generate_series(1, %(each)d) n
  join plugin_quotes.speaker s on s.slug = 'much-' || (substr(e.slug, 6)::int * 7 + n) %% 2000 + 1 where e.slug like 'much-%%';
analyze;
"""


@pytest.fixture(scope='module')
def full(house):
    version = json.loads(house.admin.get('/v1/plugins').text)['data'][0]['version']
    psql(house, FILL % {'articles': ARTICLES, 'each': EACH, 'tag': TAG, 'version': version})
    assert int(psql(house, 'select count(*) from plugin_quotes.quote')) >= ARTICLES * EACH
    return house



def statements(tmp_path, *flags):
    """{what it is of: its text} of every statement that looks for something."""
    out = str(tmp_path / 'print_sql')
    subprocess.run(['gcc', '-std=c11', '-D_GNU_SOURCE', '-w', '-I' + os.path.join(ROOT, 'include'), *flags, '-o', out, os.path.join(HERE, 'print_sql.c')],
                   check=True)
    text = subprocess.run([out], check=True, capture_output=True, text=True).stdout
    found = dict(re.findall(r'^-- (.*)\n(.*)$', text, re.M))
    assert found and all(sql.count('(') == sql.count(')') for sql in found.values())
    return found


def nodes(plan):
    yield plan
    for below in plan.get('Plans', []):
        yield from nodes(below)


def explained(house, sql, values, mode):
    """(nodes of the plan, rows that were looked at), as it is run."""
    values = ', '.join('null' if v is None else "'%s'" % v for v in values)
    text = psql(house, 'set plan_cache_mode = force_%s_plan; prepare it as %s; explain (analyze, timing off, format json) execute it(%s)' % (mode, sql, values))
    found = list(nodes(json.loads(text)[0]['Plan']))
    return found, sum((n['Actual Rows'] + n.get('Rows Removed by Filter', 0) + n.get('Rows Removed by Index Recheck', 0)) * n['Actual Loops']
                      for n in found if 'Scan' in n['Node Type'])


LARGE = {'quote', 'published', 'entry_tag', 'article', 'entry', 'speaker', 'alias', 'speaker_slug'}
MIDDLE = ['2002-03-01T00:00:00.000000Z', '00000000-0000-0000-0000-000000000000', '0']


@pytest.mark.parametrize('mode', ['custom', 'generic'])
def test_no_page_of_quotations_looks_at_all_of_them(full, tmp_path, mode):
    """100,000 quotations of 20,000 articles: one page costs what it shows, whatever it is asked by, from wherever it goes on."""
    texts_of = statements(tmp_path)
    assert len(texts_of) == 80
    for what, sql in texts_of.items():
        speaker, tag, search, status, _ = what.split()
        for cursor in ([None, None, None], MIDDLE):
            values = ['20', *cursor, None, None, None, None]
            values += ['much-77'] * (speaker == 'speaker') + [TAG] * (tag == 'tag') + ['rarely'] * (search == 'search')
            plan, looked = explained(full, sql, values, mode)
            assert not [n for n in plan if n['Node Type'] == 'Seq Scan' and n['Relation Name'] in LARGE], (what, cursor, plan)
            assert looked < 3000, (what, cursor, looked)


@pytest.mark.parametrize('mode', ['custom', 'generic'])
def test_no_page_of_speakers_looks_at_all_quotations(full, tmp_path, mode):
    for what, sql in statements(tmp_path, '-DSPEAKERS').items():
        values = ['much-77', 'f'] if what == 'one' else ['f', None if 'after' in what else 'much-5', '20'] + ['number77'] * ('search' in what)
        plan, looked = explained(full, sql, values, mode)
        # 20 speakers of 50 quotations: each is counted, and its newest role is looked for.
        assert not [n for n in plan if n['Node Type'] == 'Seq Scan' and n['Relation Name'] in LARGE - {'speaker'}], (what, plan)
        assert looked < 12000, (what, looked)


def test_the_server_answers_from_much_as_from_little(full):
    """The same through the server: pages at both ends and in the middle, each whole, and the time of none of them is that of reading all."""
    [some] = [page(full, '?filter[speaker]=much-77&limit=50')]
    assert len(some) == 50 and [q['article']['published_at'] for q in some] == sorted((q['article']['published_at'] for q in some), reverse=True)
    assert len(page(full, '?search=rarely&limit=200')) == 200
    assert len(page(full, '?filter[tag]=%s&limit=200' % TAG)) == 200
    assert {s['count'] for s in page(full, '?search=number77', path='/v1/speakers')} == {50}
    body = full.public.get('/v1/quotes?limit=200&filter[to]=2002-01-01').json()
    assert len(body['data']) == 200
    seen = [q['article']['id'] + q['id'] for q in body['data']]
    for _ in range(3):
        body = full.public.get(body['links']['next']).json()
        seen += [q['article']['id'] + q['id'] for q in body['data']]
    assert len(set(seen)) == 800


def test_nothing_is_left_to_read_when_all_is_read(full):
    """The pass over everything after a start: one look at each snapshot by its key, in the order of the entries."""
    version = json.loads(full.admin.get('/v1/plugins').text)['data'][0]['version']
    assert psql(full, "select count(*) from plugin_quotes.wanting(null, '%s', 50)" % version) == '0'
