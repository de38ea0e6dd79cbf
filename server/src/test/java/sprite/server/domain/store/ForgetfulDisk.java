package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sprite.server.domain.data.Disk;
import sprite.server.domain.data.NativeDisk;
import sprite.server.domain.data.NativeError;

/**
 * A disk that forgets what was not synced. Works on real files, and knows of each what of its content and of its name
 * is durable; {@link RocksFiles} knows the same of RocksDB's files. At every call power may be lost: then a copy of the
 * directory is made as it would be found afterwards, and work goes on.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class ForgetfulDisk implements Disk {
    private final Disk real = new NativeDisk();
    private final Path base;
    private final String boot;
    private final Lie lie;
    private final Losses losses;
    private final RocksFiles rocks;

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Integer, ForgetfulFile> open = new HashMap<>();

    @GuardedBy("lock")
    private final TreeMap<Path, ForgetfulFile> names = new TreeMap<>();

    @GuardedBy("lock")
    private final TreeMap<Path, ForgetfulFile> durableNames = new TreeMap<>();

    @GuardedBy("lock")
    private final List<NameChange> unsynced = new ArrayList<>();

    /** Names of one directory that came, went or did both at once. */
    private record NameChange(Path directory, Map<Path, @Nullable ForgetfulFile> after) {}

    /** Where power may be lost. */
    interface Losses {
        /** Called before each step, and asked whether power is lost there. */
        boolean at(String step);

        /** Where to put what is found afterwards. */
        Path target();

        /** It is there. */
        void lost(Path image);

        /** Decides what got to the disk. */
        Random random();

        /** Called outside of all locks before ("write", "sync") and after ("synced") the real call. */
        void between(String call);
    }

    /** What lies in {@code base} is durable. */
    ForgetfulDisk(Path base, String boot, Lie lie, Losses losses) throws IOException {
        this.base = base;
        this.boot = boot;
        this.lie = lie;
        this.losses = losses;
        this.rocks = new RocksFiles(base.resolve("domain/meta"), lie, this::step);
        lock.lock();
        try (Stream<Path> all = Files.walk(base)) {
            for (Path path : all.filter(p -> !p.equals(base) && !rocks.owns(p)).toList()) {
                ForgetfulFile file = Files.isDirectory(path) ? ForgetfulFile.directory() : ForgetfulFile.existing(path);
                names.put(path, file);
                durableNames.put(path, file);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A store's ground with this disk; nothing is settled by time, so that all depends on the seed. */
    Ground ground() {
        return new Ground(this, List.of(rocks), Runnable::run, 1_000_000);
    }

    private void step(String what) {
        lock.lock();
        try {
            if (losses.at(what)) {
                Path target = losses.target();
                lose(target);
                losses.lost(target);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void lose(Path target) throws IOException {
        Random random = losses.random();
        TreeMap<Path, ForgetfulFile> found = new TreeMap<>(durableNames);
        Set<Path> stuck = new HashSet<>();
        for (NameChange change : unsynced) {
            boolean arrives =
                    random.nextBoolean() && change.after.keySet().stream().noneMatch(stuck::contains);
            if (arrives) {
                change.after.forEach((path, file) -> enter(found, path, file));
            } else {
                stuck.addAll(change.after.keySet());
            }
        }
        Files.createDirectories(target);
        for (Map.Entry<Path, ForgetfulFile> entry : found.entrySet()) {
            Path to = target.resolve(base.relativize(entry.getKey()));
            if (!Files.isDirectory(Objects.requireNonNull(to.getParent()))) {
                continue; // it was in a directory whose name was lost
            }
            if (entry.getValue().directory) {
                Files.createDirectory(to);
            } else {
                Files.write(to, entry.getValue().afterLoss(random));
            }
        }
        Path meta = target.resolve("domain/meta");
        if (Files.isDirectory(meta)) {
            rocks.lose(meta, random);
        }
    }

    private static void enter(Map<Path, ForgetfulFile> into, Path path, @Nullable ForgetfulFile file) {
        if (file == null) {
            into.remove(path);
        } else {
            into.put(path, file);
        }
    }

    @GuardedBy("lock")
    private void change(Path directory, Map<Path, @Nullable ForgetfulFile> after) {
        unsynced.add(new NameChange(directory, after));
        after.forEach((path, file) -> enter(names, path, file));
    }

    private static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent());
    }

    private interface Call<R> {
        R run() throws NativeError, IOException;
    }

    /** A call that changes something: the step, then the call and what is remembered of it, at once. */
    private <R> R call(String what, Call<R> body) throws NativeError {
        step(what);
        lock.lock();
        try {
            return body.run();
        } catch (NativeError e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private ForgetfulFile file(int descriptor) {
        return Objects.requireNonNull(open.get(descriptor));
    }

    @Override
    @SuppressWarnings("GuardedBy") // call holds the lock
    public int open(Path path, int flags) throws NativeError {
        return call("open " + path.getFileName(), () -> {
            int descriptor = real.open(path, flags);
            ForgetfulFile file = names.get(path);
            if (file == null) {
                file = ForgetfulFile.empty();
                Map<Path, @Nullable ForgetfulFile> made = new HashMap<>();
                made.put(path, file);
                change(parent(path), made);
            } else if ((flags & O_TRUNC) != 0) {
                file.truncate(0);
            }
            open.put(descriptor, file);
            return descriptor;
        });
    }

    @Override
    public void close(int descriptor) {
        lock.lock();
        try {
            open.remove(descriptor);
            real.close(descriptor);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long read(int descriptor, MemorySegment into, long offset) throws NativeError {
        return real.read(descriptor, into, offset);
    }

    @Override
    @SuppressWarnings("GuardedBy")
    public long write(int descriptor, MemorySegment from, long offset) throws NativeError {
        losses.between("write");
        return call("write", () -> {
            long count = real.write(descriptor, from, offset);
            file(descriptor)
                    .write(Math.toIntExact(offset), from.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
            return count;
        });
    }

    @Override
    @SuppressWarnings("GuardedBy")
    public void truncate(int descriptor, long size) throws NativeError {
        call("truncate", () -> {
            real.truncate(descriptor, size);
            file(descriptor).truncate(Math.toIntExact(size));
            return size;
        });
    }

    @Override
    @SuppressWarnings("GuardedBy")
    public void allocate(int descriptor, int mode, long offset, long length) throws NativeError {
        call("allocate", () -> {
            real.allocate(descriptor, mode, offset, length);
            if ((mode & FALLOC_PUNCH_HOLE) != 0) {
                file(descriptor).zero(offset, length);
            }
            return mode;
        });
    }

    @Override
    @SuppressWarnings("GuardedBy")
    public void sync(int descriptor) throws NativeError {
        losses.between("sync");
        call("sync", () -> {
            if (lie != Lie.DATA_NOT_SYNCED) {
                file(descriptor).sync();
            }
            return descriptor;
        });
        losses.between("synced");
        step("after sync");
    }

    @Override
    @SuppressWarnings("GuardedBy")
    public void syncDirectory(Path directory) throws NativeError {
        call("sync directory " + directory.getFileName(), () -> {
            if (lie != Lie.NAMES_NOT_SYNCED) {
                settle(directory);
            }
            return directory;
        });
    }

    /** All names of a directory are durable. */
    @GuardedBy("lock")
    private void settle(Path directory) {
        List<NameChange> here =
                unsynced.stream().filter(c -> c.directory.equals(directory)).toList();
        unsynced.removeAll(here);
        for (NameChange change : here) {
            for (Map.Entry<Path, @Nullable ForgetfulFile> name : change.after.entrySet()) {
                enter(durableNames, name.getKey(), name.getValue());
            }
        }
    }

    @Override
    @SuppressWarnings("GuardedBy")
    public void syncFileSystem(Path path) throws NativeError {
        call("sync file system", () -> {
            if (lie != Lie.DATA_NOT_SYNCED) {
                for (ForgetfulFile file : names.values()) {
                    file.sync();
                }
                for (Path directory :
                        unsynced.stream().map(NameChange::directory).distinct().toList()) {
                    settle(directory);
                }
            }
            return path;
        });
    }

    @Override
    public long length(int descriptor) throws NativeError {
        return real.length(descriptor);
    }

    @Override
    public long seek(int descriptor, long offset, boolean hole) throws NativeError {
        return real.seek(descriptor, offset, hole);
    }

    @Override
    public long allocated(int descriptor) throws NativeError {
        return real.allocated(descriptor);
    }

    @Override
    public void makeDirectory(Path directory) throws IOException {
        step("make directory");
        lock.lock();
        try {
            real.makeDirectory(directory);
            Map<Path, @Nullable ForgetfulFile> made = new HashMap<>();
            made.put(directory, ForgetfulFile.directory());
            change(parent(directory), made);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        step("delete " + path.getFileName());
        lock.lock();
        try {
            ForgetfulFile file = names.get(path);
            if (file != null) {
                file.remember();
            }
            real.delete(path);
            if (file != null) {
                Map<Path, @Nullable ForgetfulFile> gone = new HashMap<>();
                gone.put(path, null);
                change(parent(path), gone);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        step("move " + from.getFileName());
        lock.lock();
        try {
            ForgetfulFile file = names.get(from);
            if (file != null) {
                file.remember();
            }
            real.move(from, to);
            Map<Path, @Nullable ForgetfulFile> both = new HashMap<>();
            both.put(to, file);
            both.put(from, null);
            change(parent(from), both);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String boot() {
        return boot;
    }
}
