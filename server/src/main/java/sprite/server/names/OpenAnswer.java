package sprite.server.names;

import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.OpenSeq;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Space;
import sprite.server.open.OpenWish;
import sprite.server.session.Request;

/**
 * Answers an open.
 *
 * @param wantData whether the content of a small file is welcome
 * @param knownVersion of what the client has cached; 0: nothing
 * @param created of an open that made the file, what else to tell; else null
 */
record OpenAnswer(
        Room room,
        Request request,
        FileId file,
        boolean wantData,
        long knownVersion,
        @Nullable OpenReply created) implements OpenWish.Answer {
    /** Largest file whose content comes along, in bytes. */
    private static final int DATA_MAX = 16 * 1024;

    @Override
    public void granted(OpenWish.Opened opened) throws FsException {
        Attributes attributes = opened.attributes();
        Space space = room.exports().space(file);
        OpenReply.Builder reply = created == null ? OpenReply.newBuilder() : created.toBuilder();
        reply.setAttributes(Wire.toWire(attributes))
                .setAttributesGranted(opened.attributesGranted())
                .setOpenSeq(OpenSeq.newBuilder()
                        .setEpoch(opened.seq().epoch())
                        .setCounter(opened.seq().counter()))
                .setCacheable(opened.cacheable())
                .setSpaceLow(space.low())
                .setSpaceFree(space.availableBytes());
        boolean asksForData = wantData && opened.cacheable() && knownVersion != attributes.version();
        if (asksForData && attributes.size() <= DATA_MAX) {
            addData(reply, (int) attributes.size());
        }
        request.reply(ServerFrame.newBuilder().setOpen(reply));
    }

    private void addData(OpenReply.Builder reply, int size) throws FsException {
        byte[] content = new byte[size];
        int read = size == 0 ? 0 : room.domain(file).read(file, 0, MemorySegment.ofArray(content));
        if (read == size) {
            reply.setHasData(true).setData(UnsafeByteOperations.unsafeWrap(content));
        }
    }

    @Override
    public void refused(FsError error) {
        request.refuse(new FsException("open", file + "", error));
    }
}
