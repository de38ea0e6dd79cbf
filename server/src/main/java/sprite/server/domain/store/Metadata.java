package sprite.server.domain.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.rocksdb.WriteBatch;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.ReplyKey;

/**
 * The tables, the inodes that are in memory, and the one way to change them: a {@link Change} at a time.
 *
 * <p>The memory is exact. A record gets there when it is read, or after the batch that contains it was written, and
 * Caffeine does one of these at a time for one inode.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class Metadata implements AutoCloseable {
    private static final int INODES_IN_MEMORY = 100_000;
    /** Inode numbers put aside at a time, durably; those not used when the server ends are never used. */
    private static final long INODES_AHEAD = 65_536;

    private final int domain;
    private final Tables tables;
    private final Cache<Long, Inode> inodes =
            Caffeine.newBuilder().maximumSize(INODES_IN_MEMORY).build();
    private final Replies replies = new Replies();

    /** Held for a change, from its first look to the end of its write. Ranks after the locks of data files. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final WriteBatch batch = new WriteBatch();

    @GuardedBy("lock")
    private long nextInode;

    @GuardedBy("lock")
    private long inodeLimit;

    /** Files whose data is gone, so that the mark that held it to account can go with the next change. */
    @GuardedBy("lock")
    private final List<Long> unmarkLater = new ArrayList<>();

    /** Written under the lock, read by anybody. */
    private volatile long files;

    private volatile long epoch;

    Metadata(int domain, Tables tables) throws FsException {
        this.domain = domain;
        this.tables = tables;
        load();
    }

    private void load() throws FsException {
        lock.lock();
        try {
            inodes.invalidateAll();
            inodeLimit = number(Keys.INODE_LIMIT, FileId.ROOT_INODE);
            nextInode = inodeLimit + 1;
            files = number(Keys.FILES, 0);
            epoch = number(Keys.EPOCH, 0);
            replies.load(tables);
        } finally {
            lock.unlock();
        }
    }

    private long number(byte[] key, long unset) throws FsException {
        byte[] value = tables.get(Table.INFO, key);
        if (value != null && value.length != Long.BYTES) {
            String subject = "the record '" + Keys.text(key) + "' (" + value.length + " bytes)";
            throw new FsException("read", subject, FsError.CORRUPT);
        }
        return value == null ? unset : Keys.toLong(value);
    }

    Tables tables() {
        return tables;
    }

    Replies replies() {
        return replies;
    }

    /** Inodes in use. */
    long files() {
        return files;
    }

    long epoch() {
        return epoch;
    }

    /** Numbers that were never used. */
    long inodesFree() {
        lock.lock();
        try {
            return FileId.INODE_MAX - nextInode + 1;
        } finally {
            lock.unlock();
        }
    }

    /** The highest number that a file may have. */
    long lastInode() {
        return FileId.INODE_MAX - inodesFree();
    }

    FileId fileId(long inode) {
        return new FileId(domain, inode);
    }

    /** The inode of a file; NOT_FOUND if there is none. */
    Inode inode(FileId file) throws FsException {
        if (file.domain() != domain) {
            throw new FsException("find", file.toString(), FsError.NOT_FOUND);
        }
        Inode inode = inodes.getIfPresent(file.inode());
        if (inode == null) {
            inode = find(file.inode());
            if (inode == null) {
                throw new FsException("find", file.toString(), FsError.NOT_FOUND);
            }
        }
        return inode;
    }

    /** The inode of that number, or null. */
    @Nullable
    @SuppressWarnings("NullAway") // Caffeine keeps nothing where the function returns null, and returns that
    Inode find(long inode) throws FsException {
        try {
            return inodes.get(inode, this::read);
        } catch (Unreadable e) {
            throw e.error;
        }
    }

    private @Nullable Inode read(long inode) {
        try {
            byte[] record = tables.get(Table.INODES, Keys.ofLong(inode));
            return record == null ? null : InodeCodec.decode(fileId(inode), record);
        } catch (FsException e) {
            throw new Unreadable(e);
        }
    }

    /** What a change consists of. */
    interface Body<T> {
        T run(Change change) throws FsException;
    }

    /** Makes a change: all of it or, if it is refused or fails, nothing. */
    <T> T change(Body<T> body) throws FsException {
        lock.lock();
        try {
            if (tables.isBroken()) {
                tables.reopen();
                load();
            }
            batch.clear();
            for (long inode : unmarkLater) {
                tables.delete(batch, Table.UNSETTLED, Keys.ofLong(inode));
            }
            Change change = new Change(this, batch);
            T result = body.run(change);
            commit(change);
            return result;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void commit(Change change) throws FsException {
        long filesAfter = files + change.filesMore();
        if (filesAfter != files) {
            tables.put(batch, Table.INFO, Keys.FILES, Keys.ofLong(filesAfter));
        }
        change.stage();
        List<byte[]> forgotten = replies.takeForgotten();
        for (byte[] key : forgotten) {
            tables.delete(batch, Table.REPLIES, key);
        }
        if (batch.count() == 0) {
            return;
        }
        try {
            tables.write(batch, change.isDurable());
        } catch (FsException e) {
            replies.putBackForgotten(forgotten);
            throw e;
        }
        files = filesAfter;
        unmarkLater.clear();
        change.publish(inodes);
    }

    /** A number that no file ever had. */
    @SuppressWarnings("GuardedBy") // called by a Change, which exists only while the lock is held
    long newInode() throws FsException {
        if (nextInode > inodeLimit) {
            if (inodeLimit >= FileId.INODE_MAX) {
                throw new FsException("make", "inode " + nextInode, FsError.NO_SPACE);
            }
            long limit = Math.min(inodeLimit + INODES_AHEAD, FileId.INODE_MAX);
            try (WriteBatch ahead = new WriteBatch()) {
                tables.put(ahead, Table.INFO, Keys.INODE_LIMIT, Keys.ofLong(limit));
                tables.write(ahead, true);
            }
            inodeLimit = limit;
        }
        return nextInode++;
    }

    void storeEpoch(long value) throws FsException {
        change(change -> {
            change.put(Table.INFO, Keys.EPOCH, Keys.ofLong(value));
            change.makeDurable();
            return value;
        });
        epoch = value;
    }

    /** The clients of which something is known that answers to {@code which}. */
    List<Long> clients(Predicate<byte[]> which) throws FsException {
        List<Long> clients = new ArrayList<>();
        tables.scan(Table.INFO, Keys.client(0), Keys.afterClients(), (key, value) -> {
            if (which.test(value)) {
                clients.add(Keys.toLong(key, key.length - Long.BYTES));
            }
            return true;
        });
        return clients;
    }

    /** What is known of a client, durably. */
    void storeClient(long client, byte[] what) throws FsException {
        change(change -> {
            change.put(Table.INFO, Keys.client(client), what);
            change.makeDurable();
            return client;
        });
    }

    /** It is not there any more, durably. */
    void forgetClient(long client) throws FsException {
        change(change -> {
            change.delete(Table.INFO, Keys.client(client));
            change.makeDurable();
            return client;
        });
    }

    /** Forgets some of the replies kept under higher numbers than {@code after}: they are gone when this returns. */
    void forgetReplies(ReplyKey after, Predicate<byte[]> which) throws FsException {
        List<ReplyKey> forgotten = new ArrayList<>();
        for (ReplyKey key : replies.above(after)) {
            byte[] reply = tables.get(Table.REPLIES, Keys.reply(key));
            if (reply != null && which.test(reply)) {
                forgotten.add(key);
            }
        }
        if (forgotten.isEmpty()) {
            return;
        }
        change(change -> {
            for (ReplyKey key : forgotten) {
                change.delete(Table.REPLIES, Keys.reply(key));
            }
            return forgotten;
        });
        forgotten.forEach(replies::remove);
    }

    /** Files without names. */
    List<FileId> orphans() throws FsException {
        List<FileId> orphans = new ArrayList<>();
        byte[] end = Keys.ofLong(-1); // all ones: past every inode
        tables.scan(Table.ORPHANS, Keys.NOTHING, end, (key, _) -> {
            orphans.add(fileId(Keys.toLong(key)));
            return true;
        });
        return orphans;
    }

    /** Stores which life of the machine uses the domain; empty when none does. */
    void storeBoot(String boot) throws FsException {
        change(change -> {
            change.put(Table.INFO, Keys.BOOT, boot.getBytes(StandardCharsets.UTF_8));
            change.makeDurable();
            return boot;
        });
    }

    /** What {@link #storeBoot} stored last; empty if nothing. */
    String boot() throws FsException {
        byte[] boot = tables.get(Table.INFO, Keys.BOOT);
        return boot == null ? "" : Keys.text(boot);
    }

    /** Takes the mark of a file without data away, with the next change. */
    void unmarkLater(long inode) {
        lock.lock();
        try {
            unmarkLater.add(inode);
        } finally {
            lock.unlock();
        }
    }

    /** Writes what waits for the next change, if anything does. */
    void flush() throws FsException {
        change(_ -> true);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            batch.close();
            tables.close();
        } finally {
            lock.unlock();
        }
    }

    /** Carries a failure out of Caffeine. */
    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient FsException error;

        Unreadable(FsException error) {
            super(error);
            this.error = error;
        }
    }
}
