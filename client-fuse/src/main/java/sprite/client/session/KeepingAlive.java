package sprite.client.session;

import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.KeepAlive;

/** Says now and then that the client lives, so that its lease goes on while nobody has anything to ask. Immutable. */
record KeepingAlive(SessionStream session, long intervalMillis) {
    /** On a thread of its own, until the session is closed. */
    void begin(String address) {
        Thread.ofVirtual().name("keep-alive " + address).start(this::run);
    }

    private void run() {
        while (session.isOpenAfter(intervalMillis)) {
            session.giveUpIfSilent();
            session.send(
                    ClientFrame.newBuilder().setKeepAlive(KeepAlive.newBuilder().setStamp(System.nanoTime())));
        }
    }
}
