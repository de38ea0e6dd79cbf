package sprite.client.control;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Boxes;
import sprite.common.wire.proto.RecoveryBox;

/**
 * What daemons leave to those that take their mounts over: a file each, beside the control socket. They do not outlive
 * the machine's run, as mounts do not. Thread-safe: no state; between processes, who {@link #claim claims} a box has it
 * alone.
 */
public final class RecoveryBoxes {
    /** Of what is written here; another number is not read. */
    private static final int FORMAT = 1;

    private static final String SUFFIX = ".box";
    private static final String CLAIMED = ".taken";
    private static final String LIVING = ".living";

    private RecoveryBoxes() {}

    private static Path box(Path mountPoint) {
        Path socket = ControlSocket.of(mountPoint);
        return socket.resolveSibling(socket.getFileName() + SUFFIX);
    }

    private static Path claimed(Path mountPoint) {
        Path box = box(mountPoint);
        return box.resolveSibling(box.getFileName() + CLAIMED);
    }

    /** Leaves a box. It is there as a whole, or not at all. */
    static void leave(Path mountPoint, RecoveryBox.Builder content) throws IOException {
        Path fresh = Files.createTempFile(
                ControlSocket.directory(),
                "fresh",
                SUFFIX,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(fresh)) {
            content.setFormat(FORMAT).build().writeTo(out);
        }
        Files.move(fresh, box(mountPoint), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Whether a mount waits for its next daemon, after an orderly hand-over. */
    public static boolean isLeft(Path mountPoint) {
        return Files.exists(box(mountPoint));
    }

    /** The box that a daemon keeps while it lives. */
    public static Path living(Path mountPoint) {
        Path socket = ControlSocket.of(mountPoint);
        return socket.resolveSibling(socket.getFileName() + LIVING);
    }

    /** Whether a mount's daemon was killed, and has left such a box. */
    public static boolean isOrphan(Path mountPoint) {
        return !isLeft(mountPoint) && Boxes.isOrphan(living(mountPoint));
    }

    /** Takes the box, so that nobody else does; null if there is none. IOException if it is not one that is known. */
    public static @Nullable RecoveryBox claim(Path mountPoint) throws IOException {
        try {
            Files.move(box(mountPoint), claimed(mountPoint), StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return null;
        }
        RecoveryBox content = RecoveryBox.parseFrom(Files.readAllBytes(claimed(mountPoint)));
        if (content.getFormat() != FORMAT) {
            unclaim(mountPoint);
            throw new IOException("another version of spritefs has left this mount");
        }
        return content;
    }

    /** The mount was not taken over: another daemon may try. */
    public static void unclaim(Path mountPoint) throws IOException {
        Files.move(claimed(mountPoint), box(mountPoint), StandardCopyOption.ATOMIC_MOVE);
    }

    /** A daemon has the mount: what was left before is of no use to anybody. */
    public static void forget(Path mountPoint) throws IOException {
        Files.deleteIfExists(box(mountPoint));
        Files.deleteIfExists(claimed(mountPoint));
    }
}
