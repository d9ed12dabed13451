"""[database] read_url: what is published is read from a standby, never older than what this node knows of, and never at the cost of a request."""
import json
import os
import random
import re
import signal
import threading
import time

import pytest

from cluster import Cluster
from quoin_server import Server, wait_until
from test_freshness import Call, published

LIVE = ("live_by_id", "live_by_slug")


class Stage:
    """A primary, a standby and a server over both."""

    def __init__(self, own=False, **sets):
        self.primary = Cluster(own=own)
        self.server = None
        try:
            self.primary.start()
            self.primary.sql("create role quoin login", "postgres")
            self.primary.sql("create database quoin", "postgres")
            self.standby = self.primary.standby()
            sets = {"database__read_url": self.standby.url(), "server__workers": 1, "cache__enabled": "off", "plugins__load": "", **sets}
            self.server = Server(database__url=self.primary.url(), database__migrate_url=self.primary.url("postgres"), **sets)
            self.server.start()
            self.call, self.admin = Call(self.server), Call(self.server, self.server.token)
        except BaseException:
            self.close()
            raise

    def close(self):
        try:
            if self.server:
                self.server.close()
        finally:
            self.primary.close()

    def get(self, path):
        status, headers, data = self.call("GET", path)
        return status, headers, json.loads(data) if data else None

    def title(self, path):
        status, _, body = self.get(path)
        assert status in (200, 404), body
        return body["data"]["title"] if status == 200 else None

    def served_by_standby(self, path="/v1/articles?limit=1"):
        """Asks until a read is the standby's: it is asked how far it is by the way."""
        def one():
            before = self.standby.executed(*LIVE, "q_", "next_by_")
            assert self.call("GET", path)[0] in (200, 404)
            return self.standby.executed(*LIVE, "q_", "next_by_") > before
        wait_until(one, 20, "a read from the standby")

    def settled(self, path="/v1/articles?limit=1"):
        """What was written last has been told and replayed."""
        time.sleep(0.5)
        self.served_by_standby(path)

    def change(self, path, title):
        assert self.admin("PATCH", path, {"title": title}, **{"If-Match": "*"})[0] == 200
        assert self.admin("POST", path + "/transitions", {"action": "publish"})[0] == 200

    def pause(self):
        self.standby.sql("select pg_wal_replay_pause()")
        wait_until(lambda: self.standby.sql("select pg_get_wal_replay_pause_state()") == "paused", 10, "the replay to pause")

    def resume(self):
        self.standby.sql("select pg_wal_replay_resume()")


@pytest.fixture
def stage():
    made = []

    def make(**sets):
        made.append(Stage(**sets))
        return made[-1]
    yield make
    for s in made:
        s.close()


@pytest.fixture(scope="module")
def shared():
    """For the tests that leave it as it was."""
    s = Stage()
    try:
        s.path = "/v1/articles/" + published(s.server, title="first", slug="first-of-all", tags=["harbour"])["id"]
        yield s
    finally:
        s.close()


def test_what_is_published_is_read_from_the_standby_and_the_rest_from_the_primary(shared):
    s = shared
    s.settled(s.path)
    paths = [s.path, "/v1/articles/first-of-all", "/v1/articles?limit=5", "/v1/articles?filter[tags]=harbour", "/v1/tags"]
    for caller in (s.call, s.admin):
        for path in paths if caller is s.call else paths[:4]:
            before = [c.executed(*LIVE, "live_for_role", "q_", "tags") for c in (s.primary, s.standby)]
            assert caller("GET", path)[0] == 200
            after = [c.executed(*LIVE, "live_for_role", "q_", "tags") for c in (s.primary, s.standby)]
            assert after[1] > before[1] and after[0] == before[0], path
    drafts = [s.path + "?version=draft", "/v1/articles?version=draft", s.path + "/revisions", s.path + "/revisions/1"]
    for path in drafts:
        before = s.standby.log().count("execute ")
        assert s.admin("GET", path)[0] == 200, path
        assert s.standby.log().count("execute ") == before, path
    assert "published things are read from" in s.server.log()


def test_a_standby_that_is_behind_is_not_asked_until_it_is_there_again(shared):
    s = shared
    s.settled(s.path)
    s.pause()
    try:
        for i in range(5):
            s.change(s.path, f"turn {i}")
            before = s.standby.executed(*LIVE)
            for path in (s.path, "/v1/articles/first-of-all"):
                assert s.title(path) == f"turn {i}"
            assert f'turn {i}' in str(s.get("/v1/articles?filter[tags]=harbour")[2])
            assert s.standby.executed(*LIVE) == before
        assert s.admin("POST", s.path + "/transitions", {"action": "unpublish"})[0] == 200
        assert s.title(s.path) is None
        s.change(s.path, "back")
    finally:
        s.resume()
    assert s.title(s.path) == "back"
    s.served_by_standby(s.path)
    assert s.title(s.path) == "back"


def test_nothing_old_is_kept_in_the_response_cache(stage):
    s = stage(cache__enabled="on")
    path = "/v1/articles/" + published(s.server, title="one", tags=["harbour"])["id"]
    lists = "/v1/articles?filter[tags]=harbour"
    time.sleep(1)
    wait_until(lambda: s.standby.executed(*LIVE) or (s.change(path, "one"), time.sleep(0.3), s.title(path)) and None, 30, "a read from the standby")
    s.pause()
    try:
        for i in range(3):
            s.change(path, f"two {i}")
            assert s.title(path) == f"two {i}"
            assert f"two {i}" in str(s.get(lists)[2])
            time.sleep(0.4)  # what the listener tells drops what was kept: it is made again
            for _ in range(3):
                assert s.title(path) == f"two {i}"
                assert f"two {i}" in str(s.get(lists)[2])
    finally:
        s.resume()
    s.standby.caught_up(s.primary)
    s.change(path, "three")
    for _ in range(20):
        assert s.title(path) == "three"
        time.sleep(0.02)


def test_what_another_node_wrote_is_not_missed_because_of_a_standby_that_is_behind(stage):
    s = stage()
    path = "/v1/articles/" + published(s.server, title="one")["id"]
    with Server(database__url=s.primary.url(), database__migrate_url=s.primary.url("postgres"), server__workers=1, plugins__load="") as other:
        s.settled(path)
        s.pause()
        try:
            admin = Call(other, other.add_token("editor", "elsewhere"))
            assert admin("PATCH", path, {"title": "two"}, **{"If-Match": "*"})[0] == 200
            assert admin("POST", path + "/transitions", {"action": "publish"})[0] == 200
            wait_until(lambda: s.title(path) == "two", 3, "the other node's change")
            for _ in range(20):
                assert s.title(path) == "two"
        finally:
            s.resume()


class Readers:
    """Ask all the time; nothing but `fine` may be the answer."""

    def __init__(self, s, paths, fine=(200,)):
        self.s, self.paths, self.fine, self.bad, self.n, self.slowest = s, paths, fine, [], 0, 0.0
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.read, args=(i,)) for i in range(3)]

    def read(self, i):
        call, rnd = Call(self.s.server), random.Random(i)
        while not self.over.is_set():
            path = rnd.choice(self.paths)
            begun = time.monotonic()
            status, _, data = call("GET", path)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.n += 1
            if status not in self.fine:
                self.bad.append((path, status, data[:200]))
            time.sleep(0.001)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for t in self.threads:
            t.join(60)
        assert not self.bad, self.bad[:3]
        assert self.n > 20


def test_no_request_fails_when_the_standby_is_killed_stopped_or_started_again(stage):
    s = stage()
    path = "/v1/articles/" + published(s.server, title="one", tags=["harbour"])["id"]
    paths = [path, "/v1/articles?limit=3", "/v1/articles?filter[tags]=harbour", "/v1/tags"]
    s.settled(path)
    with Readers(s, paths):
        s.standby.kill()
        time.sleep(1)
    assert s.server.log().count("standby: away") == 1
    assert s.get("/readyz")[0] == 200
    with Readers(s, paths):
        s.standby.start()
        s.served_by_standby(path)
    assert s.server.log().count("published things are read from") == 2
    with Readers(s, paths):
        s.standby.freeze()
        time.sleep(4)
        s.standby.thaw()
        s.served_by_standby(path)
    with Readers(s, paths):
        s.standby.process.send_signal(signal.SIGINT)  # fast: it says good-bye
        s.standby.process.wait(30)
        s.standby.process = None
        time.sleep(0.5)
    assert s.title(path) == "one"


def test_a_standby_that_is_promoted_is_left(stage):
    s = stage()
    path = "/v1/articles/" + published(s.server, title="one")["id"]
    s.settled(path)
    with Readers(s, [path, "/v1/articles?limit=3"]):
        s.standby.sql("select pg_promote()")
        # What is written there from now on is of another history.
        s.standby.sql("update quoin.published set doc = replace(doc, 'one', 'elsewhere')")
        s.change(path, "two")
        for _ in range(50):
            assert s.title(path) == "two"
            time.sleep(0.02)
        wait_until(lambda: "no standby" in s.server.log(), 10, "it to be seen")


def test_reads_that_the_replay_cancels_are_the_primary_s(stage):
    s = stage()
    s.standby.sql("alter system set max_standby_streaming_delay = 0")
    s.standby.sql("select pg_reload_conf()")
    path = "/v1/articles/" + published(s.server, title="one", tags=["harbour"])["id"]
    s.settled(path)
    with Readers(s, [path, "/v1/articles?limit=3", "/v1/articles?filter[tags]=harbour"]):
        for _ in range(20):
            # An exclusive lock in the log ends everybody there who reads the table.
            s.primary.sql("begin; lock table quoin.published in access exclusive mode; select pg_switch_wal(); end")
            s.primary.sql("vacuum full quoin.published")
    assert re.search("conflict with recovery", s.standby.log())


def test_while_the_primary_is_away_published_things_are_served_and_marked(stage):
    s = stage()
    e = published(s.server, title="one", tags=["harbour"])
    path = "/v1/articles/" + e["id"]
    s.settled(path)
    s.standby.caught_up(s.primary)
    s.primary.kill()
    seen = wait_until(lambda: (r := s.get(path)) and r[1].get("Cache-Status") and r, 10, "an answer that is marked")
    assert seen[0] == 200 and seen[2]["data"]["title"] == "one"
    assert seen[1]["Cache-Control"] == "no-store" and "database-away" in seen[1]["Cache-Status"]
    for other in ("/v1/articles?filter[tags]=harbour", "/v1/articles?limit=2", "/v1/tags"):
        status, headers, body = s.get(other)
        assert status == 200 and headers["Cache-Control"] == "no-store", (other, body)
    assert s.get("/v1/articles/nothing-here")[0] == 404
    assert s.get("/readyz")[0] == 503
    assert s.admin("PATCH", path, {"title": "x"}, **{"If-Match": "*"})[0] == 503
    with Readers(s, [path, "/v1/articles?limit=3"]):
        time.sleep(1)
    s.primary.start()
    wait_until(lambda: s.get("/readyz")[0] == 200, 20, "the primary")
    wait_until(lambda: "Cache-Status" not in s.get(path)[1], 10, "an answer that is not marked")
    s.change(path, "two")
    assert s.title(path) == "two"


def test_nor_does_it_then_serve_what_this_node_knows_to_be_out_of_date(stage):
    s = stage()
    kept, killed = (published(s.server, title=t) for t in ("kept", "killed"))
    s.settled("/v1/articles/" + kept["id"])
    s.standby.caught_up(s.primary)
    s.pause()
    assert s.admin("POST", f"/v1/articles/{killed['id']}/transitions", {"action": "unpublish"})[0] == 200
    time.sleep(0.5)  # it is marked
    s.primary.kill()
    wait_until(lambda: s.get("/v1/articles/" + kept["id"])[1].get("Cache-Status"), 10, "an answer that is marked")
    assert s.get("/v1/articles/" + kept["id"])[2]["data"]["title"] == "kept"
    assert s.get("/v1/articles/" + killed["id"])[0] == 503
    assert s.get("/v1/articles?limit=5")[0] == 503
    s.primary.start()
    wait_until(lambda: s.get("/v1/articles/" + killed["id"])[0] == 404, 20, "the primary")


def test_a_primary_that_hangs_is_not_waited_for_in_vain(stage):
    s = stage()
    path = "/v1/articles/" + published(s.server, title="one", tags=["harbour"])["id"]
    s.settled(path)
    s.standby.caught_up(s.primary)
    s.primary.freeze()
    try:
        for p in (path, "/v1/articles?filter[tags]=harbour"):
            seen = wait_until(lambda: (r := s.get(p)) and r[1].get("Cache-Status") and r, 40, "an answer that is marked")
            assert seen[0] == 200 and "one" in str(seen[2])
        with Readers(s, [path]):
            time.sleep(2)
    finally:
        s.primary.thaw()
    wait_until(lambda: (r := s.get(path))[0] == 200 and "Cache-Status" not in r[1], 20, "an answer that is not marked")


def test_after_a_failover_the_new_primary_and_then_its_standby_are_read(stage):
    s = stage()
    path = "/v1/articles/" + published(s.server, title="one")["id"]
    s.settled(path)
    s.standby.caught_up(s.primary)
    both = {"host": f"{s.primary.top},{s.primary.top}", "port": f"{s.primary.port},{s.standby.port}"}
    with Server(database__url=s.primary.url(**both), database__migrate_url=s.primary.url("postgres", **both), database__read_url=s.primary.url(**both),
                server__workers=1, cache__enabled="off", plugins__load="") as node:
        call, admin = Call(node), Call(node, node.add_token("editor", "of the second"))
        title = lambda: json.loads(call("GET", path)[2])["data"]["title"]
        wait_until(lambda: title() == "one" and "published things are read from" in node.log(), 10, "the standby")
        s.primary.kill()
        s.standby.sql("select pg_promote()")

        def changed():
            return (admin("PATCH", path, {"title": "two"}, **{"If-Match": "*"})[0] == 200
                    and admin("POST", path + "/transitions", {"action": "publish"})[0] == 200)
        wait_until(changed, 30, "the new primary")
        for _ in range(30):
            assert title() == "two"
            time.sleep(0.02)
        # The old one comes back as a standby of the new one.
        os.rename(s.primary.dir, s.primary.dir + ".old")
        again = Cluster("again", of=s.standby, port=s.primary.port).start()
        try:
            wait_until(lambda: (title(), again.executed(*LIVE))[1], 20, "a read from the new standby")
            for i in range(5):
                assert admin("PATCH", path, {"title": f"three {i}"}, **{"If-Match": "*"})[0] == 200
                assert admin("POST", path + "/transitions", {"action": "publish"})[0] == 200
                for _ in range(5):
                    assert title() == f"three {i}"
        finally:
            again.close()


def test_pages_of_plugins_are_read_there_too_and_marked_while_the_primary_is_away(stage):
    s = stage(plugins__load="html", cache__enabled="on")
    e = published(s.server, title="A page of its own", slug="a-page")
    before = time.monotonic() + 20
    n = s.standby.executed(*LIVE)
    while s.standby.executed(*LIVE) == n:
        assert time.monotonic() < before
        s.change("/v1/articles/" + e["id"], "A page of its own")
        time.sleep(0.3)
        assert s.call("GET", "/articles/a-page")[0] == 200
    time.sleep(0.5)
    s.standby.caught_up(s.primary)
    s.primary.kill()
    for path in ("/articles/a-page", "/v1/articles/a-page"):
        seen = wait_until(lambda: (r := s.call("GET", path)) and "database-away" in r[1].get("Cache-Status", "") and r, 10, "an answer that is marked")
        assert seen[0] == 200 and b"A page of its own" in seen[2] and seen[1]["Cache-Control"] == "no-store"


def test_what_a_plugin_makes_of_a_change_it_reads_from_the_primary(stage):
    """It hears of it by another way than the node does, and keeps what it made."""
    s = stage(plugins__load="recommend")
    first = "/v1/articles/" + published(s.server, title="Pilots on strike", tags=["harbour", "strike"])["id"]
    s.settled(first)
    before = [c.executed("live_", "q_") for c in (s.primary, s.standby)]
    second = published(s.server, title="Strike of the pilots", tags=["harbour", "strike"])["id"]
    wait_until(lambda: s.primary.executed("live_", "q_") > before[0], 20, "the plugin to read it")
    time.sleep(0.5)
    assert s.standby.executed("live_", "q_") == before[1]
    wait_until(lambda: second in str(s.get(first + "/related")[2]), 10, "it to be recommended")


def test_another_cluster_is_no_standby(stage):
    s = stage()
    other = Stage(own=True)
    try:
        path = "/v1/articles/" + published(s.server, title="ours")["id"]
        with Server(database__url=s.primary.url(), database__migrate_url=s.primary.url("postgres"), server__workers=1, cache__enabled="off",
                    plugins__load="", database__read_url=other.standby.url()) as mixed:
            time.sleep(1.5)
            for _ in range(20):
                assert Call(mixed)("GET", path)[0] == 200
            wait_until(lambda: Call(mixed)("GET", path)[0] == 200 and "of another cluster or database" in mixed.log(), 10, "it to be said")
            assert not other.standby.executed(*LIVE)
            assert mixed.log().count("standby: away") == 1
    finally:
        other.close()


def test_a_standby_without_the_last_migration_is_not_used(stage):
    s = stage()
    s.server.stop()
    last = s.primary.sql("select max(name) from quoin.migration")
    s.primary.sql(f"update quoin.migration set name = '9999_later.sql' where name = '{last}'")
    s.standby.caught_up(s.primary)
    s.pause()
    s.primary.sql(f"update quoin.migration set name = '{last}' where name = '9999_later.sql'")
    s.server.start()
    path = "/v1/articles/" + published(s.server, title="one")["id"]
    time.sleep(0.5)
    assert s.title(path) == "one"
    assert "has not replayed the last migrations" in s.server.log()
    s.resume()
    s.served_by_standby(path)


@pytest.mark.parametrize("value,said", [
    ("standby.example.org", "[database] read_url"),
    ("postgresql://h/d?no_such_option=1", "[database] read_url"),
])
def test_a_read_url_that_is_none_is_told_at_the_start(own, value, said):
    r = own(database__url="postgresql://quoin@127.0.0.1:1/quoin", database__read_url=value).run("serve")
    assert r.returncode == 2 and said in r.stderr


def test_the_embedded_database_has_no_standbys(own):
    r = own(database__read_url="postgresql://quoin@127.0.0.1:1/quoin").run("serve")
    assert r.returncode == 2 and "[database] read_url: the embedded database" in r.stderr


def test_connections_to_standbys_are_counted_apart(shared):
    s = shared
    assert "connections to standbys: 1 generation x 1 workers x (2 read + 3 slow) = 5" in s.server.log()
    r = Server(database__url=s.primary.url(), database__migrate_url=s.primary.url("postgres"), server__workers=8, database__slow_connections=1,
               plugins__load="", database__read_url=s.standby.url())
    s.standby.sql("select 1")
    try:
        assert int(s.standby.sql("show max_connections")) == 60
        r.sets["server.workers"], r.sets["database.slow_connections"] = "10", "4"
        out = r.run("serve")
        assert out.returncode == 2 and "max_connections" in out.stderr
    finally:
        r.close()


@pytest.mark.parametrize("cache", ["off", "on"])
def test_no_read_is_older_than_what_was_acknowledged_whatever_the_replay_does(stage, cache):
    """Random publications, corrections and withdrawals by one client, while the replay stops and goes on."""
    s = stage(server__workers=2, cache__enabled=cache)
    rnd = random.Random(7)
    entries = {published(s.server, title=f"t{i}-0", tags=["harbour"])["id"]: [f"t{i}-0"] for i in range(4)}
    state = {e: titles[0] for e, titles in entries.items()}
    over, faults, reads = threading.Event(), [], [0]
    lock = threading.Lock()
    versions = {e: [(0.0, t)] for e, t in state.items()}  # acknowledged at, what; only this thread writes

    def chaos():
        while not over.is_set():
            s.pause()
            time.sleep(rnd.random() * 0.3)
            s.resume()
            time.sleep(rnd.random() * 0.5)
        s.resume()

    def reader(seed):
        r, call, tagged = random.Random(seed), Call(s.server), "/v1/articles?filter[tags]=harbour&limit=50"
        while not over.is_set():
            e = r.choice(list(entries))
            begun = time.monotonic()
            path = r.choice(["/v1/articles/" + e, tagged])
            status, _, data = call("GET", path)
            if status not in (200, 404):
                faults.append((path, status, data[:200]))
                continue
            reads[0] += 1
            if path == tagged:
                seen = {d["id"]: d["title"] for d in json.loads(data)["data"]}.get(e)
            else:
                seen = json.loads(data)["data"]["title"] if status == 200 else None
            with lock:
                known = versions[e]
                oldest = max(i for i, (at, _) in enumerate(known) if at <= begun)
                may = [t for _, t in known[oldest:]]
            if seen not in may:
                faults.append((path, f"saw {seen}, may be {may}"))

    threads = [threading.Thread(target=reader, args=(i,)) for i in range(3)] + [threading.Thread(target=chaos)]
    before = s.standby.executed(*LIVE, "q_")
    for t in threads:
        t.start()
    try:
        until, n = time.monotonic() + 9, 0
        while time.monotonic() < until:
            n += 1
            e = rnd.choice(list(entries))
            path = "/v1/articles/" + e
            if rnd.random() < 0.3 and state[e] is not None:
                new = None
                with lock:
                    versions[e].append((float("inf"), None))
                assert s.admin("POST", path + "/transitions", {"action": "unpublish"})[0] == 200
            else:
                new = f"t-{n}"
                assert s.admin("PATCH", path, {"title": new}, **{"If-Match": "*"})[0] == 200
                with lock:
                    versions[e].append((float("inf"), new))
                assert s.admin("POST", path + "/transitions", {"action": "publish"})[0] == 200
            with lock:
                versions[e][-1] = (time.monotonic(), new)
            state[e] = new
            status, _, data = s.call("GET", path)  # by the one who wrote
            seen = json.loads(data)["data"]["title"] if status == 200 else None
            if seen != new:
                faults.append((path, f"wrote {new}, then read {seen}"))
            time.sleep(rnd.choice([0, 0.02, 0.2, 0.5]))
    finally:
        over.set()
        for t in threads:
            t.join(60)
    assert not faults, faults[:5]
    assert reads[0] > 100 and n > 10
    assert s.standby.executed(*LIVE, "q_") > before + (10 if cache == "off" else 1), "the standby was hardly asked"
