package sprite.client.box;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.FormerSession;
import sprite.common.wire.proto.Lock;
import sprite.common.wire.proto.Welcome;

/**
 * What is kept of a session with one server: who it is, the last numbers that were given, and notes that the server has
 * perhaps not heard. Confined to the session's lock, but for {@link #lastWrite}, which has one of its own.
 */
public final class KeptSession {
    /** Of a mount of which nothing is kept. */
    public static final KeptSession NONE = new KeptSession(Box.NONE, Slot.NONE, null);

    private static final int LAST_SEQ = 1;
    private static final int LAST_NOTE = 2;
    private static final int LAST_WRITE = 3;
    private static final int ADDRESS_LENGTH = 4;

    /** Where the Welcome begins that counts, and its length. */
    private static final int WELCOME = 5;

    private static final int RECOVERING = 6;
    private static final int ADDRESS = 8;
    private static final int ADDRESS_MAX = 1024;
    private static final int WELCOME_A = ADDRESS + ADDRESS_MAX / Long.BYTES;
    private static final int WELCOME_MAX = 7 * 1024;
    private static final int WELCOME_B = WELCOME_A + WELCOME_MAX / Long.BYTES;

    private static final int NOTE_SESSION = 2;
    private static final int NOTE_BEFORE = 3;
    private static final int NOTE = 4;

    private final Box box;
    private final Slot slot;
    private final @Nullable Trails trails;

    private KeptSession(Box box, Slot slot, @Nullable Trails trails) {
        this.box = box;
        this.slot = slot;
        this.trails = trails;
    }

    /** That of the life before if there was one with this server, else a new one. */
    public static KeptSession of(Box box, String address) {
        Trails trails = box.trails();
        for (Slot former : box.slots(Kind.SESSION).former()) {
            if (address(former).equals(address) && box.slots(Kind.SESSION).adopt(former)) {
                return new KeptSession(box, former, trails);
            }
        }
        Slot slot = box.slots(Kind.SESSION).add();
        byte[] bytes = address.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > ADDRESS_MAX) {
            box.spoil("an address of " + bytes.length + " bytes");
            return new KeptSession(box, Slot.NONE, null);
        }
        slot.put(LAST_SEQ, 0);
        slot.put(LAST_NOTE, 0);
        slot.put(LAST_WRITE, 0);
        slot.put(WELCOME, 0);
        slot.put(RECOVERING, 0);
        slot.putBytes(ADDRESS, bytes);
        slot.put(ADDRESS_LENGTH, bytes.length);
        slot.put(0, 1);
        return new KeptSession(box, slot, null);
    }

    private static String address(Slot slot) {
        return new String(slot.getBytes(ADDRESS, (int) slot.get(ADDRESS_LENGTH)), StandardCharsets.UTF_8);
    }

    /** Its number, for {@link sprite.client.call.Trail}. */
    public int number() {
        return slot.index();
    }

    /** What calls had asked that were not answered in the life before, and have not been asked for again. */
    public List<CallTrail.Step> stepsBefore() {
        return trails == null ? List.of() : trails.steps(slot.index());
    }

    /** {@code listener} is told what a call had asked in the life before when the kernel has the call's answer. */
    public void whenAnswered(Consumer<CallTrail.Step> listener) {
        if (trails != null) {
            trails.whenAnswered(step -> {
                if (step.server() == slot.index()) {
                    listener.accept(step);
                }
            });
        }
    }

    public void welcome(Welcome welcome) {
        byte[] bytes = welcome.toByteArray();
        if (bytes.length > WELCOME_MAX) {
            box.spoil("a Welcome of " + bytes.length + " bytes");
            return;
        }
        int at = slot.get(WELCOME) >>> 32 == WELCOME_A ? WELCOME_B : WELCOME_A;
        slot.putBytes(at, bytes);
        slot.put(WELCOME, ((long) at << 32) | bytes.length);
    }

    /** A request of the life before, for which no program waits, is said in this one; what runs when it is answered. */
    public Runnable unfinished(ClientFrame request) {
        if (!slot.isKept() || !request.hasLock()) {
            return () -> {};
        }
        try {
            return KeptLocks.owed(box, request.getLock())::free;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("it was read before", e);
        }
    }

    /** The server is being told what was open and locked, or has been: else it is to be told in the next life. */
    public void recovering(boolean is) {
        slot.put(RECOVERING, is ? 1 : 0);
    }

    public void lastSeq(long seq) {
        slot.put(LAST_SEQ, seq);
    }

    public void lastWrite(long number) {
        slot.put(LAST_WRITE, number);
    }

    /** A note is about to be said; the slot is to be freed when it has been heard. */
    public Slot note(ClientFrame frame, long beforeSeq) {
        if (!slot.isKept()) {
            return Slot.NONE;
        }
        // First, since a number that is given twice would not be heard, and one that is passed over does no harm.
        slot.put(LAST_NOTE, Math.max(slot.get(LAST_NOTE), frame.getNote()));
        Slot note = box.slots(Kind.NOTE).add(NOTE, frame.toByteArray());
        note.put(NOTE_SESSION, slot.index());
        note.put(NOTE_BEFORE, beforeSeq);
        note.put(0, 1);
        return note;
    }

    /** What the life before has left. */
    static List<FormerSession> former(Box box) throws InvalidProtocolBufferException {
        List<FormerSession> all = new ArrayList<>();
        List<Lock> unlocks = KeptLocks.owed(box);
        for (Slot slot : box.slots(Kind.SESSION).former()) {
            Welcome welcome = welcome(slot);
            if (welcome == null) {
                continue; // it had not begun
            }
            FormerSession.Builder session = FormerSession.newBuilder()
                    .setAddress(address(slot))
                    .setWelcome(welcome)
                    .setRecovering(slot.get(RECOVERING) != 0)
                    .setLastNote(slot.get(LAST_NOTE))
                    .setLastWrite(slot.get(LAST_WRITE));
            long last = slot.get(LAST_SEQ);
            for (Lock unlock : unlocks) {
                boolean here = welcome.getDomainsList().stream()
                        .anyMatch(
                                domain -> domain.getNumber() == unlock.getFile().getDomain());
                if (here) {
                    session.addCalls(ClientFrame.newBuilder().setSeq(++last).setLock(unlock));
                }
            }
            all.add(session.setLastSeq(last)
                    .addAllNotes(notes(box, slot.index()).values())
                    .build());
        }
        return all;
    }

    private static @Nullable Welcome welcome(Slot slot) throws InvalidProtocolBufferException {
        long where = slot.get(WELCOME);
        return where == 0 ? null : Welcome.parseFrom(slot.getBytes((int) (where >>> 32), (int) where));
    }

    private static Map<Long, FormerSession.Note> notes(Box box, int session) throws InvalidProtocolBufferException {
        Map<Long, FormerSession.Note> notes = new TreeMap<>();
        for (Slot note : box.slots(Kind.NOTE).former()) {
            if (note.get(NOTE_SESSION) == session) {
                ClientFrame frame = ClientFrame.parseFrom(note.getBytes(NOTE, (int) note.get(1)));
                notes.put(
                        frame.getNote(),
                        FormerSession.Note.newBuilder()
                                .setFrame(frame)
                                .setBeforeSeq(note.get(NOTE_BEFORE))
                                .build());
            }
        }
        return notes;
    }
}
