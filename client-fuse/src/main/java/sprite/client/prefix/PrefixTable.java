package sprite.client.prefix;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.box.KeptPrefixes;
import sprite.client.session.Links;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.FormerPrefix;
import sprite.common.wire.proto.LocateReply;

/**
 * The prefix table of one mount. A prefix is looked up when a path first leads to it: among what the known servers
 * export, else by asking each of the configured servers, which ask their peers. Thread-safe: the maps are concurrent,
 * and entries are only ever added or replaced whole.
 */
public final class PrefixTable {
    private static final Logger log = LoggerFactory.getLogger(PrefixTable.class);

    private final Links links;
    private final List<String> servers;
    private final Map<Prefix, PrefixEntry> byPrefix = new ConcurrentSkipListMap<>();
    private final Map<Integer, PrefixEntry> byDomain = new ConcurrentHashMap<>();
    private final Map<Place, PrefixEntry> byPlace = new ConcurrentHashMap<>();
    private final Set<Prefix> missing = ConcurrentHashMap.newKeySet();

    /** Where a remote link was met. Immutable. */
    private record Place(FileId directory, FileName name) {}

    private final KeptPrefixes kept;

    /** A table that begins empty and asks {@code servers}, host:port each. */
    public PrefixTable(Links links, List<String> servers, KeptPrefixes kept) {
        this.kept = kept;
        this.links = links;
        this.servers = List.copyOf(servers);
    }

    /**
     * The entry for exactly this prefix. NO_PREFIX if no server exports it. While none of the servers can be asked, the
     * call of a program waits as the mount's policy allows (TIMED_OUT).
     */
    public PrefixEntry resolve(Prefix prefix) throws FsException {
        PrefixEntry known = byPrefix.get(prefix);
        long began = System.nanoTime();
        while (known == null) {
            try {
                known = locate(prefix);
            } catch (FsException e) {
                if (e.error() != FsError.TIMED_OUT) {
                    throw e;
                }
                links.pause(e, began);
            }
        }
        return known;
    }

    /** The server of a file. STALE for a domain that this mount has never met. */
    public ServerLink linkOf(FileId file) throws FsException {
        PrefixEntry entry = byDomain.get(file.domain());
        if (entry == null) {
            throw new FsException("locate", file.toString(), FsError.STALE);
        }
        return entry.link();
    }

    /** A remote link with that name stands for the entry's prefix. */
    public void met(FileId directory, FileName name, PrefixEntry entry) {
        PrefixEntry before = byPlace.put(new Place(directory, name), entry);
        if (!entry.equals(before)) {
            kept.is(left(entry));
        }
    }

    /**
     * What was last met under that name, if it was a remote link: a hint, for when the directory's own server is away.
     * A prefix that is known is reached without the servers above it, as in Sprite.
     */
    public @Nullable PrefixEntry lastMet(FileId directory, FileName name) {
        return byPlace.isEmpty() ? null : byPlace.get(new Place(directory, name));
    }

    /** All entries, by prefix. */
    public List<PrefixEntry> entries() {
        return List.copyOf(byPrefix.values());
    }

    /** All that is known, for this client's next life. */
    public List<FormerPrefix> leave() {
        List<FormerPrefix> all = new ArrayList<>();
        byPrefix.values().forEach(entry -> all.add(left(entry)));
        return all;
    }

    private FormerPrefix left(PrefixEntry entry) {
        FormerPrefix.Builder left = FormerPrefix.newBuilder()
                .setPrefix(entry.prefix().path())
                .setRoot(Wire.toWire(entry.root()))
                .setUuid(entry.uuid())
                .setAddress(entry.link().address());
        byPlace.forEach((place, there) -> {
            if (there.equals(entry)) {
                left.addPlaces(FormerPrefix.Place.newBuilder()
                        .setDirectory(Wire.toWire(place.directory()))
                        .setName(Wire.toWire(place.name())));
            }
        });
        return left.build();
    }

    /** What this client's life before knew; the lines to the servers have been inherited, too. */
    public void inherit(List<FormerPrefix> former) throws FsException {
        for (FormerPrefix left : former) {
            PrefixEntry entry = new PrefixEntry(
                    new Prefix(left.getPrefix()),
                    Wire.fileId(left.getRoot()),
                    left.getUuid(),
                    links.to(left.getAddress()));
            byDomain.putIfAbsent(entry.root().domain(), entry);
            byPrefix.put(entry.prefix(), entry);
            kept.is(left(entry));
            for (FormerPrefix.Place place : left.getPlacesList()) {
                met(Wire.fileId(place.getDirectory()), Wire.fileName(place.getName()), entry);
            }
        }
    }

    private PrefixEntry locate(Prefix prefix) throws FsException {
        FsException away = null;
        for (String server : servers) {
            try {
                PrefixEntry found = ask(server, prefix);
                if (found != null) {
                    return found;
                }
            } catch (FsException e) {
                if (e.error() != FsError.TIMED_OUT) {
                    throw e;
                }
                away = e;
            }
        }
        if (away == null && missing.add(prefix)) {
            log.warn("no server exports the prefix {} (asked {})", prefix, String.join(", ", servers));
        }
        throw away != null
                ? away
                : new FsException(
                        "locate",
                        "prefix " + prefix + " (asked " + String.join(", ", servers) + ")",
                        FsError.NO_PREFIX);
    }

    private @Nullable PrefixEntry ask(String server, Prefix prefix) throws FsException {
        ServerLink link = links.to(server);
        Domain own = exported(link, prefix);
        if (own != null) {
            return enter(prefix, own, link);
        }
        LocateReply elsewhere = links.locate(server, prefix.path());
        if (elsewhere == null) {
            return null;
        }
        return enter(prefix, elsewhere.getDomain(), links.to(elsewhere.getAddress()));
    }

    private static @Nullable Domain exported(ServerLink link, Prefix prefix) {
        for (Domain domain : link.domains()) {
            if (domain.getPrefix().equals(prefix.path())) {
                return domain;
            }
        }
        return null;
    }

    private PrefixEntry enter(Prefix prefix, Domain domain, ServerLink link) throws FsException {
        PrefixEntry entry = new PrefixEntry(prefix, Wire.fileId(domain.getRoot()), domain.getUuid(), link);
        PrefixEntry same = byDomain.putIfAbsent(domain.getNumber(), entry);
        if (same != null && !same.uuid().equals(entry.uuid())) {
            log.error(
                    "prefixes {} (at {}) and {} (at {}) have the same domain number {}; {} cannot be used",
                    same.prefix(),
                    same.link().address(),
                    prefix,
                    link.address(),
                    domain.getNumber(),
                    prefix);
            throw new FsException("locate", "prefix " + prefix, FsError.IO);
        }
        byPrefix.put(prefix, entry);
        kept.is(left(entry));
        missing.remove(prefix);
        return entry;
    }
}
