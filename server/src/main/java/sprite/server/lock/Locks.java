package sprite.server.lock;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;

/** The locks of programs, flock(2) and fcntl(2), over all clients. Thread-safe. No method blocks. */
public interface Locks {
    /**
     * Takes, changes or (with {@link LockType#UNLOCK}) gives back a lock. The future completes when that is done, or
     * fails with an {@link sprite.common.error.FsException}: WOULD_BLOCK if it is taken and {@code blocking} is false,
     * DEADLOCK if the wait could never end (byte ranges only), INTERRUPTED if it was {@linkplain #cancel cancelled},
     * STALE if the client died meanwhile, INVALID for a range that is none. It may complete on any thread; dependents
     * must not block.
     *
     * <p>Byte ranges are split, merged and converted as fcntl(2) says, keeping what is held until the change is
     * granted. FLOCK always means the whole file, whatever the range, and gives the old lock back before it asks for
     * the new one, as flock(2) says.
     *
     * @param start first byte
     * @param end last byte; {@link Long#MAX_VALUE}: to the end of the file, wherever that comes to lie
     * @param pid for {@link #test}
     */
    CompletableFuture<@Nullable Void> lock(
            LockOwner owner,
            FileId file,
            LockKind kind,
            LockType type,
            long start,
            long end,
            boolean blocking,
            int pid);

    /** Gives up a wait, named by the very future that {@link #lock} returned; false if it had ended already. */
    boolean cancel(CompletableFuture<@Nullable Void> waiting);

    /** A byte-range lock that stands in the way of one of that type for {@code owner}, or null. */
    @Nullable
    HeldLock test(LockOwner owner, FileId file, LockType type, long start, long end);

    /** A client is dead or has left: its locks and waits are gone. */
    void releaseAll(ClientId client);

    /** A client has closed its last open of a file: its locks on it are gone. */
    void releaseFile(ClientId client, FileId file);
}
