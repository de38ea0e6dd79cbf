package sprite.client.box;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.wire.proto.Process;

/**
 * One mount's box. The daemon that keeps it has the file locked, which ends with the process: a box that is not locked
 * has lost its daemon. Thread-safe: its parts are.
 */
public final class Box implements AutoCloseable {
    /** Keeps nothing. */
    public static final Box NONE = new Box(null, null);

    static final int HEADER_BYTES = 4096;

    private static final Logger log = LoggerFactory.getLogger(Box.class);

    /** "SPRITE", and the number of this layout. */
    private static final long FORMAT = 0x5350_5249_5445_0001L;

    private static final long LOOK_NANOS_MAX = 1_000_000_000;

    private static final int COMPLETE = 1;
    private static final int SPOILT = 2;

    /** Of when a process was started, in clock ticks: a process number takes the rest. */
    private static final int STARTED_BITS = 41;

    private static final int RESERVED = 40;
    private static final int TEXT_LENGTH = 63;
    private static final int TEXT = 64;

    private final @Nullable FileChannel file;
    private final @Nullable Path path;
    private final Arena arena = Arena.ofShared();
    private final Slot header;
    private final Map<Kind, Slots> slots = new EnumMap<>(Kind.class);
    private final AtomicBoolean spoilt = new AtomicBoolean();
    private final Chunks chunks;
    private Trails trails;

    /** Words of the header that belong to others; what they mean is theirs. */
    public enum Word {
        PROTOCOL(4),
        CLIENT(5),
        DAEMON(6),
        HOLDER(7),
        DESCRIPTOR(8),
        MINOR(9),
        READ_AHEAD(10),
        FEATURES(11),
        LAST_HANDLE(12),
        LAST_DIRECTORY(13);

        private final int number;

        Word(int number) {
            this.number = number;
        }
    }

    private Box(@Nullable FileChannel file, @Nullable Path path) {
        this.file = file;
        this.path = path;
        MemorySegment all = null;
        Kind last = Kind.CHUNK;
        try {
            all = file == null ? null : file.map(MapMode.READ_WRITE, 0, last.begin() + last.regionBytes(), arena);
        } catch (IOException e) {
            log.warn("no recovery box: {}", e.getMessage());
        }
        header = all == null ? Slot.NONE : new Slot(null, 0, all.asSlice(0, HEADER_BYTES));
        for (Kind kind : Kind.values()) {
            slots.put(kind, new Slots(this, kind, all == null ? null : all.asSlice(kind.begin(), kind.regionBytes())));
        }
        chunks = new Chunks(this, path == null ? null : Boxes.blocks(path));
        trails = new Trails(slots(Kind.CALL));
    }

    /** A new box in place of whatever was there. Another one may not be open in this process. */
    public static Box create(Path path) throws IOException {
        Files.deleteIfExists(path);
        Files.deleteIfExists(Boxes.blocks(path));
        FileChannel file = FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (!isLocked(file)) {
            throw new IOException("another process has " + path);
        }
        file.write(ByteBuffer.allocate(HEADER_BYTES), 0); // a store must not find that there is no memory
        Box box = new Box(file, path);
        box.header.put(0, FORMAT);
        return box;
    }

    /** The box of a daemon that is dead; null if there is none, its daemon lives, or it was never complete. */
    public static @Nullable Box takeOver(Path path) throws IOException {
        if (!Files.exists(path)) {
            return null;
        }
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (!isLocked(file) || file.size() < HEADER_BYTES) {
            file.close();
            return null;
        }
        Box box = new Box(file, path);
        boolean good = box.header.get(0) == FORMAT && box.header.get(COMPLETE) != 0;
        if (!good) {
            box.close();
            return null;
        }
        box.spoilt.set(box.header.get(SPOILT) != 0);
        for (Kind kind : Kind.values()) {
            box.slots(kind).find((int) box.header.get(RESERVED + kind.number));
        }
        box.trails = new Trails(box.slots(Kind.CALL));
        return box;
    }

    /** What calls have done that are not answered. */
    public Trails trails() {
        return trails;
    }

    /** What the life before has left and nobody goes on with is forgotten. */
    public void freeFormer() {
        for (Kind kind : Kind.values()) {
            slots(kind).freeFormer();
        }
    }

    /** Whether this process has the file now. Who only looks whether somebody has it, has it for a moment. */
    private static boolean isLocked(FileChannel file) throws IOException {
        long giveUp = System.nanoTime() + LOOK_NANOS_MAX;
        FileLock lock = file.tryLock();
        while (lock == null && System.nanoTime() - giveUp < 0) {
            LockSupport.parkNanos(LOOK_NANOS_MAX / 100);
            lock = file.tryLock();
        }
        return lock != null;
    }

    public final Slots slots(Kind kind) {
        Slots found = slots.get(kind);
        if (found == null) {
            throw new IllegalStateException("no slots for " + kind);
        }
        return found;
    }

    /** The memory of blocks. */
    public Chunks chunks() {
        return chunks;
    }

    /** Dirty bytes of the life before. */
    public long formerBytes() {
        return KeptBlocks.former(this).values().stream()
                .flatMap(List::stream)
                .mapToLong(block -> block.to() - block.from())
                .sum();
    }

    /** Whether another daemon could go on with what is in a box that nobody has to have open. */
    static boolean isComplete(FileChannel file) throws IOException {
        ByteBuffer word = ByteBuffer.allocate(Long.BYTES);
        return file.read(word, (long) COMPLETE * Long.BYTES) == Long.BYTES
                && word.order(ByteOrder.nativeOrder()).getLong(0) != 0;
    }

    static Boxes.Look look(FileChannel file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.nativeOrder());
        int read = file.read(header, 0);
        if (read < HEADER_BYTES || header.getLong(0) != FORMAT) {
            throw new IOException("it is no recovery box of this version");
        }
        int length = (int) header.getLong(TEXT_LENGTH * Long.BYTES);
        String text = new String(header.array(), TEXT * Long.BYTES, length, StandardCharsets.UTF_8);
        return new Boxes.Look(process(header.getLong(Word.HOLDER.number * Long.BYTES)), List.of(text.split("\n", -1)));
    }

    /** Whether anything is kept. */
    public boolean isKept() {
        return header.isKept();
    }

    public long get(Word word) {
        return header.get(word.number);
    }

    public void put(Word word, long value) {
        header.put(word.number, value);
    }

    /** A process, in one word, so that it is there as a whole or not at all. */
    public void putProcess(Word word, Process process) {
        put(word, (process.getPid() << STARTED_BITS) | process.getStarted());
    }

    /** As {@link #putProcess} put it. */
    public Process process(Word word) {
        return process(get(word));
    }

    static Process process(long word) {
        return Process.newBuilder()
                .setPid(word >>> STARTED_BITS)
                .setStarted(word & ((1L << STARTED_BITS) - 1))
                .build();
    }

    /** Text for people and commands. */
    public void putText(List<String> lines) {
        byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= HEADER_BYTES - TEXT * Long.BYTES) {
            header.putBytes(TEXT, bytes);
            header.put(TEXT_LENGTH, bytes.length);
        }
    }

    /** From now on another daemon could go on with what is here. */
    public void complete() {
        header.put(COMPLETE, 1);
    }

    /** Whether something is missing, so that nobody can go on with it. */
    public boolean isSpoilt() {
        return spoilt.get();
    }

    void spoil(String why) {
        if (spoilt.compareAndSet(false, true)) {
            header.put(SPOILT, 1);
            log.warn("this mount could not be taken over any more if its daemon were killed: {}", why);
        }
    }

    void reserved(Kind kind, int number) {
        header.put(RESERVED + kind.number, number);
    }

    void write(long at, byte[] bytes) throws IOException {
        FileChannel open = file;
        if (open != null) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                int _ = open.write(rest, at + rest.position());
            }
        }
    }

    /** The mount has ended, or is handed over in order: there is nothing to go on with. */
    public void end() {
        Path mine = path;
        if (mine != null && header.isKept()) {
            header.put(COMPLETE, 0);
            try {
                Files.deleteIfExists(mine);
                Files.deleteIfExists(Boxes.blocks(mine));
            } catch (IOException e) {
                log.warn("{} stays: {}", mine, e.getMessage());
            }
        }
    }

    /** Lets go of the file; only if nobody uses what was given out. */
    @Override
    public void close() throws IOException {
        if (file != null) {
            arena.close();
            file.close();
        }
    }
}
