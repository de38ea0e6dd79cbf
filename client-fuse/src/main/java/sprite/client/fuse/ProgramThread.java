package sprite.client.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A thread of a program that waits for an answer, as {@code /proc} shows it. Pure functions of that.
 *
 * <p>Source: proc_pid_status(5), proc_pid_stat(5), signal(7); {@code PF_EXITING} of Linux,
 * {@code include/linux/sched.h}.
 */
public final class ProgramThread {
    private static final long SIGKILL = bit(9);

    /**
     * Signals that do not end a program that does nothing about them: CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH.
     */
    private static final long HARMLESS = bit(17) | bit(18) | bit(19) | bit(20) | bit(21) | bit(22) | bit(23) | bit(28);

    private static final long PF_EXITING = 4;

    /** Of {@code /proc/PID/stat}, counted from the state, which follows the name in parentheses. */
    private static final int FLAGS = 6;

    private ProgramThread() {}

    private static long bit(int signal) {
        return 1L << (signal - 1);
    }

    /**
     * Whether the thread will run none of its program's code any more: it was sent SIGKILL, or another signal that ends
     * it, or is ending. False if it cannot be seen.
     */
    public static boolean isEnding(int thread) {
        if (thread == 0) {
            return false; // of another PID namespace
        }
        try {
            return isFatal(text(thread, "status")) || isExiting(text(thread, "stat"));
        } catch (IOException e) {
            return false; // a thread that waits is there, so it is hidden from us
        }
    }

    private static String text(int thread, String file) throws IOException {
        return new String(
                Files.readAllBytes(Path.of("/proc", Integer.toString(thread), file)), StandardCharsets.ISO_8859_1);
    }

    /** Whether a signal is pending that ends the program. */
    static boolean isFatal(String status) {
        Map<String, String> fields = status.lines()
                .filter(line -> line.startsWith("S"))
                .collect(Collectors.toMap(ProgramThread::name, ProgramThread::value, (a, _) -> a));
        long pending = mask(fields, "SigPnd") | mask(fields, "ShdPnd");
        long handled = mask(fields, "SigBlk") | mask(fields, "SigIgn") | mask(fields, "SigCgt");
        return (pending & SIGKILL) != 0 || (pending & ~handled & ~HARMLESS) != 0;
    }

    private static String name(String line) {
        return line.substring(0, Math.max(0, line.indexOf(':')));
    }

    private static String value(String line) {
        return line.substring(line.indexOf(':') + 1).strip();
    }

    private static long mask(Map<String, String> fields, String name) {
        return Long.parseUnsignedLong(fields.getOrDefault(name, "0"), 16);
    }

    /** Whether the thread is on its way out, and closes what it had open. */
    static boolean isExiting(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[FLAGS]) & PF_EXITING) != 0;
    }
}
