package sprite.client.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at each process by itself, and tells of system calls that do not return: who makes which call on which file
 * since when, where its thread is in the kernel, and who waits for whom behind the mounts; each once, and once more
 * when it has returned. A call that waits for a lock is told of only if the lock has not changed hands for as long.
 *
 * <p>Thread-safe: what changes is confined to the thread {@code watchdog}, or atomic.
 */
final class Watchdog implements AutoCloseable {
    /** It looks so often until a call has been under way for too long. */
    private static final int LOOKS = 10;

    private static final long LOOK_NANOS_MAX = 1_000_000_000;

    /** Most that is told of a thread's way through the kernel. */
    private static final int FRAMES_MAX = 12;

    private final Duration limit;
    private final List<Watched> processes;
    private final Hands hands;
    private final Inquiry inquiry;
    private final Consumer<String> told;
    private final long originNanos;
    private final AtomicInteger stuck = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);

    /** Those that have been told of and have not returned. */
    private final Set<UnderWay> waiting = new HashSet<>();

    private @Nullable Thread thread;

    /**
     * A process, or a part of one that makes calls of its own. Immutable.
     *
     * @param directory of the run, below which names are those of objects
     */
    record Watched(String who, Place place, String directory, Progress progress) {}

    /**
     * One that has not begun.
     *
     * @param limit how long a call may take; zero: as long as it likes
     * @param told hears of them, on the watchdog's thread
     * @param originNanos the moment 0 of the history
     */
    Watchdog(
            Duration limit,
            List<Watched> processes,
            Hands hands,
            Inquiry inquiry,
            Consumer<String> told,
            long originNanos) {
        this.limit = limit;
        this.processes = List.copyOf(processes);
        this.hands = hands;
        this.inquiry = inquiry;
        this.told = told;
        this.originNanos = originNanos;
    }

    /** Begins, on a thread of its own. */
    void begin() {
        if (!limit.isZero()) {
            processes.forEach(process -> process.progress().keepSlow(limit.toNanos()));
            thread = Thread.ofPlatform().daemon().name("watchdog").start(this::run);
        }
    }

    /** How many calls have taken too long. */
    int stuck() {
        return stuck.get();
    }

    private void run() {
        long pauseNanos = Math.min(LOOK_NANOS_MAX, limit.toNanos() / LOOKS);
        try {
            while (!over.await(pauseNanos, TimeUnit.NANOSECONDS)) {
                look();
            }
            look(); // what has ended meanwhile
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Tells what there is to tell at this moment. */
    void look() {
        for (Watched process : processes) {
            process.progress().takeSlow().forEach(ended -> hasEnded(process, ended));
        }
        boolean isNews = false;
        for (Watched process : processes) {
            UnderWay call = process.progress().now();
            if (call != null && !waiting.contains(call) && isStuck(process, call)) {
                waiting.add(call);
                stuck.incrementAndGet();
                tell(process, call);
                isNews = true;
            }
        }
        if (isNews) {
            tellWhoWaits();
        }
    }

    private void hasEnded(Watched process, UnderWay call) {
        if (waiting.remove(call)) {
            told.accept("watchdog: " + process.who() + " moves again; its " + call.call() + " took "
                    + seconds(call.tookNanos()));
        } else if (!call.isForLock()) { // it ended between two looks
            stuck.incrementAndGet();
            told.accept("watchdog: " + describe(process, call) + " took " + seconds(call.tookNanos()));
        }
    }

    private boolean isStuck(Watched process, UnderWay call) {
        return idleNanos(process, call) >= limit.toNanos() && !call.hasEnded();
    }

    /** For how long nothing has moved that this call waits for. */
    private long idleNanos(Watched process, UnderWay call) {
        if (call.isForLock() && call.tookNanos() >= limit.toNanos()) {
            Hands.Hand hand = hands.of(object(process, call));
            if (hand != null) {
                return Math.min(call.tookNanos(), System.nanoTime() - hand.atNanos());
            }
        }
        return call.tookNanos();
    }

    private void tell(Watched process, UnderWay call) {
        var text = new StringBuilder("watchdog: " + describe(process, call) + " has not returned for "
                + seconds(call.tookNanos()) + ", since " + seconds(call.beganNanos() - originNanos));
        Hands.Hand hand = call.isForLock() ? hands.of(object(process, call)) : null;
        if (hand != null) {
            text.append(System.lineSeparator())
                    .append(hand.hasIt() ? "  the lock is held by " : "  the lock was last given back by ")
                    .append(hand.who())
                    .append(", ")
                    .append(seconds(hand.atNanos() - originNanos));
        }
        text.append(System.lineSeparator())
                .append("  its thread ")
                .append(call.thread())
                .append(" is in the kernel at ")
                .append(inKernel(call.thread()));
        told.accept(text.toString());
    }

    /** Of all mounts: who is waited for may be behind another one. */
    private void tellWhoWaits() {
        SequencedSet<Place> places = new LinkedHashSet<>();
        processes.forEach(process -> places.add(process.place()));
        for (Place place : places) {
            for (String line : inquiry.at(place.path())) {
                told.accept("  " + place.text() + ": " + line);
            }
        }
    }

    private static String describe(Watched process, UnderWay call) {
        return process.who() + " at " + process.place().text() + " ("
                + process.place().type() + "): " + call.call() + " "
                + call.file().replace(process.directory() + "/", "");
    }

    /** The name of the file without the directory of the run, by which a lock is known on all mounts. */
    private static String object(Watched process, UnderWay call) {
        String file = call.file();
        String above = process.directory() + "/";
        return file.startsWith(above) ? file.substring(above.length()) : file;
    }

    /** The functions that a thread is in, the innermost first; root may read them, others only the innermost one. */
    private static String inKernel(int thread) {
        String task = "/proc/self/task/" + thread;
        try {
            return Files.readAllLines(Path.of(task + "/stack")).stream()
                    .map(line -> line.replaceAll("^\\S+ |\\+.*$", ""))
                    .limit(FRAMES_MAX)
                    .collect(Collectors.joining(", "));
        } catch (IOException e) {
            return wait(task);
        }
    }

    private static String wait(String task) {
        try {
            return Files.readString(Path.of(task + "/wchan"));
        } catch (IOException e) {
            return "a place that it does not tell";
        }
    }

    /** The longest call of all, in a few words, but for those that wait for locks; empty if there was none. */
    String longest() {
        long mostNanos = -1;
        String longest = "";
        for (Watched process : processes) {
            for (UnderWay call : Arrays.asList(
                    process.progress().longest(), process.progress().now())) {
                if (call != null && !call.isForLock() && call.tookNanos() > mostNanos) {
                    mostNanos = call.tookNanos();
                    longest = seconds(mostNanos) + ", " + describe(process, call);
                }
            }
        }
        return longest;
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    /** What has been told of and ends now is told of; what never ends is left alone. */
    @Override
    public void close() {
        over.countDown();
        Thread running = thread;
        if (running != null) {
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
