package sprite.client.session;

import java.util.concurrent.locks.ReentrantLock;
import sprite.client.box.KeptSession;
import sprite.client.call.Call;
import sprite.client.call.Trail;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Welcome;

/**
 * Numbers requests. What is asked for a program is noted first: if this client is killed, the kernel asks for it again,
 * of the client's next life, which asks the server under the same number. Until the kernel has the answer, the server
 * is to keep its own. Confined to the session's lock, but for {@link #release}, which takes it.
 */
final class Numbering {
    private final Unanswered pending;
    private final KeptSession kept;
    private final boolean wasRecovering;
    private boolean inherited;
    private final ReentrantLock lock;

    Numbering(Unanswered pending, Origin origin, ReentrantLock lock) {
        this.pending = pending;
        this.kept = origin.kept();
        this.wasRecovering = origin.former().getRecovering();
        this.inherited = origin.former().hasWelcome();
        this.lock = lock;
    }

    /** Whether the life before was telling the server what it had when it ended. */
    boolean wasRecovering() {
        return wasRecovering;
    }

    /**
     * Of this session from now on. Returns whether it is that of the client's life before, in which this one has not
     * been heard.
     *
     * @param fresh the session before is lost
     */
    boolean welcomed(Welcome welcome, boolean fresh) {
        if (fresh) {
            kept.recovering(true); // first, or the next life would not know
        }
        kept.welcome(welcome);
        boolean returns = inherited && !fresh;
        inherited = false;
        return returns;
    }

    /** The server knows of everything again. */
    void recovered() {
        kept.recovering(false);
    }

    PendingCall number(ClientFrame.Builder request, ServerLink.Installer installer) {
        Call program = Call.current();
        Trail trail = Call.currentTrail();
        if (program == null || !trail.isKept() || !PendingCall.hasEffect(request)) {
            return pending.add(request, installer);
        }
        int kind = request.getBodyCase().getNumber();
        long before = trail.taken(kind, kept.number());
        PendingCall call = before == 0 ? pending.add(request, installer) : pending.again(before, request, installer);
        long seq = call.frame().getSeq();
        pending.hold(seq);
        if (before == 0) {
            trail.asks(kind, kept.number(), seq);
        }
        program.whenAnswered(() -> release(seq));
        return call;
    }

    /** The kernel has the answer for which something was asked, or does not want it any more. */
    void release(long seq) {
        lock.lock();
        try {
            pending.release(seq);
        } finally {
            lock.unlock();
        }
    }
}
