package sprite.client.session;

import sprite.common.wire.proto.ServerFrame;

/**
 * Answers that grant nothing. What the server granted with an answer it may have taken back since from the client's
 * life before, which has obeyed; this one, which is given the answer once more, would never hear of that. To have been
 * granted more than is used does no harm.
 */
final class Grantless {
    private Grantless() {}

    static ServerFrame of(ServerFrame answer) {
        ServerFrame.Builder without = answer.toBuilder();
        switch (answer.getBodyCase()) {
            case ATTRIBUTES -> without.getAttributesBuilder().clearGranted();
            case OPEN ->
                without.getOpenBuilder()
                        .clearAttributesGranted()
                        .clearCacheable()
                        .clearHasData()
                        .clearData()
                        .clearDirectoryGranted()
                        .clearNamesGranted();
            case CHANGE ->
                without.getChangeBuilder()
                        .clearEntryGranted()
                        .clearDirectoryGranted()
                        .clearNamesGranted()
                        .clearToDirectoryGranted()
                        .clearToNamesGranted()
                        .clearReplacedGranted()
                        .clearEntryNamesGranted();
            default -> {
                return answer;
            }
        }
        return without.build();
    }
}
