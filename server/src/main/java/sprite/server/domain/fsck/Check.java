package sprite.server.domain.fsck;

import java.io.IOException;
import sprite.common.error.FsException;

/** Looks for damage of one sort. */
interface Check {
    void run(Survey survey, Findings findings) throws FsException, IOException;
}
