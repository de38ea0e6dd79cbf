package sprite.consistency;

import java.util.List;

/** What became of a file, and what is to be done about it, in order. Immutable. */
public record Step(FileConsistency next, List<Effect> effects) {
    public Step {
        effects = List.copyOf(effects);
    }

    /** A step with nothing to do. */
    static Step quiet(FileConsistency next) {
        return new Step(next, List.of());
    }
}
