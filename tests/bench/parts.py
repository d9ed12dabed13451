"""What bench.py's rows are made of beside load: statements as the server sends them, a second node, who publishes, who waits."""
import http.client
import json
import os
import re
import select
import shutil
import socket
import subprocess
import threading
import sys
import tempfile
import time


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))]


def idle_share(before=None):
    """Without an argument a mark; with one the share of all cores' time that was idle since then."""
    with open("/proc/stat") as f:
        fields = [int(v) for v in f.readline().split()[1:9]]
    now = (sum(fields), fields[3] + fields[4])
    if before is None:
        return now
    return (now[1] - before[1]) / max(1, now[0] - before[0])


# ---- statements ------------------------------------------------------------------------------------------------------------

def pg_log(s):
    """What the embedded PostgreSQL has written, wherever the server lets it write."""
    text = s.log()
    for folder in (s.data_dir, os.path.join(s.data_dir, "pg")):
        for name in os.listdir(folder):
            if name.endswith(".log"):
                with open(os.path.join(folder, name), errors="replace") as f:
                    text += f.read()
    return text


class Logged:
    """The statements that PostgreSQL executes meanwhile: [(text, {"$1": literal})]."""

    def __init__(self, s, psql):
        self.s, self.psql = s, psql

    def __enter__(self):
        self.set("0")
        self.at = len(pg_log(self.s))
        return self

    def __exit__(self, *_):
        self.set(None)

    def set(self, value):
        self.psql(self.s, "alter system " + (f"set log_min_duration_statement = {value}" if value else "reset log_min_duration_statement"))
        self.psql(self.s, "select pg_reload_conf()")
        time.sleep(0.3)  # each session sees it when it is next idle

    def executed(self):
        time.sleep(0.3)
        text = pg_log(self.s)[self.at:]
        found = re.findall(r"duration: [\d.]+ ms  execute ([^:]+): (.*?)\n(?:.*?DETAIL:  parameters: (.*?)\n)?(?=\S*.*?(?:LOG|ERROR|STATEMENT|\Z))", text + "\n", re.S)
        return [(name, sql.replace("\n\t", " "), dict(re.findall(r"(\$\d+) = ('(?:[^']|'')*'|NULL)", params))) for name, sql, params in found]


def filled_in(sql, params):
    """The statement with its parameters as literals."""
    return re.sub(r"\$\d+", lambda m: params[m.group(0)], sql)


def statement_of(s, psql, path, name):
    """The text of the statement of that name (or beginning) that a GET of `path` executes, parameters filled in."""
    with Logged(s, psql) as log:
        assert s.request("GET", path)[0] == 200
        found = [(sql, params) for n, sql, params in log.executed() if n.startswith(name) or name in sql]
    assert found, f"no statement {name} in the log"
    return filled_in(*found[-1])


# ---- nodes and clients -----------------------------------------------------------------------------------------------------

class Client:
    """One connection that is kept; to one worker of a node when `want` is given."""

    def __init__(self, s, token=None):
        self.c = http.client.HTTPConnection(*s.hostport, timeout=20)
        self.c.connect()
        self.c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.token = token  # of writes

    def call(self, method, path, body=None, **headers):
        data = json.dumps(body).encode() if body is not None else None
        h = dict(headers)
        if self.token and method != "GET":
            h["Authorization"] = f"Bearer {self.token}"
        if data is not None:
            h["Content-Type"] = "application/json"
        self.c.request(method, path, data, h)
        r = self.c.getresponse()
        return r.status, r.headers, r.read()

    def publish(self, path, title):
        """Changes and publishes; the moment at which the publication was acknowledged."""
        status, _, body = self.call("PATCH", path, {"title": title}, **{"If-Match": "*"})
        assert status == 200, body
        status, _, body = self.call("POST", path + "/transitions", {"action": "publish"})
        at = time.monotonic()
        assert status == 200, body
        return at


class Publisher:
    """A process that publishes articles which readers do not ask for, `rate` a second, on `core`."""

    def __init__(self, s, rate, first, core):
        self.process = subprocess.Popen(["taskset", "-c", str(core), sys.executable, __file__, *map(str, s.hostport), str(rate), str(first)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(s.token + "\n")
        self.process.stdin.flush()

    def stop(self):
        """How many it has published."""
        return int(self.process.communicate("\n", timeout=30)[0])


def publish_until_told(host, port, rate, first):
    class Address:
        hostport = (host, int(port))
    client = Client(Address, sys.stdin.readline().strip())
    n, at = 0, time.monotonic()
    while not select.select([sys.stdin], [], [], max(0, at - time.monotonic()))[0]:
        client.publish(f"/v1/articles/bench-article-{int(first) + n}", f"Bench article {int(first) + n}, once more")
        n, at = n + 1, at + 1 / float(rate)
    print(n)


class Varnish:
    """In front of `s`, with the sample configuration."""

    def __init__(self, root, s, port):
        self.top, self.hostport = tempfile.mkdtemp(prefix="quoin-bench-varnish-"), ("127.0.0.1", port)
        os.chmod(self.top, 0o755)
        with open(os.path.join(root, "config", "varnish.vcl")) as f:
            text = f.read()
        for old, new in (('.host = "127.0.0.1";', f'.host = "{s.hostport[0]}";'), ('.port = "8080";', f'.port = "{s.hostport[1]}";')):
            assert old in text
            text = text.replace(old, new)
        vcl = os.path.join(self.top, "quoin.vcl")
        with open(vcl, "w") as f:
            f.write(text)
        binary = shutil.which("varnishd", path="/usr/sbin:" + os.environ["PATH"])
        self.process = subprocess.Popen([binary, "-F", "-j", "none", "-n", os.path.join(self.top, "work"), "-f", vcl, "-a", f"127.0.0.1:{port}", "-s", "malloc,64M",
                                         "-T", "none"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        for _ in range(1000):
            with socket.socket() as k:
                if k.connect_ex(self.hostport) == 0:
                    return self
            assert self.process.poll() is None, "varnishd ended"
            time.sleep(0.02)
        raise AssertionError("varnishd does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.top, ignore_errors=True)


def measure_front(s, varnish, n):
    """Milliseconds from each of n publications until Varnish, which kept the old one, serves the new one."""
    writer, reader, ms = Client(s, s.token), Client(varnish), []
    for i in range(n):
        path, title = f"/v1/articles/bench-article-{7000 + i}", f"Publication {i}"
        for _ in range(500):
            if reader.call("GET", path)[1]["X-Cache"] == "hit":
                break
            time.sleep(0.01)
        else:
            raise AssertionError("Varnish does not keep it")
        at = writer.publish(path, title)
        ms.append(served_after(reader, path, title, at, 0.001))  # reader and Varnish would keep both cores busy
    return ms


def clients_of_each_worker(s):
    """A connection to each of the workers, told apart by the prefix of the request ids that a worker gives."""
    found = {}
    for _ in range(200):
        c = Client(s)
        prefix = c.call("GET", "/healthz")[1]["X-Request-Id"][:13]
        found.setdefault(prefix, c)
        if len(found) == len(s.pids_of("worker")):
            return list(found.values())
    raise AssertionError("one of the workers takes no connections")


def served_after(client, path, title, at, pause_s=0):
    """Milliseconds after `at` until `path` shows `title`, looked at every `pause_s`."""
    while True:
        body = json.loads(client.call("GET", path)[2])
        now = time.monotonic()
        if body["data"]["title"] == title:
            return max(0, (now - at) * 1000)
        assert now - at < 5, "never served"
        time.sleep(pause_s)


def measure_staleness(one, two, n):
    """{"same": how many first answers were old, "another-worker": […], "second-node": […]} in milliseconds."""
    writer, other = clients_of_each_worker(one)[:2]
    writer.token = one.token
    readers = {"same": writer, "another-worker": other, "second-node": Client(two)}
    got = {"same": 0, "another-worker": [], "second-node": []}
    for i in range(n):
        path, title = f"/v1/articles/bench-article-{6000 + i}", f"Publication {i}"
        for c in readers.values():
            c.call("GET", path)  # it is kept everywhere
        at = writer.publish(path, title)
        got["same"] += json.loads(writer.call("GET", path)[2])["data"]["title"] != title
        for name in ("another-worker", "second-node"):
            got[name].append(served_after(readers[name], path, title, at))
    return got


def first_200(host, port, path="/v1/articles/bench-article-7"):
    c = http.client.HTTPConnection(host, port, timeout=5)
    try:
        c.request("GET", path)
        return c.getresponse().status == 200
    finally:
        c.close()


def stampede(s, path, n):
    """n connections that ask at once; {status: count}."""
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode()
    socks = [s.connect(20) for _ in range(n)]
    for k in socks:
        k.sendall(request)
    statuses = {}
    for k in socks:
        data = b""
        while chunk := k.recv(65536):
            data += chunk
        k.close()
        status = int(data.split(b" ", 2)[1])
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


CREATE_LUA = """
local n = 0
local text = string.rep("What was said that day, and by whom. ", 60)
function setup(thread) thread:set("seed", os.time()) end
local head = "POST /v1/articles HTTP/1.1\\r\\nHost: bench\\r\\nAuthorization: Bearer %s\\r\\nContent-Type: application/json\\r\\nContent-Length: "
function request()
    n = n + 1
    local body = '{"title":"Made by load ' .. seed .. ' ' .. n .. '","summary":"One of many","body":[{"type":"text","text":"' .. text
        .. '"}],"tags":["bench-' .. n %% 5 + 1 .. '","bench-' .. 10 + n %% 20 .. '","bench-' .. 30 + n %% 70 .. '","bench-' .. 100 + n %% 150
        .. '","bench-' .. 250 + n %% 250 .. '"]}'
    return head .. #body .. "\\r\\n\\r\\n" .. body
end
"""


# ---- seeding through the front door ----------------------------------------------------------------------------------------

SENTENCE = "The committee of {i}-{b} met on the bridge and said nothing new. "


def seed_id(kind, i):
    return f"0190{kind:04x}-0000-7000-8000-{i:012x}"


def seed_lines(first, last):
    """Lines of NDJSON, of the articles that seed.sql makes (and, with the first one, their authors), about 3 KB each."""
    for i in range(1, 51) if first == 1 else ():
        yield json.dumps({"type": "author", "id": seed_id(1, i), "slug": f"author-{i}", "name": f"Author {i}", "status": "published"}) + "\n"
    for i in range(first, last + 1):
        day, minute = divmod(i, 1440)
        at = time.strftime("%Y-%m-%d", time.gmtime(1577836800 + 86400 * day)) + f"T{minute // 60:02}:{minute % 60:02}:00Z"
        tags = sorted({f"bench-{i % 5 + 1}", f"bench-{10 + i % 20}", f"bench-{30 + i % 70}", f"bench-{100 + i % 150}", f"bench-{250 + i % 250}"})
        body = ",".join(f'{{"type":"heading","level":2,"text":"Part {b} of {i}"}}' if b % 5 == 1 else
                        '{"type":"text","text":"' + (SENTENCE * 4).format(i=i, b=b) + '"}' for b in range(1, 11))
        yield (f'{{"type":"article","id":"{seed_id(2, i)}","slug":"bench-article-{i}","status":"published","published_at":"{at}","created_at":"{at}",'
               f'"title":"Bench article {i}","summary":"What happened, told in two sentences. It is number {i}.","body":[{body}],'
               f'"authors":["{seed_id(1, i % 50 + 1)}"],"section":"bench","show_in_related":true,"tags":{json.dumps(tags)}}}\n')


def pieces(lines, size=262144):
    held, n = [], 0
    for line in lines:
        held.append(line)
        n += len(line)
        if n >= size:
            yield "".join(held).encode()
            held, n = [], 0
    yield "".join(held).encode()


def post_import(s, lines):
    """Sends lines to POST /v1/import and reads its answer meanwhile; {status: count}."""
    c = http.client.HTTPConnection(*s.hostport, timeout=600)
    c.putrequest("POST", "/v1/import")
    for name, value in (("Authorization", "Bearer " + s.token), ("Content-Type", "application/x-ndjson"), ("Transfer-Encoding", "chunked")):
        c.putheader(name, value)
    c.endheaders()

    def send():
        for piece in pieces(lines):
            if piece:
                c.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        c.send(b"0\r\n\r\n")
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    statuses = {}
    for line in c.getresponse():
        status = re.search(rb'"status":"?(\w+)', line)
        key = status.group(1).decode() if status else line.decode()
        statuses[key] = statuses.get(key, 0) + 1
    sender.join()
    c.close()
    return statuses


# ---- pages -----------------------------------------------------------------------------------------------------------------

def deep_cursor(s, articles):
    """A cursor from the middle of the archive, found along a tag that every 250th article has."""
    client, path, seen = Client(s), f"/v1/articles?filter[tags]=bench-300&limit={max(1, min(200, articles // 500))}", 0
    while seen * 250 < articles / 2:
        page = json.loads(client.call("GET", path)[2])
        seen += len(page["data"])
        path = page["links"]["next"]
    return re.search(r"after=([^&]+)", path).group(1)


def medians_ms(s, paths, n):
    """{name: milliseconds} of {name: path}, asked for in turns."""
    client, took = Client(s), {name: [] for name in paths}
    for _ in range(n):
        for name, path in paths.items():
            t0 = time.monotonic()
            status, _, body = client.call("GET", path)
            took[name].append((time.monotonic() - t0) * 1000)
            assert status == 200 and len(json.loads(body)["data"]) == 20, body[:300]
    return {name: round(percentile(ms, 50), 3) for name, ms in took.items()}


def create_statement(s, psql):
    """What the server executes when it makes one article as CREATE_LUA does and nobody else waits (of several it is entry_create_each), as a
    script of pgbench: the same statement with the same parameters, but for what must differ from article to article."""
    body = {"title": "Made by load 1 1", "summary": "One of many", "body": [{"type": "text", "text": "What was said that day, and by whom. " * 60}],
            "tags": ["bench-1", "bench-10", "bench-30", "bench-100", "bench-250"]}
    with Logged(s, psql) as log:
        assert Client(s, s.token).call("POST", "/v1/articles", body)[0] == 201
        sql, params = [(sql, params) for name, sql, params in log.executed() if name.startswith("entry_create")][-1]
    title = "Made by load 1 1"
    assert title in params["$7"] and title in params["$8"] and title in params["$9"], params
    for p, kind in (("$7", "text"), ("$8", "json"), ("$9", "jsonb")):  # put together, so that they are read as often as the server's
        text = re.sub(r":(\w)", r"'||chr(58)||'\1", params[p])  # pgbench takes it for a variable
        params[p] = "(" + text.replace(title, "Made by pgbench ' || :n || ' ' || :m || '") + ")::" + kind
    params["$1"] = "gen_random_uuid()"
    params["$5"] = "'made-by-pgbench-' || :run || '-' || :n || '-' || :m"
    params["$10"] = ("array['bench-' || :t % 5 + 1, 'bench-' || 10 + :t % 20, 'bench-' || 30 + :t % 70, 'bench-' || 100 + :t % 150, "
                     "'bench-' || 250 + :t % 250]")
    return ("\\set n random(1, 1000000000)\n\\set m random(1, 1000000000)\n\\set t random(0, 10000)\n"
            + filled_in(sql, params).replace("\n", " ") + ";\n")


def git_version(root):
    r = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return r.stdout.strip()


if __name__ == "__main__":  # of Publisher
    publish_until_told(*sys.argv[1:])
