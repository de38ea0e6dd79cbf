package sprite.client.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The groups of a process beside its own, which the kernel does not send with a request. Thread-safe: no state. */
public final class SupplementaryGroups {
    private static final String LINE = "Groups:";

    private SupplementaryGroups() {}

    /** From /proc; none if the process is gone or hidden. */
    public static List<Integer> of(int pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith(LINE)) {
                    return parse(line.substring(LINE.length()).trim());
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return List.of();
    }

    private static List<Integer> parse(String numbers) {
        List<Integer> groups = new ArrayList<>();
        for (String group : numbers.split("\\s+", -1)) {
            if (!group.isEmpty()) {
                groups.add(Integer.parseUnsignedInt(group));
            }
        }
        return groups;
    }
}
