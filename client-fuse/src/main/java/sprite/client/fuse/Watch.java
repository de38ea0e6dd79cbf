package sprite.client.fuse;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.call.Call;

/**
 * Looks now and then at the calls that a driver has not answered. A call whose program is ending is aborted; if the
 * worker that carries it out is stuck all the same, the kernel is answered in its place, so that every program can be
 * killed. And it is written to the log who waits for whom when calls do not move though the servers answer.
 *
 * <p>Thread-safe: what changes is confined to the thread {@code fuse-watch}.
 */
// See "Waiting" in the design notes.
public final class Watch {
    private static final Logger log = LoggerFactory.getLogger(Watch.class);

    private static final long LOOK_MILLIS = 250;

    /** Calls that wait longer than this are looked after. */
    private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** So many programs are looked at in one round; the others in those that follow. */
    private static final int PROGRAMS_AT_ONCE = 100;

    /** How long the worker of an aborted call may take to end it. */
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Calls that wait so long for servers that answer are told of. */
    private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int TOLD_MAX = 5;

    private final Supplier<List<Call>> unanswered;
    private final LongConsumer interrupt;
    private final CountDownLatch over = new CountDownLatch(1);

    /** When each call was aborted, by its number. */
    private final Map<Long, Long> aborted = new HashMap<>();

    private long toldUntilNanos = System.nanoTime();
    private int nextProgram;

    /**
     * A watch that has not begun.
     *
     * @param unanswered the calls that workers carry out at this moment
     * @param interrupt answers the call of that number with EINTR; of no effect if it has been answered
     */
    public Watch(Supplier<List<Call>> unanswered, LongConsumer interrupt) {
        this.unanswered = unanswered;
        this.interrupt = interrupt;
    }

    /** Begins, on a thread of its own. */
    public void begin() {
        Thread.ofPlatform().daemon().name("fuse-watch").start(this::run);
    }

    /** The mount is over. */
    public void end() {
        over.countDown();
    }

    /** The calls that have waited for a while, the longest first. From any thread. */
    public List<WaitingCall> waiting() {
        long now = System.nanoTime();
        return slow(now).stream().map(call -> describe(call, now)).toList();
    }

    private List<Call> slow(long now) {
        return unanswered.get().stream()
                .filter(call -> now - call.beganNanos() > LONG_NANOS)
                .sorted(Comparator.comparingLong(call -> call.beganNanos() - now))
                .toList();
    }

    private static WaitingCall describe(Call call, long now) {
        return new WaitingCall(
                call.kind(),
                call.subject(),
                call.uid(),
                call.pid(),
                TimeUnit.NANOSECONDS.toMillis(now - call.beganNanos()),
                call.awaited());
    }

    private void run() {
        try {
            while (!over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        long now = System.nanoTime();
        List<Call> slow = slow(now);
        int some = Math.min(slow.size(), PROGRAMS_AT_ONCE);
        for (int i = 0; i < some; i++) {
            Call call = slow.get((nextProgram + i) % slow.size());
            if (!call.isAborted() && ProgramThread.isEnding(call.pid())) {
                call.abort();
            }
        }
        nextProgram = slow.isEmpty() ? 0 : (nextProgram + some) % slow.size();
        answerStuck(slow, now);
        tellStalled(slow, now);
    }

    private void answerStuck(List<Call> slow, long now) {
        if (slow.isEmpty()) {
            aborted.clear();
            return;
        }
        for (Call call : slow) {
            if (call.isAborted() && now - aborted.computeIfAbsent(call.number(), _ -> now) > STUCK_NANOS) {
                interrupt.accept(call.number());
            }
        }
        aborted.values().removeIf(since -> now - since > 2 * STUCK_NANOS);
    }

    private void tellStalled(List<Call> slow, long now) {
        List<Call> stalled = new ArrayList<>();
        for (Call call : slow) {
            long tellAt = call.beganNanos() + STALLED_NANOS;
            if (tellAt - now <= 0 && tellAt - toldUntilNanos > 0 && !call.isServerSilent() && !call.isForLock()) {
                stalled.add(call);
            }
        }
        toldUntilNanos = now;
        for (Call call : stalled.subList(0, Math.min(stalled.size(), TOLD_MAX))) {
            log.warn(
                    "{} {} of process {} (uid {}) has waited for 10 s for {}, though the server answers",
                    call.kind(),
                    call.subject(),
                    call.pid(),
                    call.uid(),
                    call.awaited().isEmpty() ? "the file system" : call.awaited());
        }
        if (stalled.size() > TOLD_MAX) {
            log.warn("and {} more; 'spritefs status' lists them", stalled.size() - TOLD_MAX);
        }
    }
}
