package sprite.client.session;

import java.util.concurrent.atomic.AtomicReference;
import sprite.common.wire.proto.Welcome;

/**
 * How much of what a server has answered is on its disk, and what its machine has lost, by the commit stamps of the
 * answers. Immutable.
 *
 * @param boot the run of the server's machine; empty before the first Welcome
 * @param before stamps of earlier runs up to this one were committed; what lies between it and {@code begin} is lost
 * @param begin the lowest stamp of this run
 * @param upTo stamps of this run up to here are committed
 */
public record Committed(String boot, long before, long begin, long upTo) {
    /** Of a server that has said nothing. */
    public static final Committed NOTHING = new Committed("", 0, 0, 0);

    /** Whether what is covered by a stamp is on the disk. */
    public boolean covers(long stamp) {
        return stamp <= before || (stamp >= begin && stamp <= upTo);
    }

    /** Whether the machine has forgotten what is covered by a stamp, or may have. */
    public boolean isLost(long stamp) {
        return stamp > before && stamp < begin;
    }

    /** A server has said which run of the machine it is in. What it wrote in earlier lives of the same is committed. */
    Committed welcomed(Welcome welcome) {
        long first = welcome.getServerEpoch() << 32;
        return boot.isEmpty() || welcome.getBoot().equals(boot)
                ? new Committed(welcome.getBoot(), before, begin, Math.max(upTo, first))
                : new Committed(welcome.getBoot(), Math.max(before, upTo), first, first);
    }

    /** A server has said how far it is; perhaps an earlier one, which may be heard late. */
    Committed heard(long stamp) {
        return stamp >= begin
                ? new Committed(boot, before, begin, Math.max(upTo, stamp))
                : new Committed(boot, Math.max(before, stamp), begin, upTo);
    }

    /** The latest news. Thread-safe. */
    static final class News {
        private final AtomicReference<Committed> latest = new AtomicReference<>(NOTHING);

        Committed now() {
            return latest.get();
        }

        void welcomed(Welcome welcome) {
            Committed _ = latest.updateAndGet(known -> known.welcomed(welcome));
        }

        void heard(long stamp) {
            Committed _ = latest.updateAndGet(known -> known.heard(stamp));
        }
    }
}
