package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Borrower;
import sprite.common.name.FileId;

/**
 * Tells the kernel what it must forget. Notices about names and attributes take effect before they return and wait for
 * nothing: the kernel takes no lock for them that it holds across a request. (That is not so for notices that drop
 * single names.) A reply on its way when a notice is sent does not undo it: the kernel numbers both. Listings with
 * attributes are not numbered so: what they may carry is forgotten once more when they have landed ({@link Flights}).
 * Notices that drop pages wait for reads under way; each has a thread, which may be kept for as long as a read takes.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class Notices implements Borrower {
    // enum fuse_notify_code.
    private static final int INVAL_INODE = 2;
    private static final int STORE = 4;
    private static final int RESEND = 7;
    private static final int INC_EPOCH = 8;

    /** {@code struct fuse_notify_inval_inode_out}: node, first byte, length. */
    private static final long INVAL_INODE_BYTES = 24;

    /** {@code struct fuse_notify_store_out}: node, first byte, length, and four bytes of nothing. */
    private static final long STORE_BYTES = 24;

    private static final long IOVEC_BYTES = 16;

    /** In place of the first byte: attributes only, no pages. */
    private static final long NO_PAGES = -1;

    /**
     * How long a listing may take from its answer until the kernel has taken it in. A program that rests between two
     * pieces of a listing does not say that it has, so after this time it is supposed.
     */
    private static final long LANDING_NANOS_MAX = 250_000_000;

    private static final long MESSAGE_MAX = Out.Header.BYTES + INVAL_INODE_BYTES;

    private static final long CLOSE_NANOS_MAX = 1_000_000_000;

    private final Channel channel;
    private final Nodes nodes;
    private final boolean mapsForWriting;
    private final Flights flights = new Flights();

    /** Guards the memory of a message, and the channel against being closed under it. Innermost. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final MemorySegment message = Arena.ofAuto().allocate(MESSAGE_MAX, Long.BYTES);

    @GuardedBy("lock")
    private final Libc.Errors errors = new Libc.Errors(Arena.ofAuto());

    @GuardedBy("lock")
    private boolean closed;

    /** Notices about pages under way. */
    @GuardedBy("lock")
    private int telling;

    private final Condition quiet = lock.newCondition();

    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("forget-pages-", 0).daemon().factory());

    /** @param mapsForWriting programs may store into pages */
    Notices(Channel channel, Nodes nodes, boolean mapsForWriting) {
        this.channel = channel;
        this.nodes = nodes;
        this.mapsForWriting = mapsForWriting;
    }

    @Override
    public boolean keepsWritablePages() {
        return mapsForWriting;
    }

    Flights flights() {
        return flights;
    }

    @Override
    public CompletableFuture<?> forgetPages(FileId file, long from, long length) {
        CompletableFuture<@Nullable Void> forgotten = new CompletableFuture<>();
        boolean tells;
        lock.lock();
        try {
            tells = !closed;
            telling += tells ? 1 : 0;
        } finally {
            lock.unlock();
        }
        if (!tells) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            threads.execute(() -> {
                try {
                    tellPages(nodes.node(file), from, length);
                } finally {
                    told();
                    forgotten.complete(null);
                }
            });
        } catch (RejectedExecutionException e) { // closed meanwhile: there is no mount any more
            told();
            forgotten.complete(null);
        }
        return forgotten;
    }

    private void tellPages(long node, long from, long length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment notice = arena.allocate(MESSAGE_MAX, Long.BYTES);
            putInode(notice, node, from, length);
            Out.Header.put(notice, 0, (int) MESSAGE_MAX, INVAL_INODE, 0);
            boolean _ = channel.write(new Libc.Errors(arena), notice.address(), (int) MESSAGE_MAX);
        }
    }

    /**
     * Has the kernel know that a file is at least so long, before it is answered with the file's attributes: it passes
     * over their size if it was told or answered anything else of the file since it asked, and then ends reads where
     * the file ended before. There is no notice for that but {@code FUSE_NOTIFY_STORE}, which first makes the file
     * longer and then copies data into its pages. The data lies nowhere ({@code EFAULT}), so that no page changes.
     */
    void makeLonger(FileId file, long size) {
        if (size == 0) {
            return;
        }
        lock.lock();
        try {
            if (closed) {
                return;
            }
            telling++;
        } finally {
            lock.unlock();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment notice = arena.allocate(Out.Header.BYTES + STORE_BYTES, Long.BYTES);
            long length = putSize(notice, nodes.node(file), size);
            MemorySegment pieces = arena.allocate(2 * IOVEC_BYTES, Long.BYTES);
            pieces.set(JAVA_LONG, 0, notice.address());
            pieces.set(JAVA_LONG, 8, length);
            pieces.set(JAVA_LONG, IOVEC_BYTES, 0);
            pieces.set(JAVA_LONG, IOVEC_BYTES + 8, 1);
            channel.writeInPart(new Libc.Errors(arena), pieces, 2);
        } finally {
            told();
        }
    }

    /** A notice that stores one byte, the last of {@code size}, which is to follow. Returns the length without it. */
    static long putSize(MemorySegment notice, long node, long size) {
        long length = Out.Header.BYTES + STORE_BYTES;
        putInode(notice, node, size - 1, 1);
        Out.Header.put(notice, 0, (int) length + 1, STORE, 0);
        return length;
    }

    private static void putInode(MemorySegment notice, long node, long from, long length) {
        notice.set(JAVA_LONG, Out.Header.BYTES, node);
        notice.set(JAVA_LONG, Out.Header.BYTES + 8, from);
        notice.set(JAVA_LONG, Out.Header.BYTES + 16, length);
    }

    private void told() {
        lock.lock();
        try {
            telling--;
            quiet.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@code FUSE_NOTIFY_INVAL_INODE} without pages. A node that the kernel does not know is no error; it may be about
     * to learn of it.
     */
    @Override
    public CompletableFuture<?> forgetAttributes(FileId file) {
        List<Flights.Flight> carriers = flights.withAttributes(file); // first: it may land now
        boolean known = invalidate(file);
        return known || carriers.isEmpty() ? FORGOTTEN : onceMore(carriers, () -> invalidate(file));
    }

    private static CompletableFuture<?> onceMore(List<Flights.Flight> carriers, Runnable notice) {
        CompletableFuture<?> landed = CompletableFuture.allOf(
                        carriers.stream().map(Flights.Flight::landed).toArray(CompletableFuture[]::new))
                .thenRun(notice);
        long left = carriers.stream()
                .mapToLong(flight -> flight.leftNanos(LANDING_NANOS_MAX))
                .max()
                .orElse(0);
        return left <= 0 // then the notice that was sent at once found it there
                ? FORGOTTEN
                : landed.copy()
                        .completeOnTimeout(null, left, TimeUnit.NANOSECONDS)
                        .thenRun(notice);
    }

    /** Returns whether the kernel knows the node. */
    private boolean invalidate(FileId file) {
        lock.lock();
        try {
            putInode(message, nodes.node(file), NO_PAGES, 0);
            return send(INVAL_INODE, INVAL_INODE_BYTES);
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@code FUSE_NOTIFY_INC_EPOCH}: every name is asked for again, those of other directories too. To forget names one
     * by one would wait for requests that are changing the directory.
     */
    @Override
    public CompletableFuture<?> forgetNames(FileId directory) {
        List<Flights.Flight> carriers = flights.withNames(directory);
        forgetAllNames();
        return carriers.isEmpty() ? FORGOTTEN : onceMore(carriers, this::forgetAllNames);
    }

    void forgetAllNames() {
        lock.lock();
        try {
            boolean _ = send(INC_EPOCH, 0);
        } finally {
            lock.unlock();
        }
    }

    /** {@code FUSE_NOTIFY_RESEND}: has all requests sent once more that were read by whoever had the mount before. */
    void askAgain() {
        lock.lock();
        try {
            boolean _ = send(RESEND, 0);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean send(int code, long length) {
        if (closed) {
            return true;
        }
        int total = (int) (Out.Header.BYTES + length);
        Out.Header.put(message, 0, total, code, 0);
        return channel.write(errors, message.address(), total);
    }

    /**
     * Closes the channel; what is to be told after that has nobody to hear it. All requests are answered, so that no
     * notice waits for long.
     */
    void close() {
        lock.lock();
        try {
            closed = true;
            awaitQuiet();
            channel.close(errors);
        } finally {
            lock.unlock();
        }
        threads.shutdown();
    }

    @GuardedBy("lock")
    private void awaitQuiet() {
        try {
            long left = CLOSE_NANOS_MAX;
            while (telling > 0 && left > 0) {
                left = quiet.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
