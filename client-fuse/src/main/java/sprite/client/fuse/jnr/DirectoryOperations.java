package sprite.client.fuse.jnr;

import static sprite.client.fuse.jnr.Operation.op;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Listing;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * Listing directories. An open directory needs no table: its handle is the number of its file. Thread-safe: what it
 * shares is.
 */
final class DirectoryOperations {
    private static final long INODE_MASK = FileId.INODE_MAX;

    private final FileSystem files;
    private final AttributeOperations attributes;

    DirectoryOperations(FileSystem files, AttributeOperations attributes) {
        this.files = files;
        this.attributes = attributes;
    }

    int opendir(long at, long info) {
        return op("opendir", at, (request, path) -> {
            FileId directory = attributes.file(path, request);
            files.access(directory, Access.READ, request);
            Structures.FileInfo.putHandle(info, directory.statInode());
            return 0;
        });
    }

    /** Gives all entries at once; libfuse keeps them until the directory is read from its beginning again. */
    int readdir(long path, long buffer, long filler, long offset, long info) {
        return op("readdir", request -> {
            FileId directory = directory(info);
            List<Listing> entries = files.list(directory, Request.TRUSTED);
            try (Arena arena = Arena.ofConfined()) {
                fill(new Filler(arena, filler, buffer), files.attributes(directory, request), entries);
            }
            return 0;
        });
    }

    private static void fill(Filler filler, Attributes self, List<Listing> entries) throws FsException {
        filler.add(".", self.file(), self.type());
        filler.add(
                "..",
                self.file(),
                self.type()); // programs learn the true number by asking for it: the kernel resolves ".." itself
        for (Listing entry : entries) {
            filler.add(entry.name().bytesAsText(), entry.file(), entry.type());
        }
    }

    /** Hands entries to libfuse, through one piece of memory. Confined to one call. */
    private static final class Filler {
        private final MemorySegment function;
        private final long buffer;
        private final MemorySegment name;
        private final MemorySegment stat;

        Filler(Arena arena, long function, long buffer) {
            this.function = MemorySegment.ofAddress(function);
            this.buffer = buffer;
            this.name = arena.allocate(FileName.LENGTH_MAX + 1L);
            this.stat = arena.allocate(Structures.Stat.SIZE, Long.BYTES);
        }

        void add(String text, FileId file, FileType type) throws FsException {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, 0, bytes.length);
            name.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
            Structures.Stat.putEntry(stat.address(), file, type.modeBits());
            if (!Native.fill(function, buffer, name.address(), stat.address())) {
                throw new FsException("list", "no memory for the entries", FsError.IO);
            }
        }
    }

    int releasedir(long path, long info) {
        return 0;
    }

    int fsyncdir(long path, int dataOnly, long info) {
        return op("fsyncdir", request -> {
            files.fsyncDirectory(directory(info), request);
            return 0;
        });
    }

    private static FileId directory(long info) {
        long number = Structures.FileInfo.handle(info);
        return new FileId((int) (number >>> FileId.INODE_BITS), number & INODE_MASK);
    }
}
