package sprite.client.fuse.jnr;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Tells whether a process that waits for a request made it on an open descriptor. The kernel does not say, and the path
 * interface asks for a path; /proc/PID/syscall says which system call the process is in. Asked only if the two mean
 * different files. Thread-safe: no state.
 */
final class Descriptors {
    private static final long AT_EMPTY_PATH = 0x1000;

    /** A system call on a file. {@code flags} and {@code path} are positions of arguments, -1 if there is none. */
    private record SystemCall(int number, int path, int flags) {
        /** Whether the call with these arguments is on the descriptor itself. */
        boolean isOnDescriptor(long[] arguments) {
            boolean isPathNull = path >= 0 && arguments[path] == 0;
            boolean isPathEmpty = flags >= 0 && (arguments[flags] & AT_EMPTY_PATH) != 0;
            return path < 0 || isPathNull || isPathEmpty;
        }
    }

    /** Of x86-64: fstat, newfstatat, statx, fchmod, fchmodat2, fchown, fchownat, utimensat, f*xattr, fstatfs. */
    private static final SystemCall[] X86_64 = {
        new SystemCall(5, -1, -1),
        new SystemCall(262, 1, 3),
        new SystemCall(332, 1, 2),
        new SystemCall(91, -1, -1),
        new SystemCall(452, 1, 3),
        new SystemCall(93, -1, -1),
        new SystemCall(260, 1, 4),
        new SystemCall(280, 1, 3),
        new SystemCall(190, -1, -1),
        new SystemCall(193, -1, -1),
        new SystemCall(196, -1, -1),
        new SystemCall(199, -1, -1),
        new SystemCall(138, -1, -1),
    };

    /** Of aarch64, the same calls. */
    private static final SystemCall[] AARCH64 = {
        new SystemCall(80, -1, -1),
        new SystemCall(79, 1, 3),
        new SystemCall(291, 1, 2),
        new SystemCall(52, -1, -1),
        new SystemCall(452, 1, 3),
        new SystemCall(55, -1, -1),
        new SystemCall(54, 1, 4),
        new SystemCall(88, 1, 3),
        new SystemCall(7, -1, -1),
        new SystemCall(10, -1, -1),
        new SystemCall(13, -1, -1),
        new SystemCall(16, -1, -1),
        new SystemCall(44, -1, -1),
    };

    private static final SystemCall[] CALLS = "aarch64".equals(System.getProperty("os.arch")) ? AARCH64 : X86_64;

    private Descriptors() {}

    /** Whether the process is known to be in a call on a descriptor. */
    static boolean isCallOnDescriptor(int pid) {
        String text;
        try {
            text = Files.readString(Path.of("/proc/" + pid + "/syscall"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return false;
        }
        String[] words = text.trim().split(" ", -1);
        if (words.length < 7) {
            return false; // running: not in a call
        }
        int number = Integer.parseInt(words[0]);
        long[] arguments = new long[6];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = Long.parseUnsignedLong(words[i + 1].substring("0x".length()), 16);
        }
        return Arrays.stream(CALLS).anyMatch(call -> call.number() == number && call.isOnDescriptor(arguments));
    }
}
