"""The zygote: a process that has imported what its workers need, and forks them ready except for their adapter."""

import _socket
import errno
import fcntl
import gc
import os
import sys

from . import _nursery as nursery, _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import flush_output
from ._descendants import launcher_of, put_mark, read_mark
from ._imported import ImportedFiles
from ._preload import Refusal, preload
from ._spawn import FIRST_CHANNEL, TARGETS, end_with_parent, place_descriptors
from ._values import loads_plain

MIN_DESCRIPTORS = 5  # the gate, then as for SPAWN
MAX_DESCRIPTORS = 6

# CPython takes small objects from pools, each for one size. A pool begins with a header.
SMALL = 512
POOL = 16_384 if sys.version_info >= (3, 10) else 4_096
POOL_HEADER = 48
IN_A_ROW = 6
MAX_FILLING = 1 << 19  # bytes per size

TWISTER_WORDS = 624  # of 32 bits: the state of the generator MT19937


def main() -> None:
    """Runs a zygote on its end of the launcher's socketpair, descriptor 3, until that is closed. Returns in each forked
    worker."""
    zygote = _Zygote()
    zygote.load()
    zygote.serve()
    from . import _worker
    _worker.main()


class _Zygote:
    __slots__ = ("_launcher", "_socket", "_collects", "_imported", "_filling")

    def __init__(self) -> None:
        self._launcher = os.getppid()
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, _reserve_channels())
        self._collects = True
        self._imported = ImportedFiles()
        self._filling = ()
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def load(self) -> None:
        """Imports the requested modules and reports the result."""
        told = loads_plain(self._receive()[3])
        _import_worker()  # first: it takes functions that a module may replace
        try:
            modules = preload(told["preload"], told["adapter"], told["python_path"])
        except Refusal as refusal:
            self._say(nursery.REFUSED, text=str(refusal))
            flush_output()
            os._exit(protocol.EXIT_BOOT_FAILED)
        self._imported.note()
        self._collects = gc.isenabled()
        gc.disable()
        gc.collect()
        self._filling = _fill_gaps()
        gc.freeze()  # else the first collection of each worker would write into every object and unshare its memory
        flush_output()
        self._say(nursery.READY, text=", ".join(modules))

    def serve(self) -> None:
        """Forks workers until the launcher ends. Returns in each worker."""
        while True:
            _, token, _, _, descriptors = self._receive()
            if self._fork(token, descriptors):
                self._become_worker(*descriptors)
                return
            for fd in descriptors:
                os.close(fd)

    def _fork(self, token: int, descriptors) -> bool:
        """Returns True in the new worker, whose parent has ended or is about to end, so that the launcher adopts it."""
        try:
            if len(descriptors) < MIN_DESCRIPTORS:  # the kernel drops those beyond RLIMIT_NOFILE
                raise OSError(errno.EMFILE, f"{len(descriptors)} of {MIN_DESCRIPTORS} descriptors arrived")
            changed = self._imported.find_changed()
            if changed is not None:
                self._say(nursery.OUTDATED, token, text=changed)
                return False
            parent = os.fork()
        except OSError as error:
            self._fail(token, error)
            return False
        if parent == 0:
            self._leave_worker(token)
            return True
        try:
            status = os.waitpid(parent, 0)[1]
        except ChildProcessError:
            # A module has SIGCHLD ignored. The child has ended, and has reported a failure itself.
            status = 0
        if status == 0:
            self._say(nursery.ADOPTED, token)
        else:
            text = f"the process between zygote and worker ended with status {status}"
            self._fail(token, OSError(errno.ECHILD, text))
        return False

    def _leave_worker(self, token: int) -> None:
        """Runs in the process between zygote and worker: forks the worker and ends. While it lives, the worker's pid
        cannot be reused."""
        try:
            os.setpgid(0, 0)  # the worker must not end with the zygote's group before it has its own
            mark = read_mark()
            if mark is not None:
                put_mark(launcher_of(mark) | token)
            worker = os.fork()
            if worker != 0:
                self._say(nursery.FORKED, token, worker, descriptors=(os.pidfd_open(worker),))
                os._exit(0)
        except OSError as error:
            self._fail(token, error)
            os._exit(1)

    def _become_worker(self, gate: int, data_in: int, data_out: int, output: int, control: int, *page: int) -> None:
        os.setsid()
        channels = (data_in, data_out, control, *page)
        place_descriptors(output, channels)
        for fd in (*range(FIRST_CHANNEL + len(channels), TARGETS), output, *channels):
            os.close(fd)
        self._socket.close()
        _seed_generators()
        _leave_resource_tracker()
        if not os.read(gate, 1):
            os._exit(protocol.EXIT_CHANNEL_LOST)  # the launcher does not know this worker
        os.close(gate)
        end_with_parent(self._launcher)
        if self._collects:
            gc.enable()

    def _receive(self):
        packet = nursery.receive(self._socket, MAX_DESCRIPTORS)
        if packet is None:
            os._exit(0)
        return packet

    def _say(self, operation: int, token: int = 0, number: int = 0, text: str = "", descriptors=()) -> None:
        try:
            payload = text.encode("utf-8", "backslashreplace")[:nursery.MAX_TEXT]
            nursery.send(self._socket, operation, token, number, payload, descriptors)
        except OSError:
            os._exit(protocol.EXIT_CHANNEL_LOST)

    def _fail(self, token: int, error: OSError) -> None:
        self._say(nursery.FAILED, token, error.errno or 0, error.strerror or str(error))


def _fill_gaps() -> "list[bytes]":
    """Fills the gaps that freed objects have left in CPython's pools. Otherwise the objects of a worker would fill
    these gaps, and each would unshare a page. Consecutive objects from the start of a pool show that the pool is
    new, so no gap of that size is left."""
    filling = []
    header = sys.getsizeof(b"")
    for size in range(48, SMALL, 16) if sys.implementation.name == "cpython" else ():
        row = 0
        for _ in range(MAX_FILLING // size):
            filling.append(bytes(size - header))
            place = id(filling[-1]) % POOL
            row = row + 1 if place == POOL_HEADER + row * size else int(place == POOL_HEADER)
            if row == IN_A_ROW:
                break
    return filling


def _reserve_channels() -> int:
    """Moves the socket away and occupies the descriptors of a worker's channels, so that no file that a module opens
    gets one of them."""
    socket = fcntl.fcntl(protocol.FD_LAUNCHER, fcntl.F_DUPFD_CLOEXEC, TARGETS)
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for fd in range(FIRST_CHANNEL, TARGETS):
        if fd != null:
            os.dup2(null, fd, inheritable=False)
    return socket


def _seed_generators() -> None:
    """Reseeds random generators that a fork would continue alike in every worker. Python's own reseeds itself."""
    numpy, torch = sys.modules.get("numpy.random"), sys.modules.get("torch")
    if hasattr(numpy, "set_state"):
        try:
            # seed() would compute a state from less randomness, with code that unshares a quarter of a megabyte.
            numpy.set_state(("MT19937", memoryview(os.urandom(4 * TWISTER_WORDS)).cast("I"), TWISTER_WORDS))
        except (TypeError, ValueError):  # another generator has taken its place
            numpy.seed()
    if hasattr(torch, "seed"):
        torch.seed()


def _leave_resource_tracker() -> None:
    """Forgets a resource tracker that a module has started: it is the zygote's, but a worker's registrations must be
    cleaned up at the worker's end."""
    tracker = getattr(sys.modules.get("multiprocessing.resource_tracker"), "_resource_tracker", None)
    fd = getattr(tracker, "_fd", None)
    if fd is not None:
        tracker._fd = tracker._pid = None
        os.close(fd)


def _import_worker() -> None:
    """Imports what a worker imports until it is ready, and what most workers need later."""
    from . import _catalogue, _conversions, _errors, _libraries, _marshal, _schema, _tagged, _worker
    import _ctypes
    import mmap
    import select
