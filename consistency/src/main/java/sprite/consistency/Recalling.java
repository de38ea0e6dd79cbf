package sprite.consistency;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks are out for a request. Later requests queue behind it, in arrival order; closes, write-backs and deaths
 * take effect at once. No lock is held: this state is what is held. Immutable.
 *
 * @param request that waits; null if its client died meanwhile, but others still have to obey
 * @param owing clients that have not answered yet; never empty
 * @param noSpace whether one of those that answered could not write back
 */
public record Recalling(
        Settled now,
        Event.@Nullable Request request,
        SortedSet<ClientId> owing,
        boolean noSpace,
        List<Event.Request> queued)
        implements FileConsistency {

    public Recalling {
        owing = Collections.unmodifiableSortedSet(new TreeSet<>(owing));
        queued = List.copyOf(queued);
    }

    Recalling queue(Event.Request later) {
        List<Event.Request> longer = new ArrayList<>(queued);
        longer.add(later);
        return new Recalling(now, request, owing, noSpace, longer);
    }

    Recalling with(Settled changed) {
        return new Recalling(changed, request, owing, noSpace, queued);
    }

    Step done(Event.Done done) {
        if (!owing.contains(done.client())) {
            return Step.quiet(this);
        }
        return switch (done.outcome()) {
            case OBEYED -> with(now.recalled(done.client())).without(done.client(), noSpace);
            case NO_SPACE -> with(now.stillCaching(done.client())).without(done.client(), true);
        };
    }

    /** The dead ask for nothing any more and owe nothing any more. */
    Step died(ClientId client) {
        Event.Request left = request != null && request.client().equals(client) ? null : request;
        Recalling mourning = new Recalling(now.forget(client), left, owing, noSpace, Changing.except(client, queued));
        return owing.contains(client) ? mourning.without(client, noSpace) : Step.quiet(mourning);
    }

    private Step without(ClientId client, boolean full) {
        SortedSet<ClientId> fewer = new TreeSet<>(owing);
        fewer.remove(client);
        return fewer.isEmpty()
                ? FileConsistency.resume(answer(full), queued)
                : Step.quiet(new Recalling(now, request, fewer, full, queued));
    }

    /** Everybody has answered. What is decided now counts closes that came meanwhile. */
    private Step answer(boolean full) {
        if (request == null) {
            return Step.quiet(now);
        }
        // Data that did not fit keeps the request out only while it is there: its writer may have died since.
        return full && now.lastWriter() != null
                ? new Step(now, List.of(new Effect.Refuse(request.client(), request.seq(), Effect.Reason.NO_SPACE)))
                : now.handOver(request);
    }
}
