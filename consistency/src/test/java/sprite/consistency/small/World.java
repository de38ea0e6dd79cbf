package sprite.consistency.small;

import java.util.ArrayList;
import java.util.List;
import sprite.consistency.ClientId;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.consistency.sim.Bug;
import sprite.consistency.sim.Rules;
import sprite.consistency.sim.Violation;

/** One state of everything, and the choices that it leaves. Copied before each move. Confined to one thread. */
final class World implements State {
    private final Scope scope;
    private final Rules rules;
    private final Server server;
    private final List<Host> hosts = new ArrayList<>();
    private final Linearizations register;
    private long lastSeq;
    private int crashesLeft;
    private int repeatsLeft;

    World(Scope scope, Rules rules) {
        this.scope = scope;
        this.rules = rules;
        server = new Server();
        register = new Linearizations();
        crashesLeft = scope.crashes();
        repeatsLeft = scope.repeats();
        int processes = 0;
        for (List<Integer> calls : scope.calls()) {
            hosts.add(new Host(hosts.size(), processes, calls));
            processes += calls.size();
        }
    }

    private World(World other) {
        scope = other.scope;
        rules = other.rules;
        server = other.server.copy();
        other.hosts.forEach(host -> hosts.add(host.copy()));
        register = other.register.copy();
        lastSeq = other.lastSeq;
        crashesLeft = other.crashesLeft;
        repeatsLeft = other.repeatsLeft;
    }

    Rules rules() {
        return rules;
    }

    boolean broken(Bug bug) {
        return rules.broken(bug);
    }

    Host host(int index) {
        return hosts.get(index);
    }

    Linearizations register() {
        return register;
    }

    OpenSeq nextSeq() {
        return new OpenSeq(1, ++lastSeq);
    }

    void send(int client, Frame.Down frame) {
        if (!host(client).dead) {
            host(client).toClient.add(frame);
        }
    }

    // ---------------------------------------------------------------------------------------------- the choices

    @Override
    public List<Move> moves() {
        List<Move> moves = new ArrayList<>();
        for (Host host : hosts) {
            if (!host.dead) {
                programs(host, moves);
                daemon(host, moves);
            }
            if (!host.buried) {
                wires(host, moves);
            }
            for (int i = 0; i < host.writeBacks.size(); i++) {
                Host.Transfer transfer = host.writeBacks.get(i);
                if (!transfer.served()) {
                    moves.add(new Move(Move.Kind.STORE, host.index, i));
                } else if (!host.dead) {
                    moves.add(new Move(Move.Kind.STORED, host.index, i));
                }
            }
        }
        for (int i = 0; i < server.cuts.size(); i++) {
            moves.add(new Move(Move.Kind.CUT, server.cuts.get(i).client(), i));
        }
        return moves;
    }

    private void programs(Host host, List<Move> moves) {
        for (int process = 0; process < host.calls.length; process++) {
            if (host.calls[process] != null || host.left[process] == 0) {
                continue;
            }
            List<Handle> open = new ArrayList<>();
            for (Handle handle : host.handles) {
                if (handle.process() == host.firstProcess + process
                        && !handle.closing()
                        && open.stream().noneMatch(handle::isLike)) {
                    open.add(handle);
                }
            }
            for (Call.Kind kind : Call.Kind.values()) {
                if (scope.kinds().contains(kind)) {
                    begin(host, process, kind, open, moves);
                }
            }
        }
    }

    private void begin(Host host, int process, Call.Kind kind, List<Handle> open, List<Move> moves) {
        switch (kind) {
            case OPEN_READ, OPEN_WRITE -> {
                long held = host.handles.stream()
                        .filter(h -> h.process() == host.firstProcess + process && !h.closing())
                        .count();
                if (held < scope.handlesMost()) {
                    moves.add(new Move(Move.Kind.BEGIN, host.index, process, kind, 0));
                }
            }
            case TRUNCATE -> moves.add(new Move(Move.Kind.BEGIN, host.index, process, kind, 0));
            case READ, WRITE, FSYNC, CLOSE -> {
                for (Handle handle : open) {
                    boolean writes = kind == Call.Kind.WRITE || (kind == Call.Kind.FSYNC && host.isDirty());
                    if (kind == Call.Kind.READ || kind == Call.Kind.CLOSE || (writes && writes(handle))) {
                        moves.add(new Move(Move.Kind.BEGIN, host.index, process, kind, handle.number()));
                    }
                }
            }
        }
    }

    private static boolean writes(Handle handle) {
        return !handle.mode().equals(OpenMode.READ);
    }

    private void daemon(Host host, List<Move> moves) {
        if (!host.toClient.isEmpty()) {
            moves.add(new Move(Move.Kind.RECEIVE, host.index, 0));
        }
        for (Handle handle : host.handles) {
            if (handle.closing() && (!host.isTruncating() || broken(Bug.CLOSED_WHILE_TRUNCATING))) {
                moves.add(new Move(Move.Kind.RELEASE, host.index, handle.number()));
            }
        }
        for (int process = 0; process < host.calls.length; process++) {
            Call call = host.calls[process];
            if (call != null && call.stage() == Call.Stage.SERVED) {
                moves.add(new Move(Move.Kind.ANSWER, host.index, process));
            }
        }
        if (scope.scans() && host.mayScan()) {
            moves.add(new Move(Move.Kind.SCAN, host.index, 0));
        }
        if (scope.evictions() && host.mayEvict()) {
            moves.add(new Move(Move.Kind.EVICT, host.index, 0));
        }
        if (repeatsLeft > 0 && host.lastDone != null) {
            moves.add(new Move(Move.Kind.REPEAT, host.index, 0));
        }
        if (crashesLeft > 0) {
            moves.add(new Move(Move.Kind.CRASH, host.index, 0));
        }
    }

    /** A client that is dead but not buried may still be heard. */
    private void wires(Host host, List<Move> moves) {
        if (!host.toServer.isEmpty()) {
            moves.add(new Move(Move.Kind.DELIVER, host.index, 0));
        }
        for (int i = 0; i < host.executing.size(); i++) {
            moves.add(new Move(Move.Kind.EXECUTE, host.index, i));
        }
        for (int process = 0; process < host.calls.length; process++) {
            Call call = host.calls[process];
            if (call != null && call.stage() == Call.Stage.SENT) {
                moves.add(new Move(Move.Kind.SERVE, host.index, process));
            }
        }
        if (host.dead) {
            moves.add(new Move(Move.Kind.BURY, host.index, 0));
        }
    }

    @Override
    public World after(Move move) {
        World next = new World(this);
        next.make(move);
        next.checkIfQuiet();
        return next;
    }

    private void make(Move move) {
        Host host = host(move.client());
        int index = move.index();
        switch (move.kind()) {
            case BEGIN -> host.begin(this, index, move.call(), move.handle());
            case RECEIVE -> host.receive(this);
            case DELIVER -> server.deliver(this, host, host.toServer.removeFirst());
            case EXECUTE -> server.execute(this, host, host.executing.remove(index));
            case SERVE -> {
                Call call = host.required(index);
                boolean reads = call.kind() == Call.Kind.READ;
                boolean taken = !reads && server.write(host, call.value());
                host.calls[index] = call.served(reads ? server.stored() : taken ? call.value() : Host.NOTHING);
            }
            case ANSWER -> host.answered(this, index);
            case STORE -> {
                int value = host.writeBacks.get(index).value();
                host.writeBacks.set(index, new Host.Transfer(value, true, server.writeBack(this, host, value)));
            }
            case STORED -> host.stored(this, index);
            case CUT -> {
                server.cut(this, index);
                if (host.buried) {
                    callsAreOver(host);
                }
            }
            case RELEASE -> host.release(this, index);
            case SCAN -> host.scan(this);
            case EVICT -> host.evict();
            case REPEAT -> repeat(host);
            case CRASH -> crash(host);
            case BURY -> bury(host);
            case TAKE_BACK -> throw new IllegalArgumentException("of names only");
        }
    }

    private void repeat(Host host) {
        repeatsLeft--;
        if (host.lastDone != null) {
            host.toServer.add(host.lastDone);
        }
    }

    // ------------------------------------------------------------------------------------------------- death

    private void crash(Host host) {
        crashesLeft--;
        host.dead = true;
        host.toClient.clear();
        register.lost(server.stored(), host.unsynced());
    }

    /** The lease and the skew have passed. */
    private void bury(Host host) {
        host.buried = true;
        host.toServer.clear();
        host.executing.clear();
        if (!broken(Bug.NO_FENCE)) {
            host.writeBacks.clear(); // refused without a trace
        }
        server.died(this, host);
        callsAreOver(host);
        register.nothingOnItsWay();
    }

    private void callsAreOver(Host host) {
        for (int process = 0; process < host.calls.length; process++) {
            int which = process;
            if (server.cuts.stream().noneMatch(c -> c.client() == host.index && c.process() == which)) {
                host.calls[process] = null;
                register.over(host.firstProcess + process);
            }
        }
    }

    // -------------------------------------------------------------------------------------------------- at rest

    /** When nothing is due any more, nobody may wait, and a newcomer must find the latest data. */
    private void checkIfQuiet() {
        if (moves().stream().anyMatch(Move::isDue)) {
            return;
        }
        for (Host host : hosts) {
            for (Call call : host.calls) {
                if (call != null && !host.dead) {
                    throw new Violation("client " + host.id.value() + " waits for ever: " + call);
                }
            }
        }
        if (!server.isAtRest()) {
            throw new Violation("the server waits for ever: " + server.state());
        }
        ClientId writer = server.state().now().lastWriter();
        int found = server.stored();
        for (Host host : hosts) {
            if (host.isDirty() && !host.dead) {
                if (!host.id.equals(writer)) {
                    throw new Violation("nobody will ask client " + host.id.value() + " for its dirty block");
                }
                found = host.value();
            }
        }
        if (!register.mayHold(found)) {
            throw new Violation("a newcomer would read " + found + ", which is not the latest");
        }
    }

    @Override
    public long fingerprint() {
        Fingerprint all = new Fingerprint();
        server.encode(all);
        hosts.forEach(host -> host.encode(all));
        register.encode(all);
        all.put(crashesLeft).put(repeatsLeft);
        return all.finish();
    }

    @Override
    public String told(Move move) {
        Host host = host(move.client());
        String client = "client " + (move.client() + 1);
        return switch (move.kind()) {
            case BEGIN -> client + (host.calls.length > 1 ? "." + (move.index() + 1) : "") + " calls " + move.call();
            case RECEIVE -> client + " hears " + host.toClient.getFirst();
            case DELIVER -> "server hears " + client + ": " + host.toServer.getFirst();
            case EXECUTE -> "server executes " + client + ": " + host.executing.get(move.index());
            case SERVE ->
                "server serves " + client + ": " + host.required(move.index()).kind();
            case ANSWER ->
                client + " has the answer to its " + host.required(move.index()).kind();
            case STORE ->
                "server is written back " + host.writeBacks.get(move.index()).value() + " by " + client;
            case STORED ->
                client + " hears that it wrote back "
                        + host.writeBacks.get(move.index()).value();
            case CUT -> "server truncates for " + client;
            case RELEASE -> client + " releases what it closed";
            case SCAN -> client + " scans for dirty blocks";
            case EVICT -> client + " evicts its block";
            case REPEAT -> client + " answers its last callback again";
            case CRASH -> client + " dies";
            case BURY -> "server declares " + client + " dead";
            case TAKE_BACK -> throw new IllegalArgumentException("of names only");
        };
    }

    @Override
    public String toString() {
        return server.state() + ", stored " + server.stored();
    }
}
