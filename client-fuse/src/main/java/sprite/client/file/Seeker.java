package sprite.client.file;

import java.util.List;
import sprite.client.cache.Block;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Seek;
import sprite.common.wire.proto.SeekReply;

/**
 * Finds holes and data. What has not arrived at the server yet is data, wherever it lies; about everything else the
 * server decides, by the holes that its own file has. Thread-safe: state is in the files.
 */
final class Seeker {
    /** In place of an offset: there is none. */
    private static final long NOWHERE = Long.MAX_VALUE;

    /** So often the server is asked for one answer; what comes after that may pass for data. */
    private static final int QUESTIONS_MAX = 16;

    private final Opens opens;

    Seeker(Opens opens) {
        this.opens = opens;
    }

    /** Bytes that the server may not have. */
    private record Range(long from, long to) {}

    long seek(OpenFile handle, long offset, boolean hole) throws FsException {
        CachedFile file = handle.cached;
        Storing.bringBack(file);
        while (true) {
            if (!file.link.isLeaseValid()) {
                file.link.awaitLease();
            }
            Way way;
            List<Range> unarrived = List.of();
            long size = 0;
            file.lock.lock();
            try {
                way = file.enter(handle, false);
                if (way == Way.CACHED) {
                    size = file.blocks.size;
                    unarrived = unarrived(file.blocks);
                }
            } finally {
                file.lock.unlock();
            }
            switch (way) {
                case DETACHED -> opens.attach(handle);
                case DOUBTFUL -> opens.resolveDoubt(file);
                case BARRED -> throw new IllegalStateException("only reads for pages are barred");
                case UNCACHED -> {
                    return found(file, ask(file, offset, hole), NOWHERE);
                }
                case CACHED -> {
                    boolean inside = offset >= 0 && offset < size;
                    long found = !inside
                            ? NOWHERE
                            : hole ? hole(file, offset, size, unarrived) : data(file, offset, unarrived);
                    return found(file, found, hole ? NOWHERE : size);
                }
            }
        }
    }

    private static List<Range> unarrived(BlockMap blocks) {
        return blocks.unarrivedInOrder().stream()
                .map(block -> {
                    long start = block.index() * Block.SIZE;
                    return new Range(start + block.unarrivedFrom(), start + block.unarrivedTo());
                })
                .toList();
    }

    private static long found(CachedFile file, long found, long below) throws FsException {
        if (found >= below) {
            throw new FsException("seek", file.id.toString(), FsError.PAST_END);
        }
        return found;
    }

    private static long data(CachedFile file, long offset, List<Range> unarrived) throws FsException {
        long here = NOWHERE;
        for (Range range : unarrived) {
            if (range.to > offset) {
                here = Math.max(offset, range.from);
                break;
            }
        }
        return here == offset ? offset : Math.min(here, ask(file, offset, false));
    }

    private static long hole(CachedFile file, long offset, long size, List<Range> unarrived) throws FsException {
        long at = offset;
        for (int questions = 0; questions < QUESTIONS_MAX; questions++) {
            for (Range range : unarrived) {
                if (range.from <= at && at < range.to) {
                    at = range.to;
                }
            }
            if (at >= size) {
                return size;
            }
            long there = ask(file, at, true);
            if (there == at || there == NOWHERE) {
                return at; // past the end of what the server has there is nothing either
            }
            at = there;
        }
        return size;
    }

    private static long ask(CachedFile file, long offset, boolean hole) throws FsException {
        var request = ClientFrame.newBuilder()
                .setSeek(Seek.newBuilder()
                        .setFile(Wire.toWire(file.id))
                        .setOffset(offset)
                        .setHole(hole));
        SeekReply reply =
                file.link.call(request, ServerLink.Installer.NONE, () -> false).getSeek();
        return reply.getFound() ? reply.getOffset() : NOWHERE;
    }
}
