package sprite.server.data;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ReadReply;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;
import sprite.consistency.ClientId;
import sprite.consistency.FileConsistency;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.Keeping;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.Space;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.open.OpenFiles;
import sprite.server.open.PageHolders;
import sprite.server.session.Grace;
import sprite.server.session.Session;
import sprite.server.session.Sessions;

/**
 * Reads and writes file data. Thread-safe: data of one file under that file's lock. May block for the disk, and writes
 * for clients whose kernels hold pages of the file.
 */
public final class Transfers {
    private static final Logger log = LoggerFactory.getLogger(Transfers.class);

    private final Exports exports;
    private final Sessions sessions;
    private final OpenFiles files;
    private final Clock clock;
    private final Grace grace;
    private final DataLocks locks = new DataLocks();

    /** @param grace of this life of the server */
    public Transfers(Exports exports, Sessions sessions, OpenFiles files, Clock clock, Grace grace) {
        this.exports = exports;
        this.sessions = sessions;
        this.files = files;
        this.clock = clock;
        this.grace = grace;
    }

    /** STALE for a session that is over, INVALID for what is too long or lies before the file. */
    public ReadReply read(ReadRequest request) throws FsException {
        Session session = sessions.stamped(request.getSession());
        FileId file = Wire.fileId(request.getFile());
        int length = request.getLength();
        checkRange(file, request.getOffset(), length);
        Domain domain = exports.of(file).domain();
        if (request.getPastCache() && !grace.stored().isDone()) {
            await(grace.stored()); // those who have not come back may have stored into pages of the file
        }
        byte[] content = new byte[length];
        int read = -1;
        var lock = locks.of(file).readLock();
        try (PageHolders.Claim claim = files.pages().claim(file, session)) {
            while (read < 0) {
                CompletableFuture<?> wait;
                lock.lock();
                try {
                    wait = request.getForPages()
                            ? claim.fill(request.getWritable(), request.getDropped())
                            : claim.look();
                    if (wait == null) {
                        read = domain.read(file, request.getOffset(), MemorySegment.ofArray(content));
                    }
                } finally {
                    lock.unlock();
                }
                await(wait);
                checkLives(session, file);
            }
        }
        if (request.getWritable()) {
            sessions.stores(session); // before it has the pages, and when it counts as their holder
        }
        return ReadReply.newBuilder()
                .setData(UnsafeByteOperations.unsafeWrap(content, 0, read))
                .build();
    }

    /** As {@link #read}; STALE also for a client that may not write the file now; NO_SPACE, FILE_TOO_BIG. */
    public WriteReply write(WriteRequest request) throws FsException {
        Session session = sessions.stamped(request.getSession());
        FileId file = Wire.fileId(request.getFile());
        checkRange(file, request.getOffset(), request.getData().size());
        Export export = exports.of(file);
        acknowledge(session, request.getAckedNumber());
        boolean isOwn = request.getWriteBack() || (request.getStored() && grace.mayReclaim(session.client()));
        if (!isOwn && !grace.isOver()) {
            await(grace.over()); // those who have not come back may hold pages of which this server does not know
        }
        WriteReply answer = null;
        var lock = locks.of(file).writeLock();
        try (PageHolders.Claim claim = files.pages().claim(file, session)) {
            while (answer == null) {
                CompletableFuture<?> wait = null;
                lock.lock();
                try {
                    answer = session.writes().find(request.getNumber());
                    if (answer == null) {
                        wait = claim.await();
                    }
                    if (answer == null && wait == null) {
                        answer = write(request, session, file, export);
                    }
                } finally {
                    lock.unlock();
                }
                await(wait);
            }
        }
        if (request.getDurable()) {
            export.domain().commit(file);
        }
        return answer;
    }

    /** How it ends does not matter: what it was waited for is looked at again. */
    private static void await(@Nullable CompletableFuture<?> wait) {
        if (wait != null) {
            var _ = wait.exceptionally(_ -> null).join();
        }
    }

    private void acknowledge(Session session, long number) throws FsException {
        if (session.writes().acknowledge(number)) {
            for (Export export : exports.all()) {
                export.domain().forgetReplies(ReplyKey.ofWrite(session.client().value(), number));
            }
        }
    }

    /** Writes, with the file's lock held, what was not written in this session. */
    private WriteReply write(WriteRequest request, Session session, FileId file, Export export) throws FsException {
        ReplyKey key = ReplyKey.ofWrite(session.client().value(), request.getNumber());
        boolean mayBeKept = session.previousEpoch() != 0 && request.getNumber() != 0 && !request.getWriteBack();
        KeptWrites.Kept kept = mayBeKept ? KeptWrites.find(export.domain(), key) : null;
        if (kept != null && kept.certain()) {
            return kept.answer();
        }
        if (request.getOnlyIfDone()) { // nor if the machine may have lost it: others may have had the lock since
            throw new FsException("write", file + " (its lock is lost)", FsError.STALE);
        }
        checkMayWrite(session, file, request.getWriteBack());
        if (request.getStored() && !files.pages().mayHaveStored(file, session) && !grace.mayReclaim(session.client())) {
            throw new FsException("write", file + " (its pages are others')", FsError.STALE);
        }
        if (session.writes().isOver(request.getNumber())) {
            throw new FsException("write", file + " (a late copy)", FsError.STALE);
        }
        if (request.getClearSetId()) {
            clearSetId(export.domain(), file);
        }
        long offset = kept != null
                ? kept.answer().getOffset() // what the machine lost, where it was
                : request.getAppend() ? export.domain().attributes(file).size() : request.getOffset();
        WriteReply answer = write(request, file, offset, export, key);
        if (request.getNumber() != 0) {
            session.writes().done(request.getNumber(), answer);
        }
        return answer;
    }

    private WriteReply write(WriteRequest request, FileId file, long offset, Export export, ReplyKey key)
            throws FsException {
        Space space = export.space();
        Function<Attributes, WriteReply> answer = after -> WriteReply.newBuilder()
                .setOffset(offset)
                .setSize(after.size())
                .setSpaceLow(space.low())
                .setSpaceFree(space.availableBytes())
                .build();
        MemorySegment data = segment(request.getData());
        if (request.getStored()) {
            Attributes before = export.domain().attributes(file);
            long inside = Math.clamp(before.size() - offset, 0, data.byteSize());
            if (inside == 0) {
                return answer.apply(before);
            }
            data = data.asSlice(0, inside);
        }
        if (request.getWriteBack()) {
            Attributes after = export.domain().write(file, offset, data, null);
            long stamp = files.commits().written(file);
            return answer.apply(after).toBuilder()
                    .setStamp(stamp)
                    .setCommitted(files.commits().committed())
                    .build();
        }
        Keeping<Attributes> keeping =
                request.getNumber() == 0 ? null : new Keeping<>(key, after -> KeptWrites.toBytes(answer.apply(after)));
        Attributes after = export.domain().write(file, offset, data, FileTime.of(clock.instant()), keeping);
        var _ = files.commits().written(file);
        return answer.apply(after);
    }

    /** Waits until no write of a session that has ended is under way on the file; later ones will be refused. */
    public void fence(FileId file) {
        var lock = locks.of(file).writeLock();
        lock.lock();
        try {
            log.debug("no write of {} is under way", file);
        } finally {
            lock.unlock();
        }
    }

    /** What lies in the array of {@code data}, without copying it. */
    private static MemorySegment segment(ByteString data) {
        return MemorySegment.ofBuffer(data.asReadOnlyByteBuffer());
    }

    private static void checkRange(FileId file, long offset, int length) throws FsException {
        if (length < 0 || length > Protocol.TRANSFER_MAX || offset < 0) {
            throw new FsException("transfer", file + " at " + offset + ", " + length + " bytes", FsError.INVALID);
        }
        if (offset > Attributes.SIZE_MAX - length) {
            throw new FsException("transfer", file + " at " + offset, FsError.FILE_TOO_BIG);
        }
    }

    /** A session that ends while its request waits holds nothing any more. */
    private static void checkLives(Session session, FileId file) throws FsException {
        if (session.isDead()) {
            throw new FsException("read", file + "", FsError.STALE);
        }
    }

    private void checkMayWrite(Session session, FileId file, boolean writeBack) throws FsException {
        ClientId client = session.client();
        FileConsistency state = files.consistency(file);
        boolean may =
                !session.isDead() && state != null && (writeBack ? state.mayWriteBack(client) : state.mayWrite(client));
        if (!may) {
            throw new FsException("write", file + "", FsError.STALE);
        }
    }

    private void clearSetId(Domain domain, FileId file) throws FsException {
        Attributes before = domain.attributes(file);
        int mode = Access.withoutSetId(before.mode());
        if (mode != before.mode()) {
            @Nullable FileTime unchanged = null;
            FileTime now = FileTime.of(clock.instant());
            var _ = domain.apply(
                    new Command.SetAttributes(now, file, mode, null, null, null, unchanged, unchanged, now),
                    null,
                    null);
        }
    }
}
