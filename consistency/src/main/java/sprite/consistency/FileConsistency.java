package sprite.consistency;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the server knows about one file: settled, or waiting for clients to obey. Never both.
 *
 * <p>Invariants. (1) While a client has the file open for writing and another has it open at all, no client that has it
 * open caches it. (2) Only {@code lastWriter} may hold dirty blocks, and while there is one, no other client has the
 * file open. (3) A client that may hold dirty blocks is recalled, never merely invalidated. Immutable.
 */
public sealed interface FileConsistency {

    /** A file that nobody uses. */
    static FileConsistency unused(Version version) {
        return new Settled(version, null, OpenSeq.NONE, Collections.emptySortedMap());
    }

    /** Total: every state answers every event, and the compiler checks it. */
    static Step step(FileConsistency state, Event event) {
        return switch (state) {
            case Settled settled ->
                switch (event) {
                    case Event.Open open -> settled.open(open);
                    case Event.Close close -> Step.quiet(settled.close(close));
                    case Event.WrittenBack clean -> Step.quiet(settled.writtenBack(clean));
                    case Event.Done _ -> Step.quiet(settled); // late: the client died meanwhile and is forgotten
                    case Event.Died died -> Step.quiet(settled.forget(died.client()));
                };
            case Recalling recalling ->
                switch (event) {
                    case Event.Open open -> Step.quiet(recalling.queue(open));
                    case Event.Close close -> Step.quiet(recalling.with(recalling.now.close(close)));
                    case Event.WrittenBack clean -> Step.quiet(recalling.with(recalling.now.writtenBack(clean)));
                    case Event.Done done -> recalling.done(done);
                    case Event.Died died -> recalling.died(died.client());
                };
        };
    }

    /** What is true of the file at this moment, whether or not an open waits. */
    Settled now();

    /** Whether nothing is known that a fresh {@link #unused} would not know. */
    default boolean isUnused() {
        return this instanceof Settled settled && settled.lastWriter == null && settled.uses.isEmpty();
    }

    /**
     * The client that knows size and times better than the server, because it may be writing to its cache at this
     * moment; null if the server knows, or if it is the asker itself.
     */
    default @Nullable ClientId attributeAuthority(ClientId asker) {
        ClientId writer = now().lastWriter;
        return writer != null && !writer.equals(asker) && now().use(writer).writers() > 0 ? writer : null;
    }

    /** Whether {@code client} could keep a copy of the attributes: nobody else can change them without an open. */
    default boolean attributesMayBeCachedBy(ClientId client) {
        Use own = now().use(client);
        return !now().othersWrite(client) && (own.writers() == 0 || own.cached());
    }

    /** Nobody owes us anything. {@code lastWriter} may hold dirty blocks even after closing. */
    record Settled(Version version, @Nullable ClientId lastWriter, OpenSeq lastWriterSeq, SortedMap<ClientId, Use> uses)
            implements FileConsistency {

        public Settled {
            uses = Collections.unmodifiableSortedMap(new TreeMap<>(uses));
        }

        @Override
        public Settled now() {
            return this;
        }

        /** How {@code client} uses the file; {@link Use#NONE} if it does not. */
        public Use use(ClientId client) {
            return uses.getOrDefault(client, Use.NONE);
        }

        private boolean othersWrite(ClientId client) {
            return uses.entrySet().stream()
                    .anyMatch(e -> !e.getKey().equals(client) && e.getValue().writers() > 0);
        }

        private boolean othersUse(ClientId client) {
            return uses.keySet().stream().anyMatch(c -> !c.equals(client));
        }

        /**
         * Whether {@code client} could cache after this open. Its earlier opens count too: a reader that still has the
         * file open for writing writes (Sprite looked at the new open only, see "Second Descriptor" in
         * DESIGN-NOTES.md).
         */
        private boolean cacheable(ClientId client, OpenMode mode) {
            boolean writes = mode.write() || use(client).writers() > 0;
            return !othersWrite(client) && !(writes && othersUse(client));
        }

        private Step open(Event.Open open) {
            if (textBusy(open)) {
                return new Step(this, List.of(new Effect.Refuse(open.client(), open.seq(), Effect.Reason.TEXT_BUSY)));
            }
            List<Effect> effects = new ArrayList<>();
            Settled raised = this;
            if (open.mode().write()) {
                raised = new Settled(version.next(), lastWriter, lastWriterSeq, uses);
                effects.add(new Effect.RaiseVersion(open.client(), raised.version));
            }
            List<Effect.Recall> recalls = raised.recallsFor(open);
            if (recalls.isEmpty()) {
                return raised.granted(open, effects);
            }
            effects.addAll(recalls);
            SortedSet<ClientId> owing = new TreeSet<>();
            SortedMap<ClientId, Use> told = new TreeMap<>(uses);
            for (Effect.Recall recall : recalls) {
                owing.add(recall.client());
                if (recall.invalidate()) {
                    told.computeIfPresent(recall.client(), (_, use) -> use.withCached(false));
                }
            }
            Settled waiting = new Settled(raised.version, raised.lastWriter, raised.lastWriterSeq, told);
            return new Step(new Recalling(waiting, open, owing, false, List.of()), effects);
        }

        private boolean textBusy(Event.Open open) {
            return (open.mode().execute() && uses.values().stream().anyMatch(u -> u.writers() > 0))
                    || (open.mode().write() && uses.values().stream().anyMatch(u -> u.executors() > 0));
        }

        /** Cases 1 to 6 of StartConsistency. Never the opener: it mends its own cache from the reply. */
        private List<Effect.Recall> recallsFor(Event.Open open) {
            ClientId opener = open.client();
            boolean cacheable = cacheable(opener, open.mode());
            List<Effect.Recall> recalls = new ArrayList<>();
            if (lastWriter != null && !lastWriter.equals(opener)) {
                // Cases 4 and 6, and trap 2: whoever may be dirty is recalled, open or closed, whatever the reason.
                boolean invalidate = !cacheable || open.mode().write();
                recalls.add(new Effect.Recall(lastWriter, true, invalidate));
            }
            if (!cacheable) {
                uses.forEach((client, use) -> {
                    if (!client.equals(opener) && !client.equals(lastWriter) && use.cached()) {
                        recalls.add(new Effect.Recall(client, false, true)); // case 5
                    }
                });
            }
            return recalls;
        }

        /** The open goes through: nobody stands in its way any more. */
        private Step granted(Event.Open open, List<Effect> before) {
            ClientId opener = open.client();
            boolean cacheable = cacheable(opener, open.mode());
            SortedMap<ClientId, Use> with = new TreeMap<>(uses);
            Use use = use(opener).plus(open.mode(), cacheable, open.seq());
            with.put(opener, use);
            // Trap 17: a client that caches and can write is the last writer, whichever open made it so.
            boolean mayDirty = cacheable && use.writers() > 0;
            boolean stays = opener.equals(lastWriter);
            ClientId writer = mayDirty ? opener : lastWriter;
            OpenSeq writerSeq = mayDirty || stays ? open.seq() : lastWriterSeq;
            List<Effect> effects = new ArrayList<>(before);
            effects.add(new Effect.Reply(opener, open.seq(), version, cacheable));
            return new Step(new Settled(version, writer, writerSeq, with), effects);
        }

        private Settled close(Event.Close close) {
            ClientId client = close.client();
            if (!uses.containsKey(client)) {
                return this;
            }
            Use left = use(client).minus(close.mode());
            SortedMap<ClientId, Use> with = new TreeMap<>(uses);
            if (left.opens() == 0) {
                with.remove(client);
            } else {
                with.put(client, left);
            }
            boolean clean = client.equals(lastWriter) && !close.dirty() && left.writers() == 0;
            return new Settled(version, clean ? null : lastWriter, lastWriterSeq, with);
        }

        private Settled writtenBack(Event.WrittenBack clean) {
            boolean news = clean.client().equals(lastWriter)
                    && clean.seq().equals(lastWriterSeq)
                    && use(clean.client()).writers() == 0;
            return news ? new Settled(version, null, lastWriterSeq, uses) : this;
        }

        private Settled forget(ClientId client) {
            SortedMap<ClientId, Use> with = new TreeMap<>(uses);
            with.remove(client);
            return new Settled(version, client.equals(lastWriter) ? null : lastWriter, lastWriterSeq, with);
        }

        private Settled recalled(ClientId client) {
            return client.equals(lastWriter) ? new Settled(version, null, lastWriterSeq, uses) : this;
        }

        private Settled stillCaching(ClientId client) {
            SortedMap<ClientId, Use> with = new TreeMap<>(uses);
            with.computeIfPresent(client, (_, use) -> use.withCached(true));
            return new Settled(version, lastWriter, lastWriterSeq, with);
        }
    }

    /**
     * Callbacks are out for {@code open}. Later opens queue behind it, in arrival order; closes, write-backs and deaths
     * take effect at once. No lock is held: this state is what is held.
     *
     * @param owing clients that have not answered yet; never empty
     * @param noSpace whether one of those that answered could not write back
     */
    record Recalling(Settled now, Event.Open open, SortedSet<ClientId> owing, boolean noSpace, List<Event.Open> queued)
            implements FileConsistency {

        public Recalling {
            owing = Collections.unmodifiableSortedSet(new TreeSet<>(owing));
            queued = List.copyOf(queued);
        }

        private Recalling queue(Event.Open later) {
            List<Event.Open> longer = new ArrayList<>(queued);
            longer.add(later);
            return new Recalling(now, open, owing, noSpace, longer);
        }

        private Recalling with(Settled changed) {
            return new Recalling(changed, open, owing, noSpace, queued);
        }

        private Step done(Event.Done done) {
            if (!owing.contains(done.client())) {
                return Step.quiet(this);
            }
            return switch (done.outcome()) {
                case OBEYED -> without(done.client(), now.recalled(done.client()), noSpace);
                case NO_SPACE -> without(done.client(), now.stillCaching(done.client()), true);
            };
        }

        private Step died(ClientId client) {
            Settled without = now.forget(client);
            List<Event.Open> others =
                    queued.stream().filter(o -> !o.client().equals(client)).toList();
            Recalling left = new Recalling(without, open, owing, noSpace, others);
            return owing.contains(client) ? left.without(client, without, noSpace) : Step.quiet(left);
        }

        private Step without(ClientId client, Settled changed, boolean full) {
            SortedSet<ClientId> fewer = new TreeSet<>(owing);
            fewer.remove(client);
            return fewer.isEmpty()
                    ? answer(changed, full)
                    : Step.quiet(new Recalling(changed, open, fewer, full, queued));
        }

        /** Everybody has answered. What is decided now counts closes that came meanwhile. */
        private Step answer(Settled settled, boolean full) {
            Step first = full
                    ? new Step(settled, List.of(new Effect.Refuse(open.client(), open.seq(), Effect.Reason.NO_SPACE)))
                    : settled.granted(open, List.of());
            FileConsistency state = first.next();
            List<Effect> effects = new ArrayList<>(first.effects());
            for (Event.Open next : queued) {
                Step step = step(state, next);
                state = step.next();
                effects.addAll(step.effects());
            }
            return new Step(state, effects);
        }
    }
}
