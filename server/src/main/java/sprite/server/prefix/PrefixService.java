package sprite.server.prefix;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.Prefix;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.server.domain.Domain;

/**
 * The prefixes of this server and its peers.
 *
 * <p>Thread-safe: immutable but for the address, which is volatile.
 */
public final class PrefixService implements Locator {
    private static final Logger log = LoggerFactory.getLogger(PrefixService.class);

    private final OwnDomains exports;
    private final Peers peers;
    private final RemoteLinks links;
    private volatile HostPort address;

    /**
     * Answers for {@code exports} and asks {@code peers} for the rest.
     *
     * @param address told to others as where this server is; see {@link #reachableAt}
     * @param names makes and removes the entries of remote links
     */
    public PrefixService(OwnDomains exports, Peers peers, HostPort address, NameChanger names, InstantSource clock) {
        this.exports = exports;
        this.peers = peers;
        this.address = address;
        this.links = new RemoteLinks(exports, names, clock);
    }

    /** Corrects the address that others are told, once it is known which port was free. */
    public void reachableAt(HostPort newAddress) {
        address = newAddress;
    }

    @Override
    public LocateReply locate(LocateRequest request) {
        if (request.getPrefix().isEmpty()) {
            List<sprite.common.wire.proto.Domain> all =
                    exports.all().stream().map(OwnDomains::toWire).toList();
            return LocateReply.newBuilder()
                    .setFound(true)
                    .setAddress(address.toString())
                    .addAllExports(all)
                    .build();
        }
        Domain own = exports.at(request.getPrefix());
        if (own != null) {
            return LocateReply.newBuilder()
                    .setFound(true)
                    .setAddress(address.toString())
                    .setDomain(OwnDomains.toWire(own))
                    .build();
        }
        return request.getAskPeers() ? askPeers(request.getPrefix()) : LocateReply.getDefaultInstance();
    }

    @Override
    public void link(String prefix, boolean remove) throws FsException {
        if (!Prefix.isValid(prefix) || prefix.equals("/")) {
            throw new FsException(
                    "link",
                    "'" + prefix + "' (a remote link stands for a prefix such as /projects, without . or ..)",
                    FsError.INVALID);
        }
        if (remove) {
            links.remove(new Prefix(prefix));
        } else {
            links.make(new Prefix(prefix));
        }
    }

    private LocateReply askPeers(String prefix) {
        LocateReply found = LocateReply.getDefaultInstance();
        LocateRequest request = LocateRequest.newBuilder().setPrefix(prefix).build();
        for (Map.Entry<HostPort, LocateReply> peer : peers.ask(request).entrySet()) {
            LocateReply reply = peer.getValue();
            if (reply.getFound() && !found.getFound()) {
                found = reply;
            } else if (reply.getFound() && !reply.getAddress().equals(found.getAddress())) {
                log.warn(
                        "{} is exported by {} and by {}; clients are sent to the first: stop one of them",
                        prefix,
                        found.getAddress(),
                        reply.getAddress());
            }
        }
        return found;
    }
}
