package sprite.consistency.sim;

import sprite.consistency.Changing;
import sprite.consistency.ClientId;
import sprite.consistency.Committing;
import sprite.consistency.Effect;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.Recalling;
import sprite.consistency.Settled;
import sprite.consistency.Step;

/** Recognises in a step of the core which cases it was. */
final class Marks {
    private Marks() {}

    static void of(History history, FileConsistency before, Event event, Step step) {
        Settled then = before.now();
        switch (event) {
            case Event.Request request -> request(history, before, request, step);
            case Event.Close close -> {
                if (before instanceof Recalling recalling && recalling.owing().contains(close.client())) {
                    history.mark(Mark.DETACHED_CLOSE_IN_RECALL);
                }
            }
            case Event.WrittenBack clean -> {
                boolean mine = clean.client().equals(then.lastWriter());
                if (mine) {
                    history.mark(
                            step.next().now().lastWriter() == null
                                    ? Mark.WRITTEN_BACK_CLEARS_LAST_WRITER
                                    : Mark.LATE_WRITTEN_BACK_IGNORED);
                }
            }
            case Event.Done _ -> {
                if (before instanceof Recalling recalling && recalling.request() instanceof Event.Open open) {
                    boolean noOther = step.next().now().uses().size() == 1;
                    boolean granted = step.effects().stream()
                            .anyMatch(e -> e instanceof Effect.Reply reply
                                    && reply.cacheable()
                                    && reply.seq().equals(open.seq()));
                    if (granted && noOther && open.writes()) {
                        history.mark(Mark.CACHEABLE_THANKS_TO_CLOSE_IN_RECALL);
                    }
                }
            }
            case Event.Changed _, Event.Committed _ -> {}
            case Event.Died died -> {
                if (died.client().equals(then.lastWriter())) {
                    history.mark(Mark.LAST_WRITER_DIED);
                }
                if (before instanceof Recalling recalling) {
                    if (recalling.owing().contains(died.client())) {
                        history.mark(Mark.OWING_CLIENT_DIED);
                    }
                    if (recalling.request() != null
                            && recalling.request().client().equals(died.client())) {
                        history.mark(Mark.WAITING_OPENER_DIED);
                    }
                }
            }
        }
        step.effects().forEach(effect -> {
            if (effect instanceof Effect.Refuse refuse) {
                history.mark(
                        switch (refuse.reason()) {
                            case NO_SPACE -> Mark.REFUSED_NO_SPACE;
                            case TEXT_BUSY -> Mark.REFUSED_TEXT_BUSY;
                            case NOT_COMMITTED -> throw new Violation("no disk is broken");
                            case VERSION_MISMATCH, IMPOSSIBLE_VERSION ->
                                throw new Violation("nobody reopened anything");
                        });
            }
        });
    }

    private static void request(History history, FileConsistency before, Event.Request request, Step step) {
        switch (before) {
            case Recalling _ -> history.mark(Mark.QUEUED_BEHIND_RECALL);
            case Committing _ -> throw new Violation("the disk is waited for");
            case Changing _ -> history.mark(Mark.QUEUED_BEHIND_CHANGE);
            case Settled settled -> settled(history, settled, request, step);
        }
    }

    private static void settled(History history, Settled then, Event.Request request, Step step) {
        ClientId asker = request.client();
        boolean others = then.uses().keySet().stream().anyMatch(c -> !c.equals(asker));
        for (Effect effect : step.effects()) {
            switch (effect) {
                case Effect.Recall recall -> {
                    if (recall.client().equals(asker)) {
                        history.mark(Mark.OPENER_RECALLED);
                    }
                    boolean open = then.use(recall.client()).writers() > 0;
                    history.mark(
                            !recall.writeBack()
                                    ? Mark.CASE_5_INVALIDATE_READER
                                    : open
                                            ? Mark.CASE_6_RECALL_OPEN_WRITER
                                            : recall.invalidate()
                                                    ? Mark.CASE_4_RECALL_AND_INVALIDATE
                                                    : Mark.CASE_4_RECALL_KEEPING_BLOCKS);
                    if (request instanceof Event.Change) {
                        history.mark(Mark.TRUNCATION_RECALLS_OTHERS);
                    }
                }
                case Effect.Reply reply -> {
                    if (others && !reply.cacheable() && request instanceof Event.Open) {
                        history.mark(Mark.CASE_1_OTHER_DOES_NOT_CACHE);
                        if (!request.writes() && then.use(asker).writers() > 0) {
                            history.mark(Mark.SECOND_DESCRIPTOR_STAYS_UNCACHED);
                        }
                    }
                    if (others && reply.cacheable()) {
                        history.mark(Mark.CASE_2_READ_SHARING);
                    }
                    if (asker.equals(then.lastWriter())) {
                        history.mark(Mark.CASE_3_OWN_LAST_WRITER);
                    }
                    if (reply.cacheable()
                            && then.use(asker).opens() > 0
                            && !then.use(asker).cached()) {
                        history.mark(Mark.RESUMED_CACHING);
                        if (!request.writes() && then.use(asker).writers() > 0) {
                            history.mark(Mark.TRAP_17_READ_OPEN_MAKES_LAST_WRITER);
                        }
                    }
                }
                case Effect.RaiseVersion _, Effect.Commit _, Effect.Refuse _ -> {}
            }
        }
    }
}
