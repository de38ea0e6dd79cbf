package sprite.client.simulation;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.FileId;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.WriteRequest;

/** Counts which marks a world reached, by the messages that pass. Confined to the world's carrier. */
final class Marks {
    private final Map<Mark, Integer> reached = new EnumMap<>(Mark.class);

    /** Files that a client is opening, by client and request. */
    private final Map<String, FileId> opening = new HashMap<>();

    /** Versions of unwritten data that a client has, by client and request. */
    private final Map<String, Long> reopening = new HashMap<>();

    /** Requests that a server has received, and servers that have welcomed a client. */
    private final Set<String> received = new HashSet<>();

    /** Files that a client must bring home because it may not cache them any more. */
    private final Set<String> disabled = new HashSet<>();

    /** Values that were written past caches. */
    private final Set<Long> past = new HashSet<>();

    /** Whether a value was written past its writer's cache: it is not kept until it is committed. */
    boolean wentPast(long value) {
        return past.contains(value);
    }

    void reach(Mark mark) {
        reached.merge(mark, 1, Integer::sum);
    }

    Map<Mark, Integer> reached() {
        return reached;
    }

    void received(Node at, Node from, Object message) {
        switch (message) {
            case ClientFrame frame -> received(at, from, frame);
            case ServerFrame frame -> receivedAnswer(at, from, frame);
            case ReadRequest _ -> reach(Mark.UNCACHED_READ);
            case WriteRequest write -> {
                if (write.getWriteBack()) {
                    reach(Mark.WRITE_BACK);
                    if (disabled.contains(from + " " + write.getFile())) {
                        reach(Mark.CACHING_DISABLED_WITH_DIRTY_BLOCKS);
                    }
                } else {
                    if (write.getData().size() == Slot.BYTES) {
                        past.add(Slot.value(write.getData().toByteArray(), 0));
                    }
                    reach(write.getAppend() ? Mark.UNCACHED_APPEND : Mark.UNCACHED_WRITE);
                }
            }
            case LocateReply _ -> reach(Mark.REDIRECTED);
            default -> {}
        }
    }

    private void received(Node at, Node from, ClientFrame frame) {
        if (frame.getSeq() != 0 && !received.add(at + " " + from + " request " + frame.getSeq())) {
            reach(Mark.REQUEST_REPEATED);
        }
        switch (frame.getBodyCase()) {
            case OPEN ->
                opening.put(from + " " + frame.getSeq(), frame.getOpen().getFile());
            case REOPEN -> {
                reach(Mark.REOPENED);
                if (frame.getReopen().getDirty()) {
                    reopening.put(from + " " + frame.getSeq(), frame.getReopen().getVersion());
                }
            }
            case LOCK -> {
                if (frame.getLock().getWait()) {
                    reach(Mark.LOCK_WAITED_FOR);
                }
            }
            default -> {}
        }
    }

    private void receivedAnswer(Node at, Node from, ServerFrame frame) {
        opening.remove(at + " " + frame.getSeq());
        Long version = reopening.remove(at + " " + frame.getSeq());
        if (version != null && frame.getOpen().getAttributes().getVersion() > version + 1) {
            reach(Mark.OWN_OPEN_UNHEARD);
        }
        switch (frame.getBodyCase()) {
            case CALLBACK -> called(at, frame.getCallback());
            case WELCOME -> {
                if (frame.getWelcome().getResumed()) {
                    reach(Mark.SESSION_RESUMED);
                } else if (!received.add(at + " welcome " + from)) {
                    reach(Mark.SESSION_LOST);
                }
            }
            case ERROR -> {
                if (frame.getError().getCode().equals("DEADLOCK")) {
                    reach(Mark.DEADLOCK_REFUSED);
                }
            }
            default -> {}
        }
    }

    private void called(Node at, Callback callback) {
        boolean ofData = callback.getWriteBack() || callback.getInvalidate();
        if (ofData && opening.containsValue(callback.getFile())) {
            opening.forEach((who, file) -> {
                if (who.startsWith(at + " ") && file.equals(callback.getFile())) {
                    reach(Mark.RECALL_DURING_OPEN);
                }
            });
        }
        if (callback.getWriteBack() && callback.getInvalidate()) {
            reach(Mark.CACHING_DISABLED_WHILE_WRITTEN);
            disabled.add(at + " " + callback.getFile());
        } else if (callback.getWriteBack()) {
            reach(Mark.RECALL_OF_LAST_WRITER);
        } else if (callback.getInvalidate()) {
            reach(Mark.READER_INVALIDATED);
        }
        if (callback.getDropPages() != 0) {
            reach(Mark.PAGES_DROPPED);
        }
        if (callback.getRevokeNames()) {
            reach(Mark.NAMES_REVOKED);
        }
        if (callback.getRevokeAttributes()) {
            reach(Mark.ATTRIBUTES_REVOKED);
        }
        if (callback.getReportAttributes()) {
            reach(Mark.WRITER_ASKED_FOR_ATTRIBUTES);
        }
        if (callback.getDelete()) {
            reach(Mark.DIRTY_BLOCKS_DELETED);
        }
    }
}
