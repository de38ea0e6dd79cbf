package sprite.client.space;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsException;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** The files that all share, and what is known to have been done to them. Thread-safe: its parts are. */
final class SharedFiles {
    static final int FILES = 3;
    static final int SLOTS = 14;

    /** So that records lie across blocks. */
    static final int RECORD = 3_000;

    static final int LINE = 64;

    static final OpenFlags READ = new OpenFlags(true, false, false, false, false, false);
    static final OpenFlags WRITE = new OpenFlags(false, true, false, false, false, false);
    static final OpenFlags BOTH = new OpenFlags(true, true, false, false, false, false);
    static final OpenFlags APPEND = new OpenFlags(false, true, false, true, false, false);
    static final OpenFlags TRUNCATE = new OpenFlags(true, true, false, false, true, false);
    static final OpenFlags NEW = new OpenFlags(true, true, false, false, false, true);

    final FileId directory;
    final List<FileId> records = new ArrayList<>();
    final List<List<RecordHistory>> histories = new ArrayList<>();
    final RecordHistory replaced = new RecordHistory("replaced");
    final FileId log;
    final FileId counter;

    /** Increments that were completed. */
    final AtomicLong increments = new AtomicLong();

    /** Lines whose append was completed; at most so many more are under way as there are threads. */
    final AtomicLong appended = new AtomicLong();

    SharedFiles(FileSystem client) throws FsException {
        Plain plain = new Plain(client);
        directory = client.make(client.root(), FileName.ofText("shared"), FileType.DIRECTORY, 0755, 0, Plain.CALLER)
                .file();
        for (int i = 0; i < FILES; i++) {
            List<RecordHistory> slots = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                slots.add(new RecordHistory("file " + i + " record " + slot));
            }
            histories.add(slots);
            records.add(make(plain, "records-" + i, new byte[SLOTS * RECORD]));
        }
        FileId _ = make(plain, "replaced", Plain.record(0, RECORD));
        log = make(plain, "log", new byte[0]);
        counter = make(plain, "counter", Plain.record(0, RECORD));
    }

    private FileId make(Plain plain, String name, byte[] content) throws FsException {
        Handle handle = plain.client().create(directory, FileName.ofText(name), 0644, NEW, Plain.CALLER);
        plain.write(handle, 0, content, false);
        plain.close(handle);
        return handle.file();
    }

    /** What must be true when everybody is done. */
    void check(FileSystem client) throws FsException {
        Plain plain = new Plain(client);
        for (int file = 0; file < FILES; file++) {
            Handle handle = client.open(records.get(file), READ, Plain.CALLER);
            for (int slot = 0; slot < SLOTS; slot++) {
                long begin = RecordHistory.now();
                byte[] record = plain.read(handle, (long) slot * RECORD, RECORD);
                histories.get(file).get(slot).read(Plain.value(record, RECORD), begin);
            }
            plain.close(handle);
        }
        Handle handle = client.open(counter, READ, Plain.CALLER);
        long count = Plain.value(plain.read(handle, 0, RECORD * 2), -1);
        plain.close(handle);
        if (count != increments.get()) {
            throw new AssertionError("the counter is " + count + " after " + increments + " increments");
        }
        checkLog(plain);
    }

    private void checkLog(Plain plain) throws FsException {
        Handle handle = plain.client().open(log, READ, Plain.CALLER);
        long lines = appended.get();
        byte[] all = plain.read(handle, 0, (int) (lines + 1) * LINE);
        plain.close(handle);
        if (all.length != lines * LINE) {
            throw new AssertionError("the log has " + all.length + " bytes after " + lines + " lines of " + LINE);
        }
        Map<Long, Long> last = new HashMap<>();
        for (int i = 0; i < lines; i++) {
            byte[] line = java.util.Arrays.copyOfRange(all, i * LINE, (i + 1) * LINE);
            long value = Plain.value(line, LINE);
            long before = last.getOrDefault(value >>> 40, 0L);
            if ((value & 0xFF_FFFF_FFFFL) != before + 1) {
                throw new AssertionError("line " + i + " of the log is not the next of its writer, after " + before);
            }
            last.put(value >>> 40, before + 1);
        }
    }
}
