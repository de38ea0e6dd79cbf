package sprite.client.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.file.OpenFile;
import sprite.client.fs.Borrower;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
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

    /** Handles through which programs may have mapped files to store into, while they are open. */
    private final Map<FileId, List<Handle>> mapped =
            new TreeMap<>(Comparator.comparingInt(FileId::domain).thenComparingLong(FileId::inode));

    /** Counts what programs do with mapped files; every other time they use the mapping. */
    private int used;

    /** Without content while it is being filled; a short one ends the file. */
    private static final class Page {
        private byte[] content = new byte[0];

        /** Else it is being filled, or brought back. */
        private boolean filled;

        /** A program has stored into it. */
        private boolean dirty;

        /** It is being brought back. */
        private boolean leaving;
    }

    private KernelPages(Node node, MountedSpace client) {
        this.node = node;
        this.client = client;
    }

    /**
     * What programs see of a client with a kernel that keeps pages in between.
     *
     * @param maps whether programs map what they read, privately where they may not read from pages
     * @param stores whether they map what they have open to read and write, shared, and store into it
     */
    static FileSystem over(Node node, MountedSpace client, boolean maps, boolean stores) {
        return new KernelPages(node, client).programs(maps, stores);
    }

    /** A kernel that has just mounted. */
    static KernelPages under(Node node, MountedSpace client) {
        return new KernelPages(node, client);
    }

    /** What programs see. */
    FileSystem programs(boolean maps, boolean stores) {
        KernelPages kernel = this;
        client.lendTo(kernel);
        return (FileSystem) Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (_, method, arguments) -> {
                    try {
                        if (arguments != null && arguments.length > 0 && arguments[0] instanceof Handle handle) {
                            Object done = kernel.use(method.getName(), handle, arguments);
                            if (done != null) {
                                return done;
                            }
                        }
                        Object answer = method.invoke(client, arguments);
                        if (answer instanceof Handle opened) {
                            kernel.opened(opened, maps, stores);
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** What the kernel does before it asks; not null: it need not ask. */
    private @Nullable Object use(String what, Handle handle, Object[] arguments) throws FsException {
        FileId file = handle.file();
        switch (what) {
            case "read" -> {
                MemorySegment into = (MemorySegment) arguments[2];
                if (cached.contains(handle) || usesMapping(handle)) {
                    return read(handle, (long) arguments[1], into);
                }
                bringBack(file, (long) arguments[1], into.byteSize());
            }
            case "write" -> {
                MemorySegment data = (MemorySegment) arguments[2];
                if (usesMapping(handle) && store(handle, (long) arguments[1], data)) {
                    return true; // of a method that returns nothing
                }
                forget(file, (long) arguments[1], data.byteSize());
            }
            case "flush", "fsync" -> bringBack(file, 0, Long.MAX_VALUE);
            case "lock" -> { // such files are truncated, too
                bringBack(file, 0, Long.MAX_VALUE);
                unmap(handle);
            }
            case "release" -> {
                bringBack(file, 0, Long.MAX_VALUE);
                unmap(handle);
                cached.remove(handle);
            }
            default -> {}
        }
        return null;
    }

    private boolean usesMapping(Handle handle) {
        lock.lock();
        try {
            return mapped.getOrDefault(handle.file(), List.of()).contains(handle) && used++ % 2 == 0;
        } finally {
            lock.unlock();
        }
    }

    private void unmap(Handle handle) {
        lock.lock();
        try {
            mapped.getOrDefault(handle.file(), new ArrayList<>()).remove(handle);
        } finally {
            lock.unlock();
        }
    }

    /** The daemon ends, and its programs go on with what is in pages. */
    void endMount() {
        ends = true;
        node.leave();
        client.close();
        over = true;
    }

    private void opened(Handle handle, boolean maps, boolean stores) {
        boolean keeps = client.lendPages(handle);
        OpenFlags flags = ((OpenFile) handle).flags();
        if (stores && flags.read() && flags.write() && !flags.truncate()) {
            lock.lock();
            try {
                mapped.computeIfAbsent(handle.file(), _ -> new ArrayList<>()).add(handle);
            } finally {
                lock.unlock();
            }
        }
        if (!keeps) {
            forget(handle.file(), 0, 0);
        }
        if (keeps || maps) {
            cached.add(handle);
        }
    }

    private int read(Handle handle, long offset, MemorySegment into) throws FsException {
        return withPages(handle, offset, into.byteSize(), asked -> {
            if (!asked) {
                node.network().marks().reach(Mark.PAGE_READ);
            }
            return copy(handle.file(), offset, into);
        });
    }

    /** False if the mapping ends before, or another page begins: then not everybody sees all of it at once. */
    private boolean store(Handle handle, long offset, MemorySegment data) throws FsException {
        int at = (int) (offset % PAGE);
        if (at + data.byteSize() > PAGE) {
            return false;
        }
        return withPages(handle, offset, data.byteSize(), _ -> {
            Page page = known(handle.file(), offset / PAGE);
            if (page.content.length < at + data.byteSize()) {
                return false;
            }
            MemorySegment.copy(data, 0, MemorySegment.ofArray(page.content), at, data.byteSize());
            page.dirty = true;
            return true;
        });
    }

    /** What is done with pages that are here, with the lock held. */
    private interface Use<T> {
        T of(boolean asked);
    }

    private <T> T withPages(Handle handle, long offset, long length, Use<T> use) throws FsException {
        boolean asked = false;
        while (true) {
            long missing;
            lock.lock();
            try {
                missing = firstMissing(handle.file(), offset, length);
                if (missing < 0) {
                    return use.of(asked);
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

    /** Page after page; waits for those that are being filled, and brings back into which programs stored. */
    private void forget(FileId file, long from, long length) {
        walk(file, from, length, true);
    }

    private void bringBack(FileId file, long from, long length) {
        walk(file, from, length, false);
    }

    private void walk(FileId file, long from, long length, boolean forgets) {
        long end = length <= 0 || length == Long.MAX_VALUE ? Long.MAX_VALUE : from + length;
        long at = from / PAGE;
        while (true) {
            Page page;
            Handle handle;
            MemorySegment content;
            lock.lock();
            try {
                TreeMap<Long, Page> known = pages.getOrDefault(file, new TreeMap<>());
                Map.Entry<Long, Page> next = known.ceilingEntry(at);
                if (next == null || next.getKey() * PAGE >= end) {
                    changed.signalAll();
                    return;
                }
                at = next.getKey() + 1;
                page = next.getValue();
                while ((forgets ? !page.filled : page.leaving) && known.get(at - 1) == page) {
                    changed.awaitUninterruptibly();
                }
                if (!page.dirty || known.get(at - 1) != page) {
                    if (forgets) {
                        known.remove(at - 1, page);
                    }
                    continue;
                }
                page.filled = false;
                page.dirty = false;
                page.leaving = true;
                handle = mapped.getOrDefault(file, List.of()).getLast();
                content = MemorySegment.ofArray(page.content.clone());
            } finally {
                lock.unlock();
            }
            try {
                client.writePages(handle, (at - 1) * PAGE, content, Program.ROOT);
            } finally {
                broughtBack(file, at - 1, page, forgets);
            }
        }
    }

    private void broughtBack(FileId file, long index, Page page, boolean forgets) {
        lock.lock();
        try {
            page.filled = true;
            page.leaving = false;
            if (forgets) {
                node.network().marks().reach(Mark.STORED_PAGE_FORGOTTEN);
                pages.getOrDefault(file, new TreeMap<>()).remove(index, page);
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
    public boolean keepsWritablePages() {
        return true;
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
