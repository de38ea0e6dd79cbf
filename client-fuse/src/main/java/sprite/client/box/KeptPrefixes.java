package sprite.client.box;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sprite.common.wire.proto.FormerPrefix;

/** The prefix table. Thread-safe: a concurrent map. */
public final class KeptPrefixes {
    private static final int MESSAGE = 2;

    private final Slots slots;
    private final Map<String, Slot> prefixes = new ConcurrentHashMap<>();

    public KeptPrefixes(Box box) {
        slots = box.slots(Kind.PREFIX);
    }

    /** A line of the table is so now. */
    public void is(FormerPrefix line) {
        Slot slot = slots.add(MESSAGE, line.toByteArray());
        slot.put(0, 1);
        Slot before = prefixes.put(line.getPrefix(), slot);
        if (before != null) {
            before.free();
        }
    }

    static List<FormerPrefix> former(Box box) throws InvalidProtocolBufferException {
        Map<String, FormerPrefix> all = new LinkedHashMap<>();
        for (Slot slot : box.slots(Kind.PREFIX).former()) {
            FormerPrefix line = FormerPrefix.parseFrom(slot.getBytes(MESSAGE, (int) slot.get(1)));
            var _ = all.merge(
                    line.getPrefix(),
                    line,
                    (one, other) -> one.getPlacesCount() > other.getPlacesCount() ? one : other);
        }
        return new ArrayList<>(all.values());
    }
}
