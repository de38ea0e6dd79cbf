package sprite.consistency.sim;

/** One direction of a session's stream: as slow as it likes, but in order. Confined to one thread. */
final class Wire {
    private final Agenda agenda;
    private final History history;
    private final String name;
    private long lastArrival;

    Wire(Agenda agenda, History history, String name) {
        this.agenda = agenda;
        this.history = history;
        this.name = name;
    }

    /** Delivers behind everything that was sent before. */
    void send(String frame, Runnable delivery) {
        lastArrival = Math.max(lastArrival, agenda.now() + delay(agenda));
        agenda.at(lastArrival, () -> {
            history.line(name, frame);
            delivery.run();
        });
    }

    /** Mostly quick, at times slow. */
    static int delay(Agenda agenda) {
        return 1 + (agenda.chance(15) ? agenda.random(200) : agenda.random(12));
    }
}
