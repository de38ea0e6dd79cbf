package sprite.server.domain.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.DomainException;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.data.Disk;
import sprite.server.domain.data.NativeDisk;
import sprite.server.domain.data.NativeError;

/**
 * A domain that no server uses, as it lies on the disk: its tables as bytes and its data files, for those who check it
 * or carry it elsewhere. Holds the domain's lock. Confined to one thread.
 */
public final class Offline implements Image {
    private static final String FORMAT = "FORMAT";
    private static final String UNFINISHED = "FORMAT.new";
    private static final String WHO = "; run this as the user that the server runs as";
    private static final Disk DISK = new NativeDisk();

    private final Path path;
    private final DomainLock lock;
    private final Format format;
    private final Tables tables;

    /** Whether {@link #create} made the directory. */
    private final boolean made;

    private Offline(Path path, DomainLock lock, Format format, Tables tables, boolean made) {
        this.path = path;
        this.lock = lock;
        this.format = format;
        this.tables = tables;
        this.made = made;
    }

    /** Whether the domain may be changed. */
    public enum Mode {
        /** Nothing on the disk changes. */
        READ,
        /** It may be. */
        WRITE
    }

    /** Opens the domain in a directory; a DomainException says why that cannot be. */
    public static Offline open(Path directory, Mode mode) throws DomainException {
        Path path = directory.toAbsolutePath().normalize();
        if (!Files.isDirectory(path)) {
            throw new DomainException(path + (Files.exists(path) ? " is not a directory" : " does not exist")
                    + "; name the directory that a server was given with --domain");
        }
        if (!Files.isExecutable(path)) {
            throw new DomainException("cannot read the domain in " + path + ": permission denied" + WHO);
        }
        if (!Files.isRegularFile(path.resolve(FORMAT))) {
            throw new DomainException(path + " holds no domain: it has no file FORMAT; name the directory that a server"
                    + " was given with --domain");
        }
        try {
            DomainLock lock = DomainLock.take(path.resolve("lock"));
            if (lock == null) {
                throw new DomainException("a server is using the domain in " + path + "; stop it first");
            }
            try {
                return new Offline(path, lock, format(path), tables(path, mode), false);
            } catch (DomainException | IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (AccessDeniedException e) {
            throw new DomainException("cannot read the domain in " + path + ": " + DomainException.reason(e) + WHO, e);
        } catch (IOException e) {
            throw new DomainException("cannot read the domain in " + path + ": " + DomainException.reason(e), e);
        }
    }

    private static Format format(Path path) throws IOException, DomainException {
        try {
            Format format = Format.read(path.resolve(FORMAT));
            requireKnown(format, "the domain in " + path);
            return format;
        } catch (IllegalArgumentException e) {
            throw new DomainException("the file FORMAT in " + path + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static void requireKnown(Format format, String what) throws DomainException {
        if (format.version() > Format.VERSION) {
            throw new DomainException(what + " has format version " + format.version()
                    + " and this program knows versions up to " + Format.VERSION);
        }
    }

    private static Tables tables(Path path, Mode mode) throws IOException, DomainException {
        Path meta = path.resolve("meta");
        if (!Files.isDirectory(meta) || !Files.isDirectory(path.resolve("data"))) {
            throw new DomainException(
                    "in the domain in " + path + " meta or data is missing; restore it from a backup");
        }
        try {
            long diskBytes = Files.getFileStore(path).getTotalSpace();
            return switch (mode) {
                case READ -> Tables.read(meta, diskBytes);
                case WRITE -> Tables.open(meta, false, diskBytes, List.of());
            };
        } catch (RocksDBException e) {
            throw new DomainException(
                    "the metadata in " + meta + " cannot be read (" + e.getMessage() + "); restore it from a backup",
                    e);
        }
    }

    /**
     * Writes the tables and data files of a new domain, with the identity of another. It is none before
     * {@link #finish}. A DomainException says why that cannot be, and then the directory is as it was.
     *
     * @param directory empty, or missing in one that exists
     * @param formatText of a file FORMAT
     */
    public static Offline create(Path directory, byte[] formatText) throws DomainException {
        Path path = directory.toAbsolutePath().normalize();
        try {
            boolean made = !Files.exists(path);
            if (made) {
                DISK.makeDirectory(path);
            } else {
                requireEmpty(path);
            }
            DomainLock lock = DomainLock.take(path.resolve("lock"));
            if (lock == null) {
                throw new DomainException("cannot load into " + path + ": another program is making or using a domain"
                        + " there; name another directory");
            }
            return create(path, lock, made, formatText);
        } catch (AccessDeniedException e) {
            throw new DomainException("cannot load into " + path + ": " + DomainException.reason(e) + WHO, e);
        } catch (NoSuchFileException e) {
            throw new DomainException(
                    "cannot load into " + path + ": the directory that it is to be in does not exist; create it first",
                    e);
        } catch (IOException | IllegalArgumentException | RocksDBException e) {
            throw new DomainException("cannot load into " + path + ": " + DomainException.reason(e), e);
        }
    }

    private static void requireEmpty(Path path) throws IOException, DomainException {
        if (!Files.isDirectory(path)) {
            throw new DomainException(
                    "cannot load into " + path + ": it is not a directory; name one that is empty or missing");
        }
        try (Stream<Path> list = Files.list(path)) {
            List<String> names = list.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.equals("lost+found") && !name.equals("lock"))
                    .toList();
            if (!names.isEmpty()) {
                throw new DomainException("cannot load into " + path + ": it is not empty; name an empty directory");
            }
        }
    }

    private static Offline create(Path path, DomainLock lock, boolean made, byte[] formatText)
            throws IOException, RocksDBException, DomainException {
        boolean touched = false;
        boolean done = false;
        try {
            requireEmpty(path); // now that nobody else may make anything there
            touched = true;
            Path unfinished = path.resolve(UNFINISHED);
            Files.write(unfinished, formatText);
            Format format = Format.read(unfinished);
            requireKnown(format, "the domain in the dump");
            DataFiles.create(path.resolve("data"), DISK);
            Path meta = path.resolve("meta");
            DISK.makeDirectory(meta);
            long diskBytes = Files.getFileStore(path).getTotalSpace();
            Tables tables = Tables.open(meta, true, diskBytes, List.of());
            done = true;
            return new Offline(path, lock, format, tables, made);
        } finally {
            if (!done) {
                if (touched) {
                    clear(path, made);
                }
                lock.close();
            }
        }
    }

    /** Deletes what {@link #create} and its user made, while the lock is held. */
    private static void clear(Path path, boolean made) throws DomainException {
        try {
            for (String ours : List.of(FORMAT, UNFINISHED, "meta", "data", "lock")) {
                DomainDirectory.deleteTree(path.resolve(ours), DISK);
            }
            if (made) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new DomainException(
                    "what was loaded in part into " + path + " is still there: " + DomainException.reason(e), e);
        }
    }

    /** Takes a domain that {@link #create} made away again, instead of {@link #finish}; then it is closed. */
    public void abandon() throws DomainException {
        tables.close();
        try {
            clear(path, made);
        } finally {
            lock.close();
        }
    }

    /** Makes it a domain, durably. */
    public void finish() throws FsException, IOException {
        sync();
        DISK.move(path.resolve(UNFINISHED), path.resolve(FORMAT));
        DISK.syncDirectory(path);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public byte[] formatText() throws IOException {
        return Files.readAllBytes(path.resolve(FORMAT));
    }

    /** Where it lies in the name space, and its version and identity, for people. */
    public String title() {
        return format.prefix() + " (" + format.uuid() + ")";
    }

    @Override
    public FileId fileId(long inode) {
        return new FileId(format.number(), inode);
    }

    public byte @Nullable [] get(Table table, byte[] key) throws FsException {
        return tables.get(table, key);
    }

    @Override
    public void scan(Table table, Visitor visitor) throws FsException, IOException {
        byte[] end = new byte[300];
        java.util.Arrays.fill(end, (byte) 0xFF);
        IOException[] failure = new IOException[1];
        tables.scan(table, Keys.NOTHING, end, (key, value) -> {
            try {
                visitor.visit(key, value);
                return true;
            } catch (IOException e) {
                failure[0] = e;
                return false;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
    }

    /** Sets a value, durably with the next {@link #sync}. */
    public void put(Table table, byte[] key, byte[] value) throws FsException {
        try (WriteBatch batch = new WriteBatch()) {
            tables.put(batch, table, key, value);
            tables.write(batch, false);
        }
    }

    /** Takes a pair away, durably with the next {@link #sync}. */
    public void delete(Table table, byte[] key) throws FsException {
        try (WriteBatch batch = new WriteBatch()) {
            tables.delete(batch, table, key);
            tables.write(batch, false);
        }
    }

    /** Makes all changes durable, those of data files included. */
    public void sync() throws FsException, IOException {
        DISK.syncFileSystem(path);
        tables.sync();
    }

    /** Whether the machine stopped while a server used the domain: then data files without inodes are left-overs. */
    public boolean isLeftByACrash() throws FsException, IOException {
        byte[] boot = tables.get(Table.INFO, Keys.BOOT);
        return boot != null && boot.length > 0 && !DISK.boot().equals(Keys.text(boot));
    }

    @Override
    public @Nullable Data data(long inode) throws IOException {
        try {
            return new RestingData(DISK, DISK.open(DataFiles.pathOf(data(), inode), Disk.O_RDONLY));
        } catch (NativeError e) {
            if (e.isMissing()) {
                return null;
            }
            throw e;
        }
    }

    /** Opens the data file of an inode to write; makes it if there is none. */
    public FileChannel openData(long inode) throws IOException {
        return FileChannel.open(
                DataFiles.pathOf(data(), inode),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** The data files' directory. */
    public Path data() {
        return path.resolve("data");
    }

    @Override
    public void close() {
        tables.close();
        lock.close();
    }
}
