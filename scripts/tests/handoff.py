"""handoff.py handoffs|appends|flock|fcntl A B COUNT   sharing between two mounts of one tree; exit status 0 if exact."""
import fcntl
import os
import struct
import sys

what, a, b, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
NAME = "/handoff-" + what


def write(path, flags, data, offset=None):
    fd = os.open(path, os.O_WRONLY | flags, 0o644)
    try:
        done = os.write(fd, data) if offset is None else os.pwrite(fd, data, offset)
        assert done == len(data)
    finally:
        os.close(fd)


def read(path):
    with open(path, "rb", buffering=0) as f:
        return f.read()


def handoffs():
    """One writes and closes, the other opens and reads, in turn, in each way in which a file can get new content."""
    expected = b""
    write(a + NAME, os.O_CREAT | os.O_TRUNC, b"")
    for i in range(count):
        writer, reader = (a, b) if i % 2 == 0 else (b, a)
        stamp = struct.pack("<Q", i + 1)
        way = (i // 2) % 4
        if way == 0:
            expected = stamp * (1 + i * 37 % 1500)
            write(writer + NAME, os.O_TRUNC, expected)
        elif way == 1:
            offset = i * 8 % len(expected) // 8 * 8
            expected = expected[:offset] + stamp + expected[offset + 8:]
            write(writer + NAME, 0, stamp, offset)
        elif way == 2:
            expected += stamp
            write(writer + NAME, os.O_APPEND, stamp)
        else:
            expected = stamp * (1 + i * 53 % 900)
            write(writer + NAME + ".new", os.O_CREAT | os.O_EXCL, expected)
            os.rename(writer + NAME + ".new", writer + NAME)
        size = os.stat(reader + NAME).st_size
        if size != len(expected):
            sys.exit(f"hand-off {i} (way {way}): stat says {size} bytes, {len(expected)} were written")
        found = read(reader + NAME)
        if found != expected:
            sys.exit(f"hand-off {i} (way {way}): read {len(found)} bytes that are not the {len(expected)} written")


def in_processes(bodies):
    """Runs each body in a process of its own, all at once; fails if one does."""
    go_read, go_write = os.pipe()
    children = []
    for body in bodies:
        pid = os.fork()
        if pid == 0:
            try:
                os.close(go_write)
                os.read(go_read, 1)  # ends when all are there and the parent closes the pipe
                body()
                os._exit(0)
            except BaseException as e:
                print(f"{what}: {e!r}", file=sys.stderr, flush=True)
                os._exit(1)
        children.append(pid)
    os.close(go_read)
    os.close(go_write)
    statuses = [os.waitpid(pid, 0)[1] for pid in children]
    if any(statuses):
        sys.exit(f"{what}: a process failed")


def appends():
    write(a + NAME, os.O_CREAT | os.O_TRUNC, b"")

    def appender(path, host):
        def body():
            fd = os.open(path, os.O_WRONLY | os.O_APPEND)
            for i in range(count):
                record = b"%d %07d " % (host, i)
                os.write(fd, record.ljust(63, b".") + b"\n")
            os.close(fd)
        return body

    in_processes([appender(a + NAME, 1), appender(b + NAME, 2)])
    wanted = sorted((host, i) for host in (1, 2) for i in range(count))
    for path in (a + NAME, b + NAME):
        lines = read(path).split(b"\n")[:-1]
        torn = [line for line in lines if len(line) != 63]
        if torn:
            sys.exit(f"appends: {len(torn)} torn records in {path}, the first {torn[0]!r}")
        found = sorted((int(line.split()[0]), int(line.split()[1])) for line in lines)
        if found != wanted:
            sys.exit(f"appends: {path} has {len(found)} records, not exactly the {len(wanted)} that were appended")


def counter(lock, unlock):
    write(a + NAME, os.O_CREAT | os.O_TRUNC, struct.pack("<Q", 0))

    def adder(path):
        def body():
            fd = os.open(path, os.O_RDWR)
            for _ in range(count):
                lock(fd)
                value, = struct.unpack("<Q", os.pread(fd, 8, 0))
                os.pwrite(fd, struct.pack("<Q", value + 1), 0)
                unlock(fd)
            os.close(fd)
        return body

    in_processes([adder(path) for path in (a + NAME, b + NAME, a + NAME, b + NAME)])
    for path in (a + NAME, b + NAME):
        value, = struct.unpack("<Q", read(path))
        if value != 4 * count:
            sys.exit(f"{what}: {path} counts {value}, not {4 * count}: updates were lost")


if what == "handoffs":
    handoffs()
elif what == "appends":
    appends()
elif what == "flock":
    counter(lambda fd: fcntl.flock(fd, fcntl.LOCK_EX), lambda fd: fcntl.flock(fd, fcntl.LOCK_UN))
elif what == "fcntl":
    counter(lambda fd: fcntl.lockf(fd, fcntl.LOCK_EX), lambda fd: fcntl.lockf(fd, fcntl.LOCK_UN))
else:
    sys.exit(f"unknown: {what}")
