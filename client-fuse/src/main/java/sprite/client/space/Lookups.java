package sprite.client.space;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Caller;
import sprite.client.fs.Listing;
import sprite.client.name.Known;
import sprite.client.name.ListingInstall;
import sprite.client.prefix.PrefixEntry;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.DirectoryEntry;
import sprite.common.wire.proto.GetAttributes;
import sprite.common.wire.proto.Lookup;
import sprite.common.wire.proto.LookupReply;
import sprite.common.wire.proto.ReadDirectory;
import sprite.common.wire.proto.ReadDirectoryReply;
import sprite.common.wire.proto.ReadLink;

/**
 * Reads names and attributes: from what is held under a grant while the lease lasts, else from the server. Immutable.
 */
final class Lookups {
    private static final int PAGE = 1_000;

    private final Holdings held;

    Lookups(Holdings held) {
        this.held = held;
    }

    Attributes lookup(FileId directory, FileName name, Caller caller) throws FsException {
        ServerLink link = held.linkOf(directory);
        Known known = held.names().find(directory, name);
        if (known != null && link.isLeaseValid()) {
            mustSearch(directory, caller);
            Known.Present entry = present(known, directory, name);
            try {
                return attributes(isRemote(entry) ? behind(directory, name, entry, caller) : entry.file(), caller);
            } catch (FsException e) {
                if (e.error() != FsError.NOT_FOUND) {
                    throw e;
                }
                // Another file has the name since, or none has it: the server tells both in one answer.
            }
        }
        PrefixEntry met = link.isLeaseValid() ? null : held.prefixes().lastMet(directory, name);
        if (met != null) {
            return attributes(met.root(), caller);
        }
        long asked = held.files().mark();
        LookupReply reply = ask(link, directory, name, asked, caller);
        if (!reply.getFound()) {
            throw notFound(directory, name);
        }
        Attributes entry = Trusted.attributes(reply.getAttributes());
        if (entry.type() == FileType.REMOTE_LINK) {
            var told = new Known.Present(entry.file(), entry.type(), entry.remote());
            return attributes(behind(directory, name, told, caller), caller);
        }
        return held.files().overlay(entry, asked);
    }

    FileId find(FileId directory, FileName name, Caller caller) throws FsException {
        ServerLink link = held.linkOf(directory);
        Known known = held.names().find(directory, name);
        if (known != null && link.isLeaseValid()) {
            mustSearch(directory, caller);
            Known.Present entry = present(known, directory, name);
            return isRemote(entry) ? behind(directory, name, entry, caller) : entry.file();
        }
        return lookup(directory, name, caller).file();
    }

    Attributes attributes(FileId file, Caller caller) throws FsException {
        Attributes known = held(file);
        if (known != null) {
            return known;
        }
        ServerLink link = held.linkOf(file);
        long asked = held.files().mark();
        var request = ClientFrame.newBuilder()
                .setGetAttributes(GetAttributes.newBuilder().setFile(Wire.toWire(file)));
        var reply = link.call(
                        request,
                        frame -> held.install(
                                frame.getAttributes().getAttributes(),
                                frame.getAttributes().getGranted(),
                                asked),
                        caller::isInterrupted)
                .getAttributes();
        return held.files().overlay(Trusted.attributes(reply.getAttributes()), asked);
    }

    /** What is known under a grant; null if the server has to be asked. */
    @Nullable
    Attributes held(FileId file) throws FsException {
        Attributes known = held.attributes().find(file);
        if (known == null || !held.linkOf(file).isLeaseValid()) {
            return null;
        }
        Attributes seen = held.files().overlay(known, 0);
        // Between the two what this client wrote may be reported, and the right to know better goes with it.
        return known.equals(held.attributes().find(file)) ? seen : null;
    }

    void access(FileId file, int wanted, Caller caller) throws FsException {
        if (wanted != 0 && !Access.allows(attributes(file, caller), caller.credentials(), wanted)) {
            throw new FsException("access", file.toString(), FsError.ACCESS_DENIED);
        }
    }

    List<Listing> list(FileId directory, Caller caller) throws FsException {
        ServerLink link = held.linkOf(directory);
        List<Listing> known = held.names().listing(directory);
        if (known != null && link.isLeaseValid()) {
            if (caller.uid() != 0) {
                access(directory, Access.READ, caller);
            }
            return withRootsBehindLinks(known);
        }
        List<Listing> entries = new ArrayList<>();
        ListingInstall install = held.names().beginListing(directory);
        ByteString after = ByteString.EMPTY;
        while (true) {
            ReadDirectoryReply page = page(link, directory, after, install, caller);
            for (DirectoryEntry entry : page.getEntriesList()) {
                entries.add(new Listing(
                        Trusted.name(entry.getName()), Trusted.file(entry.getFile()), Trusted.type(entry.getType())));
            }
            if (page.getEnd() || page.getEntriesCount() == 0) {
                return withRootsBehindLinks(entries);
            }
            after = page.getEntries(page.getEntriesCount() - 1).getName();
        }
    }

    byte[] readLink(FileId file, Caller caller) throws FsException {
        var request = ClientFrame.newBuilder().setReadLink(ReadLink.newBuilder().setFile(Wire.toWire(file)));
        return held.linkOf(file)
                .call(request, ServerLink.Installer.NONE, caller::isInterrupted)
                .getReadLink()
                .getTarget()
                .toByteArray();
    }

    // ------------------------------------------------------------------------------------------------------------

    private LookupReply ask(ServerLink link, FileId directory, FileName name, long asked, Caller caller)
            throws FsException {
        var request = ClientFrame.newBuilder()
                .setLookup(Lookup.newBuilder()
                        .setDirectory(Wire.toWire(directory))
                        .setName(Wire.toWire(name))
                        .setCredentials(Wire.toWire(caller.credentials())));
        return link.call(
                        request,
                        frame -> installLookup(directory, name, frame.getLookup(), asked),
                        caller::isInterrupted)
                .getLookup();
    }

    private void installLookup(FileId directory, FileName name, LookupReply reply, long asked) {
        if (reply.hasDirectory()) {
            held.install(reply.getDirectory(), reply.getDirectoryGranted(), asked);
        }
        if (reply.getFound()) {
            Attributes entry = held.install(reply.getAttributes(), reply.getAttributesGranted(), asked);
            held.names().present(directory, name, entry, reply.getNamesGranted());
        } else {
            held.names().absent(directory, name, reply.getNamesGranted());
        }
    }

    private ReadDirectoryReply page(
            ServerLink link, FileId directory, ByteString after, ListingInstall install, Caller caller)
            throws FsException {
        var request = ClientFrame.newBuilder()
                .setReadDirectory(ReadDirectory.newBuilder()
                        .setDirectory(Wire.toWire(directory))
                        .setAfter(after)
                        .setLimit(PAGE)
                        .setWithAttributes(true)
                        .setCredentials(Wire.toWire(caller.credentials())));
        long asked = held.files().mark();
        return link.call(request, frame -> installPage(frame.getReadDirectory(), install, asked), caller::isInterrupted)
                .getReadDirectory();
    }

    private void installPage(ReadDirectoryReply page, ListingInstall install, long asked) {
        install.page(page.getNamesGranted());
        for (DirectoryEntry entry : page.getEntriesList()) {
            Prefix remote = null;
            if (entry.getHasAttributes()) {
                remote = held.install(entry.getAttributes(), entry.getAttributesGranted(), asked)
                        .remote();
            }
            install.entry(
                    Trusted.name(entry.getName()),
                    new Known.Present(Trusted.file(entry.getFile()), Trusted.type(entry.getType()), remote));
        }
        if (page.getEnd()) {
            install.end();
        }
    }

    private Known.Present present(Known known, FileId directory, FileName name) throws FsException {
        return switch (known) {
            case Known.Present entry -> entry;
            case Known.Absent _ -> throw notFound(directory, name);
        };
    }

    private static boolean isRemote(Known.Present entry) {
        return entry.type() == FileType.REMOTE_LINK;
    }

    /** The root directory of the domain that a remote link stands for. */
    private FileId behind(FileId directory, FileName name, Known.Present entry, Caller caller) throws FsException {
        Prefix told = entry.remote();
        Prefix prefix = told != null ? told : attributes(entry.file(), caller).remote();
        if (prefix == null) {
            throw new FsException("follow remote link", entry.file().toString(), FsError.IO);
        }
        PrefixEntry found = held.prefixes().resolve(prefix);
        held.prefixes().met(directory, name, found);
        return found.root();
    }

    /** A remote link is listed as the directory behind it, if that has been met already. */
    private List<Listing> withRootsBehindLinks(List<Listing> entries) {
        List<Listing> shown = new ArrayList<>(entries.size());
        for (Listing entry : entries) {
            shown.add(entry.type() == FileType.REMOTE_LINK ? behindIfMet(entry) : entry);
        }
        return shown;
    }

    private Listing behindIfMet(Listing entry) {
        Attributes link = held.attributes().find(entry.file());
        for (PrefixEntry met : held.prefixes().entries()) {
            if (link != null && met.prefix().equals(link.remote())) {
                return new Listing(entry.name(), met.root(), FileType.DIRECTORY);
            }
        }
        return new Listing(entry.name(), entry.file(), FileType.DIRECTORY);
    }

    /** What the server checks at a lookup has to be checked where the lookup is answered from the cache. */
    private void mustSearch(FileId directory, Caller caller) throws FsException {
        if (caller.uid() != 0) {
            access(directory, Access.EXECUTE, caller);
        }
    }

    private static FsException notFound(FileId directory, FileName name) {
        return new FsException("lookup", directory + "/" + name, FsError.NOT_FOUND);
    }
}
