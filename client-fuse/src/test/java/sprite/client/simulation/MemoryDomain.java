package sprite.client.simulation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.UUID;
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
import sprite.server.domain.Entry;
import sprite.server.domain.Keeping;
import sprite.server.domain.Outcome;
import sprite.server.domain.Raiser;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.Space;

/**
 * A domain in memory that knows what its disk would hold. Confined to the world's carrier: no method gives way, so each
 * is atomic, but for those that wait for the disk.
 */
final class MemoryDomain implements Domain {
    private static final long FAST_NANOS = 1_000_000;
    private static final long SLOW_NANOS = 50_000_000;

    private final Prefix prefix;
    private final int number;
    private final @Nullable Bug bug;
    private Disk now;
    private Disk durable;

    /** How long the disk takes. */
    private final SplittableRandom delays;

    /**
     * An empty domain.
     *
     * @param bug what is wrong with its disk, if it concerns disks; null: nothing
     */
    MemoryDomain(Prefix prefix, int number, FileTime made, @Nullable Bug bug) {
        this.bug = bug;
        this.prefix = prefix;
        this.number = number;
        this.delays = new SplittableRandom(number);
        this.now = new Disk(number);
        now.makeRoot(made);
        this.durable = now.copy();
    }

    /** The machine stops: only what was synced is still there. */
    void loseUnsynced() {
        long numbered = now.lastInode; // numbers are put aside durably before they are used
        now = durable.copy();
        now.lastInode = numbered;
    }

    @Override
    public Prefix prefix() {
        return prefix;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public UUID uuid() {
        return new UUID(0, number);
    }

    @Override
    public long epoch() {
        return now.epoch;
    }

    @Override
    public void storeEpoch(long epoch) {
        now.epoch = epoch;
        durable = now.copy();
    }

    @Override
    public List<Long> clients() {
        return bug == Bug.ROLL_FORGOTTEN ? List.of() : List.copyOf(now.clients);
    }

    @Override
    public void remember(long client) {
        for (Disk disk : List.of(now, durable)) {
            disk.clients.add(client);
            disk.storing.remove(client);
        }
    }

    @Override
    public List<Long> storingClients() {
        return bug == Bug.ROLL_FORGOTTEN ? List.of() : List.copyOf(now.storing);
    }

    @Override
    public void rememberStoring(long client) {
        now.storing.add(client);
        durable.storing.add(client);
    }

    @Override
    public void forget(long client) {
        for (Disk disk : List.of(now, durable)) {
            disk.clients.remove(client);
            disk.storing.remove(client);
        }
    }

    @Override
    public Attributes attributes(FileId file) throws FsException {
        return now.file(file).attributes();
    }

    @Override
    public Raiser raiser(FileId file) throws FsException {
        Raiser raiser = now.file(file).raiser();
        return bug == Bug.RAISER_FORGOTTEN ? Raiser.NOBODY : raiser;
    }

    @Override
    public @Nullable Entry lookup(FileId directory, FileName name) throws FsException {
        return now.directory(directory).entries().get(name);
    }

    @Override
    public List<Entry> list(FileId directory, @Nullable FileName after, int limit) throws FsException {
        NavigableMap<FileName, Entry> entries = now.directory(directory).entries();
        var rest = after == null ? entries : entries.tailMap(after, false);
        return rest.values().stream().limit(Math.max(0, limit)).toList();
    }

    @Override
    public FileId parent(FileId directory) throws FsException {
        return now.directory(directory).parent();
    }

    @Override
    public byte[] readLink(FileId file) throws FsException {
        if (attributes(file).type() != FileType.SYMLINK) {
            throw Disk.refused("read link", file, FsError.INVALID);
        }
        return now.file(file).data().clone();
    }

    @Override
    public byte[] xattr(FileId file, String name) throws FsException {
        byte[] value = now.file(file).xattrs().get(name);
        if (value == null) {
            throw Disk.refused("read attribute of", file, FsError.NO_ATTRIBUTE);
        }
        return value.clone();
    }

    @Override
    public List<String> xattrs(FileId file) throws FsException {
        return List.copyOf(now.file(file).xattrs().keySet());
    }

    @Override
    public Outcome apply(Command command, @Nullable ReplyKey key, @Nullable Function<Outcome, byte[]> reply)
            throws FsException {
        Disk after = now.copy();
        Outcome outcome = new MemoryCommands(after).apply(command);
        if (key != null && reply != null) {
            after.replies.put(key, reply.apply(outcome));
        }
        now = after;
        return outcome;
    }

    @Override
    public byte @Nullable [] keptReply(ReplyKey key) {
        return bug == Bug.REPLY_NOT_KEPT ? null : now.replies.get(key);
    }

    @Override
    public void forgetReplies(long client, long session, long seq) {
        now.replies.keySet().removeIf(key -> key.client() == client && key.session() == session && key.seq() <= seq);
    }

    @Override
    public void forgetReplies(ReplyKey after, Predicate<byte[]> which) {
        now.replies.entrySet().removeIf(kept -> {
            ReplyKey key = kept.getKey();
            boolean numberedSo = key.client() == after.client() && key.session() == after.session();
            return numberedSo && key.seq() > after.seq() && which.test(kept.getValue());
        });
    }

    @Override
    public int read(FileId file, long offset, MemorySegment into) throws FsException {
        if (offset < 0) {
            throw Disk.refused("read", file, FsError.INVALID);
        }
        MemoryFile of = now.regular(file, "use data of");
        int bytes = (int) Math.clamp(of.attributes().size() - offset, 0, into.byteSize());
        byte[] data = of.data();
        int there = (int) Math.clamp(data.length - offset, 0L, bytes);
        MemorySegment.copy(MemorySegment.ofArray(data), Math.min(offset, data.length), into, 0, there);
        into.asSlice(there, bytes - there).fill((byte) 0);
        return bytes;
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
            throw Disk.refused("write", file, FsError.INVALID);
        }
        MemoryFile of = now.regular(file, "use data of");
        if (bytes.byteSize() == 0) {
            return of.attributes();
        }
        int end = (int) (offset + bytes.byteSize());
        byte[] data = Arrays.copyOf(of.data(), Math.max(of.data().length, end));
        MemorySegment.copy(bytes, 0, MemorySegment.ofArray(data), offset, bytes.byteSize());
        MemoryFile after = of.withData(data, Math.max(of.attributes().size(), end), modified);
        now.put(after);
        if (keeping != null) {
            now.replies.put(keeping.key(), keeping.reply().apply(after.attributes()));
        }
        return after.attributes();
    }

    /** The log holds all metadata, and the data of small files; that of other files stays behind. */
    @Override
    public void commit(FileId file) throws FsException {
        var _ = now.file(file);
        await();
        Disk before = durable;
        syncNow();
        for (MemoryFile other : List.copyOf(durable.files.values())) {
            Attributes of = other.attributes();
            boolean large = of.isRegular() && of.file().inode() % 2 == 1;
            if (large && !of.file().equals(file)) {
                MemoryFile synced = before.files.get(of.file().inode());
                durable.put(other.withData(synced == null ? new byte[0] : synced.data(), of.size(), null));
            }
        }
        await();
    }

    @Override
    public void sync() {
        await();
        syncNow();
        await();
    }

    /** Much happens before the disk has taken something, and before anybody hears of it. */
    private void await() {
        Node here = Node.here();
        if (here != null) {
            Program.sleep(here, delays.nextLong(delays.nextInt(5) == 0 ? SLOW_NANOS : FAST_NANOS));
        }
    }

    private void syncNow() {
        if (bug != Bug.SYNC_WITHOUT_EFFECT) {
            durable = now.copy();
        }
    }

    @Override
    public Space space() {
        return new Space(1L << 40, 1L << 39, 1L << 39, now.files.size(), 1L << 30, false);
    }

    @Override
    public List<FileId> orphans() {
        List<FileId> orphans = new ArrayList<>();
        now.files.values().stream()
                .filter(file ->
                        file.attributes().links() == 0 && !file.attributes().isDirectory())
                .forEach(file -> orphans.add(file.attributes().file()));
        return orphans;
    }

    @Override
    public void close() {}
}
