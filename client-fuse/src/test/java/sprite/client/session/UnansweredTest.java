package sprite.client.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sprite.client.box.KeptSession;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Close;
import sprite.common.wire.proto.FormerSession;
import sprite.common.wire.proto.KeepAlive;
import sprite.common.wire.proto.Lookup;
import sprite.common.wire.proto.Reopen;

class UnansweredTest {
    private final Unanswered unanswered = new Unanswered(FormerSession.getDefaultInstance(), KeptSession.NONE);

    private static ClientFrame.Builder lookup() {
        return ClientFrame.newBuilder().setLookup(Lookup.getDefaultInstance());
    }

    private static ClientFrame.Builder close() {
        return ClientFrame.newBuilder().setClose(Close.getDefaultInstance());
    }

    private List<String> repeated() {
        List<String> said = new ArrayList<>();
        unanswered.repeat(
                _ -> true,
                1,
                frame -> said.add(frame.getNote() == 0 ? "request " + frame.getSeq() : "note " + frame.getNote()));
        return said;
    }

    @Test
    void everythingIsRepeatedInTheOrderInWhichItWasSaid() {
        var _ = unanswered.unreplied(close());
        var _ = unanswered.add(lookup(), ServerLink.Installer.NONE);
        var _ = unanswered.unreplied(close());
        var _ = unanswered.add(lookup(), ServerLink.Installer.NONE);
        var _ = unanswered.add(lookup(), ServerLink.Installer.NONE);
        var _ = unanswered.unreplied(close());
        var _ = unanswered.take(2);
        assertEquals(List.of("note 1", "request 1", "note 2", "request 3", "note 3"), repeated());
    }

    @Test
    void whatTheServerHasHeardIsNotRepeated() {
        for (int i = 0; i < 3; i++) {
            var _ = unanswered.unreplied(close());
        }
        unanswered.heard(2);
        assertEquals(List.of("note 3"), repeated());
        assertEquals(List.of(), unanswered.endSession());
        assertEquals(List.of(), repeated());
        assertEquals(4, unanswered.unreplied(close()).getNote(), "numbers go on rising");
    }

    @Test
    void whatNeedNotArriveIsNotNumbered() {
        var sign = ClientFrame.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance());
        assertEquals(0, unanswered.unreplied(sign).getNote());
    }

    @Test
    void aRecoveryEndsWithItsSession() {
        var _ = unanswered.add(lookup(), ServerLink.Installer.NONE);
        var reopen = ClientFrame.newBuilder().setReopen(Reopen.getDefaultInstance());
        PendingCall ofRecovery = unanswered.add(reopen, ServerLink.Installer.NONE);
        var _ = unanswered.unreplied(close());
        assertEquals(List.of("request 1", "request 2", "note 1"), repeated());
        assertEquals(List.of(ofRecovery), unanswered.endSession());
        assertEquals(List.of("request 1"), repeated());
    }
}
