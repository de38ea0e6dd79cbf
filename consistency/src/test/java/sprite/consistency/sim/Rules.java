package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sprite.consistency.Changing;
import sprite.consistency.ClientFile;
import sprite.consistency.ClientId;
import sprite.consistency.Committing;
import sprite.consistency.Effect;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenSeq;
import sprite.consistency.Recalling;
import sprite.consistency.Settled;
import sprite.consistency.Step;
import sprite.consistency.Use;
import sprite.consistency.Version;

/** The rules of the product, or the same with one bug planted. Immutable. */
public record Rules(@Nullable Bug bug) {

    public boolean broken(Bug which) {
        return bug == which;
    }

    public ClientFile.Opened opened(ClientFile file, boolean writes, Version version, boolean cacheable, OpenSeq seq) {
        return file.opened(writes || broken(Bug.ONE_OLDER_IS_GOOD_TO_READ), version, cacheable, seq);
    }

    public Step step(FileConsistency state, Event event) {
        if (bug == null) {
            return core(state, event);
        }
        return switch (bug) {
            case DIRTY_READER -> mapped(state, event, Rules::invalidateReaders);
            case CLOSED_WRITER_NOT_RECALLED -> core(forgetClosedWriter(state, event), event);
            case NO_LAST_WRITER_ON_READ_OPEN -> noLastWriterOnRead(state, event);
            case VERSION_NOT_RAISED -> versionNotRaised(state, event);
            case CALLBACK_NOT_AWAITED -> hurried(core(state, event), true);
            case FIRST_DONE_ANSWERS -> hurried(core(state, event), event instanceof Event.Done);
            case STALE_WRITTEN_BACK -> staleWrittenBack(state, event);
            case SECOND_DESCRIPTOR -> secondDescriptor(state, event);
            case OPENER_NOT_RECALLED -> openerNotRecalled(state, event);
            case DEAD_OPENER_INSTALLED -> deadOpener(state, event);
            default -> core(state, event);
        };
    }

    /** A disk that is never lost: what is to be committed is, in the same step. */
    private static Step core(FileConsistency state, Event event) {
        Step step = FileConsistency.step(state, event);
        List<Effect> effects = new ArrayList<>(step.effects());
        while (step.next() instanceof Committing committing) {
            effects.removeIf(e -> e instanceof Effect.Commit);
            Event done = new Event.Committed(event.client(), committing.seq(), true);
            step = FileConsistency.step(committing, done);
            effects.addAll(step.effects());
        }
        return new Step(step.next(), effects);
    }

    /** A rule that alters one effect. */
    private interface Alteration {
        Effect altered(Settled before, Effect effect);
    }

    private static Step mapped(FileConsistency state, Event event, Alteration rule) {
        Step step = core(state, event);
        List<Effect> effects = new ArrayList<>();
        step.effects().forEach(e -> effects.add(rule.altered(state.now(), e)));
        return new Step(step.next(), effects);
    }

    private static Effect invalidateReaders(Settled before, Effect effect) {
        return effect instanceof Effect.Recall recall
                        && recall.invalidate()
                        && before.use(recall.client()).opens() > 0
                        && before.use(recall.client()).writers() == 0
                ? new Effect.Recall(recall.client(), false, true)
                : effect;
    }

    private static FileConsistency forgetClosedWriter(FileConsistency state, Event event) {
        ClientId writer = state.now().lastWriter();
        boolean applies = event instanceof Event.Request
                && writer != null
                && !writer.equals(event.client())
                && state.now().use(writer).opens() == 0;
        return applies ? with(state, withWriter(state.now(), null)) : state;
    }

    private static Step noLastWriterOnRead(FileConsistency state, Event event) {
        Step step = core(state, event);
        boolean applies = event instanceof Event.Open open
                && !open.writes()
                && open.client().equals(step.next().now().lastWriter())
                && !open.client().equals(state.now().lastWriter());
        return applies ? new Step(with(step.next(), withWriter(step.next().now(), null)), step.effects()) : step;
    }

    private static Step openerNotRecalled(FileConsistency state, Event event) {
        Step step = core(state, event);
        boolean applies = event instanceof Event.Request
                && state instanceof Settled
                && step.next() instanceof Recalling recalling
                && recalling.owing().contains(event.client());
        if (!applies) {
            return step;
        }
        Step hurried = core(step.next(), new Event.Done(event.client(), Event.Outcome.OBEYED));
        List<Effect> effects = new ArrayList<>(step.effects());
        effects.removeIf(e -> e instanceof Effect.Recall && e.client().equals(event.client()));
        effects.addAll(hurried.effects());
        return new Step(hurried.next(), effects);
    }

    private static Step versionNotRaised(FileConsistency state, Event event) {
        Step step = core(state, event);
        Version before = state.now().version();
        List<Effect> effects = new ArrayList<>();
        for (Effect effect : step.effects()) {
            effects.add(
                    switch (effect) {
                        case Effect.RaiseVersion raise -> new Effect.RaiseVersion(raise.client(), before, before);
                        case Effect.Reply reply ->
                            new Effect.Reply(reply.client(), reply.seq(), before, reply.cacheable());
                        case Effect.Recall recall -> recall;
                        case Effect.Commit commit -> commit;
                        case Effect.Refuse refuse -> refuse;
                    });
        }
        Settled now = step.next().now();
        Settled low = new Settled(before, now.raised(), now.lastWriter(), now.lastWriterSeq(), now.uses());
        return new Step(with(step.next(), low), effects);
    }

    /** Takes the word of everybody who has not spoken yet. */
    private static Step hurried(Step step, boolean applies) {
        if (!applies || !(step.next() instanceof Recalling recalling)) {
            return step;
        }
        List<Effect> effects = new ArrayList<>(step.effects());
        FileConsistency state = step.next();
        for (ClientId client : new TreeSet<>(recalling.owing())) {
            Step done = core(state, new Event.Done(client, Event.Outcome.OBEYED));
            state = done.next();
            effects.addAll(done.effects());
        }
        return new Step(state, effects);
    }

    private static Step staleWrittenBack(FileConsistency state, Event event) {
        boolean applies = event instanceof Event.WrittenBack clean
                && clean.client().equals(state.now().lastWriter());
        return applies ? new Step(with(state, withWriter(state.now(), null)), List.of()) : core(state, event);
    }

    private static Step secondDescriptor(FileConsistency state, Event event) {
        Step step = core(state, event);
        Settled now = step.next().now();
        boolean applies = event instanceof Event.Open open
                && !open.writes()
                && state instanceof Settled
                && step.next() instanceof Settled
                && step.effects().size() == 1
                && now.uses().entrySet().stream()
                        .allMatch(e ->
                                e.getKey().equals(open.client()) || e.getValue().writers() == 0);
        if (!applies || !(step.effects().getFirst() instanceof Effect.Reply reply)) {
            return step;
        }
        SortedMap<ClientId, Use> uses = new TreeMap<>(now.uses());
        uses.computeIfPresent(event.client(), (_, use) -> use.withCached(true));
        return new Step(
                new Settled(now.version(), now.raised(), now.lastWriter(), now.lastWriterSeq(), uses),
                List.of(new Effect.Reply(reply.client(), reply.seq(), reply.version(), true)));
    }

    @SuppressWarnings("NullAway") // does not see from the class file that the component is nullable
    private static Step deadOpener(FileConsistency state, Event event) {
        Step step = core(state, event);
        return event instanceof Event.Died
                        && state instanceof Recalling before
                        && step.next() instanceof Recalling after
                        && after.request() == null
                ? new Step(
                        new Recalling(after.now(), before.request(), after.owing(), after.noSpace(), after.queued()),
                        step.effects())
                : step;
    }

    private static Settled withWriter(Settled now, @Nullable ClientId writer) {
        return new Settled(now.version(), now.raised(), writer, now.lastWriterSeq(), now.uses());
    }

    @SuppressWarnings("NullAway") // does not see from the class file that the component is nullable
    private static FileConsistency with(FileConsistency state, Settled now) {
        return switch (state) {
            case Settled _ -> now;
            case Recalling r -> new Recalling(now, r.request(), r.owing(), r.noSpace(), r.queued());
            case Committing c -> new Committing(now, c.request(), c.seq(), c.queued());
            case Changing c -> new Changing(now, c.change(), c.queued());
        };
    }
}
