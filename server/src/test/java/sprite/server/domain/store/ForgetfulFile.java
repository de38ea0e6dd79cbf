package sprite.server.domain.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What a disk holds of one file or directory: the content as it was synced, and what was done since, in pieces that may
 * each get there or not. Confined to the lock of its {@link ForgetfulDisk}.
 */
final class ForgetfulFile {
    private static final int PAGE = 4096;
    private static final int SECTOR = 512;

    final boolean directory;
    private final @Nullable Path original;
    private byte @Nullable [] synced;
    private final List<Edit> edits = new ArrayList<>();

    private interface Edit {
        byte[] apply(byte[] before);
    }

    private ForgetfulFile(boolean directory, @Nullable Path original, byte @Nullable [] synced) {
        this.directory = directory;
        this.original = original;
        this.synced = synced;
    }

    static ForgetfulFile directory() {
        return new ForgetfulFile(true, null, new byte[0]);
    }

    static ForgetfulFile empty() {
        return new ForgetfulFile(false, null, new byte[0]);
    }

    /** One that is durable as it is in a real file, which is read before it is changed first. */
    static ForgetfulFile existing(Path file) {
        return new ForgetfulFile(false, file, null);
    }

    private byte[] base() throws IOException {
        byte[] known = synced;
        if (known == null) {
            known = Files.readAllBytes(java.util.Objects.requireNonNull(original));
            synced = known;
        }
        return known;
    }

    /** Reads the real file, which is about to go from where it is. */
    void remember() throws IOException {
        base();
    }

    void write(int offset, byte[] bytes) throws IOException {
        edit(before -> {
            byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + bytes.length));
            System.arraycopy(bytes, 0, after, offset, bytes.length);
            return after;
        });
    }

    void truncate(int size) throws IOException {
        edit(before -> Arrays.copyOf(before, size));
    }

    void zero(long offset, long length) throws IOException {
        edit(before -> {
            byte[] after = before.clone();
            int from = (int) Math.min(offset, after.length);
            Arrays.fill(after, from, (int) Math.min(offset + length, after.length), (byte) 0);
            return after;
        });
    }

    private void edit(Edit edit) throws IOException {
        base();
        edits.add(edit);
    }

    void sync() throws IOException {
        byte[] now = base();
        for (Edit edit : edits) {
            now = edit.apply(now);
        }
        synced = now;
        edits.clear();
    }

    /** What is found when power is back. */
    byte[] afterLoss(Random random) throws IOException {
        List<byte[]> states = new ArrayList<>();
        states.add(base());
        for (Edit edit : edits) {
            states.add(edit.apply(states.getLast()));
        }
        int usual = random.nextInt(states.size());
        byte[] found = new byte[states.get(pick(usual, states.size(), random)).length];
        for (int page = 0; page < found.length; page += PAGE) {
            boolean torn = random.nextInt(8) == 0;
            int state = pick(usual, states.size(), random);
            for (int at = page; at < Math.min(page + PAGE, found.length); at += SECTOR) {
                byte[] from = states.get(torn ? random.nextInt(states.size()) : state);
                int end = Math.min(Math.min(at + SECTOR, found.length), from.length);
                if (at < end) {
                    System.arraycopy(from, at, found, at, end - at);
                }
            }
        }
        return found;
    }

    private static int pick(int usual, int states, Random random) {
        return random.nextInt(3) == 0 ? random.nextInt(states) : usual;
    }
}
