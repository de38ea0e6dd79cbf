package sprite.client.simulation;

import java.util.List;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.server.prefix.Locator;

/** Every server knows of all. Immutable but for the list, which grows before anybody asks. */
record Whereabouts(List<Fleet.Site> sites) implements Locator {
    @Override
    public LocateReply locate(LocateRequest request) {
        for (Fleet.Site site : sites) {
            if (site.domain.prefix().path().equals(request.getPrefix())) {
                return LocateReply.newBuilder()
                        .setFound(true)
                        .setAddress(site.address)
                        .setDomain(Domain.newBuilder()
                                .setPrefix(site.domain.prefix().path())
                                .setNumber(site.domain.number())
                                .setUuid(site.domain.uuid().toString())
                                .setRoot(Wire.toWire(site.domain.root())))
                        .build();
            }
        }
        return LocateReply.getDefaultInstance();
    }

    @Override
    public void link(String prefix, boolean remove) {
        throw new UnsupportedOperationException("no links here");
    }
}
