package sprite.client.fuse.kernel;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fuse.Terms;

/**
 * What came of the first exchange, and what the mount wanted of it. Immutable.
 *
 * @param checks as in {@link Negotiation#of}
 */
record Agreement(Negotiation agreed, Caching caching, boolean checks) {
    private static final Logger log = LoggerFactory.getLogger(Agreement.class);

    private boolean isWanted(Feature feature) {
        return switch (feature) {
            case ATTRIBUTES_LENT, NAMES_LENT, LISTINGS_LEND -> caching != Caching.NOTHING;
            case PAGES_LENT, SHARED_MAPPINGS -> caching == Caching.PAGES_TOO;
            case ACCESS_CONTROL_LISTS -> checks;
            case CHANGE_OF_HANDS -> caching != Caching.PAGES_TOO;
            case NAMELESS_FILES, BIRTH_TIMES, LARGE_REQUESTS, PARALLEL_DIRECTORIES -> true;
        };
    }

    private boolean isThere(Feature feature) {
        return switch (feature) {
            case ATTRIBUTES_LENT, PAGES_LENT -> true; // it can be told to forget them since 7.12
            case NAMES_LENT -> agreed.knowsEpochs();
            case LISTINGS_LEND -> agreed.listsWithAttributes();
            case SHARED_MAPPINGS -> agreed.mapsForWriting();
            case ACCESS_CONTROL_LISTS -> agreed.keepsAcls();
            case CHANGE_OF_HANDS -> agreed.sendsAgain();
            case NAMELESS_FILES -> agreed.makesNamelessFiles();
            case BIRTH_TIMES -> agreed.asksForBirthTimes();
            case LARGE_REQUESTS -> agreed.movesLargeRequests();
            case PARALLEL_DIRECTORIES -> agreed.looksUpInParallel();
        };
    }

    private String state(Feature feature) {
        return !isWanted(feature) ? "off" : isThere(feature) ? "on" : "missing, needs FUSE " + feature.since();
    }

    /** For {@code status}. */
    Terms terms() {
        SequencedMap<String, String> features = new LinkedHashMap<>();
        for (Feature feature : Feature.values()) {
            features.put(feature.label(), state(feature));
        }
        return new Terms(agreed.version(), features);
    }

    /** Logs what the mount wanted and this kernel cannot do, and what follows: one line, or none. */
    void tell() {
        List<Feature> missing = Arrays.stream(Feature.values())
                .filter(feature -> isWanted(feature) && !isThere(feature))
                .toList();
        if (!missing.isEmpty()) {
            log.warn(
                    "this kernel speaks FUSE {} and cannot do everything: {}",
                    agreed.version(),
                    missing.stream()
                            .map(feature -> feature.consequence() + " (needs " + feature.since() + ")")
                            .collect(Collectors.joining("; ")));
        }
    }
}
