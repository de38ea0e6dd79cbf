package sprite.client.file;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.cache.Block;
import sprite.common.error.FsError;

/**
 * Data that no server would take, kept in local files: one for each file, its dirty bytes at their offsets, holes
 * between. Thread-safe.
 */
final class LostAndFound {
    private static final Logger log = LoggerFactory.getLogger(LostAndFound.class);

    private final Path directory;
    private final AtomicLong number = new AtomicLong();

    LostAndFound(Path directory) {
        this.directory = directory;
    }

    /** Takes the file's dirty bytes out of the cache and keeps them. */
    void keep(CachedFile file, FsError why) {
        List<Piece> pieces = new ArrayList<>();
        file.lock.lock();
        try {
            for (Block block : file.blocks.dirtyBlocksInOrder()) {
                ByteString bytes = ByteString.copyFrom(block.bytes()
                        .asSlice(block.dirtyFrom(), block.dirtyBytes())
                        .asByteBuffer());
                pieces.add(new Piece(block.index() * Block.SIZE + block.dirtyFrom(), bytes));
            }
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

    private void write(CachedFile file, FsError why, List<Piece> pieces) {
        String server = file.link.address().replace('/', '_').replace(':', '_');
        String name = server + "-" + file.id.domain() + "-" + file.id.inode() + "-" + number.incrementAndGet();
        Path path = directory.resolve(name);
        try {
            Files.createDirectories(directory);
            try (FileChannel channel =
                    FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (Piece piece : pieces) {
                    ByteBuffer bytes = piece.bytes().asReadOnlyByteBuffer();
                    while (bytes.hasRemaining()) {
                        var _ = channel.write(bytes, piece.offset() + bytes.position());
                    }
                }
                channel.force(true);
            }
            log.error(
                    "file {} of {}: the server refused what was written here ({}); kept in {}",
                    file.id,
                    server,
                    why,
                    path);
        } catch (IOException e) {
            log.error(
                    "file {} of {}: the server refused what was written here ({}), and {} failed: data is lost",
                    file.id,
                    server,
                    why,
                    path,
                    e);
        }
    }

    /** Dirty bytes and where they belong. */
    private record Piece(long offset, ByteString bytes) {}
}
