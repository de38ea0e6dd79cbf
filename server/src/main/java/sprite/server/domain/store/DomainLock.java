package sprite.server.domain.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two servers, or two domains of one, from using one directory. The operating system lets go of a dead server's.
 */
final class DomainLock implements AutoCloseable {
    private final FileChannel channel;

    private DomainLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the lock, or returns null if somebody has it. */
    static @Nullable DomainLock take(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock == null ? null : new DomainLock(channel);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Closing an empty file has nothing to lose, and the lock is gone with the descriptor either way.
            return;
        }
    }
}
