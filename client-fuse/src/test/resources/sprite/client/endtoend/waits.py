"""waits.py HERE THERE: one process for each kind of system call, all begun at the same time.

HERE is a directory of the mount under test, THERE the same one on another host's mount, which makes what is used, so
that nothing of it is cached. Says "ready"; a line "go" on stdin begins the calls. Then every line "tell" is answered
with one line "KIND ERRNO SECONDS" for each call that has returned since, and "told"; "kill" kills all the others and says
"killed COUNT SECONDS" when the last process is gone.
"""
import ctypes
import fcntl
import os
import select
import signal
import struct
import sys
import time

here, there = sys.argv[1:3]
libc = ctypes.CDLL(None, use_errno=True)
kinds = {}


def kind(function):
    """A function of the kind's directory, here and there, which prepares and gives the call."""
    kinds[function.__name__] = function
    return function


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
    print("ready", len(kinds), flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word == "go":
            os.write(go[1], b"g" * len(kinds))
        elif word == "tell":
            some, _, _ = select.select([results[0]], [], [], 0.3)
            said = os.read(results[0], 1 << 16).decode() if some else ""
            print(said + "told", flush=True)
        elif word == "kill":
            print("killed %d %.3f" % kill_all(pids), flush=True)


def kill_all(pids):
    began = time.monotonic()
    killed = 0
    for pid in list(pids):
        if os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.kill(pid, signal.SIGKILL)
            killed += 1
        else:
            del pids[pid]
    for pid in pids:
        os.waitpid(pid, 0)
    pids.clear()
    return killed, time.monotonic() - began


main()
