package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.List;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Value;

/**
 * The definition itself: tries all orders of operations that agree with time until one of them explains what was seen.
 * For a few operations on one register or log. Confined to one thread.
 */
final class BruteForce {
    private final List<Operation> operations;
    private final boolean writesInOrder;

    private BruteForce(List<Operation> operations, boolean writesInOrder) {
        this.operations = operations;
        this.writesInOrder = writesInOrder;
    }

    /**
     * Whether there is an order.
     *
     * @param writesInOrder whether it must have the writes by their index
     */
    static boolean explains(List<Operation> operations, boolean writesInOrder) {
        return new BruteForce(operations, writesInOrder).extend(new boolean[operations.size()], List.of());
    }

    /** {@code held}: all values written or appended so far. */
    private boolean extend(boolean[] placed, List<Value> held) {
        boolean open = false;
        for (int i = 0; i < placed.length; i++) {
            Operation operation = operations.get(i);
            open |= !placed[i] && operation.isDone();
            if (placed[i] || !mayBeNext(i, placed) || !agrees(operation, held)) {
                continue;
            }
            placed[i] = true;
            boolean explained = extend(placed, after(operation, held));
            placed[i] = false;
            if (explained) {
                return true;
            }
        }
        return !open;
    }

    private boolean mayBeNext(int next, boolean[] placed) {
        for (int i = 0; i < placed.length; i++) {
            Operation other = operations.get(i);
            boolean mustBeBefore = other.precedes(operations.get(next));
            boolean wasTooEarly = placed[i]
                    && writesInOrder
                    && isWrite(next)
                    && isWrite(i)
                    && other.deed().index() > operations.get(next).deed().index();
            if ((!placed[i] && mustBeBefore) || wasTooEarly) {
                return false;
            }
        }
        return true;
    }

    private boolean isWrite(int i) {
        return operations.get(i).deed().effect() == Effect.WRITE;
    }

    private static boolean agrees(Operation operation, List<Value> held) {
        var deed = operation.deed();
        return switch (deed.effect()) {
            case READ -> deed.value().matches(held.isEmpty() ? Value.NONE : held.getLast());
            case SIZE -> deed.value().number() == held.size();
            case ENTRY ->
                deed.index() < held.size() && held.get((int) deed.index()).equals(deed.value());
            case WRITE, APPEND, LOCK, UNLOCK -> true;
        };
    }

    private static List<Value> after(Operation operation, List<Value> held) {
        if (!operation.deed().effect().changes()) {
            return held;
        }
        List<Value> more = new ArrayList<>(held);
        more.add(operation.deed().value());
        return more;
    }
}
