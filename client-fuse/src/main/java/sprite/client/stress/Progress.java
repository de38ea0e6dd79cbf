package sprite.client.stress;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Which system call a process is in, and which one of it took longest; for whoever watches. Written by the thread that
 * makes the calls, one at a time; thread-safe for others: volatile fields.
 */
final class Progress {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle GETTID =
            LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("gettid"), FunctionDescriptor.of(JAVA_INT));

    private long last;
    private int lastNumber;
    private volatile @Nullable UnderWay now;
    private volatile @Nullable UnderWay longest;
    private final Queue<UnderWay> slow = new ConcurrentLinkedQueue<>();
    private volatile long slowNanos = Long.MAX_VALUE;

    /** Keeps calls that take so long, for {@link #takeSlow}. From any thread. */
    void keepSlow(long nanos) {
        slowNanos = nanos;
    }

    /** A call begins. See {@link UnderWay}. */
    UnderWay begin(String call, String file, boolean isForLock) {
        long caller = Thread.currentThread().threadId();
        if (last != caller) {
            last = caller;
            lastNumber = thread();
        }
        var begun = new UnderWay(call, file, lastNumber, isForLock);
        now = begun;
        return begun;
    }

    /** It has returned. */
    void end(UnderWay begun) {
        begun.end();
        now = null;
        UnderWay before = longest;
        if (!begun.isForLock() && (before == null || begun.tookNanos() > before.tookNanos())) {
            longest = begun;
        }
        if (begun.tookNanos() >= slowNanos) {
            slow.add(begun);
        }
    }

    /** The call that has not returned. From any thread. */
    @Nullable
    UnderWay now() {
        return now;
    }

    /** The longest of all that have returned, but for those that wait for locks. From any thread. */
    @Nullable
    UnderWay longest() {
        return longest;
    }

    /** Slow calls that have returned since the last time. From any thread. */
    List<UnderWay> takeSlow() {
        List<UnderWay> taken = new ArrayList<>();
        for (UnderWay one = slow.poll(); one != null; one = slow.poll()) {
            taken.add(one);
        }
        return taken;
    }

    /** The kernel's number of the thread that calls. */
    private static int thread() {
        try {
            return (int) GETTID.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError("a system call declares no exceptions", e);
        }
    }
}
