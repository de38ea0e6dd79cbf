package sprite.client.stress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.consistency.history.Crash;
import sprite.consistency.history.Span;

/**
 * Has a program make faults, and lets it say what may be lost by them. It writes lines, and waits after each until it
 * is answered with an empty one, so that what it announces is known here before it happens:
 *
 * <pre>
 * down MOUNT      the mount's daemon is about to be killed: nobody begins calls there until it is up
 * up MOUNT        it serves again
 * cut MOUNT       the mount is about to be out of reach, perhaps for so long that servers give it up and what it
 *                 alone knows is lost. Programs there go on
 * whole MOUNT     it is in reach again, and was given up
 * kept MOUNT      it is in reach again, and was not given up: nothing may be lost
 * lost MOUNT      it was given up in this window, without an announcement
 * done WHAT       a fault was brought about, and is over
 * </pre>
 *
 * <p>The window is over when the program ends. What else it writes is not answered, and taken for the reason if it
 * fails. Confined to one thread.
 */
final class FaultProgram implements Disturbance {
    private static final Logger log = LoggerFactory.getLogger(FaultProgram.class);
    private static final long SECONDS_MAX = 600;

    private final String command;
    private final SortedMap<String, Place> places = new TreeMap<>();
    private final long originNanos;
    private final Consumer<String> done;
    private long beganNanos;

    /** @param done hears of each fault that was brought about */
    FaultProgram(String command, List<Place> places, long originNanos, Consumer<String> done) {
        this.command = command;
        places.forEach(place -> this.places.put(place.name(), place));
        this.originNanos = originNanos;
        this.done = done;
    }

    @Override
    public boolean endsWindow() {
        return true;
    }

    @Override
    public List<Crash> disturb(int window) throws StressException {
        beganNanos = now();
        var builder = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        builder.environment().put("WINDOW", Integer.toString(window));
        try {
            Process process = builder.start();
            CompletableFuture.delayedExecutor(SECONDS_MAX, TimeUnit.SECONDS).execute(process::destroyForcibly);
            List<Crash> losses = new ArrayList<>();
            String last = converse(process, losses);
            if (process.waitFor() != 0) {
                throw new StressException("a fault of window " + window + " could not be brought about: " + last);
            }
            return losses;
        } catch (IOException e) {
            throw new StressException("'" + command + "' cannot be run: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StressException("interrupted");
        } finally {
            places.values().forEach(place -> place.gate().open());
        }
    }

    /** Takes in what it says until it says no more; the last thing, which is the reason if it fails. */
    private String converse(Process process, List<Crash> losses) throws IOException, StressException {
        Map<String, Long> sinceNanos = new TreeMap<>();
        String last = "it said nothing";
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                last = line;
                if (hear(line, sinceNanos, losses)) {
                    answer(process.getOutputStream());
                }
            }
        }
        if (!sinceNanos.isEmpty()) {
            throw new StressException("'" + command + "' left " + sinceNanos.keySet() + " as they were; " + last);
        }
        return last;
    }

    /** One that has ended meanwhile does not hear it; its status tells what is to be thought of that. */
    private static void answer(OutputStream to) {
        try {
            to.write('\n');
            to.flush();
        } catch (IOException e) {
            log.debug("the program that makes faults does not listen: {}", e.getMessage());
        }
    }

    /** Whether it is to be answered. */
    private boolean hear(String line, Map<String, Long> sinceNanos, List<Crash> losses) throws StressException {
        int blank = line.indexOf(' ');
        String rest = line.substring(blank + 1);
        switch (blank < 0 ? "" : line.substring(0, blank)) {
            case "down" -> {
                place(rest).gate().close();
                sinceNanos.put(rest, now());
            }
            case "kept" -> sinceNanos.remove(place(rest).name());
            case "lost" -> losses.add(new Crash(place(rest).name(), new Span(beganNanos, now())));
            case "cut" -> sinceNanos.put(place(rest).name(), now());
            case "up", "whole" -> {
                Long since = sinceNanos.remove(rest);
                if (since == null) {
                    throw new StressException("'" + command + "' says '" + line + "', but it was not down or cut");
                }
                losses.add(new Crash(rest, new Span(since, now())));
                place(rest).gate().open();
            }
            case "done" -> done.accept(rest);
            default -> {
                return false;
            }
        }
        return true;
    }

    private long now() {
        return System.nanoTime() - originNanos;
    }

    private Place place(String name) throws StressException {
        Place place = places.get(name);
        if (place == null) {
            throw new StressException("'" + command + "' speaks of " + name + "; there are " + places.keySet());
        }
        return place;
    }
}
