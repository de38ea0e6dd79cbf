package sprite.consistency;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the server knows about one file: settled, or waiting for clients to obey, or for the disk to have what a former
 * writer wrote, or being changed by the server itself. Never two of these.
 *
 * <p>Invariants. (1) While a client has the file open for writing and another has it open at all, no client that has it
 * open caches it. (2) Only {@code lastWriter} may hold dirty blocks, and while there is one, no other client has the
 * file open. (3) A client that may hold dirty blocks is recalled, never merely invalidated. Immutable.
 */
public sealed interface FileConsistency permits Settled, Recalling, Committing, Changing {

    /** A file that nobody uses. */
    static FileConsistency unused(Version version) {
        return unused(version, Raised.unknown(version));
    }

    /** A file that nobody uses. {@code raised} says whose doing its version is. */
    static FileConsistency unused(Version version, Raised raised) {
        return new Settled(version, raised, null, OpenSeq.NONE, Collections.emptySortedMap());
    }

    /** Total: every state answers every event, and the compiler checks it. */
    static Step step(FileConsistency state, Event event) {
        return switch (state) {
            case Settled settled ->
                switch (event) {
                    case Event.Request request -> settled.ask(request);
                    case Event.Close close -> Step.quiet(settled.close(close));
                    case Event.WrittenBack clean -> Step.quiet(settled.writtenBack(clean));
                    case Event.Done _ -> Step.quiet(settled); // late: the client died meanwhile and is forgotten
                    case Event.Changed _, Event.Committed _ -> Step.quiet(settled);
                    case Event.Died died -> Step.quiet(settled.forget(died.client()));
                };
            case Recalling recalling ->
                switch (event) {
                    case Event.Request request -> Step.quiet(recalling.queue(request));
                    case Event.Close close ->
                        Step.quiet(recalling.with(recalling.now().close(close)));
                    case Event.WrittenBack clean ->
                        Step.quiet(recalling.with(recalling.now().writtenBack(clean)));
                    case Event.Done done -> recalling.done(done);
                    case Event.Changed _, Event.Committed _ -> Step.quiet(recalling);
                    case Event.Died died -> recalling.died(died.client());
                };
            case Committing committing ->
                switch (event) {
                    case Event.Request request -> Step.quiet(committing.queue(request));
                    case Event.Close close ->
                        Step.quiet(committing.with(committing.now().close(close)));
                    case Event.WrittenBack clean ->
                        Step.quiet(committing.with(committing.now().writtenBack(clean)));
                    case Event.Done _, Event.Changed _ -> Step.quiet(committing);
                    case Event.Committed committed -> committing.committed(committed);
                    case Event.Died died -> Step.quiet(committing.died(died.client()));
                };
            case Changing changing ->
                switch (event) {
                    case Event.Request request -> Step.quiet(changing.queue(request));
                    case Event.Close close ->
                        Step.quiet(changing.with(changing.now().close(close)));
                    case Event.WrittenBack clean ->
                        Step.quiet(changing.with(changing.now().writtenBack(clean)));
                    case Event.Done _, Event.Committed _ -> Step.quiet(changing);
                    case Event.Changed changed -> changing.changed(changed);
                    case Event.Died died -> Step.quiet(changing.died(died.client()));
                };
        };
    }

    /** {@code first}, and after it what the requests bring that had to wait, in arrival order. */
    static Step resume(Step first, List<Event.Request> queued) {
        FileConsistency state = first.next();
        List<Effect> effects = new ArrayList<>(first.effects());
        for (Event.Request next : queued) {
            Step step = step(state, next);
            state = step.next();
            effects.addAll(step.effects());
        }
        return new Step(state, effects);
    }

    /** What is true of the file at this moment, whether or not a request waits. */
    Settled now();

    /** Whether nothing is known that a fresh {@link #unused} would not know. */
    default boolean isUnused() {
        return this instanceof Settled settled
                && settled.lastWriter() == null
                && settled.uses().isEmpty();
    }

    /**
     * The client that knows size and times better than the server, because it may be writing to its cache at this
     * moment; null if the server knows, or if it is the asker itself.
     */
    default @Nullable ClientId attributeAuthority(ClientId asker) {
        ClientId writer = now().lastWriter();
        return writer != null && !writer.equals(asker) && now().use(writer).writers() > 0 ? writer : null;
    }

    /** Whether {@code client} could keep a copy of the attributes: nobody else can change them without an open. */
    default boolean attributesMayBeCachedBy(ClientId client) {
        Use own = now().use(client);
        return !now().othersWrite(client) && (own.writers() == 0 || own.cached());
    }

    /** Whether dirty blocks of {@code client} are welcome, and its report of size and times counts. */
    default boolean mayWriteBack(ClientId client) {
        return client.equals(now().lastWriter());
    }

    /** Whether an uncached write of {@code client} is welcome. */
    default boolean mayWrite(ClientId client) {
        return now().use(client).writers() > 0;
    }
}
