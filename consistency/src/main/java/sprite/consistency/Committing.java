package sprite.consistency;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file passes from one writer to another: what the former wrote goes to the server's disk first, so that nobody has
 * to keep it who will not be the newest writer any more. Nobody has been let in, no version been raised. Ended by
 * {@link Event.Committed} alone. Immutable.
 *
 * @param request that waits; null if its client died meanwhile
 * @param seq of the request
 */
// See "Hand-over" in the design notes.
public record Committing(Settled now, Event.@Nullable Request request, OpenSeq seq, List<Event.Request> queued)
        implements FileConsistency {

    public Committing {
        queued = List.copyOf(queued);
    }

    Committing queue(Event.Request later) {
        List<Event.Request> longer = new ArrayList<>(queued);
        longer.add(later);
        return new Committing(now, request, seq, longer);
    }

    Committing with(Settled changed) {
        return new Committing(changed, request, seq, queued);
    }

    Committing died(ClientId client) {
        Event.Request left = request != null && request.client().equals(client) ? null : request;
        return new Committing(now.forget(client), left, seq, Changing.except(client, queued));
    }

    /** What is decided now counts closes that came meanwhile. */
    Step committed(Event.Committed committed) {
        if (!committed.seq().equals(seq)) {
            return Step.quiet(this);
        }
        return FileConsistency.resume(answer(committed.done()), queued);
    }

    private Step answer(boolean done) {
        if (request == null) {
            return Step.quiet(now);
        }
        return done
                ? now.grant(request)
                : new Step(
                        now, List.of(new Effect.Refuse(request.client(), request.seq(), Effect.Reason.NOT_COMMITTED)));
    }
}
