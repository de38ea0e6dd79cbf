package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * The metadata store: tables of bytes in one RocksDB, changed by atomic batches. A batch is in the operating system's
 * hands when {@link #write} returns, so it survives the end of this process; {@link #sync} makes it survive the end of
 * the machine.
 *
 * <p>After a failed write RocksDB refuses all others. The store is then {@link #isBroken} until {@link #reopen} works.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class Tables implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private final Path directory;
    private final TableOptions options;
    private final WriteOptions unsynced = new WriteOptions();
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final ReadOptions reads = new ReadOptions();

    /** Shared while the database is used, exclusive while it is closed or opened. A leaf. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    @GuardedBy("lock")
    private @Nullable RocksDB db;

    /** How often it was opened. */
    @GuardedBy("lock")
    private int life;

    @GuardedBy("lock")
    private final Map<Table, ColumnFamilyHandle> handles = new EnumMap<>(Table.class);

    private volatile boolean broken;
    private boolean readOnly;

    private Tables(Path directory, TableOptions options) {
        this.directory = directory;
        this.options = options;
    }

    /**
     * Opens the store in {@code directory}.
     *
     * @param create whether to make an empty one
     * @param diskBytes size of the file system that it lies in
     * @param watchers told what RocksDB does with its files
     */
    static Tables open(Path directory, boolean create, long diskBytes, List<AbstractEventListener> watchers)
            throws RocksDBException {
        Tables tables = new Tables(directory, new TableOptions(create, diskBytes, watchers));
        try {
            tables.connect();
        } catch (RocksDBException e) {
            tables.close();
            throw e;
        }
        return tables;
    }

    /** Opens the store in {@code directory} without ever changing it. */
    static Tables read(Path directory, long diskBytes) throws RocksDBException {
        Tables tables = new Tables(directory, new TableOptions(false, diskBytes, List.of()));
        tables.readOnly = true;
        try {
            tables.connect();
        } catch (RocksDBException e) {
            tables.close();
            throw e;
        }
        return tables;
    }

    private void connect() throws RocksDBException {
        lock.writeLock().lock();
        try {
            List<ColumnFamilyDescriptor> families = new ArrayList<>();
            families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, options.family()));
            for (Table table : Table.values()) {
                families.add(new ColumnFamilyDescriptor(table.columnFamily(), options.family()));
            }
            List<ColumnFamilyHandle> opened = new ArrayList<>();
            db = readOnly
                    ? RocksDB.openReadOnly(options.database(), directory.toString(), families, opened)
                    : RocksDB.open(options.database(), directory.toString(), families, opened);
            // Families and their handles are in the same order, behind RocksDB's own that nothing lies in.
            int at = 0;
            opened.get(at++).close();
            for (Table table : Table.values()) {
                handles.put(table, opened.get(at++));
            }
            life++;
            broken = readOnly; // there is nothing to be flushed at the end
            options.created();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The value of a key, or null. */
    byte @Nullable [] get(Table table, byte[] key) throws FsException {
        lock.readLock().lock();
        try {
            return database().get(handle(table), reads, key);
        } catch (RocksDBException e) {
            throw translate("read", table, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** What {@link #scan} shows. */
    interface Visitor {
        /** Looks at one pair; returns whether to go on. */
        boolean visit(byte[] key, byte[] value) throws FsException;
    }

    /** Shows the pairs from {@code from} (inclusive) to {@code end} (exclusive) in the order of their keys. */
    void scan(Table table, byte[] from, byte[] end, Visitor visitor) throws FsException {
        lock.readLock().lock();
        try (Slice bound = new Slice(end);
                ReadOptions bounded = new ReadOptions().setIterateUpperBound(bound);
                RocksIterator iterator = database().newIterator(handle(table), bounded)) {
            iterator.seek(from);
            while (iterator.isValid() && visitor.visit(iterator.key(), iterator.value())) {
                iterator.next();
            }
            iterator.status();
        } catch (RocksDBException e) {
            throw translate("scan", table, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * The tables as they were at one moment; to be given back to {@link #release}.
     *
     * @param life in which life of the store, which {@link #reopen} ends
     */
    record Moment(Snapshot snapshot, int life) {}

    /** The tables as they are now. */
    Moment moment() throws FsException {
        lock.readLock().lock();
        try {
            return new Moment(database().getSnapshot(), life);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Lets go of a moment. */
    void release(Moment moment) {
        lock.readLock().lock();
        try {
            RocksDB open = db;
            if (open != null && moment.life == life) {
                open.releaseSnapshot(moment.snapshot);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Pairs as they were, from a key on (inclusive), in the order of keys: some {@code bytes} of them, at least one.
     */
    List<Map.Entry<byte[], byte[]>> page(Moment moment, Table table, byte[] from, long bytes) throws FsException {
        lock.readLock().lock();
        try {
            if (moment.life != life) {
                throw new FsException("read", directory + " (the store was opened anew meanwhile)", FsError.IO);
            }
            try (ReadOptions then =
                            new ReadOptions().setSnapshot(moment.snapshot).setFillCache(false);
                    RocksIterator iterator = database().newIterator(handle(table), then)) {
                List<Map.Entry<byte[], byte[]>> pairs = new ArrayList<>();
                long sum = 0;
                for (iterator.seek(from); iterator.isValid() && sum < bytes; iterator.next()) {
                    byte[] key = iterator.key();
                    byte[] value = iterator.value();
                    pairs.add(Map.entry(key, value));
                    sum += key.length + value.length;
                }
                iterator.status();
                return pairs;
            }
        } catch (RocksDBException e) {
            throw translate("scan", table, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Adds to a batch. */
    void put(WriteBatch batch, Table table, byte[] key, byte[] value) throws FsException {
        lock.readLock().lock();
        try {
            batch.put(handle(table), key, value);
        } catch (RocksDBException e) {
            throw translate("put", table, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Adds to a batch. */
    void delete(WriteBatch batch, Table table, byte[] key) throws FsException {
        lock.readLock().lock();
        try {
            batch.delete(handle(table), key);
        } catch (RocksDBException e) {
            throw translate("delete", table, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Adds to a batch: deletes from {@code from} (inclusive) to {@code end} (exclusive). */
    void deleteRange(WriteBatch batch, Table table, byte[] from, byte[] end) throws FsException {
        if (Arrays.compareUnsigned(from, end) >= 0) {
            return;
        }
        lock.readLock().lock();
        try {
            batch.deleteRange(handle(table), from, end);
        } catch (RocksDBException e) {
            throw translate("delete", table, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Writes a batch; with {@code durable} it is on disk afterwards, and all before it. */
    void write(WriteBatch batch, boolean durable) throws FsException {
        lock.readLock().lock();
        try {
            database().write(durable ? synced : unsynced, batch);
        } catch (RocksDBException e) {
            broken = true;
            throw translate("write", directory, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Makes all that was written durable. Blocks the carrier of a virtual thread; see {@link LogSync}. */
    void sync() throws FsException {
        lock.readLock().lock();
        try {
            database().syncWal();
        } catch (RocksDBException e) {
            broken = true;
            throw translate("sync", directory, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Whether a write failed, so that none will work until {@link #reopen}. */
    boolean isBroken() {
        return broken;
    }

    /** Closes the store and opens it again, as after a crash: what was acknowledged is there. */
    void reopen() throws FsException {
        lock.writeLock().lock();
        try {
            disconnect();
            connect();
        } catch (RocksDBException e) {
            broken = true;
            throw translate("reopen", directory, e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            RocksDB open = db;
            if (open != null && !broken) {
                flush(open);
            }
            disconnect();
            reads.close();
            synced.close();
            unsynced.close();
            options.close();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** So that the next start has no log to replay. Where it fails, the next start replays it. */
    @GuardedBy("lock")
    private void flush(RocksDB open) {
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            open.flush(wait, new ArrayList<>(handles.values()));
        } catch (RocksDBException e) {
            broken = true;
        }
    }

    @GuardedBy("lock")
    private void disconnect() {
        handles.values().forEach(ColumnFamilyHandle::close);
        handles.clear();
        RocksDB open = db;
        db = null;
        if (open != null) {
            open.close();
        }
    }

    private RocksDB database() throws FsException {
        RocksDB open = db;
        if (open == null) {
            throw new FsException("use", directory + " (the store is closed)", FsError.IO);
        }
        return open;
    }

    private ColumnFamilyHandle handle(Table table) throws FsException {
        ColumnFamilyHandle handle = handles.get(table);
        if (handle == null) {
            throw new FsException("use", directory + " (the store is closed)", FsError.IO);
        }
        return handle;
    }

    private static FsException translate(String operation, Object subject, RocksDBException e) {
        Status status = e.getStatus();
        FsError error = FsError.IO;
        if (status != null && status.getCode() == Status.Code.Corruption) {
            error = FsError.CORRUPT;
        } else if (isNoSpace(e)) {
            error = FsError.NO_SPACE;
        }
        return new FsException(operation, subject + " (" + e.getMessage() + ")", error);
    }

    private static boolean isNoSpace(RocksDBException e) {
        Status status = e.getStatus();
        return (status != null && status.getSubCode() == Status.SubCode.NoSpace)
                || String.valueOf(e.getMessage()).contains("No space left");
    }
}
