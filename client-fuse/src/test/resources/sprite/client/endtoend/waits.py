"""waits.py HERE THERE WITH: one process for each kind of system call, all begun at the same time.

HERE is a directory of the mount under test, THERE the same one on another host's mount, which makes what is used, so
that nothing of it is cached. WITH names what the mount has, separated by commas: "kernel" for what only that driver can,
"pages" for shared mappings; and "full" for nothing but what fills the cache. Says "ready COUNT" and the kinds that are
left out for what the mount has not; a line "go" on stdin begins the calls. Then every line "tell" is answered
with one line "KIND ERRNO SECONDS" for each call that has returned since, and "told"; "kill" kills all the others and says
"killed COUNT SECONDS" when the last process is gone.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import resource
import select
import signal
import struct
import sys
import threading
import time

here, there = sys.argv[1:3]
has = sys.argv[3].split(",")
libc = ctypes.CDLL(None, use_errno=True)
kinds = {}
left_out = []

# Kinds whose calls are loads and stores: there SIGBUS is what ETIMEDOUT is elsewhere.
faults = []


def kind(function, needs=None):
    """A function of the kind's directory, here and there, which prepares and gives the call."""
    if (needs == "full") == ("full" in has):
        if needs is None or needs in has:
            kinds[function.__name__] = function
        else:
            left_out.append(function.__name__)
    return function


def kernel_kind(function):
    """What the other driver cannot do: it says so at once, or the kernel does something else."""
    return kind(function, "kernel")


def pages_kind(function):
    return kind(function, "pages")


def full_kind(function):
    return kind(function, "full")


def fault(function):
    faults.append(function.__name__)
    return function


def did(result):
    """What a call of C has returned; OSError if it failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def make(path, data=b"x"):
    with open(path, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())


def known(path):
    try:
        os.lstat(path)
    except FileNotFoundError:
        pass
    return path


@kind
def stat(h, t):
    make(t + "/f")
    known(h)
    return lambda: os.stat(h + "/f")


@kind
def lstat_absent(h, t):
    known(h)
    return lambda: os.lstat(h + "/absent")


@kind
def access(h, t):
    make(t + "/f")
    known(h)
    return lambda: os.access(h + "/f", os.R_OK) or missing()


def missing():
    """access(2) of Python hides the error number."""
    libc.access((h_of("access") + "/f").encode(), os.R_OK)
    raise OSError(ctypes.get_errno(), "access")


def h_of(name):
    return os.path.join(here, name)


@kind
def open_read(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.open(h + "/f", os.O_RDONLY)


@kind
def open_write(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.open(h + "/f", os.O_WRONLY)


@kind
def open_truncate(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.open(h + "/f", os.O_WRONLY | os.O_TRUNC)


@kind
def create(h, t):
    known(h + "/f")
    return lambda: os.open(h + "/f", os.O_CREAT | os.O_WRONLY)


@kind
def read_cold(h, t):
    make(t + "/f", bytes(1 << 20))
    fd = os.open(h + "/f", os.O_RDONLY)
    return lambda: os.pread(fd, 4096, 512 << 10)


@kind
def write_uncached(h, t):
    make(t + "/f")
    theirs = os.open(t + "/f", os.O_RDWR)
    fd = os.open(h + "/f", os.O_RDWR)
    os.pwrite(fd, b"both", 0)
    return lambda: (os.pwrite(fd, b"write", 0), theirs)


@kind
def read_uncached(h, t):
    make(t + "/f")
    theirs = os.open(t + "/f", os.O_RDWR)
    fd = os.open(h + "/f", os.O_RDWR)
    os.pwrite(fd, b"both", 0)
    return lambda: (os.pread(fd, 4, 0), theirs)


def dirty(h):
    fd = os.open(h + "/f", os.O_CREAT | os.O_RDWR, 0o644)
    os.write(fd, b"dirty")
    return fd


@kind
def fsync(h, t):
    fd = dirty(h)
    return lambda: os.fsync(fd)


@kind
def fdatasync(h, t):
    fd = dirty(h)
    return lambda: os.fdatasync(fd)


@kind
def fsync_directory(h, t):
    fd = os.open(h, os.O_RDONLY)
    return lambda: os.fsync(fd)


@kind
def at_once_close_dirty(h, t):
    fd = dirty(h)
    return lambda: os.close(fd)


@kind
def close_locked(h, t):
    fd = dirty(h)
    fcntl.lockf(fd, fcntl.LOCK_EX)
    return lambda: os.close(fd)


@kind
def mkdir(h, t):
    known(h + "/d")
    return lambda: os.mkdir(h + "/d")


@kind
def rmdir(h, t):
    os.mkdir(t + "/d")
    known(h + "/d")
    return lambda: os.rmdir(h + "/d")


@kind
def unlink(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.unlink(h + "/f")


@kind
def rename(h, t):
    make(t + "/f")
    known(h + "/f")
    known(h + "/g")
    return lambda: os.rename(h + "/f", h + "/g")


@kind
def link(h, t):
    make(t + "/f")
    known(h + "/f")
    known(h + "/g")
    return lambda: os.link(h + "/f", h + "/g")


@kind
def symlink(h, t):
    known(h + "/l")
    return lambda: os.symlink("target", h + "/l")


@kind
def readlink(h, t):
    os.symlink("target", t + "/l")
    known(h + "/l")
    return lambda: os.readlink(h + "/l")


@kind
def mknod(h, t):
    known(h + "/p")
    return lambda: os.mkfifo(h + "/p")


@kind
def chmod(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.chmod(h + "/f", 0o600)


@kind
def chown(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.chown(h + "/f", 1000, 1000)


@kind
def utimens(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.utime(h + "/f", (1, 1))


@kind
def truncate(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.truncate(h + "/f", 0)


@kind
def ftruncate(h, t):
    fd = dirty(h)
    return lambda: os.ftruncate(fd, 2)


@kind
def fallocate(h, t):
    fd = dirty(h)
    return lambda: os.posix_fallocate(fd, 0, 8192)


@kind
def setxattr(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.setxattr(h + "/f", "user.a", b"b")


@kind
def getxattr(h, t):
    make(t + "/f")
    os.setxattr(t + "/f", "user.a", b"b")
    known(h + "/f")
    return lambda: os.getxattr(h + "/f", "user.a")


@kind
def listxattr(h, t):
    make(t + "/f")
    os.setxattr(t + "/f", "user.a", b"b")
    known(h + "/f")
    return lambda: os.listxattr(h + "/f")


@kind
def removexattr(h, t):
    make(t + "/f")
    os.setxattr(t + "/f", "user.a", b"b")
    known(h + "/f")
    return lambda: os.removexattr(h + "/f", "user.a")


@kind
def readdir(h, t):
    os.mkdir(t + "/d")
    make(t + "/d/f")
    known(h + "/d")
    return lambda: os.listdir(h + "/d")


@kind
def statfs(h, t):
    known(h)
    return lambda: os.statvfs(h)


@kind
def flock(h, t):
    fd = dirty(h)
    return lambda: fcntl.flock(fd, fcntl.LOCK_EX)


@kind
def setlk(h, t):
    fd = dirty(h)
    return lambda: fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


@kind
def setlkw(h, t):
    fd = dirty(h)
    return lambda: fcntl.lockf(fd, fcntl.LOCK_EX)


@kind
def getlk(h, t):
    fd = dirty(h)
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    return lambda: fcntl.fcntl(fd, fcntl.F_GETLK, wanted)


@kind
def unlock_flock(h, t):
    fd = dirty(h)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return lambda: fcntl.flock(fd, fcntl.LOCK_UN)


@kind
def unlock(h, t):
    fd = dirty(h)
    fcntl.lockf(fd, fcntl.LOCK_EX)
    return lambda: fcntl.lockf(fd, fcntl.LOCK_UN)


def shared(h, t, flags=os.O_RDWR):
    """A file that both hosts write, so that neither caches it."""
    make(t + "/f")
    theirs = os.open(t + "/f", os.O_RDWR)
    fd = os.open(h + "/f", flags)
    os.write(fd, b"both")
    return fd, theirs


@kind
def statx_birth(h, t):
    fd, theirs = shared(h, t)
    birth_and_size, empty_path = 0x800 | 0x200, 0x1000
    return lambda: (did(libc.statx(fd, b"", empty_path, birth_and_size, ctypes.create_string_buffer(256))), theirs)


@kind
def append_uncached(h, t):
    fd, theirs = shared(h, t, os.O_WRONLY | os.O_APPEND)
    return lambda: (os.write(fd, b"more"), theirs)


@kind
def at_once_append(h, t):
    make(t + "/f")
    fd = os.open(h + "/f", os.O_WRONLY | os.O_APPEND)
    return lambda: os.write(fd, b"more")


@kind
def at_once_write_middle(h, t):
    make(t + "/f", bytes(1 << 20))
    fd = os.open(h + "/f", os.O_RDWR)
    return lambda: os.pwrite(fd, b"middle", (512 << 10) + 100)


@kind
def at_once_readdir_continued(h, t):
    os.mkdir(t + "/d")
    for n in range(200):
        os.symlink("x", "%s/d/%0200d" % (t, n))
    names = os.scandir(h + "/d")
    next(names)
    return lambda: list(names)


ACL = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in (
    (0x01, 6, 0xFFFFFFFF), (0x02, 6, 1000), (0x04, 4, 0xFFFFFFFF), (0x10, 6, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF)))


@kind
def set_acl(h, t):
    make(t + "/f")
    known(h + "/f")
    return lambda: os.setxattr(h + "/f", "system.posix_acl_access", ACL)


@kind
def at_once_get_acl(h, t):
    make(t + "/f")
    os.setxattr(t + "/f", "system.posix_acl_access", ACL)
    known(h + "/f")
    return lambda: os.getxattr(h + "/f", "system.posix_acl_access")


@kind
def execve(h, t):
    make(t + "/f", b"#!/bin/true\n")
    os.chmod(t + "/f", 0o755)
    known(h + "/f")
    return lambda: os.execv(h + "/f", ["f"])


def cold(h, t, flags):
    """A file of 1 MiB of which nothing is cached here."""
    make(t + "/f", b"x" * (1 << 20))
    return os.open(h + "/f", flags)


@fault
@kind
def load_private(h, t):
    pages = mmap.mmap(cold(h, t, os.O_RDONLY), 1 << 20, mmap.MAP_PRIVATE, mmap.PROT_READ)
    return lambda: pages[512 << 10]


@fault
@pages_kind
def load_shared(h, t):
    pages = mmap.mmap(cold(h, t, os.O_RDONLY), 1 << 20, mmap.MAP_SHARED, mmap.PROT_READ)
    return lambda: pages[512 << 10]


@fault
@pages_kind
def store_shared(h, t):
    pages = mmap.mmap(cold(h, t, os.O_RDWR), 1 << 20, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)

    def store():
        pages[512 << 10] = 1

    return store


@pages_kind
def msync(h, t):
    pages = mmap.mmap(cold(h, t, os.O_RDWR), 1 << 20, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    pages[0] = 1
    return lambda: pages.flush(0, mmap.PAGESIZE)


@kernel_kind
def seek_data(h, t):
    fd = cold(h, t, os.O_RDONLY)
    return lambda: os.lseek(fd, 0, os.SEEK_DATA)


@kernel_kind
def seek_hole(h, t):
    fd = cold(h, t, os.O_RDONLY)
    return lambda: os.lseek(fd, 0, os.SEEK_HOLE)


@kernel_kind
def copy_range(h, t):
    source = cold(h, t, os.O_RDONLY)
    make(t + "/g")
    target = os.open(h + "/g", os.O_WRONLY)
    return lambda: os.copy_file_range(source, target, 65536)


@kernel_kind
def tmpfile(h, t):
    known(h)
    return lambda: os.open(h, os.O_TMPFILE | os.O_RDWR)


def renameat2(h, flags):
    return did(libc.renameat2(-100, (h + "/f").encode(), -100, (h + "/g").encode(), flags))


@kernel_kind
def rename_noreplace(h, t):
    make(t + "/f")
    known(h + "/f")
    known(h + "/g")
    return lambda: renameat2(h, 1)


@kernel_kind
def rename_exchange(h, t):
    make(t + "/f")
    make(t + "/g")
    known(h + "/f")
    known(h + "/g")
    return lambda: renameat2(h, 2)


@full_kind
def write_full(h, t):
    """More than a small cache may have of what is not home."""
    fd = dirty(h)

    def fill():
        for _ in range(1024):
            os.write(fd, bytes(64 << 10))

    return fill


def outcome(call):
    began = time.monotonic()
    try:
        call()
        error = 0
    except OSError as e:
        error = e.errno
    return error, time.monotonic() - began


def child(name, begun, go, results):
    call = kinds[name](h_of(name), os.path.join(there, name))
    os.write(begun, b".")
    os.read(go, 1)
    error, seconds = outcome(call)
    os.write(results, b"%s %d %.3f\n" % (name.encode(), error, seconds))
    os._exit(0)


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    begun, go, results = os.pipe(), os.pipe(), os.pipe()
    pids = {}
    for name in kinds:
        os.mkdir(os.path.join(there, name))
        os.chmod(os.path.join(there, name), 0o777)
    for name in kinds:
        pid = os.fork()
        if pid == 0:
            try:
                child(name, begun[1], go[0], results[1])
            except BaseException as e:
                os.write(2, ("%s cannot begin: %r\n" % (name, e)).encode())
                os.write(results[1], b"%s -1 0\n" % name.encode())
                os.write(begun[1], b".")
            os._exit(1)
        pids[pid] = name
    for _ in kinds:
        os.read(begun[0], 1)
    print("ready", len(kinds), *left_out, flush=True)
    reapers = []
    for line in sys.stdin:
        word = line.strip()
        if word == "go":
            began = time.monotonic()
            os.write(go[1], b"g" * len(kinds))
            for pid, name in pids.items():
                if name in faults:
                    reapers.append(threading.Thread(target=reap, args=(pid, name, began, results[1])))
                    reapers[-1].start()
        elif word == "tell":
            some, _, _ = select.select([results[0]], [], [], 0.3)
            said = os.read(results[0], 1 << 16).decode() if some else ""
            print(said + "told", flush=True)
        elif word == "kill":
            print("killed %d %.3f" % kill_all(pids, reapers), flush=True)


def reap(pid, name, began, results):
    """Waits for the end of a process that loads or stores."""
    end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    if end.si_code != os.CLD_EXITED and end.si_status == signal.SIGBUS:
        os.write(results, b"%s %d %.3f\n" % (name.encode(), errno.ETIMEDOUT, time.monotonic() - began))


def kill_all(pids, reapers):
    began = time.monotonic()
    killed = 0
    for pid in pids:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            os.kill(pid, signal.SIGKILL)
            killed += 1
    for reaper in reapers:
        reaper.join()
    for pid in pids:
        os.waitpid(pid, 0)
    pids.clear()
    return killed, time.monotonic() - began


main()
