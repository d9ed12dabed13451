#!/usr/bin/env python3
"""make bench: Quoin beside nginx and pgbench, on the same cores, in alternating runs.

usage: bench.py [--rows cached,cpu,…] [--articles N] [--rounds N] [--seconds N] [--out DIR]

The load comes from core 1, what is measured runs on core 0 (rows say where it is otherwise). A figure counts only where the core of
what is measured was the busy one; the others are marked. Where only Quoin had something left beside an nginx that had not, the ratio
says too little of Quoin: a goal that is reached counts then, one that is missed does not. Writes bench.md and bench.json.
"""
import argparse
import glob
import hashlib
import json
import os
import platform
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
os.environ.setdefault("QUOIN_BIN", os.path.join(ROOT, "build", "quoin"))
sys.path.insert(0, os.path.join(ROOT, "tests", "api"))
from quoin_server import Server, second_node, wait_until  # noqa: E402
from parts import (CREATE_LUA, Client, Logged, Publisher, Varnish, create_statement, deep_cursor, first_200, git_version, idle_share, measure_front,  # noqa: E402
                   measure_staleness, medians_ms, percentile, post_import, seed_lines, stampede, statement_of)
import quotes  # noqa: E402

SERVER_CORE, LOAD_CORE = 0, 1
BUSY = 0.95  # of a core: less is not the server's limit
PG_BIN = "/usr/lib/postgresql/15/bin"
TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- processes -------------------------------------------------------------------------------------------------------------

def cpu_s(pid):
    """Seconds of CPU that a process has used, by its threads' nanoseconds where the kernel tells them."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
        return total / 1e9
    except (OSError, ValueError, IndexError):
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_of_all(s):
    """Seconds of CPU of all that belongs to a server, sessions that have ended included, and of the loads that ran here."""
    postmaster = [pid for pid, title in s.family().items() if "/bin/postgres " in title or title.startswith("postgres -D")]
    with open(f"/proc/{postmaster[0]}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(cpu_s(pid) for pid in s.family()) + (int(fields[13]) + int(fields[14])) / TICKS + ours.ru_utime + ours.ru_stime


def with_all(s, fn):
    """The same measurement with the CPU of everybody who had a part in it, the load included."""
    def run():
        before, t0, idle = cpu_of_all(s), time.monotonic(), idle_share()
        r = fn()
        took = time.monotonic() - t0
        r.machine = 1 - idle_share(idle)
        time.sleep(0.3)  # sessions that ended are counted
        r.all_us = (cpu_of_all(s) - before) / max(r.rate * took, 1) * 1e6
        return r
    return run


def full(r, goal):
    """The machine was full beside pgbench, and beside Quoin or it reached the goal with something left."""
    return r["pgbench"]["machine"] >= BUSY and (r["quoin"]["machine"] >= BUSY or r["quoin"]["rate"] >= goal * r["pgbench"]["rate"])


def pin(pids, core):
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            try:
                os.sched_setaffinity(int(task), core if isinstance(core, set) else {core})
            except ProcessLookupError:
                pass


def behind(pids):
    """These run only where nobody else wants to (SCHED_IDLE, which needs no rights), and what they start does."""
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            try:
                os.sched_setscheduler(int(task), os.SCHED_IDLE, os.sched_param(0))
            except ProcessLookupError:
                pass


def other_load():
    """Runnable processes beside this one's: a machine that others work on measures worse."""
    return os.getloadavg()[0]


# ---- load ------------------------------------------------------------------------------------------------------------------

class Run:
    """One measurement: requests a second, the share of a core that the measured processes had, their CPU a request."""

    def __init__(self, rate, share, cpu_us, p99_ms=None, errors=0):
        self.rate, self.share, self.cpu_us, self.p99_ms, self.errors, self.all_us = rate, share, cpu_us, p99_ms, errors, None


def wrk(url, pids, seconds, connections=64, threads=1, cores=LOAD_CORE, script=None, headers=(), first=False):
    """`first`: it has its core the moment it wants it (a real-time class, as root), as what measures single delays has to."""
    line = ["taskset", "-c", str(cores), "wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--latency"]
    if first and os.geteuid() == 0:
        line = ["chrt", "-f", "10", *line]
    for h in headers:
        line += ["-H", h]
    if script:
        line += ["-s", script]
    before = sum(map(cpu_s, pids))
    out = subprocess.run([*line, url], capture_output=True, text=True, check=True).stdout
    used = sum(map(cpu_s, pids)) - before
    n, took, unit = re.search(r"(\d+) requests in ([\d.]+)(s|m)\b", out).groups()
    n, took = int(n), float(took) * (60 if unit == "m" else 1)  # without the time in which wrk began and ended
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    broken = re.search(r"Socket errors: (.*)", out)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", out)
    errors = int(bad.group(1)) if bad else 0
    if broken:
        errors += sum(map(int, re.findall(r"\d+", broken.group(1))))
    p99_ms = float(p99.group(1)) * {"us": 0.001, "ms": 1, "s": 1000}[p99.group(2)] if p99 else None
    return Run(n / took, used / took, used / max(n, 1) * 1e6, p99_ms, errors)


def pgbench(s, script, seconds, clients, threads=1, pids=(), defines=(), cores=None, protocol="prepared"):
    line = [f"{PG_BIN}/pgbench" if os.path.exists(f"{PG_BIN}/pgbench") else "pgbench", "-n", "-M", protocol, "-f", script, "-T", str(seconds), "-c", str(clients), "-j",
            str(threads), "-h", pg_host(s), "-p", "5432", "-U", "quoin"]
    for d in defines:
        line += ["-D", d]
    if cores is not None:
        line = ["taskset", "-c", str(cores), *line]
    before, t0 = sum(map(cpu_s, pids)), time.monotonic()
    r = subprocess.run([*line, "quoin"], capture_output=True, text=True, env={**os.environ, "PGOPTIONS": "-c search_path=quoin"})
    if r.returncode:
        raise SystemExit(r.stderr)
    took, used = time.monotonic() - t0, sum(map(cpu_s, pids)) - before
    rate = float(re.search(r"tps = ([\d.]+)", r.stdout).group(1))
    return Run(rate, used / took, used / max(rate * took, 1) * 1e6)


# ---- PostgreSQL ------------------------------------------------------------------------------------------------------------

def pg_host(s):
    return os.path.join(s.data_dir, "pg")


def psql(s, sql=None, file=None, user="quoin_owner", **defines):
    line = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", pg_host(s), "-p", "5432", "-U", user, "quoin"]
    for k, v in defines.items():
        line += ["-v", f"{k}={v}"]
    r = subprocess.run([*line, "-f", file or "-"], input=sql, capture_output=True, text=True)
    if r.returncode:
        raise SystemExit(r.stderr)
    return r.stdout.strip()


def pg_pids(s):
    return [pid for pid, title in s.family().items() if title.startswith("postgres")]


def seed(s, articles, step=10000):
    """Fills `s`, which runs, with articles. Returns how many a second."""
    t0 = time.monotonic()
    for first in range(1, articles + 1, step):
        psql(s, file=os.path.join(HERE, "seed.sql"), first=first, last=min(first + step - 1, articles))
        if articles > step:
            say(f"  {min(first + step - 1, articles)} of {articles} articles")
    rate = articles / (time.monotonic() - t0)
    psql(s, "vacuum analyze")
    return rate


def seed_by_import(s, articles):
    """The same articles through POST /v1/import. Returns how many a second."""
    t0 = time.monotonic()
    statuses = post_import(s, seed_lines(1, articles))
    rate = articles / (time.monotonic() - t0)
    if set(statuses) - {"created", "201", "ok"}:
        raise SystemExit(f"import: {statuses}")
    psql(s, "vacuum analyze")
    return rate


class Seeded:
    """Data folders with articles, made once a run and kept in the given folder where there is one."""

    def __init__(self, folder, load="sql"):
        self.folder, self.load, self.rates = folder, load, {}
        files = sorted(glob.glob(os.path.join(ROOT, "sql", "*.sql"))) + [os.path.join(HERE, "seed.sql")]
        self.schema = hashlib.sha256(b"".join(open(f, "rb").read() for f in files)).hexdigest()[:8]

    def path(self, articles):
        path = os.path.join(self.folder, f"seeded-{articles}-{self.load}-{self.schema}")
        if not os.path.isdir(path):
            say(f"seeding {articles} articles by {self.load}")
            s = Server(**{"server.workers": 2, "plugins.load": ""})
            try:
                s.start()
                self.rates[articles] = seed(s, articles) if self.load == "sql" else seed_by_import(s, articles)
                s.stop()
                subprocess.run(["cp", "-a", s.data_dir, path + ".part"], check=True)
                os.rename(path + ".part", path)
            finally:
                s.close()
            say(f"seeded: {self.rates[articles]:.0f} articles a second")
        return path

    def server(self, articles, **sets):
        s = Server(**sets)
        subprocess.run(["cp", "-a", self.path(articles), s.data_dir], check=True)
        return s


# ---- nginx -----------------------------------------------------------------------------------------------------------------

NGINX = """
daemon off;
master_process on;
worker_processes 1;
pid {top}/nginx.pid;
error_log {top}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    gzip_static on;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path {top}; proxy_temp_path {top}; fastcgi_temp_path {top}; uwsgi_temp_path {top}; scgi_temp_path {top};
    server {{
        listen 127.0.0.1:{port} reuseport;
        root {top}/www;
    }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """One worker on the server's core that serves given bytes from disk."""

    def __init__(self, files):
        self.top = tempfile.mkdtemp(prefix="quoin-bench-nginx-")
        os.chmod(self.top, 0o755)
        os.mkdir(os.path.join(self.top, "www"))
        for name, data in files.items():
            with open(os.path.join(self.top, "www", name), "wb") as f:
                f.write(data)
        self.port = free_port()
        conf = os.path.join(self.top, "nginx.conf")
        with open(conf, "w") as f:
            f.write(NGINX.format(top=self.top, port=self.port))
        binary = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
        self.process = subprocess.Popen([binary, "-c", conf, "-p", self.top], stderr=subprocess.DEVNULL)

        def up():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until(up, 10, "nginx")

        def workers():  # it listens before it has one
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
                return [int(p) for p in f.read().split()]
        self.workers = wait_until(workers, 10, "nginx's worker")
        pin(self.workers, SERVER_CORE)
        self.url = f"http://127.0.0.1:{self.port}/"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.top, ignore_errors=True)


# ---- rows ------------------------------------------------------------------------------------------------------------------

class Bench:
    def __init__(self, o):
        self.o = o
        self.top = o.seeded or tempfile.mkdtemp(prefix="quoin-bench-")
        os.makedirs(self.top, exist_ok=True)
        os.chmod(self.top, 0o755)
        self.data = Seeded(self.top, o.load)
        self.rows = []

    def row(self, name, what, goal, value, unit, right, **more):
        ok = goal[1] <= value if goal[0] == ">=" else value <= goal[1]
        r = {"row": name, "what": what, "goal": f"{goal[0]} {goal[1]} {unit}".strip(), "value": round(value, 3), "unit": unit, "met": bool(ok),
             "counts": bool(right), "load": round(other_load(), 2), **more}
        self.rows.append(r)
        say(f"{name}: {value:.3f} {unit} (goal {r['goal']}: {'met' if ok else 'MISSED'}{'' if right else '; does not count: the core was not the busy one'}) "
            + json.dumps(more))

    def compare(self, sides, rounds):
        """Alternating runs of {name: function}: the median rate and the median CPU of each, and whether each had its core."""
        runs = {name: [] for name in sides}
        for _ in range(rounds):
            for name, fn in sides.items():
                runs[name].append(fn())
        out = {}
        for name, rs in runs.items():
            out[name] = {"rate": round(statistics.median(r.rate for r in rs)), "cpu_us": round(statistics.median(r.cpu_us for r in rs), 2),
                         "share": round(statistics.median(r.share for r in rs), 3), "errors": sum(r.errors for r in rs),
                         "cpu_us_each": [round(r.cpu_us, 2) for r in rs]}
            if all(r.p99_ms is not None for r in rs):
                out[name]["p99_ms"] = round(statistics.median(r.p99_ms for r in rs), 3)
            if all(r.all_us is not None for r in rs):
                out[name]["all_us"] = round(statistics.median(r.all_us for r in rs), 1)
                out[name]["machine"] = round(statistics.median(r.machine for r in rs), 3)
        return out

    def server(self, articles=None, **sets):
        return self.data.server(articles or self.o.articles, **{"server.max_requests_per_connection": 0, "plugins.load": self.o.plugins, **sets})

    def pin_worker(self, s):
        """The one worker has the server's core, what else there is of Quoin and PostgreSQL the other."""
        pin([pid for pid in s.family()], LOAD_CORE)
        workers = s.pids_of("worker")
        pin(workers, SERVER_CORE)
        return workers

    # -- reading from the cache

    def cached_beside_nginx(self, path, gzip=False, ready=None, **sets):
        """(bytes of the body, what compare() found) for Quoin from its cache and nginx with the same bytes from its disk."""
        o = self.o
        h = {"Accept-Encoding": "gzip"} if gzip else {}
        with self.server(**{"server.workers": 1, **sets}) as s:
            if ready:
                ready(s)
            body = s.request("GET", path)[2]
            files = {"body.json": body}
            if gzip:
                wait_until(lambda: (r := s.request("GET", path, headers=h)) and r[1]["Content-Encoding"] == "gzip", 10, "the coded form")
                files["body.json.gz"] = body = s.request("GET", path, headers=h)[2]
            with Nginx(files) as n:
                workers, lines = self.pin_worker(s), [f"{k}: {v}" for k, v in h.items()]
                r = self.compare({"quoin": lambda: wrk(s.url + path, workers, o.seconds, headers=lines),
                                  "nginx": lambda: wrk(n.url + "body.json", n.workers, o.seconds, headers=lines)}, o.rounds)
        return len(body), r

    def beside_nginx(self, name, what, goal, n, r):
        q, x = r["quoin"], r["nginx"]
        value = q["rate"] / x["rate"]
        right = x["share"] >= BUSY and (q["share"] >= BUSY or value >= goal) and not q["errors"]
        self.row(name, what, (">=", goal), value, "× nginx", right, bytes=n, by_cpu=round(x["cpu_us"] / q["cpu_us"], 3), **r)

    def cached(self):
        self.beside_nginx("cached", "a published article, cached, one worker, one core", 1.3, *self.cached_beside_nginx("/v1/articles/bench-article-77"))

    def page(self):
        """What readers get: HTML with its byline and five related articles, by the plugins html and recommend; as browsers ask for it, gzip."""
        path = "/articles/bench-article-77"

        def ready(s):  # the index has been read, and what was made meanwhile is made anew
            wait_until(lambda: b"You Might Also Like" in s.request("GET", path)[2], 60, "the page with what is related")
        sets = {"plugins.load": "recommend, html", "plugins.must_load": "recommend, html"}
        n, r = self.cached_beside_nginx(path, True, ready, **sets)
        with self.server(**{"server.workers": 1, "cache.enabled": "off", **sets}) as s:
            ready(s)
            r["not_cached"] = vars(with_all(s, lambda: wrk(s.url + path, self.pin_worker(s), self.o.seconds))())
        self.beside_nginx("page", "the HTML page of a published article with what is related, cached, gzip", 1.2, n, r)

    def list_cached(self):
        """Coded, as front ends ask for it: 64 KB plain keep wrk busier than any server. Those are compared by CPU."""
        path = "/v1/articles?filter[tags]=bench-3&limit=20"
        self.beside_nginx("list-cached", "a list of 20 by tag, cached, gzip", 1.2, *self.cached_beside_nginx(path, gzip=True))
        n, r = self.cached_beside_nginx(path)
        self.row("list-cached-plain", "the same not coded, by CPU a request", (">=", 1.2), r["nginx"]["cpu_us"] / r["quoin"]["cpu_us"], "× nginx",
                 not r["quoin"]["errors"], bytes=n, **r)

    def cpu(self):
        """Two workers and one, both times on one core with the load on the other: three busy processes on two cores would measure how the kernel
        shares those out. Beside it, as `apart`, two workers on a core each, half idle, with the load on one of them."""
        o, path = self.o, "/v1/articles/bench-article-77"
        pace = self.script("pace", "function delay() return 1 end\n")
        with self.server(**{"server.workers": 1}) as one, self.server(**{"server.workers": 2}) as two:
            for s in (one, two):
                pin(list(s.family()), LOAD_CORE)
                for _ in range(8):
                    s.request("GET", path)

            def run(s, cores, **more):
                workers = s.pids_of("worker")
                for pid, core in zip(workers, cores):
                    pin([pid], core)
                return wrk(s.url + path, workers, o.seconds, **more)
            both = [SERVER_CORE, LOAD_CORE]
            r = self.compare({"one": lambda: run(one, [SERVER_CORE]), "two": lambda: run(two, [SERVER_CORE] * 2),
                              "one_apart": lambda: run(one, [SERVER_CORE], connections=32, script=pace),
                              "two_apart": lambda: run(two, both, script=pace)}, o.rounds)
        def paired(two, one):
            """Of what was run one after the other: a host that changes its speed from one second to the next changes it for both."""
            return statistics.median(a / b for a, b in zip(r[two]["cpu_us_each"], r[one]["cpu_us_each"]))
        self.row("cpu", "CPU a request, two workers against one", ("<=", 1.05), paired("two", "one"), "×",
                 not r["two"]["errors"] and not r["one"]["errors"], of_medians=round(r["two"]["cpu_us"] / r["one"]["cpu_us"], 3),
                 apart=round(paired("two_apart", "one_apart"), 3), **r)

    # -- reading from the database

    def uncached(self):
        o = self.o
        with self.server(**{"server.workers": 1, "cache.enabled": "off"}) as s:
            script = self.random_script("article", "/v1/articles/bench-article-", o.articles)
            text = statement_of(s, psql, "/v1/articles/bench-article-4711", "live_by_slug")
            sql = self.sql_file("article.sql", f"\\set i random(1, {o.articles})\n" + text.replace("'{bench-article-4711}'::text[]", "array['bench-article-' || :i::text]") + ";\n")
            assert "|| :i" in open(sql).read(), text
            r = self.both_cores(s, script, sql, 64, 8)
        self.row("uncached", "the same, cache off, random ones, against pgbench -M prepared with the same statement", (">=", 1.2),
                 r["quoin"]["rate"] / r["pgbench"]["rate"], "× pgbench", full(r, 1.2), **r)

    def both_cores(self, s, script, sql, connections, clients):
        """Both cores for all: Quoin with wrk and PostgreSQL, pgbench with PostgreSQL."""
        o, host = self.o, s.url
        quoin = lambda: wrk(host, s.pids_of("worker"), o.seconds, connections=connections, cores="0,1", script=script)  # noqa: E731
        other = lambda: pgbench(s, sql, o.seconds, clients, 2)  # noqa: E731
        r = self.compare({"quoin": with_all(s, quoin), "pgbench": with_all(s, other)}, o.rounds)
        r["by_cpu"] = round(r["pgbench"]["all_us"] / r["quoin"]["all_us"], 3)
        return r

    def script(self, name, text):
        path = os.path.join(self.top, name + ".lua")
        with open(path, "w") as f:
            f.write(text)
        return path

    def random_script(self, name, prefix, n, suffix="", first=1):
        """Written out: wrk.format makes the load a third dearer."""
        return self.script(name, f'function init() math.randomseed(7) end\nfunction request()\n    return "GET {prefix}" .. math.random({first}, {n}) .. '
                                 f'"{suffix} HTTP/1.1\\r\\nHost: bench\\r\\n\\r\\n"\nend\n')

    def sql_file(self, name, text):
        path = os.path.join(self.top, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def list_uncached(self):
        o = self.o
        with self.server(**{"server.workers": 1, "cache.enabled": "off"}) as s:
            path = "/v1/articles?filter[tags]=bench-{}&limit=20"
            sql = statement_of(s, psql, path.format(3), "entry_tag")
            sql = re.sub(":(MI|SS)", r"'||chr(58)||'\1", sql)  # pgbench takes them for variables
            script = self.random_script("list", "/v1/articles?filter[tags]=bench-", 99, "&limit=20", 30)
            text = "\\set i random(30, 99)\n" + sql.replace("'{bench-3}'::text[]", "array['bench-' || :i::text]") + ";\n"
            assert "|| :i" in text, sql
            r = self.both_cores(s, script, self.sql_file("list.sql", text), 64, 8)
        self.row("list", "a list of 20 by tag, cache off, against pgbench on the server's own SQL", (">=", 0.9), r["quoin"]["rate"] / r["pgbench"]["rate"],
                 "× pgbench", full(r, 0.9), **r)

    def import_(self):
        """NDJSON through POST /v1/import into an empty server of its own."""
        o = self.o
        with Server(**{"server.workers": 2, "plugins.load": o.plugins}) as s:
            before = sum(map(cpu_s, s.pids_of("worker"))), sum(map(cpu_s, pg_pids(s)))
            rate = seed_by_import(s, o.articles)
            after = sum(map(cpu_s, s.pids_of("worker"))), sum(map(cpu_s, pg_pids(s)))
        self.row("import", f"{o.articles} articles of 3 KB imported as NDJSON", (">=", 0), rate, "lines/s", True,
                 worker_us=round((after[0] - before[0]) / o.articles * 1e6, 1), database_us=round((after[1] - before[1]) / o.articles * 1e6, 1))

    def warm(self, s, script, n):
        """What fits into memory comes into memory: until each article was likely read, twice over."""
        read = 0
        while read < 2 * n:
            read += wrk(s.url, s.pids_of("worker"), 10, script=script, cores="0,1").rate * 10

    def million(self):
        """Both archives stand at once and are read in turns: what the machine does meanwhile happens to both."""
        o, sides = self.o, {}
        sets = {"server.workers": 1, "cache.enabled": "off"}
        with self.server(10000, **sets) as few, self.server(o.many, **sets) as many:
            for name, n, s in (("few", 10000, few), ("many", o.many, many)):
                script = self.random_script(f"article-{n}", "/v1/articles/bench-article-", n)
                self.warm(s, script, n)
                sides[name] = lambda s=s, script=script: wrk(s.url, s.pids_of("worker"), o.seconds, script=script, cores="0,1")
            got = self.compare({name: with_all(s, sides[name]) for name, s in (("few", few), ("many", many))}, o.rounds)
            cursor, page = deep_cursor(many, o.many), "/v1/articles?limit=20"
            pages = medians_ms(many, {"first_ms": page, "deep_ms": f"{page}&after={cursor}", "deep_before_ms": f"{page}&before={cursor}",
                                      "deep_by_tag_ms": f"{page}&filter[tags]=bench-3&after={cursor}"}, 300)
        by_cpu = round(got["few"]["all_us"] / got["many"]["all_us"], 3)
        self.row("deep", f"a page of 20 in the middle of {o.many} articles against the first one", ("<=", 1.5), pages["deep_ms"] / pages["first_ms"], "×", True,
                 **pages)
        self.row("million", f"{o.many} articles against 10000, uncached single reads", (">=", 0.85), got["many"]["rate"] / got["few"]["rate"], "×", True,
                 seeded_per_s={k: round(v) for k, v in self.data.rates.items()}, by_cpu=by_cpu, **got)

    # -- writing

    def create(self):
        o = self.o
        with self.server(**{"server.workers": 1}) as s:
            token = s.token
            lua = os.path.join(self.top, "create.lua")
            with open(lua, "w") as f:
                f.write(CREATE_LUA % token)
            counter = iter(range(1, 1000))
            sql = self.sql_file("create.sql", create_statement(s, psql))
            quoin = lambda: wrk(s.url + "/v1/articles", s.pids_of("worker"), o.seconds, connections=8, cores="0,1", script=lua)  # noqa: E731
            other = lambda: pgbench(s, sql, o.seconds, 8, 2, defines=[f"run={next(counter)}"])  # noqa: E731
            r = self.compare({"quoin": with_all(s, quoin), "pgbench": with_all(s, other)}, o.rounds)
            r["by_cpu"] = round(r["pgbench"]["all_us"] / r["quoin"]["all_us"], 3)
        self.row("create", "creating an article with five tags, 8 connections, fsync on, against pgbench calling the server's entry_create, each time by itself", (">=", 0.9),
                 r["quoin"]["rate"] / r["pgbench"]["rate"], "× pgbench", not r["quoin"]["errors"], **r)

    def publishing(self):
        """p99 of cached reads while 50 articles a second are published. The load is one that leaves time (at its limit p99 says how long the queue
        is, and nothing else); the worker has its core, and everything else the other, where it runs when wrk does not: it is the server's delays that are looked
        for, not those of a client that waits for its core."""
        o, n = self.o, 1000
        script = self.script("paced-random", f'''
function init() math.randomseed(7) end
function request() return wrk.format("GET", "/v1/articles/bench-article-" .. math.random(1, {n})) end
function delay() return 1 end
''')
        quiet, busy, done = [], [], 0
        with self.server(**{"server.workers": 1}) as s:
            client = Client(s)
            for i in range(1, n + 1):
                client.call("GET", f"/v1/articles/bench-article-{i}")
            workers = self.pin_worker(s)
            behind([pid for pid in s.family() if pid not in workers])

            def run():
                return wrk(s.url, workers, o.seconds, connections=16, script=script, first=True)
            for _ in range(o.rounds):
                quiet.append(run())
                p = Publisher(s, 50, 5000 + done, LOAD_CORE)
                behind([p.process.pid])
                busy.append(run())
                done += p.stop()
        a, b = (statistics.median(r.p99_ms for r in rs) for rs in (quiet, busy))
        per_s = done / (o.rounds * o.seconds)
        self.row("publishing", "p99 of cached reads while 50 articles a second are published, against without", ("<=", 2), b / a, "×", 45 <= per_s,
                 quiet_p99_ms=a, busy_p99_ms=b, published_per_s=round(per_s, 1), reads_per_s=round(statistics.median(r.rate for r in busy)),
                 quiet_all_ms=[r.p99_ms for r in quiet], busy_all_ms=[r.p99_ms for r in busy])

    def front(self):
        """publish acknowledged → Varnish in front serves it, purged by key."""
        port = free_port()
        with self.server(**{"server.workers": 1, "server.trusted_proxies": "127.0.0.1", "cache.purge_urls": f"http://127.0.0.1:{port}/"}) as s:
            with Varnish(ROOT, s, port) as v:
                ms = measure_front(s, v, self.o.publishes)
        self.row("front", "publish acknowledged → served by Varnish in front", ("<=", 100), percentile(ms, 99), "ms", True,
                 median_ms=round(statistics.median(ms), 2), worst_ms=round(max(ms), 2), n=len(ms))

    def staleness(self):
        """publish acknowledged → the other worker and a second node serve it."""
        with self.server(**{"server.workers": 2}) as one:
            with second_node(one) as two:
                got = measure_staleness(one, two, self.o.publishes)
        old = got.pop("same")
        self.row("staleness-same", "first answers of the acknowledging worker that were old", ("<=", 0), old, "answers", True)
        for where, ms in got.items():
            self.row(f"staleness-{where}", f"publish acknowledged → served by {where}", ("<=", 20), percentile(ms, 99), "ms", True,
                     median_ms=round(statistics.median(ms), 2), worst_ms=round(max(ms), 2), n=len(ms))

    # -- sizes and times

    def memory(self):
        o = self.o
        with self.server(**{"server.workers": 1, "cache.bytes": 16 * 1024 * 1024}) as s:
            script = self.random_script("all", "/v1/articles/bench-article-", min(o.articles, 10000))
            wrk(s.url, s.pids_of("worker"), o.seconds, script=script, cores="0,1")
            for i in range(1, min(o.articles, 10000) + 1):
                if i % 1000 == 1:
                    client = Client(s)
                client.call("GET", f"/v1/articles/bench-article-{i}")
            with open(f"/proc/{s.pids_of('worker')[0]}/smaps_rollup") as f:
                pss = int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1)) / 1024
        cache = 16  # less than what was served, so that it is full
        self.row("memory", "a worker's PSS less its configured cache, 10,000 articles served", ("<=", 24), pss - cache, "MB", True, pss_mb=round(pss, 1),
                 cache_mb=cache)

    def start(self):
        ms = []
        s = self.server(**{"server.workers": 1})
        try:
            s.start()
            s.request("GET", "/v1/articles/bench-article-7")
            s.stop()
            s.sets["server.listen"] = f"127.0.0.1:{free_port()}"
            hostport = s.sets["server.listen"].split(":")
            for _ in range(max(5, self.o.rounds)):
                t0 = time.monotonic()
                s.spawn()
                while True:
                    try:
                        if first_200(hostport[0], int(hostport[1])):
                            break
                    except OSError:
                        pass
                    time.sleep(0.001)
                ms.append((time.monotonic() - t0) * 1000)
                s.wait_ready()
                s.stop()
        finally:
            s.close()
        self.row("start", "start on a cleanly stopped embedded database → first 200 with an article", ("<=", 200), statistics.median(ms), "ms", True,
                 all_ms=[round(m) for m in ms])

    def stampede(self):
        with self.server(**{"server.workers": 1}) as s:
            with Logged(s, psql) as log:
                statuses = stampede(s, "/v1/articles/bench-article-4242", 500)
                queries = sum(name == "live_by_slug" or "published" in sql for name, sql, _ in log.executed())
        self.row("stampede", "500 clients ask for one uncached thing: queries", ("<=", 1), queries, "queries", statuses == {200: 500}, statuses=statuses)


ROWS = {"cached": Bench.cached, "page": Bench.page, "cpu": Bench.cpu, "uncached": Bench.uncached, "list-cached": Bench.list_cached, "list": Bench.list_uncached, "create": Bench.create,
        "publishing": Bench.publishing, "front": Bench.front, "staleness": Bench.staleness, "memory": Bench.memory, "start": Bench.start, "import": Bench.import_, "million": Bench.million,
        "stampede": Bench.stampede,
        **quotes.rows(cpu_s)}


# ---- the table -------------------------------------------------------------------------------------------------------------

def cpu_name():
    with open("/proc/cpuinfo") as f:
        found = re.search(r"model name\s*: (.*)", f.read())
    return found.group(1) if found else platform.machine()


def about(plugins=""):
    return {"plugins": plugins or "none", "date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": git_version(ROOT), "cpu": cpu_name(), "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30), "kernel": platform.release()}


def markdown(about, rows):
    lines = [f"{about['date']}, commit {about['commit']}, {about['cpu']}, {about['cores']} cores, {about['memory_gb']} GB, Linux {about['kernel']}, plugins: {about['plugins']}", "",
             "| what | goal | measured | |", "| --- | --- | --- | --- |"]
    for r in rows:
        verdict = ("met" if r["met"] else "missed") if r["counts"] else "does not count: its core was not the busy one"
        if (r["date"], r["commit"]) != (about["date"], about["commit"]):
            verdict += f" ({r['date']}, {r['commit']})"
        lines.append(f"| {r['what']} | {r['goal']} | {r['value']} {r['unit']} | {verdict} |")
    return "\n".join(lines) + "\n"


def write(out, rows, plugins):
    """Rows of this run take the place of those of their name; the others stay, with the day and the commit they are of."""
    head = about(plugins)
    for r in rows:
        r.update(date=head["date"], commit=head["commit"])
    os.makedirs(out, exist_ok=True)
    path = os.path.join(out, "bench.json")
    try:
        with open(path) as f:
            old = {r["row"]: r for r in json.load(f)["rows"] if "commit" in r}
    except (OSError, ValueError, KeyError):
        old = {}
    merged = [*{**old, **{r["row"]: r for r in rows}}.values()]
    with open(path, "w") as f:
        json.dump({**head, "rows": merged}, f, indent=2)
    with open(os.path.join(out, "bench.md"), "w") as f:
        f.write(markdown(head, merged))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--rows", default="", help="some of: " + ",".join(ROWS))
    p.add_argument("--articles", type=int, default=10000)
    p.add_argument("--many", type=int, default=1000000, help="of the row `million`")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=int, default=4)
    p.add_argument("--publishes", type=int, default=300, help="of the row `staleness`")
    p.add_argument("--load", default="sql", choices=("sql", "import"), help="how the articles come into the database: sets of rows, or POST /v1/import")
    p.add_argument("--plugins", default="", help="loaded in every row; none if not given: what a plugin does costs what it costs")
    p.add_argument("--out", default=os.path.join(ROOT, "build", "bench"))
    p.add_argument("--seeded", help="a folder in which seeded data is kept from run to run")
    o = p.parse_args()
    wanted = [r for r in o.rows.split(",") if r] or list(ROWS)
    for r in wanted:
        if r not in ROWS:
            p.error(f"there is no row {r}; there are {', '.join(ROWS)}")
    b = Bench(o)
    try:
        for r in wanted:
            ROWS[r](b)
            write(o.out, b.rows, o.plugins)
    finally:
        if not o.seeded:
            shutil.rmtree(b.top, ignore_errors=True)
    with open(os.path.join(o.out, "bench.md")) as f:
        print(f.read())
    return 0 if all(r["met"] for r in b.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
