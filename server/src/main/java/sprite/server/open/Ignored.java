package sprite.server.open;

import sprite.common.wire.proto.CallbackDone;
import sprite.server.session.CallbackHandler;

/** For callbacks whose answer changes nothing. */
enum Ignored implements CallbackHandler {
    ANSWER;

    @Override
    public void done(CallbackDone done) {}

    @Override
    public void died() {}
}
