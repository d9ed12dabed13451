"""Many connections: what they cost, and what happens when there are no descriptors for more."""
import os
import resource
import subprocess
import sys
import time

import pytest
from quoin_server import ROOT, Server, wait_until

GET = b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'


def test_ten_thousand_idle_connections_and_two_hundred_slow_readers_cost_little():
    """Of core/http alone, without sanitizers, as bytes of theirs are not what is promised."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 10100:
        pytest.skip('needs 10,100 descriptors (ulimit -Hn)')
    subprocess.run(['make', '-s', 'build/httpd'], cwd=ROOT, check=True, env={k: v for k, v in os.environ.items() if not k.startswith('MAKE')},
                   stdout=subprocess.DEVNULL)
    r = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'bench', 'connections.py'), os.path.join(ROOT, 'build', 'httpd')],
                       capture_output=True, text=True, timeout=120)
    print(r.stdout)
    assert r.returncode == 0, r.stdout + r.stderr


def ticks(pid):
    """CPU time of a process in seconds."""
    with open('/proc/%d/stat' % pid) as f:
        words = f.read().rpartition(')')[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


class Narrow(Server):
    """A server whose processes may have 128 descriptors each."""

    def command(self, *args):
        return ['sh', '-c', 'ulimit -n 128 && exec "$@"', 'sh', *super().command(*args)]


def test_out_of_descriptors_it_waits_and_goes_on():
    with Narrow(template=True, **{'server.workers': 1, 'server.header_timeout_ms': 60000}) as s:
        worker, many = s.pid_of('worker'), []
        try:
            for _ in range(150):
                many.append(s.connect(20))
                many[-1].sendall(GET)
            wait_until(lambda: 'no connection can be accepted: Too many open files' in s.log(), 10, 'a line in the log')
            used = ticks(worker)
            time.sleep(2)
            assert ticks(worker) - used < 1  # it does not spin
            for again in (b'', GET):  # and those that it has are served
                many[0].sendall(again)
                assert many[0].recv(4096).startswith(b'HTTP/1.1 200 ')
            for c in many[:-3]:
                c.close()
            for c in many[-3:]:
                assert c.recv(4096).startswith(b'HTTP/1.1 200 ')
            assert 'connections are being accepted again' in s.log() and s.pid_of('worker') == worker
        finally:
            for c in many:
                c.close()
