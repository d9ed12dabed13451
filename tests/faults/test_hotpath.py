"""What a request that is answered from the cache costs a worker: one read, one send, a share of an epoll_wait; and no memory."""
import ctypes
import os
import platform
import struct
import tempfile
import threading
import time

import pytest

from quoin_server import Server, remove_tree, wait_until
from test_freshness import published

BUILT_WITH_SANITIZERS = b"__asan_init" in open(os.environ.get("QUOIN_BIN") or os.path.join(
    os.path.dirname(__file__), "..", "..", "build", "asan", "quoin"), "rb").read()

# ---- the system calls of another process -------------------------------------------------------------------------------------

PTRACE_CONT, PTRACE_DETACH, PTRACE_SYSCALL, PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_GET_SYSCALL_INFO = 7, 17, 24, 0x4206, 0x4207, 0x420E
PTRACE_O_TRACESYSGOOD, WALL, SIGTRAP = 1, 0x40000000, 5
NAMES = {"x86_64": {0: "read", 46: "sendmsg", 20: "writev", 1: "write", 232: "epoll_wait", 281: "epoll_wait", 233: "epoll_ctl", 441: "epoll_wait"},
         "aarch64": {63: "read", 211: "sendmsg", 66: "writev", 64: "write", 22: "epoll_wait", 21: "epoll_ctl", 441: "epoll_wait"}}

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, address=0, data=0):
    n = libc.ptrace(request, pid, address, data)
    if n < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return n


def system_calls(pid, doing):
    """{name or number: how often} of the main thread of `pid`, which is a descendant, while doing() runs."""
    counts, info, failed = {}, ctypes.create_string_buffer(88), []

    def run():
        try:
            doing()
        except BaseException as e:
            failed.append(e)
    work = threading.Thread(target=run)
    ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD)
    ptrace(PTRACE_INTERRUPT, pid)
    while True:
        _, status = os.waitpid(pid, WALL)  # not for long: its heart beats four times a second
        assert os.WIFSTOPPED(status), "it ended"
        if not work.ident:
            work.start()
        elif not work.is_alive():
            break
        sig = os.WSTOPSIG(status)
        if sig == SIGTRAP | 0x80:
            ptrace(PTRACE_GET_SYSCALL_INFO, pid, len(info), ctypes.addressof(info))
            if info.raw[0] == 1:  # the entry; its exit is the next stop
                number = struct.unpack_from("<Q", info.raw, 24)[0]
                name = NAMES.get(platform.machine(), {}).get(number, number)
                counts[name] = counts.get(name, 0) + 1
        ptrace(PTRACE_SYSCALL, pid, 0, 0 if sig & ~0x80 == SIGTRAP or status >> 16 else sig)
    ptrace(PTRACE_DETACH, pid)
    if failed:
        raise failed[0]
    return counts


def may_trace():
    """What CI forbids fails there; elsewhere it is a skip that is seen."""
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as f:
            forbidden = int(f.read()) > 1 and os.geteuid() != 0
    except OSError:
        forbidden = False
    if forbidden and not os.environ.get("CI"):
        pytest.skip("kernel.yama.ptrace_scope forbids to look at another process's system calls")


# ---- clients -----------------------------------------------------------------------------------------------------------------

class Client:
    """One connection, and as little around it as can be."""

    def __init__(self, s, path, *headers):
        self.c = s.connect(20)
        self.request = "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()

    def ask(self, times):
        for _ in range(times):
            self.c.sendall(self.request)
            head, _, body = b"", b"", b""
            while b"\r\n\r\n" not in head:
                head += self.c.recv(65536)
            head, _, body = head.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), head
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += self.c.recv(65536)
            assert len(body) == length


KINDS = {"for everybody": lambda s: [], "coded": lambda s: ["Accept-Encoding: gzip"], "for a role": lambda s: ["Authorization: Bearer " + s.reader]}


@pytest.fixture(scope="module")
def counted():
    """A server whose processes' allocations are counted where it was built for that; and the folder of the counts. It was begun anew after
    all was made: what it would hear of it (roles are read again for a new token, plugins read what was published) comes when it comes, and
    each allocates about a hundred times."""
    folder = tempfile.mkdtemp(prefix="quoin-counts-", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(folder, 0o777)
    try:
        with Server(template=True, server__workers=1, server__max_requests_per_connection=0, env={"QUOIN_COUNT_ALLOCATIONS": folder}) as s:
            s.counts = folder
            s.article = "/v1/articles/" + published(s, title="hot", summary="long enough to be coded " * 60)["id"]
            s.reader = s.add_token("reader", "r")
            s.stop()
            s.start()
            wait_until(lambda: " 1 articles indexed" in s.log(), 20, "the plugin that indexes to have begun")
            yield s
    finally:
        remove_tree(folder)


def warm(s, kind):
    """A client whose answers lie there, and whose caller is known."""
    c = Client(s, s.article, *KINDS[kind](s))
    c.ask(23)
    if BUILT_WITH_SANITIZERS:
        wait_until(lambda: is_settled(s, c), 20, "the worker to have nothing else to do")
    else:
        time.sleep(1)  # nobody can see when it has
        c.ask(1)
    return c


def allocated(s):
    with open(os.path.join(s.counts, str(s.pid_of("worker"))), "rb") as f:
        return struct.unpack("<Q", f.read(8))[0]


def is_settled(s, c):
    """A few requests allocate nothing: a worker that has just begun has read roles and types for the second time (as the listener had come)."""
    before = allocated(s)
    c.ask(3)
    return allocated(s) == before


@pytest.mark.parametrize("kind", KINDS)
def test_it_costs_one_read_one_send_and_one_look_at_the_sockets(counted, kind):
    may_trace()
    c, n = warm(counted, kind), 300
    counts = system_calls(counted.pid_of("worker"), lambda: c.ask(n))
    slack = 15  # what it does beside, and the stop in the middle of a request
    assert n - slack <= counts["read"] <= n + slack, counts
    assert n - slack <= counts.get("sendmsg", 0) + counts.get("writev", 0) <= n + slack, counts
    assert sum(counts.values()) <= 3 * n + 3 * slack, counts


@pytest.mark.parametrize("kind", KINDS)
def test_it_allocates_nothing(counted, kind):
    if not BUILT_WITH_SANITIZERS:
        pytest.skip("this program was built without the counter: make api T=hotpath")
    c, n = warm(counted, kind), 1000
    assert allocated(counted) > 100, "they are counted"
    before, since = allocated(counted), time.monotonic()
    c.ask(n)
    made, seconds = allocated(counted) - before, time.monotonic() - since
    # Beside, once a second: a plugin looks for events, and a token is looked up again; each allocates six times.
    assert made < n // 20 + 12 * (seconds + 1), f"{made} in {seconds:.1f} s"
