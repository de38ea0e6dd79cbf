package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;

/** A cached block. Confined to one thread. */
final class Block {
    long value;
    boolean dirty;
    int inFlight;
    /** Written here since the server last got it; all but the last were overwritten here. */
    final List<Unsynced> unsynced = new ArrayList<>();

    /** A finished write that only this client knows. */
    record Unsynced(long value, Sizes.Change grown) {}

    Block(long value) {
        this.value = value;
    }

    void write(long newest, Sizes.Change grown) {
        value = newest;
        dirty = true;
        unsynced.add(new Unsynced(newest, grown));
    }

    /** The server has {@code sent}. */
    void arrived(long sent) {
        if (unsynced.stream().anyMatch(u -> u.value() == sent)) {
            while (unsynced.removeFirst().value() != sent) {
                // older ones were overwritten before they could be seen
            }
        }
        if (value == sent) {
            dirty = false;
        }
    }
}
