package sprite.client.fs;

import sprite.common.name.FileId;

/**
 * One open(2): what the kernel's file handle stands for. Made by {@link FileSystem#open} or {@link FileSystem#create},
 * ended by {@link FileSystem#release}; duplicated descriptors share one.
 */
public interface Handle {
    /** The file that is open. */
    FileId file();
}
