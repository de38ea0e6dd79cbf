package sprite.client.fuse;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * What a driver and the kernel have agreed upon, for people. Immutable; the names are those of {@code status --json}.
 *
 * @param protocol version of FUSE's protocol that they speak; {@code unknown} if the driver does not know it
 * @param features what kernels may have or not, by name, in the order in which it is to be told: {@code on};
 *     {@code off}, as this mount does not ask for it; or {@code missing}, and what it would need. Empty: the driver
 *     asks for none
 */
public record Terms(String protocol, SequencedMap<String, String> features) {
    /** Of a driver that leaves this to its library, or has not mounted yet. */
    public static final Terms UNKNOWN = new Terms("unknown", new LinkedHashMap<>());

    public Terms {
        features = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(features));
    }
}
