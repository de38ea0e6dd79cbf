package sprite.client.box;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import sprite.common.wire.proto.Process;

/** Where boxes lie, and whether somebody keeps them. No state. */
public final class Boxes {
    private static final Path MEMORY = Path.of("/dev/shm");

    private Boxes() {}

    /**
     * The file for the blocks of the box at {@code box}, which has to be there: in memory if the system has a place for
     * that. Hosts that share their memory (containers) may each have a box of this name, so the file is named after the
     * device and inode of the box.
     */
    static Path blocks(Path box) throws IOException {
        Map<String, Object> is = Files.readAttributes(box, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
        String name = "spritefs-" + System.getProperty("user.name", "") + "-" + box.getFileName() + "-" + is.get("dev")
                + "-" + is.get("ino") + ".blocks";
        return Files.isWritable(MEMORY) ? MEMORY.resolve(name) : box.resolveSibling(name);
    }

    /**
     * Whether there is a box that another daemon could go on with, as its own is dead. Not to be asked by the process
     * that keeps it.
     */
    public static boolean isOrphan(Path box) {
        if (!Files.exists(box)) {
            return false;
        }
        try (FileChannel file = FileChannel.open(box, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = file.tryLock()) {
            return lock != null && Box.isComplete(file);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Waits until the daemon that keeps a box is dead; false if that, or its mount, has ended in order. Not to be asked
     * by that daemon.
     */
    public static boolean awaitOrphan(Path box) throws IOException {
        try (FileChannel file = FileChannel.open(box, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            return Box.isComplete(file);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Whether there is a box that another daemon could go on with if the one that keeps it were killed. */
    public static boolean isComplete(Path box) {
        try (FileChannel file = FileChannel.open(box, StandardOpenOption.READ)) {
            return Box.isComplete(file);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * What the header of a box says.
     *
     * @param holder has the mount's descriptor
     * @param text what the daemon put there; empty if that was too long
     */
    public record Look(Process holder, List<String> text) {}

    /** Reads the header of a box that nobody has to have open. */
    public static Look look(Path box) throws IOException {
        try (FileChannel file = FileChannel.open(box, StandardOpenOption.READ)) {
            return Box.look(file);
        }
    }

    /** Removes what a dead daemon has left, if anything. */
    public static void remove(Path box) throws IOException {
        try {
            Files.deleteIfExists(blocks(box)); // first: without the box nobody would find it
        } catch (NoSuchFileException e) {
            // there is no box
        } finally {
            Files.deleteIfExists(box);
        }
    }
}
