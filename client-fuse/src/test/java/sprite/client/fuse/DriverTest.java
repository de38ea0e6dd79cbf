package sprite.client.fuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;
import sprite.client.fs.Caller;
import sprite.client.fs.OpenFlags;
import sprite.common.file.Credentials;
import sprite.common.name.FileName;

/** Every operation through the kernel, as ordinary programs call it. */
@ParameterizedClass(name = "{0}")
@FieldSource("sprite.client.fuse.Drivers#NAMES")
final class DriverTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @SuppressWarnings("NullAway.Init") // set before each test
    private TwinMount mount;

    @Parameter
    @SuppressWarnings("NullAway.Init") // set before each test
    private String driver;

    @BeforeEach
    void mount() throws Exception {
        mount = new TwinMount(Drivers.make(driver));
    }

    @AfterEach
    void unmount() throws Exception {
        mount.close();
    }

    private Shell.Result sh(String script) throws IOException, InterruptedException {
        return Shell.run(mount.root, script);
    }

    @Test
    void readsBackWhatWasWrittenInPiecesOfAnySize() throws Exception {
        byte[] data = new byte[3_000_001];
        new Random(7).nextBytes(data);
        Files.write(mount.at("f"), data);
        assertArrayEquals(data, Files.readAllBytes(mount.at("f")));
        try (FileChannel file = FileChannel.open(mount.at("f"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 131_071);
            ByteBuffer back = ByteBuffer.allocate(10);
            assertEquals(2, file.read(back, 2_999_999));
            file.force(true);
        }
        assertEquals(2, Files.readAllBytes(mount.at("f"))[131_072]);
    }

    @Test
    void appendsTruncatesAndExtends() throws Exception {
        Path f = mount.at("f");
        Files.writeString(f, "one");
        Files.writeString(f, "two", StandardOpenOption.APPEND);
        assertEquals("onetwo", Files.readString(f));
        Files.writeString(f, "x", StandardOpenOption.TRUNCATE_EXISTING);
        assertEquals("x", Files.readString(f));
        assertEquals(0, sh("truncate -s 5 f; fallocate -l 9 f").status());
        assertArrayEquals(new byte[] {'x', 0, 0, 0, 0, 0, 0, 0, 0}, Files.readAllBytes(f));
    }

    @Test
    void countsTheRequestsOfTheKernelByKind() throws Exception {
        Files.createFile(mount.at("f"));
        assertEquals(1L, mount.requests().get("create"));
        assertFalse(mount.requests().containsKey("rename"));
        for (int i = 0; i < 3; i++) {
            Files.move(mount.at("f"), mount.at("f" + i));
            Files.move(mount.at("f" + i), mount.at("f"));
        }
        assertEquals(6L, mount.requests().get("rename"));
    }

    @Test
    void createsExclusivelyOnce() throws Exception {
        Files.createFile(mount.at("f"));
        assertThrows(FileAlreadyExistsException.class, () -> Files.createFile(mount.at("f")));
    }

    @Test
    void makesRemovesAndRenames() throws Exception {
        Files.createDirectories(mount.at("a/b/c"));
        Files.writeString(mount.at("a/b/c/f"), "deep");
        Files.move(mount.at("a/b"), mount.at("z"));
        assertEquals("deep", Files.readString(mount.at("z/c/f")));
        assertThrows(DirectoryNotEmptyException.class, () -> Files.delete(mount.at("z")));
        Files.delete(mount.at("z/c/f"));
        Files.delete(mount.at("z/c"));
        Files.delete(mount.at("z"));
        assertThrows(NoSuchFileException.class, () -> Files.delete(mount.at("z")));
        assertEquals(List.of("a"), mount.files.names("/"));
    }

    @Test
    void linksHardAndSoft() throws Exception {
        Files.writeString(mount.at("f"), "x");
        Files.createLink(mount.at("g"), mount.at("f"));
        assertEquals(2, Files.getAttribute(mount.at("g"), "unix:nlink"));
        assertEquals(Files.getAttribute(mount.at("f"), "unix:ino"), Files.getAttribute(mount.at("g"), "unix:ino"));
        Files.createSymbolicLink(mount.at("s"), Path.of("f"));
        assertEquals(Path.of("f"), Files.readSymbolicLink(mount.at("s")));
        assertEquals("x", Files.readString(mount.at("s")));
        assertEquals(0, sh("mkfifo p && test -p p").status());
    }

    @Test
    void keepsEveryByteOfANameATargetAndAnAttribute() throws Exception {
        var result = sh("n=$(printf 'b\\303\\244\\377\\001x'); echo hi >\"$n\" && ln -s \"$n\" l && cat l && readlink l"
                + " | od -An -tx1");
        assertEquals("hi\n 62 c3 a4 ff 01 78 0a", result.output());
        assertTrue(mount.files.raw().contains(new FileName("b\u00c3\u00a4\u00ff\u0001x")));
        assertEquals(
                "62 c3 a4 ff 01 78 0a", sh("ls -N | grep -a b | od -An -tx1").output());
    }

    @Test
    void refusesNamesThatAreTooLong() throws Exception {
        Files.createFile(mount.at("n".repeat(255)));
        assertTrue(sh("touch " + "n".repeat(256)).output().contains("File name too long"));
    }

    @Test
    void refusesOffsetsPastTheLimit() throws Exception {
        assertTrue(sh("touch f; truncate -s 9223372036854775807 f").output().contains("File too large"));
    }

    @Test
    void changesModeOwnerAndTimes() throws Exception {
        Path f = Files.createFile(mount.at("f"));
        Files.setPosixFilePermissions(f, PosixFilePermissions.fromString("rwxr-x--x"));
        assertEquals("751 7 8", sh("chown 7:8 f && stat -c '%a %u %g' f").output());
        assertEquals(0, sh("touch -m -d @-1.5 f").status());
        assertEquals(-1_500, Files.getLastModifiedTime(f).toMillis());
        assertEquals("981173106", sh("touch -a -d @981173106 f && stat -c %X f").output());
        assertEquals(-1_500, Files.getLastModifiedTime(f).toMillis());
    }

    @Test
    void keepsExtendedAttributes() throws Exception {
        Path f = Files.createFile(mount.at("f"));
        var view = Files.getFileAttributeView(f, UserDefinedFileAttributeView.class);
        view.write("colour", ByteBuffer.wrap("blue".getBytes(StandardCharsets.UTF_8)));
        assertEquals(List.of("colour"), view.list());
        assertEquals(4, view.size("colour"));
        ByteBuffer small = ByteBuffer.allocate(2);
        assertThrows(FileSystemException.class, () -> view.read("colour", small));
        view.delete("colour");
        assertEquals(List.of(), view.list());
    }

    @Test
    void listsManyEntriesOnce() throws Exception {
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            var _ = mount.files.create(mount.files.root(), FileName.ofText("entry-" + i), 0644, READ_ONLY, ROOT);
        }
        try (Stream<Path> all = Files.list(mount.root)) {
            assertEquals(count, all.distinct().count());
        }
        assertEquals(Integer.toString(count), sh("ls -f | grep -c entry").output());
    }

    @Test
    void tellsHowFullItIs() throws Exception {
        assertEquals(
                "4096 1000000 600000 500000 10000 9000 255",
                sh("stat -f -c '%S %b %f %a %c %d %l' .").output());
    }

    @Test
    void checksAccessForOtherUsers() throws Exception {
        Files.writeString(mount.at("f"), "secret");
        assertEquals(0, sh("chmod 600 f; mkdir d; chmod 700 d; echo x >d/g").status());
        String other = "setpriv --reuid 1234 --regid 1234 --groups ";
        assertTrue(sh(other + "99 cat f").output().contains("Permission denied"));
        assertTrue(sh(other + "99 cat d/g").output().contains("Permission denied"));
        assertEquals(
                "secret", sh("chgrp 77 f; chmod 640 f; " + other + "77 cat f").output());
    }

    @Test
    void usesAnUnlinkedFileThatIsOpenWithoutAName() throws Exception {
        String seen = sh("exec 3<>f; echo one >&3; rm f; ls -A; stat -L -c '%s %h' /dev/fd/3; echo two >&3;"
                        + " cat /proc/self/fd/3 2>/dev/null; stat -L -c %s /dev/fd/3")
                .output();
        assertTrue(seen.startsWith("4 0\n"), seen);
        assertTrue(seen.endsWith("8"), seen);
        assertEquals(List.of(), mount.files.names("/"));
    }

    @Test
    void replacesAnOpenFileAtomically() throws Exception {
        Files.writeString(mount.at("old"), "old");
        Files.writeString(mount.at("new"), "newer");
        try (FileChannel open = FileChannel.open(mount.at("old"))) {
            Files.move(mount.at("new"), mount.at("old"), StandardCopyOption.ATOMIC_MOVE);
            assertEquals(List.of("old"), mount.files.names("/"));
            assertEquals("newer", Files.readString(mount.at("old")));
            assertEquals(3, open.size());
            ByteBuffer bytes = ByteBuffer.allocate(8);
            assertEquals(3, open.read(bytes));
        }
        long deadline = System.nanoTime() + SOON.toNanos(); // the kernel releases a while after close(2)
        while (mount.files.nodeCount() > 1) {
            assertTrue(System.nanoTime() < deadline, "the replaced file is kept");
            Thread.onSpinWait();
        }
    }

    @Test
    void leavesFilesAloneThatAreCalledAsIfHidden() throws Exception {
        Files.writeString(mount.at("a"), "mine");
        Files.move(mount.at("a"), mount.at(".fuse_hidden0000000200000001"));
        assertEquals(List.of(".fuse_hidden0000000200000001"), mount.files.names("/"));
        Files.delete(mount.at(".fuse_hidden0000000200000001"));
        assertEquals(List.of(), mount.files.names("/"));
    }

    @Test
    void tellsOfTheOpenFileWhenAnotherHostReplacedIt() throws Exception {
        Files.writeString(mount.at("f"), "four");
        try (FileChannel open = FileChannel.open(mount.at("f"))) {
            mount.files.unlink(mount.files.root(), FileName.ofText("f"), ROOT);
            assertEquals(4, open.size());
            var _ = mount.files.create(mount.files.root(), FileName.ofText("f"), 0644, READ_ONLY, ROOT);
            assertEquals(4, open.size());
            assertEquals(0, Files.size(mount.at("f")));
        }
    }

    @Test
    void locksRangesAndWholeFilesAgainstOtherProcesses() throws Exception {
        Files.createFile(mount.at("f"));
        assertEquals("1", sh("exec 3>f; flock 3; flock -n f true; echo $?").output());
        try (FileChannel file = FileChannel.open(mount.at("f"), StandardOpenOption.WRITE);
                var _ = file.lock(0, 10, false)) {
            assertEquals("held free", sh(TRY_LOCKS).output());
        }
        assertEquals("free free", sh(TRY_LOCKS).output());
    }

    @Test
    void interruptsAProcessThatWaitsForALock() throws Exception {
        Files.createFile(mount.at("f"));
        try (FileChannel file = FileChannel.open(mount.at("f"), StandardOpenOption.WRITE);
                var _ = file.lock()) {
            Process waiting = Shell.start(
                    mount.root,
                    "exec python3 -c 'import fcntl; f=open(\"f\",\"r+\"); print(1,flush=True);"
                            + " fcntl.lockf(f, fcntl.LOCK_EX)'");
            assertEquals('1', waiting.getInputStream().read());
            assertFalse(waiting.waitFor(300, TimeUnit.MILLISECONDS), "should wait");
            assertTrue(Files.exists(mount.at("f")), "others go on");
            waiting.destroy();
            assertTrue(waiting.waitFor(SOON.toSeconds(), TimeUnit.SECONDS), "SIGTERM should end it");
        }
    }

    @Test
    void servesManyThreadsAtOnce() throws Exception {
        IntStream.range(0, 16).parallel().forEach(i -> {
            try {
                for (int round = 0; round < 50; round++) {
                    Path f = mount.at("f" + i);
                    Files.writeString(f, "round " + round);
                    assertEquals("round " + round, Files.readString(f));
                    Files.delete(f);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertEquals(List.of(), mount.files.names("/"));
    }

    @Test
    void runsAProgram() throws Exception {
        assertEquals("ran", sh("cp /bin/echo e && chmod +x e && ./e ran").output());
    }

    private static final String TRY_LOCKS = """
            python3 -c '
            import fcntl
            f = open("f", "r+")
            def t(start):
                try:
                    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, start)
                    return "free"
                except OSError:
                    return "held"
            print(t(9), t(10))'
            """;

    private static final OpenFlags READ_ONLY = new OpenFlags(true, false, false, false, false, false);

    private static final Caller ROOT = new Caller() {
        @Override
        public int uid() {
            return 0;
        }

        @Override
        public int gid() {
            return 0;
        }

        @Override
        public int pid() {
            return 0;
        }

        @Override
        public Credentials credentials() {
            return Credentials.ROOT;
        }

        @Override
        public boolean isInterrupted() {
            return false;
        }
    };
}
