package sprite.server.prefix;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.name.Prefix;
import sprite.common.wire.Wire;
import sprite.server.domain.Domain;

/** The domains that this server exports, by prefix. Immutable; the domains are not. */
public final class OwnDomains {
    private final SortedMap<Prefix, Domain> domains = new TreeMap<>();

    /** These domains, whose prefixes and numbers differ; IllegalArgumentException otherwise. */
    public OwnDomains(Collection<? extends Domain> domains) {
        for (Domain domain : domains) {
            boolean sameNumber = this.domains.values().stream().anyMatch(other -> other.number() == domain.number());
            if (sameNumber || this.domains.put(domain.prefix(), domain) != null) {
                throw new IllegalArgumentException("exported twice: " + domain.prefix() + ", " + domain.number());
            }
        }
    }

    /** All domains, in the order of their prefixes. */
    public List<Domain> all() {
        return List.copyOf(domains.values());
    }

    /** The domain of exactly this prefix, or null. */
    @Nullable
    Domain at(String prefix) {
        return Prefix.isValid(prefix) ? domains.get(new Prefix(prefix)) : null;
    }

    /** The domain of this number, or null. */
    @Nullable
    Domain numbered(int number) {
        return domains.values().stream()
                .filter(domain -> domain.number() == number)
                .findFirst()
                .orElse(null);
    }

    /** The domain in which a link for {@code prefix} lies: the longest prefix that is above it, not itself; or null. */
    @Nullable
    Domain above(Prefix prefix) {
        Domain longest = null;
        for (Domain domain : domains.values()) { // shorter prefixes come first
            if (!domain.prefix().equals(prefix) && domain.prefix().matches(prefix.path())) {
                longest = domain;
            }
        }
        return longest;
    }

    /** What the wire says of a domain. */
    static sprite.common.wire.proto.Domain toWire(Domain domain) {
        return sprite.common.wire.proto.Domain.newBuilder()
                .setPrefix(domain.prefix().path())
                .setNumber(domain.number())
                .setUuid(domain.uuid().toString())
                .setRoot(Wire.toWire(domain.root()))
                .build();
    }
}
