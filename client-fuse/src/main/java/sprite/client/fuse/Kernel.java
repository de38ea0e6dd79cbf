package sprite.client.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The kernel's table of mounts, read from /proc, and the program that changes it. Thread-safe: no state. */
public final class Kernel {
    /** Longest that an unmount may take before the program that does it is given up. */
    private static final long UNMOUNT_SECONDS_MAX = 10;

    /** One directory for each FUSE mount, by the minor number of its device; see fuse.rst of Linux. */
    private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

    private Kernel() {}

    /**
     * A line of /proc/self/mountinfo.
     *
     * @param type such as {@code ext4} or {@code fuse.spritefs}
     * @param source the device, or what stands for it
     * @param device major:minor, as in {@code st_dev}
     */
    public record Mount(Path at, String type, String source, String device) {
        /** Whether it is one of ours. */
        public boolean isSpritefs() {
            return type.equals("fuse.spritefs");
        }
    }

    /** The uppermost mount at exactly this place. Asks nothing of the file system that is mounted there. */
    public static Optional<Mount> mountAt(Path place) throws IOException {
        Path wanted = place.toAbsolutePath().normalize();
        return mounts().stream().filter(mount -> mount.at().equals(wanted)).reduce((_, upper) -> upper);
    }

    /** All mounts that this process sees, lower ones first. */
    public static List<Mount> mounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1).stream()
                .map(Kernel::parse)
                .toList();
    }

    /** Format: proc_pid_mountinfo(5). */
    private static Mount parse(String line) {
        String[] words = line.split(" ", -1);
        int dash = List.of(words).indexOf("-");
        return new Mount(Path.of(unescape(words[4])), words[dash + 1], unescape(words[dash + 2]), words[2]);
    }

    /** Undoes the octal escapes of blanks and backslashes. */
    private static String unescape(String word) {
        var bytes = new byte[word.length()];
        int length = 0;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == '\\' && i + 3 < word.length()) {
                bytes[length++] = (byte) Integer.parseInt(word, i + 1, i + 4, 8);
                i += 3;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /**
     * Takes a mount away whose daemon does not answer: programs that wait for it get ENOTCONN, and the kernel does not
     * try to bring home what was stored into pages. The daemon, if it goes on, sees the end of its mount.
     */
    public static boolean abort(Mount mount) {
        String number = mount.device().substring(mount.device().indexOf(':') + 1);
        try {
            Files.writeString(CONNECTIONS.resolve(number).resolve("abort"), "1");
        } catch (IOException e) {
            // Root does not need it; programs of others wait until they are killed, or the daemon is.
        }
        return run(
                isRoot()
                        ? List.of("umount", "-i", "-c", "-f", "-l", mount.at().toString())
                        : List.of(fusermount(), "-uz", mount.at().toString()));
    }

    /** Unmounts with umount(8) for root, fusermount(1) for others; returns whether it worked. */
    public static boolean unmount(Path mountPoint, boolean lazily) {
        return run(
                isRoot()
                        ? List.of("umount", "-i", "-c", lazily ? "-l" : "-n", mountPoint.toString())
                        : List.of(fusermount(), lazily ? "-uz" : "-u", mountPoint.toString()));
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static boolean run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(UNMOUNT_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String fusermount() {
        return Files.isExecutable(Path.of("/usr/bin/fusermount3")) ? "fusermount3" : "fusermount";
    }
}
