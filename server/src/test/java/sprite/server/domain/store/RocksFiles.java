package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.FileOperationInfo;
import org.rocksdb.RocksDB;

/**
 * What is durable of the files of a RocksDB, by its own word: it tells of every write and every sync, and only appends.
 * Files that it does not tell of (CURRENT, IDENTITY, OPTIONS) are written, synced and renamed as one.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class RocksFiles extends AbstractEventListener {
    static {
        RocksDB.loadLibrary();
    }

    private final Path directory;
    private final Lie lie;
    private final Consumer<String> step;

    private final ReentrantLock lock = new ReentrantLock();

    /** Bytes written, and bytes synced, since this began to watch. */
    @GuardedBy("lock")
    private final Map<String, Long> written = new HashMap<>();

    @GuardedBy("lock")
    private final Map<String, Long> synced = new HashMap<>();

    RocksFiles(Path directory, Lie lie, Consumer<String> step) {
        super(
                EnabledEventCallback.ON_FILE_WRITE_FINISH,
                EnabledEventCallback.ON_FILE_SYNC_FINISH,
                EnabledEventCallback.SHOULD_BE_NOTIFIED_ON_FILE_IO);
        this.directory = directory;
        this.lie = lie;
        this.step = step;
    }

    /** Whether RocksDB writes it. */
    boolean owns(Path path) {
        return path.startsWith(directory) && !path.equals(directory);
    }

    private static String name(FileOperationInfo info) {
        return String.valueOf(Path.of(info.getPath()).getFileName());
    }

    @Override
    public boolean shouldBeNotifiedOnFileIO() {
        return true;
    }

    @Override
    public void onFileWriteFinish(FileOperationInfo info) {
        lock.lock();
        try {
            written.merge(name(info), info.getLength(), Long::sum); // its offsets are all 0
        } finally {
            lock.unlock();
        }
        step.accept("wrote " + name(info));
    }

    @Override
    public void onFileSyncFinish(FileOperationInfo info) {
        String name = name(info);
        step.accept("sync of " + name);
        lock.lock();
        try {
            if (lie != Lie.LOG_NOT_SYNCED || !name.endsWith(".log")) {
                synced.put(name, written.getOrDefault(name, 0L));
            }
        } finally {
            lock.unlock();
        }
        step.accept("after sync of " + name);
    }

    /** Makes the directory {@code target} what is found after a loss. */
    void lose(Path target, Random random) throws IOException {
        Map<String, byte[]> files = stable();
        lock.lock();
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                String name = file.getKey();
                byte[] content = file.getValue();
                if (written.containsKey(name)) {
                    int kept = (int) Math.min(content.length, synced.getOrDefault(name, 0L));
                    if (kept == 0 && random.nextInt(3) == 0) {
                        continue; // not even the name
                    }
                    content = torn(content, kept, random, !name.startsWith("MANIFEST"));
                }
                Files.write(target.resolve(name), content);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The first {@code kept} bytes, and some or none of what followed; with {@code holes} maybe not in order. RocksDB
     * takes its MANIFEST for damaged if that does not end with what was written last, and relies on file systems that
     * do not show a length before the data.
     */
    private static byte[] torn(byte[] content, int kept, Random random, boolean holes) {
        int end = kept + random.nextInt(content.length - kept + 1);
        byte[] found = Arrays.copyOf(content, random.nextInt(4) == 0 ? content.length : end);
        if (holes && found.length > kept && random.nextInt(3) == 0) {
            int from = kept + random.nextInt(found.length - kept);
            Arrays.fill(found, from, Math.min(found.length, from + 512), (byte) 0);
        }
        return found;
    }

    /** All files at one moment: compactions may be running. */
    private Map<String, byte[]> stable() throws IOException {
        while (Files.isDirectory(directory)) {
            try {
                Map<String, Long> before = sizes();
                Map<String, byte[]> files = new TreeMap<>();
                for (String name : before.keySet()) {
                    if (!name.startsWith("LOG") && !name.equals("LOCK")) {
                        files.put(name, Files.readAllBytes(directory.resolve(name)));
                    }
                }
                if (sizes().equals(before)) {
                    return files;
                }
            } catch (NoSuchFileException e) {
                Thread.onSpinWait(); // it went in between: once more
            }
        }
        return Map.of(); // it was half made, and is being deleted
    }

    private Map<String, Long> sizes() throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> list = Files.list(directory)) {
            for (Path file : list.toList()) {
                String name = String.valueOf(file.getFileName());
                if (!name.startsWith("LOG")) {
                    sizes.put(name, Files.size(file));
                }
            }
        }
        return sizes;
    }
}
