package sprite.client.simulation;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Timers in virtual time; what they start runs in threads of its own. Confined to the world's carrier. */
final class VirtualTimers extends AbstractExecutorService implements ScheduledExecutorService {
    private final Node node;
    private boolean shut;

    VirtualTimers(Node node) {
        this.node = node;
    }

    /** A task that has been asked for. */
    private static final class Task<T> extends FutureTask<T> implements ScheduledFuture<T> {
        Task(Callable<T> body) {
            super(body);
        }

        boolean runAgain() {
            return runAndReset();
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException();
        }
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable body, long delay, TimeUnit unit) {
        return schedule(
                () -> {
                    body.run();
                    return true;
                },
                delay,
                unit);
    }

    @Override
    public <T> ScheduledFuture<T> schedule(Callable<T> body, long delay, TimeUnit unit) {
        Task<T> task = new Task<>(body);
        begin(task, unit.toNanos(delay));
        return task;
    }

    private void begin(Runnable task, long nanos) {
        var _ = node.scheduler().after(nanos, () -> {
            if (!shut && !node.isDead()) {
                node.start("timer", task);
            }
        });
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable body, long initial, long period, TimeUnit unit) {
        return scheduleWithFixedDelay(body, initial, period, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable body, long initial, long delay, TimeUnit unit) {
        Task<Boolean> task = new Task<>(() -> {
            body.run();
            return true;
        });
        repeat(task, unit.toNanos(initial), unit.toNanos(delay));
        return task;
    }

    private void repeat(Task<?> task, long firstNanos, long nanos) {
        begin(
                () -> {
                    if (task.runAgain()) {
                        repeat(task, nanos, nanos);
                    }
                },
                firstNanos);
    }

    @Override
    public void execute(Runnable body) {
        node.start("timer", body);
    }

    @Override
    public void shutdown() {
        shut = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        shut = true;
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return shut;
    }

    @Override
    public boolean isTerminated() {
        return shut;
    }

    @Override
    public boolean awaitTermination(long time, TimeUnit unit) {
        return shut;
    }
}
