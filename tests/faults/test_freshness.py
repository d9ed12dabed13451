"""Kept answers: never older than the bound, never another caller's, whatever is written, killed and restarted meanwhile."""
import http.client
import json
import os
import random
import signal
import socket
import threading
import time

import pytest

from quoin_server import ServerError, second_node, wait_until

# What a node has not heard of it believes for as long as it trusts its listener (1 s), and a slow machine is slow.
ELSEWHERE_S = 3.0
CLOCK_S = 0.1  # a schedule: the clock is read here, in PostgreSQL and by a worker
ROLES = ["public", "reader", "author", "editor"]
ACTIONS = {"public": None, "reader": [], "author": [], "editor": ["publish", "unpublish"]}
TAGS = ["alpha", "beta", "gamma"]


class Call:
    """One kept connection; made anew when it breaks."""

    def __init__(self, server, token=None):
        self.server, self.token, self.c = server, token, None

    def __call__(self, method, path, body=None, **headers):
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            self.c = self.c or http.client.HTTPConnection(*self.server.hostport, timeout=30)
            self.c.request(method, path, body, headers)
            r = self.c.getresponse()
            return r.status, r.headers, r.read()
        except (OSError, http.client.HTTPException, StopIteration, ServerError):
            if self.c:
                self.c.close()
            self.c = None
            return 0, {}, b""


class Life:
    """What readers may have been shown of one entry, and when: [(from, until, node, value)]; `until` is when the next was acknowledged, by
    `node`. A value is None (nothing to see) or (title, tags)."""

    def __init__(self):
        self.states, self.lock = [[0.0, float("inf"), None, None]], threading.Lock()

    def begin(self, value, at):
        """From `at` on it may be this."""
        with self.lock:
            self.states.append([at, float("inf"), None, value])

    def known(self, at, node):
        """From `at` on it is certainly the last one that began, on `node`."""
        with self.lock:
            for s in self.states[:-1]:
                if s[1] == float("inf"):
                    s[1], s[2] = at, node

    def possible(self, node, begun, ended, slack):
        with self.lock:
            return [v for start, until, by, v in self.states if start <= ended and until + (0 if by is node else slack) >= begun]


class World:
    def __init__(self, nodes, seed):
        self.nodes, self.random = nodes, random.Random(seed)
        self.tokens = {"public": None, **{r: nodes[0].add_token(r, r + " who reads") for r in ROLES[1:]}}
        self.lives, self.drafts, self.faults, self.reads, self.stale = {}, {}, [], 0, 0
        self.over = threading.Event()
        self.slack = ELSEWHERE_S
        self.schedules, self.gone = [], []

    # ---- writing ----------------------------------------------------------------------------------------------------

    def write(self, node, method, path, body):
        """The status, tried again as long as nobody knows what became of it."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            status, _, data = Call(node, node.admin)(method, path, body, **({"If-Match": "*"} if method in ("PATCH", "DELETE") else {}))
            if status not in (0, 503):
                return status, json.loads(data)["data"] if status < 300 and data else None
            time.sleep(0.05)
        raise AssertionError(f"{method} {path} was never answered: {status} {data[:300]}")

    def create(self, node, i):
        status, e = self.write(node, "POST", "/v1/articles", {"title": f"draft {i}", "slug": f"entry-{i}", "tags": [TAGS[i % 3]]})
        if status == 409:  # it was made, and nobody heard of it
            _, _, data = Call(node, node.admin)("GET", f"/v1/articles/entry-{i}?version=draft")
            e = json.loads(data)["data"]
        self.lives[e["id"]], self.drafts[e["id"]] = Life(), None

    def step(self, n):
        node, entry = self.random.choice(self.nodes), self.random.choice([e for e in self.lives if e not in self.gone])
        life, what = self.lives[entry], self.random.choice(["edit", "edit", "publish", "publish", "publish", "publish", "publish", "unpublish", "unpublish",
                                                                             "schedule", "schedule", "delete"])
        path = f"/v1/articles/{entry}"
        if any(e == entry for e, _ in self.schedules):
            return  # what the clock is about to do is not disturbed
        if what == "edit":
            self.write(node, "PATCH", path, {"title": f"secret {n}"})
            return
        if what == "delete":  # what is live cannot be deleted
            life.begin(None, time.monotonic())
            assert self.write(node, "POST", path + "/transitions", {"action": "unpublish"})[0] in (200, 409)
            life.known(time.monotonic(), node)
            assert self.write(self.random.choice(self.nodes), "DELETE", path, None)[0] in (204, 404)
            self.gone.append(entry)
            self.create(node, 1000 + n)
            return
        if what == "unpublish":
            life.begin(None, time.monotonic())
            status, _ = self.write(node, "POST", path + "/transitions", {"action": "unpublish"})
            assert status in (200, 409)
            life.known(time.monotonic(), node)
            return
        value = (f"title {n}", tuple(sorted(self.random.sample(TAGS, 2))))
        self.write(node, "PATCH", path, {"title": value[0], "tags": list(value[1])})
        if what == "publish":
            life.begin(value, time.monotonic())
            assert self.write(node, "POST", path + "/transitions", {"action": "publish"})[0] == 200
            life.known(time.monotonic(), node)
            return
        wall, mono = time.time() + 0.7, time.monotonic() + 0.7
        at = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(wall)) + f"{int(wall % 1 * 1000):03}Z"
        life.begin(value, mono - CLOCK_S)
        assert self.write(node, "POST", path + "/transitions", {"action": "publish", "at": at})[0] == 200
        if time.monotonic() < mono - CLOCK_S:
            self.schedules.append((entry, mono))
        else:  # it took so long that it was a publication
            life.known(max(time.monotonic(), mono + CLOCK_S), node)

    def clock(self):
        now = time.monotonic()
        for entry, at in [s for s in self.schedules if now >= s[1] + CLOCK_S]:
            self.schedules.remove((entry, at))
            # The clock asks nobody: no node may be late. (What is said of it before was told with the bound of a write.)
            self.lives[entry].known(at + CLOCK_S, None)

    # ---- reading ----------------------------------------------------------------------------------------------------

    def look(self, node, role, call, rnd):
        entry = rnd.choice(list(self.lives))
        tag = rnd.choice(TAGS)
        path = rnd.choice([f"/v1/articles/{entry}", f"/v1/articles/{entry}", "/v1/articles?limit=50", f"/v1/articles?filter[tags]={tag}&limit=50"])
        begun = time.monotonic()
        status, headers, data = call("GET", path)
        ended = time.monotonic()
        if status in (0, 503):
            return
        self.reads += 1
        slack = self.slack
        if "Cache-Status" in headers:
            self.stale += 1
            slack = 1e9
        where = (path, role, self.nodes.index(node), status)

        def check(e, seen):
            may = self.lives[e].possible(node, begun, ended, slack)
            if seen not in may:
                self.faults.append((where, f"shows {seen}, may be {may}", round(begun, 3)))
        if status not in (200, 404):
            self.faults.append((where, data[:200]))
        elif not path.startswith("/v1/articles?"):
            d = json.loads(data).get("data")
            check(entry, (d["title"], tuple(sorted(d["tags"]))) if status == 200 else None)
            if status == 200 and d.get("_actions") != ACTIONS[role]:
                self.faults.append((where, "another's actions", d.get("_actions")))
        else:
            seen = {d["id"]: (d["title"], tuple(sorted(d["tags"]))) for d in json.loads(data)["data"]}
            for e in list(self.lives):
                may = self.lives[e].possible(node, begun, ended, slack)
                shown = [None if v is None or ("filter" in path and tag not in v[1]) else v for v in may]
                if seen.get(e) not in shown:
                    self.faults.append((where, f"lists {seen.get(e)}, may be {shown}", round(begun, 3)))

    def reader(self, seed):
        rnd = random.Random(seed)
        calls = {}
        while not self.over.is_set():
            node, role = rnd.choice(self.nodes), rnd.choice(ROLES)
            key = (id(node), role, rnd.randrange(2))
            call = calls.setdefault(key, Call(node, self.tokens[role]))
            self.look(node, role, call, rnd)

    def run(self, seconds, chaos=None):
        for i in range(6):
            self.create(self.nodes[0], i)
        threads = [threading.Thread(target=self.reader, args=(i,)) for i in range(4)] + ([threading.Thread(target=chaos)] if chaos else [])
        for t in threads:
            t.start()
        until, n = time.monotonic() + seconds, 0
        try:
            while time.monotonic() < until:
                n += 1
                self.clock()
                self.step(n)
                time.sleep(self.random.choice([0, 0.01, 0.05]))
        finally:
            self.over.set()
            for t in threads:
                t.join(60)
        return n


@pytest.fixture
def nodes(own):
    one = own(server__workers=2).start()
    two = second_node(one)
    try:
        two.start()
        one.admin = two.admin = one.token
        yield [one, two]
    finally:
        two.close()


def test_no_answer_is_older_than_the_bound_or_anothers(nodes):
    w = World(nodes, 11)
    steps = w.run(12)
    assert not w.faults, w.faults[:5]
    assert steps > 50 and w.reads > 500


def test_nor_while_listeners_are_killed_and_the_database_is_restarted(nodes):
    one, two = nodes
    w = World(nodes, 12)

    def chaos():
        for i in range(6):
            time.sleep(1.5)
            if i == 3:
                os.kill(one.postmaster(), signal.SIGINT)
            else:
                for pid in nodes[i % 2].pids_of("listener"):
                    os.kill(pid, signal.SIGKILL)
    w.run(14, chaos)
    assert not w.faults, w.faults[:5]
    assert w.reads > 100


def published(node, **fields):
    call = Call(node, node.token)
    status, _, data = call("POST", "/v1/articles", fields)
    assert status == 201, data
    e = json.loads(data)["data"]
    assert call("POST", f"/v1/articles/{e['id']}/transitions", {"action": "publish"})[0] == 200
    return e


def test_without_the_database_what_is_kept_is_served_for_a_while_and_says_so(own):
    s = own(server__workers=1, cache__stale_if_error_s=12).start()
    path = "/v1/articles/" + published(s, title="kept")["id"]
    call = Call(s)
    # The listener tells of the publication once more: what was kept before that is gone.
    time.sleep(1)
    assert call("GET", path)[0] == 200
    held = s.postmaster()
    os.kill(held, signal.SIGSTOP)  # and those of its children that would answer
    children = [pid for pid, title in s.family().items() if title.startswith("postgres")]
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    try:
        seen = wait_until(lambda: (r := call("GET", path)) and r[1].get("Cache-Status") and r, 12, "an answer that is marked")
        assert seen[0] == 200 and seen[1]["Cache-Status"] == "quoin; hit; detail=database-away"
        assert json.loads(seen[2])["data"]["title"] == "kept"
        assert seen[1]["Cache-Control"] == "no-store", "a cache in front would believe it for a minute"
        wait_until(lambda: call("GET", path)[0] == 503, 40, "the end of that")
    finally:
        for pid in [held, *children]:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: (r := call("GET", path)) and r[0] == 200 and "Cache-Status" not in r[1], 30, "an answer that is not marked")


def test_a_long_transaction_does_not_keep_other_nodes_from_hearing(nodes):
    """The horizon of the outbox stands still meanwhile; the epochs must not."""
    one, two = nodes
    e = published(one, title="before")
    path = f"/v1/articles/{e['id']}"
    call = Call(two)
    assert json.loads(call("GET", path)[2])["data"]["title"] == "before"
    with psql(one, "begin; select pg_current_xact_id(); insert into quoin.event (kind) values ('nothing');"):
        admin = Call(one, one.token)
        assert admin("PATCH", path, {"title": "after"}, **{"If-Match": "*"})[0] == 200
        assert admin("POST", path + "/transitions", {"action": "publish"})[0] == 200
        wait_until(lambda: json.loads(call("GET", path)[2])["data"]["title"] == "after", 5, "the other node to hear of it")


class psql:
    """A session that stays open in a transaction."""

    def __init__(self, server, sql):
        self.line = ["psql", "-X", "-q", "-h", os.path.join(server.data_dir, "pg"), "-p", "5432", "-U", "quoin_owner", "quoin"]
        self.sql = sql

    def __enter__(self):
        import subprocess
        self.p = subprocess.Popen(self.line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.p.stdin.write(self.sql + "\n\\echo begun\n")
        self.p.stdin.flush()
        while (line := self.p.stdout.readline()) and line != "begun\n":
            pass

    def __exit__(self, *_):
        self.p.stdin.close()
        self.p.wait(20)
        self.p.stdout.close()


def test_a_write_whose_caller_went_away_is_heard_of(own):
    s = own(server__workers=1).start()
    e = published(s, title="before")
    path = f"/v1/articles/{e['id']}"
    admin, call = Call(s, s.token), Call(s)
    assert admin("PATCH", path, {"title": "after"}, **{"If-Match": "*"})[0] == 200
    assert json.loads(call("GET", path)[2])["data"]["title"] == "before"
    body = b'{"action":"publish"}'
    k = socket.create_connection(s.hostport, 10)
    k.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    k.sendall(f"POST {path}/transitions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {s.token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
              .encode() + body)
    k.close()  # a reset, while it is being done or before
    status, _, data = admin("GET", path + "?version=draft")
    time.sleep(1)
    done = json.loads(admin("GET", path + "?version=draft")[2])["data"]["published_version"] == 4
    assert json.loads(call("GET", path)[2])["data"]["title"] == ("after" if done else "before")


def test_an_answer_that_raced_with_a_change_is_kept_by_nobody(own):
    s = own(server__workers=1).start()
    path = "/v1/articles/" + published(s, title="slow")["id"]
    time.sleep(1)
    answers = []
    with psql(s, "begin; lock table quoin.published in access exclusive mode;"):
        asking = threading.Thread(target=lambda: answers.append(Call(s)("GET", path)))
        asking.start()
        wait_until(lambda: int(psql_value(s, "select count(*) from pg_stat_activity where wait_event_type = 'Lock'")), 10, "it to wait")
        status, _, data = Call(s, s.token)("POST", "/v1/types", {"name": "meanwhile", "collection": "meanwhiles", "fields": [
            {"name": "title", "kind": "string", "required": True}]})
        assert status == 201, data
    asking.join(20)
    assert answers[0][0] == 200 and answers[0][1]["Cache-Control"].endswith("s-maxage=0")
    # (The listener tells of the type once more: who asks just then is not kept either.)
    wait_until(lambda: Call(s)("GET", path)[1]["Cache-Control"].endswith("s-maxage=60"), 5, "an answer that may be kept")
    assert Call(s)("GET", path)[1]["Cache-Control"].endswith("s-maxage=60")


def scans(server):
    """How often an index of what is published was asked since the last time; what backends count they tell late."""
    time.sleep(2)
    n = int(psql_value(server, "select idx_scan from pg_stat_user_tables where relname = 'published'"))
    psql_value(server, "select pg_stat_reset()")
    return n


def test_a_working_copy_drops_nothing_that_is_kept(own):
    s = own(server__workers=1).start()
    entry = published(s, title="read by many")["id"]
    paths = ["/v1/articles/" + entry, "/v1/articles?limit=5"]
    time.sleep(1)  # the listener tells of the publication
    for p in paths:
        Call(s)("GET", p)
    admin = Call(s, s.token)
    assert admin("PATCH", "/v1/articles/" + entry, {"title": "not yet"}, **{"If-Match": "*"})[0] == 200
    assert admin("POST", "/v1/articles", {"title": "nor this"})[0] == 201
    scans(s)
    for p in paths:
        assert b"read by many" in Call(s)("GET", p)[2]
    assert scans(s) == 0


def test_500_who_ask_at_once_are_one_query(own):
    s = own(server__workers=1).start()
    one, many = published(s, title="asked for by one"), published(s, title="asked for by many")
    scans(s)
    Call(s)("GET", f"/v1/articles/{one['id']}")
    once = scans(s)
    request = f"GET /v1/articles/{many['id']} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    backends = [pid for pid, title in s.family().items() if title.startswith("postgres:") and "quoin" in title]
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)  # until all have asked
    try:
        socks = [s.connect(30) for _ in range(500)]
        for k in socks:
            k.sendall(request)
        time.sleep(0.3)
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)
    bodies = set()
    for k in socks:
        data = b""
        while chunk := k.recv(65536):
            data += chunk
        k.close()
        assert data.startswith(b"HTTP/1.1 200 "), data[:300]
        bodies.add(data.partition(b"\r\n\r\n")[2])
    assert len(bodies) == 1
    assert scans(s) == once > 0


def psql_value(server, sql):
    import subprocess
    return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-h", os.path.join(server.data_dir, "pg"), "-p", "5432", "-U", "quoin_owner", "quoin", "-c", sql],
                          capture_output=True, text=True, check=True).stdout.strip()


def test_a_list_by_tag_depends_on_that_tag_and_on_what_its_items_refer_to(own):
    s = own(server__workers=1).start()
    admin = Call(s, s.token)
    author = json.loads(admin("POST", "/v1/authors", {"name": "Not yet"})[2])["data"]["id"]
    one = published(s, title="one", tags=["strike", "port"], authors=[author])["id"]
    other = published(s, title="other", tags=["weather"])["id"]
    path = "/v1/articles?filter[tags][_in]=strike,harbour&limit=5"

    def ids():
        data = json.loads(Call(s)("GET", path)[2])["data"]
        return [(e["id"], e["authors"]) for e in data]
    assert ids() == [(one, [])]
    time.sleep(1)
    assert ids() == [(one, [])]
    assert Call(s)("GET", path)[1]["Surrogate-Key"].split() == ["tag:strike", "tag:harbour", "entry:" + author, "types"]
    third = published(s, title="third", tags=["weather"])["id"]
    assert admin("POST", f"/v1/articles/{other}/transitions", {"action": "unpublish"})[0] == 200
    while scans(s):  # of what was just done
        pass
    assert ids() == [(one, [])]
    assert scans(s) == 0
    assert admin("POST", f"/v1/authors/{author}/transitions", {"action": "publish"})[0] == 200
    assert ids() == [(one, [author])]
    assert admin("PATCH", "/v1/articles/" + third, {"tags": ["harbour"]}, **{"If-Match": "*"})[0] == 200
    assert ids() == [(one, [author])]
    assert admin("POST", f"/v1/articles/{third}/transitions", {"action": "publish"})[0] == 200
    assert ids() == [(third, []), (one, [author])]
    assert admin("PATCH", "/v1/articles/" + third, {"tags": ["weather"]}, **{"If-Match": "*"})[0] == 200
    assert admin("POST", f"/v1/articles/{third}/transitions", {"action": "publish"})[0] == 200
    assert ids() == [(one, [author])]


def test_however_it_is_spelled_it_is_the_same_answer(own):
    s = own(server__workers=1).start()
    published(s, title="one", tags=["strike"])
    time.sleep(1)
    spellings = ["/v1/articles?filter[tags]=strike&limit=5&sort=-published_at", "/v1/articles?sort=-published_at&limit=5&filter[tags]=strike",
                 "/v1/articles?&limit=%35&&filter%5Btags%5d=str%69ke&sort=-published_at&", "/v1/articl%65s?filter%5Btags%5D=strike&limit=5&sort=-published_at"]
    first = Call(s)("GET", spellings[0])
    assert json.loads(first[2])["links"]["self"] == "/v1/articles?filter%5Btags%5D=strike&limit=5&sort=-published_at"
    while scans(s):
        pass
    for path in spellings:
        assert Call(s)("GET", path)[2] == first[2]
    assert scans(s) == 0
    assert Call(s)("GET", "/v1/articles?filter[tags]=strike&limit=6&sort=-published_at")[2] != first[2]


def test_a_publication_drops_what_is_kept_once_on_its_own_node(own):
    """What is made after the acknowledgement is not dropped once more when the listener reads of it."""
    s = own(server__workers=1).start()
    entry, other = published(s, title="read by many")["id"], published(s, title="another")["id"]
    path, listener = "/v1/articles/" + entry, s.pid_of("listener")
    admin = Call(s, s.token)
    secretly = "update quoin.published set doc = replace(doc, 'once more', 'secretly') where until = 'infinity'"  # of which nobody is told
    time.sleep(1)
    os.kill(listener, signal.SIGSTOP)  # it reads of it when the answer is made already
    try:
        assert admin("PATCH", path, {"title": "once more"}, **{"If-Match": "*"})[0] == 200
        assert admin("POST", path + "/transitions", {"action": "publish"})[0] == 200
        assert b"once more" in Call(s)("GET", path)[2]
        psql_value(s, secretly)
    finally:
        os.kill(listener, signal.SIGCONT)
    until = time.monotonic() + 2
    while time.monotonic() < until:  # in which it reads several times
        assert b"once more" in Call(s)("GET", path)[2]
    psql_value(s, f"insert into quoin.event (kind, entry, type) values ('entry.published', '{entry}', 'article')")  # by whoever else
    wait_until(lambda: b"secretly" in Call(s)("GET", path)[2], 10, "the listener to tell of what another did")
    assert admin("POST", f"/v1/articles/{other}/transitions", {"action": "unpublish"})[0] == 200
    assert Call(s)("GET", "/v1/articles/" + other)[0] == 404
