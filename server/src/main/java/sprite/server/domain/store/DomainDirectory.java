package sprite.server.domain.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.domain.DomainException;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.data.NativeError;
import sprite.server.domain.data.NativeFiles;

/**
 * A domain's directory: recognised, made or refused, and locked. {@code FORMAT} is put in its place last, so a
 * directory with {@code FORMAT.new} instead is one whose making was cut short, and is made again.
 *
 * <p>Immutable; the lock lasts until {@link #close}.
 */
final class DomainDirectory implements AutoCloseable {
    private static final String FORMAT = "FORMAT";
    private static final String UNFINISHED = "FORMAT.new";
    private static final Set<String> OURS = Set.of(UNFINISHED, "lock", "meta", "data");

    private final Path path;
    private final DomainLock lock;
    private final Format format;
    private final Tables tables;
    private final boolean fresh;

    private DomainDirectory(Path path, DomainLock lock, Format format, Tables tables, boolean fresh) {
        this.path = path;
        this.lock = lock;
        this.format = format;
        this.tables = tables;
        this.fresh = fresh;
    }

    /** Opens the domain in {@code path}, or makes one if there is nothing. */
    static DomainDirectory open(Prefix prefix, Path path) throws DomainException {
        Path directory = path.toAbsolutePath().normalize();
        try {
            boolean exists = recognise(directory);
            DomainLock lock = DomainLock.take(directory.resolve("lock"));
            if (lock == null) {
                throw inUse(directory);
            }
            try {
                return exists ? openFormatted(prefix, directory, lock) : create(prefix, directory, lock);
            } catch (DomainException | IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DomainException(
                    "cannot use " + directory + " for the domain " + prefix + ": " + reason(e)
                            + "; see to it that the server can write there",
                    e);
        }
    }

    /** Whether there is a domain; false if there is room for one; everything else is refused. */
    private static boolean recognise(Path directory) throws IOException, DomainException {
        if (!Files.exists(directory)) {
            Path parent = directory.getParent();
            if (parent == null || !Files.isDirectory(parent)) {
                throw new DomainException("cannot make a domain in " + directory + ": " + parent
                        + " does not exist; create it first, or name another directory");
            }
            Files.createDirectory(directory);
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

    private static DomainDirectory create(Prefix prefix, Path directory, DomainLock lock)
            throws IOException, DomainException {
        for (String half : List.of("meta", "data")) {
            deleteTree(directory.resolve(half));
        }
        SecureRandom random = new SecureRandom();
        int number = 1 + random.nextInt(FileId.DOMAIN_MAX);
        Format format = new Format(Format.VERSION, number, UUID.randomUUID(), prefix);
        format.write(directory.resolve(UNFINISHED));
        DataFiles.create(directory.resolve("data"));
        Files.createDirectory(directory.resolve("meta"));
        return new DomainDirectory(directory, lock, format, tables(directory, true), true);
    }

    private static DomainDirectory openFormatted(Prefix prefix, Path directory, DomainLock lock)
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
        return new DomainDirectory(directory, lock, format, tables(directory, false), false);
    }

    private static Tables tables(Path directory, boolean create) throws IOException, DomainException {
        try {
            return Tables.open(
                    directory.resolve("meta"),
                    create,
                    Files.getFileStore(directory).getTotalSpace());
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

    private static String reason(IOException e) {
        return e instanceof java.nio.file.AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
    }

    private static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(tree)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }

    /** Puts {@code FORMAT} in its place, once everything else of a new domain is durable. */
    void finish() throws DomainException {
        try {
            Path unfinished = path.resolve(UNFINISHED);
            NativeFiles.syncDirectory(unfinished);
            Files.move(unfinished, path.resolve(FORMAT), StandardCopyOption.ATOMIC_MOVE);
            NativeFiles.syncDirectory(path);
        } catch (NativeError e) {
            throw new DomainException("cannot finish the domain in " + path + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new DomainException("cannot finish the domain in " + path + ": " + reason(e), e);
        }
    }

    Path path() {
        return path;
    }

    Path data() {
        return path.resolve("data");
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
