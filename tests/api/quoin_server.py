"""A Quoin server under test: started in a data_dir of its own, found by <data_dir>/listen, ended and cleared away.

Works as root too, where everything but the master runs as another user.
"""
import atexit
import errno
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BINARY = os.environ.get("QUOIN_BIN") or os.path.join(ROOT, "build", "asan", "quoin")


class ServerError(Exception):
    pass


def processes():
    """{pid: (parent, title)} of everything that runs, from /proc (a minimal Debian has no ps)."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as f:
                parent = int(f.read().rpartition(b")")[2].split()[1])
            with open(f"/proc/{name}/cmdline", "rb") as f:
                title = f.read().replace(b"\0", b" ").strip().decode("utf-8", "replace")
        except OSError:
            continue  # it has just ended
        found[int(name)] = (parent, title)
    return found


def is_running(pid):
    """It is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def wait_until(condition, timeout=10.0, what="a condition"):
    """The first true value of condition(), asked for again and again."""
    until = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise ServerError(f"waited {timeout} s for {what}")
        time.sleep(0.01)


def make_template(binary=BINARY):
    """A folder with a migrated, stopped cluster in it, made once a run: copying it costs a fraction of an initdb."""
    if not _template:
        s = Server(binary=binary)
        atexit.register(remove_tree, s.top)
        r = s.run("migrate")
        if r.returncode != 0:
            raise ServerError(r.stderr)
        _template.append(s.data_dir)
    return _template[0]


_template = []


class Server:
    """`Server(**{"server.workers": 2})`; start() and stop(), or `with Server() as s`."""

    def __init__(self, directory=None, config=None, binary=BINARY, env=None, start_timeout=60.0, template=False, **sets):
        """`directory`: an existing data_dir or one to be made; None: a temporary one, removed by close(). `template`: with a cluster
        copied from one that was made before. `sets`: options as section__key=value or in a dict as {"section.key": value}; a later
        one wins."""
        self.binary = binary
        self.own_directory = directory is None
        self.top = tempfile.mkdtemp(prefix="quoin-", dir=os.environ.get("TMPDIR", "/tmp")) if self.own_directory else None
        if self.top:
            os.chmod(self.top, 0o755)  # the user that the server changes to must be let in
        self.data_dir = os.path.join(self.top, "var") if self.own_directory else os.path.abspath(directory)
        if template and self.own_directory:
            subprocess.run(["cp", "-a", make_template(binary), self.data_dir], check=True)
        self.config = config
        self.env = env or {}
        self.start_timeout = start_timeout
        self.sets = {"server.listen": "127.0.0.1:0", "server.workers": "2", "log.access": "off"}
        self.sets.update({k.replace("__", "."): str(v) for k, v in sets.items()})
        self.process = None
        self.log_path = os.path.join(self.top or tempfile.gettempdir(), f"quoin-{os.getpid()}-{id(self):x}.log")
        self._log = None
        self.pids = set()  # of this server, as far as they were seen

    # ---- starting and ending ----------------------------------------------------------------------------------------

    def command(self, *args):
        """The command line of `quoin ARGS` with this server's configuration."""
        line = [self.binary, *args]
        if self.config:
            line += ["-c", self.config]
        for key, value in {**self.sets, "database.data_dir": self.data_dir}.items():
            line += ["--set", f"{key}={value}"]
        return line

    def run(self, *args, **kw):
        """Runs a command to its end: `s.run("config", "show")`."""
        kw.setdefault("timeout", 120)
        return subprocess.run(self.command(*args), capture_output=True, text=True, env={**os.environ, **self.env}, cwd=ROOT, **kw)

    def add_token(self, role, name, *extra):
        """A new token of that role, by the command line."""
        r = self.run("token", "add", "--role", role, "--name", name, *extra)
        if r.returncode != 0:
            raise ServerError(f"token add: {r.stderr}")
        return r.stdout.strip()

    def sql(self, text):
        """What the embedded database says to this, asked as its owner."""
        line = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", os.path.join(self.data_dir, "pg"), "-p", "5432", "-U",
                "quoin_owner", "quoin", "-c", text]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()

    def spawn(self, stderr=None):
        """Starts it without waiting for it to be ready. `stderr`: a descriptor for its log, which log() does not see then."""
        assert self.process is None, "it runs"
        try:
            os.unlink(os.path.join(self.data_dir, "listen"))  # of one that was killed: what we wait for is the new one's
        except OSError:
            pass
        self._log = open(self.log_path, "ab")
        self.process = subprocess.Popen(self.command("serve"), stdin=subprocess.DEVNULL, stdout=self._log, stderr=stderr or self._log,
                                        env={**os.environ, **self.env}, cwd=ROOT, start_new_session=True)
        return self

    def start(self):
        """Starts it and waits until it answers."""
        self.spawn()
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def wait_ready(self):
        """Until <data_dir>/listen stands there, which comes last."""
        def ready():
            if self.process.poll() is not None:
                raise ServerError(f"quoin serve ended with {self.process.returncode}:\n{self.log()}")
            return bool(self.addresses())
        try:
            wait_until(ready, self.start_timeout, "quoin serve to be ready")
        except ServerError as e:
            raise ServerError(f"{e}\n{self.log()}") from None
        self.family()

    def stop(self, sig=signal.SIGTERM, timeout=60.0):
        """Asks it to end and waits. Returns its exit status."""
        if self.process is None:
            return None
        self.family()
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            text = self.log()
            self.kill()
            raise ServerError(f"it did not end within {timeout} s:\n{text}") from None
        self._ended()
        return status

    def kill(self):
        """SIGKILL to the whole tree at once, the database too."""
        if self.process is None:
            return
        pids = [self.process.pid, *self.family()]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGSTOP)  # nobody brings anybody back meanwhile
            except ProcessLookupError:
                pass
        pids = {*pids, *self.family()}
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        wait_until(lambda: not any(is_running(p) for p in pids), 20, "the killed processes to be gone")
        self._ended()

    def _ended(self):
        self.process = None
        if self._log:
            self._log.close()
            self._log = None

    def close(self):
        """Ends it and removes what was temporary."""
        try:
            self.stop()
        finally:
            self.kill()
            if self.own_directory:
                remove_tree(self.top)
            elif os.path.exists(self.log_path):
                os.unlink(self.log_path)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # ---- looking at it ----------------------------------------------------------------------------------------------

    def addresses(self):
        """The addresses in use; empty before it is ready."""
        try:
            with open(os.path.join(self.data_dir, "listen")) as f:
                return f.read().split()
        except OSError:
            return []

    @property
    def address(self):
        return next(a for a in self.addresses() if not a.startswith("unix:"))

    @property
    def url(self):
        return "http://" + self.address

    @property
    def hostport(self):
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def token(self):
        with open(os.path.join(self.data_dir, "admin.token")) as f:
            return f.read().strip()

    def connect(self, timeout=10.0):
        """A TCP connection of one's own."""
        return socket.create_connection(self.hostport, timeout)

    def request(self, method, path, body=None, headers=None, timeout=10.0):
        """(status, headers, body) over a new connection, without any library's help or cookies."""
        c = http.client.HTTPConnection(*self.hostport, timeout=timeout)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def family(self):
        """{pid: title} of all that descends from the master, PostgreSQL's processes included."""
        if self.process is None:
            return {}
        everybody, found, level = processes(), {}, {self.process.pid}
        while level:
            level = {pid for pid, (parent, _) in everybody.items() if parent in level and pid not in found}
            found.update({pid: everybody[pid][1] for pid in level})
        self.pids |= set(found)
        return found

    def pids_of(self, title):
        """Pids of the children with that title, "worker" for all of them; in order of their number or age."""
        wanted = f"quoin: {title}"
        return [pid for pid, t in sorted(self.family().items(), key=lambda i: (i[1], i[0])) if t == wanted or t.startswith(wanted + " ")]

    def pid_of(self, title):
        """The one pid; waits for it, as it may just be coming back."""
        return wait_until(lambda: self.pids_of(title), 10, f"quoin: {title}")[0]

    def postmaster(self):
        """Pid of the embedded PostgreSQL, or None."""
        try:
            with open(os.path.join(self.data_dir, "pg", "postmaster.pid")) as f:
                pid = int(f.readline())
        except (OSError, ValueError):
            return None
        return pid if is_running(pid) else None

    def left_behind(self):
        """Pids that were this server's and still run."""
        return [p for p in self.pids if is_running(p)]


def second_node(one, **sets):
    """Another `quoin serve` over the embedded database of `one`, not started. Without plugins and with few connections: that database has
    them for one node and ten more, of which this one takes eight."""
    host = urllib.parse.quote(os.path.join(one.data_dir, "pg"), safe="")
    url = "postgresql://{}@/quoin?host=" + host + "&port=5432"
    sets = {"plugins__load": "", "database__slow_connections": 2, "database__write_connections": 2, **sets}
    return Server(binary=one.binary, server__workers=1, database__url=url.format("quoin"), database__migrate_url=url.format("quoin_owner"), **sets)


def remove_tree(path):
    """Removes a folder whose files may belong to others."""
    for attempt in range(20):
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.exists(path):
            return
        time.sleep(0.1)  # a last file was just being written
    raise OSError(errno.ENOTEMPTY, "cannot be removed", path)


def have_user(name):
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
