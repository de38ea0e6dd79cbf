package sprite.client.endtoend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Locks of programs hold between hosts. {@code lockf} is Python's word for those of fcntl(2). */
@ExtendWith(OnTwoMounts.class)
final class LocksTest {
    /**
     * {@code start(function)}: runs it in a process of its own that says bytes with {@code say}; {@code hear(child)}:
     * the next of them. {@code waitsForLock(child)}: returns when the kernel has the process asleep in the mount.
     */
    private static final String CHILDREN = """
            import time

            def start(run):
                reading, writing = os.pipe()
                pid = os.fork()
                if pid == 0:
                    signal.signal(signal.SIGINT, signal.SIG_DFL)
                    signal.alarm(60)
                    try:
                        run(lambda word: os.write(writing, word))
                    finally:
                        os._exit(0)
                os.close(writing)
                return pid, reading

            def hear(child):
                return os.read(child[1], 1)

            def waitsForLock(child):
                deadline = time.monotonic() + 60
                while True:
                    with open("/proc/%d/wchan" % child[0]) as f:
                        where = f.read()
                    if "fuse" in where or "request_wait" in where:
                        return
                    assert time.monotonic() < deadline, "waits in " + where
                    time.sleep(0.001)

            def locker(path, word):
                def run(say):
                    file = open(path, "r+")
                    say(b"o")
                    lock(file, fcntl.LOCK_EX)
                    say(word)
                    signal.pause()
                return run

            put(A + "/f", b"x")
            """;

    private static void run(Place here, String kind, String program) throws Exception {
        here.python(CHILDREN + "lock = fcntl." + kind + "\n" + program);
    }

    /** The kernel tells of the last close later, and may give the next open file the address of the closed one. */
    @Test
    void keepsALockThatWasTakenRightAfterACloseThatGaveOneUp(Place here) throws Exception {
        run(here, "flock", """
                other = open(B + "/f", "r+")
                for _ in range(300):
                    with open(A + "/f", "r+") as file:
                        lock(file, fcntl.LOCK_EX)
                    with open(A + "/f", "r+") as file:
                        lock(file, fcntl.LOCK_EX)
                        refused(errno.EAGAIN, lock, other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flock", "lockf"})
    void refusesALockThatTheOtherHostHolds(String kind, Place here) throws Exception {
        run(here, kind, """
                held = open(A + "/f", "r+")
                lock(held, fcntl.LOCK_EX)
                def attempt(say):
                    with open(B + "/f", "r+") as file:
                        refused(errno.EAGAIN, lock, file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        refused(errno.EAGAIN, lock, file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    say(b"k")
                same(b"k", hear(start(attempt)))
                lock(held, fcntl.LOCK_UN)
                lock(open(B + "/f", "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flock", "lockf"})
    void passesTheLockOnWhenItsHolderDies(String kind, Place here) throws Exception {
        run(here, kind, """
                holder = start(locker(A + "/f", b"h"))
                same(b"oh", hear(holder) + hear(holder))
                waiter = start(locker(B + "/f", b"w"))
                same(b"o", hear(waiter))
                waitsForLock(waiter)
                os.kill(holder[0], signal.SIGKILL)
                same(b"w", hear(waiter))
                os.kill(waiter[0], signal.SIGKILL)
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flock", "lockf"})
    void interruptsAWaitAndHoldsNothingAfterwards(String kind, Place here) throws Exception {
        run(here, kind, """
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                    held = open(A + "/f", "r+")
                    lock(held, fcntl.LOCK_EX)
                    waiter = start(locker(B + "/f", b"w"))
                    same(b"o", hear(waiter))
                    waitsForLock(waiter)
                    begin = time.monotonic()
                    os.kill(waiter[0], number)
                    same(number, os.waitpid(waiter[0], 0)[1] & 0x7f)
                    assert time.monotonic() - begin < 20
                    lock(held, fcntl.LOCK_UN)
                    held.close()
                    with open(B + "/f", "r+") as file:
                        lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                """);
    }

    @Test
    void refusesTheWaitThatWouldNeverEnd(Place here) throws Exception {
        run(here, "lockf", """
                put(A + "/g", b"x")
                ours, theirs = open(B + "/g", "r+"), open(B + "/f", "r+")
                def cross(say):
                    first, second = open(A + "/f", "r+"), open(A + "/g", "r+")
                    lock(first, fcntl.LOCK_EX)
                    say(b"1")
                    try:
                        lock(second, fcntl.LOCK_EX)
                        say(b"2")
                    except OSError as refusal:
                        same(errno.EDEADLK, refusal.errno)
                        say(b"r")
                lock(ours, fcntl.LOCK_EX)
                other = start(cross)
                same(b"1", hear(other))
                signal.alarm(60)
                # Whoever asks last at the server is refused, and nobody here knows who that is.
                try:
                    lock(theirs, fcntl.LOCK_EX)
                    same(b"r", hear(other))
                except OSError as refusal:
                    same(errno.EDEADLK, refusal.errno)
                    lock(ours, fcntl.LOCK_UN)
                    same(b"2", hear(other))
                """);
    }

    @Test
    void locksRangesOfBytes(Place here) throws Exception {
        run(here, "lockf", """
                held = open(A + "/f", "r+")
                fcntl.lockf(held, fcntl.LOCK_EX, 10, 100)
                def attempt(say):
                    file = open(B + "/f", "r+")
                    refused(errno.EAGAIN, fcntl.lockf, file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 109)
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 100, 0)
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 0, 110)
                    say(b"k")
                same(b"k", hear(start(attempt)))
                """);
    }

    /** Locks of the open file, not of the process (F_OFD_SETLK): the kernel does not tell when they end. */
    @Test
    void givesTheLocksOfAnOpenFileUpWithItsLastDescriptor(Place here) throws Exception {
        run(here, "lockf", """
                import struct
                def ofd(file, operation, start=0, length=0):
                    fcntl.fcntl(file, operation, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, start, length, 0))
                signal.alarm(120)
                put(B + "/f", b"0123456789")
                for A, B in [(A, B), (B, A)] * 60:
                    other = open(B + "/f", "r+")
                    file = open(A + "/f", "r+")
                    ofd(file, fcntl.F_OFD_SETLKW, 0, 5)
                    copy = os.dup(file.fileno())
                    file.close()
                    refused(errno.EAGAIN, ofd, other, fcntl.F_OFD_SETLK, 4, 1)
                    ofd(other, fcntl.F_OFD_SETLKW, 5, 1)
                    again = open(A + "/f", "r+")
                    ofd(again, fcntl.F_OFD_SETLKW, 6, 1)
                    os.close(copy)
                    ofd(other, fcntl.F_OFD_SETLKW, 0, 5)
                    refused(errno.EAGAIN, ofd, other, fcntl.F_OFD_SETLK, 6, 1)
                    again.close()
                    ofd(other, fcntl.F_OFD_SETLKW)
                    other.close()
                """);
    }

    /** The lock belongs to the process, whose other thread gave up what it had before this one was granted. */
    @Test
    void givesUpALockThatWasGrantedAfterAnotherThreadsClose(Place here) throws Exception {
        run(here, "lockf", """
                import threading
                held = open(A + "/f", "r+")
                lock(held, fcntl.LOCK_EX)
                goReading, goWriting = os.pipe()
                def twoThreads(say):
                    file = open(B + "/f", "r+")
                    def openAndClose():
                        os.read(goReading, 1)
                        open(B + "/f", "r+").close()
                        say(b"c")
                    threading.Thread(target=openAndClose).start()
                    say(b"o")
                    lock(file, fcntl.LOCK_EX)
                    say(b"h")
                    os.read(goReading, 1)
                    file.close()
                    say(b"x")
                child = start(twoThreads)
                same(b"o", hear(child))
                waitsForLock(child)
                os.write(goWriting, b"g")
                same(b"c", hear(child))
                lock(held, fcntl.LOCK_UN)
                same(b"h", hear(child))
                refused(errno.EAGAIN, lock, held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.write(goWriting, b"g")
                same(b"x", hear(child))
                lock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                """);
    }
}
