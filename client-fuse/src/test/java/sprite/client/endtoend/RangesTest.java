package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import sprite.client.fuse.jnr.JnrDriver;

/** Parts of files: where their holes are, and copies that the server makes. Done on B, whose driver passes them on. */
@ExtendWith(OnTwoMounts.class)
final class RangesTest {
    /** {@code extents(fd)}: what lseek(2) finds, as pairs of offsets. */
    private static final String EXTENTS = """
            def extents(fd):
                found, at, size = [], 0, os.fstat(fd).st_size
                while True:
                    try:
                        begin = os.lseek(fd, at, os.SEEK_DATA)
                    except OSError as e:
                        assert e.errno == errno.ENXIO, e
                        return found
                    at = os.lseek(fd, begin, os.SEEK_HOLE)
                    assert begin < at <= size, (begin, at, size)
                    found.append((begin, at))

            def covered(data, found):
                rest = bytearray(data)
                for begin, end in found:
                    rest[begin:end] = bytes(end - begin)
                assert not any(rest), (found, [i for i, byte in enumerate(rest) if byte][:3])

            """;

    @BeforeEach
    void needsTheKernelDriver() {
        assumeFalse(JnrDriver.NAME.equals(System.getProperty("driver")), "libfuse 2 does not pass it on");
    }

    @Test
    void findsHolesOfWhatTheOtherHostHasJustWritten(Place here) throws Exception {
        here.python(EXTENTS + """
                MiB = 1 << 20
                with open(A + "/f", "wb") as f:
                    f.write(b"x" * 65536)
                    f.seek(4 * MiB)
                    f.write(b"y" * 65536)
                    f.truncate(8 * MiB)
                fd = os.open(B + "/f", os.O_RDONLY)
                same([(0, 65536), (4 * MiB, 4 * MiB + 65536)], extents(fd))
                same(100, os.lseek(fd, 100, os.SEEK_DATA))
                same(65536, os.lseek(fd, 65536, os.SEEK_HOLE))
                same(5 * MiB, os.lseek(fd, 5 * MiB, os.SEEK_HOLE))
                for whence in (os.SEEK_DATA, os.SEEK_HOLE):
                    refused(errno.ENXIO, os.lseek, fd, 8 * MiB, whence)
                    refused(errno.ENXIO, os.lseek, fd, -1, whence)
                refused(errno.ENXIO, os.lseek, fd, 5 * MiB, os.SEEK_DATA)
                put(A + "/small", b"text")
                os.truncate(A + "/small", 5000)
                os.truncate(A + "/small", 6000)
                same([(0, 4)], extents(os.open(B + "/small", os.O_RDONLY)))
                put(A + "/empty", b"")
                fd = os.open(B + "/empty", os.O_RDWR)
                same([], extents(fd))
                os.ftruncate(fd, 1000)
                same([], extents(fd))
                """);
    }

    @Test
    void countsAsDataWhatHasNotLeftTheHostYet(Place here) throws Exception {
        here.python(EXTENTS + """
                MiB = 1 << 20
                fd = os.open(B + "/f", os.O_RDWR | os.O_CREAT)
                os.pwrite(fd, b"x" * 1000, 2 * MiB)
                os.pwrite(fd, b"x" * 1000, 6 * MiB)
                for again in range(2):
                    found = extents(fd)
                    covered(os.pread(fd, 8 * MiB, 0), found)
                    same(2, len(found))
                    assert sum(end - begin for begin, end in found) <= 131072, found
                    os.fsync(fd)
                os.pwrite(fd, b"y" * 1000, 4 * MiB) # between what has arrived
                same(3, len(extents(fd)))
                os.ftruncate(fd, 3 * MiB)
                same(1, len(extents(fd)))
                covered(get(A + "/f"), extents(fd))
                """);
    }

    @Test
    void missesNoDataWhateverIsDone(Place here) throws Exception {
        here.python(EXTENTS + """
                import random, subprocess
                seed = random.randrange(1 << 32)
                chance = random.Random(seed)
                SIZE = 1 << 20
                fd = os.open(B + "/f", os.O_RDWR | os.O_CREAT)
                other = os.open(A + "/f", os.O_RDWR)
                os.close(other)
                for step in range(150):
                    at = chance.randrange(SIZE)
                    length = chance.randrange(1, 100_000)
                    match chance.randrange(7):
                        case 0 | 1 | 2:
                            os.pwrite(fd, b"x" * length, at)
                        case 3:
                            os.ftruncate(fd, at)
                        case 4:
                            os.fsync(fd)
                        case 5:
                            subprocess.run(["fallocate", "-p", "-o", str(at), "-l", str(length), B + "/f"], check=True)
                        case 6:
                            with open(A + "/f", "r+b") as f:
                                f.seek(at)
                                f.write(b"y")
                    data = os.pread(fd, 2 * SIZE, 0)
                    try:
                        covered(data, extents(fd))
                    except AssertionError as e:
                        raise AssertionError("seed %d, step %d" % (seed, step)) from e
                """);
    }

    @Test
    void copiesAtTheServer(Place here, TwoMounts mounts) throws Exception {
        long read = mounts.cacheCounter("b", "readFromServers");
        here.python("""
                DATA = os.urandom(8_000_000)
                put(A + "/from", DATA)
                source = os.open(B + "/from", os.O_RDONLY)
                target = os.open(B + "/to", os.O_RDWR | os.O_CREAT)
                os.write(target, b"begin")
                done = 0
                while done < len(DATA):
                    count = os.copy_file_range(source, target, len(DATA) - done, done, 5 + done)
                    assert 0 < count <= len(DATA) - done, count
                    done += count
                same(0, os.copy_file_range(source, target, 10, len(DATA), 5))
                same(len(DATA) + 5, os.fstat(target).st_size)
                """);
        long moved = mounts.cacheCounter("b", "readFromServers") - read;
        here.python("""
                same(get(A + "/from"), get(A + "/to")[5:])
                same(get(A + "/to"), get(B + "/to"))
                same(b"begin", get(B + "/to")[:5])
                """);
        assertTrue(moved < 1_000_000, moved + " bytes came to the host that had them copied");
    }

    @Test
    void copiesWhatIsDirtyAndOverWhatIsDirty(Place here) throws Exception {
        here.python("""
                source = os.open(B + "/from", os.O_RDWR | os.O_CREAT)
                target = os.open(B + "/to", os.O_RDWR | os.O_CREAT)
                for i in range(20):
                    os.pwrite(source, b"%d" % i * 70_000, i)
                    os.pwrite(target, b"x" * 200_000, 0)
                    same(50_000, os.copy_file_range(source, target, 50_000, i, 100_000))
                    expected = b"x" * 100_000 + (b"%d" % i * 70_000)[:50_000] + b"x" * 50_000
                    same(expected, os.pread(target, 300_000, 0))
                    os.pwrite(target, b"y", 0)
                    same(b"y" + expected[1:], get((A, B)[i % 2] + "/to"))
                same(70_000, os.copy_file_range(source, source, 70_000, 0, 1 << 20)) # within one file
                same(get(A + "/from")[:70_000], get(A + "/from")[1 << 20:])
                refused(errno.EINVAL, os.copy_file_range, source, source, 70_000, 0, 100)
                """);
    }

    @Test
    void showsACopyToWhoHasTheFileOpen(Place here) throws Exception {
        here.python("""
                put(A + "/from", b"new")
                put(A + "/to", b"old")
                reader = os.open(A + "/to", os.O_RDONLY)
                same(b"old", os.pread(reader, 10, 0))
                source = os.open(B + "/from", os.O_RDONLY)
                target = os.open(B + "/to", os.O_RDWR)
                same(3, os.copy_file_range(source, target, 3, 0, 3))
                same(b"oldnew", os.pread(reader, 10, 0))
                writer = os.open(A + "/to", os.O_RDWR)
                os.pwrite(writer, b"A", 0)
                same(2, os.copy_file_range(source, target, 2, 1, 1))
                same(b"Aewnew", os.pread(reader, 10, 0))
                os.pwrite(target, b"B", 5)
                same((b"AewneB", 6), (os.pread(writer, 10, 0), os.fstat(writer).st_size))
                """);
    }

    @Test
    void copiesAsUsualWhereTheServerCannot(Place here) throws Exception {
        here.python("""
                put(A + "/from", b"data" * 1000)
                source = os.open(B + "/from", os.O_RDONLY)
                target = os.open(PB + "/to", os.O_RDWR | os.O_CREAT)
                same(4000, os.copy_file_range(source, target, 4000))
                same(b"data" * 1000, get(PA + "/to"))
                refused(errno.EBADF, os.copy_file_range, target, source, 10)
                """);
        here.shell("""
                head -c 3000000 /dev/urandom >$A/data
                truncate -s 5M $A/data
                cp --reflink=auto $B/data $B/copy
                cp --reflink=auto --sparse=never $B/data $B/full
                cmp $A/data $A/copy
                cmp $A/data $A/full
                cp $A/data $B/across
                cmp $A/data $A/across
                [ "$(stat -c %b $B/copy)" -lt 8000 ] # 512 bytes each: the hole was not filled
                """);
    }
}
