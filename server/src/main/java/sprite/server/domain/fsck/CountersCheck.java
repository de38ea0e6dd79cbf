package sprite.server.domain.fsck;

import java.io.IOException;
import java.util.function.LongFunction;
import sprite.common.error.FsException;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Table;

/**
 * The domain's own numbers are right or can be read, and its kept replies and its list of clients can be read. Pure
 * function.
 */
final class CountersCheck implements Check {
    private static final int REPLY_KEY_BYTES = 24;

    /** More starts than a domain has seen; a few times that is still far from 2^23, which no epoch may come to. */
    private static final long EPOCHS_AHEAD = 1L << 20;

    @Override
    public void run(Survey survey, Findings findings) throws FsException, IOException {
        long files = survey.inodes.size();
        check(
                survey,
                findings,
                "files",
                Keys.FILES,
                files,
                files,
                said -> "counts " + said + " inodes and has " + files);
        long last = survey.inodes.isEmpty() ? 1 : survey.inodes.lastKey();
        check(
                survey,
                findings,
                "inode numbers",
                Keys.INODE_LIMIT,
                last,
                Long.MAX_VALUE,
                said -> "takes inode numbers above " + said + " for unused, and uses number " + last);
        checkEpoch(survey, findings);
        checkReplies(survey, findings);
        checkClients(survey, findings);
    }

    /** A server's epoch is higher than its former ones, which clients remember; kept replies tell of some. */
    private static void checkEpoch(Survey survey, Findings findings) throws FsException, IOException {
        byte[] value = survey.domain.get(Table.INFO, Keys.EPOCH);
        if (value == null || value.length == Long.BYTES) {
            return;
        }
        long[] seen = new long[1];
        survey.domain.scan(Table.REPLIES, (key, _) -> {
            if (key.length == REPLY_KEY_BYTES) {
                long epoch = Keys.toLong(key, Long.BYTES) >>> Integer.SIZE; // see Sessions
                seen[0] = Math.max(seen[0], Math.min(epoch, EPOCHS_AHEAD));
            }
        });
        long next = seen[0] + EPOCHS_AHEAD;
        findings.damage(
                "epoch",
                "",
                0,
                "it cannot be read how often the domain was served (" + value.length
                        + " bytes); a repair takes a number that is higher: " + next,
                with -> with.put(Table.INFO, Keys.EPOCH, Keys.ofLong(next)));
    }

    private static void checkReplies(Survey survey, Findings findings) throws FsException, IOException {
        survey.domain.scan(Table.REPLIES, (key, value) -> {
            if (key.length != REPLY_KEY_BYTES) {
                byte[] keptKey = key.clone();
                byte[] keptValue = value.clone();
                findings.damage(
                        "kept reply",
                        "",
                        0,
                        "a kept reply does not say to which request; its bytes go to lost+found",
                        with -> {
                            with.keepBytes("reply", keptKey, keptValue);
                            with.delete(Table.REPLIES, keptKey);
                        });
            }
        });
    }

    /** A server that starts waits for the clients on the list, and for nobody else. */
    private static void checkClients(Survey survey, Findings findings) throws FsException, IOException {
        survey.domain.scan(Table.INFO, (key, value) -> {
            if (!Keys.isOfClients(key) || Keys.isClient(key, value)) {
                return;
            }
            byte[] keptKey = key.clone();
            byte[] keptValue = value.clone();
            if (Keys.namesClient(key)) {
                findings.damage(
                        "mark of a client",
                        "",
                        0,
                        "of client " + Long.toHexString(Keys.toLong(key, key.length - Long.BYTES))
                                + " it cannot be read whether its programs may have stored into pages ("
                                + value.length + " bytes); a repair takes it that they may; the bytes go to lost+found",
                        with -> {
                            with.keepBytes("client", keptKey, keptValue);
                            with.put(Table.INFO, keptKey, Keys.storing());
                        });
            } else {
                findings.damage(
                        "client",
                        "",
                        0,
                        "a record of the list of clients cannot be read (" + key.length + " and " + value.length
                                + " bytes); a repair strikes that client off, so that the next start does not wait for"
                                + " it: what it has not written back may then be kept out by what others write, and"
                                + " its locks may be lost; the bytes go to lost+found",
                        with -> {
                            with.keepBytes("client", keptKey, keptValue);
                            with.delete(Table.INFO, keptKey);
                        });
            }
        });
    }

    private static void check(
            Survey survey,
            Findings findings,
            String kind,
            byte[] key,
            long least,
            long most,
            LongFunction<String> sentence)
            throws FsException {
        byte[] value = survey.domain.get(Table.INFO, key);
        long said = value == null ? 0 : value.length == Long.BYTES ? Keys.toLong(value) : -1;
        // A domain whose only inode is its root may not have put any numbers aside yet.
        boolean unset = value == null && most == Long.MAX_VALUE && least == 1;
        if (!unset && (said < least || said > most)) {
            findings.damage(
                    "count of " + kind,
                    "",
                    0,
                    "the domain " + sentence.apply(said),
                    with -> with.put(Table.INFO, key, Keys.ofLong(least)));
        }
    }
}
