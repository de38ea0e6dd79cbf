package sprite.server.open;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Callback;
import sprite.consistency.ClientId;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenSeq;
import sprite.consistency.Raised;
import sprite.consistency.Settled;
import sprite.consistency.Version;

/**
 * How one file is being used: its consistency, and what is under way because of it. Confined to the holder of its
 * entry's lock, except that {@code state} may be read by anybody.
 */
final class FileUse {
    volatile FileConsistency state;

    @Nullable
    Overlay overlay;

    /** Its last name is gone; the last close frees it. */
    boolean nameless;

    /** Wishes that have not been answered. */
    final Map<OpenSeq, Waiting> waiting = new HashMap<>(4);

    /** The callback that each client owes on account of the recall under way; an answer to an older one is void. */
    final Map<ClientId, Object> recalls = new TreeMap<>();

    /** The latest open of each client that it was told of. */
    final Map<ClientId, OpenSeq> told = new TreeMap<>();

    /** A wish that has not been answered. {@code announced}: as a change of the file's attributes. Immutable. */
    record Waiting(OpenWish wish, boolean announced) {}

    FileUse(Version version, Raised raised) {
        this.state = FileConsistency.unused(version, raised);
    }

    boolean isUnused() {
        return state.isUnused() && overlay == null && waiting.isEmpty();
    }

    /** Whether nobody has it open or is about to; there may still be dirty blocks of it. */
    boolean isClosed() {
        return state instanceof Settled settled && settled.uses().isEmpty();
    }

    /** The stored attributes with what the last writer reported. */
    Attributes merged(Attributes stored) {
        Overlay reported = overlay;
        return reported == null ? stored : reported.over(stored);
    }

    /** How many reasons there are to look at this file when {@code client} dies. */
    int holdingsOf(ClientId client) {
        Settled now = state.now();
        int count = now.use(client).opens() + (client.equals(now.lastWriter()) ? 1 : 0);
        for (Waiting open : waiting.values()) {
            if (open.wish().session().client().equals(client)) {
                count++;
            }
        }
        return count;
    }

    /** A callback to {@code client}, which tells it how much of this file's history it was told when it was sent. */
    Callback.Builder callback(FileId file, ClientId client) {
        OpenSeq seq = told.getOrDefault(client, OpenSeq.NONE);
        return Callback.newBuilder()
                .setFile(Wire.toWire(file))
                .setOpenSeq(sprite.common.wire.proto.OpenSeq.newBuilder()
                        .setEpoch(seq.epoch())
                        .setCounter(seq.counter()));
    }
}
