package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;

/** A domain in a directory, and short words for what is done with it. Confined to its test. */
final class Fixture implements AutoCloseable {
    private final Path directory;
    private BlockCache cache;
    private RocksDomain domain;
    private long clock = 1_000;

    Fixture(Path directory) throws DomainException {
        this.directory = directory;
        this.cache = new BlockCache(32 << 20);
        this.domain = RocksDomain.open(Prefix.ROOT, directory, DomainOptions.with(cache));
    }

    RocksDomain domain() {
        return domain;
    }

    FileId root() {
        return domain.root();
    }

    /** Closes the domain and opens it again with an empty cache. */
    void reopen() throws DomainException {
        close();
        cache = new BlockCache(32 << 20);
        domain = RocksDomain.open(Prefix.ROOT, directory, DomainOptions.with(cache));
    }

    /** A moment after all others. */
    FileTime now() {
        return new FileTime(clock++, 0);
    }

    Outcome apply(Command command) throws FsException {
        return domain.apply(command, null, null);
    }

    FileId file(FileId directory, String name) throws FsException {
        return make(directory, name, FileType.REGULAR).file();
    }

    FileId directory(FileId directory, String name) throws FsException {
        return make(directory, name, FileType.DIRECTORY).file();
    }

    Attributes make(FileId directory, String name, FileType type) throws FsException {
        return apply(new Command.Make(
                        now(),
                        directory,
                        FileName.ofText(name),
                        type,
                        0644,
                        1,
                        2,
                        0,
                        type == FileType.SYMLINK ? ByteString.copyFromUtf8("target of " + name) : null,
                        type == FileType.REMOTE_LINK ? new Prefix("/remote") : null))
                .file();
    }

    Outcome remove(FileId directory, String name) throws FsException {
        return apply(new Command.Remove(now(), directory, FileName.ofText(name), false, false));
    }

    Outcome removeDirectory(FileId directory, String name) throws FsException {
        return apply(new Command.Remove(now(), directory, FileName.ofText(name), true, false));
    }

    Outcome rename(FileId from, String name, FileId to, String newName) throws FsException {
        return apply(new Command.Rename(
                now(), from, FileName.ofText(name), to, FileName.ofText(newName), false, false, false));
    }

    Outcome exchange(FileId from, String name, FileId to, String newName) throws FsException {
        return apply(new Command.Rename(
                now(), from, FileName.ofText(name), to, FileName.ofText(newName), false, true, false));
    }

    Attributes truncate(FileId file, long size) throws FsException {
        FileTime at = now();
        return apply(new Command.SetAttributes(at, file, null, null, null, size, null, at, at))
                .file();
    }

    Attributes allocate(FileId file, int mode, long offset, long length) throws FsException {
        return apply(new Command.Allocate(now(), file, mode, offset, length)).file();
    }

    Attributes write(FileId file, long offset, byte[] data) throws FsException {
        return domain.write(file, offset, MemorySegment.ofArray(data), now());
    }

    byte[] read(FileId file, long offset, int bytes) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(Math.max(1, bytes)).asSlice(0, bytes);
            into.fill((byte) 0x77);
            int count = domain.read(file, offset, into);
            return into.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Nullable
    Entry lookup(FileId directory, String name) throws FsException {
        return domain.lookup(directory, FileName.ofText(name));
    }

    /** The file of an entry that must be there. */
    FileId find(FileId directory, String name) throws FsException {
        return Objects.requireNonNull(lookup(directory, name), name).file();
    }

    Attributes attributes(FileId file) throws FsException {
        return domain.attributes(file);
    }

    static void assertRefused(FsError expected, Executable operation) {
        assertEquals(expected, assertThrows(FsException.class, operation).error());
    }

    @Override
    public void close() {
        domain.close();
        cache.close();
    }
}
