package sprite.client.space;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.LockRequest;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/** One of many who use the shared files at the same time. Confined to its thread. */
final class Sharer {
    private static final int OPEN_MAX = 3;

    private final FileSystem client;
    private final Plain plain;
    private final SharedFiles files;
    private final long number;
    private final SplittableRandom random;
    private final List<Opened> open = new ArrayList<>();
    private long written;
    private long lines;
    private long owners;

    private record Opened(int file, Handle handle, boolean read, boolean write) {}

    Sharer(FileSystem client, SharedFiles files, int number, long seed) {
        this.client = client;
        this.plain = new Plain(client);
        this.files = files;
        this.number = number;
        this.random = new SplittableRandom(seed * 1_000 + number);
    }

    void step() throws FsException {
        switch (random.nextInt(20)) {
            case 0, 1, 2 -> open();
            case 3, 4, 5 -> close();
            case 6, 7, 8, 9 -> read();
            case 10, 11, 12, 13 -> write();
            case 14 -> append();
            case 15 -> stat();
            case 16 -> increment();
            case 17 -> replace();
            case 18 -> readReplaced();
            default -> fsync();
        }
    }

    void finish() throws FsException {
        while (!open.isEmpty()) {
            close();
        }
    }

    private void open() throws FsException {
        if (open.size() == OPEN_MAX) {
            return;
        }
        int file = random.nextInt(SharedFiles.FILES);
        boolean read = random.nextInt(3) > 0;
        boolean write = !read || random.nextBoolean();
        var flags = read && write ? SharedFiles.BOTH : read ? SharedFiles.READ : SharedFiles.WRITE;
        open.add(new Opened(file, client.open(files.records.get(file), flags, Plain.CALLER), read, write));
    }

    private void close() throws FsException {
        if (!open.isEmpty()) {
            plain.close(open.remove(random.nextInt(open.size())).handle());
        }
    }

    private void read() throws FsException {
        if (open.isEmpty()) {
            return;
        }
        Opened any = open.get(random.nextInt(open.size()));
        if (any.read()) {
            int slot = random.nextInt(SharedFiles.SLOTS);
            long begin = RecordHistory.now();
            byte[] record = plain.read(any.handle(), (long) slot * SharedFiles.RECORD, SharedFiles.RECORD);
            files.histories.get(any.file()).get(slot).read(Plain.value(record, SharedFiles.RECORD), begin);
        }
    }

    private void write() throws FsException {
        if (open.isEmpty()) {
            return;
        }
        Opened any = open.get(random.nextInt(open.size()));
        if (any.write()) {
            int slot = random.nextInt(SharedFiles.SLOTS);
            long value = number << 40 | ++written;
            byte[] record = Plain.record(value, SharedFiles.RECORD);
            RecordHistory.Written write =
                    files.histories.get(any.file()).get(slot).begin(value);
            plain.write(any.handle(), (long) slot * SharedFiles.RECORD, record, false);
            write.completed();
        }
    }

    private void fsync() throws FsException {
        if (!open.isEmpty()) {
            client.fsync(open.get(random.nextInt(open.size())).handle(), random.nextBoolean(), Plain.CALLER);
        }
    }

    private void append() throws FsException {
        Handle handle = client.open(files.log, SharedFiles.APPEND, Plain.CALLER);
        for (int i = random.nextInt(4); i >= 0; i--) {
            plain.write(handle, 0, Plain.record(number << 40 | ++lines, SharedFiles.LINE), true);
            files.appended.incrementAndGet();
        }
        plain.close(handle);
    }

    private void stat() throws FsException {
        long floor = files.appended.get() * SharedFiles.LINE;
        long size = random.nextBoolean()
                ? client.attributes(files.log, Plain.CALLER).size()
                : client.lookup(files.directory, FileName.ofText("log"), Plain.CALLER)
                        .size();
        if (size < floor) {
            throw new AssertionError("the log has " + size + " bytes after " + floor + " were appended");
        }
        for (FileId file : files.records) {
            long records = client.attributes(file, Plain.CALLER).size();
            if (records != (long) SharedFiles.SLOTS * SharedFiles.RECORD) {
                throw new AssertionError("records of " + records + " bytes");
            }
        }
    }

    /** Reads, cuts and writes anew under a lock; a descriptor that is closed meanwhile does not free it. */
    private void increment() throws FsException {
        long owner = number << 32 | ++owners;
        Handle lock = client.open(files.counter, SharedFiles.BOTH, Plain.CALLER);
        client.lock(lock, flock(LockType.EXCLUSIVE, owner), Plain.CALLER);
        if (random.nextBoolean()) {
            client.flush(lock, owner + 1_000_000, Plain.CALLER);
        }
        long before = Plain.value(plain.read(lock, 0, SharedFiles.RECORD * 2), -1);
        if (before != files.increments.get()) {
            throw new AssertionError("the counter is " + before + " after " + files.increments + " increments");
        }
        byte[] next = Plain.record(before + 1, SharedFiles.RECORD / 2 + random.nextInt(SharedFiles.RECORD));
        switch (random.nextInt(3)) {
            case 0 -> {
                Handle cut = client.open(files.counter, SharedFiles.TRUNCATE, Plain.CALLER);
                plain.write(cut, 0, next, false);
                plain.close(cut);
            }
            case 1 -> {
                cut(lock, 0);
                plain.write(lock, 0, next, false);
            }
            default -> {
                plain.write(lock, 0, next, false);
                cut(lock, next.length);
            }
        }
        long size = client.attributes(files.counter, Plain.CALLER).size();
        if (size != next.length) {
            throw new AssertionError("the counter has " + size + " bytes instead of " + next.length);
        }
        files.increments.incrementAndGet();
        if (random.nextBoolean()) {
            client.lock(lock, flock(LockType.UNLOCK, owner), Plain.CALLER);
        }
        plain.close(lock, owner);
    }

    private static LockRequest flock(LockType type, long owner) {
        return new LockRequest(LockKind.FLOCK, type, owner, 0, Long.MAX_VALUE, true, 1);
    }

    private void cut(Handle handle, long size) throws FsException {
        var change = new AttributeChange(null, null, null, size, null, false, null, false);
        var _ = client.setAttributes(handle.file(), change, handle, Plain.CALLER);
    }

    /** A new file over the old one: whoever looks finds one of the two, whole. */
    private void replace() throws FsException {
        long value = number << 40 | ++written;
        FileName name = FileName.ofText("new-" + number);
        Handle handle = client.create(files.directory, name, 0644, SharedFiles.NEW, Plain.CALLER);
        plain.write(handle, 0, Plain.record(value, SharedFiles.RECORD), false);
        plain.close(handle);
        RecordHistory.Written write = files.replaced.begin(value);
        client.rename(files.directory, name, files.directory, FileName.ofText("replaced"), false, false, Plain.CALLER);
        write.completed();
    }

    private void readReplaced() throws FsException {
        long begin = RecordHistory.now();
        FileId file = client.find(files.directory, FileName.ofText("replaced"), Plain.CALLER);
        try {
            Handle handle = client.open(file, SharedFiles.READ, Plain.CALLER);
            byte[] record = plain.read(handle, 0, SharedFiles.RECORD + 1);
            files.replaced.read(Plain.value(record, SharedFiles.RECORD), begin);
            plain.close(handle);
        } catch (FsException e) {
            if (e.error() != FsError.STALE && e.error() != FsError.NOT_FOUND) {
                throw e; // it was replaced between the look and the open: the kernel would look again
            }
        }
    }
}
