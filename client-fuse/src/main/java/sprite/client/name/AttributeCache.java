package sprite.client.name;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
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
    private final Consumer<FileId> changed;

    private volatile boolean tellsAll;

    /** @param changed told, at once, of every file of which other attributes are held than before, or none any more */
    public AttributeCache(Consumer<FileId> changed) {
        this.changed = changed;
    }

    /**
     * Whether somebody may have been told attributes of which nothing is known here, by this client's life before: then
     * every change is told.
     */
    public void assumeTold(boolean assumes) {
        tellsAll = assumes;
    }

    /** The attributes, or null without a grant. */
    public @Nullable Attributes find(FileId file) {
        return granted.get(file);
    }

    /** Takes in what a reply says; attributes told without a grant end an earlier one. */
    public void install(Attributes attributes, boolean isGranted) {
        if (!isGranted) {
            drop(attributes.file());
            return;
        }
        Attributes before = granted.put(attributes.file(), attributes);
        if (before == null ? tellsAll : !before.equals(attributes)) {
            changed.accept(attributes.file());
        }
    }

    /** Improves what is held with what this client itself did. Nothing happens without a grant. */
    public void refine(FileId file, UnaryOperator<Attributes> better) {
        if (granted.computeIfPresent(file, (_, held) -> better.apply(held)) != null || tellsAll) {
            changed.accept(file);
        }
    }

    /** The grant is gone. */
    public void drop(FileId file) {
        if (granted.remove(file) != null || tellsAll) {
            changed.accept(file);
        }
    }

    /** All grants of a server are gone. */
    public void dropDomain(int domain) {
        for (FileId file : granted.keySet()) {
            if (file.domain() == domain) {
                drop(file);
            }
        }
    }

    /** Files whose attributes are held. */
    public int size() {
        return granted.size();
    }
}
