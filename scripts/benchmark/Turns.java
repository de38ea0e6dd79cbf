import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times system calls on several files side by side: {@code Turns ROUNDS MILLIS OPERATION NAME=FILE...} has the files
 * take turns of MILLIS each, ROUNDS times, in another order each time, and prints a line for each: its name, the
 * nanoseconds that an operation took in its best turn, and in the median of its turns. {@code Turns count N OPERATION
 * FILE} does it N times and prints nothing.
 *
 * <p>Operations: {@code nothing} (what the loop itself costs), {@code stat}, {@code read4k} (pread of 4 KiB, on and on
 * through the file), {@code open-read-close} (with 4 KiB), {@code read1m} and {@code write1m} (1 MiB, on and on, with
 * O_DIRECT, past the kernel's pages).
 *
 * <p>The calls go straight to the C library, by the foreign-function API, as "critical" ones: without the JVM's change
 * of state that other calls into C have, which leaves some nanoseconds of a loop's turn. The clock is read once in 64
 * operations, or once for each of those with 1 MiB.
 */
final class Turns {
    private static final int PAGE = 4096;
    private static final int MEGABYTE = 1 << 20;
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_DIRECT =
            System.getProperty("os.arch", "").equals("aarch64") ? 0200000 : 040000;
    private static final int SEEK_END = 2;
    private static final int FEW = 64;

    /** How far to go in a file that has data wherever it is read, and no end. */
    private static final long ENDLESS_BYTES = 64 << 20;

    /** Rounds for the JVM to compile the loop, and for caches to fill. */
    private static final int UNMEASURED = 3;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle LSEEK =
            call("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle STAT = call("stat", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle ABS = call("abs", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle PREAD =
            call("pread", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PWRITE =
            call("pwrite", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));

    private static MethodHandle call(String name, FunctionDescriptor shape) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), shape, Linker.Option.critical(false));
    }

    private Turns() {}

    /** One file and what is done to it. */
    private static final class Subject {
        private final String name;
        private final String operation;
        private final MemorySegment path;
        private final MemorySegment memory;
        private final int descriptor;
        private final long size;
        private final List<Double> turns = new ArrayList<>();
        private long offset;

        Subject(String name, String operation, String file, Arena arena) throws Throwable {
            this.name = name;
            this.operation = operation;
            path = arena.allocateFrom(file);
            memory = arena.allocate(MEGABYTE, PAGE);
            memory.fill((byte) 1);
            boolean isOpen = operation.startsWith("read") || operation.startsWith("write");
            int flags = (operation.startsWith("write") ? O_RDWR : O_RDONLY) | (operation.endsWith("1m") ? O_DIRECT : 0);
            descriptor = isOpen ? (int) OPEN.invokeExact(path, flags, 0) : 0;
            require(descriptor >= 0, "open");
            long end = isOpen ? (long) LSEEK.invokeExact(descriptor, 0L, SEEK_END) : 0;
            size = end >= bytes() ? end : ENDLESS_BYTES;
        }

        private void require(boolean condition, String what) {
            if (!condition) {
                throw new IllegalStateException(what + " of " + name + " failed");
            }
        }

        private long bytes() {
            return operation.endsWith("1m") ? MEGABYTE : PAGE;
        }

        /** How often before the clock is read. */
        int atOnce() {
            return operation.endsWith("1m") ? 1 : FEW;
        }

        private long next() {
            long at = offset;
            offset = at + 2 * bytes() > size ? 0 : at + bytes();
            return at;
        }

        void times(int count) throws Throwable {
            switch (operation) {
                case "nothing" -> {
                    int sum = 0;
                    for (int i = 0; i < count; i++) {
                        sum += (int) ABS.invokeExact(-i);
                    }
                    require(sum >= 0, "abs");
                }
                case "stat" -> {
                    for (int i = 0; i < count; i++) {
                        require((int) STAT.invokeExact(path, memory) == 0, "stat");
                    }
                }
                case "read4k", "read1m" -> {
                    for (int i = 0; i < count; i++) {
                        long done = (long) PREAD.invokeExact(descriptor, memory, bytes(), next());
                        require(done == bytes(), "pread");
                    }
                }
                case "write1m" -> {
                    for (int i = 0; i < count; i++) {
                        long done = (long) PWRITE.invokeExact(descriptor, memory, bytes(), next());
                        require(done == bytes(), "pwrite");
                    }
                }
                case "open-read-close" -> {
                    for (int i = 0; i < count; i++) {
                        int opened = (int) OPEN.invokeExact(path, O_RDONLY, 0);
                        require(opened >= 0, "open");
                        long done = (long) PREAD.invokeExact(opened, memory, (long) PAGE, 0L);
                        require(done == PAGE, "pread");
                        require((int) CLOSE.invokeExact(opened) == 0, "close");
                    }
                }
                default -> throw new IllegalArgumentException("no operation " + operation);
            }
        }

        /** Works for so long; nanoseconds for each operation. */
        double turn(long nanos) throws Throwable {
            long start = System.nanoTime();
            long now = start;
            long done = 0;
            while (now - start < nanos) {
                times(atOnce());
                done += atOnce();
                now = System.nanoTime();
            }
            return (double) (now - start) / done;
        }
    }

    public static void main(String[] words) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            if (words[0].equals("count")) {
                new Subject("the file", words[2], words[3], arena).times(Integer.parseInt(words[1]));
                return;
            }
            int rounds = Integer.parseInt(words[0]);
            long nanos = Long.parseLong(words[1]) * 1_000_000;
            List<Subject> subjects = new ArrayList<>();
            for (String word : Arrays.asList(words).subList(3, words.length)) {
                String[] named = word.split("=", 2);
                subjects.add(new Subject(named[0], words[2], named[1], arena));
            }
            for (int round = -UNMEASURED; round < rounds; round++) {
                for (int i = 0; i < subjects.size(); i++) {
                    Subject subject = subjects.get(Math.floorMod(i + round, subjects.size()));
                    double took = subject.turn(nanos);
                    if (round >= 0) {
                        subject.turns.add(took);
                    }
                }
            }
            for (Subject subject : subjects) {
                double[] turns =
                        subject.turns.stream().mapToDouble(Double::doubleValue).sorted().toArray();
                System.out.println(subject.name + " " + turns[0] + " " + turns[turns.length / 2]);
            }
        }
    }
}
