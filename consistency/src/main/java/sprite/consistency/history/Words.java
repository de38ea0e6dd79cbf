package sprite.consistency.history;

/** The words of one line, taken one after another. Confined to one thread. */
final class Words {
    private final String line;
    private final long lineNumber;
    private int at;

    Words(String line, long lineNumber) {
        this.line = line;
        this.lineNumber = lineNumber;
    }

    /** The next one; {@code what} it should be, for whoever left it out. */
    String next(String what) throws HistoryException {
        if (at > line.length()) {
            throw new HistoryException(lineNumber, what + " is missing");
        }
        int blank = line.indexOf(' ', at);
        int end = blank < 0 ? line.length() : blank;
        String word = line.substring(at, end);
        at = end + 1;
        if (word.isEmpty()) {
            throw new HistoryException(lineNumber, what + " is missing");
        }
        return word;
    }

    /** All that is left. */
    String rest() throws HistoryException {
        if (at >= line.length()) {
            throw new HistoryException(lineNumber, "the line is too short");
        }
        String rest = line.substring(at);
        at = line.length() + 1;
        return rest;
    }

    /** A number that is not negative. */
    long number(String what) throws HistoryException {
        return parse(next(what), what, lineNumber);
    }

    long numberOrNothing(String what) throws HistoryException {
        String word = next(what);
        return word.equals(HistoryLines.NOTHING) ? Deed.UNKNOWN : parse(word, what, lineNumber);
    }

    <E extends Enum<E>> E constant(E[] constants, String what) throws HistoryException {
        String word = next("the " + what);
        for (E constant : constants) {
            if (HistoryLines.word(constant).equals(word)) {
                return constant;
            }
        }
        throw new HistoryException(lineNumber, "there is no " + what + " '" + word + "'");
    }

    void requireEnd() throws HistoryException {
        if (at <= line.length()) {
            throw new HistoryException(lineNumber, "more words than expected: '" + line.substring(at) + "'");
        }
    }

    static long parse(String word, String what, long lineNumber) throws HistoryException {
        try {
            long number = Long.parseLong(word);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new HistoryException(lineNumber, what + " is '" + word + "', not a number that fits");
    }
}
