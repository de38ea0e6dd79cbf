package sprite.consistency.small;

import java.util.Arrays;
import sprite.consistency.sim.Violation;

/**
 * All orders in which the reads and writes of one block may have happened so far, each a point in time between its
 * beginning and its end; of an order only what the block holds after it is kept. A read that no order explains is a
 * violation. Exact: the history is linearizable as long as there is an order. Confined to one thread.
 *
 * <p>An order is a long: the value in bits 0 to 7; for each process 8 bits (0: no call, 1: not happened, 2 + v:
 * happened, with result v); from bit 40 on the values that a dead client may still have on their way.
 */
final class Linearizations {
    private static final int READS = -1;
    private static final int GHOSTS = 40;

    private long[] orders;
    private int[] calls;

    /** A block that holds 0, and nobody does anything. */
    Linearizations() {
        this(new long[] {0}, new int[Scope.PROCESSES_MOST]);
    }

    private Linearizations(long[] orders, int[] calls) {
        this.orders = orders;
        this.calls = calls;
    }

    Linearizations copy() {
        return new Linearizations(orders, calls.clone()); // orders are replaced, never altered
    }

    private static int shift(int process) {
        return 8 + 8 * process;
    }

    private static int call(long order, int process) {
        return (int) (order >>> shift(process)) & 0xff;
    }

    private static long with(long order, int process, int state) {
        return (order & ~(0xffL << shift(process))) | (long) state << shift(process);
    }

    void reads(int process) {
        begin(process, READS);
    }

    void writes(int process, int value) {
        begin(process, value);
    }

    private void begin(int process, int call) {
        calls[process] = call;
        long[] begun = orders.clone();
        for (int i = 0; i < begun.length; i++) {
            begun[i] = with(begun[i], process, 1);
        }
        orders = closed(begun);
    }

    void hasWritten(int process) {
        end(process, 0, "the write of process " + process + " can have happened nowhere");
    }

    void hasRead(int process, int value) {
        end(process, value, "process %d read %d; possible was %s".formatted(process, value, possible(process)));
    }

    private void end(int process, int result, String otherwise) {
        long[] left = Arrays.stream(orders)
                .filter(order -> call(order, process) == 2 + result)
                .map(order -> with(order, process, 0))
                .distinct()
                .toArray();
        if (left.length == 0) {
            throw new Violation(otherwise);
        }
        calls[process] = 0;
        orders = closed(left);
    }

    private String possible(int process) {
        return Arrays.toString(Arrays.stream(orders)
                .mapToInt(order -> call(order, process) - 2)
                .filter(v -> v >= 0)
                .distinct()
                .toArray());
    }

    /**
     * A client has died and nobody has seen {@code unsynced}: the server has {@code stored}, and the others are lost or
     * still on their way.
     */
    void lost(int stored, Iterable<Integer> unsynced) {
        long ghosts = 0;
        for (int value : unsynced) {
            ghosts |= 1L << (GHOSTS + value - 1);
        }
        if (ghosts != 0) {
            long on = ghosts;
            orders = closed(Arrays.stream(orders)
                    .map(order -> (order & ~0xffL) | stored | on)
                    .distinct()
                    .toArray());
        }
    }

    /** The server refuses from now on what is left of a dead client's call: it has happened, or never will. */
    void over(int process) {
        calls[process] = 0;
        orders = closed(Arrays.stream(orders)
                .map(order -> with(order, process, 0))
                .distinct()
                .toArray());
    }

    /** The same for what was lost with it. */
    void nothingOnItsWay() {
        orders = closed(Arrays.stream(orders)
                .map(order -> order & ((1L << GHOSTS) - 1))
                .distinct()
                .toArray());
    }

    /** Whether a newcomer who reads now may find {@code value}; asked when no call is under way. */
    boolean mayHold(int value) {
        return Arrays.stream(orders).anyMatch(order -> (order & 0xff) == value);
    }

    /** With everything that could happen next having happened, or not. */
    private long[] closed(long[] from) {
        long[] all = Arrays.copyOf(from, from.length + 8);
        int count = from.length;
        for (int i = 0; i < count; i++) {
            for (int next = 0; next < Scope.PROCESSES_MOST + 64 - GHOSTS; next++) {
                long order = next < Scope.PROCESSES_MOST
                        ? happened(all[i], next)
                        : arrived(all[i], next - Scope.PROCESSES_MOST);
                if (!contains(all, count, order)) {
                    all = count == all.length ? Arrays.copyOf(all, 2 * count) : all;
                    all[count++] = order;
                }
            }
        }
        long[] sorted = Arrays.copyOf(all, count);
        Arrays.sort(sorted);
        return sorted;
    }

    private static boolean contains(long[] all, int count, long order) {
        for (int i = 0; i < count; i++) {
            if (all[i] == order) {
                return true;
            }
        }
        return false;
    }

    private long happened(long order, int process) {
        if (call(order, process) != 1) {
            return order;
        }
        return calls[process] == READS
                ? with(order, process, 2 + (int) (order & 0xff))
                : with((order & ~0xffL) | calls[process], process, 2);
    }

    private static long arrived(long order, int ghost) {
        long bit = 1L << (GHOSTS + ghost);
        return (order & bit) == 0 ? order : (order & ~bit & ~0xffL) | (ghost + 1);
    }

    void encode(Fingerprint to) {
        for (int call : calls) {
            to.put(call);
        }
        for (long order : orders) {
            to.put(order);
        }
    }
}
