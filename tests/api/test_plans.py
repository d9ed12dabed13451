"""The statements that the server really sends, each explained over an archive of 20,000 articles: what they touch is what they show.

tests/unit/test_store_plans.c counts the same for lists as they are built; here are all hot ones, as the log of PostgreSQL has them.
"""
import json
import os
import re
import sys

import pytest
from client import Client
from quoin_server import Server

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'bench'))
from bench import psql, seed                       # noqa: E402
from parts import Logged, deep_cursor, filled_in   # noqa: E402

ARTICLES = 20000
BIG = {'entry', 'revision', 'published', 'slug', 'entry_tag', 'reference', 'event', 'tag'}


@pytest.fixture(scope='module')
def archive():
    with Server(**{'server.workers': 1, 'cache.enabled': 'off', 'plugins.load': ''}) as s:
        seed(s, ARTICLES)
        for i in range(30):  # drafts that were never published, of which a sort by published_at has nothing to go by
            Client(s.url, s.token).create(title='Never published %d' % i, tags=['never'])
        psql(s, 'vacuum analyze')
        yield s


def nodes(plan):
    yield plan
    for below in plan.get('Plans', ()):
        yield from nodes(below)


def cost(plan):
    """(rows that scans gave or threw away, the most rows that one sort took, big tables that were read whole)."""
    touched = sorted_rows = 0
    whole = set()
    for n in nodes(plan):
        loops = n.get('Actual Loops', 1)
        if 'Scan' in n['Node Type'] and 'Relation Name' in n:
            touched += loops * (n['Actual Rows'] + n.get('Rows Removed by Filter', 0) + n.get('Rows Removed by Index Recheck', 0))
            if n['Node Type'] == 'Seq Scan' and n['Relation Name'] in BIG and n['Actual Rows'] * loops > 0:
                whole.add(n['Relation Name'])
        if n['Node Type'] in ('Sort', 'Incremental Sort'):
            sorted_rows = max([sorted_rows] + [b['Actual Rows'] * b['Actual Loops'] for b in n['Plans']])
    return touched, sorted_rows, whole


def explained(s, sql, params, mode):
    """As the server has it: prepared, in a session like its own."""
    names = sorted(params, key=lambda p: int(p[1:]))
    values = ', '.join(params[p] for p in names)
    text = psql(s, "set search_path = quoin; set timezone = 'UTC'; set jit = off; set enable_seqscan = off; set plan_cache_mode = %s;"
                   ' prepare q as %s; explain (analyze, timing off, format json) execute q%s;' % (mode, sql, values and '(%s)' % values), user='quoin')
    return json.loads(text)[0]['Plan']


def hot_reads(s):
    """[(token or None, path)]"""
    cursor = deep_cursor(s, ARTICLES)
    draft = '/v1/articles?version=draft&limit=20'
    by_publication = draft + '&sort=-published_at'
    admin = Client(s.url, s.token)
    # A cursor among those that were never published; before it the page crosses over to those that were.
    never = admin.get(by_publication + '&filter[tags]=never').json()['links']['next'].split('after=')[1]
    assert any(e['published_at'] for e in admin.get(by_publication + '&before=' + never).json()['data'])
    some, page = '/v1/articles/bench-article-4711', '/v1/articles?limit=20'
    public = [some, '/v1/articles/01900002-0000-7000-8000-000000001267', some + '?locale=en', '/v1/articles/nothing-of-that-name', page,
              page + '&after=' + cursor, page + '&before=' + cursor, page + '&sort=title', page + '&sort=-created_at', page + '&filter[tags]=bench-3',
              page + '&filter[tags]=bench-3&after=' + cursor, page + '&filter[tags][_in]=bench-3,bench-300']
    editors = [some, some + '?version=draft', some + '/revisions?limit=20', page, draft, draft + '&sort=title', by_publication,
               draft + '&sort=published_at', by_publication + '&after=' + never, by_publication + '&before=' + never, draft + '&filter[tags]=bench-3']
    return [(None, path) for path in public] + [(s.token, path) for path in editors]


def test_no_hot_read_touches_many_more_rows_than_it_shows(archive):
    s, wrong, names, most = archive, [], set(), 0
    reads = hot_reads(s)
    with Logged(s, psql) as log:
        for token, path in reads:
            assert Client(s.url, token).get(path).status_code in (200, 404), path
        found = [f for f in log.executed() if re.match(r'\s*(select|with)\b', f[1], re.I) and 'pg_' not in f[1]]
    assert len(found) >= len(reads)
    for name, sql, params in found:
        names.add(name)
        for mode in ('force_generic_plan', 'force_custom_plan'):
            touched, in_a_sort, whole = cost(explained(s, sql, params, mode))
            most = max(most, touched)
            if touched > 250 or in_a_sort > 250 or whole:
                wrong.append('%s: touched %d, sorted %d, whole %s: %s' % (mode, touched, in_a_sort, sorted(whole), filled_in(sql, params)))
    assert not wrong, '\n'.join(wrong)
    assert most >= 20  # rows are counted
    assert {'live_by_slug', 'live_by_id', 'live_by_slug_locale', 'next_by_slug', 'draft', 'live_for_role'} <= names, names
