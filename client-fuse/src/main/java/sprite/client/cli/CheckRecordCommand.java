package sprite.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.client.stress.StressException;
import sprite.client.stress.StressPlan;
import sprite.client.stress.StressRun;
import sprite.client.stress.Troubles;
import sprite.client.stress.WorkloadKind;
import sprite.client.stress.workload.Catalog;

/** {@code spritefs check record}: uses mounts hard and writes down what happened. Confined to the main thread. */
@Command(
        name = "record",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Runs workloads on mounts of one file system, any file system, and records every operation: who"
                + " did what, when it began and ended, what it saw. Works in a directory of its own at the top of the"
                + " mounts and removes it.",
        footer = {
            "",
            "Workloads: handoff, sharing, appends, locks, renames, truncates, directories, mmap, names, mixed (all at"
                    + " the same time), all (one after another, and mixed)."
        },
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:it was recorded and, with --check, everything can be explained",
            "1:with --check: something cannot; or operations did not move for too long",
            "2:it could not be recorded"
        })
final class CheckRecordCommand implements Callable<Integer> {
    private static final String ALL = "all";

    @Parameters(
            arity = "1..*",
            paramLabel = "MOUNT",
            description = "Directories that show the same files, one for each host: mount points, or directories below"
                    + " them.")
    private List<Path> mounts = List.of();

    @Option(
            names = "--seconds",
            defaultValue = "30",
            paramLabel = "N",
            description = "How long: ${DEFAULT-VALUE}. What has begun is finished.")
    private int seconds = 30;

    @Option(
            names = "--workload",
            split = ",",
            defaultValue = ALL,
            paramLabel = "NAME",
            description = "What to do: ${DEFAULT-VALUE}, or some of those below.")
    private List<String> names = List.of(ALL);

    @Option(names = "--seed", paramLabel = "S", description = "For the choices of the processes; by chance.")
    private @Nullable Long seed;

    @Option(
            names = "--processes",
            defaultValue = "2",
            paramLabel = "N",
            description = "On each mount: ${DEFAULT-VALUE}.")
    private int processes = 2;

    @Option(
            names = "--window",
            defaultValue = "4",
            paramLabel = "N",
            description = "Seconds until the next workload, with new files: ${DEFAULT-VALUE}. What happens in a window"
                    + " is kept in memory and judged together.")
    private int windowSeconds = 4;

    @Option(
            names = "--windows",
            defaultValue = "1",
            paramLabel = "N",
            description = "So many windows at least, however long they take: ${DEFAULT-VALUE}.")
    private int windowsMin = 1;

    @Option(names = "-o", paramLabel = "FILE", description = "Where to write the history. Needed without --check.")
    private @Nullable Path file;

    @Option(
            names = "--check",
            description = "Judge each window when it is over, tell what cannot be, and keep the history of a window"
                    + " where that happened.")
    private boolean check;

    @Option(
            names = "--stories",
            defaultValue = "3",
            paramLabel = "N",
            description = "How many violations to tell in full: ${DEFAULT-VALUE}.")
    private int stories = 3;

    @Option(
            names = "--disturb",
            paramLabel = "COMMAND",
            description = "A shell command that kills the daemon of $MOUNT and mounts it again; run once in each"
                    + " window, for each mount in turn.")
    private @Nullable String disturbance;

    @Option(
            names = "--faults",
            paramLabel = "COMMAND",
            description = "A shell command that makes faults, run once in each window (its number is $WINDOW). It says"
                    + " what it does: docs/checking.md tells how.")
    private @Nullable String faults;

    @Option(
            names = "--watchdog",
            defaultValue = "10",
            paramLabel = "SECONDS",
            description = "Tell of each system call that has not returned for so long: who waits for whom;"
                    + " ${DEFAULT-VALUE}. 0: do not watch. Without --disturb and --faults such a call is a fault.")
    private int watchdogSeconds = 10;

    @Option(
            names = "--names",
            split = ",",
            paramLabel = "NAME",
            description = "What the mounts are called, in their order; letters.")
    private List<String> mountNames = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException {
        if (file == null && !check) {
            throw new CommandException("neither -o nor --check: nobody would learn of it", CheckCommand.UNREADABLE);
        }
        if (seconds < 1 || windowSeconds < 1 || windowsMin < 1 || processes < 1) {
            throw new CommandException(
                    "--seconds, --window, --windows and --processes must be at least 1", CheckCommand.UNREADABLE);
        }
        if (watchdogSeconds < 0) {
            throw new CommandException("--watchdog must not be negative", CheckCommand.UNREADABLE);
        }
        if (!mountNames.isEmpty() && mountNames.size() != mounts.size()) {
            throw new CommandException(
                    "--names has " + mountNames.size() + " names for " + mounts.size() + " mounts",
                    CheckCommand.UNREADABLE);
        }
        long chosen = seed == null ? new SecureRandom().nextInt(Integer.MAX_VALUE) : seed;
        var plan = new StressPlan(
                mounts,
                mountNames,
                workloads(),
                Duration.ofSeconds(seconds),
                Duration.ofSeconds(windowSeconds),
                windowsMin,
                processes,
                chosen,
                troubles(),
                Duration.ofSeconds(watchdogSeconds));
        var recording = new Recording(
                spec.commandLine().getOut(),
                spec.commandLine().getErr(),
                file,
                check ? stories : -1,
                chosen,
                new Recording.Limit(plan.watchdog(), plan.troubles() instanceof Troubles.None));
        try (var run = new StressRun(plan, new DaemonInquiry(mounts))) {
            run(run, recording);
        } catch (StressException | IOException e) {
            throw new CommandException(
                    String.valueOf(e.getMessage()),
                    recording.isClean() ? CheckCommand.UNREADABLE : CheckCommand.VIOLATION);
        }
        return recording.isClean() ? 0 : CheckCommand.VIOLATION;
    }

    /** However it ends, what was found until then is told. */
    private static void run(StressRun run, Recording recording) throws StressException, IOException {
        try {
            run.run(recording);
        } finally {
            recording.finish(run);
        }
    }

    private Troubles troubles() throws CommandException {
        if (disturbance != null && faults != null) {
            throw new CommandException("--disturb and --faults exclude each other", CheckCommand.UNREADABLE);
        }
        if (faults != null) {
            return new Troubles.Faults(faults);
        }
        return disturbance == null ? new Troubles.None() : new Troubles.Remounts(disturbance);
    }

    private List<WorkloadKind> workloads() throws CommandException {
        List<WorkloadKind> chosen = new ArrayList<>();
        for (String name : names) {
            if (name.equals(ALL)) {
                chosen.addAll(Catalog.all());
                continue;
            }
            chosen.add(Catalog.find(name)
                    .orElseThrow(() -> new CommandException(
                            "unknown workload '" + name + "'; there are "
                                    + Catalog.all().stream()
                                            .map(WorkloadKind::name)
                                            .collect(Collectors.joining(", ")) + " and all",
                            CheckCommand.UNREADABLE)));
        }
        return chosen;
    }
}
