package sprite.client.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import sprite.client.fs.Borrower;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.space.MountedSpace;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;

/**
 * What a kernel does with the pages that a client lends it: it answers reads from them, locks a page while it is being
 * filled, and waits for that when it is told to forget it. Its pages are large, so that records rarely lie on two.
 * Thread-safe: fields guarded by {@code lock}.
 */
final class KernelPages implements Borrower {
    private static final int PAGE = 64 * 1024;

    private final Node node;
    private final MountedSpace client;
    private final Set<Handle> cached = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** The daemon is about to end. */
    private volatile boolean ends;

    /** There is no daemon. */
    private volatile boolean over;

    /** By file, then by number. */
    private final Map<FileId, TreeMap<Long, Page>> pages =
            new TreeMap<>(Comparator.comparingInt(FileId::domain).thenComparingLong(FileId::inode));

    /** Without content while it is being filled; a short one ends the file. */
    private static final class Page {
        private byte[] content = new byte[0];
        private boolean filled;
    }

    private KernelPages(Node node, MountedSpace client) {
        this.node = node;
        this.client = client;
    }

    /**
     * What programs see of a client with a kernel that keeps pages in between.
     *
     * @param maps whether programs map what they read, privately where they may not read from pages
     */
    static FileSystem over(Node node, MountedSpace client, boolean maps) {
        return new KernelPages(node, client).programs(maps);
    }

    /** A kernel that has just mounted. */
    static KernelPages under(Node node, MountedSpace client) {
        return new KernelPages(node, client);
    }

    /** What programs see. */
    FileSystem programs(boolean maps) {
        KernelPages kernel = this;
        client.lendTo(kernel);
        return (FileSystem) Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (_, method, arguments) -> {
                    try {
                        switch (method.getName()) {
                            case "read" -> {
                                if (kernel.cached.contains((Handle) arguments[0])) {
                                    return kernel.read(
                                            (Handle) arguments[0], (long) arguments[1], (MemorySegment) arguments[2]);
                                }
                            }
                            case "write" ->
                                kernel.forget(
                                        ((Handle) arguments[0]).file(),
                                        (long) arguments[1],
                                        ((MemorySegment) arguments[2]).byteSize());
                            case "release" -> kernel.cached.remove((Handle) arguments[0]);
                            default -> {}
                        }
                        Object answer = method.invoke(client, arguments);
                        if (method.getName().equals("open")) {
                            kernel.opened((Handle) answer, maps);
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The daemon ends, and its programs go on with what is in pages. */
    void endMount() {
        ends = true;
        node.leave();
        client.close();
        over = true;
    }

    private void opened(Handle handle, boolean maps) {
        boolean keeps = client.lendPages(handle);
        if (!keeps) {
            forget(handle.file(), 0, 0);
        }
        if (keeps || maps) {
            cached.add(handle);
        }
    }

    private int read(Handle handle, long offset, MemorySegment into) throws FsException {
        boolean asked = false;
        while (true) {
            long missing;
            lock.lock();
            try {
                missing = firstMissing(handle.file(), offset, into.byteSize());
                if (missing < 0) {
                    if (!asked) {
                        node.network().marks().reach(Mark.PAGE_READ);
                    }
                    return copy(handle.file(), offset, into);
                }
                TreeMap<Long, Page> file = pages.computeIfAbsent(handle.file(), _ -> new TreeMap<>());
                if (file.containsKey(missing)) { // somebody else fills it
                    changed.awaitUninterruptibly();
                    continue;
                }
                if (over) {
                    throw new FsException("read", handle.file() + "", FsError.IO);
                }
                file.put(missing, new Page());
            } finally {
                lock.unlock();
            }
            fill(handle, missing);
            asked = true;
        }
    }

    /** The first page that is not here or not filled; -1 if all are. */
    private long firstMissing(FileId file, long offset, long length) {
        TreeMap<Long, Page> known = pages.getOrDefault(file, new TreeMap<>());
        for (long index = offset / PAGE; index * PAGE < offset + length; index++) {
            Page page = known.get(index);
            if (page == null || !page.filled) {
                return index;
            }
            if (page.content.length < PAGE) {
                return -1;
            }
        }
        return -1;
    }

    private Page known(FileId file, long index) {
        return Objects.requireNonNull(pages.getOrDefault(file, new TreeMap<>()).get(index));
    }

    private int copy(FileId file, long offset, MemorySegment into) {
        int done = 0;
        while (done < into.byteSize()) {
            byte[] content = known(file, (offset + done) / PAGE).content;
            int from = (int) ((offset + done) % PAGE);
            int length = (int) Math.min(content.length - from, into.byteSize() - done);
            if (length <= 0) {
                break;
            }
            MemorySegment.copy(content, from, into, ValueLayout.JAVA_BYTE, done, length);
            done += length;
            if (content.length < PAGE) {
                break;
            }
        }
        return done;
    }

    private void fill(Handle handle, long index) throws FsException {
        byte[] content = new byte[PAGE];
        int length = -1;
        try {
            length = client.readForPages(handle, index * PAGE, MemorySegment.ofArray(content), Program.ROOT);
        } finally {
            lock.lock();
            try {
                if (length < 0) {
                    pages.getOrDefault(handle.file(), new TreeMap<>()).remove(index);
                } else {
                    Page page = known(handle.file(), index);
                    page.content = Arrays.copyOf(content, length);
                    page.filled = true;
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Page after page; waits for those that are being filled. */
    private void forget(FileId file, long from, long length) {
        long end = length <= 0 ? Long.MAX_VALUE : from + length;
        lock.lock();
        try {
            TreeMap<Long, Page> known = pages.getOrDefault(file, new TreeMap<>());
            Map.Entry<Long, Page> next = known.ceilingEntry(from / PAGE);
            while (next != null && next.getKey() * PAGE < end) {
                Page page = next.getValue();
                while (!page.filled && known.get(next.getKey()) == page) {
                    changed.awaitUninterruptibly();
                }
                known.remove(next.getKey(), page);
                next = known.higherEntry(next.getKey());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CompletableFuture<?> forgetPages(FileId file, long from, long length) {
        CompletableFuture<?> forgotten = new CompletableFuture<>();
        if (ends && node.network().bug() == Bug.PAGES_OUTLIVE_THE_MOUNT) {
            return FORGOTTEN;
        }
        node.start("forget pages", () -> {
            forget(file, from, length);
            forgotten.complete(null);
        });
        return forgotten;
    }

    @Override
    public CompletableFuture<?> forgetAttributes(FileId file) {
        return FORGOTTEN;
    }

    @Override
    public CompletableFuture<?> forgetNames(FileId directory) {
        return FORGOTTEN;
    }
}
