"""Starting, ending, starting again; what is refused and what is left behind."""
import json
import os
import pwd
import select
import signal
import socket
import stat
import subprocess
import tempfile
import time

import pytest

from quoin_server import ROOT, BINARY, have_user, is_running, processes, remove_tree, wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about being started as root")


def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def sockets_of(pid):
    """Inodes of the sockets that a process holds."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target)
    return found


# ---- what runs -------------------------------------------------------------------------------------------------------------

def test_each_process_says_what_it_is(server):
    titles = [t for t in server.family().values() if t.startswith("quoin:")]
    assert sorted(titles) == ["quoin: jobs", "quoin: listener", "quoin: worker 1", "quoin: worker 2"]
    assert processes()[server.process.pid][1] == "quoin: master"
    with open(f"/proc/{server.pid_of('worker 1')}/comm") as f:
        assert f.read() == "quoin: worker 1\n"


def test_the_pid_file_and_the_listen_file_tell_the_truth(server):
    with open(os.path.join(server.data_dir, "quoin.pid")) as f:
        assert int(f.read()) == server.process.pid
    assert len(server.addresses()) == 1
    server.connect().close()


def test_nobody_can_gain_rights(server):
    for pid, title in server.family().items():
        if title.startswith("quoin:"):
            assert status_of(pid)["NoNewPrivs"] == "1", title


@as_root
def test_only_the_master_is_root(server):
    user = pwd.getpwnam("quoin")
    assert status_of(server.process.pid)["Uid"].split() == ["0"] * 4
    for pid, title in server.family().items():
        s = status_of(pid)
        assert s["Uid"].split() == [str(user.pw_uid)] * 4, title
        assert s["Gid"].split() == [str(user.pw_gid)] * 4, title
        assert "0" not in s["Groups"].split(), title
        assert s["CapEff"].strip("0") == "" and s["CapPrm"].strip("0") == "", title


def test_only_workers_and_master_hold_the_listening_socket(server):
    master = sockets_of(server.process.pid)
    assert master, "the master holds it"
    for title in ("worker 1", "worker 2"):
        assert sockets_of(server.pid_of(title)) & master
    for title in ("listener", "jobs"):
        assert not sockets_of(server.pid_of(title)) & master
    assert not sockets_of(server.postmaster()) & master


def test_the_administrator_s_token_is_the_server_s_user_s_alone(server):
    st = os.stat(os.path.join(server.data_dir, "admin.token"))
    assert stat.S_IMODE(st.st_mode) == 0o600
    owner = have_user("quoin").pw_uid if os.geteuid() == 0 else os.geteuid()
    assert st.st_uid == owner


def test_a_second_server_on_the_same_folder_is_refused_and_told_who_is_there(server):
    r = server.run("serve")
    assert r.returncode == 2
    assert f"pid {server.process.pid}" in r.stderr
    assert server.data_dir in r.stderr
    assert server.request("GET", "/readyz")[0] == 200
    assert server.addresses(), "the files of the first are left alone"


def test_a_ctrl_c_of_the_terminal_is_the_master_s_to_act_on(server):
    """The terminal sends SIGINT to the whole group; only the master takes it up."""
    for title in ("worker 1", "worker 2", "listener", "jobs"):
        os.kill(server.pid_of(title), signal.SIGINT)
        os.kill(server.pid_of(title), signal.SIGHUP)
    assert os.getpgid(server.postmaster()) != os.getpgid(server.process.pid)
    before = sorted(server.pids_of("worker"))
    assert server.request("GET", "/readyz")[0] == 200
    assert sorted(server.pids_of("worker")) == before


def test_sighup_says_that_there_is_no_reload_and_changes_nothing(server):
    os.kill(server.process.pid, signal.SIGHUP)
    wait_until(lambda: "SIGHUP" in server.log(), 5, "a line about it")
    assert server.request("GET", "/readyz")[0] == 200


def test_migrate_beside_a_running_server_finds_nothing_to_do(server):
    r = server.run("migrate")
    assert (r.returncode, r.stderr) == (0, "")
    assert r.stdout.startswith("nothing to do")


# ---- ending ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_leaves_nothing_behind(own, sig):
    s = own(server__workers=2)
    path = os.path.join(s.top, "http.sock")
    os.chmod(s.top, 0o777)
    s.sets["server.listen"] = f"127.0.0.1:0, unix:{path}"
    s.start()
    assert os.path.exists(path)
    hostport = s.hostport
    if sig == signal.SIGINT:
        s.family()
        os.killpg(s.process.pid, sig)  # as a terminal does
        assert s.process.wait(60) == 0
        s._ended()
    else:
        assert s.stop(sig) == 0
    wait_until(lambda: not s.left_behind(), 5, "the processes to be gone")
    left = set(os.listdir(s.data_dir))
    assert not left & {"listen", "quoin.pid"}, left
    assert not os.path.exists(path)
    assert not os.path.exists(os.path.join(s.data_dir, "pg", "postmaster.pid"))
    with pytest.raises(OSError):
        socket.create_connection(hostport, 1)


def test_a_request_in_flight_is_answered_before_the_end(own):
    s = own(server__workers=1).start()
    hostport, c = s.hostport, s.connect(20)
    c.sendall(b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{")
    time.sleep(0.2)
    s.process.send_signal(signal.SIGTERM)

    def refused():
        try:
            socket.create_connection(hostport, 1).close()
        except ConnectionRefusedError:
            return True
        return False
    wait_until(refused, 10, "new connections to be refused")
    c.sendall(b"}")
    answer = c.recv(65536)
    assert answer.startswith(b"HTTP/1.1 401") or answer.startswith(b"HTTP/1.1 403"), answer
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert s.process.wait(30) == 0


def test_asked_a_second_time_it_ends_at_once(own):
    s = own(server__workers=1, server__drain_timeout_ms=60000, server__body_timeout_ms=60000).start()
    c = s.connect()
    c.sendall(b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{")
    time.sleep(0.2)
    s.process.send_signal(signal.SIGTERM)
    wait_until(lambda: "draining" in s.log(), 5, "the drain to begin")
    time.sleep(0.3)
    assert s.process.poll() is None, "it waits for the request"
    s.process.send_signal(signal.SIGTERM)
    assert s.process.wait(20) == 0
    wait_until(lambda: not s.left_behind(), 5, "the processes to be gone")
    s._ended()
    s.start()


def test_a_second_start_keeps_the_data_and_the_token(own):
    s = own(server__workers=1).start()
    token = s.token
    auth = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    status, headers, _ = s.request("POST", "/v1/articles", '{"title":"Kept"}', auth)
    assert status == 201
    location = headers["Location"]
    assert s.stop() == 0
    s.start()
    assert s.token == token
    assert s.request("GET", location + "?version=draft", headers=auth)[0] == 200
    assert "applied" not in s.log().split("ended", 1)[1], "nothing is migrated twice"


def titles(server):
    status, _, body = server.request("GET", "/v1/articles?limit=200")
    assert status == 200
    return [entry["title"] for entry in json.loads(body)["data"]]


def test_the_samples_are_imported_once_and_only_once(own):
    s = own(config=os.path.join(ROOT, "config", "quoin.ini"), server__workers=1).start()
    first = titles(s)
    assert len(first) >= 12
    auth = {"Authorization": "Bearer " + s.token, "Content-Type": "application/json", "If-Match": "*"}
    status, _, body = s.request("GET", "/v1/articles?limit=1")
    gone = json.loads(body)["data"][0]
    assert s.request("POST", f"/v1/articles/{gone['id']}/transitions", '{"action":"unpublish"}', auth)[0] == 200
    assert s.request("DELETE", f"/v1/articles/{gone['id']}", headers=auth)[0] in (200, 204)
    assert s.stop() == 0
    s.start()
    assert sorted(titles(s)) == sorted(t for t in first if t != gone["title"]), "what was deleted stays deleted"


def test_sigusr1_reopens_the_access_log(own):
    s = own(server__workers=2)
    os.makedirs(s.data_dir, exist_ok=True)
    if os.geteuid() == 0:
        user = pwd.getpwnam("quoin")
        os.chown(s.data_dir, user.pw_uid, user.pw_gid)
    log = os.path.join(s.data_dir, "access.log")
    s.sets["log.access"] = log
    s.start()
    s.request("GET", "/healthz?before")
    os.rename(log, log + ".1")
    s.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: os.path.exists(log), 5, "a new file")

    def logged():
        s.request("GET", "/healthz?after")
        with open(log) as f:
            return "healthz" in f.read()
    wait_until(logged, 10, "requests in the new file")


# ---- where it listens ------------------------------------------------------------------------------------------------------

def have_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def test_a_log_that_nobody_reads_any_more_holds_nobody_up(own):
    s = own(server__workers=1, log__access="on")
    out, into = os.pipe()
    try:
        s.spawn(into)
        s.wait_ready()
        while select.select([], [into], [], 0)[1]:
            assert s.request("GET", "/healthz?" + "x" * 1000)[0] == 400
        for _ in range(50):
            assert s.request("GET", "/healthz")[0] == 200
        os.kill(s.pid_of("worker 1"), signal.SIGKILL)  # of which the master has something to say, too
        assert s.request("GET", "/healthz")[0] == 200
        os.set_blocking(out, False)
        while select.select([out], [], [], 0)[0]:
            os.read(out, 65536)
        assert s.request("GET", "/healthz?again")[0] == 400
        text = b""
        while b"again" not in text:
            assert select.select([out], [], [], 20)[0]
            text += os.read(out, 65536)
        assert b" lines of this log were lost" in text
        assert s.stop() == 0
    finally:
        os.close(out)
        os.close(into)


def test_a_pipe_by_name_that_nobody_reads_is_no_access_log(own):
    s = own(server__workers=1)
    path = os.path.join(s.top, "log")
    os.mkfifo(path)
    os.chmod(path, 0o666)
    s.sets["log.access"] = path
    r = s.run("serve")
    assert r.returncode == 2
    assert f"[log] access = {path}: " in r.stderr


def test_several_addresses_are_served_and_listed(own):
    s = own(server__workers=1)
    path = os.path.join(s.top, "http.sock")
    listen = ["127.0.0.1:0", "127.0.0.1:0", f"unix:{path}"] + (["[::1]:0"] if have_ipv6() else [])
    s.sets["server.listen"] = ", ".join(listen)
    s.start()
    got = s.addresses()
    assert len(got) == len(listen) and len(set(got)) == len(listen)
    for address in got:
        if address.startswith("unix:"):
            c = socket.socket(socket.AF_UNIX)
            c.connect(address[5:])
        else:
            host, _, port = address.rpartition(":")
            assert int(port) > 0
            c = socket.create_connection((host.strip("[]"), int(port)), 5)
        c.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert c.recv(4096).startswith(b"HTTP/1.1 200")
        c.close()


def test_the_socket_of_a_killed_server_is_replaced(own):
    s = own(server__workers=1)
    path = os.path.join(s.top, "http.sock")
    s.sets["server.listen"] = f"127.0.0.1:0, unix:{path}"
    s.start()
    s.kill()
    assert os.path.exists(path)
    s.start()
    c = socket.socket(socket.AF_UNIX)
    c.connect(path)
    c.close()


# ---- where it keeps its data -----------------------------------------------------------------------------------------------

def test_a_path_of_two_hundred_characters(own):
    top = tempfile.mkdtemp(prefix="quoin-")
    try:
        os.chmod(top, 0o755)
        deep = os.path.join(top, "d" * 90, "e" * 90, "var")
        os.makedirs(os.path.dirname(deep))
        s = own(deep, server__workers=1).start()
        assert len(deep) > 200
        assert s.request("GET", "/readyz")[0] == 200
        assert s.run("migrate").returncode == 0, "commands find the database there too"
        assert s.stop() == 0
    finally:
        remove_tree(top)


@as_root
def test_where_its_user_cannot_go_the_data_is_elsewhere_and_a_link_says_so(own):
    top = tempfile.mkdtemp(prefix="quoin-")
    real = None
    try:
        os.chmod(top, 0o700)
        var = os.path.join(top, "var")
        s = own(var, server__workers=1).start()
        real = os.readlink(var)
        assert real.startswith("/var/lib/quoin/")
        assert real in s.log(), "said aloud"
        assert s.request("GET", "/readyz")[0] == 200
        assert s.token.startswith("qn_")
        assert s.stop() == 0
        s.start()
        assert os.readlink(var) == real
        assert s.stop() == 0
    finally:
        if real:
            remove_tree(real)
        remove_tree(top)


def test_migrate_without_a_server_starts_the_database_for_as_long_as_it_takes(own):
    s = own(server__workers=1, template=False)
    r = s.run("migrate")
    assert r.returncode == 0, r.stderr
    assert "applied" in r.stdout
    assert s.postmaster() is None
    r = s.run("migrate")
    assert r.stdout.startswith("nothing to do")
    s.start()
    assert s.request("GET", "/readyz")[0] == 200


# ---- what is refused -------------------------------------------------------------------------------------------------------

def in_use():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    return s


@pytest.mark.parametrize("sets, says", [
    ({"server.wrokers": "2"}, "wrokers"),
    ({"server.workers": "many"}, "workers"),
    ({"server.listen": "localhost"}, "listen"),
    ({"server.listen": "192.0.2.1:1"}, "192.0.2.1:1"),
    ({"database.url": "mysql://x"}, "url"),
    ({"log.access": "/no/such/folder/access.log"}, "access"),
])
def test_a_wrong_option_ends_with_2_and_is_named(own, sets, says):
    s = own(**sets)
    r = s.run("serve")
    assert r.returncode == 2
    assert says in r.stderr
    assert s.addresses() == []


def test_an_address_in_use_ends_with_2_before_anything_is_made(own):
    with in_use() as taken:
        s = own(server__listen="127.0.0.1:%d" % taken.getsockname()[1], template=False)
        r = s.run("serve")
        assert r.returncode == 2
        assert "listen = 127.0.0.1:%d" % taken.getsockname()[1] in r.stderr
        assert not os.path.exists(os.path.join(s.data_dir, "pg"))


@pytest.mark.parametrize("path", ["/proc/quoin-var", "/dev/null"])
def test_a_data_dir_that_cannot_be_is_named(own, path):
    s = own()
    s.data_dir = path
    r = s.run("serve")
    s.data_dir = os.path.join(s.top, "var")
    assert r.returncode == 2
    assert path in r.stderr and "data_dir" in r.stderr


@as_root
def test_a_user_that_is_not_there_is_named_with_the_command_that_makes_it(own):
    r = own(server__user="no-such-user").run("serve")
    assert r.returncode == 2
    assert "useradd" in r.stderr and "no-such-user" in r.stderr


def test_a_database_that_nobody_answers_for_is_waited_for_and_ended_politely(own):
    s = own(database__url="postgresql://quoin@127.0.0.1:1/quoin", server__workers=1).spawn()
    wait_until(lambda: "no PostgreSQL answers" in s.log(), 10, "it to say what it waits for")
    assert s.stop() == 0


# ---- another server's database: a node of a cluster -------------------------------------------------------------------------

def url_of(server, role):
    path = os.path.join(server.data_dir, "pg").replace("/", "%2F")
    return f"postgresql://{role}@/quoin?host={path}"


def test_a_second_node_serves_the_same_content_from_a_database_by_url(server, own):
    few = {"plugins__load": "", "database__slow_connections": 2, "database__write_connections": 2}  # of the ten that the first leaves
    node = own(database__url=url_of(server, "quoin"), database__migrate_url=url_of(server, "quoin_owner"), server__workers=1, **few).start()
    assert node.postmaster() is None
    auth = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json"}
    status, headers, _ = server.request("POST", "/v1/articles", '{"title":"On both nodes"}', auth)
    assert status == 201
    assert node.request("GET", headers["Location"] + "?version=draft", headers=auth)[0] == 200


def test_more_connections_than_the_database_allows_are_refused(server, own):
    r = own(database__url=url_of(server, "quoin"), database__migrate_url=url_of(server, "quoin_owner"), server__workers=64).run("serve")
    assert r.returncode == 2
    assert "max_connections" in r.stderr and "workers" in r.stderr


# ---- the command line ------------------------------------------------------------------------------------------------------

def quoin(*args):
    return subprocess.run([BINARY, *args], capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_every_command_explains_itself():
    r = quoin("--help")
    assert r.returncode == 0
    names = [line.split()[0] for line in r.stdout.splitlines() if line.startswith("  ")]
    assert {"serve", "migrate", "config"} <= set(names)
    for name in names:
        h = quoin(name, "--help")
        assert (h.returncode, h.stderr) == (0, ""), name
        assert h.stdout.startswith(f"usage: quoin {name}")
        assert "--set" in h.stdout


@pytest.mark.parametrize("args", [[], ["no-such-command"], ["serve", "now"], ["serve", "--no-such-option"], ["config"], ["config", "print"],
                                  ["config", "check", "-c", "/no/such/file.ini"], ["config", "show", "--set", "x"]])
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(args):
    r = quoin(*args)
    assert r.returncode == 2
    assert r.stderr and r.stdout == ""


def test_config_show_tells_where_a_value_came_from():
    r = subprocess.run([BINARY, "config", "show", "-c", "config/quoin.ini", "--set", "server.workers=3"], capture_output=True, text=True,
                       cwd=ROOT, env={**os.environ, "QUOIN_LOG_LEVEL": "warn"})
    assert r.returncode == 0
    lines = {line.split("=")[0].strip(): line for line in r.stdout.splitlines() if "=" in line}
    assert "3" in lines["workers"] and "--set" in lines["workers"]
    assert "warn" in lines["level"] and "QUOIN_LOG_LEVEL" in lines["level"]


def test_config_check_of_the_shipped_file_is_right():
    assert quoin("config", "check", "-c", "config/quoin.ini").returncode == 0
