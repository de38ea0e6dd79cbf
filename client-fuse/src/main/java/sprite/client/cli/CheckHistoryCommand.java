package sprite.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.consistency.history.HistoryException;
import sprite.consistency.history.HistoryReader;

/** {@code spritefs check history}: judges recorded histories. Confined to the main thread. */
@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Judges recorded histories: whether each read saw the latest completed write, no append was lost,"
                + " locks excluded, and names were what they were. What cannot be is told as a story.",
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:everything can be explained",
            "1:something cannot",
            "2:a history cannot be read, or nothing is in it"
        })
final class CheckHistoryCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Histories, each judged by itself.")
    private List<Path> files = List.of();

    @Option(
            names = "--stories",
            defaultValue = "3",
            paramLabel = "N",
            description = "How many violations to tell in full: ${DEFAULT-VALUE}.")
    private int stories = 3;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException {
        PrintWriter out = spec.commandLine().getOut();
        boolean clean = true;
        for (Path file : files) {
            var told = new StringWriter(); // nothing is said of a history before it is known to be whole
            var findings = new Findings(stories, new PrintWriter(told));
            read(file, findings);
            out.print(told);
            if (findings.operations() == 0) {
                throw new CommandException(file + ": no operations are in it", CheckCommand.UNREADABLE);
            }
            out.println(file + ": " + findings.summary());
            out.flush();
            clean &= findings.isClean();
        }
        return clean ? 0 : CheckCommand.VIOLATION;
    }

    private static void read(Path file, Findings findings) throws CommandException {
        long read = 0;
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            var reader = new HistoryReader(findings::judge);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                read++;
                reader.line(line);
            }
            reader.finish();
        } catch (CharacterCodingException e) {
            throw new CommandException(
                    file + ": line " + (read + 1) + " or one soon after it is not text in UTF-8",
                    CheckCommand.UNREADABLE);
        } catch (HistoryException e) {
            throw new CommandException(file + ": " + e.getMessage(), CheckCommand.UNREADABLE);
        } catch (NoSuchFileException e) {
            throw new CommandException(file + " does not exist", CheckCommand.UNREADABLE);
        } catch (IOException e) {
            throw new CommandException(file + " cannot be read: " + e, CheckCommand.UNREADABLE);
        }
    }
}
