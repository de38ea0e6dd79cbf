package sprite.client.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where control sockets lie: in {@code /run/spritefs} for root, in {@code $XDG_RUNTIME_DIR/spritefs} for others. The
 * name is a digest of the mount point, as that may be longer than a socket's name can be. Pure functions of the
 * environment.
 */
public final class ControlSocket {
    private static final String SUFFIX = ".socket";
    private static final String PID = ".pid";
    private static final int DIGEST_CHARACTERS = 24;

    private ControlSocket() {}

    /** The directory of this user's sockets; it may not exist. */
    public static Path directory() {
        String user = System.getProperty("user.name", "");
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        if (user.equals("root")) {
            return Path.of("/run/spritefs");
        }
        return runtime != null && !runtime.isEmpty()
                ? Path.of(runtime, "spritefs")
                : Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "spritefs-" + user);
    }

    /** Makes the directory if it is not there. */
    public static void makeDirectory() throws IOException {
        if (!Files.isDirectory(directory())) {
            Files.createDirectories(
                    directory(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** The socket of the daemon that serves a mount point. */
    public static Path of(Path mountPoint) {
        return directory().resolve(digest(mountPoint.toAbsolutePath().normalize()) + SUFFIX);
    }

    /** Where the daemon of a mount point says which process it is. */
    static Path pidFile(Path mountPoint) {
        Path socket = of(mountPoint);
        return socket.resolveSibling(socket.getFileName() + PID);
    }

    /** Which process the daemon of a mount point is, or was; 0 if nobody has said so. */
    public static long pid(Path mountPoint) {
        try {
            return Long.parseLong(Files.readString(pidFile(mountPoint)).strip());
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** All sockets of this user, of live daemons or not. */
    public static List<Path> all() throws IOException {
        if (!Files.isDirectory(directory())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory())) {
            return files.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    private static String digest(Path mountPoint) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(mountPoint.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, DIGEST_CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
