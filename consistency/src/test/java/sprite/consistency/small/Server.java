package sprite.consistency.small;

import java.util.ArrayList;
import java.util.List;
import sprite.consistency.ClientId;
import sprite.consistency.Effect;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.consistency.Settled;
import sprite.consistency.Step;
import sprite.consistency.Version;
import sprite.consistency.sim.Bug;
import sprite.consistency.sim.Violation;

/** The file at the server: the core's state, the data, and who waits for an answer. Confined to one thread. */
final class Server {
    private FileConsistency state = FileConsistency.unused(new Version(1));
    private int stored;
    private final List<Pending> pending = new ArrayList<>();
    private final List<OpenSeq> callbacks = new ArrayList<>();
    final List<Cut> cuts = new ArrayList<>();

    /** A request that the core has not answered. */
    private record Pending(OpenSeq seq, int client, Frame.Request request) {}

    /** A truncation that was granted and not yet carried out. */
    record Cut(OpenSeq seq, int client, int process, int value, Version version) {}

    Server() {}

    Server copy() {
        Server copy = new Server();
        copy.state = state;
        copy.stored = stored;
        copy.pending.addAll(pending);
        copy.callbacks.addAll(callbacks);
        copy.cuts.addAll(cuts);
        return copy;
    }

    int stored() {
        return stored;
    }

    FileConsistency state() {
        return state;
    }

    // ---------------------------------------------------------------------------------------------- the stream

    void deliver(World world, Host from, Frame.Up frame) {
        switch (frame) {
            case Frame.Request request -> from.executing.add(request);
            case Frame.Close close -> take(world, new Event.Close(from.id, close.mode(), close.dirty()));
            case Frame.WrittenBack clean -> take(world, new Event.WrittenBack(from.id, clean.seq()));
            case Frame.Done done -> {
                boolean known = world.broken(Bug.DONE_COUNTED_TWICE)
                        ? callbacks.contains(done.callback())
                        : callbacks.remove(done.callback());
                if (known) {
                    take(world, new Event.Done(from.id, Event.Outcome.OBEYED));
                }
            }
        }
    }

    void execute(World world, Host from, Frame.Request request) {
        OpenSeq seq = world.nextSeq();
        pending.add(new Pending(seq, from.index, request));
        boolean change = request.truncates() && !world.broken(Bug.CHANGE_PLAYED_AS_OPEN);
        take(world, change ? new Event.Change(from.id, seq) : new Event.Open(from.id, request.mode(), seq));
    }

    /** Carries out a truncation that the core has granted. */
    void cut(World world, int index) {
        Cut cut = cuts.remove(index);
        stored = cut.value();
        ClientId client = world.host(cut.client()).id;
        world.send(cut.client(), new Frame.Truncated(cut.process(), cut.version()));
        take(
                world,
                world.broken(Bug.CHANGE_PLAYED_AS_OPEN)
                        ? new Event.Close(client, OpenMode.WRITE, false)
                        : new Event.Changed(client, cut.seq()));
    }

    void died(World world, Host host) {
        pending.removeIf(p -> p.client() == host.index);
        take(world, new Event.Died(host.id));
    }

    // ------------------------------------------------------------------------------------------ beside the stream

    /** Whether the write was taken. */
    boolean write(Host from, int value) {
        boolean taken = !from.buried && state.mayWrite(from.id);
        stored = taken ? value : stored;
        return taken;
    }

    /** Whether the write-back was taken. */
    boolean writeBack(World world, Host from, int value) {
        boolean taken = (!from.buried && state.mayWriteBack(from.id)) || world.broken(Bug.NO_FENCE);
        stored = taken ? value : stored;
        return taken;
    }

    // -------------------------------------------------------------------------------------------------- the core

    private void take(World world, Event event) {
        boolean buried = world.host((int) event.client().value() - 1).buried;
        if (buried && !(event instanceof Event.Died) && !(event instanceof Event.Changed)) {
            return;
        }
        Step step = world.rules().step(state, event);
        state = step.next();
        check(world);
        for (Effect effect : step.effects()) {
            carryOut(world, effect);
        }
    }

    private void carryOut(World world, Effect effect) {
        int client = (int) effect.client().value() - 1;
        switch (effect) {
            case Effect.RaiseVersion _, Effect.Commit _ -> {}
            case Effect.Recall recall -> {
                if (!world.host(client).buried) {
                    OpenSeq callback = world.nextSeq();
                    callbacks.add(callback);
                    world.send(client, new Frame.Recall(callback, recall.writeBack(), recall.invalidate()));
                }
            }
            case Effect.Reply reply ->
                pending.stream()
                        .filter(p -> p.seq().equals(reply.seq()))
                        .findAny()
                        .ifPresent(asked -> granted(world, asked, reply));
            case Effect.Refuse refuse -> throw new Violation("refused without a reason: " + refuse);
        }
    }

    private void granted(World world, Pending asked, Effect.Reply reply) {
        pending.remove(asked);
        Frame.Request request = asked.request();
        if (request.truncates()) {
            cuts.add(new Cut(asked.seq(), asked.client(), request.process(), request.value(), reply.version()));
        } else {
            world.send(
                    asked.client(),
                    new Frame.Opened(
                            request.process(), request.mode(), reply.seq(), reply.version(), reply.cacheable()));
        }
    }

    /** What is true of every state. */
    private void check(World world) {
        Settled now = state.now();
        ClientId writer = now.lastWriter();
        boolean shared = now.uses().size() > 1;
        boolean written = now.uses().values().stream().anyMatch(u -> u.writers() > 0);
        if (shared && written && now.uses().values().stream().anyMatch(u -> u.cached())) {
            throw new Violation("somebody caches while somebody else writes: " + state);
        }
        if (writer != null && now.uses().keySet().stream().anyMatch(c -> !c.equals(writer))) {
            throw new Violation("open beside a client that may be dirty: " + state);
        }
        if (now.uses().keySet().stream().anyMatch(c -> world.host((int) c.value() - 1).buried)) {
            throw new Violation("a dead client is remembered: " + state);
        }
    }

    /** Whether nobody is waited for. */
    boolean isAtRest() {
        return state instanceof Settled && pending.isEmpty() && cuts.isEmpty();
    }

    void encode(Fingerprint to) {
        to.put(state).put(stored);
        pending.forEach(p -> {
            to.put(p.seq()).put(p.client());
            p.request().encode(to);
        });
        to.put(-1);
        callbacks.forEach(to::put);
        to.put(-1);
        cuts.forEach(c -> to.put(c.seq())
                .put(c.client())
                .put(c.process())
                .put(c.value())
                .put(c.version().value()));
        to.put(-1);
    }
}
