namespace Dendrite.Versioning;

public sealed record Snapshot;
