package sprite.client.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Runs seeds, one at a time, in a JVM of their own: worlds beside each other would wait for each other's classes, and
 * no longer be determined by their seeds. Ends with status 1 after telling the story of the first failure, or of the
 * first {@code -Dfailures=N}.
 */
public final class Runs {
    /** So many worlds must reach every mark. */
    private static final long ENOUGH = 2_000;

    private Runs() {}

    /**
     * FIRST LAST STEP: these seeds; {@code these} SEED...: those; {@code seconds} N: new ones for so long;
     * {@code twice} N: the first N, twice, which must be the same; {@code bugs} N: those with planted bugs, until it is
     * noticed.
     */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Rewriting loader = new Rewriting(Runs.class.getClassLoader());
        Seeds worlds = (Seeds) loader.loadClass(World.Sequence.class.getName())
                .getDeclaredConstructor()
                .newInstance();
        switch (arguments[0]) {
            case "seconds" -> run(worlds, fresh(arguments[1]));
            case "bugs" -> plant(worlds, Long.parseLong(arguments[1]));
            case "these" -> run(worlds, listed(arguments));
            case "twice" -> compare(worlds, Long.parseLong(arguments[1]));
            default -> run(worlds, counted(arguments));
        }
    }

    /** Each bug must be noticed by one of the first seeds. {@code -Dtable=N} counts how many of N seeds notice. */
    private static void plant(Seeds worlds, long last) {
        boolean all = true;
        int table = Integer.getInteger("table", 0);
        List<Bug> planted = Bug.named(System.getProperty("bug", ""));
        for (Bug bug : planted) {
            Report report = notice(worlds, bug, 1);
            while (report.failure() == null && report.seed() < last) {
                report = notice(worlds, bug, report.seed() + 1);
            }
            all &= report.failure() != null;
            if (table > 0) {
                System.out.printf("| `%s` | %d | %d |%n", bug, report.seed(), noticed(worlds, bug, table));
            } else {
                System.out.printf("%-30s seed %d: %s%n", bug, report.seed(), report.failure());
            }
        }
        if (!all) {
            System.exit(1);
        }
    }

    /** A world that fails without the bug, too, has not noticed it. */
    private static Report notice(Seeds worlds, Bug bug, long seed) {
        Report with = worlds.run(seed, bug.name(), 0);
        if (with.failure() == null) {
            return with;
        }
        Report without = worlds.run(seed, Bug.NONE.name(), 0);
        return without.failure() == null ? with : with.withoutFailure();
    }

    private static int noticed(Seeds worlds, Bug bug, int seeds) {
        int count = 0;
        for (long seed = 1; seed <= seeds; seed++) {
            count += notice(worlds, bug, seed).failure() == null ? 0 : 1;
        }
        return count;
    }

    private static void compare(Seeds worlds, long last) {
        for (long seed = 1; seed <= last; seed++) {
            Report first = worlds.run(seed, "", 0);
            Report second = worlds.run(seed, "", 0);
            if (!first.equals(second)) {
                System.out.println("seed " + seed + " is " + first + " first and " + second + " then");
                System.exit(1);
            }
        }
    }

    private static LongSupplier counted(String[] arguments) {
        long last = Long.parseLong(arguments[1]);
        long step = Long.parseLong(arguments[2]);
        long[] next = {Long.parseLong(arguments[0]) - step};
        return () -> (next[0] += step) <= last ? next[0] : -1;
    }

    private static LongSupplier listed(String[] arguments) {
        int[] next = {0};
        return () -> ++next[0] < arguments.length ? Long.parseLong(arguments[next[0]]) : -1;
    }

    private static LongSupplier fresh(String seconds) {
        long end =
                System.nanoTime() + Duration.ofSeconds(Long.parseLong(seconds)).toNanos();
        SplittableRandom random = new SplittableRandom();
        return () -> System.nanoTime() < end ? random.nextLong() >>> 1 : -1;
    }

    private static void run(Seeds worlds, LongSupplier seeds) {
        long begin = System.nanoTime();
        long count = 0;
        long virtualNanos = 0;
        int failures = 0;
        Map<String, Integer> marks = new TreeMap<>();
        for (long seed = seeds.getAsLong(); seed >= 0; seed = seeds.getAsLong()) {
            Report report = worlds.run(seed, System.getProperty("bug", ""), Integer.getInteger("lines", 200));
            count++;
            virtualNanos += report.nanos();
            report.marks().forEach((mark, times) -> marks.merge(mark, times, Integer::sum));
            Throwable failure = report.failure();
            if (failure != null) {
                report.story().forEach(System.out::println);
                failure.printStackTrace(System.out);
                System.out.println("seed " + seed + " fails: " + failure);
                if (++failures >= Integer.getInteger("failures", 1)) {
                    System.exit(1);
                }
            }
        }
        System.out.printf(
                "%d worlds of %.0f virtual seconds together, in %.1f s, marks %s%n",
                count, virtualNanos / 1e9, (System.nanoTime() - begin) / 1e9, marks);
        if (failures > 0) {
            System.exit(1);
        }
        for (Mark mark : Mark.values()) {
            if (count >= ENOUGH && !marks.containsKey(mark.name())) {
                System.out.println("never reached: " + mark);
                System.exit(1);
            }
        }
    }
}
