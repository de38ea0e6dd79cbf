package sprite.client.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Listing;
import sprite.client.fs.LockRequest;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.StatFs;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/**
 * The in-memory twin of the client's file system: one domain of maps and byte arrays. Thread-safe: everything guarded
 * by {@code lock}.
 */
public class MemoryFileSystem implements FileSystem {
    /** How often a call that waits for a lock asks whether its caller was interrupted. */
    private static final Duration INTERRUPT_POLL = Duration.ofMillis(20);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition unlocked = lock.newCondition();
    private final Map<FileId, Node> nodes = new HashMap<>();
    private final FileId root = new FileId(1, FileId.ROOT_INODE);
    private long lastInode = FileId.ROOT_INODE;
    private int largestTransfer;
    private long opened;

    /** A file. */
    private static final class Node {
        Attributes attributes;
        byte[] data = new byte[0];
        final NavigableMap<FileName, FileId> entries = new TreeMap<>();
        final Map<String, byte[]> xattrs = new TreeMap<>();
        final List<LockRequest> locks = new ArrayList<>();
        int opens;

        Node(Attributes attributes) {
            this.attributes = attributes;
        }
    }

    /** One open. */
    private record Open(FileId file, Node node, OpenFlags flags, long number) implements Handle {}

    public MemoryFileSystem() {
        nodes.put(root, new Node(fresh(root, FileType.DIRECTORY, 0777, 2, 0, 0, 0)));
    }

    private static Attributes fresh(FileId file, FileType type, int mode, int links, long device, int uid, int gid) {
        FileTime now = FileTime.of(Instant.now());
        return new Attributes(
                file, type, mode, links, uid, gid, device, 0, 0, now, now, now, now, 1, false, null, null);
    }

    @Override
    public FileId root() {
        return root;
    }

    @Override
    public Attributes lookup(FileId directory, FileName name, Caller caller) throws FsException {
        lock.lock();
        try {
            Node parent = directory(directory);
            require(parent, Access.EXECUTE, caller);
            return node(entry(parent, name)).attributes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Attributes attributes(FileId file, Caller caller) throws FsException {
        lock.lock();
        try {
            return node(file).attributes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Attributes setAttributes(FileId file, AttributeChange change, @Nullable Handle handle, Caller caller)
            throws FsException {
        lock.lock();
        try {
            Node node = node(file);
            if (change.mode() != null && caller.uid() != 0 && caller.uid() != node.attributes.uid()) {
                throw refuse(FsError.NOT_PERMITTED);
            }
            if (change.size() != null) {
                if (handle == null) {
                    require(node, Access.WRITE, caller);
                }
                node.data = Arrays.copyOf(node.data, Math.toIntExact(change.size()));
                touch(node);
            }
            Attributes a = node.attributes;
            FileTime now = FileTime.of(Instant.now());
            node.attributes = with(
                    a,
                    change.mode() == null ? a.mode() : change.mode(),
                    a.links(),
                    change.uid() == null ? a.uid() : change.uid(),
                    change.gid() == null ? a.gid() : change.gid(),
                    change.accessedNow() ? now : change.accessed() == null ? a.accessed() : change.accessed(),
                    change.modifiedNow() ? now : change.modified() == null ? a.modified() : change.modified());
            return node.attributes;
        } finally {
            lock.unlock();
        }
    }

    private static Attributes with(
            Attributes a, int mode, int links, int uid, int gid, FileTime accessed, FileTime modified) {
        return new Attributes(
                a.file(),
                a.type(),
                mode,
                links,
                uid,
                gid,
                a.device(),
                a.size(),
                a.size(),
                accessed,
                modified,
                FileTime.of(Instant.now()),
                a.created(),
                a.version(),
                a.hasXattrs(),
                a.acl(),
                null);
    }

    private static void touch(Node node) {
        node.attributes = node.attributes.withData(node.data.length, FileTime.of(Instant.now()));
    }

    private static void links(Node node, int change) {
        Attributes a = node.attributes;
        node.attributes = with(a, a.mode(), a.links() + change, a.uid(), a.gid(), a.accessed(), a.modified());
    }

    @Override
    public void access(FileId file, int wanted, Caller caller) throws FsException {
        lock.lock();
        try {
            require(node(file), wanted, caller);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Listing> list(FileId directory, Caller caller) throws FsException {
        lock.lock();
        try {
            List<Listing> all = new ArrayList<>();
            for (var entry : directory(directory).entries.entrySet()) {
                all.add(new Listing(
                        entry.getKey(),
                        entry.getValue(),
                        node(entry.getValue()).attributes.type()));
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public byte[] readLink(FileId file, Caller caller) throws FsException {
        lock.lock();
        try {
            return node(file).data.clone();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Attributes make(FileId directory, FileName name, FileType type, int mode, long device, Caller caller)
            throws FsException {
        lock.lock();
        try {
            Node parent = directory(directory);
            require(parent, Access.WRITE | Access.EXECUTE, caller);
            if (parent.entries.containsKey(name)) {
                throw refuse(FsError.EXISTS);
            }
            var file = new FileId(1, ++lastInode);
            int links = type == FileType.DIRECTORY ? 2 : 1;
            var node = new Node(fresh(file, type, mode, links, device, caller.uid(), caller.gid()));
            nodes.put(file, node);
            parent.entries.put(name, file);
            return node.attributes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Attributes symlink(FileId directory, FileName name, byte[] target, Caller caller) throws FsException {
        lock.lock();
        try {
            Node node = node(
                    make(directory, name, FileType.SYMLINK, 0777, 0, caller).file());
            node.data = target.clone();
            touch(node);
            return node.attributes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Attributes link(FileId file, FileId directory, FileName name, Caller caller) throws FsException {
        lock.lock();
        try {
            Node node = node(file);
            if (directory(directory).entries.putIfAbsent(name, file) != null) {
                throw refuse(FsError.EXISTS);
            }
            links(node, 1);
            return node.attributes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void unlink(FileId directory, FileName name, Caller caller) throws FsException {
        lock.lock();
        try {
            Node parent = directory(directory);
            require(parent, Access.WRITE | Access.EXECUTE, caller);
            if (node(entry(parent, name)).attributes.isDirectory()) {
                throw refuse(FsError.IS_DIRECTORY);
            }
            drop(parent, name);
        } finally {
            lock.unlock();
        }
    }

    private void drop(Node parent, FileName name) throws FsException {
        FileId file = entry(parent, name);
        Node node = node(file);
        parent.entries.remove(name);
        links(node, node.attributes.isDirectory() ? -2 : -1);
        forgetIfUnused(file, node);
    }

    private void forgetIfUnused(FileId file, Node node) {
        if (node.attributes.links() == 0 && node.opens == 0) {
            nodes.remove(file);
        }
    }

    @Override
    public void removeDirectory(FileId directory, FileName name, Caller caller) throws FsException {
        lock.lock();
        try {
            Node parent = directory(directory);
            if (!directory(entry(parent, name)).entries.isEmpty()) {
                throw refuse(FsError.NOT_EMPTY);
            }
            drop(parent, name);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void rename(
            FileId fromDirectory,
            FileName fromName,
            FileId toDirectory,
            FileName toName,
            boolean noReplace,
            boolean exchange,
            Caller caller)
            throws FsException {
        lock.lock();
        try {
            Node from = directory(fromDirectory);
            Node to = directory(toDirectory);
            FileId file = entry(from, fromName);
            if (exchange) {
                from.entries.put(fromName, entry(to, toName));
                to.entries.put(toName, file);
                return;
            }
            if (to.entries.containsKey(toName)) {
                if (noReplace) {
                    throw refuse(FsError.EXISTS);
                }
                if (entry(to, toName).equals(file)) {
                    return;
                }
                drop(to, toName);
            }
            from.entries.remove(fromName);
            to.entries.put(toName, file);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Handle open(FileId file, OpenFlags flags, Caller caller) throws FsException {
        lock.lock();
        try {
            Node node = node(file);
            int wanted = (flags.read() ? Access.READ : 0)
                    | (flags.write() ? Access.WRITE : 0)
                    | (flags.execute() ? Access.EXECUTE : 0);
            require(node, wanted, caller);
            if (flags.truncate()) {
                node.data = new byte[0];
                touch(node);
            }
            node.opens++;
            return new Open(file, node, flags, ++opened);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Handle create(FileId directory, FileName name, int mode, OpenFlags flags, Caller caller) throws FsException {
        lock.lock();
        try {
            FileId there = directory(directory).entries.get(name);
            if (there != null) {
                if (flags.exclusive()) {
                    throw refuse(FsError.EXISTS);
                }
                return open(there, flags, caller);
            }
            FileId made =
                    make(directory, name, FileType.REGULAR, mode, 0, caller).file();
            Node node = node(made);
            node.opens++;
            return new Open(made, node, flags, ++opened);
        } finally {
            lock.unlock();
        }
    }

    /** Most bytes that were asked for in one read. */
    public int largestTransfer() {
        lock.lock();
        try {
            return largestTransfer;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read(Handle handle, long offset, MemorySegment into, Caller caller) {
        lock.lock();
        try {
            largestTransfer = Math.max(largestTransfer, Math.toIntExact(into.byteSize()));
            byte[] data = ((Open) handle).node().data;
            int length = Math.min(
                    Math.toIntExact(into.byteSize()), (int) Math.max(0, Math.min(data.length, data.length - offset)));
            MemorySegment.copy(data, (int) offset, into, ValueLayout.JAVA_BYTE, 0, Math.max(0, length));
            return Math.max(0, length);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(Handle handle, long offset, MemorySegment data, boolean append, Caller caller)
            throws FsException {
        lock.lock();
        try {
            Node node = ((Open) handle).node();
            long start = append ? node.attributes.size() : offset;
            if (start + data.byteSize() > Integer.MAX_VALUE) {
                throw refuse(FsError.NO_SPACE);
            }
            int end = (int) (start + data.byteSize());
            int size = (int) Math.max(end, node.attributes.size());
            if (end > node.data.length) {
                node.data = Arrays.copyOf(node.data, end);
            }
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, node.data, (int) start, (int) data.byteSize());
            node.attributes = node.attributes.withData(size, FileTime.of(Instant.now()));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flush(Handle handle, long lockOwner, Caller caller) {
        unlockAll(handle, lockOwner, LockKind.POSIX);
    }

    @Override
    public void release(Handle handle) {
        unlockAll(handle, ((Open) handle).number(), LockKind.FLOCK);
        lock.lock();
        try {
            Open open = (Open) handle;
            open.node().opens--;
            forgetIfUnused(open.file(), open.node());
        } finally {
            lock.unlock();
        }
    }

    private void unlockAll(Handle handle, long owner, LockKind kind) {
        lock.lock();
        try {
            ((Open) handle).node().locks.removeIf(held -> held.owner() == owner && held.kind() == kind);
            unlocked.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void fsync(Handle handle, boolean dataOnly, Caller caller) {}

    @Override
    public void fsyncDirectory(FileId directory, Caller caller) {}

    @Override
    public void allocate(Handle handle, int mode, long offset, long length, Caller caller) throws FsException {
        lock.lock();
        try {
            if (mode != 0) {
                throw refuse(FsError.NOT_SUPPORTED);
            }
            Node node = ((Open) handle).node();
            node.data = Arrays.copyOf(node.data, Math.max(node.data.length, Math.toIntExact(offset + length)));
            touch(node);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long copy(Handle from, long fromOffset, Handle to, long toOffset, long length, Caller caller)
            throws FsException {
        throw refuse(FsError.CROSS_DOMAIN);
    }

    @Override
    public long seek(Handle handle, long offset, boolean hole, Caller caller) throws FsException {
        lock.lock();
        try {
            long size = ((Open) handle).node().data.length;
            if (offset < 0 || offset >= size) {
                throw refuse(FsError.PAST_END);
            }
            return hole ? size : offset;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public StatFs statFs(FileId file) {
        return new StatFs(4096, 1_000_000, 600_000, 500_000, 10_000, 9_000, 255);
    }

    @Override
    public byte[] xattr(FileId file, String name, Caller caller) throws FsException {
        lock.lock();
        try {
            byte[] value = node(file).xattrs.get(name);
            if (value == null) {
                throw refuse(FsError.NO_ATTRIBUTE);
            }
            return value.clone();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void setXattr(FileId file, String name, byte[] value, boolean createOnly, boolean replaceOnly, Caller caller)
            throws FsException {
        lock.lock();
        try {
            Map<String, byte[]> xattrs = node(file).xattrs;
            if (createOnly && xattrs.containsKey(name)) {
                throw refuse(FsError.EXISTS);
            }
            if (replaceOnly && !xattrs.containsKey(name)) {
                throw refuse(FsError.NO_ATTRIBUTE);
            }
            xattrs.put(name, value.clone());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<String> xattrs(FileId file, Caller caller) throws FsException {
        lock.lock();
        try {
            return List.copyOf(node(file).xattrs.keySet());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void removeXattr(FileId file, String name, Caller caller) throws FsException {
        lock.lock();
        try {
            if (node(file).xattrs.remove(name) == null) {
                throw refuse(FsError.NO_ATTRIBUTE);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void lock(Handle handle, LockRequest asked, Caller caller) throws FsException {
        LockRequest request = asked.kind() == LockKind.FLOCK ? asked.ownedBy(((Open) handle).number()) : asked;
        lock.lock();
        try {
            List<LockRequest> locks = ((Open) handle).node().locks;
            while (request.type() != LockType.UNLOCK && conflict(locks, request) != null) {
                if (!request.blocking()) {
                    throw refuse(FsError.WOULD_BLOCK);
                }
                var _ = unlocked.await(INTERRUPT_POLL.toMillis(), TimeUnit.MILLISECONDS);
                if (caller.isInterrupted()) {
                    throw refuse(FsError.INTERRUPTED);
                }
            }
            locks.removeIf(held -> held.owner() == request.owner() && held.kind() == request.kind());
            if (request.type() != LockType.UNLOCK) {
                locks.add(request);
            }
            unlocked.signalAll();
        } catch (InterruptedException e) {
            throw refuse(FsError.INTERRUPTED);
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable LockRequest conflict(List<LockRequest> locks, LockRequest wanted) {
        for (LockRequest held : locks) {
            if (held.kind() == wanted.kind()
                    && held.owner() != wanted.owner()
                    && held.start() <= wanted.end()
                    && wanted.start() <= held.end()
                    && (held.type() == LockType.EXCLUSIVE || wanted.type() == LockType.EXCLUSIVE)) {
                return held;
            }
        }
        return null;
    }

    @Override
    public @Nullable LockRequest testLock(Handle handle, LockRequest request, Caller caller) {
        lock.lock();
        try {
            return conflict(((Open) handle).node().locks, request);
        } finally {
            lock.unlock();
        }
    }

    /** All names below a directory, as another host would see them. */
    public List<String> names(String path) throws FsException {
        lock.lock();
        try {
            FileId directory = root;
            for (String name : path.split("/", -1)) {
                if (!name.isEmpty()) {
                    directory = entry(directory(directory), FileName.ofText(name));
                }
            }
            return directory(directory).entries.keySet().stream()
                    .map(FileName::toString)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** The names in the root directory, byte by byte. */
    public List<FileName> raw() throws FsException {
        lock.lock();
        try {
            return List.copyOf(directory(root).entries.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Files that exist, without the root directory. */
    public int nodeCount() {
        lock.lock();
        try {
            return nodes.size() - 1;
        } finally {
            lock.unlock();
        }
    }

    private Node node(FileId file) throws FsException {
        Node node = nodes.get(file);
        if (node == null) {
            throw refuse(FsError.NOT_FOUND);
        }
        return node;
    }

    private Node directory(FileId file) throws FsException {
        Node node = node(file);
        if (!node.attributes.isDirectory()) {
            throw refuse(FsError.NOT_DIRECTORY);
        }
        return node;
    }

    private static FileId entry(Node parent, FileName name) throws FsException {
        FileId file = parent.entries.get(name);
        if (file == null) {
            throw refuse(FsError.NOT_FOUND);
        }
        return file;
    }

    private static void require(Node node, int wanted, Caller caller) throws FsException {
        if (!Access.allows(node.attributes, caller.credentials(), wanted)) {
            throw refuse(FsError.ACCESS_DENIED);
        }
    }

    private static FsException refuse(FsError error) {
        return new FsException("test", "twin", error);
    }
}
