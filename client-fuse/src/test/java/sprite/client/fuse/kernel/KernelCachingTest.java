package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.fs.AttributeChange;
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
        mount = new TwinMount(new KernelDriver(Caching.WHAT_IS_LENT), files);
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
        files.borrower().forgetAttributes(fileOf("f"));
        assertEquals(0640, mode(f));
        setMode(fileOf("f"), 0600);
        assertEquals(0640, mode(f), "not remembered");
        files.borrower().forgetAttributes(fileOf("f"));
        assertEquals(0600, mode(f));
    }

    @Test
    void doesNotRememberAttributesThatWereOutdatedOnTheirWay() throws Exception {
        Path f = Files.createFile(mount.at("f"));
        setMode(fileOf("f"), 0640);
        files.borrower().forgetAttributes(fileOf("f"));
        assertTrue(Files.exists(f)); // the name is known from here on
        FileId file = fileOf("f");
        files.borrower().forgetAttributes(file);
        files.beforeNextAnswer(() -> {
            setMode(file, 0600);
            files.borrower().forgetAttributes(file);
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
        files.borrower().forgetNames(root());
        assertFalse(Files.exists(mount.at("f")));
        assertTrue(Files.exists(mount.at("g")));
    }

    @Test
    void doesNotRememberANameThatWasOutdatedOnItsWay() throws Exception {
        Files.createFile(mount.at("f"));
        assertFalse(Files.exists(mount.at("g")));
        files.borrower().forgetNames(root());
        files.beforeNextAnswer(() -> {
            renameElsewhere("f", "g");
            files.borrower().forgetNames(root());
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
        files.borrower().forgetNames(root());
        inside.getOutputStream().write('\n');
        inside.getOutputStream().close();
        String seen = new String(inside.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals("n\nd\n" + mount.root + "/d/e\nhere\n", seen);
    }
}
