package sprite.client.box;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
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
    public static final Box NONE = none();

    static final int HEADER_BYTES = 16 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Box.class);

    /** "SPRITE", and the number of this layout. */
    private static final long FORMAT = 0x5350_5249_5445_0003L;

    private static final int COMPLETE = 1;
    private static final int SPOILT = 2;

    /** Of when a process was started, in clock ticks: a process number takes the rest. */
    private static final int STARTED_BITS = 41;

    private static final int RESERVED = 40;

    /** Where the text begins, and its length; 0: there is none. */
    private static final int TEXT = 63;

    private static final int TEXT_A = 64;
    private static final int TEXT_BYTES_MAX = (HEADER_BYTES - TEXT_A * Long.BYTES) / 2;
    private static final int TEXT_B = TEXT_A + TEXT_BYTES_MAX / Long.BYTES;

    private final @Nullable BoxFiles files;
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

    private Box(@Nullable BoxFiles files) throws IOException {
        this.files = files;
        Kind last = Kind.CHUNK;
        MemorySegment all =
                files == null ? null : files.box().map(MapMode.READ_WRITE, 0, last.begin() + last.regionBytes(), arena);
        header = all == null ? Slot.NONE : new Slot(null, 0, all.asSlice(0, HEADER_BYTES));
        for (Kind kind : Kind.values()) {
            slots.put(kind, new Slots(this, kind, all == null ? null : all.asSlice(kind.begin(), kind.regionBytes())));
        }
        chunks = new Chunks(this, files == null ? null : files.blocks());
        trails = new Trails(slots(Kind.CALL));
    }

    private static Box none() {
        try {
            return new Box(null);
        } catch (IOException e) {
            throw new IllegalStateException("nothing is opened", e);
        }
    }

    /** A new box in place of whatever was there. Another one may not be open in this process. */
    public static Box create(Path path) throws IOException {
        BoxFiles files = BoxFiles.create(path);
        try {
            // A store must not find that there is no memory.
            files.box().write(ByteBuffer.allocate(HEADER_BYTES), 0);
            Box box = new Box(files);
            box.header.put(0, FORMAT);
            return box;
        } catch (IOException e) {
            files.remove();
            files.close();
            throw e;
        }
    }

    /**
     * The box of a daemon that is dead; null if there is none, its daemon lives, or it was never complete. IOException
     * if somebody else may have written to it.
     */
    public static @Nullable Box takeOver(Path path) throws IOException {
        BoxFiles files = BoxFiles.takeOver(path);
        if (files == null) {
            return null;
        }
        Box box = new Box(files);
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
        long where = header.getLong(TEXT * Long.BYTES);
        String text =
                new String(header.array(), (int) (where >>> 32) * Long.BYTES, (int) where, StandardCharsets.UTF_8);
        return new Boxes.Look(
                process(header.getLong(Word.HOLDER.number * Long.BYTES)),
                where == 0 ? List.of() : List.of(text.split("\n", -1)));
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

    /** Text for people and commands, in place of what was there; too much is not kept, and said. */
    public void putText(List<String> lines) {
        byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_BYTES_MAX) {
            log.warn(
                    "the options of this mount have {} bytes, more than its recovery box takes: if its daemon is"
                            + " killed, have 'spritefs mount' with the same options take over, not 'spritefs upgrade'",
                    bytes.length);
            header.put(TEXT, 0);
            return;
        }
        int at = header.get(TEXT) >>> 32 == TEXT_A ? TEXT_B : TEXT_A;
        header.putBytes(at, bytes);
        header.put(TEXT, ((long) at << 32) | bytes.length);
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
        if (isKept() && spoilt.compareAndSet(false, true)) {
            header.put(SPOILT, 1);
            log.warn("this mount could not be taken over any more if its daemon were killed: {}", why);
        }
    }

    void reserved(Kind kind, int number) {
        header.put(RESERVED + kind.number, number);
    }

    void write(long at, byte[] bytes) throws IOException {
        BoxFiles open = files;
        if (open != null) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                int _ = open.box().write(rest, at + rest.position());
            }
        }
    }

    /** The mount has ended, or is handed over in order: there is nothing to go on with. */
    public void end() {
        BoxFiles mine = files;
        if (mine != null) {
            header.put(COMPLETE, 0);
            try {
                mine.remove();
            } catch (IOException e) {
                log.warn("{} stays: {}", mine.path(), e.getMessage());
            }
        }
    }

    /** Lets go of the file; only if nobody uses what was given out. */
    @Override
    public void close() throws IOException {
        if (files != null) {
            arena.close();
            files.close();
        }
    }
}
