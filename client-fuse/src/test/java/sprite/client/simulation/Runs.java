package sprite.client.simulation;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Runs seeds, one at a time, in a JVM of their own: worlds beside each other would wait for each other's classes, and
 * no longer be determined by their seeds. Ends with status 1 after telling the story of the first failure.
 */
public final class Runs {
    private Runs() {}

    /**
     * FIRST LAST STEP: these seeds; {@code seconds} N: new ones for so long; {@code twice} N: the first N, twice, which
     * must be the same.
     */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Rewriting loader = new Rewriting(Runs.class.getClassLoader());
        Seeds worlds = (Seeds) loader.loadClass(World.Sequence.class.getName())
                .getDeclaredConstructor()
                .newInstance();
        switch (arguments[0]) {
            case "seconds" -> run(worlds, fresh(arguments[1]));
            case "twice" -> compare(worlds, Long.parseLong(arguments[1]));
            default -> run(worlds, counted(arguments));
        }
    }

    private static void compare(Seeds worlds, long last) {
        for (long seed = 1; seed <= last; seed++) {
            Report first = worlds.run(seed, 0);
            Report second = worlds.run(seed, 0);
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
        for (long seed = seeds.getAsLong(); seed >= 0; seed = seeds.getAsLong()) {
            Report report = worlds.run(seed, Integer.getInteger("lines", 200));
            count++;
            virtualNanos += report.nanos();
            Throwable failure = report.failure();
            if (failure != null) {
                report.story().forEach(System.out::println);
                failure.printStackTrace(System.out);
                System.out.println("seed " + seed + " fails: " + failure);
                System.exit(1);
            }
        }
        System.out.printf(
                "%d worlds of %.0f virtual seconds together, in %.1f s%n",
                count, virtualNanos / 1e9, (System.nanoTime() - begin) / 1e9);
    }
}
