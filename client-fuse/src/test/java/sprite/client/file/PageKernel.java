package sprite.client.file;

import java.util.concurrent.CompletableFuture;
import sprite.client.fs.Borrower;
import sprite.common.name.FileId;

/** A kernel that is lent pages only: names and attributes it has forgotten at once. */
abstract class PageKernel implements Borrower {
    @Override
    public CompletableFuture<?> forgetAttributes(FileId file) {
        return FORGOTTEN;
    }

    @Override
    public CompletableFuture<?> forgetNames(FileId directory) {
        return FORGOTTEN;
    }
}
