package sprite.client.stress;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import sprite.consistency.history.Crash;
import sprite.consistency.history.Span;

/** Has mounts killed and mounted again, in turn, by a shell command. Thread-safe: no state but the gates'. */
final class Disturber implements Disturbance {
    private static final long SECONDS_MAX = 120;

    private final String command;
    private final List<Place> places;
    private final long originNanos;

    Disturber(String command, List<Place> places, long originNanos) {
        this.command = command;
        this.places = places;
        this.originNanos = originNanos;
    }

    @Override
    public boolean endsWindow() {
        return false;
    }

    @Override
    public List<Crash> disturb(int window) throws StressException {
        Place place = places.get(window % places.size());
        place.gate().close();
        try {
            long start = System.nanoTime() - originNanos;
            run(place);
            return List.of(new Crash(place.name(), new Span(start, System.nanoTime() - originNanos)));
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
