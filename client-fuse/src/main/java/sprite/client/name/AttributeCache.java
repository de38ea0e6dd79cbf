package sprite.client.name;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;

/**
 * Attributes that this client holds a grant on, as the server has them, and perhaps with what this client itself has
 * written and not yet reported. Bounded by the server, which bounds the grants. Thread-safe: one concurrent map.
 */
public final class AttributeCache {
    private final Map<FileId, Attributes> granted = new ConcurrentHashMap<>();

    /** The attributes, or null without a grant. */
    public @Nullable Attributes find(FileId file) {
        return granted.get(file);
    }

    /** Takes in what a reply says; attributes told without a grant end an earlier one. */
    public void install(Attributes attributes, boolean isGranted) {
        if (isGranted) {
            granted.put(attributes.file(), attributes);
        } else {
            granted.remove(attributes.file());
        }
    }

    /** Improves what is held with what this client itself did. Nothing happens without a grant. */
    public void refine(FileId file, UnaryOperator<Attributes> better) {
        granted.computeIfPresent(file, (_, held) -> better.apply(held));
    }

    /** The grant is gone. */
    public void drop(FileId file) {
        granted.remove(file);
    }

    /** All grants of a server are gone. */
    public void dropDomain(int domain) {
        granted.keySet().removeIf(file -> file.domain() == domain);
    }

    /** Files whose attributes are held. */
    public int size() {
        return granted.size();
    }
}
