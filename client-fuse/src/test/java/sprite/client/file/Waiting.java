package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread does. No state. */
final class Waiting {
    private static final long LOOK_NANOS = 100_000;

    private Waiting() {}

    /** Fails if it is not so after {@code seconds}. */
    static void until(int seconds, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(
                    System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(seconds),
                    () -> "waited for " + seconds + " s in vain");
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
