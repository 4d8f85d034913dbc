using Dendrite.Fixtures.BadInput;

namespace Dendrite.BranchService.Tests;

public sealed class HostedMethodTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public void Every_method_that_is_served_has_a_table_of_bad_arguments() =>
        Assert.Empty(HostedMethods.Compare(fixture.App, typeof(HostedMethodTests).Assembly));
}
