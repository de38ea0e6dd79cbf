package sprite.client.file;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.client.box.CallTrail;
import sprite.client.box.Trails;
import sprite.client.call.Call;
import sprite.client.call.Trail;
import sprite.client.session.ServerLink;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Attributes;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;

/**
 * Files that were held still for calls of this client's life before, until those are carried out once more: a server
 * may have truncated such a file, so that what was written to it before must not get home. Thread-safe: a concurrent
 * map.
 */
final class FormerHolds {
    private final WriteBack writeBack;

    /** By the numbers of the calls, until the kernel has their answers. */
    private final Map<Long, Holding> held = new ConcurrentHashMap<>();

    /** Confined to the lock of the file. */
    private static final class Holding {
        final CachedFile file;
        final Trails.Held kept;

        /** The call holds the file by itself again. */
        boolean over;

        Holding(CachedFile file, Trails.Held kept) {
            this.file = file;
            this.kept = kept;
        }
    }

    FormerHolds(WriteBack writeBack) {
        this.writeBack = writeBack;
    }

    /** A file stays still. */
    void begin(long call, CachedFile file, Trails.Held kept) {
        file.lock.lock();
        try {
            Former former = file.former;
            if (former != null) {
                file.changes++;
                former.changes++;
                former.still = true;
                held.put(Trails.key(call), new Holding(file, kept));
            }
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * A server has said once more what it answered to a call that has not been asked for again yet. It says that before
     * anything else, and means by what it says next the file as it is since: so what is cached has to be as it will be
     * when the call is answered.
     */
    void answeredBefore(ServerLink link, ServerFrame answer) {
        for (Holding holding : held.values()) {
            CallTrail.Step step = holding.kept.step();
            if (holding.file.link.equals(link) && step.kind() != Trail.WRITE && step.number() == answer.getSeq()) {
                takeIn(holding, step.kind(), answer);
            }
        }
    }

    private static void takeIn(Holding holding, int kind, ServerFrame answer) {
        CachedFile file = holding.file;
        Attributes told = answer.hasOpen()
                ? answer.getOpen().getAttributes()
                : answer.getAttributes().getAttributes();
        if (answer.hasError()
                || holding.kept.isTakenIn()
                || !told.getFile().equals(Wire.toWire(file.id))) { // another file had got the name
            return;
        }
        if (answer.hasAttributes()) {
            boolean resized = kind == ClientFrame.SET_ATTRIBUTES_FIELD_NUMBER;
            long _ = ServerChange.takeIn(file, answer.getAttributes(), resized ? told.getSize() : 0);
        } else if (!answer.getOpen().getCreated()) {
            emptied(file, answer.getOpen());
        }
        holding.kept.takesIn(); // once the file's size is kept, and before others may write
    }

    private static void emptied(CachedFile file, OpenReply opened) {
        file.lock.lock();
        try {
            long _ = file.truncated(0);
            file.adopt(opened.getAttributes(), false);
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }

    /** The current call holds a file now, or did in the life before. */
    void renewed(CachedFile file) {
        Holding before = ofCurrentCall();
        if (before != null && before.file.equals(file)) {
            letGo(before);
        }
    }

    /** The current call begins anew, with what has to be done before it holds a file. */
    void beginsAnew() {
        Holding before = ofCurrentCall();
        if (before != null) {
            letGo(before);
        }
    }

    private @Nullable Holding ofCurrentCall() {
        Call call = held.isEmpty() ? null : Call.current();
        return call == null ? null : held.get(Trails.key(call.number()));
    }

    /** The kernel has the answer to a call, now or since the life before. */
    void end(long call) {
        Holding rest = held.remove(call);
        if (rest != null) {
            letGo(rest);
        }
    }

    /** The session of the life before is lost. */
    void sessionLost(ServerLink link) {
        for (Holding holding : held.values()) {
            if (holding.file.link.equals(link)) {
                holding.kept.sessionLost();
            }
        }
    }

    private void letGo(Holding holding) {
        CachedFile file = holding.file;
        file.lock.lock();
        try {
            if (holding.over) {
                return;
            }
            holding.over = true;
            Former former = file.former;
            if (former != null) {
                former.changes--;
                former.still &= file.recovering || former.changes > 0;
            }
            Changes.letGo(file, writeBack);
        } finally {
            file.lock.unlock();
        }
    }
}
