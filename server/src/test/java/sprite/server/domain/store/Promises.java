package sprite.server.domain.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All states that a domain went through, and from which on they are promised to last. Names, sizes and attributes last
 * together and in order; data file by file.
 *
 * <p>Thread-safe: guarded by itself.
 */
final class Promises {
    private final List<Tree> states = new ArrayList<>();
    private int names;
    private int allData;
    private final Map<Integer, Integer> data = new HashMap<>();

    Promises() {
        states.add(new Tree());
    }

    /** As they are now. */
    synchronized Promises copy() {
        Promises copy = new Promises();
        copy.states.clear();
        copy.states.addAll(states);
        copy.names = names;
        copy.allData = allData;
        copy.data.putAll(data);
        return copy;
    }

    /** What an operation that begins will have made. */
    synchronized void begin(Tree after) {
        states.add(after);
    }

    /** The operation that began last was refused, or changed nothing. */
    synchronized void undo() {
        states.removeLast();
    }

    synchronized int now() {
        return states.size() - 1;
    }

    synchronized Tree state(int at) {
        return states.get(at);
    }

    synchronized Tree last() {
        return states.getLast();
    }

    /** Everything up to {@code state} was committed for one file. */
    synchronized void committed(int file, int state) {
        names = Math.max(names, state);
        data.merge(file, state, Math::max);
    }

    /** Everything up to {@code state} was synced. */
    synchronized void synced(int state) {
        names = Math.max(names, state);
        allData = Math.max(allData, state);
    }

    /** The first state that may be found. */
    synchronized int firstNames() {
        return names;
    }

    /** The first state from which data of a file may be found. */
    synchronized int firstData(int file) {
        return Math.max(allData, data.getOrDefault(file, 0));
    }
}
