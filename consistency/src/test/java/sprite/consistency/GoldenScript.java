package sprite.consistency;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Replays a golden trace: takes its comments and events, and puts below each event the effects, the blocks that a
 * client keeps or drops at a reply, and the state that results. Confined to one thread.
 *
 * <pre>
 * version 7                 the file's version at the beginning
 * blocks A 7                client A has blocks of that version from earlier
 * A open r | w | rw | x     A close r dirty | A close rw clean
 * A done | A done no-space  A written-back 3 (the number of an open)
 * A change | A changed 3    A died
 * A committed 3 | A committed 3 failed
 * A reopen r=1 w=0 v=8 dirty
 * </pre>
 */
final class GoldenScript {
    private final SortedMap<Character, ClientFile> clients = new TreeMap<>();
    private FileConsistency state = FileConsistency.unused(new Version(1));
    private long seqs;
    private final SortedMap<OpenSeq, Event.Request> asked = new TreeMap<>();

    String replay(String script) {
        StringBuilder said = new StringBuilder();
        for (String line : script.split("\n", -1)) {
            if (line.startsWith("    ")) {
                continue;
            }
            said.append(line).append('\n');
            if (!line.isBlank() && !line.startsWith("#")) {
                play(List.of(line.split(" ")), said);
            }
        }
        said.setLength(said.length() - 1);
        return said.toString();
    }

    private void play(List<String> words, StringBuilder said) {
        switch (words.getFirst()) {
            case "version" -> state = FileConsistency.unused(new Version(Long.parseLong(words.get(1))));
            case "restart" -> restart();
            case "blocks" ->
                clients.put(
                        words.get(1).charAt(0),
                        new ClientFile(new Version(Long.parseLong(words.get(2))), false, OpenSeq.NONE));
            default -> take(event(words), said);
        }
    }

    /** The server remembers of the file what is stored of it. */
    private void restart() {
        state = FileConsistency.unused(state.now().version(), state.now().raised());
    }

    private Event event(List<String> words) {
        ClientId client = new ClientId(words.getFirst().charAt(0));
        String detail = words.size() > 2 ? words.get(2) : "";
        return switch (words.get(1)) {
            case "open" -> new Event.Open(client, mode(detail), next());
            case "close" -> new Event.Close(client, mode(detail), words.get(3).equals("dirty"));
            case "done" ->
                new Event.Done(client, detail.equals("no-space") ? Event.Outcome.NO_SPACE : Event.Outcome.OBEYED);
            case "written-back" -> new Event.WrittenBack(client, new OpenSeq(1, Long.parseLong(detail)));
            case "change" -> new Event.Change(client, next());
            case "changed" -> new Event.Changed(client, new OpenSeq(1, Long.parseLong(detail)));
            case "committed" ->
                new Event.Committed(client, new OpenSeq(1, Long.parseLong(detail)), !words.contains("failed"));
            case "died" -> new Event.Died(client);
            case "reopen" -> reopen(client, words);
            default -> throw new IllegalArgumentException(String.join(" ", words));
        };
    }

    private Event reopen(ClientId client, List<String> words) {
        int readers = number(words.get(2));
        int writers = number(words.get(3));
        boolean dirty = words.contains("dirty");
        boolean cached = dirty || words.contains("cached");
        Use held = new Use(readers + writers, writers, 0, cached, OpenSeq.NONE);
        boolean former = words.contains("former");
        return new Event.Reopen(
                client, held, new Version(Long.parseLong(words.get(4).substring(2))), dirty, former, next());
    }

    private static int number(String word) {
        return Integer.parseInt(word.substring(2));
    }

    private OpenSeq next() {
        return new OpenSeq(1, ++seqs);
    }

    private static OpenMode mode(String word) {
        return switch (word) {
            case "r" -> OpenMode.READ;
            case "w" -> OpenMode.WRITE;
            case "rw" -> OpenMode.READ_WRITE;
            case "x" -> OpenMode.EXECUTE;
            default -> throw new IllegalArgumentException(word);
        };
    }

    private void take(Event event, StringBuilder said) {
        if (event instanceof Event.Request request) {
            asked.put(request.seq(), request);
        }
        Step step = FileConsistency.step(state, event);
        state = step.next();
        step.effects().forEach(e -> said.append("    ").append(told(e)).append('\n'));
        said.append("    = ").append(described(state)).append('\n');
    }

    private String told(Effect effect) {
        return switch (effect) {
            case Effect.RaiseVersion raise -> "version is now " + raise.version();
            case Effect.Recall recall -> {
                if (recall.invalidate()) {
                    clients.computeIfPresent(name(recall.client()), (_, file) -> file.invalidated());
                }
                yield "tell " + name(recall.client()) + (recall.writeBack() ? " write-back" : "")
                        + (recall.invalidate() ? " invalidate" : "");
            }
            case Effect.Commit commit -> "commit what is written, for " + name(commit.client()) + " " + commit.seq();
            case Effect.Reply reply ->
                "answer " + name(reply.client()) + " " + reply.seq() + " " + reply.version() + fate(reply);
            case Effect.Refuse refuse -> "refuse " + name(refuse.client()) + " " + refuse.seq() + " " + refuse.reason();
        };
    }

    private String fate(Effect.Reply reply) {
        Event.Request request = asked.get(reply.seq());
        if (request == null || request instanceof Event.Change) {
            return " go ahead";
        }
        ClientFile before = clients.getOrDefault(name(reply.client()), ClientFile.UNKNOWN);
        ClientFile.Opened opened = before.opened(request.writes(), reply.version(), reply.cacheable(), reply.seq());
        clients.put(name(reply.client()), opened.next());
        String blocks = switch (opened.blocks()) {
            case KEEP -> "keeps its blocks";
            case WRITE_BACK_AND_DROP -> "drops its blocks";
        };
        return (reply.cacheable() ? " cacheable; " : " uncacheable; ") + blocks;
    }

    private static char name(ClientId client) {
        return (char) client.value();
    }

    private static String described(FileConsistency state) {
        StringBuilder text = new StringBuilder(state.now().version().toString());
        ClientId writer = state.now().lastWriter();
        if (writer != null) {
            text.append(" last writer ").append(name(writer));
        }
        for (Map.Entry<ClientId, Use> use : state.now().uses().entrySet()) {
            Use u = use.getValue();
            text.append(", %c has %d/%d/%d %s"
                    .formatted(
                            name(use.getKey()),
                            u.opens(),
                            u.writers(),
                            u.executors(),
                            u.cached() ? "cached" : "uncached"));
        }
        switch (state) {
            case Settled _ -> {}
            case Recalling r -> {
                text.append("; waiting for");
                r.owing().forEach(c -> text.append(' ').append(name(c)));
                text.append(", ").append(r.queued().size()).append(" queued");
            }
            case Committing c ->
                text.append("; committing, ").append(c.queued().size()).append(" queued");
            case Changing c ->
                text.append("; changing, ").append(c.queued().size()).append(" queued");
        }
        return text.toString();
    }
}
