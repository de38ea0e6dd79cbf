package sprite.server.open;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.consistency.ClientId;

/** What clients report of sizes and times, and what of it counts. Pure functions, with the file's entry locked. */
final class Reported {
    private Reported() {}

    /** A report counts only from the client that is the last writer. */
    static void take(FileUse use, ClientId from, AttributeReport report) {
        Overlay told = use.state.mayWriteBack(from) ? told(from, report) : null;
        if (told != null) {
            use.overlay = Overlay.reported(use.overlay, from, told.size(), told.modified());
        }
    }

    /** What a report says; null if nothing, or nonsense, which must not keep the message from its effect. */
    static @Nullable Overlay told(ClientId from, AttributeReport report) {
        try {
            return report.getPresent() && report.getSize() >= 0 && report.getSize() <= Attributes.SIZE_MAX
                    ? Overlay.reported(null, from, report.getSize(), Wire.fileTime(report.getModified()))
                    : null;
        } catch (FsException e) {
            return null;
        }
    }

    /** What {@code asked}, of {@link FileSteps#askAuthority}, has brought; null if nothing that still counts. */
    static @Nullable Overlay answer(FileUse use, @Nullable CompletableFuture<?> asked) {
        if (asked == null || !asked.isDone() || asked.isCompletedExceptionally()) {
            return null;
        }
        return asked.join() instanceof Overlay report && use.state.mayWriteBack(report.writer()) ? report : null;
    }
}
