package sprite.consistency;

import java.util.ArrayList;
import java.util.List;

/**
 * The server itself changes the file's data for a client: nobody is let in until it is done. Ended by
 * {@link Event.Changed} alone, not by the client's death: what the server began, it finishes. Immutable.
 */
public record Changing(Settled now, Event.Change change, List<Event.Request> queued) implements FileConsistency {

    public Changing {
        queued = List.copyOf(queued);
    }

    Changing queue(Event.Request later) {
        List<Event.Request> longer = new ArrayList<>(queued);
        longer.add(later);
        return new Changing(now, change, longer);
    }

    Changing with(Settled changed) {
        return new Changing(changed, change, queued);
    }

    Changing died(ClientId client) {
        return new Changing(now.forget(client), change, except(client, queued));
    }

    Step changed(Event.Changed changed) {
        return changed.seq().equals(change.seq()) ? FileConsistency.resume(Step.quiet(now), queued) : Step.quiet(this);
    }

    /** The requests of all but one client. */
    static List<Event.Request> except(ClientId client, List<Event.Request> requests) {
        return requests.stream().filter(r -> !r.client().equals(client)).toList();
    }
}
