package sprite.server.names;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributesReply;
import sprite.common.wire.proto.CopyRange;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.server.domain.Domain;
import sprite.server.domain.Keeping;
import sprite.server.domain.ReplyKey;
import sprite.server.open.OpenWish;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/**
 * copy_file_range(2): to others a truncation of the file that is written, and a read of the other one. Nobody but the
 * client that asks can have unwritten data of either, because it has both open and the one for writing is recalled.
 */
final class Copying extends Change {
    private final CopyRange wanted;
    private final FileId from;
    private final FileId to;

    /** Set by the alteration, read by the answer right after it. */
    private int copied;

    Copying(Room room, Request request, CopyRange wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getTo()), Credentials.ROOT);
        this.wanted = wanted;
        this.from = Wire.fileId(wanted.getFrom());
        this.to = Wire.fileId(wanted.getTo());
        if (from.domain() != to.domain()) {
            throw new FsException("copy", from + " to " + to, FsError.CROSS_DOMAIN);
        }
        if (wanted.getFromOffset() < 0 || wanted.getToOffset() < 0 || wanted.getLength() <= 0) {
            throw new FsException("copy", from + " to " + to, FsError.INVALID);
        }
        if (wanted.getToOffset() >= Attributes.SIZE_MAX) {
            throw new FsException("copy", from + " to " + to, FsError.FILE_TOO_BIG);
        }
    }

    /** As much as one request copies, and the largest file has room for. */
    private int length() {
        return (int) Math.min(
                Math.min(wanted.getLength(), Protocol.TRANSFER_MAX), Attributes.SIZE_MAX - wanted.getToOffset());
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        FileConsistency source = room.files().consistency(from);
        FileConsistency target = room.files().consistency(to);
        boolean reads = source != null && source.now().use(request.client()).opens() > 0;
        if (!reads || target == null || !target.mayWrite(request.client())) {
            throw new FsException("copy", from + " to " + to + " (not open)", FsError.STALE);
        }
        falsified.add(GrantKey.attributes(to));
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        CompletableFuture<?> wait = awaitNoPages(to);
        if (wait == null) {
            wait = awaitNoPages(from); // programs may have stored into them
        }
        if (wait != null) {
            return wait;
        }
        boolean _ = room.files()
                .open(new OpenWish(
                        request.session(),
                        to,
                        seq -> new Event.Change(request.client(), seq),
                        this::copy,
                        new OpenWish.Answer() {
                            @Override
                            public void granted(OpenWish.Opened opened) {
                                over();
                                request.reply(frame(opened.attributes(), opened.attributesGranted()));
                            }

                            @Override
                            public void refused(FsError error) {
                                over();
                                request.refuse(new FsException("copy", from + " to " + to, error));
                            }
                        }));
        return null;
    }

    private ServerFrame.Builder frame(Attributes attributes, boolean granted) {
        return ServerFrame.newBuilder()
                .setAttributes(AttributesReply.newBuilder()
                        .setAttributes(Wire.toWire(attributes))
                        .setGranted(granted)
                        .setCopied(copied));
    }

    private Object copy() throws FsException {
        Domain domain = room.domain(to);
        MemorySegment data = MemorySegment.ofArray(new byte[length()]);
        copied = domain.read(from, wanted.getFromOffset(), data);
        if (copied > 0) {
            ReplyKey key = ReplyKey.of(request.client().value(), request.seq());
            var keeping = new Keeping<Attributes>(
                    key, after -> frame(after, false).build().toByteArray());
            var _ = domain.write(to, wanted.getToOffset(), data.asSlice(0, copied), room.now(), keeping);
        }
        return this;
    }
}
