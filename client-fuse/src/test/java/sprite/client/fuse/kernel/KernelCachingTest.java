package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.OpenFlags;
import sprite.client.fuse.Shell;
import sprite.client.fuse.TwinMount;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** What the kernel remembers, and what it forgets when it is told to. */
final class KernelCachingTest {
    private final LendingFileSystem files = new LendingFileSystem();

    @SuppressWarnings("NullAway.Init") // set before each test
    private TwinMount mount;

    @BeforeEach
    void mount() throws Exception {
        mount = new TwinMount(new KernelDriver(Caching.PAGES_TOO), files);
    }

    @AfterEach
    void unmount() throws Exception {
        mount.close();
    }

    private FileId root() throws FsException {
        return files.root();
    }

    private FileId fileOf(String name) throws FsException {
        return files.lookup(root(), FileName.ofText(name), Trusted.CALLER).file();
    }

    private static Object mode(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:mode") & 0777;
    }

    /** As another host would. */
    private void setMode(FileId file, int mode) throws FsException {
        var change = new AttributeChange(mode, null, null, null, null, false, null, false);
        var _ = files.setAttributes(file, change, null, Trusted.CALLER);
    }

    private void forgetAttributes(FileId file) {
        Object _ = files.borrower().forgetAttributes(file).join();
    }

    private void forgetNames(FileId directory) {
        Object _ = files.borrower().forgetNames(directory).join();
    }

    private void renameElsewhere(String from, String to) throws FsException {
        files.rename(root(), FileName.ofText(from), root(), FileName.ofText(to), false, false, Trusted.CALLER);
    }

    @Test
    void answersByItselfWhatItWasLent() throws Exception {
        Path f = Files.createFile(mount.at("f"));
        Object mode = mode(f);
        int asked = files.asked.get();
        for (int i = 0; i < 100; i++) {
            assertEquals(mode, mode(f));
            assertFalse(Files.exists(mount.at("nothing")));
        }
        assertTrue(files.asked.get() <= asked + 5, files.asked.get() - asked + " more questions");
    }

    @Test
    void forgetsAttributes() throws Exception {
        Path f = Files.createFile(mount.at("f"));
        setMode(fileOf("f"), 0640);
        forgetAttributes(fileOf("f"));
        assertEquals(0640, mode(f));
        setMode(fileOf("f"), 0600);
        assertEquals(0640, mode(f), "not remembered");
        forgetAttributes(fileOf("f"));
        assertEquals(0600, mode(f));
    }

    @Test
    void doesNotRememberAttributesThatWereOutdatedOnTheirWay() throws Exception {
        Path f = Files.createFile(mount.at("f"));
        setMode(fileOf("f"), 0640);
        forgetAttributes(fileOf("f"));
        assertTrue(Files.exists(f)); // the name is known from here on
        FileId file = fileOf("f");
        forgetAttributes(file);
        files.beforeNextAnswer(() -> {
            setMode(file, 0600);
            forgetAttributes(file);
        });
        assertEquals(0640, mode(f), "this answer was made before");
        assertEquals(0600, mode(f));
    }

    @Test
    void forgetsNamesThatAreThereAndNamesThatAreNot() throws Exception {
        Files.createFile(mount.at("f"));
        assertTrue(Files.exists(mount.at("f")));
        assertFalse(Files.exists(mount.at("g")));
        renameElsewhere("f", "g");
        assertTrue(Files.exists(mount.at("f")), "not remembered");
        assertFalse(Files.exists(mount.at("g")), "not remembered");
        forgetNames(root());
        assertFalse(Files.exists(mount.at("f")));
        assertTrue(Files.exists(mount.at("g")));
    }

    @Test
    void doesNotRememberANameThatWasOutdatedOnItsWay() throws Exception {
        Files.createFile(mount.at("f"));
        assertFalse(Files.exists(mount.at("g")));
        forgetNames(root());
        files.beforeNextAnswer(() -> {
            renameElsewhere("f", "g");
            forgetNames(root());
        });
        assertTrue(Files.exists(mount.at("f")), "this answer was made before");
        assertFalse(Files.exists(mount.at("f")));
        assertTrue(Files.exists(mount.at("g")));
    }

    @Test
    void doesNotTakeAnEntrysTimeWithItToAnotherDirectory() throws Exception {
        Files.createDirectory(mount.at("d"));
        Files.createFile(mount.at("f"));
        assertTrue(Files.exists(mount.at("f")));
        Files.move(mount.at("f"), mount.at("d/f"), StandardCopyOption.ATOMIC_MOVE);
        files.unlink(fileOf("d"), FileName.ofText("f"), Trusted.CALLER);
        assertFalse(Files.exists(mount.at("d/f")));
    }

    @Test
    void keepsThosePeopleOutWhoMayNotSearch() throws Exception {
        String seen = Shell.run(mount.root, """
                        mkdir -m 755 open closed; echo x >closed/f; chmod 700 closed
                        cat closed/f; setpriv --reuid 1234 --regid 1234 --clear-groups cat closed/f
                        chmod 755 closed; setpriv --reuid 1234 --regid 1234 --clear-groups cat closed/f
                        """).output();
        assertEquals("x\ncat: closed/f: Permission denied\nx", seen);
    }

    @Test
    void leavesAProgramInItsDirectoryWhenNamesAreForgotten() throws Exception {
        Process inside =
                Shell.start(mount.root, "mkdir -p d/e; cd d/e; echo in; read line; ls ../..; pwd -P; touch here; ls");
        assertEquals('i', inside.getInputStream().read());
        forgetNames(root());
        inside.getOutputStream().write('\n');
        inside.getOutputStream().close();
        String seen = new String(inside.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals("n\nd\n" + mount.root + "/d/e\nhere\n", seen);
    }

    /** Their pages are locked, and whoever has pages forgotten must know of them. */
    @Test
    void holdsNoReadsForPagesBack() throws Exception {
        Shell.run(mount.root, "for i in $(seq 300); do yes | head -n 20000 >f$i; done");
        files.mayFill = new CountDownLatch(1);
        Process readers = Shell.start(
                mount.root, "for i in $(seq 300); do dd if=f$i bs=4096 count=1 status=none | head -n 1 & done; wait");
        try {
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (files.fills.get() < 300) {
                assertTrue(System.nanoTime() < deadline, "of 300 reads there came " + files.fills.get());
                LockSupport.parkNanos(1_000_000);
            }
        } finally {
            files.mayFill.countDown();
        }
        String seen = new String(readers.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(300, seen.lines().filter("y"::equals).count());
    }

    private static List<String> list(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private void createElsewhere(String name) throws FsException {
        var flags = new OpenFlags(true, true, false, false, false, true);
        files.release(files.create(root(), FileName.ofText(name), 0644, flags, Trusted.CALLER));
    }

    @Test
    void remembersWhatCameWithAListing() throws Exception {
        for (int i = 0; i < 100; i++) {
            createElsewhere("f" + i);
        }
        assertEquals("101", Shell.run(mount.root, "ls -l | wc -l").output());
        int asked = files.asked.get();
        String modes = Shell.run(mount.root, "stat -c %a f* | uniq -c").output();
        assertEquals("100 644", modes.strip());
        assertTrue(files.asked.get() <= asked + 5, files.asked.get() - asked + " questions");
        setMode(fileOf("f7"), 0600);
        assertTrue(files.borrower().forgetAttributes(fileOf("f7")).isDone());
        assertEquals(0600, mode(mount.at("f7")));
    }

    /** The kernel hears that it has to forget a node before it hears of the node. */
    @Test
    void forgetsAttributesThatCameWithAListingAndWereOutdatedOnTheirWay() throws Exception {
        createElsewhere("f");
        FileId file = fileOf("f");
        var forgotten = new AtomicReference<CompletableFuture<?>>();
        files.amidNextListing(() -> {
            setMode(file, 0600);
            forgotten.set(files.borrower().forgetAttributes(file));
        });
        assertEquals(List.of("f"), list(mount.root));
        Object _ = forgotten.get().get(1, TimeUnit.MINUTES);
        assertEquals("600", Shell.run(mount.root, "stat -c %a f").output());
    }

    @Test
    void forgetsNamesThatCameWithAListingAndWereOutdatedOnTheirWay() throws Exception {
        createElsewhere("f");
        var forgotten = new AtomicReference<CompletableFuture<?>>();
        files.amidNextListing(() -> {
            renameElsewhere("f", "g");
            forgotten.set(files.borrower().forgetNames(root()));
        });
        assertEquals(List.of("f"), list(mount.root));
        Object _ = forgotten.get().get(1, TimeUnit.MINUTES);
        assertFalse(Files.exists(mount.at("f")));
        assertTrue(Files.exists(mount.at("g")));
    }

    /** Whoever wants it forgotten does not wait for a program that rests in the middle of a listing. */
    @Test
    void supposesThatAListingHasArrived() throws Exception {
        createElsewhere("f");
        try (var entries = Files.newDirectoryStream(mount.root)) {
            assertTrue(entries.iterator().hasNext());
            renameElsewhere("f", "g");
            Object _ = files.borrower().forgetNames(root()).get(1, TimeUnit.MINUTES);
            assertFalse(Files.exists(mount.at("f")));
        }
    }
}
