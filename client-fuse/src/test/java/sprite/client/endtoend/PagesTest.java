package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pages that a kernel keeps of what host B has open to read are never out of date. */
@ExtendWith(OnTwoMounts.class)
final class PagesTest {
    @Test
    void areReadWithoutTheDaemon(Place here, TwoMounts mounts) throws Exception {
        assumeTrue(System.getProperty("driver") == null); // else B may be on another one
        here.python("put(A + '/f', b'x' * 1_000_000); get(B + '/f')");
        long before = mounts.cacheCounter("b", "readByPrograms");
        here.python("""
                for i in range(100):
                    same(b"x" * 1_000_000, get(B + "/f"))
                """);
        long read = mounts.cacheCounter("b", "readByPrograms") - before;
        assertTrue(read < 3_000_000, read + " bytes came from the daemon");
    }

    @Test
    void followEachHandOffWhileTheReaderStaysOpen(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"%08d" % 0)
                b = os.open(B + "/f", os.O_RDONLY)
                for i in range(500):
                    fd = os.open(A + "/f", os.O_WRONLY)
                    os.pwrite(fd, b"%08d" % i, 0)
                    if i % 3 == 0:
                        same(b"%08d" % i, os.pread(b, 100, 0))
                    os.close(fd)
                    same(b"%08d" % i, os.pread(b, 100, 0))
                    same(b"%08d" % i, os.pread(b, 100, 0))
                """);
    }

    @Test
    void areDroppedBeforeAnotherHostsWriteReturns(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"0" * 20_000)
                b = os.open(B + "/f", os.O_RDONLY)
                same(b"0" * 20_000, os.pread(b, 20_000, 0))
                a = os.open(A + "/f", os.O_RDWR)
                for i in range(5_000):
                    os.pwrite(a, b"%08d" % i, i % 4 * 4_096)
                    same(b"%08d" % i, os.pread(b, 8, i % 4 * 4_096))
                    if i % 10 == 0:
                        same(b"%08d" % i, os.pread(b, 8, i % 4 * 4_096))
                """);
    }

    @Test
    void neverShowAnOlderValueThanWasSeen(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"%08d" % 0)
                b = [os.open(B + "/f", os.O_RDONLY) for _ in range(3)]
                a = os.open(A + "/f", os.O_RDWR)
                seen, over, failed = [0], [False], []

                def watch(fd):
                    try:
                        while not over[0]:
                            least = seen[0]
                            value = int(os.pread(fd, 8, 0))
                            assert value >= least, (value, least)
                            seen[0] = max(seen[0], value)
                    except BaseException as e:
                        failed.append(e)

                readers = [threading.Thread(target=watch, args=(fd,)) for fd in b + [a]]
                for reader in readers:
                    reader.start()
                for i in range(2_000):
                    os.pwrite(a, b"%08d" % i, 0)
                    seen[0] = max(seen[0], i)
                over[0] = True
                for reader in readers:
                    reader.join()
                same([], failed)
                """);
    }

    @Test
    void followLocalWritersToo(Place here) throws Exception {
        here.python("""
                put(B + "/f", b"%08d" % 0)
                readers = [os.open(B + "/f", os.O_RDONLY) for _ in range(2)]
                writer = os.open(B + "/f", os.O_RDWR)
                seen, over, failed = [0], [False], []

                def watch(fd):
                    try:
                        while not over[0]:
                            least = seen[0]
                            value = int(os.pread(fd, 8, 0))
                            assert value >= least, (value, least)
                            seen[0] = max(seen[0], value)
                    except BaseException as e:
                        failed.append(e)

                threads = [threading.Thread(target=watch, args=(fd,)) for fd in readers + [writer]]
                for thread in threads:
                    thread.start()
                for i in range(10_000):
                    if i == 5_000:
                        other = os.open(A + "/f", os.O_RDWR)
                    os.pwrite(writer, b"%08d" % i, 0)
                    seen[0] = max(seen[0], i)
                over[0] = True
                for thread in threads:
                    thread.join()
                same([], failed)
                """);
    }

    @Test
    void showInMappings(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"0" * 10_000)
                with open(B + "/f", "rb") as f:
                    shared = mmap.mmap(f.fileno(), 10_000, mmap.MAP_SHARED, mmap.PROT_READ)
                    private = mmap.mmap(f.fileno(), 10_000, mmap.MAP_PRIVATE, mmap.PROT_READ)
                a = os.open(A + "/f", os.O_RDWR) # the descriptor at B is closed, the mappings remain
                for i in range(500):
                    os.pwrite(a, b"%08d" % i, i % 2 * 5_000)
                    same(b"%08d" % i, shared[i % 2 * 5_000:][:8])
                    same(b"%08d" % i, private[i % 2 * 5_000:][:8])
                os.close(a)
                put(A + "/f", b"1" * 10_000)
                same(b"1" * 10_000, shared[:])
                """);
    }

    @Test
    void endWhereTheFileEnds(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"x" * 10_000)
                b = os.open(B + "/f", os.O_RDONLY)
                same(b"x" * 10_000, os.pread(b, 20_000, 0))
                os.truncate(A + "/f", 100)
                same(b"x" * 100, os.pread(b, 20_000, 0))
                os.truncate(A + "/f", 9_000)
                same(b"x" * 100 + bytes(8_900), os.pread(b, 20_000, 0))
                a = os.open(A + "/f", os.O_WRONLY | os.O_APPEND)
                expected = b"x" * 100 + bytes(8_900)
                for i in range(300):
                    os.write(a, b"%04d" % i)
                    expected += b"%04d" % i
                    same(expected, os.pread(b, 20_000, 0))
                    same(len(expected), os.fstat(b).st_size)
                os.posix_fallocate(a, 0, 15_000)
                same(expected + bytes(15_000 - len(expected)), os.pread(b, 20_000, 0))
                for i in range(200):
                    os.ftruncate(a, 0)
                    same(b"", os.pread(b, 20_000, 0))
                    os.write(a, b"%04d" % i * 2_000)
                    same(b"%04d" % i * 2_000, os.pread(b, 20_000, 0))
                os.close(a)
                put(A + "/f", b"short")
                same(b"short", os.pread(b, 20_000, 0))
                """);
    }

    /** Linux passes over the size that it is told, if anything else is told or answered of the file meanwhile. */
    @Test
    void growWithEveryAppendOfBothHosts(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"x" * 8)
                fd = os.open(A + "/f", os.O_RDONLY)
                same(8, len(os.pread(fd, 9, 0)))
                over, appended, failed = [False], [0] * 4, []

                def append(who):
                    try:
                        out = os.open((A, B)[who % 2] + "/f", os.O_WRONLY | os.O_APPEND)
                        while not over[0]:
                            os.write(out, b"appended")
                            appended[who] += 8
                        os.close(out)
                    except BaseException as e:
                        failed.append(e)

                threads = [threading.Thread(target=append, args=(who,)) for who in range(4)]
                for thread in threads:
                    thread.start()
                for i in range(1_000):
                    end = 8 + sum(appended)
                    read = os.pread(fd, 4_096, end - 8)
                    if len(read) < 8 or b"\\0" in read:
                        failed.append((end, read))
                over[0] = True
                for thread in threads:
                    thread.join()
                same([], failed)
                """);
    }

    @Test
    void followTruncationsOfTheirOwnHost(Place here) throws Exception {
        here.python("""
                put(B + "/f", b"x" * 10_000)
                b = os.open(B + "/f", os.O_RDONLY)
                for i in range(200):
                    same(10_000, len(os.pread(b, 20_000, 0)))
                    os.truncate(B + "/f", 100)
                    same(100, len(os.pread(b, 20_000, 0)))
                    os.truncate(B + "/f", 10_000)
                    same(bytes(9_900), os.pread(b, 20_000, 100))
                    put(B + "/f", b"%04d" % i * 2_500)
                    same(b"%04d" % i * 2_500, os.pread(b, 20_000, 0))
                """);
    }

    @Test
    void doNotPutAWriterOffWhileTheyAreRead(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"0" * 80_000)
                b = [os.open(B + "/f", os.O_RDONLY) for _ in range(8)]
                a = os.open(A + "/f", os.O_RDWR)
                over, failed, longest = [False], [], 0

                def read(fd, i):
                    try:
                        while not over[0]:
                            os.pread(fd, 8, i * 8_192)
                    except BaseException as e:
                        failed.append(e)

                readers = [threading.Thread(target=read, args=(fd, i)) for i, fd in enumerate(b)]
                for reader in readers:
                    reader.start()
                for i in range(300):
                    begin = time.monotonic()
                    os.pwrite(a, b"%08d" % i, i % 8 * 8_192)
                    longest = max(longest, time.monotonic() - begin)
                over[0] = True
                for reader in readers:
                    reader.join()
                same([], failed)
                assert longest < 5, longest
                """);
    }

    @Test
    void areGoneWhenTheirMountIs(Place here, TwoMounts mounts) throws Exception {
        assumeTrue(System.getProperty("driver") == null);
        mounts.mount("guest", "-o", "page_cache");
        here.python("C, DAEMON = \"" + mounts.at("guest").resolve(here.a().getFileName()) + "\", "
                + mounts.processes().process("guest").pid() + "\n" + """
                put(A + "/f", b"old" * 1_000)
                c = os.open(C + "/f", os.O_RDONLY)
                same(b"old" * 1_000, os.pread(c, 3_000, 0))
                mapped = mmap.mmap(c, 3_000, mmap.MAP_SHARED, mmap.PROT_READ)
                same(b"old" * 1_000, mapped[:])
                os.kill(DAEMON, signal.SIGTERM)
                while os.path.exists("/proc/%d" % DAEMON):
                    time.sleep(0.01)
                put(A + "/f", b"new" * 1_000)
                refused(errno.ENOTCONN, os.pread, c, 3_000, 0)
                """);
    }

    @Test
    void ofProgramsAreThoseThatWereInstalledLast(Place here) throws Exception {
        here.shell("""
                for i in 1 2 3 4 5; do
                    cp /bin/true $A/p; $B/p; $B/p
                    cp /bin/false $A/p; if $B/p; then exit 1; fi; if $B/p; then exit 1; fi
                done
                """);
    }

    @Test
    void areDroppedBeforeACopyAtTheServerReturns(Place here, TwoMounts mounts) throws Exception {
        assumeTrue(System.getProperty("driver") == null); // jnr cannot ask for a copy
        mounts.mount("copier");
        here.python("C = \"" + mounts.at("copier").resolve(here.a().getFileName()) + "\"\n" + """
                put(A + "/from", b"abcdefgh" * 1_000)
                put(A + "/to", b"0" * 20_000)
                reader = os.open(B + "/to", os.O_RDONLY)
                source, target = os.open(C + "/from", os.O_RDONLY), os.open(C + "/to", os.O_RDWR)
                for i in range(200):
                    os.pread(reader, 20_000, 0)
                    same(8, os.copy_file_range(source, target, 8, i % 8, 4_096 * (i % 4)))
                    same((b"abcdefgh" * 2)[i % 8:i % 8 + 8], os.pread(reader, 8, 4_096 * (i % 4)))
                """);
        mounts.processes().stop("copier");
    }
}
