"""A PostgreSQL of the test's own and streaming standbys of it: Unix sockets only, one folder, gone with the test."""
import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

from quoin_server import is_running, processes, remove_tree, wait_until

USER = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
AS_USER = {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if USER else {}


def bindir():
    for tool in ("pg_config", "/usr/lib/postgresql/15/bin/pg_config"):
        if shutil.which(tool):
            where = subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
            if os.path.exists(os.path.join(where, "initdb")):
                return where
    found = [v for v in sorted(os.listdir("/usr/lib/postgresql"), key=int) if os.path.exists(f"/usr/lib/postgresql/{v}/bin/initdb")]
    return f"/usr/lib/postgresql/{found[-1]}/bin"


def run(*line, **kw):
    r = subprocess.run([os.path.join(bindir(), line[0]), *line[1:]], capture_output=True, text=True, timeout=60, **AS_USER, **kw)
    assert r.returncode == 0, f"{line}: {r.stdout}{r.stderr}"
    return r.stdout


def folder():
    top = tempfile.mkdtemp(prefix="pg-", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(top, 0o755)
    if USER:
        shutil.chown(top, USER)
    return top


def initdb(where):
    run("initdb", "-D", where, "-A", "trust", "-U", "postgres", "--no-sync", "--no-locale", "-E", "UTF8", cwd=os.path.dirname(where))


def template():
    """A cluster that was never started: copying it costs a fraction of an initdb."""
    if not _template:
        _template.append(os.path.join(folder(), "new"))
        atexit.register(remove_tree, os.path.dirname(_template[0]))
        initdb(_template[0])
    return _template[0]


_template = []


class Cluster:
    """Every statement that it executes stands in its log. All have one system identifier, but those with one of their `own`."""

    def __init__(self, name="primary", of=None, own=False, **settings):
        self.top = of.top if of else folder()
        self.name, self.of, self.made, self.process = name, of, [], None
        self.port = settings.pop("port", 6000 + (len(of.made) + 1 if of else 0))
        self.dir, self.log_path = os.path.join(self.top, name), os.path.join(self.top, name + ".log")
        if of:
            of.made.append(self)
            run("pg_basebackup", "-h", self.top, "-p", str(of.port), "-U", "postgres", "-D", self.dir, "-R", "-X", "stream", "-c", "fast", cwd=self.top)
        elif own:
            initdb(self.dir)
        else:
            subprocess.run(["cp", "-a", template(), self.dir], check=True)
        settings = {"listen_addresses": "", "unix_socket_directories": self.top, "port": self.port, "shared_buffers": "16MB", "max_connections": 60,
                    "wal_level": "replica", "max_wal_senders": 8, "hot_standby_feedback": "off", "log_statement": "all", "log_line_prefix": "%a: ",
                    "wal_receiver_status_interval": "1s", "wal_retrieve_retry_interval": "100ms", **settings}
        with open(os.path.join(self.dir, "postgresql.conf"), "a") as f:
            f.writelines(f"{k} = '{v}'\n" for k, v in settings.items())

    def standby(self, name="standby", **settings):
        return Cluster(name, of=self, **settings).start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([os.path.join(bindir(), "postgres"), "-D", self.dir], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.top, start_new_session=True, **AS_USER)
        wait_until(lambda: self.try_sql("select 1") == "1", 20, self.name + " to start")
        return self

    def backends(self):
        return [pid for pid, (parent, _) in processes().items() if self.process and parent == self.process.pid]

    def kill(self):
        """At once, with all its processes."""
        if not self.process:
            return
        pids = [self.process.pid, *self.backends()]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        wait_until(lambda: not any(is_running(p) for p in pids), 20, "the killed processes to be gone")
        self.process = None

    def freeze(self):
        self.frozen = [self.process.pid, *self.backends()]
        for pid in self.frozen:
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in self.frozen:
            if is_running(pid):
                os.kill(pid, signal.SIGCONT)

    def close(self):
        for one in self.made:
            one.close()
        self.kill()
        if not self.of:
            remove_tree(self.top)

    def url(self, user="quoin", **more):
        return f"postgresql://{user}@/quoin?" + urllib.parse.urlencode({"host": self.top, "port": self.port, **more})

    def psql(self, sql, db="postgres"):
        line = ["psql", "-X", "-q", "-A", "-t", "-h", self.top, "-p", str(self.port), "-U", "postgres", "-d", db, "-c", sql]
        return subprocess.run(line, capture_output=True, text=True, timeout=60)

    def sql(self, sql, db="quoin"):
        r = self.psql(sql, db)
        assert r.returncode == 0, f"{sql}: {r.stderr}"
        return r.stdout.strip()

    def try_sql(self, sql, db="postgres"):
        return self.psql(sql, db).stdout.strip()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def executed(self, *names):
        """How often these prepared statements were executed there so far; names of lists begin with q_."""
        text = self.log()
        return sum(text.count(f"execute {name}") for name in names)

    def caught_up(self, primary):
        """Until it has replayed what the primary has written so far."""
        at = primary.sql("select pg_current_wal_flush_lsn()")
        wait_until(lambda: self.sql(f"select pg_last_wal_replay_lsn() >= '{at}'") == "t", 20, "the standby to catch up")
