package sprite.client.file;

import org.jspecify.annotations.Nullable;
import sprite.client.fs.OpenFlags;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Attributes;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Close;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.WrittenBack;
import sprite.consistency.OpenSeq;

/** What a client and a server tell each other of a file, as messages. Pure functions. */
final class Frames {
    private Frames() {}

    static AttributeReport report(long size, FileTime modified) {
        return AttributeReport.newBuilder()
                .setPresent(true)
                .setSize(size)
                .setModified(Wire.toWire(modified))
                .build();
    }

    static ClientFrame.Builder close(
            FileId file, OpenFlags opened, boolean dirty, AttributeReport report, @Nullable FileTime accessed) {
        Close.Builder close = Close.newBuilder()
                .setFile(Wire.toWire(file))
                .setRead(opened.read())
                .setWrite(opened.write())
                .setExecute(opened.execute())
                .setDirty(dirty)
                .setReport(report);
        if (accessed != null) {
            close.setAccessed(Wire.toWire(accessed));
        }
        return ClientFrame.newBuilder().setClose(close);
    }

    static ClientFrame.Builder writtenBack(FileId file, AttributeReport report, OpenSeq seq) {
        return ClientFrame.newBuilder()
                .setWrittenBack(WrittenBack.newBuilder()
                        .addFiles(WrittenBack.File.newBuilder()
                                .setFile(Wire.toWire(file))
                                .setReport(report)
                                .setOpenSeq(sprite.common.wire.proto.OpenSeq.newBuilder()
                                        .setEpoch(seq.epoch())
                                        .setCounter(seq.counter()))));
    }

    static OpenSeq seq(OpenReply reply) {
        return new OpenSeq(reply.getOpenSeq().getEpoch(), reply.getOpenSeq().getCounter());
    }

    /** When the file was modified, by a server's word. */
    static FileTime modified(Attributes told) {
        return Wire.time(told.getModified());
    }
}
