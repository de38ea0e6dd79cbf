package sprite.client.simulation;

import io.grpc.ManagedChannel;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;
import sprite.server.open.Commits;
import sprite.server.session.ClientRoll;

/**
 * What the product's classes call in a world instead of the machine's clocks, timers, locks and network. Thread-safe:
 * no state.
 */
public final class Hooks {
    private static final String MAP = "java/util/Map";
    private static final String CONCURRENT_MAP = "java/util/concurrent/ConcurrentHashMap";
    private static final String LOCK = "java/util/concurrent/locks/Lock";
    private static final String REENTRANT = "java/util/concurrent/locks/ReentrantLock";
    private static final String SHARED = "java/util/concurrent/locks/ReentrantReadWriteLock$ReadLock";
    private static final String EXCLUSIVE = "java/util/concurrent/locks/ReentrantReadWriteLock$WriteLock";

    private Hooks() {}

    /** Marks a hook, and says which calls it replaces; the object of the call becomes its first argument. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @interface InsteadOf {
        /** Internal names of the classes that the calls name. */
        String[] owners();

        String method();

        /** The descriptor of the calls where it cannot be told from the hook's. */
        String type() default "";
    }

    private static Node here() {
        Node here = Node.here();
        if (here == null) {
            throw new IllegalStateException(Thread.currentThread() + " is not of this world");
        }
        return here;
    }

    /** A place where another thread may run. */
    public static void point() {
        Node here = Node.here();
        if (here != null && Thread.currentThread().isVirtual()) {
            here.scheduler().point();
        }
    }

    @InsteadOf(
            owners = {LOCK, REENTRANT, SHARED, EXCLUSIVE},
            method = "lock")
    public static void lock(Lock lock) {
        point();
        lock.lock();
    }

    @InsteadOf(
            owners = {LOCK, REENTRANT, SHARED, EXCLUSIVE},
            method = "unlock")
    public static void unlock(Lock lock) {
        lock.unlock();
        point();
    }

    /** While a map has a place locked nobody gives way: it would be the virtual machine that wakes who waits there. */
    @InsteadOf(
            owners = {MAP, CONCURRENT_MAP},
            method = "compute")
    public static @Nullable Object compute(
            Map<Object, Object> map, Object key, BiFunction<Object, @Nullable Object, @Nullable Object> change) {
        return undisturbed(() -> map.compute(key, change));
    }

    @InsteadOf(
            owners = {MAP, CONCURRENT_MAP},
            method = "computeIfPresent")
    public static @Nullable Object computeIfPresent(
            Map<Object, Object> map, Object key, BiFunction<Object, Object, @Nullable Object> change) {
        return undisturbed(() -> map.computeIfPresent(key, change));
    }

    @InsteadOf(
            owners = {MAP, CONCURRENT_MAP},
            method = "computeIfAbsent")
    public static @Nullable Object computeIfAbsent(Map<Object, Object> map, Object key, Function<Object, Object> made) {
        return undisturbed(() -> map.computeIfAbsent(key, made));
    }

    private static @Nullable Object undisturbed(Supplier<@Nullable Object> body) {
        point();
        Node here = Node.here();
        if (here == null) {
            return body.get();
        }
        here.scheduler().holdStill(1);
        try {
            return body.get();
        } finally {
            here.scheduler().holdStill(-1);
        }
    }

    @InsteadOf(owners = "java/lang/System", method = "nanoTime")
    public static long nanoTime() {
        return here().nanoTime();
    }

    @InsteadOf(owners = "java/time/InstantSource", method = "system")
    public static InstantSource clock() {
        return new VirtualClock(here());
    }

    @InsteadOf(owners = "java/time/Clock", method = "systemUTC")
    public static Clock utc() {
        return new VirtualClock(here());
    }

    /** Waits like {@link Condition#awaitNanos}; the time-out comes as an interrupt that only this method sees. */
    @InsteadOf(owners = "java/util/concurrent/locks/Condition", method = "awaitNanos")
    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's, as it is for the method replaced
    public static long awaitNanos(Condition condition, long nanos) throws InterruptedException {
        Node here = here();
        long deadline = here.nanoTime() + nanos;
        TimeLimit limit = TimeLimit.begin(here, nanos);
        try {
            condition.await();
        } catch (InterruptedException e) {
            limit.rethrowUnlessOver(e);
        } finally {
            limit.end();
        }
        return deadline - here.nanoTime();
    }

    @InsteadOf(owners = "java/util/concurrent/CompletableFuture", method = "get")
    public static Object get(CompletableFuture<?> future, long time, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        TimeLimit limit = TimeLimit.begin(here(), unit.toNanos(time));
        try {
            return future.get();
        } catch (InterruptedException e) {
            limit.rethrowUnlessOver(e);
            throw new TimeoutException();
        } finally {
            limit.end();
        }
    }

    @InsteadOf(owners = "java/util/concurrent/Executors", method = "newSingleThreadScheduledExecutor")
    public static ScheduledExecutorService timers(ThreadFactory ignored) {
        return new VirtualTimers(here());
    }

    @InsteadOf(owners = "sprite/client/session/Channels", method = "channel")
    public static ManagedChannel channel(String address) {
        Node here = here();
        return here.network().channel(here, address);
    }

    /** A client gives up data that no server takes: nothing is written, but the world hears of it. */
    @InsteadOf(
            owners = "sprite/client/file/LostAndFound",
            method = "write",
            type = "(Lsprite/client/file/CachedFile;Lsprite/common/error/FsError;Ljava/util/List;)V")
    public static void giveUp(Object lostAndFound, Object file, Object why, List<?> pieces) {
        Node here = here();
        here.network().gaveUp(here, why);
    }

    /** A server gives a client up, whether or not it has come: from now on others may see that what it had is lost. */
    @InsteadOf(owners = "sprite/server/session/ClientRoll", method = "strike")
    public static void strike(ClientRoll roll, ClientId client) {
        here().network().declaredDead(client.value());
        roll.strike(client);
    }

    @InsteadOf(owners = "sprite/server/session/MachineRun", method = "current")
    public static UUID run() {
        return here().run();
    }

    /** A planted bug: the former writer's data is not committed. */
    @InsteadOf(owners = "sprite/server/open/Commits", method = "handOver")
    public static boolean handOver(Commits commits, FileId file) {
        return here().network().bug() == Bug.HAND_OVER_NOT_COMMITTED || commits.handOver(file);
    }

    @InsteadOf(owners = "sprite/common/cache/PageMemory", method = "allocate")
    public static MemorySegment pages(Arena arena, long bytes) {
        return here().network().memory().lend(bytes);
    }
}
