package sprite.client.box;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import sprite.common.wire.proto.FormerMount;
import sprite.common.wire.proto.FormerSpace;

/** Tells what a dead daemon has left in its box in the words of an orderly hand-over. No state. */
public final class Reading {
    private Reading() {}

    /** What the kernel will not say again. */
    public static FormerMount mount(Box box) {
        return FormerMount.newBuilder()
                .setDaemon(box.process(Box.Word.DAEMON))
                .setHolder(box.process(Box.Word.HOLDER))
                .setFd((int) box.get(Box.Word.DESCRIPTOR))
                .setMinor((int) box.get(Box.Word.MINOR))
                .setReadAheadMax((int) box.get(Box.Word.READ_AHEAD))
                .setFeatures(box.get(Box.Word.FEATURES))
                .addAllHandles(KeptHandle.numbers(box))
                .addAllDirectories(KeptDirectory.former(box))
                .setLastHandle(box.get(Box.Word.LAST_HANDLE))
                .setLastDirectory(box.get(Box.Word.LAST_DIRECTORY))
                .build();
    }

    /** What programs have, and servers know. IOException if that makes no sense. */
    public static FormerSpace space(Box box) throws IOException {
        try {
            return FormerSpace.newBuilder()
                    .setKilled(true)
                    .setClient(box.get(Box.Word.CLIENT))
                    .setProtocol((int) box.get(Box.Word.PROTOCOL))
                    .addAllSessions(KeptSession.former(box))
                    .addAllPrefixes(KeptPrefixes.former(box))
                    .addAllFiles(KeptFile.former(box))
                    .addAllLocks(KeptLocks.former(box))
                    .addAllSetId(KeptMarks.former(box, KeptMarks.SET_ID).stream()
                            .map(sprite.common.wire.Wire::toWire)
                            .toList())
                    .addAllWithXattrs(KeptMarks.former(box, KeptMarks.XATTRS).stream()
                            .map(sprite.common.wire.Wire::toWire)
                            .toList())
                    .build();
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            throw new IOException("the recovery box cannot be read: " + e.getMessage(), e);
        }
    }
}
