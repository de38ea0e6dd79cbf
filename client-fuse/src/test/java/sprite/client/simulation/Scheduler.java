package sprite.client.simulation;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which thread runs next, and what time it is. All threads of a world are virtual and share the one thread that
 * calls {@link #run}; where they may be interrupted is decided by chance, and when all of them wait, time jumps to the
 * next timer. Confined to that thread.
 */
final class Scheduler {
    /** What a step takes, so that threads that never wait do not stop time. */
    private static final long STEP_NANOS = 1_000;

    private static final MethodHandle NEW_THREAD = newThread();

    private final SplittableRandom random;

    /** One scheduling point in so many gives way; 0: none does. */
    private final int preemption;

    private final List<Ready> ready = new ArrayList<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final Thread carrier = Thread.currentThread();
    private long nowNanos;
    private long timersMade;
    private long steps;
    private int still;
    private long hash;
    private @Nullable Throwable failure;

    /** A thread that can go on. */
    private record Ready(Node node, Runnable continuation) {}

    /** Something that happens at a time; equal times in the order in which they were asked for. */
    static final class Timer implements Comparable<Timer> {
        private final long atNanos;
        private final long number;
        private final Runnable action;
        private boolean cancelled;

        private Timer(long atNanos, long number, Runnable action) {
            this.atNanos = atNanos;
            this.number = number;
            this.action = action;
        }

        void cancel() {
            cancelled = true;
        }

        @Override
        public int compareTo(Timer other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    Scheduler(SplittableRandom random, int preemption) {
        this.random = random;
        this.preemption = preemption;
    }

    private static MethodHandle newThread() {
        try {
            var builders = Class.forName("java.lang.ThreadBuilders");
            var method = builders.getDeclaredMethod(
                    "newVirtualThread", Executor.class, String.class, int.class, Runnable.class);
            method.setAccessible(true);
            return MethodHandles.lookup().unreflect(method);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JDK has no virtual threads with schedulers of their own", e);
        }
    }

    /** Starts a virtual thread at a node; those that it starts will run there too. */
    void start(Node node, String name, Runnable body) {
        try {
            Thread thread = (Thread) NEW_THREAD.invoke(node.executor(), name, 0, (Runnable) () -> {
                Node.enter(node);
                try {
                    body.run();
                } catch (Throwable e) {
                    fail(e);
                }
            });
            thread.start();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** A thread of a node can go on. */
    @SuppressWarnings("ReferenceEquality") // a thread is itself
    void ready(Node node, Runnable continuation) {
        Node here = Node.here();
        if (Thread.currentThread() != carrier && (here == null || here.scheduler() != this)) {
            throw new IllegalStateException("woken from outside of the world, by " + Thread.currentThread());
        }
        if (!node.isDead()) {
            ready.add(new Ready(node, continuation));
        }
    }

    /** Has something done later, on the carrier: it must not block. */
    Timer after(long nanos, Runnable action) {
        Timer timer = new Timer(nowNanos + Math.max(0, nanos), timersMade++, action);
        timers.add(timer);
        return timer;
    }

    Timer after(Duration delay, Runnable action) {
        return after(delay.toNanos(), action);
    }

    /** A place where the running thread may be interrupted. */
    @SuppressWarnings("ThreadPriorityCheck") // here it is we who schedule
    void point() {
        if (preemption > 0 && still == 0 && random.nextInt(preemption) == 0) {
            Thread.yield();
        }
    }

    /** From now on, as often as asked for, no scheduling point gives way; -1 takes one back. */
    void holdStill(int more) {
        still += more;
    }

    long nowNanos() {
        return nowNanos;
    }

    long steps() {
        return steps;
    }

    /** A number that is the same if and only if the same happened, with the odds of a hash. */
    long hash() {
        return hash;
    }

    /** Ends the run; the first failure counts. */
    void fail(Throwable why) {
        if (failure == null) {
            failure = why;
        }
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Runs until {@code done}, a failure, or {@code limitNanos} of virtual time; whether it was done. */
    boolean run(BooleanSupplier done, long limitNanos) {
        while (failure == null && !done.getAsBoolean()) {
            Timer next = timers.peek();
            if (next != null && (ready.isEmpty() || next.atNanos <= nowNanos)) {
                var _ = timers.poll();
                if (!next.cancelled) {
                    nowNanos = Math.max(nowNanos, next.atNanos);
                    if (nowNanos > limitNanos) {
                        return false;
                    }
                    next.action.run();
                }
            } else if (ready.isEmpty()) {
                return false;
            } else {
                step();
            }
        }
        return failure == null;
    }

    private void step() {
        int index = random.nextInt(ready.size());
        Ready chosen = ready.get(index);
        Ready last = ready.removeLast();
        if (index < ready.size()) {
            ready.set(index, last);
        }
        nowNanos += STEP_NANOS;
        steps++;
        hash = (hash ^ (nowNanos + index * 31L + ready.size())) * 0x9E3779B97F4A7C15L;
        if (!chosen.node.isDead()) {
            chosen.continuation.run();
        }
    }
}
