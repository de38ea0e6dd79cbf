package sprite.client.fuse.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Box;
import sprite.client.box.KeptDirectory;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Listing;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.FormerDirectory;
import sprite.common.wire.proto.FormerMount;

/** Listing directories. Thread-safe: what it shares is. */
final class DirectoryOperations {
    /** Entries that every listing begins with: "." and "..". */
    private static final int DOTS = 2;

    private final FileSystem files;
    private final Nodes nodes;
    private final Borrowing borrowing;
    private final Flights flights;
    private final Box box;
    private final Handles<OpenDirectory> open;

    DirectoryOperations(FileSystem files, Nodes nodes, Borrowing borrowing, Flights flights, Box box) {
        this.box = box;
        this.open = new Handles<>(box, Box.Word.LAST_DIRECTORY);
        this.files = files;
        this.nodes = nodes;
        this.borrowing = borrowing;
        this.flights = flights;
    }

    /** For who takes the mount over. */
    void leave(FormerMount.Builder left) {
        open.all().forEach((number, directory) -> {
            FormerDirectory.Builder listed =
                    FormerDirectory.newBuilder().setKernel(number).setFile(Wire.toWire(directory.file()));
            for (Listing entry : directory.entries()) {
                listed.addEntries(FormerDirectory.Entry.newBuilder()
                        .setName(Wire.toWire(entry.name()))
                        .setFile(Wire.toWire(entry.file()))
                        .setType(Wire.toWire(entry.type())));
            }
            left.addDirectories(listed);
        });
    }

    void inherit(FormerMount former) throws FsException {
        SortedMap<Long, OpenDirectory> listed = new TreeMap<>();
        for (FormerDirectory left : former.getDirectoriesList()) {
            List<Listing> entries = new ArrayList<>(left.getEntriesCount());
            for (FormerDirectory.Entry entry : left.getEntriesList()) {
                entries.add(new Listing(
                        Wire.fileName(entry.getName()), Wire.fileId(entry.getFile()), Wire.fileType(entry.getType())));
            }
            FileId file = Wire.fileId(left.getFile());
            var directory = new OpenDirectory(file, KeptDirectory.of(box, left.getKernel(), file));
            directory.inherit(List.copyOf(entries));
            for (FormerDirectory.Place place : left.getPlacesList()) {
                directory.goesOn(place.getOffset(), Wire.fileName(place.getBehind()));
            }
            listed.put(left.getKernel(), directory);
        }
        open.inherit(listed, former.getLastDirectory());
    }

    int opendir(Request request, Reply reply) throws FsException {
        FileId directory = nodes.file(request.node());
        files.access(directory, Access.READ, request);
        long number = open.add(kernel -> new OpenDirectory(directory, KeptDirectory.of(box, kernel, directory)));
        Out.Open.put(reply.payload(), 0, number, 0);
        return (int) Out.Open.BYTES;
    }

    /** How the entries of a listing are laid out. */
    private interface Layout {
        long bytes(String name);

        /** {@code entry} is null for "." and "..". */
        void put(MemorySegment to, long at, FileId file, long next, int mode, String name, @Nullable Listing entry)
                throws FsException;
    }

    private static final Layout PLAIN = new Layout() {
        @Override
        public long bytes(String name) {
            return Out.DirectoryEntry.bytes(name);
        }

        @Override
        public void put(
                MemorySegment to, long at, FileId file, long next, int mode, String name, @Nullable Listing entry) {
            Out.DirectoryEntry.put(to, at, file.statInode(), next, mode, name);
        }
    };

    /** With what is lent of each entry before it: {@code struct fuse_direntplus}. */
    private final class Lending implements Layout {
        private final FileId directory;
        private final Flights.Flight flight;

        Lending(FileId directory, Flights.Flight flight) {
            this.directory = directory;
            this.flight = flight;
        }

        @Override
        public long bytes(String name) {
            return Out.Entry.BYTES + Out.DirectoryEntry.bytes(name);
        }

        @Override
        public void put(
                MemorySegment to, long at, FileId file, long next, int mode, String name, @Nullable Listing entry)
                throws FsException {
            if (entry != null) {
                flight.carry(file);
            }
            Attributes known = entry == null ? null : files.attributesIfHeld(file);
            long named = 0;
            if (entry != null && known != null && known.type() == entry.type()) {
                named = borrowing.name(directory, entry.name(), file);
            }
            if (known != null && named > 0) {
                Out.Entry.put(to, at, nodes.node(file), known, named, borrowing.attributes(known));
            } else {
                Out.Entry.putAbsent(to, at, 0); // means that nothing is told
            }
            Out.DirectoryEntry.put(to, at + Out.Entry.BYTES, file.statInode(), next, mode, name);
        }
    }

    int readdir(Request request, Reply reply) throws FsException {
        return fill(request, reply, listed(request), PLAIN);
    }

    /** READDIRPLUS, which is asked for where things are lent only. */
    int readdirplus(Request request, Reply reply) throws FsException {
        OpenDirectory directory = listed(request);
        Flights.Flight flight = flights.takeOff(directory.file(), request.unique());
        boolean carries = false;
        try {
            int length = fill(request, reply, directory, new Lending(directory.file(), flight));
            carries = !flight.isEmpty();
            return length;
        } finally {
            if (carries) {
                directory.landLast(flights, flight);
            } else {
                flights.land(flight);
            }
        }
    }

    /** The kernel did not take a listing. */
    void abandon(Request request) {
        try {
            open.get(request.longAt(In.Read.HANDLE)).abandon(flights, request.unique());
        } catch (FsException e) {
            return; // closed since, by the end of the program, and landed by that
        }
    }

    /** The directory, of which the kernel has taken the piece before in. */
    private OpenDirectory listed(Request request) throws FsException {
        OpenDirectory directory = open.get(request.longAt(In.Read.HANDLE));
        directory.landLast(flights, null);
        long offset = request.longAt(In.Read.OFFSET);
        if (offset == 0) {
            directory.take(files.list(directory.file(), Trusted.CALLER));
        } else if (directory.isToBeListed()) {
            directory.goOn(files.list(directory.file(), Trusted.CALLER), offset, DOTS);
        }
        return directory;
    }

    /** An offset is the number of the entry that comes next; 0 begins anew, with a fresh listing. */
    private static int fill(Request request, Reply reply, OpenDirectory directory, Layout layout) throws FsException {
        long room = Math.min(Integer.toUnsignedLong(request.intAt(In.Read.SIZE)), Negotiation.TRANSFER_MAX);
        long from = request.longAt(In.Read.OFFSET);
        long at = 0;
        Listing last = null;
        long next = from;
        for (; next >= 0; next++) {
            Listing entry = next < DOTS ? null : directory.entry(next - DOTS);
            if (next >= DOTS && entry == null) {
                break;
            }
            // For ".." the directory itself, too: the kernel resolves it by itself, and asks for its number.
            FileId file = entry == null ? directory.file() : entry.file();
            int mode =
                    entry == null ? FileType.DIRECTORY.modeBits() : entry.type().modeBits();
            String name = entry != null ? entry.name().bytesAsText() : next == 0 ? "." : "..";
            if (at + layout.bytes(name) > room) {
                break;
            }
            layout.put(reply.payload(), at, file, next + 1, mode, name, entry);
            at += layout.bytes(name);
            last = entry;
        }
        if (last != null) {
            directory.reaches(from, next, last.name());
        }
        return (int) at;
    }

    int releasedir(Request request) throws FsException {
        open.remove(request.longAt(In.Release.HANDLE)).close(flights);
        return 0;
    }

    int fsyncdir(Request request) throws FsException {
        files.fsyncDirectory(open.get(request.longAt(In.Fsync.HANDLE)).file(), request);
        return 0;
    }
}
