package sprite.server.session;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.ClientId;

/**
 * One life of a client at this server, over any number of streams. When it ends, it ends for ever: its epoch is refused
 * from then on. Thread-safe: final parts that are thread-safe themselves, and volatile numbers.
 */
public final class Session {
    private final ClientId client;
    private final String name;
    private final long epoch;
    private final long previousEpoch;
    private final long bornNanos;
    private final Outbox outbox;
    private final Holdings holdings;
    private final DoneWrites writes = new DoneWrites();
    private final Executor workers;
    private final Refusals refusals;
    private final AtomicLong ackedSeq = new AtomicLong();
    private final Map<Long, CompletableFuture<?>> waits = new ConcurrentHashMap<>();

    /**
     * Held while a note takes effect. Taken before any lock of files or names; never held across a wait for a client.
     */
    private final ReentrantLock noteLock = new ReentrantLock();

    private final Set<Long> cancelled = ConcurrentHashMap.newKeySet();
    private volatile long heardNote;
    private volatile long heardNanos;
    private volatile long progressNanos;
    private final AtomicInteger commits = new AtomicInteger();
    private final CompletableFuture<Void> burial = new CompletableFuture<>();
    private volatile boolean dead;

    /** Where and when a session began. Immutable. */
    record Birth(ClientId client, String name, long epoch, long previousEpoch, long nowNanos) {}

    Session(Birth birth, Holdings holdings, Traffic traffic, Executor workers, Refusals refusals) {
        this.holdings = holdings;
        this.refusals = refusals;
        this.client = birth.client;
        this.name = Printable.name(birth.name);
        this.epoch = birth.epoch;
        this.previousEpoch = birth.previousEpoch;
        this.bornNanos = birth.nowNanos;
        this.outbox = new Outbox(traffic, birth.epoch);
        this.workers = workers;
        this.heardNanos = birth.nowNanos;
        this.progressNanos = birth.nowNanos;
    }

    /** Its writes of data that were done and not acknowledged. */
    public DoneWrites writes() {
        return writes;
    }

    public ClientId client() {
        return client;
    }

    /** For people: host and mount point, {@link Printable}. */
    public String name() {
        return name;
    }

    /** Never used before for this client. */
    public long epoch() {
        return epoch;
    }

    /** The epoch of the session that the client had before and lost; 0 if none. */
    public long previousEpoch() {
        return previousEpoch;
    }

    /** When it began, by the server's monotonic clock. */
    public long bornNanos() {
        return bornNanos;
    }

    /** What it has. */
    public Holdings holdings() {
        return holdings;
    }

    /** Whether it has ended. */
    public boolean isDead() {
        return dead;
    }

    /** The last request whose reply, and all before, the client has. */
    public long ackedSeq() {
        return ackedSeq.get();
    }

    /** Whether request {@code seq} is new; one that is not has been answered, or will be. */
    public boolean begin(long seq) {
        return outbox.begin(seq);
    }

    /** Answers a request. Never blocks. */
    public void reply(long seq, ServerFrame.Builder reply) {
        outbox.reply(seq, reply.setSeq(seq).build());
    }

    /** A request of its own is refused; people are told if it makes no sense. */
    public void refused(FsException why) {
        if (why.error() == FsError.BAD_REQUEST) {
            refusals.tell(this, why);
        }
    }

    /** Says something outside the numbering. Never blocks. */
    public void say(ServerFrame frame) {
        outbox.say(frame);
    }

    /** All replies up to {@code seq} have arrived; true if that is news. */
    public boolean acknowledge(long seq) {
        if (!outbox.acknowledge(seq)) {
            return false;
        }
        ackedSeq.accumulateAndGet(seq, Math::max);
        return true;
    }

    /**
     * Calls the client back. Never blocks and calls nobody: if the client is dead, the handler hears of it on another
     * thread.
     */
    public void call(Callback.Builder callback, CallbackHandler handler) {
        if (!outbox.call(callback, handler, System.nanoTime())) {
            workers.execute(handler::died);
        }
    }

    /** What a note says. */
    @FunctionalInterface
    public interface Note {
        void takeEffect() throws FsException;
    }

    /**
     * Lets a note take effect, once: the client says those again of which it does not know that they arrived, and a
     * stream that is over may still be delivering them.
     *
     * @param number of the note; 0 if it has none, then it always takes effect
     */
    public void hear(long number, Note note) throws FsException {
        noteLock.lock();
        try {
            if (number == 0 || number > heardNote) {
                heardNote = Math.max(heardNote, number);
                note.takeEffect();
            }
        } finally {
            noteLock.unlock();
        }
    }

    /** All notes up to this one have taken effect, or are about to before any later one. */
    public long heardNote() {
        return heardNote;
    }

    /** The client has answered a callback. An answer that nobody waits for is dropped. */
    public void answered(CallbackDone done) {
        CallbackHandler handler = outbox.answered(done);
        if (handler != null) {
            handler.done(done);
        }
    }

    /** Remembers that a request waits for something that the client may cancel. */
    public void waits(long seq, CompletableFuture<?> something) {
        waits.put(seq, something);
    }

    /** The client wants a request of its own answered no more, which may still have to begin. */
    public void cancelled(long seq) {
        if (outbox.isUnderWay(seq)) {
            cancelled.add(seq);
        }
    }

    /** Whether the client has {@link #cancelled} the request; asked once. */
    public boolean wasCancelled(long seq) {
        return cancelled.remove(seq);
    }

    /** What the request waits for, or null; it waits no more. */
    public @Nullable CompletableFuture<?> waitsNoMore(long seq) {
        return waits.remove(seq);
    }

    /** The network takes more again. */
    public void drain() {
        outbox.drain();
    }

    /** The stream broke; the session lives on until its lease ends. */
    public void detach(ClientStream stream) {
        outbox.detach(stream);
    }

    /** Data arrived beside the stream: a sign of life, and of progress in obeying callbacks. */
    public void progressed(long nowNanos) {
        heardNanos = nowNanos;
        progressNanos = nowNanos;
    }

    /** The disk is being waited for on behalf of this client. {@link #endsCommit} must follow. */
    public void beginsCommit() {
        int _ = commits.incrementAndGet();
    }

    public void endsCommit() {
        progressNanos = System.nanoTime();
        int _ = commits.decrementAndGet();
    }

    void heard(long nowNanos) {
        heardNanos = nowNanos;
    }

    /** When it was last heard, by the server's monotonic clock. */
    public long heardNanos() {
        return heardNanos;
    }

    void attach(ClientStream stream, ServerFrame welcome) {
        outbox.attach(stream, welcome);
    }

    /**
     * Whether it has owed an answer for longer than {@code limitNanos} without writing anything, and without waiting
     * for this server's disk.
     */
    boolean owesTooLong(long nowNanos, long limitNanos) {
        return commits.get() == 0
                && nowNanos - progressNanos > limitNanos
                && outbox.oldestDebtAgeNanos(System.nanoTime()) > limitNanos;
    }

    /** Everything that it held is free. */
    void buried() {
        burial.complete(null);
    }

    /** Waits for {@link #buried}: the client's next life must not begin while the last one is being cleared away. */
    void awaitBurial() {
        burial.join();
    }

    /** Ends it; the caller frees what it holds. */
    List<CallbackHandler> end(String why) {
        dead = true;
        return outbox.close(why);
    }

    @Override
    public String toString() {
        return name + " (" + client + "." + epoch + ")";
    }
}
