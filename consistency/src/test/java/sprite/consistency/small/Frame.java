package sprite.consistency.small;

import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;

/** What travels on a stream. Immutable. */
sealed interface Frame {
    void encode(Fingerprint to);

    private static String use(OpenMode mode) {
        return mode.write() ? "writing" : "reading";
    }

    /** What clients say. */
    sealed interface Up extends Frame {}

    /** What the server says. */
    sealed interface Down extends Frame {}

    /** Executed by a thread of the server when it finds time. {@code truncates}: to {@code value}. */
    record Request(int process, OpenMode mode, boolean truncates, int value) implements Up {
        @Override
        public void encode(Fingerprint to) {
            to.put(1).put(process).put(mode.write()).put(truncates).put(value);
        }

        @Override
        public String toString() {
            return truncates ? "Truncate" : "Open for " + use(mode);
        }
    }

    record Close(OpenMode mode, boolean dirty) implements Up {
        @Override
        public void encode(Fingerprint to) {
            to.put(2).put(mode.write()).put(dirty);
        }

        @Override
        public String toString() {
            return "Close of an open for " + use(mode) + (dirty ? ", dirty blocks remain" : "");
        }
    }

    record WrittenBack(OpenSeq seq) implements Up {
        @Override
        public void encode(Fingerprint to) {
            to.put(3).put(seq);
        }
    }

    record Done(OpenSeq callback) implements Up {
        @Override
        public void encode(Fingerprint to) {
            to.put(4).put(callback);
        }
    }

    record Opened(int process, OpenMode mode, OpenSeq seq, Version version, boolean cacheable) implements Down {
        @Override
        public void encode(Fingerprint to) {
            to.put(5)
                    .put(process)
                    .put(mode.write())
                    .put(seq)
                    .put(version.value())
                    .put(cacheable);
        }

        @Override
        public String toString() {
            return "Opened " + seq + " for " + use(mode) + ", " + version + (cacheable ? ", may cache" : "");
        }
    }

    record Truncated(int process, Version version) implements Down {
        @Override
        public void encode(Fingerprint to) {
            to.put(6).put(process).put(version.value());
        }
    }

    /** A callback. {@code callback} is the number by which its answer is known. */
    record Recall(OpenSeq callback, boolean writeBack, boolean invalidate) implements Down {
        @Override
        public void encode(Fingerprint to) {
            to.put(7).put(callback).put(writeBack).put(invalidate);
        }

        @Override
        public String toString() {
            return "Callback " + callback + (writeBack ? " write back" : "") + (invalidate ? " invalidate" : "");
        }
    }
}
