package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;

/** Very many calls of one program that all wait for the server of {@code /things}. No state. */
final class ManyCalls {
    private static final int MANY = 200;
    private static final Duration SOON = Duration.ofSeconds(30);

    private ManyCalls() {}

    /** Calls that the kernel does not put in a queue of its own, as it does with lookups in one directory. */
    static Process begin(FiveMounts mounts, String mount) throws IOException {
        return mounts.shell("""
                exec python3 -c 'if 1:
                    import os, threading
                    def call():
                        try:
                            os.statvfs("%s")
                        except OSError:
                            pass
                    for _ in range(%d):
                        threading.Thread(target=call).start()
                '
                """.formatted(mounts.things(mount), MANY));
    }

    /** Returns when the daemon knows of all of them. */
    static void awaitWaiting(FiveMounts mounts, String mount) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        int waiting = 0;
        while (waiting < MANY && deadline - System.nanoTime() > 0) {
            waiting = mounts.status(mount).path("waiting").size();
        }
        int all = waiting;
        assertTrue(all >= MANY, () -> mount + ": " + all + mounts.logs());
    }
}
