#!/usr/bin/env python3
"""How fast NDJSON comes in and goes out, and what memory it takes.

    tests/bench/bulk.py [--lines 20000] [--bytes 2000] [--seed 1] [--live 0.5] [--workers 2] [--binary build/quoin]

Starts a server of its own, imports as many seeded articles as asked for, exports them, and prints lines a second and the
workers' resident memory before, at its highest and after. The same seed gives the same articles.
"""
import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'api'))
from quoin_server import Server  # noqa: E402

WORDS = ('river council dock strike grid voss reyne carrow ellery sable flood night shift port relay budget vote minister tram line '
         'hospital power grain price battery drone letter court trial school bridge union talks deal first second third morning said').split()


def words(r, n):
    return ' '.join(r.choice(WORDS) for _ in range(n))


def article(r, i, size, live):
    paragraphs = []
    while sum(map(len, paragraphs)) < size:
        paragraphs.append(words(r, r.randint(20, 60)).capitalize() + '.')
    line = {'type': 'article', 'title': '%s %d' % (words(r, 5).title(), i), 'summary': words(r, 20).capitalize() + '.',
            'body': [{'type': 'text', 'text': p} for p in paragraphs], 'section': r.choice(['news', 'economy', 'sport']),
            'tags': sorted({'tag-%d' % int(r.expovariate(0.02)) for _ in range(4)})}
    if r.random() < live:
        line.update(status='published', published_at='20%02d-%02d-%02dT%02d:00:00Z' % (r.randint(10, 25), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23)))
    return line


def memory(pids, name):
    found = []
    for pid in pids:
        with open('/proc/%d/status' % pid) as f:
            found += [int(line.split()[1]) for line in f if line.startswith(name + ':')]
    return max(found) / 1024


def processor_time(s):
    """Seconds of CPU so far: {what: seconds}, workers and the database's processes."""
    found = {'worker': 0.0, 'database': 0.0}
    for pid, title in s.family().items():
        try:
            with open('/proc/%d/stat' % pid) as f:
                fields = f.read().rpartition(')')[2].split()
        except OSError:
            continue
        what = 'worker' if title.startswith('quoin: worker') else 'database' if 'postgres' in title else None
        if what:
            found[what] += (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
    return found


def spent(s, before, n):
    return ', '.join('%s %.0f us a line' % (what, 1e6 * (t - before[what]) / n) for what, t in processor_time(s).items())


def pieces(f):
    while True:
        piece = f.read(65536)
        if not piece:
            return
        yield piece


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--lines', type=int, default=20000)
    ap.add_argument('--bytes', type=int, default=2000, help='of an article\'s text')
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--live', type=float, default=0.5, help='how many of them are published')
    ap.add_argument('--workers', type=int, default=2)
    ap.add_argument('--binary', default=os.path.join(ROOT, 'build', 'quoin'))
    a = ap.parse_args()
    r = random.Random(a.seed)
    with tempfile.TemporaryFile() as f:
        for i in range(a.lines):
            f.write(json.dumps(article(r, i, a.bytes, a.live)).encode() + b'\n')
        size = f.tell()
        f.seek(0)
        with Server(binary=a.binary, **{'server.workers': a.workers}) as s:
            pids = s.pids_of('worker')
            headers = {'Authorization': 'Bearer ' + s.token, 'Content-Type': 'application/x-ndjson'}
            before = memory(pids, 'VmRSS')
            c = http.client.HTTPConnection(*s.hostport, timeout=600)
            cpu = processor_time(s)
            began = time.monotonic()
            c.request('POST', '/v1/import', body=pieces(f), headers=headers, encode_chunked=True)
            answer = c.getresponse()
            statuses = {}
            for line in answer:
                status = json.loads(line)['status']
                statuses[status] = statuses.get(status, 0) + 1
            took = time.monotonic() - began
            print('import: %d lines, %.1f MB, %.2f s: %.0f lines/s, %.1f MB/s; statuses %s' %
                  (a.lines, size / 1e6, took, a.lines / took, size / 1e6 / took, statuses))
            print('processor:', spent(s, cpu, a.lines))
            print('worker: %.1f MB before, %.1f MB at most, %.1f MB now' % (before, memory(pids, 'VmHWM'), memory(pids, 'VmRSS')))
            cpu = processor_time(s)
            began = time.monotonic()
            c.request('GET', '/v1/export', headers={'Authorization': headers['Authorization']})
            answer = c.getresponse()
            n = out = 0
            while True:
                piece = answer.read1(65536)
                if not piece:
                    break
                n += piece.count(b'\n')
                out += len(piece)
            took = time.monotonic() - began
            print('export: %d lines, %.1f MB, %.2f s: %.0f lines/s, %.1f MB/s' % (n, out / 1e6, took, n / took, out / 1e6 / took))
            print('processor:', spent(s, cpu, n))
            print('worker: %.1f MB at most, %.1f MB now' % (memory(pids, 'VmHWM'), memory(pids, 'VmRSS')))
            if set(pids) != set(s.pids_of('worker')):
                sys.exit('a worker died')


if __name__ == '__main__':
    main()
