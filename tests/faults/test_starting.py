"""A node that has only just begun: when it says that it is ready, and what becomes of who asks it before."""
import os
import signal
import socket
import threading
import time

import pytest

from cluster import Cluster
from gate import Gate
from quoin_server import Server, second_node, wait_until

MAKE_TYPE = """insert into type (name, collection, fields) select 'leaflet', 'leaflets', fields from type where name = 'article';
               insert into event (kind, type) values ('type.created', 'leaflet')"""


@pytest.fixture
def cluster():
    """A PostgreSQL that a first node has set up, which has published an article and ended; with `id` and `token`."""
    c = Cluster()
    try:
        c.start()
        c.sql("create role quoin login", "postgres")
        c.sql("create database quoin", "postgres")
        with Server(database__url=c.url(), database__migrate_url=c.url("postgres"), server__workers=1, plugins__load="") as one:
            c.token = one.token
            status, headers, _ = one.request("POST", "/v1/articles", '{"title":"Made before"}', auth(c))
            assert status == 201
            c.path = headers["Location"] + "?version=draft"
        yield c
    finally:
        c.close()


def auth(c):
    return {"Authorization": "Bearer " + c.token, "Content-Type": "application/json"}


class Node:
    """A node behind a gate, spawned and not waited for. It is asked by a socket whose name is known before it is ready."""

    def __init__(self, cluster, *held, **sets):
        self.cluster, self.gate = cluster, Gate(cluster, *held)
        self.server = Server(database__url=self.gate.url(), database__migrate_url=cluster.url("postgres"), server__workers=1, plugins__load="", **sets)
        os.chmod(self.server.top, 0o777)
        self.path = os.path.join(self.server.top, "http.sock")
        self.server.sets["server.listen"] = f"unix:{self.path}"
        self.server.spawn()

    def close(self):
        self.gate.open()
        self.server.close()
        self.gate.close()

    def send(self, path, token=True):
        """Sends a request; receive() has its answer."""
        c = socket.socket(socket.AF_UNIX)
        c.settimeout(30)
        wait_until(lambda: os.path.exists(self.path), 10, "its socket")
        c.connect(self.path)
        who = f"Authorization: Bearer {self.cluster.token}\r\n" if token else ""
        c.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{who}Connection: close\r\n\r\n".encode())
        return c

    def receive(self, c):
        data = b""
        with c:
            while more := c.recv(65536):
                data += more
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode().lower(), body

    def get(self, path, **kw):
        return self.receive(self.send(path, **kw))

    def is_said_to_be_ready(self):
        return bool(self.server.addresses()) or "ready: 1 workers" in self.server.log()


@pytest.fixture
def node(cluster):
    made = []

    def make(*held, **sets):
        made.append(Node(cluster, *held, **sets))
        return made[-1]
    yield make
    for n in made:
        n.close()


def test_a_node_is_not_said_to_be_ready_before_its_worker_has_a_database(cluster, node):
    n = node("quoin worker")
    for _ in range(10):  # it answers, but not with what it does not have
        status, head, _ = n.get("/readyz")
        assert status == 503 and "\r\nretry-after:" in head
    assert n.get("/healthz")[0] == 200
    assert n.get(cluster.path)[0] == 503
    assert not n.is_said_to_be_ready()
    n.gate.open()
    n.server.wait_ready()
    assert n.get("/readyz")[0] == 200
    assert n.get(cluster.path)[0] == 200


@pytest.mark.parametrize("table", ["role", "type"])
def test_a_request_that_comes_before_roles_and_types_were_read_waits_for_them(cluster, node, table):
    n = node("quoin worker", "quoin listener", database__read_timeout_ms=30000)
    wait_until(lambda: "quoin worker 1" in n.gate.seen, 20, "the worker to connect")
    with Lock(cluster, f"quoin.{table}") as lock:
        n.gate.open("quoin worker")
        wait_until(lock.is_waited_for, 30, "the worker, which has its connections by then, to read them")
        assert n.get("/healthz", token=False)[0] == 200, "it answers, whatever it lacks"
        assert not n.is_said_to_be_ready()
        asked = n.send(cluster.path)
        assert n.get("/healthz", token=False)[0] == 200, "by now it has seen what was sent before"
    status, _, body = n.receive(asked)
    assert status == 200, body
    n.gate.open()
    n.server.wait_ready()


def test_a_node_is_not_said_to_be_ready_before_it_hears_of_what_others_do(cluster, node):
    n = node("quoin listener")
    wait_until(lambda: n.get("/readyz")[0] == 200, 10, "the worker to serve")
    assert n.get("/v1/leaflets?limit=1")[0] == 404
    cluster.sql("set search_path = quoin; " + MAKE_TYPE)
    for _ in range(10):
        assert n.get("/readyz")[0] == 200
    assert not n.is_said_to_be_ready()
    n.gate.open()
    n.server.wait_ready()
    wait_until(lambda: n.get("/v1/leaflets?limit=1")[0] == 200, 10, "what another node made before the listener came to be known")


class Lock:
    """Nobody reads the table meanwhile."""

    def __init__(self, cluster, table):
        self.cluster, self.table = cluster, table

    def __enter__(self):
        self.over = threading.Event()
        sql = f"begin; lock table {self.table} in access exclusive mode; select pg_sleep(600)"
        self.thread = threading.Thread(target=self.cluster.psql, args=(sql, "quoin"))
        self.thread.start()
        wait_until(lambda: self._locks("granted and mode = 'AccessExclusiveLock'"), 10, "the lock")
        return self

    def __exit__(self, *_):
        self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock table%'")
        self.thread.join(60)

    def is_waited_for(self):
        return self._locks("not granted")

    def _locks(self, which):
        return int(self.cluster.sql(f"select count(*) from pg_locks where {which} and relation = to_regclass('{self.table}')"))


@pytest.mark.parametrize("table", ["type", "role", "event"])
def test_what_keeps_a_node_from_being_ready_is_in_its_log_once(cluster, node, table):
    cluster.sql(f"revoke select on quoin.{table} from quoin")
    n = node()
    wait_until(lambda: f"permission denied for table {table}" in n.server.log(), 20, "a line about it")
    time.sleep(1.5)  # it has tried again meanwhile
    assert not n.is_said_to_be_ready()
    assert n.server.log().count(f"permission denied for table {table}") == 1
    cluster.sql(f"grant select on quoin.{table} to quoin")
    n.server.wait_ready()


@pytest.fixture
def dumb():
    """A host and port where connections are taken and nothing is ever said."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(64)
        yield "127.0.0.1", s.getsockname()[1]


def test_a_database_host_that_says_nothing_is_named_and_not_waited_for_without_end(own, dumb):
    s = own(database__url="postgresql://quoin@%s:%d/quoin" % dumb, server__workers=1).spawn()
    for command in (["migrate"], ["token", "list"]):
        r = s.run(*command, timeout=60)
        assert r.returncode == 1
        assert "timeout expired" in r.stderr
    assert "no PostgreSQL answers at [database] url yet" in s.log()
    assert s.process.wait(60) == 2
    assert "no PostgreSQL answers there after 30 s" in s.log()


def test_a_first_host_that_says_nothing_does_not_keep_a_node_from_the_second(cluster, own, dumb):
    both = {"host": f"{dumb[0]},{cluster.top}", "port": f"{dumb[1]},{cluster.port}"}
    s = own(database__url=cluster.url(**both), database__migrate_url=cluster.url("postgres", **both), server__workers=1, plugins__load="").start()
    assert s.request("GET", "/readyz")[0] == 200


def test_a_database_by_the_name_of_its_host_is_found_and_found_again(own):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    c = Cluster(port=port, listen_addresses="localhost")
    try:
        c.start()
        c.sql("create role quoin login", "postgres")
        c.sql("create database quoin", "postgres")
        at = f"@localhost:{port}/quoin"
        s = own(database__url="postgresql://quoin" + at, database__migrate_url="postgresql://postgres" + at, server__workers=1, plugins__load="").start()
        assert s.request("GET", "/readyz")[0] == 200
        c.kill()
        wait_until(lambda: s.request("GET", "/readyz")[0] == 503, 20, "it to be missed")
        c.start()
        wait_until(lambda: s.request("GET", "/readyz")[0] == 200, 20, "it to be found")
        assert s.stop() == 0
    finally:
        c.close()


def test_a_command_beside_a_server_whose_database_is_stopped_says_so(own):
    s = own(server__workers=1).start()
    os.kill(s.postmaster(), signal.SIGSTOP)
    try:
        r = s.run("token", "list", timeout=60)
    finally:
        os.kill(s.postmaster(), signal.SIGCONT)
    assert r.returncode == 1
    assert "timeout expired" in r.stderr


def test_a_node_for_which_too_few_connections_are_left_says_so(own):
    one = own(server__workers=1).start()
    two = second_node(one, database__write_connections=8)
    try:
        two.spawn()
        wait_until(lambda: "are in use, and" in two.log(), 20, "a line about it")
        line = next(text for text in two.log().splitlines() if "are in use, and" in text)
        assert "max_connections" in line and "workers" in line
    finally:
        two.close()
