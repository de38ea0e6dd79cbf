package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.cache.Block;
import sprite.common.error.FsError;
import sprite.common.name.FileId;

/**
 * Data that no server would take, kept in local files: one for each file, its dirty bytes at their offsets, holes
 * between. Thread-safe.
 */
final class LostAndFound {
    private static final Logger log = LoggerFactory.getLogger(LostAndFound.class);

    /** Names that need no care in a shell or on any file system; others are left out. */
    private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

    private final Path directory;
    private final Function<FileId, String> lastPath;
    private final AtomicLong number = new AtomicLong();

    /** @param lastPath where a file was seen last; empty if nobody knows */
    LostAndFound(Path directory, Function<FileId, String> lastPath) {
        this.directory = directory;
        this.lastPath = lastPath;
    }

    /** Takes the file's dirty bytes out of the cache and keeps them. */
    void keep(CachedFile file, FsError why) {
        keep(file, why, false);
    }

    /** As {@link #keep}, with what the server has and cannot bring to its disk. */
    void keepUncommitted(CachedFile file, FsError why) {
        keep(file, why, true);
    }

    private void keep(CachedFile file, FsError why, boolean uncommittedToo) {
        List<Piece> pieces;
        file.lock.lock();
        try {
            pieces = uncommittedToo ? unarrived(file) : dirty(file);
            file.voidFetches();
            var _ = file.blocks.dropAll();
            file.forgetReports();
            file.staleTries = 0;
            file.failures++;
            file.failure = pieces.isEmpty() ? null : FsError.IO;
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
        if (!pieces.isEmpty()) {
            write(file, why, pieces);
        }
    }

    /** Keeps what programs stored into pages. */
    void keepStored(CachedFile file, FsError why, List<Stored.Piece> stored) {
        file.lock.lock();
        try {
            file.failures++;
            file.failure = FsError.IO;
        } finally {
            file.lock.unlock();
        }
        write(file, why, pieces(stored));
    }

    private void write(CachedFile file, FsError why, List<Piece> pieces) {
        String server = file.link.address();
        try {
            Path path = store(file, pieces);
            log.error(
                    "file {}{} of {}: the server refused what was written here ({}); kept in {}",
                    file.id,
                    inBrackets(lastPath.apply(file.id)),
                    server,
                    why,
                    path);
        } catch (IOException e) {
            log.error(
                    "file {}{} of {}: the server refused what was written here ({}), and {} failed: data is lost",
                    file.id,
                    inBrackets(lastPath.apply(file.id)),
                    server,
                    why,
                    directory,
                    e);
        }
    }

    private static String inBrackets(String path) {
        return path.isEmpty() ? "" : " (" + path + ")";
    }

    /** Keeps what the server has not confirmed, and leaves the cache as it is; null if there is nothing. */
    FlushReport.@Nullable Kept keepUnarrived(CachedFile file) {
        List<Piece> pieces;
        file.lock.lock();
        try {
            pieces = new ArrayList<>(unarrived(file));
            pieces.addAll(pieces(file.stored.unlanded())); // it came later
        } finally {
            file.lock.unlock();
        }
        long bytes = pieces.stream().mapToLong(piece -> piece.bytes().size()).sum();
        if (pieces.isEmpty()) {
            return null;
        }
        Path place = null;
        try {
            place = store(file, pieces);
        } catch (IOException e) {
            log.error("file {} of {}: {} failed: data is lost", file.id, file.link.address(), directory, e);
        }
        return new FlushReport.Kept(file.id, lastPath.apply(file.id), file.link.address(), bytes, place);
    }

    @GuardedBy("file.lock")
    private static List<Piece> dirty(CachedFile file) {
        return file.blocks.dirtyBlocksInOrder().stream()
                .map(block -> piece(block, block.dirtyFrom(), block.dirtyBytes()))
                .toList();
    }

    @GuardedBy("file.lock")
    private static List<Piece> unarrived(CachedFile file) {
        file.blocks.uncommitted.committed(file.link.committed()::covers);
        return file.blocks.unarrivedInOrder().stream()
                .map(block -> piece(block, block.unarrivedFrom(), block.unarrivedTo() - block.unarrivedFrom()))
                .toList();
    }

    private static List<Piece> pieces(List<Stored.Piece> stored) {
        return stored.stream()
                .map(piece -> new Piece(piece.offset(), piece.bytes()))
                .toList();
    }

    private static Piece piece(Block block, int from, int length) {
        return new Piece(
                block.index() * Block.SIZE + from,
                ByteString.copyFrom(block.bytes().asSlice(from, length).asByteBuffer()));
    }

    /** Writes a new local file; those that were left by earlier daemons stay. */
    private Path store(CachedFile file, List<Piece> pieces) throws IOException {
        Files.createDirectories(directory);
        String server = file.link.address().replace('/', '_').replace(':', '_');
        String seen = lastPath.apply(file.id);
        String name = seen.substring(seen.lastIndexOf('/') + 1);
        String end = SIMPLE.matcher(name).matches() ? "-" + name : "";
        while (true) {
            Path path = directory.resolve(
                    server + "-" + file.id.domain() + "-" + file.id.inode() + "-" + number.incrementAndGet() + end);
            try (FileChannel channel =
                    FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (Piece piece : pieces) {
                    ByteBuffer bytes = piece.bytes().asReadOnlyByteBuffer();
                    while (bytes.hasRemaining()) {
                        var _ = channel.write(bytes, piece.offset() + bytes.position());
                    }
                }
                channel.force(true);
                return path;
            } catch (FileAlreadyExistsException e) {
                log.debug("{} is there already", path);
            }
        }
    }

    /** Dirty bytes and where they belong. */
    private record Piece(long offset, ByteString bytes) {}
}
