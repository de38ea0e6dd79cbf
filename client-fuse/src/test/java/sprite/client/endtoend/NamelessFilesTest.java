package sprite.client.endtoend;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import sprite.client.fuse.jnr.JnrDriver;
import sprite.client.fuse.kernel.KernelDriver;

/** Files that are made without a name (O_TMPFILE), on B, whose driver passes it on. */
@ExtendWith(OnTwoMounts.class)
final class NamelessFilesTest {
    /** {@code nameless(directory)}: a descriptor; {@code name(fd, path)}: gives the file a name. */
    private static final String NAMELESS = """
            import time
            ROOT = os.open("/", os.O_RDONLY)

            def nameless(directory, flags=0, mode=0o640):
                return os.open(directory, os.O_TMPFILE | os.O_RDWR | flags, mode)

            def name(fd, path):
                os.link("/proc/self/fd/%d" % fd, path, src_dir_fd=ROOT) # with it, Python follows the link

            def used(directory):
                return os.statvfs(directory).f_files - os.statvfs(directory).f_ffree

            def until_used(directory, count):
                end = time.monotonic() + 60
                while used(directory) != count:
                    assert time.monotonic() < end, (used(directory), count)
                    time.sleep(0.1)

            """;

    @BeforeEach
    void needsTheKernelDriver() {
        assumeFalse(JnrDriver.NAME.equals(System.getProperty("driver")), "libfuse 2 does not pass it on");
    }

    @Test
    void areGoneWithTheirLastClose(Place here) throws Exception {
        here.python(NAMELESS + """
                before = os.stat(A)
                count = used(PB)
                fd = nameless(PB)
                os.write(fd, b"x" * 100_000)
                again = os.dup(fd)
                os.close(fd)
                same(b"x" * 100_000, os.pread(again, 200_000, 0))
                os.fsync(again)
                same((0, 100_000), (os.fstat(again).st_nlink, os.fstat(again).st_size))
                same(count + 1, used(PA))
                same(([], []), (os.listdir(PA), os.listdir(PB)))
                os.close(again)
                until_used(PA, count)
                same(before, os.stat(A))
                """);
    }

    @Test
    void getANameAndAreLikeAllOthers(Place here) throws Exception {
        here.python(NAMELESS + """
                fd = nameless(B)
                os.write(fd, b"secret until now")
                refused(errno.ENOENT, os.stat, A + "/f")
                name(fd, B + "/f")
                same((b"secret until now", 1), (get(A + "/f"), os.stat(A + "/f").st_nlink))
                same(1, os.fstat(fd).st_nlink)
                same(os.fstat(fd).st_ino, os.stat(A + "/f").st_ino)
                refused(errno.EEXIST, name, fd, B + "/f")
                name(fd, B + "/g")
                same(2, os.stat(A + "/f").st_nlink)
                os.write(fd, b", and on")
                os.close(fd)
                os.unlink(A + "/f")
                same(b"secret until now, and on", get(A + "/g"))
                same(["g"], os.listdir(A))
                fd = os.open(B + "/g", os.O_RDWR)
                os.unlink(A + "/g")
                refused(errno.ENOENT, name, fd, B + "/h") # once it had a name, it gets none back
                """);
    }

    @Test
    void haveTheRightsOfOneInTheDirectory(Place here) throws Exception {
        here.python(NAMELESS + """
                os.chown(A, 1000, 3000)
                os.chmod(A, 0o2755)
                os.umask(0o022)
                def make():
                    fd = nameless(B, mode=0o666)
                    found = os.fstat(fd)
                    if (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) != (1000, 3000, 0o644):
                        raise OSError(errno.EDOM, "")
                    name(fd, B + "/f")
                ordinary(make)
                same((1000, 3000), (os.stat(A + "/f").st_uid, os.stat(A + "/f").st_gid))
                os.chmod(A, 0o555)
                refused(errno.EACCES, ordinary, nameless, B)
                refused(errno.ENOTDIR, nameless, B + "/f")
                refused(errno.ENOENT, nameless, B + "/nothing")
                fd = nameless(B, os.O_EXCL)
                refused(errno.ENOENT, name, fd, B + "/g") # asked never to get one
                """);
    }

    @Test
    void areNotKeptForAHostThatCrashes(Place here, TwoMounts mounts) throws Exception {
        String host = "doomed";
        Path mounted = mounts.at(host);
        mounts.mount(host, "--driver", KernelDriver.NAME);
        Path place = mounted.resolve("projects").resolve(here.projectsA().getFileName());
        here.python("C = \"" + place + "\"\n" + NAMELESS + """
                put(PA + "/count", b"")
                put(PA + "/count", b"%d" % used(PA))
                fd = nameless(C)
                os.write(fd, b"x" * 10)
                os.fsync(fd)
                if os.fork() == 0: # outlives the daemon, with the file open
                    os.setsid()
                    os.closerange(0, 3)
                    time.sleep(3)
                    os._exit(0)
                """);
        mounts.processes().kill(host);
        here.python(NAMELESS + """
                until_used(PA, int(get(PA + "/count")))
                """);
    }
}
