package sprite.client.stress;

import java.util.function.Function;

/**
 * A workload to choose. Immutable.
 *
 * @param name one word
 * @param about what it does, for people
 * @param maker makes one for the objects whose names begin with what it is given
 */
public record WorkloadKind(String name, String about, Function<String, Workload> maker) {}
