using Dendrite.Fixtures.BadInput;

namespace Dendrite.ComparisonService.Tests;

public sealed class HostedMethodTests(ComparisonFixture fixture) : IClassFixture<ComparisonFixture>
{
    private const string Remedy =
        "give the RPC a table of bad arguments whose test bears [BadInputOf(\"Rpc\")], as DifferenceRefusalTests does";

    [Fact]
    public void Every_method_that_is_served_has_a_table_of_bad_arguments()
    {
        var untested = HostedMethods.Compare(fixture.App, typeof(HostedMethodTests).Assembly);

        Assert.True(untested.Count == 0, $"{string.Join("\n", untested)}\nRemedy: {Remedy}.");
    }
}
