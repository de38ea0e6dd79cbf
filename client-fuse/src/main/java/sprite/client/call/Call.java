package sprite.client.call;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request of the kernel from its arrival to its answer: what a program asked for, and what it waits for. Whoever
 * waits on its behalf asks it now and then whether to go on; all waits of one call share one patience.
 *
 * <p>Thread-safe: the trail, what is to run when it is answered, and the fields that {@link #isOver} changes are
 * confined to the thread that carries the call out, the others are final or volatile.
 */
public final class Call {
    private static final ScopedValue<@Nullable Call> CURRENT = ScopedValue.newInstance();

    /** A shorter silence is a server's way of thinking. */
    private static final long NOTICED_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final String kind;
    private final long number;
    private final int uid;
    private final int pid;
    private final long beganNanos = System.nanoTime();
    private volatile String subject;
    private volatile String awaited = "";
    private volatile boolean ofLock;
    private volatile boolean silent;
    private volatile boolean aborted;
    private Trail trail = Trail.NONE;
    private @Nullable List<Runnable> whenAnswered;
    private long lookedNanos = beganNanos;
    private long silentNanos;

    /**
     * A call that begins now.
     *
     * @param kind what is asked for, such as {@code open}
     * @param subject path or file, as far as the driver knows it; else empty
     * @param number the kernel's, by which it is answered
     * @param pid of the thread that waits; 0 if it cannot be seen from here
     */
    public Call(String kind, String subject, long number, int uid, int pid) {
        this.kind = kind;
        this.subject = subject;
        this.number = number;
        this.uid = uid;
        this.pid = pid;
    }

    /** What a call does. */
    @FunctionalInterface
    public interface Body<X extends Exception> {
        int run() throws X;
    }

    /** The call that the current thread carries out; null on threads that work for no program. */
    public static @Nullable Call current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** Runs {@code body} as a part of this call. */
    public <X extends Exception> int carryOut(Body<X> body) throws X {
        return ScopedValue.where(CURRENT, this).call(body::run);
    }

    public String kind() {
        return kind;
    }

    public String subject() {
        return subject;
    }

    public long number() {
        return number;
    }

    public int uid() {
        return uid;
    }

    public int pid() {
        return pid;
    }

    /** Since when, on the monotonic clock. */
    public long beganNanos() {
        return beganNanos;
    }

    /** From now on it is kept what this call does. */
    public void leaves(Trail kept) {
        trail = kept;
    }

    /** What is kept of the call that the current thread carries out. */
    public static Trail currentTrail() {
        Call call = current();
        return call == null ? Trail.NONE : call.trail;
    }

    /** Runs something when the kernel has the answer; on the thread that carries the call out, as all of this. */
    public void whenAnswered(Runnable action) {
        List<Runnable> actions = whenAnswered;
        if (actions == null) {
            actions = new ArrayList<>();
            whenAnswered = actions;
        }
        actions.add(action);
    }

    /** The kernel has the answer. */
    public void answered() {
        List<Runnable> actions = whenAnswered;
        if (actions != null) {
            whenAnswered = null;
            actions.forEach(Runnable::run);
        }
    }

    /** Which path or file it is about, once that is known. */
    public void isAbout(String path) {
        subject = path;
    }

    /** For people: whom or what it waits for at this moment, empty if nobody has said. */
    public String awaited() {
        return awaited;
    }

    /** It waits from now on, or goes on waiting, for what is named. */
    public void waitsFor(String whom) {
        awaited = whom;
    }

    /** It asks for a lock, which others may hold as long as they like. */
    public void waitsForLock(String whom) {
        ofLock = true;
        awaited = whom;
    }

    /** Whether others' locks may keep it waiting, rightly. */
    public boolean isForLock() {
        return ofLock;
    }

    /** Whether the server that it waits for was silent when that was looked at last. */
    public boolean isServerSilent() {
        return silent;
    }

    /** Nobody wants the answer any more: whatever waits on behalf of this call may end. */
    public void abort() {
        aborted = true;
    }

    public boolean isAborted() {
        return aborted;
    }

    /**
     * Looks at the clock while it waits for a server; whether its patience is over. Silence counts from the beginning
     * of the call, over all the servers and round trips that it needs.
     *
     * @param serverSilentNanos for how long the server has been silent, 0 if it answers
     * @param patience null: never over
     */
    public boolean isOver(long serverSilentNanos, @Nullable Duration patience) {
        silent = serverSilentNanos >= NOTICED_NANOS;
        if (silent) {
            long now = System.nanoTime();
            silentNanos += Math.min(serverSilentNanos, now - lookedNanos);
            lookedNanos = now;
        }
        // Who waits for others' locks may do so for as long as the server answers now and then.
        long counted = ofLock ? serverSilentNanos : Math.max(silentNanos, serverSilentNanos);
        return patience != null && counted >= patience.toNanos();
    }
}
