package sprite.server.domain.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.data.DataFile;
import sprite.server.domain.data.Snapshot;

/**
 * A domain as it was at one moment, while its server goes on. It is what a server that ended at that moment would have
 * left, whole: every change that was acknowledged before, and none that began after.
 */
final class LiveImage implements Image {
    private static final long PAGE_BYTES = 1 << 20;

    private final DomainDirectory directory;
    private final Store store;
    private final Tables.Moment moment;
    private final Snapshot data;
    private final Runnable ended;

    private LiveImage(DomainDirectory directory, Store store, Tables.Moment moment, Snapshot data, Runnable ended) {
        this.directory = directory;
        this.store = store;
        this.moment = moment;
        this.data = data;
        this.ended = ended;
    }

    /**
     * The domain as it is now. There is one such image at a time, until {@code ended} is called.
     *
     * @param failed called when it cannot be read any more, on any thread, which it must not hold up
     */
    static LiveImage take(DomainDirectory directory, Store store, Runnable failed, Runnable ended)
            throws FsException, IOException {
        Path aside = directory.makeAside();
        Tables tables = store.metadata().tables();
        Tables.@Nullable Moment[] taken = new Tables.Moment[1];
        boolean done = false;
        try {
            Snapshot data = store.dataFiles().snapshot(aside, new SpaceLeft(store, failed), () -> {
                taken[0] = tables.moment();
                return store.metadata().lastInode();
            });
            done = true;
            return new LiveImage(directory, store, Objects.requireNonNull(taken[0]), data, ended);
        } finally {
            if (!done) {
                directory.clearAside();
            }
        }
    }

    /** What a snapshot may use of a domain's disk. */
    private record SpaceLeft(Store store, Runnable whenFailed) implements Snapshot.Room {
        @Override
        public boolean claim(long bytes) {
            try {
                return store.space().tryClaim("keep for a dump", "blocks", bytes);
            } catch (FsException e) {
                return false;
            }
        }

        @Override
        public void failed() {
            whenFailed.run();
        }
    }

    @Override
    public Path path() {
        return directory.path();
    }

    @Override
    public byte[] formatText() throws IOException {
        return Files.readAllBytes(directory.path().resolve("FORMAT"));
    }

    @Override
    public FileId fileId(long inode) {
        return store.metadata().fileId(inode);
    }

    @Override
    public void scan(Table table, Visitor visitor) throws FsException, IOException {
        byte[] from = Keys.NOTHING;
        while (true) {
            // By pages, so that a visitor that waits for somebody keeps nobody from the tables.
            List<Map.Entry<byte[], byte[]>> page = store.metadata().tables().page(moment, table, from, PAGE_BYTES);
            if (page.isEmpty()) {
                return;
            }
            for (Map.Entry<byte[], byte[]> pair : page) {
                visitor.visit(pair.getKey(), pair.getValue());
            }
            byte[] last = page.getLast().getKey();
            from = Arrays.copyOf(last, last.length + 1); // the next key there can be
        }
    }

    @Override
    public @Nullable Data data(long inode) throws FsException {
        DataFile file = store.dataFiles().acquire(inode);
        boolean there = false;
        file.shared().lock();
        try {
            there = data.isThere(file);
        } finally {
            file.shared().unlock();
            if (!there) {
                store.dataFiles().release(file);
            }
        }
        return there ? new Frozen(file) : null;
    }

    /** A data file as it was. */
    private final class Frozen implements Data {
        private final DataFile file;

        Frozen(DataFile file) {
            this.file = file;
        }

        @Override
        public long length() throws FsException {
            file.shared().lock();
            try {
                return data.length(file);
            } finally {
                file.shared().unlock();
            }
        }

        @Override
        public long seek(long offset) throws FsException {
            file.shared().lock();
            try {
                return data.seek(file, offset);
            } finally {
                file.shared().unlock();
            }
        }

        @Override
        public int read(long block, MemorySegment into) throws FsException {
            file.shared().lock();
            try {
                return data.read(file, block, into);
            } finally {
                file.shared().unlock();
            }
        }

        @Override
        public void close() {
            store.dataFiles().release(file);
            data.pass(file.inode());
        }
    }

    @Override
    public void close() {
        try {
            store.dataFiles().end(data);
            store.metadata().tables().release(moment);
            directory.clearAside();
        } finally {
            ended.run();
        }
    }
}
