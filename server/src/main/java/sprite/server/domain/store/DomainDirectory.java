package sprite.server.domain.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.domain.DomainException;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.data.Disk;
import sprite.server.domain.data.NativeError;

/**
 * A domain's directory: recognised, made or refused, and locked. {@code FORMAT} is put in its place last, so a
 * directory with {@code FORMAT.new} instead is one whose making was cut short, and is made again.
 *
 * <p>Thread-safe; the lock lasts until {@link #close}.
 */
final class DomainDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DomainDirectory.class);
    /** Inodes named in a line of the log. */
    private static final int NAMED_MAX = 20;

    private static final String FORMAT = "FORMAT";
    private static final String UNFINISHED = "FORMAT.new";
    private static final String ASIDE = "aside";
    private static final Set<String> OURS = Set.of(UNFINISHED, "lock", "meta", "data");

    private final Path path;
    private final DomainLock lock;
    private final Format format;
    private final Tables tables;
    private final boolean fresh;
    private final Ground ground;

    /** Whether a former server did not end cleanly, so that what it deleted may not be durable. */
    private volatile boolean leftOpen;

    private DomainDirectory(Path path, DomainLock lock, Format format, Tables tables, boolean fresh, Ground ground) {
        this.ground = ground;
        this.path = path;
        this.lock = lock;
        this.format = format;
        this.tables = tables;
        this.fresh = fresh;
    }

    /** Opens the domain in {@code path}, or makes one if there is nothing. */
    static DomainDirectory open(Prefix prefix, Path path, Ground ground) throws DomainException {
        Path directory = path.toAbsolutePath().normalize();
        try {
            boolean exists = recognise(directory, ground.disk());
            DomainLock lock = DomainLock.take(directory.resolve("lock"));
            if (lock == null) {
                throw inUse(directory);
            }
            try {
                return exists
                        ? openFormatted(prefix, directory, lock, ground)
                        : create(prefix, directory, lock, ground);
            } catch (DomainException | IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DomainException(
                    "cannot use " + directory + " for the domain " + prefix + ": " + DomainException.reason(e)
                            + "; see to it that the server can write there",
                    e);
        }
    }

    /** Whether there is a domain; false if there is room for one; everything else is refused. */
    private static boolean recognise(Path directory, Disk disk) throws IOException, DomainException {
        if (!Files.exists(directory)) {
            Path parent = directory.getParent();
            if (parent == null || !Files.isDirectory(parent)) {
                throw new DomainException("cannot make a domain in " + directory + ": " + parent
                        + " does not exist; create it first, or name another directory");
            }
            disk.makeDirectory(directory);
            disk.syncDirectory(parent);
            return false;
        }
        if (!Files.isDirectory(directory)) {
            throw new DomainException(
                    "cannot make a domain in " + directory + ": it is not a directory; name an empty directory");
        }
        if (!Files.isWritable(directory)) {
            throw new DomainException("cannot use " + directory + " as a domain: the server may not write there;"
                    + " change its permissions, or name another directory");
        }
        Set<String> names = new TreeSet<>();
        try (Stream<Path> list = Files.list(directory)) {
            list.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        }
        names.remove("lost+found"); // the root of a file system is as good as empty
        if (names.contains(FORMAT)) {
            return true;
        }
        if (names.isEmpty()
                || (names.contains(UNFINISHED) && OURS.containsAll(names))
                || names.equals(Set.of("lock"))) {
            return false;
        }
        throw new DomainException("cannot make a domain in " + directory
                + ": it is not empty and holds no domain; name an empty directory, or the one that was served before");
    }

    private static DomainDirectory create(Prefix prefix, Path directory, DomainLock lock, Ground ground)
            throws IOException, DomainException {
        for (String half : List.of("meta", "data")) {
            deleteTree(directory.resolve(half), ground.disk());
        }
        SecureRandom random = new SecureRandom();
        int number = 1 + random.nextInt(FileId.DOMAIN_MAX);
        Format format = new Format(Format.VERSION, number, UUID.randomUUID(), prefix);
        format.write(directory.resolve(UNFINISHED), ground.disk());
        // There for sure before anything else is, or what is left of an attempt would be taken for somebody else's.
        ground.disk().syncDirectory(directory);
        DataFiles.create(directory.resolve("data"), ground.disk());
        ground.disk().makeDirectory(directory.resolve("meta"));
        // FORMAT takes its name later, when all that it promises is there for sure.
        ground.disk().syncDirectory(directory);
        return new DomainDirectory(directory, lock, format, tables(directory, true, ground), true, ground);
    }

    private static DomainDirectory openFormatted(Prefix prefix, Path directory, DomainLock lock, Ground ground)
            throws IOException, DomainException {
        Format format;
        try {
            format = Format.read(directory.resolve(FORMAT));
        } catch (IllegalArgumentException e) {
            throw damaged(directory, "the file FORMAT cannot be read: " + e.getMessage(), e);
        }
        if (format.version() > Format.VERSION) {
            throw new DomainException("cannot open the domain in " + directory + ": its format is version "
                    + format.version() + " and this server knows versions up to " + Format.VERSION
                    + "; use the newer spritefs that wrote it");
        }
        if (!format.prefix().equals(prefix)) {
            throw new DomainException("cannot serve " + directory + " as " + prefix + ": it holds the domain "
                    + format.prefix() + "; serve it with --domain " + format.prefix() + "=" + directory);
        }
        if (!Files.isDirectory(directory.resolve("meta")) || !Files.isDirectory(directory.resolve("data"))) {
            throw damaged(directory, "meta or data is missing", new IOException("incomplete"));
        }
        deleteTree(directory.resolve(ASIDE), ground.disk());
        return new DomainDirectory(directory, lock, format, tables(directory, false, ground), false, ground);
    }

    private static Tables tables(Path directory, boolean create, Ground ground) throws IOException, DomainException {
        try {
            return Tables.open(
                    directory.resolve("meta"),
                    create,
                    Files.getFileStore(directory).getTotalSpace(),
                    ground.watchers());
        } catch (RocksDBException e) {
            String message = String.valueOf(e.getMessage());
            Status status = e.getStatus();
            if (message.contains("lock")) {
                throw inUse(directory);
            }
            if (status != null && status.getCode() == Status.Code.IOError && !message.contains("No such file")) {
                throw new IOException(message, e);
            }
            throw damaged(directory, message, e);
        }
    }

    private static DomainException inUse(Path directory) {
        return new DomainException("cannot open the domain in " + directory
                + ": another server is using it; stop that one first, or name another directory");
    }

    static DomainException damaged(Path directory, String what, Exception e) {
        return new DomainException(
                "cannot open the domain in " + directory + ": it is damaged (" + what
                        + "); run spritefs fsck on it, or restore it from a backup",
                e);
    }

    static DomainException withoutClients(Path directory, int records) {
        return new DomainException("cannot serve the domain in " + directory + ": its list of clients is damaged ("
                + records + (records == 1 ? " record" : " records")
                + "), so that it does not know whose unwritten data to wait for; run 'spritefs fsck " + directory
                + "', which with --repair strikes off those whose names cannot be read");
    }

    static DomainException unusable(Path directory, Exception e) {
        return new DomainException(
                "cannot use the domain in " + directory + ": " + DomainException.reason(e)
                        + "; see to it that the server can read and write there and that the disk has room",
                e);
    }

    static void deleteTree(Path tree, Disk disk) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(tree)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            disk.delete(path);
        }
    }

    /** Puts {@code FORMAT} in its place, once everything else of a new domain is durable. */
    void finish() throws DomainException {
        try {
            Path unfinished = path.resolve(UNFINISHED);
            ground.disk().move(unfinished, path.resolve(FORMAT));
            ground.disk().syncDirectory(path);
        } catch (NativeError e) {
            throw new DomainException("cannot finish the domain in " + path + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new DomainException("cannot finish the domain in " + path + ": " + DomainException.reason(e), e);
        }
    }

    /**
     * From now on the domain is in use. If it was when the machine stopped, there may be data files of files that the
     * metadata lost, or that were deleted, but not for good. They are put aside, not deleted: they would be all that is
     * left of files which a rotten disk lost the metadata of.
     */
    void begins(Metadata metadata) throws FsException, IOException {
        String boot = ground.disk().boot();
        String before = metadata.boot();
        leftOpen = !before.isEmpty();
        if (leftOpen && !before.equals(boot)) {
            putStraysAside(metadata);
            ground.disk().syncFileSystem(data());
        }
        if (!before.equals(boot)) {
            metadata.storeBoot(boot);
        }
    }

    private void putStraysAside(Metadata metadata) throws FsException, IOException {
        List<Long> all = new ArrayList<>();
        DataFiles.forEach(data(), all::add);
        List<Long> strays = new ArrayList<>();
        for (long inode : all) {
            Inode owner = metadata.find(inode);
            if (owner == null || owner.storage() != Storage.FILE) {
                Path file = DataFiles.pathOf(data(), inode);
                if (Files.size(file) == 0) {
                    ground.disk().delete(file);
                } else {
                    strays.add(inode);
                }
            }
        }
        if (strays.isEmpty()) {
            return;
        }
        Path lost = data().resolve(DataFiles.LOST);
        if (!Files.exists(lost)) {
            ground.disk().makeDirectory(lost);
            ground.disk().syncDirectory(data());
        }
        for (long inode : strays) {
            Path to = lost.resolve(Long.toString(inode));
            for (int i = 2; Files.exists(to); i++) {
                to = lost.resolve(inode + "." + i);
            }
            ground.disk().move(DataFiles.pathOf(data(), inode), to);
        }
        log.warn(
                "{} data files belong to no file after the machine stopped, and are in {} now: inodes {}{}",
                strays.size(),
                lost,
                strays.subList(0, Math.min(NAMED_MAX, strays.size())),
                strays.size() > NAMED_MAX ? " and others" : "");
    }

    /** The domain is not in use any more; with {@code deleted}, data files were deleted meanwhile. */
    void ends(Metadata metadata, boolean deleted) throws FsException {
        try {
            if (deleted || leftOpen) {
                ground.disk().syncFileSystem(data());
            }
            metadata.storeBoot("");
        } catch (NativeError e) {
            throw e.toFsException("sync", data());
        }
    }

    Ground ground() {
        return ground;
    }

    Path path() {
        return path;
    }

    Path data() {
        return path.resolve("data");
    }

    /** Makes an empty directory for what an image of the domain has to keep. */
    Path makeAside() throws IOException {
        Path aside = path.resolve(ASIDE);
        deleteTree(aside, ground.disk());
        ground.disk().makeDirectory(aside);
        return aside;
    }

    /** Takes it away again. What is left of it goes when the domain is opened. */
    void clearAside() {
        try {
            deleteTree(path.resolve(ASIDE), ground.disk());
        } catch (IOException | UncheckedIOException e) {
            log.warn("{} is of no more use and cannot be deleted: {}", path.resolve(ASIDE), e.getMessage());
        }
    }

    Format format() {
        return format;
    }

    Tables tables() {
        return tables;
    }

    /** Whether it was made just now and needs a root directory, then {@link #finish}. */
    boolean isFresh() {
        return fresh;
    }

    /** Lets another server have it. */
    @Override
    public void close() {
        lock.close();
    }
}
