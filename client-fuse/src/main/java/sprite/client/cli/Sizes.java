package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Amounts of memory, as people write and read them. Pure functions, but for the size of this machine. */
final class Sizes {
    private static final long KIB = 1024;
    private static final long AUTO_MIN = 64 * KIB * KIB;
    private static final long AUTO_MAX = 4 * KIB * KIB * KIB;
    private static final String UNITS = "KMGT";

    private Sizes() {}

    /** Bytes: {@code auto}, a quarter of the machine's memory, or a number with K, M, G or T. */
    static long parseCacheSize(String text) throws CommandException {
        if (text.equals("auto")) {
            return Math.clamp(machineMemory() / 4, AUTO_MIN, AUTO_MAX);
        }
        String upper = text.toUpperCase(Locale.ROOT);
        int unit = upper.isEmpty() ? -1 : UNITS.indexOf(upper.charAt(upper.length() - 1));
        String digits = unit < 0 ? upper : upper.substring(0, upper.length() - 1);
        try {
            long bytes = Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (unit + 1)));
            if (bytes >= KIB * KIB) {
                return bytes;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // explained below
        }
        throw new CommandException("cache size '" + text + "' is neither 'auto' nor at least 1M, such as 512M or 2G");
    }

    private static long machineMemory() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * KIB;
                }
            }
        } catch (IOException e) {
            return AUTO_MIN;
        }
        return AUTO_MIN;
    }

    /** Such as "1.5 MiB". */
    static String show(long bytes) {
        if (bytes < KIB) {
            return bytes + " B";
        }
        int unit = Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, UNITS.length());
        return String.format(Locale.ROOT, "%.1f %ciB", bytes / Math.pow(KIB, unit), UNITS.charAt(unit - 1));
    }
}
