"""A gate before a cluster's socket: sessions of applications that it holds are taken, and nothing is said to them until they may pass."""
import os
import socket
import struct
import threading

from cluster import folder
from quoin_server import remove_tree


class Gate:
    """`Gate(cluster, "quoin worker")` holds sessions whose application_name begins so."""

    def __init__(self, cluster, *held):
        self.cluster = cluster
        self.held = {name: threading.Event() for name in held}  # set: they may pass
        self.seen = []  # applications that were held, in order
        self.top = folder()
        self.listener = socket.socket(socket.AF_UNIX)
        path = os.path.join(self.top, f".s.PGSQL.{cluster.port}")
        self.listener.bind(path)
        os.chmod(path, 0o777)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, user="quoin"):
        return self.cluster.url(user).replace(self.cluster.top.replace("/", "%2F"), self.top.replace("/", "%2F"))

    def open(self, *names):
        """For these of those that are held, else for all."""
        for name in names or self.held:
            self.held[name].set()

    def close(self):
        self.open()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        remove_tree(self.top)

    def _accept(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one):
        with one:
            try:
                begin = self._start_up(one)
            except (OSError, struct.error):
                return  # it asked only whether somebody is there
            name = self._application(begin)
            for prefix, may_pass in self.held.items():
                if name.startswith(prefix):
                    self.seen.append(name)
                    may_pass.wait()
            with socket.socket(socket.AF_UNIX) as other:
                try:
                    other.connect(os.path.join(self.cluster.top, f".s.PGSQL.{self.cluster.port}"))
                    other.sendall(begin)
                except OSError:
                    return
                back = threading.Thread(target=self._pass, args=(other, one), daemon=True)
                back.start()
                self._pass(one, other)
                back.join()

    @staticmethod
    def _start_up(one):
        """The first message, which begins with its length (a Unix socket has no question about TLS before it)."""
        begin = b""
        while len(begin) < 4 or len(begin) < struct.unpack("!I", begin[:4])[0]:
            more = one.recv(8192)
            if not more:
                raise OSError("it has gone")
            begin += more
        return begin

    @staticmethod
    def _application(begin):
        words = begin[8:].split(b"\0")
        return dict(zip(words[::2], words[1::2])).get(b"application_name", b"").decode()

    @staticmethod
    def _pass(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
