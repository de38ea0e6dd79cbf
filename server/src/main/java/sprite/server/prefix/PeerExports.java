package sprite.server.prefix;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sprite.common.name.Prefix;
import sprite.common.wire.proto.Domain;

/**
 * What the peers that were up export, and whether this server may export its own beside it. Immutable.
 *
 * @param byPeer the domains of each peer, in the order in which the peers were named
 */
public record PeerExports(Map<HostPort, List<Domain>> byPeer) {
    public PeerExports {
        byPeer = new LinkedHashMap<>(byPeer);
    }

    /** Refuses a prefix that a peer exports; to be asked before anything is opened or made. */
    public void refusePrefixes(Collection<Prefix> own) throws PrefixConflictException {
        for (Map.Entry<HostPort, List<Domain>> peer : byPeer.entrySet()) {
            for (Domain theirs : peer.getValue()) {
                if (own.stream().anyMatch(prefix -> prefix.path().equals(theirs.getPrefix()))) {
                    throw new PrefixConflictException("the server at " + peer.getKey() + " exports "
                            + theirs.getPrefix() + " already; stop it, or give this domain another prefix");
                }
            }
        }
    }

    /** Refuses a domain that has the number of a peer's; to be asked before anything is served. */
    public void refuseNumbers(OwnDomains own) throws PrefixConflictException {
        for (Map.Entry<HostPort, List<Domain>> peer : byPeer.entrySet()) {
            for (Domain theirs : peer.getValue()) {
                sprite.server.domain.Domain same = own.numbered(theirs.getNumber());
                if (same != null) {
                    throw new PrefixConflictException(describe(peer.getKey(), theirs, same));
                }
            }
        }
    }

    private static String describe(HostPort peer, Domain theirs, sprite.server.domain.Domain own) {
        boolean copy = theirs.getUuid().equals(own.uuid().toString());
        return "the domain of " + own.prefix() + " has number " + own.number() + ", and so has that of "
                + theirs.getPrefix() + " at " + peer + ": "
                + (copy
                        ? "they are copies of one domain, serve only one"
                        : "make one of them anew, in an empty directory");
    }
}
