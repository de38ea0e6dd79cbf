package sprite.server.open;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.domain.Domain;
import sprite.server.status.ServerStatus;

class CommitsTest {
    private static final FileId FILE = new FileId(1, 7);
    private static final FileId OTHER = new FileId(2, 7);

    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();

    /** What was asked of the domains. */
    private final List<String> asked = new ArrayList<>();

    private Runnable whileSyncing = () -> {};
    private @Nullable FsError failure;
    private final Commits commits = new Commits(new Exports(List.of(domain(1), domain(2))), 3, timers, Runnable::run);

    @AfterEach
    void end() {
        timers.shutdownNow();
    }

    private Domain domain(int number) {
        return (Domain) Proxy.newProxyInstance(
                Domain.class.getClassLoader(), new Class<?>[] {Domain.class}, (_, method, arguments) -> {
                    return switch (method.getName()) {
                        case "number" -> number;
                        case "prefix" -> Prefix.ROOT;
                        case "sync", "commit" ->
                            sync(method.getName() + " " + (arguments == null ? number : arguments[0]));
                        default -> throw new UnsupportedOperationException(method.getName());
                    };
                });
    }

    private @Nullable Void sync(String what) throws FsException {
        asked.add(what);
        whileSyncing.run();
        FsError why = failure;
        if (why != null) {
            throw new FsException("sync", what, why);
        }
        return null;
    }

    @Test
    void whatIsWrittenIsCommittedWhenItIsSyncedAndNotBefore() throws FsException {
        long stamp = commits.written(FILE);
        assertTrue(stamp > commits.committed());
        assertTrue(commits.isUncommitted(FILE));
        assertTrue(commits.commit() >= stamp);
        assertTrue(stamp <= commits.committed());
        assertFalse(commits.isUncommitted(FILE));
        assertEquals(List.of("sync 1"), asked, "domains that nobody wrote to are left alone");
    }

    @Test
    void whatIsWrittenWhileASyncIsUnderWayIsNotCoveredByIt() throws FsException {
        var _ = commits.written(FILE);
        long[] later = new long[1];
        whileSyncing = () -> later[0] = commits.written(OTHER);
        var _ = commits.commit();
        assertTrue(later[0] > commits.committed());
        assertTrue(commits.isUncommitted(OTHER));
        assertFalse(commits.isUncommitted(FILE));
        whileSyncing = () -> {};
        assertTrue(commits.commit() >= later[0]);
        assertEquals(List.of("sync 1", "sync 2"), asked);
    }

    @Test
    void aSyncThatFailsCommitsNothingAndIsTriedAgain() throws FsException {
        long stamp = commits.written(FILE);
        failure = FsError.IO;
        assertThrows(FsException.class, commits::commit);
        assertTrue(stamp > commits.committed());
        failure = null;
        assertTrue(commits.commit() >= stamp);
        assertEquals(List.of("sync 1", "sync 1"), asked);
    }

    @Test
    void oneFileIsCommittedWithoutTheOthers() throws FsException {
        long file = commits.written(FILE);
        long other = commits.written(OTHER);
        assertTrue(commits.commit(FILE) >= file);
        assertFalse(commits.isUncommitted(FILE));
        assertTrue(commits.isUncommitted(OTHER));
        assertTrue(other > commits.committed());
        assertEquals(List.of("commit " + FILE), asked);
        assertEquals(new ServerStatus.Commits(0, 1, 0, 1), commits.status());
        var _ = commits.commit();
        assertEquals(new ServerStatus.Commits(1, 1, 0, 0), commits.status());
    }

    @Test
    void aFilePassesToItsNextWriterUnlessItsDiskFails() {
        var _ = commits.written(FILE);
        failure = FsError.IO;
        assertFalse(commits.handOver(FILE));
        assertTrue(commits.isUncommitted(FILE));
        assertEquals(new ServerStatus.Commits(0, 0, 0, 1), commits.status());
        failure = null;
        assertTrue(commits.handOver(FILE));
        assertEquals(new ServerStatus.Commits(0, 0, 1, 0), commits.status());
        failure = FsError.NOT_FOUND;
        assertTrue(commits.handOver(FILE), "a file that is gone has nothing to lose");
    }

    @Test
    void stampsRiseOverAllLivesOfAServer() {
        assertEquals(3L << 32, commits.committed());
        assertEquals(3, commits.written(FILE) >>> 32);
        var next = new Commits(new Exports(List.of(domain(1))), 4, timers, Runnable::run);
        assertTrue(next.committed() > commits.written(FILE));
    }
}
