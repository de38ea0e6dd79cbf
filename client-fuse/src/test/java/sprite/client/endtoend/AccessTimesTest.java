package sprite.client.endtoend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** When files were read, as with relatime. */
@ExtendWith(OnTwoMounts.class)
final class AccessTimesTest {
    @Test
    void tellThatAFileWasReadSinceItWasChanged(Place here) throws Exception {
        here.python("""
                def accessed(path):
                    return os.stat(path).st_atime_ns

                for host, other in ((A, B), (B, A)):
                    put(other + "/f", b"data")
                    before = os.stat(host + "/f")
                    assert before.st_atime_ns <= before.st_mtime_ns, before
                    same(b"data", get(host + "/f"))
                    first = accessed(host + "/f")
                    assert first > before.st_mtime_ns, (first, before)
                    same(b"data", get(host + "/f"))
                    same(first, accessed(host + "/f")) # it had been read since
                    os.chmod(host + "/f", 0o600) # the other host does not hold the attributes any more
                    same(first, accessed(other + "/f"))
                    same(b"data", get(other + "/f"))
                    assert accessed(other + "/f") > first
                """);
    }

    @Test
    void countAReadOfWhatWasJustWritten(Place here) throws Exception {
        here.python("""
                for host, other in ((A, B), (B, A)):
                    fd = os.open(host + "/f", os.O_RDWR | os.O_CREAT)
                    for i in range(3):
                        os.pwrite(fd, b"x", i)
                        os.pread(fd, 10, 0)
                        now = os.fstat(fd)
                        assert now.st_atime_ns >= now.st_mtime_ns, (i, now)
                    os.pwrite(fd, b"x", 3)
                    now = os.fstat(fd)
                    assert now.st_atime_ns < now.st_mtime_ns, now
                    os.close(fd)
                    os.unlink(other + "/f")
                """);
    }

    @Test
    void areWhatTheyWereSetTo(Place here) throws Exception {
        here.python("""
                for host, other in ((A, B), (B, A)):
                    put(other + "/f", b"data")
                    fd = os.open(host + "/f", os.O_RDONLY)
                    os.pread(fd, 10, 0)
                    os.utime(host + "/f", ns=(1_000, 2_000))
                    for _ in range(2):
                        for name in (host + "/f", other + "/f"):
                            same((1_000, 2_000), (os.stat(name).st_atime_ns, os.stat(name).st_mtime_ns))
                        if fd >= 0:
                            os.close(fd)
                            fd = -1
                    get(host + "/f")
                    assert os.stat(host + "/f").st_atime_ns > 1_000_000
                    same(2_000, os.stat(host + "/f").st_mtime_ns)
                """);
    }
}
