package sprite.client.simulation;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names that were made in a directory and taken away, each once: whether a listing shows one or not, there must have
 * been a moment while it was made when that was so. Confined to the world's carrier.
 */
final class NameLog {
    private static final long NOT_YET = 0;
    private static final long PRESENT = 1;
    private static final long GONE = 2;

    private final Map<String, Name> names = new TreeMap<>();

    /** One name. */
    static final class Name {
        final String text;
        private final Register register;
        private final Register.Written making;
        private Register.@Nullable Written removal;

        private Name(Object maker, String text, long now) {
            this.text = text;
            this.register = new Register(text, NOT_YET);
            this.making = register.begin(maker, PRESENT, now);
        }
    }

    /** Somebody begins to make a name that never was. */
    Name making(Object maker, String text, long now) {
        Name name = new Name(maker, text, now);
        names.put(text, name);
        return name;
    }

    void made(Name name, long now) {
        name.register.effective(name.making, now);
    }

    /** Somebody begins to take a name away. */
    void removing(Object remover, Name name, long now) {
        name.removal = name.register.begin(remover, GONE, now);
    }

    void removed(Name name, long now) {
        Register.Written removal = name.removal;
        if (removal != null) {
            name.register.effective(removal, now);
        }
    }

    /** These, and no others, were shown between two times. */
    void listed(Object reader, Set<String> shown, long begin, long end) {
        for (Name name : names.values()) {
            boolean present = shown.contains(name.text);
            if (!present && name.removal != null && !name.making.isOlderThan(begin)) {
                continue; // not yet or not any more: nobody can tell which
            }
            long state = present ? PRESENT : name.removal == null ? NOT_YET : GONE;
            name.register.read(reader, state, begin, end);
        }
    }

    /** A client is gone: nobody knows which of its changes have been made. */
    void lost(Object client) {
        names.values().forEach(name -> name.register.lost(client));
    }

    /** The server's machine stopped: what was not synced may be gone. */
    void unsyncedLost() {
        names.values().forEach(name -> name.register.unsyncedLost());
    }
}
