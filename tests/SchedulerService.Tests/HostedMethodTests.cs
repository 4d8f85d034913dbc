using Dendrite.Fixtures.BadInput;
using Dendrite.SchedulerService.Tests.Refusals;

namespace Dendrite.SchedulerService.Tests;

public sealed class HostedMethodTests(RefusalLab lab) : IClassFixture<RefusalLab>
{
    private const string Remedy =
        "give the RPC a table of bad arguments whose test bears [BadInputOf(\"Rpc\")], as JobRefusalTests does";

    [Fact]
    public void Every_method_that_is_served_has_a_table_of_bad_arguments()
    {
        var untested = HostedMethods.Compare(lab.App, typeof(HostedMethodTests).Assembly);

        Assert.True(untested.Count == 0, $"{string.Join("\n", untested)}\nRemedy: {Remedy}.");
    }
}
