package sprite.client.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Brings faults about, at times of its own, until it is told to end. Confined to the world's carrier. */
final class Chaos {
    private static final long SECOND = 1_000_000_000;

    private static final int RESTARTS_MAX = 2;

    private final Scheduler scheduler;
    private final Network network;
    private final Fleet fleet;
    private final SplittableRandom random;
    private final List<Fault> kinds;
    private final long pauseNanos;
    private List<Node> clients = List.of();
    private Runnable onPowerLoss = () -> {};
    private int restarts;
    private boolean over;

    /**
     * Faults to come.
     *
     * @param possible kinds; a world has some of them, or none
     */
    Chaos(Scheduler scheduler, Network network, Fleet fleet, SplittableRandom random, Set<Fault> possible) {
        this.scheduler = scheduler;
        this.network = network;
        this.fleet = fleet;
        this.random = random;
        this.kinds = possible.stream().filter(_ -> random.nextInt(3) == 0).toList();
        this.pauseNanos = random.nextLong(SECOND / 20, SECOND);
    }

    Set<Fault> kinds() {
        return new TreeSet<>(kinds);
    }

    /** Begins; {@code onPowerLoss} is called when what was not synced is lost. */
    void begin(List<Node> nodes, Runnable powerLoss) {
        clients = nodes;
        onPowerLoss = powerLoss;
        if (!kinds.isEmpty()) {
            later(this::strike, pauseNanos);
        }
    }

    /** No more faults; what is cut is healed. */
    void end() {
        over = true;
        network.healAll();
    }

    private void later(Runnable what, long meanNanos) {
        var _ = scheduler.after(random.nextLong(meanNanos * 2), () -> {
            if (!over) {
                what.run();
            }
        });
    }

    private void strike() {
        switch (kinds.get(random.nextInt(kinds.size()))) {
            case CUT -> {
                List<Connection> all = network.connections();
                if (!all.isEmpty()) {
                    Connection victim = all.get(random.nextInt(all.size()));
                    network.trace().did(victim.clientNode(), "CUT", "from " + victim.serverNode());
                    victim.cut();
                }
            }
            case PARTITION -> part();
            case CLIENT_CRASH -> crash();
            case SERVER_RESTART -> restart(false);
            case POWER_LOSS -> restart(true);
        }
        later(this::strike, pauseNanos);
    }

    private void part() {
        Node client = clients.get(random.nextInt(clients.size()));
        Node server = fleet.sites().get(random.nextInt(fleet.sites().size())).node;
        if (network.isParted(client, server)) {
            return;
        }
        network.trace().did(client, "PARTED", "from " + server);
        network.part(client, server);
        long longest = random.nextInt(4) == 0 ? 20 * SECOND : 2 * SECOND;
        var _ = scheduler.after(random.nextLong(SECOND / 100, longest), () -> {
            network.trace().did(client, "HEALED", "with " + server);
            network.heal(client, server);
        });
    }

    private void crash() {
        List<Node> living = clients.stream().filter(client -> !client.isDead()).toList();
        if (living.size() > 1 && random.nextInt(4) == 0) {
            Node victim = living.get(random.nextInt(living.size()));
            network.trace().did(victim, "CRASH", "");
            network.marks().reach(Mark.CLIENT_CRASHED);
            victim.die();
            network.died(victim);
        }
    }

    private void restart(boolean powerToo) {
        boolean again = powerToo && network.hasLostPower(); // see "Worlds" in the design notes
        if (random.nextInt(3) != 0 || !fleet.isServing() || again || ++restarts > RESTARTS_MAX) {
            return;
        }
        Fleet.Site site = fleet.sites().get(random.nextInt(fleet.sites().size()));
        network.trace().did(site.node, powerToo ? "POWER LOSS" : "RESTART", "");
        network.marks().reach(powerToo ? Mark.POWER_LOST : Mark.SERVER_RESTARTED);
        fleet.restart(site, powerToo, Duration.ofNanos(random.nextLong(3 * SECOND)));
        if (powerToo) {
            onPowerLoss.run();
        }
    }
}
