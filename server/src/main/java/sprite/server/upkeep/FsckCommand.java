package sprite.server.upkeep;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.server.domain.DomainException;
import sprite.server.domain.fsck.Damage;
import sprite.server.domain.fsck.Fsck;
import sprite.server.domain.fsck.Report;

/** {@code spritefs fsck}. Confined to the main thread. */
@Command(
        name = "fsck",
        version = Main.VERSION,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Checks the domain in DIR, which no server may be using: names, inodes, link counts, directories,"
                + " sizes, data and its checksums. Says of each damage what and where it is, in one line.",
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:no damage, or all of it repaired",
            "1:there is damage",
            "2:could not look, and says why",
        })
final class FsckCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "the directory that 'spritefs server' was given with --domain")
    private Path directory = Path.of("");

    @Option(
            names = "--repair",
            description = "set right what is wrong; what then belongs nowhere moves to lost+found in the domain")
    private boolean repair;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws DomainException {
        Report report = repair ? Fsck.repair(directory) : Fsck.check(directory);
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? json(report) : text(report));
        out.flush();
        return report.left().isEmpty() ? 0 : 1;
    }

    private String text(Report report) {
        StringBuilder text = new StringBuilder();
        report.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
        for (Damage damage : report.damages()) {
            text.append(damage.kind()).append(": ").append(damage.sentence()).append('\n');
        }
        text.append(report.title())
                .append(": ")
                .append(report.files())
                .append(" inodes, ")
                .append(report.isClean() ? "no damage" : report.damages().size() + " damages");
        if (repair && !report.isClean()) {
            text.append(report.left().isEmpty() ? ", all repaired" : ", of which these are left:");
            for (Damage damage : report.left()) {
                text.append('\n').append(damage.kind()).append(": ").append(damage.sentence());
            }
        } else if (!report.isClean()) {
            text.append("; copy the directory first, then --repair sets them right");
            long blocks = report.damages().stream()
                    .filter(damage -> damage.kind().equals(Damage.CHECKSUM))
                    .count();
            if (blocks > 0) {
                text.append(", but for ")
                        .append(blocks)
                        .append(" blocks with a wrong checksum, which it only lets be read as they are");
            }
        }
        return text.toString();
    }

    private static String json(Report report) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("domain", report.title());
        root.put("inodes", report.files());
        root.put("clean", report.isClean());
        add(root.putArray("damages"), report.damages());
        add(root.putArray("left"), report.left());
        ArrayNode notes = root.putArray("notes");
        report.notes().forEach(notes::add);
        return root.toString();
    }

    private static void add(ArrayNode array, List<Damage> damages) {
        for (Damage damage : damages) {
            array.addObject()
                    .put("kind", damage.kind())
                    .put("path", damage.path())
                    .put("inode", damage.inode())
                    .put("sentence", damage.sentence());
        }
    }
}
