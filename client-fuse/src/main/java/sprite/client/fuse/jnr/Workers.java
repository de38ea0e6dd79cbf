package sprite.client.fuse.jnr;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import sprite.client.call.Call;
import sprite.client.fuse.Driver;
import sprite.client.fuse.Errno;
import sprite.client.fuse.RequestCounts;
import sprite.client.fuse.WaitingCall;
import sprite.client.fuse.Watch;
import sprite.common.error.FsError;

/**
 * How many workers read requests. The kernel wakes readers in turn, so with many of them every request lands on a cold
 * thread and processor: of four readers each costs twice as much per request as of one. Therefore at most two read; a
 * worker that comes back while two read rests. Whenever the last reader takes a request, another is woken or made, so
 * that a request that waits (for a lock, for a server) never keeps others, or its own interruption, from being read.
 * Thread-safe: counts are atomic.
 */
final class Workers {
    /** Where a worker's request points before the first. */
    static final Request NO_REQUEST =
            new Request(Arena.global().allocate(64, Long.BYTES).fill((byte) 0).address());

    private static final int READERS_MAX = 3;

    /** More resting workers than this end. */
    private static final int RESTING_MAX = 16;

    private final long session;
    private final long channel;
    private final AtomicInteger readers = new AtomicInteger();
    private final AtomicInteger resting = new AtomicInteger();
    private final AtomicInteger alive = new AtomicInteger();
    private final AtomicInteger numbers = new AtomicInteger();
    private final Semaphore wakeups = new Semaphore(0);
    private final CountDownLatch allEnded = new CountDownLatch(1);
    private final List<Worker> workers = new CopyOnWriteArrayList<>();
    private final RequestCounts counts = new RequestCounts();
    private final Watch watch = new Watch(this::unanswered, this::answerInterrupted);

    Workers(long session, long channel) {
        this.session = session;
        this.channel = channel;
    }

    /** Starts the first readers. */
    void start() {
        alive.incrementAndGet(); // stands for the starting thread, lest the first worker's end be taken for the last's
        for (int i = 0; i < READERS_MAX; i++) {
            startOne();
        }
        leave();
        watch.begin();
    }

    private void startOne() {
        alive.incrementAndGet();
        var worker = new Worker(this, session, channel, numbers.incrementAndGet());
        workers.add(worker);
        worker.start();
    }

    /** Called by a worker that has nothing to do: rests until it should read. False if it should end. */
    boolean mayRead() {
        while (!Native.isExited(session)) {
            int reading = readers.get();
            if (reading < READERS_MAX) {
                if (readers.compareAndSet(reading, reading + 1)) {
                    return true;
                }
            } else if (resting.get() >= RESTING_MAX) {
                return false;
            } else {
                resting.incrementAndGet();
                wakeups.acquireUninterruptibly();
            }
        }
        return false;
    }

    /** Called by a worker that has read a request and is about to carry it out. */
    void startsWork(Request request) {
        counts.count(request.opcode());
        if (readers.decrementAndGet() > 0) {
            return;
        }
        int rest = resting.get();
        while (rest > 0 && !resting.compareAndSet(rest, rest - 1)) {
            rest = resting.get();
        }
        if (rest > 0) {
            wakeups.release();
        } else {
            startOne();
        }
    }

    /** Called by a worker that came back without a request. */
    void readNothing() {
        readers.decrementAndGet();
    }

    /** Called by a worker as its last act. */
    void ended(Worker worker) {
        workers.remove(worker);
        leave();
    }

    private void leave() {
        if (Native.isExited(session)) {
            wakeups.release(RESTING_MAX); // whoever rests must see that it is over
        }
        if (alive.decrementAndGet() == 0) {
            watch.end();
            allEnded.countDown();
        }
    }

    private List<Call> unanswered() {
        List<Call> calls = new ArrayList<>();
        for (Worker worker : workers) {
            Request request = worker.atWork();
            if (request.isAnswered()) {
                calls.add(request.call());
            }
        }
        return calls;
    }

    /** Answers in the place of a worker that cannot. What libfuse says later the kernel does not take. */
    private void answerInterrupted(long unique) {
        Native.answer(channel, unique, -Errno.of(FsError.INTERRUPTED));
    }

    /** See {@link Driver#waiting}. */
    List<WaitingCall> waiting() {
        return watch.waiting();
    }

    /** See {@link Driver#requests}. */
    Map<String, Long> requests() {
        return counts.totals();
    }

    /** Waits until the mount is over and the last request is answered. */
    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return allEnded.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
}
