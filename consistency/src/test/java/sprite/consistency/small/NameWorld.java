package sprite.consistency.small;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import sprite.consistency.ClientId;
import sprite.consistency.Grant;
import sprite.consistency.sim.Bug;
import sprite.consistency.sim.Rules;
import sprite.consistency.sim.Violation;

/**
 * One name of a directory, the grant to know it, and clients that look it up (a READ) and change it (a WRITE). Copied
 * before each move. Confined to one thread.
 */
final class NameWorld implements State {
    private static final int UNKNOWN = -1;

    private final Scope scope;
    private final Rules rules;
    private final Linearizations register;
    private final List<Client> clients = new ArrayList<>();
    private final List<Change> waiting = new ArrayList<>();
    private Grant grant = Grant.NOBODY;
    private int value;
    private int takesBackLeft = 1;
    private int crashesLeft;

    /** A change that was announced and waits until nobody else knows the name. */
    private record Change(int client, int process, int value) {}

    /** What travels. Immutable. */
    private sealed interface Message {
        /** A lookup ({@code value} is 0), or a change. */
        record Ask(int process, int value) implements Message {}

        record Forgotten() implements Message {}

        /** The answer to a lookup or, if {@code changed}, to a change. */
        record Told(int process, int value, boolean granted, boolean changed) implements Message {}

        record Forget() implements Message {}
    }

    /** A client: what it knows, and its wires. Confined to one thread. */
    private static final class Client {
        private final int first;
        private final int[] left;
        private final boolean[] busy;
        private final List<Message> toServer = new ArrayList<>();
        private final List<Message> toClient = new ArrayList<>();
        private final List<Message.Ask> executing = new ArrayList<>();
        private int known = UNKNOWN;
        private int changing;
        private boolean dead;
        private boolean buried;

        private Client(int first, int[] left, boolean[] busy) {
            this.first = first;
            this.left = left;
            this.busy = busy;
        }

        private Client copy() {
            Client copy = new Client(first, left.clone(), busy.clone());
            copy.toServer.addAll(toServer);
            copy.toClient.addAll(toClient);
            copy.executing.addAll(executing);
            copy.known = known;
            copy.changing = changing;
            copy.dead = dead;
            copy.buried = buried;
            return copy;
        }
    }

    NameWorld(Scope scope, Rules rules) {
        this.scope = scope;
        this.rules = rules;
        register = new Linearizations();
        crashesLeft = scope.crashes();
        int processes = 0;
        for (List<Integer> calls : scope.calls()) {
            int[] left = calls.stream().mapToInt(Integer::intValue).toArray();
            clients.add(new Client(processes, left, new boolean[left.length]));
            processes += left.length;
        }
    }

    private NameWorld(NameWorld other) {
        scope = other.scope;
        rules = other.rules;
        register = other.register.copy();
        other.clients.forEach(client -> clients.add(client.copy()));
        waiting.addAll(other.waiting);
        grant = other.grant;
        value = other.value;
        takesBackLeft = other.takesBackLeft;
        crashesLeft = other.crashesLeft;
    }

    private static ClientId id(int client) {
        return new ClientId(client + 1);
    }

    private static int index(ClientId id) {
        return (int) id.value() - 1;
    }

    // ---------------------------------------------------------------------------------------------- the choices

    @Override
    public List<Move> moves() {
        List<Move> moves = new ArrayList<>();
        for (int i = 0; i < clients.size(); i++) {
            Client client = clients.get(i);
            if (!client.dead) {
                for (int process = 0; process < client.left.length; process++) {
                    if (!client.busy[process] && client.left[process] > 0) {
                        moves.add(new Move(Move.Kind.BEGIN, i, process, Call.Kind.READ, 0));
                        moves.add(new Move(Move.Kind.BEGIN, i, process, Call.Kind.WRITE, 0));
                    }
                }
                addIf(!client.toClient.isEmpty(), new Move(Move.Kind.RECEIVE, i, 0), moves);
                addIf(crashesLeft > 0, new Move(Move.Kind.CRASH, i, 0), moves);
            }
            if (!client.buried) {
                addIf(!client.toServer.isEmpty(), new Move(Move.Kind.DELIVER, i, 0), moves);
                for (int request = 0; request < client.executing.size(); request++) {
                    moves.add(new Move(Move.Kind.EXECUTE, i, request));
                }
                addIf(client.dead, new Move(Move.Kind.BURY, i, 0), moves);
            }
            addIf(takesBackLeft > 0 && grant.holders().contains(id(i)), new Move(Move.Kind.TAKE_BACK, i, 0), moves);
        }
        return moves;
    }

    private static void addIf(boolean possible, Move move, List<Move> moves) {
        if (possible) {
            moves.add(move);
        }
    }

    @Override
    public NameWorld after(Move move) {
        NameWorld next = new NameWorld(this);
        next.make(move, next.clients.get(move.client()));
        next.checkIfQuiet();
        return next;
    }

    private void make(Move move, Client client) {
        switch (move.kind()) {
            case BEGIN -> begin(client, move.index(), move.call() == Call.Kind.WRITE);
            case RECEIVE -> receive(client, client.toClient.removeFirst());
            case DELIVER -> deliver(move.client(), client.toServer.removeFirst());
            case EXECUTE -> execute(move.client(), client.executing.remove(move.index()));
            case TAKE_BACK -> {
                takesBackLeft--;
                grant = grant.recalled(id(move.client()));
                send(move.client(), new Message.Forget());
            }
            case CRASH -> {
                crashesLeft--;
                client.dead = true;
                client.toClient.clear();
            }
            case BURY -> {
                client.buried = true;
                client.toServer.clear();
                client.executing.clear();
                grant = grant.died(id(move.client()));
                proceed();
            }
            case SERVE, ANSWER, STORE, STORED, CUT, RELEASE, SCAN, EVICT, REPEAT ->
                throw new IllegalArgumentException("of file data only: " + move);
        }
    }

    // ----------------------------------------------------------------------------------------------- the clients

    private void begin(Client client, int process, boolean changes) {
        int number = client.first + process;
        int written = 1 + number * Scope.CALLS_MOST + Scope.CALLS_MOST - client.left[process];
        client.left[process]--;
        if (changes) {
            register.writes(number, written);
            client.changing++;
        } else {
            register.reads(number);
            if (client.known != UNKNOWN && mayBeKnown(client)) {
                register.hasRead(number, client.known);
                return;
            }
        }
        client.busy[process] = true;
        client.toServer.add(new Message.Ask(process, changes ? written : 0));
    }

    /** Others may see a client's own change before its reply is here: meanwhile only the server knows. */
    private boolean mayBeKnown(Client client) {
        return client.changing == 0 || rules.broken(Bug.OWN_CHANGE_FROM_CACHE);
    }

    private void receive(Client client, Message message) {
        switch (message) {
            case Message.Told told -> {
                client.busy[told.process()] = false;
                client.changing -= told.changed() ? 1 : 0;
                if (!told.granted()) {
                    client.known = UNKNOWN;
                } else if (mayBeKnown(client)) {
                    client.known = told.value();
                }
                if (told.changed()) {
                    register.hasWritten(client.first + told.process());
                } else {
                    register.hasRead(client.first + told.process(), told.value());
                }
            }
            case Message.Forget _ -> {
                client.known = UNKNOWN;
                client.toServer.add(new Message.Forgotten());
            }
            case Message.Ask _, Message.Forgotten _ -> throw new IllegalStateException("for the server: " + message);
        }
    }

    // ------------------------------------------------------------------------------------------------ the server

    private void send(int client, Message message) {
        if (!clients.get(client).dead) {
            clients.get(client).toClient.add(message);
        }
    }

    private void deliver(int from, Message message) {
        switch (message) {
            case Message.Ask ask -> clients.get(from).executing.add(ask);
            case Message.Forgotten _ -> {
                grant = grant.obeyed(id(from));
                proceed();
            }
            case Message.Told _, Message.Forget _ -> throw new IllegalStateException("for a client: " + message);
        }
    }

    private void execute(int from, Message.Ask ask) {
        if (ask.value() == 0) {
            boolean granted = offer(from);
            send(from, new Message.Told(ask.process(), value, granted, false));
            return;
        }
        if (!rules.broken(Bug.GRANT_NOT_REVOKED)) {
            Grant.Announced announced = grant.announce(id(from));
            grant = announced.next();
            SortedSet<ClientId> revoked = announced.revoked();
            revoked.forEach(holder -> send(index(holder), new Message.Forget()));
        }
        waiting.add(new Change(from, ask.process(), ask.value()));
        proceed();
    }

    private boolean offer(int client) {
        boolean anyway = rules.broken(Bug.GRANT_DURING_CHANGE) && !grant.isOpen();
        if (anyway) {
            Grant forced = new Grant(grant.holders(), Grant.NOBODY.owing(), 0).granted(id(client));
            grant = new Grant(forced.holders(), grant.died(id(client)).owing(), grant.changes());
        } else if (grant.isOpen() && !clients.get(client).buried) {
            grant = grant.granted(id(client));
        }
        return grant.holders().contains(id(client));
    }

    private void proceed() {
        for (Change next : List.copyOf(waiting)) {
            boolean clear = grant.isClearFor(id(next.client())) || rules.broken(Bug.GRANT_NOT_REVOKED);
            if (clear && waiting.remove(next)) {
                value = next.value();
                grant = grant.finished();
                boolean granted = !clients.get(next.client()).buried && offer(next.client());
                send(next.client(), new Message.Told(next.process(), value, granted, true));
            }
        }
    }

    private void checkIfQuiet() {
        if (moves().stream().anyMatch(Move::isDue)) {
            return;
        }
        boolean waits = !waiting.isEmpty() || !grant.owing().isEmpty() || grant.changes() > 0;
        for (Client client : clients) {
            for (boolean busy : client.busy) {
                waits |= busy && !client.dead;
            }
        }
        if (waits) {
            throw new Violation("somebody waits for ever: " + this);
        }
        if (!register.mayHold(value)) {
            throw new Violation("a newcomer would find " + value + ", which is not the latest");
        }
    }

    @Override
    public long fingerprint() {
        Fingerprint all = new Fingerprint();
        all.put(value).put(takesBackLeft).put(crashesLeft).put(grant.changes());
        grant.holders().forEach(holder -> all.put(holder.value()));
        all.put(-1);
        grant.owing().forEach(owing -> all.put(owing.value()));
        all.put(-1);
        waiting.forEach(c -> all.put(c.client()).put(c.process()).put(c.value()));
        all.put(-1);
        for (Client client : clients) {
            all.put(client.known).put(client.changing).put(client.dead).put(client.buried);
            for (int process = 0; process < client.left.length; process++) {
                all.put(client.left[process]).put(client.busy[process]);
            }
            client.toServer.forEach(m -> encode(m, all));
            all.put(-1);
            client.toClient.forEach(m -> encode(m, all));
            all.put(-1);
            client.executing.forEach(m -> encode(m, all));
            all.put(-1);
        }
        register.encode(all);
        return all.finish();
    }

    private static void encode(Message message, Fingerprint to) {
        switch (message) {
            case Message.Ask ask -> to.put(1).put(ask.process()).put(ask.value());
            case Message.Forgotten _ -> to.put(2);
            case Message.Told told ->
                to.put(3)
                        .put(told.process())
                        .put(told.value())
                        .put(told.granted())
                        .put(told.changed());
            case Message.Forget _ -> to.put(4);
        }
    }

    @Override
    public String told(Move move) {
        Client client = clients.get(move.client());
        String name = "client " + (move.client() + 1);
        @Nullable
        Message message = switch (move.kind()) {
            case RECEIVE -> client.toClient.getFirst();
            case DELIVER -> client.toServer.getFirst();
            case EXECUTE -> client.executing.get(move.index());
            default -> null;
        };
        String what = move.kind() == Move.Kind.BEGIN ? " " + move.call() : message == null ? "" : " " + message;
        return name + " " + move.kind() + what;
    }

    @Override
    public String toString() {
        return "value " + value + ", " + grant + ", waiting " + waiting;
    }
}
