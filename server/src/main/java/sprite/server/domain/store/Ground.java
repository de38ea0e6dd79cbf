package sprite.server.domain.store;

import java.util.List;
import java.util.concurrent.Executor;
import org.rocksdb.AbstractEventListener;
import sprite.server.domain.data.Disk;
import sprite.server.domain.data.NativeDisk;

/**
 * What a store stands on. Tests put other things there. Immutable.
 *
 * @param disk for all files but RocksDB's, which makes its own system calls
 * @param watchers told by RocksDB what it does with its files
 * @param deleting runs what deletes data files, which may take a while
 * @param settleSeconds how often files that were written are settled
 */
record Ground(Disk disk, List<AbstractEventListener> watchers, Executor deleting, long settleSeconds) {
    private static final long SETTLE_SECONDS = 5;

    /** The machine that the server runs on. */
    static Ground real() {
        return new Ground(
                new NativeDisk(),
                List.of(),
                task -> Thread.ofPlatform().name("spritefs-delete").daemon().start(task),
                SETTLE_SECONDS);
    }
}
