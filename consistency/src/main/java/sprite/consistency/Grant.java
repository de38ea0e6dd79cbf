package sprite.consistency;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Permission to cache one thing that is not file data: the names of a directory, or the attributes of a file. Many may
 * hold it; whoever changes the thing first takes it from all others. While a change is under way nobody is granted
 * anything, so a change always comes to its turn.
 *
 * <p>Invariant: a change is carried out only when {@link #isClearFor} says so; therefore a holder's copy is the truth.
 * Immutable.
 *
 * @param holders who may cache
 * @param owing who was told to forget and has not said that it did
 * @param changes changes under way
 */
public record Grant(SortedSet<ClientId> holders, SortedSet<ClientId> owing, int changes) {
    /** Held by nobody. */
    public static final Grant NOBODY = new Grant(Collections.emptySortedSet(), Collections.emptySortedSet(), 0);

    public Grant {
        holders = Collections.unmodifiableSortedSet(new TreeSet<>(holders));
        owing = Collections.unmodifiableSortedSet(new TreeSet<>(owing));
    }

    /** The state after a change was announced, and whom to tell to forget. Immutable. */
    public record Announced(Grant next, SortedSet<ClientId> revoked) {}

    /** Whether a reader could be granted at this moment. */
    public boolean isOpen() {
        return changes == 0 && owing.isEmpty();
    }

    /** With {@code client} as a holder. Only while {@link #isOpen}. */
    public Grant granted(ClientId client) {
        if (!isOpen()) {
            throw new IllegalStateException("granted during a change");
        }
        SortedSet<ClientId> more = new TreeSet<>(holders);
        more.add(client);
        return new Grant(more, owing, changes);
    }

    /** A change by {@code changer} begins: everybody else has to forget. */
    public Announced announce(ClientId changer) {
        SortedSet<ClientId> revoked = new TreeSet<>(holders);
        revoked.remove(changer);
        SortedSet<ClientId> kept = new TreeSet<>(holders);
        kept.removeAll(revoked);
        SortedSet<ClientId> debts = new TreeSet<>(owing);
        debts.addAll(revoked);
        return new Announced(new Grant(kept, debts, changes + 1), revoked);
    }

    /** Whether the change of {@code changer} may be carried out. */
    public boolean isClearFor(ClientId changer) {
        return owing.isEmpty() && holders.stream().allMatch(changer::equals);
    }

    /** A change is over, done or given up. */
    public Grant finished() {
        return new Grant(holders, owing, Math.max(0, changes - 1));
    }

    /** {@code client} has forgotten. */
    public Grant obeyed(ClientId client) {
        SortedSet<ClientId> debts = new TreeSet<>(owing);
        debts.remove(client);
        return new Grant(holders, debts, changes);
    }

    /** The server takes the grant from one holder, to keep its table within bounds; the holder has to forget. */
    public Grant recalled(ClientId client) {
        SortedSet<ClientId> fewer = new TreeSet<>(holders);
        fewer.remove(client);
        SortedSet<ClientId> debts = new TreeSet<>(owing);
        debts.add(client);
        return new Grant(fewer, debts, changes);
    }

    /** {@code client} is dead or has left. */
    public Grant died(ClientId client) {
        SortedSet<ClientId> fewer = new TreeSet<>(holders);
        fewer.remove(client);
        SortedSet<ClientId> debts = new TreeSet<>(owing);
        debts.remove(client);
        return new Grant(fewer, debts, changes);
    }

    /** Whether nothing needs remembering. */
    public boolean isNobody() {
        return holders.isEmpty() && owing.isEmpty() && changes == 0;
    }
}
