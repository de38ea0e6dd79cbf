package sprite.consistency.small;

import sprite.consistency.OpenMode;

/**
 * An open file of a process. Immutable.
 *
 * @param number never used twice in a world
 * @param process that opened it
 * @param mode of its open
 * @param flushed close(2) was seen since its last write
 * @param detached closed at the server before its release
 * @param closing closed by the process; the release comes when it comes
 */
record Handle(int number, int process, OpenMode mode, boolean flushed, boolean detached, boolean closing) {
    Handle closed() {
        return new Handle(number, process, mode, true, detached, true);
    }

    Handle detach() {
        return new Handle(number, process, mode, flushed, true, closing);
    }

    Handle attach() {
        return new Handle(number, process, mode, flushed, false, closing);
    }

    Handle written() {
        return new Handle(number, process, mode, false, detached, closing);
    }

    boolean isLike(Handle other) {
        return process == other.process
                && mode.equals(other.mode)
                && flushed == other.flushed
                && detached == other.detached
                && closing == other.closing;
    }

    void encode(Fingerprint to) {
        to.put(number).put(process).put(mode.write()).put(flushed).put(detached).put(closing);
    }
}
