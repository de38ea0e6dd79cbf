package sprite.server.domain.store;

import static sprite.server.domain.store.NameCommands.refused;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Entry;
import sprite.server.domain.Keeping;
import sprite.server.domain.Outcome;
import sprite.server.domain.Raiser;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.Space;
import sprite.server.domain.data.DataFile;

/**
 * A domain in a directory: metadata and small files in RocksDB, larger data in files of their own. {@code package-info}
 * describes the format.
 *
 * <p>Thread-safe. Lock order: the lock of a file's data, then that of the metadata, then leaves.
 */
public final class RocksDomain implements Domain {
    private static final byte[] NO_TARGET = new byte[0];

    private final DomainDirectory directory;
    private final Store store;
    private final Metadata metadata;
    private final Settler settler;
    private final Images images;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RocksDomain(DomainDirectory directory, Store store) {
        this.directory = directory;
        this.store = store;
        this.metadata = store.metadata();
        this.images = new Images(directory, store);
        this.settler = new Settler(store, directory.ground().settleSeconds());
    }

    /**
     * Opens the domain in a directory; makes one if the directory is empty, or missing in one that exists.
     *
     * @param prefix where it lies in the name space, for ever
     */
    public static RocksDomain open(Prefix prefix, Path directory, DomainOptions options) throws DomainException {
        return open(prefix, directory, options, Ground.real());
    }

    /** As the public one, on something else than the machine. */
    static RocksDomain open(Prefix prefix, Path directory, DomainOptions options, Ground ground)
            throws DomainException {
        DomainDirectory opened = DomainDirectory.open(prefix, directory, ground);
        return new RocksDomain(opened, Opening.open(opened, options));
    }

    @Override
    public Prefix prefix() {
        return directory.format().prefix();
    }

    @Override
    public int number() {
        return directory.format().number();
    }

    @Override
    public UUID uuid() {
        return directory.format().uuid();
    }

    @Override
    public long epoch() {
        return metadata.epoch();
    }

    @Override
    public void storeEpoch(long epoch) throws FsException {
        metadata.storeEpoch(epoch);
    }

    @Override
    public List<Long> clients() throws FsException {
        return metadata.clients(_ -> true);
    }

    @Override
    public List<Long> storingClients() throws FsException {
        return metadata.clients(Keys::isStoring);
    }

    @Override
    public void remember(long client) throws FsException {
        metadata.storeClient(client, Keys.NOTHING);
    }

    @Override
    public void rememberStoring(long client) throws FsException {
        metadata.storeClient(client, Keys.STORING);
    }

    @Override
    public void forget(long client) throws FsException {
        metadata.forgetClient(client);
    }

    @Override
    public Attributes attributes(FileId file) throws FsException {
        return metadata.inode(file).attributes();
    }

    @Override
    public Raiser raiser(FileId file) throws FsException {
        return metadata.inode(file).raiser();
    }

    @Override
    public @Nullable Entry lookup(FileId directory, FileName name) throws FsException {
        requireDirectory(directory);
        return Change.entry(metadata, directory, name);
    }

    @Override
    public List<Entry> list(FileId directory, @Nullable FileName after, int limit) throws FsException {
        requireDirectory(directory);
        List<Entry> entries = new ArrayList<>(Math.min(limit, 1024));
        if (limit <= 0) {
            return entries;
        }
        byte[] from = after == null ? Keys.ofLong(directory.inode()) : Keys.afterEntry(directory.inode(), after);
        byte[] end = Keys.ofLong(directory.inode() + 1);
        metadata.tables().scan(Table.ENTRIES, from, end, (key, value) -> {
            entries.add(Change.entry(metadata, Keys.entryName(key), value));
            return entries.size() < limit;
        });
        return entries;
    }

    @Override
    public FileId parent(FileId directory) throws FsException {
        return metadata.fileId(requireDirectory(directory).parent());
    }

    private Inode requireDirectory(FileId file) throws FsException {
        Inode inode = metadata.inode(file);
        if (!inode.attributes().isDirectory()) {
            throw refused("enter", file, FsError.NOT_DIRECTORY);
        }
        return inode;
    }

    @Override
    public byte[] readLink(FileId file) throws FsException {
        if (metadata.inode(file).attributes().type() != FileType.SYMLINK) {
            throw refused("read link", file, FsError.INVALID);
        }
        byte[] target = metadata.tables().get(Table.INLINE, Keys.ofLong(file.inode()));
        return target == null ? NO_TARGET : target;
    }

    @Override
    public byte[] xattr(FileId file, String name) throws FsException {
        byte[] value = metadata.inode(file).attributes().hasXattrs()
                ? metadata.tables().get(Table.XATTRS, Keys.xattr(file.inode(), name))
                : null;
        if (value == null) {
            throw refused("read attribute of", file, FsError.NO_ATTRIBUTE);
        }
        return value;
    }

    @Override
    public List<String> xattrs(FileId file) throws FsException {
        if (!metadata.inode(file).attributes().hasXattrs()) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        byte[] from = Keys.ofLong(file.inode());
        metadata.tables().scan(Table.XATTRS, from, Keys.ofLong(file.inode() + 1), (key, _) -> {
            names.add(Keys.xattrName(key));
            return true;
        });
        return names;
    }

    @Override
    public Outcome apply(Command command, @Nullable ReplyKey key, @Nullable Function<Outcome, byte[]> reply)
            throws FsException {
        SizeCommands.Keeper keeper = (change, outcome) -> {
            if (key != null && reply != null) {
                change.put(Table.REPLIES, Keys.reply(key), reply.apply(outcome));
            }
            return outcome;
        };
        Outcome outcome = new Applying(store, command).run(keeper);
        if (key != null && reply != null) {
            metadata.replies().add(key);
        }
        return outcome;
    }

    @Override
    public byte @Nullable [] keptReply(ReplyKey key) throws FsException {
        return metadata.replies().contains(key) ? metadata.tables().get(Table.REPLIES, Keys.reply(key)) : null;
    }

    @Override
    public void forgetReplies(long client, long session, long seq) {
        metadata.replies().forget(client, session, seq);
    }

    @Override
    public void forgetReplies(ReplyKey after, Predicate<byte[]> which) throws FsException {
        metadata.forgetReplies(after, which);
    }

    @Override
    public int read(FileId file, long offset, MemorySegment into) throws FsException {
        if (offset < 0) {
            throw refused("read", file, FsError.INVALID);
        }
        DataFile data = store.dataFiles().acquire(file.inode());
        data.shared().lock();
        try {
            return new FileData(store, file, data).read(regular(file), offset, into);
        } finally {
            data.shared().unlock();
            store.dataFiles().release(data);
        }
    }

    @Override
    public long seek(FileId file, long offset, boolean hole) throws FsException {
        DataFile data = store.dataFiles().acquire(file.inode());
        data.shared().lock();
        try {
            return new FileData(store, file, data).seek(regular(file), offset, hole);
        } finally {
            data.shared().unlock();
            store.dataFiles().release(data);
        }
    }

    @Override
    public Attributes write(
            FileId file,
            long offset,
            MemorySegment bytes,
            @Nullable FileTime modified,
            @Nullable Keeping<Attributes> keeping)
            throws FsException {
        if (offset < 0) {
            throw refused("write", file, FsError.INVALID);
        }
        if (offset > Attributes.SIZE_MAX - bytes.byteSize()) {
            throw refused("write", file, FsError.FILE_TOO_BIG);
        }
        DataFile data = store.dataFiles().acquire(file.inode());
        data.exclusive().lock();
        try {
            Inode inode = regular(file);
            if (bytes.byteSize() == 0) {
                return inode.attributes();
            }
            Attributes after = new FileData(store, file, data).write(inode, offset, bytes, modified, keeping);
            if (keeping != null) {
                metadata.replies().add(keeping.key());
            }
            return after;
        } finally {
            data.exclusive().unlock();
            store.dataFiles().release(data);
        }
    }

    private Inode regular(FileId file) throws FsException {
        Inode inode = metadata.inode(file);
        if (!inode.attributes().isRegular()) {
            throw refused(
                    "use data of", file, inode.attributes().isDirectory() ? FsError.IS_DIRECTORY : FsError.INVALID);
        }
        return inode;
    }

    @Override
    public void commit(FileId file) throws FsException {
        Inode inode = metadata.inode(file);
        commit(inode);
        if (inode.attributes().isRegular() && inode.storage() != Storage.FILE) {
            // It may have left the metadata after its data file, which it had not, was synced and before the log was.
            Inode after = metadata.find(file.inode());
            if (after != null && after.storage() == Storage.FILE) {
                commit(after);
            }
        }
    }

    private void commit(Inode inode) throws FsException {
        // Two waits for the disk at once: the log's, and the data file's.
        long logged = store.logSync().request();
        if (inode.attributes().isRegular()) {
            DataFile data = store.dataFiles().acquire(inode.attributes().file().inode());
            try {
                store.dataFiles().sync(data);
            } finally {
                store.dataFiles().release(data);
            }
        }
        store.logSync().await(logged);
    }

    @Override
    public void sync() throws FsException {
        long moved = store.movedUnsynced();
        syncOnce();
        if (store.movedUnsynced() != moved) {
            // As in commit. What leaves the metadata from here on and was there at the beginning is committed.
            syncOnce();
        }
    }

    private void syncOnce() throws FsException {
        long logged = store.logSync().request();
        store.dataFiles().syncAll();
        store.logSync().await(logged);
    }

    /** Settles now, as happens every few seconds, what did not change since that was done last. */
    void settle() throws FsException {
        settler.settleQuiet();
    }

    @Override
    public Space space() throws FsException {
        Space space = store.space().space(metadata.files(), metadata.inodesFree());
        if (space.low() && store.deletions().isPending()) {
            // Whoever asks may hold locks, so this does not wait for what it will give.
            store.logSync().request();
        }
        return space;
    }

    @Override
    public List<FileId> orphans() throws FsException {
        return metadata.orphans();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        settler.close();
        try {
            sync();
            store.deletions().run();
            metadata.flush();
            directory.ends(metadata, store.dataFiles().anyDeleted());
        } catch (FsException e) {
            store.note("syncing at the end", e);
        }
        store.logSync().close();
        store.dataFiles().close();
        metadata.close();
        directory.close();
    }

    /**
     * The domain as it is at this moment, to be read while it goes on; null if another such image is being read. What
     * changes meanwhile needs space on its disk; where there is none, reading fails and the changes do not.
     *
     * @param failed called then, once or more, by whoever needed the space; it must not wait
     */
    public @Nullable Image image(Runnable failed) throws FsException, IOException {
        return images.take(failed);
    }

    /** Where it lies on the disk. */
    public Path directory() {
        return directory.path();
    }
}
