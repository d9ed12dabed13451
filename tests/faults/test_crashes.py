"""kill -9 of each process, alone and all together: the next request is served, and what was acknowledged is there."""
import http.client
import json
import os
import re
import signal
import socket
import threading
import time

import pytest

from quoin_server import is_running, wait_until


def status(server, path="/readyz", timeout=10):
    return server.request("GET", path, timeout=timeout)[0]


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def gone(pid):
    return wait_until(lambda: not is_running(pid), 10, f"{pid} to be gone")


def come_back(server, title, before):
    """The pids of `title` once there are as many as before, none of them killed."""
    def back():
        now = server.pids_of(title)
        return now if len(now) == len(before) and not set(now) & before_killed else None
    before_killed = set(before)
    return wait_until(back, 20, f"{title} to come back")


@pytest.mark.parametrize("title", ["worker 1", "worker 2", "listener", "jobs"])
def test_after_the_death_of_one_process_the_next_request_is_served(server, title):
    pid = server.pid_of(title)
    kill(pid)
    for _ in range(20):
        assert status(server) == 200
    come_back(server, title, [pid])


def test_with_all_workers_dead_a_connection_waits_for_the_next_ones(server):
    workers = server.pids_of("worker")
    for pid in workers:
        kill(pid)
    assert status(server) == 200
    come_back(server, "worker", workers)


def test_a_worker_that_dies_again_and_again_comes_back_each_time(server):
    for _ in range(4):
        pid = server.pid_of("worker 1")
        kill(pid)
        come_back(server, "worker 1", [pid])
    assert status(server) == 200


def test_a_request_that_dies_with_its_worker_harms_no_other(own):
    """The other worker's connections go on."""
    server = own(server__workers=2).start()
    connections = [server.connect() for _ in range(16)]
    try:
        for c in connections:
            c.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert c.recv(4096).startswith(b"HTTP/1.1 200")
        kill(server.pid_of("worker 1"))
        alive = 0
        for c in connections:
            try:
                c.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                alive += c.recv(4096).startswith(b"HTTP/1.1 200")
            except OSError:
                pass
        assert 0 < alive < 16, "connections were spread over both workers"
    finally:
        for c in connections:
            c.close()


def test_the_database_killed_is_503_in_time_and_back_by_itself(server):
    before = server.postmaster()
    kill(before)
    seen = []

    def ask():
        started = time.monotonic()
        code, headers, body = server.request("GET", "/v1/articles", timeout=10)
        seen.append((code, time.monotonic() - started))
        if code == 503:
            assert headers["Retry-After"]
            assert json.loads(body)["status"] == 503
        # Its backends may answer for a moment after the postmaster was killed.
        return code == 200 and server.postmaster() not in (None, before)
    wait_until(ask, 30, "the database to be back")
    assert {code for code, _ in seen} <= {200, 503}
    assert all(took < 3 for code, took in seen if code == 503), seen
    wait_until(lambda: status(server) == 200, 20, "every lane to be back")


def test_while_the_database_is_away_the_process_answers_and_says_503(own):
    s = own(server__workers=1).start()
    # Stopped, not killed: the master keeps it, and nobody answers.
    stopped = [s.postmaster(), *[pid for pid, title in s.family().items() if title.startswith("postgres:")]]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert status(s, "/healthz") == 200
        started = time.monotonic()
        code, headers, _ = s.request("GET", "/v1/articles/no-such-article", timeout=10)
        assert (code, bool(headers["Retry-After"])) == (503, True)
        assert time.monotonic() - started < 8, "a keyed read is given up after read_timeout_ms, not waited for"
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: status(s) == 200, 20, "it to answer again")


# ---- acknowledged writes ---------------------------------------------------------------------------------------------------

class Writer(threading.Thread):
    """Creates articles one after the other and remembers those that were acknowledged."""

    def __init__(self, server, name):
        super().__init__(daemon=True)
        self.hostport, self.token, self.tag = server.hostport, server.token, name
        self.acknowledged, self.stop = [], False

    def run(self):
        n = 0
        while not self.stop:
            n += 1
            title = f"{self.tag} {n}"
            try:
                c = http.client.HTTPConnection(*self.hostport, timeout=5)
                c.request("POST", "/v1/articles", json.dumps({"title": title}),
                          {"Content-Type": "application/json", "Authorization": "Bearer " + self.token})
                r = c.getresponse()
                body = r.read()
                if r.status == 201:
                    self.acknowledged.append((json.loads(body)["data"]["id"], title))
                c.close()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.01)


def missing(server, writers):
    """Acknowledged writes that are not there."""
    auth = {"Authorization": "Bearer " + server.token}
    lost = []
    c = http.client.HTTPConnection(*server.hostport, timeout=10)
    def read(entry):
        c.request("GET", f"/v1/articles/{entry}?version=draft", headers=auth)
        r = c.getresponse()
        return r, r.read()
    for entry, title in (a for w in writers for a in w.acknowledged):
        r, body = read(entry)
        until = time.monotonic() + 10
        while r.status == 503 and time.monotonic() < until:  # a worker that has no connection yet does not know what is there
            time.sleep(0.05)
            r, body = read(entry)
        if r.status != 200 or json.loads(body)["data"]["title"] != title:
            lost.append((entry, title, r.status))
    c.close()
    return lost


def write_until(server, enough, then):
    writers = [Writer(server, f"writer {i} {time.monotonic_ns()}") for i in range(4)]
    for w in writers:
        w.start()
    wait_until(lambda: sum(len(w.acknowledged) for w in writers) >= enough, 60, "writes to be acknowledged")
    then()
    for w in writers:
        w.stop = True
    for w in writers:
        w.join(20)
    return writers


def test_the_whole_tree_killed_under_writes_keeps_every_acknowledged_one(own):
    s = own(server__workers=2).start()
    for _ in range(2):
        writers = write_until(s, 60, s.kill)
        assert s.left_behind() == []
        s.start()
        assert missing(s, writers) == []


def test_workers_and_database_killed_under_writes_keep_every_acknowledged_one(own):
    s = own(server__workers=2).start()

    def havoc():
        for _ in range(3):
            kill(s.pid_of("worker 1"))
            time.sleep(0.1)
            kill(wait_until(s.postmaster, 30, "the database to have begun"))
            wait_until(lambda: s.postmaster() and status(s) == 200, 30, "the database to be back")
    writers = write_until(s, 20, havoc)
    wait_until(lambda: status(s) == 200, 30, "it to be ready")
    assert missing(s, writers) == []


# ---- the master ------------------------------------------------------------------------------------------------------------

def test_nothing_outlives_a_killed_master_and_the_next_start_works(own):
    s = own(server__workers=2, server__listen="127.0.0.1:0").start()
    family = s.family()
    assert len(family) > 5
    kill(s.process.pid)
    wait_until(lambda: not any(is_running(p) for p in family), 20, "the children to end with their master")
    s.process.wait()
    s._ended()
    s.start()
    assert status(s) == 200


def test_an_orphaned_database_is_ended_by_the_next_start(own):
    """The master, and the death signal that it left, both lost: the database alone is still there."""
    s = own(server__workers=1).start()
    postmaster = s.postmaster()
    os.kill(postmaster, signal.SIGSTOP)  # so that it cannot act on its death signal
    kill(s.process.pid)
    s.process.wait()
    s._ended()
    s.spawn()
    try:
        wait_until(lambda: s.process.poll() is not None or s.addresses(), 60, "the next start")
    finally:
        if is_running(postmaster):
            os.kill(postmaster, signal.SIGCONT)
    assert s.process.poll() is None, s.log()
    assert s.postmaster() not in (None, postmaster)
    assert status(s) == 200


def test_a_stopped_client_costs_nobody_else_anything(server):
    """A connection that sends nothing, one that sends half a request, one that is closed in the middle."""
    idle, half, closed = server.connect(), server.connect(), server.connect()
    half.sendall(b"GET /healthz HTTP/1.1\r\nHo")
    closed.sendall(b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    closed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    closed.close()
    assert status(server) == 200
    idle.close()
    half.close()


def test_clients_that_take_all_descriptors_leave_those_that_the_database_needs(own):
    s = own(server__workers=1, plugins__load="")
    line = s.command
    s.command = lambda *args: ["prlimit", "--nofile=72:72", *line(*args)]
    s.start()
    held = []
    try:
        for _ in range(72):
            held.append(socket.create_connection(s.hostport))
            held[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        first = held[0]
        first.settimeout(30)
        assert first.recv(4096).startswith(b"HTTP/1.1 200 ")
        wait_until(lambda: "no connection can be accepted" in s.log(), 20, "a line about it")
        for _ in range(2):
            before = s.postmaster()
            os.kill(before, signal.SIGKILL)
            wait_until(lambda: s.postmaster() not in (None, before), 20, "the next database")

            def is_ready():
                first.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = b""
                while b"\r\n\r\n{" not in answer or not answer.rstrip().endswith(b"}"):
                    answer += first.recv(4096)
                time.sleep(0.05)
                return answer.startswith(b"HTTP/1.1 200 ")
            wait_until(is_ready, 20, "the worker to have a database again")
    finally:
        for c in held:
            c.close()
    wait_until(lambda: s.request("GET", "/readyz")[0] == 200, 20, "new connections")


def test_a_write_for_which_the_database_has_no_room_is_503_and_named(own):
    s = own(server__workers=1, plugins__load="").start()
    auth = {"Authorization": "Bearer " + s.token, "Content-Type": "application/json"}
    s.sql("""set search_path = quoin; create function no_room() returns trigger language plpgsql as $$ begin
             raise exception using errcode = '53100', message = 'could not extend file: No space left on device'; end $$;
             create trigger no_room before insert on entry for each row execute function no_room()""")
    status, headers, body = s.request("POST", "/v1/articles", '{"title":"No room"}', auth)
    assert (status, headers["Retry-After"]) == (503, "1"), body
    assert "53100 could not extend file: No space left on device" in s.log()
    assert s.request("GET", "/v1/articles")[0] == 200
    s.sql("drop trigger no_room on quoin.entry")
    assert s.request("POST", "/v1/articles", '{"title":"Room"}', auth)[0] == 201


def test_why_the_database_does_not_start_again_is_in_the_log(own):
    s = own(server__workers=1, plugins__load="").start()
    wal = os.path.join(s.data_dir, "pg", "pg_wal")
    os.chmod(wal, 0)
    try:
        os.kill(s.postmaster(), signal.SIGKILL)
        wait_until(lambda: s.log().count("the embedded PostgreSQL ended") > 1, 30, "it to have been started again")
        assert re.search('the embedded PostgreSQL ended .*pg_wal.*Permission denied', s.log())
    finally:
        os.chmod(wal, 0o700)
    wait_until(lambda: status(s) == 200, 30, "it to be back by itself")


def test_while_the_database_gives_no_connection_the_log_says_so_and_then_it_goes_on(own):
    s = own(server__workers=1, plugins__load="").start()
    s.sql("alter role quoin connection limit 0")
    before = s.pids_of("worker 1")
    kill(before[0])
    come_back(s, "worker 1", before)
    status_, headers, _ = s.request("GET", "/v1/articles")
    assert (status_, headers["Retry-After"]) == (503, "1")
    assert 'too many connections for role "quoin"' in s.log()
    s.sql("alter role quoin connection limit -1")
    wait_until(lambda: status(s) == 200, 30, "it to be back by itself")
    auth = {"Authorization": "Bearer " + s.token, "Content-Type": "application/json"}
    assert s.request("POST", "/v1/articles", '{"title":"There again"}', auth)[0] == 201


@pytest.mark.parametrize("title", ["worker 1", "listener", "jobs", "master"])
def test_a_process_that_is_stopped_for_a_while_and_goes_on_costs_no_request(server, title):
    pid = server.process.pid if title == "master" else server.pid_of(title)
    auth = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json"}
    os.kill(pid, signal.SIGSTOP)
    try:
        made = [server.request("POST", "/v1/articles", json.dumps({"title": f"{title} {i}"}), auth) for i in range(10)]
    finally:
        os.kill(pid, signal.SIGCONT)
    assert [m[0] for m in made] == [201] * 10
    for _ in range(10):
        for m in made:
            assert server.request("GET", m[1]["Location"] + "?version=draft", headers=auth)[0] == 200
    assert is_running(pid)
