package sprite.client.box;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The two files of a box, open: one for what is kept, which is locked, and one for blocks. The directory of the second
 * may be everybody's, and its name can be guessed: only one that this user has made, and nobody else can write to, is
 * used. Immutable.
 *
 * @param path of the first
 * @param identity of the first, whatever has its name later
 */
record BoxFiles(Path path, Object identity, FileChannel box, FileChannel blocks) implements AutoCloseable {
    private static final long LOOK_NANOS_MAX = 1_000_000_000;
    private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rw-------");
    private static final Set<OpenOption> OPEN =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> CREATE = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);

    /** Makes both, in place of whatever was there. */
    static BoxFiles create(Path path) throws IOException {
        Boxes.remove(path);
        return opened(path, CREATE);
    }

    /** Those that a dead process has left; null if there are none, or a process that lives has them. */
    static @Nullable BoxFiles takeOver(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try {
            BoxFiles files = opened(path, OPEN);
            if (files.box.size() >= Box.HEADER_BYTES) {
                return files;
            }
            files.close();
            return null;
        } catch (LockedException e) {
            return null;
        }
    }

    /** Another process has it. */
    private static final class LockedException extends IOException {
        private static final long serialVersionUID = 1;

        LockedException(Path path) {
            super("another process has " + path);
        }
    }

    private static BoxFiles opened(Path path, Set<OpenOption> how) throws IOException {
        FileChannel box = open(path, how);
        try {
            if (!isLocked(box)) {
                throw new LockedException(path);
            }
            Path blocks = Boxes.blocks(path);
            if (how.equals(CREATE)) {
                Files.deleteIfExists(blocks); // of one that was deleted
            }
            return new BoxFiles(path, identity(path), box, open(blocks, how));
        } catch (IOException e) {
            if (how.equals(CREATE)) {
                Files.deleteIfExists(path);
            }
            box.close();
            throw e;
        }
    }

    private static FileChannel open(Path path, Set<OpenOption> how) throws IOException {
        FileChannel file = FileChannel.open(path, how, PosixFilePermissions.asFileAttribute(OWN));
        try {
            PosixFileAttributes is = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            boolean own = is.isRegularFile()
                    && is.permissions().equals(OWN)
                    && is.owner().equals(Files.getOwner(Path.of("/proc/self")));
            if (!own) {
                throw new IOException(path + " is not this user's alone, and so not used");
            }
            return file;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** Whether this process has the file now. Who only looks whether somebody has it, has it for a moment. */
    private static boolean isLocked(FileChannel file) throws IOException {
        long giveUp = System.nanoTime() + LOOK_NANOS_MAX;
        FileLock lock = file.tryLock();
        while (lock == null && System.nanoTime() - giveUp < 0) {
            LockSupport.parkNanos(LOOK_NANOS_MAX / 100);
            lock = file.tryLock();
        }
        return lock != null;
    }

    private static Object identity(Path path) throws IOException {
        Object key = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        return key == null ? path : key;
    }

    /** Removes both, if they are still these: another daemon of the mount may have made others under the same names. */
    void remove() throws IOException {
        try {
            if (identity(path).equals(identity)) {
                Boxes.remove(path);
            }
        } catch (NoSuchFileException e) {
            // somebody has removed them
        }
    }

    @Override
    public void close() throws IOException {
        box.close();
        blocks.close();
    }
}
