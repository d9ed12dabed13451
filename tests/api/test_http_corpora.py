"""Corpora that nobody here wrote, where they lie beside the checkout (../shared/corpora); the JSON ones are in test_types.py. Their
scripts run as they are, and what they say is what counts."""
import json
import os
import re
import subprocess
import sys
import time

import pytest
from client import Client
from quoin_server import BINARY, Server


def run(shared, script, server, *args, timeout=300):
    path = os.path.join(shared, 'corpora', script)
    if not os.path.exists(path):
        pytest.skip('needs %s' % path)
    r = subprocess.run([sys.executable, path, '%s:%d' % server.hostport, *args], capture_output=True, text=True, timeout=timeout)
    print(r.stdout[-3000:])
    return r


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """A server of its own with an article, a long list, and files."""
    folder = tmp_path_factory.mktemp('static')
    for p in (folder, *folder.parents):
        if str(p).startswith('/tmp/') and os.access(p, os.W_OK):
            os.chmod(p, 0o755)
    (folder / 'theme.css').write_bytes(b'p { margin: 0 }\n' * 300)
    (folder / 'large.png').write_bytes(bytes(range(256)) * 8000)
    with Server(template=True, **{'server.workers': 2, 'plugins.dir': os.path.join(os.path.dirname(BINARY), 'plugins'), 'plugins.load': 'html',
                                  'plugins.must_load': 'html', 'plugin.html.static_dir': folder}) as s:
        admin = Client(s.url, s.token)
        e, _ = admin.create(title='Conditional', body=[{'type': 'text', 'text': 'All work and no play. ' * 300}])
        admin.publish(e['id'])
        lines = '\n'.join(json.dumps({'type': 'article', 'title': 'Large %d' % i, 'status': 'published', 'published_at': '2026-01-01T00:00:00Z',
                                      'body': [{'type': 'text', 'text': 'words and words ' * 600}]}) for i in range(200))
        r = admin.request('POST', '/v1/import', data=lines.encode(), headers={'Content-Type': 'application/x-ndjson'})
        assert r.status_code == 200 and r.text.count('"status":201') == 200, r.text[:500]
        time.sleep(max(0, os.stat(folder / 'large.png').st_ctime + 3 - time.time()))  # until then its tag is a weak one
        yield s


def test_requests_are_taken_and_refused_as_rfc_9112_says(shared, site):
    master = site.process.pid
    r = run(shared, 'http_conformance.py', site, '--get', '/v1/articles', '--post', '/v1/quotes/extract', '--pid', str(master), '-v')
    must = re.search(r'MUST (\d+)/(\d+)', r.stdout)
    score = re.search(r'SCORE (\d+)/(\d+)', r.stdout)
    assert must and must.group(1) == must.group(2)
    assert int(score.group(1)) >= int(score.group(2)) * 98 // 100
    assert 'server alive at end: True; workers changed: False' in r.stdout
    classes = re.search(r'classes:(.*)', r.stdout).group(1)
    assert set(re.findall(r'(\S+)=', classes)) <= {'correct', 'refused'}, classes  # nothing smuggled, hung, crashed or 5xx


@pytest.mark.parametrize('path', ['/v1/articles/conditional', '/v1/articles?limit=5', '/static/theme.css', '/static/large.png', '/'])
def test_conditions_ranges_and_codings_are_as_rfc_9110_says(shared, site, path):
    r = run(shared, 'conditional.py', site, '--path', path)
    score = re.search(r'SCORE (\d+)/(\d+) \(n/a (\d+)\)', r.stdout)
    assert r.returncode == 0 and score.group(1) == score.group(2), r.stdout


def test_a_normal_client_is_served_beside_slow_and_greedy_ones(shared, site):
    """Errors and lost workers fail it; its times are for a quiet machine and a build without sanitizers (the script's own 100 ms)."""
    r = run(shared, 'slow_clients.py', site, '--pid', str(site.process.pid), '--get', '/v1/articles?limit=1', '--post', '/v1/quotes/extract', '--big',
            '/v1/articles?limit=200', '--seconds', '2', '--settle', '2', '--conns', '200', '--idle', '500', '--reap', '0', '--rate', '25', '--tries',
            '2', '--p99', '5000')
    assert 'SCORE 10/10' in r.stdout and 'workers_changed=False' in r.stdout, r.stdout
