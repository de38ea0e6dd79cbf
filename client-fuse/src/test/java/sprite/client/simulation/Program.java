package sprite.client.simulation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Listing;
import sprite.client.fs.LockRequest;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/** One of many programs that use the shared files. Confined to its thread. */
final class Program {
    static final Caller ROOT = new Root();
    static final OpenFlags READ = new OpenFlags(true, false, false, false, false, false);
    static final OpenFlags WRITE = new OpenFlags(false, true, false, false, false, false);
    static final OpenFlags BOTH = new OpenFlags(true, true, false, false, false, false);
    static final OpenFlags APPEND = new OpenFlags(false, true, false, true, false, false);
    static final OpenFlags TRUNCATE = new OpenFlags(true, true, false, false, true, false);
    static final OpenFlags NEW = new OpenFlags(true, true, false, false, false, true);
    private static final int OPEN_MAX = 3;

    /** So many reads in vain tell that there is nothing to read. */
    private static final int FAILED_MAX = 30;

    private final Node node;
    private final FileSystem client;
    private final Shared shared;
    private final boolean locks;
    private final long number;
    private final SplittableRandom random;
    private final List<Opened> open = new ArrayList<>();
    private long values;
    private long owners;
    private final List<NameLog.Name> named = new ArrayList<>();
    private int names;

    private record Opened(Shared.Records records, Handle handle, boolean read, boolean write) {}

    /** May do everything, and is never interrupted. Immutable. */
    private record Root() implements Caller {
        @Override
        public int uid() {
            return 0;
        }

        @Override
        public int gid() {
            return 0;
        }

        @Override
        public int pid() {
            return 1;
        }

        @Override
        public Credentials credentials() {
            return Credentials.ROOT;
        }

        @Override
        public boolean isInterrupted() {
            return false;
        }
    }

    /**
     * A program that has done nothing yet.
     *
     * @param locks whether it uses locks
     */
    Program(Node node, FileSystem client, Shared shared, boolean locks, int number, SplittableRandom random) {
        this.node = node;
        this.client = Interrupted.whenDead(node, client);
        this.locks = locks;
        this.shared = shared;
        this.number = number;
        this.random = random;
    }

    /** Does so many things, then closes what is open. */
    void run(int steps) throws FsException {
        meet();
        for (int i = 0; i < steps; i++) {
            think();
            step();
        }
        while (!open.isEmpty()) {
            close();
        }
    }

    /**
     * Opens files and then reads them, as long as that is possible; it writes nothing, and closes nothing.
     *
     * @param begins is told that all is open
     */
    void watch(int steps, Runnable begins) throws FsException {
        meet();
        while (open.size() < OPEN_MAX) {
            Shared.Records records = shared.records.get(random.nextInt(shared.records.size()));
            open.add(new Opened(records, client.open(records.file(), READ, ROOT), true, false));
        }
        begins.run();
        int failed = 0;
        for (int i = 0; i < steps && failed < FAILED_MAX; i++) {
            sleep(node, random.nextLong(random.nextInt(10) == 0 ? 100_000_000 : 1_000_000));
            try {
                read();
            } catch (FsException e) {
                failed++; // the mount has ended, and this is not in pages
            }
        }
    }

    /** A file of another server can only be opened by whoever came there by its path. */
    private void meet() throws FsException {
        while (shared.hasProjects) {
            try {
                FileId _ = client.find(client.root(), FileName.ofText("projects"), ROOT);
                return;
            } catch (FsException e) {
                if (e.error() != FsError.TIMED_OUT) {
                    throw e; // who has a prefix is not waited for, even by a hard mount
                }
                sleep(node, 100_000_000);
            }
        }
    }

    private void think() {
        long nanos = switch (random.nextInt(8)) {
            case 0 -> random.nextLong(200_000_000);
            case 1, 2 -> random.nextLong(2_000_000);
            default -> 0;
        };
        if (nanos > 0) {
            sleep(node, nanos);
        }
    }

    static void sleep(Node node, long nanos) {
        Thread sleeper = Thread.currentThread();
        boolean[] over = new boolean[1];
        var _ = node.scheduler().after(nanos, () -> {
            over[0] = true;
            LockSupport.unpark(sleeper);
        });
        while (!over[0]) {
            LockSupport.park();
        }
    }

    private void step() throws FsException {
        switch (random.nextInt(23)) {
            case 0, 1, 2 -> open();
            case 3, 4, 5 -> close();
            case 6, 7, 8, 9 -> read();
            case 10, 11, 12 -> write();
            case 13 -> append();
            case 14 -> stat();
            case 15 -> {
                if (locks) {
                    increment();
                }
            }
            case 16 -> replace();
            case 17 -> readReplaced();
            case 18 -> readLog();
            case 19 -> {
                if (locks) {
                    lockTwo();
                }
            }
            case 20 -> nameOrUnname();
            case 21 -> list();
            default -> fsync();
        }
    }

    private void did(String what, Object about) {
        node.network().trace().did(node, "P" + number, what + " " + about);
    }

    // ---------------------------------------------------------------------------------- files of records

    private void open() throws FsException {
        if (open.size() == OPEN_MAX) {
            return;
        }
        Shared.Records records = shared.records.get(random.nextInt(shared.records.size()));
        boolean reads = random.nextInt(3) > 0;
        boolean writes = !reads || random.nextBoolean();
        did("opens", records.name + (reads ? " r" : "") + (writes ? " w" : ""));
        OpenFlags flags = reads && writes ? BOTH : reads ? READ : WRITE;
        open.add(new Opened(records, client.open(records.file(), flags, ROOT), reads, writes));
        did("has opened", records.name);
    }

    private void close() throws FsException {
        if (!open.isEmpty()) {
            Opened any = open.remove(random.nextInt(open.size()));
            did("closes", any.records.name);
            close(any.handle, 0);
            did("has closed", any.records.name);
        }
    }

    private void close(Handle handle, long lockOwner) throws FsException {
        client.flush(handle, lockOwner, ROOT);
        client.release(handle);
    }

    private void read() throws FsException {
        if (open.isEmpty()) {
            return;
        }
        Opened any = open.get(random.nextInt(open.size()));
        if (any.read) {
            int slot = random.nextInt(any.records.slots.size());
            long begin = shared.tick();
            did("reads", any.records.name + "[" + slot + "]");
            byte[] record = read(any.handle, any.records.offset(slot), Slot.BYTES);
            long value = Slot.value(record, 0);
            did("has read", any.records.name + "[" + slot + "] " + Register.show(value));
            any.records.slots.get(slot).read(node, value, begin, shared.tick());
        }
    }

    private void write() throws FsException {
        if (open.isEmpty()) {
            return;
        }
        Opened any = open.get(random.nextInt(open.size()));
        if (any.write) {
            int slot = random.nextInt(any.records.slots.size());
            long value = next();
            Register register = any.records.slots.get(slot);
            Register.Written write = register.begin(node, value, shared.tick());
            did("writes", any.records.name + "[" + slot + "] " + Register.show(value));
            write(any.handle, any.records.offset(slot), Slot.of(value), false);
            register.effective(write, shared.tick());
            did("has written", any.records.name + "[" + slot + "] " + Register.show(value));
        }
    }

    private void fsync() throws FsException {
        if (!open.isEmpty()) {
            Opened any = open.get(random.nextInt(open.size()));
            long asked = shared.tick();
            did("syncs", any.records.name);
            client.fsync(any.handle, random.nextBoolean(), ROOT);
            any.records.slots.forEach(slot -> slot.synced(node, asked, shared.tick()));
            did("has synced", any.records.name);
        }
    }

    private long next() {
        return number << 40 | ++values;
    }

    private byte[] read(Handle handle, long offset, int length) throws FsException {
        byte[] into = new byte[length];
        int got = client.read(handle, offset, MemorySegment.ofArray(into), ROOT);
        return got == length ? into : Arrays.copyOf(into, got);
    }

    private void write(Handle handle, long offset, byte[] bytes, boolean append) throws FsException {
        client.write(handle, offset, MemorySegment.ofArray(bytes), append, ROOT);
    }

    // ------------------------------------------------------------------------------------------- a log

    private void append() throws FsException {
        did("opens", "log to append");
        Handle handle = client.open(find("log"), APPEND, ROOT);
        for (int i = random.nextInt(3); i >= 0; i--) {
            long value = next();
            AppendLog.Line line = shared.log.begin(node, value, shared.tick());
            did("appends", Register.show(value));
            write(handle, 0, Slot.of(value), true);
            shared.log.end(line, shared.tick());
            did("has appended", Register.show(value) + ", now at least " + shared.log.floor());
        }
        close(handle, 0);
        did("has closed", "log");
    }

    private FileId find(String name) throws FsException {
        return client.find(shared.directory(), FileName.ofText(name), ROOT);
    }

    private void readLog() throws FsException {
        Handle handle = client.open(find("log"), READ, ROOT);
        long begin = shared.tick();
        long floor = shared.log.floor();
        did("reads", "log, at least " + floor);
        byte[] content = read(handle, 0, (int) shared.log.ceiling() + 64 * Slot.BYTES);
        did("has read", "log, " + content.length);
        shared.log.read(node, content, begin);
        close(handle, 0);
    }

    private void stat() throws FsException {
        long floor = shared.log.floor();
        did("stats", "log, at least " + floor);
        Attributes seen = random.nextBoolean()
                ? client.attributes(find("log"), ROOT)
                : client.lookup(shared.directory(), FileName.ofText("log"), ROOT);
        did("has seen", "log of " + seen.size());
        if (seen.size() < Math.min(floor, shared.log.floor()) || seen.size() > shared.log.ceiling()) {
            throw new AssertionError("stat shows " + seen.size() + " bytes of the log; at least " + floor + ", at most "
                    + shared.log.ceiling() + " were appended");
        }
        Shared.Records records = shared.records.get(random.nextInt(shared.records.size()));
        long size = client.attributes(records.file(), ROOT).size();
        if (size != records.size()) {
            throw new AssertionError("stat shows " + size + " bytes of " + records.name);
        }
    }

    // ---------------------------------------------------------------------------- a counter under a lock

    private void increment() throws FsException {
        long owner = number << 32 | ++owners;
        did("opens", "counter");
        Handle handle = client.open(find("counter"), BOTH, ROOT);
        client.lock(handle, flock(LockType.EXCLUSIVE, owner), ROOT);
        did("has locked", "counter");
        byte[] content = read(handle, 0, 1_000);
        if (shared.countInDoubt) {
            shared.increments = Slot.isWhole(content) ? Slot.value(content, 0) : 0;
            shared.countInDoubt = false;
        } else if (Slot.value(content, 0) != shared.increments) {
            throw new AssertionError(
                    "the counter is " + Slot.value(content, 0) + " after " + shared.increments + " increments");
        }
        long before = shared.increments;
        byte[] record = Arrays.copyOf(Slot.of(before + 1), Slot.BYTES + random.nextInt(100));
        switch (random.nextInt(3)) {
            case 0 -> {
                Handle cut = client.open(handle.file(), TRUNCATE, ROOT);
                write(cut, 0, record, false);
                close(cut, 0);
            }
            case 1 -> {
                cut(handle, 0);
                write(handle, 0, record, false);
            }
            default -> {
                write(handle, 0, record, false);
                cut(handle, record.length);
            }
        }
        long size = client.attributes(handle.file(), ROOT).size();
        if (size != record.length) {
            throw new AssertionError("the counter has " + size + " bytes instead of " + record.length);
        }
        shared.increments++;
        did("has counted", shared.increments);
        if (random.nextBoolean()) {
            client.lock(handle, flock(LockType.UNLOCK, owner), ROOT);
        }
        close(handle, owner);
    }

    /** Two locks, in any order: who would wait for ever is refused, lets go and has to try again. */
    private void lockTwo() throws FsException {
        long owner = number << 32 | ++owners;
        int first = random.nextInt(2);
        did("opens", "locks");
        Handle handle = client.open(find("locks"), BOTH, ROOT);
        try {
            lock(handle, first, owner);
            think();
            lock(handle, 1 - first, owner);
            think();
        } catch (FsException e) {
            if (e.error() != FsError.DEADLOCK) {
                throw e;
            }
            did("was refused, against a deadlock:", "lock " + (1 - first));
        }
        shared.release(owner);
        close(handle, owner);
    }

    private void lock(Handle handle, int index, long owner) throws FsException {
        LockRequest request =
                new LockRequest(LockKind.POSIX, LockType.EXCLUSIVE, owner, index * 10L, index * 10L + 5, true, 1);
        client.lock(handle, request, ROOT);
        if (shared.held[index] != 0) {
            throw new AssertionError("lock " + index + " was given to " + Register.show(owner) + " while "
                    + Register.show(shared.held[index]) + " has it");
        }
        shared.held[index] = owner;
        shared.holders[index] = node;
        did("has lock", index);
    }

    private void cut(Handle handle, long size) throws FsException {
        var change = new AttributeChange(null, null, null, size, null, false, null, false);
        Attributes _ = client.setAttributes(handle.file(), change, handle, ROOT);
    }

    private static LockRequest flock(LockType type, long owner) {
        return new LockRequest(LockKind.FLOCK, type, owner, 0, Long.MAX_VALUE, true, 1);
    }

    // --------------------------------------------------------------------------------- a name replaced

    /** In vain if the server's machine stops before the file is synced: a name that is lost takes the file with it. */
    private void replace() throws FsException {
        int losses = shared.powerLosses;
        try {
            replaceOnce();
        } catch (FsException e) {
            if (shared.powerLosses == losses) {
                throw e;
            }
            did("has lost", "what was to replace: " + e.error());
        }
    }

    private void replaceOnce() throws FsException {
        long value = next();
        String again = shared.powerLosses == 0 ? "" : "-" + shared.powerLosses; // a rename may have been lost
        FileName name = FileName.ofText("new-" + number + again);
        did("creates", name + " as " + Register.show(value));
        Handle handle = client.create(shared.directory(), name, 0644, NEW, ROOT);
        write(handle, 0, Slot.of(value), false);
        if (shared.careful) {
            client.fsync(handle, false, ROOT);
        }
        close(handle, 0);
        Register.Written write = shared.replaced.begin(node, value, shared.tick());
        Register.Written naming = shared.replacedBy.begin(node, handle.file().inode(), shared.tick());
        did("renames", name + " (" + handle.file() + ") over replaced");
        client.rename(shared.directory(), name, shared.directory(), FileName.ofText("replaced"), false, false, ROOT);
        shared.replaced.effective(write, shared.tick());
        shared.replacedBy.effective(naming, shared.tick());
        did("has renamed", Register.show(value));
    }

    private void readReplaced() throws FsException {
        long begin = shared.tick();
        did("looks up", "replaced");
        FileId file = find("replaced");
        long end = shared.tick();
        did("has found", "replaced as " + file);
        shared.replacedBy.read(node, file.equals(shared.firstReplaced) ? 0 : file.inode(), begin, end);
        try {
            Handle handle = client.open(file, READ, ROOT);
            byte[] content = read(handle, 0, Slot.BYTES + 1);
            did("has read", "replaced (" + file + "), " + content.length + " bytes");
            close(handle, 0);
            shared.replaced.read(node, Slot.value(content, 0), begin, end);
        } catch (FsException e) {
            if (e.error() != FsError.STALE && e.error() != FsError.NOT_FOUND) {
                throw e; // it was replaced between the look and the open: the kernel would look again
            }
        }
    }

    // ------------------------------------------------------------------------------------- other names

    private void nameOrUnname() throws FsException {
        if (named.isEmpty() || random.nextInt(3) > 0) {
            String text = "name-" + number + "-" + ++names;
            NameLog.Name name = shared.names.making(node, text, shared.tick());
            did("makes", text);
            Attributes _ = client.make(shared.directory(), FileName.ofText(text), FileType.FIFO, 0644, 0, ROOT);
            shared.names.made(name, shared.tick());
            did("has made", text);
            named.add(name);
        } else {
            NameLog.Name name = named.remove(random.nextInt(named.size()));
            shared.names.removing(node, name, shared.tick());
            did("removes", name.text);
            try {
                client.unlink(shared.directory(), FileName.ofText(name.text), ROOT);
            } catch (FsException e) {
                if (shared.powerLosses == 0 || e.error() != FsError.NOT_FOUND) {
                    throw e; // nobody syncs a name
                }
            }
            shared.names.removed(name, shared.tick());
            did("has removed", name.text);
        }
    }

    private void list() throws FsException {
        long begin = shared.tick();
        did("lists", "the directory");
        Set<String> shown = new TreeSet<>();
        for (Listing entry : client.list(shared.directory(), ROOT)) {
            shown.add(entry.name() + "");
        }
        did("has listed", shown);
        shared.names.listed(node, shown, begin, shared.tick());
    }

    // --------------------------------------------------------------------------------- before and after

    /** Makes the files. */
    void prepare() throws FsException {
        shared.directory = client.make(client.root(), FileName.ofText("shared"), FileType.DIRECTORY, 0755, 0, ROOT)
                .file();
        FileId elsewhere =
                shared.hasProjects ? client.find(client.root(), FileName.ofText("projects"), ROOT) : shared.directory();
        for (Shared.Records records : shared.records) {
            FileId where = records.name.equals("single") ? elsewhere : shared.directory();
            Handle handle = client.create(where, FileName.ofText(records.name), 0644, NEW, ROOT);
            for (int slot = 0; slot < records.slots.size(); slot++) {
                write(handle, records.offset(slot), Slot.of(0), false);
            }
            client.fsync(handle, false, ROOT);
            close(handle, 0);
            records.file = handle.file();
        }
        for (String name : List.of("replaced", "counter", "log", "locks")) {
            Handle handle = client.create(shared.directory(), FileName.ofText(name), 0644, NEW, ROOT);
            write(handle, 0, name.equals("log") ? new byte[0] : Slot.of(0), false);
            client.fsync(handle, false, ROOT);
            close(handle, 0);
            if (name.equals("replaced")) {
                shared.firstReplaced = handle.file();
            }
        }
    }

    /** Looks at everything once more. */
    void check() throws FsException {
        meet();
        for (Shared.Records records : shared.records) {
            Handle handle = client.open(records.file(), READ, ROOT);
            for (int slot = 0; slot < records.slots.size(); slot++) {
                long begin = shared.tick();
                byte[] record = read(handle, records.offset(slot), Slot.BYTES);
                records.slots.get(slot).read(node, Slot.value(record, 0), begin, shared.tick());
            }
            close(handle, 0);
        }
        checkCounter();
        readLog();
        readReplaced();
        stat();
        list();
    }

    /** Under its lock: somebody who crashed while counting has it until it is declared dead. */
    private void checkCounter() throws FsException {
        Handle handle = client.open(find("counter"), READ, ROOT);
        long owner = number << 32 | ++owners;
        client.lock(handle, flock(LockType.SHARED, owner), ROOT);
        byte[] content = read(handle, 0, 1_000);
        if (!shared.countInDoubt && Slot.value(content, 0) != shared.increments) {
            throw new AssertionError(
                    "the counter is " + Slot.value(content, 0) + " after " + shared.increments + " increments");
        }
        close(handle, owner);
    }
}
