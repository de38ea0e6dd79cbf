package sprite.consistency.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Takes a history in line by line, and gives its windows away as they are complete, so that a history of any length
 * needs the memory of one window. Whatever is wrong with it ends the reading. Confined to one thread.
 */
public final class HistoryReader {
    private static final long NO_WINDOW = -1;

    private final Consumer<History> windows;
    private final TreeMap<String, String> mounts = new TreeMap<>();
    private final TreeMap<String, String> processes = new TreeMap<>();
    private final TreeMap<String, Operation> latest = new TreeMap<>();
    private List<Operation> operations = new ArrayList<>();
    private List<Crash> crashes = new ArrayList<>();
    private LongStream.Builder lineNumbers = LongStream.builder();
    private long lineNumber;
    private long operationCount;
    private long crashCount;
    private long window = NO_WINDOW;
    private long windowStartNanos = Long.MIN_VALUE;
    private long endNanosMax = Long.MIN_VALUE;
    private boolean ended;

    /** What was read is given to {@code windows}, a window at a time; a history without windows is one. */
    public HistoryReader(Consumer<History> windows) {
        this.windows = windows;
    }

    /** The next line, without its end. */
    public void line(String line) throws HistoryException {
        lineNumber++;
        if (lineNumber == 1) {
            requireHeader(line);
            return;
        }
        if (ended) {
            throw wrong("follows the end");
        }
        Words words = new Words(line, lineNumber);
        String first = words.next("a kind of line");
        switch (first) {
            case "mount" -> mount(words);
            case "process" -> process(words);
            case "window" -> window(words);
            case "op" -> operation(words);
            case "crash" -> crash(words);
            case "end" -> end(words);
            default -> throw wrong("a line cannot begin with '" + first + "'");
        }
        words.requireEnd();
    }

    /** There are no more lines. */
    public void finish() throws HistoryException {
        if (lineNumber == 0) {
            throw new HistoryException("there is nothing in it");
        }
        if (!ended) {
            throw new HistoryException("it breaks off after line " + lineNumber + ": there is no line 'end'");
        }
    }

    private void requireHeader(String line) throws HistoryException {
        if (line.equals(HistoryLines.HEADER)) {
            return;
        }
        if (line.startsWith(HistoryLines.NAME + " ")) {
            throw wrong("this is '" + line + "'; only '" + HistoryLines.HEADER + "' can be read");
        }
        throw wrong("this is no history: it should begin with '" + HistoryLines.HEADER + "'");
    }

    private void mount(Words words) throws HistoryException {
        String name = words.next("the mount's name");
        if (mounts.put(name, words.rest()) != null) {
            throw wrong("mount " + name + " was named before");
        }
    }

    private void process(Words words) throws HistoryException {
        String name = words.next("the process's name");
        String mount = words.next("its mount");
        if (!mounts.containsKey(mount)) {
            throw wrong("mount " + mount + " was not named before");
        }
        if (processes.put(name, mount) != null) {
            throw wrong("process " + name + " was named before");
        }
    }

    private void window(Words words) throws HistoryException {
        long number = words.number("the window's number");
        if (number <= window) {
            throw wrong("window " + number + " comes after window " + window);
        }
        if (window == NO_WINDOW && operationCount > 0) {
            throw wrong("a window begins, but there were operations without one");
        }
        giveAway();
        window = number;
        windowStartNanos = endNanosMax;
    }

    private void operation(Words words) throws HistoryException {
        String process = words.next("the process");
        if (!processes.containsKey(process)) {
            throw wrong("process " + process + " was not named before");
        }
        long sequence = words.number("the sequence number");
        Span span = span(words);
        Effect effect = words.constant(Effect.values(), "effect");
        String object = words.next("the object");
        Value value = value(words.next("the value"));
        Deed deed = new Deed(effect, object, value, words.numberOrNothing("the index"));
        Outcome outcome = words.constant(Outcome.values(), "outcome");
        var operation = new Operation(process, sequence, span, deed, outcome, words.next("the call"));
        requireOrder(operation);
        requirePlace(operation);
        latest.put(process, operation);
        operations.add(operation);
        lineNumbers.add(lineNumber);
        operationCount++;
        endNanosMax = Math.max(endNanosMax, span.endNanos());
    }

    private void requireOrder(Operation operation) throws HistoryException {
        Optional<Operation> before = Optional.ofNullable(latest.get(operation.process()));
        long expected = before.map(Operation::sequence).orElse(0L) + 1;
        if (operation.sequence() != expected) {
            throw wrong("operation " + operation.sequence() + " of " + operation.process() + ", where " + expected
                    + " is next: lines are missing or in another order");
        }
        boolean follows = before.isEmpty()
                || before.get().span().equals(operation.span())
                || before.get().span().endNanos() <= operation.span().startNanos();
        if (!follows) {
            throw wrong("operation " + operation.sequence() + " of " + operation.process()
                    + " starts before the one before it has ended");
        }
        if (operation.span().startNanos() < windowStartNanos) {
            throw wrong("the operation starts before all of an earlier window have ended");
        }
    }

    private void requirePlace(Operation operation) throws HistoryException {
        Deed deed = operation.deed();
        if (window != NO_WINDOW && !deed.object().startsWith(window + "/")) {
            throw wrong("object " + deed.object() + " is not of window " + window);
        }
        if (deed.effect() == Effect.ENTRY && deed.index() < 0) {
            throw wrong("an entry needs its position as the index");
        }
        if ((deed.effect() == Effect.SIZE || deed.effect() == Effect.APPEND)
                && !deed.value().isNumber()) {
            throw wrong("'" + deed.value() + "' where a number is needed");
        }
    }

    private void crash(Words words) throws HistoryException {
        String mount = words.next("the mount");
        if (!mounts.containsKey(mount)) {
            throw wrong("mount " + mount + " was not named before");
        }
        Span span = span(words);
        if (span.startNanos() < windowStartNanos) {
            throw wrong("the crash was before all of an earlier window had ended");
        }
        crashes.add(new Crash(mount, span));
        crashCount++;
        endNanosMax = Math.max(endNanosMax, span.endNanos());
    }

    private Span span(Words words) throws HistoryException {
        long start = words.number("the start");
        long end = words.number("the end");
        if (end < start) {
            throw wrong("it ends at " + end + ", before it starts at " + start);
        }
        return new Span(start, end);
    }

    private Value value(String word) throws HistoryException {
        return switch (word) {
            case "none" -> Value.NONE;
            case "some" -> Value.SOME;
            case "other" -> Value.OTHER;
            default -> new Value(Words.parse(word, "the value", lineNumber));
        };
    }

    private void end(Words words) throws HistoryException {
        requireCount(words, "operations", operationCount);
        requireCount(words, "crashes", crashCount);
        ended = true;
        giveAway();
    }

    private void requireCount(Words words, String what, long count) throws HistoryException {
        long counted = words.number("the number of " + what);
        if (counted != count) {
            throw wrong("the end speaks of " + counted + " " + what + ", but " + count + " came before it");
        }
    }

    private void giveAway() throws HistoryException {
        if (operations.isEmpty()) {
            return;
        }
        var cast = new History.Cast(new TreeMap<>(mounts), new TreeMap<>(processes));
        var complete = new History(cast, operations, crashes);
        requireJudgeable(complete);
        operations = new ArrayList<>();
        lineNumbers = LongStream.builder();
        crashes = new ArrayList<>();
        windows.accept(complete);
    }

    private void requireJudgeable(History complete) throws HistoryException {
        try {
            complete.requireJudgeable();
        } catch (HistoryException e) {
            long[] lines = lineNumbers.build().toArray();
            int which = e.about().map(operations::indexOf).orElse(-1);
            throw which < 0 ? e : new HistoryException(lines[which], String.valueOf(e.getMessage()));
        }
    }

    private HistoryException wrong(String what) {
        return new HistoryException(lineNumber, what);
    }
}
