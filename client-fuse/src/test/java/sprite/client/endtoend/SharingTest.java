package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A read sees the latest write of any host; and what need not travel does not. */
@ExtendWith(OnTwoMounts.class)
final class SharingTest {
    @Test
    void readsWhatTheOtherHostJustClosed(Place here) throws Exception {
        here.python("""
                for i in range(2_000):
                    writer, reader = (A, B) if i % 2 else (B, A)
                    put(writer + "/f", b"%d" % i)
                    same(b"%d" % i, get(reader + "/f"))
                """);
    }

    @Test
    void readsWhatTheOtherHostJustWroteWhileBothHaveItOpen(Place here) throws Exception {
        here.python("""
                a, b = os.open(A + "/f", os.O_RDWR | os.O_CREAT), os.open(B + "/f", os.O_RDWR)
                for i in range(500):
                    writer, reader = (a, b) if i % 2 else (b, a)
                    os.pwrite(writer, b"%d" % i, i)
                    same(b"%d" % i, os.pread(reader, 10, i))
                    same(i + len("%d" % i), os.fstat(reader).st_size)
                """);
    }

    @Test
    void readsWhatABackgroundWriterWroteAfterItWasOpened(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"0" * 200_000)
                reader = os.open(B + "/f", os.O_RDONLY)
                same(b"0" * 200_000, os.pread(reader, 200_000, 0))
                writer = os.open(A + "/f", os.O_WRONLY)
                os.pwrite(writer, b"1", 150_000)
                same(b"1", os.pread(reader, 1, 150_000))
                os.close(writer)
                same(b"010", os.pread(reader, 3, 149_999))
                """);
    }

    @Test
    void sendsNoDataOfATemporaryFile(Place here, TwoMounts mounts) throws Exception {
        long before = mounts.cacheCounter("a", "saved");
        here.python("""
                put(A + "/f", b"x" * 1_000_000)
                same(1_000_000, os.stat(B + "/f").st_size)
                os.unlink(A + "/f")
                refused(errno.ENOENT, os.stat, B + "/f")
                """);
        assertEquals(1_000_000, mounts.cacheCounter("a", "saved") - before);
    }

    @Test
    void keepsDelayedDataThroughUnmountAndSigterm(Place here, TwoMounts mounts) throws Exception {
        here.python("put(A + '/unmounted', b'x' * 3_000_000)");
        var _ = mounts.processes().spritefs("umount", mounts.at("a").toString());
        mounts.mount("a");
        assertEquals(3_000_000, Files.size(here.a().resolve("unmounted")));
        here.python("""
                same(b"x" * 3_000_000, get(B + "/unmounted"))
                same(b"x" * 3_000_000, get(A + "/unmounted"))
                put(A + "/terminated", b"y" * 3_000_000)
                """);
        assertEquals(0, mounts.processes().stop("a"));
        mounts.mount("a");
        here.python("""
                same(b"y" * 3_000_000, get(B + "/terminated"))
                same(b"y" * 3_000_000, get(A + "/terminated"))
                """);
    }
}
