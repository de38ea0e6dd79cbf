package sprite.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/**
 * A status for people: one line per thing, amounts of memory with their units. Works from the JSON alone, so that it
 * shows whatever a newer daemon or server tells. Pure functions.
 */
final class StatusText {
    /** Names that hold bytes. */
    private static final Set<String> BYTES = Set.of(
            "limit",
            "used",
            "dirty",
            "uncommitted",
            "readByPrograms",
            "writtenByPrograms",
            "readFromServers",
            "writtenToServers",
            "recalled",
            "saved",
            "bytesSent",
            "bytesReceived",
            "totalBytes",
            "freeBytes",
            "availableBytes");

    private static final int NAME_WIDTH = 20;

    private StatusText() {}

    /** The text, with line ends. */
    static String of(JsonNode status) {
        var text = new StringBuilder();
        for (var field : status.properties()) {
            add(text, "", field.getKey(), field.getValue());
        }
        return text.toString();
    }

    private static void add(StringBuilder text, String indent, String name, JsonNode value) {
        if (value.isArray()) {
            text.append(line(indent, words(name), value.isEmpty() ? "none" : Integer.toString(value.size())));
            for (JsonNode element : value) {
                text.append(indent)
                        .append("  ")
                        .append(element.isObject() ? flat(element) : plain(name, element))
                        .append(System.lineSeparator());
            }
        } else if (value.isObject() && value.isEmpty()) {
            text.append(line(indent, words(name), "none"));
        } else if (value.isObject()) {
            text.append(indent).append(words(name)).append(System.lineSeparator());
            for (var field : value.properties()) {
                add(text, indent + "  ", field.getKey(), field.getValue());
            }
            addHitRate(text, indent + "  ", value);
        } else {
            text.append(line(indent, words(name), plain(name, value)));
        }
    }

    private static void addHitRate(StringBuilder text, String indent, JsonNode cache) {
        long hits = cache.path("hits").asLong();
        long all = hits + cache.path("misses").asLong();
        if (all > 0) {
            text.append(line(indent, "hit rate", String.format(Locale.ROOT, "%.1f %%", 100.0 * hits / all)));
        }
    }

    private static String line(String indent, String name, String value) {
        int width = Math.max(1, NAME_WIDTH - indent.length());
        return indent + String.format(Locale.ROOT, "%-" + width + "s ", name) + value + System.lineSeparator();
    }

    private static String flat(JsonNode object) {
        var joined = new StringJoiner(", ");
        for (var field : object.properties()) {
            JsonNode value = field.getValue();
            joined.add(value.isObject() ? flat(value) : words(field.getKey()) + " " + plain(field.getKey(), value));
        }
        return joined.toString();
    }

    private static String plain(String name, JsonNode value) {
        if (value.isNumber() && BYTES.contains(name)) {
            return Sizes.show(value.asLong());
        }
        if (name.endsWith("Seconds")) {
            return show(Duration.ofSeconds(value.asLong()));
        }
        if (name.endsWith("Millis")) {
            return show(Duration.ofMillis(value.asLong()));
        }
        return value.isNull() ? "unknown" : value.asText();
    }

    private static String show(Duration duration) {
        return duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
    }

    /** "writtenByPrograms" as "written by programs", without the unit, which stands behind the value. */
    private static String words(String name) {
        return name.replaceAll("(?<=[a-z])(Bytes|Seconds|Millis)$", "")
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
    }
}
