#!/usr/bin/env python3
"""usage: connections.py build/httpd    What connections cost a server of core/http alone, on loopback: 10,000 idle ones, and 200 that
read nothing of a large answer. Prints memory of the process (RSS) and, for the readers, of the kernel's send queues (/proc/net/sockstat counts all
of the machine's sockets, so run it on a quiet one). As many idle ones as the limit of descriptors allows. Exit status 1: more than is promised,
20 MiB for the idle ones and 64 MiB for the readers."""
import resource
import socket
import subprocess
import sys
import time

IDLE_BYTES, READERS_BYTES = 20 << 20, 64 << 20


def rss(pid):
    with open('/proc/%d/status' % pid) as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith('VmRSS'))


def kernel():
    with open('/proc/net/sockstat') as f:
        words = next(line for line in f if line.startswith('TCP:')).split()
    return int(words[words.index('mem') + 1]) * 4096


def mib(n):
    return '%.1f MiB' % (n / 1048576)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def dial(port, n):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.bind(('127.0.0.%d' % (2 + n // 20000), 0))
    s.connect(('127.0.0.1', port))
    return s


def request(s, path):
    s.sendall(b'GET %s HTTP/1.1\r\nHost: a\r\n\r\n' % path)


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = min(10000, hard - 100)
    port = free_port()
    server = subprocess.Popen([sys.argv[1], str(port), 'log.access=off', 'server.max_connections=20000', 'server.idle_timeout_ms=600000'])
    try:
        for _ in range(200):
            try:
                dial(port, 0).close()
                break
            except OSError:
                time.sleep(0.05)
        before, many = rss(server.pid), []
        for n in range(idle):
            s = dial(port, n)
            request(s, b'/')
            many.append(s)
        for s in many:
            while s.recv(65536)[-1:] != b'a':
                pass
        after = rss(server.pid)
        print('%d idle connections, each after one request: %s (%d bytes each)' % (idle, mib(after - before), (after - before) / idle))
        within = after - before <= IDLE_BYTES
        for s in many:
            s.close()
        time.sleep(1)
        before, queued, many = rss(server.pid), kernel(), []
        for n in range(200):
            s = dial(port, n)
            request(s, b'/big')
            many.append(s)
        time.sleep(2)
        after, queued_after = rss(server.pid), kernel()
        print('200 readers that stop, of an answer of 1.5 MB: %s here, %s in the kernel' % (mib(after - before), mib(queued_after - queued)))
        within = within and after - before + queued_after - queued <= READERS_BYTES
        return 0 if within else 1
    finally:
        server.terminate()
        server.wait()


sys.exit(main())
