namespace Dendrite.Repository.Tests;

public sealed class TidyTests
{
    [Fact]
    public void The_repository_is_found() => Assert.True(Directory.Exists(AppContext.BaseDirectory));
}
