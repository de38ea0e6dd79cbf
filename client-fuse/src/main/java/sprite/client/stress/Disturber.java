package sprite.client.stress;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import sprite.consistency.history.Crash;
import sprite.consistency.history.Span;

/** Has a mount killed and mounted again while others work on. Thread-safe: no state but the gates'. */
final class Disturber {
    private static final long SECONDS_MAX = 120;

    private final String command;
    private final long originNanos;

    Disturber(String command, long originNanos) {
        this.command = command;
        this.originNanos = originNanos;
    }

    /** Returns when the mount is back. */
    Crash disturb(Place place) throws StressException {
        place.gate().close();
        try {
            long start = System.nanoTime() - originNanos;
            run(place);
            return new Crash(place.name(), new Span(start, System.nanoTime() - originNanos));
        } finally {
            place.gate().open();
        }
    }

    private void run(Place place) throws StressException {
        var builder = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        builder.environment().put("MOUNT", place.path().toString());
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        try {
            Process process = builder.start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new StressException("'" + command + "' for " + place.path() + " does not end");
            }
            if (process.exitValue() != 0) {
                throw new StressException(
                        "'" + command + "' for " + place.path() + " failed with status " + process.exitValue());
            }
        } catch (IOException e) {
            throw new StressException("'" + command + "' cannot be run: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StressException("interrupted");
        }
    }
}
