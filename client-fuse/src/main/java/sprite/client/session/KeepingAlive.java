package sprite.client.session;

/**
 * Says now and then that the client lives, so that its lease goes on while nobody has anything to ask, and gives the
 * connections up if nothing was answered for as long as the lease lasts. Immutable.
 */
record KeepingAlive(SessionStream session, Channels channels, long intervalMillis) {
    /** On a thread of its own, until the session is closed. */
    void begin() {
        Thread.ofVirtual().name("keep-alive " + channels.address()).start(this::run);
    }

    private void run() {
        while (session.isOpenAfter(intervalMillis)) {
            if (!session.isAway() && session.lease.left() <= 0) {
                channels.replace();
            }
            session.sayAlive();
        }
    }
}
