package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sprite.consistency.ClientId;
import sprite.consistency.Effect;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.consistency.Recalling;
import sprite.consistency.Settled;
import sprite.consistency.Step;
import sprite.consistency.Version;

/** One file at the server, in blocks. Confined to one thread. */
final class ServerFile {
    static final int BLOCKS = 4;

    private final int index;
    private final SimServer server;
    private final Revocations attributes;
    private final long[] blocks = new long[BLOCKS];
    private final SortedMap<OpenSeq, Pending> pending = new TreeMap<>();
    private final List<Stat> stats = new ArrayList<>();
    private FileConsistency state = FileConsistency.unused(new Version(1));
    private int stored;
    private int reported = Answer.NOTHING;

    /** A request that the core has not answered yet. */
    private record Pending(ClientId client, boolean announced, Consumer<Effect.Reply> granted, Runnable refused) {}

    /** A stat that waits for a report. */
    private record Stat(ClientId client, ClientId authority, Consumer<Opened> done) {}

    ServerFile(int index, SimServer server) {
        this.index = index;
        this.server = server;
        attributes = new Revocations(
                server,
                Bug.ATTRIBUTES_NOT_REVOKED,
                Mark.ATTRIBUTES_REVOKED,
                (client, id) -> server.send(
                        client,
                        this + " revoke attributes #" + id,
                        () -> server.client(client).cache(index).revoked(id)));
    }

    // ------------------------------------------------------------------------------------------------- requests

    void open(ClientId client, OpenMode mode, Consumer<@Nullable Opened> done) {
        Runnable ask = () -> ask(
                new Event.Open(client, mode, nextSeq()),
                mode.write(),
                reply -> {
                    attributesFinished(mode.write());
                    Opened opened = opened(client, reply.seq(), reply.version(), reply.cacheable());
                    server.send(client, this + " " + opened, () -> done.accept(opened));
                },
                () -> {
                    attributesFinished(mode.write());
                    server.send(client, this + " open refused", () -> done.accept(null));
                });
        if (mode.write()) {
            attributes.change(client, ask);
        } else {
            ask.run();
        }
    }

    void truncate(ClientId client, int size, long value, Consumer<@Nullable Opened> done) {
        boolean played = server.rules().broken(Bug.CHANGE_PLAYED_AS_OPEN);
        attributes.change(client, () -> {
            OpenSeq seq = nextSeq();
            Event.Request request =
                    played ? new Event.Open(client, OpenMode.WRITE, seq) : new Event.Change(client, seq);
            Event end = played ? new Event.Close(client, OpenMode.WRITE, false) : new Event.Changed(client, seq);
            ask(
                    request,
                    true,
                    reply -> server.agenda().after(server.agenda().random(10), () -> {
                        cut(size, value);
                        attributes.finished();
                        Opened opened = opened(client, seq, reply.version(), false);
                        server.send(client, this + " truncated to " + size, () -> done.accept(opened));
                        take(end);
                    }),
                    () -> {
                        attributes.finished();
                        server.send(client, this + " truncation refused", () -> done.accept(null));
                    });
        });
    }

    void stat(ClientId client, Consumer<Opened> done) {
        ClientId authority = state.attributeAuthority(client);
        if (authority == null) {
            answer(client, size(), done);
            return;
        }
        server.history().mark(Mark.STAT_ASKS_AUTHORITY);
        Stat stat = new Stat(client, authority, done);
        stats.add(stat);
        long id = server.callback(answer -> reported(stat, answer.size()));
        server.send(
                authority,
                this + " report attributes #" + id,
                () -> server.client(authority).cache(index).report(id));
    }

    private void reported(Stat stat, int size) {
        if (!stats.remove(stat)) {
            return;
        }
        if (size != Answer.NOTHING && stat.authority().equals(state.attributeAuthority(stat.client()))) {
            answer(stat.client(), size, stat.done());
        } else {
            stat(stat.client(), stat.done());
        }
    }

    private void answer(ClientId client, int size, Consumer<Opened> done) {
        boolean granted = attributes.offer(client, state.attributesMayBeCachedBy(client));
        Opened answer = new Opened(state.now().version(), OpenSeq.NONE, false, size, granted);
        server.send(client, this + " stat " + answer, () -> done.accept(answer));
    }

    private Opened opened(ClientId client, OpenSeq seq, Version version, boolean cacheable) {
        boolean mayHold = state.attributesMayBeCachedBy(client);
        if (!mayHold) {
            attributes.takeBackFrom(client);
        }
        return new Opened(version, seq, cacheable, size(), attributes.offer(client, mayHold));
    }

    private void ask(Event.Request request, boolean announced, Consumer<Effect.Reply> granted, Runnable refused) {
        if (server.isDead(request.client())) {
            attributesFinished(announced);
            return;
        }
        pending.put(request.seq(), new Pending(request.client(), announced, granted, refused));
        take(request);
    }

    private void attributesFinished(boolean announced) {
        if (announced) {
            attributes.finished();
        }
    }

    // ------------------------------------------------------------------------------------- what clients tell

    void close(ClientId client, OpenMode mode, boolean dirty, int size) {
        accept(client, size);
        take(new Event.Close(client, mode, dirty));
    }

    void writtenBack(ClientId client, OpenSeq seq, int size) {
        accept(client, size);
        take(new Event.WrittenBack(client, seq));
    }

    private void accept(ClientId client, int size) {
        boolean counts = state.mayWriteBack(client) || server.rules().broken(Bug.SIZE_FROM_ANYONE);
        if (size != Answer.NOTHING && counts && !server.isDead(client)) {
            reported = size;
        }
    }

    // ------------------------------------------------------------------------------------------------- data

    /** How a write ended. Immutable. */
    record Written(Result result, int block, int size) {}

    /** The errors of reads and writes. */
    enum Result {
        DONE,
        STALE,
        NO_SPACE,
        TOO_BIG,
        /** Only of a server that holds a lock while it waits for its callbacks. */
        LOCKED
    }

    long read(int block) {
        return blocks[block];
    }

    Written writeBack(ClientId client, int block, long value) {
        boolean fenced = !server.rules().broken(Bug.NO_FENCE);
        if (fenced && server.isDead(client)) {
            server.history().mark(Mark.DEAD_WRITE_REFUSED);
        }
        if (fenced && (server.isDead(client) || !state.mayWriteBack(client))) {
            return new Written(Result.STALE, block, size());
        }
        if (state instanceof Recalling && server.rules().broken(Bug.LOCK_IN_A_CALLBACK)) {
            return new Written(Result.LOCKED, block, size());
        }
        return put(block, value);
    }

    Written write(ClientId client, int block, long value) {
        if (server.isDead(client) || !state.mayWrite(client)) {
            return new Written(Result.STALE, block, size());
        }
        return put(block, value);
    }

    Written append(ClientId client, long value) {
        return size() == BLOCKS ? new Written(Result.TOO_BIG, 0, size()) : write(client, size(), value);
    }

    private Written put(int block, long value) {
        if (server.isFull()) {
            return new Written(Result.NO_SPACE, block, size());
        }
        blocks[block] = value;
        stored = Math.max(stored, block + 1);
        return new Written(Result.DONE, block, size());
    }

    private void cut(int size, long value) {
        for (int i = size; i < BLOCKS; i++) {
            blocks[i] = value;
        }
        stored = size;
        reported = Answer.NOTHING;
    }

    private int size() {
        return Math.max(stored, reported);
    }

    // -------------------------------------------------------------------------------------------- the core

    private void take(Event event) {
        if (server.isDead(event.client()) && !(event instanceof Event.Died) && !(event instanceof Event.Changed)) {
            return;
        }
        FileConsistency before = state;
        Step step = server.rules().step(state, event);
        state = step.next();
        if (server.history().isRecorded()) {
            server.history().line(this + "", event + " -> " + step.effects());
        }
        Marks.of(server.history(), before, event, step);
        if (state.now().lastWriter() == null && reported != Answer.NOTHING) {
            // Never smaller: an uncached write may have overtaken the report.
            stored = server.rules().broken(Bug.REPORT_SHRINKS) ? reported : Math.max(stored, reported);
            reported = Answer.NOTHING;
        }
        Invariants.check(state, server);
        step.effects().forEach(this::carryOut);
    }

    private void carryOut(Effect effect) {
        switch (effect) {
            case Effect.RaiseVersion _, Effect.Commit _ -> {}
            case Effect.Recall recall -> recall(recall);
            case Effect.Reply reply -> {
                Pending asked = pending.remove(reply.seq());
                if (asked != null) {
                    asked.granted().accept(reply);
                }
            }
            case Effect.Refuse refuse -> {
                Pending asked = pending.remove(refuse.seq());
                if (asked != null) {
                    asked.refused().run();
                }
            }
        }
    }

    private void recall(Effect.Recall recall) {
        ClientId client = recall.client();
        long id = server.callback(answer -> {
            accept(client, answer.size());
            if (recall.invalidate()) {
                attributes.dropped(client);
            }
            take(new Event.Done(client, answer.outcome()));
        });
        server.send(
                client,
                this + " " + recall + " #" + id,
                () -> server.client(client).cache(index).recalled(id, recall.writeBack(), recall.invalidate()));
    }

    void died(ClientId client) {
        if (client.equals(state.now().lastWriter())) {
            reported = Answer.NOTHING;
        }
        for (Pending gone : List.copyOf(pending.values())) {
            if (gone.client().equals(client) && pending.values().remove(gone)) {
                attributesFinished(gone.announced());
            }
        }
        take(new Event.Died(client));
        attributes.died(client);
        if (server.rules().broken(Bug.REPORT_OF_THE_DEAD_AWAITED)) {
            return;
        }
        for (Stat stat : List.copyOf(stats)) {
            if (stat.authority().equals(client)) {
                reported(stat, Answer.NOTHING);
            }
        }
    }

    void takeBackAttributes() {
        attributes.takeBack();
    }

    void checkAtRest() {
        if (!(state instanceof Settled) || !pending.isEmpty() || !stats.isEmpty() || !attributes.isAtRest()) {
            throw new Violation(this + " waits for ever: " + state);
        }
    }

    private OpenSeq nextSeq() {
        return new OpenSeq(1, server.nextSeq());
    }

    @Override
    public String toString() {
        return "f" + index;
    }
}
