package sprite.server.domain.store;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Keeping;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.dump.Dump;

/**
 * One domain's life on a disk that forgets: random operations, a restart and a dump now and then, and at random steps a
 * loss of power, of which what is found afterwards and what was promised is kept. A function of its seed.
 */
final class LossRun implements ForgetfulDisk.Losses {
    private static final int OPERATIONS = 60;
    private static final int LOSSES_MAX = 12;

    private final Path temporary;
    private final Random random;
    private final Random fate;
    private final Promises promises = new Promises();
    private final Map<Integer, FileId> ids = new HashMap<>();
    private final List<Loss> lost = new ArrayList<>();
    private final Lie lie;
    private int numbers = 1;
    private int clock = 1;
    private String doing = "opening";

    /** The file whose operation may be met by another, 0 if none. */
    private volatile int exposed;

    /** What is being dumped, from now and then on until later. */
    private @Nullable Image image;

    @SuppressWarnings("NullAway.Init") // opened first of all
    private RocksDomain domain;

    /** What one loss left: the disk, and what must be on it. */
    record Loss(Path image, Promises promises, String when) {}

    LossRun(Path temporary, long seed, Lie lie) {
        this.temporary = temporary;
        this.random = new Random(seed);
        this.fate = new Random(~seed);
        this.lie = lie;
    }

    /** Runs to the end and returns the losses. */
    List<Loss> run() throws Exception {
        Path base = Files.createDirectory(temporary.resolve("disk"));
        ForgetfulDisk disk = new ForgetfulDisk(base, "the first life", lie, this);
        BlockCache cache = new BlockCache(4 << 20);
        try {
            open(disk, base, cache);
            for (int i = 0; i < OPERATIONS && lost.size() < LOSSES_MAX; i++) {
                if (random.nextInt(12) == 0) {
                    beginOrEndDump();
                }
                if (random.nextInt(40) == 0) {
                    endDump();
                    doing = "closing";
                    domain.close();
                    promises.synced(promises.now());
                    doing = "opening";
                    open(disk, base, cache);
                }
                operate();
            }
            endDump();
            doing = "closing";
        } finally {
            closeImage();
            domain.close();
            cache.close();
        }
        return lost;
    }

    private void beginOrEndDump() throws FsException, IOException {
        if (image == null) {
            doing = "beginning a dump";
            image = domain.image(() -> {});
        } else {
            endDump();
        }
    }

    /** Writes a dump of what was when it began, after all that has happened since. */
    private void endDump() throws FsException, IOException {
        doing = "dump";
        if (image != null && random.nextInt(4) != 0) {
            Dump.write(image, OutputStream.nullOutputStream());
        }
        closeImage();
    }

    private void closeImage() {
        if (image != null) {
            image.close();
            image = null;
        }
    }

    private void open(ForgetfulDisk disk, Path base, BlockCache cache) throws Exception {
        domain = RocksDomain.open(Prefix.ROOT, base.resolve("domain"), DomainOptions.with(cache), disk.ground());
        ids.put(Tree.ROOT, domain.root());
    }

    @Override
    public boolean at(String step) {
        if (lost.size() >= LOSSES_MAX) {
            return false;
        }
        boolean now = fate.nextInt(doing.startsWith("opening") || doing.startsWith("closing") ? 400 : 15) == 0;
        if (now) {
            doing = doing.replaceAll(" at .*", "") + " at " + step;
        }
        return now;
    }

    @Override
    public Path target() {
        return temporary.resolve("loss-" + lost.size());
    }

    @Override
    public void lost(Path image) {
        lost.add(new Loss(image, promises.copy(), doing + ", operation " + promises.now()));
    }

    @Override
    public Random random() {
        return fate;
    }

    @Override
    public void between(String call) {
        int file = exposed;
        if (file == 0 || random.nextInt(3) != 0) {
            return;
        }
        boolean writing = doing.startsWith("write");
        if (writing != call.equals("write")) {
            return;
        }
        exposed = 0;
        try {
            if (writing) {
                // Somebody commits what was there before.
                int before = promises.now() - 1;
                domain.commit(id(file));
                promises.committed(file, before);
            } else {
                // Somebody writes while it is being committed.
                int size = promises.last().content(file).length;
                if (size > DomainOptions.INLINE_BYTES) {
                    write(file, random.nextInt(size), 1 + random.nextInt(9_000));
                }
            }
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    private FileId id(int number) {
        return java.util.Objects.requireNonNull(ids.get(number), "file " + number);
    }

    private FileTime now() {
        return new FileTime(clock++, 0);
    }

    /** Applies a command that leaves a reply, having promised nothing. */
    private FileId apply(String what, Tree after, Command command) throws FsException {
        doing = what;
        after.replies++;
        promises.begin(after);
        return domain.apply(command, new ReplyKey(7, 1, after.replies), _ -> new byte[] {1})
                .file()
                .file();
    }

    private void operate() throws FsException, IOException {
        Tree tree = promises.last();
        List<Integer> files = List.copyOf(tree.files.keySet());
        int choice = random.nextInt(100);
        if (files.isEmpty() || choice < 12) {
            make(tree);
            return;
        }
        int file = files.get(random.nextInt(files.size()));
        if (choice < 36) {
            int size = tree.content(file).length;
            int offset = random.nextInt(4) == 0 ? random.nextInt(size + 30_000) : random.nextInt(size + 1);
            doing = "write"; // and no more what was done before
            exposed = size > DomainOptions.INLINE_BYTES ? file : 0;
            write(file, offset, 1 + random.nextInt(random.nextInt(3) == 0 ? 150_000 : 9_000));
        } else if (choice < 52) {
            commit(file);
        } else if (choice < 55) {
            int at = promises.now();
            doing = "sync";
            domain.sync();
            promises.synced(at);
        } else if (choice < 62) {
            truncate(tree, file);
        } else if (choice < 67) {
            zero(tree, file);
        } else if (choice < 72) {
            doing = "settling";
            domain.settle();
            domain.settle(); // which has been quiet since
        } else if (choice < 75) {
            Tree after = tree.copy();
            after.xattrs.put(file, clock);
            ByteString value = ByteString.copyFrom(Found.value(clock));
            apply("xattr", after, new Command.SetXattr(now(), id(file), "user.t", value, false, false));
        } else {
            name(tree, file, choice);
        }
        exposed = 0;
    }

    private void write(int file, int offset, int length) throws FsException {
        byte[] bytes = new byte[length];
        new Random(clock).nextBytes(bytes);
        Tree after = promises.last().copy();
        after.write(file, offset, bytes);
        doing = doing.startsWith("commit") ? doing : "write";
        promises.begin(after);
        domain.write(id(file), offset, MemorySegment.ofArray(bytes), now(), random.nextBoolean() ? null : answer());
    }

    /** As of a write past a client's cache. */
    private Keeping<Attributes> answer() {
        return new Keeping<>(ReplyKey.ofWrite(1, clock), _ -> new byte[] {1});
    }

    private void commit(int file) throws FsException {
        int at = promises.now();
        doing = "commit";
        exposed = file;
        domain.commit(id(file));
        exposed = 0; // what comes next may hold the file's lock while it syncs
        promises.committed(file, at);
    }

    private void truncate(Tree tree, int file) throws FsException {
        int old = tree.content(file).length;
        int size = random.nextInt(3) == 0 ? 0 : random.nextInt(old + 40_000);
        Tree after = tree.copy();
        after.resize(file, size);
        FileTime at = now();
        apply("truncate", after, new Command.SetAttributes(at, id(file), null, null, null, (long) size, null, at, at));
    }

    private void zero(Tree tree, int file) throws FsException {
        int offset = random.nextInt(tree.content(file).length + 1);
        int length = 1 + random.nextInt(80_000);
        Tree after = tree.copy();
        after.zero(file, offset, length);
        apply("punch", after, new Command.Allocate(now(), id(file), 3, offset, length));
    }

    private void make(Tree tree) throws FsException {
        boolean directory = random.nextInt(4) == 0;
        int into = anyDirectory(tree);
        int number = numbers++;
        Tree after = tree.copy();
        after.names(into).put("n" + number, number);
        if (directory) {
            after.directories.put(number, new TreeMap<>());
        } else {
            after.files.put(number, new byte[0]);
        }
        FileType type = directory ? FileType.DIRECTORY : FileType.REGULAR;
        var command = new Command.Make(now(), id(into), FileName.ofText("n" + number), type, 0644, 1, 2, 0, null, null);
        ids.put(number, apply("make", after, command));
    }

    private int anyDirectory(Tree tree) {
        List<Integer> all = List.copyOf(tree.directories.keySet());
        return all.get(random.nextInt(all.size()));
    }

    /** Removes, renames or links a file. */
    private void name(Tree tree, int file, int choice) throws FsException {
        int from = tree.directories.keySet().stream()
                .filter(directory -> tree.names(directory).containsValue(file))
                .findFirst()
                .orElse(-1);
        Tree after = tree.copy();
        if (from < 0) {
            after.files.remove(file);
            after.xattrs.remove(file);
            apply("delete orphan", after, new Command.DeleteOrphan(now(), id(file)));
            return;
        }
        String name = tree.names(from).entrySet().stream()
                .filter(entry -> entry.getValue() == file)
                .findFirst()
                .orElseThrow()
                .getKey();
        int to = anyDirectory(tree);
        List<String> others = List.copyOf(tree.names(to).keySet());
        String target =
                others.isEmpty() || random.nextInt(3) == 0 ? "m" + clock : others.get(random.nextInt(others.size()));
        boolean keep = random.nextInt(3) == 0;
        if (choice < 84) {
            after.names(from).remove(name);
            unlinked(after, file, keep);
            apply("remove", after, new Command.Remove(now(), id(from), FileName.ofText(name), false, keep));
        } else if (choice < 88) {
            String linked = "l" + clock;
            after.names(to).put(linked, file);
            apply("link", after, new Command.Link(now(), id(file), id(to), FileName.ofText(linked)));
        } else if (!tree.directories.containsKey(tree.names(to).getOrDefault(target, file))
                && tree.names(to).getOrDefault(target, -1) != file) {
            after.names(from).remove(name);
            Integer replaced = after.names(to).put(target, file);
            if (replaced != null) {
                unlinked(after, replaced, keep);
            }
            apply(
                    "rename",
                    after,
                    new Command.Rename(
                            now(),
                            id(from),
                            FileName.ofText(name),
                            id(to),
                            FileName.ofText(target),
                            false,
                            false,
                            keep));
        }
    }

    private static void unlinked(Tree after, int file, boolean keep) {
        if (after.links(file) == 0 && !keep) {
            after.files.remove(file);
            after.xattrs.remove(file);
        }
    }
}
