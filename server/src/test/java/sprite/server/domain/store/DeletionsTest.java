package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.data.NativeDisk;

/** Data goes when its file is gone for good, in one run at a time. */
class DeletionsTest {
    @TempDir
    Path temporary;

    private Metadata metadata;
    private DataFiles dataFiles;
    private final List<Runnable> runs = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        metadata = new Metadata(1, Tables.open(temporary.resolve("meta"), true, 1L << 30, List.of()));
        DataFiles.create(temporary.resolve("data"), new NativeDisk());
        dataFiles = new DataFiles(temporary.resolve("data"), new NativeDisk());
        for (long inode : new long[] {5, 6, 7}) {
            Files.write(file(inode), new byte[] {1});
        }
    }

    @AfterEach
    void close() {
        dataFiles.close();
        metadata.close();
    }

    private Path file(long inode) {
        return DataFiles.pathOf(temporary.resolve("data"), inode);
    }

    private Deletions deletions(Executor executor) {
        return new Deletions(metadata, dataFiles, executor);
    }

    private static void sync(Deletions deletions) {
        deletions.syncBegins();
        deletions.synced();
    }

    @Test
    void leavesTheDataOfAFileThatCameBack() throws Exception {
        Deletions deletions = deletions(Runnable::run);
        metadata.change(change -> change.put(inode(5)));
        deletions.note(5);
        deletions.note(6);
        sync(deletions);
        assertTrue(Files.exists(file(5)));
        assertFalse(Files.exists(file(6)));
        assertFalse(deletions.isPending());
    }

    private static Inode inode(long number) {
        FileTime never = FileTime.EPOCH;
        Attributes attributes = new Attributes(
                new FileId(1, number),
                FileType.REGULAR,
                0600,
                1,
                0,
                0,
                0,
                1,
                512,
                never,
                never,
                never,
                never,
                0,
                false,
                null,
                null);
        return new Inode(attributes, 0, 0, Storage.FILE, false);
    }

    @Test
    void hasOneRunAtATimeThatDoesAll() {
        Deletions deletions = deletions(runs::add);
        for (long inode : new long[] {5, 6, 7}) {
            deletions.note(inode);
            sync(deletions);
        }
        assertEquals(1, runs.size());
        runs.getFirst().run();
        assertFalse(deletions.isPending());
        assertFalse(Files.exists(file(5)) || Files.exists(file(6)) || Files.exists(file(7)));
        deletions.note(8);
        sync(deletions);
        assertEquals(2, runs.size());
    }

    @Test
    void triesAgainAfterARunThatCouldNotBegin() {
        Deletions deletions = deletions(run -> {
            if (runs.isEmpty()) {
                runs.add(run);
                throw new OutOfMemoryError("unable to create native thread");
            }
            run.run();
        });
        deletions.note(5);
        assertThrows(OutOfMemoryError.class, () -> sync(deletions));
        assertTrue(Files.exists(file(5)));
        sync(deletions);
        assertFalse(Files.exists(file(5)));
    }
}
