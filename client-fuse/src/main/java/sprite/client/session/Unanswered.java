package sprite.client.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.ClientFrame;

/** Requests on their way, in the order of their numbers, which are given here. Confined to its session's lock. */
final class Unanswered {
    private final Map<Long, PendingCall> calls = new LinkedHashMap<>();
    private long nextSeq = 1;

    /** Numbers a request. */
    PendingCall add(ClientFrame.Builder request, ServerLink.Installer installer) {
        long acked = acked(); // before the new number exists: it is not answered
        long seq = nextSeq++;
        PendingCall call =
                new PendingCall(request.setSeq(seq).setAckedSeq(acked).build(), installer);
        calls.put(seq, call);
        return call;
    }

    /** The request that an answer belongs to; null if nobody waits for it. */
    @Nullable
    PendingCall take(long seq) {
        return calls.remove(seq);
    }

    /** All requests up to this number have been answered. */
    long acked() {
        return calls.isEmpty() ? nextSeq - 1 : calls.keySet().iterator().next() - 1;
    }

    List<PendingCall> all() {
        return new ArrayList<>(calls.values());
    }

    void clear() {
        calls.clear();
    }
}
