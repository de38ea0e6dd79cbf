package sprite.client.fuse.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import sprite.client.box.Box;
import sprite.client.box.Trails;
import sprite.client.call.Call;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;
import sprite.client.fuse.Errno;
import sprite.client.fuse.RequestCounts;
import sprite.client.fuse.WaitingCall;
import sprite.client.fuse.Watch;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.FormerMount;

/**
 * The workers of a mount. Each reads a request and carries it out itself, so that nothing is handed from thread to
 * thread. The kernel wakes readers in turn, so with many of them every request would meet a cold processor: at most
 * {@link #READERS_MAX} read, and who comes back while so many do rests. Whoever takes the last reader's request wakes
 * or makes another first: a request that waits, for a lock or a server, never keeps another from being read.
 * Thread-safe: counts are atomic.
 */
final class Crew {
    private static final int READERS_MAX = 2;

    /** More resting workers than this end. */
    private static final int RESTING_MAX = 16;

    private final Channel channel;
    private final Notices notices;
    private final Operations operations;
    private final List<Worker> workers = new CopyOnWriteArrayList<>();
    private final AtomicInteger readers = new AtomicInteger();
    private final Resting resting = new Resting(RESTING_MAX);
    private final AtomicInteger alive = new AtomicInteger();
    private final AtomicInteger numbers = new AtomicInteger();
    private final Gate gate = new Gate();
    private final CountDownLatch allEnded = new CountDownLatch(1);
    private final RequestCounts counts = new RequestCounts();
    private final Watch watch = new Watch(this::unanswered, this::answerInterrupted);
    private volatile boolean over;

    private final Trails trails;

    Crew(Channel channel, FileSystem files, Nodes nodes, Borrowing borrowing, Notices notices, Box box) {
        this.trails = box.trails();
        this.channel = channel;
        this.notices = notices;
        this.operations = new Operations(files, nodes, borrowing, notices, box, this::interrupt);
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
        var worker = new Worker(this, channel, operations, gate, trails);
        workers.add(worker);
        worker.start();
    }

    /** For the name of a worker. */
    int nextNumber() {
        return numbers.incrementAndGet();
    }

    /**
     * Carries nothing more out; false, and all goes on, if what is under way takes longer than {@code patience}. Waits
     * for locks are given up meanwhile, and begin anew when all {@link #goOn goes on}.
     */
    boolean pause(Duration patience) throws InterruptedException {
        boolean pauses = gate.close(patience, () -> {
            for (Worker worker : workers) {
                Request request = worker.request();
                if (request != null) {
                    request.withdraw();
                }
            }
        });
        if (pauses) {
            operations.rest();
        }
        return pauses;
    }

    /** Ends a pause, on the thread that began it. */
    void goOn() {
        gate.open();
    }

    /** During a pause: what is open, for who takes the mount over. */
    void leave(FormerMount.Builder left, ToLongFunction<Handle> numbers) {
        operations.leave(left, numbers);
    }

    /** Before the start: what was open when the mount was left. */
    void inherit(FormerMount former, Mounted files) throws FsException {
        operations.inherit(former, files);
    }

    /** Called by a worker that has nothing to do: rests until it should read. False if it should end. */
    boolean mayRead() {
        while (!over) {
            if (reads()) {
                return true;
            }
            if (!resting.rest()) {
                return false;
            }
        }
        return false;
    }

    /**
     * Called by a worker that reads next, or will in a moment whatever happens; false if enough do. Said before an
     * answer is handed over, it spares the waking of another for the program's next request, which may come at once.
     */
    boolean reads() {
        int reading = readers.get();
        while (reading < READERS_MAX) {
            if (readers.compareAndSet(reading, reading + 1)) {
                return true;
            }
            reading = readers.get();
        }
        return false;
    }

    /** Called by a worker that has read a request and is about to carry it out. */
    void startsWork(Request request) {
        counts.count(request.opcode());
        readsNot();
    }

    /** Called by a worker that was to read and has something else to do, that may take long. */
    void readsNot() {
        if (readers.decrementAndGet() == 0 && !resting.wake()) {
            startOne();
        }
    }

    /** Called by a worker that was told that the mount is over. */
    void mountIsOver() {
        over = true;
        resting.end(); // whoever rests must see it
    }

    /** Called by a worker as its last act. */
    void ended(Worker worker) {
        workers.remove(worker);
        leave();
    }

    private void leave() {
        if (alive.decrementAndGet() == 0) {
            watch.end();
            operations.rest();
            notices.close();
            allEnded.countDown();
        }
    }

    private boolean interrupt(long unique) {
        for (Worker worker : workers) {
            Request request = worker.request();
            if (request != null && request.unique() == unique) {
                request.interrupt();
                return true;
            }
        }
        return false;
    }

    private List<Call> unanswered() {
        List<Call> calls = new ArrayList<>();
        for (Worker worker : workers) {
            Request request = worker.request();
            if (request != null && request.isAnswered()) {
                calls.add(request.call());
            }
        }
        return calls;
    }

    /** Answers in the place of a worker that cannot. What the worker says later the kernel does not take. */
    private void answerInterrupted(long unique) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(Out.Header.BYTES, Long.BYTES);
            Out.Header.put(header, 0, (int) Out.Header.BYTES, -Errno.of(FsError.INTERRUPTED), unique);
            boolean _ = channel.write(new Libc.Errors(arena), header.address(), (int) Out.Header.BYTES);
        }
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
