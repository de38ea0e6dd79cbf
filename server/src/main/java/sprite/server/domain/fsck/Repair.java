package sprite.server.domain.fsck;

import java.io.IOException;
import sprite.common.error.FsException;

/** Sets one damage right. */
interface Repair {
    void run(Repairs with) throws FsException, IOException;
}
