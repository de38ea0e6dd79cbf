package sprite.server.domain.data;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/** The disk as the operating system has it. Immutable. */
public final class NativeDisk implements Disk {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    /** For machines that do not tell: each start is then taken for one after a crash of the machine. */
    private static final String UNTOLD = "process " + UUID.randomUUID();

    /** Directories belong to the server and nobody else, as files do. */
    private static final FileAttribute<?> OURS =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    @Override
    public int open(Path path, int flags) throws NativeError {
        return NativeFiles.open(path, flags);
    }

    @Override
    public void close(int descriptor) {
        NativeFiles.close(descriptor);
    }

    @Override
    public long read(int descriptor, MemorySegment into, long offset) throws NativeError {
        return NativeFiles.read(descriptor, into, offset);
    }

    @Override
    public long write(int descriptor, MemorySegment from, long offset) throws NativeError {
        return NativeFiles.write(descriptor, from, offset);
    }

    @Override
    public void truncate(int descriptor, long size) throws NativeError {
        NativeFiles.truncate(descriptor, size);
    }

    @Override
    public void allocate(int descriptor, int mode, long offset, long length) throws NativeError {
        NativeFiles.allocate(descriptor, mode, offset, length);
    }

    @Override
    public void sync(int descriptor) throws NativeError {
        NativeFiles.sync(descriptor);
    }

    @Override
    public void syncDirectory(Path directory) throws NativeError {
        NativeFiles.syncDirectory(directory);
    }

    @Override
    public void syncFileSystem(Path path) throws NativeError {
        NativeFiles.syncFileSystem(path);
    }

    @Override
    public long length(int descriptor) throws NativeError {
        return NativeFiles.length(descriptor);
    }

    @Override
    public long seek(int descriptor, long offset, boolean hole) throws NativeError {
        return NativeFiles.seek(descriptor, offset, hole);
    }

    @Override
    public long allocated(int descriptor) throws NativeError {
        return NativeFiles.allocated(descriptor);
    }

    @Override
    public void makeDirectory(Path directory) throws IOException {
        Files.createDirectory(directory, OURS);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public String boot() {
        try {
            return Files.readString(BOOT).strip();
        } catch (IOException e) {
            return UNTOLD; // no /proc, or not all of it
        }
    }
}
