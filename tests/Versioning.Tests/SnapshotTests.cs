namespace Dendrite.Versioning.Tests;

public sealed class SnapshotTests
{
    [Fact]
    public void Equal_snapshots_are_equal() => Assert.Equal(new Snapshot(), new Snapshot());
}
