package sprite.client.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sprite.client.box.KeptSession;
import sprite.client.box.Slot;
import sprite.client.call.Trail;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.FormerSession;

/**
 * What was sent, and of which it is not known that it arrived: requests, until they are answered, and notes, which have
 * no answer, until the server says that it has heard them. Numbers are given here. Confined to its session's lock.
 */
final class Unanswered {
    private final SortedMap<Long, PendingCall> calls = new TreeMap<>();

    /** Requests of calls that the kernel has not been answered: who carries those out next has to be answered, too. */
    private final SortedSet<Long> held = new TreeSet<>();

    private final Deque<Note> notes = new ArrayDeque<>();
    private final KeptSession kept;
    private long nextSeq = 1;
    private long lastNote;

    /** A note, and the number of the request that is sent next behind it. */
    private record Note(ClientFrame frame, long beforeSeq, Slot slot) {}

    /** Goes on where the client's life before has {@link #leave left}; the default instance if there was none. */
    Unanswered(FormerSession former, KeptSession kept) {
        this.kept = kept;
        nextSeq = former.getLastSeq() + 1;
        lastNote = former.getLastNote();
        for (ClientFrame left : former.getCallsList()) {
            Runnable answered = kept.unfinished(left);
            PendingCall call = new PendingCall(left, ServerLink.Installer.NONE);
            var _ = call.reply().whenComplete((_, _) -> answered.run());
            calls.put(left.getSeq(), call);
        }
        former.getNotesList()
                .forEach(note -> notes.add(new Note(
                        note.getFrame(), note.getBeforeSeq(), kept.note(note.getFrame(), note.getBeforeSeq()))));
        kept.lastSeq(nextSeq - 1);
        kept.stepsBefore().stream().filter(step -> step.kind() != Trail.WRITE).forEach(step -> held.add(step.number()));
    }

    /** What the client's next life has to know. */
    FormerSession.Builder leave() {
        FormerSession.Builder left =
                FormerSession.newBuilder().setLastSeq(nextSeq - 1).setLastNote(lastNote);
        calls.values().forEach(call -> left.addCalls(call.frame()));
        notes.forEach(note -> left.addNotes(
                FormerSession.Note.newBuilder().setFrame(note.frame).setBeforeSeq(note.beforeSeq)));
        return left;
    }

    /** Numbers a request. */
    PendingCall add(ClientFrame.Builder request, ServerLink.Installer installer) {
        long acked = acked(); // before the new number exists: it is not answered
        kept.lastSeq(nextSeq);
        return add(new PendingCall(numbered(request, nextSeq++, acked), installer));
    }

    /** A request that was said in the life before, under the number that it had. */
    PendingCall again(long seq, ClientFrame.Builder request, ServerLink.Installer installer) {
        return add(PendingCall.again(numbered(request, seq, Math.min(acked(), seq - 1)), installer));
    }

    /** A request of a call is not acknowledged before the call is {@link #release released}. */
    void hold(long seq) {
        held.add(seq);
    }

    /** The kernel has the answer to the call. */
    void release(long seq) {
        held.remove(seq);
    }

    private static ClientFrame numbered(ClientFrame.Builder request, long seq, long acked) {
        return request.setSeq(seq).setAckedSeq(acked).build();
    }

    private PendingCall add(PendingCall call) {
        calls.put(call.frame().getSeq(), call);
        return call;
    }

    /** Makes a frame of something that has no reply; one that has to arrive is numbered and kept. */
    ClientFrame unreplied(ClientFrame.Builder something) {
        something.setSeq(0).setAckedSeq(acked());
        boolean mustArrive = something.hasClose()
                || something.hasWrittenBack()
                || something.hasCallbackDone()
                || something.hasCancel()
                || something.hasRecovered();
        if (!mustArrive) {
            return something.build();
        }
        ClientFrame note = something.setNote(++lastNote).build();
        notes.add(new Note(note, nextSeq, kept.note(note, nextSeq)));
        return note;
    }

    /** The server has heard all notes up to this one. */
    void heard(long note) {
        while (!notes.isEmpty() && notes.getFirst().frame.getNote() <= note) {
            notes.removeFirst().slot.free();
        }
    }

    private void dropNotes() {
        notes.forEach(note -> note.slot.free());
        notes.clear();
    }

    /** The session is over: nobody hears its notes. Returns the requests that belonged to its recovery. */
    List<PendingCall> endSession() {
        dropNotes();
        List<PendingCall> ended =
                calls.values().stream().filter(PendingCall::isOfRecovery).toList();
        calls.values().removeAll(ended);
        return ended;
    }

    /** The request that an answer belongs to; null if nobody waits for it. */
    @Nullable
    PendingCall take(long seq) {
        return calls.remove(seq);
    }

    /** All requests up to this number have been answered. */
    long acked() {
        long unanswered = calls.isEmpty() ? nextSeq : calls.firstKey();
        return (held.isEmpty() ? unanswered : Math.min(unanswered, held.first())) - 1;
    }

    /**
     * Says all notes, and those of the requests that are asked for, again in the order in which they were said first.
     */
    void repeat(Predicate<PendingCall> which, long nowNanos, Consumer<ClientFrame> stream) {
        Deque<Note> unheard = new ArrayDeque<>(notes);
        for (PendingCall call : calls.values()) {
            while (!unheard.isEmpty()
                    && unheard.getFirst().beforeSeq <= call.frame().getSeq()) {
                stream.accept(unheard.removeFirst().frame);
            }
            if (which.test(call)) {
                call.sending(nowNanos);
                stream.accept(call.frame());
            }
        }
        unheard.forEach(note -> stream.accept(note.frame));
    }

    /** Forgets everything; returns the requests. */
    List<PendingCall> takeAll() {
        List<PendingCall> all = new ArrayList<>(calls.values());
        calls.clear();
        dropNotes();
        return all;
    }
}
