package sprite.client.endtoend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What files hold, written on one host and read on the other. */
@ExtendWith(OnTwoMounts.class)
final class DataTest {
    @Test
    void createsAFileForOneHostOnly(Place here) throws Exception {
        here.python("""
                flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
                os.close(os.open(A + "/f", flags))
                refused(errno.EEXIST, os.open, B + "/f", flags)
                os.unlink(B + "/f")
                os.close(os.open(B + "/f", flags))
                refused(errno.EEXIST, os.open, A + "/f", flags)
                """);
    }

    @Test
    void forgetsTheOldContentAtTruncatingOpen(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"long content")
                put(B + "/f", b"short")
                same(b"short", get(A + "/f"))
                os.close(os.open(A + "/f", os.O_WRONLY | os.O_TRUNC))
                same(b"", get(B + "/f"))
                """);
    }

    @Test
    void appendsFromBothHostsWithoutOverwriting(Place here) throws Exception {
        here.python("""
                flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
                a, b = os.open(A + "/f", flags), os.open(B + "/f", flags)
                for _ in range(20):
                    os.write(a, b"aa")
                    os.write(b, b"b")
                same(b"aab" * 20, get(A + "/f"))
                same(60, os.fstat(b).st_size)
                """);
    }

    @Test
    void cutsAndLengthens(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"12345678")
                os.truncate(B + "/f", 3)
                same(b"123", get(A + "/f"))
                with open(A + "/f", "r+b") as f:
                    os.ftruncate(f.fileno(), 5)
                    same(b"123\\0\\0", get(B + "/f"))
                os.truncate(A + "/f", 0)
                same(0, os.stat(B + "/f").st_size)
                """);
    }

    @Test
    void readsHolesAsZerosAndStoresNone(Place here) throws Exception {
        here.python("""
                with open(A + "/f", "wb") as f:
                    f.write(b"begin")
                    f.seek(1 << 30)
                    f.write(b"end")
                same((1 << 30) + 3, os.stat(B + "/f").st_size)
                with open(B + "/f", "rb") as f:
                    same(b"begin" + bytes(100_000), f.read(100_005))
                    f.seek((1 << 30) - 10)
                    same(bytes(10) + b"end", f.read())
                with open(A + "/f", "rb") as f:
                    os.fsync(f.fileno())
                for host in (A, B):
                    assert 0 < os.stat(host + "/f").st_blocks < 1000, os.stat(host + "/f")
                """);
    }

    @Test
    void allocatesPunchesAndZeroes(Place here) throws Exception {
        here.shell("""
                both() { # HOST OTHER
                    fallocate -l 1M $1/allocated
                    same 1048576 "$(stat -c %s $2/allocated)"
                    fallocate -o 1M -l 1 $1/allocated
                    same 1048577 "$(stat -c %s $2/allocated)"
                    touch $1/kept
                    fallocate --keep-size -l 1M $1/kept
                    same 0 "$(stat -c %s $2/kept)"
                    for mode in --punch-hole --zero-range; do
                        head -c 300000 /dev/urandom | tee /tmp/spritefs-$$ >$1/f
                        cmp /tmp/spritefs-$$ $2/f # which the other host has from here on
                        fallocate $mode -o 65000 -l 100000 $1/f
                        for host in $1 $2; do
                            cmp -n 65000 /tmp/spritefs-$$ $host/f
                            cmp -n 100000 /dev/zero $host/f 0 65000
                            cmp /tmp/spritefs-$$ $host/f 165000 165000
                            same 300000 "$(stat -c %s $host/f)"
                        done
                        rm /tmp/spritefs-$$
                    done
                    refused "not supported" fallocate --collapse-range -o 0 -l 65536 $1/f
                    rm $1/allocated $1/kept $1/f
                }
                both $A $B
                both $B $A
                """);
    }

    @Test
    void refusesOffsetsPastTheLimitAtOnce(Place here) throws Exception {
        here.python("""
                for host, other in ((A, B), (B, A)):
                    fd = os.open(host + "/f", os.O_CREAT | os.O_RDWR)
                    for offset in (1 << 44, 1 << 62, (1 << 63) - 2):
                        refused(errno.EFBIG, os.pwrite, fd, b"x", offset)
                        refused(errno.EFBIG, os.ftruncate, fd, offset)
                        refused(errno.EFBIG, os.truncate, host + "/f", offset)
                        refused(errno.EFBIG, os.posix_fallocate, fd, offset, 1)
                    same(b"", os.pread(fd, 10, 1 << 62))
                    os.fsync(fd)
                    os.close(fd)
                    same(0, os.stat(other + "/f").st_size)
                """);
    }

    @Test
    void mapsTheLatestDataPrivately(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"x" * 100_000)
                for i in range(6):
                    writer, reader = (A, B) if i % 2 else (B, A)
                    with open(writer + "/f", "r+b") as f:
                        f.write(b"%d" % i)
                    with open(reader + "/f", "rb") as f:
                        with mmap.mmap(f.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as data:
                            same(b"%dx" % i, data[:2])
                            same(b"x", data[99_999:])
                """);
    }

    @Test
    void movesAlignedDataPastTheKernelsCacheBesideAReaderWhoHasIt(Place here) throws Exception {
        here.python("""
                for host, other in ((A, B), (B, A)):
                    put(host + "/f", b"o" * 16384)
                    reader = os.open(other + "/f", os.O_RDONLY)
                    same(b"o" * 16384, os.pread(reader, 16384, 0))
                    direct = os.open(host + "/f", os.O_RDWR | os.O_DIRECT)
                    page = mmap.mmap(-1, 4096) # is aligned
                    for i in range(8):
                        fill = b"%d" % i * 4096
                        page[:] = fill
                        same(4096, os.pwritev(direct, [page], 4096 * (i % 4)))
                        same(fill, os.pread(reader, 4096, 4096 * (i % 4)))
                        page[:] = bytes(4096)
                        same(4096, os.preadv(direct, [page], 4096 * (i % 4)))
                        same(fill, page[:])
                    same(b"".join(b"%d" % i * 4096 for i in range(4, 8)), os.pread(reader, 16384, 0))
                    os.close(direct)
                    with open(other + "/f", "r+b") as f: # what is written through a cache, read past one
                        f.write(b"w" * 4096)
                    direct = os.open(host + "/f", os.O_RDONLY | os.O_DIRECT)
                    same(4096, os.preadv(direct, [page], 0))
                    same(b"w" * 4096, page[:])
                    os.close(direct)
                    os.close(reader)
                """);
    }

    @Test
    void tellsTheSameSpaceOnBothHosts(Place here) throws Exception {
        here.python("""
                a, b = os.statvfs(A), os.statvfs(B)
                same(255, a.f_namemax)
                same((a.f_bsize, a.f_frsize, a.f_blocks), (b.f_bsize, b.f_frsize, b.f_blocks))
                assert 0 < a.f_bavail <= a.f_bfree <= a.f_blocks, a
                assert 0 < a.f_ffree <= a.f_files, a
                assert abs(a.f_bfree - b.f_bfree) < a.f_blocks / 10, (a, b)
                """);
    }
}
