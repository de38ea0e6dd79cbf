package sprite.server.domain.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.data.Snapshot;

/** A domain that does not change while it is looked at, as it lies on the disk. Confined to one thread. */
public interface Image extends AutoCloseable {
    /** Bytes of data that are read together. */
    int BLOCK = Snapshot.BLOCK;

    /** The domain's directory. */
    Path path();

    /** What its file FORMAT says. */
    byte[] formatText() throws IOException;

    /** The file of an inode number. */
    FileId fileId(long inode);

    /** Sees the pairs of a table. */
    interface Visitor {
        void visit(byte[] key, byte[] value) throws FsException, IOException;
    }

    /** Shows all pairs of a table in the order of their keys. */
    void scan(Table table, Visitor visitor) throws FsException, IOException;

    /** The data file of an inode; null if it is missing. To be asked for in the order of numbers, and closed. */
    @Nullable
    Data data(long inode) throws FsException, IOException;

    /** A data file. */
    interface Data extends AutoCloseable {
        /** Bytes. */
        long length() throws FsException, IOException;

        /** The first offset from {@code offset} on where there may be data; -1 if there is none. */
        long seek(long offset) throws FsException, IOException;

        /** Reads a block into native memory of {@link #BLOCK} bytes; returns the bytes that it has. */
        int read(long block, MemorySegment into) throws FsException, IOException;

        @Override
        void close();
    }

    @Override
    void close();
}
