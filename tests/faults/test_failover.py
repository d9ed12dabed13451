"""A standby takes the place of its primary without the last of its transactions, as an asynchronous one may: what a node
remembers of them is no more true than what it has not heard of the new ones, which bear their numbers again."""
import json
import os
import signal
import time

import pytest

from cluster import Cluster
from quoin_server import BINARY, Server, wait_until
from test_freshness import Call, published


@pytest.fixture
def pair():
    """A primary and its standby, whose node finds whichever of them is the primary."""
    primary = Cluster()
    try:
        primary.start()
        primary.sql("create role quoin login", "postgres")
        primary.sql("create database quoin", "postgres")
        yield primary, primary.standby()
    finally:
        primary.close()


def hosts(*clusters):
    return {"host": ",".join(c.top for c in clusters), "port": ",".join(str(c.port) for c in clusters), "target_session_attrs": "primary"}


def cut_off(standby):
    standby.sql("alter system set primary_conninfo = ''")
    standby.sql("select pg_reload_conf()")
    wait_until(lambda: standby.sql("select count(*) from pg_stat_wal_receiver") == "0", 10, "the standby to hear nothing more")


def use_up(cluster, n):
    """So many numbers of transactions."""
    cluster.sql("create temp table t (i int); do $$ begin for i in 1..%d loop begin insert into t values (i);"
                " exception when others then raise; end; end loop; end $$" % n)


def title(call, path):
    status, _, data = call("GET", path)
    assert status in (200, 404, 503), data
    return json.loads(data)["data"]["title"] if status == 200 else status


def change(admin, path, text):
    assert admin("PATCH", path, {"title": text}, **{"If-Match": "*"})[0] == 200
    assert admin("POST", path + "/transitions", {"action": "publish"})[0] == 200


def is_in_index(call, e):
    return json.loads(call("GET", "/v1/tables/index/" + e)[2])["data"]["live"]


def test_after_a_failover_that_lost_transactions_nothing_of_them_is_served(pair):
    primary, standby = pair
    at = {"database__url": primary.url(**hosts(primary, standby)), "database__migrate_url": primary.url("postgres", **hosts(primary, standby))}
    fixtures = {"plugins__dir": os.path.join(os.path.dirname(BINARY), "fixtures"), "plugins__load": "tables"}
    with Server(server__workers=1, **fixtures, **at) as node:
        call, admin = Call(node), Call(node, node.token)
        lost, other = ["/v1/articles/" + published(node, title=t)["id"] for t in ("one", "other one")]
        editor = node.add_token("editor", "of the second")
        standby.caught_up(primary)
        cut_off(standby)
        for i in range(20):
            change(admin, lost, f"lost {i}")
        gone = published(node, title="gone")["id"]
        wait_until(lambda: is_in_index(call, gone), 10, "the index to have it")
        for _ in range(3):
            assert (title(call, lost), title(call, other)) == ("lost 19", "other one")
            time.sleep(0.3)
        listener = node.pid_of("listener")
        os.kill(listener, signal.SIGSTOP)
        primary.kill()
        standby.sql("select pg_promote()")
        with Server(server__workers=1, plugins__load="", database__url=standby.url(), database__migrate_url=standby.url("postgres")) as second:
            editor = Call(second, editor)
            status, _, data = editor("POST", "/v1/articles", {"title": "new"})
            assert status == 201
            new = json.loads(data)["data"]["id"]
            assert editor("POST", f"/v1/articles/{new}/transitions", {"action": "publish"})[0] == 200
            change(editor, other, "other two")
            assert title(Call(second), lost) == "one"
            use_up(standby, 100)
            os.kill(listener, signal.SIGCONT)
            time.sleep(4)
            assert (title(call, lost), title(call, other)) == ("one", "other two")
            wait_until(lambda: (is_in_index(call, gone), is_in_index(call, new)) == (False, True), 10, "the index to be read anew")


def test_of_several_hosts_every_process_finds_the_primary(pair):
    primary, standby = pair
    both = {k: v for k, v in hosts(standby, primary).items() if k != "target_session_attrs"}
    with Server(server__workers=1, plugins__load="", database__url=primary.url(**both), database__migrate_url=primary.url("postgres", **both)) as node:
        e = published(node, title="one")
        assert title(Call(node), "/v1/articles/" + e["id"]) == "one"
        assert "cannot" not in node.log()
        wait_until(lambda: standby.sql("select count(*) from pg_stat_activity where application_name like 'quoin%'") == "0", 5, "the standby to be left alone")


def test_a_primary_that_hangs_is_left_for_the_one_that_took_its_place(pair):
    primary, standby = pair
    at = {"database__url": primary.url(**hosts(primary, standby)), "database__migrate_url": primary.url("postgres", **hosts(primary, standby))}
    with Server(server__workers=1, plugins__load="", **at) as node:
        admin, path = Call(node, node.token), "/v1/articles/" + published(node, title="one")["id"]
        standby.caught_up(primary)
        primary.freeze()
        try:
            standby.sql("select pg_promote()")
            wait_until(lambda: admin("PATCH", path, {"title": "two"}, **{"If-Match": "*"})[0] == 200, 45, "the new primary to be found")
            wait_until(lambda: Call(node)("GET", "/readyz")[0] == 200, 20, "the node to be ready again")
            # The listener has found it, too: what it hears is kept.
            listeners = "select count(*) from pg_stat_activity where application_name = 'quoin listener'"
            wait_until(lambda: standby.sql(listeners) == "1", 30, "the listener")
            wait_until(lambda: standby.sql(listeners.replace("listener", "jobs")) == "1", 30, "the jobs process")
            with Server(server__workers=1, plugins__load="", **at) as second:
                assert title(Call(second), path) == "one"
        finally:
            primary.thaw()
