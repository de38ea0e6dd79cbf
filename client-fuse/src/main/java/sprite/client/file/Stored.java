package sprite.client.file;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What programs stored into pages of one file and the kernel has brought back, until it is in the cache or at the
 * server. Confined to the lock of the file.
 */
// See "Stored Pages" in the design notes.
final class Stored {
    private final Queue<Piece> pieces = new ArrayDeque<>();

    /** A thread brings them home. */
    boolean landing;

    /** Recalls that are obeyed when these are in the cache, and changes that are asked for then. */
    int forRecalls;

    int forChanges;

    /** Bytes of a file, as they were brought back once. Immutable. */
    static final class Piece {
        final long offset;
        final ByteString bytes;

        Piece(long offset, MemorySegment data) {
            this.offset = offset;
            this.bytes = ByteString.copyFrom(data.asByteBuffer());
        }

        int length() {
            return bytes.size();
        }

        /** The first so many bytes. */
        MemorySegment data(long length) {
            return MemorySegment.ofBuffer(bytes.asReadOnlyByteBuffer()).asSlice(0, length);
        }
    }

    void add(Piece piece) {
        pieces.add(piece);
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    long bytes() {
        return pieces.stream().mapToLong(Piece::length).sum();
    }

    boolean has(Piece piece) {
        return pieces.contains(piece);
    }

    /** The one that came first; null if there is none. */
    @Nullable
    Piece first() {
        return pieces.peek();
    }

    void remove(Piece piece) {
        pieces.remove(piece);
    }
}
