"""Idempotency-Key under faults: what was done is done once and answered in the end, whoever dies in between."""
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
import uuid

import pytest

from cluster import Cluster
from quoin_server import ServerError, is_running, second_node, wait_until

CREATE_LOCK, COMMIT_LOCK = "1954115685, hashtext('article')", "4711"


class Held:
    """Holds an advisory lock, or writers of a table up, in a session of its own."""

    def __init__(self, server, lock):
        line = ["psql", "-X", "-q", "-A", "-t", "-h", os.path.join(server.data_dir, "pg"), "-p", "5432", "-U", "quoin_owner", "quoin"]
        self.p = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        what = f"table {lock} in exclusive mode; select 'held'" if lock.startswith("quoin.") else None
        self.p.stdin.write(f"begin; lock {what};\n" if what else f"begin; select 'held' from pg_advisory_xact_lock({lock});\n")
        self.p.stdin.flush()
        assert self.p.stdout.readline().strip() == "held"

    def let_go(self):
        if self.p.poll() is None:
            self.p.stdin.close()
            self.p.wait()


@pytest.fixture
def hold():
    made = []

    def make(server, lock):
        made.append(Held(server, lock))
        return made[-1]
    yield make
    for one in made:
        one.let_go()


def commits_wait(server):
    """From now on who has stored an answer waits for COMMIT_LOCK in its COMMIT."""
    server.sql("create function quoin.slow_commit() returns trigger language plpgsql as "
               f"$$ begin perform pg_advisory_xact_lock_shared({COMMIT_LOCK}); return null; end $$;"
               "create constraint trigger slow_commit after insert on quoin.idempotency deferrable initially deferred "
               "for each row execute function quoin.slow_commit()")


def send(server, key, title, timeout=20, path="/v1/articles"):
    """(status, headers, body); status 0: no answer."""
    headers = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json", "Idempotency-Key": key}
    try:
        return server.request("POST", path, json.dumps({"title": title}), headers, timeout)
    except (OSError, http.client.HTTPException, StopIteration, ServerError):
        return 0, {}, b""


def begin(server, key, title):
    got = []
    t = threading.Thread(target=lambda: got.append(send(server, key, title)))
    t.start()
    return t, got


def waiting(server, n=1):
    sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory' and application_name like 'quoin worker%'"
    wait_until(lambda: int(server.sql(sql)) >= n, 20, "a worker's session to wait")


def until_answered(server, key, title):
    """Sends it until there is an answer that is none of 'not now'."""
    def answer():
        r = send(server, key, title)
        return r if r[0] not in (0, 409, 503) else None
    return wait_until(answer, 30, "an answer")


def count(server, title):
    return int(server.sql(f"select count(*) from quoin.entry where sort_title = '{title}'"))


def problem(r):
    return r[0], json.loads(r[2])["type"]


@pytest.fixture
def word():
    return "w" + uuid.uuid4().hex[:12]


def test_a_worker_killed_between_commit_and_answer_has_answered_the_retry(own, hold, word):
    s = own(server__workers=1).start()
    commits_wait(s)
    lock, key = hold(s, COMMIT_LOCK), str(uuid.uuid4())
    t, got = begin(s, key, word)
    waiting(s)
    pid = s.pid_of("worker 1")
    os.kill(pid, signal.SIGKILL)
    t.join()
    assert got[0][0] == 0, "the client has heard nothing"
    wait_until(lambda: not is_running(pid) and send(s, key, word)[0] == 409, 20, "the next worker to say that nobody knows yet")
    lock.let_go()
    status, headers, body = until_answered(s, key, word)
    assert (status, headers["Idempotent-Replayed"]) == (201, "true")
    entry = json.loads(body)["data"]
    assert headers["Location"] == "/v1/articles/" + entry["id"] and headers["ETag"].startswith('"d1"')
    assert s.sql(f"select id from quoin.entry where sort_title = '{word}'") == entry["id"], "one, and this one"
    assert until_answered(s, key, word)[2] == body


def test_a_worker_killed_before_the_commit_leaves_nothing_in_the_way(own, hold, word):
    s = own(server__workers=1).start()
    lock, key = hold(s, CREATE_LOCK), str(uuid.uuid4())
    t, got = begin(s, key, word)
    waiting(s)
    os.kill(s.pid_of("worker 1"), signal.SIGKILL)
    t.join()
    assert got[0][0] == 0
    lock.let_go()
    status, headers, body = until_answered(s, key, word)
    assert status == 201 and "Idempotent-Replayed" not in headers
    assert count(s, word) == 1


def test_a_connection_lost_in_the_commit_is_503_that_says_so_and_the_retry_makes_it(own, hold, word):
    s = own(server__workers=1).start()
    commits_wait(s)
    lock, key = hold(s, COMMIT_LOCK), str(uuid.uuid4())
    t, got = begin(s, key, word)
    waiting(s)
    s.sql("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'quoin worker%'")
    t.join()
    status, headers, body = got[0]
    assert status == 503 and headers["Retry-After"] and "not known" in json.loads(body)["detail"]
    assert count(s, word) == 0
    lock.let_go()
    assert until_answered(s, key, word)[0] == 201
    assert count(s, word) == 1


def test_a_request_whose_time_is_over_in_the_commit_is_answered_when_it_is_sent_again(own, hold, word):
    s = own(server__workers=1, server__request_timeout_ms=700).start()
    commits_wait(s)
    lock, key = hold(s, COMMIT_LOCK), str(uuid.uuid4())
    assert problem(send(s, key, word)) == (503, "/problems/timeout")
    assert problem(send(s, key, word)) == (409, "/problems/request-in-flight")
    lock.let_go()
    status, headers, _ = until_answered(s, key, word)
    assert (status, headers["Idempotent-Replayed"]) == (201, "true")
    assert count(s, word) == 1


def test_the_jobs_process_removes_what_is_over(own):
    s = own(server__workers=1).start()
    s.sql("insert into quoin.idempotency (caller, key, request, state, at) select 'public', 'k' || i, repeat('0', 64), 'made', "
          "now() - interval '25 hours' * (i % 2) from generate_series(1, 10001) i")
    os.kill(s.pid_of("jobs"), signal.SIGKILL)  # the next one begins with it
    wait_until(lambda: s.sql("select count(*) from quoin.idempotency") == "5000", 30, "them to be removed")
    assert "answers kept for Idempotency-Key" in s.log()


def test_the_database_killed_after_the_commit_gives_the_first_answer_again(own, word):
    s = own(server__workers=1).start()
    key = str(uuid.uuid4())
    first = send(s, key, word)
    assert first[0] == 201
    before = s.postmaster()
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: s.postmaster() not in (None, before), 30, "the database to be back")
    status, headers, body = until_answered(s, key, word)
    assert (status, headers["Idempotent-Replayed"], body) == (201, "true", first[2])


def test_while_the_database_is_away_a_key_is_503_not_a_guess(own, word):
    s = own(server__workers=1).start()
    stopped = [s.postmaster(), *[pid for pid, title in s.family().items() if title.startswith("postgres:")]]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert send(s, "k", word)[0] == 503
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert until_answered(s, "k", word)[0] == 201
    assert count(s, word) == 1


def test_another_node_says_that_it_is_under_way_and_then_what_was_answered(own, hold, word):
    one = own(server__workers=1).start()
    with second_node(one) as two:
        token = one.token

        def there(key, title):
            headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json", "Idempotency-Key": key}
            return two.request("POST", "/v1/articles", json.dumps({"title": title}), headers, 20)
        lock, key = hold(one, CREATE_LOCK), str(uuid.uuid4())
        t, got = begin(one, key, word)
        waiting(one)
        for _ in range(3):
            assert problem(there(key, word)) == (409, "/problems/request-in-flight")
        lock.let_go()
        t.join()
        assert got[0][0] == 201
        status, headers, body = there(key, word)
        assert (status, headers["Idempotent-Replayed"], body) == (201, "true", got[0][2])
        assert problem(there(key, "another"))[0] == 422


def test_a_stream_that_died_with_its_worker_may_be_sent_again(own, word):
    s = own(server__workers=1).start()
    key, auth = str(uuid.uuid4()), {"Authorization": "Bearer " + s.token}
    text = "".join(json.dumps({"type": "article", "title": f"{word} {i}"}) + "\n" for i in range(3))
    with s.connect() as c:
        c.sendall((f"POST /v1/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {s.token}\r\nContent-Type: application/x-ndjson\r\n"
                   f"Idempotency-Key: {key}\r\nContent-Length: 100000\r\n\r\n{text}").encode())
        wait_until(lambda: s.sql("select state from quoin.idempotency") == "stream", 20, "it to begin")
        os.kill(s.pid_of("worker 1"), signal.SIGKILL)

    def again():
        try:
            r = s.request("POST", "/v1/import", text, {**auth, "Content-Type": "application/x-ndjson", "Idempotency-Key": key}, 20)
        except (OSError, http.client.HTTPException):
            return None
        return r if r[0] == 200 else None
    r = wait_until(again, 30, "it to be taken")
    assert len(r[2].splitlines()) == 3


def test_a_stream_whose_client_left_while_its_key_was_taken_may_be_sent_again(own, hold, word):
    s = own(server__workers=1).start()
    key, auth = str(uuid.uuid4()), {"Authorization": "Bearer " + s.token, "Content-Type": "application/x-ndjson"}
    text = json.dumps({"type": "article", "title": word}) + "\n"
    lock = hold(s, "quoin.idempotency")
    with s.connect() as c:
        c.sendall((f"POST /v1/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {s.token}\r\nContent-Type: application/x-ndjson\r\n"
                   f"Idempotency-Key: {key}\r\nContent-Length: 100000\r\n\r\n{text}").encode())
        wait_until(lambda: s.sql("select count(*) from pg_locks where not granted") == "1", 20, "the key to be waited for")
    time.sleep(0.2)  # the worker hears that it is gone
    lock.let_go()
    wait_until(lambda: s.sql("select count(*) from pg_locks where not granted") == "0", 20, "the lock")

    def again():
        r = s.request("POST", "/v1/import", text, {**auth, "Idempotency-Key": key}, 20)
        return r if r[0] == 200 else None
    assert len(wait_until(again, 10, "it to be taken")[2].splitlines()) == 1
    assert count(s, word) == 1


def keepalives(port):
    """Of the sockets of a server on 127.0.0.1 in how many seconds each is looked after; None: never."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        rows = [line.split() for line in f][1:]
    mine = [r[5].split(":") for r in rows if r[3] == "01" and r[1] == f"0100007F:{port:04X}"]
    return [int(when, 16) / os.sysconf("SC_CLK_TCK") if timer == "02" else None for timer, when in mine]


def test_the_database_looks_soon_whether_a_node_with_something_open_is_still_there(own):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = Cluster(port=port, listen_addresses="127.0.0.1")
    try:
        cluster.start()
        cluster.sql("create role quoin login", "postgres")
        cluster.sql("create database quoin", "postgres")
        url = f"postgresql://quoin@127.0.0.1:{port}/quoin"
        s = own(template=False, server__workers=1, plugins__load="", database__url=url, database__migrate_url=cluster.url("postgres")).start()
        wait_until(lambda: cluster.sql("select count(*) from pg_stat_activity where application_name = 'quoin listener'") == "1", 20, "the listener")
        cluster.sql("select 1")
        looked = wait_until(lambda: [x for x in [keepalives(port)] if len(x) > 5], 20, "connections")[0]
        assert all(x is not None and x <= 10 for x in looked), looked
        s.close()
    finally:
        cluster.close()


@pytest.fixture
def logged(own):
    """A server over a cluster that logs its statements, and what these were of workers from now on."""
    cluster = Cluster()
    try:
        cluster.start()
        cluster.sql("create role quoin login", "postgres")
        cluster.sql("create database quoin", "postgres")
        s = own(template=False, server__workers=1, plugins__load="", database__url=cluster.url(), database__migrate_url=cluster.url("postgres")).start()
        at = []

        def statements():
            log = cluster.log()
            new = log[at.pop() if at else 0:]
            at.append(len(log))
            own = {"access_token", "access_roles", "types"}  # asked for now and then, whatever is sent
            return [x for x in re.findall(r"^quoin worker 1: LOG:  execute (?:<unnamed>: (?=COMMIT))?(\w+)", new, re.M) if x not in own]
        yield s, statements
        s.close()
    finally:
        cluster.close()


def post(server, title, **headers):
    headers = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json", **headers}
    assert server.request("POST", "/v1/articles", json.dumps({"title": title}), headers, 20)[0] == 201


def test_without_a_key_a_create_is_one_statement(logged):
    s, statements = logged
    post(s, "first")  # prepares it, and finds out who asks
    statements()
    post(s, "second")
    assert statements() == ["entry_create"]


def test_with_a_key_it_is_a_look_the_key_the_work_the_answer_and_the_commit(logged):
    s, statements = logged
    for key in ("a", "b"):
        post(s, "first", **{"Idempotency-Key": key})
    statements()
    post(s, "second", **{"Idempotency-Key": "c"})
    assert statements() == ["idempotency_look", "idempotency_take", "entry_create", "idempotency_keep", "COMMIT"]
    post(s, "second", **{"Idempotency-Key": "c"})
    assert statements() == ["idempotency_look"]


class Sender(threading.Thread):
    """Sends one create after another, each until it is answered."""

    def __init__(self, server, name):
        super().__init__(daemon=True)
        self.server, self.name_, self.done, self.stop = server, name, [], False

    def run(self):
        while not self.stop:
            key, title = str(uuid.uuid4()), f"{self.name_}x{len(self.done)}x"
            first = True
            while True:
                r = send(self.server, key, title, 5)
                if r[0] in (201, 422, 400):
                    break
                first = False
                time.sleep(0.02)
            self.done.append((title, r[0], first, json.loads(r[2])["data"]["id"] if r[0] == 201 else None))


def test_whatever_is_killed_each_request_is_done_once_and_answered(own):
    s = own(server__workers=2).start()
    rnd = random.Random(7)
    senders = [Sender(s, "s" + uuid.uuid4().hex[:8]) for _ in range(4)]
    for one in senders:
        one.start()
    for i in range(14):
        time.sleep(0.05 + rnd.random() * 0.2)
        if i % 3 == 2:
            s.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'quoin worker%'")
        else:
            wait_until(lambda: len(s.pids_of("worker")) == 2, 20, "both workers")
            os.kill(rnd.choice(s.pids_of("worker")), signal.SIGKILL)
    wait_until(lambda: sum(len(one.done) for one in senders) >= 40, 60, "requests to be done")
    for one in senders:
        one.stop = True
    for one in senders:
        one.join(40)
        assert not one.is_alive()
    done = [d for one in senders for d in one.done]
    assert {status for _, status, _, _ in done} == {201}
    assert any(not first for _, _, first, _ in done), "something was sent more than once"
    there = dict(line.split("|") for line in s.sql("select sort_title, string_agg(id::text, ' ') from quoin.entry group by 1").splitlines())
    assert [(title, there.get(title)) for title, _, _, entry in done if there.get(title) != entry] == []
