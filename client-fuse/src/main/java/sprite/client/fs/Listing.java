package sprite.client.fs;

import sprite.common.file.Attributes;
import sprite.common.name.FileName;

/** An entry of a directory as a driver shows it. Immutable. */
public record Listing(FileName name, Attributes attributes) {}
