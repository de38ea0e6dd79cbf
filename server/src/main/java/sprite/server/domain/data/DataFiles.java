package sprite.server.domain.data;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * The data files of a domain: {@code data/xx/inode}, where xx are the low eight bits of the inode number in
 * hexadecimal. Keeps those in use, those with something to settle, and some more, so that their descriptors are at
 * hand.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
public final class DataFiles implements AutoCloseable {
    /** The directory, beside those of the data files, of files that belonged to nobody after a crash. */
    public static final String LOST = "lost";

    private static final int SHARDS = 256;
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
    /** Idle files that are kept open. */
    private static final int IDLE_MAX = 512;
    /** From how many files on it is cheaper to sync the whole file system. */
    private static final int SYNC_ONE_BY_ONE_MAX = 8;

    private final Path directory;
    private final Disk disk;
    private final AtomicBoolean deleted = new AtomicBoolean();
    private final Snapshots snapshots = new Snapshots();

    /** Blocking system calls, off the threads that carry virtual threads. */
    private final ExecutorService blocking = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("spritefs-sync-", 0).daemon().factory());

    /** Guards the table and the counts of users. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Least recently used first. */
    @GuardedBy("lock")
    private final LinkedHashMap<Long, DataFile> files = new LinkedHashMap<>(1024, 0.75f, true);

    /** Closed, but with something to settle. */
    @GuardedBy("lock")
    private final Map<Long, DataFile> parked = new HashMap<>();

    /** The data files under {@code directory}, which {@link #create} made. */
    public DataFiles(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /** Makes the directories of an empty domain. */
    public static void create(Path directory, Disk disk) throws IOException {
        disk.makeDirectory(directory);
        for (int shard = 0; shard < SHARDS; shard++) {
            disk.makeDirectory(directory.resolve(shardName(shard)));
        }
        disk.syncDirectory(directory);
    }

    /** The file of an inode, for use until {@link #release}. */
    public DataFile acquire(long inode) {
        lock.lock();
        try {
            DataFile file = files.get(inode);
            if (file == null) {
                file = parked.remove(inode);
                if (file == null) {
                    file = new DataFile(inode, pathOf(directory, inode), disk, deleted, snapshots);
                }
                files.put(inode, file);
            }
            file.users++;
            return file;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the use of a file that {@link #acquire} gave out. */
    public void release(DataFile file) {
        lock.lock();
        try {
            file.users--;
            if (file.users == 0 && !file.isOpen()) {
                retire(file);
            }
            if (files.size() > IDLE_MAX) {
                closeOldest();
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void closeOldest() {
        for (DataFile file : files.values()) {
            if (file.users == 0) {
                file.close();
                retire(file);
                return;
            }
        }
    }

    /** Forgets a file that is closed and idle, unless there is something to settle. */
    @GuardedBy("lock")
    private void retire(DataFile file) {
        files.remove(file.inode());
        if (file.isMarked() || file.isDirty()) {
            parked.put(file.inode(), file);
        }
    }

    /** The inodes of files that are entered as unsettled. */
    public List<Long> unsettled() {
        lock.lock();
        try {
            List<Long> result = new ArrayList<>();
            for (DataFile file : all()) {
                if (file.isMarked()) {
                    result.add(file.inode());
                }
            }
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** Makes what was written to a file durable; nothing if that is so already. */
    public void sync(DataFile file) throws FsException {
        if (file.isDirty()) {
            await(blocking.submit(() -> {
                file.sync();
                return file;
            }));
        }
    }

    /** Makes what was written to all files durable. */
    public void syncAll() throws FsException {
        List<DataFile> dirty = new ArrayList<>();
        lock.lock();
        try {
            for (DataFile file : all()) {
                if (file.isDirty()) {
                    dirty.add(acquire(file.inode()));
                }
            }
        } finally {
            lock.unlock();
        }
        try {
            syncAll(dirty);
        } finally {
            dirty.forEach(this::release);
        }
    }

    /** Makes what was written to these files durable. */
    public void syncAll(List<DataFile> dirty) throws FsException {
        if (dirty.size() > SYNC_ONE_BY_ONE_MAX) {
            syncTogether(dirty);
        } else {
            for (DataFile file : dirty) {
                sync(file);
            }
        }
    }

    @GuardedBy("lock")
    private List<DataFile> all() {
        List<DataFile> all = new ArrayList<>(files.values());
        all.addAll(parked.values());
        return all;
    }

    private void syncTogether(List<DataFile> dirty) throws FsException {
        long[] upTo = dirty.stream().mapToLong(DataFile::changes).toArray();
        await(blocking.submit(() -> {
            disk.syncFileSystem(directory);
            return directory;
        }));
        for (int i = 0; i < upTo.length; i++) {
            dirty.get(i).markSynced(upTo[i]);
        }
    }

    private void await(Future<?> call) throws FsException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    call.get();
                    return;
                } catch (InterruptedException e) {
                    // What is half durable helps nobody; the interrupt is handed on afterwards.
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NativeError error) {
                throw error.toFsException("sync", directory);
            }
            throw new FsException("sync", directory + " (" + e.getCause() + ")", FsError.IO);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Begins a snapshot of all data, between two changes. There is one at a time.
     *
     * @param aside an empty directory in the same file system, for what it keeps
     * @param taken told at the moment, with nobody changing data; returns the highest inode number in use
     */
    public Snapshot snapshot(Path aside, Snapshot.Room room, Snapshots.Moment taken) throws FsException {
        boolean begun = false;
        Snapshot snapshot = null;
        try {
            snapshot = new Snapshot(aside, disk, room);
            snapshots.begin(snapshot, taken);
            begun = true;
            return snapshot;
        } catch (NativeError e) {
            throw e.toFsException("begin a snapshot in", aside);
        } finally {
            if (!begun && snapshot != null) {
                snapshot.close();
            }
        }
    }

    /** Ends the snapshot that {@link #snapshot} gave out; its reader has stopped. */
    public void end(Snapshot snapshot) {
        snapshots.end(snapshot);
    }

    /** The snapshot that is being read fails and gives its space back; false if there is none that has any. */
    public boolean failSnapshot(String why) {
        return snapshots.fail(why);
    }

    /** Whether any file was deleted, which may not be durable. */
    public boolean anyDeleted() {
        return deleted.get();
    }

    /** Closes all files. Nobody may use them any more. */
    @Override
    public void close() {
        blocking.shutdown();
        lock.lock();
        try {
            files.values().forEach(DataFile::close);
            files.clear();
            parked.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Shows the inode of every data file there is, one directory after the other, each in the order of numbers. */
    public static void forEach(Path directory, LongConsumer inode) throws IOException {
        for (int shard = 0; shard < SHARDS; shard++) {
            try (Stream<Path> files = Files.list(directory.resolve(shardName(shard)))) {
                files.map(file -> String.valueOf(file.getFileName()))
                        .filter(name -> NUMBER.matcher(name).matches())
                        .mapToLong(Long::parseLong)
                        .sorted()
                        .forEach(inode);
            } catch (UncheckedIOException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }

    /** Where the data of an inode lies, if it has a data file, in the data files under {@code directory}. */
    public static Path pathOf(Path directory, long inode) {
        return directory.resolve(shardName((int) (inode % SHARDS))).resolve(Long.toString(inode));
    }

    private static String shardName(int shard) {
        return String.format("%02x", shard);
    }
}
