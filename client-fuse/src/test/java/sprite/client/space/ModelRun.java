package sprite.client.space;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Listing;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * Random operations on one name space through several clients, one after the other, each compared with a model in
 * memory. Since no two operations overlap, every answer is determined, whichever client gives it. Confined to its test.
 */
final class ModelRun {
    private static final String[] NAMES = {"a", "b", "c", "d"};
    private static final int SIZE_MAX = 200_000;

    private final List<FileSystem> clients;
    private final SplittableRandom random;
    private final ModelFile root = ModelFile.directory();
    private final FileId base;
    private final List<OpenModel> open = new ArrayList<>();
    private final Deque<String> history = new ArrayDeque<>();
    private final Caller rootCaller = Plain.CALLER;

    private record OpenModel(int client, Handle handle, ModelFile file, boolean read, boolean write, boolean append) {}

    private record Place(ModelFile directory, FileId id, String path) {}

    ModelRun(List<FileSystem> clients, long seed) throws FsException {
        this.clients = clients;
        this.random = new SplittableRandom(seed);
        FileSystem first = clients.getFirst();
        this.base = first.make(first.root(), FileName.ofText("model-" + seed), FileType.DIRECTORY, 0755, 0, rootCaller)
                .file();
    }

    void run(int steps) throws FsException {
        for (int i = 0; i < steps; i++) {
            step();
        }
        while (!open.isEmpty()) {
            close();
        }
    }

    String recentHistory() {
        return String.join("\n", history);
    }

    private void step() throws FsException {
        switch (random.nextInt(18)) {
            case 0, 1 -> create();
            case 2, 3 -> openExisting();
            case 4, 5, 6 -> write();
            case 7, 8, 9 -> read();
            case 10 -> close();
            case 11 -> stat();
            case 12 -> list();
            case 13 -> truncate();
            case 14 -> remove();
            case 15 -> link();
            case 16 -> fsync();
            default -> rename();
        }
    }

    private int anyClient() {
        return random.nextInt(clients.size());
    }

    private String anyName() {
        return NAMES[random.nextInt(NAMES.length)];
    }

    private Place anyDirectory(int client) throws FsException {
        ModelFile here = root;
        FileId id = base;
        StringBuilder path = new StringBuilder("/");
        while (random.nextInt(3) > 0) {
            String name = anyName();
            ModelFile next = here.entries().get(name);
            if (next == null || !next.isDirectory()) {
                break;
            }
            id = clients.get(client).find(id, FileName.ofText(name), rootCaller);
            here = next;
            path.append(name).append('/');
        }
        return new Place(here, id, path.toString());
    }

    private void note(String what) {
        history.addLast(what);
        if (history.size() > 60) {
            history.removeFirst();
        }
    }

    private void create() throws FsException {
        int client = anyClient();
        Place place = anyDirectory(client);
        String name = anyName();
        ModelFile there = place.directory().entries().get(name);
        if (random.nextInt(3) == 0) {
            note(client + " mkdir " + place.path() + name);
            boolean made = succeeds(
                    there == null ? null : FsError.EXISTS,
                    () -> clients.get(client)
                            .make(place.id(), FileName.ofText(name), FileType.DIRECTORY, 0755, 0, rootCaller));
            if (made) {
                place.directory().entries().put(name, ModelFile.directory());
            }
            return;
        }
        boolean append = random.nextInt(4) == 0;
        OpenFlags flags = new OpenFlags(true, true, false, append, false, true);
        note(client + " create " + place.path() + name + (append ? " append" : ""));
        Handle[] made = new Handle[1];
        boolean done = succeeds(
                there == null ? null : FsError.EXISTS,
                () -> made[0] = clients.get(client).create(place.id(), FileName.ofText(name), 0644, flags, rootCaller));
        if (done) {
            ModelFile file = ModelFile.regular();
            place.directory().entries().put(name, file);
            open.add(new OpenModel(client, made[0], file, true, true, append));
        }
    }

    private void openExisting() throws FsException {
        int client = anyClient();
        Place place = anyDirectory(client);
        String name = anyName();
        ModelFile there = place.directory().entries().get(name);
        if ((there != null && there.isDirectory()) || open.size() > 12) {
            return;
        }
        boolean write = random.nextBoolean();
        boolean read = !write || random.nextBoolean();
        boolean truncate = write && random.nextInt(4) == 0;
        boolean append = write && random.nextInt(4) == 0;
        note(client + " open " + place.path() + name + (read ? " r" : "") + (write ? " w" : "")
                + (truncate ? " trunc" : "") + (append ? " append" : ""));
        Handle[] opened = new Handle[1];
        boolean done = succeeds(there == null ? FsError.NOT_FOUND : null, () -> {
            FileId file = clients.get(client).find(place.id(), FileName.ofText(name), rootCaller);
            opened[0] = clients.get(client)
                    .open(file, new OpenFlags(read, write, false, append, truncate, false), rootCaller);
        });
        if (done && there != null) {
            if (truncate) {
                there.truncate(0);
            }
            open.add(new OpenModel(client, opened[0], there, read, write, append));
        }
    }

    private @Nullable OpenModel anyOpen() {
        return open.isEmpty() ? null : open.get(random.nextInt(open.size()));
    }

    private void write() throws FsException {
        OpenModel any = anyOpen();
        if (any == null || !any.write()) {
            return;
        }
        byte[] bytes = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 100_000 : 300)];
        Arrays.fill(bytes, (byte) random.nextInt(1, 256));
        int offset = random.nextInt(random.nextBoolean() ? 500 : SIZE_MAX - bytes.length);
        note(any.client() + " write " + any.handle().file() + " at " + offset + " +" + bytes.length
                + (any.append() ? " append to " + any.file().data.length : ""));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            clients.get(any.client()).write(any.handle(), offset, data, any.append(), rootCaller);
        }
        any.file().write(any.append() ? any.file().data.length : offset, bytes);
    }

    private void read() throws FsException {
        OpenModel any = anyOpen();
        if (any == null || !any.read()) {
            return;
        }
        int offset = random.nextInt(random.nextBoolean() ? 500 : SIZE_MAX);
        int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 130_000 : 600);
        note(any.client() + " read " + any.handle().file() + " at " + offset + " +" + length);
        byte[] expected = any.file().read(offset, length);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(length);
            int got = clients.get(any.client()).read(any.handle(), offset, into, rootCaller);
            if (got != expected.length) {
                throw new AssertionError("read " + got + " bytes instead of " + expected.length);
            }
            int wrong = Arrays.mismatch(into.asSlice(0, got).toArray(ValueLayout.JAVA_BYTE), expected);
            if (wrong >= 0) {
                throw new AssertionError("byte " + (offset + wrong) + " is " + into.get(ValueLayout.JAVA_BYTE, wrong)
                        + " instead of " + expected[wrong]);
            }
        }
    }

    private void close() throws FsException {
        if (open.isEmpty()) {
            return;
        }
        OpenModel any = open.remove(random.nextInt(open.size()));
        note(any.client() + " close " + any.handle().file());
        clients.get(any.client()).flush(any.handle(), 1, rootCaller);
        clients.get(any.client()).release(any.handle());
    }

    private void stat() throws FsException {
        int client = anyClient();
        Place place = anyDirectory(client);
        String name = anyName();
        ModelFile there = place.directory().entries().get(name);
        note(client + " stat " + place.path() + name);
        Attributes[] found = new Attributes[1];
        boolean done = succeeds(
                there == null ? FsError.NOT_FOUND : null,
                () -> found[0] = clients.get(client).lookup(place.id(), FileName.ofText(name), rootCaller));
        if (done && there != null && !there.isDirectory()) {
            same("size", there.data.length, found[0].size());
            same("links", there.links, found[0].links());
        }
    }

    private void list() throws FsException {
        int client = anyClient();
        Place place = anyDirectory(client);
        note(client + " list " + place.path());
        List<String> names = clients.get(client).list(place.id(), rootCaller).stream()
                .map(Listing::name)
                .map(FileName::toString)
                .toList();
        same("listing", List.copyOf(place.directory().entries().keySet()), names);
    }

    private void truncate() throws FsException {
        int client = anyClient();
        Place place = anyDirectory(client);
        String name = anyName();
        ModelFile there = place.directory().entries().get(name);
        if (there == null || there.isDirectory()) {
            return;
        }
        int size = random.nextInt(random.nextBoolean() ? 500 : SIZE_MAX);
        note(client + " truncate " + place.path() + name + " from " + there.data.length + " to " + size);
        FileId file = clients.get(client).find(place.id(), FileName.ofText(name), rootCaller);
        AttributeChange change = new AttributeChange(null, null, null, (long) size, null, false, null, false);
        Attributes now = clients.get(client).setAttributes(file, change, null, rootCaller);
        there.truncate(size);
        same("size after truncation", (long) size, now.size());
    }

    private void remove() throws FsException {
        int client = anyClient();
        Place place = anyDirectory(client);
        String name = anyName();
        ModelFile there = place.directory().entries().get(name);
        note(client + " remove " + place.path() + name);
        boolean directory = there != null && there.isDirectory();
        FsError refusal = there == null
                ? FsError.NOT_FOUND
                : directory && !there.entries().isEmpty() ? FsError.NOT_EMPTY : null;
        boolean done = succeeds(refusal, () -> {
            if (directory) {
                clients.get(client).removeDirectory(place.id(), FileName.ofText(name), rootCaller);
            } else {
                clients.get(client).unlink(place.id(), FileName.ofText(name), rootCaller);
            }
        });
        if (done && there != null) {
            there.links--;
            place.directory().entries().remove(name);
        }
    }

    private void link() throws FsException {
        int client = anyClient();
        Place from = anyDirectory(client);
        Place to = anyDirectory(client);
        String fromName = anyName();
        String toName = anyName();
        ModelFile linked = from.directory().entries().get(fromName);
        if (linked == null || linked.isDirectory()) {
            return;
        }
        note(client + " link " + from.path() + fromName + " as " + to.path() + toName);
        FileId file = clients.get(client).find(from.id(), FileName.ofText(fromName), rootCaller);
        boolean done = succeeds(
                to.directory().entries().containsKey(toName) ? FsError.EXISTS : null,
                () -> clients.get(client).link(file, to.id(), FileName.ofText(toName), rootCaller));
        if (done) {
            linked.links++;
            to.directory().entries().put(toName, linked);
        }
    }

    private void fsync() throws FsException {
        OpenModel any = anyOpen();
        if (any != null) {
            note(any.client() + " fsync " + any.handle().file());
            clients.get(any.client()).fsync(any.handle(), random.nextBoolean(), rootCaller);
        }
    }

    private void rename() throws FsException {
        int client = anyClient();
        Place from = anyDirectory(client);
        Place to = anyDirectory(client);
        String fromName = anyName();
        String toName = anyName();
        ModelFile moved = from.directory().entries().get(fromName);
        ModelFile target = to.directory().entries().get(toName);
        // Directories moved into each other are refused by rules of their own; files and renames over files suffice.
        if (moved == null || moved.isDirectory() || (target != null && target.isDirectory())) {
            return;
        }
        note(client + " rename " + from.path() + fromName + " to " + to.path() + toName);
        clients.get(client)
                .rename(
                        from.id(),
                        FileName.ofText(fromName),
                        to.id(),
                        FileName.ofText(toName),
                        false,
                        false,
                        rootCaller);
        if (moved != target) {
            if (target != null) {
                target.links--;
            }
            from.directory().entries().remove(fromName);
            to.directory().entries().put(toName, moved);
        }
    }

    private interface Operation {
        void run() throws FsException;
    }

    private static boolean succeeds(@Nullable FsError expected, Operation operation) throws FsException {
        try {
            operation.run();
        } catch (FsException e) {
            if (e.error() == expected) {
                return false;
            }
            throw e;
        }
        if (expected != null) {
            throw new AssertionError("succeeded instead of " + expected);
        }
        return true;
    }

    private static void same(String what, Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError(what + " is " + actual + " instead of " + expected);
        }
    }

    private static void same(String what, long expected, long actual) {
        same(what, Long.valueOf(expected), Long.valueOf(actual));
    }
}
