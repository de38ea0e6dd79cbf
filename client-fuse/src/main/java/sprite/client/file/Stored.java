package sprite.client.file;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;

/**
 * What programs stored into pages of one file and the kernel has brought back, until it is in the cache, at the server
 * or in a local file. Confined to the lock of the file.
 */
// See "Stored Pages" in the design notes.
final class Stored {
    /** In the order in which they came. */
    private final Deque<Piece> pieces = new ArrayDeque<>();

    /** Those that nobody would take, until they are kept in a local file. */
    private final List<Piece> refused = new ArrayList<>();

    /** Why, the last of them; null if there are none. */
    @Nullable
    FsError refusedWhy;

    /** Number of the piece that came last. */
    private long taken;

    /** A thread brings them home. */
    boolean landing;

    /** Recalls that are being obeyed, which need it in the cache; and changes that are asked for when it is home. */
    int forRecalls;

    int forChanges;

    /** Bytes of a file, as they were brought back once. Immutable. */
    record Piece(long number, long offset, ByteString bytes) {
        long end() {
            return offset + bytes.size();
        }
    }

    /** Pieces side by side, as the kernel brings back pages of a file one after the other. Immutable. */
    record Run(List<Piece> pieces, long offset, ByteString bytes) {
        static Run of(List<Piece> pieces, int length) {
            byte[] all = new byte[length];
            int at = 0;
            for (Piece piece : pieces) {
                piece.bytes().copyTo(all, at);
                at += piece.bytes().size();
            }
            return new Run(List.copyOf(pieces), pieces.getFirst().offset(), UnsafeByteOperations.unsafeWrap(all));
        }

        int length() {
            return bytes.size();
        }

        /** The first so many bytes. */
        MemorySegment data(long length) {
            return MemorySegment.ofBuffer(bytes.asReadOnlyByteBuffer()).asSlice(0, length);
        }
    }

    /** Returns the piece's number. */
    long add(long offset, ByteString bytes) {
        pieces.add(new Piece(++taken, offset, bytes));
        return taken;
    }

    /** Number of the piece that came last. */
    long taken() {
        return taken;
    }

    /** Whether all pieces up to this number are in the cache, at the server or in a local file. */
    boolean haveLanded(long upTo) {
        return isPast(refused.isEmpty() ? null : refused.getFirst(), upTo) && isPast(pieces.peek(), upTo);
    }

    private static boolean isPast(@Nullable Piece first, long upTo) {
        return first == null || first.number() > upTo;
    }

    boolean isEmpty() {
        return haveLanded(taken);
    }

    /** All that has not landed, in the order in which it came. */
    List<Piece> unlanded() {
        List<Piece> all = new ArrayList<>(refused);
        all.addAll(pieces);
        return all;
    }

    long bytes() {
        return bytes(unlanded());
    }

    static long bytes(List<Piece> some) {
        return some.stream().mapToLong(piece -> piece.bytes().size()).sum();
    }

    /** What is to be brought home next, no more than so many bytes but for one piece; null if there is nothing. */
    @Nullable
    Run next(int bytesMax) {
        List<Piece> run = new ArrayList<>();
        int length = 0;
        for (Piece piece : pieces) {
            boolean follows = run.isEmpty()
                    || (piece.offset() == run.getLast().end()
                            && length + piece.bytes().size() <= bytesMax);
            if (!follows) {
                break;
            }
            run.add(piece);
            length += piece.bytes().size();
        }
        return run.isEmpty() ? null : Run.of(run, length);
    }

    /** What was next has landed. */
    void landed(Run run) {
        for (Piece first : run.pieces()) {
            if (!first.equals(pieces.poll())) {
                throw new IllegalStateException("pieces land in the order in which they came");
            }
        }
    }

    /** Nobody takes what was next. */
    void refused(Run run, FsError why) {
        landed(run);
        refused.addAll(run.pieces());
        refusedWhy = why;
    }

    List<Piece> refused() {
        return List.copyOf(refused);
    }

    /** What was refused is in a local file. */
    void kept() {
        refused.clear();
        refusedWhy = null;
    }
}
