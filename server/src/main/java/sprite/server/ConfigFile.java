package sprite.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A configuration file: lines {@code option = value}, the options named as on the command line without the dashes, and
 * repeated where they can be repeated there. Empty lines and lines that begin with # say nothing. Pure but for reading.
 */
final class ConfigFile {
    private ConfigFile() {}

    /** What the file would be on the command line. */
    static String[] arguments(Path file) throws StartException {
        List<String> arguments = new ArrayList<>();
        int number = 0;
        for (String line : lines(file)) {
            number++;
            String text = line.strip();
            int equals = text.indexOf('=');
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            String option = equals < 0 ? text : text.substring(0, equals).strip();
            if (equals < 0 || option.isEmpty() || option.startsWith("-") || option.equals("config")) {
                throw new StartException(file + ", line " + number + ": '" + text
                        + "' is not option = value, such as listen = 127.0.0.1:7450");
            }
            arguments.add("--" + option + "=" + text.substring(equals + 1).strip());
        }
        return arguments.toArray(String[]::new);
    }

    private static List<String> lines(Path file) throws StartException {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new StartException("--config " + file + " does not exist; name a file that does");
        } catch (IOException e) {
            throw new StartException("--config " + file + " cannot be read (" + e.getMessage()
                    + "); it must be a text file that this user may read");
        }
    }
}
