package sprite.client.stress;

import java.lang.foreign.Arena;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.ToIntFunction;

/**
 * What the kernel takes for a process of its own where classic fcntl(2) locks are concerned. These belong to whoever
 * shares a table of descriptors, so this is a thread that has its own (unshare(2), CLONE_FILES). It must begin before
 * anything is open on the mounts, or it would keep a copy open. Thread-safe: a queue.
 */
public final class LockOwner implements AutoCloseable {
    private final SystemCalls calls = new SystemCalls(Arena.ofAuto());
    private final LinkedBlockingQueue<FutureTask<Integer>> tasks = new LinkedBlockingQueue<>();
    private final boolean isAvailable;

    /** Of the thread itself. */
    private boolean isEnded;

    /** Starts it. */
    LockOwner(String name) {
        var separated = new FutureTask<>(this::separate);
        tasks.add(separated);
        Thread.ofPlatform().daemon().name("locks of " + name).start(this::serve);
        isAvailable = result(separated) == 0;
    }

    /** Which call is under way. For any thread. */
    Progress progress() {
        return calls.progress();
    }

    /** Whether the kernel allows it; else {@link #call} must not be used. */
    public boolean isAvailable() {
        return isAvailable;
    }

    /** Makes calls with the descriptors of this owner, and waits for the result. One caller at a time. */
    public int call(ToIntFunction<SystemCalls> work) {
        var task = new FutureTask<>(() -> work.applyAsInt(calls));
        tasks.add(task);
        return result(task);
    }

    /**
     * What classes this needs is loaded before, while descriptors of their archives are still common to all threads.
     */
    private int separate() {
        int descriptor = calls.open("/dev/null", SystemCalls.O_RDWR);
        calls.lockFileAsProcess(descriptor, false);
        calls.close(descriptor);
        return calls.unshareDescriptors();
    }

    private void serve() {
        try {
            while (!isEnded) {
                tasks.take().run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // and ends, as it was told to
        }
    }

    private static int result(FutureTask<Integer> task) {
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a call is under way", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call that cannot fail has failed", e);
        }
    }

    /** Ends the thread, and with it closes what it has open. Does not wait for a call that does not return. */
    @Override
    public void close() {
        tasks.add(new FutureTask<>(this::end));
    }

    private int end() {
        isEnded = true;
        return 0;
    }
}
