package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sprite.consistency.ClientId;
import sprite.consistency.OpenMode;

/** One history, determined by its seed and its rules: made, run to its end, and audited. Confined to one thread. */
final class World {
    static final int NAMES = 3;
    private static final int HORIZON = 1_500;

    private final Agenda agenda;
    private final History history;
    private final SimServer server;
    private final List<Oracle> oracles = new ArrayList<>();
    private final List<Register> names = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final List<Program> processes = new ArrayList<>();
    private final Habits habits;
    private long lastValue;
    private int steps;

    World(long seed, @Nullable Bug bug, boolean recorded) {
        agenda = new Agenda(seed);
        history = new History(agenda, recorded);
        habits = Habits.any(agenda);
        int fileCount = 1 + agenda.random(3);
        server = new SimServer(agenda, history, new Rules(bug), fileCount, NAMES);
        for (int i = 0; i < fileCount; i++) {
            oracles.add(new Oracle("f" + i));
        }
        for (int i = 0; i < NAMES; i++) {
            names.add(new Register("name " + i));
        }
        int clientCount = 2 + agenda.random(3);
        for (int i = 1; i <= clientCount; i++) {
            populate(new SimClient(new ClientId(i), server, oracles));
        }
        disturb();
    }

    private void populate(SimClient client) {
        clients.add(client);
        List<FileCalls> calls = client.caches().stream().map(FileCalls::new).toList();
        int count = 1 + agenda.random(3);
        for (int i = 0; i < count; i++) {
            int length = 8 + agenda.random(30);
            steps += length;
            Program process = new Program(this, client, calls, length);
            processes.add(process);
            process.start();
        }
    }

    /** Scans, evictions, grants taken back; in some worlds a full disk, or the death of clients. */
    private void disturb() {
        for (int i = 0; i < 20 * clients.size(); i++) {
            SimClient client = clients.get(i % clients.size());
            client.later(agenda.random(HORIZON), () -> client.caches().forEach(ClientCache::scan));
            client.later(agenda.random(HORIZON), () -> client.caches().forEach(ClientCache::evict));
        }
        for (int i = 0; i < 4; i++) {
            agenda.after(agenda.random(HORIZON), server::takeBackGrants);
        }
        if (agenda.chance(25)) {
            int from = agenda.random(HORIZON / 2);
            agenda.after(from, () -> server.setFull(true));
            agenda.after(from + agenda.random(HORIZON / 2), () -> server.setFull(false));
        }
        if (agenda.chance(40)) {
            clients.subList(0, 1 + agenda.random(clients.size() - 1))
                    .forEach(victim -> agenda.after(agenda.random(HORIZON), victim::die));
        }
    }

    /** @throws Violation if a promise is broken */
    void run() {
        agenda.run();
        server.checkAtRest();
        if (!processes.stream().allMatch(Program::isFinished)) {
            throw new Violation("a process waits for ever");
        }
        audit();
    }

    /** A newcomer reads everything: what was dirty anywhere has to come home for it. */
    private void audit() {
        history.line("auditor", "comes");
        SimClient auditor = new SimClient(new ClientId(99), server, oracles);
        for (ClientCache cache : auditor.caches()) {
            FileCalls calls = new FileCalls(cache);
            calls.open(OpenMode.READ, handle -> {
                if (handle == null) {
                    throw new Violation("the auditor is refused");
                }
                calls.stat(() -> {});
                for (int i = 0; i < ServerFile.BLOCKS; i++) {
                    calls.read(handle, i, () -> {});
                }
            });
        }
        for (int i = 0; i < NAMES; i++) {
            int name = i;
            long start = agenda.now();
            auditor.names().lookup(name, value -> name(name).read(value, start, agenda.now()));
        }
        agenda.run();
        server.checkAtRest();
    }

    Register name(int index) {
        return names.get(index);
    }

    Habits habits() {
        return habits;
    }

    long nextValue() {
        return ++lastValue;
    }

    int steps() {
        return steps;
    }

    Map<Mark, Integer> marks() {
        return history.marks();
    }

    String recentHistory() {
        return history.recent();
    }
}
