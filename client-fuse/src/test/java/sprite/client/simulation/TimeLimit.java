package sprite.client.simulation;

/** Ends a wait of the current thread by an interrupt, in virtual time. Confined to that thread and the carrier. */
final class TimeLimit {
    private final Scheduler.Timer timer;
    private boolean over;
    private boolean ended;

    private TimeLimit(Node here, long nanos) {
        Thread waiter = Thread.currentThread();
        this.timer = here.scheduler().after(nanos, () -> {
            if (!ended) {
                over = true;
                waiter.interrupt();
            }
        });
    }

    static TimeLimit begin(Node here, long nanos) {
        return new TimeLimit(here, nanos);
    }

    /** Passes on an interrupt that was somebody else's. */
    void rethrowUnlessOver(InterruptedException e) throws InterruptedException {
        if (!over) {
            throw e;
        }
    }

    /** The wait is over; an interrupt that came too late goes unheard. */
    void end() {
        ended = true;
        timer.cancel();
        if (over) {
            boolean _ = Thread.interrupted();
        }
    }
}
