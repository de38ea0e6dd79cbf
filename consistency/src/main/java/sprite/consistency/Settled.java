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
 * A file at rest: nobody owes the server anything. Immutable.
 *
 * @param raised whose doing the version is
 * @param lastWriter the one client that may hold dirty blocks, even after closing; null if nobody does
 * @param lastWriterSeq of the latest open of the last writer
 * @param uses of the clients that have the file open
 */
public record Settled(
        Version version,
        Raised raised,
        @Nullable ClientId lastWriter,
        OpenSeq lastWriterSeq,
        SortedMap<ClientId, Use> uses)
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

    boolean othersWrite(ClientId client) {
        return uses.entrySet().stream()
                .anyMatch(e -> !e.getKey().equals(client) && e.getValue().writers() > 0);
    }

    private boolean othersUse(ClientId client) {
        return uses.keySet().stream().anyMatch(c -> !c.equals(client));
    }

    /**
     * Whether {@code client} could cache after this request. Its earlier opens count too: a reader that still has the
     * file open for writing writes (Sprite looked at the new open only).
     */
    // See "Second Descriptor" in the design notes.
    private boolean cacheable(ClientId client, boolean writes) {
        boolean anyWrites = writes || use(client).writers() > 0;
        return !othersWrite(client) && !(anyWrites && othersUse(client));
    }

    /** A request comes: refused, granted, or granted later, when those that stand in its way have obeyed. */
    Step ask(Event.Request request) {
        Effect.Reason refusal = refusal(request);
        if (refusal != null) {
            return new Step(this, List.of(new Effect.Refuse(request.client(), request.seq(), refusal)));
        }
        List<Effect.Recall> recalls = recallsFor(request);
        if (recalls.isEmpty()) {
            return handOver(request);
        }
        SortedSet<ClientId> owing = new TreeSet<>();
        SortedMap<ClientId, Use> told = new TreeMap<>(uses);
        for (Effect.Recall recall : recalls) {
            owing.add(recall.client());
            if (recall.invalidate()) {
                told.computeIfPresent(recall.client(), (_, use) -> use.withCached(false));
            }
        }
        Settled waiting = new Settled(version, raised, lastWriter, lastWriterSeq, told);
        return new Step(new Recalling(waiting, request, owing, false, List.of()), List.copyOf(recalls));
    }

    private Effect.@Nullable Reason refusal(Event.Request request) {
        return switch (request) {
            case Event.Open open -> textBusy(open) ? Effect.Reason.TEXT_BUSY : null;
            case Event.Change _ -> isExecuted() ? Effect.Reason.TEXT_BUSY : null;
            case Event.Reopen reopen -> {
                if (!reopen.version().isCredible(version)) {
                    yield Effect.Reason.IMPOSSIBLE_VERSION;
                }
                yield outdated(reopen) ? Effect.Reason.VERSION_MISMATCH : null;
            }
        };
    }

    private boolean textBusy(Event.Open open) {
        return (open.mode().execute() && uses.values().stream().anyMatch(u -> u.writers() > 0))
                || (open.mode().write() && isExecuted());
    }

    private boolean isExecuted() {
        return uses.values().stream().anyMatch(u -> u.executors() > 0);
    }

    /**
     * Somebody wrote after the client dirtied its blocks. A last writer was accepted before: it repeats itself. And one
     * that was never given up may not have heard of the newest versions, if they are its own; or have heard of versions
     * that the disk has lost with the power.
     */
    private boolean outdated(Event.Reopen reopen) {
        // See "Versions Lost" in the design notes.
        boolean lost = reopen.version().compareTo(version) > 0;
        boolean unheard = reopen.former() && (lost || raised.isOwnSince(reopen.client(), reopen.version()));
        // A version that was lost may have been given out once more, to another client.
        boolean same = reopen.version().equals(version) && (reopen.former() || !raised.isOfAnother(reopen.client()));
        return reopen.dirty() && !same && !reopen.client().equals(lastWriter) && !unheard;
    }

    /**
     * Cases 1 to 6 of StartConsistency, and the opener itself if it caches and will not any more: until the reply
     * reached it, it would go on serving its other opens from its cache, while those who came next already write.
     */
    // See "Opener Recalled" in the design notes.
    private List<Effect.Recall> recallsFor(Event.Request request) {
        ClientId asker = request.client();
        boolean cacheable = cacheable(asker, request.writes());
        List<Effect.Recall> recalls = new ArrayList<>();
        if (lastWriter != null && !lastWriter.equals(asker)) {
            // Cases 4 and 6, and trap 2: whoever may be dirty is recalled, open or closed, whatever the reason.
            recalls.add(new Effect.Recall(lastWriter, true, !cacheable || request.writes()));
        }
        if (!cacheable) {
            uses.forEach((client, use) -> {
                boolean keeps = client.equals(asker) && request instanceof Event.Change;
                if (!keeps && !client.equals(lastWriter) && use.cached()) {
                    recalls.add(new Effect.Recall(client, false, true)); // case 5
                }
            });
        }
        return recalls;
    }

    /** Nobody stands in the way any more. What another client wrote is committed before a version is raised. */
    // See "Hand-over" in the design notes.
    Step handOver(Event.Request request) {
        return raises(request) && raised.isOfAnother(request.client())
                ? new Step(
                        new Committing(this, request, request.seq(), List.of()),
                        List.of(new Effect.Commit(request.client(), request.seq())))
                : grant(request);
    }

    /** A reopen that was accepted before raises nothing; an open to read does if its client can write from now on. */
    private boolean raises(Event.Request request) {
        boolean stays = request.client().equals(lastWriter);
        return switch (request) {
            case Event.Change _ -> true;
            case Event.Reopen reopen -> reopen.writes() && !stays;
            case Event.Open open -> open.writes() || resumesWriting(open);
        };
    }

    /** Trap 17: it caches again and can write, by an open from before. Then others' version is not its own. */
    private boolean resumesWriting(Event.Open open) {
        Use use = used(open);
        return use.cached() && use.writers() > 0 && raised.isOfAnother(open.client());
    }

    private Use used(Event.Open open) {
        return use(open.client()).plus(open.mode(), cacheable(open.client(), open.writes()), open.seq());
    }

    /** The request goes through. */
    Step grant(Event.Request request) {
        return switch (request) {
            case Event.Open open -> granted(open, used(open));
            case Event.Reopen reopen -> reopened(reopen);
            case Event.Change change -> {
                Version next = version.next();
                Raised own = raised.again(change.client(), version);
                Settled changed = new Settled(next, own, lastWriter, lastWriterSeq, uses);
                yield new Step(
                        new Changing(changed, change, List.of()),
                        List.of(
                                new Effect.RaiseVersion(change.client(), next, own.after()),
                                new Effect.Reply(change.client(), change.seq(), next, false)));
            }
        };
    }

    /** What the client says it holds replaces what is known of it, so that saying it twice changes nothing. */
    private Step reopened(Event.Reopen reopen) {
        ClientId client = reopen.client();
        Use held = reopen.held();
        // Who shared the file before the restart may be about to come. See "Shared Before" in the design notes.
        boolean cacheable = cacheable(client, reopen.writes()) && (held.cached() || !reopen.former());
        Use use = new Use(held.opens(), held.writers(), held.executors(), cacheable, reopen.seq());
        return granted(reopen, use);
    }

    private Step granted(Event.Request request, Use use) {
        ClientId client = request.client();
        SortedMap<ClientId, Use> with = new TreeMap<>(uses);
        if (use.opens() > 0) {
            with.put(client, use);
        } else {
            with.remove(client);
        }
        List<Effect> effects = new ArrayList<>();
        // A version refused is a version never raised. See "Version at the Grant" in the design notes. Trap 18: dirty
        // blocks that are accepted on reopen are a new version, because others may have cached the old one.
        boolean stays = client.equals(lastWriter);
        boolean raises = raises(request);
        Version before = lastSaid(request);
        Version current = raises ? before.next() : version;
        Raised own = raises ? raised.again(client, before) : raised;
        if (raises) {
            effects.add(new Effect.RaiseVersion(client, current, own.after()));
        }
        // Trap 17: a client that caches and can write is the last writer, whichever open made it so.
        boolean acceptedDirty = request instanceof Event.Reopen reopen && reopen.dirty();
        boolean becomes = (use.cached() && use.writers() > 0) || acceptedDirty;
        effects.add(new Effect.Reply(client, request.seq(), current, use.cached()));
        Settled next = new Settled(
                current, own, becomes ? client : lastWriter, becomes || stays ? request.seq() : lastWriterSeq, with);
        return new Step(next, effects);
    }

    /** The newest version of which anybody can have heard; one that the disk has lost is above the file's own. */
    private Version lastSaid(Event.Request request) {
        // When the grace is over all who are here have heard of the file's own, or of none.
        return request instanceof Event.Reopen reopen
                        && reopen.former()
                        && reopen.version().compareTo(version) > 0
                ? reopen.version()
                : version;
    }

    Settled close(Event.Close close) {
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
        return new Settled(version, raised, clean ? null : lastWriter, lastWriterSeq, with);
    }

    Settled writtenBack(Event.WrittenBack clean) {
        boolean news = clean.client().equals(lastWriter)
                && clean.seq().equals(lastWriterSeq)
                && use(clean.client()).writers() == 0;
        return news ? new Settled(version, raised, null, lastWriterSeq, uses) : this;
    }

    Settled forget(ClientId client) {
        SortedMap<ClientId, Use> with = new TreeMap<>(uses);
        with.remove(client);
        return new Settled(version, raised, client.equals(lastWriter) ? null : lastWriter, lastWriterSeq, with);
    }

    /** {@code client} has obeyed its recall. */
    Settled recalled(ClientId client) {
        return client.equals(lastWriter) ? new Settled(version, raised, null, lastWriterSeq, uses) : this;
    }

    /** {@code client} could not obey its recall and keeps its blocks. */
    Settled stillCaching(ClientId client) {
        SortedMap<ClientId, Use> with = new TreeMap<>(uses);
        with.computeIfPresent(client, (_, use) -> use.withCached(true));
        return new Settled(version, raised, lastWriter, lastWriterSeq, with);
    }
}
