package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.box.Box;
import sprite.client.fuse.Kernel;
import sprite.client.fuse.Shell;
import sprite.client.fuse.TwinMount;

/** What only a driver by node ids can do, and the ways of mounting. */
final class KernelDriverTest {
    @SuppressWarnings("NullAway.Init") // set before each test
    private TwinMount mount;

    @BeforeEach
    void mount() throws Exception {
        mount = new TwinMount(new KernelDriver(Caching.NOTHING));
    }

    @AfterEach
    void unmount() throws Exception {
        mount.close();
    }

    private String python(String program) throws Exception {
        String imports = "import ctypes, errno, mmap, os\nlibc = ctypes.CDLL(None, use_errno=True)\n";
        Path script = Files.createTempFile("spritefs-", ".py");
        try {
            Files.writeString(script, imports + program);
            return Shell.run(mount.root, "python3 " + script).output();
        } finally {
            Files.delete(script);
        }
    }

    @Test
    void exchangesAndKeepsWhatIsThereWhenAsked() throws Exception {
        assertEquals("None 17 b a 22", python("""
                for name in "ab":
                    open(name, "w").write(name)
                def rename(a, b, flags):
                    if libc.renameat2(-100, a, -100, b, flags):
                        return ctypes.get_errno()
                print(rename(b"a", b"b", 2), rename(b"a", b"b", 1), open("a").read(), open("b").read(),
                    rename(b"a", b"b", 4))
                """));
    }

    @Test
    void tellsOfAnOpenFileWhoseDirectoryIsGoneToo() throws Exception {
        assertEquals("5 0 hello", python("""
                os.mkdir("d")
                f = open("d/f", "w+b")
                f.write(b"hello"); f.flush()
                os.unlink("d/f"); os.rmdir("d")
                there = os.fstat(f.fileno())
                print(there.st_size, there.st_nlink, os.pread(f.fileno(), 9, 0).decode())
                """));
    }

    @Test
    void refusesNamesThatAreTooLongForItButNotForTheKernel() throws Exception {
        assertEquals("36", python("""
                try:
                    os.stat("n" * 256)
                except OSError as e:
                    print(e.errno)
                """));
    }

    @Test
    void movesAMegabyteInOneRequest() throws Exception {
        assertEquals("1048576 1048576 3", python("""
                f = os.open("f", os.O_RDWR | os.O_CREAT)
                wrote = os.write(f, b"x" * (1 << 20))
                os.pwrite(f, b"end", 1 << 20)
                aligned = mmap.mmap(-1, 1 << 20)
                print(wrote, os.preadv(f, [aligned], 0), len(os.pread(f, 1 << 20, 1 << 20)))
                """));
        assertEquals(1 << 20, mount.files.largestTransfer());
    }

    @Test
    void isInUseWhileAProgramIsInIt() throws Exception {
        Process inside = Shell.start(mount.root, "echo in; exec sleep 60");
        try {
            assertEquals('i', inside.getInputStream().read());
            assertFalse(mount.unmount(), "in use");
        } finally {
            inside.destroyForcibly();
            assertTrue(inside.waitFor() != 0);
        }
    }

    @Test
    void mountsWithTheHelpOfFusermount() throws Exception {
        try (var other = new TwinMount(new KernelDriver(Caching.NOTHING, Box.NONE, false))) {
            Files.writeString(other.at("f"), "x");
            assertEquals("x", Files.readString(other.at("f")));
            assertTrue(Kernel.mountAt(other.root).orElseThrow().isSpritefs());
        }
    }
}
